"""Airflow's Celery workers, asked through the queue that they take their tasks from."""

from collections.abc import Mapping

from celery import Celery

ANSWER_TIMEOUT_SECONDS = 2.0
"""How long answers are collected: a worker that is well answers in milliseconds."""


def workers_health(broker: str) -> Mapping[str, bool]:
    """The workers that answer, by their names without their host's. Raises OperationalError where there is no queue."""
    app = Celery(broker=broker)
    app.conf.update(broker_connection_retry=False, broker_connection_max_retries=0)
    with app:
        answers = app.control.ping(timeout=ANSWER_TIMEOUT_SECONDS)
    return {name.partition("@")[0]: True for answer in answers for name in answer}
