"""One DAG per site, made from the sites themselves. Real sites start paused; the demo's run.

A site whose file cannot be imported keeps its DAG, which fails and says why: nobody misses a DAG that is gone.
"""

from datetime import timedelta

from airflow.sdk import DAG

from dags.defaults import ARTICLES, CRAWL_PARAMS, DAG_DEFAULTS, MAX_CRAWL_TIME, articles_of
from dags.operators.broken_site import BrokenSiteOperator
from dags.operators.scrapy import ScrapyOperator
from spiders.site import DEFAULT_SCHEDULE, Site
from spiders.site_index import BrokenSite, deployed_sites, may_be_scheduled


def crawl_dag(site: Site) -> DAG:
    waits = not may_be_scheduled(site)
    with DAG(
        f"crawl_{site.name}",
        dag_display_name=f"Crawl {site.title}",
        description=site.description.partition("\n")[0],
        doc_md=site.description,
        schedule=None if waits else site.staggered_schedule,
        is_paused_upon_creation=not site.loopback,
        tags=[
            "crawl",
            "demo" if site.loopback else "site",
            site.how_often,
            *([site.platform] if site.platform != Site.platform else []),
            *([("permission needed" if site.permission_needed else "excluded")] if waits else []),
        ],
        params=CRAWL_PARAMS,
        **DAG_DEFAULTS,
    ) as dag:
        ScrapyOperator(
            task_id="crawl",
            command=["crawl", site.name],
            spider_args={name: f"{{{{ params.{name} }}}}" for name in CRAWL_PARAMS},
            asset=articles_of(site.name),
            outlets=[ARTICLES],
            retry_delay=timedelta(minutes=2),
            retry_exponential_backoff=2,
            execution_timeout=MAX_CRAWL_TIME,
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
        is_paused_upon_creation=True,  # the switch outlives the breakage, and a real site waits for the operator
        tags=["crawl", "broken"],
        **DAG_DEFAULTS,
    ) as dag:
        BrokenSiteOperator(task_id="crawl", error=site.error)
    return dag


for site in deployed_sites():
    globals()[f"crawl_{site.name}"] = crawl_dag(site) if isinstance(site, Site) else broken_dag(site)
