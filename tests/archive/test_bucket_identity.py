"""The index knows its bucket: another one, an emptied one, and one that was rolled back are told."""

import shutil
import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pipelines.archive.bucket import Bucket
from pipelines.archive.bucket_identity import IDENTITY_KEY, WrongBucket
from pipelines.archive.bucket_owner import OWNER_KEY
from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.schema import ARTICLES
from pipelines.index.database import Index
from pipelines.index.fingerprints import article_id
from pipelines.index.records import IndexUpdate
from pipelines.index.tables import key_of
from pipelines.run.counters import RunCounters
from pipelines.run.crawl_run import CrawlRun
from pipelines.run.refusal import refusal_of
from pipelines.visit import Outcome
from settings.storage import Storage
from tests.archive.invented import CRAWL, NOON, finish, index_restored_afterwards, look_at, open_run, reject, rows, text

A, B, C = (f"http://kabarteknik.example/{slug}" for slug in ("satu", "dua", "tiga"))
Change = Callable[[Storage], Storage]


def remove(storage: Storage, *keys: str) -> None:
    bucket = Bucket(storage)
    for key in keys:
        bucket._client.delete_object(Bucket=bucket.name, Key=key)


def keys(storage: Storage, prefix: str = "") -> list[str]:
    return list(Bucket(storage).list(prefix))


def copied(storage: Storage, name: str, *, until: str = "~") -> Storage:
    """A bucket of another name, with the objects that come before `until` in order."""
    other = storage.model_copy(update={"bucket": name})
    target = Bucket(other)
    target.ensure()
    for key in keys(storage):
        if key < until:
            target.create(key, Bucket(storage).get(key))
    return other


def crawl(storage: Storage, *numbers: int) -> None:
    run = open_run(storage)
    for number in numbers:
        look_at(run, f"http://kabarteknik.example/{number}", text(number))
    finish(run)


def last_entry(storage: Storage, table: str) -> str:
    return keys(storage, f"tables/{table}/_delta_log/")[-1]


def emptied(storage: Storage) -> Storage:
    remove(storage, *keys(storage))
    return storage


def removed(storage: Storage) -> Storage:
    emptied(storage)
    bucket = Bucket(storage)
    bucket._client.delete_bucket(Bucket=bucket.name)
    return storage


def of_another_name(storage: Storage) -> Storage:
    return storage.model_copy(update={"bucket": f"{storage.bucket}-lain"})


def of_another_archive(storage: Storage) -> Storage:
    other = storage.model_copy(update={"bucket": f"{storage.bucket}-lain", "home": storage.home / "lain"})
    crawl(other, 8, 9)
    return other.model_copy(update={"home": storage.home})


def without_the_last_entry(storage: Storage) -> Storage:
    remove(storage, last_entry(storage, "articles"))
    return storage


def without_a_table(storage: Storage) -> Storage:
    remove(storage, *keys(storage, "tables/articles/"))
    return storage


def with_another_last_entry(storage: Storage) -> Storage:
    """Rolled back, and then written to by who did not know."""
    entry = last_entry(storage, "articles")
    remove(storage, entry)
    Bucket(storage).create(entry, b'{"commitInfo":{"timestamp":1795905475482,"operation":"WRITE"}}\n')
    return storage


def with_a_damaged_identity(storage: Storage) -> Storage:
    remove(storage, IDENTITY_KEY)
    Bucket(storage).create(IDENTITY_KEY, b"{")
    return storage


def with_an_empty_identity(storage: Storage) -> Storage:
    remove(storage, IDENTITY_KEY)
    Bucket(storage).put_marker(IDENTITY_KEY)
    return storage


CHANGES = [
    emptied,
    removed,
    of_another_name,
    of_another_archive,
    with_an_empty_identity,
    without_the_last_entry,
    without_a_table,
    with_another_last_entry,
    with_a_damaged_identity,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_bucket_that_is_not_what_the_index_knows_is_refused_with_the_next_step(
    storage: Storage, change: Change
) -> None:
    crawl(storage, 1, 2)
    crawl(storage, 3)
    changed = change(storage)
    before = keys(changed) if change is not removed and change is not of_another_name else None
    with pytest.raises(WrongBucket, match="`kliping rebuild-index") as told:
        open_run(changed)
    assert "\n" not in str(told.value)
    refusal = refusal_of(told.value)
    assert refusal is not None
    assert refusal.finish_reason == "wrong_bucket"
    if before is not None:
        assert keys(changed) == before


@pytest.mark.parametrize("change", CHANGES)
def test_what_waits_in_the_spool_is_not_delivered_to_such_a_bucket_and_not_lost(
    storage: Storage, change: Change
) -> None:
    crawl(storage, 1, 2)
    run = open_run(storage)
    look_at(run, A, text(5))
    run.seal()
    run.abandon()
    changed = change(storage)
    with pytest.raises(WrongBucket):
        open_run(changed)
    assert (storage.spool / run.site / f"{run.run_id}-001" / "batch.json").exists()


@pytest.mark.parametrize("change", [change for change in CHANGES if "identity" not in change.__name__])
def test_after_rebuilding_the_index_what_was_lost_is_fetched_again(storage: Storage, change: Change) -> None:
    crawl(storage, 1, 2)
    crawl(storage, 3)
    changed = change(storage)
    rebuild(changed, CRAWL.revisit_intervals, timedelta(days=30), accept_empty=True)
    crawl(changed, 1, 2, 3)
    urls = sorted(row["url"] for row in rows(changed, "articles") if row["url"][-1] in "123")
    assert urls == [f"http://kabarteknik.example/{number}" for number in (1, 2, 3)]


def test_a_bucket_that_was_moved_with_all_it_holds_is_the_same_bucket(storage: Storage) -> None:
    crawl(storage, 1, 2)
    moved = copied(storage, f"{storage.bucket}-baru")
    crawl(moved, 1, 3)
    assert len(rows(moved, "articles")) == 3


def test_a_bucket_that_was_written_to_since_the_index_s_backup_is_the_same_bucket(storage: Storage) -> None:
    crawl(storage, 1)
    with index_restored_afterwards(storage):
        crawl(storage, 2)
    crawl(storage, 3)
    assert len(rows(storage, "articles")) == 3


def test_a_log_that_was_cleaned_of_old_entries_was_not_rolled_back(storage: Storage) -> None:
    crawl(storage, 1)
    with Index.open(storage.index) as index:
        [noted] = [version for version in index.table_versions() if version.table == "articles"]
    with index_restored_afterwards(storage):
        crawl(storage, 2)
    run = open_run(storage)
    corpus = run._delivery.corpus  # type: ignore[union-attr]
    run.abandon()
    corpus.open(ARTICLES).create_checkpoint()
    remove(storage, *keys(storage, "tables/articles/_delta_log/")[: noted.version + 1])
    crawl(storage, 3)
    assert len(rows(storage, "articles")) == 3


class TestAnIndexThatHasNotNotedItsBucket:
    """As earlier versions left it, or one that was lost and begun anew."""

    @staticmethod
    def forget_the_bucket(storage: Storage) -> None:
        engine = sa.create_engine(storage.index)
        with engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM bucket")
            connection.exec_driver_sql("DELETE FROM table_versions")
        engine.dispose()
        remove(storage, IDENTITY_KEY, OWNER_KEY)

    @staticmethod
    def opened(storage: Storage) -> tuple[CrawlRun, RunCounters]:
        counters = RunCounters()
        return CrawlRun.open("kabarteknik", storage=storage, crawl=CRAWL, counters=counters), counters

    def test_it_adopts_a_bucket_that_holds_what_it_knows(self, storage: Storage) -> None:
        crawl(storage, 1, 2)
        self.forget_the_bucket(storage)
        run, counters = self.opened(storage)
        finish(run)
        assert counters.failures == []
        with Index.open(storage.index) as index:
            assert index.bucket_id()

    def test_it_waits_for_what_another_run_is_delivering_at_this_moment(self, storage: Storage) -> None:
        """Which is in the tables a moment before the index learns of it."""
        crawl(storage, 1, 2)
        self.forget_the_bucket(storage)
        url = "http://kabarteknik.example/2"
        with Index.open(storage.index) as index:
            learned = IndexUpdate(index.seen([url])[url])
        with sqlite3.connect(storage.home / "index.db") as database:
            of_url = "(SELECT number FROM seen WHERE key = ?)"
            for table in ("recent", "seen"):
                database.execute(f"DELETE FROM {table} WHERE number = {of_url}", [key_of(article_id(url))])  # noqa: S608

        def learn() -> None:
            with Index.open(storage.index) as index:
                index.commit([learned])

        other = threading.Timer(0.5, learn)
        other.start()
        run, counters = self.opened(storage)
        other.join()
        finish(run)
        assert counters.failures == []

    @pytest.mark.parametrize("change", [emptied, of_another_name, without_the_last_entry])
    def test_it_refuses_one_that_holds_less(self, storage: Storage, change: Change) -> None:
        crawl(storage, 1, 2)
        crawl(storage, 3)
        self.forget_the_bucket(storage)
        with pytest.raises(WrongBucket, match=r"knows 3 articles, and bucket .* holds [02]: .*`kliping rebuild-index`"):
            open_run(change(storage))

    def test_one_that_was_lost_stops_no_crawl_and_is_told_until_it_is_rebuilt(self, storage: Storage) -> None:
        crawl(storage, 1, 2)
        for path in storage.home.glob("index.db*"):
            path.unlink()
        for number in (3, 4):
            run, counters = self.opened(storage)
            look_at(run, f"http://kabarteknik.example/{number}", text(number))
            finish(run)
            [told] = counters.failures
            assert f"knows {number - 3} of the {number - 1} articles" in told
            assert "run `kliping rebuild-index`" in told
        rebuild(storage, CRAWL.revisit_intervals, timedelta(days=30))
        run, counters = self.opened(storage)
        again = look_at(run, "http://kabarteknik.example/1", text(1), at=NOON + timedelta(hours=7))
        finish(run)
        assert (again.outcome, counters.failures) == (Outcome.UNCHANGED, [])
        assert len(rows(storage, "articles")) == 4


def test_a_home_without_anything_and_a_new_bucket_belong_to_each_other(storage: Storage) -> None:
    run = open_run(storage)
    reject(run, C)
    finish(run)
    shutil.rmtree(storage.spool)
    finish(open_run(storage))
    with Index.open(storage.index) as index:
        assert {version.table for version in index.table_versions()} >= {"rejected", "runs"}
