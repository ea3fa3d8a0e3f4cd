"""Learn each site's boilerplate from its archived articles, every day, and take it out of those that hold it.

Lines that repeat over many distinct articles of one site become residue; lines that no longer do are forgotten. The log
of the task `learn` shows both, the table `residue` holds what is residue now, with the evidence. Then the months in
which such lines stand are re-extracted, each in a task of its own that any worker takes, so that the archive reads as
tomorrow's crawls will.

A line that is text after all: state it in the site's `keep_lines`.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, task

from dags.defaults import DAG_DEFAULTS
from dags.operators.command import CommandOperator

with DAG(
    "learn_residue",
    dag_display_name="Learn residue",
    description="Learn which lines are a site's boilerplate, and re-extract the articles that hold them.",
    doc_md=__doc__,
    schedule="17 20 * * *",  # 03:17 in Jakarta, when newsrooms sleep
    is_paused_upon_creation=False,
    tags=["cleaning"],
    **DAG_DEFAULTS,
):
    learn = CommandOperator(task_id="learn", command=["learn"], execution_timeout=timedelta(hours=1))

    @task(execution_timeout=timedelta(minutes=5))
    def outdated(report: dict[str, Any]) -> list[list[str]]:
        """The commands that re-extract what the lines learned and forgotten concern, one for each site and month."""
        return [
            ["reextract", site["site"], "--month", month]
            for site in report["sites"]
            for month in site["outdated_months"]
        ]

    CommandOperator.partial(
        task_id="reextract",
        map_index_template="{{ task.command[1] }} {{ task.command[3] }}",
        execution_timeout=timedelta(hours=6),
    ).expand(
        command=outdated(learn.output)  # type: ignore[arg-type]  # at run time it is the report
    )
