"""What Airflow knows of the sites' crawls: which are switched off, which are due, how the last ones ended."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.utils.state import DagRunState
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from pipelines.watch.figures import Activity

PREFIX = "crawl_"
"""What the id of a site's DAG begins with; its name follows."""

MAX_RUN_AGE = timedelta(days=8)
"""Of runs that are looked at: a site that is crawled once a week has one."""

MAX_RUNS = 10
"""Of a site that are looked at: how many in a row have failed is told up to that many."""


def activities(session: Session, dag_ids: Collection[str], now: datetime) -> dict[str, Activity]:
    """The activity of each site that has a DAG among these, by its name."""
    mine = [dag_id for dag_id in dag_ids if dag_id.startswith(PREFIX)]
    dags = session.execute(
        select(DagModel.dag_id, DagModel.is_paused, DagModel.next_dagrun_create_after).where(
            DagModel.dag_id.in_(mine), ~DagModel.is_stale
        )
    )
    runs = _latest_runs(session, mine, now - MAX_RUN_AGE)
    return {
        dag_id.removeprefix(PREFIX): _activity(is_paused, due_at, runs.get(dag_id, []))
        for dag_id, is_paused, due_at in dags
    }


def _latest_runs(session: Session, dag_ids: Collection[str], since: datetime) -> dict[str, list[Row[Any]]]:
    """The latest runs of each DAG, newest first."""
    number = func.row_number().over(partition_by=DagRun.dag_id, order_by=DagRun.run_after.desc()).label("number")
    numbered = (
        select(DagRun.dag_id, DagRun.state, DagRun.queued_at, DagRun.start_date, DagRun.end_date, number)
        .where(DagRun.dag_id.in_(dag_ids), DagRun.run_after >= since)
        .subquery()
    )
    found: dict[str, list[Row[Any]]] = {}
    for run in session.execute(select(numbered).where(numbered.c.number <= MAX_RUNS).order_by(numbered.c.number)):
        found.setdefault(run.dag_id, []).append(run)
    return found


def _activity(is_paused: bool, due_at: datetime | None, runs: Iterable[Row[Any]]) -> Activity:
    runs = list(runs)
    ended = [run for run in runs if run.state in (DagRunState.SUCCESS, DagRunState.FAILED)]
    under_way = [run.queued_at or run.start_date for run in runs if run not in ended]
    failed = next((number for number, run in enumerate(ended) if run.state != DagRunState.FAILED), len(ended))
    return Activity(
        is_paused=is_paused,
        due_at=due_at,
        under_way_since=min((since for since in under_way if since), default=None),
        last_began_at=ended[0].start_date if ended else None,
        last_ended_at=ended[0].end_date if ended else None,
        failed_in_a_row=failed,
        failing_since=ended[failed - 1].start_date if failed else None,
    )
