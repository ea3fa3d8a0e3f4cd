"""How improbable a number is, were all as usual. Numbers of articles scatter more than chance alone would have it: the
`spread` says by how much, as variance over mean (1 is a Poisson's, or a binomial's).
"""

from datetime import timedelta
from math import ceil, exp, floor, inf, lgamma, log, log1p

IMPROBABLE = 1e-7
"""Probability of what happens in six hours, below which it is none of the usual things. Fifty sites are judged by a
dozen measures each; chosen by benchmarks/alarms."""


def improbable(span: timedelta) -> float:
    """Probability below which what happened in such a span of time is none of the usual things: the longer it is, the
    more seldom it passes, and the less improbable may be what is told of it.
    """
    return IMPROBABLE * (span / timedelta(hours=6))


def at_most(count: float, expected: float, spread: float = 1.0) -> float:
    """The probability of `count` or fewer where `expected` are usual (quasi-Poisson)."""
    mean, most = expected / spread, ceil(count / spread)
    return min(1.0, sum(_poisson(number, mean) for number in range(most + 1))) if mean else 1.0


def at_least(count: float, expected: float, spread: float = 1.0) -> float:
    """The probability of `count` or more where `expected` are usual."""
    mean, least = expected / spread, floor(count / spread)
    if not mean:
        return 0.0 if least else 1.0
    if least <= mean:
        return 1.0
    # Beyond the mean terms fall by a factor or more: after these they are nothing.
    return sum(_poisson(number, mean) for number in range(least, least + 200 + ceil(10 * mean**0.5)))


def share_at_most(hits: float, of: float, share: float, spread: float = 1.0) -> float:
    """The probability that of so many no more than `hits` have what the `share` (0 to 1) of all has."""
    trials = max(1, round(of / spread))
    return min(1.0, sum(_binomial(number, trials, share) for number in range(ceil(hits / of * trials) + 1)))


def share_at_least(hits: float, of: float, share: float, spread: float = 1.0) -> float:
    """The probability that of so many `hits` or more have what the `share` of all has."""
    return share_at_most(of - hits, of, 1 - share, spread)


def _poisson(number: int, mean: float) -> float:
    return exp(number * log(mean) - mean - lgamma(number + 1))


def _binomial(number: int, trials: int, share: float) -> float:
    ways = lgamma(trials + 1) - lgamma(number + 1) - lgamma(trials - number + 1)
    hits = number * log(share) if share else (0.0 if number == 0 else -inf)
    misses = (trials - number) * log1p(-share) if share < 1 else (0.0 if number == trials else -inf)
    return exp(ways + hits + misses)
