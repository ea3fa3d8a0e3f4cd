"""Airflow's runs in which a site was crawled, so that a run of ours leads to its log there, and the other way round."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from airflow.models.dagrun import DagRun
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugins.newsroom.access import dag_of

CHOSEN_SITES, BACKFILL = "chosen_sites", "backfill"
"""DAGs that crawl the sites which a run's parameters name."""

MAX_RUNS = 500
"""Of a site that are looked through: a week of one that is crawled every half hour has 336."""

MAX_START_DELAY = timedelta(seconds=5)
"""By which a run of ours may seem to begin before Airflow's, whose clock may be another machine's."""


@dataclass(frozen=True, slots=True)
class AirflowRun:
    """A DAG's run; times are UTC, and `ended_at` is None while it goes. `place` is which of the sites that it crawls
    this is about, counted from 0.
    """

    dag_id: str
    run_id: str
    state: str
    began_at: datetime
    ended_at: datetime | None = None
    place: int | None = None

    @property
    def address(self) -> str:
        """The log of the task that crawled the site, relative to Airflow's root; the page of a run with several."""
        page = f"dags/{quote(self.dag_id, safe='')}/runs/{quote(self.run_id, safe='')}"
        if self.dag_id == BACKFILL or (self.dag_id == CHOSEN_SITES and self.place is None):
            return page
        return f"{page}/tasks/crawl" + (f"/mapped/{self.place}" if self.dag_id == CHOSEN_SITES else "")

    def holds(self, moment: datetime) -> bool:
        """Whether it was under way at that time."""
        return self.began_at - MAX_START_DELAY <= moment and (self.ended_at is None or moment <= self.ended_at)


def crawls_of(session: Session, site: str, since: datetime, readable: Collection[str]) -> list[AirflowRun]:
    """The runs in which a site was crawled, of DAGs among `readable`, the latest first."""
    own = dag_of(site)
    dag_ids = [dag_id for dag_id in (own, CHOSEN_SITES, BACKFILL) if dag_id in readable]
    query = (
        select(DagRun)
        .where(DagRun.dag_id.in_(dag_ids), DagRun.run_after >= since, DagRun.start_date.is_not(None))
        .order_by(DagRun.start_date.desc())
        .limit(MAX_RUNS)
    )
    found = []
    for run in session.scalars(query):
        sites = [site] if run.dag_id == own else sites_in(run.dag_id, run.conf)
        if site in sites:
            found.append(replace(_run(run), place=sites.index(site)))
    return found


def find_run(session: Session, dag_id: str, run_id: str) -> tuple[AirflowRun, Sequence[str]] | None:
    """A run that has begun, and the sites that it crawls; None where there is none."""
    run = session.scalar(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id))
    if run is None or run.start_date is None:
        return None
    return _run(run), sites_in(run.dag_id, run.conf)


def sites_in(dag_id: str, conf: Any) -> Sequence[str]:
    """The sites that a run with these parameters crawls."""
    stated = conf if isinstance(conf, dict) else {}
    if dag_id == CHOSEN_SITES:
        return [str(site) for site in stated.get("sites") or ()]
    if dag_id == BACKFILL:
        return [str(stated["site"])] if stated.get("site") else []
    return [dag_id.removeprefix(dag_of(""))] if dag_id.startswith(dag_of("")) else []


def run_at(runs: Iterable[AirflowRun], moment: datetime) -> AirflowRun | None:
    """The one of a site's runs that was under way at that time."""
    return next((run for run in runs if run.holds(moment)), None)


def _run(run: DagRun) -> AirflowRun:
    return AirflowRun(run.dag_id, run.run_id, str(run.state), run.start_date or run.run_after, run.end_date)
