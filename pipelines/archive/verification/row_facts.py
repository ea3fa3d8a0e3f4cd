"""What a verification reads of the rows of each table: what they say against themselves, their keys, and where they say
that their bytes lie.
"""

import re
from collections.abc import Iterator

from pipelines.archive.rows import published_month
from pipelines.archive.schema import (
    ANNOUNCED,
    ARTICLES,
    DAILY,
    DUPLICATES,
    INCIDENTS,
    REJECTED,
    RESIDUE,
    REVISIONS,
    RUNS,
    VERDICTS,
    VISITS,
    Row,
    Table,
)
from pipelines.archive.verification.ledger import Location
from pipelines.index.fingerprints import text_sha256

COLUMNS: dict[Table, tuple[str, ...]] = {
    ARTICLES: (
        *("article_id", "site", "published_month", "url", "headline", "body", "date_published", "text_sha256"),
        *("revision", "content_digest", "pages", "reextracted_at", "warc_filename"),
        *("warc_record_offset", "warc_record_length", "captured_url"),
    ),
    DUPLICATES: (
        *("article_id", "site", "url", "headline", "text_sha256", "content_digest", "is_article", "warc_filename"),
        *("warc_record_offset", "warc_record_length", "captured_url"),
    ),
    REJECTED: (
        *("site", "url", "fetched_at", "content_digest", "warc_filename", "warc_record_offset", "warc_record_length"),
        "captured_url",
    ),
    RUNS: ("site", "run", "started_at", "bytes_received"),
    VISITS: (
        *("site", "run", "url", "outcome", "ended_at", "content_digest", "warc_filename", "warc_record_offset"),
        *("warc_record_length", "captured_url"),
    ),
    ANNOUNCED: ("site", "run", "url", "source"),
    RESIDUE: ("site", "line"),
    VERDICTS: ("site", "url", "article_id", "given_at", "pages"),
    DAILY: ("site", "day"),
    INCIDENTS: ("site", "kind", "aspect", "opened_at", "event", "at"),
}
COLUMNS[REVISIONS] = COLUMNS[ARTICLES]
"""What is read of each table."""

BY_URL = "articles and duplicates"
"""The tables, in words, in which together a URL stands once."""


def contradictions(table: Table, row: Row) -> Iterator[str]:
    """What a row says against itself, in words."""
    # An article that has moved keeps the id of its first URL, which only its revisions tell.
    if table in (ARTICLES, REVISIONS, DUPLICATES) and not re.fullmatch(r"[0-9a-f]{32}", row["article_id"]):
        yield "its article_id is not one"
    if table not in (ARTICLES, REVISIONS):
        return
    if row["text_sha256"] != text_sha256(row["body"]):
        yield f"its body is not the text of its text_sha256: {AGAIN}"
    if row["published_month"] != published_month(row["date_published"]):
        yield f"it stands in the month {row['published_month']} and was published on {row['date_published']:%Y-%m-%d}"
    first = next(iter(row["pages"] or ()), None)
    at = (row["warc_filename"], row["warc_record_offset"], row["warc_record_length"])
    if first is None or (first["warc_filename"], first["warc_record_offset"], first["warc_record_length"]) != at:
        yield "its first page is not where the row says"
    elif row["captured_url"] not in (None, first["url"]):
        yield "its first page has another address than the row says"


AGAIN = "`scrapy reextract` makes it anew from its pages"


def keys(table: Table, row: Row) -> list[tuple[str, str]]:
    """The keys of a row that no other row may have, each with the table or tables that it is one of."""
    if table is ARTICLES or table is DUPLICATES:
        return [(BY_URL, row["url"])]
    if table is REVISIONS:
        return [(table.name, f"{row['url']} revision {row['revision']} of {row['reextracted_at']}")]
    if table is RUNS:
        return [(table.name, f"{row['site']} {row['run']} of {row['started_at']}")]
    if table is VISITS:
        return [(table.name, f"{row['url']} of run {row['run']} at {row['ended_at']}")]
    if table is ANNOUNCED:
        return [(table.name, f"{row['url']} of {row['source']} in run {row['run']}")]
    if table is RESIDUE:
        return [(table.name, f"{row['site']} {row['line']}")]
    if table is VERDICTS:
        return [(table.name, f"{row['url']} at {row['given_at']}")]
    if table is DAILY:
        return [(table.name, f"{row['site']} on {row['day']}")]
    if table is INCIDENTS:
        return [(table.name, f"{row['site']} {row['kind']} {row['aspect']} {row['event']} at {row['at']}")]
    return []


def locations(table: Table, row: Row) -> Iterator[Location]:
    pages = (
        row.get("pages")
        if table in (ARTICLES, REVISIONS)
        else [row | {"url": row["captured_url"]}]
        if "warc_filename" in row
        else []
    )
    for number, page in enumerate(pages or ()):
        if page["warc_filename"] is not None:
            yield Location(
                page["warc_filename"],
                page["warc_record_offset"],
                page["warc_record_length"],
                page["url"],
                row["content_digest"] if number == 0 else None,
                row["url"],
            )
