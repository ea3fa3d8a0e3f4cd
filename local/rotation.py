"""New secrets in place of those of a single-machine deployment, one kind or all, while it is stopped."""

import signal
import subprocess
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace

from local.airflow_command import run_airflow
from local.airflow_upkeep import has_airflow
from local.credentials import CONNECTIONS, DATABASE, KINDS, USERS, Credentials, password_file
from local.deployment import DeploymentError, is_running, prepared
from local.env import postgresql, postgresql_folder, variables
from local.settings import Machine

ROTATION_TIMEOUT_SECONDS = 300.0
"""For Airflow to encrypt its connections and variables anew: seconds, most of them for its start."""


def rotate(machine: Machine, kinds: Collection[str]) -> None:
    """Make the secrets of these kinds, names of KINDS, anew; who has the old ones is let in no more once it runs again.

    Raises DeploymentError while the deployment runs, and where Airflow's connections could not be encrypted anew;
    PostgreSQLError where its server does not start.
    """
    with prepared(machine):
        if is_running(machine):
            raise DeploymentError(f"Kliping runs in {machine.home}; make down first")
        old = Credentials.from_home(machine.home)
        plain = [name for kind in kinds if kind not in (CONNECTIONS, DATABASE) for name in KINDS[kind]]
        old.renewed(plain).save(machine.home)
        if CONNECTIONS in kinds:
            _encrypt_connections_anew(machine)
        if DATABASE in kinds:
            _change_database_password(machine)
        if USERS in kinds:
            password_file(machine.home).unlink()
        Credentials.from_home(machine.home)


def _encrypt_connections_anew(machine: Machine) -> None:
    """Airflow reads by both keys until all is encrypted by the new one, so that it may be killed at any time."""
    old = Credentials.from_home(machine.home)
    new = old.renewed(KINDS[CONNECTIONS])
    if has_airflow(machine):
        both = replace(old, fernet_key=f"{new.fernet_key},{old.fernet_key}")
        both.save(machine.home)
        log = machine.home / "logs" / "rotation.log"
        server = postgresql(machine, both).start() if machine.workers else None
        try:
            failure = run_airflow(("rotate-fernet-key",), variables(machine, both), log, ROTATION_TIMEOUT_SECONDS)
        finally:
            if server:
                _stop(server)
        if failure:
            raise DeploymentError(f"Airflow's connections could not be encrypted anew: {failure}")
    new.save(machine.home)


def _change_database_password(machine: Machine) -> None:
    old = Credentials.from_home(machine.home)
    new = old.renewed(KINDS[DATABASE])
    if (postgresql_folder(machine.home) / "data").exists():
        server = postgresql(machine, old)
        process = server.start()
        try:
            server.set_password(new.postgresql_password)
        finally:
            _stop(process)
    new.save(machine.home)


def _stop(server: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        server.send_signal(signal.SIGINT)  # "fast": it waits for nobody's session
    server.wait()
