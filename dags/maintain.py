"""Keep up the archive, every night, beside the crawls.

The small WARC files of past months and the small files that crawls leave in the tables are put together, what only
expired versions of the tables needed is removed, and their logs are kept short: a commit and a read cost after years
what they cost on the first day. Nothing of what the archive says is changed. May be killed at any point and run again;
what other writers kept from it is left for the next night, and told. Red when something is damaged, which the DAG
`verify` says more of.
"""

from datetime import timedelta

from airflow.sdk import DAG

from dags.defaults import DAG_DEFAULTS
from dags.operators.command import CommandOperator

with DAG(
    "maintain",
    dag_display_name="Keep up the archive",
    description="Put small files together, remove what has expired.",
    doc_md=__doc__,
    schedule="43 17 * * *",  # 00:43 in Jakarta, an hour before the verification, which then sees what this did
    is_paused_upon_creation=False,
    tags=["archive"],
    **DAG_DEFAULTS,
):
    CommandOperator(task_id="maintain", command=["maintain"], execution_timeout=timedelta(hours=6))
