"""Make the index anew from the bucket, all workers together: where it was lost, or is of another version.

No crawl may be under way, nor ingestion, re-extraction, verdict, takedown or upkeep: *begin* is tried again while a
crawl is, so pause the DAGs first. From then on the index refuses whatever else would use it, and says so. Each *part*
is a site's, read from the tables and written beside the old index; *finish* puts all of them in its place at once, and
the bucket is this deployment's then, whosoever it was. Where a part fails for good, *give_up* ends it: the old index
stays as it was, and is used again. Each task may be killed and run again; what is written twice counts once.

With PostgreSQL the parts are shared by all workers. With SQLite, which is one machine's, they are shared by its cores.
The same by one command: `kliping rebuild-index`, which also makes the first index of an empty bucket.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, task

from dags.defaults import DAG_DEFAULTS
from dags.operators.command import CommandOperator

MAX_STEP_TIME = timedelta(hours=6)


@task(execution_timeout=timedelta(minutes=5))
def commands(report: dict[str, Any]) -> list[list[str]]:
    """The commands that write the parts of a plan, each told by its largest site."""
    return [["rebuild_index", "part", sites[0]] for sites in report["parts"]]


with DAG(
    "rebuild_index",
    dag_display_name="Rebuild the index",
    description="Make the index anew from the bucket, a site a task.",
    doc_md=__doc__,
    schedule=None,
    is_paused_upon_creation=False,
    tags=["archive"],
    **DAG_DEFAULTS,
) as dag:
    begin = CommandOperator(task_id="begin", command=["rebuild_index", "begin"], execution_timeout=MAX_STEP_TIME)
    parts = CommandOperator.partial(
        task_id="part", map_index_template="{{ task.command[2] }}", execution_timeout=MAX_STEP_TIME
    ).expand(
        command=commands(begin.output)  # type: ignore[arg-type]  # what `begin` returns
    )
    finish = CommandOperator(task_id="finish", command=["rebuild_index", "finish"], execution_timeout=MAX_STEP_TIME)
    give_up = CommandOperator(task_id="give_up", command=["rebuild_index", "give-up"], execution_timeout=MAX_STEP_TIME)
    parts >> finish >> give_up.as_teardown(setups=begin)
