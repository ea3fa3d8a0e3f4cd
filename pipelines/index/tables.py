"""The tables of the index database, the same in SQLite and PostgreSQL.

A URL takes about 0.14 KB for life, a third of it its address. What is needed only while it is looked at again takes
twice as much, and the text of an article about 1.5 KB, two bytes for each word and 40 lookup keys; both go when they
are of no use any more (see `Index.expire`).
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

from pipelines.article import MINUTE, SURE
from pipelines.index.compressed_addresses import GROUP_BITS, SAMPLE, packed, unpacked
from pipelines.index.fingerprints import SCHEME, TEXT_HASH_DIGITS
from pipelines.index.records import Status
from pipelines.visit import MissingImage


class Hex(sa.TypeDecorator[str]):
    """A hex string, kept as bytes: half the size."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else bytes(value).hex()


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(span: timedelta) -> int:
    """A span of time as the index counts it."""
    return span // timedelta(microseconds=1)


class Utc(sa.TypeDecorator[datetime]):
    """An aware time, kept as microseconds since 1970 UTC: the same number, order and zone in both databases."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the index takes only aware times, and {value} has no time zone")
        return microseconds(value - EPOCH)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Span(sa.TypeDecorator[timedelta]):
    """A span of time, as microseconds."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:  # noqa: ARG002
        return None if value is None else timedelta(microseconds=value)


MAX_SHORT_SECONDS = 1 << 36
"""From the epoch, of a time that is told in seconds: two thousand years. A number beyond is one of microseconds."""


class ShortTime(sa.TypeDecorator[datetime]):
    """An aware time, in seconds since 1970 UTC where it is whole, as nearly all are, and else in microseconds: half the
    bytes. The order of the numbers means nothing. Of a time within a day of the epoch the fraction is left out.
    """

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        if value is None:
            return None
        seconds, fraction = divmod(value - EPOCH, timedelta(seconds=1))
        exact = microseconds(value - EPOCH)
        return exact if fraction and abs(exact) >= MAX_SHORT_SECONDS else seconds

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        is_short = abs(value) < MAX_SHORT_SECONDS
        return EPOCH + (timedelta(seconds=value) if is_short else timedelta(microseconds=value))


class TextHash(Hex):
    """The beginning of a SHA-256, TEXT_HASH_DIGITS of it."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return super().process_bind_param(value and value[:TEXT_HASH_DIGITS], dialect)


class Address(sa.TypeDecorator[str]):
    """The rest of a URL after its host, see `compressed_addresses`."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        return None if value is None else packed(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else unpacked(bytes(value))


class StatusRank(sa.TypeDecorator[Status]):
    """A status by its place among all."""

    impl = sa.SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Status | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else STATUSES.index(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Status | None:  # noqa: ARG002
        return None if value is None else STATUSES[value]


class Month(sa.TypeDecorator[str]):
    """A month, 'YYYY-MM', as how many have begun since the year 0."""

    impl = sa.SmallInteger
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else int(value[:4]) * 12 + int(value[5:]) - 1

    def process_result_value(self, value: int | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else f"{value // 12:04}-{value % 12 + 1:02}"


class Mostly(sa.TypeDecorator[str]):
    """A word that is nearly always the same one, which is kept as an empty string."""

    impl = sa.String
    cache_ok = True

    def __init__(self, usual: str) -> None:
        super().__init__()
        self.usual = usual

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return "" if value == self.usual else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return self.usual if value == "" else value


class Missing(sa.TypeDecorator[MissingImage]):
    """A lead image that did not come: how often it was asked for, a space, its address."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: MissingImage | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else f"{value.tries} {value.address}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> MissingImage | None:  # noqa: ARG002
        if value is None:
            return None
        tries, _, address = value.partition(" ")
        return MissingImage(address, int(tries))


STATUSES = list(Status)

METADATA = sa.MetaData()

COMMITTED = ""
"""What stands in the place of a run's id once its text is in the corpus."""

VERSION = sa.Table("fingerprint_scheme", METADATA, sa.Column("scheme", sa.String, primary_key=True))
"""One row: the SCHEMA_VERSION of the code that the tables are of. Every version must find it under this name."""

# SQLite numbers rows by itself only where the type is INTEGER.
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

ORIGINS = sa.Table(
    "origins",
    METADATA,
    sa.Column("number", _NUMBER, primary_key=True),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("host", sa.String, nullable=False),
    sa.UniqueConstraint("site", "host"),
)
"""Of which site and where URLs are; the host with its scheme, as `compressed_addresses.split` has it."""

KEY_BYTES = 6
"""Of ids and hashes, how many an index has: they find the row, and the whole is compared then. SQLite keeps a number of
so many bytes in as many."""


def key_of(identity: str) -> int:
    """The beginning of a hex id as a signed number."""
    return int.from_bytes(bytes.fromhex(identity[: 2 * KEY_BYTES]), signed=True)


def first_bytes(column: sa.Column[str]) -> sa.ColumnElement[bytes]:
    """What the index of a column with hashes is of. SQLite knows it again only where its numbers are literal."""
    return sa.func.substr(column, sa.literal_column("1"), sa.literal_column(str(KEY_BYTES)), type_=sa.LargeBinary)


SEEN = sa.Table(
    "seen",
    METADATA,
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
    sa.Column("key", sa.BigInteger, nullable=False),
    # Of an article that has moved; any other has the id that its address has by itself.
    sa.Column("article_id", Hex),
    sa.Column("origin", sa.Integer, nullable=False),
    sa.Column("address", Address, nullable=False),
    sa.Column("status", StatusRank, nullable=False),
    sa.Column("first_fetched_at", Utc, nullable=False),
    # From the first to the last fetch.
    sa.Column("looked_at_for", Span, nullable=False),
    sa.Column("published_month", Month),
    sa.Column("text_sha256", TextHash),
    sa.Column("headline_key", Hex),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("gone_at", Utc),
    sa.Column("date_precision", Mostly(MINUTE)),
    sa.Column("quality", Mostly(SURE)),
    sa.Column("verdict", sa.String),
    sa.Column("published_at", ShortTime),
)
"""What is known of each URL for life. `published_at` is there where its text is one of the corpus, by which copies are
told at any age.
"""

sa.Index("seen_by_key", SEEN.c.key)
sa.Index(
    "seen_by_text",
    first_bytes(SEEN.c.text_sha256),
    sqlite_where=SEEN.c.published_at.is_not(None),
    postgresql_where=SEEN.c.published_at.is_not(None),
)

RECENT = sa.Table(
    "recent",
    METADATA,
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
    sa.Column("origin", sa.Integer, nullable=False),
    sa.Column("status", StatusRank, nullable=False),
    # To the last fetch, from the first or from when the article was found to be gone.
    sa.Column("age_at_last_fetch", Span, nullable=False),
    sa.Column("first_fetched_at", Utc, nullable=False),
    sa.Column("gone_at", Utc),
    sa.Column("headline", sa.String),
    sa.Column("etag", sa.String),
    sa.Column("last_modified", sa.String),
    sa.Column("payload_digest", sa.String),
    sa.Column("payload_warc_date", Utc),
    sa.Column("missing_image", Missing),
    sa.Index("recent_by_age", "origin", "status", "age_at_last_fetch", "first_fetched_at", "gone_at"),
)
"""What is needed of a URL only while it is looked at again by its age, under its number in `seen`. Its index alone
tells what is due.
"""

ADDRESSES = sa.Table(
    "addresses",
    METADATA,
    sa.Column("address_id", Hex, primary_key=True),
    sa.Column("article_id", Hex, nullable=False),
    sqlite_with_rowid=False,
)
"""Of articles that have moved: which article the address is of, by the `article_id` that the address would have by
itself. The article's own id is that of its first address, for good.
"""

SOURCES = sa.Table(
    "sources",
    METADATA,
    sa.Column("url", sa.String, primary_key=True),
    sa.Column("etag", sa.String),
    sa.Column("last_modified", sa.String),
    sa.Column("fetched_at", Utc, nullable=False),
    sa.Column("full_fetch_at", Utc, nullable=False),
)

DOCUMENTS = sa.Table(
    "documents",
    METADATA,
    sa.Column("url", sa.String, primary_key=True),
    sa.Column("payload_digest", sa.String, nullable=False),
    sa.Column("payload_warc_date", Utc, nullable=False),
)
"""What is no article and comes again and again, such as feeds and robots.txt: where the bucket has its last form."""

ANNOUNCED = sa.Table(
    "announced",
    METADATA,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("keys", sa.LargeBinary, nullable=False),
)
"""The URLs that each source has announced, by their keys (see `records.announced_key`), the last ones last."""

BUCKET = sa.Table(
    "bucket", METADATA, sa.Column("id", sa.String, primary_key=True), sa.Column("prepared_for", sa.String)
)
"""One row at most: the id of the bucket that everything else here speaks of, and for what it was found to be fit."""

DEPLOYMENT = sa.Table("deployment", METADATA, sa.Column("id", sa.String, primary_key=True))
"""One row at most: the id of those who share this index, which outlives its being made anew."""

TABLE_VERSIONS = sa.Table(
    "table_versions",
    METADATA,
    sa.Column("table_name", sa.String, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("entry_sha256", Hex, nullable=False),
)

WHOLE_VERSIONS = sa.Table(
    "whole_versions",
    METADATA,
    sa.Column("table_name", sa.String, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
)
"""Of tables of which that is not in doubt, the version up to which the index has heard of all that they hold."""

DELIVERIES = sa.Table(
    "deliveries",
    METADATA,
    sa.Column("sequence", sa.String, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
)
"""Of each sequence of batches, the number of the last one of which the index has heard."""

TAKEDOWNS = sa.Table(
    "takedowns",
    METADATA,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("tombstone", sa.Text, nullable=False),
)
"""What was taken down and is kept out, as the bucket has it (see `pipelines.archive.tombstones`)."""

RUN_METRICS = sa.Table(
    "run_metrics",
    METADATA,
    sa.Column("site", sa.String, primary_key=True),
    sa.Column("run", sa.String, primary_key=True),
    sa.Column("finished_at", Utc, nullable=False),
    sa.Column("archived", sa.Integer, nullable=False),
    sa.Column("texts", sa.Integer, nullable=False),
    sa.Column("filled", sa.JSON, nullable=False),
    sa.Column("rejections", sa.JSON, nullable=False),
    sa.Column("agreements", sa.JSON, nullable=False),
    sa.Column("looks_again", sa.Integer, nullable=False, server_default="0"),
    sa.Column("gone", sa.Integer, nullable=False, server_default="0"),
    sa.Column("doubtful", sa.Integer, nullable=False, server_default="0"),
    sa.Column("doubts", sa.JSON, nullable=False, server_default="{}"),
)

FINGERPRINTS = sa.Table(
    "fingerprints",
    METADATA,
    sa.Column("id", _NUMBER, primary_key=True),
    sa.Column("article_id", Hex, nullable=False),
    sa.Column("run", sa.String, nullable=False),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("text_sha256", Hex, nullable=False),
    sa.Column("published_at", Utc, nullable=False),
    sa.Column("wording", sa.LargeBinary),
    sa.Column("added_at", Utc, nullable=False, server_default="0"),
    sa.UniqueConstraint("article_id", "run"),
    *(
        sa.Index(name, *columns, sqlite_where=sa.text("run <> ''"), postgresql_where=sa.text("run <> ''"))
        for name, columns in {"claims_by_text": ("text_sha256",), "claims_by_site": ("site", "run")}.items()
    ),
)
"""The texts that near copies may be of, and those that runs have claimed. A short text of the corpus is not among them:
only exact copies of it are looked for.
"""

LOOKUP = sa.Table(
    "lookup_keys",
    METADATA,
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("fingerprint", sa.BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)


def _ddl() -> Iterator[str]:
    """The statements that make the tables, as SQLite has them, with single spaces and in a fixed order.

    One dialect tells every change that both would; to load PostgreSQL's as well costs each crawl 25 ms of CPU.
    """
    for table in sorted(METADATA.tables.values(), key=lambda table: table.name):
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        statements: list[DDLElement] = [CreateTable(table), *map(CreateIndex, indexes)]
        for statement in statements:
            yield " ".join(str(statement.compile(dialect=sqlite.dialect())).split())


def schema_version() -> str:
    """What the index holds, in one line: how its fingerprints are made, and which tables it has."""
    digest = hashlib.sha256("\n".join(_ddl()).encode() + SAMPLE + bytes(GROUP_BITS)).hexdigest()
    return f"{SCHEME}, tables {digest[:12]}"


SCHEMA_VERSION = schema_version()
"""Of the code; an index says the one that it was made or migrated to."""
