"""Take WARC files that others made into the archive: Common Crawl's CC-NEWS, another crawler's, our own.

The records go through the very stages that a crawl's responses go through. Trigger it with the path of a file or folder
on the worker, or an `s3://` prefix that the bucket's keys can read.
"""

from datetime import timedelta

from airflow.sdk import DAG, Param

from dags.defaults import ARTICLES, DAG_DEFAULTS, articles_of, dry_run
from dags.operators.scrapy import ScrapyOperator

with DAG(
    "ingest_warc",
    dag_display_name="Ingest WARC files",
    description="Run foreign WARC files through cleaning, de-duplication and archiving.",
    doc_md=__doc__,
    schedule=None,
    is_paused_upon_creation=False,
    tags=["ingest"],
    params={
        "path": Param(
            "", type="string", minLength=1, title="WARC files", description="A file, a folder, or s3://bucket/prefix."
        ),
        "language": Param(
            "id",
            type="string",
            title="Language",
            description="BCP 47 language of the articles wanted from sites that have no spider here; any for all.",
        ),
        "rejected": Param(
            False,
            type="boolean",
            title="Rejected pages again",
            description="Also look again at pages that were found to be no article, by the rules of today.",
        ),
        "dry_run": dry_run(),
    },
    **DAG_DEFAULTS,
):
    ScrapyOperator(
        task_id="ingest",
        command=["ingest", "{{ params.path }}"],
        spider_args={
            "language": "{{ params.language }}",
            "rejected": "{{ params.rejected }}",
            "dry_run": "{{ params.dry_run }}",
        },
        asset=articles_of("ingest"),
        outlets=[ARTICLES],
        retries=1,
        execution_timeout=timedelta(hours=12),
    )
