"""What Airflow knows of the sites' crawls: which are switched off, which are due, how the last ones ended."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.models.xcom import XComModel
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from pipelines.watch.crawls import FAILED, Crawl, activity_of
from pipelines.watch.figures import Activity
from settings.crawl import FAILURE, TASK

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
    failures = _failures(session, [run.id for latest in runs.values() for run in latest if run.state == FAILED])
    crawls = {
        dag_id: [
            Crawl(run.state, run.queued_at, run.start_date, run.end_date, *failures.get(run.id, (None, False)))
            for run in latest
        ]
        for dag_id, latest in runs.items()
    }
    return {
        dag_id.removeprefix(PREFIX): activity_of(is_paused, due_at, crawls.get(dag_id, ()))
        for dag_id, is_paused, due_at in dags
    }


def _latest_runs(session: Session, dag_ids: Collection[str], since: datetime) -> dict[str, list[Row[Any]]]:
    """The latest runs of each DAG, newest first."""
    number = func.row_number().over(partition_by=DagRun.dag_id, order_by=DagRun.run_after.desc()).label("number")
    numbered = (
        select(DagRun.id, DagRun.dag_id, DagRun.state, DagRun.queued_at, DagRun.start_date, DagRun.end_date, number)
        .where(DagRun.dag_id.in_(dag_ids), DagRun.run_after >= since)
        .subquery()
    )
    found: dict[str, list[Row[Any]]] = {}
    for run in session.execute(select(numbered).where(numbered.c.number <= MAX_RUNS).order_by(numbered.c.number)):
        found.setdefault(run.dag_id, []).append(run)
    return found


def _failures(session: Session, run_ids: Collection[int]) -> dict[int, tuple[str, bool]]:
    """Why runs failed, in the words that their tasks have kept, and whether that needs somebody."""
    kept = select(XComModel).where(
        XComModel.dag_run_id.in_(run_ids), XComModel.task_id == TASK, XComModel.key == FAILURE
    )
    values = {entry.dag_run_id: XComModel.deserialize_value(entry) for entry in session.scalars(kept)}
    return {run_id: (value["sentence"], value["needs_somebody"]) for run_id, value in values.items()}
