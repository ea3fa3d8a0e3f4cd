"""Make archived articles anew from their pages in the bucket, by the rules of today: after a change of rules.

Nothing is fetched. Each month of the site is a task of its own. An article that comes out differently keeps its
`revision`, since its publisher changed nothing; the row as it was goes to the table `revisions`. What stays the same is
not touched. Articles that the rules of today refuse stay, and are named in the log.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, get_current_context, task

from dags.defaults import DAG_DEFAULTS
from dags.operators.command import CommandOperator
from dags.operators.failures import NeedsSomebody

MONTH: dict[str, Any] = {"type": ["null", "string"], "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"}

with DAG(
    "reextract",
    dag_display_name="Re-extract articles",
    description="Clean archived articles of a site again, by the rules of today.",
    doc_md=__doc__,
    schedule=None,
    is_paused_upon_creation=False,
    tags=["cleaning"],
    params={
        "site": Param("", type="string", minLength=1, title="Site", description="Name of the site, as in its DAG."),
        "from_month": Param(None, title="From", description="First month, YYYY-MM; empty: the oldest.", **MONTH),
        "to_month": Param(None, title="To", description="Last month, YYYY-MM; empty: the newest.", **MONTH),
    },
    **DAG_DEFAULTS,
):

    @task(execution_timeout=timedelta(minutes=5))
    def months() -> list[list[str]]:
        """The commands that re-extract, one for each month from the one to the other in which the site has articles."""
        from pipelines.archive.tables import Corpus  # what only the task needs: DAG files are parsed over and over
        from settings.storage import storage

        params = get_current_context()["params"]
        site, first, last = params["site"], params["from_month"] or "", params["to_month"] or "9999-12"
        found = [month for month in Corpus(storage()).months(site) if first <= month <= last]
        if not found:
            raise NeedsSomebody(f"{site} has no articles in these months.")
        return [["reextract", site, "--month", month] for month in found]

    CommandOperator.partial(task_id="reextract", execution_timeout=timedelta(hours=6)).expand(command=months())
