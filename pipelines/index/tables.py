"""The tables of the index database, the same in SQLite and PostgreSQL.

An article with a text of its own takes about 1.9 KB: URL and headline, two bytes for each word, 40 lookup keys. Any
other URL takes about 0.4 KB.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

from pipelines.index.fingerprints import SCHEME
from pipelines.index.records import Status


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


class StatusName(sa.TypeDecorator[Status]):
    impl = sa.String
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> Status | None:  # noqa: ARG002
        return None if value is None else Status(value)


METADATA = sa.MetaData()

COMMITTED = ""
"""What stands in the place of a run's id once its text is in the corpus."""

VERSION = sa.Table("fingerprint_scheme", METADATA, sa.Column("scheme", sa.String, primary_key=True))
"""One row: the SCHEMA_VERSION of the code that the tables are of. Every version must find it under this name."""

SEEN = sa.Table(
    "seen",
    METADATA,
    sa.Column("article_id", Hex, primary_key=True),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("status", StatusName, nullable=False),
    sa.Column("first_fetched_at", Utc, nullable=False),
    sa.Column("last_fetched_at", Utc, nullable=False),
    sa.Column("published_month", sa.String),
    sa.Column("text_sha256", Hex),
    sa.Column("headline", sa.String),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("etag", sa.String),
    sa.Column("last_modified", sa.String),
    sa.Column("payload_digest", sa.String),
    sa.Column("payload_warc_date", Utc),
    # Microseconds to the last fetch, from the first or from when the article was found to be gone. Almost every row is
    # past its ladder; this finds the few that are not.
    sa.Column("age_at_last_fetch", sa.BigInteger, nullable=False),
    sa.Column("gone_at", Utc),
    sa.Column("date_precision", sa.String),
    sa.Column("quality", sa.String),
    sa.Column("verdict", sa.String),
    sa.Index("seen_by_age", "site", "status", "age_at_last_fetch"),
    sqlite_with_rowid=False,
)

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
    # SQLite numbers rows by itself only where the type is INTEGER.
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("article_id", Hex, nullable=False),
    sa.Column("run", sa.String, nullable=False),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("text_sha256", Hex, nullable=False),
    sa.Column("published_at", Utc, nullable=False),
    sa.Column("wording", sa.LargeBinary),
    sa.UniqueConstraint("article_id", "run"),
    sa.Index("fingerprints_by_text", "text_sha256"),
    sa.Index(
        "fingerprints_by_run", "run", "site", sqlite_where=sa.text("run <> ''"), postgresql_where=sa.text("run <> ''")
    ),
)

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
    digest = hashlib.sha256("\n".join(_ddl()).encode()).hexdigest()
    return f"{SCHEME}, tables {digest[:12]}"


SCHEMA_VERSION = schema_version()
"""Of the code; an index says the one that it was made or migrated to."""

_GONE = (
    "ALTER TABLE seen ADD COLUMN gone_at BIGINT",
    "ALTER TABLE run_metrics ADD COLUMN looks_again INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE run_metrics ADD COLUMN gone INTEGER DEFAULT 0 NOT NULL",
)

_QUALITY = (
    "ALTER TABLE seen ADD COLUMN date_precision VARCHAR",
    "ALTER TABLE seen ADD COLUMN quality VARCHAR",
    "ALTER TABLE seen ADD COLUMN verdict VARCHAR",
    "ALTER TABLE run_metrics ADD COLUMN doubtful INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE run_metrics ADD COLUMN doubts JSON DEFAULT '{}' NOT NULL",
)

_WORDING = (
    "DROP TABLE band_keys",
    "ALTER TABLE fingerprints DROP COLUMN signature",
    "ALTER TABLE fingerprints ADD COLUMN wording BYTEA",
)

_LADDER = (
    "DROP INDEX seen_by_age",
    "CREATE INDEX seen_by_age ON seen (site, status, age_at_last_fetch)",
    "UPDATE seen SET age_at_last_fetch = last_fetched_at - gone_at WHERE gone_at IS NOT NULL",
)

_WORDS = "words crc32-14 3w 40 of 3000"
"""How fingerprints have been made since."""

_ACCOUNT = ("ALTER TABLE bucket ADD COLUMN prepared_for VARCHAR",)

_MINHASH = "minhash rensa-2 128 32x4 3w 20241124"
"""How fingerprints were made once; a text's wording cannot be had from them."""

MIGRATIONS: Mapping[str, Sequence[str]] = {
    f"{_MINHASH}, tables 2": (
        "ALTER TABLE sources DROP COLUMN body_sha256",
        "ALTER TABLE yields RENAME TO run_metrics",
        *_GONE,
        *_QUALITY,
        *_WORDING,
        *_LADDER,
    ),
    f"{_MINHASH}, tables 9d1f35f7ca4c": (*_GONE, *_QUALITY, *_WORDING, *_LADDER),
    f"{_MINHASH}, tables a86b8276997e": (*_QUALITY, *_WORDING, *_LADDER, *_ACCOUNT),
    f"{_MINHASH}, tables a135f91f43b0": (*_WORDING, *_LADDER, *_ACCOUNT),
    f"{_WORDS}, tables 1e518be09b0c": (*_LADDER, *_ACCOUNT),
    f"{_WORDS}, tables 3155b96e940e": _ACCOUNT,
}
"""By an earlier schema version, the statements that make the tables of today out of its own; tables that it does not
have are made besides.

They lose nothing but what texts were found by that are not exactly the same: of texts that an index with `_MINHASH`
holds, only exact copies are found until it is rebuilt from the bucket, or they are older than near copies may be.

Where there are none the index is rebuilt from the bucket: an entry is worth its keep only while it is one statement or
two, and is removed when the tables change again.
"""

LOSSY_MIGRATIONS = frozenset(version for version in MIGRATIONS if version.startswith(_MINHASH))
"""Those after which a rebuild finds more than the migrated index."""
