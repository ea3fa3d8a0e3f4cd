"""NewsSpider: the base class of all sites. A site states what it is in class attributes; everything else is here.

A run asks the site's sources which articles exist, judges each by the index, and looks at those that are new or due.
Each look is a `Visit`, yielded exactly once: with its pages, or with the outcome that kept them from us.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.settings import BaseSettings
from selectolax.lexbor import LexborHTMLParser
from twisted.python.failure import Failure

from pipelines.archive.warc_reader import Captures, warc_files
from pipelines.cleaning.date_parsing import WIB
from pipelines.cleaning.site_rules import FormerLayout, SiteRules
from pipelines.index.database import IndexUnavailable, RevisitSchedule, UrlRecord, is_due
from pipelines.report import RunReport
from pipelines.run.crawl_run import GOOD_OUTCOMES, CrawlRun, SiteBusy, StorageRefused, StorageUnavailable
from pipelines.visit import Announcement, Outcome, SourceKind, Visit
from settings.clock import utc_now
from settings.crawl import crawl
from settings.storage import SettingsError, storage
from spiders.canonical import SiteUrls, host_of, stated_canonical
from spiders.discovery import Window
from spiders.download_errors import EXPECTED, outcome_of, reason
from spiders.expect import Expect
from spiders.logs import quiet
from spiders.pagination import MAX_PAGES, Paging, shows_all_of
from spiders.politeness import RobotsDenied, stated_rights
from spiders.replay import NotCaptured, answer_from_captures
from spiders.responses import fetched_page, parsed, stated_charset
from spiders.run_counters import Ledger
from spiders.site_index import DEFAULT_SCHEDULE
from spiders.sources import SourceList, Sources

__all__ = ["NewsSpider", "Refusal", "parsed", "stated_charset"]

LOOPBACK_DELAY = 0.05
"""Seconds between requests to a site on this very machine. Not 0: see MIN_DELAY."""

LOOPBACK_TIMEOUT = 5.0
"""Seconds."""

MIN_DELAY = 0.01
"""Seconds. With a delay of 0 Scrapy 2.19 sends bursts past every limit of concurrency on the asyncio reactor."""

WORST = (Outcome.FAILED, Outcome.HTTP_ERROR, Outcome.TIMEOUT, Outcome.TOO_LARGE, Outcome.OFF_SITE)
"""Outcomes that the log shows as warnings."""

FEW = 5
"""Pages below which it says nothing of a site that none of them was an article."""

REFUSALS: dict[type[Exception], str] = {
    SettingsError: "wrong_settings",
    SiteBusy: "site_busy",
    StorageRefused: "storage_refused",
    StorageUnavailable: "storage_unavailable",
    IndexUnavailable: "index_unavailable",
}
"""What may keep a run from beginning, as its finish_reason."""


class Refusal(Exception):  # noqa: N818 - it names a decision, not an error
    """The run does not begin. `finish_reason` is one word, the message one sentence for an operator."""

    def __init__(self, finish_reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.finish_reason = finish_reason


def is_true(argument: str | bool) -> bool:
    """Whether a spider argument, which may come from a command line, says yes."""
    return str(argument).lower() in ("1", "true", "yes")


class NewsSpider(Spider):
    """A news site.

    Arguments of a run, all optional: `since` and `until` (days 'YYYY-MM-DD', the articles published from the one to the
    other, in place of the recent ones), `url` (look at this one article, known or not), `dry_run` (keep nothing).
    """

    name: str
    title: ClassVar[str]
    """The site's name, as its headlines and bylines carry it."""

    home: ClassVar[str]
    """The home page. Its host is the site's; its scheme is that of every article's URL."""

    hosts: ClassVar[Sequence[str]] = ()
    """Further hosts whose pages are the site's articles."""

    article_url: ClassVar[str]
    """Regular expression, searched in canonical URLs: which of the site's pages are articles."""

    news_sitemaps: ClassVar[Sequence[str]] = ()
    """Sitemaps of the last days' articles (or indexes of such): all that they name is news."""

    sitemaps: ClassVar[Sequence[str]] = ()
    """Sitemaps of the whole archive (or indexes of such): a run takes what changed in the last `recent_days`."""

    sitemap_children: ClassVar[str] = ""
    """Regular expression, searched in the addresses that a sitemap index lists: which of them name articles."""

    feeds: ClassVar[Sequence[str]] = ()
    """RSS or Atom feeds."""

    feed_pages: ClassVar[str] = ""
    """The query by which feeds are leafed through, '{page}' for the number: 'paged={page}'. A run with a window reads
    on from page 2 where the feed itself does not reach back to the window's beginning."""

    posts_apis: ClassVar[Sequence[str]] = ()
    """Lists of posts of WordPress's REST API (`/wp-json/wp/v2/posts`): a run with a window asks them for its days."""

    sections: ClassVar[Sequence[str]] = ()
    """Pages that link to articles. '{date:%Y-%m-%d}' in one stands for the day, in any form strftime knows."""

    section_links: ClassVar[str] = "a[href]"
    """CSS selector of the links to articles on a section page; links to other than `article_url` never count."""

    section_next: ClassVar[str] = 'a[rel~="next"], link[rel~="next"]'
    """CSS selector of the link to a section's next page."""

    section_pages: ClassVar[int] = 1
    """Pages of a section that a run reads."""

    recent_days: ClassVar[int] = 7
    """How far back a plain sitemap is taken for news. Covers an outage of some days."""

    trailing_slash: ClassVar[bool] = False
    """Whether the site's own URLs end with a slash, as those of WordPress do."""

    unix_time: ClassVar[str | None] = None
    """Expression whose group is the Unix time of publication in an article's address, where no source states a date."""

    one_page: ClassVar[Mapping[str, str] | str | None] = None
    """What makes the site show an article that it splits on one page: query parameters, or a path suffix ('/all')."""

    next_page: ClassVar[str | None] = None
    """CSS selector of the link to an article's next page; None finds it by its address (same article, next number)."""

    language: ClassVar[str | None] = "id"
    """BCP 47 language of the articles wanted; None for any."""

    body_selector: ClassVar[str | None] = None
    drop_selectors: ClassVar[Sequence[str]] = ()
    """CSS selectors of the element that holds the text, and of what in it is never text, where cleaning misreads."""

    former_layouts: ClassVar[Sequence[FormerLayout]] = ()
    """The selectors of older captures, each until the day on which the site changed its templates."""

    keep_lines: ClassVar[Sequence[str]] = ()
    """Lines that repeat over the site's articles and are text all the same: a veto on what is learned as residue."""

    schedule: ClassVar[str] = DEFAULT_SCHEDULE
    """When the site is crawled: cron expression, its minute moved by a constant of the site."""

    expect: ClassVar[Expect] = Expect()
    """What a run yields where all is well."""

    refuse_rights: ClassVar[Sequence[str]] = ("noarchive",)
    """Reservations that keep a page out of the archive: 'noarchive', 'noai', 'noimageai', 'tdm-reservation'."""

    delay: ClassVar[float] = 3.0
    """Seconds between requests, more where the site is slow or asks for it. 1,200 pages an hour do for any site."""

    loopback: ClassVar[bool] = False
    """True for sites on this machine (*.localhost): they need no contact address and no long pauses."""

    permission_needed: ClassVar[str | None] = None
    """Why the site may not be crawled without its owner's consent: until the operator records one in
    KLIPING_PERMISSIONS, it is not scheduled, and a run refuses."""

    def __init__(
        self,
        since: str | None = None,
        until: str | None = None,
        url: str | None = None,
        dry_run: str | bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.since, self.until, self.url = since, until, url
        self.dry_run = is_true(dry_run)
        self.ledger = Ledger(logging.getLogger(self.name))
        self.run: CrawlRun | None = None
        self.refusal: Refusal | None = None
        self.window = Window()
        self.captures = Captures()
        self._under_way: list[Visit] = []
        self._has_pages = asyncio.Event()
        self._looked_at: set[str] = set()
        self._new: set[str] = set()
        self._whole_one_page: set[str] = set()

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        delay = LOOPBACK_DELAY if cls.loopback else cls.delay
        settings.set("DOWNLOAD_DELAY", delay, priority="spider")
        settings.set("AUTOTHROTTLE_START_DELAY", delay, priority="spider")
        if cls.loopback:  # nothing on this machine needs longer, and nobody wants to wait for the demo's slow pages
            settings.set("DOWNLOAD_TIMEOUT", LOOPBACK_TIMEOUT, priority="spider")
            settings.set("RETRY_TIMES", 1, priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Open the run before anything else begins. What keeps it from opening ends the crawl in spider_opened."""
        quiet()
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider._refuse, signals.spider_opened)
        crawler.signals.connect(spider._ended, signals.item_scraped)
        crawler.signals.connect(spider._stage_failed, signals.item_error)
        crawler.signals.connect(spider._summarise, signals.spider_closed)
        replay = crawler.settings.get("REPLAY")
        if replay:
            answer_from_captures(crawler.settings)
        elif crawler.settings.getfloat("DOWNLOAD_DELAY") < MIN_DELAY:
            crawler.settings.set("DOWNLOAD_DELAY", MIN_DELAY, priority="cmdline")
        try:
            spider.check_arguments()
            if not replay:
                spider.check_permission()
            crawler.settings.set("USER_AGENT", crawl().user_agent, priority="spider")
            if replay:
                spider.captures = spider.open_captures(str(replay))
            spider.run = spider.open_run()
        except Refusal as refusal:
            spider.refusal = refusal
        except tuple(REFUSALS) as error:
            spider.refusal = Refusal(REFUSALS[type(error)], str(error))
        return spider

    def open_run(self) -> CrawlRun:
        return CrawlRun.open(self.name, storage=storage(), crawl=crawl(), dry_run=self.dry_run)

    # What the site is, for others

    @classmethod
    @cache
    def urls(cls) -> SiteUrls:
        """The site's addresses."""
        sources = (*cls.news_sitemaps, *cls.sitemaps, *cls.feeds, *cls.posts_apis, *cls.sections)
        keys = cls.one_page if isinstance(cls.one_page, Mapping) else {}
        return SiteUrls(
            home=cls.home,
            hosts=frozenset((host_of(cls.home), *cls.hosts)),
            article_url=re.compile(cls.article_url),
            source_hosts=frozenset(host_of(url) for url in sources),
            page_keys=frozenset(("page", *keys)),
            one_page_suffix=cls.one_page if isinstance(cls.one_page, str) else "",
            trailing_slash=cls.trailing_slash,
        )

    @classmethod
    def paging(cls) -> Paging:
        return Paging(cls.one_page, cls.next_page)

    @classmethod
    def cleaning_rules(cls) -> SiteRules:
        """What the site tells the cleaning stage."""
        return SiteRules(
            name=cls.name,
            title=cls.title,
            home=cls.home,
            language=cls.language,
            body_selector=cls.body_selector,
            drop_selectors=tuple(cls.drop_selectors),
            former_layouts=tuple(cls.former_layouts),
            keep_lines=tuple(cls.keep_lines),
        )

    @classmethod
    def dated(cls, announcement: Announcement) -> Announcement:
        """The announcement with the date in the article's address, where the site has one there and no source said."""
        found = re.search(cls.unix_time, announcement.url) if cls.unix_time else None
        if found is None or announcement.date_published:
            return announcement
        return replace(announcement, date_published=datetime.fromtimestamp(int(found[1]), WIB))

    def site_class(self, name: str) -> type["NewsSpider"]:  # noqa: ARG002 - one site here, many in IngestSpider
        """The class that states what the site `name` is."""
        return type(self)

    def site_rules(self, name: str) -> SiteRules:
        """The cleaning rules of the site `name`, as `Visit.site` has it."""
        return self.site_class(name).cleaning_rules()

    def may_fetch(self, request: Request) -> bool:
        """Whether a request stays on the site's hosts."""
        return self.urls().may_fetch(request.url)

    def abandoned(self) -> list[Visit]:
        """Visits that were begun and not recorded, ended as failed: for the archive stage, when the spider closes."""
        left, self._under_way = self._under_way, []
        for visit in left:
            if visit.outcome is None:
                visit.end(Outcome.FAILED, "the run stopped before it was fetched")
            self.ledger.outcomes[visit.outcome or Outcome.FAILED] += 1
        return left

    def report(self, reason: str) -> RunReport:
        """What the run did and whether the site is well, when the spider closes for `reason`."""
        run = self._open_run()
        report = run.report(reason, announced=self.ledger.announced, known=self.ledger.known)
        if report.looked_at != self.ledger.looked_at:
            self.ledger.fail(f"{self.ledger.looked_at} URLs were looked at, {report.looked_at} have an outcome")
        if reason != "finished":
            self.ledger.fail(f"the crawl ended early: {reason}")
        new = self.ledger.first_looks
        if new.total() >= FEW and not any(new[outcome] for outcome in GOOD_OUTCOMES):
            ends = ", ".join(f"{count} {outcome}" for outcome, count in new.most_common())
            self.ledger.fail(f"none of the {new.total()} new pages is an article: {ends}")
        if not (self.url or self.window or self.dry_run):
            now, runs = utc_now(), [*run.index.recent_metrics(self.name), run.metrics]
            for sentence in self.expect.violations(runs, now):
                self.ledger.fail(sentence)
            for sentence in self.expect.above_maximum(runs, now):
                self.ledger.warn(sentence)
        return replace(
            report,
            left=self.ledger.left,
            failures=tuple(self.ledger.failures),
            warnings=tuple(self.ledger.warnings),
        )

    # The run

    async def start(self) -> AsyncIterator[Any]:
        """Look at what is new or due, one after the other: a run that is stopped has begun nothing it cannot end."""
        try:
            due = await self.due()
        except IndexUnavailable as error:
            self.ledger.fail(str(error))
            raise CloseSpider(REFUSALS[IndexUnavailable]) from error
        for announcement, seen in due:
            if announcement.url in self._looked_at:
                self.ledger.known += 1
                continue
            yield self.begin(announcement, seen)
            await self.room()

    async def room(self) -> None:
        """Wait until the visit begun last has its pages, and the stages are not behind."""
        await self._has_pages.wait()
        while self.crawler.engine.needs_backout():
            await self.crawler.signals.wait_for(signals.scheduler_empty)

    async def due(self) -> list[tuple[Announcement, UrlRecord | None]]:
        """What this run has to look at, the newest first, with what the index knows of it."""
        run = self._open_run()
        if self.url:
            return [(Announcement(self._asked_for(self.url), SourceKind.REQUEST), None)]
        now = utc_now()
        sources = Sources(
            listed=self._source_list(),
            urls=self.urls(),
            fetch=self._fetch_source,
            index=run.index,
            ledger=self.ledger,
            window=self.window,
            now=now,
            max_bytes=self.settings.getint("DOWNLOAD_MAXSIZE"),
        )
        announcements = await sources.announcements()
        due = self._judge(announcements, now)
        most = self.settings.getint("VISITS_PER_RUN")
        if len(due) > most:
            self.ledger.left = len(due) - most
            self.ledger.warn(f"{len(due)} articles are due, {most} are looked at, the rest is left to the next run")
        elif not self.window:
            for state in sources.states:
                run.remember_source(state)
        return due[:most]

    def _judge(
        self, announcements: Sequence[Announcement], now: datetime
    ) -> list[tuple[Announcement, UrlRecord | None]]:
        index, ladders = self._open_run().index, RevisitSchedule(crawl().revisit_intervals, crawl().retry_intervals)
        known = index.seen(announcement.url for announcement in announcements)
        due = [
            (a, known.get(a.url))
            for a in announcements
            if a.url not in known or is_due(known[a.url], now, ladders, latest(a.date_modified, now))
        ]
        self.ledger.announced = len(announcements)
        self.ledger.known = len(announcements) - len(due)
        if self.window:
            return due
        named = {announcement.url for announcement in announcements}
        revisits = [seen for seen in index.due(self.name, now, ladders) if seen.url not in named]
        return due + [(Announcement(seen.url, SourceKind.REVISIT), seen) for seen in revisits]

    def begin(self, announcement: Announcement, seen: UrlRecord | None = None, **meta: Any) -> Request:
        """The request that a visit begins with."""
        name = meta.pop("site", self.name)
        site = self.site_class(name)
        visit = Visit(name, announcement.url, site.dated(announcement))
        self._under_way.append(visit)
        self._has_pages.clear()
        self._looked_at.add(announcement.url)
        self.ledger.looked_at += 1
        if seen is None:
            self._new.add(announcement.url)
        one_page = site.paging().one_page_url(visit.url)
        validators = {"If-None-Match": seen.etag, "If-Modified-Since": seen.last_modified} if seen else {}
        return Request(
            one_page or visit.url,
            callback=self.fetched,
            errback=self.not_fetched,
            headers={name: value for name, value in validators.items() if value},
            cb_kwargs={"visit": visit},
            meta=meta,
            dont_filter=True,
        )

    async def fetched(self, response: Response, visit: Visit) -> AsyncIterator[Visit]:
        """The visit whose first response this is, with all its pages or with the outcome that it ended with."""
        try:
            await self._look(visit, response)
        except Exception as error:  # noqa: BLE001 - whatever happens, the visit ends, and ends once
            self._end_with(visit, error)
        self._has_pages.set()
        yield visit

    async def not_fetched(self, failure: Failure) -> AsyncIterator[Visit]:
        """The visit whose first request failed; by its plain address after all if only the one-page form is barred, or
        is not among the captures that answer in place of the web.
        """
        request: Request = failure.request  # type: ignore[attr-defined]
        visit: Visit = request.cb_kwargs["visit"]
        error = failure.value
        if not isinstance(error, Exception):
            failure.raiseException()
        try:
            if _asked(request) == visit.url or not isinstance(error, RobotsDenied | NotCaptured):
                raise error
            await self._look(visit, await self._fetch(visit.url, request.meta))
        except Exception as last:  # noqa: BLE001 - as in fetched()
            self._end_with(visit, last)
        self._has_pages.set()
        yield visit

    async def _look(self, visit: Visit, response: Response) -> None:
        """Fill `visit` from its first response, and from the other pages that it leads to; or end it."""
        site = self.site_class(visit.site)
        urls, asked = site.urls(), _asked(response.request)
        if response.status == 304:
            visit.pages.append(fetched_page(response))
            visit.end(Outcome.UNCHANGED, "the server answers that it has not changed")
            return
        if response.status != 200 and asked != visit.url:
            response = await self._fetch(visit.url, response.meta)
        if urls.canonical(response.url) is None:
            visit.end(Outcome.OFF_SITE, f"it redirects to {response.url}")
            return
        if response.status != 200:
            visit.pages.append(fetched_page(response))
            visit.end(Outcome.HTTP_ERROR, f"HTTP {response.status}")
            return
        page = parsed(response)
        visit.rights = stated_rights(response.headers, page)
        if refused := [right for right in visit.rights if right in site.refuse_rights]:
            visit.end(Outcome.RIGHTS, f"the page states {', '.join(refused)}")
            return
        article = stated_canonical(page, response.url, urls) or urls.article(response.url) or visit.url
        if article != visit.url and article in self._looked_at:
            visit.url = article
            visit.end(Outcome.UNCHANGED, f"{asked} is {article}, which this run has looked at already")
            return
        self._looked_at.add(article)
        visit.url = article
        await self._take_pages(visit, site, response, page)

    async def _take_pages(
        self, visit: Visit, site: type["NewsSpider"], response: Response, page: LexborHTMLParser
    ) -> None:
        """Take the one-page form if `response` is one and shows the whole article, else each page after the other.

        A one-page form is taken for whole unless it links to a next page. If it does, that page tells: where its
        longest paragraph stands in the one-page form as well, the link is a remnant, there and in the rest of the run.
        """
        urls, paging = site.urls(), site.paging()
        plain = urls.canonical(response.url)
        is_one_page = plain is not None and response.url == paging.one_page_url(plain)
        following = paging.next_page_url(page, response.url, urls)
        if not following or (is_one_page and site.name in self._whole_one_page):
            visit.pages.append(fetched_page(response))
            return
        if is_one_page and plain:
            second = await self._next(visit, following, response)
            if second and shows_all_of(page, parsed(second)):
                self._whole_one_page.add(site.name)
                visit.pages.append(fetched_page(response))
                return
            first = await self._next(visit, plain, response)
            if first is None:
                visit.pages.append(fetched_page(response))
                return
            visit.pages_missing = 0
            response, page = first, parsed(first)
        await self._stitch(visit, site, response, page)

    async def _stitch(self, visit: Visit, site: type["NewsSpider"], first: Response, page: LexborHTMLParser) -> None:
        urls, paging = site.urls(), site.paging()
        visit.pages.append(fetched_page(first))
        taken, response = {first.url}, first
        while (following := paging.next_page_url(page, response.url, urls)) and following not in taken:
            size = sum(len(page.html) for page in visit.pages)
            if len(visit.pages) == MAX_PAGES or size > self.settings.getint("DOWNLOAD_MAXSIZE"):
                visit.pages_missing += 1
                self.ledger.warn(f"{visit.url} goes on after {len(visit.pages)} pages ({size:,} bytes): cut there")
                return
            if (found := await self._next(visit, following, first)) is None:
                return
            response, page = found, parsed(found)
            taken |= {following, response.url}
            visit.pages.append(fetched_page(response))

    async def _next(self, visit: Visit, url: str, first: Response) -> Response | None:
        """Another page of the same article; None, counted and warned of, where it cannot be had."""
        urls = self.site_class(visit.site).urls()
        try:
            response = await self._fetch(url, first.meta)
        except Exception as error:  # noqa: BLE001 - a page that is missing does not cost the others
            trouble = reason(error)
        else:
            if response.status == 200 and urls.canonical(response.url) == urls.canonical(first.url):
                return response
            trouble = f"it answers with HTTP {response.status} at {response.url}"
        visit.pages_missing += 1
        self.ledger.warn(f"a page of {visit.url} is missing, {url}: {trouble}")
        return None

    async def _fetch(self, url: str, meta: Mapping[str, Any]) -> Response:
        """One more page of a visit, in the order of the site's queue.

        Raises what Scrapy and our middlewares raise.
        """
        kept = {key: meta[key] for key in ("captured_at",) if key in meta}
        request = Request(url, callback=NO_CALLBACK, meta=kept, dont_filter=True)
        return await self.crawler.engine.download_async(request)

    async def _fetch_source(self, url: str, headers: Mapping[str, str], max_bytes: int) -> Response:
        request = Request(
            url, callback=NO_CALLBACK, headers=dict(headers), meta={"download_maxsize": max_bytes}, dont_filter=True
        )
        return await self.crawler.engine.download_async(request)

    def _end_with(self, visit: Visit, error: Exception) -> None:
        if not isinstance(error, EXPECTED):
            self.ledger.logger.error("%s: %s", visit.url, error, exc_info=error)
        if visit.outcome is None:
            visit.end(outcome_of(error), reason(error))

    # Beginning and end

    def check_arguments(self) -> None:
        """Take the run's arguments; raises Refusal for a wrong one."""
        try:
            self.window = Window.of_days(self.since, self.until)
        except ValueError as error:
            raise Refusal("wrong_argument", f"since and until are days, YYYY-MM-DD: {error}") from error
        if self.url:
            self._asked_for(self.url)

    def check_permission(self) -> None:
        """Raises Refusal for a site that we may not crawl, or not without saying who we are."""
        if self.permission_needed:
            permission = crawl().permissions.get(self.name)
            if permission is None:
                raise Refusal(
                    "permission_needed", f"{self.title} is not crawled without permission: {self.permission_needed}"
                )
            self.logger.info("%s is crawled by permission, %s", self.title, permission)
        if not self.loopback and not crawl().contact:
            raise Refusal("no_contact", "real sites are crawled only with a contact address: set KLIPING_CONTACT")

    def open_captures(self, path: str) -> Captures:
        """The captures that answer in place of the web; raises Refusal where there are none."""
        try:
            return Captures.from_files(warc_files(Path(path)), self.ledger.warn)
        except FileNotFoundError as error:
            raise Refusal("wrong_argument", str(error)) from error

    def _asked_for(self, url: str) -> str:
        if (canonical := self.urls().canonical(url)) is None:
            raise Refusal("wrong_argument", f"{url} is not on the hosts of {self.title}")
        return canonical

    def _open_run(self) -> CrawlRun:
        if self.run is None:
            raise RuntimeError("the run is not open")
        return self.run

    def _source_list(self) -> SourceList:
        return SourceList(
            news_sitemaps=self.news_sitemaps,
            sitemaps=self.sitemaps,
            sitemap_children=self.sitemap_children,
            feeds=self.feeds,
            feed_pages=self.feed_pages,
            posts_apis=self.posts_apis,
            sections=self.sections,
            section_links=self.section_links,
            section_next=self.section_next,
            section_pages=self.section_pages,
            recent=timedelta(days=self.recent_days),
        )

    def _refuse(self) -> None:
        if self.refusal:
            self.ledger.fail(str(self.refusal))
            raise CloseSpider(self.refusal.finish_reason)

    def _ended(self, item: Visit) -> None:
        self._forget(item)
        outcome = item.outcome or Outcome.FAILED
        self.ledger.outcomes[outcome] += 1
        if item.announcement.url in self._new:
            self.ledger.first_looks[outcome] += 1
        level = logging.WARNING if outcome in WORST else logging.INFO
        self.ledger.logger.log(level, "%s %s%s", outcome, item.url, f" ({item.detail})" if item.detail else "")

    def _stage_failed(self, item: Visit, failure: Failure) -> None:
        """A visit that a stage broke on stays under way, so that `abandoned` brings it to the record."""
        if item.outcome is None:
            item.end(Outcome.FAILED, f"a stage broke on it: {failure.getErrorMessage()}")

    def _forget(self, visit: Visit) -> None:
        self._under_way = [other for other in self._under_way if other is not visit]

    def _summarise(self, reason: str) -> None:
        if self.refusal:
            self._report_refusal(reason)
        else:
            self.ledger.logger.info("%s: %s", reason, self.ledger.summary())

    def _report_refusal(self, reason: str) -> None:
        """A run that did not begin has a report as well: nobody has to read the log to learn why."""
        if path := self.settings.get("REPORT_FILE"):
            now = utc_now()
            report = RunReport(
                site=self.name,
                run=f"{now:%Y%m%dT%H%M%SZ}",
                started_at=now,
                finished_at=now,
                finish_reason=reason,
                failures=tuple(self.ledger.failures),
            )
            Path(path).write_text(report.to_json(), encoding="utf-8")


def latest(stated: datetime | None, now: datetime) -> datetime | None:
    """The last moment that a source may mean by a date of change: many state no seconds, and we may have fetched within
    that very minute. At most one needless look comes of it.
    """
    if stated is None or stated > now or stated.second or stated.microsecond:
        return stated
    return min(stated + timedelta(seconds=59), now)


def _asked(request: Request | None) -> str:
    """The URL that was asked for in the first place, before redirects."""
    if request is None:
        raise ValueError("the response belongs to no request")
    first: Iterable[str] = request.meta.get("redirect_urls", ())
    return next(iter(first), request.url)
