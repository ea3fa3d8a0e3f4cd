"""An index of an earlier version, brought up to date when it is opened."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from pipelines.article import MINUTE, SURE
from pipelines.index.compressed_addresses import WORDS
from pipelines.index.keys import in_chunks
from pipelines.index.records import Status, UrlRecord
from pipelines.index.tables import (
    COMMITTED,
    FINGERPRINTS,
    METADATA,
    SCHEMA_VERSION,
    SEEN,
    VERSION,
    Hex,
    Month,
    Mostly,
    ShortTime,
    StatusRank,
    Utc,
)
from pipelines.index.url_records import write

_METRICS = (
    "ALTER TABLE run_metrics ADD COLUMN looks_again INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE run_metrics ADD COLUMN gone INTEGER DEFAULT 0 NOT NULL",
)
_IMAGES = ("ALTER TABLE recent ADD COLUMN missing_image VARCHAR",)
_DOUBTS = (
    "ALTER TABLE run_metrics ADD COLUMN doubtful INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE run_metrics ADD COLUMN doubts JSON DEFAULT '{}' NOT NULL",
)
_WORDING = (
    "DROP TABLE band_keys",
    "ALTER TABLE fingerprints DROP COLUMN signature",
    "ALTER TABLE fingerprints ADD COLUMN wording BYTEA",
)
_ACCOUNT = ("ALTER TABLE bucket ADD COLUMN prepared_for VARCHAR",)
_CLAIMS = (
    "DROP INDEX fingerprints_by_text",
    "DROP INDEX fingerprints_by_run",
    "CREATE INDEX claims_by_text ON fingerprints (text_sha256) WHERE run <> ''",
    "CREATE INDEX claims_by_site ON fingerprints (site, run) WHERE run <> ''",
)
_SEEN = (
    "ALTER TABLE fingerprints ADD COLUMN added_at BIGINT DEFAULT 0 NOT NULL",
    "DROP INDEX seen_by_age",
    "ALTER TABLE seen RENAME TO earlier_seen",
    *_CLAIMS,
)
_FOR_LIFE = (
    "DROP INDEX seen_by_id",
    "DROP INDEX seen_by_text",
    "DROP INDEX recent_by_age",
    "ALTER TABLE seen RENAME TO earlier_seen",
    "ALTER TABLE recent RENAME TO earlier_recent",
    "ALTER TABLE sites RENAME TO earlier_sites",
    *_CLAIMS,
)

_WORDS = "words crc32-14 3w 40 of 3000"
"""How fingerprints have been made since 1.1."""

_MINHASH = "minhash rensa-2 128 32x4 3w 20241124"
"""How fingerprints were made once; a text's wording cannot be had from them."""

MIGRATIONS: Mapping[str, Sequence[str]] = {
    f"{_MINHASH}, tables 2": (
        "ALTER TABLE sources DROP COLUMN body_sha256",
        "ALTER TABLE yields RENAME TO run_metrics",
        *_METRICS,
        *_DOUBTS,
        *_WORDING,
        *_SEEN,
    ),
    f"{_MINHASH}, tables 9d1f35f7ca4c": (*_METRICS, *_DOUBTS, *_WORDING, *_SEEN),
    f"{_MINHASH}, tables a86b8276997e": (*_DOUBTS, *_WORDING, *_ACCOUNT, *_SEEN),
    f"{_MINHASH}, tables a135f91f43b0": (*_WORDING, *_ACCOUNT, *_SEEN),
    f"{_WORDS}, tables 1e518be09b0c": (*_ACCOUNT, *_SEEN),
    f"{_WORDS}, tables 3155b96e940e": (*_ACCOUNT, *_SEEN),
    f"{_WORDS}, tables 2da083146380": _SEEN,
    f"{_WORDS}, tables d751ad048f89": _FOR_LIFE,
    f"{_WORDS}, tables a0e7fe078d22": _IMAGES,
    f"{_WORDS}, tables e51be3be65cb": _IMAGES,
    f"{_WORDS}, tables 345f62e40979": _IMAGES,
    f"{_WORDS}, tables c2a2f073ae0a": _IMAGES,
}
"""By an earlier schema version, the statements that make the tables of today out of its own, but for `seen`, whose rows
are copied; tables that it does not have are made besides.

They lose nothing but what texts were found by that are not exactly the same: of texts that an index with `_MINHASH`
holds, only exact copies are found until it is rebuilt from the bucket, or they are older than near copies may be.

Where there are none the index is rebuilt from the bucket: an entry is worth its keep only while it is one statement or
two, and is removed when the tables change again.
"""

LOSSY_MIGRATIONS = frozenset(version for version in MIGRATIONS if version.startswith(_MINHASH))
"""Those after which a rebuild finds more than the migrated index."""


class _Status(sa.TypeDecorator[Status]):
    """A status by its name."""

    impl = sa.String
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> Status | None:  # noqa: ARG002
        return None if value is None else Status(value)


class _DeflatedAddress(sa.TypeDecorator[str]):
    """A URL, packed by DEFLATE (RFC 1951) with WORDS for its dictionary."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        return zlib.decompressobj(DEFLATE_WINDOW_BITS, WORDS).decompress(value).decode()


DEFLATE_WINDOW_BITS = -12
"""A window of 4 KB, in which the dictionary and the longest address are; negative: without header and checksum."""

_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "article_id": Hex(),
    "status": _Status(),
    "first_fetched_at": Utc(),
    "last_fetched_at": Utc(),
    "text_sha256": Hex(),
    "payload_warc_date": Utc(),
    "gone_at": Utc(),
    "age_at_last_fetch": sa.BigInteger(),
    "revision": sa.Integer(),
    "number": sa.Integer(),
}
"""Of columns of earlier tables, by name; all others are strings."""

_TYPES_FOR_LIFE: dict[str, sa.types.TypeEngine[Any]] = {
    "url": _DeflatedAddress(),
    "site": sa.Integer(),
    "status": StatusRank(),
    "published_month": Month(),
    "headline_key": Hex(),
    "date_precision": Mostly(MINUTE),
    "quality": Mostly(SURE),
    "published_at": Utc(),
}
"""Of columns of `seen` that are others since it holds what is kept for life alone."""

_NEVER = datetime.max.replace(tzinfo=UTC)

_PUBLISH = (
    SEEN.update()
    .where(SEEN.c.number == sa.bindparam("of_number"))
    .values(published_at=sa.bindparam("new_published_at", type_=ShortTime()))
)


def migrate(connection: Connection, version: str) -> None:
    """Make the tables of today out of those of a version that has MIGRATIONS."""
    for statement in MIGRATIONS[version]:
        connection.exec_driver_sql(statement)
    METADATA.create_all(connection)
    _copy_seen(connection)
    connection.execute(VERSION.update().values(scheme=SCHEMA_VERSION))


def _copy_seen(connection: Connection) -> None:
    """Take over what an index knew of URLs whose tables were others."""
    earlier = [
        _earlier_table(connection, name)
        for name in sorted(sa.inspect(connection).get_table_names())
        if name.startswith("earlier_")
    ]
    if not earlier:
        return
    for is_recent, told in _kept_for_life(*earlier) if len(earlier) > 1 else _kept_as_one(*earlier):
        rows = connection.execute(told, execution_options={"yield_per": 1000}).mappings()
        for chunk in in_chunks(map(dict, rows)):
            _write(connection, chunk, is_recent)
    for table in earlier:
        table.drop(connection)
    connection.execute(FINGERPRINTS.delete().where(FINGERPRINTS.c.run == COMMITTED, FINGERPRINTS.c.wording.is_(None)))


def _write(connection: Connection, rows: Sequence[dict[str, Any]], is_recent: bool) -> None:
    """Add URLs, told by the fields of their records and by when their texts in the corpus were published."""
    published = {row["article_id"]: row.pop("own_published_at") for row in rows}
    numbers = write(connection, (UrlRecord(**row) for row in rows), None if is_recent else _NEVER)
    if known := [{"of_number": numbers[identity], "new_published_at": at} for identity, at in published.items() if at]:
        connection.execute(_PUBLISH, known)


def _kept_as_one(seen: sa.Table) -> Iterator[tuple[bool, sa.Select[Any]]]:
    """The query for the URLs of an index that kept all that it knew of one in one table: all are recent."""
    own = sa.and_(FINGERPRINTS.c.article_id == seen.c.article_id, FINGERPRINTS.c.run == COMMITTED)
    kept = [column for column in seen.c if column.name != "age_at_last_fetch"]
    published_at = FINGERPRINTS.c.published_at.label("own_published_at")
    yield True, sa.select(*kept, published_at).select_from(seen.outerjoin(FINGERPRINTS, own))


def _kept_for_life(recent: sa.Table, seen: sa.Table, sites: sa.Table) -> Iterator[tuple[bool, sa.Select[Any]]]:
    """The queries for the recent URLs and for all others of an index that kept apart what is kept for life."""
    fields_of_recent = [c for c in recent.c if c.name not in seen.c and c.name != "age_at_last_fetch"]
    fields_of_seen = [c for c in seen.c if c.name not in ("number", "site", "published_at")]
    published_at, site = seen.c.published_at.label("own_published_at"), sites.c.name.label("site")
    urls = seen.join(sites, sites.c.number == seen.c.site)
    all_urls = urls.outerjoin(recent, recent.c.article_id == seen.c.article_id)
    query = sa.select(*fields_of_seen, *fields_of_recent, site, published_at).select_from(all_urls)
    yield True, query.where(recent.c.article_id.is_not(None))
    yield False, query.where(recent.c.article_id.is_(None))


def _earlier_table(connection: Connection, name: str) -> sa.Table:
    found = [str(column["name"]) for column in sa.inspect(connection).get_columns(name)]
    types = _TYPES if name != "earlier_seen" or "published_at" not in found else _TYPES | _TYPES_FOR_LIFE
    return sa.Table(name, sa.MetaData(), *(sa.Column(column, types.get(column, sa.String())) for column in found))
