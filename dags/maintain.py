"""Keep up the archive, every night, beside the crawls.

The small WARC files of past months and the small files that crawls leave in the tables are put together, what only
expired versions of the tables needed is removed, and their logs are kept short: a commit and a read cost after years
what they cost on the first day. The table `daily`, the sums of each site's days, is kept up. Of two copies the
one that came first is made the original where crawls could not; else nothing of what the archive says is changed.

What waits in the spool is delivered first. Then WARC files are packed, a task for each site that has any to pack, the
indexes of months made of what has changed, and tables compacted, a task for each large one and one for the small ones,
so that workers share them; then the days are summed up, and at last originals are chosen, if nothing failed. May be
killed at any point and run again; what other writers kept from it is left for the next night, and told. Red when
something is damaged, which the DAG `verify` says more of. Where `make up` runs Airflow, its own database and logs are
cleaned as well, of what is older than `KLIPING_KEEP_LEFTOVERS_DAYS`.
"""

import os
import subprocess
import sys
from datetime import timedelta

from airflow.sdk import DAG, TriggerRule, task

from dags.defaults import AFTER_CRAWLS, DAG_DEFAULTS, NAMED_BY_COMMAND
from dags.operators.command import CommandOperator
from dags.operators.scrapy import AIRFLOW_PREFIXES, PROJECT

IS_ONE_MACHINE = "KLIPING_DEPLOYMENT" in os.environ
"""Whether `make up` runs Airflow: elsewhere its database is its operator's, and out of a task's reach."""


@task(execution_timeout=timedelta(minutes=30), trigger_rule=TriggerRule.ALL_DONE)
def to_pack() -> list[list[str]]:
    """The commands that pack WARC files, one for each site that has any to pack."""
    from pipelines.archive.bucket import Bucket  # what only the task needs: DAG files are parsed over and over
    from pipelines.archive.maintenance.warc_packing import sites_to_pack
    from settings.clock import utc_now
    from settings.storage import storage

    bucket = Bucket(storage())
    bucket.ensure()
    return [["maintain", "warc", site] for site in sites_to_pack(bucket, utc_now())]


@task(execution_timeout=timedelta(minutes=5), trigger_rule=TriggerRule.ALL_DONE)
def to_compact() -> list[list[str]]:
    """The commands that compact tables, whatever became of the packing."""
    from pipelines.archive.maintenance.maintain import table_shares

    return [["maintain", "table", *names] for names in table_shares()]


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
    deliver = CommandOperator(task_id="deliver", command=["maintain", "spool"], execution_timeout=timedelta(hours=1))
    packing, compaction = to_pack(), to_compact()
    pack = CommandOperator.partial(
        task_id="pack", map_index_template=NAMED_BY_COMMAND, execution_timeout=timedelta(hours=6), **AFTER_CRAWLS
    ).expand(command=packing)
    compact = CommandOperator.partial(
        task_id="compact", map_index_template=NAMED_BY_COMMAND, execution_timeout=timedelta(hours=6), **AFTER_CRAWLS
    ).expand(command=compaction)
    days = CommandOperator(task_id="days", command=["maintain", "days"], execution_timeout=timedelta(hours=3))
    index_months = CommandOperator(
        task_id="index_months",
        command=["maintain", "cdxj"],
        execution_timeout=timedelta(hours=3),
        trigger_rule=TriggerRule.ALL_DONE,  # after the packing, which has records lie elsewhere
    )
    leftovers = CommandOperator(
        task_id="leftovers", command=["maintain", "leftovers"], execution_timeout=timedelta(hours=1)
    )
    originals = CommandOperator(
        task_id="originals",
        command=["maintain", "originals"],
        execution_timeout=timedelta(hours=1),
        trigger_rule=TriggerRule.NONE_FAILED,  # no site may have had any files to pack
    )
    deliver >> packing
    pack >> compaction
    compact >> days
    pack >> index_months
    [deliver, pack, index_months, days, leftovers] >> originals
    if IS_ONE_MACHINE:
        clean_airflow()
