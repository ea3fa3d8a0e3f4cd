"""The last runs of the DAGs that keep up and verify the archive, and what they said."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from airflow.models.dagrun import DagRun
from airflow.models.xcom import XCOM_RETURN_KEY, XComModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from pipelines.archive.maintenance.report import Maintenance
from pipelines.archive.verification.findings import Verification
from settings.crawl import FAILURE

VERIFY, MAINTAIN = "verify", "maintain"

MAX_RUNS = 5
"""Of each that are shown."""


@dataclass(frozen=True, slots=True)
class UpkeepRun:
    """A run: `summary` is what its command said in a sentence; of several that share the work, what that comes to, and
    why any failed; None where none has said anything yet.
    """

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
    """What the runs' commands returned, and why they failed, by run."""
    rows = session.execute(
        select(XComModel.run_id, XComModel.key, XComModel.value)
        .where(XComModel.dag_id == dag_id, XComModel.key.in_((XCOM_RETURN_KEY, FAILURE)), XComModel.run_id.in_(run_ids))
        .order_by(XComModel.task_id, XComModel.map_index)
    )
    reports: dict[str, list[Mapping[str, Any]]] = {run_id: [] for run_id in run_ids}
    failures: dict[str, list[str]] = {run_id: [] for run_id in run_ids}
    for run_id, key, value in rows:
        said = _decoded(value)
        if key == FAILURE:
            failures[run_id].append(said["sentence"])
        elif isinstance(said, dict) and said.get("summary"):  # what a task returns that plans the others is none
            reports[run_id].append(said)
    return {
        run_id: " ".join([*_summary(dag_id, reports[run_id]), *_failure(failures[run_id])])
        for run_id in run_ids
        if reports[run_id] or failures[run_id]
    }


def _summary(dag_id: str, reports: Sequence[Mapping[str, Any]]) -> list[str]:
    if len(reports) < 2:
        return [report["summary"] for report in reports]
    summed: Verification | Maintenance = (Verification if dag_id == VERIFY else Maintenance).summed(reports)
    return [f"{len(reports)} tasks {summed.summary}"]


def _failure(sentences: Sequence[str]) -> list[str]:
    if len(sentences) < 2:
        return list(sentences)
    return [f"{len(sentences)} tasks failed, the first as {sentences[0]}"]


def _decoded(value: Any) -> Any:
    """A value that Airflow keeps as JSON within JSON, or as JSON."""
    return json.loads(value) if isinstance(value, str) else value
