"""Release the month that was closed last, on the eighth of each month.

A release is a month of the corpus as plain Parquet files with a card, sums and a dictionary of fields, in
`releases/YYYY-MM/vN/`. It never changes; where more has become known of a month, the next release of it is another
version, and where nothing has, there is none. Before it is published its files are read back and checked: columns,
order, ranges and counts against the tables, numbers and fill rates against earlier months, and texts for residue by a
scan that is not the one that cleans. Red where something speaks against it: then it is a draft, in
`releases/YYYY-MM/draft/`, whose file `WHY` has the reasons. Mend what is wrong and run this again; or look at it,
trigger this with *accept*, and the reason stands in the card.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, task

from dags.defaults import DAG_DEFAULTS
from dags.operators.command import CommandOperator


@task(execution_timeout=timedelta(minutes=5))
def plan(params: dict[str, Any]) -> list[list[str]]:
    """The command that publishes, by the run's parameters."""
    options = [f"--{name}={params[name]}" for name in ("month", "accept") if params[name]]
    return [["publish", *options]]


with DAG(
    "publish",
    dag_display_name="Release a month",
    description="Check a closed month and publish it as plain files, for good.",
    doc_md=__doc__,
    schedule="43 19 8 * *",  # 02:43 in Jakarta, after upkeep and verification
    is_paused_upon_creation=False,
    tags=["archive"],
    params={
        "month": Param(
            None,
            type=["null", "string"],
            pattern=r"^\d{4}-(0[1-9]|1[0-2])$",
            title="Month",
            description="Such as 2026-11; empty: the one that was closed last.",
        ),
        "accept": Param(
            None,
            type=["null", "string"],
            title="Accept",
            description="Why to publish it whatever speaks against it, as the card is to say it.",
        ),
    },
    **DAG_DEFAULTS,
):
    CommandOperator.partial(task_id="publish", execution_timeout=timedelta(hours=3)).expand(
        command=plan()  # type: ignore[call-arg, misc]  # Airflow hands `params` over
    )
