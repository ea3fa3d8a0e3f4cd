"""One DAG per site, made from the sites themselves. Real sites start paused; the demo's run.

A site whose file cannot be imported keeps its DAG, which fails and says why: nobody misses a DAG that is gone.
"""

from datetime import timedelta

from airflow.sdk import DAG, Asset, AssetAlias, Param

from dags.operators.broken_site import BrokenSiteOperator
from dags.operators.scrapy import ScrapyOperator
from spiders.site import DEFAULT_SCHEDULE, Site
from spiders.site_index import BrokenSite, deployed_sites, may_be_scheduled

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


def crawl_dag(site: Site) -> DAG:
    waits = not may_be_scheduled(site)
    with DAG(
        f"crawl_{site.name}",
        dag_display_name=f"Crawl {site.title}",
        description=site.description.partition("\n")[0],
        doc_md=site.description,
        schedule=None if waits else site.staggered_schedule,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=not site.loopback,
        tags=["crawl", "demo" if site.loopback else "site", *(["permission needed"] if waits else [])],
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


def broken_dag(site: BrokenSite) -> DAG:
    """Stands in the place of the site's DAG and fails with what is wrong with its file."""
    with DAG(
        f"crawl_{site.name}",
        dag_display_name=f"Crawl {site.name} (broken)",
        description=site.error,
        doc_md=f"The site's file cannot be imported, so that it is not crawled:\n\n    {site.error}",
        schedule=DEFAULT_SCHEDULE,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        tags=["crawl", "broken"],
        default_args={"owner": "newsroom"},
    ) as dag:
        BrokenSiteOperator(task_id="crawl", error=site.error)
    return dag


for site in deployed_sites():
    globals()[f"crawl_{site.name}"] = crawl_dag(site) if isinstance(site, Site) else broken_dag(site)
