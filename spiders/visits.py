"""What spiders share whose visits are archived: one URL looked at after the other, each yielded exactly once."""

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from pipelines.article import Article
from pipelines.cleaning.site_rules import SiteRules
from pipelines.cleaning.worker import CleaningWorker
from pipelines.index.records import Status, UrlRecord
from pipelines.rights import RightsPolicy
from pipelines.run.counters import RunCounters
from pipelines.run.extension import (
    ARTICLE_KEY,
    CAPTURE_KEY,
    DISCOVERED_FROM_KEY,
    IMAGE_RIGHTS,
    RunExtension,
    RunSpider,
    run_extension,
)
from pipelines.visit import Announcement, FetchedPage, MissingImage, Visit
from settings.storage import storage
from spiders.answer import Answer
from spiders.article_fetch import ArticleFetch, FetchedArticle, first_address
from spiders.download_errors import EXPECTED, outcome_of, reason
from spiders.expected_error import ExpectedError
from spiders.fetch import FetchingSpider, answer_of, conditions, first_asked
from spiders.lead_images import MAX_LEAD_IMAGE_TRIES, LeadImages
from spiders.permission import why_excluded
from spiders.site import Site
from spiders.tdm_file import TdmFiles

VISIT_KEY = "visit"
SITE_KEY = "site"


class NotKept(ExpectedError):  # noqa: N818 - it names a state
    """A page was answered, and the archive could not take it."""


class VisitSpider(RunSpider, FetchingSpider):
    """Looks at articles, and yields each as a `Visit`: with its pages, or with the outcome that kept them from us."""

    def __init__(self, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.counters = RunCounters(self.logger.logger)
        self._has_pages = asyncio.Event()
        self._articles: ArticleFetch | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.worker = spider.open_worker()
        crawler.signals.connect(spider.worker.close, signals.spider_closed)
        return spider

    def open_worker(self) -> CleaningWorker:
        """The worker of this crawl, which is closed when the spider is."""
        return CleaningWorker()

    @abstractmethod
    def site_named(self, name: str) -> Site:
        """The site `name`, as `Visit.site` has it."""

    @abstractmethod
    def site_at(self, url: str) -> Site | None:
        """The site whose page `url` is, None where it is nobody's."""

    def rights_policy(self, url: str) -> RightsPolicy:
        site = self.site_at(url)
        return RightsPolicy(site.refuse_rights if site else Site.refuse_rights, self.tdm_files.reserves(url))

    @cached_property
    def lead_images(self) -> LeadImages:
        """What fetches the lead images of this run's articles."""
        return LeadImages(self.crawler.engine.download_async, is_replay=bool(self.settings.get("REPLAY")))

    async def keep_lead_image(self, visit: Visit) -> None:
        if not self.site_named(visit.site).keep_lead_image or not set(IMAGE_RIGHTS).isdisjoint(visit.rights):
            return
        known = self.owner.opened_run.known(visit.url)
        missing = known.missing_image if known else None
        if known and known.text_sha256 and missing is None:
            return
        stated = visit.cleaned.image if isinstance(visit.cleaned, Article) else missing and missing.address
        tries = 1 + (missing.tries if missing else 0)
        if stated and await self.lead_images.keep(visit, stated) and tries < MAX_LEAD_IMAGE_TRIES:
            visit.missing_image = MissingImage(stated, tries)

    def site_rules(self, site: str) -> SiteRules:
        return self.site_named(site).cleaning_rules()

    def why_kept_out(self, url: str) -> str | None:
        """As for any spider, or because it was taken down."""
        return why_excluded(url) or self.why_taken_down(url)

    def why_taken_down(self, url: str) -> str | None:
        """When and why the page at `url` was taken down, in words; None where it was not."""
        tombstones = self.owner.opened_run.tombstones
        if not tombstones:
            return None
        site = self.site_at(url)
        tombstone = tombstones.covering(url, site.name if site else None)
        return tombstone.sentence if tombstone else None

    @property
    def owner(self) -> RunExtension:
        """The owner of the spider's run, from when Scrapy has opened the spider."""
        return run_extension(self.crawler)

    @cached_property
    def tdm_files(self) -> TdmFiles:
        """What the sites reserve by their files; a file that answers from captures is of its day, and not kept."""
        folder = None if self.settings.get("REPLAY") else storage().tdm_files
        return TdmFiles(self.fetch, self.counters.warn, folder, is_read_only=self.owner.opened_run.dry_run)

    @property
    def articles(self) -> ArticleFetch:
        """The taker of this run's articles."""
        if self._articles is None:
            most = self.settings.getint("DOWNLOAD_MAXSIZE")
            self._articles = ArticleFetch(
                self.fetch,
                self.read_page,
                self.counters.warn,
                most,
                self.tdm_files,
                self._known_headline,
                self.why_kept_out,
            )
        return self._articles

    def _known_headline(self, url: str) -> str | None:
        seen = self.owner.opened_run.index.seen([url]).get(url)
        return seen.headline if seen else None

    def start_visit(self, site: Site, announcement: Announcement, seen: UrlRecord | None = None) -> Request:
        """The request that a visit begins with; `seen` is what the index knows of its URL."""
        visit = Visit(site.name, announcement.url, site.dated(announcement), is_first=seen is None)
        self.owner.begin(visit)
        self._has_pages.clear()
        self.articles.looked_at.add(announcement.url)
        validators = conditions(seen.etag, seen.last_modified) if seen else {}
        return Request(
            first_address(site, visit.url),
            callback=self.parse_article,
            errback=self.on_fetch_error,
            headers=validators,
            cb_kwargs={VISIT_KEY: visit, SITE_KEY: site},
            meta={ARTICLE_KEY: True, DISCOVERED_FROM_KEY: announcement.source},
            dont_filter=True,
        )

    async def wait_for_capacity(self) -> None:
        """Wait until the visit begun last has its pages, and the stages are not behind."""
        await self._has_pages.wait()
        while self.crawler.engine.needs_backout():
            await self.crawler.signals.wait_for(signals.scheduler_empty)

    async def parse_article(self, response: Response, visit: Visit, site: Site) -> AsyncIterator[Visit]:
        """The visit whose first response this is, with all its pages or with the outcome that it ended with."""
        try:
            answer, former = answer_of(response), visit.announcement.former
            take_over(visit, await self.articles.take(site, visit.url, answer, former))
        except Exception as error:  # noqa: BLE001 - whatever happens, the visit ends, and ends once
            self._end_with(visit, error)
        self._has_pages.set()
        yield visit

    async def on_fetch_error(self, failure: Failure) -> AsyncIterator[Visit]:
        """The visit whose first request failed."""
        request: Request = failure.request  # type: ignore[attr-defined]
        visit: Visit = request.cb_kwargs[VISIT_KEY]
        site: Site = request.cb_kwargs[SITE_KEY]
        error = failure.value
        if not isinstance(error, Exception):
            failure.raiseException()
        try:
            take_over(visit, await self.articles.take_after(site, visit.url, first_asked(request), error))
        except Exception as last:  # noqa: BLE001 - as in parse_article()
            visit.cut_off = request.meta.get(CAPTURE_KEY)
            self._end_with(visit, last)
        self._has_pages.set()
        yield visit

    def _end_with(self, visit: Visit, error: Exception) -> None:
        if not isinstance(error, EXPECTED):
            self.logger.error("%s: %s", visit.url, error, exc_info=error)
        if visit.outcome is None:
            visit.end(outcome_of(error), reason(error))


def take_over(visit: Visit, article: FetchedArticle) -> None:
    """Fill a visit with what was taken, or end it with why nothing was."""
    visit.url = article.url
    visit.pages = [fetched_page(answer) for answer in article.answers]
    visit.pages_missing = article.pages_missing
    visit.rights, visit.refused_rights = article.rights, article.refused_rights
    if article.outcome:
        visit.end(article.outcome, article.detail)


def fetched_page(answer: Answer) -> FetchedPage:
    """The page as a visit carries it.

    Raises NotKept where the archive has no capture of it.
    """
    if answer.capture is None:
        raise NotKept(f"the answer of {answer.url} could not be kept; the log says why")
    return FetchedPage(answer.url, answer.body, answer.charset, answer.capture)


def may_have_changed_until(stated: datetime | None, now: datetime) -> datetime | None:
    """The last moment that a source may mean by a date of change: many state no seconds, and we may have fetched within
    that very minute. At most one needless look comes of it.
    """
    if stated is None or stated > now or stated.second or stated.microsecond:
        return stated
    return min(stated.replace(second=59), now)


def under_known_address(announcement: Announcement, known: Mapping[str, UrlRecord]) -> Announcement:
    """The announcement under the URL by which the index knows its article, where that is another: one that it has moved
    to, or one of an earlier version. An address with unknown parameters that the index has not met is to be looked at.
    """
    stated = announcement.stated
    for address in (stated, announcement.former):
        record = known.get(address) if address else None
        if record and record.text_sha256:
            return replace(announcement, url=record.url, stated=None)
        if record and record.status is Status.ALIAS and address == stated:
            stated = None  # it has been looked at, and is the article's
    if stated:
        return replace(announcement, url=stated)
    record = known.get(announcement.url)
    return replace(announcement, url=record.url if record else announcement.url, stated=None)
