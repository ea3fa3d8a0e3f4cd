"""What a site asks of its visitors: robots.txt, and pauses.

robots.txt is read as RFC 9309 says, and where it leaves a choice we take the careful one: a robots.txt that cannot be
fetched or read forbids everything. Scrapy's own middleware reads the body of any status, takes an error for permission
and knows no Crawl-delay, so it is replaced.
"""

import asyncio
import logging
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Headers, Response
from scrapy.http.request import NO_CALLBACK

from settings.clock import utc_now
from spiders.permission import waives_robots
from spiders.rights import PRODUCT_TOKEN

logger = logging.getLogger(__name__)

OUR_GROUP = re.compile(
    rf"(?im)^(\s*user-?agent\s*:\s*)(?:[^\r\n#]*scrapy[^\r\n#]*|{PRODUCT_TOKEN}(?![a-z_-])[^\r\n#]*)"
)
"""A group that names Scrapy means us as well, by the tool we are made of; and one that names us with a version, since a
product token ends at the first character that is neither a letter nor '_' or '-' (RFC 9309, 2.2.1)."""

MAX_ROBOTS_BYTES = 500 * 1024
"""RFC 9309 2.5: at least 500 KiB must be parsed."""

MAX_ROBOTS_DOWNLOAD_BYTES = 5 * 1024 * 1024
MAX_ROBOTS_AGE_SECONDS = 24 * 3600.0
"""Seconds; RFC 9309 2.4: not to be used for longer than 24 hours."""

MAX_PAUSE_SECONDS = 300.0
"""Seconds that a run waits at a site's request (Retry-After); who asks for more is left for the next run."""

MIN_NOTEWORTHY_DELAY_SECONDS = 60.0
"""Seconds of Crawl-delay beyond which an operator should know why a run takes long."""


STOP_CHECK_SECONDS = 1.0
"""Seconds after which a waiting request looks whether the run is being stopped."""


class Stopped(IgnoreRequest):
    """The run was stopped while it waited at the site's request."""


class RobotsDenied(IgnoreRequest):
    """robots.txt bars us from a URL, or cannot be read, which counts the same."""


@dataclass(frozen=True)
class Robots:
    """What one robots.txt says to us: its `text` and `rules`. `refusal` says why everything is barred, None where the
    rules decide.
    """

    rules: Protego | None = None
    refusal: str | None = None
    text: str = ""

    def denial(self, url: str) -> str | None:
        """Why `url` may not be fetched, None where it may."""
        if self.refusal or not self.rules:
            return self.refusal
        return None if self.rules.can_fetch(url, PRODUCT_TOKEN) else f"robots.txt bars {url}"

    @property
    def crawl_delay(self) -> float:
        """Seconds between two requests, 0 where none are stated."""
        delay = self.rules.crawl_delay(PRODUCT_TOKEN) if self.rules else None
        return delay or 0.0


def read_robots(status: int, body: bytes) -> Robots:
    """The rules in an answer to GET /robots.txt, after redirects.

    2xx: the file's rules. 401, 403, 429 and whatever is neither 2xx nor 4xx: all barred. Any other 4xx: no rules, all
    allowed (RFC 9309 2.3.1). A file that is not text, or a web page in place of one, bars all.
    """
    if 400 <= status < 500 and status not in (401, 403, 429):
        return Robots()
    if not 200 <= status < 300:
        return Robots(refusal=f"robots.txt answers with HTTP {status}")
    text = body[:MAX_ROBOTS_BYTES].decode("utf-8", errors="replace").removeprefix("\ufeff")
    if "\x00" in text or text.lstrip()[:1] == "<":
        return Robots(refusal="robots.txt is not a text file")
    return Robots(rules=Protego.parse(OUR_GROUP.sub(rf"\g<1>{PRODUCT_TOKEN}", text)), text=text)


class RobotsMiddleware:
    """Asks robots.txt before every request, and keeps the site's Crawl-delay."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.known: dict[str, tuple[float, asyncio.Task[Robots]]] = {}
        self.delay = 0.0
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
        if denial and (robots.refusal or not self._waived()):
            raise RobotsDenied(denial)

    def _waived(self) -> bool:
        """Whether the site's owner has waived its robots.txt for us; other hosts than the site's the guard bars."""
        return self.crawler.spider is not None and waives_robots(self.crawler.spider.name) is not None

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
        if robots.refusal:
            logger.warning("access to %s is denied: %s", origin, robots.refusal)
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
    """Scrapy's retries, except that a site that asks for a pause (429, or Retry-After) gets it from all requests."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler.settings)
        self.crawler = crawler
        self.default_pause = crawler.settings.getfloat("BACK_OFF_SECONDS")
        self.resume_at = 0.0
        self.closing: asyncio.Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:  # noqa: ARG002 - Scrapy's signature
        while (wait := self.resume_at - monotonic()) > 0:
            await asyncio.sleep(min(wait, STOP_CHECK_SECONDS))
            if not self.crawler.engine.running:
                raise Stopped("the run stopped while it waited, as the site had asked")

    def process_response(  # type: ignore[override]  # without the deprecated third argument
        self, request: Request, response: Response
    ) -> Request | Response:
        pause = retry_after(response.headers, utc_now()) if response.status in (429, 503) else None
        if pause is None and response.status == 429:
            pause = self.default_pause
        if pause and pause > MAX_PAUSE_SECONDS:
            if not self.closing:
                logger.warning("%s asks us to come back in %d s: the run ends here", request.url, pause)
                self.closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="asked_to_wait"))
            return response
        if pause:
            logger.info("%s asks for a pause of %g s (HTTP %d)", request.url, pause, response.status)
            self.resume_at = max(self.resume_at, monotonic() + pause)
        return super().process_response(request, response)


def retry_after(headers: Headers, now: datetime) -> float | None:
    """Seconds that Retry-After asks for, from its number or its date; None where it is absent or neither."""
    stated = (headers.get("Retry-After") or b"").decode("latin-1").strip()
    if stated.isdecimal():
        return float(stated)
    try:
        return max(0.0, (parsedate_to_datetime(stated) - now).total_seconds())
    except (ValueError, TypeError):
        return None
