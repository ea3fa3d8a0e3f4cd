"""A first look at a site that has no spider: what it announces where, on which platform, and whether we may come.

A probe asks for some twenty documents, through the same guard, robots.txt and pauses as a crawl, or takes them from a
WARC file. What it finds becomes a draft of the site's class and the documents of its test (see `files.py` beside this
file).
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, pairwise
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from scrapy import Request, Spider
from scrapy.http import Response, TextResponse
from scrapy.http.request import NO_CALLBACK
from scrapy.settings import BaseSettings

from pipelines.archive.warc_reader import Captures
from pipelines.article import Article, Page
from pipelines.cleaning.worker import CleaningError, CleaningWorker
from pipelines.visit import Announcement, SourceKind
from settings.clock import utc_now
from settings.crawl import crawl
from spiders.canonical import host_of, stated_canonical
from spiders.discovery import (
    MAX_DEPTH,
    MAX_SITEMAP_BYTES,
    Entry,
    SourceUnreadable,
    announced,
    read_feed,
    read_section,
    read_sitemap,
)
from spiders.doctor import SAMPLES, spread
from spiders.download_errors import outcome_of, reason
from spiders.guard import LOOPBACK_SUFFIX
from spiders.news import LOOPBACK_DELAY, NewsSpider
from spiders.newsite.detection import (
    article_pattern,
    desk_of,
    literal,
    platform_of,
    reserves_mining,
    stated_feeds,
    title_of,
)
from spiders.newsite.draft import (
    PLATFORMS,
    Document,
    Draft,
    Findings,
    Sample,
    Source,
    addresses,
    in_words,
    owner_of,
    usual_pattern,
)
from spiders.pagination import MAX_PAGES, Paging, shows_all_of
from spiders.platforms.wordpress import WordPress
from spiders.politeness import PRODUCT_TOKEN, Robots, RobotsMiddleware, stated_rights
from spiders.responses import parsed, stated_charset

FEED_PLACES = ("feed/", "rss")
"""Where feeds are that no page links to, below the home page."""

WORDPRESS_FEED = "/feed/"
MAX_FEEDS = 3
"""Feeds tried of those that a page links to: some link to one for each desk."""

SITEMAP_PLACE = "sitemap.xml"
NEWS_SITEMAP_PLACES = ("sitemap-news.xml", "news-sitemap.xml", "sitemap_news.xml")
"""Where news sitemaps are that robots.txt does not name. No standard says so; these are the commonest names."""

MAX_STATED = 5
"""Sitemaps tried of those that robots.txt names: portals name dozens, one for each desk."""

NOT_ARTICLES = re.compile(r"(?i)categor|kategori|tag|topi[ck]|author|penulis|page-|pages|image|foto|video|static|kanal")
"""Sitemaps of an index that hold no articles, by their names."""

ONE_PAGE_FORMS: tuple[dict[str, str] | str, ...] = ({"page": "all"}, {"single": "1"}, {"showpage": "all"}, "/all")
"""How sites show a long article on one page, the commonest first (seen 2024 to 2026)."""

REFUSED = (401, 403, 451)
"""HTTP statuses by which a site says that it does not want us."""

TRUSTED = ((SourceKind.FEED, SourceKind.NEWS_SITEMAP), (SourceKind.SITEMAP,), (SourceKind.SECTION,))
"""Kinds of sources by how surely what they name is an article."""

MOST_SAMPLES = 2 * SAMPLES
"""Articles asked for where some cannot be had."""

FEW = 3
"""Addresses below which a form cannot be learned from one kind of source alone."""


class ProbeFailed(Exception):  # noqa: N818 - it names a state
    """The site could not be looked at; the message says why."""


class Probe(Spider):
    """Looks at one site and hands its Findings, or the ProbeFailed that kept it from finding any, to `keep`.

    Made by `probe_of`. `captures` answer in place of the web where the setting REPLAY is there.
    """

    url: ClassVar[str]
    loopback: ClassVar[bool]

    keep: Callable[[Findings | ProbeFailed], None]
    worker: CleaningWorker
    captures: Captures

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.documents: dict[str, Document] = {}
        self.doubts: list[str] = []
        self.split: set[str] = set()
        self.robots_of: dict[str, Robots] = {}
        self._answers: dict[str, Response] = {}

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        settings.set("USER_AGENT", crawl().user_agent, priority="spider")
        settings.set("ITEM_PIPELINES", {}, priority="spider")  # nothing is archived
        delay = LOOPBACK_DELAY if cls.loopback else NewsSpider.delay
        settings.set("DOWNLOAD_DELAY", delay, priority="spider")
        settings.set("AUTOTHROTTLE_START_DELAY", delay, priority="spider")

    def may_fetch(self, request: Request) -> bool:
        """Whether a request stays with the site's owner: sitemaps are often on a host beside that of the articles."""
        return owner_of(request.url) == owner_of(self.url)

    async def start(self) -> AsyncIterator[Any]:
        try:
            self.keep(await self.probe())
        except ProbeFailed as failure:
            self.keep(failure)
        return
        yield  # an async generator that yields nothing

    async def probe(self) -> Findings:
        """What the site is.

        Raises ProbeFailed where its home page cannot be had, or no article is found.
        """
        barred = await self._bar(self.url)
        if barred and not self._replaying:
            return self._closed(barred)
        home = await self._home()
        if isinstance(home, str):
            return self._closed(home)
        await self._robots(home.url)  # it may have been redirected to another host, whose sitemaps count
        sources = await self._sources(home)
        draft = await self._draft(home, sources)
        used = draft.state_sources(sources, desk_of(home.url))
        draft.state_pace(used)
        announcements = draft.announcements(used)
        told = {url: announcement for by_url in announcements for url, announcement in by_url.items()}
        chosen = spread(announcements, MOST_SAMPLES)
        bars = [await self._bar(url) for url in chosen]
        barred = barred or (bars[0] if all(bars) else None)
        if barred:
            draft.attributes["permission_needed"] = barred
        samples: list[Sample] = []
        if not barred or self._replaying:
            await self._state_paging(draft, chosen if self._replaying else chosen[:SAMPLES])
            samples = await self._samples(draft.site(), [told[url] for url in chosen])
        if not (samples or barred):
            raise ProbeFailed(f"none of the articles could be had: {'; '.join(self.doubts)}")
        asked = set(chain((home.url,), *(source.asked for source in used), *(sample.asked for sample in samples)))
        for origin in dict.fromkeys(_origin(url) for url in asked):
            await self._robots(origin)
        return Findings(
            site=draft.site(),
            platform=draft.platform,
            attributes=draft.attributes,
            seen=self._seen(home),
            facts=(*self._facts(draft, used, samples), *await self._reservations(home, samples)),
            doubts=(*self.doubts, *draft.doubts(used)),
            sources=tuple(used),
            samples=tuple(samples),
            split=frozenset(self.split),
            documents={url: found for url, found in self.documents.items() if url in self._led_to(asked)},
            barred=barred,
        )

    def _led_to(self, asked: Iterable[str]) -> set[str]:
        """The URLs `asked` for, those that they redirect to, and every robots.txt."""
        urls = {url for url in self.documents if _is_robots(url)}
        for url in asked:
            while url not in urls and (document := self.documents.get(url)):
                urls.add(url)
                url = urljoin(url, document.location or url)
        return urls

    def _closed(self, barred: str) -> Findings:
        """The findings where the site turns us away: nothing more is asked of it."""
        draft = Draft(self.name, host_of(self.url), NewsSpider, self.url, usual_pattern(self.url), ())
        draft.attributes["sections"] = [self.url]
        draft.state_pace(())
        draft.attributes["permission_needed"] = barred
        return Findings(
            site=draft.site(),
            platform=NewsSpider,
            attributes=draft.attributes,
            seen=utc_now(),
            facts=(
                "It turns crawlers like ours away, so that nothing but robots.txt and the home page was asked for",
                "Its sources and the form of its article URLs are not known",
            ),
            documents={url: document for url, document in self.documents.items() if _is_robots(url)},
            barred=barred,
        )

    # What is asked

    @property
    def _replaying(self) -> bool:
        return bool(self.settings.get("REPLAY"))

    async def _robots(self, url: str) -> Robots:
        """What robots.txt at the URL's origin says; the captures may lack it, which says nothing."""
        origin = _origin(url)
        if origin not in self.robots_of:
            middleware = self.crawler.get_downloader_middleware(RobotsMiddleware)
            if middleware is None:
                raise RuntimeError("robots.txt is not read: RobotsMiddleware is switched off")
            if self._replaying and not self.captures.find(f"{origin}/robots.txt"):
                self.doubts.append(f"the captures do not have {origin}/robots.txt: read it before you go on")
                self.robots_of[origin] = Robots()
            else:
                self.robots_of[origin] = await middleware.robots(origin)
            if text := self.robots_of[origin].text:
                address = f"{origin}/robots.txt"
                self.documents[address] = Document(address, text.encode(), "text/plain")
        return self.robots_of[origin]

    async def _bar(self, url: str) -> str | None:
        """Why the site's owner does not want us at `url`, by its robots.txt; None where we may come.

        Raises ProbeFailed where robots.txt cannot be had for a reason that may pass.
        """
        robots = await self._robots(url)
        permission = crawl().permissions.get(self.name)
        if not robots.denial(url) or (permission and permission.waives_robots and not robots.refusal):
            return None
        if not robots.refusal:
            names = [name for name in (PRODUCT_TOKEN, "Scrapy") if _names(robots.text, name)]
            whom = f"the user agent {names[0]} by name" if names else "crawlers like ours"
            what = "" if url == self.url else f" from articles, such as {url}"
            return f"robots.txt bars {whom}{what} ({_seen_now()})"
        if robots.refusal.endswith(tuple(str(status) for status in REFUSED)):
            return f"the site refuses our user agent: {robots.refusal} ({_seen_now()})"
        raise ProbeFailed(robots.refusal)

    async def _home(self) -> Response | str:
        """The page that the operator named, or why the site refuses it to us."""
        try:
            home = await self._fetch(self.url)
        except Exception as error:
            raise ProbeFailed(f"{self.url} could not be had: {reason(error)}") from error
        if home.status in REFUSED:
            return f"the site refuses our user agent: its home page answers with HTTP {home.status} ({_seen_now()})"
        if home.status != 200 or not isinstance(home, TextResponse):
            raise ProbeFailed(f"{self.url} is no web page (HTTP {home.status})")
        return home

    async def _sources(self, home: Response) -> list[Source]:
        """Everything that announces articles: the page itself, feeds, sitemaps."""
        is_wordpress = issubclass(platform_of([_text(home)]), WordPress)
        page = Source(SourceKind.SECTION, home.url, read_section(parsed(home), home.url, "a[href]"), (home.url,))
        return [page, *await self._feeds(home, is_wordpress), *await self._sitemaps(home, is_wordpress)]

    async def _feeds(self, home: Response, is_wordpress: bool) -> list[Source]:
        """The feeds that the page links to; of those in usual places the first."""
        stated = stated_feeds(parsed(home), home.url)[:MAX_FEEDS]
        if stated and not is_wordpress:
            return [source for url in stated if (source := await self._read(url, self._feed))]
        usual = [urljoin(home.url, place) for place in FEED_PLACES]
        own = [_origin(home.url) + WORDPRESS_FEED] if is_wordpress else []
        return await self._first_of((*own, *(stated or usual)), self._feed)

    async def _sitemaps(self, home: Response, is_wordpress: bool) -> list[Source]:
        """The sitemaps that robots.txt names, else the one in the usual place; and a news sitemap if there is one."""
        root = _origin(home.url) + "/"
        named = sorted(self._stated_sitemaps(home.url), key=lambda url: _promise(url, desk_of(home.url)))
        if is_wordpress:
            return await self._first_of((root + SITEMAP_PLACE, *named), self._sitemap)
        places = named[:MAX_STATED] or [root + SITEMAP_PLACE]
        found = [source for url in places if (source := await self._read(url, self._sitemap))]
        if any(source.via is SourceKind.NEWS_SITEMAP for source in found):
            return found
        return [*found, *await self._first_of([root + place for place in NEWS_SITEMAP_PLACES], self._sitemap)]

    async def _first_of(self, urls: Iterable[str], how: Callable[[str], Awaitable[Source]]) -> list[Source]:
        """The first source that there is at one of `urls`, if any."""
        for url in dict.fromkeys(urls):
            if source := await self._read(url, how):
                return [source]
        return []

    def _stated_sitemaps(self, url: str) -> list[str]:
        robots = self.robots_of.get(_origin(url), Robots())
        named = [urljoin(url, address) for address in (robots.rules.sitemaps if robots.rules else ())]
        return [address for address in named if owner_of(address) == owner_of(self.url)]

    async def _read(self, url: str, how: Callable[[str], Awaitable[Source]]) -> Source | None:
        """A source, None where there is none at `url`: places that are merely usual are mostly empty."""
        try:
            source = await how(url)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is no source
            self.logger.info("no source at %s: %s", url, reason(error))
            return None
        return source if source.entries else None

    async def _feed(self, url: str) -> Source:
        response = await self._fetch_ok(url)
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        return Source(SourceKind.FEED, url, read_feed(response.body, response.url, kind), (url,))

    async def _sitemap(self, url: str, depth: int = 0) -> Source:
        """A sitemap, or of an index the one that promises the newest articles."""
        response = await self._fetch_ok(url)
        sitemap = read_sitemap(response.body)
        if not sitemap.children:
            told = sum(bool(entry.headline and entry.date_published) for entry in sitemap.entries)
            via = SourceKind.NEWS_SITEMAP if told * 2 > len(sitemap.entries) else SourceKind.SITEMAP
            return Source(via, url, sitemap.entries, (url,))
        if depth == MAX_DEPTH:
            raise SourceUnreadable(f"its sitemaps are nested deeper than {MAX_DEPTH}")
        best = newest_child(sitemap.children)
        child = await self._sitemap(urljoin(response.url, best.url), depth + 1)
        children = _like(best.url) if len(sitemap.children) > 1 else ""
        return Source(child.via, url, child.entries, (url, *child.asked), children)

    async def _draft(self, home: Response, sources: Sequence[Source]) -> Draft:
        """The draft of a class, by the form of the article URLs and the platform of the home page and one article.

        The form is learned from feeds and news sitemaps if they name enough, else from the other sources.
        """
        known = [addresses(home.url, (source for source in sources if source.via in kinds)) for kinds in TRUSTED]
        urls = next((urls for urls in known if len(urls) >= FEW), list(chain.from_iterable(known)))
        pattern = article_pattern(urls, host_of(home.url), desk_of(home.url))
        first = next((url for url in urls if pattern and re.search(pattern.regex, url)), None)
        if pattern is None or first is None:
            raise ProbeFailed(f"nothing on {home.url}, in its feeds or in its sitemaps looks like an article")
        article = await self._try(first)
        platform = platform_of([_text(home), _text(article) if article else ""])
        page = parsed(home)
        title = title_of(page, parsed(article) if article else page, host_of(home.url))
        draft = Draft(self.name, title, platform, home.url, pattern, urls)
        language = (page.root.attributes.get("lang") or "id") if page.root else "id"
        if not language.startswith("id"):
            draft.attributes["language"] = language.partition("-")[0]
        if self.loopback:
            draft.attributes["loopback"] = True
        return draft

    async def _state_paging(self, draft: Draft, urls: Iterable[str]) -> None:
        """Find out by the articles at `urls` whether long ones are split, and whether there is a one-page form.

        A one-page form counts if it shows what the second page shows.
        """
        if draft.platform.one_page:
            draft.paging = f"{in_words(draft.platform.one_page)} shows a long article on one page"
            return
        site = draft.site()
        for url in urls:
            first = await self._try(url)
            following = first and Paging().next_page_url(parsed(first), first.url, site.urls())
            second = following and await self._try(following)
            if not first or not second:
                continue
            self.split.add(url)
            draft.paging = "Long articles go on at further pages, which the spider follows"
            for form in ONE_PAGE_FORMS:
                whole = await self._try(Paging(form).one_page_url(url) or url)
                if whole and shows_all_of(parsed(whole), parsed(second)):
                    draft.attributes["one_page"] = form
                    draft.paging = f"{in_words(form)} shows a long article on one page"
                    return
            return

    async def _samples(self, site: type[NewsSpider], announcements: Iterable[Announcement]) -> list[Sample]:
        """SAMPLES articles, and one page that is none if there is one on the way: a test should have such a page."""
        articles: list[Sample] = []
        others: list[Sample] = []
        for announcement in announcements:
            if sample := await self._sample(site, announcement):
                (articles if isinstance(sample.cleaned, Article) else others).append(sample)
            if len(articles) == SAMPLES:
                break
        return [*articles, *others[:1]]

    async def _sample(self, site: type[NewsSpider], announcement: Announcement) -> Sample | None:
        """One article as a crawl would take it, None where it cannot be had."""
        url = announcement.url
        try:
            asked, answers = await self._visit(site, url)
            pages = tuple(Page(answer.url, answer.body, stated_charset(answer)) for answer in answers)
            hints = announcement.hints(self._seen(answers[0]))
            article = stated_canonical(parsed(answers[0]), answers[0].url, site.urls()) or url
            cleaned = await asyncio.wrap_future(self.worker.clean(pages, article, site.cleaning_rules(), hints))
        except CleaningError as error:
            self.doubts.append(f"{url} could not be cleaned: {error}")
            return None
        except Exception as error:  # noqa: BLE001 - one article that cannot be had is not the others' trouble
            self.doubts.append(f"{url} could not be had: {reason(error)} ({outcome_of(error)})")
            return None
        return Sample(article, tuple(asked), pages, cleaned)

    async def _visit(self, site: type[NewsSpider], url: str) -> tuple[list[str], list[Response]]:
        """The URLs that NewsSpider asks for the article at `url`, and the pages that it takes."""
        paging, urls = site.paging(), site.urls()
        asked = [paging.one_page_url(url) or url]
        first = await self._try(asked[0]) if asked[0] != url else await self._fetch_ok(url)
        if first is None:
            asked.append(url)
            first = await self._fetch_ok(url)
        following = paging.next_page_url(parsed(first), first.url, urls)
        if following and asked[-1] != url:
            asked.append(following)
            second = await self._try(following)
            if second is None or shows_all_of(parsed(first), parsed(second)):
                return asked, [first]
            asked.append(url)
            first = await self._fetch_ok(url)
            following = paging.next_page_url(parsed(first), first.url, urls)
        pages = [first]
        while following and following not in asked[1:] and len(pages) < MAX_PAGES:
            asked.append(following)
            page = await self._try(following)
            if page is None:
                break
            pages.append(page)
            following = paging.next_page_url(parsed(page), page.url, urls)
        return list(dict.fromkeys(asked)), pages

    async def _try(self, url: str) -> Response | None:
        """The page at `url` where it is one."""
        try:
            return await self._fetch_ok(url)
        except Exception as error:  # noqa: BLE001 - a form of address that is merely usual
            self.logger.info("nothing at %s: %s", url, reason(error))
            return None

    async def _fetch_ok(self, url: str) -> Response:
        response = await self._fetch(url)
        if response.status != 200:
            raise SourceUnreadable(f"it answers with HTTP {response.status}")
        return response

    async def _fetch(self, url: str) -> Response:
        """The answer to `url`, redirects followed, asked for once. Raises what Scrapy and our middlewares raise."""
        if url not in self._answers:
            request = Request(url, callback=NO_CALLBACK, meta={"download_maxsize": MAX_SITEMAP_BYTES}, dont_filter=True)
            response = await self.crawler.engine.download_async(request)
            self._note(response)
            self._answers[url] = response
        return self._answers[url]

    def _note(self, response: Response) -> None:
        meta = response.request.meta if response.request else {}
        hops = [*meta.get("redirect_urls", ()), response.url]
        for (url, target), status in zip(pairwise(hops), meta.get("redirect_reasons", ()), strict=False):
            self.documents[url] = Document(url, status=status if isinstance(status, int) else 302, location=target)
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        if isinstance(response, TextResponse) and "html" in kind:
            body, kind = response.text.encode(), "text/html; charset=utf-8"
        else:
            body = response.body
        self.documents[response.url] = Document(response.url, body, kind, response.status)

    # What is made of it

    def _seen(self, response: Response) -> datetime:
        captured: datetime | None = response.request.meta.get("captured_at") if response.request else None
        return captured or utc_now()

    def _facts(self, draft: Draft, used: Sequence[Source], samples: Sequence[Sample]) -> Iterator[str]:
        month = f"{self._seen(self._answers[self.url]):%Y-%m}"
        yield f"{PLATFORMS[draft.platform]} (seen {month})"
        urls = draft.site().urls()
        named = [
            f"the {source.via.replace('_', ' ')} {len(list(announced(source.entries, urls, source.via, source.url)))}"
            for source in used
        ]
        yield f"So many articles were announced: {', '.join(named)}"
        robots = self.robots_of[_origin(self.url)]
        delay = f", and asks for {robots.crawl_delay:g} s between requests" if robots.crawl_delay else ""
        yield f"robots.txt {'lets us in' if robots.text else 'was not there'}{delay}"
        yield draft.paging
        read = sum(isinstance(sample.cleaned, Article) for sample in samples)
        if samples:
            yield f"{read} of {len(samples)} sample pages were read as articles"

    async def _reservations(self, home: Response, samples: Sequence[Sample]) -> list[str]:
        """What the site reserves, in a sentence: by HTTP header, by meta, by /.well-known/tdmrep.json."""
        answers = [home, *(self._answers[url] for sample in samples for url in sample.asked if url in self._answers)]
        stated = {right for answer in answers for right in stated_rights(answer.headers, parsed(answer))}
        protocol = await self._try(_origin(home.url) + "/.well-known/tdmrep.json")
        if isinstance(protocol, TextResponse) and reserves_mining(protocol.text):
            stated.add("tdm-reservation")
        for right in sorted(stated):
            self.doubts.append(f"the site states {right}: ask its owner before you switch it on")
        return [f"It reserves itself: {', '.join(sorted(stated))}"] if stated else []


def probe_of(name: str, url: str) -> type[Probe]:
    """The Probe of the site at `url`, to be called `name`. Who names an address on this machine means it."""
    loopback = f".{urlsplit(url).hostname}".endswith(LOOPBACK_SUFFIX)
    return type(f"ProbeOf{name.capitalize()}", (Probe,), {"name": name, "url": url, "loopback": loopback})


def newest_child(children: Sequence[Entry]) -> Entry:
    """Of the sitemaps that an index lists the one that promises the newest articles."""
    named = [child for child in children if not NOT_ARTICLES.search(urlsplit(child.url).path)] or list(children)
    dated = [child for child in named if child.date_modified]
    if dated:
        return max(dated, key=lambda child: child.date_modified or datetime.min.replace(tzinfo=UTC))
    return next((child for child in named if "news" in child.url), named[0])


def _like(url: str) -> str:
    """Expression for the sitemaps that are numbered or dated as the one at `url` is."""
    return re.sub(r"\d+", r"\\d+", literal(urlsplit(url).path)) + "$"


def _promise(url: str, desk: str) -> int:
    """How little a sitemap that robots.txt names promises, for sorting: the desk's and those of news come first."""
    word = desk.strip("/")
    return -2 * bool(word and word in url) - ("news" in url) + bool(NOT_ARTICLES.search(urlsplit(url).path))


def _names(robots: str, agent: str) -> bool:
    return re.search(rf"(?im)^\s*user-?agent\s*:[^\r\n#]*{agent}", robots) is not None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _seen_now() -> str:
    return f"seen {utc_now():%Y-%m}"


def _is_robots(url: str) -> bool:
    return urlsplit(url).path == "/robots.txt"


def _text(response: Response) -> str:
    return response.text if isinstance(response, TextResponse) else ""
