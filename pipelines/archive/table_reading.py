"""The corpus's tables read for the index, partition by partition, on all cores where that pays.

To make ready what the index keeps of a text costs as much as to write it into the index. The first is done by further
processes, each of which reads partitions by itself; the second by the one that they bring it to.
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder

from pipelines.archive.index_rows import COLUMNS_READ, index_update
from pipelines.archive.schema import TABLES, Row, Table
from pipelines.archive.tables import Corpus
from pipelines.index.database import IndexUnavailable, IndexUpdate
from settings.storage import Storage

MIN_ROWS_FOR_PROCESSES = 10_000
"""Of all tables, from which on further processes read: to start one costs as much as to read so many rows of old."""

MAX_PARTS_AHEAD = 2
"""For each process, parts that it has read or has yet to read while the index takes others: a part is a month of a
site, some megabytes of texts."""


@dataclass(frozen=True, slots=True)
class TablePart:
    """A partition of a table, by the values of its columns."""

    table: str
    values: tuple[tuple[str, str], ...]


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


class TableReader:
    """Reads parts of the tables; each is opened once."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._corpus = Corpus(reading.storage)
        self._opened: dict[str, DeltaTable] = {}

    def updates(self, part: TablePart) -> list[IndexUpdate]:
        """What the index has of the rows of a part; those of months before `texts_since` are read without their bodies,
        which are nearly all of a table.
        """
        reading, table, partition = self._reading, TABLES[part.table], dict(part.values)
        delta = self._open(table)
        left_out = {"body"} if partition.get("published_month", reading.texts_since) < reading.texts_since else set()
        # A bucket that this version has not written to yet lacks its columns.
        read = {field.name for field in delta.schema().fields} - left_out
        selected = ", ".join(name if name in read else f"NULL AS {name}" for name in COLUMNS_READ[table])
        values = " AND ".join(f"{name} = '{value}'" for name, value in part.values)
        # A rejected page that has no time of fetching was judged by its URL alone: nothing was looked at.
        sql = f"SELECT {selected} FROM t WHERE {values} AND fetched_at IS NOT NULL"  # noqa: S608
        found = QueryBuilder().register("t", delta).execute(sql)
        return [
            index_update(table, row, reading.last_age, reading.now, reading.verdicts)
            for batch in pa.RecordBatchReader.from_stream(found)
            for row in batch.to_pylist()
            # Of an article that is linked to another its own row tells.
            if not row.get("is_article")
        ]

    def _open(self, table: Table) -> DeltaTable:
        if table.name not in self._opened:
            self._opened[table.name] = self._corpus.open(table)
            self._opened[table.name].load_as_version(self._reading.versions[table.name])
        return self._opened[table.name]


def read_parts(
    reading: Reading, parts: Sequence[TablePart], row_count: int
) -> Iterator[tuple[str, Sequence[IndexUpdate]]]:
    """The updates of each part, in order, with the name of its table; `row_count` is how many rows all of them have.

    Raises StorageUnavailable; IndexUnavailable where a process that reads was killed.
    """
    if row_count < MIN_ROWS_FOR_PROCESSES:
        reader = TableReader(reading)
        yield from ((part.table, reader.updates(part)) for part in parts)
        return
    processes = len(os.sched_getaffinity(0))
    context = multiprocessing.get_context("spawn")  # never forked: no lock or socket of this process comes along
    pool = ProcessPoolExecutor(processes, context, _begin, (reading,))
    try:
        waiting: deque[tuple[str, Future[list[IndexUpdate]]]] = deque()
        rest: Iterable[TablePart] = iter(parts)
        for part in islice(rest, processes * MAX_PARTS_AHEAD):
            waiting.append((part.table, pool.submit(_read, part)))
        while waiting:
            table, future = waiting.popleft()
            yield table, future.result()
            for part in islice(rest, 1):
                waiting.append((part.table, pool.submit(_read, part)))
    except BrokenProcessPool as error:
        raise IndexUnavailable("a process that reads the tables for the index was killed: run it again") from error
    finally:
        pool.shutdown(cancel_futures=True)


_reader: TableReader
"""Of a process that reads."""


def _begin(reading: Reading) -> None:
    global _reader
    _reader = TableReader(reading)


def _read(part: TablePart) -> list[IndexUpdate]:
    return _reader.updates(part)
