"""Conditions in SQL on rows of the corpus's tables."""

from collections.abc import Collection, Iterable

from pipelines.archive.batch_rows import Presence
from pipelines.archive.schema import Row

IS_COPY_WITH_TEXT = "t.is_article IS NOT TRUE AND t.body IS NOT NULL"
"""Rows of `duplicates` that are copies and have their text, as those of version 1.0 do not."""


def sql(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def sql_list(texts: Iterable[str]) -> str:
    """Texts as a list of literals of SQL."""
    return ", ".join(map(sql, sorted(texts)))


def in_partitions(rows: Iterable[Row], presences: Iterable[Presence] = (), earlier_months: Collection[str] = ()) -> str:
    """The partitions in which articles stand, as literal values: they keep writers of different sites from conflicting
    with each other.
    """
    places = [
        *((row["site"], row["published_month"]) for row in rows),
        *((seen.site, seen.month) for seen in presences),
    ]
    months = {month for _, month in places} | set(earlier_months)
    return f"t.site IN ({sql_list({site for site, _ in places})}) AND t.published_month IN ({sql_list(months)})"
