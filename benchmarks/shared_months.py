"""What it brings that several workers share the months of a re-extraction, as the DAG's tasks do.

    python -m benchmarks.shared_months --months 8 --pages 60 --workers 1 2 4 --rounds 2

Each month of a site is re-extracted by a process of its own, as a task does it, with one child that cleans; so many of
them at a time. The rules are those by which the pages were archived, so that nothing is committed. CPU is that of all
these processes; the store's is not counted, and takes its part of the wall.
"""

import argparse
import multiprocessing
import os
import resource
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta

from benchmarks.scratch_archive import scratch_archive
from benchmarks.whole_crawl.web import page, story
from pipelines.archive.reextract import reextract
from pipelines.archive.tables import Corpus
from pipelines.cleaning.site_rules import SiteRules
from pipelines.cleaning.worker import CleaningWorker
from settings.storage import Storage
from tests.archive.invented import finish, open_run
from tests.archive.pressed import press

HOME = "http://surat.example"
LAYOUTS = 4
RULES = SiteRules("suratkabar", title="Surat Kabar")
FIRST_MONTH = datetime(2025, 6, 20, tzinfo=UTC)


def archive(storage: Storage, months: int, pages: int) -> None:
    """Capture, clean and archive so many pages of each of so many months."""
    run = open_run(storage, RULES.name)
    for number in range(months * pages):
        month, place = divmod(number, pages)
        at = FIRST_MONTH + timedelta(days=30.4 * month)
        told = story(number % LAYOUTS, number, at + timedelta(minutes=7 * (number - place)))
        press(run, HOME + told.path, page(number % LAYOUTS, told, HOME), rules=RULES, at=at)
    finish(run)


def reextract_month(storage: Storage, month: str) -> int:
    """As a task does; how many articles the month has."""
    worker = CleaningWorker(workers=1)
    try:
        return reextract(RULES.name, month, storage=storage, rules=RULES, worker=worker).articles
    finally:
        worker.close()


def shared(storage: Storage, months: list[str], workers: int) -> tuple[float, float]:
    """Seconds of wall and of CPU that so many workers take for all months."""
    before, began = _spent(), time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, max_tasks_per_child=1) as pool:
        done = sum(pool.map(reextract_month, [storage] * len(months), months))
    seconds, cpu = time.monotonic() - began, _spent() - before
    if not done:
        raise SystemExit("nothing was re-extracted")
    return seconds, cpu


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what workers that share months bring.")
    parser.add_argument("--months", type=int, default=8)
    parser.add_argument("--pages", type=int, default=60, help="of each month")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    found: dict[int, list[tuple[float, float]]] = defaultdict(list)
    with scratch_archive("months") as storage:
        archive(storage, options.months, options.pages)
        months = Corpus(storage).months(RULES.name)
        print(f"{len(months)} months, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        for _ in range(options.rounds):
            for workers in options.workers:
                found[workers].append(shared(storage, months, workers))
    alone = min(wall for wall, _ in found[options.workers[0]])
    for workers, rounds in found.items():
        wall, cpu = min(rounds)
        print(f"{workers} workers: {wall:.0f} s, {cpu:.0f} s of CPU, {alone / wall:.2f} times as fast as one")
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
