"""What is told of URLs taken into the index's tables, and these made."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from pipelines.index import copies, url_records
from pipelines.index.records import IndexUpdate, TextFingerprint, UrlRecord, merge, stands
from pipelines.index.tables import METADATA, SCHEMA_VERSION, VERSION


def make_tables(connection: Connection) -> None:
    """Make the tables of an index of this version, those that are missing."""
    METADATA.create_all(connection)
    connection.execute(VERSION.insert().values(scheme=SCHEMA_VERSION))


def take_in(connection: Connection, updates: Sequence[IndexUpdate], recent_since: datetime | None = None) -> None:
    """Have the index know what it knew and what is told of URLs (see `merge`). Of those that were looked at before
    `recent_since` it keeps only what it keeps for life.
    """
    records = url_records.records_of(connection, dict.fromkeys(update.seen.article_id for update in updates))
    updated: dict[str, UrlRecord] = {}
    originals: dict[str, TextFingerprint] = {}
    for update in updates:
        key = update.seen.article_id
        old = updated.get(key, records.get(key))
        updated[key] = merge(old, update.seen)
        if update.original and (old is None or stands(update.seen, old)):
            originals[key] = update.original
    numbers = url_records.write(connection, updated.values(), recent_since)
    copies.publish(connection, originals, numbers)
