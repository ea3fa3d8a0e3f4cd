"""The upkeep of Airflow on this machine: its database and logs grow with every run, and nothing in it removes them.

Not within a task of Airflow's, which may not touch its database: by a program of its own, with the deployment's
settings.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from local.airflow_command import run_airflow
from local.credentials import Credentials
from local.env import airflow_database_url, variables
from local.settings import Machine
from pipelines.archive.maintenance.report import Step, megabytes

STEP = "Airflow"

MAX_CLEANING_SECONDS = 1800.0
"""For `airflow db clean`: seconds for a night's rows; the first round after years may take minutes."""


def has_airflow(machine: Machine) -> bool:
    """Whether Airflow has been set up on this machine."""
    return (machine.home / "airflow" / "migrated").exists()


def clean_airflow(machine: Machine, credentials: Credentials, keep: timedelta, now: datetime) -> Step:
    """Remove from Airflow's database and logs what is older than `keep`, also while it runs; `now` is UTC. The last run
    of each DAG stays.
    """
    try:
        before = _runs(machine, credentials)
        left = _clean_database(machine, credentials, now - keep)
        removed = before - _runs(machine, credentials)
    except DBAPIError as error:
        removed, left = 0, [f"its database could not be read: {error.orig}"]
    files, freed = _remove_logs(machine.home / "airflow" / "logs", now - keep)
    figures = {"runs": removed, "logs": files, "bytes_freed": freed}
    return Step(STEP, _words(figures), figures, left)


def _clean_database(machine: Machine, credentials: Credentials, until: datetime) -> list[str]:
    """Remove rows of before `until`; what kept it from that, in words."""
    log = machine.home / "logs" / "airflow-clean.log"
    options = ("--clean-before-timestamp", until.isoformat(), "--skip-archive", "--yes", "--error-on-cleanup-failure")
    failure = run_airflow(("db", "clean", *options), variables(machine, credentials), log, MAX_CLEANING_SECONDS)
    return [f"its database could not be cleaned: {failure}"] if failure else []


def _runs(machine: Machine, credentials: Credentials) -> int:
    engine = sa.create_engine(airflow_database_url(machine, credentials), poolclass=sa.NullPool)
    with engine.connect() as connection:
        return int(connection.scalar(sa.text("SELECT count(*) FROM dag_run")))


def _remove_logs(folder: Path, until: datetime) -> tuple[int, int]:
    """Remove logs that were last written to before `until`, with the folders that are empty then; files and bytes."""
    count = size = 0
    for path in sorted(folder.rglob("*")):
        with suppress(FileNotFoundError):  # Airflow has removed it meanwhile
            found = path.lstat()
            if path.is_dir() or found.st_mtime >= until.timestamp():
                continue
            path.unlink()
            count += 1
            size += found.st_size
            for emptied in path.relative_to(folder).parents[:-1]:
                with suppress(OSError):  # it is not empty
                    (folder / emptied).rmdir()
    return count, size


def _words(figures: dict[str, int]) -> str:
    parts = [f"{figures[kind]:,} {kind}" for kind in ("runs", "logs") if figures[kind]]
    return f"{' and '.join(parts)} removed, {megabytes(figures['bytes_freed'])}" if parts else ""
