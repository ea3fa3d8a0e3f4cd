"""A new index in the making: its parts, each written by itself, and all of them put in the place of the old one.

Several processes, and with PostgreSQL several machines, write parts at the same time, since each has tables of its own
(see `rooms`). A part is written in one transaction, and so is the whole: whatever breaks off changes nothing, and what
is done twice counts once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from pipelines.index import copies, ledger, takedowns, url_records
from pipelines.index.keys import in_chunks
from pipelines.index.records import IndexUpdate, TableVersion
from pipelines.index.rooms import PLAN, Rooms
from pipelines.index.tables import ADDRESSES, DEPLOYMENT, FINGERPRINTS, LOOKUP, METADATA, ORIGINS, RECENT, SEEN
from pipelines.index.transactions import Transactions
from pipelines.index.updates import make_tables, take_in

NOTE = sa.Table("note", sa.MetaData(), sa.Column("content", sa.Text, nullable=False))
"""One row of each room: what its writer has to say of it."""

PART_TABLES = (ORIGINS, SEEN, RECENT, ADDRESSES, FINGERPRINTS, LOOKUP)
"""What a part has; all else concerns the index as a whole."""

_NUMBERED = {ORIGINS.c.number, FINGERPRINTS.c.id}
"""Columns whose numbers PostgreSQL gives by a sequence."""

_OLDER = SEEN.alias("older")
_ALREADY_KNOWN = (
    sa.select(SEEN.c.number)
    .join(_OLDER, _OLDER.c.key == SEEN.c.key)
    .where(SEEN.c.number > sa.bindparam("last"), _OLDER.c.number <= sa.bindparam("last"))
    .limit(1)
)


class NewIndex:
    """A new index for a SQLAlchemy URL, from `begin` to `put_in_place` or `give_up`. Meanwhile the old one stays as it
    is, and `Index.open` refuses it.

    Every method raises IndexUnavailable where the database does not answer, or gives no right to make schemas.
    """

    def __init__(self, url: str) -> None:
        """Raises IndexUnavailable for a URL that names no usable database."""
        self._url = url
        self._rooms = Rooms(url)

    def __str__(self) -> str:
        return str(self._rooms)

    def begin(self, plan: str) -> None:
        """Begin, whatever was begun before, with what all who take part have to know."""
        self.give_up()
        with self._rooms.writing(PLAN) as connection:
            NOTE.create(connection)
            connection.execute(NOTE.insert().values(content=plan))

    def plan(self) -> str | None:
        """What `begin` was given; None where no index is being made."""
        return self.note_of(PLAN)

    def write_part(
        self, part: str, updates: Iterable[IndexUpdate], recent_since: datetime, note: Callable[[], str]
    ) -> None:
        """Write a part, in the place of what it had, from all updates of some sites, which are those of no other part.
        Of URLs that were looked at before `recent_since` it keeps only what the index keeps for life. `note`, asked
        when all is written, is left for `note_of`. Updates are taken in chunks, so that memory stays bounded.
        """
        with self._rooms.writing(part) as connection:
            for table in (NOTE, *PART_TABLES):
                table.drop(connection, checkfirst=True)
                table.create(connection)
            for chunk in in_chunks(updates):
                take_in(connection, chunk, recent_since)
            connection.execute(NOTE.insert().values(content=note()))

    def note_of(self, part: str) -> str | None:
        """What the writer of a part has noted; None where it is not written."""
        if not self._rooms.exists(part):
            return None
        with self._rooms.reading(part) as connection:
            return connection.scalar(sa.select(NOTE.c.content))

    def put_in_place(
        self,
        parts: Sequence[str],
        recent_since: datetime,
        bucket_id: str | None = None,
        tables: Iterable[TableVersion] = (),
        whole_versions: Mapping[str, int] | None = None,
        tombstones: Mapping[str, str] | None = None,
    ) -> None:
        """Put these parts, which are written, in the place of the index, in one transaction: on any error it stays as
        it was. The bucket of that id holds what they tell in these versions of its tables; `whole_versions` are those
        of tables of which they tell all, `tombstones` those in the bucket, by name.

        The id of the deployment stays. What the parts do not tell is gone: failed URLs, claims, and the states of
        sources; these must go, since a source that answers "unchanged" would hide the URLs that the index no longer
        knows.
        """
        index = Transactions(self._url)
        try:
            with index.writing() as connection:
                METADATA.drop_all(connection, [table for table in METADATA.sorted_tables if table is not DEPLOYMENT])
                make_tables(connection)
                for part in parts:
                    with self._rooms.reading(part) as of_part:
                        _add(connection, of_part, recent_since)
                copies.forget_crowding(connection)
                if bucket_id:
                    ledger.adopt_bucket(connection, bucket_id)
                ledger.remember_versions(connection, tables)
                ledger.note_whole(connection, whole_versions or {})
                takedowns.put_tombstones(connection, tombstones or {})
        finally:
            index.close()

    def give_up(self) -> None:
        """Forget plan and parts: the index, whichever it is now, may be used again."""
        self._rooms.remove_all()


def _add(index: Connection, part: Connection, recent_since: datetime) -> None:
    """Add what a part has. It is copied as it is, table by table, where the index knows none of its URLs yet; else each
    is told, as by a crawl. Two sites seldom have a URL in common.
    """
    addresses = url_records.addresses(part)
    if url_records.know_any(index, (row["address_id"] for row in addresses)) or not _copied(index, part):
        url_records.move(index, addresses)
        for updates in _told(part):
            take_in(index, updates, recent_since)


def _copied(index: Connection, part: Connection) -> bool:
    """Whether all that a part has could be copied; else nothing was."""
    last_url, last_origin, last_text = (
        index.scalar(sa.select(sa.func.max(column))) or 0
        for column in (SEEN.c.number, ORIGINS.c.number, FINGERPRINTS.c.id)
    )
    attempt = index.begin_nested()
    _copy(index, part, SEEN, number=last_url, origin=last_origin)
    if index.scalar(_ALREADY_KNOWN, {"last": last_url}) is not None:
        attempt.rollback()
        return False
    _copy(index, part, ORIGINS, number=last_origin)
    _copy(index, part, RECENT, number=last_url, origin=last_origin)
    _copy(index, part, ADDRESSES)
    _copy(index, part, FINGERPRINTS, id=last_text)
    _copy(index, part, LOOKUP, fingerprint=last_text)
    _number_on(index)
    attempt.commit()
    return True


def _copy(index: Connection, part: Connection, table: sa.Table, **shifts: int) -> None:
    """Copy the rows of a table as the databases keep them, with the numbers of some columns shifted."""
    names = ", ".join(f'"{column.name}"' for column in table.c)
    shifted = ", ".join(f'"{c.name}" + {shifts[c.name]}' if c.name in shifts else f'"{c.name}"' for c in table.c)
    if index.dialect.name == "postgresql":
        schema = part.scalar(sa.func.current_schema().select())
        index.exec_driver_sql(f'INSERT INTO {table.name} ({names}) SELECT {shifted} FROM "{schema}".{table.name}')  # noqa: S608
        return
    marks = ", ".join("?" for _ in table.c)
    rows = _driver(part).execute(f"SELECT {shifted} FROM {table.name}")  # noqa: S608
    _driver(index).executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608


def _driver(connection: Connection) -> Any:
    """SQLite's own connection, which copies rows in C."""
    return connection.connection.driver_connection


def _told(part: Connection) -> Iterator[list[IndexUpdate]]:
    """What a part has, URL by URL, in chunks."""
    last = 0
    while True:
        records, last = url_records.records_after(part, last)
        if not records:
            return
        originals = copies.originals_of(part, records)
        yield [IndexUpdate(record, originals.get(record.article_id)) for record in records]


def _number_on(connection: Connection) -> None:
    """Have PostgreSQL give the next numbers after those that were copied."""
    if connection.dialect.name != "postgresql":
        return
    for column in _NUMBERED:
        sequence = sa.func.pg_get_serial_sequence(column.table.name, column.name)
        connection.execute(sa.select(sa.func.setval(sequence, sa.func.max(column))))
