"""Which of two dates of publication stands: a weaker one never takes the place of a stronger one."""

from datetime import UTC, datetime, timedelta

FETCHED = "fetched"

PRECISIONS = (FETCHED, "month", "day", "minute")
"""How exact a date may be, the weakest first."""

MIDNIGHTS = tuple(timedelta(hours=hours) for hours in (0, 7, 8, 9))
"""Offsets from UTC at whose midnight a date counts as that of a day: UTC and the three Indonesian zones."""


def precision_of(stated: str | None, published_at: datetime) -> str:
    """How exact a date is: as `stated`, or, where an earlier version did not say, as the date looks like."""
    if stated is not None:
        return stated
    at = published_at.astimezone(UTC)
    is_midnight = any(((at + offset).hour, (at + offset).minute, at.second) == (0, 0, 0) for offset in MIDNIGHTS)
    return "day" if is_midnight else "minute"


def stands(known: str, new: str) -> bool:
    """Whether a date of the precision `known` stands against a new one; of two first fetches the first one does."""
    return PRECISIONS.index(new) < PRECISIONS.index(known) or known == new == FETCHED
