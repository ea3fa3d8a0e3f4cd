"""One DAG per site, made from the spiders themselves. Real sites start paused; the demo's run."""

from datetime import timedelta

from airflow.sdk import DAG, Asset, AssetAlias, Param

from dags.operators.scrapy import ScrapyOperator
from spiders.site_index import SiteEntry, site_entries

POOL = "crawl"
"""Limits all crawls together, whatever their schedules: each takes one slot."""

LONGEST_RUN = timedelta(hours=2)
"""A run fetches a page every few seconds; one that is not through in this time hangs. The next takes up its rest."""

PARAMS = {
    "since": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Since",
        description="Articles of this day or later.",
    ),
    "until": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Until",
        description="Articles of this day or earlier.",
    ),
    "url": Param(None, type=["null", "string"], title="One URL", description="Look at this article alone, due or not."),
    "dry_run": Param(False, type="boolean", title="Dry run", description="Fetch and clean, but archive nothing."),
}


def crawl_dag(site: SiteEntry) -> DAG:
    with DAG(
        f"crawl_{site.name}",
        dag_display_name=f"Crawl {site.title}",
        description=site.doc.partition("\n")[0],
        doc_md=site.doc,
        schedule=None if site.permission_needed else site.schedule,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=not site.loopback,
        tags=["crawl", "demo" if site.loopback else "site", *(["permission needed"] if site.permission_needed else [])],
        params=PARAMS,
        default_args={"owner": "newsroom"},
    ) as dag:
        ScrapyOperator(
            task_id="crawl",
            command=["crawl", site.name],
            spider_args={name: f"{{{{ params.{name} }}}}" for name in PARAMS},
            asset=Asset(f"articles_{site.name}", uri=f"x-kliping://articles/{site.name}"),
            outlets=[AssetAlias("articles")],
            pool=POOL,
            retries=2,
            retry_delay=timedelta(minutes=2),
            retry_exponential_backoff=2,
            execution_timeout=LONGEST_RUN,
        )
    return dag


for entry in site_entries():
    globals()[f"crawl_{entry.name}"] = crawl_dag(entry)
