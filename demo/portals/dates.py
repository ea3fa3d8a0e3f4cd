"""Dates as Indonesian news sites print them."""

from datetime import UTC, datetime

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)


def long_date(at: datetime) -> str:
    """'23 Juli 2026'."""
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def long_minute(at: datetime) -> str:
    """'23 Juli 2026, 15:10 WIB'."""
    return f"{long_date(at)}, {at:%H:%M} WIB"


def day_minute(at: datetime) -> str:
    """'Kamis, 23 Jul 2026 15:10 WIB'."""
    return f"{DAYS[at.weekday()]}, {at.day:02d} {MONTHS[at.month - 1][:3]} {at.year} {at:%H:%M} WIB"


def utc(at: datetime) -> str:
    """'2026-07-23T08:10:00+00:00': WordPress states its dates in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def rfc822(at: datetime) -> str:
    """'Thu, 23 Jul 2026 15:10:00 +0700', in the offset of `at`."""
    return f"{at:%a, %d %b %Y %H:%M:%S %z}"
