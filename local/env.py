"""The environment of every process of a single-machine deployment, built in this one place."""

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from local.airflow import SCHEDULER
from local.credentials import ADMIN, Credentials, password_file
from local.postgresql import PostgreSQL
from local.processes import DEPLOYMENT_VARIABLE
from local.seaweedfs import REGION
from local.settings import ROOT, Machine
from local.store_roles import CRAWLER, Role
from local.valkey import broker_url
from settings.child_process import plain_environment
from settings.secrets import INDEX_URL, remove_secrets
from settings.storage import Storage

FOREIGN_PREFIXES = ("AIRFLOW", "_AIRFLOW", "PYTHON", "VIRTUAL_ENV")
"""Beginnings of variables that are not passed on: settings of another Airflow or Python."""

PASSED_ON_PREFIXES = ("AIRFLOW__SMTP__", "AIRFLOW__EMAIL__", "AIRFLOW_CONN_", "AIRFLOW_VAR_")
"""Beginnings of variables of Airflow's that are passed on all the same: how alarms leave the machine, and the
operator's own connections and variables.
"""

DATABASE_TIMEOUT_SECONDS = 60
"""For SQLite's lock. By default Python gives up after 5, which a busy disk takes while everything starts."""

STATSD_INTERVALS = (
    "AIRFLOW__SCHEDULER__POOL_METRICS_INTERVAL",
    "AIRFLOW__SCHEDULER__TI_METRICS_INTERVAL",
    "AIRFLOW__SCHEDULER__DAGRUN_METRICS_INTERVAL",
)
"""Between the scheduler's counts for a StatsD that is not there; it makes them all the same."""

WORKER = "worker"
"""With a number behind it the name of a Celery worker."""

AIRFLOW_DATABASE = "airflow"
INDEX_DATABASE = "kliping"
"""The databases that workers share; each has no part in the other's upkeep."""

PAGES_COMPONENT = "api-server"
"""The component that shows the newsroom. It gets the store's keys, since it reads the archive, and not the index."""

PLUGINS = {PAGES_COMPONENT: ROOT / "plugins", SCHEDULER: ROOT / "plugins" / "scheduler"}
"""Folders of plugins by component. Others, and every task, would load the newsroom's pages and never show them."""


def variables(machine: Machine, credentials: Credentials) -> dict[str, str]:
    """All variables that Airflow, the demo web and the crawls under them run with, the caller's own ones included."""
    return {
        **inherited(machine),
        **corpus_variables(machine, credentials),
        **airflow_variables(machine, credentials),
        DEPLOYMENT_VARIABLE: str(machine.home),
        "KLIPING_DEMO": "1" if machine.demo else "0",  # dags/crawl.py makes the demo sites' DAGs
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",  # a component that dies has its last words in its log
    }


def corpus_variables(machine: Machine, credentials: Credentials) -> dict[str, str]:
    """What a crawl, or a reader of the corpus, needs to know of the deployment."""
    return {
        **storage_variables(machine, credentials),
        **index_variables(machine, credentials),
        "KLIPING_HOME": str(machine.home),
        "KLIPING_BUCKET": machine.bucket,
        "KLIPING_DEMO_PORT": str(machine.demo_port),
    }


def role_variables(machine: Machine, credentials: Credentials, role: Role) -> dict[str, str]:
    """What the tools of a role need to do its work in the store on this machine, and may do no more. Only a crawler
    needs the index.

    deltalake, Polars and boto3 read these variables by themselves.
    """
    access_key_id, secret_access_key = credentials.of_role(role)
    variables = corpus_variables if role is CRAWLER else storage_variables
    return {
        **variables(machine, credentials),
        "AWS_ACCESS_KEY_ID": access_key_id,
        "AWS_SECRET_ACCESS_KEY": secret_access_key,
        "AWS_ALLOW_HTTP": "true",
        "KLIPING_BUCKET": machine.bucket,
    }


def inherited(machine: Machine) -> dict[str, str]:
    """The caller's own variables; without those of S3 where the store is ours, lest crawls write somewhere else."""
    foreign = FOREIGN_PREFIXES if machine.brings_own_store else (*FOREIGN_PREFIXES, "AWS_")
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(PASSED_ON_PREFIXES) or not name.startswith(foreign)
    }


def component_environment(name: str, machine: Machine, environment: Mapping[str, str]) -> dict[str, str]:
    """What the component `name` of Airflow runs with: without the archive's keys, unless it needs them, which are for
    those alone under which tasks run. A worker has a home of its own.
    """
    kept = dict(environment)
    if name.startswith(WORKER):
        return kept | {"KLIPING_HOME": str(machine.home / "workers" / name)}
    if name == PAGES_COMPONENT:
        kept.pop(INDEX_URL, None)
    elif name != SCHEDULER or machine.workers:
        remove_secrets(kept)
    if name in PLUGINS:
        kept["AIRFLOW__CORE__PLUGINS_FOLDER"] = str(PLUGINS[name])
    return kept


def demo_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What the demo web runs with. It answers to anybody on this machine, and needs no secret."""
    own = (DEPLOYMENT_VARIABLE, "KLIPING_DEMO", "KLIPING_DEMO_PORT", "PYTHONPATH", "PYTHONUNBUFFERED")
    return plain_environment(environment, *own)


def storage_variables(machine: Machine, credentials: Credentials) -> dict[str, str]:
    """What points S3 clients at the store: nothing new where the environment names one."""
    if machine.brings_own_store:
        return {}
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{machine.s3_port}",
        "AWS_ACCESS_KEY_ID": credentials.aws_access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.aws_secret_access_key,
        "AWS_REGION": REGION,
    }


def index_variables(machine: Machine, credentials: Credentials) -> dict[str, str]:
    """What points at the index: nothing new where the environment names one, and where no workers have to share it."""
    if machine.index_url or not machine.workers:
        return {}
    return {INDEX_URL: postgresql(machine, credentials).url(INDEX_DATABASE)}


def postgresql(machine: Machine, credentials: Credentials) -> PostgreSQL:
    """The server of the databases that workers share."""
    return PostgreSQL(postgresql_folder(machine.home), machine.postgresql_port, credentials.postgresql_password, True)


def postgresql_folder(home: Path) -> Path:
    """Below the home; root's server runs as another account, which may not be able to enter that."""
    if os.getuid() != 0:
        return home / "postgresql"
    return Path("/var/tmp") / f"kliping-postgresql-{hashlib.sha256(bytes(home)).hexdigest()[:12]}"  # noqa: S108


def store_settings(machine: Machine, environment: Mapping[str, str]) -> Storage:
    """The storage settings as a process with these variables has them."""
    index_url = environment.get(INDEX_URL, machine.index_url)
    if machine.brings_own_store:
        return machine.model_copy(update={"index_url": index_url})
    return Storage(
        home=machine.home,
        bucket=machine.bucket,
        index_url=index_url,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        access_key_id=environment["AWS_ACCESS_KEY_ID"],
        secret_access_key=SecretStr(environment["AWS_SECRET_ACCESS_KEY"]),
        session_token=None,
        region=environment["AWS_REGION"],
    )


def airflow_variables(machine: Machine, credentials: Credentials) -> Mapping[str, str]:
    """Airflow on loopback only, its state under the home folder; where there are no workers on SQLite."""
    home = machine.home / "airflow"
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": airflow_database_url(machine, credentials),
        **_executor_variables(machine, credentials),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",  # the demo's DAGs say otherwise
        "AIRFLOW__CORE__PARALLELISM": "4",  # each worker process idles at 100 MB; the pool lets three crawl
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{machine.ui_url}/execution/",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "local.airflow.hostname",
        "AIRFLOW__CORE__FERNET_KEY": credentials.fernet_key,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(filter(None, (f"{ADMIN}:admin", machine.users))),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(password_file(machine.home)),
        "AIRFLOW__API__BASE_URL": machine.ui_address,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(machine.ui_port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": credentials.api_secret_key,
        "AIRFLOW__API_AUTH__JWT_SECRET": credentials.jwt_secret,
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        # Seconds. A site's file is no DAG file, so that the DAGs are made anew all the same: it shows within this time.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
        # Seconds between two looks of a scheduler that has nothing to do, and between those for what seldom happens.
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "5",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "60",
        "AIRFLOW__SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": "300",  # no task of ours waits for a trigger
        **dict.fromkeys(STATSD_INTERVALS, "3600"),
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",  # the components' logs go to files
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
    }


def airflow_database_url(machine: Machine, credentials: Credentials) -> str:
    """SQLAlchemy's URL of Airflow's own database."""
    if machine.workers:
        return postgresql(machine, credentials).url(AIRFLOW_DATABASE)
    return f"sqlite:///{machine.home / 'airflow' / 'airflow.db'}?timeout={DATABASE_TIMEOUT_SECONDS}"


def _executor_variables(machine: Machine, credentials: Credentials) -> Mapping[str, str]:
    if not machine.workers:
        return {"AIRFLOW__CORE__EXECUTOR": "LocalExecutor"}
    return {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CELERY__BROKER_URL": broker_url(machine.valkey_port, credentials.valkey_password),
        # Seconds, longer than any task takes: the queue would hand it to another worker as well. It is the usual day.
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "86400",
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{airflow_database_url(machine, credentials)}",
    }
