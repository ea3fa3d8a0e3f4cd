"""Entries of a Delta log are read back as the store has kept them, and what the line has damaged is written again."""

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, Transaction

from pipelines.archive.bucket import Bucket
from pipelines.archive.log_entry import LogEntry
from pipelines.archive.schema import TABLES
from pipelines.archive.table_location import storage_options, table_uri
from pipelines.archive.tables import CHECKPOINT_INTERVAL, CHECKPOINT_PROPERTY
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.gate import Gate
from tests.archive.invented import finish, look_at, open_run, rows, text

MAKING, GROWING = b'"operation":"CREATE TABLE"', b'"operation":"ADD COLUMN"'

A = "http://kabarteknik.example/satu"
PATH = "site=kabarteknik/published_month=2026-11/part-1.parquet"
ADD: dict[str, Any] = {
    "add": {
        "path": PATH,
        "partitionValues": {"site": "kabarteknik", "published_month": "2026-11"},
        "size": 428,
        "stats": '{"numRecords": 1}',
    }
}
ACTIONS: tuple[dict[str, Any], ...] = (ADD, {"txn": {"appId": "q", "version": 3}}, {"commitInfo": {}})
ENTRY = b"\n".join(json.dumps(action).encode() for action in ACTIONS)


def test_an_entry_tells_its_files_and_transactions() -> None:
    entry = LogEntry.read(ENTRY)
    assert entry.files == ((PATH, 428),)
    assert entry.has(Transaction("q", 3))
    assert not entry.has(Transaction("q", 4))
    assert LogEntry.read(LogEntry.out_of_force(utc_now())).files == ()


@pytest.mark.parametrize(
    "damage",
    [
        lambda _entry: b"",
        lambda _entry: b"\n",
        lambda entry: entry[: len(entry) // 3],
        lambda entry: b"z" + entry[1:],
        lambda entry: entry.replace(b'"add"', b'"adc"'),
        lambda entry: entry.replace(b"site=kabarteknik", b"site=kabartekoik"),
        lambda entry: entry.replace(b'\\"numRecords', b"\\\xffnumRecords"),
        lambda entry: entry.replace(b'"size": 428', b'"size": 4"8'),
        lambda entry: entry.replace(b'"txn"', b'"tyn"'),
        lambda _entry: b"[" * 100_000,
    ],
)
def test_a_damaged_entry_is_known_as_such(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(ValueError, match=r"entry of a Delta log|empty|another partition|no action"):
        LogEntry.read(damage(ENTRY))


@pytest.mark.parametrize(
    ("stated", "arrives"),
    [
        (b'{"add":{"path":"site=', b'{"add":z"path":"site='),
        (b"/part-00000-", b"/part-00001-"),
        (b'{"commitInfo":{', b'\xfb"commitInfo":{'),
    ],
)
def test_an_entry_that_the_line_has_damaged_is_written_again(storage: Storage, stated: bytes, arrives: bytes) -> None:
    left = [1]

    def once(data: bytes) -> bytes:
        if b"/_delta_log/" in data and b'"txn"' in data and stated in data and left:
            left.pop()
            return data.replace(stated, arrives, 1)
        return data

    finish(open_run(storage))
    with Gate(storage, once) as gate:
        run = open_run(gate.storage)
        look_at(run, A, text(1))
        report = finish(run)
    assert left == []
    assert report.waiting == 0
    assert [row["url"] for row in rows(storage, "articles")] == [A]
    look = open_run(storage)
    assert look_at(look, A, text(1)).outcome == "unchanged"
    finish(look)
    assert len(rows(storage, "runs")) == 3


@pytest.mark.parametrize("name", ["articles", "duplicates", "runs"])
@pytest.mark.parametrize("operation", [MAKING, GROWING])
def test_a_table_whose_making_or_growing_the_line_has_damaged_is_made_or_grown_again(
    storage: Storage, name: str, operation: bytes
) -> None:
    left = [1]

    def once(data: bytes) -> bytes:
        if b"/tables/%s/_delta_log/" % name.encode() in data and operation in data and left:
            left.pop()
            return data.replace(b'"schemaString":"{', b'"schemaString":x{', 1)
        return data

    table = TABLES[name]
    if operation == GROWING:
        Bucket(storage).ensure()
        DeltaTable.create(
            table_uri(storage, name),
            pa.schema(list(table.schema)[:-1]),
            partition_by=list(table.partition_by),
            configuration={CHECKPOINT_PROPERTY: str(CHECKPOINT_INTERVAL)},
            storage_options=storage_options(storage),
        )
    with Gate(storage, once) as gate:
        run = open_run(gate.storage)
        look_at(run, A, text(1))
        report = finish(run)
    assert left == []
    assert (report.finish_reason, report.waiting) == ("finished", 0)
    assert [row["url"] for row in rows(storage, "articles")] == [A]
    delta = DeltaTable(table_uri(storage, name), storage_options=storage_options(storage))
    assert [field.name for field in delta.schema().fields] == table.schema.names


def test_a_data_file_that_the_line_has_damaged_is_sent_again(storage: Storage) -> None:
    struck: list[bytes] = []

    def once(data: bytes) -> bytes:
        start = data.find(b"PAR1")
        if start < 0 or struck:
            return data
        struck.append(data)
        first, last = start + 40, start + 400
        return data[:first] + bytes(byte ^ 0x10 for byte in data[first:last]) + data[last:]

    finish(open_run(storage))
    with Gate(storage, once) as gate:
        run = open_run(gate.storage)
        look_at(run, A, text(1))
        report = finish(run)
    assert struck
    assert report.waiting == 0
    assert [row["url"] for row in rows(storage, "articles")] == [A]
    assert len(rows(storage, "runs")) == 2
