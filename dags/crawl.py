"""One DAG per site, made from the spiders themselves. Real sites start paused; the demo's run."""

from datetime import timedelta

from airflow.sdk import DAG, Param

from dags.defaults import ARTICLES, DAG_DEFAULTS, articles_of, dry_run, since, until
from dags.operators.scrapy import ScrapyOperator
from spiders.site_index import SiteEntry, site_entries

MAX_RUN_TIME = timedelta(hours=2)
"""A run fetches a page every few seconds; one that takes longer than this hangs. The next run takes up what is left."""

PARAMS = {
    "since": since(optional=True),
    "until": until(optional=True),
    "url": Param(None, type=["null", "string"], title="One URL", description="Look at this article alone, due or not."),
    "dry_run": dry_run(),
}


def crawl_dag(site: SiteEntry) -> DAG:
    with DAG(
        f"crawl_{site.name}",
        dag_display_name=f"Crawl {site.title}",
        description=site.doc.partition("\n")[0],
        doc_md=site.doc,
        schedule=None if site.permission_needed else site.schedule,
        is_paused_upon_creation=not site.loopback,
        tags=["crawl", "demo" if site.loopback else "site", *(["permission needed"] if site.permission_needed else [])],
        params=PARAMS,
        **DAG_DEFAULTS,
    ) as dag:
        ScrapyOperator(
            task_id="crawl",
            command=["crawl", site.name],
            spider_args={name: f"{{{{ params.{name} }}}}" for name in PARAMS},
            asset=articles_of(site.name),
            outlets=[ARTICLES],
            retry_delay=timedelta(minutes=2),
            retry_exponential_backoff=2,
            execution_timeout=MAX_RUN_TIME,
        )
    return dag


for entry in site_entries():
    globals()[f"crawl_{entry.name}"] = crawl_dag(entry)
