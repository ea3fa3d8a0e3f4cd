"""Whatever is killed, whenever: what was recorded is in the corpus exactly once."""

import gzip
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from pipelines.archive.bucket import Bucket
from pipelines.archive.site_lock import SiteBusy, SiteLock
from pipelines.index.database import Index, Status
from settings.storage import Storage
from tests.archive.gate import Gate
from tests.archive.invented import (
    deliver_orphans,
    environment_of,
    exchange,
    fail,
    finish,
    look_at,
    open_run,
    reject,
    rows,
    text,
)

A, B, C, D = (f"http://kabarteknik.example/{slug}" for slug in ("satu", "dua", "tiga", "empat"))
BATCH_AND_ROW = 2
"""What a run that was killed in its first batch leaves to deliver: the batch, and one with the row it did not write."""

STEPS = ("warc", "cdxj", "revisions", "articles", "duplicates", "rejected", "runs", "index", "removed")


def start(storage: Storage, deed: str, argument: str) -> "subprocess.Popen[str]":
    """The process to kill, at work."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.archive.crawler", deed, argument],
        env={"PATH": os.environ["PATH"], **environment_of(storage)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def spooled(storage: Storage) -> list[str]:
    """Names of the batches in the spool."""
    return sorted(path.name for path in storage.spool.glob("*/*") if path.is_dir())


def leave_unsealed(storage: Storage, *urls: str) -> Path:
    """A batch that a run left in mid-work; its folder."""
    run = open_run(storage)
    for number, url in enumerate(urls):
        look_at(run, url, text(number))
    run.abandon()
    [folder] = (path for path in (storage.spool / "kabarteknik").iterdir() if path.is_dir())
    return folder


def test_a_delivery_killed_after_each_of_its_steps_ends_with_one_row_of_everything(storage: Storage) -> None:
    before = open_run(storage)
    look_at(before, A, text(1))
    finish(before)
    with Gate(storage) as gate:
        run = open_run(gate.storage)
        gate.shut()
        look_at(run, A, text(2))
        look_at(run, B, text(3))
        look_at(run, C, text(3))
        reject(run, D)
        assert finish(run).waiting == 1

    signals, told = start(storage, "deliver", ",".join(STEPS)).communicate(timeout=120)
    assert signals.split() == [str(signal.SIGKILL.value)] * len(STEPS), told

    assert deliver_orphans(storage) == 0
    assert spooled(storage) == []
    assert sorted((row["url"], row["revision"]) for row in rows(storage, "articles")) == [(B, 1), (A, 2)]
    assert [(row["url"], row["revision"]) for row in rows(storage, "revisions")] == [(A, 1)]
    assert [row["url"] for row in rows(storage, "duplicates")] == [C]
    assert [row["url"] for row in rows(storage, "rejected")] == [D]
    assert sorted(row["run"] for row in rows(storage, "runs")) == [before.run_id, run.run_id]
    with Index.open(storage.index) as index:
        assert {url: seen.status for url, seen in index.seen([A, B, C, D]).items()} == {
            A: Status.ARCHIVED,
            B: Status.ARCHIVED,
            C: Status.DUPLICATE,
            D: Status.REJECTED,
        }


@pytest.mark.parametrize("looks", [1, 7, 23])
def test_a_crawl_killed_at_work_loses_nothing_that_it_recorded(storage: Storage, looks: int) -> None:
    process = start(storage, "crawl", "kabarteknik")
    assert line(process) == "open"
    recorded = [line(process) for _ in range(looks)]
    process.kill()
    rest, _ = process.communicate()
    recorded += rest.split()

    finish(open_run(storage, "wartagawai"))
    deliver_orphans(storage)
    times = Counter(row["url"] for row in rows(storage, "articles"))
    assert set(recorded) <= set(times)
    assert set(times.values()) == {1}
    assert spooled(storage) == []

    again = open_run(storage)
    assert look_at(again, recorded[-1], text(looks + len(rest.split()) - 1)).outcome == "unchanged"
    finish(again)


def test_every_row_of_a_killed_crawl_points_to_its_bytes(storage: Storage) -> None:
    leave_unsealed(storage, A, B)
    assert deliver_orphans(storage) == BATCH_AND_ROW

    bucket = Bucket(storage)
    for row in rows(storage, "articles"):
        member = bucket.get(row["warc_filename"], row["warc_record_offset"], row["warc_record_length"])
        assert f"WARC-Target-URI: {row['url']}\r\n".encode() in gzip.decompress(member)


def test_torn_ends_are_cut_off(storage: Storage) -> None:
    folder = leave_unsealed(storage, A, B)
    warc, journal = folder / "part.warc.gz", folder / "journal.jsonl"
    whole = warc.read_bytes()
    warc.write_bytes(whole + gzip.compress(b"WARC/1.1 torn")[:-3])
    journal.write_text(journal.read_text() + '{"table": "articles", "row": {"url": "http')

    assert deliver_orphans(storage) == BATCH_AND_ROW
    assert sorted(row["url"] for row in rows(storage, "articles")) == [B, A]
    key = rows(storage, "articles")[0]["warc_filename"]
    assert Bucket(storage).get(key) == whole


def test_line_ends_inside_a_text_do_not_end_a_line_of_the_journal(storage: Storage) -> None:
    body = "\u2028".join((text(1), text(2))) + "\x85\x0b\x0c\x1c\r\n" + text(3)
    run = open_run(storage)
    look_at(run, A, body)
    finish(run)
    assert [row["body"] for row in rows(storage, "articles")] == [body]


def test_a_capture_without_a_recorded_visit_is_kept_and_its_page_looked_at_again(storage: Storage) -> None:
    run = open_run(storage)
    record = run.capture(exchange(A)).record
    assert record
    run.abandon()

    assert deliver_orphans(storage) == BATCH_AND_ROW
    assert Bucket(storage).head(record.filename)
    with Index.open(storage.index) as index:
        assert index.seen([A]) == {}


def test_a_batch_in_which_nothing_was_written_yet_is_removed(storage: Storage) -> None:
    (storage.spool / "kabarteknik" / "20261124T050000Z-001").mkdir(parents=True)
    assert deliver_orphans(storage) == 0
    assert spooled(storage) == []


def test_a_half_removed_batch_is_not_delivered_again(storage: Storage) -> None:
    folder = leave_unsealed(storage, A)
    (folder / "part.warc.gz").unlink()
    folder.rename(folder.with_name(folder.name + ".delivered"))
    assert deliver_orphans(storage) == 1  # the row that its run did not write
    assert spooled(storage) == []
    assert rows(storage, "articles") == []


def test_batches_of_a_live_run_are_left_alone(storage: Storage) -> None:
    live = open_run(storage)
    look_at(live, A, text(1))
    live.seal()
    look_at(live, B, text(2))
    finish(open_run(storage, "wartagawai"))
    assert deliver_orphans(storage) == 1  # the row of that run, which found nothing new
    assert len(spooled(storage)) == 2
    assert rows(storage, "articles") == []
    finish(live)
    assert len(rows(storage, "articles")) == 2


def test_a_killed_run_frees_its_site_though_its_child_lives_on(storage: Storage) -> None:
    process = start(storage, "hold", "kabarteknik")
    child = int(line(process))
    with pytest.raises(SiteBusy, match=f"process {process.pid}"):
        open_run(storage)
    process.kill()
    process.wait()
    try:
        finish(open_run(storage))
    finally:
        os.kill(child, signal.SIGKILL)
        process.communicate()


def test_a_passing_delivery_is_waited_for_a_run_is_not(tmp_path: Path) -> None:
    delivering = SiteLock(tmp_path, "a delivery")
    with pytest.raises(SiteBusy, match="a delivery"):
        SiteLock(tmp_path, "run 2", max_wait_seconds=0.3)
    delivering.release()
    SiteLock(tmp_path, "run 2", max_wait_seconds=0.3).release()


def test_a_lost_sequence_file_costs_no_batch(storage: Storage) -> None:
    first = open_run(storage)
    look_at(first, A, text(1))
    finish(first)
    (storage.spool / "kabarteknik" / "sequence.json").unlink()
    second = open_run(storage)
    fail(second, B)
    look_at(second, C, text(2))
    finish(second)
    assert sorted(row["url"] for row in rows(storage, "articles")) == [A, C]
    assert len(rows(storage, "runs")) == 2


def test_a_run_s_process_ends_cleanly(storage: Storage) -> None:
    process = start(storage, "whole", "kabarteknik")
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert [row["revision"] for row in rows(storage, "articles")] == [2]
