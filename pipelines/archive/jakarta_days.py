"""Days and months by the calendar of Jakarta, by which the corpus is summed up, and the UTC months that they lie in."""

from datetime import UTC, date, datetime, timedelta, timezone

JAKARTA = timezone(timedelta(hours=7))
"""Indonesia's western time, that of most newsrooms. It has no summer time; one calendar for all sites lets their days
be compared."""


def day_of(moment: datetime) -> date:
    """The day on which an aware time lies."""
    return moment.astimezone(JAKARTA).date()


def month_of(moment: datetime) -> str:
    """The month ('YYYY-MM') in which an aware time lies."""
    return f"{moment.astimezone(JAKARTA):%Y-%m}"


def month_after(month: str, count: int = 1) -> str:
    """The month that follows `count` months after; before, where that is negative."""
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 + count, 12)
    return f"{year:04}-{number + 1:02}"


def span_of(month: str) -> tuple[datetime, datetime]:
    """When the month begins, and when the next one does; UTC."""
    return _begin(month), _begin(month_after(month))


def utc_months_of(month: str) -> tuple[str, str]:
    """The two months by UTC that the month lies in: it begins seven hours before its namesake."""
    return month_after(month, -1), month


def months_between(first: datetime, last: datetime) -> list[str]:
    """The months from that of one time to that of another."""
    found = [month_of(first)]
    while found[-1] < month_of(last):
        found.append(month_after(found[-1]))
    return found


def _begin(month: str) -> datetime:
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=JAKARTA).astimezone(UTC)
