"""Airflow's database and logs lose what is old, and nothing else."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.airflow_upkeep import clean_airflow, has_airflow
from local.credentials import Credentials
from local.env import variables
from local.settings import ROOT, Machine
from settings.clock import utc_now

KEEP = timedelta(days=30)

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine on which Airflow has made its database."""
    home = tmp_path_factory.mktemp("home")
    (home / "airflow").mkdir()
    (home / "secrets").mkdir()
    config = Machine(home=home)
    subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"],
        cwd=ROOT,
        env=variables(config, Credentials.from_home(home)),
        check=True,
        capture_output=True,
    )
    (home / "airflow" / "migrated").touch()  # as `make up` does
    return config


def log(machine: Machine, *times: datetime) -> None:
    with closing(sqlite3.connect(machine.home / "airflow" / "airflow.db")) as database, database:
        database.executemany("INSERT INTO log (dttm, event) VALUES (?, 'cli')", [(str(at)[:26],) for at in times])


def logged(machine: Machine) -> int:
    with closing(sqlite3.connect(machine.home / "airflow" / "airflow.db")) as database:
        return int(database.execute("SELECT count(*) FROM log WHERE dttm < ?", [str(utc_now() - KEEP)]).fetchone()[0])


def write(machine: Machine, name: str, age: timedelta) -> Path:
    path = machine.home / "airflow" / "logs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("isi")
    at = (utc_now() - age).timestamp()
    os.utime(path, (at, at))
    os.utime(path.parent, (at, at))
    return path


def test_without_airflow_there_is_nothing_to_keep_up(tmp_path: Path) -> None:
    assert not has_airflow(Machine(home=tmp_path))


def test_what_is_old_goes_and_what_is_young_stays(machine: Machine) -> None:
    assert has_airflow(machine)
    now = datetime.now(UTC).replace(tzinfo=None)
    log(machine, now - timedelta(days=31), now - timedelta(days=40), now - timedelta(days=2))
    old = write(machine, "dag_id=crawl_a/run_id=1/attempt=1.log", timedelta(days=31))
    young = write(machine, "dag_id=crawl_a/run_id=2/attempt=1.log", timedelta(days=29))
    step = clean_airflow(machine, Credentials.from_home(machine.home), KEEP, utc_now())
    assert step.left == []
    assert logged(machine) == 0
    assert (old.parent.exists(), young.exists()) == (False, True)
    assert step.done == "1 logs removed, 0.0 MB"


def test_a_database_that_cannot_be_cleaned_is_told_in_a_line(tmp_path: Path) -> None:
    machine = Machine(home=tmp_path)
    (tmp_path / "airflow").mkdir()
    (tmp_path / "secrets").mkdir()
    database = tmp_path / "airflow" / "airflow.db"
    database.write_bytes(b"bukan basis data " * 100)
    [left] = clean_airflow(machine, Credentials.from_home(tmp_path), KEEP, utc_now()).left
    assert left == "its database could not be read: file is not a database"
    database.unlink()
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE dag_run (id INTEGER)")
    [left] = clean_airflow(machine, Credentials.from_home(tmp_path), KEEP, utc_now()).left
    assert left.startswith("its database could not be cleaned: ")
