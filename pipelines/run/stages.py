"""The four stages a visit goes through, as Scrapy item pipelines: capture, clean, deduplicate, archive.

Each stage is thin: it waits for its part of the work and passes the visit on. The work itself is in
`pipelines.run.crawl_run`, `pipelines.cleaning`, `pipelines.index` and `pipelines.archive`, none of which knows Scrapy.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response

from pipelines.archive.learned_residue_table import residue_for_a_crawl
from pipelines.archive.warc import Exchange
from pipelines.article import Page, Rejection
from pipelines.cleaning.learned_residue import Position
from pipelines.cleaning.worker import CleaningCrashed, CleaningTimeout, CleaningWorker
from pipelines.run.crawl_run import CrawlRun
from pipelines.visit import Outcome, Visit
from settings.clock import utc_now
from settings.storage import storage


class CaptureStage:
    """Keeps every response as received, before Scrapy decodes it, whatever happens to it later."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        stage = cls(crawler)
        crawler.signals.connect(stage.response_downloaded, signals.response_downloaded)
        return stage

    def response_downloaded(self, response: Response, request: Request) -> None:
        """Write the exchange to the run's WARC file; the spider finds its `Capture` in `request.meta["capture"]`."""
        request.meta["capture"] = run_of(self.crawler).capture(exchange(request, response))

    def process_item(self, item: Visit) -> Visit:
        return item


def exchange(request: Request, response: Response) -> Exchange:
    """The request and response of one download, as the archive keeps them."""
    return Exchange(
        method=request.method,
        url=response.url,
        request_headers=header_lines(request.headers),
        status=response.status,
        reason=HTTPStatus(response.status).phrase if response.status in set(HTTPStatus) else "",
        response_headers=header_lines(response.headers),
        body=response.body,
        fetched_at=request.meta.get("captured_at") or utc_now(),
        ip_address=str(response.ip_address) if response.ip_address else None,
        truncated="disconnect" if "partial" in response.flags or "dataloss" in response.flags else None,
    )


def header_lines(headers: Headers) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name, value) for name, values in headers.items() for value in values)


class CleanStage:
    """Turns a visit's pages into an article or a rejection, in a child process with a time limit."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.worker = CleaningWorker()
        self.learned: Mapping[str, Mapping[str, Position]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def open_spider(self) -> None:
        if self.crawler.spider.run:  # type: ignore[union-attr]
            self.learned = residue_for_a_crawl(storage())

    async def process_item(self, item: Visit) -> Visit:
        if item.outcome is not None or not item.pages:
            return item
        pages = [Page(page.url, page.html, page.charset) for page in item.pages]
        stated = self.crawler.spider.site_rules(item.site)  # type: ignore[union-attr]
        rules = replace(stated, learned=self.learned.get(item.site, {}))
        hints = item.announcement.hints(item.pages[0].capture.fetched_at)
        try:
            item.cleaned = await asyncio.wrap_future(self.worker.clean(pages, item.url, rules, hints))
        except (CleaningTimeout, CleaningCrashed) as error:
            return item.end(Outcome.FAILED, str(error))
        if isinstance(item.cleaned, Rejection):
            item.end(Outcome.REJECTED, item.cleaned.detail)
        return item

    def close_spider(self) -> None:
        self.worker.close()


class DeduplicateStage:
    """Says whether an article is new, a revision, unchanged, or a copy of another."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Visit) -> Visit:
        if item.outcome is None:
            run_of(self.crawler).judge(item)
        return item


class ArchiveStage:
    """Journals each ended visit, delivers full batches beside the crawl, and closes the run with its report."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.delivery: asyncio.Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        stage = cls(crawler)
        crawler.signals.connect(stage.spider_closed, signals.spider_closed)
        return stage

    def process_item(self, item: Visit) -> Visit:
        run = run_of(self.crawler)
        run.record(item)
        if run.batch_is_full:
            run.seal()
            if self.delivery is None or self.delivery.done():
                self.delivery = asyncio.ensure_future(asyncio.to_thread(run.deliver))
        return item

    async def spider_closed(self, spider: Any, reason: str) -> None:
        """Bring the run to its end; its report goes to the file that the setting REPORT_FILE names."""
        run: CrawlRun | None = spider.run
        if run is None:
            return
        if self.delivery is not None:
            await self.delivery
        for visit in spider.abandoned():
            run.record(visit)
        report = await asyncio.to_thread(run.finish, spider.report(reason))
        if path := self.crawler.settings.get("REPORT_FILE"):
            Path(path).write_text(report.to_json(), encoding="utf-8")


def run_of(crawler: Crawler) -> CrawlRun:
    """The run that the crawler's spider has opened."""
    run: CrawlRun = crawler.spider.run  # type: ignore[union-attr]
    return run
