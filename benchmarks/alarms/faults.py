"""The faults that are planted, by kind and size, and which alarms say so."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import cycle, islice
from random import Random
from typing import Any

from benchmarks.alarms.bound import (
    Bound,
    fewer,
    instead,
    lacking,
    more,
    other_length,
    other_removal,
    seen_at_once,
    unannounced,
)
from benchmarks.alarms.news import Change, Crawls, Hour, Planted
from benchmarks.alarms.profiles import SECTION, Profile
from pipelines.watch.findings import Kind

FOREVER = timedelta(days=60)

LOSS = (Kind.SILENT, Kind.FEW)


def _anywhere(_profile: Profile) -> bool:
    return True


@dataclass(frozen=True)
class Fault:
    """A fault of a kind and size; `told_by` are the kinds of alarms that say so, `bound` what it leaves to be seen at
    most, and `can_be_at` says whether it is a fault at a site: one cannot lose what it never had.
    """

    kind: str
    size: str
    told_by: Collection[Kind]
    plant: Callable[[datetime], Planted]
    bound: Bound = seen_at_once
    can_be_at: Callable[[Profile], bool] = _anywhere


def faults() -> list[Fault]:
    """All that are planted."""
    return [
        *(_hours("articles lost", f"{share:.0%} lost", LOSS, _fewer(share), fewer) for share in (1.0, 0.75, 0.5)),
        *(_hours("too many", f"{times} times", (Kind.MANY,), _more(times), more) for times in (10, 5)),
        *(
            _hours(
                f"{field} lost",
                f"{share:.0%} lost",
                (Kind.UNFILLED,),
                _without(field, share),
                lacking(field),
                _has(field),
            )
            for field in ("author", "date_published", "image")
            for share in (1.0, 0.5)
        ),
        *(_hours("text cut", f"to {share:.0%}", (Kind.LENGTH,), _longer(share), other_length) for share in (0.3, 0.5)),
        *(
            _hours("boilerplate in the text", f"{share:.1f} times", (Kind.LENGTH,), _longer(share), other_length)
            for share in (3.0, 2.0)
        ),
        *(
            _hours("text taken for residue", f"{share:.0%} more", (Kind.RESIDUE,), _removed(share), other_removal)
            for share in (0.4, 0.15)
        ),
        *(
            _hours("doubtful", f"{share:.0%}", (Kind.DOUBTFUL,), _of("doubtful", share), instead("doubtful"))
            for share in (0.8, 0.4)
        ),
        *(
            _hours(
                "layout no longer read",
                f"{share:.0%}",
                (*LOSS, Kind.REJECTED),
                _instead("misread", share),
                instead("misread"),
            )
            for share in (1.0, 0.5)
        ),
        *(
            _hours("pages refused", f"{share:.0%}", (*LOSS, Kind.UNREAD), _instead("unread", share), instead("unread"))
            for share in (1.0, 0.5)
        ),
        _hours("robots.txt bars", "all", (*LOSS, Kind.ROBOTS), _instead("robots", 1.0), instead("robots")),
        *(_hours("lag", f"{hours} hours more", (Kind.LAG, *LOSS), _later(hours)) for hours in (12, 6)),
        *(_hours("clock ahead", f"{minutes} minutes", (Kind.CLOCK,), _ahead(minutes)) for minutes in (420, 60)),
        Fault("source unreadable", "", (Kind.SOURCE,), lambda since: Planted(since, unread=SECTION)),
        _hours("source names nothing new", "", (Kind.SOURCE,), _without_source, unannounced),
        _crawls("blocked", (Kind.BLOCKED,), "site_refuses", "the site refused 3 requests for articles in a row"),
        _crawls("expectations missed", (Kind.FAILING,), "finished", "in 24 hours only 3 of 24 pages gave a text"),
        _crawls("site down", (Kind.FAILING, *LOSS), "unreachable", "none of the site's sources could be read"),
        _crawls("late", (Kind.LATE,), "finished", are_late=True),
    ]


def _hours(
    kind: str,
    size: str,
    told_by: Collection[Kind],
    change: Change,
    bound: Bound = seen_at_once,
    can_be_at: Callable[[Profile], bool] = _anywhere,
) -> Fault:
    return Fault(kind, size, told_by, lambda since: Planted(since, change), bound, can_be_at)


def _has(field: str) -> Callable[[Profile], bool]:
    return lambda profile: profile.filled[field] >= 0.5


def _crawls(kind: str, told_by: Collection[Kind], finish_reason: str, *failures: str, are_late: bool = False) -> Fault:
    def plant(since: datetime) -> Planted:
        return Planted(since, crawls=Crawls(since, since + FOREVER, finish_reason, failures, are_late))

    return Fault(kind, "", told_by, plant)


def _fewer(share: float) -> Change:
    return lambda random, hour: _scaled(random, hour, 1 - share)


def _more(times: float) -> Change:
    return lambda random, hour: _scaled(random, hour, times)


def _scaled(random: Random, hour: Hour, factor: float) -> Hour:
    whole, rest = divmod(hour.articles * factor, 1)
    articles = int(whole) + (random.random() < rest)
    filled = {name: round(count * articles / hour.articles) for name, count in hour.filled.items()}
    announced = {source: round(count * articles / hour.articles) for source, count in hour.announced.items()}
    return replace(
        hour,
        articles=articles,
        filled=filled,
        announced=announced,
        words=list(islice(cycle(hour.words), articles)),
        removed=list(islice(cycle(hour.removed), articles)),
    )


def _without(field: str, share: float) -> Change:
    def change(random: Random, hour: Hour) -> Hour:
        kept: Mapping[str, int] = {**hour.filled, field: _kept(random, hour.filled.get(field, 0), share)}
        return replace(hour, filled=kept)

    return change


def _longer(factor: float) -> Change:
    return lambda _random, hour: replace(hour, words=[words * factor for words in hour.words])


def _removed(more: float) -> Change:
    return lambda _random, hour: replace(hour, removed=[min(1.0, share + more) for share in hour.removed])


def _without_source(_random: Random, hour: Hour) -> Hour:
    return replace(hour, announced={**hour.announced, SECTION: 0})


def _of(name: str, share: float) -> Change:
    return lambda random, hour: _set(hour, name, hour.articles - _kept(random, hour.articles, share))


def _instead(name: str, share: float) -> Change:
    """So many pages end otherwise in place of being archived; where no page can be had, those that are looked at again
    end so too.
    """

    def change(random: Random, hour: Hour) -> Hour:
        lost = hour.articles - _kept(random, hour.articles, share)
        again = hour.looked_again - (
            _kept(random, hour.looked_again, share) if name != "misread" else hour.looked_again
        )
        left = replace(hour, articles=hour.articles - lost, looked_again=hour.looked_again - again)
        changed = _scaled(random, hour, left.articles / hour.articles)
        return _set(
            replace(changed, articles=left.articles, looked_again=left.looked_again, announced=hour.announced),
            name,
            getattr(hour, name) + lost + again,
        )

    return change


def _set(hour: Hour, name: str, count: int) -> Hour:
    changed: dict[str, Any] = {name: count}
    return replace(hour, **changed)


def _later(hours: float) -> Change:
    return lambda _random, hour: replace(hour, lag=(hour.lag or timedelta()) + timedelta(hours=hours))


def _ahead(minutes: float) -> Change:
    return lambda _random, hour: replace(hour, lag=(hour.lag or timedelta()) - timedelta(minutes=minutes))


def _kept(random: Random, count: int, lost: float) -> int:
    return sum(random.random() >= lost for _ in range(count))
