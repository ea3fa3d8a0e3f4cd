"""What is wrong with the machine and the archive as a whole."""

from datetime import datetime, timedelta
from pathlib import Path

from pipelines.watch.findings import Kind
from pipelines.watch.machine import DagState, free_mb, judge_machine
from pipelines.watch.reading import Waiting
from settings.clock import WIB

NOW = datetime(2026, 7, 8, 15, 0, tzinfo=WIB)
DAY = timedelta(days=1)


def found(spool: dict[str, Waiting] | None = None, free: int = 100_000, *dags: DagState) -> list[tuple[Kind, str]]:
    findings = judge_machine(NOW, spool or {}, free_mb=free, min_free_mb=512, dags=dags)
    return [(each.kind, each.evidence) for each in findings]


def test_a_machine_that_is_well_has_nothing_to_tell() -> None:
    assert found({"warta": Waiting(batches=1, since=NOW - timedelta(hours=1))}) == []


def test_a_disk_is_told_before_crawls_stop() -> None:
    assert found(free=2_000) == [(Kind.DISK, "the disk of the spool has 2,000 MB left; below 512 MB no crawl writes")]
    assert free_mb(Path("/nothing/is/here")) > 0


def test_batches_that_nobody_delivers_are_told_once_for_all_sites() -> None:
    spool = {
        "warta": Waiting(batches=2, since=NOW - timedelta(hours=9)),
        "kabar": Waiting(batches=1, since=NOW - timedelta(hours=7)),
    }

    assert found(spool) == [(Kind.SPOOL, "3 batches wait in the spool, the oldest for 9 hours (kabar, warta)")]


def test_batches_that_were_set_aside_are_told() -> None:
    assert found({"warta": Waiting(set_aside=2)}) == [
        (Kind.SPOOL, "damaged batches were set aside in the spool: warta 2")
    ]


def test_an_audit_that_failed_or_does_not_run_is_told() -> None:
    failed = DagState("verify", Kind.AUDIT, NOW - timedelta(hours=3), NOW - DAY, DAY)
    stale = DagState("maintain", Kind.UPKEEP, None, NOW - 3 * DAY, DAY)
    well = DagState("learn_residue", Kind.UPKEEP, None, NOW - DAY, DAY)

    assert found({}, 100_000, failed, stale, well) == [
        (Kind.AUDIT, "the DAG verify failed 3 hours ago"),
        (Kind.UPKEEP, "the DAG maintain last ended well 3 days ago, and is to run every 24 hours"),
    ]
