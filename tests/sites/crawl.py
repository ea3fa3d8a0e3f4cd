"""Crawls golden pages: `python -m tests.sites.crawl FOLDER SITE...`, with the storage settings in the environment.

All sites run in this one process, as they are: Scrapy, robots.txt, sources, paging, cleaning, archiving. Only the
wires end on this machine: a request for a site's own URL goes, over HTTP, to a server on loopback that answers from
the site's `web.json`. FOLDER gets the report of each run, `<site>.json`, and `asked.json`: what was asked for, by
site.
"""

import asyncio
import json
import sys
import threading
from collections import defaultdict
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.log import configure_logging
from scrapy.utils.reactor import install_reactor

from pipelines.cleaning.worker import CleaningWorker
from settings import scrapy as scrapy_settings
from spiders.loader import spider_of
from spiders.site import Site
from spiders.site_index import site_named

SITES = Path(__file__).parent
SITE_HEADER = "X-Site"
SCHEME_HEADER = "X-Forwarded-Proto"

AT_ONCE = 4
"""Sites that are crawled at the same time: enough to keep two cores busy."""

WINDOW = {"since": "2026-11-01", "until": "2026-11-30"}
"""The month in which all golden pages were published."""


@dataclass(frozen=True)
class GoldenPage:
    """How the golden web answers one URL; `kind` is what a page is: article, pages, list, visual, paywall, former
    layout.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    kind: str = ""


def golden_pages(site: str) -> dict[str, GoldenPage]:
    """The pages of a site by URL, as its web.json lists them."""
    folder = SITES / site
    pages = {}
    for url, stated in json.loads((folder / "web.json").read_text(encoding="utf-8")).items():
        body = (folder / stated["file"]).read_bytes() if "file" in stated else b""
        headers = {"Content-Type": stated.get("type", "text/html; charset=utf-8")}
        if "location" in stated:
            headers["Location"] = stated["location"]
        pages[url] = GoldenPage(stated.get("status", 200), headers, body, stated.get("kind", ""))
    return pages


class GoldenWeb:
    """The server: real HTTP on loopback, one answer per site and URL, 404 for all others."""

    def __init__(self, sites: list[str]) -> None:
        self.asked: dict[str, list[str]] = defaultdict(list)
        pages = {site: golden_pages(site) for site in sites}
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site, url = self.headers[SITE_HEADER], self._url()
                asked[site].append(url)
                page = pages[site].get(url, GoldenPage(404, {"Content-Type": "text/plain"}, b"Not Found"))
                self.send_response(page.status)
                for name, value in {**page.headers, "Content-Length": str(len(page.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(page.body)

            def _url(self) -> str:
                return f"{self.headers[SCHEME_HEADER]}://{self.headers['Host']}{self.path}"

            def log_message(self, *_: object) -> None:
                """Quiet: `asked` is the log."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.netloc = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class GoldenWebHandler(HTTP11DownloadHandler):
    """Scrapy's own HTTP, with the golden web at the other end of every wire."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.crawler = crawler

    async def download_request(self, request: Request) -> Response:
        parts = urlsplit(request.url)
        headers = request.headers.copy()
        headers["Host"], headers[SCHEME_HEADER] = parts.netloc, parts.scheme
        headers[SITE_HEADER] = self.crawler.spider.name  # type: ignore[union-attr]
        there = urlunsplit(("http", self.crawler.settings["GOLDEN_WEB"], parts.path or "/", parts.query, ""))
        response = await super().download_request(request.replace(url=there, headers=headers))
        return response.replace(url=request.url)


class SharedWorker(CleaningWorker):
    """The worker of all sites, with one child process between them: to start one takes longer than a crawl here."""

    def close(self) -> None:
        """It outlives the site."""

    def end(self) -> None:
        super().close()


def permitted(site: Site) -> Site:
    """The site as if its owner had consented: the golden pages are ours."""
    return type(site)(permission_needed=None)


def settings_for(netloc: str) -> Settings:
    settings = Settings()
    settings.setmodule(scrapy_settings)
    own: dict[str, Any] = {
        "GOLDEN_WEB": netloc,
        "DOWNLOAD_HANDLERS": {**scrapy_settings.DOWNLOAD_HANDLERS, "http": GoldenWebHandler, "https": GoldenWebHandler},
        "DOWNLOAD_DELAY": 0.01,
        "AUTOTHROTTLE_ENABLED": False,
        "RETRY_ENABLED": False,
    }
    settings.update(own, priority="cmdline")
    return settings


async def crawl(sites: list[str], folder: Path, settings: Settings) -> None:
    """Crawl the sites, AT_ONCE at a time; each run's report goes to `<folder>/<site>.json`."""
    turn = asyncio.Semaphore(AT_ONCE)
    worker = SharedWorker()

    async def crawl_one(site: str) -> None:
        async with turn:
            own = settings.copy()
            own.set("REPORT_FILE", str(folder / f"{site}.json"), priority="cmdline")
            spider = type(site, (spider_of(permitted(site_named(site))),), {"open_worker": lambda _spider: worker})
            await AsyncCrawlerRunner(own).crawl(spider, **WINDOW)

    await asyncio.gather(*(crawl_one(site) for site in sites))
    worker.end()


def main(folder: Path, sites: list[str]) -> None:
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from twisted.internet.task import react

    web = GoldenWeb(sites)
    settings = settings_for(web.netloc)
    configure_logging(settings)
    try:
        react(lambda _: deferred_from_coro(crawl(sites, folder, settings)))
    finally:
        (folder / "asked.json").write_text(json.dumps(web.asked), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
