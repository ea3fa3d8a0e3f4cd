"""The news of an invented site over months, hour by hour, and what the archive would say of it at a time.

What Kliping reads from its tables is summed up here from the hours, in the same shape. The judgement is the real one.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from math import exp
from random import Random
from statistics import median

from benchmarks.alarms.profiles import FIELDS, OFFICE, Profile
from pipelines.archive.jakarta_days import JAKARTA
from pipelines.article import Reason
from pipelines.visit import Outcome
from pipelines.watch.figures import Activity, ArticleFigures, Count, LastRun, LookFigures, SiteFigures, SourceFigures
from pipelines.watch.history import DAY, HOUR, History
from pipelines.watch.judgement import SiteFacts
from pipelines.watch.newsroom_days import DayKind, kind_of
from pipelines.watch.reading import HISTORY, HOURS, longest_pause

SATURDAY = 5

BIG_EVENTS = (60, 150)
"""Days, from the first that is judged, that bring all newsrooms so much news as a day and the next can have."""

STRANGE_DAYS = (33, 101)
"""Days off that no calendar knows: an election, a flood."""

OWN_EVENT, EVENT_TIMES = 0.008, 2.5
"""Share of days on which a newsroom has an event of its own, a fair or a launch, and how many times as much news."""


@dataclass(frozen=True)
class Hour:
    """What a site published in an hour of which kind, and how the looks at it ended; of each article how many `words`
    it has, and which share of its text was `removed`.
    """

    articles: int = 0
    filled: Mapping[str, int] = field(default_factory=dict)
    doubtful: int = 0
    words: Sequence[float] = ()
    lag: timedelta | None = None
    rejected: int = 0
    misread: int = 0
    unread: int = 0
    robots: int = 0
    looked_again: int = 0
    removed: Sequence[float] = ()
    announced: Mapping[str, int] = field(default_factory=dict)


Change = Callable[[Random, Hour], Hour]
"""What a fault does to an hour."""

DAYS_DIFFER, REMOVED_DIFFERS = 0.08, 0.01
"""How much days do: in the length of texts (standard deviation of the logarithm), and in what cleaning takes away."""

REMOVED_SPREAD = 0.04
"""How much articles of a day differ in what cleaning takes away (standard deviation of a share)."""


@dataclass(frozen=True)
class Crawls:
    """How the crawls of a site go from a time on, until another."""

    since: datetime
    until: datetime
    finish_reason: str = "finished"
    failures: tuple[str, ...] = ()
    are_late: bool = False


@dataclass(frozen=True)
class Planted:
    """A fault: what it does to the hours from a time on, or how it has crawls end, or which source it is of that can no
    longer be read.
    """

    since: datetime
    change: Change | None = None
    crawls: Crawls | None = None
    unread: str | None = None


class News:
    """The news of a site from `begins`, a midnight in Jakarta, on for so many days. From `judged_from` on its server is
    down for some hours now and then.
    """

    def __init__(self, profile: Profile, begins: datetime, judged_from: datetime, days: int, seed: int) -> None:
        self.profile = profile
        self._begins = begins
        self._random = Random(f"news {profile.name} {seed}")
        self.hours: dict[datetime, Hour] = {}
        self._days: dict[datetime, _Day] = {}
        self.means: dict[datetime, float] = {}
        self._day_shares = [1.5 * profile.around_the_clock + share for share in OFFICE]
        for number in range(days):
            self._publish(begins + number * DAY, (begins - judged_from).days + number, number)
        self.outages = [
            Crawls(since, since + span, "unreachable", ("none of the site's sources could be read",))
            for since, span in self._outages(judged_from, begins + days * DAY)
        ]

    def _outages(self, first: datetime, last: datetime) -> list[tuple[datetime, timedelta]]:
        """Every two months or so, of seven hours at most."""
        months = max(0, (last - first).days // 60)
        hours = (last - first) // HOUR
        return [
            (first + self._random.randrange(hours) * HOUR, timedelta(hours=self._random.uniform(0.5, 7)))
            for _ in range(months)
        ]

    def _publish(self, midnight: datetime, judged: int, number: int) -> None:
        profile, random = self.profile, self._random
        moods = {name: min(1.0, max(0.0, random.gauss(share, profile.moods))) for name, share in profile.filled.items()}
        length = profile.words * exp(random.gauss(0, DAYS_DIFFER))
        removed = profile.removed + random.gauss(0, REMOVED_DIFFERS)
        of_hours = Counter(random.choices(range(24), self._day_shares, k=self._articles(midnight, judged, number)))
        for hour, articles in of_hours.items():
            words = [length * exp(random.gauss(0, profile.words_spread)) for _ in range(articles)]
            self.hours[midnight + hour * HOUR] = Hour(
                articles=articles,
                filled={name: _hits(random, share, articles) for name, share in moods.items()},
                doubtful=_hits(random, profile.doubtful, articles),
                words=words,
                lag=timedelta(minutes=max(2, random.gauss(profile.lag_minutes, 10))),
                rejected=_hits(random, profile.rejected, articles),
                misread=_hits(random, profile.misread, articles),
                unread=_hits(random, profile.unread, articles),
                looked_again=articles,
                removed=[max(0.0, removed + random.gauss(0, REMOVED_SPREAD)) for _ in range(articles)],
                announced={source: _hits(random, share, articles) for source, share in profile.announced.items()},
            )

    def _articles(self, midnight: datetime, judged: int, number: int) -> int:
        """How many articles the day brings."""
        profile, random = self.profile, self._random
        day = midnight.astimezone(JAKARTA).date()
        if profile.is_weekly:
            self.means[midnight] = int(day.weekday() == 1 and kind_of(day) is not DayKind.LEBARAN)
            return int(self.means[midnight])
        mean = profile.weekday * (profile.weekend if day.weekday() >= SATURDAY else 1.0)
        mean *= profile.day_off[kind_of(day)] * (1 + profile.growth) ** (number / 30)
        if judged in BIG_EVENTS or judged - 1 in BIG_EVENTS:
            mean *= 2.2
        if judged in STRANGE_DAYS:
            mean *= 0.45
        self.means[midnight] = mean
        mean *= max(0.1, random.gauss(1, profile.restless))
        if random.random() < OWN_EVENT:
            mean *= EVENT_TIMES
        return _poisson(random, mean)

    def next_article(self, moment: datetime) -> datetime:
        """The hour in which the site publishes next, in ordinary news."""
        return min(hour for hour in self.hours if hour >= moment)

    def expected_between(self, begins: datetime, ends: datetime) -> float:
        """How many articles whole hours between two times bring on average."""
        hours = [begins + number * HOUR for number in range((ends - begins) // HOUR)]
        shares = [self._day_shares[hour.astimezone(JAKARTA).hour] / sum(self._day_shares) for hour in hours]
        return sum(self.means[_midnight_of(hour)] * share for hour, share in zip(hours, shares, strict=True))

    def first_day(self, planted: Planted) -> tuple[list[Hour], list[Hour]]:
        """The hours with articles of the first day of a fault: as they were, and as they are with it."""
        hours = [at for number in range(24) if (at := planted.since + number * HOUR) in self.hours]
        return [self.hours[at] for at in hours], [self._changed(at, planted) for at in hours]

    def _changed(self, at: datetime, planted: Planted) -> Hour:
        hour = self.hours[at]
        return planted.change(Random(f"{self.profile.name} {at}"), hour) if planted.change else hour

    def facts(self, now: datetime, planted: Planted | None = None) -> SiteFacts:
        """What Airflow and the archive would say of the site at a time, with a fault in it."""
        crawls = [*self.outages, *([planted.crawls] if planted and planted.crawls else [])]
        down = next((each for each in crawls if each.since <= now < each.until), None)
        every = timedelta(minutes=self.profile.crawl_minutes)
        last_good = (down.since if down else now) - every / 2
        activity = _activity(now, down, last_good, every)
        return SiteFacts(self.profile.name, activity, self._figures(now, last_good, activity, down, planted))

    def _figures(
        self, now: datetime, last_good: datetime, activity: Activity, down: Crawls | None, planted: Planted | None
    ) -> SiteFigures:
        midnight = _midnight_of(now)
        begins = max(self._begins, midnight - HISTORY)
        days = {day: self._day(day, last_good, planted) for day in _days_between(begins, midnight)}
        before = [each for day, each in days.items() if day < midnight - DAY and each.hours]
        recent = [at for day, each in days.items() if day >= midnight - DAY for at in each.hours.items()]
        run = LastRun(activity.last_began_at or now, "finished")
        return SiteFigures(
            history=History(
                begins.date(),
                {day.date(): each.articles.articles for day, each in days.items() if each.articles.articles},
                {day.date(): each.last_at for day, each in days.items() if each.last_at},
                {
                    at: hour.articles
                    for day, each in days.items()
                    if day >= midnight - HOURS
                    for at, hour in each.hours.items()
                },
                max(begins, midnight - HOURS),
            ),
            last_run=replace(run, finish_reason=down.finish_reason, failures=down.failures) if down else run,
            articles=[*(each.articles for each in before), *(_articles(at, [hour]) for at, hour in recent)],
            looks=[*(each.looks for each in before), *(_looks(at, [hour]) for at, hour in recent)],
            sources=self._sources(
                {day: each for day, each in days.items() if day >= midnight - HOURS}, last_good, planted
            ),
        )

    def _sources(
        self, days: Mapping[datetime, "_Day"], last_good: datetime, planted: Planted | None
    ) -> list[SourceFigures]:
        """What the ledger says of each source, by the hour."""
        hours = [(at, hour.announced) for day in days.values() for at, hour in day.hours.items()]
        of_days = {day: sum(sum(hour.announced.values()) for hour in each.hours.values()) for day, each in days.items()}
        found = []
        for source in self.profile.announced:
            named = [at for at, announced in hours if announced.get(source)]
            if not named:
                continue
            counts = [
                Count(day, sum(hour.announced.get(source, 0) for hour in days[day].hours.values()), of)
                for day, of in of_days.items()
                if of
            ]
            missed = sum(sum(announced.values()) for at, announced in hours if at > named[-1])
            unread = self._unread_runs(planted, last_good) if planted and planted.unread == source else 0
            found.append(SourceFigures(source, named[-1] + HOUR / 2, unread, counts, longest_pause(named), missed))
        return found

    def _unread_runs(self, planted: Planted, last_good: datetime) -> int:
        return max(0, int((last_good - planted.since) / timedelta(minutes=self.profile.crawl_minutes)))

    def _day(self, day: datetime, last_good: datetime, planted: Planted | None) -> "_Day":
        """What a crawl at `last_good` has brought to the archive of a day; kept for days that are over and ordinary."""
        is_changed = planted is not None and planted.change is not None and day + DAY > planted.since
        is_over = last_good - day > 2 * DAY
        if is_over and not is_changed and day in self._days:
            return self._days[day]
        hours = {}
        for hour in range(24):
            at = day + hour * HOUR
            if (each := self.hours.get(at)) is None:
                continue
            if planted and planted.change and at >= planted.since:
                each = self._changed(at, planted)
            if at + HOUR / 2 + (each.lag or HOUR) <= last_good:
                hours[at] = each
        last = max((at for at, each in hours.items() if each.articles), default=None)
        found = _Day(
            hours,
            _articles(day, list(hours.values())),
            _looks(day, list(hours.values())),
            last + HOUR / 2 if last else None,
        )
        if is_over and not is_changed:
            self._days[day] = found
        return found


@dataclass(frozen=True)
class _Day:
    """A day as the archive has it."""

    hours: Mapping[datetime, Hour]
    articles: ArticleFigures
    looks: LookFigures
    last_at: datetime | None


def _midnight_of(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(JAKARTA).date(), time(), JAKARTA)


def _days_between(first: datetime, last: datetime) -> list[datetime]:
    return [first + number * DAY for number in range((last - first).days + 1)]


def _activity(now: datetime, down: Crawls | None, last_good: datetime, every: timedelta) -> Activity:
    if down and down.are_late:
        return Activity(due_at=last_good + every, last_began_at=last_good, last_ended_at=last_good)
    if down is None or now - down.since < every:
        return Activity(due_at=now + every / 2, last_began_at=last_good, last_ended_at=last_good)
    began = now - every / 2
    failed = min(10, int((now - down.since) / every))
    return Activity(False, now + every / 2, None, began, began, failed, down.since)


def _articles(begins: datetime, hours: Sequence[Hour]) -> ArticleFigures:
    articles = sum(hour.articles for hour in hours)
    words = [words for hour in hours for words in hour.words]
    removed = [share for hour in hours for share in hour.removed]
    lags = [hour.lag.total_seconds() for hour in hours if hour.lag for _ in range(hour.articles)]
    return ArticleFigures(
        begins,
        articles,
        {name: sum(hour.filled.get(name, 0) for hour in hours) for name in FIELDS},
        sum(hour.doubtful for hour in hours),
        median(words) if words else None,
        timedelta(seconds=median(lags)) if lags else None,
        median(removed) if removed else None,
    )


def _looks(begins: datetime, hours: Sequence[Hour]) -> LookFigures:
    archived, rejected, misread, unread, robots, unchanged = (
        sum(getattr(hour, name) for hour in hours)
        for name in ("articles", "rejected", "misread", "unread", "robots", "looked_again")
    )
    outcomes: dict[str, int] = {
        Outcome.ARCHIVED: archived,
        Outcome.REJECTED: rejected + misread,
        Outcome.HTTP_ERROR: unread,
        Outcome.ROBOTS: robots,
        Outcome.UNCHANGED: unchanged,
    }
    rejections: dict[str, int] = {Reason.NOT_ARTICLE: rejected, Reason.TOO_SHORT: misread}
    return LookFigures(begins, sum(outcomes.values()), outcomes, rejections)


def _hits(random: Random, share: float, of: int) -> int:
    return sum(random.random() < share for _ in range(of))


def _poisson(random: Random, mean: float) -> int:
    """By counting arrivals: means are a few hundred at most."""
    count, total = 0, random.expovariate(1.0)
    while total < mean:
        count += 1
        total += random.expovariate(1.0)
    return count
