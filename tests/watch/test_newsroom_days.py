"""Days off, as a newsroom in Jakarta knows them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from pipelines.watch.newsroom_days import DayKind, kind_of


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 3, 21), DayKind.LEBARAN),  # 1 Syawal 1447
        (date(2026, 3, 19), DayKind.LEBARAN),  # the journey home, and Nyepi besides
        (date(2026, 3, 28), DayKind.LEBARAN),
        (date(2026, 3, 29), DayKind.ORDINARY),
        (date(2026, 2, 20), DayKind.RAMADAN),
        (date(2026, 2, 17), DayKind.HOLIDAY),  # Imlek
        (date(2026, 8, 17), DayKind.HOLIDAY),  # independence
        (date(2026, 5, 15), DayKind.HOLIDAY),  # joint leave after Ascension Day
        (date(2026, 7, 7), DayKind.ORDINARY),
    ],
)
def test_days_are_what_the_calendar_of_the_year_says(day: date, kind: DayKind) -> None:
    assert kind_of(day) is kind


def test_a_lebaran_of_years_to_come_is_known_as_it_is_computed() -> None:
    found = [
        first
        for offset in range(3650)
        if kind_of(first := date(2030, 1, 1) + timedelta(days=offset)) is DayKind.LEBARAN
        and kind_of(first - timedelta(days=1)) is not DayKind.LEBARAN
    ]

    assert len(found) >= 10, "one a lunar year of 354 days"
    assert all(350 <= (later - earlier).days <= 358 for earlier, later in pairwise(found))


def test_ramadan_is_the_month_before() -> None:
    ramadan = [day for n in range(365) if kind_of(day := date(2026, 1, 1) + timedelta(days=n)) is DayKind.RAMADAN]

    assert ramadan[0] == date(2026, 2, 19)
    assert len(ramadan) <= 30
