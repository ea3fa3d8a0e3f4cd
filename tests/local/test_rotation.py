"""`kliping rotate`: new secrets in place of old ones, of a kind or all, and nothing else is lost."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import psycopg2
import pytest
from cryptography.fernet import Fernet, InvalidToken

from local.credentials import CONNECTIONS, DATABASE, KINDS, USERS, Credentials, password
from local.deployment import DeploymentError
from local.env import postgresql, postgresql_folder, variables
from local.rotation import rotate
from local.seaweedfs import free_s3_port
from local.settings import ROOT, Machine, machine

SECRET = "kata-sandi-surel"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A machine with secrets, on which nothing runs."""
    monkeypatch.setenv("KLIPING_HOME", str(tmp_path))
    monkeypatch.setenv("KLIPING_POSTGRESQL_PORT", str(free_s3_port()))
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    Credentials.from_home(tmp_path)
    yield machine()
    shutil.rmtree(postgresql_folder(tmp_path), ignore_errors=True)


def changed(before: Credentials, now: Credentials) -> set[str]:
    return {name for name, value in asdict(now).items() if value != asdict(before)[name]}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_secrets_of_a_kind_become_others_and_no_others_do(here: Machine, kind: str) -> None:
    before, signing_in = Credentials.from_home(here.home), password(here.home)
    rotate(here, [kind])

    assert changed(before, Credentials.from_home(here.home)) == set(KINDS[kind])
    assert (password(here.home) != signing_in) == (kind == USERS)


def test_all_kinds_together_are_all_secrets_that_there_are(here: Machine) -> None:
    before = Credentials.from_home(here.home)
    rotate(here, KINDS)

    assert changed(before, Credentials.from_home(here.home)) == set(asdict(before))


def test_what_runs_keeps_its_secrets(here: Machine) -> None:
    before = Credentials.from_home(here.home)
    running = {"KLIPING_DEPLOYMENT": str(here.home), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(["sleep", "600"], env=running) as process:
        with pytest.raises(DeploymentError, match="make down first"):
            rotate(here, KINDS)
        process.kill()

    assert Credentials.from_home(here.home) == before


def airflow(here: Machine, *arguments: str) -> str:
    """What a command of Airflow's prints, with the deployment's settings."""
    done = subprocess.run(
        [sys.executable, "-m", "airflow", *arguments],
        cwd=ROOT,
        env=variables(here, Credentials.from_home(here.home)),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.timeout(300)
def test_connections_that_were_made_in_the_ui_are_read_by_the_new_key_alone(here: Machine) -> None:
    (here.home / "airflow").mkdir()
    airflow(here, "db", "migrate")
    (here.home / "airflow" / "migrated").write_text("as kliping up has it")
    airflow(here, "connections", "add", "surel", "--conn-type", "smtp", "--conn-password", SECRET)
    old = Credentials.from_home(here.home).fernet_key
    (here.home / "logs").mkdir()
    rotate(here, [CONNECTIONS])

    new = Credentials.from_home(here.home).fernet_key
    with closing(sqlite3.connect(here.home / "airflow" / "airflow.db")) as database:
        [kept] = database.execute("SELECT password FROM connection WHERE conn_id = 'surel'").fetchone()
    assert Fernet(new).decrypt(kept).decode() == SECRET
    with pytest.raises(InvalidToken):
        Fernet(old).decrypt(kept)
    told = json.loads(airflow(here, "connections", "get", "surel", "--output", "json"))
    assert told[0]["password"] == SECRET


def test_postgresql_asks_for_the_new_password(here: Machine) -> None:
    old = postgresql(here, Credentials.from_home(here.home))
    process = old.start(dies_with_parent=True)
    process.terminate()
    process.wait()
    rotate(here, [DATABASE])
    new = postgresql(here, Credentials.from_home(here.home))
    process = new.start(dies_with_parent=True)
    try:
        assert new.answers()
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(old.url("postgres").replace("+psycopg2", ""))
    finally:
        process.terminate()
        process.wait()
