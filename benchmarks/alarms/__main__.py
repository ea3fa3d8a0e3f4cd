"""`make bench-alarms`: how often ordinary news alarms, and how soon planted faults are told.

Half a year of news of fifty invented sites, with weekends, days off, outages of sites and big events: what is told then
is a false alarm. In the same news faults are planted, each kind and size at sites of each size and at random times, and
held against what can be told of them at most (`bound`). What the judgement assumes was chosen with the seeds of
CHOOSING; STATING has others, and with them other newsrooms.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import product
from random import Random
from statistics import median

from benchmarks.alarms.bound import TOLD_BELOW, Seen
from benchmarks.alarms.faults import Fault, faults
from benchmarks.alarms.news import News, Planted
from benchmarks.alarms.profiles import SIZES, profiles
from pipelines.archive.jakarta_days import JAKARTA
from pipelines.watch.findings import Finding
from pipelines.watch.history import DAY, HOUR
from pipelines.watch.incidents import Book, Event
from pipelines.watch.judgement import judge_all, judge_site

CHOOSING, STATING = (1, 2, 11, 12), (21, 22)

HISTORY = 100 * DAY
"""Of each newsroom, before it is judged."""

JUDGED_DAYS = 180

ROUND_INTERVAL, ROUND_INTERVAL_CHOOSING = 4 * HOUR, 12 * HOUR
"""Between two judgements of ordinary news. The watch judges more often; but its spans of time are longer, and what is
improbable in one is so in the next as well. To choose, a fifth of the work shows as much."""

TIMES_PLANTED, TIMES_PLANTED_CHOOSING = 6, 3
"""Times that each fault is planted at sites of each size."""

TOLD_WITHIN = 24 * HOUR


@dataclass(frozen=True)
class Told:
    """A fault that was planted at a site of a size, and after how many hours it was told: None if not in four weeks.
    `can_be` says whether it can be told within a day at all.
    """

    fault: str
    extent: str
    size: str
    hours: float | None
    can_be: bool

    @property
    def in_time(self) -> bool:
        return self.hours is not None and self.hours <= TOLD_WITHIN / HOUR


def begin_of(seed: int) -> datetime:
    """The day from which a seed's news is judged: Ramadan and Lebaran come early, late, or not in the half-year."""
    first = date(2026, 1, 5) + (seed * 53 % 365) * DAY
    return datetime(first.year, first.month, first.day, tzinfo=JAKARTA)


def newsrooms(seed: int) -> list[News]:
    """The news of the fifty sites of a seed."""
    judged_from = begin_of(seed)
    begins, days = judged_from - HISTORY, HISTORY.days + JUDGED_DAYS + 1
    return [News(profile, begins, judged_from, days, seed) for profile in profiles(seed)]


def false_alarms(seed: int, every: timedelta) -> list[tuple[datetime, Finding]]:
    """What is told of ordinary news, each incident once."""
    sites, book, told = newsrooms(seed), Book(), []
    now = begin_of(seed)
    for _ in range(int(JUDGED_DAYS * DAY / every)):
        changes = book.changes(judge_all([site.facts(now) for site in sites], now), now)
        told += [(now, change.incident.finding) for change in changes if change.event is Event.OPENED]
        book = book.after(changes)
        now += every
    return told


def hours_until_told(seed: int, times: int) -> list[Told]:
    """Of each planted fault, with its site's size, after how many hours it was told, counted from the first
    article that it concerns."""
    random = Random(f"faults {seed}")
    sites = newsrooms(seed)
    found = []
    for fault, size, _ in product(faults(), SIZES, range(times)):
        site = random.choice([each for each in sites if each.profile.size == size and fault.can_be_at(each.profile)])
        since = site.next_article(begin_of(seed) + random.randrange((JUDGED_DAYS - 42) * 24) * HOUR)
        planted = fault.plant(since)
        can_be = fault.bound(Seen(site, since, *site.first_day(planted))) < TOLD_BELOW
        found.append(Told(fault.kind, fault.size, size, _hours(site, fault, planted), can_be))
    return found


def _hours(site: News, fault: Fault, planted: Planted) -> float | None:
    for hours in (1, 2, 3, 6, 9, 12, 18, 24, 36, 48, 72, 168, 336, 672):
        now = planted.since + hours * HOUR
        if any(each.kind in fault.told_by and not each.waits for each in judge_site(site.facts(now, planted), now)):
            return hours
    return None


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-alarms", description=__doc__)
    parser.add_argument("--choosing", action="store_true", help="with the seeds that limits are chosen with")
    parser.add_argument("--only", choices=("alarms", "faults"))
    parser.add_argument("--every", type=float, metavar="HOURS", help="between judgements of ordinary news")
    parser.add_argument("--times", type=int, help="that each fault is planted at each size")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    seeds = CHOOSING if options.choosing else STATING
    every = options.every * HOUR if options.every else ROUND_INTERVAL_CHOOSING if options.choosing else ROUND_INTERVAL
    times = options.times or (TIMES_PLANTED_CHOOSING if options.choosing else TIMES_PLANTED)
    with ProcessPoolExecutor(options.jobs) as pool:
        if options.only != "faults":
            told = [alarm for alarms in pool.map(partial(false_alarms, every=every), seeds) for alarm in alarms]
            months = len(seeds) * JUDGED_DAYS / 30
            print(
                f"\nOrdinary news, {len(seeds)} times {JUDGED_DAYS} days of 50 sites: {len(told)} alarms, "
                f"{len(told) / months:.2f} a month"
            )
            for kind, count in Counter(finding.kind for _, finding in told).most_common():
                print(f"  {count:4} {kind}")
            for at, finding in told[:80]:
                print(f"  {at:%Y-%m-%d %H:%M} {finding.subject}: {finding.evidence}")
        if options.only != "alarms":
            results = [result for each in pool.map(partial(hours_until_told, times=times), seeds) for result in each]
            print_faults(results)


def print_faults(results: Sequence[Told]) -> None:
    """Of each fault, by the size of sites: told within a day, what can be told within a day, hours in the middle."""
    print("\n| fault | size | large | medium | small | tiny |\n|---|---|---|---|---|---|")
    for kind, extent in dict.fromkeys((each.fault, each.extent) for each in results):
        cells = []
        for size in SIZES:
            of = [told for told in results if (told.fault, told.extent, told.size) == (kind, extent, size)]
            known = sorted(told.hours for told in of if told.hours is not None)
            cell = f"{_share(of)} of {sum(told.can_be for told in of) / len(of):.0%}"
            cells.append(cell + (f", {median(known):.0f} h" if known else ""))
        print(f"| {kind} | {extent} | {' | '.join(cells)} |")
    for size in SIZES:
        of = [told for told in results if told.size == size]
        can_be, lasting = [told for told in of if told.can_be], [told for told in of if told.hours is not None]
        print(
            f"{size}: {_share(of)} of {len(of)} within a day, where {len(can_be) / len(of):.0%} can be and "
            f"{_share(can_be)} of these were; {len(lasting) / len(of):.0%} at all"
        )


def _share(of: Sequence[Told]) -> str:
    return f"{sum(told.in_time for told in of) / len(of):.0%}" if of else "none"


if __name__ == "__main__":
    main()
