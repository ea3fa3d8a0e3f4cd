"""Judge all sites, the machine and the archive, every quarter of an hour, and tell what is wrong.

Each site is held against its own weeks, its schedule and what it expects; spool, disk, audit and upkeep are looked at
as well. What is wrong is an incident: told once when it begins and once when it is over, by the services of the
connection `kliping_alarms`, and kept in the table `incidents`, which `kliping incidents` prints. The log has the
sentences in any case. Red when the archive cannot be read, or a service does not take a message.
"""

from datetime import timedelta

from airflow.sdk import DAG

from dags.defaults import ALARMS, BESIDE_CRAWLS, DAG_DEFAULTS, HEARTBEAT, WATCHED_DAGS, addressed
from dags.operators.watch import WatchOperator

with DAG(
    "watch",
    dag_display_name="Watch",
    description="Judge all sites and the machine, and tell what is wrong.",
    doc_md=__doc__,
    schedule="*/15 * * * *",
    is_paused_upon_creation=False,
    tags=["watch"],
    **DAG_DEFAULTS,
):
    WatchOperator(
        task_id="watch",
        alarms=ALARMS,
        heartbeat=HEARTBEAT,
        addressed=addressed,
        dags=WATCHED_DAGS,
        **BESIDE_CRAWLS,
        execution_timeout=timedelta(minutes=10),
    )
