"""A crawl run as the pipeline's stages see it: what it captures, how its visits end, and their way into the bucket."""

import logging
import re
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pipelines.archive.batches import OpenBatch, SealedBatch
from pipelines.archive.bucket import StorageRefused, StorageUnavailable
from pipelines.archive.delivery import Delivery
from pipelines.archive.disk import DiskFailed, require_room
from pipelines.archive.journal import JournalEntry
from pipelines.archive.rows import article_row, duplicate_row, published_month, rejected_row, run_row
from pipelines.archive.schema import ARTICLES, DUPLICATES, REJECTED, RUNS
from pipelines.archive.site_lock import SiteBusy, SiteLock
from pipelines.archive.spool import (
    KILLED,
    Damage,
    RunProgress,
    batch_folders,
    recover,
    require_spool,
    waiting_urls,
)
from pipelines.archive.tables import Presence
from pipelines.archive.warc import Exchange, RevisitTarget
from pipelines.article import Article, Hints, Rejection
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
from pipelines.index.fingerprints import MIN_SIMILARITY, article_id, signature, similarity, text_sha256
from pipelines.report import RunReport
from pipelines.rights import KEEP_ALL, RightsPolicy, received_rights
from pipelines.run.counters import RunCounters, look_of
from pipelines.storable_text import storable
from pipelines.visit import TEXT_OUTCOMES, Capture, Outcome, Visit, WarcRecord
from settings.clock import utc_now
from settings.crawl import Crawl
from settings.storage import Storage
from settings.version import VERSION

__all__ = ["CrawlRun", "Exchange", "SiteBusy", "StorageRefused", "StorageUnavailable"]

logger = logging.getLogger(__name__)

FINISHED = "finished"
"""Scrapy's word for a crawl that came to its own end."""

SPOOL_DAMAGED = "spool_damaged"
"""Finish reason of a run that came to its own end, and found that something of its site's spool was lost."""

FROM_SOURCE = "feed"
"""What an article's `sources` say of what its page leaves open and the source that announced it states."""

ROBOTS_OBEYED = "obey"
"""What a WARC file says of a crawl that obeyed robots.txt."""

CONTROL = re.compile(r"[\x00-\x1f\x7f]")

MAX_BATCH_BYTES = 256 << 20
"""Size of a WARC part at which a batch is full. Less than the 1 GB that WARC 1.1 advises: it goes up in one PUT."""

MAX_BATCH_VISITS = 500
"""Visits at which a batch is full: the rows are merged in memory."""

MAX_BATCH_SECONDS = 600.0
"""Age at which a batch is full: an article reaches its readers some ten minutes after its fetch."""


@dataclass(frozen=True, slots=True)
class KnownText:
    """The text that an article has, as fingerprints, its URL, and whether it is in the corpus (else: a copy)."""

    url: str
    text: str
    headline: str
    month: str
    revision: int
    in_corpus: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What `judge` found out of a text and `record` writes down: the article's id as `identity`, its text `before` and
    `after` this look, the `match` that it is a copy of, and the `fingerprint` that was claimed for it where it is none.
    `replaced_copy` is the id under which an article that has moved was taken for a copy of itself.
    """

    identity: str
    before: KnownText | None
    after: KnownText
    fingerprint: TextFingerprint | None
    match: Match | None
    replaced_copy: str | None = None


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
        counters: RunCounters,
        robots: str,
        batches: int = 0,
        waiting: Sequence[SealedBatch] = (),
        min_free_mb: int = 0,
    ) -> None:
        self.site = site
        self.counters = counters
        self._robots = robots
        self._source = ""
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
        self._sealed = list(waiting)
        self._min_free_mb = min_free_mb
        self._has_progress = False
        self._is_damaged = False
        self._delivering = threading.Lock()
        self._trouble = ""
        self._known: dict[str, KnownText] = {}
        self._moved: dict[str, str] = {}
        self._sources: list[SourceState] = []

    @classmethod
    def open(
        cls,
        site: str,
        *,
        storage: Storage,
        crawl: Crawl,
        run_id: str | None = None,
        dry_run: bool = False,
        robots: str = ROBOTS_OBEYED,
        counters: RunCounters | None = None,
    ) -> Self:
        """Begin a run. What dead runs of any site left in the spool is delivered first; the site's stale claims end.

        Where the storage is away the run begins all the same, and what it brings waits in the spool.

        `run_id` is the run's start in UTC, e.g. '20261124T080038Z'; None takes the present. A run opened once more
        under its id numbers its batches on. `robots` says, to those who read the WARC files, how robots.txt was
        heeded. `counters` are given by who counts before the run is open.

        Raises SiteBusy where a run of the site is under way, StorageRefused (no conditional PUT), SpoolUnusable,
        DiskFailed or IndexUnavailable, each with one sentence for an operator.
        """
        started_at = utc_now()
        wanted = run_id or run_id_of(started_at)
        counters = counters or RunCounters()
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
                counters=counters,
                robots=robots,
            )
        folder = storage.spool / site
        require_spool(storage.spool)
        require_spool(folder)
        lock = SiteLock(folder, f"run {wanted}")
        try:
            index = Index.open(storage.index)
            try:
                return cls._open(site, run_id, started_at, storage, crawl, index, lock, robots, counters)
            except BaseException:
                index.close()
                raise
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _open(
        cls,
        site: str,
        run_id: str | None,
        started_at: datetime,
        storage: Storage,
        crawl: Crawl,
        index: Index,
        lock: SiteLock,
        robots: str,
        counters: RunCounters,
    ) -> Self:
        """The run, once its site's lock is held and its index is open."""
        damages: list[Damage] = []
        folder = storage.spool / site
        delivery = Delivery(storage, index)
        waiting = recover(folder, damages.append)
        batches, free = 0, run_id or run_id_of(started_at)
        try:
            delivery.prepare()
            if delivery.notice:
                counters.fail(delivery.notice)
            delivery.deliver_all(waiting, damages.append)
            delivery.deliver_orphans(storage.spool, damages.append)
            free = run_id or _free_run_id(site, started_at, delivery)
            batches = delivery.batches_of(site, free)
        except StorageUnavailable as error:
            counters.warn(f"the storage is away, and what the run brings waits in the spool: {error}")
        require_room(folder, storage.min_free_mb)
        index.release(site, {batch.run for batch in waiting})
        run = cls(
            site,
            free,
            started_at,
            crawl=crawl,
            index=index,
            folder=folder,
            delivery=delivery,
            lock=lock,
            scratch=None,
            counters=counters,
            robots=robots,
            batches=max([batches, *_numbers(folder, free)]),
            waiting=waiting,
            min_free_mb=storage.min_free_mb,
        )
        for damage in damages:
            run._take_note(damage)
        RunProgress(run._report_if_killed(), run._batches).write(folder)
        return run

    def _take_note(self, damage: Damage) -> None:
        """Have the run's report tell of a damaged batch. It fails the run where something of its own site was lost."""
        if damage.is_loss and damage.site == self.site:
            self._is_damaged = True
            self.counters.fail(damage.sentence)
        else:
            self.counters.warn(damage.sentence)

    @property
    def dry_run(self) -> bool:
        return self._delivery is None

    @property
    def waiting(self) -> int:
        """Sealed batches that the bucket does not have yet."""
        return len(self._sealed)

    def waiting_urls(self) -> frozenset[str]:
        """URLs that runs have looked at, which the index knows nothing of until their batches are delivered."""
        return frozenset(waiting_urls(self._sealed))

    def capture(self, exchange: Exchange, policy: RightsPolicy = KEEP_ALL) -> Capture:
        """Keep any response, and its request, as received; as a `revisit` where the bucket has the payload already.

        Of a response that states what `policy` refuses the body is not kept, unless the operator may keep it.

        Raises DiskFailed, IndexUnavailable: nothing of it is kept then.
        """
        if not self.dry_run:
            require_room(self._folder, self._min_free_mb)
        original = self._original(exchange)
        batch = self._open_batch()
        written = batch.capture(exchange, original, self._withheld_for(exchange, policy))
        self.counters.bytes_received += len(exchange.body)
        return Capture(
            url=exchange.url,
            status=exchange.status,
            fetched_at=exchange.fetched_at,
            record=None if written.withheld else WarcRecord(batch.key, written.offset, written.length),
            payload_digest=None if written.withheld else written.payload_digest,
            unchanged=written.revisit,
            etag=_validator(exchange.header("ETag")),
            last_modified=_validator(exchange.header("Last-Modified")),
        )

    def _withheld_for(self, exchange: Exchange, policy: RightsPolicy) -> list[str]:
        if self._crawl.keep_reserved or not policy.refuse:
            return []
        stated = received_rights(exchange.response_headers, exchange.body, is_mining_reserved=policy.is_mining_reserved)
        return [right for right in stated if right in policy.refuse]

    def describe_captures(self, source: str) -> None:
        """Say in the WARC files, of the captures to come, that they are from `source` and not from the web."""
        self._source = source
        if self._batch is not None:
            self._batch.describe(self._warcinfo())

    def hints(self, visit: Visit) -> Hints:
        """What is known of a fetched article before its page is read: what its announcement says, and, where that is
        silent, what an earlier look found. So a page that leaves its headline or date open stays an article when no
        source names it any more.
        """
        stated = visit.announcement.hints(visit.pages[0].capture.fetched_at)
        seen = self._seen(visit.url)
        if seen is None or seen.status is not Status.ARCHIVED:
            return stated
        published_at = stated.date_published or self.index.published_at(seen.article_id)
        return replace(stated, headline=stated.headline or seen.headline, date_published=published_at)

    def judge(self, visit: Visit) -> Judgement | None:
        """End a visit that brought pages: by what the index knows of its URL, and of its text at other URLs. One to an
        archived article whose page is gone ends as gone, the first time.

        Returns what `record` writes down of a text that is new or changed, None for every other visit.

        Sets outcome, and of a duplicate `duplicate_of` (URL of the original) and `similarity`. A new text is claimed
        for this run, so that a run of another site that brings the same text at the same time has the copy. A visit
        that has ended otherwise already is left alone.

        Raises ValueError for a visit with neither an outcome, nor a cleaned page, nor pages that did not change.
        """
        _make_storable(visit)
        seen = self._seen(visit.url)
        if visit.outcome is Outcome.HTTP_ERROR and _takes_away(visit, seen):
            visit.end_as_gone(is_news=seen is not None and seen.gone_at is None)
        if visit.outcome is not None:
            return None
        unchanged = bool(visit.pages) and all(page.capture.unchanged for page in visit.pages)
        visit.was_refused = seen is not None and seen.status is Status.REJECTED
        if isinstance(visit.cleaned, Rejection):
            if unchanged and seen and seen.status is Status.REJECTED:
                visit.end(Outcome.UNCHANGED)
            else:
                visit.end(Outcome.REJECTED, visit.cleaned.detail)
        elif isinstance(visit.cleaned, Article):
            return self._judge_text(visit, visit.cleaned, seen)
        elif unchanged:
            visit.end(Outcome.UNCHANGED)
        else:
            raise ValueError(f"{visit.url} has neither a text nor an outcome")
        return None

    def _judge_text(self, visit: Visit, article: Article, seen: UrlRecord | None) -> Judgement | None:
        text, headline = text_sha256(article.body), text_sha256(article.headline)
        in_corpus_here = seen is not None and seen.status is Status.ARCHIVED and _known_text(seen)
        former = None if in_corpus_here else self._former(visit, article)
        known = former or seen
        identity = self._moved.get(visit.url) or (known.article_id if known else article_id(visit.url))
        before = self._known.get(identity) or _known_text(known)
        if article.sources.get("headline") == FROM_SOURCE and before:
            headline = before.headline  # the page says nothing of it, so that it cannot have changed there
        if before and (before.url, before.text, before.headline) == (visit.url, text, headline):
            visit.end(Outcome.UNCHANGED)
            return None
        # The claim is the run's, under the run's site: a run over foreign WARCs brings pages of many sites.
        fingerprint = TextFingerprint.from_body(
            visit.url,
            site=self.site,
            run=self.run_id,
            body=article.body,
            published_at=article.date_published,
            identity=identity,
        )
        window = timedelta(days=self._crawl.near_duplicate_days)
        look_up = self.index.match if self.dry_run else self.index.match_or_claim
        match = look_up(fingerprint, window)
        if match and not before and (renamed := self._renamed(visit, match)):
            return self._judge_text(visit, article, renamed)
        if before and before.in_corpus:
            # An article of the corpus stays one, even where its new text comes to repeat another's.
            visit.end(Outcome.REVISED, "" if before.url == visit.url else f"it has moved from {before.url}")
        elif match:
            visit.duplicate_of, visit.similarity = match.url, match.similarity
            visit.end(Outcome.DUPLICATE, f"{match.kind} copy of {match.url}")
        else:
            visit.end(Outcome.ARCHIVED)
        in_corpus = visit.outcome is not Outcome.DUPLICATE
        revision = before.revision + 1 if before and before.in_corpus else int(in_corpus)
        month = published_month(article.date_published)
        after = KnownText(visit.url, text, headline, month, revision, in_corpus)
        was_copy_of_itself = former and seen and seen.status is Status.DUPLICATE and seen.article_id != identity
        return Judgement(
            identity,
            before,
            after,
            fingerprint if in_corpus else None,
            match,
            seen.article_id if seen and was_copy_of_itself else None,
        )

    def _renamed(self, visit: Visit, match: Match) -> UrlRecord | None:
        """The article that a text repeats, if it is the same one under a new name: its site's, with the same number in
        its address.
        """
        known = self._seen(match.url)
        if known is None or known.status is not Status.ARCHIVED or known.site != visit.site or not _known_text(known):
            return None
        return known if article_numbers(known.url) & article_numbers(visit.url) else None

    def _former(self, visit: Visit, article: Article) -> UrlRecord | None:
        """The article that the index knows by the address that led to this one, if it is the same that has moved: of
        the same text, or nearly so, or of the same headline, or with the same number in its address. Else what is there
        now is another article, and the known one has gone.
        """
        if visit.announcement.url == visit.url:
            return None
        former = self._seen(visit.announcement.url)
        if former is None or former.headline is None or former.text_sha256 is None:
            return None
        if (
            text_sha256(article.headline) == text_sha256(former.headline)
            or text_sha256(article.body) == former.text_sha256
        ):
            return former
        if article_numbers(former.url) & article_numbers(visit.url):
            return former
        text, own = self.index.text(former.article_id), signature(article.body)
        if text and text.signature and own and similarity(text.signature, own) >= MIN_SIMILARITY:
            return former
        return None

    def record(self, visit: Visit, judgement: Judgement | None) -> None:
        """Journal an ended visit with what `judge` made of it. When this returns, nothing but the loss of the disk
        loses it; where it raises, the run knows as little of the visit as before.

        Raises ValueError for a visit without an outcome, and for one that ended with a new text and no judgement of it;
        DiskFailed, IndexUnavailable.
        """
        if visit.outcome is None:
            raise ValueError(f"{visit.url} has no outcome yet")
        if visit.outcome in TEXT_OUTCOMES and visit.cleaned and judgement is None:
            raise ValueError(f"{visit.url} ended as {visit.outcome} and was not judged")
        _make_storable(visit)
        entry = self._entry(visit, visit.outcome, judgement)
        aliases = list(self._aliases(visit, entry.mark.seen)) if entry.mark and not visit.is_page_gone else []
        entry = replace(entry, aliases=aliases, look=look_of(visit, visit.outcome))
        if not self.dry_run:
            if visit.url in self._open_batch().urls:
                # A batch is one commit: a second version in it would replace the first before that could be a revision.
                self.seal()
            self._open_batch().journal(entry, visit.url)
        if judgement:
            self._known[judgement.identity] = judgement.after
            if judgement.identity != article_id(visit.url):
                self._moved[visit.url] = judgement.identity
        self.counters.count(visit, visit.outcome)
        if not self._has_progress:
            self._save_progress()

    @property
    def batch_is_full(self) -> bool:
        """Whether the batch is due to be sealed, by its size, its visits or its age."""
        batch = self._batch
        return batch is not None and (
            batch.warc_bytes >= MAX_BATCH_BYTES
            or len(batch.urls) >= MAX_BATCH_VISITS
            or time.monotonic() - batch.opened_at >= MAX_BATCH_SECONDS
        )

    def seal(self) -> None:
        """Close the current batch, if there is one; it waits for `deliver`.

        Raises DiskFailed: the next run of any site seals the batch then.
        """
        batch, self._batch = self._batch, None
        if batch is None:
            return
        batch.close()
        if not self.dry_run:
            self._save_progress(batch.number)
            self._sealed.append(SealedBatch.seal(batch.folder))

    def _save_progress(self, counted: int | None = None) -> None:
        """Note what the run's row would be if it were killed now; the counters include the batches up to `counted`."""
        if self.dry_run:
            return
        before = self._batches - 1 if counted is None else counted
        report = self._report_if_killed()
        if counted is None:
            # Of the batch that is open its journal tells.
            report = replace(report, looked_at=0, outcomes={}, rejections={}, fill_rates={}, problems=())
        RunProgress(report, before).write(self._folder)
        self._has_progress = True

    def _report_if_killed(self) -> RunReport:
        killed = "the run was killed before its end; what it had recorded was delivered by a later one"
        report = self.report(KILLED)
        return replace(report, failures=(*report.failures, killed))

    def deliver(self) -> None:
        """Bring the sealed batches to the bucket, in order. Blocks; may run in a thread beside the crawl.

        Where the storage cannot be reached they stay spooled and count as `waiting`: the next call tries again, and so
        does the next run of any site.
        """
        if self._delivery is None:
            return
        with self._delivering:
            try:
                self._delivery.deliver_all(self._sealed, self._take_note)
                self._trouble = ""
            except (StorageUnavailable, StorageRefused, IndexUnavailable, DiskFailed) as error:
                self._trouble = f"{self.waiting} batches wait in the spool: {error}"
                logger.warning("%s", self._trouble)

    def remember_source(self, state: SourceState) -> None:
        """Keep the validators of a source until the run is through; see `finish`."""
        self._sources.append(state)

    def report(self, finish_reason: str) -> RunReport:
        """What the run has done so far, out of the visits recorded."""
        return self.counters.report(
            self.site, self.run_id, finish_reason, started_at=self.started_at, finished_at=utc_now()
        )

    @property
    def metrics(self) -> RunMetrics:
        """What the run has brought so far, out of the visits recorded."""
        return self.counters.metrics(self.site, self.run_id, utc_now())

    def finish(self, report: RunReport) -> RunReport:
        """End the run: its row is written, everything is delivered, the site is free again. Blocks.

        The validators of sources are saved only where the crawl came to its own end and everything was delivered: else
        the next run would be told "not modified" by a source whose articles this run did not archive.

        Returns the report with what still waits, and with what kept the run from ending as it should.
        """
        is_whole = report.finish_reason == FINISHED
        try:
            report = self._write_row(report)
            self.deliver()
            if not self.dry_run:
                try:
                    self.index.save_metrics(self.metrics)
                    if not self.waiting:
                        if is_whole:
                            self.index.save_sources(self._sources)
                        self.index.release(self.site)
                except IndexUnavailable as error:
                    report = replace(report, failures=(*report.failures, str(error)))
        finally:
            self.abandon()
        if self._is_damaged and report.finish_reason == FINISHED:
            report = replace(report, finish_reason=SPOOL_DAMAGED)
        trouble = (self._trouble,) if self._trouble else ()
        told = [sentence for sentence in self.counters.failures if sentence not in report.failures]
        return replace(
            report,
            waiting=self.waiting,
            failures=(*report.failures, *told),
            warnings=report.warnings + trouble,
        )

    def _write_row(self, report: RunReport) -> RunReport:
        """Record the run's row, seal its last batch; the report, with what the disk did not take."""
        if self.dry_run:
            self.seal()
            return report
        try:
            self._open_batch().journal(JournalEntry(RUNS.name, run_row(report)))
            self.seal()
            RunProgress.remove(self._folder)
        except DiskFailed as error:
            sentence = f"the run's row waits for the next run of the site: {error}"
            return replace(report, failures=(*report.failures, sentence))
        return report

    def abandon(self) -> None:
        """End the run without a row or a delivery. What it recorded stays in the spool for the next run to deliver."""
        batch, self._batch = self._batch, None
        if batch is not None:
            with suppress(DiskFailed):  # what is whole of it is found by the next run
                batch.close()
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
        """What was done: a crawl in our name, or what somebody else's file holds, whose user agent we do not know."""
        stated = {
            "software": f"Kliping/{VERSION}",
            "isPartOf": f"{self.site}-{self.run_id}",
            "operator": self._crawl.contact or "no contact stated",
            "robots": self._robots,
        }
        if self._source:
            return {**stated, "description": f"{self._source}, taken over by run {self.run_id}"}
        return {
            **stated,
            "description": f"Crawl of {self.site}, run {self.run_id}",
            "http-header-user-agent": self._crawl.user_agent,
        }

    def _seen(self, url: str) -> UrlRecord | None:
        return self.index.seen([url]).get(url)

    def _original(self, exchange: Exchange) -> RevisitTarget | None:
        """The capture in the bucket that holds the exchange's payload in full, or that a 304 speaks of."""
        seen = self._seen(exchange.url)
        if seen and seen.url == exchange.url and seen.payload_digest and seen.payload_warc_date:
            return RevisitTarget(seen.payload_digest, seen.payload_warc_date)
        return None

    def _entry(self, visit: Visit, outcome: Outcome, judgement: Judgement | None) -> JournalEntry:
        cleaned = visit.cleaned
        mark = self._mark(visit, outcome, judgement)
        if mark and (presence := self._presence(visit, outcome, mark.seen)):
            return JournalEntry(mark=mark, presence=presence)
        if outcome is Outcome.REJECTED and isinstance(cleaned, Rejection):
            return JournalEntry(REJECTED.name, rejected_row(visit, cleaned, self.run_id), mark)
        if judgement is None or not isinstance(cleaned, Article):
            return JournalEntry(mark=mark)
        identity, text = judgement.identity, text_sha256(cleaned.body)
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
            replaced_copy=judgement.replaced_copy,
        )

    def _presence(self, visit: Visit, outcome: Outcome, mark: UrlRecord) -> Presence | None:
        """What `articles` learns of an article that was found to be gone, or there again as it was; else None."""
        seen = self._seen(visit.url)
        is_back = (
            outcome is Outcome.UNCHANGED and seen is not None and seen.gone_at is not None and mark.gone_at is None
        )
        if (outcome is not Outcome.GONE and not is_back) or mark.published_month is None:
            return None
        status = visit.pages[0].capture.status if outcome is Outcome.GONE else None
        return Presence(mark.article_id, mark.site, mark.published_month, mark.gone_at, status)

    def _mark(self, visit: Visit, outcome: Outcome, judgement: Judgement | None) -> IndexUpdate | None:
        """What the index learns of the visit; None where a second look in one run brought nothing new."""
        seen = self._seen(visit.url)
        capture = visit.pages[0].capture if visit.pages else None
        moment = capture.fetched_at if capture else utc_now()
        look = UrlRecord(
            visit.url,
            judgement.identity if judgement else seen.article_id if seen else article_id(visit.url),
            visit.site,
            _STATUS.get(outcome, Status.FAILED),
            first_fetched_at=moment,
            last_fetched_at=moment,
        )
        if capture and outcome in _STATUS:
            look = _with_validators(look, capture, seen)
        if seen and visit.is_page_gone and outcome in (Outcome.GONE, Outcome.UNCHANGED):
            # The validators stay: should the page come back as it was, the server may say so by a 304.
            return IndexUpdate(replace(seen, last_fetched_at=moment, gone_at=seen.gone_at or moment))
        if outcome is Outcome.UNCHANGED:
            return None if seen is None else IndexUpdate(_still(seen, look))
        if judgement is None or not isinstance(visit.cleaned, Article):
            return IndexUpdate(look)
        known = judgement.after
        look = replace(
            look,
            published_month=known.month,
            text_sha256=known.text,
            headline=visit.cleaned.headline,
            revision=known.revision,
        )
        return IndexUpdate(look, judgement.fingerprint)

    def _aliases(self, visit: Visit, look: UrlRecord) -> Iterator[IndexUpdate]:
        """Marks of the article's other addresses: the announced one, and its first page's, with the payload."""
        first = visit.pages[0].capture if visit.pages else None
        for url in {visit.announcement.url, *([first.url] if first else [])} - {visit.url}:
            if look.article_id in (article_id(url), _identity(self._seen(url))):
                continue  # it is known by that address already
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


def run_id_of(moment: datetime) -> str:
    """The id of a run that starts at `moment`, UTC: '20261124T080038Z'."""
    return f"{moment:%Y%m%dT%H%M%SZ}"


def _numbers(site_folder: Path, run: str) -> list[int]:
    """The numbers of the run's batches that lie in the spool."""
    return [int(folder.name.rpartition("-")[2]) for folder in batch_folders(site_folder) if folder.name.startswith(run)]


def _make_storable(visit: Visit) -> None:
    """Replace in a visit's texts what no store can hold."""
    visit.cleaned, visit.announcement = storable(visit.cleaned), storable(visit.announcement)
    visit.rights, visit.detail = storable(visit.rights), storable(visit.detail)


def _validator(value: str | None) -> str | None:
    """An ETag or Last-Modified as it may be sent back, None for one with control characters (RFC 9110, 5.5)."""
    return None if value is None or CONTROL.search(value) else value


def _free_run_id(site: str, moment: datetime, delivery: Delivery) -> str:
    """The id of a run that starts now, or in the next second that no run of the site has taken before."""
    while delivery.batches_of(site, run_id_of(moment)):
        moment += timedelta(seconds=1)
    return run_id_of(moment)


def _identity(seen: UrlRecord | None) -> str | None:
    return seen.article_id if seen else None


def article_numbers(url: str) -> frozenset[str]:
    """The numbers in the path of an address that may be its article's own: of five digits or more, and not a day."""
    numbers = re.findall(r"\d{5,}", urlsplit(url).path)
    return frozenset(number for number in numbers if not re.match(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d", number))


def _takes_away(visit: Visit, seen: UrlRecord | None) -> bool:
    """Whether a visit found the page of an archived article gone, later than it was last seen."""
    if seen is None or seen.status is not Status.ARCHIVED or not visit.is_page_gone:
        return False
    return visit.pages[0].capture.fetched_at > seen.last_fetched_at


def _known_text(seen: UrlRecord | None) -> KnownText | None:
    if seen is None or seen.text_sha256 is None or seen.headline is None or seen.published_month is None:
        return None
    return KnownText(
        seen.url,
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
