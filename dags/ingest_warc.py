"""Take WARC files that others made into the archive: Common Crawl's CC-NEWS, another crawler's, our own.

The records go through the very stages that a crawl's responses go through. Trigger it with the path of a file or folder
on the worker, an `s3://` prefix that the bucket's keys can read, a web address, or a list of files: a month of CC-NEWS
is `https://data.commoncrawl.org/crawl-data/CC-NEWS/2026/10/warc.paths.gz`. Of a list only pages of our sites are
wanted, unless *sites* says otherwise; each file is fetched, read, and removed again. Broken off, the next run of the
same list goes on with the file that was not finished.
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
            "",
            type="string",
            minLength=1,
            title="WARC files",
            description="A file, a folder, s3://bucket/prefix, a web address, or a list of files (.paths, .txt, .gz).",
        ),
        "sites": Param(
            None,
            type=["null", "string"],
            title="Sites",
            description="Names parted by commas; known: all with a spider; any. Empty: known for a list, else any.",
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
        "again": Param(
            False,
            type="boolean",
            title="Files again",
            description="Also read the files of the list that earlier runs have taken in.",
        ),
        "dry_run": dry_run(),
    },
    **DAG_DEFAULTS,
):
    ScrapyOperator(
        task_id="ingest",
        command=["ingest", "{{ params.path }}"],
        spider_args={
            "sites": "{{ params.sites }}",
            "language": "{{ params.language }}",
            "rejected": "{{ params.rejected }}",
            "again": "{{ params.again }}",
            "dry_run": "{{ params.dry_run }}",
        },
        asset=articles_of("ingest"),
        outlets=[ARTICLES],
        retries=1,
        execution_timeout=timedelta(hours=12),
    )
