"""Verify the archive: every night by a sample, on the first of each month as a whole.

Rows are drawn, and their bytes read back from the WARC files; the logs of the tables, their data files, the CDXJ and
the index are held against each other, and a hundred articles are cleaned again and held to their rows. Red when
anything is missing, damaged or contradicts itself: the last line says what comes first, the log has all of it.
Nothing is changed, unless *repair* is chosen by hand: then what can be repaired is, and what is lost is fetched again
by the next crawls. No crawl may be under way meanwhile.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, task

from dags.defaults import DAG_DEFAULTS
from dags.operators.command import CommandOperator

SAMPLE_ROWS = 500
"""Rows, and index entries, of a night: a fault in one row of a hundred is found with 99 % probability, in minutes."""


@task(execution_timeout=timedelta(minutes=5))
def plan(params: dict[str, Any], dag_run: Any) -> list[list[str]]:
    """The command that verifies, by the run's parameters and the day on which it is due (UTC)."""
    whole = dag_run.run_after.day == 1 if params["whole"] is None else params["whole"]
    scope = [] if whole else ["--sample", str(SAMPLE_ROWS)]
    return [["verify", *scope, *(["--repair"] if params["repair"] else [])]]


with DAG(
    "verify",
    dag_display_name="Verify the archive",
    description="Hold bucket, tables and index against each other.",
    doc_md=__doc__,
    schedule="43 18 * * *",  # 01:43 in Jakarta, when newsrooms sleep
    is_paused_upon_creation=False,
    tags=["archive"],
    params={
        "whole": Param(
            None,
            type=["null", "boolean"],
            title="Whole",
            description="Verify every row and every byte; empty: on the first of the month.",
        ),
        "repair": Param(False, type="boolean", title="Repair", description="Repair what can be repaired."),
    },
    **DAG_DEFAULTS,
):
    CommandOperator.partial(task_id="verify", execution_timeout=timedelta(hours=12)).expand(
        command=plan()  # type: ignore[call-arg, misc]  # Airflow hands `params` and `dag_run` over
    )
