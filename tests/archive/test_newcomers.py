"""What is new for certain is appended; what may be in a table already is looked up there, and nothing is doubled."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest

from pipelines.archive.bucket import Bucket
from pipelines.archive.delivery import Delivery
from pipelines.archive.log_entry import entry_key, log_prefix
from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.schema import ARTICLES
from pipelines.archive.tables import Corpus
from pipelines.index.database import Index
from settings.storage import Storage
from tests.archive.gate import Gate
from tests.archive.invented import (
    CRAWL,
    NOON,
    deliver_orphans,
    fail,
    finish,
    index_restored_afterwards,
    look_at,
    open_run,
    reject,
    rows,
    text,
)

SITE = "http://kabarteknik.example"
A, B, C = (f"{SITE}/{slug}" for slug in ("satu", "dua", "tiga"))
LATER = NOON + timedelta(hours=5)


class Crash(BaseException):
    """The process ends here."""


def crawl(storage: Storage, *looks: tuple[str, int], site: str = "kabarteknik") -> None:
    """A run that finds these texts, by their seeds, at these URLs."""
    run = open_run(storage, site)
    for url, seed in looks:
        look_at(run, url, text(seed), site="kabarteknik", at=LATER)
    finish(run)


def operations(storage: Storage, table: str = "articles") -> list[str]:
    """How each commit that brought rows to a table did so, in order."""
    bucket = Bucket(storage)
    entries = [bucket.get(key) for key in bucket.list(log_prefix(table)) if key.endswith(".json")]
    actions = [[json.loads(line) for line in entry.splitlines()] for entry in entries]
    infos = [next(a["commitInfo"] for a in entry if "commitInfo" in a) for entry in actions]
    return [info["operation"] for info in infos if info["operation"] in ("WRITE", "MERGE")]


def urls(storage: Storage, table: str = "articles") -> list[str]:
    return sorted(row["url"] for row in rows(storage, table))


def fall_behind(storage: Storage, *looks: tuple[str, int]) -> None:
    """A run of which the index forgets, as one that was restored from a copy of before it does."""
    with index_restored_afterwards(storage):
        crawl(storage, *looks)


def test_new_articles_and_new_copies_are_appended_and_later_versions_merged(storage: Storage) -> None:
    crawl(storage, (A, 1), (B, 1))
    crawl(storage, (C, 2))
    assert operations(storage) == ["WRITE", "WRITE"]
    assert operations(storage, "duplicates") == ["WRITE"]

    crawl(storage, (A, 3), (f"{SITE}/empat", 4))
    assert operations(storage) == ["WRITE", "WRITE", "MERGE"]
    assert urls(storage) == sorted([A, C, f"{SITE}/empat"])
    assert urls(storage, "revisions") == [A]


def test_a_page_that_failed_or_was_no_article_before_is_new(storage: Storage) -> None:
    run = open_run(storage)
    fail(run, A)
    reject(run, B)
    finish(run)
    crawl(storage, (A, 1), (B, 2))
    assert operations(storage) == ["WRITE"]


def test_what_an_index_has_not_heard_of_is_looked_up_until_it_is_rebuilt(storage: Storage) -> None:
    crawl(storage)
    fall_behind(storage, (A, 1), (B, 2))
    for _ in range(2):
        crawl(storage, (A, 1))
        assert urls(storage) == [B, A]
    rebuild(storage, CRAWL.revisit_intervals, timedelta(days=30))
    before = operations(storage)
    crawl(storage, (C, 3))
    assert operations(storage) == [*before, "WRITE"]
    assert urls(storage) == sorted([A, B, C])


def test_an_index_that_was_restored_from_a_copy_doubles_nothing(storage: Storage) -> None:
    crawl(storage, (A, 1))
    fall_behind(storage, (B, 2))
    crawl(storage, (B, 2))
    crawl(storage, (B, 3))
    assert urls(storage) == [B, A]


def test_nor_does_one_that_is_far_behind(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.archive.newcomers.MAX_UNHEARD_ENTRIES", 0)
    crawl(storage, (A, 1))
    fall_behind(storage, (B, 2), (C, 3))
    crawl(storage, (B, 2))
    with Index.open(storage.index) as index:
        assert index.whole_versions() == {}
    for _ in range(2):
        crawl(storage, (C, 3))
        assert urls(storage) == sorted([A, B, C])
    with Index.open(storage.index) as index:
        assert index.whole_versions()["articles"] == Corpus(storage).open(ARTICLES).version()


def test_two_runs_that_bring_the_same_article_bring_one_row(storage: Storage) -> None:
    """As a run over foreign WARC files does while the site's own crawl is under way."""
    crawl(storage, (A, 1))
    crawling, ingesting = open_run(storage), open_run(storage, "ingest")
    for run in (crawling, ingesting):
        assert look_at(run, B, text(2), site="kabarteknik").outcome == "archived"
    finish(ingesting)
    finish(crawling)
    assert urls(storage) == [B, A]


def test_nor_do_they_where_one_dies_between_table_and_index(storage: Storage) -> None:
    crawl(storage, (A, 1))
    crawling, ingesting = open_run(storage), open_run(storage, "ingest")
    for run in (crawling, ingesting):
        look_at(run, B, text(2), site="kabarteknik")
        run.seal()
    crawling.abandon()

    def die(step: str) -> None:
        if step == "articles":
            raise Crash

    with Index.open(storage.index) as index, suppress(Crash):
        Delivery(storage, index, checkpoint=die).deliver_orphans(storage.spool)
    finish(ingesting)
    assert urls(storage) == [B, A]
    deliver_orphans(storage)
    assert urls(storage) == [B, A]


def test_a_url_that_two_waiting_batches_hold_is_one_article_with_both_versions(storage: Storage) -> None:
    finish(open_run(storage))
    with Gate(storage) as gate:
        run = open_run(gate.storage)
        gate.shut()
        look_at(run, A, text(1))
        run.seal()
        look_at(run, A, text(2), at=LATER)
        assert finish(run).waiting
    deliver_orphans(storage)
    assert [(row["url"], row["revision"]) for row in rows(storage, "articles")] == [(A, 2)]
    assert [(row["url"], row["revision"]) for row in rows(storage, "revisions")] == [(A, 1)]


def test_an_article_that_moves_within_a_run_is_one_article_with_both_versions(storage: Storage) -> None:
    run = open_run(storage)
    look_at(run, A, text(1))
    look_at(run, f"{SITE}/satu-baru", text(2), headline="Kabar satu", announced_as=A, at=LATER)
    look_at(run, f"{SITE}/satu-baru", text(3), headline="Kabar satu", at=LATER + timedelta(hours=1))
    finish(run)
    assert len({row["article_id"] for row in rows(storage, "articles")}) == len(rows(storage, "articles"))


def test_a_batch_that_was_recovered_is_looked_up_and_the_index_counts_anew(storage: Storage) -> None:
    crawl(storage, (A, 1))
    run = open_run(storage)
    look_at(run, B, text(2))
    run.abandon()
    deliver_orphans(storage)
    with Index.open(storage.index) as index:
        assert index.whole_versions() == {}
    crawl(storage, (C, 3))
    with Index.open(storage.index) as index:
        assert set(index.whole_versions()) == {"articles", "duplicates"}
    assert urls(storage) == sorted([A, B, C])


def test_an_entry_of_the_log_that_is_gone_leaves_the_index_in_doubt(storage: Storage) -> None:
    crawl(storage, (A, 1))
    fall_behind(storage, (B, 2))
    run = open_run(storage)
    run.abandon()
    corpus = Corpus(storage)
    version = corpus.open(ARTICLES).version()
    corpus.open(ARTICLES).create_checkpoint()
    Bucket(storage).remove(entry_key("articles", version))
    crawl(storage, (B, 2))
    assert urls(storage) == [B, A]
