"""What a site is expected to yield, held against its last days: what is missed, near, met, or too little to tell."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from plugins.newsroom.expectations import Expectation, Standing, expectations
from plugins.newsroom.site_figures import Day
from spiders.expect import Expect

NOTHING: dict[str, Any] = {"freshness": None, "gone": None, "doubtful": None}
MONDAY = date(2026, 11, 23)


def days(*counts: int, **figures: Any) -> list[Day]:
    """A day for each number of new articles, all of which were published that day."""
    return [
        Day(MONDAY + timedelta(days=number), published=count, runs=4, outcomes={"archived": count}, **figures)
        for number, count in enumerate(counts)
    ]


def one(expect: Expect, week: Sequence[Day], age_days: float | None = None) -> Expectation:
    [found] = expectations(expect, week, age_days)
    return found


def test_numbers_are_held_to_the_least_and_the_most_of_a_day() -> None:
    expect = Expect(articles_per_day=(8, 40), **NOTHING)

    assert one(expect, days(20, 25)).standing is Standing.MET
    assert one(expect, days(20, 9)).standing is Standing.NEAR
    assert one(expect, days(20, 33)).standing is Standing.NEAR
    missed = one(expect, days(20, 7))
    assert (missed.limit, missed.measured, missed.standing) == ("8 to 40", "7 to 20", Standing.MISSED)
    assert one(expect, [Day(MONDAY)]).standing is Standing.UNKNOWN, "nobody looked that day"


def test_a_share_is_near_its_limit_within_five_of_a_hundred() -> None:
    expect = Expect(author=0.8, **NOTHING)

    def standing(rate: float) -> Standing:
        return one(expect, days(20, 20, fill_rates={"author": rate})).standing

    assert [standing(rate) for rate in (0.9, 0.84, 0.79)] == [Standing.MET, Standing.NEAR, Standing.MISSED]


def test_a_few_pages_say_nothing() -> None:
    found = one(Expect(author=0.8, **NOTHING), days(5, fill_rates={"author": 0.0}))
    assert (found.measured, found.standing) == ("of 5", Standing.UNKNOWN)


def test_pages_that_cleaning_no_longer_reads_count_against_those_that_it_does() -> None:
    week = days(20, rejections={"too_short": 20, "not_article": 50})
    found = one(Expect(body=0.8, **NOTHING), week)
    assert (found.measured, found.standing) == ("50% of 40", Standing.MISSED)


def test_the_newest_article_grows_old() -> None:
    expect = Expect(freshness=3, gone=None, doubtful=None)
    standings = [one(expect, [], age).standing for age in (0.5, 2.0, 3.5, None)]
    assert standings == [Standing.MET, Standing.NEAR, Standing.MISSED, Standing.UNKNOWN]


def test_what_is_missed_stands_first() -> None:
    expect = Expect(articles_per_day=(8, 40), author=0.8, image=0.5, **NOTHING)
    found = expectations(expect, days(30, 30, fill_rates={"author": 0.1, "image": 0.53}), None)
    assert [each.standing for each in found] == [Standing.MISSED, Standing.NEAR, Standing.MET]
