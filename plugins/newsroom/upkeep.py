"""The last runs of the DAGs that keep up and verify the archive, and what they said."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from airflow.models.dagrun import DagRun
from airflow.models.xcom import XComModel
from sqlalchemy import select
from sqlalchemy.orm import Session

VERIFY, MAINTAIN = "verify", "maintain"

MAX_RUNS = 5
"""Of each that are shown."""


@dataclass(frozen=True, slots=True)
class UpkeepRun:
    """A run: `summary` is what its command said in a sentence, None where it failed or goes."""

    dag_id: str
    run_id: str
    state: str
    began_at: datetime | None
    ended_at: datetime | None
    summary: str | None

    @property
    def address(self) -> str:
        """Its page, relative to Airflow's root."""
        return f"dags/{quote(self.dag_id, safe='')}/runs/{quote(self.run_id, safe='')}"


def upkeep_runs(session: Session, dag_id: str) -> Sequence[UpkeepRun]:
    """The last runs of one of these DAGs, the latest first."""
    runs = session.scalars(
        select(DagRun).where(DagRun.dag_id == dag_id).order_by(DagRun.run_after.desc()).limit(MAX_RUNS)
    ).all()
    said = _said(session, dag_id, [run.run_id for run in runs])
    return [
        UpkeepRun(dag_id, run.run_id, str(run.state), run.start_date, run.end_date, said.get(run.run_id))
        for run in runs
    ]


def _said(session: Session, dag_id: str, run_ids: Sequence[str]) -> dict[str, str]:
    """The summaries that the runs' commands returned."""
    rows = session.execute(
        select(XComModel.run_id, XComModel.value).where(
            XComModel.dag_id == dag_id,
            XComModel.task_id == dag_id,
            XComModel.key == "return_value",
            XComModel.run_id.in_(run_ids),
        )
    )
    return {run_id: summary for run_id, value in rows if (summary := _summary(value))}


def _summary(value: Any) -> str | None:
    """The summary in a report, which Airflow keeps as JSON within JSON, or as JSON."""
    report = json.loads(value) if isinstance(value, str) else value
    return str(report["summary"]) if isinstance(report, dict) and report.get("summary") else None
