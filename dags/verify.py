"""Verify the archive: every night by a sample, on the first of each month as a whole.

Rows are drawn, and their bytes read back from the WARC files; the logs of the tables, their data files, the CDXJ and
the index are held against each other, and a hundred articles are cleaned again and held to their rows. As a whole each
site is a task of its own, so that all workers share them, and so is what is shared by all sites: logs, sums of days,
URLs that several have, texts that copies are told by. Red when anything is missing, damaged or contradicts itself: the
last line says what comes first, the log has all of it. Nothing is changed, unless *repair* is chosen by hand: then what
can be repaired is, and what is lost is fetched again by the next crawls. That is one task, and no crawl may be under
way meanwhile.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, task

from dags.defaults import AFTER_CRAWLS, DAG_DEFAULTS, NAMED_BY_COMMAND
from dags.operators.command import CommandOperator

SAMPLE_ROWS = 500
"""Rows, and index entries, of a night: a fault in one row of a hundred is found with 99 % probability, in minutes."""


@task(execution_timeout=timedelta(minutes=5))
def plan(params: dict[str, Any], dag_run: Any) -> list[list[str]]:
    """The commands that verify, by the run's parameters and the day on which it is due (UTC)."""
    whole = dag_run.run_after.day == 1 if params["whole"] is None else params["whole"]
    scope = [] if whole else ["--sample", str(SAMPLE_ROWS)]
    if params["repair"]:
        return [["verify", *scope, "--repair"]]
    return parts() if whole else [["verify", *scope]]


def parts() -> list[list[str]]:
    """The commands that together verify all of the archive."""
    from pipelines.archive.bucket import Bucket  # what only the task needs: DAG files are parsed over and over
    from pipelines.archive.verification.scope import sites_in
    from pipelines.index.database import Index
    from settings.storage import storage

    where = storage()
    with Index.open(where.index) as index:
        sites = sites_in(Bucket(where), index)
    return [["verify", "--shared"], *(["verify", site] for site in sites)]


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
    CommandOperator.partial(
        task_id="verify",
        map_index_template=NAMED_BY_COMMAND,
        execution_timeout=timedelta(hours=12),
        **AFTER_CRAWLS,
    ).expand(
        command=plan()  # type: ignore[call-arg, misc]  # Airflow hands `params` and `dag_run` over
    )
