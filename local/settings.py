"""What a single-machine deployment may be told by the environment, and what it remembers while it runs."""

import json
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from local.seaweedfs import NEIGHBOURS
from settings.storage import SettingsError, Storage, named

ROOT = Path(__file__).resolve().parent.parent

Port = Annotated[int, Field(ge=1024, le=55_000)]
"""Below 1024 a port needs root; above 55000 SeaweedFS could not open its second ports, 10000 higher."""

REMEMBERED = ("ui_port", "demo_port", "s3_port", "bucket", "endpoint_url")
"""What `make status` and `make corpus` need to know of a deployment that another shell started."""

S3_PORT_COUNT = len(NEIGHBOURS)


class Machine(Storage):
    """Settings of this machine's deployment, all `KLIPING_*`; storage settings as everywhere.

    Where `AWS_ENDPOINT_URL` (or `AWS_ENDPOINT_URL_S3`) is set, that store is used with the `AWS_*` keys beside it, and
    no SeaweedFS is started.
    """

    ui_port: Port = 8080
    """Port of the Airflow UI."""

    demo_port: Port = 8730
    """Port of the demo news web."""

    s3_port: Port = 8333
    """Port of SeaweedFS's S3 interface; the four above it are used too, and the five that lie 10000 higher."""

    @property
    def ui_url(self) -> str:
        return f"http://127.0.0.1:{self.ui_port}"

    @property
    def brings_own_store(self) -> bool:
        """Whether the environment names an S3 store, so that none is started here."""
        return self.endpoint_url is not None


def machine() -> Machine:
    """The settings of this machine's deployment.

    Raises SettingsError naming each wrong variable.
    """
    try:
        told = Machine()
    except ValidationError as error:
        raise SettingsError(f"wrong settings: {named(error, Machine)}") from error
    s3_ports = range(told.s3_port, told.s3_port + S3_PORT_COUNT)
    if told.ui_port == told.demo_port or told.ui_port in s3_ports or told.demo_port in s3_ports:
        raise SettingsError(
            f"wrong settings: KLIPING_UI_PORT ({told.ui_port}), KLIPING_DEMO_PORT ({told.demo_port}) and "
            f"KLIPING_S3_PORT ({s3_ports[0]} to {s3_ports[-1]}) overlap"
        )
    return told


def remember(machine: Machine) -> None:
    """Write down how the deployment in `machine.home` was started, so that other shells find it.

    Raises OSError where the home cannot be written.
    """
    part = _record(machine.home).with_suffix(".part")
    part.write_text(machine.model_dump_json(include=set(REMEMBERED), indent=2) + "\n")
    part.replace(_record(machine.home))


def remembered(machine: Machine) -> Machine | None:
    """`machine` with the ports, bucket and store that its running deployment was started with; None where none runs."""
    try:
        return machine.model_copy(update=json.loads(_record(machine.home).read_text()))
    except FileNotFoundError:
        return None


def forget(machine: Machine) -> None:
    """The deployment was stopped: nothing should run any more."""
    _record(machine.home).unlink(missing_ok=True)


def differences(one: Machine, other: Machine) -> str:
    """What the two were told differently, e.g. "ui_port 8080, not 8081"; empty where nothing."""
    return ", ".join(
        f"{name} {getattr(one, name)}, not {getattr(other, name)}"
        for name in REMEMBERED
        if getattr(one, name) != getattr(other, name)
    )


def _record(home: Path) -> Path:
    return home / "run" / "deployment.json"
