"""A week of many sites, simulated: sites that are due, slots of workers that crawl them, one request at a time at each,
workers that are lost with their spools, a store that refuses.

It is a simulation of queues: nothing of Kliping runs in it. Seeded, it gives the same figures every time.
"""

import heapq
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.scaling.needs import DAY_SECONDS, LOOKS, RUNS_A_DAY, SIZES

WEEK_DAYS = 7
EVERY_SECONDS = DAY_SECONDS / RUNS_A_DAY

PAUSE_SECONDS = 3.0
"""Between two requests to a site (`DOWNLOAD_DELAY` in settings/scrapy.py)."""

START_SECONDS = 6.0
"""From a task's start to its first request, and from its last to its end, on machines that are not busy."""

SOURCES = 2
"""Requests of a run for what it reads first: a feed or sitemap, and robots.txt."""

SLOTS_A_WORKER = 4


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong. A worker is lost with its spool and its crawls; the store refuses all writes for a while."""

    losses_a_worker_a_day: float = 0.1
    noticed_after_seconds: float = 300.0
    """Until Airflow starts its tasks anew: its heartbeat's time-out."""

    replaced_after_seconds: float = 3600.0
    refusals_a_day: float = 2.0
    refusal_seconds: float = 600.0


@dataclass(frozen=True, slots=True)
class Week:
    """What it came to: seconds that each run waited for a slot, hours from publication to the bucket of each article,
    articles that were published and have not come by the end, the share of the slots' time that was used, articles that
    were fetched once more.
    """

    waits: Sequence[float]
    lags: Sequence[float]
    published: int
    outstanding: int
    busy: float
    fetched_again: int


def simulate(sites: int, slots: int, seed: int, trouble: Trouble) -> Week:
    """A week of so many sites, each due at its own minute of every half hour, on so many slots."""
    return _Simulation(sites, slots, random.Random(seed), trouble).week()


@dataclass(slots=True)
class _Site:
    """A newsroom: articles a day, until when its sources were read, when those were published that are to be fetched
    again and those that wait in a spool.
    """

    rate: float
    read_until: float
    lost: list[float]
    waiting: list[float]


class _Simulation:
    def __init__(self, sites: int, slots: int, chance: random.Random, trouble: Trouble) -> None:
        rates = [rate for share, rate in SIZES.values() for _ in range(round(share * sites))]
        self._sites = [_Site(rate, 0.0, [], []) for rate in rates]
        self._slots, self._chance, self._trouble = slots, chance, trouble
        self._losses = [self._times(trouble.losses_a_worker_a_day) for _ in range(max(1, slots // SLOTS_A_WORKER))]
        self._refusals = self._times(trouble.refusals_a_day)
        self._due = [(chance.uniform(0, EVERY_SECONDS), number) for number in range(len(rates))]
        self._free = [(0.0, slot) for slot in range(slots)]
        heapq.heapify(self._due)
        heapq.heapify(self._free)
        self._waits: list[float] = []
        self._lags: list[float] = []
        self._published = self._again = 0
        self._used = 0.0

    def week(self) -> Week:
        while self._due[0][0] < WEEK_DAYS * DAY_SECONDS:
            self._run(*heapq.heappop(self._due))
        outstanding = sum(len(site.lost) + len(site.waiting) for site in self._sites)
        busy = self._used / (self._slots * WEEK_DAYS * DAY_SECONDS)
        return Week(self._waits, self._lags, self._published, outstanding, busy, self._again)

    def _run(self, due: float, number: int) -> None:
        begun, slot = self._slot(due)
        self._waits.append(begun - due)
        site = self._sites[number]
        new = list(self._appeared(site, begun))
        self._published += len(new)
        new += site.lost
        pages = SOURCES + round(len(new) * LOOKS)
        ended = begun + START_SECONDS + pages * PAUSE_SECONDS
        site.read_until, site.lost = begun, []
        lost_at = next((at for at in self._losses[self._worker(slot)] if begun <= at < ended), None)
        if lost_at is None:
            site.waiting += new
            if not any(at <= ended < at + self._trouble.refusal_seconds for at in self._refusals):
                self._lags += [(ended - published) / 3600 for published in site.waiting]
                site.waiting = []
            next_due = max(due + EVERY_SECONDS, ended)
        else:
            self._again += round(len(new) * (lost_at - begun) / (ended - begun)) + len(site.waiting)
            site.lost, site.waiting = new + site.waiting, []
            ended, next_due = lost_at, lost_at + self._trouble.noticed_after_seconds
        self._used += ended - begun
        heapq.heappush(self._free, (ended, slot))
        heapq.heappush(self._due, (next_due, number))

    def _slot(self, due: float) -> tuple[float, int]:
        """When a slot takes the run, and which one: none of a worker that is gone."""
        while True:
            free_at, slot = heapq.heappop(self._free)
            begun = max(due, free_at)
            gone = self._trouble.replaced_after_seconds
            back = next((at + gone for at in self._losses[self._worker(slot)] if at <= begun < at + gone), None)
            if back is None:
                return begun, slot
            heapq.heappush(self._free, (back, slot))

    def _worker(self, slot: int) -> int:
        return slot % len(self._losses)

    def _times(self, a_day: float) -> list[float]:
        count = self._count(a_day * WEEK_DAYS)
        return sorted(self._chance.uniform(0, WEEK_DAYS * DAY_SECONDS) for _ in range(count))

    def _appeared(self, site: _Site, until: float) -> Iterator[float]:
        """When the site's articles since it was last read appeared: two thirds of a day's between eight and eight."""
        is_day = 8 * 3600 <= site.read_until % DAY_SECONDS < 20 * 3600
        mean = site.rate * (4 / 3 if is_day else 2 / 3) * (until - site.read_until) / DAY_SECONDS
        return (self._chance.uniform(site.read_until, until) for _ in range(self._count(mean)))

    def _count(self, mean: float) -> int:
        """How many of what happens so often on average (Poisson)."""
        count, passed = 0, self._chance.expovariate(1)
        while passed < mean:
            count, passed = count + 1, passed + self._chance.expovariate(1)
        return count
