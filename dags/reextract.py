"""Make archived articles anew from their pages in the bucket, by the rules of today: after a change of rules.

Nothing is fetched. Each month of the site is a task of its own, so that all workers share them. Its log says what comes
out differently, before anything is written: how many articles and in which columns, their words before and after, signs
of residue before and after, and the articles that change most, line by line. With *dry run* that is all. A month of
which more than *at most* would get other content stays as it is, and its task is red: look at it, and trigger the DAG
again with more if it is right.

An article that comes out differently keeps its `revision`, since its publisher changed nothing; the row as it was goes
to the table `revisions`. What stays the same is not touched. Articles that the rules of today refuse stay, and are
named in the log.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, task

from dags.defaults import AFTER_CRAWLS, DAG_DEFAULTS, MONTH
from dags.operators.command import CommandOperator
from dags.operators.failures import NeedsSomebody

MAX_PERCENT = 10
"""Unless the form says otherwise. A rule that is right for a site's odd page changes a few articles; one that changes
each tenth is a new layout, or a fault, and somebody should have seen examples."""


@task(execution_timeout=timedelta(minutes=5))
def months(params: dict[str, Any]) -> list[list[str]]:
    """The commands that re-extract, one for each month from the one to the other in which the site has articles."""
    from pipelines.archive.tables import Corpus  # what only the task needs: DAG files are parsed over and over
    from settings.storage import storage

    site, first, last = params["site"], params["from_month"] or "", params["to_month"] or "9999-12"
    found = [month for month in Corpus(storage()).months(site) if first <= month <= last]
    if not found:
        raise NeedsSomebody(f"{site} has no articles in these months.")
    end = ["--dry-run"] if params["dry_run"] else [f"--at-most={params['at_most']}"]
    return [["reextract", site, "--month", month, *end] for month in found]


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
        "dry_run": Param(False, type="boolean", title="Dry run", description="Say what would change; change nothing."),
        "at_most": Param(
            MAX_PERCENT,
            type="integer",
            minimum=0,
            maximum=100,
            title="At most",
            description="Percent of a month's articles that may get other content; a month with more stays as it is.",
        ),
    },
    **DAG_DEFAULTS,
) as dag:
    CommandOperator.partial(
        task_id="reextract",
        map_index_template="{{ task.command[3] }}",
        execution_timeout=timedelta(hours=6),
        **AFTER_CRAWLS,
    ).expand(
        command=months()  # type: ignore[call-arg, misc]  # Airflow hands `params` over
    )
