"""Keep up the archive, every night, beside the crawls.

The small WARC files of past months and the small files that crawls leave in the tables are put together, what only
expired versions of the tables needed is removed, and their logs are kept short: a commit and a read cost after years
what they cost on the first day. The table `daily`, the sums of each site's days, is kept up. Of two copies the
one that came first is made the original where crawls could not; else nothing of what the archive says is changed. May
be killed at any point and run again; what other writers kept from it is left for the next night, and told. Red when
something is damaged, which the DAG `verify` says more of. Where `make up` runs Airflow, its own database and logs are
cleaned as well, of what is older than `KLIPING_KEEP_LEFTOVERS_DAYS`.
"""

import os
import subprocess
import sys
from datetime import timedelta

from airflow.sdk import DAG, task

from dags.defaults import DAG_DEFAULTS
from dags.operators.command import CommandOperator
from dags.operators.scrapy import AIRFLOW_PREFIXES, PROJECT

IS_ONE_MACHINE = "KLIPING_DEPLOYMENT" in os.environ
"""Whether `make up` runs Airflow: elsewhere its database is its operator's, and out of a task's reach."""


@task(execution_timeout=timedelta(hours=1))
def clean_airflow() -> str:
    """Have `kliping` clean Airflow's database and logs: a task may not, and has not the keys."""
    return subprocess.run(
        [sys.executable, "-m", "local", "maintain", "--airflow"],
        cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if not name.startswith(AIRFLOW_PREFIXES)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout


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
    if IS_ONE_MACHINE:
        clean_airflow()
