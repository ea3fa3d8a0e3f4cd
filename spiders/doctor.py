"""What ails a site: robots.txt, each source and a few articles, looked at politely and held against what it expects.

An examination reads and keeps nothing: no archive, no index, no captures. It goes through the same guard, robots.txt
and pauses as a crawl, so that what it sees is what a crawl would see.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain, zip_longest
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from scrapy import Request, Spider
from scrapy.http import Response, TextResponse
from scrapy.http.request import NO_CALLBACK
from scrapy.settings import BaseSettings

from pipelines.article import Page, Reason, Rejection
from pipelines.cleaning.date_parsing import WIB
from pipelines.cleaning.worker import CleaningError, CleaningWorker
from pipelines.visit import Announcement, Outcome, SourceKind, Visit
from settings.clock import utc_now
from settings.crawl import crawl
from spiders.canonical import SiteUrls
from spiders.discovery import (
    MAX_SITEMAP_BYTES,
    Entry,
    SourceUnreadable,
    Window,
    announced,
    posts_page,
    read_feed,
    read_posts,
    read_section,
    read_sitemap,
)
from spiders.download_errors import outcome_of, reason
from spiders.expect import Expect
from spiders.news import NewsSpider, Refusal
from spiders.politeness import RobotsDenied, RobotsMiddleware, stated_rights
from spiders.responses import parsed, stated_charset

SAMPLES = 3
"""Articles looked at: enough to tell a changed layout from one odd page, few enough to be no burden."""

MAX_DEPTH = 3
"""Sitemap indexes followed, each to its newest sitemap only."""

FIELDS = ("body", "date_published", "author", "image")
"""Fields of an article that a site may state expectations of."""

ARTICLE = "article"
"""Verdict on a sample that is an article; the others are outcomes of visits and reasons of rejections."""


@dataclass(frozen=True, slots=True)
class RobotsFinding:
    """What the robots.txt of one origin says to us: `crawl_delay` in seconds, and the site's sources it `barred`.

    `trouble` says why it could not be read, which bars everything.
    """

    origin: str
    crawl_delay: float = 0.0
    barred: tuple[str, ...] = ()
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class SourceFinding:
    """What one source gave: `items` pages named, `articles` of them by `article_url`, and the `newest` of these.

    `status` is the HTTP status, None where there was no answer; `trouble` says why it could not be read.
    """

    via: SourceKind
    url: str
    status: int | None = None
    items: int = 0
    articles: int = 0
    newest: datetime | None = None
    trouble: str | None = None

    @property
    def share(self) -> float:
        """Share of the pages named that are articles, 0 where none are named."""
        return self.articles / self.items if self.items else 0.0


@dataclass(frozen=True, slots=True)
class SampleFinding:
    """What became of one article: ARTICLE with the fields that were `filled`, or why it is none, and the `detail`."""

    url: str
    verdict: str
    detail: str = ""
    headline: str | None = None
    date_published: datetime | None = None
    words: int = 0
    filled: tuple[str, ...] = ()
    one_page: bool | None = None
    """Whether the one-page form answered; None where the site has none."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One site's examination: `failures` are what is wrong, `warnings` what an operator may want to look at."""

    site: str
    title: str
    examined_at: datetime
    robots: tuple[RobotsFinding, ...] = ()
    sources: tuple[SourceFinding, ...] = ()
    samples: tuple[SampleFinding, ...] = ()
    failures: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def healthy(self) -> bool:
        return not self.failures

    @property
    def newest(self) -> datetime | None:
        """Date of the newest article that a source or a sample states."""
        return _newest(self.sources, self.samples)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it: dates in ISO 8601, `healthy` and each source's `share` included."""
        plain: dict[str, Any] = _plain(asdict(self))
        for stated, source in zip(plain["sources"], self.sources, strict=True):
            stated["share"] = round(source.share, 3)
        return {**plain, "healthy": self.healthy, "newest": _plain(self.newest)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime) else value


def judge(
    expect: Expect, sources: Sequence[SourceFinding], samples: Sequence[SampleFinding], now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is wrong with a site, and what may be, one sentence each: (failures, warnings).

    One source that fails is a warning as long as another names articles. A sample that lacks a field is one as well,
    until more lack it than the site's expectations leave room for.
    """
    failures: list[str] = []
    warnings: list[str] = []
    readable = [source for source in sources if not source.trouble]
    if not readable:
        first = next((f"; the first: {source.url}: {source.trouble}" for source in sources), "")
        failures.append(f"none of {len(sources)} sources could be read{first}")
    elif not any(source.articles for source in readable):
        named = sum(source.items for source in readable)
        failures.append(f"the sources name {named} pages, none of them an article by the site's article_url")
    else:
        warnings += [f"{source.url}: {source.trouble}" for source in sources if source.trouble]
        warnings += [
            f"{source.url} names {source.items} pages, none of them an article"
            for source in readable
            if not source.articles
        ]
        failures += _stale(expect, sources, samples, now)
    for is_failure, sentence in _unfilled(expect, samples):
        (failures if is_failure else warnings).append(sentence)
    if any(sample.one_page is False for sample in samples):
        warnings.append("the one-page form of articles does not answer, their plain address does")
    return tuple(failures), tuple(warnings)


def _stale(
    expect: Expect, sources: Sequence[SourceFinding], samples: Sequence[SampleFinding], now: datetime
) -> Iterator[str]:
    newest = _newest(sources, samples)
    if newest and expect.freshness and now - newest > timedelta(days=expect.freshness):
        yield f"the newest article is of {newest:%Y-%m-%d}, {(now - newest).days} days old"


def _newest(sources: Sequence[SourceFinding], samples: Sequence[SampleFinding]) -> datetime | None:
    dates = chain((source.newest for source in sources), (sample.date_published for sample in samples))
    return max(filter(None, dates), default=None)


def _unfilled(expect: Expect, samples: Sequence[SampleFinding]) -> Iterator[tuple[bool, str]]:
    """(whether it is a failure, sentence) for each field that samples lack."""
    articles = [sample for sample in samples if sample.verdict == ARTICLE]
    texts = [sample for sample in samples if "body" in sample.filled]
    if samples and not articles:
        yield True, f"none of {len(samples)} sample articles could be read; the first: {samples[0].detail}"
        return
    for of, name, words, least in (
        (samples, "body", "gave a text", expect.body),
        (texts, "date_published", "state a date of publication", expect.published_at),
        (articles, "author", "have an author", expect.author),
        (articles, "image", "have an image", expect.image),
    ):
        have = sum(name in sample.filled for sample in of)
        if least is None or have == len(of):
            continue
        why = next((f" ({sample.url}: {sample.detail})" for sample in of if sample.detail), "")
        room = math.ceil((1 - least) * len(of))
        yield have < len(of) - room, f"only {have} of {len(of)} samples {words}{why}"


def spread(of_sources: Sequence[Iterable[str]], size: int) -> list[str]:
    """`size` distinct URLs, taken from the sources in turn, so that each source's word is tried."""
    turns = chain.from_iterable(zip_longest(*of_sources))
    return list(dict.fromkeys(url for url in turns if url))[:size]


@dataclass(slots=True)
class Reading:
    """What one source gave: its finding, and what it says of its articles, by URL, the newest first."""

    finding: SourceFinding
    articles: dict[str, Announcement] = field(default_factory=dict)


class Doctor(Spider):
    """Examines one site and hands its Diagnosis to `keep`; made by `doctor_of`."""

    site: ClassVar[type[NewsSpider]]
    loopback: ClassVar[bool]

    keep: Callable[[Diagnosis], None]
    worker: CleaningWorker
    samples: int = SAMPLES

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        cls.site.update_settings(settings)
        settings.set("USER_AGENT", crawl().user_agent, priority="spider")
        settings.set("ITEM_PIPELINES", {}, priority="spider")  # nothing is kept

    def may_fetch(self, request: Request) -> bool:
        return self.site.urls().may_fetch(request.url)

    async def start(self) -> AsyncIterator[Any]:
        self.keep(await self.examine(utc_now()))
        return
        yield  # an async generator that yields nothing

    async def examine(self, now: datetime) -> Diagnosis:
        """The site's diagnosis at the time `now`."""
        site = self.site
        try:
            site().check_permission()
        except Refusal as refusal:
            return Diagnosis(site.name, site.title, now, failures=(str(refusal),))
        addresses = list(self._sources(now))
        robots = await self._robots([url for _, url in addresses])
        readings = [await self._read(via, url) for via, url in addresses]
        sources = tuple(reading.finding for reading in readings)
        told = {url: said for reading in readings for url, said in reading.articles.items()}
        chosen = spread([reading.articles for reading in readings], self.samples)
        samples = tuple([await self._sample(told[url]) for url in chosen])
        failures, warnings = judge(site.expect, sources, samples, now)
        return Diagnosis(site.name, site.title, now, robots, sources, samples, failures, warnings)

    def _sources(self, now: datetime) -> Iterator[tuple[SourceKind, str]]:
        site = self.site
        today = now.astimezone(WIB).date()
        yield from ((SourceKind.NEWS_SITEMAP, url) for url in site.news_sitemaps)
        yield from ((SourceKind.SITEMAP, url) for url in site.sitemaps)
        yield from ((SourceKind.FEED, url) for url in site.feeds)
        yield from ((SourceKind.POSTS_API, posts_page(api, Window(), 1)) for api in site.posts_apis)
        for section in site.sections:
            # An index of the day is empty after midnight; yesterday's tells whether it is read rightly.
            yield SourceKind.SECTION, section.format(date=today - timedelta(days=1))

    async def _robots(self, urls: Sequence[str]) -> tuple[RobotsFinding, ...]:
        middleware = self.crawler.get_downloader_middleware(RobotsMiddleware)
        if middleware is None:
            raise RuntimeError("robots.txt is not read: RobotsMiddleware is switched off")
        findings = []
        for origin in dict.fromkeys(_origin(url) for url in (self.site.home, *urls)):
            robots = await middleware.robots(origin)
            barred = tuple(url for url in urls if _origin(url) == origin and robots.denial(url))
            findings.append(RobotsFinding(origin, robots.crawl_delay, barred, robots.refusal))
        return tuple(findings)

    async def _read(self, via: SourceKind, url: str) -> Reading:
        status: int | None = None
        try:
            response = await self._fetch(url, MAX_SITEMAP_BYTES)
            status = response.status
            if status != 200:
                raise SourceUnreadable(f"it answers with HTTP {status}")
            entries = await self._entries(via, response)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a source is what we are here to tell
            return Reading(SourceFinding(via, url, status, trouble=reason(error)))
        return _reading(SourceFinding(via, url, status), entries, self.site.urls())

    async def _entries(self, via: SourceKind, response: Response) -> Sequence[Entry]:
        if via is SourceKind.FEED:
            return read_feed(
                response.body, response.url, (response.headers.get("Content-Type") or b"").decode("latin-1")
            )
        if via is SourceKind.POSTS_API:
            return read_posts(response.body)
        if via is SourceKind.SECTION:
            if not isinstance(response, TextResponse):
                raise SourceUnreadable("it is no web page")
            return read_section(parsed(response), response.url, self.site.section_links)
        sitemap = read_sitemap(response.body)
        for _ in range(MAX_DEPTH):
            if not sitemap.children:
                break
            newest = max(sitemap.children, key=lambda child: child.date_modified or datetime.min.replace(tzinfo=UTC))
            child = await self._fetch(urljoin(response.url, newest.url), MAX_SITEMAP_BYTES)
            if child.status != 200:
                raise SourceUnreadable(f"it lists {newest.url}, which answers with HTTP {child.status}")
            sitemap = read_sitemap(child.body)
        return sitemap.entries

    async def _sample(self, announcement: Announcement) -> SampleFinding:
        url = announcement.url
        # A site may know more of an announcement than its source says: what it would begin a visit with counts.
        visit: Visit = self.site().begin(announcement).cb_kwargs["visit"]
        try:
            response, one_page = await self._article(url)
            if trouble := self._trouble(response):
                return SampleFinding(url, *trouble, one_page=one_page)
            page = Page(response.url, response.body, stated_charset(response))
            hints = visit.announcement.hints(utc_now())
            cleaned = await asyncio.wrap_future(self.worker.clean([page], url, self.site.cleaning_rules(), hints))
        except CleaningError as error:
            return SampleFinding(url, Outcome.FAILED, str(error))
        except Exception as error:  # noqa: BLE001 - as in _read()
            return SampleFinding(url, outcome_of(error), reason(error))
        if isinstance(cleaned, Rejection):
            filled = ("body",) if cleaned.reason is Reason.NO_DATE else ()
            return SampleFinding(url, cleaned.reason, cleaned.detail, filled=filled, one_page=one_page)
        return SampleFinding(
            url,
            ARTICLE,
            headline=cleaned.headline,
            date_published=cleaned.date_published,
            words=cleaned.word_count,
            filled=tuple(name for name in FIELDS if getattr(cleaned, name)),
            one_page=one_page,
        )

    async def _article(self, url: str) -> tuple[Response, bool | None]:
        """An article's page, whole where the site has a one-page form, and whether that form answered."""
        one_page = self.site.paging().one_page_url(url)
        if not one_page:
            return await self._fetch(url), None
        try:
            response = await self._fetch(one_page)
        except RobotsDenied:
            return await self._fetch(url), False
        return (response, True) if response.status == 200 else (await self._fetch(url), False)

    def _trouble(self, response: Response) -> tuple[Outcome, str] | None:
        """The outcome that a visit would end with before any cleaning, and why; None where it would go on."""
        if response.status != 200:
            return Outcome.HTTP_ERROR, f"HTTP {response.status}"
        if self.site.urls().canonical(response.url) is None:
            return Outcome.OFF_SITE, f"it redirects to {response.url}"
        rights = stated_rights(response.headers, parsed(response))
        refused = [right for right in rights if right in self.site.refuse_rights]
        return (Outcome.RIGHTS, f"the page states {', '.join(refused)}") if refused else None

    async def _fetch(self, url: str, max_bytes: int | None = None) -> Response:
        meta = {"download_maxsize": max_bytes} if max_bytes else {}
        request = Request(url, callback=NO_CALLBACK, meta=meta, dont_filter=True)
        return await self.crawler.engine.download_async(request)


def _reading(finding: SourceFinding, entries: Sequence[Entry], urls: SiteUrls) -> Reading:
    """The reading of a source that names `entries`."""
    found = sorted(announced(entries, urls, finding.via, finding.url), key=_age)
    newest = max((at for announcement in found if (at := _stated(announcement))), default=None)
    return Reading(
        SourceFinding(finding.via, finding.url, finding.status, len(entries), len(found), newest),
        {announcement.url: announcement for announcement in found},
    )


def _stated(announcement: Announcement) -> datetime | None:
    return announcement.date_published or announcement.date_modified


def _age(announcement: Announcement) -> float:
    at = _stated(announcement)
    return -at.timestamp() if at else 0.0


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def doctor_of(site: type[NewsSpider]) -> type[Doctor]:
    """The Doctor for one site."""
    return type(f"DoctorOf{site.__name__}", (Doctor,), {"name": site.name, "site": site, "loopback": site.loopback})
