"""What an ended visit leaves in the journal: its row, and what the index learns of its addresses. Pure functions."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from pipelines.archive.batch_rows import Presence
from pipelines.archive.journal import JournalEntry
from pipelines.archive.rows import article_row, duplicate_row, rejected_row, visit_row
from pipelines.archive.schema import ARTICLES, DUPLICATES, REJECTED
from pipelines.article import Article, Rejection
from pipelines.index.fingerprints import article_id, text_sha256
from pipelines.index.records import IndexUpdate, Status, UrlRecord
from pipelines.run.counters import look_of
from pipelines.run.judgement import Judgement
from pipelines.visit import Capture, Outcome, Visit

STATUS = {
    Outcome.ARCHIVED: Status.ARCHIVED,
    Outcome.REVISED: Status.ARCHIVED,
    Outcome.UNCHANGED: Status.ARCHIVED,
    Outcome.DUPLICATE: Status.DUPLICATE,
    Outcome.REJECTED: Status.REJECTED,
    Outcome.RIGHTS: Status.REJECTED,
    Outcome.OFF_SITE: Status.REJECTED,
}
"""What the index notes of a URL. Every other outcome is a failure, which may pass: it is tried again soon."""


def addresses_of(visit: Visit) -> set[str]:
    """The addresses by which a visit's article may be known: its own, the announced one, and its first page's."""
    return {visit.url, visit.announcement.url, *(page.capture.url for page in visit.pages[:1])}


def entry_of(
    visit: Visit,
    outcome: Outcome,
    judgement: Judgement | None,
    seen: Mapping[str, UrlRecord],
    *,
    run_id: str,
    now: datetime,
) -> JournalEntry:
    """The journal's entry of a visit that ended with `outcome`, for the run `run_id`.

    `judgement` is that of a text that is new or changed, or whose date or quality is. `seen` is what the index knows of
    the visit's addresses (see `addresses_of`). `now`, in UTC, is when the visit ended, and the time of a look that
    brought no page.
    """
    mark = _mark(visit, outcome, judgement, seen.get(visit.url), now)
    entry = _with_row(visit, outcome, judgement, seen.get(visit.url), mark, run_id)
    aliases = list(_aliases(visit, mark.seen, seen)) if mark and not visit.is_page_gone else []
    return replace(entry, aliases=aliases, look=look_of(visit, outcome), visit=visit_row(visit, outcome, run_id, now))


def _with_row(
    visit: Visit,
    outcome: Outcome,
    judgement: Judgement | None,
    seen: UrlRecord | None,
    mark: IndexUpdate | None,
    run_id: str,
) -> JournalEntry:
    cleaned = visit.cleaned
    if judgement is None and mark and (presence := _presence(visit, outcome, seen, mark.seen)):
        return JournalEntry(mark=mark, presence=presence)
    if outcome is Outcome.REJECTED and isinstance(cleaned, Rejection):
        return JournalEntry(REJECTED.name, rejected_row(visit, cleaned, run_id), mark)
    if judgement is None or not isinstance(cleaned, Article):
        return JournalEntry(mark=mark)
    identity, text = judgement.identity, text_sha256(cleaned.body)
    if outcome is Outcome.DUPLICATE and judgement.match:
        row = duplicate_row(visit, cleaned, identity, text, judgement.match, run_id)
        return JournalEntry(DUPLICATES.name, row | {"revision": judgement.after.revision}, mark)
    before = judgement.before
    return JournalEntry(
        ARTICLES.name,
        article_row(visit, cleaned, identity, text, run_id) | {"revision": judgement.after.revision},
        mark,
        month=before.month if before else None,
        revisits=[page.url for page in visit.pages if page.capture.unchanged],
        was_duplicate=before is not None and not before.in_corpus,
        replaced_copy=judgement.replaced_copy,
        link=judgement.match,
    )


def _presence(visit: Visit, outcome: Outcome, seen: UrlRecord | None, look: UrlRecord) -> Presence | None:
    """What `articles` learns of an article that was found to be gone, or there again as it was; else None."""
    is_back = outcome is Outcome.UNCHANGED and seen is not None and seen.gone_at is not None and look.gone_at is None
    if (outcome is not Outcome.GONE and not is_back) or look.published_month is None:
        return None
    status = visit.pages[0].capture.status if outcome is Outcome.GONE else None
    return Presence(look.article_id, look.site, look.published_month, look.gone_at, status)


def _mark(
    visit: Visit, outcome: Outcome, judgement: Judgement | None, seen: UrlRecord | None, now: datetime
) -> IndexUpdate | None:
    """What the index learns of the visit; None where a second look in one run brought nothing new."""
    capture = visit.pages[0].capture if visit.pages else None
    moment = capture.fetched_at if capture else now
    look = UrlRecord(
        visit.url,
        judgement.identity if judgement else seen.article_id if seen else article_id(visit.url),
        visit.site,
        STATUS.get(outcome, Status.FAILED),
        first_fetched_at=moment,
        last_fetched_at=moment,
    )
    if capture and outcome in STATUS:
        look = replace(_with_validators(look, capture, seen), missing_image=visit.missing_image)
    if seen and visit.is_page_gone and outcome in (Outcome.GONE, Outcome.UNCHANGED):
        # The validators stay: should the page come back as it was, the server may say so by a 304.
        return IndexUpdate(replace(seen, last_fetched_at=moment, gone_at=seen.gone_at or moment))
    if outcome is Outcome.UNCHANGED and judgement is None:
        return None if seen is None else IndexUpdate(_still(seen, look))
    if outcome is Outcome.REJECTED and seen and seen.status is Status.REJECTED and seen.verdict:
        return IndexUpdate(_still(seen, look))
    if judgement is None or not isinstance(visit.cleaned, Article):
        return IndexUpdate(look)
    known = judgement.after
    look = replace(
        look,
        published_month=known.month,
        text_sha256=known.text,
        headline=known.headline,
        headline_key=known.headline_key,
        revision=known.revision,
        date_precision=known.precision,
        quality=known.quality,
        verdict=known.verdict,
    )
    # A run over foreign WARCs claims texts of many sites under its own.
    return IndexUpdate(look, judgement.fingerprint and replace(judgement.fingerprint, site=visit.site))


def _aliases(visit: Visit, look: UrlRecord, seen: Mapping[str, UrlRecord]) -> Iterator[IndexUpdate]:
    """Marks of the article's other addresses: the announced one, and its first page's, with the payload."""
    first = visit.pages[0].capture if visit.pages else None
    for url in addresses_of(visit) - {visit.url}:
        known = seen.get(url)
        if look.article_id in (article_id(url), known.article_id if known else None):
            continue  # it is known by that address already
        moment = look.last_fetched_at
        alias = UrlRecord(
            url, article_id(url), visit.site, Status.ALIAS, first_fetched_at=moment, last_fetched_at=moment
        )
        if first and first.url == url and look.status is not Status.FAILED:
            alias = _with_validators(alias, first, known)
        yield IndexUpdate(alias)


def _still(seen: UrlRecord, look: UrlRecord) -> UrlRecord:
    """The look at a page that is as it was."""
    return replace(
        look,
        status=seen.status,
        published_month=seen.published_month,
        text_sha256=seen.text_sha256,
        headline=seen.headline,
        headline_key=seen.headline_key,
        revision=seen.revision,
        date_precision=seen.date_precision,
        quality=seen.quality,
        verdict=seen.verdict,
    )


def _with_validators(look: UrlRecord, capture: Capture, seen: UrlRecord | None) -> UrlRecord:
    """The look with what the next conditional request and the next revisit record need."""
    if capture.unchanged and seen:
        return replace(
            look,
            etag=capture.etag or seen.etag,
            last_modified=capture.last_modified or seen.last_modified,
            payload_digest=seen.payload_digest,
            payload_warc_date=seen.payload_warc_date,
        )
    # A revisit record names one URL: the payload of another one, such as the one-page form, is not this URL's.
    own = capture.url == look.url
    return replace(
        look,
        etag=capture.etag,
        last_modified=capture.last_modified,
        payload_digest=capture.payload_digest if own else None,
        payload_warc_date=capture.fetched_at if own else None,
    )
