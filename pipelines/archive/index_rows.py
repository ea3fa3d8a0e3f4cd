"""What the index has of the rows of the corpus's tables."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pipelines.archive.rows import quality_of, text_of
from pipelines.archive.schema import ARTICLES, DUPLICATES, REJECTED, Row, Table
from pipelines.archive.tables import Corpus
from pipelines.archive.verdicts import last_verdicts
from pipelines.article import Verdict
from pipelines.index.database import IndexUpdate, Status, UrlRecord
from pipelines.index.fingerprints import article_id

COLUMNS_READ = {
    REJECTED: ("url", "site", "fetched_at"),
    DUPLICATES: (
        "url",
        "article_id",
        "site",
        "fetched_at",
        "date_published",
        "headline",
        "text_sha256",
        "content_digest",
        "is_article",
        "published_month",
        "revision",
        "first_fetched_at",
        "page_count",
    ),
    ARTICLES: (
        *("url", "article_id", "site", "fetched_at", "date_published", "headline", "text_sha256", "content_digest"),
        *("body", "published_month", "revision", "first_fetched_at", "page_count", "run", "gone_at"),
        *("date_precision", "quality", "quality_reasons"),
    ),
}
"""What is read of each table; the least telling first, as a URL may stand in several."""


def verdicts_by_id(corpus: Corpus) -> dict[str, Row]:
    """The last verdict on each article, by its article_id, and that of its URL where it has moved there."""
    found: dict[str, Row] = {}
    for verdict in last_verdicts(corpus):
        found[verdict["article_id"]] = found[article_id(verdict["url"])] = verdict
    return found


def index_update(
    table: Table, row: Row, last_age: timedelta, now: datetime, verdicts: Mapping[str, Row]
) -> IndexUpdate:
    """What the index has of a row with the COLUMNS_READ of its table; what is older than `last_age` counts as looked at
    then.
    """
    first: Any = row.get("first_fetched_at") or row["fetched_at"]
    last_step = first + last_age
    # The digest of several pages is that of the first, which may be older than the version.
    digest = row.get("content_digest") if (row.get("page_count") or 1) == 1 else None
    seen = UrlRecord(
        url=row["url"],
        article_id=row.get("article_id") or article_id(row["url"]),
        site=row["site"],
        status=_STATUS[table.name],
        first_fetched_at=first,
        last_fetched_at=max(row["fetched_at"], last_step) if last_step <= now else row["fetched_at"],
        published_month=row.get("published_month"),
        text_sha256=row.get("text_sha256"),
        headline=row.get("headline"),
        revision=row.get("revision") or 0,
        payload_digest=digest,
        payload_warc_date=row["fetched_at"] if digest else None,
        gone_at=row.get("gone_at"),
        date_precision=row.get("date_precision"),
        quality=quality_of(row) if table is ARTICLES else None,
    )
    verdict = verdicts.get(seen.article_id)
    if table is ARTICLES:
        is_judged = verdict and (verdict["verdict"], verdict["revision"]) == (Verdict.ARTICLE, seen.revision)
        return IndexUpdate(replace(seen, verdict=Verdict.ARTICLE) if is_judged else seen, text_of(row))
    if table is REJECTED and verdict and verdict["verdict"] == Verdict.NOT_ARTICLE and verdict["text_sha256"]:
        seen = replace(seen, **{name: verdict[name] for name in ("article_id", "verdict", "text_sha256", "revision")})
    return IndexUpdate(seen)


_STATUS = {
    REJECTED.name: Status.REJECTED,
    DUPLICATES.name: Status.DUPLICATE,
    ARTICLES.name: Status.ARCHIVED,
}
