"""A crawl run as the pipeline's stages see it: what it captures, how its visits end, and their way into the bucket."""

import logging
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from pipelines.archive.batches import JournalEntry, OpenBatch, SealedBatch, recover
from pipelines.archive.bucket import StorageRefused, StorageUnavailable
from pipelines.archive.delivery import Delivery
from pipelines.archive.rows import article_row, duplicate_row, published_month, rejected_row, run_row
from pipelines.archive.schema import ARTICLES, DUPLICATES, REJECTED, RUNS, WATCHED_FIELDS
from pipelines.archive.site_lock import SiteBusy, SiteLock
from pipelines.archive.warc import Exchange, RevisitTarget
from pipelines.article import Article, Reason, Rejection
from pipelines.index.database import (
    Index,
    IndexUnavailable,
    IndexUpdate,
    Match,
    RunMetrics,
    SourceState,
    Status,
    TextFingerprint,
    UrlRecord,
)
from pipelines.index.fingerprints import article_id, text_sha256
from pipelines.report import MAX_PROBLEMS, Problem, RunReport
from pipelines.visit import Capture, Outcome, Visit, WarcRecord
from settings.clock import utc_now
from settings.crawl import VERSION, Crawl
from settings.storage import Storage

__all__ = ["CrawlRun", "Exchange", "SiteBusy", "StorageRefused", "StorageUnavailable"]

logger = logging.getLogger(__name__)

BATCH_BYTES = 256 << 20
"""Size of a WARC part at which a batch is full. Less than the 1 GB that WARC 1.1 advises: it goes up in one PUT."""

BATCH_VISITS = 500
"""Visits at which a batch is full: the rows are merged in memory."""

BATCH_SECONDS = 600.0
"""Age at which a batch is full: an article reaches its readers some ten minutes after its fetch."""

SUMMING_OUTCOMES = (Outcome.ARCHIVED, Outcome.REVISED, Outcome.DUPLICATE)
"""Outcomes of visits that brought a text, of which fill rates are taken."""

GOOD_OUTCOMES = (*SUMMING_OUTCOMES, Outcome.UNCHANGED)


@dataclass(frozen=True, slots=True)
class _Known:
    """The text that a URL had at the last look, as fingerprints, and whether it is in the corpus (else: a copy)."""

    text: str
    headline: str
    month: str
    revision: int
    in_corpus: bool


@dataclass(frozen=True, slots=True)
class _Judgement:
    """What `judge` found out of a text and `record` writes down."""

    before: _Known | None
    candidate: TextFingerprint | None
    match: Match | None


class CrawlRun:
    """One run over one site, from `open` to `finish`.

    `capture`, `judge`, `record` and `seal` are called by one thread (Scrapy's event loop); `deliver` may run beside
    them in another. A dry run keeps nothing: its captures go to a temporary folder, the index is only read.
    """

    def __init__(
        self,
        site: str,
        run_id: str,
        started_at: datetime,
        *,
        crawl: Crawl,
        index: Index,
        folder: Path,
        delivery: Delivery | None,
        lock: SiteLock | None,
        scratch: "tempfile.TemporaryDirectory[str] | None",
        batches: int = 0,
    ) -> None:
        self.site = site
        self.run_id = run_id
        self.started_at = started_at
        self.index = index
        self._crawl = crawl
        self._folder = folder
        self._delivery = delivery
        self._lock = lock
        self._scratch = scratch
        self._batch: OpenBatch | None = None
        self._batches = batches
        self._sealed: list[SealedBatch] = []
        self._delivering = threading.Lock()
        self._trouble = ""
        self._known: dict[str, _Known] = {}
        self._judgements: dict[str, _Judgement] = {}
        self._sources: list[SourceState] = []
        self._outcomes: Counter[Outcome] = Counter()
        self._rejections: Counter[Reason] = Counter()
        self._filled: Counter[str] = Counter()
        self._agreements: list[float] = []
        self._problems: list[Problem] = []
        self._bytes_received = 0

    @classmethod
    def open(
        cls, site: str, *, storage: Storage, crawl: Crawl, run_id: str | None = None, dry_run: bool = False
    ) -> Self:
        """Begin a run. What dead runs of any site left in the spool is delivered first; the site's stale claims end.

        `run_id` is the run's start in UTC, e.g. '20261124T080038Z'; None takes the present. A run opened once more
        under its id numbers its batches on.

        Raises SiteBusy where a run of the site is under way, StorageUnavailable, StorageRefused (no conditional PUT) or
        IndexUnavailable, each with one sentence for an operator.
        """
        started_at = utc_now()
        wanted = run_id or _run_id(started_at)
        if dry_run:
            scratch = tempfile.TemporaryDirectory(prefix=f"kliping-{site}-")
            return cls(
                site,
                wanted,
                started_at,
                crawl=crawl,
                index=Index.open(storage.index),
                folder=Path(scratch.name) / site,
                delivery=None,
                lock=None,
                scratch=scratch,
            )
        folder = storage.spool / site
        lock = SiteLock(folder, f"run {wanted}")
        try:
            index = Index.open(storage.index)
            try:
                delivery = Delivery(storage, index)
                delivery.prepare()
                delivery.deliver_all(recover(folder))
                delivery.deliver_orphans(storage.spool)
                index.release(site)
                free = run_id or _free_run_id(site, started_at, delivery)
                batches = delivery.batches_of(site, free)
            except BaseException:
                index.close()
                raise
        except BaseException:
            lock.release()
            raise
        return cls(
            site,
            free,
            started_at,
            crawl=crawl,
            index=index,
            folder=folder,
            delivery=delivery,
            lock=lock,
            scratch=None,
            batches=batches,
        )

    @property
    def dry_run(self) -> bool:
        return self._delivery is None

    @property
    def waiting(self) -> int:
        """Sealed batches that the bucket does not have yet."""
        return len(self._sealed)

    def capture(self, exchange: Exchange) -> Capture:
        """Keep any response, and its request, as received; as a `revisit` where the bucket has the payload already."""
        original = self._original(exchange)
        batch = self._open_batch()
        written = batch.capture(exchange, original)
        self._bytes_received += len(exchange.body)
        return Capture(
            url=exchange.url,
            status=exchange.status,
            fetched_at=exchange.fetched_at,
            record=WarcRecord(batch.key, written.offset, written.length),
            payload_digest=written.payload_digest,
            unchanged=written.revisit,
            etag=exchange.header("ETag"),
            last_modified=exchange.header("Last-Modified"),
        )

    def judge(self, visit: Visit) -> None:
        """End a visit that brought pages: by what the index knows of its URL, and of its text at other URLs.

        Sets outcome, and of a duplicate `duplicate_of` (URL of the original) and `similarity`. A new text is claimed
        for this run, so that a run of another site that brings the same text at the same time has the copy. A visit
        that has ended already is left alone.

        Raises ValueError for a visit with neither an outcome, nor a cleaned page, nor pages that did not change.
        """
        if visit.outcome is not None:
            return
        seen = self._seen(visit.url)
        unchanged = bool(visit.pages) and all(page.capture.unchanged for page in visit.pages)
        if isinstance(visit.cleaned, Rejection):
            if unchanged and seen and seen.status is Status.REJECTED:
                visit.end(Outcome.UNCHANGED)
            else:
                visit.end(Outcome.REJECTED, visit.cleaned.detail)
        elif isinstance(visit.cleaned, Article):
            self._judge_text(visit, visit.cleaned, seen)
        elif unchanged:
            visit.end(Outcome.UNCHANGED)
        else:
            raise ValueError(f"{visit.url} has neither a text nor an outcome")

    def _judge_text(self, visit: Visit, article: Article, seen: UrlRecord | None) -> None:
        before = self._known.get(visit.url) or _known(seen)
        text, headline = text_sha256(article.body), text_sha256(article.headline)
        if before and (before.text, before.headline) == (text, headline):
            visit.end(Outcome.UNCHANGED)
            return
        # The claim is the run's, under the run's site: a run over foreign WARCs brings pages of many sites.
        candidate = TextFingerprint.from_body(
            visit.url, site=self.site, run=self.run_id, body=article.body, published_at=article.date_published
        )
        window = timedelta(days=self._crawl.near_duplicate_days)
        match = self.index.match(candidate, window) if self.dry_run else self.index.match_or_claim(candidate, window)
        if before and before.in_corpus:
            # An article of the corpus stays one, even where its new text comes to repeat another's.
            visit.end(Outcome.REVISED)
        elif match:
            visit.duplicate_of, visit.similarity = match.url, match.similarity
            visit.end(Outcome.DUPLICATE, f"{match.kind} copy of {match.url}")
        else:
            visit.end(Outcome.ARCHIVED)
        in_corpus = visit.outcome is not Outcome.DUPLICATE
        revision = before.revision + 1 if before and before.in_corpus else int(in_corpus)
        self._known[visit.url] = _Known(text, headline, published_month(article.date_published), revision, in_corpus)
        self._judgements[visit.url] = _Judgement(before, candidate if in_corpus else None, match)

    def record(self, visit: Visit) -> None:
        """Journal an ended visit. When this returns, nothing but the loss of the disk loses it.

        Raises ValueError for a visit without an outcome.
        """
        if visit.outcome is None:
            raise ValueError(f"{visit.url} has no outcome yet")
        self._count(visit, visit.outcome)
        line = self._line(visit, visit.outcome, self._judgements.pop(visit.url, None))
        if self.dry_run:
            return
        if visit.url in self._open_batch().urls:
            # A batch is one commit: a second version in it would replace the first before that could be a revision.
            self.seal()
        self._open_batch().journal(line, visit.url)
        for alias in self._aliases(visit, line.mark.seen) if line.mark else ():
            self._open_batch().journal(JournalEntry(mark=alias))

    @property
    def batch_is_full(self) -> bool:
        """Whether the batch is due to be sealed, by its size, its visits or its age."""
        batch = self._batch
        return batch is not None and (
            batch.warc_bytes >= BATCH_BYTES
            or len(batch.urls) >= BATCH_VISITS
            or time.monotonic() - batch.opened_at >= BATCH_SECONDS
        )

    def seal(self) -> None:
        """Close the current batch, if there is one; it waits for `deliver`."""
        batch, self._batch = self._batch, None
        if batch is None:
            return
        batch.close()
        if not self.dry_run:
            self._sealed.append(SealedBatch.seal(batch.folder))

    def deliver(self) -> None:
        """Bring the sealed batches to the bucket, in order. Blocks; may run in a thread beside the crawl.

        Where the storage cannot be reached they stay spooled and count as `waiting`: the next call tries again, and so
        does the next run of any site.
        """
        if self._delivery is None:
            return
        with self._delivering:
            try:
                self._delivery.deliver_all(self._sealed)
                self._trouble = ""
            except (StorageUnavailable, StorageRefused, IndexUnavailable) as error:
                self._trouble = f"{self.waiting} batches wait in the spool: {error}"
                logger.warning("%s", self._trouble)

    def remember_source(self, state: SourceState) -> None:
        """Keep the validators of a source until the run is through; see `finish`."""
        self._sources.append(state)

    def report(
        self,
        finish_reason: str,
        *,
        announced: int = 0,
        known: int = 0,
        failures: Sequence[str] = (),
        warnings: Sequence[str] = (),
    ) -> RunReport:
        """What the run has done so far, out of the visits recorded."""
        texts = sum(self._outcomes[outcome] for outcome in SUMMING_OUTCOMES)
        return RunReport(
            site=self.site,
            run=self.run_id,
            started_at=self.started_at,
            finished_at=utc_now(),
            finish_reason=finish_reason,
            announced=announced,
            known=known,
            looked_at=self._outcomes.total(),
            outcomes=dict(self._outcomes),
            rejections=dict(self._rejections),
            fill_rates={name: self._filled[name] / texts for name in WATCHED_FIELDS} if texts else {},
            bytes_received=self._bytes_received,
            failures=tuple(failures),
            warnings=tuple(warnings),
            problems=tuple(self._problems),
        )

    @property
    def metrics(self) -> RunMetrics:
        """What the run has brought so far, out of the visits recorded."""
        return RunMetrics(
            self.site,
            self.run_id,
            utc_now(),
            archived=self._outcomes[Outcome.ARCHIVED],
            texts=sum(self._outcomes[outcome] for outcome in SUMMING_OUTCOMES),
            filled=dict(self._filled),
            rejections={str(reason): count for reason, count in self._rejections.items()},
            agreements=tuple(self._agreements),
        )

    def finish(self, report: RunReport) -> RunReport:
        """End the run: its row is written, everything is delivered, the site is free again. Blocks.

        The validators of sources are saved only where the crawl came to its own end and everything was delivered: else
        the next run would be told "not modified" by a source whose articles this run did not archive.

        Returns the report with what still waits.
        """
        try:
            if not self.dry_run:
                self._open_batch().journal(JournalEntry(RUNS.name, run_row(report)))
            self.seal()
            self.deliver()
            if not self.dry_run:
                self.index.save_metrics(self.metrics)
            if not self.dry_run and not self.waiting:
                if report.finish_reason == "finished":
                    self.index.save_sources(self._sources)
                self.index.release(self.site)
        finally:
            self.abandon()
        trouble = (self._trouble,) if self._trouble else ()
        return replace(report, waiting=self.waiting, warnings=report.warnings + trouble)

    def abandon(self) -> None:
        """End the run without a row or a delivery. What it recorded stays in the spool for the next run to deliver."""
        if self._batch is not None:
            self._batch.close()
            self._batch = None
        self.index.close()
        if self._lock:
            self._lock.release()
        if self._scratch:
            self._scratch.cleanup()

    def _open_batch(self) -> OpenBatch:
        if self._batch is None:
            self._batches += 1
            self._batch = OpenBatch(self._folder, self.run_id, self._batches, self._warcinfo())
        return self._batch

    def _warcinfo(self) -> dict[str, str]:
        return {
            "software": f"Kliping/{VERSION}",
            "isPartOf": f"{self.site}-{self.run_id}",
            "description": f"Crawl of {self.site}, run {self.run_id}",
            "operator": self._crawl.contact or "no contact stated",
            "http-header-user-agent": self._crawl.user_agent,
            "robots": "obey",
        }

    def _seen(self, url: str) -> UrlRecord | None:
        return self.index.seen([url]).get(url)

    def _original(self, exchange: Exchange) -> RevisitTarget | None:
        """The capture in the bucket that holds the exchange's payload in full, or that a 304 speaks of."""
        seen = self._seen(exchange.url)
        if seen and seen.payload_digest and seen.payload_warc_date:
            return RevisitTarget(seen.payload_digest, seen.payload_warc_date)
        return None

    def _count(self, visit: Visit, outcome: Outcome) -> None:
        self._outcomes[outcome] += 1
        if outcome is Outcome.REJECTED and isinstance(visit.cleaned, Rejection):
            self._rejections[visit.cleaned.reason] += 1
        if outcome in SUMMING_OUTCOMES and isinstance(visit.cleaned, Article):
            self._filled.update(name for name in WATCHED_FIELDS if getattr(visit.cleaned, name))
            if visit.cleaned.agreement is not None:
                self._agreements.append(visit.cleaned.agreement)
        if outcome not in GOOD_OUTCOMES and len(self._problems) < MAX_PROBLEMS:
            self._problems.append(Problem(visit.url, outcome, visit.detail))

    def _line(self, visit: Visit, outcome: Outcome, judgement: _Judgement | None) -> JournalEntry:
        cleaned = visit.cleaned
        mark = self._mark(visit, outcome, judgement)
        if outcome is Outcome.REJECTED and isinstance(cleaned, Rejection):
            return JournalEntry(REJECTED.name, rejected_row(visit, cleaned, self.run_id), mark)
        if judgement is None or not isinstance(cleaned, Article):
            return JournalEntry(mark=mark)
        identity, text = article_id(visit.url), text_sha256(cleaned.body)
        if outcome is Outcome.DUPLICATE and judgement.match:
            return JournalEntry(
                DUPLICATES.name, duplicate_row(visit, cleaned, identity, text, judgement.match, self.run_id), mark
            )
        before = judgement.before
        return JournalEntry(
            ARTICLES.name,
            article_row(visit, cleaned, identity, text, self.run_id),
            mark,
            month=before.month if before else None,
            revisits=[page.url for page in visit.pages if page.capture.unchanged],
            was_duplicate=before is not None and not before.in_corpus,
        )

    def _mark(self, visit: Visit, outcome: Outcome, judgement: _Judgement | None) -> IndexUpdate | None:
        """What the index learns of the visit; None where a second look in one run brought nothing new."""
        seen = self._seen(visit.url)
        capture = visit.pages[0].capture if visit.pages else None
        moment = capture.fetched_at if capture else utc_now()
        look = UrlRecord(
            visit.url,
            article_id(visit.url),
            visit.site,
            _STATUS.get(outcome, Status.FAILED),
            first_fetched_at=moment,
            last_fetched_at=moment,
        )
        if capture and outcome in _STATUS:
            look = _with_validators(look, capture, seen)
        if outcome is Outcome.UNCHANGED:
            return None if seen is None else IndexUpdate(_still(seen, look))
        if judgement is None or not isinstance(visit.cleaned, Article):
            return IndexUpdate(look)
        known = self._known[visit.url]
        look = replace(
            look,
            published_month=known.month,
            text_sha256=known.text,
            headline=visit.cleaned.headline,
            revision=known.revision,
        )
        return IndexUpdate(look, judgement.candidate)

    def _aliases(self, visit: Visit, look: UrlRecord) -> Iterator[IndexUpdate]:
        """Marks of the article's other addresses: the announced one, and its first page's, with the payload."""
        first = visit.pages[0].capture if visit.pages else None
        for url in {visit.announcement.url, *([first.url] if first else [])} - {visit.url}:
            moment = look.last_fetched_at
            alias = UrlRecord(
                url, article_id(url), visit.site, Status.ALIAS, first_fetched_at=moment, last_fetched_at=moment
            )
            if first and first.url == url:
                alias = _with_validators(alias, first, self._seen(url))
            yield IndexUpdate(alias)


_STATUS = {
    Outcome.ARCHIVED: Status.ARCHIVED,
    Outcome.REVISED: Status.ARCHIVED,
    Outcome.UNCHANGED: Status.ARCHIVED,
    Outcome.DUPLICATE: Status.DUPLICATE,
    Outcome.REJECTED: Status.REJECTED,
    Outcome.RIGHTS: Status.REJECTED,
    Outcome.OFF_SITE: Status.REJECTED,
}
"""What the index notes of a URL. Every other outcome is a failure, which may pass: it is tried again soon."""


def _run_id(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"


def _free_run_id(site: str, moment: datetime, delivery: Delivery) -> str:
    """The id of a run that starts now, or in the next second that no run of the site has taken before."""
    while delivery.batches_of(site, _run_id(moment)):
        moment += timedelta(seconds=1)
    return _run_id(moment)


def _known(seen: UrlRecord | None) -> _Known | None:
    if seen is None or seen.text_sha256 is None or seen.headline is None or seen.published_month is None:
        return None
    return _Known(
        seen.text_sha256,
        text_sha256(seen.headline),
        seen.published_month,
        seen.revision,
        seen.status is Status.ARCHIVED,
    )


def _still(seen: UrlRecord, look: UrlRecord) -> UrlRecord:
    """The look at a page that is as it was."""
    return replace(
        look,
        status=seen.status,
        published_month=seen.published_month,
        text_sha256=seen.text_sha256,
        headline=seen.headline,
        revision=seen.revision,
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
