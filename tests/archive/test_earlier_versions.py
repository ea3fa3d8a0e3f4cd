"""What earlier versions left in bucket and home folder is taken over: nothing is lost, nothing stops a site."""

import io
import tarfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, Schema, write_deltalake

from pipelines.archive.bucket import Bucket, StorageRefused
from pipelines.archive.maintenance.maintain import maintain
from pipelines.archive.schema import ANNOUNCED, ARTICLES, DAILY, INCIDENTS, RUNS, TABLES, VERDICTS, VISITS, Table
from pipelines.archive.table_location import storage_options, table_uri
from pipelines.archive.tables import Corpus, table_properties
from pipelines.archive.takedown.order import Order, Target
from pipelines.archive.takedown.takedown import Takedown
from pipelines.archive.takedown_scope import Scope
from pipelines.archive.verification.verify import verify
from pipelines.index.database import Index
from settings.storage import Storage
from tests.archive.invented import NOON, deliver_orphans, finish, look_at, open_run, reject, rows, text
from tests.unpacking import unpack

EARLIER = sorted((Path(__file__).parent / "earlier").glob("*.tar.xz"))
A, B, C, D, E, F = (f"http://kabarteknik.example/{slug}" for slug in ("satu", "dua", "tiga", "empat", "lima", "enam"))


def without_last_field(arrow_type: pa.DataType) -> pa.DataType:
    """The type as a version had it that knew one struct field less."""
    if pa.types.is_list(arrow_type):
        return pa.list_(without_last_field(arrow_type.value_type))
    if pa.types.is_struct(arrow_type):
        return pa.struct(list(arrow_type)[:-1])
    return arrow_type


def delta(storage: Storage, table: Table) -> DeltaTable:
    return DeltaTable(table_uri(storage, table.name), storage_options=storage_options(storage))


def make_again(storage: Storage, change: Callable[[pa.DataType], pa.DataType]) -> None:
    """Put tables whose columns have `change`d types in the place of all tables, with the rows that they hold."""
    for table in TABLES.values():
        schema = pa.schema([field.with_type(change(field.type)) for field in table.schema])
        stored = delta(storage, table).to_pyarrow_table().to_pylist()
        write_deltalake(
            table_uri(storage, table.name),
            pa.Table.from_pylist(stored, schema=schema),
            mode="overwrite",
            schema_mode="overwrite",
            partition_by=list(table.partition_by),
            storage_options=storage_options(storage),
        )
    bucket = Bucket(storage)
    for key in bucket.list("tables/_schema/"):
        bucket._client.delete_object(Bucket=bucket.name, Key=key)


LATER = (VERDICTS.name, VISITS.name, ANNOUNCED.name, DAILY.name, INCIDENTS.name)
"""Tables that earlier versions do not have."""


def first_run(storage: Storage) -> None:
    run = open_run(storage)
    look_at(run, A, text(1))
    look_at(run, B, text(1))
    reject(run, D)
    finish(run)


def contains(now: Any, before: Any) -> bool:
    """Whether a value holds all that one of an earlier version did: what is new in it is null."""
    if isinstance(before, dict):
        return all(contains(now[name], value) for name, value in before.items()) and not any(
            value for name, value in now.items() if name not in before
        )
    if isinstance(before, list):
        return len(now) == len(before) and all(map(contains, now, before))
    return bool(now == before)


def test_a_table_with_fewer_struct_fields_gets_the_others(storage: Storage) -> None:
    first_run(storage)
    make_again(storage, without_last_field)
    before = {name: rows(storage, name) for name in TABLES}
    assert "failed" not in before["runs"][0]["outcomes"]

    run = open_run(storage)
    look_at(run, A, text(2), at=NOON + timedelta(hours=6), dateline="JAKARTA", sources={"dateline": "text"})
    finish(run)

    [now] = rows(storage, "articles")
    assert (now["revision"], now["sources"]["dateline"], now["sources"]["headline"]) == (2, "text", None)
    [earlier] = rows(storage, "revisions")
    assert contains({name: earlier[name] for name in before["articles"][0]}, before["articles"][0])
    old, new = sorted(rows(storage, "runs"), key=lambda row: row["started_at"])
    assert contains(old, before["runs"][0])
    assert (old["outcomes"]["failed"], new["outcomes"]["failed"], new["outcomes"]["revised"]) == (None, 0, 1)
    assert (new["rejections"]["not_html"], new["fill_rates"]["dateline"]) == (0, 1.0)


def test_every_reader_reads_old_rows_and_new_ones_together(storage: Storage) -> None:
    first_run(storage)
    make_again(storage, without_last_field)
    finish(open_run(storage))
    deliver_orphans(storage)

    rates = [None, None]
    lazy = pl.scan_delta(table_uri(storage, "runs"), storage_options=storage_options(storage)).collect()
    assert lazy["fill_rates"].struct.field("dateline").to_list() == rates
    assert delta(storage, RUNS).to_pandas()["fill_rates"].map(lambda value: value["dateline"]).isna().all()
    con = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    con.register("runs", delta(storage, RUNS).to_pyarrow_dataset())
    found = con.execute("SELECT outcomes.failed FROM runs ORDER BY started_at").fetchall()
    con.close()
    assert found == [(None,), (0,)]


def test_a_table_of_a_later_version_keeps_what_this_one_does_not_know(storage: Storage) -> None:
    first_run(storage)
    later = pa.schema(
        [
            pa.field("outcomes", pa.struct([("withdrawn", pa.int64())]), nullable=False),
            pa.field("crawler", pa.string()),
        ]
    )
    delta(storage, RUNS).alter.add_columns(Schema.from_arrow(later).fields)
    run = open_run(storage)
    look_at(run, A, text(2), at=NOON + timedelta(hours=6))
    finish(run)
    assert [(row["outcomes"]["withdrawn"], row["crawler"]) for row in rows(storage, "runs")] == [(None, None)] * 2


def comments(storage: Storage, table: Table) -> dict[str, str]:
    """What a table says of its columns, as a reader of Delta finds it."""
    return {field.name: field.metadata.get("comment", "") for field in delta(storage, table).schema().fields}


def test_each_column_says_what_it_means_also_in_tables_of_a_version_that_did_not(storage: Storage) -> None:
    declared = {table.name: {column.name: column.doc for column in table.columns} for table in TABLES.values()}
    first_run(storage)
    assert {table.name: comments(storage, table) for table in TABLES.values()} == declared
    make_again(storage, lambda arrow_type: arrow_type)
    assert set(comments(storage, ARTICLES).values()) == {""}
    before = rows(storage, "articles")
    Corpus(storage).ensure()
    assert {table.name: comments(storage, table) for table in TABLES.values()} == declared
    assert rows(storage, "articles") == before


def test_what_a_column_means_is_said_in_the_words_of_today(storage: Storage) -> None:
    first_run(storage)
    delta(storage, ARTICLES).alter.set_column_metadata("body", {"comment": "Text."})
    delta(storage, ARTICLES).alter.set_column_metadata("site", {"comment": "Site."})
    Corpus(storage).ensure()
    found = comments(storage, ARTICLES)
    assert found == {column.name: column.doc for column in ARTICLES.columns}
    version = delta(storage, ARTICLES).version()
    Corpus(storage).ensure()
    assert delta(storage, ARTICLES).version() == version


def test_a_data_file_does_not_repeat_what_the_table_says_of_its_columns(storage: Storage) -> None:
    first_run(storage)
    bucket = Bucket(storage)
    [key] = (key for key in bucket.list("tables/articles/") if key.endswith(".parquet"))
    assert len(pq.read_schema(io.BytesIO(bucket.get(key)))) > 0
    assert all(not (field.metadata or {}).get(b"comment") for field in pq.read_schema(io.BytesIO(bucket.get(key))))


def test_a_column_of_another_type_is_refused_in_one_sentence(storage: Storage) -> None:
    first_run(storage)
    make_again(storage, lambda arrow_type: pa.int64() if arrow_type == pa.int32() else arrow_type)
    with pytest.raises(StorageRefused, match=r"table articles .* the column http_status is int64, not int32") as told:
        Corpus(storage).ensure()
    assert "\n" not in str(told.value)


def test_a_batch_that_a_table_does_not_take_waits_in_the_spool(storage: Storage) -> None:
    first_run(storage)
    run = open_run(storage)
    look_at(run, A, text(2), at=NOON + timedelta(hours=6))
    make_again(storage, lambda arrow_type: pa.int64() if arrow_type == pa.int32() else arrow_type)
    report = finish(run)
    assert report.waiting == 1
    assert "the column http_status is int64, not int32" in report.warnings[0]


def test_tables_are_gone_through_once_for_each_version(storage: Storage) -> None:
    first_run(storage)
    bucket = Bucket(storage)
    [marker] = bucket.list("tables/_schema/")
    for key in list(bucket.list("tables/residue/")):
        bucket._client.delete_object(Bucket=bucket.name, Key=key)
    finish(open_run(storage))
    assert list(bucket.list("tables/residue/")) == []
    assert list(bucket.list("tables/_schema/")) == [marker]


def test_a_table_that_is_missing_in_spite_of_the_marker_is_made_when_it_is_written_to(storage: Storage) -> None:
    first_run(storage)
    bucket = Bucket(storage)
    # One that holds nothing yet: the loss of others is not passed over (test_bucket_identity.py).
    for key in list(bucket.list("tables/revisions/")):
        bucket._client.delete_object(Bucket=bucket.name, Key=key)
    run = open_run(storage)
    look_at(run, A, text(2), at=NOON + timedelta(hours=6))
    finish(run)
    assert [row["url"] for row in rows(storage, "revisions")] == [A]


def test_a_table_that_no_run_has_brought_up_to_date_yet_is_read_as_it_is(storage: Storage) -> None:
    first_run(storage)
    write_deltalake(
        delta(storage, ARTICLES),
        delta(storage, ARTICLES).to_pyarrow_table().drop_columns(["reextracted_at", "repeated_lines"]),
        mode="overwrite",
        schema_mode="overwrite",
    )
    [row] = Corpus(storage).select(ARTICLES, "TRUE")
    assert (row["url"], row["reextracted_at"], row["repeated_lines"]) == (A, None, None)
    [row] = Corpus(storage).select(ARTICLES, "TRUE", ["url", "repeated_lines"])
    assert row == {"url": A, "repeated_lines": None}
    assert Corpus(storage).select(ARTICLES, "TRUE", ["repeated_lines"]) == [{"repeated_lines": None}]


@pytest.fixture(params=EARLIER, ids=[path.name.partition(".")[0] for path in EARLIER])
def earlier(request: pytest.FixtureRequest, storage: Storage, tmp_path: Path) -> Storage:
    """A bucket and a home folder that an earlier version left."""
    with tarfile.open(request.param) as packed:
        unpack(packed, tmp_path)
    bucket = Bucket(storage)
    bucket.ensure()
    root = tmp_path / "bucket"
    for path in root.rglob("*"):
        if path.is_file():
            bucket.put_once(path.relative_to(root).as_posix(), path, "application/octet-stream")
    return storage


def test_rows_of_an_earlier_version_stay_as_they_are(earlier: Storage) -> None:
    before = {name: rows(earlier, name) for name in TABLES if name not in LATER}
    assert all(before.values())
    Corpus(earlier).ensure()
    for name, was in before.items():
        now = rows(earlier, name)
        assert len(now) == len(was)
        assert all(map(contains, now, was))


def test_upkeep_states_the_properties_that_tables_of_an_earlier_version_lack(earlier: Storage) -> None:
    assert maintain(earlier).failures == []
    for table in TABLES.values():
        assert table_properties(table).items() <= delta(earlier, table).metadata().configuration.items()


def test_an_article_of_an_earlier_version_is_taken_down_with_all_that_waited_of_it(earlier: Storage) -> None:
    order = Order(Target(Scope.ARTICLE, (A,)), "permintaan penulis", "surat 12/2026", "redaksi")
    with Index.open(earlier.index) as index:
        done = Takedown(earlier, index, order).carry_out(NOON + timedelta(days=2))
    assert done.findings.failures == []
    assert done.is_proven
    left = {name: {row["url"] for row in rows(earlier, name)} for name in ("articles", "revisions", "duplicates")}
    assert not any(A in urls for urls in left.values())
    assert B in left["articles"]
    assert verify(earlier).findings == []


def test_a_run_goes_on_where_an_earlier_version_was_killed(earlier: Storage) -> None:
    run = open_run(earlier)
    look_at(run, A, text(3).upper(), at=NOON + timedelta(days=2))
    again = look_at(run, A, text(9), at=NOON + timedelta(days=2, hours=1))
    copy = look_at(run, "http://kabarteknik.example/tujuh", text(4), at=NOON + timedelta(days=2))
    assert finish(run).waiting == 0
    assert (again.outcome, copy.outcome, copy.duplicate_of) == ("revised", "duplicate", B)

    assert {row["url"]: row["revision"] for row in rows(earlier, "articles")} == {A: 3, B: 2, E: 1}
    assert sorted((row["url"], row["revision"]) for row in rows(earlier, "revisions")) == [(B, 1), (A, 1), (A, 2)]
    assert {row["url"] for row in rows(earlier, "duplicates")} == {C, F, copy.url}
    assert [row["url"] for row in rows(earlier, "rejected")] == [D]
    assert len(rows(earlier, "runs")) == 3
    assert list(earlier.spool.glob("*/*/")) == []
