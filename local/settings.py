"""The settings of a single-machine deployment, and the state that tells other shells how it was started."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from local.seaweedfs import HOST, NEIGHBOURS
from settings.storage import SettingsError, Storage, settings_from_environment

ROOT = Path(__file__).resolve().parent.parent

Port = Annotated[int, Field(ge=1024, le=55_000)]
"""Below 1024 a port needs root; above 55000 SeaweedFS could not open its second ports, 10000 higher."""

STATE_FIELDS = (
    "demo",
    "ui_address",
    "ui_port",
    "demo_port",
    "s3_port",
    "bucket",
    "endpoint_url",
    "workers",
    "postgresql_port",
    "valkey_port",
)
"""What `kliping status` and `kliping corpus` need to know of a deployment that another shell started."""

S3_PORT_COUNT = len(NEIGHBOURS)

UI_ADDRESS = re.compile(r"https?://[\w.-]+(:\d+)?(/[\w.-]+)*")

USERS = re.compile(r"([a-z0-9][\w.-]*:(viewer|user|op|admin)(,|$))*")
"""Names and roles, as Airflow's simple auth manager has them."""


class Machine(Storage):
    """Settings of this machine's deployment, all `KLIPING_*`; storage settings as everywhere.

    Where `AWS_ENDPOINT_URL` (or `AWS_ENDPOINT_URL_S3`) is set, that store is used with the `AWS_*` keys beside it, and
    no SeaweedFS is started.
    """

    home: Path = ROOT / ".kliping"
    """All local state. Not relative to the working folder: `kliping` finds the same deployment from everywhere."""

    demo: bool = True
    """Whether the demo web is started and its sites have DAGs."""

    users: str = ""
    """Who may sign in to the UI beside the administrator: `NAME:ROLE`, parted by commas."""

    ui_address: str = ""
    """Address under which a proxy shows the UI, with its path if it has one; none where there is no proxy."""

    ui_port: Port = 8080
    """Port of the Airflow UI."""

    demo_port: Port = 8730
    """Port of the demo news web."""

    s3_port: Port = 8333
    """Port of SeaweedFS's S3 interface; the four above it are used too, and the five that lie 10000 higher."""

    workers: int = Field(default=0, ge=0, le=16)
    """Celery workers, each with a home and a spool of its own as on a machine of its own; Airflow and the index are in
    PostgreSQL then. With none, tasks run under the scheduler, on SQLite. More than 16 are no use on one machine.
    """

    postgresql_port: Port = 8432
    """Port of PostgreSQL, where there are workers."""

    valkey_port: Port = 8379
    """Port of Valkey, where there are workers."""

    @field_validator("users")
    @classmethod
    def _check_users(cls, users: str) -> str:
        if not USERS.fullmatch(users) or users.endswith(","):
            raise ValueError("must be NAME:ROLE,NAME:ROLE, with the roles viewer, user, op and admin")
        return users

    @field_validator("ui_address")
    @classmethod
    def _check_ui_address(cls, address: str) -> str:
        if address and not UI_ADDRESS.fullmatch(address):
            raise ValueError("must be as https://kliping.example.org or https://example.org/kliping")
        return address

    @property
    def ui_url(self) -> str:
        """Where the UI is for programs on this machine: Airflow answers below the path that a proxy shows it at."""
        return f"http://127.0.0.1:{self.ui_port}{urlsplit(self.ui_address).path}"

    @property
    def shown_at(self) -> str:
        """Where people find the UI."""
        return self.ui_address or self.ui_url

    @property
    def brings_own_store(self) -> bool:
        """Whether the environment names an S3 store, so that none is started here."""
        return self.endpoint_url is not None


def machine() -> Machine:
    """The settings of this machine's deployment.

    Raises SettingsError naming each wrong variable.
    """
    config = settings_from_environment(Machine)
    _check_ports(config)
    if config.endpoint_url == f"http://{HOST}:{config.s3_port}":
        # A shell that took over the variables of `kliping env`: the store is ours all the same.
        return config.model_copy(update={"endpoint_url": None})
    return config


def _check_ports(config: Machine) -> None:
    ports = {
        "KLIPING_UI_PORT": range(config.ui_port, config.ui_port + 1),
        "KLIPING_DEMO_PORT": range(config.demo_port, config.demo_port + 1),
        "KLIPING_S3_PORT": range(config.s3_port, config.s3_port + S3_PORT_COUNT),
    }
    if config.workers:
        ports["KLIPING_POSTGRESQL_PORT"] = range(config.postgresql_port, config.postgresql_port + 1)
        ports["KLIPING_VALKEY_PORT"] = range(config.valkey_port, config.valkey_port + 1)
    for (one, ones), (other, others) in combinations(ports.items(), 2):
        if set(ones) & set(others):
            raise SettingsError(f"wrong settings: {_in_words(one, ones)} and {_in_words(other, others)} overlap")


def _in_words(variable: str, ports: range) -> str:
    return f"{variable} ({ports[0]}{f' to {ports[-1]}' if len(ports) > 1 else ''})"


def save_state(machine: Machine) -> None:
    """Write down how the deployment in `machine.home` was started, so that other shells find it.

    Raises OSError where the home cannot be written.
    """
    part = _record(machine.home).with_suffix(".part")
    part.write_text(machine.model_dump_json(include=set(STATE_FIELDS), indent=2) + "\n")
    part.replace(_record(machine.home))


def load_state(machine: Machine) -> Machine | None:
    """`machine` with the ports, bucket and store that its running deployment was started with; None where none runs."""
    try:
        return machine.model_copy(update=json.loads(_record(machine.home).read_text()))
    except FileNotFoundError:
        return None


def clear_state(machine: Machine) -> None:
    """The deployment was stopped: nothing should run any more."""
    _record(machine.home).unlink(missing_ok=True)


def differences(one: Machine, other: Machine) -> str:
    """The settings in which the two differ, e.g. "ui_port 8080, not 8081"; empty where they are alike."""
    return ", ".join(
        f"{name} {getattr(one, name)}, not {getattr(other, name)}"
        for name in STATE_FIELDS
        if getattr(one, name) != getattr(other, name)
    )


def _record(home: Path) -> Path:
    return home / "run" / "deployment.json"
