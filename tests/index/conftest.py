"""The databases that the index may live in: SQLite and PostgreSQL."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.postgresql import PostgreSQL, throw_away_postgresql
from pipelines.index.database import Index


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server."""
    with throw_away_postgresql() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def index_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an index database that is not made yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'index.db'}"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    database = f"test_{uuid.uuid4().hex}"
    server.ensure_databases([database])
    return server.url(database)


@pytest.fixture
def index(index_url: str) -> Iterator[Index]:
    with Index.open(index_url) as index:
        yield index
