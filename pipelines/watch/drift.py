"""Whether what a site's articles have, or how its pages end, is no longer what it was: each share, length and delay is
held against the site's own of the weeks before.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from math import exp, log, pi, sqrt
from statistics import fmean, median

from pipelines.article import MISREAD_REASONS
from pipelines.visit import Outcome
from pipelines.watch.figures import ArticleFigures, Count, LookFigures
from pipelines.watch.findings import Finding, Kind, age
from pipelines.watch.probability import as_far_off, improbable, share_at_least, share_at_most

WINDOWS = tuple(timedelta(hours=hours) for hours in (6, 12, 24, 48, 96, 7 * 24, 14 * 24, 28 * 24))
"""That end now. A site with few articles shows a change in the longer ones alone."""

BASELINE = timedelta(days=60)
"""Before a window, that says what was usual."""

MIN_BASELINE = 10
"""Articles, or looks, that have to be known before they say what is usual."""

MIN_JUDGED = 3
"""Articles, or looks, of a window, below which it says nothing."""

MIN_CHANGE = 0.25
"""Of a share (0 to 1), below which a change is no alarm, however improbable it is: nobody would look for its cause."""

USUAL_VARIATION, USUAL_WEIGHT = 0.05, 100.0
"""How much a share differs from day to day, as its variance over that of one trial, at a site that is not known yet,
and how much that counts beside its own days, in pairs of articles of a day."""

MAX_VARIATION = 0.5
"""What differs more than this is not one share."""

OUTLIERS = 0.02
"""Share of days, those that are farthest off, that do not count for how much a share differs: a fault of one day does
not excuse the next one. Without more of them a share that is nearly whole would seem to be so every day."""

JUDGED_FIELDS = {
    "date_published": "a date of publication",
    "author": "an author",
    "image": "an image",
    "description": "a description",
    "article_section": "a section",
    "keywords": "keywords",
}
"""Fields that an article may lack, in words."""

UNREAD_OUTCOMES = (Outcome.HTTP_ERROR, Outcome.TIMEOUT, Outcome.TOO_LARGE)
"""Outcomes of pages that could not be fetched."""

TEXT_OUTCOMES = (Outcome.ARCHIVED, Outcome.REVISED, Outcome.DUPLICATE)
"""Outcomes of new pages that gave a text."""

LENGTH_RATIO = 1.5
"""Median lengths that differ by less than this, either way, are no alarm: a desk may turn to shorter news."""

MIN_REMOVED_CHANGE = 0.05
"""Of the share of a text that cleaning takes away (0 to 1): less is a line or two, as sites add them every week."""

LAG_FACTOR, MIN_LAG = 4.0, timedelta(hours=3)
"""Times the usual, and beside the usual, that articles may take from publication to archive."""

MAX_AHEAD = timedelta(minutes=15)
"""That an article's date may lie ahead of our clock: sites round, and publish by a schedule."""

CLOCK_SHIFT = timedelta(minutes=45)
"""That dates have moved towards us, so that they lie ahead at all: a time zone is an hour, and articles need some of it
to come here."""


@dataclass(frozen=True, slots=True)
class Level:
    """Something that articles have more or less of, by the medians of days and hours: below which change it `matters`;
    and as standard deviations, how much days differ beside chance, and articles at least.
    """

    matters: float
    between_days: float
    of_articles: float


LENGTHS = Level(matters=log(LENGTH_RATIO), between_days=0.08, of_articles=0.3)
"""Of logarithms: days have their topics, and by no newsroom are all articles equally long."""

REMOVED = Level(matters=MIN_REMOVED_CHANGE, between_days=0.01, of_articles=0.03)


@dataclass(frozen=True, slots=True)
class Change:
    """A share that has changed: in a window of so many hours, `hits` of `of`, where it `was` another."""

    span: timedelta
    hits: float
    of: float
    was: float


@dataclass(frozen=True, slots=True)
class Shift:
    """A level that has moved: of so many articles in a span of time the median is this, where another was usual."""

    span: timedelta
    of: int
    median: float
    usual: float


def article_findings(site: str, figures: Sequence[ArticleFigures], now: datetime) -> Iterator[Finding]:
    """What the site's articles lack that they had, or have that they had not."""
    for name, words in JUDGED_FIELDS.items():
        counts = [Count(each.begins, each.filled.get(name, 0), each.articles) for each in figures]
        if change := fallen(counts, now):
            yield Finding(Kind.UNFILLED, site, _in_words(change, f"of the articles have {words}"), name)
    doubts = [Count(each.begins, each.doubtful, each.articles) for each in figures]
    if change := risen(doubts, now):
        yield Finding(Kind.DOUBTFUL, site, _in_words(change, "of the articles are doubtful"))
    yield from _levels(site, figures, now)
    yield from _lags(site, figures, now)


def look_findings(site: str, figures: Sequence[LookFigures], now: datetime) -> Iterator[Finding]:
    """What the site's pages end in that they did not."""
    robots, unread, misread, rejected = [], [], [], []
    for each in figures:
        failed = sum(each.outcomes.get(name, 0) for name in UNREAD_OUTCOMES)
        texts = sum(each.outcomes.get(name, 0) for name in TEXT_OUTCOMES)
        of_text = sum(each.rejections.get(name, 0) for name in MISREAD_REASONS)
        of_kind = each.outcomes.get(Outcome.REJECTED, 0) - of_text
        robots.append(Count(each.begins, each.outcomes.get(Outcome.ROBOTS, 0), each.looked_at))
        unread.append(Count(each.begins, failed, each.looked_at))
        misread.append(Count(each.begins, of_text, of_text + texts))
        rejected.append(Count(each.begins, of_kind, of_kind + of_text + texts))
    if change := risen(robots, now):
        yield Finding(Kind.ROBOTS, site, _in_words(change, "of the pages are barred by robots.txt"))
    if change := risen(unread, now):
        yield Finding(Kind.UNREAD, site, _in_words(change, "of the pages could not be fetched"))
    if change := risen(misread, now):
        yield Finding(Kind.REJECTED, site, _in_words(change, "of the new pages gave no text"), "text")
    if change := risen(rejected, now):
        yield Finding(Kind.REJECTED, site, _in_words(change, "of the new pages are no articles"), "article")


def fallen(counts: Sequence[Count], now: datetime) -> Change | None:
    """That a share has fallen."""
    return _changed(counts, now, lambda hits, of, was: was - hits / of, share_at_most)


def risen(counts: Sequence[Count], now: datetime) -> Change | None:
    """That a share has risen."""
    return _changed(counts, now, lambda hits, of, was: hits / of - was, share_at_least)


def _changed(
    counts: Sequence[Count],
    now: datetime,
    change: Callable[[float, float, float], float],
    probability: Callable[[float, float, float, float], float],
) -> Change | None:
    begins = [each.begins for each in counts]
    hits_until = [0.0, *accumulate(each.hits for each in counts)]
    of_until = [0.0, *accumulate(each.of for each in counts)]
    for span in WINDOWS:
        start = bisect_left(begins, now - span)
        hits, of = hits_until[-1] - hits_until[start], of_until[-1] - of_until[start]
        first = bisect_left(begins, now - span - BASELINE)
        known = of_until[start] - of_until[first]
        if of < MIN_JUDGED or known < MIN_BASELINE:
            continue
        was = (hits_until[start] - hits_until[first] + 1) / (known + 2)
        if change(hits, of, was) < MIN_CHANGE:
            continue
        days = max(1.0, span / timedelta(days=2))  # half of them: days are of unequal weight
        variation = variation_of_share(counts[first:start], was) / days + 1 / known
        if probability(hits, of, was, min(MAX_VARIATION, variation)) < improbable(span):
            return Change(span, hits, of, was)
    return None


def variation_of_share(counts: Sequence[Count], share: float) -> float:
    """How much a share differed from day to day beside what chance alone makes of it, as its variance over that of one
    trial.
    """
    by_chance = share * (1 - share)
    residuals = sorted(
        ((each.hits - share * each.of) ** 2 - by_chance * each.of, each.of) for each in counts if each.of
    )
    kept = residuals[: len(residuals) - int(len(residuals) * OUTLIERS)]
    beyond_chance = sum(beyond for beyond, _ in kept) + USUAL_VARIATION * USUAL_WEIGHT
    return max(0.0, beyond_chance / (sum(by_chance * of * (of - 1) for _, of in kept) + USUAL_WEIGHT))


def _levels(site: str, figures: Sequence[ArticleFigures], now: datetime) -> Iterator[Finding]:
    lengths = [(each.begins, each.articles, log(each.median_words)) for each in figures if each.median_words]
    if shift := _shifted(lengths, now, LENGTHS):
        median_words = f"the median of {shift.of} articles in {age(shift.span)} has {exp(shift.median):.0f} words"
        yield Finding(Kind.LENGTH, site, f"{median_words}, {exp(shift.usual):.0f} are usual")
    removed = [(each.begins, each.articles, each.removed) for each in figures if each.removed is not None]
    if shift := _shifted(removed, now, REMOVED):
        share = (
            f"cleaning took away {shift.median:.0%} of a text, the median of {shift.of} articles in {age(shift.span)}"
        )
        yield Finding(Kind.RESIDUE, site, f"{share}; {shift.usual:.0%} is usual")


def _shifted(known: Sequence[tuple[datetime, int, float]], now: datetime, level: Level) -> Shift | None:
    """That a level has moved, by medians of so many articles each, in spans that begin then."""
    begins = [at for at, _, _ in known]
    for span in WINDOWS:
        first, start = bisect_left(begins, now - span - BASELINE), bisect_left(begins, now - span)
        recent, before = known[start:], known[first:start]
        of = sum(count for _, count, _ in recent)
        if of < MIN_JUDGED or sum(count for _, count, _ in before) < MIN_BASELINE:
            continue
        usual, value = median(each for _, _, each in before), sum(count * each for _, count, each in recent) / of
        if abs(value - usual) < level.matters:
            continue
        of_days = level.between_days**2
        of_one = fmean(count / _of_median(count) * ((each - usual) ** 2 - of_days) for _, count, each in before)
        by_chance = sum(count * _of_median(count) for _, count, _ in recent) / of**2
        sigmas = abs(value - usual) / sqrt(max(level.of_articles**2, of_one) * by_chance + of_days)
        if as_far_off(sigmas, len(before)) < improbable(span):
            return Shift(span, of, value, usual)
    return None


def _of_median(count: int) -> float:
    """How many times the variance of a mean the median of so many has, where they are normally distributed: one of one,
    pi / 2 of many.
    """
    return 1 + (pi / 2 - 1) * (count - 1) / (count + 1)


def _lags(site: str, figures: Sequence[ArticleFigures], now: datetime) -> Iterator[Finding]:
    known = [(each.begins, each.articles, each.lag) for each in figures if each.lag is not None]
    begins = [at for at, _, _ in known]
    for span in WINDOWS:
        first, start = bisect_left(begins, now - span - BASELINE), bisect_left(begins, now - span)
        recent, before = known[start:], known[first:start]
        if sum(count for _, count, _ in recent) < MIN_JUDGED:
            continue
        lag = _median([lag for _, _, lag in recent])
        usual = _median([lag for _, _, lag in before]) if len(before) >= MIN_BASELINE else None
        moved = timedelta() if usual is None else usual - lag
        if lag < -MAX_AHEAD or (lag < timedelta() and moved > CLOCK_SHIFT):
            yield Finding(Kind.CLOCK, site, f"its articles are dated {age(-lag)} ahead of this machine's clock")
            return
        if usual is not None and lag > max(LAG_FACTOR * usual, usual + MIN_LAG):
            yield Finding(
                Kind.LAG, site, f"articles are archived {age(lag)} after their publication, {age(usual)} are usual"
            )
            return


def _median(durations: Sequence[timedelta]) -> timedelta:
    return timedelta(seconds=median(duration.total_seconds() for duration in durations))


def _in_words(change: Change, what: str) -> str:
    share = f"{change.hits / change.of:.0%} ({change.hits:.0f} of {change.of:.0f})"
    return f"{share} {what} in {age(change.span)}, {change.was:.0%} are usual"
