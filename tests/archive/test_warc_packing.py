"""Packing of WARC files: at each moment, and wherever it is broken off, every row points to the bytes it always had."""

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.archive.bucket import Bucket
from pipelines.archive.disk import DiskFull
from pipelines.archive.maintenance.report import Step
from pipelines.archive.maintenance.warc_packing import MAX_PACK_BYTES, MIN_FILES, WarcPacking, groups
from pipelines.archive.packs import PACK_KEY
from pipelines.archive.repointing import ROW_KEYS
from pipelines.archive.tables import Corpus, pass_by
from pipelines.archive.verdicts import give_verdict
from pipelines.archive.verification.findings import Kind
from pipelines.archive.verification.verify import verify
from pipelines.article import Verdict
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.full_disk import full_disk
from tests.archive.invented import (
    NOON,
    announced,
    article,
    deliver_orphans,
    environment_of,
    exchange,
    finish,
    look_at,
    open_run,
    page,
    reject,
    rows,
    text,
)

PROJECT = Path(__file__).parents[2]
SITE = "kabarteknik"
CLOSED = "20250310"
"""A day of a month that is over, on whichever day the tests are run."""

pytestmark = pytest.mark.timeout(180)


def url(name: object) -> str:
    return f"http://{SITE}.example/{name}"


@pytest.fixture
def archive(storage: Storage) -> Storage:
    """Rows in every table that points to bytes, by the runs of a month that is over, and one run of today's."""
    for number in range(MIN_FILES):
        run = open_run(storage, run_id=f"{CLOSED}T{number:06}Z")
        look_at(run, url(number), text(number))
        finish(run)
    run = open_run(storage, run_id=f"{CLOSED}T100000Z")
    look_at(run, url(0), text(100), at=NOON + timedelta(hours=7))
    look_at(run, url("salinan"), text(1))
    reject(run, url("galeri"))
    finish(run)
    give_verdict(storage, url(2), Verdict.ARTICLE, by="rina")
    run = open_run(storage)
    look_at(run, url("hari-ini"), text(101))
    finish(run)
    return storage


def keys(storage: Storage, pattern: str = "") -> list[str]:
    return [key for key in Bucket(storage).list("warc/") if re.search(pattern, key)]


def packs(storage: Storage) -> list[str]:
    return [key for key in keys(storage) if PACK_KEY.fullmatch(key)]


def pointed_to(storage: Storage) -> dict[str, list[tuple[str, bytes]]]:
    """What each row points to, by table: key of the file, and the bytes."""
    bucket = Bucket(storage)
    return {
        table.name: [
            (
                pointer["warc_filename"],
                bucket.get(pointer["warc_filename"], pointer["warc_record_offset"], pointer["warc_record_length"]),
            )
            for row in sorted(rows(storage, table.name), key=order)
            for pointer in (row, *(row.get("pages") or ()))
            if pointer.get("warc_filename")
        ]
        for table in ROW_KEYS
    }


def order(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["url"], row.get("revision") or 0, str(row.get("ended_at"))


def bytes_of(storage: Storage) -> dict[str, list[bytes]]:
    return {table: [content for _, content in found] for table, found in pointed_to(storage).items()}


def files_pointed_to(storage: Storage) -> set[str]:
    return {key for found in pointed_to(storage).values() for key, _ in found}


def pack(
    storage: Storage,
    scratch: Path,
    *,
    keep: timedelta = timedelta(days=7),
    checkpoint: Callable[[str], None] = pass_by,
) -> Step:
    scratch.mkdir(exist_ok=True)
    packing = WarcPacking(Bucket(storage), Corpus(storage), scratch, keep_versions=keep, checkpoint=checkpoint)
    return packing.run(utc_now())


class TestPacking:
    def test_puts_the_files_of_a_closed_month_together_and_leads_every_row_there(
        self, archive: Storage, tmp_path: Path
    ) -> None:
        before, originals = bytes_of(archive), keys(archive, rf"{CLOSED}T.*gz$")
        assert all(before.values())
        step = pack(archive, tmp_path / "scratch")
        [packed] = packs(archive)
        assert packed.startswith(f"warc/{SITE}/2025/03/{SITE}-202503-")
        assert bytes_of(archive) == before
        assert files_pointed_to(archive) == {packed, *todays(archive)}
        assert keys(archive, rf"{CLOSED}T.*gz$") == originals
        assert step.figures["files_packed"] == len(originals)
        assert verify(archive).findings == []

    def test_removes_the_files_once_no_version_points_there(self, archive: Storage, tmp_path: Path) -> None:
        before = bytes_of(archive)
        pack(archive, tmp_path / "scratch")
        assert pack(archive, tmp_path / "scratch").done == ""
        step = pack(archive, tmp_path / "scratch", keep=timedelta(0))
        assert step.figures["objects_removed"] == 2 * (MIN_FILES + 1)
        assert keys(archive, rf"{CLOSED}T") == []
        assert bytes_of(archive) == before
        assert verify(archive).findings == []
        assert verify(archive, sample=50).findings == []
        assert pack(archive, tmp_path / "scratch", keep=timedelta(0)).done == ""

    def test_leaves_an_open_month_and_a_few_files_alone(self, storage: Storage, tmp_path: Path) -> None:
        for number in range(MIN_FILES):
            run = open_run(storage, run_id=f"{utc_now():%Y%m%d}T{number:06}Z")
            look_at(run, url(number), text(number))
            finish(run)
        run = open_run(storage, run_id=f"{CLOSED}T000000Z")
        look_at(run, url("lama"), text(50))
        finish(run)
        before = keys(storage)
        assert pack(storage, tmp_path / "scratch").done == ""
        assert keys(storage) == before

    def test_leaves_a_damaged_file_where_it_is_and_tells(self, archive: Storage, tmp_path: Path) -> None:
        bucket = Bucket(archive)
        damaged = keys(archive, rf"{CLOSED}T000003Z.*gz$")[0]
        content = bytearray(bucket.get(damaged))
        noted = bucket._client.head_object(Bucket=bucket.name, Key=damaged)["Metadata"]
        content[40] ^= 1
        bucket._client.put_object(Bucket=bucket.name, Key=damaged, Body=bytes(content), Metadata=noted)
        step = pack(archive, tmp_path / "scratch")
        assert step.failed == [f"{damaged} is not what was stored, and is not packed; see `kliping verify`"]
        assert step.figures["files_packed"] == MIN_FILES
        assert damaged in files_pointed_to(archive)

    @pytest.mark.parametrize("limit", [1_000, 10_000])
    def test_on_a_disk_that_fills_changes_nothing_and_goes_on_when_there_is_room(
        self, archive: Storage, tmp_path: Path, limit: int
    ) -> None:
        """In a part of the pack, and in the pack."""
        before, kept = bytes_of(archive), keys(archive)
        with full_disk(limit), pytest.raises(DiskFull, match=r"scratch/.* could not be written: .*; make room"):
            pack(archive, tmp_path / "scratch")
        assert (bytes_of(archive), keys(archive)) == (before, kept)
        pack(archive, tmp_path / "scratch")
        assert bytes_of(archive) == before
        assert len(packs(archive)) == 1

    def test_does_not_lead_a_row_into_a_pack_that_is_not_there(self, archive: Storage, tmp_path: Path) -> None:
        def lose(step: str) -> None:
            if step == "members":
                Bucket(archive).remove(packs(archive)[0])

        before = bytes_of(archive)
        step = pack(archive, tmp_path / "scratch", keep=timedelta(0), checkpoint=lose)
        assert "is not there as its members say" in step.failed[0]
        assert bytes_of(archive) == before


def todays(storage: Storage) -> list[str]:
    return keys(storage, rf"/{SITE}-(?!{CLOSED})\d{{8}}T.*gz$")


def test_files_are_parted_into_packs_of_a_sensible_size() -> None:
    third = MAX_PACK_BYTES // 3
    files = [(f"{number}", third) for number in range(MIN_FILES)]
    parted = list(groups(files))
    assert [len(group) for group in parted] == [3, 3, 2]
    assert [file for group in parted for file in group] == files
    assert list(groups(files[1:])) == []


STEPS = ("pack", "cdxj", "members", *(table.name for table in ROW_KEYS), "repointed", "removing", "removed")


class TestKilled:
    @pytest.mark.parametrize("step", STEPS)
    def test_after_a_step_no_row_lacks_its_bytes_and_the_next_round_goes_on(
        self, archive: Storage, tmp_path: Path, step: str
    ) -> None:
        before = bytes_of(archive)
        if step in ("removing", "removed"):
            pack(archive, tmp_path / "scratch")
        killed = subprocess.run(
            [sys.executable, "-m", "tests.archive.crawler", "pack", step],
            cwd=PROJECT,
            env=environment_of(archive),
            capture_output=True,
            text=True,
            check=True,
        )
        assert killed.stdout == "9\n", killed.stderr
        assert bytes_of(archive) == before
        assert set(verify(archive).found) <= {Kind.CDXJ_WRONG}
        for _ in range(2):
            step_done = pack(archive, tmp_path / "scratch", keep=timedelta(0))
            assert step_done.failed == []
        assert len(packs(archive)) == 1
        assert keys(archive, rf"{CLOSED}T") == []
        assert bytes_of(archive) == before
        assert verify(archive).findings == []


class TestBesideCrawls:
    def test_a_version_that_a_crawl_brings_meanwhile_stays(self, archive: Storage, tmp_path: Path) -> None:
        def crawl(step: str) -> None:
            if step == "members":
                run = open_run(archive, run_id="20261125T120000Z")
                look_at(run, url(3), text(200), at=NOON + timedelta(days=1))
                finish(run)

        pack(archive, tmp_path / "scratch", checkpoint=crawl)
        [row] = [row for row in rows(archive, "articles") if row["url"] == url(3)]
        [earlier] = [row for row in rows(archive, "revisions") if row["url"] == url(3)]
        assert (row["revision"], row["body"]) == (2, text(200))
        assert earlier["warc_filename"] == packs(archive)[0]
        pack(archive, tmp_path / "scratch", keep=timedelta(0))
        assert verify(archive).findings == []

    def test_what_waited_in_a_spool_is_led_to_bytes_that_were_packed_and_removed(
        self, archive: Storage, tmp_path: Path
    ) -> None:
        run = open_run(archive, run_id=f"{CLOSED}T200000Z")
        visit = announced(SITE, url("terlambat"))
        visit.pages = [page(run.capture(exchange(visit.url, b"<html>terlambat</html>")))]
        visit.cleaned = article(visit.url, text(60))
        run.seal()
        run.deliver()
        run.record(visit, run.judge(visit))
        run.seal()
        run.abandon()
        for _ in range(2):
            pack(archive, tmp_path / "scratch", keep=timedelta(0))
        assert keys(archive, rf"{CLOSED}T") == []
        deliver_orphans(archive)
        [row] = [row for row in rows(archive, "articles") if row["url"] == visit.url]
        assert row["warc_filename"] == row["pages"][0]["warc_filename"] == packs(archive)[0]
        assert verify(archive).findings == []
