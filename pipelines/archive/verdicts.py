"""Operators' verdicts on doubtful pages: kept in the table `verdicts`, carried out in `articles` and in the index.

A verdict holds until the publisher changes the text. Each is a row for good, and the last of an article counts. What it
asks for is done in steps (`verdicts`, `rejected`, `articles`, index), each found out from what the tables and the index
hold, so that a verdict that was cut short is simply given again.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.article_changes import replace_by_reextraction, take_out
from pipelines.archive.conditions import sql
from pipelines.archive.delivery import Delivery
from pipelines.archive.schema import ARTICLES, REJECTED, VERDICTS, Row
from pipelines.archive.site_lock import SiteLock
from pipelines.archive.spool import recover
from pipelines.archive.tables import Corpus, pass_by
from pipelines.article import DOUBTFUL, SURE, Reason, Verdict
from pipelines.index.database import Index, IndexUpdate, Status, UrlRecord
from pipelines.index.fingerprints import article_id
from settings.clock import utc_now
from settings.storage import Storage

GIVING = "a verdict"
"""What others are told who find the site's lock taken."""


class NoVerdictPossible(Exception):  # noqa: N818 - it names a state, as its callers read it
    """There is nothing at the address that a verdict could be on; the message says so in one sentence."""


@dataclass(frozen=True, slots=True)
class Given:
    """A verdict as somebody gave it: `by` is who, `note` why, `at` when, in UTC."""

    verdict: Verdict
    by: str
    note: str | None
    at: datetime


def last_verdicts(corpus: Corpus, site: str | None = None) -> list[Row]:
    """The last verdict on each article of a site, or of all, the oldest first."""
    try:
        rows = corpus.select(VERDICTS, "TRUE" if site is None else f"t.site = {sql(site)}")
    except TableNotFoundError:  # of version 1.0
        return []
    last = {row["article_id"]: row for row in sorted(rows, key=lambda row: row["given_at"])}
    return sorted(last.values(), key=lambda row: row["given_at"])


def labels(corpus: Corpus) -> Iterator[dict[str, Any]]:
    """The last verdict on each page, as whoever trains or tests cleaning needs it: with where the page's bytes are."""
    for row in last_verdicts(corpus):
        yield {
            "url": row["url"],
            "label": row["verdict"],
            "site": row["site"],
            "given_at": row["given_at"].isoformat(),
            "given_by": row["given_by"],
            "note": row["note"],
            "quality_reasons": row["quality_reasons"] or [],
            "ruleset": row["ruleset"],
            "text_sha256": row["text_sha256"],
            "pages": row["pages"],
        }


def doubtful_articles(corpus: Corpus, sites: Collection[str], since: datetime) -> list[Row]:
    """URL, site, reasons, headline and time of fetching of the doubtful articles fetched since then, newest first."""
    corpus.ensure()
    among = f" AND t.site IN ({', '.join(map(sql, sites))})" if sites else ""
    columns = ("url", "site", "quality_reasons", "headline", "fetched_at")
    found = corpus.select(ARTICLES, f"t.quality = {sql(DOUBTFUL)}{among}", columns)
    recent = [row for row in found if row["fetched_at"] >= since]
    return sorted(recent, key=lambda row: row["fetched_at"], reverse=True)


def give_verdict(
    storage: Storage,
    url: str,
    verdict: Verdict,
    *,
    by: str,
    note: str | None = None,
    checkpoint: Callable[[str], None] = pass_by,
) -> str:
    """Keep a verdict on the page at the canonical `url`, and carry it out; what was done, in one sentence.

    Not an article: its row goes from `articles` to `rejected`; later looks leave it out while its text is as it is.
    An article: its row is sure, and stays so while its text is as it is; one that a verdict took out is looked at
    again. What our own rules refused gets a label alone.

    May be repeated after a crash at any point; `checkpoint` is told each step that is done: the names of the tables,
    and index.

    Raises NoVerdictPossible, SiteBusy where a crawl of the site is under way, StorageUnavailable, StorageRefused,
    IndexUnavailable, DiskFailed.
    """
    with Index.open(storage.index) as index:
        seen = index.seen([url]).get(url)
        if seen is None:
            raise NoVerdictPossible(f"nothing is known at {url}: kliping doubtful names what waits for a verdict")
        delivery = Delivery(storage, index)
        delivery.prepare()
        # What waits in the spool would bring back what a verdict takes out.
        delivery.deliver_orphans(storage.spool)
        site_folder = storage.spool / seen.site
        lock = SiteLock(site_folder, GIVING)
        try:
            delivery.deliver_all(recover(site_folder))
            court = _Court(Corpus(storage, checkpoint), index, checkpoint)
            return court.decide(index.seen([url])[url], Given(verdict, by, note, utc_now()))
        finally:
            lock.release()


class _Court:
    """Carries out verdicts on the articles of one archive, with the lock of their site held."""

    def __init__(self, corpus: Corpus, index: Index, checkpoint: Callable[[str], None]) -> None:
        self._corpus = corpus
        self._index = index
        self._checkpoint = checkpoint

    def decide(self, seen: UrlRecord, given: Given) -> str:
        where = f"t.site = {sql(seen.site)} AND t.article_id = {sql(seen.article_id)}"
        before = next((r for r in last_verdicts(self._corpus, seen.site) if r["article_id"] == seen.article_id), None)
        articles = self._corpus.select(ARTICLES, where)
        if articles:
            return self._on_article(articles[0], before, seen, given)
        if before and before["verdict"] == Verdict.NOT_ARTICLE:
            return self._on_taken_out(before, seen, given)
        among = f"t.site = {sql(seen.site)} AND t.url = {sql(seen.url)} AND t.fetched_at IS NOT NULL"
        refused = sorted(self._corpus.select(REJECTED, among), key=lambda row: row["fetched_at"])
        if not refused:
            raise NoVerdictPossible(f"{seen.url} is {seen.status}: a verdict is on an article or on a rejected page")
        self._keep(_verdict_on_rejected(refused[-1], given), before)
        return f"{seen.url}: the verdict ({given.verdict}) is kept as a label; the rules refuse the page as before"

    def _on_article(self, row: Row, before: Row | None, seen: UrlRecord, given: Given) -> str:
        self._keep(_verdict_on_article(row, given), before)
        if given.verdict is Verdict.ARTICLE:
            if row["quality"] != SURE or row["quality_reasons"]:
                replace_by_reextraction(self._corpus, [], [row | {"quality": SURE, "quality_reasons": []}])
            self._index.commit([IndexUpdate(replace(seen, quality=SURE, verdict=Verdict.ARTICLE))])
            self._checkpoint("index")
            return f"{seen.url}: its article is sure now"
        take_out(self._corpus, row, _rejected_row(row, given))
        self._mark_as_taken_out(seen)
        return f"{seen.url}: it is no article any more; its row is in rejected now"

    def _on_taken_out(self, before: Row, seen: UrlRecord, given: Given) -> str:
        """A verdict on what an earlier one took out of `articles`, or was about to."""
        if given.verdict is Verdict.NOT_ARTICLE:
            self._mark_as_taken_out(seen)
            return f"{seen.url}: it was taken out of the articles by an earlier verdict"
        self._keep(before | _given(given), before)
        again = UrlRecord(
            seen.url,
            seen.article_id,
            seen.site,
            Status.REJECTED,
            first_fetched_at=given.at,  # so that it is due again by its age
            last_fetched_at=given.at,
            text_sha256=before["text_sha256"],
            revision=before["revision"] - 1,  # its text is new to the corpus when it comes back, as that revision
            verdict=Verdict.ARTICLE,
        )
        self._index.put([IndexUpdate(again)])
        self._checkpoint("index")
        return f"{seen.url}: the verdict is kept; a crawl of the next hours looks at the page again and takes it back"

    def _mark_as_taken_out(self, seen: UrlRecord) -> None:
        taken_out = replace(
            seen, status=Status.REJECTED, verdict=Verdict.NOT_ARTICLE, quality=None, date_precision=None, gone_at=None
        )
        self._index.put([IndexUpdate(taken_out)])
        self._checkpoint("index")

    def _keep(self, row: Row, before: Row | None) -> None:
        """Add a verdict, unless it is the last one on its article, given again."""
        same = ("verdict", "text_sha256", "note", "given_by")
        if before is None or any(before[name] != row[name] for name in same):
            self._corpus.add(VERDICTS, row)


def _verdict_on_article(row: Row, given: Given) -> Row:
    kept = ("article_id", "url", "site", "headline", "quality_reasons", "ruleset", "revision", "text_sha256", "pages")
    return {name: row[name] for name in kept} | _given(given)


def _verdict_on_rejected(row: Row, given: Given) -> Row:
    page = {name: row[name] for name in ("warc_filename", "warc_record_offset", "warc_record_length")}
    page["url"] = row["captured_url"] or row["url"]
    return {
        "article_id": article_id(row["url"]),
        "url": row["url"],
        "site": row["site"],
        "headline": None,
        "quality_reasons": [row["reason"]],
        "ruleset": None,
        "revision": None,
        "text_sha256": None,
        "pages": [page],
    } | _given(given)


def _given(given: Given) -> Row:
    return {"verdict": str(given.verdict), "given_at": given.at, "given_by": given.by, "note": given.note}


def _rejected_row(row: Row, given: Given) -> Row:
    """What `rejected` says of an article that is none."""
    kept = ("url", "site", "http_status", "fetched_at", "content_digest", "run")
    warc = ("warc_filename", "warc_record_offset", "warc_record_length", "captured_url")
    note = f": {given.note}" if given.note else ""
    return {name: row[name] for name in (*kept, *warc)} | {
        "reason": str(Reason.NOT_ARTICLE),
        "detail": f"no article by the verdict of {given.by}, {given.at:%Y-%m-%d}{note}",
    }
