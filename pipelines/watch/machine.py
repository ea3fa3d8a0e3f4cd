"""What is wrong with the machine, or the archive as a whole: nothing of it is one site's."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pipelines.archive.disk import MEGABYTE
from pipelines.watch.findings import THIS_MACHINE, Finding, Kind, age
from pipelines.watch.reading import Waiting

MAX_WAITING = timedelta(hours=6)
"""For which a batch may wait in the spool: the next run of any site delivers it, and these begin every half hour."""

ROOM_FACTOR = 4
"""Times KLIPING_MIN_FREE_MB below which the disk is told to fill up: time to make room before crawls stop."""


@dataclass(frozen=True, slots=True)
class DagState:
    """How the last run of a DAG that keeps up or checks the archive ended: `failed_at` is None where it did not fail.
    `ended_at` is the end of the last run that did not; `every` how often it runs.
    """

    dag_id: str
    kind: Kind
    failed_at: datetime | None
    ended_at: datetime | None
    every: timedelta


def judge_machine(
    now: datetime, spool: Mapping[str, Waiting], *, free_mb: int, min_free_mb: int, dags: Sequence[DagState] = ()
) -> Iterator[Finding]:
    """What is wrong. `free_mb` is the room on the disk of the spool, `min_free_mb` what crawls leave free."""
    if free_mb < ROOM_FACTOR * min_free_mb:
        yield Finding(
            Kind.DISK,
            THIS_MACHINE,
            f"the disk of the spool has {free_mb:,} MB left; below {min_free_mb:,} MB no crawl writes",
        )
    yield from _spool(now, spool)
    for dag in dags:
        yield from _dag(now, dag)


def free_mb(folder: Path) -> int:
    """Megabytes free on the disk of a folder, or of the nearest folder above that exists."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free // MEGABYTE


def _spool(now: datetime, spool: Mapping[str, Waiting]) -> Iterator[Finding]:
    late = {site: each for site, each in spool.items() if each.since and now - each.since > MAX_WAITING}
    if late:
        batches = sum(each.batches for each in late.values())
        since = min(each.since for each in late.values() if each.since)
        evidence = f"{batches} batches wait in the spool, the oldest for {age(now - since)} ({', '.join(sorted(late))})"
        yield Finding(Kind.SPOOL, THIS_MACHINE, evidence)
    if damaged := {site: each.set_aside for site, each in spool.items() if each.set_aside}:
        places = ", ".join(f"{site} {count}" for site, count in sorted(damaged.items()))
        yield Finding(Kind.SPOOL, THIS_MACHINE, f"damaged batches were set aside in the spool: {places}", "set aside")


def _dag(now: datetime, dag: DagState) -> Iterator[Finding]:
    if dag.failed_at is not None:
        yield Finding(dag.kind, THIS_MACHINE, f"the DAG {dag.dag_id} failed {age(now - dag.failed_at)} ago", dag.dag_id)
    elif dag.ended_at is not None and now - dag.ended_at > 2 * dag.every:
        evidence = f"the DAG {dag.dag_id} last ended well {age(now - dag.ended_at)} ago, and is to run every"
        yield Finding(dag.kind, THIS_MACHINE, f"{evidence} {age(dag.every)}", dag.dag_id)
