"""The owner of a run: a Scrapy extension that opens it, feeds it with captures, and closes it with its report."""

import asyncio
import logging
from abc import abstractmethod
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem, NotConfigured
from scrapy.http import Headers as ScrapyHeaders
from scrapy.http import Response
from twisted.python.failure import Failure

from pipelines.archive.disk import DiskFailed
from pipelines.archive.spool import SpoolUnusable, leave_run_row
from pipelines.archive.warc import DISCONNECT, LINE_END, Exchange, Headers
from pipelines.cleaning.site_rules import SiteRules
from pipelines.cleaning.worker import CleaningWorker
from pipelines.index.database import IndexUnavailable
from pipelines.report import RunReport, run_id_of
from pipelines.rights import RightsPolicy
from pipelines.run.counters import RunCounters
from pipelines.run.crawl_run import FINISHED, CrawlRun
from pipelines.run.held_signals import HeldSignals
from pipelines.run.recording_handler import EXCHANGE_KEY, RecordedExchange, response_cut_off
from pipelines.run.refusal import Refusal, refusal_of
from pipelines.visit import Outcome, Visit
from settings.clock import utc_now
from settings.storage import home

CAPTURE_KEY = "capture"
"""Key of a request's meta under which the `Capture` of its response lies."""

ARTICLE_KEY = "article"
"""Key of a request's meta: whether it asks for an article's page."""

DISCOVERED_FROM_KEY = "discovered_from"
"""Key of a request's meta: the URL of the source that announced the article whose page is asked for."""

LEAD_IMAGE_KEY = "lead_image"
"""Key of a request's meta: whether it asks for an article's lead image. Of what comes in its place nothing is kept."""

IMAGE_RIGHTS = ("noimageai",)
"""Reservations that keep an image out of the archive, beside those that a site's policy refuses."""

CAPTURED_AT_KEY = "captured_at"
"""Key of a request's meta: when its response was captured, where a WARC file answers in place of the web."""

WARNED_OUTCOMES = (Outcome.FAILED, Outcome.HTTP_ERROR, Outcome.TIMEOUT, Outcome.TOO_LARGE, Outcome.OFF_SITE)
"""Outcomes that the log shows as warnings."""


class RunSpider(Spider):
    """A spider whose visits are archived: what the owner of its run asks of it. `worker` cleans their pages."""

    counters: RunCounters
    worker: CleaningWorker
    dry_run: bool = False
    """Whether nothing is kept, as far as its arguments have been read."""

    @abstractmethod
    def open_run(self) -> CrawlRun:
        """Open the run.

        Raises Refusal where it must not begin, and what CrawlRun.open raises.
        """

    @abstractmethod
    def review(self, run: CrawlRun) -> None:
        """Tell the counters what is wrong with what the run brought, before its report is made."""

    @abstractmethod
    def rights_policy(self, url: str) -> RightsPolicy:
        """What decides whether a response from `url` may be kept."""

    @abstractmethod
    async def keep_lead_image(self, visit: Visit) -> None:
        """Have the lead image archived of the article that a visit brought, or found as it was, where its site is to be
        kept so and the archive does not have it yet.
        """

    @abstractmethod
    def site_rules(self, site: str) -> SiteRules:
        """The cleaning rules of the site `site`, as `Visit.site` has it."""


class RunExtension:
    """Owns the run of a RunSpider; does nothing for other spiders.

    What keeps the run from opening ends the crawl when the spider opens, before anything is asked for.
    """

    def __init__(self, crawler: Crawler, spider: RunSpider) -> None:
        self.crawler = crawler
        self.spider = spider
        self.started_at = utc_now()
        self.run: CrawlRun | None = None
        self.refusal: Refusal | None = None
        self._unfinished: list[Visit] = []
        self._delivery: asyncio.Future[None] | None = None
        self._ending: asyncio.Future[None] | None = None
        self._ended: asyncio.Event | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not isinstance(crawler.spider, RunSpider):
            raise NotConfigured
        extension = cls(crawler, crawler.spider)
        crawler.signals.connect(extension.on_spider_opened, signals.spider_opened)
        crawler.signals.connect(extension.on_response_downloaded, signals.response_downloaded)
        crawler.signals.connect(extension.on_response_cut_off, response_cut_off)
        crawler.signals.connect(extension.on_item_scraped, signals.item_scraped)
        crawler.signals.connect(extension.on_item_error, signals.item_error)
        crawler.signals.connect(extension.on_spider_closed, signals.spider_closed)
        crawler.signals.connect(extension.on_engine_stopped, signals.engine_stopped)
        signals_to_stop = HeldSignals()
        signals_to_stop.hold()
        crawler.signals.connect(signals_to_stop.release, signals.engine_started, weak=False)
        extension.open()
        return extension

    def open(self) -> None:
        """Open the run, before Scrapy's engine is made: what the spider sets for it still counts."""
        try:
            self.run = self.spider.open_run()
        except Exception as error:
            self.refusal = refusal_of(error)
            if self.refusal is None:
                raise

    def begin(self, visit: Visit) -> None:
        """Take note of a visit that the spider begins: it will be recorded, however the crawl ends."""
        self._unfinished.append(visit)
        self.spider.counters.begun += 1

    @property
    def waits_for_pages(self) -> bool:
        """Whether a visit is under way that has not ended yet."""
        return any(visit.outcome is None for visit in self._unfinished)

    def archive(self, visit: Visit) -> None:
        """Judge a visit, record it, and deliver a full batch beside the crawl.

        Raises DropItem where disk or index do not take it: the run ends, and the visit has failed.
        """
        run = self.opened_run
        try:
            run.record(visit, run.judge(visit))
        except (DiskFailed, IndexUnavailable) as error:
            visit.fail(f"it could not be recorded: {error}")
            self._end_early(error)
            raise DropItem(str(error), log_level="DEBUG") from error
        if run.batch_is_full:
            self.seal()

    def seal(self) -> None:
        """Close the current batch, if there is one: it outlives the machine, and is delivered beside the crawl."""
        run = self.opened_run
        try:
            run.seal()
        except DiskFailed as error:
            self._end_early(error)
            return
        if self._delivery is None or self._delivery.done():
            self._delivery = asyncio.ensure_future(asyncio.to_thread(run.deliver))

    def _end_early(self, error: Exception) -> None:
        """End the crawl, once, for what disk or index refuse."""
        refusal = refusal_of(error)
        if self._ending is None and refusal is not None:
            self.spider.counters.fail(str(refusal))
            self._ending = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason=refusal.finish_reason))

    @property
    def opened_run(self) -> CrawlRun:
        if self.run is None:
            raise RuntimeError("the run is not open")
        return self.run

    def on_spider_opened(self) -> None:
        self._ended = asyncio.Event()
        if self.refusal:
            self.spider.counters.fail(str(self.refusal))
            raise CloseSpider(self.refusal.finish_reason)

    def on_response_downloaded(self, response: Response, request: Request) -> None:
        """Keep every response as received, before Scrapy decodes it, whatever happens to it later; of one that reserves
        itself no more than that it came.
        """
        self._keep(request, exchange(request, response))

    def on_response_cut_off(self, request: Request, recorded: RecordedExchange) -> None:
        """Keep what had come of a response that was too long or took too long. Its visit fails all the same."""
        self._keep(request, exchange_cut_off(request, recorded))

    def _keep(self, request: Request, exchanged: Exchange) -> None:
        is_lead_image = bool(request.meta.get(LEAD_IMAGE_KEY))
        if is_lead_image and not leads_to_an_image(exchanged):
            return
        if self.run:
            try:
                policy = self.spider.rights_policy(exchanged.url)
                if is_lead_image:
                    policy = replace(policy, refuse=(*policy.refuse, *IMAGE_RIGHTS))
                # An image is remembered as little as an article's page: it does not come again.
                is_article = is_lead_image or bool(request.meta.get(ARTICLE_KEY))
                request.meta[CAPTURE_KEY] = self.run.capture(exchanged, policy, is_article=is_article)
            except (DiskFailed, IndexUnavailable) as error:
                self._end_early(error)

    def on_item_scraped(self, item: Visit) -> None:
        self._forget(item)
        level = logging.WARNING if item.outcome in WARNED_OUTCOMES else logging.INFO
        detail = f" ({item.detail})" if item.detail else ""
        self.spider.logger.log(level, "%s %s%s", item.outcome, item.url, detail)

    def on_item_error(self, item: Visit, failure: Failure) -> None:
        """A visit that a stage broke on has failed, whatever it had come to: it is recorded when the spider closes."""
        item.fail(f"a stage broke on it: {failure.getErrorMessage()}")

    async def on_spider_closed(self, reason: str) -> None:
        """Bring the run to its end; its report goes to the file that the setting REPORT_FILE names."""
        try:
            await self._end(reason)
        finally:
            if self._ended is not None:
                self._ended.set()

    async def on_engine_stopped(self) -> None:
        """Wait for the end of the run: told to stop while it closes a spider, Scrapy (2.19) stops its engine before the
        handlers of spider_closed have come to an end.
        """
        if self._ended is not None:
            await self._ended.wait()

    async def _end(self, reason: str) -> None:
        counters = self.spider.counters
        if self.run is None:
            report = self._leave_row(reason)
        else:
            if self._delivery is not None:
                await self._delivery
            self._record_unfinished(self.run)
            try:
                self.spider.review(self.run)
            except IndexUnavailable as error:
                counters.fail(str(error))
            if reason != FINISHED and not counters.failures:
                counters.fail(f"the crawl ended early: {reason}")
            report = await asyncio.to_thread(self.run.finish, self.run.report(reason))
            self.spider.logger.info("%s: %s", report.finish_reason, counters.summary())
        if path := self.crawler.settings.get("REPORT_FILE"):
            try:
                Path(path).write_text(report.to_json(), encoding="utf-8")
            except OSError as error:
                self.spider.logger.error("the report could not be written to %s: %s", path, error.strerror)

    def _leave_row(self, reason: str) -> RunReport:
        """The report of a run that did not begin: nobody has to read the log to learn why. Its row waits in the spool,
        but for a dry run's.
        """
        now = utc_now()
        report = self.spider.counters.report(
            self.spider.name, run_id_of(self.started_at), reason, started_at=self.started_at, finished_at=now
        )
        if self.spider.dry_run:
            return report
        try:
            return leave_run_row(home().spool, report)
        except (DiskFailed, SpoolUnusable) as error:
            self.spider.logger.warning("the run gets no row: %s", error)
            return report

    def _record_unfinished(self, run: CrawlRun) -> None:
        """Record as failed what was begun and did not come through."""
        left, self._unfinished = self._unfinished, []
        for visit in left:
            try:
                if visit.outcome is None:
                    run.record_cut_off(visit)
                else:
                    run.record(visit, None)
            except Exception as error:  # noqa: BLE001 - the others, and the report, are to come
                # Without an entry the index keeps what it knew of the URL: it is looked at again.
                self.spider.logger.error("%s could not be recorded: %s", visit.url, error)
                run.counters.count(visit, Outcome.FAILED)
        if run.counters.begun != run.counters.outcomes.total():
            run.counters.fail(
                f"{run.counters.begun} URLs were looked at, {run.counters.outcomes.total()} have an outcome"
            )

    def _forget(self, visit: Visit) -> None:
        self._unfinished = [other for other in self._unfinished if other is not visit]


def run_extension(crawler: Crawler) -> RunExtension:
    """The owner of the crawl's run.

    Raises NotConfigured where the spider's visits are not archived.
    """
    extension = crawler.get_extension(RunExtension)
    if extension is None:
        raise NotConfigured
    return extension


def is_image(content_type: str) -> bool:
    """Whether a Content-Type is that of an image."""
    return content_type.strip().lower().startswith("image/")


def leads_to_an_image(exchanged: Exchange) -> bool:
    """Whether a response has an image, or redirects."""
    return exchanged.header("Location") is not None or is_image(exchanged.header("Content-Type") or "")


def exchange(request: Request, response: Response) -> Exchange:
    """The request and response of one download, as the archive keeps them."""
    captured_at: datetime | None = request.meta.get(CAPTURED_AT_KEY)
    # It is this response's alone: the requests that follow from it, such as a redirect's, take the meta over.
    recorded: RecordedExchange | None = request.meta.pop(EXCHANGE_KEY, None)
    status = response.status
    received = Exchange(
        method=request.method,
        url=response.url,
        request_headers=header_lines(request.headers),
        status=status,
        reason=HTTPStatus(status).phrase if status in set(HTTPStatus) else "",
        response_headers=header_lines(response.headers),
        body=response.body,
        fetched_at=captured_at or utc_now(),
        ip_address=str(response.ip_address) if response.ip_address else None,
        truncated=DISCONNECT if "partial" in response.flags or "dataloss" in response.flags else None,
        protocol=response.protocol or "HTTP/1.1",
        discovered_from=request.meta.get(DISCOVERED_FROM_KEY),
    )
    return _as_recorded(received, recorded) if recorded else received


def exchange_cut_off(request: Request, recorded: RecordedExchange) -> Exchange:
    """The same of a response that was cut off."""
    status_line, *lines = LINE_END.split(recorded.response_head)
    protocol, _, status = status_line.decode("latin-1").partition(" ")
    received = Exchange(
        method=request.method,
        url=request.url,
        request_headers=header_lines(request.headers),
        status=int(status[:3]),
        reason=status[4:],
        response_headers=tuple(_parted(line) for line in lines if b":" in line),
        body=bytes(recorded.body),
        fetched_at=recorded.began_at,
        ip_address=recorded.ip_address,
        truncated=recorded.truncated,
        protocol=protocol,
        discovered_from=request.meta.get(DISCOVERED_FROM_KEY),
    )
    return _as_recorded(received, recorded)


def _as_recorded(received: Exchange, recorded: RecordedExchange) -> Exchange:
    """An exchange with what the connection told of it."""
    return replace(
        received,
        fetched_at=recorded.began_at,
        request_head=recorded.request_head,
        response_head=recorded.response_head,
        tls_version=recorded.tls_version,
        cipher_suite=recorded.cipher_suite,
        seconds=(utc_now() - recorded.began_at).total_seconds(),
    )


def header_lines(headers: ScrapyHeaders) -> Headers:
    return tuple((name, value) for name, values in headers.items() for value in values)


def _parted(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name, value.strip()


def meta_of(response: Response) -> dict[str, Any]:
    """The meta of the request that a response answers, empty where it answers none."""
    return response.request.meta if response.request else {}
