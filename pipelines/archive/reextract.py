"""Re-extraction: archived articles are made anew from their pages in the bucket, by the rules of today.

The publisher did not change the text, we do. So an article keeps its `revision`; the row as it was goes to `revisions`
with `replaced_by` 'reextraction', and the new one says when it was made, and by which rules. A row whose content stays
the same is not touched at all; one of which only the precision of the date or the quality differ is brought up to date,
and what it was is not kept.

Every step is found out from what the tables and the index hold, so that a re-extraction that was cut short is simply
run again.
"""

import os
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

from pipelines.archive.article_changes import replace_by_reextraction
from pipelines.archive.bucket import Bucket
from pipelines.archive.bucket_owner import require_own
from pipelines.archive.conditions import sql
from pipelines.archive.payload import Unreadable, payload
from pipelines.archive.reextraction_report import NewVersion, Reextraction, ReextractionProblem, changes
from pipelines.archive.rows import article_values, quality_of, text_of, with_strongest_date
from pipelines.archive.schema import ARTICLES, Row
from pipelines.archive.tables import Corpus, pass_by
from pipelines.archive.tombstones import Tombstones
from pipelines.archive.verdicts import last_verdicts
from pipelines.article import SURE, Article, Hints, Page, Rejection, Verdict
from pipelines.cleaning.site_rules import SiteRules
from pipelines.cleaning.worker import CleaningError, CleaningWorker
from pipelines.index.database import Index, IndexUpdate, Status, UrlRecord
from pipelines.index.fingerprints import headline_key, is_text, text_sha256
from pipelines.report import MAX_PROBLEMS
from settings.clock import utc_now
from settings.crawl import crawl
from settings.storage import Storage

PROVENANCE_COLUMNS = ("extractor", "ruleset", "rules_fired", "removed_share", "agreement", "sources")
"""Columns that say how the others came about: where only they differ there is nothing new to read."""

MARKS = ("date_precision", "published_day", "quality", "quality_reasons")
"""Columns that follow from the others, or say how far those are to be trusted: where only they differ the row as it was
is not kept."""

MAX_CONCURRENT_ARTICLES = 4 + 2 * (os.cpu_count() or 1)
"""Articles being read or cleaned at once: more than there are cores, so that none waits for the store."""


def reextract(
    site: str,
    month: str,
    *,
    storage: Storage,
    rules: SiteRules,
    worker: CleaningWorker,
    dry_run: bool = False,
    max_percent: int = 100,
    checkpoint: Callable[[str], None] = pass_by,
) -> Reextraction:
    """Clean the pages of the site's articles of a month ('YYYY-MM', UTC) anew and publish what comes out differently:
    all of it or, with `dry_run` and where more than `max_percent` of the articles would have other content, nothing.

    `worker` has a child for each core to use. Crawls may go on meanwhile: a text that one of them brings goes before
    ours. May be repeated after a crash at any point. `checkpoint` is told the name of each table that was committed to.

    Raises StorageUnavailable, IndexUnavailable: what was not committed then is found again by the next call. Raises
    ForeignBucket where the bucket is another deployment's.
    """
    started_at = utc_now()
    corpus = Corpus(storage, checkpoint)
    with Index.open(storage.index) as index:
        require_own(corpus.bucket, index, storage.home)
        tombstones = Tombstones.read(index.tombstones())
    found = corpus.select(ARTICLES, f"t.site = {sql(site)} AND t.published_month = {sql(month)}")
    excluded = _excluded(found, site, tombstones)
    rows = [row for row in found if row["url"] not in excluded]
    verdicts = {(row["article_id"], row["revision"]): row["verdict"] for row in last_verdicts(corpus, site)}
    read: list[tuple[Row, Row]] = []
    problems = [ReextractionProblem(url, f"{why}: its row stays as it is") for url, why in excluded.items()]
    refused, pages = len(excluded), 0
    for row, result in cleaned(rows, corpus.bucket, rules, worker):
        pages += len(row["pages"]) * isinstance(result, Article | Rejection)
        if isinstance(result, Article):
            if verdicts.get((row["article_id"], row["revision"])) == Verdict.ARTICLE:
                result = replace(result, quality=SURE, quality_reasons=())
            read.append((row, following_row(row, result, started_at)))
        elif isinstance(result, Rejection):
            refused += 1
            detail = f"not an article by the rules of today ({result.reason}): {result.detail}"
            problems.append(ReextractionProblem(row["url"], detail))
        else:
            problems.append(ReextractionProblem(row["url"], str(result)))
    changed = [(row, following) for row, following in read if following is not row]
    new_versions = [
        NewVersion(row, following, columns)
        for row, following in changed
        if (columns := differing(row, following, {*PROVENANCE_COLUMNS, *MARKS, "reextracted_at"}))
    ]
    report = Reextraction(
        site,
        month,
        articles=len(found),
        pages=pages,
        changed=len(changed),
        unchanged=len(read) - len(changed),
        refused=refused,
        failed=len(rows) - len(read) - (refused - len(excluded)),
        changes=changes(new_versions),
        published=False,
        seconds=0.0,
        problems=tuple(problems[:MAX_PROBLEMS]),
    )
    if publishes := not dry_run and report.percent <= max_percent:
        if changed:
            replace_by_reextraction(corpus, [each.before for each in new_versions], [after for _, after in changed])
        _align_index(storage, [following for _, following in read])
    return replace(report, published=publishes, seconds=round((utc_now() - started_at).total_seconds(), 1))


def _excluded(rows: Sequence[Row], site: str, tombstones: Tombstones) -> dict[str, str]:
    """Those of the rows' URLs that are left alone, as the operator wants it or after a takedown, and why."""
    excluded = {row["url"]: str(exclusion) for row in rows if (exclusion := crawl().exclusion(row["url"]))}
    for row in rows:
        if tombstone := tombstones.covering(row["url"], site):
            excluded.setdefault(row["url"], tombstone.sentence)
    return excluded


Result = Article | Rejection | CleaningError | Unreadable


def cleaned(
    rows: Sequence[Row], bucket: Bucket, rules: SiteRules, worker: CleaningWorker
) -> Iterator[tuple[Row, Result]]:
    """Each row of `articles` with what cleaning makes of its pages today, in order. Few are under way at once: memory
    stays bounded.
    """
    under_way: deque[tuple[Row, Future[Result]]] = deque()
    with ThreadPoolExecutor(MAX_CONCURRENT_ARTICLES, thread_name_prefix="reextract") as threads:
        for row in rows:
            under_way.append((row, threads.submit(_clean, row, bucket, worker, rules)))
            if len(under_way) > 2 * MAX_CONCURRENT_ARTICLES:
                done, future = under_way.popleft()
                yield done, future.result()
        while under_way:
            done, future = under_way.popleft()
            yield done, future.result()


def _clean(row: Row, bucket: Bucket, worker: CleaningWorker, rules: SiteRules) -> Result:
    try:
        pages = [_page(page, bucket) for page in row["pages"]]
        return worker.clean(pages, row["url"], rules, _hints(row)).result()
    except (Unreadable, CleaningError) as error:
        return error


def _page(page: Mapping[str, Any], bucket: Bucket) -> Page:
    """A page as it was cleaned before: its body decoded, with the charset that its header states."""
    key = page["warc_filename"]
    if key is None:
        raise Unreadable(f"the archive does not have {page['url']}")
    try:
        found = payload(bucket.get(key, page["warc_record_offset"], page["warc_record_length"]))
    except KeyError as error:
        raise Unreadable(f"{key} is not in the bucket") from error
    except Unreadable as error:
        raise Unreadable(f"the record of {page['url']} in {key} could not be read: {error}") from error
    return Page(page["url"], found.body, found.charset)


def _hints(row: Row) -> Hints:
    """What the row keeps of its source's word on the article."""
    from_feed = {name for name, source in row["sources"].items() if source == "feed"}
    return Hints(
        headline=row["feed_headline"],
        date_published=row["feed_date_published"],
        date_modified=row["date_modified"] if "date_modified" in from_feed else None,
        keywords=tuple(row["keywords"]) if "keywords" in from_feed else (),
        fetched_at=row["fetched_at"],
        first_fetched_at=row["first_fetched_at"],
    )


def following_row(row: Row, article: Article, at: datetime) -> Row:
    """The row with the content of `article`, made anew at an aware time; the very same row where that is what it
    holds.
    """
    values = article_values(article, text_sha256(article.body)) | {"url": row["url"]}
    following = with_strongest_date(row | values, row)
    return following | {"reextracted_at": at} if _differ(row, following, PROVENANCE_COLUMNS) else row


def _differ(row: Row, following: Row, apart_from: Collection[str]) -> bool:
    return bool(differing(row, following, apart_from))


def differing(row: Row, following: Row, apart_from: Collection[str]) -> list[str]:
    """The columns in which two rows differ, by name, but for some."""
    return sorted(name for name in row.keys() - set(apart_from) if _plain(row[name]) != _plain(following[name]))


def _plain(value: Any) -> Any:
    """A value as tables give it back, for comparing: lists, and null for a list that is younger than the row."""
    return list(value) if isinstance(value, tuple) else [] if value is None else value


def _align_index(storage: Storage, rows: Sequence[Row]) -> None:
    """Have the index hold the texts that the rows have, where it is of the same revision: a later one came by a crawl.

    Looks at every row, not at those just changed, so that what a crash kept from the index is made up for.
    """
    if not rows:
        return
    with Index.open(storage.index) as index:
        seen = index.seen(row["url"] for row in rows)
        index.commit(_index_update(seen[row["url"]], row) for row in rows if _is_behind(seen.get(row["url"]), row))


def _is_behind(seen: UrlRecord | None, row: Row) -> bool:
    return (
        seen is not None
        and seen.status is Status.ARCHIVED
        and seen.revision == row["revision"]
        and not (
            is_text(seen.text_sha256, row["text_sha256"])
            and seen.headline in (None, row["headline"])
            and (seen.headline_key, seen.published_month, seen.date_precision, seen.quality)
            == (headline_key(row["headline"]), row["published_month"], row["date_precision"], quality_of(row))
        )
    )


def _index_update(seen: UrlRecord, row: Row) -> IndexUpdate:
    updated = replace(
        seen,
        text_sha256=row["text_sha256"],
        headline=row["headline"],
        published_month=row["published_month"],
        date_precision=row["date_precision"],
        quality=quality_of(row),
    )
    return IndexUpdate(updated, text_of(row))
