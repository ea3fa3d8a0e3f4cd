"""A task that fails says why in one sentence: in its log, as a note, and on its run; and whether it is tried again."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.listeners.listener import get_listener_manager
from airflow.models.dagbag import DBDagBag
from airflow.models.dagrun import DagRun, DagRunNote
from airflow.sdk import RetryAction
from airflow.sdk.exceptions import AirflowTaskTimeout
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState

from dags.defaults import RETRIES
from dags.operators import failures
from dags.operators.failures import NeedsSomebody, PassesByItself, in_a_sentence
from plugins.scheduler import failure_notes_plugin
from tests.dags.conftest import PROJECT

SENTENCE = "Choose one site at least."


@pytest.fixture(scope="module")
def notes() -> Iterator[None]:
    """A database, and the scheduler's plugin in this process, in which the run is carried out."""
    initdb()
    listeners = get_listener_manager()
    listeners.add_listener(failure_notes_plugin)
    yield
    listeners.pm.unregister(failure_notes_plugin)


def crawl_of_no_site() -> Any:
    """A run that fails for what only a person can do, its end seen by the scheduler."""
    run = DagBag(PROJECT / "dags" / "chosen_sites.py").dags["chosen_sites"].test(run_conf={"sites": []})
    with create_session() as session:
        kept = session.get(DagRun, run.id)
        assert kept is not None
        kept.state = DagRunState.RUNNING
        kept.dag = DBDagBag().get_dag_for_run(kept, session=session)
        kept.update_state(session=session)
    return run


def noted(run: Any) -> tuple[str | None, dict[str, str | None]]:
    """The notes of a run and of its tasks."""
    with create_session() as session:
        kept = session.get(DagRun, run.id)
        assert kept is not None
        return kept.note, {task.task_id: task.note for task in kept.get_task_instances(session=session)}


@pytest.mark.usefixtures("notes")
def test_the_sentence_is_the_note_of_the_run_and_of_its_task(capfd: pytest.CaptureFixture[str]) -> None:
    run = crawl_of_no_site()
    said = capfd.readouterr()

    assert run.state == "failed"
    assert noted(run) == (SENTENCE, {"commands": SENTENCE, "crawl": None})
    assert SENTENCE in said.out + said.err
    assert "Traceback" not in said.out + said.err


@pytest.mark.usefixtures("notes")
def test_what_somebody_wrote_stays() -> None:
    run = crawl_of_no_site()
    with create_session() as session:
        kept = session.get(DagRun, run.id)
        assert kept is not None
        kept.dag_run_note = DagRunNote("Rina looks into it.", user_id="rina")
        session.flush()
        failure_notes_plugin.on_dag_run_failed(kept)
        failure_notes_plugin.on_dag_run_success(kept)

    assert noted(run)[0] == "Rina looks into it."


@pytest.mark.usefixtures("notes")
def test_a_run_that_did_better_at_last_has_no_failure_to_tell() -> None:
    run = crawl_of_no_site()
    with create_session() as session:
        kept = session.get(DagRun, run.id)
        assert kept is not None
        failure_notes_plugin.on_dag_run_success(kept)

    assert noted(run)[0] is None


@pytest.mark.parametrize(
    ("failure", "action"),
    [
        (PassesByItself("the site is down."), RetryAction.RETRY),
        (NeedsSomebody("the layout has changed."), RetryAction.FAIL),
        (ValueError("nobody foresaw this"), RetryAction.DEFAULT),
    ],
)
def test_what_is_the_world_s_fault_is_tried_again_and_what_needs_somebody_is_not(
    failure: BaseException, action: RetryAction
) -> None:
    assert RETRIES.evaluate(failure, try_number=1, max_tries=2).action == action


def test_every_task_keeps_its_failure_and_is_retried_by_its_kind() -> None:
    initdb()
    dags: Any = DagBag(PROJECT / "dags").dags
    for dag in dags.values():
        for task in dag.tasks:
            settings = task.partial_kwargs if task.is_mapped else vars(task)
            assert settings["retry_policy"].rules == RETRIES.rules, task
            assert failures.keep_failure in settings["on_failure_callback"], task


TASK = SimpleNamespace(task_id="crawl", execution_timeout=timedelta(hours=2))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NeedsSomebody("telset: the layout has changed."), "telset: the layout has changed."),
        (AirflowTaskTimeout("Timeout, PID: 17"), "crawl took longer than 2:00:00 and was ended."),
        (KeyError("site"), "crawl: KeyError: 'site'"),
    ],
)
def test_any_error_comes_down_to_one_sentence(error: BaseException, sentence: str) -> None:
    assert in_a_sentence(error, TASK) == sentence
