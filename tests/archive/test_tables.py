"""The corpus: every reader reads it whole, and writers that meet lose and double nothing."""

import threading
from collections.abc import Callable
from datetime import timedelta

import duckdb
import polars as pl
import pytest
from deltalake import DeltaTable, Transaction, write_deltalake

from pipelines.archive.batch_commit import commit_batch
from pipelines.archive.batch_rows import BatchRows
from pipelines.archive.bucket import Bucket, StorageUnavailable
from pipelines.archive.maintenance.daily_upkeep import renew_days
from pipelines.archive.rows import article_row
from pipelines.archive.schema import ARTICLES, INCIDENTS, RESIDUE, TABLES
from pipelines.archive.table_location import storage_options, table_uri
from pipelines.archive.tables import Corpus, pass_by
from pipelines.archive.verdicts import give_verdict
from pipelines.article import Verdict
from settings.storage import Storage
from tests.archive.invented import (
    NOON,
    announced,
    article,
    blank_row,
    exchange,
    finish,
    index_restored_afterwards,
    look_at,
    open_run,
    page,
    reject,
    rows,
    text,
)
from tests.chaos.store_proxy import Act, Fault, StoreProxy

RESIDUE_ROW = {
    "site": "kabarteknik",
    "line": "Mari bercakap tentang gawai di grup pembaca Kabar Teknik",
    "place": "closing",
    "articles": 12,
    "share": 0.5,
    "days": 9,
    "window": "2026-Q4",
    "first_seen": NOON,
    "last_seen": NOON,
    "examples": ["0" * 32],
    "learned_at": NOON,
}


def at_once(*deeds: Callable[[], object]) -> None:
    """Do all at the same time; raises what the first that failed raised."""
    errors: list[BaseException] = []
    gate = threading.Barrier(len(deeds))

    def do(deed: Callable[[], object]) -> None:
        gate.wait()
        try:
            deed()
        except BaseException as error:  # noqa: BLE001 - handed on below
            errors.append(error)

    threads = [threading.Thread(target=do, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.fixture
def corpus_of_everything(storage: Storage) -> Storage:
    """A corpus with rows in every table."""
    for seed in (1, 2):
        run = open_run(storage)
        look_at(run, "http://kabarteknik.example/satu", text(seed), at=NOON + timedelta(hours=seed))
        look_at(run, "http://kabarteknik.example/dua", text(3), author=(), description="Ringkasan")
        look_at(run, "http://kabarteknik.example/salinan", text(3))
        reject(run, "http://kabarteknik.example/galeri")
        run.enter_in_ledger([announced("kabarteknik", "http://kabarteknik.example/satu").announcement])
        finish(run)
    Corpus(storage).replace_site(RESIDUE, "kabarteknik", [RESIDUE_ROW])
    give_verdict(storage, "http://kabarteknik.example/dua", Verdict.ARTICLE, by="rina")
    renew_days(Corpus(storage), NOON, everything=True, progress=pass_by)
    incident = blank_row(INCIDENTS, NOON) | {"site": "kabarteknik"}
    Corpus(storage).append(INCIDENTS, [incident], Corpus(storage).next_transaction("watch", INCIDENTS))
    return storage


def delta(storage: Storage, table: str) -> DeltaTable:
    return DeltaTable(table_uri(storage, table), storage_options=storage_options(storage))


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_polars_duckdb_and_pandas_read_every_column(corpus_of_everything: Storage, table) -> None:
    storage = corpus_of_everything
    names = {column.name for column in table.columns}
    eager = pl.read_delta(table_uri(storage, table.name), storage_options=storage_options(storage))
    lazy = pl.scan_delta(table_uri(storage, table.name), storage_options=storage_options(storage)).collect()
    con = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    con.register("t", delta(storage, table.name).to_pyarrow_dataset())
    found = con.execute("SELECT * FROM t")
    duck_names = {column[0] for column in found.description}
    duck_rows = found.fetchall()
    con.close()
    pandas = delta(storage, table.name).to_pandas()

    assert set(eager.columns) == set(lazy.columns) == duck_names == set(pandas.columns) == names
    assert len(eager) == len(lazy) == len(duck_rows) == len(pandas) > 0


def test_structs_lists_and_times_come_back_as_they_are(corpus_of_everything: Storage) -> None:
    con = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    con.register("articles", delta(corpus_of_everything, "articles").to_pyarrow_dataset())
    found = con.execute(
        "SELECT sources.body, author, pages[1].url, epoch(date_published), date_published_offset, len(pages) "
        "FROM articles WHERE site = 'kabarteknik' AND published_month = '2026-11' AND url LIKE '%satu'"
    ).fetchall()
    con.close()
    assert found == [("trafilatura", ["Sari Wulandari"], "http://kabarteknik.example/satu", 1795491000.0, "+07:00", 1)]


def test_the_tables_carry_their_words_and_partitions(storage: Storage) -> None:
    Bucket(storage).ensure()
    Corpus(storage).ensure()
    table = delta(storage, "articles")
    assert table.metadata().partition_columns == ["site", "published_month"]
    assert table.metadata().description == ARTICLES.doc
    assert table.metadata().configuration["delta.checkpointInterval"] == "5"


def test_tables_of_an_earlier_version_get_the_columns_they_lack(storage: Storage) -> None:
    url = "http://kabarteknik.example/satu"
    run = open_run(storage)
    look_at(run, url, text(1))
    finish(run)
    for name, later in (
        ("articles", ["repeated_lines", "reextracted_at"]),
        ("revisions", ["repeated_lines", "reextracted_at", "replaced_by"]),
    ):
        write_deltalake(
            delta(storage, name),
            delta(storage, name).to_pyarrow_table().drop_columns(later),
            mode="overwrite",
            schema_mode="overwrite",
        )

    run = open_run(storage)
    look_at(run, url, text(2), at=NOON + timedelta(hours=1))
    finish(run)
    [now] = rows(storage, "articles")
    assert (now["body"], now["revision"], now["repeated_lines"]) == (text(2), 2, [])
    [before] = rows(storage, "revisions")
    assert (before["body"], before["replaced_by"], before["repeated_lines"]) == (text(1), "revision", [])


def test_many_runs_may_make_the_tables_at_once(storage: Storage) -> None:
    Bucket(storage).ensure()
    at_once(*(Corpus(storage).ensure for _ in range(4)))
    assert [delta(storage, name).version() for name in TABLES] == [0] * len(TABLES)


def test_a_table_that_the_store_s_lists_do_not_show_yet_is_told_of_in_one_sentence(storage: Storage) -> None:
    Bucket(storage).ensure()
    with StoreProxy(storage.endpoint_url or "", seed=1) as proxy:
        proxy.fault = Fault("stale lists", Act.HIDE_NEW, "LIST")
        behind = storage.model_copy(update={"endpoint_url": proxy.url})
        with pytest.raises(StorageUnavailable, match="lists lag behind"):
            Corpus(behind).ensure()
        proxy.fault = None
        Corpus(behind).ensure()


def test_runs_of_different_sites_write_side_by_side(storage: Storage) -> None:
    def crawl(site: str, first: int) -> None:
        run = open_run(storage, site)
        for number in range(3):
            look_at(run, f"http://{site}.example/{number}", text(first + number))
            run.seal()
            run.deliver()
        finish(run)

    at_once(*(lambda n=n: crawl(f"situs{n}", 10 * n) for n in range(3)))
    assert sorted(row["url"] for row in rows(storage, "articles")) == [
        f"http://situs{site}.example/{number}" for site in range(3) for number in range(3)
    ]
    assert len(rows(storage, "runs")) == 3


def test_writers_of_the_same_site_and_month_overtake_each_other_without_loss(storage: Storage) -> None:
    Bucket(storage).ensure()
    Corpus(storage).ensure()
    run = open_run(storage, dry_run=True)

    def row(url: str) -> dict[str, object]:
        visit = announced("kabarteknik", url)
        visit.pages = [page(run.capture(exchange(url)))]
        return article_row(visit, article(url, text(1)), url, "0" * 64, "20261124T050000Z")

    batches = [[row(f"http://kabarteknik.example/{writer}/{n}") for n in range(4)] for writer in range(3)]

    def write(writer: int) -> None:
        corpus = Corpus(storage)
        for number, added in enumerate(batches[writer], start=1):
            for _ in range(2):  # the second time is a replay
                commit_batch(corpus, BatchRows(articles=[added]), Transaction(f"w{writer}", number))

    at_once(*(lambda n=n: write(n) for n in range(3)))
    finish(run)
    assert sorted(r["url"] for r in rows(storage, "articles")) == sorted(str(r["url"]) for b in batches for r in b)
    assert rows(storage, "revisions") == []


def test_an_article_the_index_has_forgotten_is_no_revision_of_itself(storage: Storage) -> None:
    finish(open_run(storage))
    for _ in range(2):
        with index_restored_afterwards(storage):
            run = open_run(storage)
            look_at(run, "http://kabarteknik.example/satu", text(1))
            finish(run)
    assert [row["revision"] for row in rows(storage, "articles")] == [1]
    assert rows(storage, "revisions") == []


def test_a_row_must_fit_its_table() -> None:
    with pytest.raises(ValueError, match="articles has no column subtitle"):
        ARTICLES.arrow([{"subtitle": "x"}])
    with pytest.raises(KeyError, match="url"):
        ARTICLES.arrow([{column.name: None for column in ARTICLES.columns if column.name != "url"}])


def test_a_store_that_is_away_is_told_in_one_sentence(storage: Storage, free_port: int) -> None:
    away = storage.model_copy(update={"endpoint_url": f"http://127.0.0.1:{free_port}"})
    with pytest.raises(
        StorageUnavailable, match=f"cannot read table articles .* at http://127.0.0.1:{free_port}"
    ) as told:
        Corpus(away).ensure()
    assert "\n" not in str(told.value)
