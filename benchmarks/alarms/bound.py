"""What can be told at most: by one who knows each site as it was invented, and which fault of which size was planted
when, and has nothing else to look for.

The most powerful test of a given number of false alarms is that of the likelihood ratio (Neyman and Pearson). Each of
these faults moves one number one way, so that it tells what lies in that number's tail, as it is in ordinary news.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import erfc, exp, log, sqrt
from statistics import fmean

from benchmarks.alarms.news import (
    DAYS_DIFFER,
    EVENT_TIMES,
    OWN_EVENT,
    REMOVED_DIFFERS,
    REMOVED_SPREAD,
    Hour,
    News,
)
from benchmarks.alarms.profiles import SECTION
from pipelines.watch.history import DAY
from pipelines.watch.probability import (
    FALSE_ALARMS_A_DAY,
    MEASURES,
    SITES,
    at_least,
    at_most,
    share_at_least,
    share_at_most,
)

TOLD_BELOW = FALSE_ALARMS_A_DAY / (SITES * MEASURES)
"""Probability of a day's numbers, below which this one tells: the false alarms of the real watch, which has to look at
several spans of time besides."""

LEAST_SHARE = 0.001
"""Of pages that end badly, which even this one does not take for impossible."""

FACTORS = [(-3 + number / 4, exp(-((-3 + number / 4) ** 2) / 2)) for number in range(25)]
"""A normal distribution by its standard deviations and weights."""


@dataclass(frozen=True)
class Seen:
    """The first day of a fault at a site, by its hours with articles: as they were, and as they are with the fault."""

    site: News
    since: datetime
    ordinary: Sequence[Hour]
    changed: Sequence[Hour]

    @property
    def articles(self) -> int:
        return sum(hour.articles for hour in self.changed)


Bound = Callable[[Seen], float]
"""The probability of what is seen in ordinary news, where all of that is known."""


def seen_at_once(_seen: Seen) -> float:
    """Of what one run, or one article, shows."""
    return 0.0


def fewer(seen: Seen) -> float:
    """Of so few articles."""
    expected = seen.site.expected_between(seen.since, seen.since + DAY)
    if seen.site.profile.is_weekly:
        return 0.0 if seen.articles < expected else 1.0
    return _over_factors(seen, expected, lambda mean: at_most(seen.articles, mean))


def more(seen: Seen) -> float:
    """Of so many articles."""
    expected = seen.site.expected_between(seen.since, seen.since + DAY)
    if seen.site.profile.is_weekly:
        return 0.0 if seen.articles > expected else 1.0
    ordinary = _over_factors(seen, expected, lambda mean: at_least(seen.articles, mean))
    eventful = _over_factors(seen, EVENT_TIMES * expected, lambda mean: at_least(seen.articles, mean))
    return (1 - OWN_EVENT) * ordinary + OWN_EVENT * eventful


def lacking(field: str) -> Bound:
    """Of so few articles that have a field."""

    def probability(seen: Seen) -> float:
        share, hits = seen.site.profile.filled[field], sum(hour.filled.get(field, 0) for hour in seen.changed)
        days = [min(1 - 1e-9, max(1e-9, share + seen.site.profile.moods * sigmas)) for sigmas, _ in FACTORS]
        return _mean([share_at_most(hits, seen.articles, day) if seen.articles else 1.0 for day in days])

    return probability


def instead(name: str) -> Bound:
    """Of so many pages that end otherwise."""

    def probability(seen: Seen) -> float:
        hits = sum(getattr(hour, name) for hour in seen.changed)
        of = seen.articles if name == "doubtful" else hits + seen.articles
        usual = max(LEAST_SHARE, getattr(seen.site.profile, name, 0.0))
        return share_at_least(hits, of, usual) if of else 1.0

    return probability


def unannounced(seen: Seen) -> float:
    """Of so many articles that a source names none of."""
    return (1 - seen.site.profile.announced[SECTION]) ** seen.articles


def other_length(seen: Seen) -> float:
    """Of texts that are so much longer, or shorter."""
    values = [log(words) for hour in seen.changed for words in hour.words]
    return _far_off(values, log(seen.site.profile.words), DAYS_DIFFER, seen.site.profile.words_spread)


def other_removal(seen: Seen) -> float:
    """Of texts of which cleaning takes away so much more, or less."""
    values = [share for hour in seen.changed for share in hour.removed]
    return _far_off(values, seen.site.profile.removed, REMOVED_DIFFERS, REMOVED_SPREAD)


def _far_off(values: Sequence[float], usual: float, of_days: float, of_articles: float) -> float:
    if not values:
        return 1.0
    return erfc(abs(fmean(values) - usual) / sqrt(of_days**2 + of_articles**2 / len(values)) / sqrt(2))


def _over_factors(seen: Seen, expected: float, probability: Callable[[float], float]) -> float:
    """Over all that a day of the site may be."""
    if not expected:
        return 1.0
    return _mean([probability(expected * max(0.1, 1 + seen.site.profile.restless * sigmas)) for sigmas, _ in FACTORS])


def _mean(values: Sequence[float]) -> float:
    return sum(value * weight for value, (_, weight) in zip(values, FACTORS, strict=True)) / sum(
        weight for _, weight in FACTORS
    )
