"""The upkeep of tables: few files, short logs, and nothing of what the tables say is changed by it."""

import itertools
import json
import multiprocessing
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable

from pipelines.archive.bucket import Bucket
from pipelines.archive.log_entry import last_checkpoint
from pipelines.archive.maintenance.maintain import maintain, maintain_part, table_shares
from pipelines.archive.maintenance.options import Part
from pipelines.archive.maintenance.partitions import (
    MAX_FILE_BYTES,
    MAX_GROWING_FILE_BYTES,
    MIN_SMALL_FILES,
    REST,
    Partition,
)
from pipelines.archive.maintenance.report import Step
from pipelines.archive.maintenance.table_upkeep import MAX_TRIES, Retention, TableUpkeep
from pipelines.archive.schema import DAILY, TABLES
from pipelines.archive.site_lock import SiteBusy, SiteLock
from pipelines.archive.table_location import storage_options, table_uri
from pipelines.archive.tables import Corpus
from pipelines.archive.verification.verify import verify
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import (
    NOON,
    PROJECT,
    deliver_orphans,
    environment_of,
    finish,
    look_at,
    open_run,
    reject,
    rows,
    run_program,
    text,
)
from tests.chaos.store_proxy import Act, Fault, StoreProxy

SITE = "kabarteknik"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
CRAWLS = MIN_SMALL_FILES + 1
VISITS = 4

pytestmark = pytest.mark.timeout(180)


def crawl(storage: Storage, number: int, site: str = SITE, seed: int = 0) -> None:
    run = open_run(storage, site, run_id=f"20261124T{number:06}Z")
    look_at(run, f"http://{site}.example/{number}", text(seed + number))
    reject(run, f"http://{site}.example/galeri/{number}")
    finish(run)


def crawl_often(storage: Storage, site: str, count: int, seed: int = 0) -> None:
    for number in range(count):
        crawl(storage, number, site, seed)


@pytest.fixture
def archive(storage: Storage) -> Storage:
    crawl_often(storage, SITE, CRAWLS)
    return storage


def delta(storage: Storage, table: str = "articles", version: int | None = None) -> DeltaTable:
    return DeltaTable(table_uri(storage, table), version=version, storage_options=storage_options(storage))


def files(storage: Storage, table: str = "articles") -> int:
    return len(delta(storage, table).file_uris())


def everything(storage: Storage) -> dict[str, list[str]]:
    return {name: sorted(map(str, rows(storage, name))) for name in TABLES if name != DAILY.name}


def keep_up(storage: Storage, *, keep: timedelta = timedelta(days=7)) -> list[Step]:
    bucket, corpus = Bucket(storage), Corpus(storage)
    return [
        TableUpkeep(bucket, corpus, table, Retention(keep), lambda _: None).run(utc_now()) for table in TABLES.values()
    ]


def damage_log(storage: Storage, table: str) -> None:
    bucket = Bucket(storage)
    for key in list(bucket.list(f"tables/{table}/_delta_log/")):
        bucket.replace(key, b"{", "application/octet-stream")


class TestAPartition:
    @pytest.mark.parametrize(
        ("sizes", "idle", "target"),
        [
            ([1] * MIN_SMALL_FILES, timedelta(), MAX_GROWING_FILE_BYTES),
            ([1] * (MIN_SMALL_FILES - 1), timedelta(), None),
            ([MAX_GROWING_FILE_BYTES] * MIN_SMALL_FILES, timedelta(), None),
            ([1, 1], REST, MAX_FILE_BYTES),
            ([1], REST, None),
            ([MAX_FILE_BYTES, 1], REST, None),
            ([MAX_FILE_BYTES // 2 + 1] * 2, REST, None),
            ([MAX_GROWING_FILE_BYTES] * 2, REST, MAX_FILE_BYTES),
        ],
    )
    def test_is_compacted_by_what_it_holds_and_whether_it_is_in_use(
        self, sizes: list[int], idle: timedelta, target: int | None
    ) -> None:
        assert Partition({}, sizes, NOW - idle).target_bytes(NOW) == target


class TestTables:
    def test_are_put_together_and_say_what_they_said(self, archive: Storage) -> None:
        before = everything(archive)
        assert files(archive) == CRAWLS
        report = maintain(archive)
        assert report.failures == []
        assert {files(archive, name) for name in ("articles", "rejected", "runs")} == {1}
        assert everything(archive) == before
        assert verify(archive).findings == []
        assert f"table articles: {CRAWLS} data files are 1 now, in 1 compacted partition" in report.to_text()

    def test_are_left_alone_once_there_is_nothing_to_do(self, archive: Storage) -> None:
        maintain(archive)
        before = list(Bucket(archive).list("tables/"))
        report = maintain(archive)
        assert {step.done for step in report.steps} == {""}
        assert list(Bucket(archive).list("tables/")) == before

    def test_take_what_crawls_bring_afterwards(self, archive: Storage) -> None:
        maintain(archive)
        crawl(archive, CRAWLS)
        assert len(rows(archive, "articles")) == CRAWLS + 1
        assert verify(archive).findings == []

    def test_that_are_not_there_yet_are_none_of_its_business(self, storage: Storage) -> None:
        report = maintain(storage)
        assert report.failures == []
        assert "table articles: it is not there yet" in report.to_text()

    def test_that_cannot_be_read_are_told_and_the_others_kept_up(self, archive: Storage) -> None:
        damage_log(archive, "articles")
        report = maintain(archive)
        [failure] = report.failures
        assert failure.startswith("table articles: cannot read table articles")
        assert files(archive, "runs") == 1

    def test_are_kept_up_by_one_at_a_time(self, archive: Storage) -> None:
        lock = SiteLock(archive.home / "maintenance", "a test")
        with pytest.raises(SiteBusy, match="a test"):
            maintain(archive)
        with pytest.raises(SiteBusy, match="a test"):
            maintain_part(archive, Part.TABLE, ["articles"])
        lock.release()


class TestParts:
    """A round, done by several processes at once."""

    def test_in_order_come_to_what_one_round_does(self, archive: Storage) -> None:
        before = everything(archive)
        shares = [(Part.TABLE, names) for names in table_shares()]
        assert sorted(name for _, names in shares for name in names) == sorted(TABLES.keys() - {DAILY.name})
        for part, names in [(Part.SPOOL, []), (Part.WARC, [SITE]), (Part.CDXJ, []), *shares, (Part.DAYS, [])]:
            assert maintain_part(archive, part, names).failures == []
        assert {files(archive, name) for name in ("articles", "rejected", "runs")} == {1}
        assert everything(archive) == before
        assert verify(archive).findings == []
        assert {step.done for step in maintain(archive).steps} == {""}

    def test_are_done_beside_each_other_and_each_by_one_at_a_time(self, archive: Storage) -> None:
        place = archive.home / "maintenance"
        round_lock = SiteLock(place, "another part", is_shared=True)
        lock = SiteLock(place / "table articles", "a test")
        assert maintain_part(archive, Part.TABLE, ["runs"]).failures == []
        with pytest.raises(SiteBusy, match="table articles is being worked on by a test"):
            maintain_part(archive, Part.TABLE, ["articles"])
        with pytest.raises(SiteBusy, match="maintenance is being worked on by"):
            maintain(archive)
        lock.release()
        round_lock.release()
        assert maintain(archive).failures == []

    @pytest.mark.parametrize(
        "words",
        [["gudang"], ["days", "kabarteknik"], ["table", "artikel"], ["table", "daily"], ["warc", "--all-days"]],
        ids=" ".join,
    )
    def test_that_there_are_none_of_are_refused(self, storage: Storage, words: list[str]) -> None:
        done = run_program(storage, "scrapy", "maintain", *words)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


class TestTheCommands:
    def test_say_what_was_done(self, archive: Storage, tmp_path: Path) -> None:
        done = run_program(archive, "local", "maintain")
        assert (done.returncode, "data files are 1 now" in done.stdout) == (0, True), done.stderr
        report_file = tmp_path / "report.json"
        done = run_program(archive, "scrapy", "maintain", "--json", "-s", f"REPORT_FILE={report_file}")
        assert (done.returncode, json.loads(done.stdout)["failures"]) == (0, []), done.stderr
        assert json.loads(report_file.read_text()) == json.loads(done.stdout)

    def test_fail_where_a_table_is_damaged(self, archive: Storage) -> None:
        damage_log(archive, "runs")
        for program in ("local", "scrapy"):
            done = run_program(archive, program, "maintain")
            assert done.returncode == 1
            assert "table runs: cannot read table runs" in done.stderr
            assert "Traceback" not in done.stderr

    def test_fail_in_one_sentence_where_the_store_is_away(self, archive: Storage, free_port: int) -> None:
        away = archive.model_copy(update={"endpoint_url": f"http://127.0.0.1:{free_port}"})
        done = run_program(away, "local", "maintain")
        assert done.returncode == 1
        assert f"at http://127.0.0.1:{free_port}" in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr


class TestRetention:
    def test_keeps_versions_for_as_long_as_is_set(self, archive: Storage) -> None:
        reader, version = delta(archive), delta(archive).version()
        before = sorted(map(str, reader.to_pyarrow_table().to_pylist()))
        maintain(archive)
        assert sorted(map(str, reader.to_pyarrow_table().to_pylist())) == before
        assert sorted(map(str, delta(archive, version=version).to_pyarrow_table().to_pylist())) == before
        configuration = delta(archive).metadata().configuration
        assert configuration["delta.logRetentionDuration"] == "interval 604800 seconds"
        assert configuration["delta.deletedFileRetentionDuration"] == "interval 604800 seconds"

    def test_ends_and_room_is_freed(self, archive: Storage) -> None:
        before = everything(archive)
        objects = len(list(Bucket(archive).list("tables/articles/")))
        steps = [step for _ in range(2) for step in keep_up(archive, keep=timedelta(0))]
        left = list(Bucket(archive).list("tables/articles/"))
        assert sum(key.endswith(".parquet") and "_delta_log" not in key for key in left) == 1
        assert len(left) < objects / 2
        assert everything(archive) == before
        assert sum(step.figures["objects_removed"] for step in steps) > 0
        assert verify(archive).findings == []

    def test_of_the_log_leaves_what_was_delivered_known_as_delivered(self, archive: Storage) -> None:
        """Ids of transactions outlast the entries that committed them: a batch that waits is not doubled."""
        run = open_run(archive, run_id="20261124T120000Z")
        look_at(run, f"http://{SITE}.example/lama", text(50))
        run.seal()
        run.abandon()
        command = [sys.executable, "-m", "tests.archive.crawler", "deliver", "articles"]
        subprocess.run(command, check=True, cwd=PROJECT, env=environment_of(archive), capture_output=True)
        for _ in range(2):
            keep_up(archive, keep=timedelta(0))
        assert last_checkpoint(Bucket(archive).find, "articles") == delta(archive).version()
        deliver_orphans(archive)
        urls = [row["url"] for row in rows(archive, "articles")]
        assert len(urls) == len(set(urls)) == CRAWLS + 1
        assert verify(archive).findings == []

    def test_of_the_log_leaves_an_index_that_knows_its_bucket(self, archive: Storage) -> None:
        """The index has noted versions whose entries are gone: neither a crawl nor a verification takes that amiss."""
        for _ in range(2):
            keep_up(archive, keep=timedelta(0))
        crawl(archive, CRAWLS)
        assert verify(archive).findings == []
        for _ in range(2):
            keep_up(archive, keep=timedelta(0))
        assert verify(archive).findings == []


def maintain_through(storage: Storage, proxy: StoreProxy) -> list[dict[str, Any]]:
    """The steps of a round of upkeep in a process of its own, by way of a proxy: deltalake does not let other threads
    run while it reads, and the proxy is one of them.
    """
    done = run_program(storage.model_copy(update={"endpoint_url": proxy.url}), "scrapy", "maintain", "--json")
    steps: list[dict[str, Any]] = json.loads(done.stdout)["steps"]
    assert [step["failed"] for step in steps if step["failed"]] == [], done.stderr
    return steps


def test_what_the_line_damages_is_sent_again(archive: Storage) -> None:
    before = everything(archive)
    with StoreProxy(archive.endpoint_url or "", seed=4) as proxy:
        proxy.fault = Fault("bits flipped in puts", Act.FLIP_REQUEST, "PUT", r"^tables/", share=0.2)
        maintain_through(archive, proxy)
        assert proxy.struck
    maintain(archive)
    assert files(archive) == 1
    assert everything(archive) == before
    assert verify(archive).findings == []


class TestBesideCrawls:
    def test_a_partition_that_crawls_keep_changing_is_left_for_the_next_round(self, archive: Storage) -> None:
        texts = itertools.count(200)

        def be_faster(method: str, key: str, stage: str) -> None:
            if stage == "asked" and method == "PUT" and re.search(r"articles/_delta_log/\d+\.json", key):
                number = next(texts)
                run = open_run(archive, run_id=f"20261125T{number:06}Z")
                look_at(run, f"http://{SITE}.example/0", text(number), at=NOON + timedelta(hours=number))
                finish(run)

        # Beforehand, so that the first commit of the round to this table is a compaction's.
        delta(archive, "articles").alter.set_table_properties(
            Retention(timedelta(days=archive.keep_versions_days)).properties
        )
        with StoreProxy(archive.endpoint_url or "", seed=1) as proxy:
            proxy.watch = be_faster
            steps = maintain_through(archive, proxy)
        [step] = [step for step in steps if step["name"] == "table articles"]
        assert step["left"] == [f"compact {SITE} 2026-11: other writers were faster {MAX_TRIES} times"]
        maintain(archive)
        assert files(archive) < CRAWLS
        assert len(rows(archive, "articles")) == CRAWLS
        assert verify(archive).findings == []

    @pytest.fixture
    def crawls(self, storage: Storage) -> Iterator[list[multiprocessing.process.BaseProcess]]:
        Bucket(storage).ensure()
        Corpus(storage).ensure()
        spawn = multiprocessing.get_context("spawn")
        processes = [
            spawn.Process(target=crawl_often, args=(storage, f"situs{number}", VISITS, number * 100))
            for number in range(8)
        ]
        for process in processes:
            process.start()
        yield processes  # type: ignore[misc]
        for process in processes:
            process.kill()
            process.join()

    def test_nothing_is_lost_and_nothing_doubled(
        self, storage: Storage, crawls: list[multiprocessing.process.BaseProcess], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("pipelines.archive.maintenance.partitions.MIN_SMALL_FILES", 2)
        rounds = 0
        failures: list[str] = []
        while any(process.is_alive() for process in crawls):
            failures += maintain(storage).failures
            rounds += 1
        assert [process.exitcode for process in crawls] == [0] * len(crawls)
        failures += maintain(storage).failures
        deliver_orphans(storage)
        assert rounds
        assert failures == []
        urls = pl.Series([row["url"] for row in rows(storage, "articles")])
        assert len(urls) == urls.n_unique() == 8 * VISITS
        assert len(rows(storage, "rejected")) == len(rows(storage, "runs")) == 8 * VISITS
        assert verify(storage).findings == []
