"""Takes WARC files that anybody made through the stages: each captured page is a visit, as if it were fetched now.

They are on disk, in the store or in the web, or a list names them, such as those of Common Crawl's CC-NEWS. A gigabyte
of news from all the world holds a few pages of ours: records are told by their own header, and the others left alone.
The site of a page is found by its host among the sites there are; else it is named after the registrable domain.
There is no second implementation of anything: articles are taken as a crawl takes them, the bytes come by
ReplayHandler.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Sequence
from contextlib import aclosing
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler

from pipelines.archive.bucket import StorageRefused, StorageUnavailable
from pipelines.archive.disk import DiskFailed
from pipelines.archive.warc_reader import Captured, Captures, any_address
from pipelines.index.records import Status, UrlRecord
from pipelines.run.crawl_run import CrawlRun
from pipelines.run.extension import CAPTURED_AT_KEY
from pipelines.run.refusal import Refusal
from pipelines.visit import VIA_WARC, Announcement
from pipelines.web_address import is_address
from settings.crawl import crawl
from settings.storage import storage
from spiders.arguments import parse_flag
from spiders.canonical import host_of
from spiders.domains import domain_of
from spiders.fetch import set_user_agent
from spiders.large_download import NotFetched
from spiders.permission import why_excluded
from spiders.replay import CAPTURED_KEY, answer_from_captures
from spiders.site import Site, known_by_domain, name_of_domain
from spiders.site_index import BrokenSite, all_sites
from spiders.taken_in import TakenIn
from spiders.visits import VisitSpider, under_known_address
from spiders.warc_sources import find_sources, is_list, on_disk

KNOWN, ANY = "known", "any"
"""Of `sites`: those that have a file here, and whichever there are."""

END_CHECK_SECONDS = 0.05
"""How often is looked whether the visits of one file have their pages, before the next file is opened."""


class IngestSpider(VisitSpider):
    """Every web page in the WARC files at `path`: a file, a folder, an s3:// prefix of the store in use, a web address,
    or a list of files (`warc_sources`), whose paths are below `base`.

    `sites` are the sites whose pages are wanted: names parted by commas, "known" for all that have a file here, as of a
    list where nothing is said, or "any". Files of a list that have been read to their end are passed over, but with
    `again`.

    `language` is the BCP 47 language of the articles wanted from sites that have no file here, "any" for all. Captures
    that are not younger than what the archive has of their article are passed over, so that a second run changes
    nothing; but with `rejected`, those that were found to be no article are looked at by the rules of today, for the
    archive's own files after a rule has changed. With `dry_run` nothing is kept. robots.txt is not asked: whoever made
    the files has asked it, or not, when it mattered.
    """

    name = "ingest"

    def __init__(
        self,
        path: str = "",
        sites: str = "",
        base: str = "",
        language: str = "id",
        rejected: str | bool = False,
        again: str | bool = False,
        dry_run: str | bool = False,
    ) -> None:
        super().__init__()
        self.path, self.base = path, base
        self.sites = sites or (KNOWN if is_list(path) else ANY)
        self._stated = {"rejected": rejected, "again": again, "dry_run": dry_run}
        self.rejected = self.dry_run = False
        self.wanted_language = None if language == "any" else language
        self.captures = Captures()
        self._sources: Sequence[str] = ()
        self._taken_in: TakenIn | None = None
        self._stopped = threading.Event()
        self._has_responses: bool | None = None  # until a file has been read
        self._known_sites: tuple[Site, ...] = ()
        self._sites: dict[str, Site] = {}
        self._on_host: dict[str, list[Site]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.settings.set("REPLAY", spider.path or "nothing", priority="cmdline")
        answer_from_captures(crawler.settings)
        return spider

    def may_fetch(self, request: Request) -> bool:  # noqa: ARG002 - nothing is fetched but from the files
        return True

    def site_named(self, name: str) -> Site:
        return self._sites[name]

    def site_at(self, url: str) -> Site | None:
        return self._known_site(url) or self._sites.get(name_of_domain(domain_of(url)))

    def open_run(self) -> CrawlRun:
        flags = {name: parse_flag(name, value) for name, value in self._stated.items()}
        self.rejected, self.dry_run = flags["rejected"], flags["dry_run"]
        set_user_agent(self.settings)
        self._known_sites = self._wanted_sites()
        if not self.path:
            raise Refusal("wrong_argument", "say which WARC files: scrapy ingest PATH or s3://BUCKET/PREFIX")
        self._sources = find_sources(self.path, self.base)
        if is_list(self.path):
            names = sorted(site.name for site in self._known_sites)
            wanted = {"sites": names, "any": self.sites == ANY, "language": self.wanted_language}
            self._taken_in = TakenIn(storage().home, wanted | {"rejected": self.rejected})
            if not flags["again"]:
                self._pass_over(self._taken_in)
        return CrawlRun.open(
            self.name,
            storage=storage(),
            crawl=crawl(),
            dry_run=self.dry_run,
            robots="not asked: the pages are from WARC files",
            counters=self.counters,
        )

    def review(self, run: CrawlRun) -> None:  # noqa: ARG002 - the files are judged, and not what the run brought
        """Of files that anybody made nothing is expected but that they can be read, and nothing of a list's."""
        if trouble := self.lead_images.trouble:
            self.counters.warn(trouble)
        if self._has_responses is False and not is_list(self.path):
            self.counters.fail(f"{self.path} holds no response that could be read{self._of_sites}")

    async def start(self) -> AsyncIterator[Any]:
        try:
            for number, source in enumerate(self._sources, 1):
                self.logger.info("file %s of %s: %s", number, len(self._sources), source)
                try:
                    async with aclosing(self._take_in(source)) as requests:
                        async for request in requests:
                            yield request
                except NotFetched as error:
                    self.counters.fail(str(error))
                except (StorageUnavailable, StorageRefused, DiskFailed) as error:
                    self.counters.fail(f"{source} and what follows it were not taken in: {error}")
                    return
        finally:
            self._stopped.set()  # a file that is being fetched in a thread is given up

    async def _take_in(self, source: str) -> AsyncGenerator[Request, None]:
        """The visits of what a file has that is due; after the last one everything of it has come to its end."""
        fetched = on_disk(source, self._stopped)
        path = await asyncio.to_thread(fetched.__enter__)
        try:
            is_wanted = any_address if self.sites == ANY else self._is_wanted
            self.captures = await asyncio.to_thread(Captures.from_files, [path], self.counters.warn, is_wanted)
            self._has_responses = bool(self._has_responses or self.captures.responses)
            self.owner.opened_run.describe_captures(f"Responses from {source}")
            for announcement, captured in self._due(source):
                await self.tdm_files.load(captured.url)
                yield self._look_at(announcement, captured)
                await self.wait_for_capacity()
            while self.owner.waits_for_pages:
                await asyncio.sleep(END_CHECK_SECONDS)  # they may still need the file
        finally:
            fetched.__exit__(None, None, None)
        if self._taken_in is not None and not self.dry_run:
            self.owner.seal()
            try:
                self._taken_in.add(source)
            except DiskFailed as error:
                self.counters.warn(f"{source} is read again by the next run: {error}")

    def _wanted_sites(self) -> tuple[Site, ...]:
        """The sites by whose files pages are told apart.

        Raises Refusal where one is named that there is not.
        """
        known = {site.name: site for site in all_sites() if not isinstance(site, BrokenSite)}
        if self.sites in (KNOWN, ANY):
            return tuple(known.values())
        names = [name.strip() for name in self.sites.split(",")]
        if missing := [name for name in names if name not in known]:
            raise Refusal("wrong_argument", f"there is no site {missing[0]}: scrapy list names them all")
        return tuple(known[name] for name in names)

    def _is_wanted(self, url: str) -> bool:
        return is_address(url) and self._known_site(url) is not None

    @property
    def _of_sites(self) -> str:
        return "" if self.sites == ANY else f" of the sites wanted ({self.sites})"

    def _pass_over(self, taken_in: TakenIn) -> None:
        """Leave out the files that an earlier run has read to their end."""
        left = [source for source in self._sources if source not in taken_in]
        if passed := len(self._sources) - len(left):
            self.logger.info("%s of %s files were taken in before, and are passed over", passed, len(self._sources))
        self._sources = left

    def _look_at(self, announcement: Announcement, captured: Captured) -> Request:
        """The visit of one captured page, by the address under which it was captured."""
        request = self.start_visit(self._site_of(captured.url), announcement)
        meta = {CAPTURED_KEY: captured, CAPTURED_AT_KEY: captured.captured_at}
        return request.replace(url=captured.url, meta=meta)

    def _due(self, source: str) -> Iterator[tuple[Announcement, Captured]]:
        """The captures to look at, the oldest first, so that a later one of the same article is its revision."""
        captured = [c for c in self.captures.responses if c.is_html and c.status == 200]
        allowed = [c for c in captured if not why_excluded(c.url)]
        pages = [c for c in allowed if not self.why_taken_down(c.url)]
        if len(allowed) < len(captured):
            self.counters.warn(f"{len(captured) - len(allowed)} pages of {source} are excluded (KLIPING_EXCLUSIONS)")
        self._name_sites(pages)
        articles: dict[str, list[Captured]] = {}
        for page in pages:
            urls = self._site_of(page.url).urls
            if address := urls.read(page.url):
                articles.setdefault(urls.with_unknown(address) or address.canonical, []).append(page)
        self.counters.announced += len(articles)
        chosen = [(url, page) for url, forms in articles.items() for page in self._best_form(url, forms)]
        if not chosen and self._taken_in is None:
            self.counters.warn(f"{source} holds no web page{self._of_sites}")
        former = {url: self._site_of(page.url).urls.former(page.url) for url, page in chosen}
        known = self.owner.opened_run.index.seen(filter(None, (*articles, *former.values())))
        for url, page in sorted(chosen, key=lambda each: each[1].captured_at):
            stated = Announcement(url, VIA_WARC, source, former=former[url])
            announcement = under_known_address(stated, known)
            seen = known.get(url) or known.get(announcement.url)
            if seen and page.captured_at <= seen.last_fetched_at and not self._again(seen):
                self.counters.not_due += 1
            else:
                yield announcement, page

    def _again(self, seen: UrlRecord) -> bool:
        return self.rejected and seen.status is Status.REJECTED

    def _best_form(self, url: str, forms: Iterable[Captured]) -> list[Captured]:
        """Of an article's captured addresses the one-page form, else its first page; with each time it was captured."""
        site = self._site_of(url)
        one_page = site.pagination.one_page_url(url)
        by_address: dict[str, list[Captured]] = {}
        for form in forms:
            by_address.setdefault(form.url, []).append(form)
        best = min(by_address, key=lambda address: (address != one_page, site.urls.page_number(address), len(address)))
        return by_address[best]

    def _name_sites(self, pages: Iterable[Captured]) -> None:
        """Have a site for each page: a known one, or one of all the hosts of its registrable domain."""
        hosts: dict[str, dict[str, str]] = {}
        for page in pages:
            if not self._known_site(page.url):
                domain = domain_of(page.url)
                hosts.setdefault(domain, {}).setdefault(host_of(page.url), page.url)
        for domain, urls in hosts.items():
            first = urlsplit(next(iter(urls.values())))
            home = f"{first.scheme}://{first.netloc}/"
            name = name_of_domain(domain)
            earlier = self._sites[name].urls.hosts if name in self._sites else frozenset()
            self._sites[name] = known_by_domain(domain, home, sorted({*earlier, *urls}), self.wanted_language)

    def _site_of(self, url: str) -> Site:
        if known := self._known_site(url):
            return self._sites.setdefault(known.name, known)
        return self._sites[name_of_domain(domain_of(url))]

    def _known_site(self, url: str) -> Site | None:
        """The known site of a page: of several on one host the one that takes it for its article, else the first."""
        host = host_of(url)
        if host not in self._on_host:
            self._on_host[host] = [site for site in self._known_sites if site.urls.canonical(url)]
        found = self._on_host[host]
        return next((site for site in found if site.urls.article(url)), next(iter(found), None))
