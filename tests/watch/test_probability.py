"""How improbable numbers are: held against sums by the definition, and against draws where what is usual differs."""

from datetime import timedelta
from math import comb, exp, factorial, isclose
from random import Random

import pytest

from pipelines.watch.probability import (
    FALSE_ALARMS_A_DAY,
    MEASURES,
    SITES,
    as_far_off,
    at_least,
    at_most,
    improbable,
    share_at_least,
    share_at_most,
)

DRAWS = 20_000


def poisson(random: Random, mean: float) -> int:
    count, total = 0, random.expovariate(1.0)
    while total < mean:
        count, total = count + 1, total + random.expovariate(1.0)
    return count


def close(share: float, probability: float) -> bool:
    """Whether so many of DRAWS are what that probability leads to: within five standard deviations."""
    return bool(abs(share - probability) < 5 * (probability / DRAWS) ** 0.5)


@pytest.mark.parametrize("count", [0, 3, 7])
def test_of_numbers_that_chance_alone_makes_it_is_poissons(count: int) -> None:
    exact = sum(exp(-12) * 12**number / factorial(number) for number in range(count + 1))

    assert isclose(at_most(count, 12), exact, rel_tol=1e-4)
    assert isclose(at_least(30, 12), 8.87014e-06, rel_tol=1e-4)


@pytest.mark.parametrize("hits", [0, 4, 9])
def test_of_shares_that_chance_alone_makes_it_is_a_binomials(hits: int) -> None:
    exact = sum(comb(20, number) * 0.7**number * 0.3 ** (20 - number) for number in range(hits + 1))

    assert isclose(share_at_most(hits, 20, 0.7), exact, rel_tol=1e-4)
    assert isclose(share_at_least(20 - hits, 20, 0.3), exact, rel_tol=1e-4)


def test_of_numbers_whose_mean_differs_from_day_to_day_it_is_as_often_as_they_are_drawn() -> None:
    random, variation = Random(5), 0.1
    drawn = [poisson(random, random.gammavariate(1 / variation, 20 * variation)) for _ in range(DRAWS)]

    assert close(sum(count <= 8 for count in drawn) / DRAWS, at_most(8, 20, variation))
    assert close(sum(count >= 36 for count in drawn) / DRAWS, at_least(36, 20, variation))


def test_of_shares_that_differ_from_day_to_day_it_is_as_often_as_they_are_drawn() -> None:
    random, variation = Random(5), 0.1
    precision = 1 / variation - 1
    drawn = []
    for _ in range(DRAWS):
        share = random.betavariate(0.7 * precision, 0.3 * precision)
        drawn.append(sum(random.random() < share for _ in range(20)))

    assert close(sum(hits <= 7 for hits in drawn) / DRAWS, share_at_most(7, 20, 0.7, variation))
    assert close(sum(hits >= 20 for hits in drawn) / DRAWS, share_at_least(20, 20, 0.7, variation))


def test_of_values_it_is_larger_the_fewer_say_how_they_scatter() -> None:
    assert isclose(as_far_off(1.96, 100_000), 0.05, rel_tol=0.01)
    assert isclose(as_far_off(2.093, 20), 0.05, rel_tol=0.03), "Student's, with 19 degrees of freedom"


def test_what_is_as_usual_or_better_is_never_improbable() -> None:
    assert at_most(12, 12) == at_least(12, 12) == share_at_most(5, 10, 0.5) == share_at_least(5, 10, 0.5) == 1.0


def test_limits_add_up_to_less_than_the_false_alarms_that_may_be() -> None:
    """Each day of 24 hours anew, at each of the sites by each measure."""
    assert SITES * MEASURES * improbable(timedelta(days=1)) < FALSE_ALARMS_A_DAY
    assert improbable(timedelta(days=28)) == pytest.approx(28 * improbable(timedelta(days=1)))
