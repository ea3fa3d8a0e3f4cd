"""Take a site's older articles: those published between two days, in chunks of a few days.

Each chunk is a crawl of its own, with the pace and the rules of every other; one runs at a time. Articles that are
archived already are not fetched again, so that a chunk that failed, or a whole run, may simply be cleared and run once
more. Only sites with a dated index or a sitemap of their archive can be walked; the first task says so of the others.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from airflow.sdk import DAG, Param, task

from dags.defaults import ARTICLES, DAG_DEFAULTS, articles_of, dry_run, since, until
from dags.operators.failures import NeedsSomebody, PassesByItself
from dags.operators.scrapy import ScrapyOperator
from spiders.site import Site
from spiders.site_index import deployed_sites, may_be_scheduled, site_named

MAX_CHUNKS = 1024
"""Airflow's own limit of mapped tasks (core.max_map_length)."""


def chunks(first: date, last: date, days: int, *, newest_first: bool) -> Iterator[tuple[date, date]]:
    """The days from `first` to `last`, both included, as spans of at most `days` days that follow each other.

    Raises ValueError where `last` is before `first`.
    """
    if last < first:
        raise ValueError(f"{last} is before {first}")
    starts = [first + timedelta(days=offset) for offset in range(0, (last - first).days + 1, days)]
    for start in reversed(starts) if newest_first else starts:
        yield start, min(start + timedelta(days=days - 1), last)


class BackfillOperator(ScrapyOperator):
    """Crawls of the site that the run's parameters name, until nothing of the chunk is left: one crawl looks at a
    limited number of articles."""

    def execute(self, context: Any) -> dict[str, Any]:
        site = context["params"]["site"]
        self.asset = articles_of(site)
        report = super().execute(context)
        while report["left"] and not context["params"]["dry_run"]:
            before = report["left"]
            report = super().execute(context)
            if report["left"] >= before:
                raise PassesByItself(f"{site}: {report['left']} articles are due again after they were looked at.")
        return report


@task(retries=1, execution_timeout=timedelta(minutes=5))
def plan(params: dict[str, Any]) -> list[dict[str, Any]]:
    """The arguments of each chunk's crawl, in the order in which they are run."""
    site = site_named(params["site"])
    if not site.sitemaps and not any("{date" in section for section in site.sections):
        raise NeedsSomebody(f"{site.title} has neither a dated index nor a sitemap of its archive.")
    try:
        spans = list(
            chunks(
                date.fromisoformat(params["since"]),
                date.fromisoformat(params["until"]),
                params["days"],
                newest_first=params["order"] == "newest first",
            )
        )
    except ValueError as error:
        raise NeedsSomebody(f"since and until are not a span of time: {error}.") from error
    if len(spans) > MAX_CHUNKS:
        raise NeedsSomebody(f"{len(spans)} chunks are more than {MAX_CHUNKS}: take more days for each.")
    return [
        {"since": first.isoformat(), "until": last.isoformat(), "dry_run": params["dry_run"]} for first, last in spans
    ]


with DAG(
    "backfill",
    dag_display_name="Backfill a site",
    description="Take a site's older articles, some days at a time.",
    doc_md=__doc__,
    schedule=None,
    is_paused_upon_creation=False,
    tags=["crawl", "backfill"],
    params={
        "site": Param(
            None,
            type="string",
            enum=[site.name for site in deployed_sites() if isinstance(site, Site) and may_be_scheduled(site)],
            title="Site",
        ),
        "since": since(optional=False),
        "until": until(optional=False),
        "order": Param("newest first", type="string", enum=["newest first", "oldest first"], title="Order"),
        "days": Param(
            3,
            type="integer",
            minimum=1,
            maximum=31,
            title="Days in a chunk",
            description="What a chunk that fails is to repeat. A portal has up to 300 articles a day.",
        ),
        "dry_run": dry_run(),
    },
    **DAG_DEFAULTS,
):
    BackfillOperator.partial(
        task_id="crawl",
        command=["crawl", "{{ params.site }}"],
        outlets=[ARTICLES],
        max_active_tis_per_dagrun=1,
        retries=3,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(hours=2),
        map_index_template="{{ task.spider_args.since }} to {{ task.spider_args.until }}",
    ).expand(spider_args=plan())  # type: ignore[call-arg, misc]  # Airflow hands `params` over
