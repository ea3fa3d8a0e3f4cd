"""The rows that visits, articles and runs become."""

from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from pipelines.archive.jakarta_days import day_of
from pipelines.archive.schema import ARTICLE_COLUMNS, LINK_COLUMNS, SOURCED_FIELDS, WATCHED_FIELDS, Row, moment
from pipelines.article import Article, Reason, Rejection
from pipelines.date_strength import Dating, stands
from pipelines.index.fingerprints import text_sha256 as text_sha256_of
from pipelines.index.fingerprints import wording
from pipelines.index.records import Match, TextFingerprint, in_words
from pipelines.report import RunReport, month_of_run
from pipelines.visit import Announcement, Capture, Outcome, Visit, WarcRecord


def published_month(date_published: datetime) -> str:
    """Month of an aware time in UTC, 'YYYY-MM': the partition of an article."""
    return f"{date_published.astimezone(UTC):%Y-%m}"


def offset(moment: datetime | None) -> str | None:
    """Offset of an aware time, '+07:00'; None for None."""
    return None if moment is None else f"{moment:%z}"[:3] + ":" + f"{moment:%z}"[3:5]


def article_values(article: Article, text_sha256: str) -> Row:
    """What a row of `articles` holds of the article itself, whoever fetched its pages and when."""
    row: Row = {field.name: getattr(article, field.name) for field in fields(Article)}
    row |= {
        f"{name}_offset": offset(value) for name, value in row.items() if name in ("date_published", "date_modified")
    }
    return row | {
        "sources": {name: article.sources.get(name) for name in SOURCED_FIELDS},
        "published_month": published_month(article.date_published),
        "published_day": day_of(article.date_published),
        "word_count": article.word_count,
        "text_sha256": text_sha256,
    }


def with_strongest_date(new: Row, old: Row) -> Row:
    """The row `new` of an article of which `old` was the row so far, with the old one's date where that stands."""
    known = dating_of(old)
    if not stands(known, dating_of(new)):
        return new
    return new | {
        **{name: old[name] for name in ("date_published", "date_published_offset", "published_month")},
        "published_day": day_of(known.at),
        "date_precision": known.precision,
        "sources": {**new["sources"], "date_published": old["sources"]["date_published"]},
    }


def dating_of(row: Row) -> Dating:
    """The date of publication of a row of `articles`, or of a copy."""
    published_at: Any = moment(row["date_published"])
    return Dating(published_at, row.get("date_precision"), row["sources"]["date_published"])


def quality_of(row: Row) -> str | None:
    """The quality of a row of `articles`, as the index has it; None in rows of version 1.0."""
    return None if row["quality"] is None else in_words(row["quality"], row["quality_reasons"])


def article_row(visit: Visit, article: Article, article_id: str, text_sha256: str, run: str) -> Row:
    """The row of `articles` for a visit that brought a text, as revision 1.

    The visit's URL is the article's: what a page says of itself may name another site's page.
    """
    first = visit.pages[0].capture
    announcement = visit.announcement
    return article_values(article, text_sha256) | {
        "url": visit.url,
        "article_id": article_id,
        "site": visit.site,
        "revision": 1,
        "first_fetched_at": first.fetched_at,
        "discovered_via": str(announcement.via),
        "discovered_from": announcement.source,
        "feed_headline": announcement.headline,
        "feed_date_published": announcement.date_published,
        "pages": [{"url": page.url, **_warc(page.capture.record)} for page in visit.pages],
        "pages_missing": visit.pages_missing,
        "rights": visit.rights,
        **_evidence(visit.first_capture),
        "fetched_at": first.fetched_at,
        "run": run,
        "reextracted_at": None,
        "gone_at": None,
        "gone_status": None,
    }


def duplicate_row(visit: Visit, article: Article, article_id: str, text_sha256: str, original: Match, run: str) -> Row:
    """The row of `duplicates` for a visit whose text repeats `original`: as it would stand in `articles`, and what it
    repeats.
    """
    return article_row(visit, article, article_id, text_sha256, run) | _link(original, is_article=False)


def link_row(row: Row, other: Match) -> Row:
    """The row of `duplicates` for the article of a row of `articles` whose text is like that of another article."""
    own = {column.name: row.get(column.name) for column in LINK_COLUMNS if column.name in row}
    return own | _link(other, is_article=True)


def article_part(copy: Row) -> Row:
    """What `articles` has of a row of `duplicates` that is a copy."""
    return {column.name: copy.get(column.name) for column in ARTICLE_COLUMNS}


def _link(other: Match, *, is_article: bool) -> Row:
    return {
        "duplicate_of": other.article_id,
        "duplicate_of_url": other.url,
        "duplicate_of_site": other.site,
        "kind": str(other.kind),
        "similarity": other.similarity,
        "containment": other.containment,
        "is_article": is_article,
    }


def rejected_row(visit: Visit, rejection: Rejection, run: str) -> Row:
    """The row of `rejected`."""
    return {
        "url": visit.url,
        "site": visit.site,
        "reason": str(rejection.reason),
        "detail": rejection.detail,
        **_evidence(visit.first_capture),
        "run": run,
    }


def visit_row(visit: Visit, outcome: Outcome, run: str, ended_at: datetime) -> Row:
    """The row of `visits` for a visit that ended with `outcome` at `ended_at`, UTC."""
    reason: str | None = None
    if outcome is Outcome.REJECTED and isinstance(visit.cleaned, Rejection):
        reason = str(visit.cleaned.reason)
    elif outcome is Outcome.RIGHTS:
        reason = ", ".join(visit.refused_rights) or None
    return {
        "site": visit.site,
        "run": run,
        "month": month_of_run(run),
        "url": visit.url,
        "outcome": str(outcome),
        "reason": reason,
        "detail": visit.detail or None,
        "is_first": visit.is_first,
        "discovered_via": str(visit.announcement.via),
        "discovered_from": visit.announcement.source,
        "began_at": visit.began_at,
        "ended_at": ended_at,
        "seconds": (ended_at - visit.began_at).total_seconds(),
        "page_count": len(visit.pages),
        "pages_missing": visit.pages_missing,
        **_evidence(visit.first_capture),
    }


def announced_row(site: str, announcement: Announcement, announced_at: datetime, *, run: str) -> Row:
    """The row of `announced` for what a source was found to announce at `announced_at`, UTC."""
    return {
        "site": site,
        "run": run,
        "month": month_of_run(run),
        "url": announcement.url,
        "via": str(announcement.via),
        "source": announcement.source,
        "announced_at": announced_at,
        "headline": announcement.headline,
        "date_published": announcement.date_published,
        "date_modified": announcement.date_modified,
    }


def run_row(report: RunReport) -> Row:
    """The row of `runs`."""
    return {
        "site": report.site,
        "run": report.run,
        "started_at": report.started_at,
        "finished_at": report.finished_at,
        "seconds": (report.finished_at - report.started_at).total_seconds(),
        "finish_reason": report.finish_reason,
        "announced": report.announced,
        "known": report.known,
        "looked_at": report.looked_at,
        "outcomes": {str(outcome): report.outcomes.get(outcome, 0) for outcome in Outcome},
        "rejections": {str(reason): report.rejections.get(reason, 0) for reason in Reason},
        "fill_rates": {name: report.fill_rates.get(name) for name in WATCHED_FIELDS},
        "doubtful": report.doubtful,
        "doubts": [{"reason": reason, "texts": count} for reason, count in sorted(report.doubts.items())],
        "rights": [{"right": right, "pages": count} for right, count in sorted(report.rights.items())],
        "bytes_received": report.bytes_received,
        "failures": report.failures,
        "warnings": report.warnings,
        "problems": [asdict(problem) for problem in report.problems],
    }


def _evidence(capture: Capture | None) -> Row:
    return {
        "fetched_at": capture and capture.fetched_at,
        "http_status": capture and capture.status,
        "content_digest": capture and capture.payload_digest,
        **_warc(capture.record if capture else None),
        "captured_url": capture.url if capture and capture.record else None,
    }


def _warc(record: WarcRecord | None) -> Row:
    return {
        "warc_filename": record and record.filename,
        "warc_record_offset": record and record.offset,
        "warc_record_length": record and record.length,
    }


def text_of(row: Row) -> TextFingerprint:
    """The text of a row of `articles`, as the index knows it; without its wording where the row has no `body`."""
    body = row["body"]
    return TextFingerprint(
        row["article_id"],
        row["url"],
        row["site"],
        row["run"],
        row["text_sha256"] if body is None else text_sha256_of(body),
        None if body is None else wording(body),
        row["date_published"],
    )
