"""Release the month that was closed last, on the eighth of each month; or by hand the months of a span.

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

from dags.defaults import AFTER_CRAWLS, DAG_DEFAULTS, MONTH, NAMED_BY_COMMAND
from dags.operators.command import CommandOperator
from dags.operators.failures import NeedsSomebody


@task(execution_timeout=timedelta(minutes=5))
def plan(params: dict[str, Any]) -> list[list[str]]:
    """The commands that publish, by the run's parameters: one for each month."""
    first, last = params["from_month"], params["to_month"]
    if not first and not last:
        return [["publish", *(f"--{name}={params[name]}" for name in ("month", "accept") if params[name])]]
    if params["month"] or params["accept"]:
        raise NeedsSomebody("A month, and a reason to accept what speaks against it, go with no span of months.")
    from pipelines.archive.releases.publish import closed_months  # what only the task needs
    from pipelines.archive.tables import Corpus
    from settings.clock import utc_now
    from settings.storage import storage

    found = [m for m in closed_months(Corpus(storage()), utc_now()) if (first or "") <= m <= (last or "9999-12")]
    if not found:
        raise NeedsSomebody("No month of these is closed and has articles.")
    return [["publish", f"--month={month}"] for month in found]


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
            None, title="Month", description="Such as 2026-11; empty: the one that was closed last.", **MONTH
        ),
        "from_month": Param(
            None, title="From", description="First month of a span, each of which is released for itself.", **MONTH
        ),
        "to_month": Param(None, title="To", description="Last month of a span; empty: the one closed last.", **MONTH),
        "accept": Param(
            None,
            type=["null", "string"],
            title="Accept",
            description="Why to publish it whatever speaks against it, as the card is to say it.",
        ),
    },
    **DAG_DEFAULTS,
) as dag:
    CommandOperator.partial(
        task_id="publish",
        map_index_template=NAMED_BY_COMMAND,
        execution_timeout=timedelta(hours=3),
        **AFTER_CRAWLS,
    ).expand(
        command=plan()  # type: ignore[call-arg, misc]  # Airflow hands `params` over
    )
