"""`python -m benchmarks.overview`: what the newsroom's first page costs with sixty sites that have a year of days."""

import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from benchmarks.scratch_archive import scratch_archive
from pipelines.archive.jakarta_days import JAKARTA
from pipelines.archive.schema import DAILY, RUNS
from pipelines.archive.tables import Corpus
from pipelines.watch.figures import Activity
from pipelines.watch.findings import THIS_MACHINE
from pipelines.watch.reading import ArchiveFigures
from pipelines.watch.states import State
from plugins.newsroom import pages
from plugins.newsroom.app import SHOWN_FIELDS
from plugins.newsroom.overview import Overview, overview
from settings.clock import utc_now
from spiders.site import Site
from tests.plugins.test_overview import day, run, write

SITES = [
    Site(name=f"situs{number}", title=f"Situs {number}", home=f"https://situs{number}.example/", article_url=".")
    for number in range(60)
]

MONTHS = 12

RUN_DAYS = 3
"""Of which there are runs, one every half hour: the page reads two."""

READINGS = 5


def main() -> None:
    now = utc_now()
    with scratch_archive("overview") as storage:
        Corpus(storage).bucket.ensure()
        today = now.astimezone(JAKARTA).date()
        for month in range(MONTHS):
            write(storage, DAILY, list(_days(today - timedelta(days=30 * month))))
        write(storage, RUNS, list(_runs(now)))
        figures = ArchiveFigures(lambda: storage)
        going = Activity(due_at=now, last_began_at=now, last_ended_at=now)
        for _ in range(READINGS):
            wall, cpu = time.perf_counter(), time.process_time()
            reading = figures.read(now)
            read = time.perf_counter() - wall
            seen = overview(now, SITES, {site.name: going for site in SITES}, reading, {})
            judged = time.perf_counter() - wall
            _show(seen)
            whole, busy = time.perf_counter() - wall, time.process_time() - cpu
            print(
                f"{len(reading.sites)} sites: read in {read:.2f} s, judged after {judged:.2f} s, "
                f"shown after {whole:.2f} s, of them {busy:.2f} s CPU"
            )


def _show(seen: Overview) -> None:
    """The page as the newsroom makes it."""
    shown: dict[str, Any] = {
        "seen": seen,
        "sites": seen.matching("", ""),
        "states": list(State),
        "fields": SHOWN_FIELDS,
    }
    pages.page("overview.html", 0, incidents=[], this_machine=THIS_MACHINE, text="", state="", **shown)


def _days(last: date) -> Iterator[dict[str, Any]]:
    """A month of each site."""
    for ago in range(30):
        for site in SITES:
            yield day(site.name, last - timedelta(days=ago), 20 + ago % 7)


def _runs(now: datetime) -> Iterator[dict[str, Any]]:
    for number in range(RUN_DAYS * 48):
        for site in SITES:
            yield run(site.name, now - number * timedelta(minutes=30))


if __name__ == "__main__":
    main()
