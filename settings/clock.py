"""The one clock: whoever needs the present asks it, so that tests can say what time it is."""

from datetime import UTC, datetime, timedelta, timezone

WIB = timezone(timedelta(hours=7), "WIB")
"""Western Indonesia's time, by which the newsrooms in Jakarta count their days."""


def utc_now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)
