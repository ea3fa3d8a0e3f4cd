"""Fetching: what all spiders of a site share, and the one way from a URL to an `Answer`."""

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, Self, TypedDict, Unpack

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse
from scrapy.http.request import NO_CALLBACK
from scrapy.settings import BaseSettings

from pipelines.cleaning.worker import MAX_READING_SECONDS, MAX_SOURCE_SECONDS, CleaningWorker, Given, Result
from pipelines.run.extension import ARTICLE_KEY, CAPTURE_KEY, CAPTURED_AT_KEY, meta_of
from settings.crawl import crawl
from spiders.answer import Answer
from spiders.logs import silence_noisy_loggers
from spiders.page_reading import PageReading, read_page
from spiders.permission import why_excluded
from spiders.replay import answer_from_captures
from spiders.site import Site

LOOPBACK_DELAY_SECONDS = 0.05
"""Between requests to a site on this very machine. Not 0: see MIN_DELAY_SECONDS."""

LOOPBACK_TIMEOUT_SECONDS = 5.0
"""Nothing on this machine needs longer, and nobody wants to wait for the demo's slow pages."""

LOOPBACK_BACK_OFF_SECONDS = 0.5
"""Nobody else's server has to recover."""

MIN_DELAY_SECONDS = 0.01
"""With a delay of 0 Scrapy 2.19 sends bursts past every limit of concurrency on the asyncio reactor."""


class FetchOptions(TypedDict, total=False):
    """How a URL is fetched: `headers` are sent besides our own, a body of more than `max_bytes` is refused (by default
    Scrapy's setting), and of captures that answer in place of the web the one nearest to `captured_at` is taken.
    `is_article` marks an article's page: a site that refuses some in a row is left alone. What `is_tried_once` is not
    asked for again where it failed.
    """

    headers: Mapping[str, str]
    max_bytes: int | None
    captured_at: datetime | None
    is_article: bool
    is_tried_once: bool


class Fetch(Protocol):
    """GET of a URL, redirects followed. Raises what Scrapy and our middlewares raise; see `download_errors`."""

    def __call__(self, url: str, **options: Unpack[FetchOptions]) -> Awaitable[Answer]: ...


class FetchingSpider(Spider):
    """A spider that fetches by itself, through the guard and robots.txt. `worker` reads for it what strangers wrote."""

    worker: CleaningWorker

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        silence_noisy_loggers()
        return super().from_crawler(crawler, *args, **kwargs)

    @property
    def loopback(self) -> bool:
        """Whether this machine may be asked: for the guard."""
        return False

    @abstractmethod
    def may_fetch(self, request: Request) -> bool:
        """Whether a request is one of this spider's: for the guard."""

    def why_kept_out(self, url: str) -> str | None:
        """Why nothing is fetched from `url`, in words; None where something may be: for the guard."""
        return why_excluded(url)

    async def read_page(self, answer: Answer, site: Site, *, with_text: bool = False) -> PageReading:
        """`ReadPage`, in a child process."""
        read = self.worker.run(MAX_READING_SECONDS, read_page, answer.to_be_read, site, with_text=with_text)
        return await asyncio.wrap_future(read)

    async def read_document(
        self, function: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> Result:
        """`ReadDocument`, in a child process."""
        return await asyncio.wrap_future(self.worker.run(MAX_SOURCE_SECONDS, function, *args, **kwargs))

    async def fetch(self, url: str, **options: Unpack[FetchOptions]) -> Answer:
        """`Fetch`, in the order of the site's queue."""
        return answer_of(await self.download(url, **options))

    async def download(self, url: str, **options: Unpack[FetchOptions]) -> Response:
        """As `fetch`, Scrapy's own response, which knows its redirects."""
        meta = {
            "download_maxsize": options.get("max_bytes"),
            CAPTURED_AT_KEY: options.get("captured_at"),
            ARTICLE_KEY: options.get("is_article"),
            "dont_retry": options.get("is_tried_once"),
        }
        request = Request(
            url,
            callback=NO_CALLBACK,
            headers=dict(options.get("headers", {})),
            meta={name: value for name, value in meta.items() if value},
            dont_filter=True,
        )
        return await self.crawler.engine.download_async(request)


class SiteSpider(FetchingSpider):
    """A spider of one site, which asks its servers at the site's pace."""

    site: Site

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        set_pace(crawler.settings, spider.site)
        return spider

    @property
    def loopback(self) -> bool:
        return self.site.loopback

    def may_fetch(self, request: Request) -> bool:
        return self.site.urls.may_fetch(request.url)


class ExaminingSpider(FetchingSpider):
    """A spider that looks at something and hands what it found to `on_result`; nothing is kept."""

    def __init__(self, name: str, on_result: Callable[[Any], None]) -> None:
        super().__init__(name)
        self.on_result = on_result

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        set_user_agent(crawler.settings)
        return super().from_crawler(crawler, *args, **kwargs)

    @abstractmethod
    async def examine(self) -> Any:
        """What there is to be found."""

    async def start(self) -> AsyncIterator[Any]:
        self.on_result(await self.examine())
        return
        yield  # an async generator that yields nothing


def set_user_agent(settings: BaseSettings) -> None:
    """Have a crawl say who we are.

    Raises SettingsError where the environment is wrong.
    """
    settings.set("USER_AGENT", crawl().user_agent, priority="spider")


def set_pace(settings: BaseSettings, site: Site) -> None:
    """Have a crawl keep the site's pace; what the command line states about it counts more."""
    if settings.get("REPLAY"):
        answer_from_captures(settings)
        return
    delay = LOOPBACK_DELAY_SECONDS if site.loopback else site.delay
    settings.set("DOWNLOAD_DELAY", delay, priority="spider")
    settings.set("AUTOTHROTTLE_START_DELAY", delay, priority="spider")
    if site.loopback:
        settings.set("DOWNLOAD_TIMEOUT", LOOPBACK_TIMEOUT_SECONDS, priority="spider")
        settings.set("RETRY_TIMES", 1, priority="spider")
        settings.set("BACK_OFF_SECONDS", LOOPBACK_BACK_OFF_SECONDS, priority="spider")
    if settings.getfloat("DOWNLOAD_DELAY") < MIN_DELAY_SECONDS:
        settings.set("DOWNLOAD_DELAY", MIN_DELAY_SECONDS, priority="cmdline")


def answer_of(response: Response) -> Answer:
    """What a response of Scrapy's says."""
    meta = meta_of(response)
    return Answer(
        url=response.url,
        asked=first_asked(response.request) if response.request else response.url,
        status=response.status,
        headers={
            name.decode("latin-1").lower(): tuple(value.decode("latin-1") for value in values)
            for name, values in response.headers.items()
        },
        body=response.body,
        is_text=isinstance(response, TextResponse),
        capture=meta.get(CAPTURE_KEY),
        captured_at=meta.get(CAPTURED_AT_KEY),
    )


def conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """The headers by which a server may answer that nothing has changed since it gave these validators (RFC 9110, 13).

    Empty where it gave none.
    """
    validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in validators.items() if value}


def first_asked(request: Request) -> str:
    """The URL that was asked for in the first place, before redirects."""
    redirected: list[str] = request.meta.get("redirect_urls", [])
    return redirected[0] if redirected else request.url
