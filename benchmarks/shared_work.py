"""`make bench-shared`: what it brings that several workers share work on the archive, as the tasks of a DAG do.

Each task is the command that Airflow starts for it, in a process of its own with all that starts with it; so many of
them at a time. CPU is that of these processes and, of the index, of PostgreSQL; the store's is not counted, and takes
its part of the wall. What one task does alone before and after the others counts as well.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from benchmarks.index_rebuild import fill
from benchmarks.scratch_archive import scratch_archive
from benchmarks.whole_crawl.web import page, story
from local.postgresql import throw_away_postgresql
from pipelines.archive.bucket import Bucket
from pipelines.archive.tables import Corpus
from settings.clock import utc_now
from settings.storage import Storage
from spiders.site_index import rules_of
from tests.archive.invented import environment_of, finish, open_run
from tests.archive.pressed import press

PROJECT = Path(__file__).parents[1]
LAYOUTS = 4
SITES = [f"surat{number}" for number in range(LAYOUTS)]
FIRST_MONTH = datetime(2025, 6, 20, tzinfo=UTC)
MONTHS = 6
RELEASED = timedelta(days=300)
"""Over which the articles of releases are spread."""

Command = list[str]


def archive_pages(storage: Storage, pages: int, sites: Sequence[str] = SITES) -> None:
    """Capture, clean and archive so many pages, of sites and months, of each as many as of the others."""
    for layout, site in enumerate(sites):
        run, home = open_run(storage, site), f"http://{site}.example"
        for number in range(pages // len(sites)):
            at = FIRST_MONTH + timedelta(days=30.4 * (number % MONTHS), minutes=7 * (number // MONTHS))
            told = story(layout, number, at)
            press(run, home + told.path, page(layout, told, home), rules=rules_of(site), at=at)
        finish(run)


def archive_one_site(storage: Storage, pages: int) -> None:
    """The same, of one site."""
    archive_pages(storage, pages, SITES[:1])


def archive_rows(storage: Storage, count: int) -> None:
    """Fill a table with so many rows, the texts of a tenth in the window in which near copies are looked for."""
    fill(storage, count, count // 10)


def archive_months(storage: Storage, count: int) -> None:
    """Fill a table with so many articles, all with their texts, of the last months."""
    fill(storage, count, count, RELEASED)


def nothing(_: Storage) -> None: ...


def remove_releases(storage: Storage) -> None:
    """A month that is released already is compared, and not released."""
    bucket = Bucket(storage)
    for key in list(bucket.list("releases/")):
        bucket.remove(key)


def months_of_a_site(storage: Storage) -> list[Command]:
    return [["reextract", SITES[0], "--month", month] for month in Corpus(storage).months(SITES[0])]


def sites_and_what_they_share(storage: Storage) -> list[Command]:
    return [["verify", "--shared"], *(["verify", site] for site in Corpus(storage).sites())]


def parts_of_the_index(storage: Storage) -> list[Command]:
    return [["rebuild_index", "part", site] for site in Corpus(storage).sites()]


def closed_months(storage: Storage) -> list[Command]:
    corpus, this_month = Corpus(storage), f"{utc_now():%Y-%m}"
    months = {month for site in corpus.sites() for month in corpus.months(site)}
    # The first and the last are not whole, and the last one's copies may still come.
    return [["publish", "--month", month, "--accept", "a measurement"] for month in sorted(months - {this_month})[1:-1]]


@dataclass(frozen=True, slots=True)
class Work:
    """Work that is shared: how an archive is filled for it, of what size, which commands share it, which come alone
    `before` and `after` these, and what makes it all to do again.
    """

    fill: Callable[[Storage, int], None]
    size: int
    shared: Callable[[Storage], list[Command]]
    before: Sequence[Command] = ()
    after: Sequence[Command] = ()
    undo: Callable[[Storage], None] = nothing


WORKS = {
    "re-extraction": Work(archive_one_site, 600, months_of_a_site),
    "verification": Work(archive_pages, 1200, sites_and_what_they_share),
    "index": Work(
        archive_rows,
        200_000,
        parts_of_the_index,
        before=(["rebuild_index", "begin"],),
        after=(["rebuild_index", "finish"],),
    ),
    "releases": Work(archive_months, 60_000, closed_months, undo=remove_releases),
}


def carry_out(storage: Storage, command: Command) -> None:
    """Carry out a command as a task does."""
    environment = environment_of(storage) | ({"KLIPING_INDEX_URL": storage.index_url} if storage.index_url else {})
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "KLIPING_"))}
    ended = subprocess.run(
        [sys.executable, "-m", "scrapy", *command],
        cwd=PROJECT,
        env=kept | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if ended.returncode:
        raise SystemExit(f"scrapy {' '.join(command)} failed: {ended.stdout[-2000:]}")


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds: by the clock, of these those in which one task worked alone, and of CPU."""

    wall: float
    alone: float
    cpu: float


def measure(storage: Storage, work: Work, workers: int, servers: "Servers") -> Spent:
    """What so many workers take for all of the work."""
    before, began = servers.cpu(), time.monotonic()
    for command in work.before:
        carry_out(storage, command)
    shared_began = time.monotonic()
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(lambda command: carry_out(storage, command), work.shared(storage)):
            pass
    shared_ended = time.monotonic()
    for command in work.after:
        carry_out(storage, command)
    ended = time.monotonic()
    spent = Spent(ended - began, ended - shared_ended + shared_began - began, servers.cpu() - before)
    work.undo(storage)
    return spent


class Servers:
    """The CPU of what was started and waited for, and of PostgreSQL where it runs."""

    def __init__(self, postgresql: psutil.Process | None) -> None:
        self._postgresql = postgresql

    def cpu(self) -> float:
        """Seconds until now."""
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime + (_cpu_of(self._postgresql) if self._postgresql else 0)


def _cpu_of(server: psutil.Process) -> float:
    """What a server has used, with the processes that it has started, those that have ended included."""
    times = server.cpu_times()
    own = times.user + times.system + times.children_user + times.children_system
    return own + sum(child.cpu_times().user + child.cpu_times().system for child in server.children())


@contextmanager
def archive_for(name: str, work: Work, size: int) -> Iterator[tuple[Storage, Servers]]:
    """An archive with what the work takes; its index is in PostgreSQL, as where several machines share it."""
    with scratch_archive(name) as storage, throw_away_postgresql() as server:
        server.ensure_databases(["kliping"])
        shared = storage.model_copy(update={"index_url": server.url("kliping")})
        work.fill(shared, size)
        postmaster = int((server.folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        yield shared, Servers(psutil.Process(postmaster))


def main() -> None:
    """Measure each kind of work."""
    parser = argparse.ArgumentParser(description="Measure what workers that share work bring.")
    parser.add_argument("works", nargs="*", choices=[*WORKS, []], help="all of them, if none is named")
    parser.add_argument("--size", type=int, help="pages or rows, in the place of what each has")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    for name in options.works or WORKS:
        work = WORKS[name]
        size = options.size or work.size
        found: dict[int, list[Spent]] = defaultdict(list)
        with archive_for(name, work, size) as (storage, servers):
            tasks = len(work.shared(storage))
            for _ in range(options.rounds):
                for workers in options.workers:
                    found[workers].append(measure(storage, work, workers, servers))
        print(f"{name}: {size:,}, {tasks} tasks, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        first = min(found[options.workers[0]], key=lambda spent: spent.wall)
        for workers, rounds in found.items():
            best = min(rounds, key=lambda spent: spent.wall)
            print(
                f"  {workers} at a time: {best.cpu:.0f} s of CPU, {best.wall:.0f} s of wall ({best.alone:.0f} by one "
                f"task alone), {first.wall / best.wall:.2f} times as fast",
                flush=True,
            )


if __name__ == "__main__":
    main()
