"""How a task says that it did not do its work: in one sentence, and whether another try may help."""

from typing import Any

from airflow.sdk.exceptions import AirflowTaskTimeout

from settings.crawl import FAILURE

FOR_SOMEBODY = frozenset(
    (
        *("no_contact", "permission_needed", "wrong_argument", "wrong_settings", "storage_refused", "wrong_bucket"),
        *("asked_to_wait", "crawl_delay", "site_refuses", "excluded", "taken_down", "spool_damaged"),
    )
)
"""Finish reasons that only a person can do something about, or that ask us not to come back so soon. What a damaged
spool lost is told once: a retry would turn it green."""


class TaskFailure(SystemExit):
    """Ends a task with a sentence. Of all exceptions this is the one that Airflow logs without a traceback, which would
    be of our code, and say nothing.
    """


class PassesByItself(TaskFailure):
    """The world's fault: a site or a store that is away, a process that was killed. The task is tried again."""


class NeedsSomebody(TaskFailure):
    """Tried again it would fail again, or hide what a person has to see: settings, a form, a site that has changed."""


def keep_failure(context: Any) -> None:
    """A task's callback: keep why it failed, so that it can be told where the run is shown."""
    error, ti = context["exception"], context["ti"]
    kept = {"sentence": in_a_sentence(error, ti.task), "needs_somebody": isinstance(error, NeedsSomebody)}
    ti.xcom_push(key=FAILURE, value=kept)


def in_a_sentence(error: BaseException, task: Any) -> str:
    """Why a task failed. An exception that is not a TaskFailure is one that nobody foresaw: its type says more."""
    match error:
        case TaskFailure():
            return str(error)
        case AirflowTaskTimeout():
            return f"{task.task_id} took longer than {task.execution_timeout} and was ended."
        case _:
            return f"{task.task_id}: {type(error).__name__}: {error}"
