"""Rooms beside an index, in which a new one is made: schemas of the same PostgreSQL database, or files beside SQLite's.

<index>.rebuild/<name>.db       with SQLite
kliping_rebuild_<name>          with PostgreSQL, whose role needs the right to make schemas (CREATE on the database)
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from pipelines.index.transactions import Transactions

PLAN = "plan"
"""The room that says that a new index is being made, and of what. While it is there nothing else uses the index."""

SCHEMA_PREFIX = "kliping_rebuild_"

_SCHEMAS = sa.text("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, :prefix)")
_SCHEMA = sa.text("SELECT 1 FROM pg_namespace WHERE nspname = :name")


def is_being_made_anew(connection: Connection) -> bool:
    """Whether a new index is being made beside the one that `connection` leads to."""
    if connection.dialect.name == "postgresql":
        return connection.scalar(_SCHEMA, {"name": SCHEMA_PREFIX + PLAN}) is not None
    return _file(connection.engine.url, PLAN).exists()


class Rooms:
    """The rooms beside the index at a SQLAlchemy URL. Every method raises IndexUnavailable where the database does not
    answer, or gives no right to make them.
    """

    def __init__(self, url: str) -> None:
        """Raises IndexUnavailable for a URL that names no usable database."""
        self._url = url
        Transactions(url).close()
        self._parsed = sa.make_url(url)
        self._has_schemas = self._parsed.get_backend_name() == "postgresql"

    def __str__(self) -> str:
        return self._parsed.render_as_string(hide_password=True)

    def exists(self, name: str) -> bool:
        """Whether that room is there."""
        if not self._has_schemas:
            return _file(self._parsed, name).exists()
        with self._index() as index, index.reading() as connection:
            return connection.scalar(_SCHEMA, {"name": SCHEMA_PREFIX + name}) is not None

    @contextmanager
    def reading(self, name: str) -> Iterator[Connection]:
        """A transaction in a room that is there."""
        with self._room(name) as room, room.reading() as connection:
            yield connection

    @contextmanager
    def writing(self, name: str) -> Iterator[Connection]:
        """A transaction in a room, which is made where it is not there; no other writer's there overlaps it."""
        with self._room(name) as room, room.writing() as connection:
            room.require_utf8(connection)
            yield connection

    def remove_all(self) -> None:
        """Remove all rooms, the plan's first. May be broken off, and done again."""
        if not self._has_schemas:
            _file(self._parsed, PLAN).unlink(missing_ok=True)
            if _folder(self._parsed).exists():
                shutil.rmtree(_folder(self._parsed))
            return
        with self._index() as index:
            with index.reading() as connection:
                found = set(connection.scalars(_SCHEMAS, {"prefix": SCHEMA_PREFIX}))
            for name in sorted(found, key=lambda name: (name != SCHEMA_PREFIX + PLAN, name)):
                # One by one: each table and index that goes takes a lock, of which a transaction has thousands at most.
                with index.writing() as connection:
                    connection.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')

    @contextmanager
    def _index(self) -> Iterator[Transactions]:
        index = Transactions(self._url)
        try:
            yield index
        finally:
            index.close()

    @contextmanager
    def _room(self, name: str) -> Iterator[Transactions]:
        if self._has_schemas:
            room = Transactions(self._url, SCHEMA_PREFIX + name)
        else:
            room = Transactions(self._parsed.set(database=str(_file(self._parsed, name))).render_as_string(False))
        try:
            yield room
        finally:
            room.close()


def _folder(index: URL) -> Path:
    return Path(f"{index.database}.rebuild")


def _file(index: URL, name: str) -> Path:
    return _folder(index) / f"{name}.db"
