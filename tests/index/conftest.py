"""The databases that the index may live in: SQLite always, and PostgreSQL where its server is installed."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from local.seaweedfs import HOST
from pipelines.index.database import Index


def _server_programs() -> Path | None:
    """The folder of PostgreSQL's server programs; Debian keeps them off the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = debian[-1] if debian else shutil.which("initdb")
    return Path(found).parent if found else None


POSTGRESQL = _server_programs()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL, without a database, of a throw-away PostgreSQL cluster on loopback."""
    assert POSTGRESQL
    with socket.socket() as listener:  # any free port: several test processes start their clusters at the same moment
        listener.bind((HOST, 0))
        port = listener.getsockname()[1]
    # PostgreSQL refuses to run as root; and its account cannot enter pytest's own temporary folders.
    account = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="kliping-postgresql-"))
    shutil.chown(folder, account)

    def run(program: str, *arguments: str) -> None:
        command = [str(POSTGRESQL / program), f"--pgdata={folder / 'data'}", *arguments]
        subprocess.run(
            command, user=account, group=account, extra_groups=[], cwd=folder, check=True, capture_output=True
        )

    try:
        run("initdb", "--username=kliping", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
        options = f"-c listen_addresses={HOST} -c port={port} -c unix_socket_directories='' -c fsync=off"
        run("pg_ctl", "start", "--wait", f"--log={folder / 'log'}", f"--options={options}")
        yield f"postgresql+psycopg2://kliping@{HOST}:{port}"
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            run("pg_ctl", "stop", "--mode=immediate")
        shutil.rmtree(folder)


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param(
            "postgresql", marks=pytest.mark.skipif(POSTGRESQL is None, reason="PostgreSQL's server is not installed")
        ),
    ]
)
def index_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an index database that is not made yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'index.db'}"
    server: str = request.getfixturevalue("postgresql")
    database = f"test_{uuid.uuid4().hex}"
    engine = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {database}"))
    engine.dispose()
    return f"{server}/{database}"


@pytest.fixture
def index(index_url: str) -> Iterator[Index]:
    with Index.open(index_url) as index:
        yield index
