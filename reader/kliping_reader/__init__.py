"""Read the corpus of Kliping: articles, the pages that they came from, how they changed, and where words stand.

The store and its keys are read from the environment, as `kliping env --reader` prints them: AWS_ENDPOINT_URL,
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, and KLIPING_BUCKET where the bucket is not `kliping`.
"""

import difflib
import io
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from itertools import pairwise
from typing import Any

import boto3
import polars as pl
from botocore.exceptions import ClientError
from deltalake import DeltaTable, QueryBuilder
from warcio.archiveiterator import ArchiveIterator

from .bucket import Bucket, copy_folder
from .fulltext.index import SHOWN_COLUMNS, Place, SearchIndex, Wanted, rows_at
from .fulltext.published import NoSearchIndex, SearchError

__all__ = ["NoSearchIndex", "SearchError", "article", "articles", "diff", "html", "search", "table"]

JAKARTA = timezone(timedelta(hours=7))
"""Whose days and months the corpus is summed up by."""

FOUND = {
    "rank": pl.Int64,
    "score": pl.Float64,
    "article_id": pl.String,
    "site": pl.String,
    "day": pl.Date,
    "headline": pl.String,
    "url": pl.String,
    "snippet": pl.String,
}
"""The columns of what a search finds."""

POINTER = ("warc_filename", "warc_record_offset", "warc_record_length")


def table(name: str) -> pl.LazyFrame:
    """A table of the corpus, by the names of docs/data-format.md, as it is now."""
    return pl.scan_delta(f"s3://{_bucket()}/tables/{name}")


def articles(site: str | None = None, month: str | None = None) -> pl.DataFrame:
    """The articles of a site, of a month ('YYYY-MM', by Jakarta's time), or both, in the order in which they were
    published; without either all that there are. Times are UTC.

    Raises ValueError where `month` is none.
    """
    found = table("articles")
    if site is not None:
        found = found.filter(pl.col("site") == site)
    if month is not None:
        begin, end = _span(month)
        partitions = sorted({f"{moment:%Y-%m}" for moment in (begin, end)})
        found = found.filter(
            pl.col("published_month").is_in(partitions),
            pl.col("date_published").is_between(begin, end, closed="left"),
        )
    return found.sort("date_published", "article_id").collect()


def html(row: Mapping[str, Any]) -> list[str]:
    """The pages of a row of `articles`, `revisions` or `duplicates`, in order, each as a browser gets it: its content
    encoding undone.

    It takes keys that read the WARC files, as `kliping env` prints them. Raises PermissionError for others.
    """
    return [_page(place) for place in row["pages"] or [{name: row[name] for name in POINTER}]]


def diff(article_id: str) -> str:
    """What each version of an article changed in the one before, paragraph by paragraph, as a unified diff; empty where
    it never changed.

    Raises LookupError where there is no such article.
    """
    versions = [
        *table("revisions").filter(pl.col("article_id") == article_id).collect().to_dicts(),
        *table("articles").filter(pl.col("article_id") == article_id).collect().to_dicts(),
    ]
    if not versions:
        raise LookupError(f"no article has the id {article_id}")
    versions.sort(key=lambda row: (row["revision"], row["reextracted_at"] or row["first_fetched_at"]))
    return "\n".join(line for old, new in pairwise(versions) for line in _changes(old, new))


def search(
    query: str,
    site: str | Sequence[str] = (),
    since: date | str | None = None,
    until: date | str | None = None,
    limit: int = 10,
    *,
    newest_first: bool = False,
) -> pl.DataFrame:
    """The articles in which the words of a query stand, in whatever form, the best first: rank, score, article_id,
    site, day, headline, url, and a snippet of the text, with two asterisks on either side of a word that was found.

    In a query `"a phrase"` stands between quotation marks, `-word` excludes, `one OR other` takes either. `since` and
    `until` are days of Jakarta, both included. The index is fetched from the bucket when it is first asked, and what of
    it has changed each time; warns where it is older than the table.

    Raises NoSearchIndex where there is none yet, SearchError, which says why, where it cannot be asked so, ValueError
    for a day that is none.
    """
    first, last = (date.fromisoformat(day) if isinstance(day, str) else day for day in (since, until))
    sites = (site,) if isinstance(site, str) else tuple(site)
    index = SearchIndex.open(Bucket(_bucket()), copy_folder(_bucket()))
    delta = DeltaTable(f"s3://{_bucket()}/tables/articles")
    wanted = Wanted(query, sites, first, last, limit, newest_first)
    found = index.search(wanted, partial(_shown, delta), articles_version=delta.version())
    if found.notice:
        warnings.warn(found.notice, stacklevel=2)
    rows = [
        (
            *(hit.rank, hit.score, hit.article_id, hit.site, hit.day),
            *(hit.headline.text, hit.url, hit.snippet.with_marks("**", "**")),
        )
        for hit in found.hits
    ]
    return pl.DataFrame(rows, FOUND, orient="row")


def article(article_id: str) -> dict[str, Any]:
    """An article's row. The search index tells in which part of the table it stands; where that does not know it yet,
    or is not there, the table is read through.

    Raises LookupError where there is no such article.
    """
    delta = DeltaTable(f"s3://{_bucket()}/tables/articles")
    if not re.fullmatch("[0-9a-f]{32}", article_id):
        raise LookupError(f"{article_id!r} is not the id of an article")
    try:
        places = SearchIndex.open(Bucket(_bucket()), copy_folder(_bucket())).places_of([article_id])
    except NoSearchIndex:
        places = []
    rows = _rows(delta, rows_at(places)) if places else []
    rows = rows or table("articles").filter(pl.col("article_id") == article_id).collect().to_dicts()
    if not rows:
        raise LookupError(f"no article has the id {article_id}")
    return rows[0]


def _shown(delta: DeltaTable, places: Sequence[Place]) -> list[dict[str, Any]]:
    return _rows(delta, rows_at(places), SHOWN_COLUMNS)


def _rows(delta: DeltaTable, where: str, columns: Sequence[str] = ("*",)) -> list[dict[str, Any]]:
    """Rows of `articles` for which a condition in SQL holds. Polars would open each file of a large table for it."""
    found = QueryBuilder().register("t", delta).execute(f"SELECT {', '.join(columns)} FROM t WHERE {where}")  # noqa: S608
    return pl.DataFrame(found).to_dicts()


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = ([row["headline"], *row["body"].split("\n")] for row in (old, new))
    earlier, later = (
        f"revision {row['revision']}, fetched {row['fetched_at']:%Y-%m-%d %H:%M} UTC" for row in (old, new)
    )
    return difflib.unified_diff(before, after, earlier, later, lineterm="", n=1)


def _page(place: Mapping[str, Any]) -> str:
    key, first, length = (place[name] for name in POINTER)
    try:
        found = boto3.client("s3").get_object(Bucket=_bucket(), Key=key, Range=f"bytes={first}-{first + length - 1}")
    except ClientError as error:
        if error.response["Error"]["Code"] in ("AccessDenied", "403"):
            raise PermissionError(f"{key} takes keys that read the WARC files: those of `kliping env`") from error
        raise
    record = next(iter(ArchiveIterator(io.BytesIO(found["Body"].read()))))
    content_type = record.http_headers.get_header("Content-Type", "")
    body: bytes = record.content_stream().read()
    _, _, charset = content_type.lower().partition("charset=")
    try:
        return body.decode(charset.split(";")[0].strip(" \"'") or "utf-8", errors="replace")
    except LookupError:  # a charset that there is not
        return body.decode(errors="replace")


def _span(month: str) -> tuple[datetime, datetime]:
    """When a month of Jakarta begins, and when the next one does; UTC."""
    try:
        begin = datetime.strptime(month, "%Y-%m").replace(tzinfo=JAKARTA)
    except ValueError as error:
        raise ValueError(f"{month!r} is not a month such as 2026-11") from error
    end = (begin + timedelta(days=31)).replace(day=1)
    return begin.astimezone(UTC), end.astimezone(UTC)


def _bucket() -> str:
    return os.environ.get("KLIPING_BUCKET", "kliping")
