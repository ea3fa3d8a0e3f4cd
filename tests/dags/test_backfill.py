"""The backfill's chunks: every day once, in the order asked for."""

from datetime import date

import pytest

from dags.backfill import chunks, plan
from dags.operators.failures import NeedsSomebody

SINCE, UNTIL = date(2026, 10, 28), date(2026, 11, 3)


def test_a_span_is_cut_into_chunks_that_follow_each_other() -> None:
    assert list(chunks(SINCE, UNTIL, 3, newest_first=False)) == [
        (date(2026, 10, 28), date(2026, 10, 30)),
        (date(2026, 10, 31), date(2026, 11, 2)),
        (date(2026, 11, 3), date(2026, 11, 3)),
    ]


def test_newest_first_turns_the_order_and_nothing_else() -> None:
    forth = list(chunks(SINCE, UNTIL, 3, newest_first=False))
    assert list(chunks(SINCE, UNTIL, 3, newest_first=True)) == forth[::-1]


def test_one_day_is_one_chunk() -> None:
    assert list(chunks(SINCE, SINCE, 7, newest_first=True)) == [(SINCE, SINCE)]


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-10-28 is before 2026-11-03"):
        list(chunks(UNTIL, SINCE, 3, newest_first=True))


def planned(site: str, **params: object) -> list[dict[str, object]]:
    asked = {"since": "2026-11-01", "until": "2026-11-05", "days": 3, "order": "newest first", "dry_run": False}
    return plan.function(params={"site": site, **asked, **params})


def test_each_chunk_is_a_crawl_with_since_and_until() -> None:
    assert planned("katadata") == [
        {"since": "2026-11-04", "until": "2026-11-05", "dry_run": False},
        {"since": "2026-11-01", "until": "2026-11-03", "dry_run": False},
    ]


def test_a_site_without_an_archive_that_can_be_walked_is_refused() -> None:
    with pytest.raises(NeedsSomebody, match=r"^VOI\.id has neither a dated index nor a sitemap"):
        planned("voi")


def test_more_chunks_than_airflow_maps_are_refused() -> None:
    with pytest.raises(NeedsSomebody, match="take more days for each"):
        planned("katadata", since="2020-01-01", days=1)


def test_a_span_that_is_none_is_refused() -> None:
    with pytest.raises(NeedsSomebody, match="2026-11-05 is before 2026-12-01"):
        planned("katadata", since="2026-12-01")
