"""What is known of the articles that a site has published, and what is usual for it: by weekday, hour, and day off."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import accumulate, pairwise
from statistics import fmean

from pipelines.archive.jakarta_days import JAKARTA
from pipelines.watch.newsroom_days import DayKind, kind_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

WEEKS = 8
"""Of which the same weekday says what is usual: enough for a mean, few enough to follow a newsroom that grows."""

MIN_WEEKS = 4
"""Days of a weekday that have to be known before they say what is usual."""

TRIMMED = 0.25
"""Share of these days, the fullest as the emptiest, that count for nothing: an outage or a big event is not usual."""

RESIDUAL_DAYS = 56
"""Last days that say how much a site's numbers differ from what is usual."""

OUTLIERS, OUTLIERS_HAVE = 0.1, 1.6
"""Share of them, those that are farthest off, that count for nothing: big events and days off that no calendar knows.
And how many times what is left varies it all would, were there none among them but chance's own."""

USUAL_VARIATION, USUAL_WEIGHT = 0.03, 1000.0
"""How much the number that a day has on average differs from day to day, as variance over the square of the mean, at
a site that is not known yet, and how much that counts beside its own days, in squares of articles: as much as
eight weeks of four a day, which by chance alone differ more than that."""

MIN_VARIATION = 0.005
"""Of which no span of time has less: newsrooms grow and shrink by a few percent, and nobody tells."""

MIN_TRIMMED = 2.0
"""Articles that a day has on average, below which all days count: where most have none, the middle ones say nothing."""

MIN_HOURLY_ARTICLES = 100
"""Articles whose hours say how a site's day goes: with fewer an hour is a matter of chance."""

DAY_OFF_SHARE: Mapping[DayKind, float] = {
    DayKind.ORDINARY: 1.0,
    DayKind.RAMADAN: 0.7,
    DayKind.HOLIDAY: 0.4,
    DayKind.LEBARAN: 0.15,
}
"""Least share of its usual articles that a newsroom has on such a day. Assumed, with room: desks differ, and a few
quiet days fewer that are told are worth less than one that is told for nothing."""

MIN_PAUSES = 10
"""Between days with articles, before they say how long a site is silent as a rule: a weekly column has a dozen in the
three months that are read."""

MIN_SILENCE = timedelta(hours=36)
"""That no site is blamed for by its pauses: a busy one that has nothing is seen by its few articles before."""

SILENCE_FACTOR = 2.0
"""Times the longest of its pauses that a silence may be."""


@dataclass(frozen=True)
class History:
    """What the archive knows of the articles that a site has published: by the day of Jakarta how many, and when the
    last of each day was; days without any may be missing. `begins` is the first day that is known of. `hours` has the
    numbers of the last weeks by the hour in which they were published, from `hours_begin` on.
    """

    begins: date
    published: Mapping[date, int]
    last_of_day: Mapping[date, datetime]
    hours: Mapping[datetime, int] = field(default_factory=dict)
    hours_begin: datetime | None = None

    def count(self, day: date) -> int | None:
        """Articles of that day; None before anything is known."""
        return self.published.get(day, 0) if day >= self.begins else None

    def usual(self, day: date, before: date | None = None) -> float | None:
        """How many articles are usual on the weekday of that day, by the weeks before it, or before an earlier day;
        None where too few such days are known.
        """
        weeks_between = 1 if before is None or before > day else (day - before).days // 7 + 1
        key = day - timedelta(weeks=weeks_between)
        if key not in self._usual:
            self._usual[key] = _in_the_middle(sorted(self._same_weekdays(key)))
        return self._usual[key]

    def _same_weekdays(self, last: date) -> list[int]:
        """How many articles a day and the same weekday of the weeks before have, as far as known, but for days off."""
        days = (last - timedelta(weeks=week) for week in range(WEEKS))
        counts = (self.count(day) for day in days if kind_of(day) in (DayKind.ORDINARY, DayKind.RAMADAN))
        return [count for count in counts if count is not None]

    def usual_between(self, begins: datetime, ends: datetime) -> tuple[float, float] | None:
        """How many articles are usual between two times, by weekday and hour and what was before; and how many there
        are at least, if one of the days is a day off. None where too little is known.
        """
        if (begins, ends) not in self._between:
            self._between[begins, ends] = self._usual_between(begins, ends)
        return self._between[begins, ends]

    def _usual_between(self, begins: datetime, ends: datetime) -> tuple[float, float] | None:
        whole = least = 0.0
        day = first = begins.astimezone(JAKARTA).date()
        while (midnight := datetime.combine(day, time(), JAKARTA)) < ends:
            if (usual := self.usual(day, first)) is None:
                return None
            if begins > midnight or ends < midnight + DAY:
                usual *= self._passed(min(ends - midnight, DAY)) - self._passed(max(begins - midnight, timedelta()))
            whole += usual
            least += usual * DAY_OFF_SHARE[kind_of(day)]
            day += DAY
        return whole, least

    def count_between(self, begins: datetime, ends: datetime) -> int:
        """Articles published between two times: by whole hours where these are known, else by whole days."""
        if self.hours_begin is not None and begins >= self.hours_begin:
            hours, until = self._running
            return until[bisect_left(hours, ends)] - until[bisect_left(hours, begins)]
        first, last = begins.astimezone(JAKARTA).date(), ends.astimezone(JAKARTA).date()
        return sum(count for day, count in self.published.items() if first <= day < last)

    @cached_property
    def knows_hours(self) -> bool:
        """Whether enough is known to say how a day of the site goes."""
        return sum(self.hours.values()) >= MIN_HOURLY_ARTICLES

    def variation(self, begins: datetime, ends: datetime) -> float:
        """How much the number of articles that is usual between two times differs itself, beside what chance alone
        makes of it, as variance over the square of the mean: by the days before.
        """
        before = begins.astimezone(JAKARTA).date()
        if before not in self._variations:
            self._variations[before] = self._variation(before)
        # The days of a week differ for themselves; from the second on what was wrong of a weekday is wrong again.
        return max(MIN_VARIATION, self._variations[before] / min(max(1.0, (ends - begins) / DAY), 7.0))

    def _variation(self, before: date) -> float:
        residuals = []
        for ago in range(1, RESIDUAL_DAYS + 1):
            day = before - timedelta(days=ago)
            count, usual = self.count(day), self.usual(day)
            if count is None or usual is None:
                break
            if kind_of(day) in (DayKind.ORDINARY, DayKind.RAMADAN):
                residuals.append(((count - usual) ** 2, usual))
        residuals.sort(key=lambda residual: residual[0] / (residual[1] + USUAL_VARIATION * residual[1] ** 2 + 1))
        kept = residuals[: len(residuals) - int(len(residuals) * OUTLIERS)]
        # Together, not day by day: where few are usual one article more would be a multiple.
        beyond_chance = sum(OUTLIERS_HAVE * square - usual for square, usual in kept)
        known = sum(usual**2 for _, usual in kept)
        return (beyond_chance + USUAL_VARIATION * USUAL_WEIGHT) / (known + USUAL_WEIGHT)

    def last_published_at(self, now: datetime) -> datetime | None:
        """When the last article was published. One that is dated ahead counts as published now."""
        return min(max(self.last_of_day.values()), now) if self.last_of_day else None

    def longest_pause(self) -> timedelta | None:
        """The longest time that passed between the last articles of two days with any, but for the longest of all where
        many are known: that may have been an outage. None where too few are known.
        """
        pauses = self._pauses
        if len(pauses) < MIN_PAUSES:
            return None
        return pauses[-1] if len(pauses) < 3 * MIN_PAUSES else pauses[-2]

    def may_be_silent_for(self) -> timedelta | None:
        """How long the site may be silent, days off not counted, before something is wrong whatever its numbers: twice
        its longest pause, and MIN_SILENCE at least. None where too few pauses are known.
        """
        longest = self.longest_pause()
        return None if longest is None else max(SILENCE_FACTOR * longest, MIN_SILENCE)

    def silence(self, now: datetime) -> timedelta | None:
        """How long nothing has been published, the days off since then not counted; None without any article."""
        last = self.last_published_at(now)
        if last is None:
            return None
        first, today = last.astimezone(JAKARTA).date(), now.astimezone(JAKARTA).date()
        between = (first + timedelta(days=count) for count in range(1, (today - first).days))
        days_off = sum(kind_of(day) in (DayKind.HOLIDAY, DayKind.LEBARAN) for day in between)
        return now - last - days_off * DAY

    @cached_property
    def _usual(self) -> dict[date, float | None]:
        """What has been computed of `usual`, by the last day that it rests on."""
        return {}

    @cached_property
    def _between(self) -> dict[tuple[datetime, datetime], tuple[float, float] | None]:
        """What has been computed of `usual_between`."""
        return {}

    @cached_property
    def _variations(self) -> dict[date, float]:
        """What has been computed of `variation`."""
        return {}

    @cached_property
    def _running(self) -> tuple[Sequence[datetime], Sequence[int]]:
        """The hours with articles, and how many there were before each, and in all."""
        hours = sorted(self.hours)
        return hours, [0, *accumulate(self.hours[hour] for hour in hours)]

    @cached_property
    def _pauses(self) -> Sequence[timedelta]:
        times = sorted(self.last_of_day.values())
        return sorted(later - earlier for earlier, later in pairwise(times))

    @cached_property
    def _shares(self) -> Sequence[float]:
        """Which share of a day's articles is published in each hour of Jakarta, each hour taken together with its
        neighbours; all hours alike where too few are known.
        """
        counts = [0] * 24
        if self.knows_hours:
            for hour, count in self.hours.items():
                counts[hour.astimezone(JAKARTA).hour] += count
        smooth = [counts[hour - 1] + 2 * counts[hour] + counts[(hour + 1) % 24] + 1 for hour in range(24)]
        return [count / sum(smooth) for count in smooth]

    def _passed(self, since_midnight: timedelta) -> float:
        """The share of a day's articles that is published by that time of day as a rule."""
        hours, rest = divmod(since_midnight, HOUR)
        return sum(self._shares[:hours]) + (self._shares[hours] * (rest / HOUR) if rest else 0.0)


def _in_the_middle(counts: Sequence[int]) -> float | None:
    """The mean of numbers, the least first, but for the fullest and the emptiest days; None of too few."""
    if len(counts) < MIN_WEEKS:
        return None
    cut = int(len(counts) * TRIMMED)
    mean = fmean(counts[cut : len(counts) - cut])
    return mean if mean >= MIN_TRIMMED else fmean(counts)
