"""Takes WARC files that anybody made through the stages: each captured page is a visit, as if it were fetched now.

The site of a page is found by its host among the spiders there are; else it is named after the registrable domain.
There is no second implementation of anything: paging, canonical URLs and rights are NewsSpider's, the bytes come by
ReplayHandler.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.spiderloader import SpiderLoader
from tldextract import TLDExtract

from pipelines.archive.bucket import Bucket
from pipelines.archive.warc_reader import Captured, Captures, warc_files
from pipelines.index.database import Status, UrlRecord
from pipelines.visit import Announcement, SourceKind
from settings.storage import storage
from spiders.canonical import host_of
from spiders.news import NewsSpider, Refusal, is_true

DOWNLOAD_CHUNK = 16 << 20

SLUG = r"[a-z0-9]+-[a-z0-9]+-[a-z0-9-]+"
"""What an article's address has on a site that we know nothing of: a few words of its headline."""

registrable_domain = TLDExtract(suffix_list_urls=(), cache_dir=None)
"""With the list of public suffixes that comes with the package: nothing is fetched."""


class IngestSpider(NewsSpider):
    """Every web page in the WARC files at `path`: a file, a folder, or an s3:// prefix of the store in use.

    `language` is the BCP 47 language of the articles wanted from sites that have no spider here, "any" for all.
    Captures that are not younger than what the archive has of their article are passed over, so that a second run
    changes nothing; but with `rejected`, those that were found to be no article are looked at by the rules of today,
    for the archive's own files after a rule has changed. robots.txt is not asked: whoever made the files has asked it,
    or not, when it mattered.
    """

    name = "ingest"
    title = "WARC files"
    home = "https://ingest.invalid/"
    article_url = SLUG
    schedule = ""

    def __init__(self, path: str = "", language: str = "id", rejected: str | bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.path = path
        self.rejected = is_true(rejected)
        self.wanted_language = None if language == "any" else language
        self.sites: dict[str, type[NewsSpider]] = {}
        self.known_sites: tuple[type[NewsSpider], ...] = ()
        self._on_host: dict[str, list[type[NewsSpider]]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        crawler.settings.set("REPLAY", kwargs.get("path") or "nothing", priority="cmdline")
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.known_sites = known_sites(crawler)
        return spider

    def may_fetch(self, request: Request) -> bool:  # noqa: ARG002 - nothing is fetched but from the files
        return True

    def site_class(self, name: str) -> type[NewsSpider]:
        return self.sites[name]

    async def start(self) -> AsyncIterator[Any]:
        for place in self._places():
            with place as (path, source):
                self.captures = await asyncio.to_thread(Captures.from_files, [path], self.ledger.warn)
                for announcement, captured in self._due(source):
                    yield self.begin(announcement, site=self._site_of(captured.url).name, captured=captured)
                    await self.room()
                while any(visit.outcome is None for visit in self._under_way):
                    await asyncio.sleep(0.05)  # they may still need the file

    def begin(self, announcement: Announcement, seen: UrlRecord | None = None, **meta: Any) -> Request:
        """The visit of one captured page, by the address under which it was captured."""
        captured: Captured = meta["captured"]
        request = super().begin(announcement, seen, captured_at=captured.captured_at, **meta)
        return request.replace(url=captured.url)

    def _due(self, source: str) -> Iterator[tuple[Announcement, Captured]]:
        """The captures to look at, the oldest first, so that a later one of the same article is its revision."""
        pages = [c for c in self.captures.responses if c.is_html and c.status == 200]
        self._name_sites(pages)
        articles: dict[str, list[Captured]] = {}
        for page in pages:
            if url := self._site_of(page.url).urls().canonical(page.url):
                articles.setdefault(url, []).append(page)
        self.ledger.announced += len(articles)
        chosen = [(url, page) for url, forms in articles.items() for page in self._best_form(url, forms)]
        if not chosen:
            self.ledger.warn(f"{source} holds no web page")
        known = self._open_run().index.seen(articles)
        for url, page in sorted(chosen, key=lambda each: each[1].captured_at):
            if url in known and page.captured_at <= known[url].last_fetched_at and not self._again(known[url]):
                self.ledger.known += 1
            else:
                yield Announcement(url, SourceKind.WARC, source), page

    def _again(self, seen: UrlRecord) -> bool:
        return self.rejected and seen.status is Status.REJECTED

    def _best_form(self, url: str, forms: Iterable[Captured]) -> list[Captured]:
        """Of an article's captured addresses the one-page form, else its first page; with each time it was captured."""
        site = self._site_of(url)
        one_page = site.paging().one_page_url(url)
        by_address: dict[str, list[Captured]] = {}
        for form in forms:
            by_address.setdefault(form.url, []).append(form)
        best = min(
            by_address, key=lambda address: (address != one_page, site.urls().page_number(address), len(address))
        )
        return by_address[best]

    def _name_sites(self, pages: Iterable[Captured]) -> None:
        """Have a class for the site of each page: a known one, or one of all the hosts of its registrable domain."""
        hosts: dict[str, dict[str, str]] = {}
        for page in pages:
            if not self._known_site(page.url):
                domain = _domain(page.url)
                hosts.setdefault(domain, {}).setdefault(host_of(page.url), page.url)
        for domain, urls in hosts.items():
            name = domain.replace(".", "_")
            earlier = self.sites[name].urls().hosts if name in self.sites else frozenset()
            first = urlsplit(next(iter(urls.values())))
            stated = {
                "__doc__": f"{domain}, known from WARC files only.",
                "name": name,
                "title": domain,
                "home": f"{first.scheme}://{first.netloc}/",
                "hosts": sorted({*earlier, *urls}),
                "article_url": SLUG,
                "language": self.wanted_language,
            }
            self.sites[name] = type(name, (NewsSpider,), stated)

    def _site_of(self, url: str) -> type[NewsSpider]:
        if known := self._known_site(url):
            return self.sites.setdefault(known.name, known)
        return self.sites[_domain(url).replace(".", "_")]

    def _known_site(self, url: str) -> type[NewsSpider] | None:
        """The known site of a page: of several on one host the one that takes it for its article, else the first."""
        host = host_of(url)
        if host not in self._on_host:
            self._on_host[host] = [site for site in self.known_sites if site.urls().canonical(url)]
        found = self._on_host[host]
        return next((site for site in found if site.urls().article(url)), next(iter(found), None))

    def _places(self) -> Iterator[Any]:
        """The WARC files, each as a context that has it on local disk, with the name that announcements give it."""
        if self.path.startswith("s3://"):
            return (_fetched(bucket, key) for bucket, key in _keys(self.path))
        return (_local(path) for path in warc_files(Path(self.path)))

    def open_captures(self, path: str) -> Captures:  # noqa: ARG002 - see start(): one file after the other
        return Captures()

    def check_arguments(self) -> None:
        super().check_arguments()
        if not self.path:
            raise Refusal("wrong_argument", "say which WARC files: scrapy ingest PATH or s3://BUCKET/PREFIX")
        if not self.path.startswith("s3://"):
            try:
                warc_files(Path(self.path))
            except FileNotFoundError as error:
                raise Refusal("wrong_argument", str(error)) from error


def known_sites(crawler: Crawler) -> tuple[type[NewsSpider], ...]:
    """The site classes of the project."""
    loader = SpiderLoader.from_settings(crawler.settings)
    classes = (loader.load(name) for name in sorted(loader.list()))
    return tuple(site for site in classes if issubclass(site, NewsSpider))


def _domain(url: str) -> str:
    """'detik.com' of 'https://news.detik.com/x'; an address that has no registrable domain is its own."""
    host = urlsplit(url).hostname or ""
    return registrable_domain(host).top_domain_under_public_suffix or host


@contextmanager
def _local(path: Path) -> Iterator[tuple[Path, str]]:
    yield path, str(path)


def _keys(prefix: str) -> Iterator[tuple[Bucket, str]]:
    name, _, key_prefix = prefix.removeprefix("s3://").partition("/")
    bucket = Bucket(storage().model_copy(update={"bucket": name}))
    for key in bucket.list(key_prefix):
        if key.endswith((".warc", ".warc.gz")):
            yield bucket, key


@contextmanager
def _fetched(bucket: Bucket, key: str) -> Iterator[tuple[Path, str]]:
    """A WARC file of the store, on local disk for as long as it is read."""
    folder = Path(tempfile.mkdtemp(prefix="kliping-ingest-"))
    path = folder / Path(key).name
    try:
        with path.open("wb") as file:
            while chunk := bucket.get(key, file.tell(), DOWNLOAD_CHUNK):
                file.write(chunk)
                if len(chunk) < DOWNLOAD_CHUNK:
                    break
        yield path, f"s3://{bucket.name}/{key}"
    finally:
        shutil.rmtree(folder)
