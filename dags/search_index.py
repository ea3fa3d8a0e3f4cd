"""Bring the search index up to date, every hour, beside the crawls.

Articles that came or changed since the last time are indexed, those that left the table are taken out, and the index is
published in the bucket below `search/`, whence `kliping search`, the newsroom and analysts fetch what has changed. Only
the pieces that changed are made anew: days while their month still changes, whole months afterwards. May be killed at
any point and run again: what is published stays whole until the next state of it is.
"""

from datetime import timedelta

from airflow.sdk import DAG

from dags.defaults import DAG_DEFAULTS
from dags.operators.command import CommandOperator

with DAG(
    "search_index",
    dag_display_name="Update the search index",
    description="Index the articles that came or changed, and publish the index.",
    doc_md=__doc__,
    schedule="13 * * * *",
    is_paused_upon_creation=False,
    tags=["archive"],
    **DAG_DEFAULTS,
):
    CommandOperator(task_id="search_index", command=["search_index"], execution_timeout=timedelta(hours=6))
