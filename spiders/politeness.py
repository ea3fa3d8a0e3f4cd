"""What a site asks of its visitors: robots.txt, and pauses.

A robots.txt that could not be fetched or read forbids everything (see `robots_txt`). Scrapy's own middleware reads the
body of any status, takes an error for permission and knows no Crawl-delay, so it is replaced.
"""

import asyncio
import logging
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Headers, Response
from scrapy.http.request import NO_CALLBACK

from pipelines.run.extension import ARTICLE_KEY, RunSpider
from settings.clock import utc_now
from spiders.permission import waives_robots
from spiders.robots_txt import Robots, read_robots

logger = logging.getLogger(__name__)

MAX_ROBOTS_DOWNLOAD_BYTES = 5 * 1024 * 1024
MAX_ROBOTS_AGE_SECONDS = 24 * 3600.0
"""Seconds; RFC 9309 2.4: not to be used for longer than 24 hours."""

MAX_PAUSE_SECONDS = 300.0
"""Seconds that a run waits at a site's request (Retry-After); who asks for more is left for the next run."""

MIN_NOTEWORTHY_DELAY_SECONDS = 60.0
"""Seconds of Crawl-delay beyond which an operator should know why a run takes long."""

REFUSING_STATUSES = (401, 403, 429, 451)
"""HTTP statuses by which a site refuses us, and not the page. So does a 503 that says when to come back."""

MAX_REFUSALS = 3
"""Requests for articles in a row that a site may refuse before it is left alone: one page may be for subscribers."""

DELAY_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]*)?")
"""Of Retry-After. The standard knows whole seconds only; what a fraction means is plain all the same."""

MAX_STATED_SECONDS = 2.0**31
"""Of Retry-After."""

STOP_CHECK_SECONDS = 1.0
"""Seconds after which a waiting request looks whether the run is being stopped."""


class Stopped(IgnoreRequest):
    """The run was stopped while it waited at the site's request."""


class RobotsDenied(IgnoreRequest):
    """robots.txt bars us from a URL, or cannot be read, which counts the same."""


class RobotsMiddleware:
    """Asks robots.txt before every request, and keeps the site's Crawl-delay."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.known: dict[str, tuple[float, asyncio.Task[Robots]]] = {}
        self.delay = 0.0
        self.closing: asyncio.Future[None] | None = None
        self.replaying = bool(crawler.settings.get("REPLAY"))  # captures are read from files: there is no site to ask

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler)
        crawler.signals.connect(middleware.keep_delay, signals.request_reached_downloader)
        return middleware

    async def process_request(self, request: Request) -> None:
        if request.meta.get("dont_obey_robotstxt") or self.replaying:
            return
        robots = await self.robots(request.url)
        denial = robots.denial(request.url)
        # A robots.txt that cannot be read is not a rule that its owner could have waived.
        if denial and (robots.refusal or not self._waived(request)):
            raise RobotsDenied(denial)

    def _waived(self, request: Request) -> bool:
        """Whether the site's owner has waived its robots.txt for us; that of a lead image's host is not the owner's."""
        spider: Any = self.crawler.spider
        return spider is not None and waives_robots(spider.name) is not None and spider.may_fetch(request)

    async def robots(self, url: str) -> Robots:
        """What the robots.txt of the URL's origin says, fetched at most once in 24 hours."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        read_at, task = self.known.get(origin, (0.0, None))
        if task is None or monotonic() - read_at > MAX_ROBOTS_AGE_SECONDS:
            task = asyncio.ensure_future(self._fetch(origin))
            self.known[origin] = monotonic(), task
        return await asyncio.shield(task)

    async def _fetch(self, origin: str) -> Robots:
        request = Request(
            f"{origin}/robots.txt",
            callback=NO_CALLBACK,
            dont_filter=True,
            meta={"dont_obey_robotstxt": True, "any_host": True, "download_maxsize": MAX_ROBOTS_DOWNLOAD_BYTES},
        )
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 - whatever keeps us from reading it, the answer is the same
            reason = str(error) or type(error).__name__
            robots = Robots(refusal=f"robots.txt could not be fetched ({reason})")
        else:
            robots = read_robots(response.status, response.body)
        if robots.asks_too_much and not self.closing:
            self.closing = end_run(self.crawler, "crawl_delay", f"the run ends here: {origin}/{robots.refusal}")
        elif robots.refusal:
            logger.warning("access to %s is denied: %s", origin, robots.refusal)
        else:
            self._slow_down(robots.crawl_delay, origin)
        return robots

    def _slow_down(self, delay: float, origin: str) -> None:
        """Raise the pace of all requests to come to `delay` seconds at least, AutoThrottle's included."""
        if delay <= self.delay:
            return
        self.delay = delay
        if throttle := self.crawler.get_extension(AutoThrottle):
            throttle.mindelay = max(throttle.mindelay, delay)
            throttle.maxdelay = max(throttle.maxdelay, delay)
        level = logging.WARNING if delay >= MIN_NOTEWORTHY_DELAY_SECONDS else logging.INFO
        logger.log(level, "%s asks for %g s between requests (Crawl-delay), which we keep", origin, delay)

    def keep_delay(self, request: Request) -> None:
        """Scrapy forgets a slot that was idle for a minute, and its delay with it; so each request sets it anew."""
        downloader = self.crawler.engine.downloader
        if slot := downloader.slots.get(downloader.get_slot_key(request)):
            slot.delay = max(slot.delay, self.delay)


class BackOffMiddleware(RetryMiddleware):
    """Scrapy's retries, except that a site that refuses us, or asks for a pause, gets it from all requests.

    After MAX_REFUSALS refusals of articles in a row, or where the pause is longer than MAX_PAUSE_SECONDS, the site is
    left alone: nothing more is asked, and a run ends.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler.settings)
        self.crawler = crawler
        self.default_pause = crawler.settings.getfloat("BACK_OFF_SECONDS")
        self.replaying = bool(crawler.settings.get("REPLAY"))
        self.resume_at = 0.0
        self.refusals = 0
        self.left_alone: str | None = None
        self.closing: asyncio.Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:  # noqa: ARG002 - Scrapy's signature
        while not self.left_alone and (wait := self.resume_at - monotonic()) > 0:
            await asyncio.sleep(min(wait, STOP_CHECK_SECONDS))
            if not self.crawler.engine.running:
                raise Stopped("the run stopped while it waited, as the site had asked")
        if self.left_alone:
            raise Stopped(self.left_alone)

    def process_response(  # type: ignore[override]  # without the deprecated third argument
        self, request: Request, response: Response
    ) -> Request | Response:
        if self.replaying:
            return response
        stated = retry_after(response.headers, utc_now())
        refuses = response.status in REFUSING_STATUSES or (response.status == 503 and stated is not None)
        if request.meta.get(ARTICLE_KEY) and (refuses or response.status < 500):
            self.refusals = self.refusals + 1 if refuses else 0
        if not refuses:
            return super().process_response(request, response)
        if self.refusals >= MAX_REFUSALS:
            self._leave_alone(
                "site_refuses",
                f"the site refused {self.refusals} requests for articles in a row (HTTP {response.status}): it is left"
                " alone for this run",
            )
            return response
        pause = stated or self.default_pause * 2 ** max(self.refusals - 1, 0)
        if pause > MAX_PAUSE_SECONDS:
            sentence = f"{request.url} asks us to come back in {pause:.0f} s: the run ends here"
            self._leave_alone("asked_to_wait", sentence)
            return response
        logger.info("%s is refused (HTTP %d): a pause of %g s", request.url, response.status, pause)
        self.resume_at = max(self.resume_at, monotonic() + pause)
        return super().process_response(request, response)

    def _leave_alone(self, finish_reason: str, sentence: str) -> None:
        if not self.left_alone:
            self.left_alone = sentence
            self.closing = end_run(self.crawler, finish_reason, sentence)


def end_run(crawler: Crawler, finish_reason: str, sentence: str) -> asyncio.Future[None] | None:
    """Have the crawl's run end as failed, because of what the site said; returns its end, for the caller to hold.

    A spider that has no run is told in the log, and comes to its own end.
    """
    if not isinstance(crawler.spider, RunSpider):
        logger.warning("%s", sentence)
        return None
    crawler.spider.counters.fail(sentence)
    return asyncio.ensure_future(crawler.engine.close_spider_async(reason=finish_reason))


def retry_after(headers: Headers, now: datetime) -> float | None:
    """Seconds that Retry-After asks for, from its number or its date (RFC 9110, 10.2.3; 5.6.7: three forms, UTC).

    None where it is absent or neither; 0 for a date that has passed. Of several the longest.
    """
    stated = (value.decode("latin-1").strip() for value in headers.getlist("Retry-After"))
    return max((seconds for value in stated if (seconds := _seconds(value, now)) is not None), default=None)


def _seconds(stated: str, now: datetime) -> float | None:
    if number := DELAY_SECONDS.fullmatch(stated):
        # Beyond what clocks can add up; RFC 9111 (1.2.2) has 2^31 stand for whatever is more.
        return min(float(number[0]), MAX_STATED_SECONDS)
    try:
        date = parsedate_to_datetime(stated)
    except (ValueError, TypeError, OverflowError):
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - now).total_seconds())
