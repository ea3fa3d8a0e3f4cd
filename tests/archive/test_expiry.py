"""What a machine kept for long enough goes, and nothing that a person may still have to see to."""

import multiprocessing
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.archive.disk import replace_durably
from pipelines.archive.maintenance.expiry import LONGEST_WRITE, expire
from pipelines.archive.site_lock import SiteLock
from pipelines.archive.spool import SetAside
from settings.storage import Storage

NOW = datetime(2026, 11, 24, 17, 43, tzinfo=UTC)
KEEP = timedelta(days=30)
OLD, YOUNG = NOW - timedelta(days=31), NOW - timedelta(days=29)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(home=tmp_path, index_url=None)


def set_aside(storage: Storage, name: str, at: datetime, *, lost: int | None) -> Path:
    folder = storage.spool / "kabarteknik" / "set-aside" / name
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_bytes(b"x" * 1000)
    SetAside("part.warc.gz is not what was written", at, delivered=2, lost=lost).write(folder)
    return folder


def test_a_batch_whose_whole_parts_went_on_is_removed_after_its_time(storage: Storage) -> None:
    old = set_aside(storage, "20261001T000000Z-001", OLD, lost=1)
    young = set_aside(storage, "20261101T000000Z-001", YOUNG, lost=1)
    step = expire(storage, KEEP, NOW)
    assert (old.exists(), young.exists()) == (False, True)
    assert step.done.startswith("1 batches that were set aside were removed, ")
    assert step.figures["bytes_freed"] > 1000


def test_a_batch_of_which_nothing_was_delivered_waits_for_a_person(storage: Storage) -> None:
    kept = set_aside(storage, "20261001T000000Z-001", OLD, lost=None)
    unknown = storage.spool / "kabarteknik" / "set-aside" / "20261001T000000Z-002"
    unknown.mkdir()
    assert expire(storage, KEEP, NOW).done == ""
    assert kept.exists()
    assert unknown.exists()


def test_a_site_that_is_being_worked_on_is_left_for_the_next_round(storage: Storage) -> None:
    old = set_aside(storage, "20261001T000000Z-001", OLD, lost=1)
    lock = SiteLock(storage.spool / "kabarteknik", "run 20261124T170000Z")
    [left] = expire(storage, KEEP, NOW).left
    lock.release()
    assert "run 20261124T170000Z" in left
    assert old.exists()


def test_a_damaged_index_is_removed_after_its_time_with_what_belongs_to_it(storage: Storage) -> None:
    for name in (
        "index.db",
        "index.db-wal",
        "index.db.damaged-20261001T000000Z",
        "index.db.damaged-20261001T000000Z-wal",
    ):
        (storage.home / name).write_bytes(b"x")
    (storage.home / f"index.db.damaged-{YOUNG:%Y%m%dT%H%M%SZ}").write_bytes(b"x")
    step = expire(storage, KEEP, NOW)
    assert step.figures["indexes"] == 2
    assert sorted(path.name for path in storage.home.glob("index*")) == [
        "index.db",
        "index.db-wal",
        f"index.db.damaged-{YOUNG:%Y%m%dT%H%M%SZ}",
    ]


def write_and_be_killed(path: Path) -> None:
    def die(_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    os.fsync = die  # type: ignore[assignment]  # what it has written is not in its place yet
    replace_durably(path, b"x" * 1000)


@pytest.mark.slow
def test_what_a_killed_process_had_not_finished_goes_once_nobody_can_be_writing_it(storage: Storage) -> None:
    batch = storage.spool / "kabarteknik" / "20261124T170000Z-001"
    batch.mkdir(parents=True)
    for path in (storage.home / "deployment", storage.spool / "kabarteknik" / "run.json", batch / "batch.json"):
        killed = multiprocessing.get_context("spawn").Process(target=write_and_be_killed, args=(path,))
        killed.start()
        killed.join()
        assert killed.exitcode == -signal.SIGKILL
    left = sorted(storage.home.rglob("*.new"))
    assert len(left) == 3
    ours = batch / f"batch.json.{os.getpid()}-1.new"
    other = batch / "catatan.new"
    for path in (ours, other):
        path.touch()
    written = datetime.fromtimestamp(max(path.stat().st_mtime for path in left), UTC)

    assert expire(storage, KEEP, written + LONGEST_WRITE / 2).figures["unfinished"] == 0
    step = expire(storage, KEEP, written + 2 * LONGEST_WRITE)
    assert step.done == "3 files that a killed process had not finished were removed, 0.0 MB"
    assert sorted(storage.home.rglob("*.new")) == [ours, other]
