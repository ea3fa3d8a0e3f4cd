"""`scrapy clean FILE_OR_URL`: what cleaning makes of a page, as JSON; with `--warc`, of every page in WARC files."""

import argparse
import json
import logging
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.archive.payload import MAX_BODY_BYTES, Unreadable, decoded
from pipelines.archive.warc_reader import Captured, Captures, Damaged, read_response, warc_files
from pipelines.article import Article, Hints, Page, Rejection
from pipelines.cleaning.site_rules import SiteRules
from pipelines.cleaning.worker import CleaningError, CleaningWorker
from pipelines.web_address import is_address
from settings.clock import utc_now
from settings.crawl import crawl
from spiders.commands.exit_status import ends_in_one_sentence, unknown_site
from spiders.download_errors import reason
from spiders.fetch import ExaminingSpider
from spiders.guard import is_loopback
from spiders.site import Site
from spiders.site_index import SiteError, site_files, site_named

logger = logging.getLogger(__name__)

MAX_PAGES_AHEAD = 8
"""Pages per process that are read before their turn: enough that none waits, few enough to hold in memory."""


class Command(ScrapyCommand):
    """Prints the article, or the rejection, that a saved or fetched page becomes. Nothing is archived."""

    requires_project = True

    def syntax(self) -> str:
        return "[options] <file>... | <URL> | --warc FILE_OR_FOLDER"

    def short_desc(self) -> str:
        return "Clean pages, or all of a WARC file, and print the articles, or why they are none, as JSON"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--url", help="address of a saved page; by default the one the page states")
        parser.add_argument("--site", help="name of the spider whose site the page is of")
        parser.add_argument(
            "--warc", help="WARC file, or folder of them: every HTML page in it, one JSON line for each"
        )
        parser.add_argument(
            "--workers", type=int, default=len(os.sched_getaffinity(0)), help="processes for --warc (all cores)"
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        if self.settings and not opts.loglevel:
            self.settings.set("LOG_LEVEL", "WARNING", priority="cmdline")  # the output is JSON

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if bool(args) == bool(opts.warc):
            raise UsageError
        if opts.workers < 1:
            raise UsageError(f"--workers is at least 1, not {opts.workers}")
        crawl()  # wrong settings are told before anything is asked for
        site = self._site(opts.site) if opts.site else None
        rules = site.cleaning_rules() if site else None
        if opts.warc:
            pages = captured_pages(Path(opts.warc))
            if not pages:
                raise UsageError(f"{opts.warc} holds no HTML page that could be read")
            for line in cleaned_captures(pages, rules, opts.workers):
                print(json.dumps(line, ensure_ascii=False))
            return
        if urlsplit(args[0]).scheme not in ("http", "https"):
            self._print([saved(Path(file), opts.url) for file in args], rules, Hints())
            return
        if len(args) > 1 or (self.settings and self.settings.get("REPLAY")):
            raise UsageError("one URL at a time, of the site itself: REPLAY is for crawl", print_help=False)
        if page := self._fetched(args[0]):
            self._print([page], rules, Hints(fetched_at=utc_now()))
        else:
            self.exitcode = 1

    def _print(self, pages: list[Page], rules: SiteRules | None, hints: Hints) -> None:
        for record in cleaned(pages, rules, hints):
            print(json.dumps(to_json(record), ensure_ascii=False, indent=2))

    def _site(self, name: str) -> Site:
        try:
            return site_named(name)
        except KeyError:
            raise unknown_site(name, site_files()) from None
        except SiteError as error:
            raise UsageError(str(error), print_help=False) from error

    def _fetched(self, url: str) -> Page | None:
        """The page at a URL, robots.txt obeyed; None where it could not be fetched, which the log tells."""
        if self.crawler_process is None:
            raise UsageError("there is no crawler process")
        pages: list[Page | None] = []
        self.crawler_process.crawl(PageSpider, url=url, on_result=pages.append)
        self.crawler_process.start()
        return pages[0] if pages else None


class PageSpider(ExaminingSpider):
    """Fetches one page through the guard, robots.txt and pauses of a crawl; None where it could not, which it logs."""

    def __init__(self, url: str, on_result: Callable[[Page | None], None]) -> None:
        super().__init__("page", on_result)
        self.url = url

    @property
    def loopback(self) -> bool:
        return is_loopback(urlsplit(self.url).hostname)  # who types such an address means it

    def may_fetch(self, request: Request) -> bool:
        return urlsplit(request.url).hostname == urlsplit(self.url).hostname

    async def examine(self) -> Page | None:
        try:
            answer = await self.fetch(self.url)
        except Exception as error:  # noqa: BLE001 - whatever kept us from the page is what the operator wants to know
            self.logger.error("%s could not be fetched: %s", self.url, reason(error))
            return None
        if answer.status != 200:
            self.logger.error("%s answers with HTTP %s", answer.url, answer.status)
            return None
        return answer.page()


def saved(path: Path, url: str | None) -> Page:
    """A page saved in a file, under `url` or the address that it states itself.

    Raises UsageError when the file cannot be read.
    """
    try:
        html = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    return Page(url or stated_url(html) or path.absolute().as_uri(), html)


def stated_url(html: bytes) -> str | None:
    """The address that a page gives as its own: its canonical link, or `og:url`."""
    from pipelines.cleaning.document import NotHtmlError, parse  # a crawl, which loads all commands, parses nothing

    try:
        document = parse(html, "")
    except NotHtmlError:
        return None
    canonical = [href for rel, href in document.links if rel == "canonical"]
    return next((url for url in [*canonical, *document.metas("og:url")] if is_address(url)), None)


def cleaned(pages: list[Page], rules: SiteRules | None, hints: Hints) -> Iterator[Article | Rejection]:
    """What cleaning makes of each page, in a child process like in a crawl.

    Raises UsageError with the reason when cleaning fails.
    """
    worker = CleaningWorker()
    try:
        for page in pages:
            yield worker.clean([page], page.url, rules, hints).result()
    except CleaningError as error:
        raise UsageError(str(error)) from error
    finally:
        worker.close()


def captured_pages(path: Path) -> list[Captured]:
    """The HTML pages with status 200 in the WARC files at `path`, in the files' order; damaged records are logged.

    Raises UsageError when there is no WARC file.
    """
    try:
        captures = Captures.from_files(warc_files(path), logger.warning)
    except FileNotFoundError as error:
        raise UsageError(str(error)) from error
    return [captured for captured in captures.responses if captured.is_html and captured.status == 200]


def cleaned_captures(captures: list[Captured], rules: SiteRules | None, workers: int) -> Iterator[dict[str, Any]]:
    """What cleaning makes of each page, in their order, over `workers` processes: the fields of its record with `url`
    and `captured_at`, or with `error` where the page cannot be read or its cleaning fails.
    """
    worker = CleaningWorker(workers=workers)
    waiting: deque[tuple[Captured, Future[Article | Rejection]]] = deque()
    try:
        for captured in captures:
            waiting.append((captured, _begun(captured, rules, worker)))
            if len(waiting) > MAX_PAGES_AHEAD * workers:
                yield _line(*waiting.popleft())
        while waiting:
            yield _line(*waiting.popleft())
    finally:
        worker.close()


def _begun(captured: Captured, rules: SiteRules | None, worker: CleaningWorker) -> "Future[Article | Rejection]":
    try:
        page = captured_page(captured)
    except (Damaged, OverflowError, Unreadable) as error:
        failed: Future[Article | Rejection] = Future()
        failed.set_exception(CleaningError(str(error)))
        return failed
    return worker.clean([page], captured.url, rules, Hints(fetched_at=captured.captured_at))


def captured_page(captured: Captured) -> Page:
    """The page of a capture as a browser would get it. Raises Damaged, OverflowError or Unreadable."""
    response = read_response(captured, MAX_BODY_BYTES)
    headers = dict(response.headers)
    content = decoded(response.body, headers.get("content-encoding", ""), headers.get("content-type", ""))
    return Page(captured.url, content.body, content.charset)


def _line(captured: Captured, outcome: "Future[Article | Rejection]") -> dict[str, Any]:
    source = {"url": captured.url, "captured_at": captured.captured_at.isoformat()}
    try:
        return source | to_json(outcome.result())
    except CleaningError as error:
        return source | {"error": str(error)}


def to_json(record: Article | Rejection) -> dict[str, Any]:
    """The fields of a record as JSON has them: times in ISO 8601 with their offset."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(record).items()}
