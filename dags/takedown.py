"""Take articles down: out of all of the archive, for good, and keep them out.

Say what: *articles* by URL or article_id, or all below a *prefix*, of an *author*, of a *site*; and why, by which
letter or case. As it comes, *dry_run* is on: the log lists what would go, and nothing is changed. Without it that is
removed from the tables and their earlier versions, from WARC files, releases and the index; a tombstone in the bucket
keeps it out of later crawls; and the whole bucket is read to prove that no line of it is left. Of the sites concerned
no crawl may be under way: a run that meets one is tried again. Red where something is left, and the last line says
what. Killed, it is finished by the same words. What it cannot reach (copies that others have) docs/rights.md tells.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, task

from dags.defaults import DAG_DEFAULTS
from dags.operators.command import CommandOperator

PLACES = ("prefix", "author", "site")


@task(execution_timeout=timedelta(minutes=5))
def plan(params: dict[str, Any], dag_run: Any) -> list[list[str]]:
    """The command that takes down, by the run's parameters; it names who has triggered the run."""
    user = getattr(dag_run, "triggering_user_name", None)
    options = [f"--{name}={params[name]}" for name in (*PLACES, "reason", "reference") if params[name]]
    by = [f"--by={user}"] if user else []
    end = ["--dry-run"] if params["dry_run"] else [f"--at-most={params['at_most']}"]
    return [["takedown", *options, *by, *end, *(params["articles"] or ())]]


with DAG(
    "takedown",
    dag_display_name="Take articles down",
    description="Remove articles from all of the archive, for good, and keep them out.",
    doc_md=__doc__,
    schedule=None,
    is_paused_upon_creation=False,
    tags=["archive"],
    params={
        "articles": Param(
            None,
            type=["null", "array"],
            items={"type": "string"},
            title="Articles",
            description="URLs or article_ids, one a line.",
        ),
        "prefix": Param(None, type=["null", "string"], title="Prefix", description="All whose URL begins so."),
        "author": Param(None, type=["null", "string"], title="Author", description="All articles of this author."),
        "site": Param(None, type=["null", "string"], title="Site", description="All of this site."),
        "reason": Param("", type="string", title="Reason", description="Why, without a word of the text."),
        "reference": Param("", type="string", title="Reference", description="The letter, ticket or case."),
        "dry_run": Param(True, type="boolean", title="Dry run", description="List what would go; change nothing."),
        "at_most": Param(
            1,
            type="integer",
            minimum=1,
            title="At most",
            description="How many articles may go, as the dry run has counted them.",
        ),
    },
    **DAG_DEFAULTS,
) as dag:
    CommandOperator.partial(task_id="takedown", execution_timeout=timedelta(hours=12)).expand(
        command=plan()  # type: ignore[call-arg, misc]  # Airflow hands `params` and `dag_run` over
    )
