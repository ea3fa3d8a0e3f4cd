"""The databases that the index may live in: SQLite and PostgreSQL."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipelines.index.database import Index
from tests.index.postgresql import postgresql, url


@pytest.fixture(scope="session")
def postgresql_folder() -> Iterator[Path]:
    """The folder of the socket of a PostgreSQL server."""
    with postgresql() as folder:
        yield folder


@pytest.fixture(params=["sqlite", "postgresql"])
def index_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an index database that is not made yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'index.db'}"
    server: Path = request.getfixturevalue("postgresql_folder")
    database = f"test_{uuid.uuid4().hex}"
    engine = sa.create_engine(url(server, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {database}"))
    engine.dispose()
    return url(server, database)


@pytest.fixture
def index(index_url: str) -> Iterator[Index]:
    with Index.open(index_url) as index:
        yield index
