"""The corpus's tables read for the index, partition by partition."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder

from pipelines.archive.conditions import sql
from pipelines.archive.delta_errors import translated_errors
from pipelines.archive.index_rows import COLUMNS_READ, index_update
from pipelines.archive.schema import Row, Table
from pipelines.archive.tables import Corpus
from pipelines.index.database import IndexUpdate
from settings.storage import Storage


@dataclass(frozen=True)
class Reading:
    """How the tables of `storage` are read: in these versions, by name; texts published in months from `texts_since` on
    with their words. See `index_update` for the rest.
    """

    storage: Storage
    versions: Mapping[str, int]
    texts_since: str
    last_age: timedelta
    now: datetime
    verdicts: Mapping[str, Row]


def updates_of(reading: Reading, sites: Collection[str]) -> Iterator[tuple[str, list[IndexUpdate]]]:
    """What the index has of the rows of these sites: for each partition the name of its table and its updates, the
    least telling table first.

    Raises StorageUnavailable.
    """
    corpus = Corpus(reading.storage)
    for table in COLUMNS_READ:
        with translated_errors(f"read table {table.name}", reading.storage):
            delta = corpus.open(table)
            delta.load_as_version(reading.versions[table.name])
            partitions = sorted(tuple(partition.items()) for partition in delta.partitions())
        for partition in map(dict, partitions):
            if partition["site"] in sites:
                with translated_errors(f"read table {table.name}", reading.storage):
                    found = _updates(reading, table, delta, partition)
                yield table.name, found


def _updates(reading: Reading, table: Table, delta: DeltaTable, partition: Mapping[str, str]) -> list[IndexUpdate]:
    """What the index has of the rows of a partition; those of months before `texts_since` are read without their
    bodies, which are nearly all of a table.
    """
    left_out = {"body"} if partition.get("published_month", reading.texts_since) < reading.texts_since else set()
    # A bucket that this version has not written to yet lacks its columns.
    read = {field.name for field in delta.schema().fields} - left_out
    selected = ", ".join(name if name in read else f"NULL AS {name}" for name in COLUMNS_READ[table])
    values = " AND ".join(f"{name} = {sql(value)}" for name, value in partition.items())
    # A rejected page that has no time of fetching was judged by its URL alone: nothing was looked at.
    query = f"SELECT {selected} FROM t WHERE {values} AND fetched_at IS NOT NULL"  # noqa: S608
    found = QueryBuilder().register("t", delta).execute(query)
    return [
        index_update(table, row, reading.last_age, reading.now, reading.verdicts)
        for batch in pa.RecordBatchReader.from_stream(found)
        for row in batch.to_pylist()
        # Of an article that is linked to another its own row tells.
        if not row.get("is_article")
    ]
