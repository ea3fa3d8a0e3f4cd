"""How improbable a number is, were all as usual. Numbers scatter more than chance alone would have it: what is usual
differs itself from day to day, and is known only as far as it was seen. So numbers of articles are held against a
negative binomial distribution, shares against a beta-binomial.
"""

from collections.abc import Callable
from datetime import timedelta
from math import erfc, exp, lgamma, log, log1p, sqrt

FALSE_ALARMS_A_DAY = 1 / 30
"""That ordinary news of SITES sites may tell: one a month. Who has fewer sites is told nothing for longer."""

SITES, MEASURES, SPANS = 50, 15, 8
"""Judged of each site: what `counts` and `drift` look at, over so many spans of time. Of `counts` these are more, and
alike: what is wrong in one is in the next as well."""

PASSES_ANEW = 4
"""Times that a span of time is another one before it has passed: it ends at every hour."""

NEGLIGIBLE = 1e-9
"""Share of a sum below which what is left of it is not added."""


def improbable(span: timedelta) -> float:
    """Probability below which what happened in such a span of time is none of the usual things: the false alarms that
    may be, over all that is judged. The longer a span is, the more seldom it passes, and the less improbable may be
    what is told of it.
    """
    days = span / timedelta(days=1)
    return FALSE_ALARMS_A_DAY * days / (SITES * MEASURES * SPANS * PASSES_ANEW)


def at_most(count: float, expected: float, variation: float = 0.0) -> float:
    """The probability of `count` or fewer where `expected` are usual; `variation` is how much what is usual differs
    itself, as variance over the square of the mean.
    """
    if count >= expected:
        return 1.0
    shape, odds = _gamma(expected, variation)
    first = _count_probability(count, expected, variation)
    return _sum(first, count, lambda number: number / (number - 1 + shape) / odds if number else 0.0, -1)


def at_least(count: float, expected: float, variation: float = 0.0) -> float:
    """The probability of `count` or more where `expected` are usual."""
    if count <= expected:
        return 1.0
    if not expected:
        return 0.0
    shape, odds = _gamma(expected, variation)
    first = _count_probability(count, expected, variation)
    return _sum(first, count, lambda number: (number + shape) / (number + 1) * odds, 1)


def share_at_most(hits: float, of: float, share: float, variation: float = 0.0) -> float:
    """The probability that of so many no more than `hits` have what the `share` (0 to 1) of all has;
    `variation` (0 to 1) is how much the share differs itself, as its variance over that of one trial.
    """
    if hits >= share * of:
        return 1.0
    if share >= 1.0:
        return 0.0
    hits, of = round(hits), round(of)
    precision = 1 / max(variation, NEGLIGIBLE) - 1
    has, has_not = share * precision, (1 - share) * precision
    first = exp(
        lgamma(of + 1)
        - lgamma(hits + 1)
        - lgamma(of - hits + 1)
        + _log_beta(hits + has, of - hits + has_not)
        - _log_beta(has, has_not)
    )

    def ratio(number: float) -> float:
        """Of the probability of one less, to that of a number."""
        if not number:
            return 0.0
        return number / (of - number + 1) * (of - number + has_not) / (number - 1 + has)

    return _sum(first, hits, ratio, -1)


def share_at_least(hits: float, of: float, share: float, variation: float = 0.0) -> float:
    """The probability that of so many `hits` or more have what the `share` of all has."""
    return share_at_most(of - hits, of, 1 - share, variation)


def as_far_off(sigmas: float, known: int) -> float:
    """The probability of a value so many standard deviations off, either way, where the deviation was found from so
    many values: Student's, by the normal approximation of Abramowitz and Stegun (26.7.8).
    """
    degrees = max(1, known - 1)
    normal = sigmas * (1 - 1 / (4 * degrees)) / sqrt(1 + sigmas**2 / (2 * degrees))
    return erfc(normal / sqrt(2))


def _gamma(expected: float, variation: float) -> tuple[float, float]:
    """Of a negative binomial distribution its shape, and how much less probable each next number becomes in the end."""
    shape = 1 / max(variation, NEGLIGIBLE)
    return shape, expected / (expected + shape)


def _count_probability(count: float, expected: float, variation: float) -> float:
    shape, odds = _gamma(expected, variation)
    return exp(
        lgamma(count + shape) - lgamma(shape) - lgamma(count + 1) + count * log(odds) - shape * log1p(expected / shape)
    )


def _sum(first: float, number: float, ratio: Callable[[float], float], step: int) -> float:
    """The sum of terms that begin with that of a number and fall, each by its ratio to the one before."""
    total, term = first, first
    while term > NEGLIGIBLE * total:
        term *= ratio(number)
        total += term
        number += step
    return min(1.0, total)


def _log_beta(one: float, other: float) -> float:
    return lgamma(one) + lgamma(other) - lgamma(one + other)
