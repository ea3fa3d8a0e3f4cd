"""How the articles are parted among the pieces of the index: by the day (UTC) on which they were published while their
month still changes, by the month afterwards.

So a new day costs a day, an article is indexed twice in its life, and an archive of ten years has a hundred and fifty
pieces.
"""

import hashlib
from datetime import UTC, datetime, timedelta

from pipelines.archive.conditions import sql
from pipelines.archive.schema import Row

QUIET = timedelta(days=7)
"""After the end of a month, until it is one piece: copies, late articles and the last re-visits have come by then."""

KEY_COLUMNS = ("article_id", "site", "date_published", "headline", "text_sha256")
"""Of `articles`: equal for rows of which the index has the same."""


def month_of_span(span: str) -> str:
    """The month ('YYYY-MM') that a span is, or is a day of."""
    return span[:7]


def is_quiet(month: str, now: datetime) -> bool:
    """Whether a month ('YYYY-MM') is one span at an aware time."""
    begin = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    return now >= (begin + timedelta(days=31)).replace(day=1) + QUIET


def span_of(row: Row, now: datetime) -> str:
    """The span of an article at an aware time: its month of publication, '2026-10', or its day, '2026-11-05', by
    UTC.
    """
    published = row["date_published"].astimezone(UTC)
    month = f"{published:%Y-%m}"
    return month if is_quiet(month, now) else f"{published:%Y-%m-%d}"


def rows_in(span: str) -> str:
    """Which rows of `articles` are in a span, in SQL; the table is `t`."""
    among = f"t.published_month = {sql(month_of_span(span))}"
    if span == month_of_span(span):
        return among
    begin = datetime.strptime(span, "%Y-%m-%d").replace(tzinfo=UTC)
    first, next_day = (f"TIMESTAMP '{day.isoformat()}'" for day in (begin, begin + timedelta(days=1)))
    return f"{among} AND t.date_published >= {first} AND t.date_published < {next_day}"


class RowsDigest:
    """What tells whether two sets of articles are the same to the index, in whatever order they come."""

    def __init__(self) -> None:
        self._keys: list[bytes] = []

    def add(self, row: Row) -> None:
        """Take in a row, in KEY_COLUMNS at least."""
        told = "\n".join(
            row[name].astimezone(UTC).isoformat() if name == "date_published" else row[name] for name in KEY_COLUMNS
        )
        self._keys.append(hashlib.sha256(told.encode()).digest())

    def __len__(self) -> int:
        return len(self._keys)

    def hexdigest(self) -> str:
        """The digest of all rows so far."""
        return hashlib.sha256(b"".join(sorted(self._keys))).hexdigest()
