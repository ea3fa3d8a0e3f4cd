"""A crawl run as the pipeline's stages see it: what it captures, how its visits end, and their way into the bucket."""

import logging
import re
import socket
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Self

from pipelines.archive.batches import OpenBatch, SealedBatch, run_and_number
from pipelines.archive.bucket import StorageRefused, StorageUnavailable
from pipelines.archive.delivery import Delivery
from pipelines.archive.disk import DiskFailed, require_room
from pipelines.archive.journal import JournalEntry
from pipelines.archive.payload import MAX_BODY_BYTES, Unreadable, decoded
from pipelines.archive.rows import announced_row, run_row, visit_row
from pipelines.archive.schema import RUNS, Row
from pipelines.archive.site_lock import SiteBusy, SiteLock
from pipelines.archive.spool import (
    KILLED,
    Damage,
    RunProgress,
    batch_folders,
    has_overdue_row,
    recover,
    require_spool,
    waiting_urls,
)
from pipelines.archive.tombstones import Tombstone, Tombstones
from pipelines.archive.warc import Exchange, RevisitTarget
from pipelines.article import MINUTE, Article, Hints
from pipelines.content_encoding import BodyTooLarge, UndecodableBody, gunzip
from pipelines.date_strength import Dating
from pipelines.index.database import Index, IndexUnavailable
from pipelines.index.records import DocumentCapture, RunMetrics, SourceState, Status, UrlRecord
from pipelines.report import UNREACHABLE, RunReport, free_run_id, run_id_of
from pipelines.rights import KEEP_ALL, RightsPolicy, received_rights
from pipelines.run.counters import RunCounters, look_of
from pipelines.run.entries import addresses_of, entry_of
from pipelines.run.judgement import Judge, Judgement
from pipelines.run.known_addresses import KnownAddresses
from pipelines.storable_text import storable
from pipelines.visit import TEXT_OUTCOMES, Announcement, Capture, Outcome, Visit, WarcRecord
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

ROBOTS_OBEYED = "obey"
"""What a WARC file says of a crawl that obeyed robots.txt."""

CONTROL = re.compile(r"[\x00-\x1f\x7f]")

MAX_BATCH_BYTES = 256 << 20
"""Size of a WARC part at which a batch is full. Less than the 1 GB that WARC 1.1 advises: it goes up in one PUT."""

MAX_BATCH_VISITS = 200
"""Visits at which a batch is full: as many as MAX_BATCH_SECONDS bring at the usual pace. Its rows are committed in
memory: those of 500 took a run of long articles beyond 300 MB."""

MAX_BATCH_SECONDS = 600.0
"""Age at which a batch is full: an article reaches its readers some ten minutes after its fetch."""


@dataclass(frozen=True, slots=True)
class RunStart:
    """What a run begins with: its site, its id, when it started (UTC), and what `CrawlRun.open` was given for it."""

    site: str
    run_id: str
    started_at: datetime
    crawl: Crawl
    robots: str
    counters: RunCounters


class CrawlRun:
    """One run over one site, from `open` to `finish`.

    `capture`, `judge`, `record` and `seal` are called by one thread (Scrapy's event loop); `deliver` may run beside
    them in another. A dry run keeps nothing: its captures go to a temporary folder, the index is only read.
    """

    def __init__(
        self,
        start: RunStart,
        index: Index,
        folder: Path,
        *,
        delivery: Delivery | None = None,
        lock: SiteLock | None = None,
        scratch: "tempfile.TemporaryDirectory[str] | None" = None,
        batches: int = 0,
        waiting: Sequence[SealedBatch] = (),
        min_free_mb: int = 0,
    ) -> None:
        self.site = start.site
        self.run_id = start.run_id
        self.started_at = start.started_at
        self.counters = start.counters
        self.index = index
        self._crawl = start.crawl
        self._robots = start.robots
        self._source = ""
        self.tombstones = Tombstones.read(index.tombstones())
        self._addresses = KnownAddresses(index)
        self._judge = Judge(
            index,
            self._addresses,
            site=start.site,
            run_id=start.run_id,
            near_duplicate_days=start.crawl.near_duplicate_days,
            claims=delivery is not None,
        )
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
        self._sources: list[SourceState] = []
        self._documents: dict[str, DocumentCapture] = {}
        self._announced: dict[str, dict[str, tuple[Announcement, datetime]]] = {}

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
        now = utc_now()
        start = RunStart(site, run_id or run_id_of(now), now, crawl, robots, counters or RunCounters())
        if dry_run:
            scratch = tempfile.TemporaryDirectory(prefix=f"kliping-{site}-")
            return cls(start, Index.open(storage.index), Path(scratch.name) / site, scratch=scratch)
        folder = storage.spool / site
        require_spool(storage.spool)
        require_spool(folder)
        lock = SiteLock(folder, f"run {start.run_id}")
        try:
            index = Index.open(storage.index)
            try:
                if elsewhere := index.hold_site(site, f"run {start.run_id} on {socket.gethostname()}"):
                    raise SiteBusy(f"{site} is being worked on by {elsewhere}")
                return cls._open(start, index, folder, lock, storage, is_id_given=bool(run_id))
            except BaseException:
                index.close()
                raise
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _open(
        cls, start: RunStart, index: Index, folder: Path, lock: SiteLock, storage: Storage, *, is_id_given: bool
    ) -> Self:
        """The run, once its site's lock is held and its index is open."""
        damages: list[Damage] = []
        delivery = Delivery(storage, index)
        waiting = recover(folder, damages.append)
        # A run that found nothing new leaves nothing in the bucket by which its id would be known there.
        taken = {batch.run for batch in waiting} | {metrics.run for metrics in index.recent_metrics(start.site)}
        if not is_id_given:
            start = replace(start, run_id=free_run_id(start.started_at, taken.__contains__))
        batches = 0
        try:
            delivery.require_known()
            if delivery.notice:
                start.counters.fail(delivery.notice)
            delivery.deliver_all(waiting, damages.append)
            delivery.deliver_orphans(storage.spool, damages.append)
            if has_overdue_row(storage.spool, start.started_at):
                delivery.deliver_rows(storage.spool, waiting, damages.append)
            in_bucket = partial(delivery.batches_of, start.site)
            if is_id_given:
                batches = in_bucket(start.run_id)
            else:
                free = free_run_id(start.started_at, lambda run: run in taken or in_bucket(run) > 0)
                start = replace(start, run_id=free)
        except StorageUnavailable as error:
            start.counters.warn(f"the storage is away, and what the run brings waits in the spool: {error}")
        require_room(folder, storage.min_free_mb)
        index.release(start.site, {batch.run for batch in waiting})
        run = cls(
            start,
            index,
            folder,
            delivery=delivery,
            lock=lock,
            batches=max([batches, *_numbers(folder, start.run_id)]),
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
        """Sealed batches that the bucket does not have yet and should have: rows that may wait are not among them."""
        return sum(not batch.may_wait for batch in self._sealed)

    def waiting_urls(self) -> frozenset[str]:
        """URLs that runs have looked at, which the index knows nothing of until their batches are delivered."""
        return frozenset(waiting_urls(self._sealed))

    def capture(self, exchange: Exchange, policy: RightsPolicy = KEEP_ALL, *, is_article: bool = True) -> Capture:
        """Keep any response, and its request, as received; as a `revisit` where the bucket has the payload already.

        Of a response that states what `policy` refuses the body is not kept, unless the operator may keep it; nor of
        one with a text that was taken down: an article that repeats it, all else that quotes it. What `is_article`
        comes again by its visits; of all else the last form is remembered until the run is through.

        Raises DiskFailed, IndexUnavailable: nothing of it is kept then.
        """
        if not self.dry_run:
            require_room(self._folder, self._min_free_mb)
        original = self._original(exchange, is_article=is_article)
        batch = self._open_batch()
        withheld = self._why_withheld(exchange, policy, is_article=is_article)
        written = batch.capture(exchange, original, withheld)
        self.counters.bytes_received += len(exchange.body)
        is_whole = exchange.status == HTTPStatus.OK and not exchange.truncated
        if not is_article and is_whole and not written.revisit and not written.withheld and written.payload_digest:
            document = DocumentCapture(exchange.url, written.payload_digest, exchange.fetched_at)
            self._documents[exchange.url] = document
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

    def _why_withheld(self, exchange: Exchange, policy: RightsPolicy, *, is_article: bool) -> str:
        """Why the body of a response is not kept, in words; empty where it is."""
        if tombstone := self._taken_down(exchange, is_article=is_article):
            return f"it has a text of which {tombstone.sentence}"
        if self._crawl.keep_reserved or not policy.refuse:
            return ""
        stated = received_rights(exchange.response_headers, exchange.body, is_mining_reserved=policy.is_mining_reserved)
        refused = [right for right in stated if right in policy.refuse]
        return f"the response states {', '.join(refused)}" if refused else ""

    def _taken_down(self, exchange: Exchange, *, is_article: bool) -> Tombstone | None:
        if not self.tombstones:
            return None
        try:
            body = gunzip(decoded(exchange.body, exchange.header("Content-Encoding") or "", "").body, MAX_BODY_BYTES)
        except (Unreadable, UndecodableBody, BodyTooLarge):
            body = exchange.body
        return self.tombstones.repeated_in(body) if is_article else self.tombstones.quoted_in(body)

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
        seen = self._addresses.one(visit.url)
        if seen is None or seen.status is Status.FAILED:
            return stated
        stated = replace(stated, first_fetched_at=seen.first_fetched_at)
        if seen.status is not Status.ARCHIVED:
            return stated
        return replace(
            stated,
            headline=stated.headline or seen.headline,
            date_published=stated.date_published or self._known_minute(seen),
        )

    def known(self, url: str) -> UrlRecord | None:
        """What the index knows of the URL of the visit under way."""
        return self._addresses.one(url)

    def _known_minute(self, seen: UrlRecord) -> datetime | None:
        """When an article was published, where that is known to the minute: a weaker date fills nothing in. It stands
        against what the page says where that is weaker.
        """
        published_at = self.index.published_at(seen.article_id)
        if published_at is None or Dating(published_at, seen.date_precision).precision != MINUTE:
            return None
        return published_at

    def judge(self, visit: Visit) -> Judgement | None:
        """End a visit that brought pages, as `Judge.judge` says; returns what `record` takes beside it.

        Raises IndexUnavailable, and ValueError for a visit with neither an outcome, nor a cleaned page, nor pages that
        did not change.
        """
        _make_storable(visit)
        if visit.outcome is None and (tombstone := self._keeping_out(visit)):
            visit.end(Outcome.RIGHTS, tombstone.sentence)
        return self._judge.judge(visit)

    def _keeping_out(self, visit: Visit) -> Tombstone | None:
        """What keeps a page out: by its address, or by its text, which came at another one."""
        covering = self.tombstones.covering(visit.url, visit.site)
        if covering or not isinstance(visit.cleaned, Article):
            return covering
        return self.tombstones.repeated_in(visit.cleaned.body.encode())

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
        if judgement is None:
            _make_storable(visit)
        visit.detail = storable(visit.detail)  # of a visit that was judged the rest is
        seen = self._addresses.seen(addresses_of(visit))
        self._journal(visit, entry_of(visit, visit.outcome, judgement, seen, run_id=self.run_id, now=utc_now()))
        if judgement:
            self._judge.remember(visit.url, judgement)
        self._count(visit, visit.outcome)

    def record_cut_off(self, visit: Visit) -> None:
        """Journal a visit that the run's own end cut off, as failed. The index learns nothing of it, as there is
        nothing to be learned of its page: it is as due to the next run as it was to this one.

        Raises DiskFailed.
        """
        visit.end(Outcome.FAILED, "the run ended before its page was read; the next one looks at it")
        row = visit_row(visit, Outcome.FAILED, self.run_id, utc_now())
        self._journal(visit, JournalEntry(look=look_of(visit, Outcome.FAILED), visit=row))
        self._count(visit, Outcome.FAILED)

    def _journal(self, visit: Visit, entry: JournalEntry) -> None:
        if self.dry_run:
            return
        if self._open_batch().has_look_at(visit.url, entry):
            # A batch is one commit: a second version in it would replace the first before that could be a revision.
            self.seal()
        self._open_batch().journal(entry, visit.url)

    def _count(self, visit: Visit, outcome: Outcome) -> None:
        self._addresses.forget(addresses_of(visit))
        self.counters.count(visit, outcome)
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
        self._seal(may_wait=False)

    def _seal(self, *, may_wait: bool) -> None:
        batch, self._batch = self._batch, None
        if batch is None:
            return
        batch.close()
        if not self.dry_run:
            self._save_progress(batch.number)
            self._judge.end_batch(is_first_waiting=not self._sealed)
            self._sealed.append(SealedBatch.seal(batch.folder, may_wait=may_wait))

    def _save_progress(self, counted: int | None = None) -> None:
        """Note what the run's row would be if it were killed now; the counters include the batches up to `counted`."""
        if self.dry_run:
            return
        before = self._batches - 1 if counted is None else counted
        report = self._report_if_killed()
        if counted is None:
            # Of the batch that is open its journal tells.
            report = replace(
                report,
                looked_at=0,
                outcomes={},
                rejections={},
                fill_rates={},
                doubtful=0,
                doubts={},
                rights={},
                problems=(),
            )
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

    def enter_in_ledger(self, announcements: Iterable[Announcement]) -> None:
        """Have the ledger say what sources were found to announce, where it does not say so yet; at the run's end."""
        for announcement in announcements:
            if announcement.source:
                by_url = self._announced.setdefault(announcement.source, {})
                by_url.setdefault(announcement.url, (announcement, utc_now()))

    def _ledger_rows(self) -> list[Row]:
        return [
            announced_row(self.site, *by_url[url], run=self.run_id)
            for source, by_url in self._announced.items()
            for url in self.index.first_announced(source, by_url)
        ]

    def report(self, finish_reason: str) -> RunReport:
        """What the run has done so far, out of the visits recorded."""
        if finish_reason == FINISHED and self.counters.is_unreachable:
            finish_reason = UNREACHABLE
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
                            self.index.save_documents(self._documents.values())
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
            ledger = self._ledger_rows()
        except IndexUnavailable as error:
            # The next run finds as new what this one cannot tell from what was announced before.
            ledger, self._announced = [], {}
            report = replace(report, failures=(*report.failures, str(error)))
        has_found_nothing = not ledger and self._has_found_nothing(report)
        try:
            if has_found_nothing and self._batch is not None:
                batch, self._batch = self._batch, None
                batch.discard()
                self._documents.clear()
            self._open_batch().journal(JournalEntry(RUNS.name, run_row(report), announced=ledger))
            self._seal(may_wait=has_found_nothing)
            RunProgress.remove(self._folder)
            self.index.save_announced({source: list(by_url) for source, by_url in self._announced.items()})
        except IndexUnavailable as error:
            return replace(report, failures=(*report.failures, str(error)))
        except DiskFailed as error:
            sentence = f"the run's row waits for the next run of the site: {error}"
            return replace(report, failures=(*report.failures, sentence))
        return report

    def _has_found_nothing(self, report: RunReport) -> bool:
        """Whether the run came to its own end, well, and looked at no URL: what its sources sent brought nothing."""
        is_good = report.finish_reason == FINISHED and not report.failures
        return is_good and not report.looked_at and not self.counters.begun

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

    def _original(self, exchange: Exchange, *, is_article: bool) -> RevisitTarget | None:
        """The capture in the bucket that holds the exchange's payload in full, or that a 304 speaks of."""
        if not is_article:
            document = self.index.document(exchange.url)
            return RevisitTarget(document.payload_digest, document.payload_warc_date) if document else None
        seen = self._addresses.captured(exchange.url)
        if seen and seen.url == exchange.url and seen.payload_digest and seen.payload_warc_date:
            return RevisitTarget(seen.payload_digest, seen.payload_warc_date)
        return None


def _numbers(site_folder: Path, run: str) -> list[int]:
    """The numbers of the run's batches that lie in the spool."""
    found = map(run_and_number, batch_folders(site_folder))
    return [number for of_run, number in found if of_run == run]


def _make_storable(visit: Visit) -> None:
    """Replace in a visit's texts what no store can hold."""
    visit.cleaned, visit.announcement = storable(visit.cleaned), storable(visit.announcement)
    visit.rights, visit.detail = storable(visit.rights), storable(visit.detail)
    visit.missing_image = storable(visit.missing_image)


def _validator(value: str | None) -> str | None:
    """An ETag or Last-Modified as it may be sent back, None for one with control characters (RFC 9110, 5.5)."""
    return None if value is None or CONTROL.search(value) else value
