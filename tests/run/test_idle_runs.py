"""A run that found nothing new leaves nothing in the bucket but, in time, its row, which goes along with others."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from local.spool import batches
from pipelines.archive.bucket import Bucket
from pipelines.archive.delivery import Delivery
from pipelines.archive.maintenance.maintain import maintain
from pipelines.index.database import Index
from pipelines.index.records import SourceState
from pipelines.report import run_id_of
from pipelines.run.crawl_run import CrawlRun
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import (
    NOON,
    PROJECT,
    deliver_orphans,
    environment_of,
    exchange,
    finish,
    look_at,
    open_run,
    rows,
    text,
)
from tests.chaos.store_proxy import StoreProxy

FEED = "http://kabarteknik.example/feed"
A, B = "http://kabarteknik.example/satu", "http://kabarteknik.example/dua"


class Crash(BaseException):
    """The process ends here."""


def idle(storage: Storage, site: str = "kabarteknik", *, run_id: str | None = None) -> CrawlRun:
    """A run whose source is as it was."""
    run = open_run(storage, site, run_id=run_id)
    run.capture(exchange(FEED, b"", status=304, reason="Not Modified"))
    report = finish(run)
    assert (report.finish_reason, report.waiting, report.failures, report.warnings) == ("finished", 0, (), ())
    return run


def keys(storage: Storage) -> set[str]:
    return set(Bucket(storage).list(""))


def runs(storage: Storage) -> list[str]:
    return sorted(row["run"] for row in rows(storage, "runs"))


def folders(storage: Storage) -> list[Path]:
    return sorted(path for path in storage.spool.glob("*/*") if path.is_dir())


@pytest.fixture
def archive(storage: Storage) -> Storage:
    """An archive with a run in it."""
    run = open_run(storage)
    look_at(run, A, text(1))
    finish(run)
    return storage


def test_it_leaves_no_object_and_asks_the_store_for_little(archive: Storage) -> None:
    before = keys(archive)
    asked: list[str] = []
    with StoreProxy(archive.endpoint_url or "", seed=0) as proxy:
        proxy.watch = lambda method, key, stage: asked.append(f"{method} {key}") if stage == "asked" else None
        idle(archive.model_copy(update={"endpoint_url": proxy.url}))
    assert keys(archive) == before
    assert len(asked) <= 5, asked


def test_it_loads_nothing_that_only_news_needs(archive: Storage) -> None:
    program = (
        "import sys\n"
        "from pipelines.run.crawl_run import CrawlRun\n"
        "from settings.crawl import Crawl\n"
        "from settings.storage import Storage\n"
        "run = CrawlRun.open('kabarteknik', storage=Storage(), crawl=Crawl())\n"
        "run.finish(run.report('finished'))\n"
        "unneeded = ('pandas', 'pebble', 'polars', 'resiliparse', 'rich', 'scrapy', 'trafilatura')\n"
        "print([name for name in unneeded if name in sys.modules])\n"
    )
    environment = {**os.environ, **environment_of(archive)}
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"


def test_its_row_goes_along_with_the_site_s_next_delivery_in_the_same_commit(archive: Storage) -> None:
    waiting = [idle(archive).run_id for _ in range(2)]
    commits = len([key for key in keys(archive) if key.startswith("tables/runs/_delta_log/0")])
    run = open_run(archive)
    look_at(run, B, text(2))
    finish(run)
    assert set(runs(archive)) >= {*waiting, run.run_id}
    assert len(runs(archive)) == 4
    assert folders(archive) == []
    after = [key for key in keys(archive) if key.startswith("tables/runs/_delta_log/0") and key.endswith(".json")]
    assert len(after) == commits + 1


def test_the_upkeep_brings_the_rows_that_no_run_comes_for(archive: Storage) -> None:
    waiting = idle(archive).run_id
    report = maintain(archive)
    assert (report.failures, report.steps[0].done) == ([], "batches delivered: 1")
    assert waiting in runs(archive)
    assert folders(archive) == []


def test_rows_of_all_sites_that_waited_long_come_by_one_commit_with_whatever_run_comes_first(
    archive: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites = ("kabarteknik", "wartagawai", "siartekno")
    for site in sites:
        idle(archive, site)
        idle(archive, site)
    monkeypatch.setattr("pipelines.archive.spool.MAX_ROW_WAIT", timedelta())
    waiting = set(map(str, folders(archive)))
    data = {key for key in keys(archive) if key.startswith("tables/runs/part")}
    idle(archive, "lintasgawai")
    assert len({key for key in keys(archive) if key.startswith("tables/runs/part")} - data) == 1
    assert sorted(row["site"] for row in rows(archive, "runs")) == sorted([*sites, *sites, "kabarteknik"])
    assert waiting.isdisjoint(map(str, folders(archive)))
    deliver_orphans(archive)
    assert len(rows(archive, "runs")) == 8


@pytest.mark.parametrize("last_step", ["runs", "index", "row removed"])
def test_a_delivery_of_rows_that_dies_doubles_and_loses_none(archive: Storage, last_step: str) -> None:
    for site in ("kabarteknik", "wartagawai"):
        for _ in range(2):
            idle(archive, site)

    def die(step: str) -> None:
        if step == last_step:
            raise Crash

    with Index.open(archive.index) as index, pytest.raises(Crash):
        Delivery(archive, index, checkpoint=die).deliver_rows(archive.spool, [])
    run = open_run(archive)
    look_at(run, B, text(2))
    finish(run)
    deliver_orphans(archive)
    assert len(rows(archive, "runs")) == 6
    assert len({(row["site"], row["run"]) for row in rows(archive, "runs")}) == 6
    assert folders(archive) == []


def test_a_run_that_failed_keeps_what_it_saw_and_its_row_does_not_wait(archive: Storage) -> None:
    before = keys(archive)
    run = open_run(archive)
    run.capture(exchange(FEED, b"<html>bukan umpan</html>"))
    run.counters.fail("the feed is none")
    finish(run)
    assert run.run_id in runs(archive)
    assert any(key.endswith(".warc.gz") for key in keys(archive) - before)


def test_the_validators_of_its_sources_are_kept(archive: Storage) -> None:
    run = open_run(archive)
    state = SourceState(FEED, '"2"', None, NOON, NOON)
    run.remember_source(state)
    finish(run)
    with Index.open(archive.index) as index:
        assert index.source(FEED) == state


def test_the_spool_says_that_it_waits_on_purpose(archive: Storage) -> None:
    idle(archive)
    [batch] = batches(archive.spool, utc_now())
    assert "found nothing new" in batch.state


def test_a_row_that_was_damaged_while_it_waited_is_put_right_from_its_seal(archive: Storage) -> None:
    run = idle(archive)
    [folder] = folders(archive)
    journal = folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"finished", b"finishes"))
    assert json.loads((folder / "batch.json").read_bytes())["may_wait"]
    following = open_run(archive)
    look_at(following, B, text(2))
    finish(following)
    assert set(runs(archive)) >= {run.run_id, following.run_id}


def test_a_clock_that_was_ahead_holds_no_row_back(archive: Storage) -> None:
    ahead = idle(archive, run_id=run_id_of(utc_now() + timedelta(days=400)))
    idle(archive, "wartagawai")
    assert ahead.run_id in runs(archive)
