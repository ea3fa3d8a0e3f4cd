"""An index of an earlier version, brought up to date when it is opened."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from pipelines.index.records import Status, UrlRecord
from pipelines.index.tables import COMMITTED, FINGERPRINTS, METADATA, SCHEMA_VERSION, SEEN, VERSION, Hex, Utc
from pipelines.index.url_records import write

_METRICS = (
    "ALTER TABLE run_metrics ADD COLUMN looks_again INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE run_metrics ADD COLUMN gone INTEGER DEFAULT 0 NOT NULL",
)
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
_SEEN = (
    "ALTER TABLE fingerprints ADD COLUMN added_at BIGINT DEFAULT 0 NOT NULL",
    "DROP INDEX seen_by_age",
    "ALTER TABLE seen RENAME TO earlier_seen",
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

_EARLIER_TYPES: Mapping[str, sa.types.TypeEngine[Any]] = {
    "article_id": Hex(),
    "first_fetched_at": Utc(),
    "last_fetched_at": Utc(),
    "text_sha256": Hex(),
    "payload_warc_date": Utc(),
    "gone_at": Utc(),
    "age_at_last_fetch": sa.BigInteger(),
    "revision": sa.Integer(),
}


def migrate(connection: Connection, version: str) -> None:
    """Make the tables of today out of those of a version that has MIGRATIONS."""
    for statement in MIGRATIONS[version]:
        connection.exec_driver_sql(statement)
    METADATA.create_all(connection)
    write(connection, _earlier_records(connection))
    connection.exec_driver_sql("DROP TABLE earlier_seen")
    own = sa.and_(FINGERPRINTS.c.article_id == SEEN.c.article_id, FINGERPRINTS.c.run == COMMITTED)
    published_at = sa.select(FINGERPRINTS.c.published_at).where(own).scalar_subquery()
    connection.execute(SEEN.update().values(published_at=published_at))
    connection.execute(FINGERPRINTS.delete().where(FINGERPRINTS.c.run == COMMITTED, FINGERPRINTS.c.wording.is_(None)))
    connection.execute(VERSION.update().values(scheme=SCHEMA_VERSION))


def _earlier_records(connection: Connection) -> Iterator[UrlRecord]:
    names = [str(column["name"]) for column in sa.inspect(connection).get_columns("earlier_seen")]
    columns = [sa.Column(name, _EARLIER_TYPES.get(name, sa.String())) for name in names]
    table = sa.Table("earlier_seen", sa.MetaData(), *columns)
    kept = [column for column in table.c if column.name != "age_at_last_fetch"]
    rows = connection.execute(sa.select(*kept), execution_options={"yield_per": 1000})
    for row in rows.mappings():
        yield UrlRecord(**{**row, "status": Status(row["status"])})
