"""An export has the rows that were asked for, in the same order each time, and other tools read it as it was meant."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from pipelines.archive.bucket import Bucket
from pipelines.archive.export import Exported, export
from pipelines.archive.export_files import MAX_EXCEL_CELL_CHARS, MAX_EXCEL_ROWS, ExcelFile, ExportError
from pipelines.archive.schema import ARTICLES
from pipelines.archive.selection import Selection, SelectionError
from pipelines.archive.tables import Corpus
from settings.storage import Storage
from tests.archive.invented import NOON, WIB, finish, look_at, open_run, rows, text

Export = Callable[..., Exported]


@pytest.fixture
def filled(storage: Storage) -> Storage:
    """Two sites; a text on either side of midnight in Jakarta, a copy and a revision."""
    run = open_run(storage)
    for n, published in enumerate(
        (datetime(2026, 11, 29, 23, 59, tzinfo=WIB), datetime(2026, 11, 30, 0, 1, tzinfo=WIB))
    ):
        look_at(run, f"http://kabarteknik.example/{n}", text(n + 1), date_published=published, keywords=("gim", "kota"))
    look_at(run, "http://kabarteknik.example/formula", text(3) + '\nBaterai, "kota"', headline="=2+2 Baterai")
    finish(run)
    other = open_run(storage, "nusakata")
    look_at(other, "http://nusakata.example/salinan", text(1), date_published=datetime(2026, 12, 1, tzinfo=WIB))
    look_at(other, "http://nusakata.example/lain", text(5), date_published=datetime(2026, 12, 2, tzinfo=WIB))
    finish(other)
    again = open_run(storage)
    look_at(again, "http://kabarteknik.example/formula", text(4) + " Baterai", at=NOON + timedelta(days=1))
    finish(again)
    return storage


@pytest.fixture
def to(filled: Storage) -> Export:
    def exported(path: Path, overwrite: bool = False, **asked: object) -> Exported:
        selection = Selection(**asked)  # type: ignore[arg-type]
        return export(Corpus(filled), selection, path, overwrite=overwrite, progress=lambda *_: None)

    return exported


def slugs(path: Path) -> list[str]:
    """The last parts of the URLs in an exported JSONL, in order."""
    return [json.loads(line)["url"].rsplit("/", 1)[-1] for line in path.read_text(encoding="utf-8").splitlines()]


def test_parquet_holds_all_rows_and_columns_and_says_what_each_means(
    to: Export, filled: Storage, tmp_path: Path
) -> None:
    assert to(tmp_path / "semua.parquet") == Exported(4, None)
    table = pq.read_table(tmp_path / "semua.parquet")
    assert [(field.name, field.metadata[b"comment"].decode()) for field in table.schema] == [
        (column.name, column.doc) for column in ARTICLES.columns
    ]
    assert sorted(table.to_pylist(), key=lambda row: row["url"]) == sorted(
        rows(filled, "articles"), key=lambda row: row["url"]
    )


def test_rows_come_by_site_and_month_and_time(to: Export, tmp_path: Path) -> None:
    to(tmp_path / "satu.jsonl")
    to(tmp_path / "dua.jsonl")
    assert slugs(tmp_path / "satu.jsonl") == ["formula", "0", "1", "lain"]
    assert (tmp_path / "satu.jsonl").read_bytes() == (tmp_path / "dua.jsonl").read_bytes()


def test_days_are_those_of_jakarta(to: Export, tmp_path: Path) -> None:
    to(tmp_path / "a.jsonl", first_day=date(2026, 11, 30), last_day=date(2026, 11, 30))
    assert slugs(tmp_path / "a.jsonl") == ["1"]
    to(tmp_path / "b.jsonl", last_day=date(2026, 11, 29))
    assert slugs(tmp_path / "b.jsonl") == ["formula", "0"]
    to(tmp_path / "c.jsonl", first_day=date(2026, 11, 30))
    assert slugs(tmp_path / "c.jsonl") == ["1", "lain"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"sites": ["nusakata"]}, ["lain"]),
        ({"containing": "BATERAI"}, ["formula"]),
        ({"containing": "baterai 100% o'clock"}, []),
        ({"where": "word_count > 60"}, ["formula"]),
        ({"where": "word_count = 60 OR word_count = 61", "sites": ["nusakata"]}, ["lain"]),
    ],
)
def test_only_what_is_asked_for_is_written(
    to: Export, tmp_path: Path, asked: dict[str, object], found: list[str]
) -> None:
    path = tmp_path / "sebagian.jsonl"
    if found:
        to(path, **asked)
        assert slugs(path) == found
    else:
        with pytest.raises(ExportError, match=r"no articles are as you ask: sebagian\.jsonl was not written"):
            to(path, **asked)
        assert list(tmp_path.glob("*.jsonl")) == []


def test_copies_and_revisions_are_exported_with_their_own_texts(to: Export, tmp_path: Path) -> None:
    to(tmp_path / "copies.jsonl", name="copies", columns=["url", "duplicate_of_url", "body"])
    [copy] = map(json.loads, (tmp_path / "copies.jsonl").read_text().splitlines())
    assert copy == {
        "url": "http://nusakata.example/salinan",
        "duplicate_of_url": "http://kabarteknik.example/0",
        "body": text(1),
    }
    to(tmp_path / "revisions.jsonl", name="revisions")
    [revision] = map(json.loads, (tmp_path / "revisions.jsonl").read_text().splitlines())
    assert (revision["revision"], revision["headline"]) == (1, "=2+2 Baterai")


def test_jsonl_has_times_in_iso_8601_and_lists_as_lists(to: Export, tmp_path: Path) -> None:
    to(tmp_path / "a.jsonl", columns=["date_published", "published_day", "keywords", "sources"], where="url LIKE '%/0'")
    assert json.loads((tmp_path / "a.jsonl").read_text()) == {
        "date_published": "2026-11-29T16:59:00Z",
        "published_day": "2026-11-29",
        "keywords": ["gim", "kota"],
        "sources": pytest.approx({**dict.fromkeys(SOURCES), "headline": "json-ld", "body": "trafilatura"}),
    }


SOURCES = [field.name for field in ARTICLES.schema.field("sources").type]


def test_csv_is_read_back_by_others_as_it_was(to: Export, tmp_path: Path) -> None:
    columns = ["headline", "body", "keywords", "date_published", "word_count"]
    to(tmp_path / "a.csv", columns=columns, sites=["kabarteknik"])
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        first, second, *_ = csv.DictReader(file)
    assert list(first) == columns
    assert (first["headline"], second["keywords"]) == ("Kabar formula", "gim; kota")
    assert pl.read_csv(tmp_path / "a.csv")["word_count"].to_list() == [61, 60, 60]
    assert pl.read_csv(tmp_path / "a.csv", try_parse_dates=True)["date_published"][1] == datetime(
        2026, 11, 29, 16, 59, tzinfo=UTC
    )


def test_excel_has_texts_as_texts_and_times_as_times(to: Export, tmp_path: Path) -> None:
    columns = ["headline", "date_published", "published_day", "word_count", "keywords"]
    to(tmp_path / "a.xlsx", name="revisions", columns=columns)
    [sheet] = load_workbook(tmp_path / "a.xlsx").worksheets
    names, row = sheet.iter_rows()
    assert [cell.value for cell in names] == columns
    assert (row[0].value, row[0].data_type) == ("=2+2 Baterai", "s")
    assert row[1].value == datetime(2026, 11, 24, 3, 30)  # noqa: DTZ001 - Excel knows no zones
    assert (row[2].value, row[3].value) == (datetime(2026, 11, 24), 62)  # noqa: DTZ001
    assert row[4].value in ("", None)


def test_what_excel_cannot_hold_is_said(tmp_path: Path) -> None:
    schema = pa.schema([("body", pa.string())])
    with ExcelFile(tmp_path / "a.xlsx", schema) as file:
        file.write(pa.table({"body": ["a" * (MAX_EXCEL_CELL_CHARS + 1), "a"]}, schema=schema))
        assert file.notice == "1 texts were cut at 32,767 characters, which is what a cell of Excel holds"
        with pytest.raises(ExportError, match="holds 1,048,575 rows and there are more"):
            file.write(pa.table({"body": ["a"] * MAX_EXCEL_ROWS}, schema=schema))


@pytest.mark.parametrize(
    ("name", "asked", "reason"),
    [
        ("a.pdf", {}, r"a\.pdf does not say what it is to be: let it end in \.parquet, \.jsonl, \.csv, \.xlsx"),
        ("ada.csv", {}, "exists: --overwrite puts the export in its place"),
        ("tiada/a.csv", {}, "there is no folder .*/tiada"),
        ("a.csv", {"name": "halaman"}, "halaman cannot be selected: say articles, copies, revisions"),
        ("a.csv", {"sites": ["kabarteknis"]}, "no articles of a site 'kabarteknis': did you mean kabarteknik"),
        ("a.csv", {"columns": ["headlines"]}, "no column 'headlines': did you mean headline"),
        ("a.csv", {"columns": ["url", "url"]}, "a column is named twice"),
        (
            "a.csv",
            {"where": "words > 3"},
            "'words > 3' is not a condition on articles: Schema error: No field named words",
        ),
        ("a.csv", {"where": "word_count >"}, "is not a condition on articles: SQL error"),
        ("a.csv", {"where": "1 / (word_count - 60) > 0"}, "cannot be worked out: .*[Dd]ivide"),
        ("a.csv", {"first_day": date(2026, 11, 2), "last_day": date(2026, 11, 1)}, "2026-11-01, is before the first"),
    ],
)
def test_what_cannot_be_exported_is_said_in_one_sentence_and_leaves_no_file(
    to: Export, tmp_path: Path, name: str, asked: dict[str, object], reason: str
) -> None:
    (tmp_path / "ada.csv").write_text("lama")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises((ExportError, SelectionError), match=reason) as told:
        to(tmp_path / name, **asked)
    assert "\n" not in str(told.value)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "ada.csv").read_text() == "lama"


def test_a_file_is_replaced_where_that_is_said(to: Export, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("lama")
    to(tmp_path / "a.jsonl", overwrite=True, sites=["nusakata"])
    assert slugs(tmp_path / "a.jsonl") == ["lain"]


def test_nothing_can_be_exported_before_anything_is_archived(storage: Storage, tmp_path: Path) -> None:
    Bucket(storage).ensure()
    with pytest.raises(SelectionError, match="nothing has been archived yet"):
        export(Corpus(storage), Selection(), tmp_path / "a.csv", progress=lambda *_: None)
