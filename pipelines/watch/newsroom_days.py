"""Days on which Indonesian newsrooms publish less than on others: public holidays, Lebaran, Ramadan."""

from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from holidays import country_holidays

LEBARAN_BEFORE, LEBARAN_AFTER = timedelta(days=2), timedelta(days=7)
"""Around Idulfitri: newsrooms are thinly staffed from the days of mudik, the journey home, to the end of the leave."""

RAMADAN = timedelta(days=30)
"""Before Idulfitri; the month has 29 or 30 days, and a day too many does no harm."""


class DayKind(StrEnum):
    """What a day is to a newsroom, beside its weekday."""

    ORDINARY = "ordinary"
    RAMADAN = "Ramadan"
    HOLIDAY = "a public holiday"
    LEBARAN = "Lebaran"


@cache
def kind_of(day: date) -> DayKind:
    """What a day is. Dates are those of the package `holidays`: as decreed, and estimated for years to come."""
    eids = [eid for year in (day.year, day.year + 1) for eid in _idulfitri(year)]
    if any(eid - LEBARAN_BEFORE <= day <= eid + LEBARAN_AFTER for eid in eids):
        return DayKind.LEBARAN
    if day in _days_off(day.year):
        return DayKind.HOLIDAY
    return DayKind.RAMADAN if any(eid - RAMADAN <= day < eid for eid in eids) else DayKind.ORDINARY


@cache
def _days_off(year: int) -> frozenset[date]:
    """Public holidays and days of joint leave (cuti bersama) of a year."""
    return frozenset(country_holidays("ID", years=year, categories=("public", "government")))


@cache
def _idulfitri(year: int) -> tuple[date, ...]:
    """The first days of Idulfitri in a year; in some years there are two."""
    named = country_holidays("ID", years=year, language="en_US").items()
    return tuple(day for day, name in named if name.removesuffix(" (estimated)") == "Eid al-Fitr")
