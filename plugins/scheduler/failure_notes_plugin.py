"""Why a run failed, as the note of the run and of its tasks, where Airflow's pages show it.

A task cannot write a note: it has no access to Airflow's database. The scheduler has, and hears of each run that ends.
"""

import sys
from typing import Any

from airflow.listeners import hookimpl
from airflow.models.dagrun import DagRun
from airflow.models.xcom import XComModel
from airflow.plugins_manager import AirflowPlugin
from airflow.utils.state import TaskInstanceState
from sqlalchemy.orm import Session, object_session

from settings.crawl import FAILURE

MAX_NOTE_CHARS = 1000
"""Airflow's own limit."""


@hookimpl
def on_dag_run_failed(dag_run: DagRun) -> None:
    """Note why, unless somebody has written a note of their own."""
    session = object_session(dag_run)
    if session is None:  # a run marked as failed through the API, which is nothing that a task could explain
        return
    sentences = _failures(dag_run, session)
    for task in dag_run.get_task_instances(state=[TaskInstanceState.FAILED], session=session):
        if (sentence := sentences.get((task.task_id, task.map_index))) and _is_ours(task.task_instance_note):
            task.note = sentence
    if sentences and _is_ours(dag_run.dag_run_note):
        dag_run.note = " ".join(dict.fromkeys(sentences.values()))[:MAX_NOTE_CHARS]


@hookimpl
def on_dag_run_success(dag_run: DagRun) -> None:
    """A run that was cleared and did better has no failure to tell."""
    if dag_run.dag_run_note is not None and _is_ours(dag_run.dag_run_note):
        dag_run.note = None


def _failures(dag_run: DagRun, session: Session) -> dict[tuple[str, int], str]:
    """The sentences of a run's failed tasks, by task and map index."""
    found: Any = session.scalars(XComModel.get_many(key=FAILURE, run_id=dag_run.run_id, dag_ids=dag_run.dag_id))
    return {
        (entry.task_id, entry.map_index): XComModel.deserialize_value(entry)["sentence"][:MAX_NOTE_CHARS]
        for entry in found
    }


def _is_ours(note: object) -> bool:
    """Whether a note, if there is one, was written by nobody."""
    return getattr(note, "user_id", None) is None


class FailureNotesPlugin(AirflowPlugin):
    """Makes the scheduler write notes."""

    name = "failure_notes"
    listeners = [sys.modules[__name__]]  # noqa: RUF012 - Airflow's own form
