"""Make the index anew from the bucket: `kliping rebuild-index`, with no crawl under way.

For an index that was lost or damaged, or that holds the fingerprints of another version. The corpus's tables give back
every text and every URL that was archived, is a copy or was rejected. They do not tell of URLs that only failed, of the
validators of sources and pages, and of looks that changed nothing: the next crawl reads each source in full, and looks
at the articles of the last days once more than needed.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import QueryBuilder
from deltalake.exceptions import TableNotFoundError

from pipelines.archive.bucket_identity import committed_versions, make_identity
from pipelines.archive.rows import published_month, quality_of, text_of
from pipelines.archive.schema import ARTICLES, DUPLICATES, REJECTED, TABLES, Row, Table
from pipelines.archive.tables import Corpus
from pipelines.archive.verdicts import last_verdicts
from pipelines.article import Verdict
from pipelines.index.damaged_file import set_aside_if_damaged
from pipelines.index.database import Index, IndexUnavailable, IndexUpdate, Status, UrlRecord
from pipelines.index.fingerprints import article_id
from settings.clock import utc_now
from settings.storage import Storage

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


PROGRESS_SECONDS = 10.0
"""Between two words of progress."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What an index was made from: how many rows each table gave, by name. `set_aside` is where the old one lies, if it
    was a file that is damaged.
    """

    rows: Mapping[str, int]
    set_aside: Path | None


def rebuild(
    storage: Storage,
    revisit: Sequence[timedelta],
    window: timedelta,
    *,
    accept_empty: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Rebuilt:
    """Replace the index of `storage` by one made from its bucket, which is the index's from then on; the old one stays
    where that fails, unless it was damaged.

    `revisit` are the ages of re-visits. An article past the last of them counts as looked at then: the tables do
    not tell, and else every article ever archived would be due at once. Of texts published in a month that ended longer
    ago than `window` only exact copies are found from then on, and their bodies are not read. `accept_empty` takes a
    bucket without a corpus for a new beginning. `progress` is told now and then how far that has come.

    Raises StorageUnavailable, IndexUnavailable, TableNotFoundError where the bucket holds no corpus.
    """
    rows = dict.fromkeys((table.name for table in COLUMNS_READ), 0)
    corpus = Corpus(storage)
    bucket = corpus.bucket
    if accept_empty:
        bucket.ensure()
        corpus.ensure()
    for table in COLUMNS_READ:
        corpus.open(table)
    for table in TABLES.values():
        with suppress(TableNotFoundError):  # a bucket of an earlier version
            corpus.open(table)
    # As they were before anything is read: what comes meanwhile is read as well, and may be noted later.
    versions = committed_versions(corpus)
    whole_versions = {table.name: corpus.versions()[table.name] for table in (ARTICLES, DUPLICATES)}
    try:
        set_aside = set_aside_if_damaged(storage.index, utc_now())
    except OSError as error:
        raise IndexUnavailable(f"the damaged index {storage.index} cannot be set aside: {error}") from error
    now, last_age = utc_now(), max(revisit, default=timedelta())
    updates = _index_updates(corpus, last_age, now, published_month(now - window))
    Index.replace(
        storage.index,
        _told(updates, rows, progress),
        make_identity(bucket),
        versions,
        whole_versions,
        recent_since=now - max(window, last_age),
    )
    return Rebuilt(rows, set_aside)


def _told(
    updates: Iterable[tuple[Table, IndexUpdate]], rows: dict[str, int], progress: Callable[[str], None]
) -> Iterator[IndexUpdate]:
    """The updates; counts the rows of each table in `rows`."""
    told_at = time.monotonic()
    for table, update in updates:
        rows[table.name] += 1
        if time.monotonic() - told_at >= PROGRESS_SECONDS:
            told_at = time.monotonic()
            progress(f"{rows[table.name]} rows of {table.name}")
        yield update


def _index_updates(
    corpus: Corpus, last_age: timedelta, now: datetime, texts_since: str
) -> Iterator[tuple[Table, IndexUpdate]]:
    """The updates of all tables, each with its table."""
    verdicts = verdicts_by_id(corpus)
    for table in COLUMNS_READ:
        for row in _rows(corpus, table, texts_since):
            yield table, index_update(table, row, last_age, now, verdicts)


def verdicts_by_id(corpus: Corpus) -> dict[str, Row]:
    """The last verdict on each article, by its article_id, and that of its URL where it has moved there."""
    found: dict[str, Row] = {}
    for verdict in last_verdicts(corpus):
        found[verdict["article_id"]] = found[article_id(verdict["url"])] = verdict
    return found


def _rows(corpus: Corpus, table: Table, texts_since: str) -> Iterator[dict[str, Any]]:
    """The rows of a table, read partition by partition and batch by batch; those of months before `texts_since` without
    their bodies, which are nearly all of a table.
    """
    delta = corpus.open(table)
    stored = {field.name for field in delta.schema().fields}
    query = QueryBuilder().register("t", delta)
    for partition in delta.partitions():
        left_out = {"body"} if partition.get("published_month", texts_since) < texts_since else set()
        # A bucket that this version has not written to yet lacks its columns.
        read = stored - left_out
        selected = ", ".join(name if name in read else f"NULL AS {name}" for name in COLUMNS_READ[table])
        values = " AND ".join(f"{name} = '{value}'" for name, value in sorted(partition.items()))
        # A rejected page that has no time of fetching was judged by its URL alone: nothing was looked at.
        sql = f"SELECT {selected} FROM t WHERE {values} AND fetched_at IS NOT NULL"  # noqa: S608
        for batch in pa.RecordBatchReader.from_stream(query.execute(sql)):
            # Of an article that is linked to another its own row tells.
            yield from (row for row in batch.to_pylist() if not row.get("is_article"))


def index_update(
    table: Table, row: Row, last_age: timedelta, now: datetime, verdicts: Mapping[str, Row]
) -> IndexUpdate:
    """What the index has of a row with the COLUMNS_READ of its table; see `rebuild` for `last_age`."""
    first: Any = row.get("first_fetched_at") or row["fetched_at"]
    last_step = first + last_age
    # The digest of several pages is that of the first, which may be older than the version.
    digest = row.get("content_digest") if (row.get("page_count") or 1) == 1 else None
    seen = UrlRecord(
        url=row["url"],
        article_id=row.get("article_id") or article_id(row["url"]),
        site=row["site"],
        status=_STATUS[table],
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


_STATUS = {REJECTED: Status.REJECTED, DUPLICATES: Status.DUPLICATE, ARTICLES: Status.ARCHIVED}
