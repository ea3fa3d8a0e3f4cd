"""Crawl several sites now, by one form.

A task for each site that is chosen: a crawl as the site's own DAG runs it, with the same parameters. The sites' own
DAGs are left as they are: what is paused stays paused, which triggering its DAG may change. No more of them run at once
than the pool allows.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, task

from dags.defaults import ARTICLES, CRAWL_PARAMS, DAG_DEFAULTS, MAX_CRAWL_TIME, articles_of
from dags.operators.failures import NeedsSomebody
from dags.operators.scrapy import ScrapyOperator
from spiders.site import Site
from spiders.site_index import deployed_sites, may_be_scheduled

SITES = [site.name for site in deployed_sites() if isinstance(site, Site) and may_be_scheduled(site)]


class ChosenSiteOperator(ScrapyOperator):
    """A crawl whose site is known when it runs: its asset is that site's."""

    def execute(self, context: Any) -> dict[str, Any]:
        self.asset = articles_of(self.command[1])
        return super().execute(context)


@task(retries=1, execution_timeout=timedelta(minutes=5))
def commands(params: dict[str, Any]) -> list[list[str]]:
    """What follows `scrapy` in each site's task."""
    if not params["sites"]:
        raise NeedsSomebody("Choose one site at least.")
    if params["url"] and len(params["sites"]) > 1:
        raise NeedsSomebody("One URL is of one site: choose that site alone.")
    return [["crawl", site] for site in params["sites"]]


with DAG(
    "chosen_sites",
    dag_display_name="Crawl chosen sites",
    description="Crawl several sites now, by one form; paused ones stay paused.",
    doc_md=__doc__,
    schedule=None,
    is_paused_upon_creation=False,
    tags=["crawl"],
    params={
        "sites": Param(
            [],
            type="array",
            items={"type": "string", "enum": SITES},
            examples=SITES,
            title="Sites",
            description="Which ones to crawl.",
        ),
        **CRAWL_PARAMS,
    },
    **DAG_DEFAULTS,
):
    ChosenSiteOperator.partial(
        task_id="crawl",
        spider_args={name: f"{{{{ params.{name} }}}}" for name in CRAWL_PARAMS},
        outlets=[ARTICLES],
        retry_delay=timedelta(minutes=2),
        execution_timeout=MAX_CRAWL_TIME,
        map_index_template="{{ task.command[1] }}",
    ).expand(command=commands())  # type: ignore[call-arg, misc]  # Airflow hands `params` over
