"""The one clock: whoever needs the present asks it, so that tests can say what time it is."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)
