"""What docs/scaling.md says of many sites: its tables are what is reckoned, and the simulated week loses nothing."""

from pathlib import Path

import pytest

from benchmarks.scaling.__main__ import tables
from benchmarks.scaling.needs import SIZES, Prices, Units, needs, years_until
from benchmarks.scaling.week import WEEK_DAYS, Trouble, simulate

PAGE = (Path(__file__).parents[1] / "docs" / "scaling.md").read_text(encoding="utf-8")

QUIET = Trouble(losses_a_worker_a_day=0, refusals_a_day=0)
UNLUCKY = Trouble(losses_a_worker_a_day=2, refusals_a_day=20)


@pytest.mark.slow
def test_the_page_has_the_tables_that_are_reckoned_and_simulated_now() -> None:
    made = "\n".join(tables())
    missing = [table for table in made.split("\n\n") if table not in PAGE]
    assert missing == [], "run `make bench-scaling`, and paste its tables into docs/scaling.md"


def test_the_page_says_that_prices_were_not_verified() -> None:
    assert "none was verified" in PAGE


def test_what_sites_take_grows_as_they_do() -> None:
    few, many = (needs(sites, 10, Units(), Prices.read()) for sites in (50, 400))
    assert many.bucket_bytes == pytest.approx(8 * few.bucket_bytes)
    assert sum(many.usd.values()) == pytest.approx(8 * sum(few.usd.values()))


def test_articles_come_to_a_number_after_the_years_that_are_told() -> None:
    years = years_until(100e6, 400)
    assert needs(400, years, Units(), Prices.read()).articles == pytest.approx(100e6)


@pytest.mark.parametrize("trouble", [QUIET, Trouble(), UNLUCKY])
def test_each_article_of_a_simulated_week_comes_to_the_bucket_once_or_is_still_under_way(trouble: Trouble) -> None:
    week = simulate(20, 4, seed=3, trouble=trouble)
    assert len(week.lags) + week.outstanding == week.published
    expected = sum(share * 20 * rate for share, rate in SIZES.values()) * WEEK_DAYS
    assert week.published == pytest.approx(expected, rel=0.1)


def test_a_simulated_week_is_the_same_again_by_its_seed() -> None:
    assert simulate(20, 4, seed=3, trouble=Trouble()) == simulate(20, 4, seed=3, trouble=Trouble())
    assert simulate(20, 4, seed=3, trouble=Trouble()) != simulate(20, 4, seed=4, trouble=Trouble())


def test_runs_wait_where_there_are_too_few_slots_and_nowhere_else() -> None:
    few, enough = (simulate(100, slots, seed=1, trouble=QUIET) for slots in (1, 8))
    assert max(enough.waits) < 60 < max(few.waits)
    assert few.busy > 0.95 > enough.busy


def test_a_lost_worker_has_articles_fetched_again_and_a_store_that_refuses_has_them_wait() -> None:
    quiet, unlucky = (simulate(60, 4, seed=1, trouble=trouble) for trouble in (QUIET, UNLUCKY))
    assert quiet.fetched_again == 0 < unlucky.fetched_again
    assert max(quiet.lags) < max(unlucky.lags)
