"""What the last crawls of a site come to: how many failed in a row, whether one is under way."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pipelines.watch.figures import Activity

SUCCESS, FAILED = "success", "failed"
"""States of runs of Airflow's that have ended."""


@dataclass(frozen=True, slots=True)
class Crawl:
    """A run of a site's DAG, in a state of Airflow's; `failure` is the sentence that its task has kept,
    `needs_somebody` whether it does not pass by itself.
    """

    state: str
    queued_at: datetime | None
    began_at: datetime | None
    ended_at: datetime | None
    failure: str | None = None
    needs_somebody: bool = False


def activity_of(is_paused: bool, due_at: datetime | None, crawls: Iterable[Crawl]) -> Activity:
    """The activity of a site with these last crawls, the newest first."""
    crawls = list(crawls)
    ended = [crawl for crawl in crawls if crawl.state in (SUCCESS, FAILED)]
    under_way = [crawl.queued_at or crawl.began_at for crawl in crawls if crawl not in ended]
    failed = next((number for number, crawl in enumerate(ended) if crawl.state != FAILED), len(ended))
    return Activity(
        is_paused=is_paused,
        due_at=due_at,
        under_way_since=min((since for since in under_way if since), default=None),
        last_began_at=ended[0].began_at if ended else None,
        last_ended_at=ended[0].ended_at if ended else None,
        failed_in_a_row=failed,
        failing_since=ended[failed - 1].began_at if failed else None,
        failure=ended[0].failure if failed else None,
        needs_somebody=bool(failed and ended[0].needs_somebody),
    )
