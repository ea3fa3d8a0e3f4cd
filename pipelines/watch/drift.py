"""Whether what a site's articles have, or how its pages end, is no longer what it was: each share, length and delay is
held against the site's own of the weeks before.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from math import exp, log, sqrt
from statistics import fmean, median

from pipelines.article import MISREAD_REASONS
from pipelines.visit import Outcome
from pipelines.watch.figures import ArticleFigures, LookFigures
from pipelines.watch.findings import Finding, Kind, age
from pipelines.watch.probability import improbable, share_at_least, share_at_most

WINDOWS = (timedelta(hours=6), timedelta(hours=24), timedelta(days=3), timedelta(days=14), timedelta(days=28))
"""That end now. A site with few articles shows a change in the longer ones alone."""

BASELINE = timedelta(days=60)
"""Before a window, that says what was usual."""

MIN_BASELINE = 10
"""Articles, or looks, that have to be known before they say what is usual."""

MIN_JUDGED = 4
"""Articles, or looks, of a window, below which it says nothing."""

MIN_CHANGE = 0.35
"""Of a share (0 to 1), below which a change is no alarm, however improbable it is."""

MAX_SPREAD = 8.0
"""Variance over a binomial's. What scatters more than this is not one share."""

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

IMPROBABLE_SIGMAS = 5.0
LENGTH_RATIO = 1.5
"""Median lengths that differ by less than this, either way, are no alarm: a desk may turn to shorter news."""

BETWEEN_DAYS = 0.05
"""Standard deviation of the logarithm of a day's median length beside what chance gives: days have their topics."""

LAG_FACTOR, MIN_LAG = 4.0, timedelta(hours=3)
"""Times the usual, and beside the usual, that articles may take from publication to archive."""

MAX_AHEAD = timedelta(minutes=15)
"""That an article's date may lie ahead of our clock: sites round, and publish by a schedule."""


@dataclass(frozen=True, slots=True)
class Count:
    """So many of so many have something, in a span that begins then."""

    begins: datetime
    hits: float
    of: float


@dataclass(frozen=True, slots=True)
class Change:
    """A share that has changed: in a window of so many hours, `hits` of `of`, where it `was` another."""

    span: timedelta
    hits: float
    of: float
    was: float


def article_findings(site: str, figures: Sequence[ArticleFigures], now: datetime) -> Iterator[Finding]:
    """What the site's articles lack that they had, or have that they had not."""
    for name, words in JUDGED_FIELDS.items():
        counts = [Count(each.begins, each.filled.get(name, 0), each.articles) for each in figures]
        if change := fallen(counts, now):
            yield Finding(Kind.UNFILLED, site, _in_words(change, f"of the articles have {words}"), name)
    doubts = [Count(each.begins, each.doubtful, each.articles) for each in figures]
    if change := risen(doubts, now):
        yield Finding(Kind.DOUBTFUL, site, _in_words(change, "of the articles are doubtful"))
    yield from _lengths(site, figures, now)
    yield from _lags(site, figures, now)


def look_findings(site: str, figures: Sequence[LookFigures], now: datetime) -> Iterator[Finding]:
    """What the site's pages end in that they did not."""

    def ends(count: Callable[[LookFigures], int], of: Callable[[LookFigures], int]) -> Change | None:
        return risen([Count(each.begins, count(each), of(each)) for each in figures], now)

    def looks(each: LookFigures) -> int:
        return each.looked_at

    if change := ends(lambda each: each.outcomes.get(Outcome.ROBOTS, 0), looks):
        yield Finding(Kind.ROBOTS, site, _in_words(change, "of the pages are barred by robots.txt"))
    if change := ends(lambda each: sum(each.outcomes.get(name, 0) for name in UNREAD_OUTCOMES), looks):
        yield Finding(Kind.UNREAD, site, _in_words(change, "of the pages could not be fetched"))
    if change := ends(_misread, lambda each: _misread(each) + _texts(each)):
        yield Finding(Kind.REJECTED, site, _in_words(change, "of the new pages gave no text"), "text")
    if change := ends(lambda each: _rejected(each) - _misread(each), lambda each: _rejected(each) + _texts(each)):
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
        first, start = bisect_left(begins, now - span - BASELINE), bisect_left(begins, now - span)
        hits, of = hits_until[-1] - hits_until[start], of_until[-1] - of_until[start]
        known = of_until[start] - of_until[first]
        if of < MIN_JUDGED or known < MIN_BASELINE:
            continue
        was = (hits_until[start] - hits_until[first] + 1) / (known + 2)
        if change(hits, of, was) < MIN_CHANGE:
            continue
        if probability(hits, of, was, _spread(counts[first:start], was)) < improbable(span):
            return Change(span, hits, of, was)
    return None


def _spread(counts: Sequence[Count], share: float) -> float:
    squares = sum((each.hits - share * each.of) ** 2 for each in counts)
    usual = sum(share * (1 - share) * each.of for each in counts)
    return min(MAX_SPREAD, max(1.0, squares / usual))


def _lengths(site: str, figures: Sequence[ArticleFigures], now: datetime) -> Iterator[Finding]:
    known = [(each.begins, each.articles, log(each.median_words)) for each in figures if each.median_words]
    for span in WINDOWS:
        begins = now - span
        recent = [(count, length) for at, count, length in known if at >= begins]
        before = [(count, length) for at, count, length in known if begins - BASELINE <= at < begins]
        of = sum(count for count, _ in recent)
        if of < MIN_JUDGED or sum(count for count, _ in before) < MIN_BASELINE:
            continue
        usual = median(length for _, length in before)
        of_one = fmean(count * (length - usual) ** 2 for count, length in before)
        length = sum(count * length for count, length in recent) / of
        sigmas = abs(length - usual) / sqrt(of_one / of + BETWEEN_DAYS**2)
        if sigmas > IMPROBABLE_SIGMAS and abs(length - usual) > log(LENGTH_RATIO):
            yield Finding(
                Kind.LENGTH,
                site,
                f"the median of {of:.0f} articles in {age(span)} has {exp(length):.0f} words,"
                f" {exp(usual):.0f} are usual",
            )
            return


def _lags(site: str, figures: Sequence[ArticleFigures], now: datetime) -> Iterator[Finding]:
    known = [each for each in figures if each.lag is not None]
    for span in WINDOWS[1:]:
        recent = [each for each in known if each.begins >= now - span]
        before = [each.lag for each in known if now - span - BASELINE <= each.begins < now - span and each.lag]
        if sum(each.articles for each in recent) < MIN_JUDGED:
            continue
        lag = _median([each.lag for each in recent if each.lag is not None])
        if lag < -MAX_AHEAD:
            yield Finding(Kind.CLOCK, site, f"its articles are dated {age(-lag)} ahead of this machine's clock")
            return
        usual = _median(before) if len(before) >= MIN_BASELINE else None
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


def _texts(looks: LookFigures) -> int:
    return sum(looks.outcomes.get(name, 0) for name in (Outcome.ARCHIVED, Outcome.REVISED, Outcome.DUPLICATE))


def _rejected(looks: LookFigures) -> int:
    return looks.outcomes.get(Outcome.REJECTED, 0)


def _misread(looks: LookFigures) -> int:
    return sum(looks.rejections.get(name, 0) for name in MISREAD_REASONS)
