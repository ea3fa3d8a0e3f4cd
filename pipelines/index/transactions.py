"""Transactions on the index database: readers beside one writer at a time, and what goes wrong in one word.

SQLite sees to the one writer by BEGIN IMMEDIATE, PostgreSQL by an advisory lock.
"""

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, ProgrammingError, StatementError

from pipelines.index.damaged_file import is_damage

MAX_WAIT_SECONDS = 30.0
"""Seconds that a process waits for the others that write to the index; a transaction takes milliseconds."""

POLL_SECONDS = 0.05

WRITER_LOCK = 0x6B6C6970696E67
"""PostgreSQL's advisory lock of the index's one writer; 'kliping' in ASCII."""


MAX_END_SECONDS = 2.0
"""For PostgreSQL to notice that a process was killed, whose locks it takes back then. Measured: a few milliseconds."""

MAX_HOLDER_BYTES = 63
"""What PostgreSQL keeps of a name."""

HOLDER = sa.text(
    "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND classid::bigint = :high AND objid::bigint = :low"
)
"""Who holds the advisory lock whose number's halves these are."""

HOLDERS = sa.text(
    "SELECT DISTINCT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND datname = current_database() "
    "AND application_name <> ''"
)
"""Who holds an advisory lock of this database: a connection that holds one is named, a writer's is not."""

NO_RIGHT = "42501"
"""PostgreSQL's code for a role that lacks a privilege."""

SILENCE_SECONDS = 30
"""How long a connection of PostgreSQL's may have nothing from the other side before it is asked whether that is there.
A machine that was cut off holds no lock for longer than a minute then; by Linux's own rule it would be two hours.
"""

QUESTION_SECONDS = 10
QUESTIONS = 3
"""How often it is asked, and how many questions may remain without an answer."""


class IndexUnavailable(Exception):  # noqa: N818 - it names a state, as its callers read it
    """The index database cannot be used; the message names it and says why, in one sentence."""


class Transactions:
    """Those of one index database. One object may be used from several threads, one database by several processes.

    Within them, and in opening them, IndexUnavailable is raised where the database does not answer, and ValueError for
    a value that no column takes, such as a time without a zone.
    """

    def __init__(self, url: str, schema: str | None = None) -> None:
        """Of the database at a SQLAlchemy URL, or of a schema that it has, which a writer makes where it is missing."""
        self._engine = _engine(url)
        self._schema = schema
        self._holding: Connection | None = None
        self._asking = threading.Lock()

    def __str__(self) -> str:
        return self._engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Close all connections; what was held is given back."""
        if self._holding is not None:
            if not self._holding.invalidated:
                with suppress(DBAPIError):  # the database is away, and what was held with the connection
                    self._holding.execute(sa.select(sa.func.pg_advisory_unlock_all()))
            self._holding.close()
            self._holding = None
        self._engine.dispose()

    def hold(self, what: str, holder: str) -> str | None:
        """Hold `what` against other machines for as long as this object is open; None, or, where one has it, that
        one's `holder`.

        A SQLite index is one machine's, whose processes hold files. With PostgreSQL the right lies with a connection
        of its own: once that is lost, nothing is written any more.
        """
        if self._engine.dialect.name != "postgresql":
            return None
        with self._translate_errors(), self._asking:
            if self._holding is None:
                self._holding = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                naming = sa.func.set_config("application_name", holder[:MAX_HOLDER_BYTES], False)
                self._holding.execute(sa.select(naming))
            key = _lock_number(what)
            deadline = time.monotonic() + MAX_END_SECONDS
            while not self._holding.scalar(sa.select(sa.func.pg_try_advisory_lock(key))):
                if time.monotonic() > deadline:
                    break
                time.sleep(POLL_SECONDS)
            else:
                return None
            halves = {"high": key >> 32 & 0xFFFFFFFF, "low": key & 0xFFFFFFFF}
            return self._holding.scalar(HOLDER, halves) or "another machine"

    def holders(self) -> list[str]:
        """Who holds anything, of all machines."""
        if self._engine.dialect.name != "postgresql":
            return []
        with self.reading() as connection:
            return sorted(connection.scalars(HOLDERS))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database."""
        with self._translate_errors(), self._engine.connect() as connection, connection.begin():
            self._enter_schema(connection)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that no other writer's transaction overlaps."""
        with self._translate_errors(), self._engine.connect() as connection:
            self._require_hold()
            connection.execution_options(writing=True)
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    lock = _lock_number(f"schema {self._schema}") if self._schema else WRITER_LOCK
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
                if self._schema:
                    connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{self._schema}"')
                    self._enter_schema(connection)
                yield connection

    def _enter_schema(self, connection: Connection) -> None:
        if self._schema:
            connection.exec_driver_sql(f'SET LOCAL search_path TO "{self._schema}"')

    def _require_hold(self) -> None:
        """A connection that was lost would be made anew, without its lock."""
        with self._asking:
            if self._holding is None:
                return
            if self._holding.invalidated:
                raise IndexUnavailable(f"the index database {self} was away, and this machine has lost what it held")
            self._holding.execute(sa.text("SELECT 1"))

    def require_utf8(self, connection: Connection) -> None:
        """Refuse a PostgreSQL database of another encoding: headlines and URLs would not go in, or come out mangled."""
        if connection.dialect.name != "postgresql":
            return
        encoding = connection.scalar(sa.text("SHOW server_encoding"))
        if encoding != "UTF8":
            raise IndexUnavailable(
                f"the index database {self} has the encoding {encoding}: make one with "
                "CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"
            )

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Turn what the driver says of a database that is down, locked or damaged into IndexUnavailable."""
        try:
            yield
        except (IntegrityError, ProgrammingError, DataError) as error:
            if getattr(error.orig, "pgcode", None) != NO_RIGHT:
                raise  # faults of ours, not of the database
            raise IndexUnavailable(
                f"the index database {self} gives its role too few rights ({str(error.orig).strip()}): "
                "GRANT CREATE ON DATABASE ... TO ..."
            ) from error
        except DBAPIError as error:
            reason = " ".join(str(error.orig).split())
            if is_damage(error.orig):
                raise IndexUnavailable(
                    f"the index database {self} is damaged ({reason}): run `kliping rebuild-index`"
                ) from error
            raise IndexUnavailable(f"the index database {self} cannot be used: {reason}") from error
        except StatementError as error:
            # A column refused a value, such as a time without a zone; SQLAlchemy wraps what the column raised.
            raise error.orig or error from None


def _lock_number(what: str) -> int:
    """The number of an advisory lock: 64 bits with a sign."""
    return int.from_bytes(hashlib.sha256(what.encode()).digest()[:8], signed=True)


def _engine(url: str) -> Engine:
    try:
        parsed = sa.make_url(url)
    except ArgumentError as error:
        raise IndexUnavailable("the index database's URL is not one that SQLAlchemy understands") from error
    if parsed.get_backend_name() == "postgresql":
        return sa.create_engine(parsed, pool_pre_ping=True, connect_args=_watched_connection())
    if parsed.get_backend_name() != "sqlite":
        raise IndexUnavailable(f"the index database is SQLite or PostgreSQL, not {parsed.get_backend_name()}")
    if not parsed.database:
        raise IndexUnavailable(
            "the index database in memory is forgotten at once: name a file, sqlite:////path/index.db"
        )
    try:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise IndexUnavailable(f"the folder of the index database {parsed.database} cannot be made: {error}") from error
    engine = sa.create_engine(parsed)
    sa.event.listen(engine, "connect", _set_up_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _watched_connection() -> dict[str, Any]:
    """What has both sides of a connection to PostgreSQL notice that the other one is gone."""
    idle, interval, count, unheard = SILENCE_SECONDS, QUESTION_SECONDS, QUESTIONS, SILENCE_SECONDS * 1000
    theirs = {
        "tcp_keepalives_idle": idle,
        "tcp_keepalives_interval": interval,
        "tcp_keepalives_count": count,
        "tcp_user_timeout": unheard,
    }
    return {
        "connect_timeout": QUESTION_SECONDS,
        "keepalives_idle": idle,
        "keepalives_interval": interval,
        "keepalives_count": count,
        "tcp_user_timeout": unheard,
        "options": " ".join(f"-c {name}={value}" for name, value in theirs.items()),
    }


def _set_up_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # Python's driver would begin transactions by itself, and too late
    for pragma in (
        f"busy_timeout={MAX_WAIT_SECONDS * 1000:.0f}",  # ms
        "synchronous=NORMAL",  # sound after a crash; a power cut may take the last transactions, which can be rebuilt
        "cache_size=-16384",  # KB
    ):
        connection.execute(f"PRAGMA {pragma}")
    _switch_to_wal(connection)


def _switch_to_wal(connection: Any) -> None:
    """Have readers not wait for the writer. For this switch SQLite itself does not wait while others make the file."""
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("writing", False):
        # A writer takes the lock before it reads: what it read then still holds when it writes.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif driver := connection.connection.driver_connection:
        # Nothing can go wrong in it, and by way of SQLAlchemy it takes as long as a query.
        driver.execute("BEGIN")
