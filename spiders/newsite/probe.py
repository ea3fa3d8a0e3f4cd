"""A first look at a site that has no spider: what it announces where, on which platform, and whether we may come.

A probe asks for some twenty documents, through the same guard, robots.txt and pauses as a crawl, or takes them from a
WARC file. What it finds becomes a draft of the site's class and the documents of its test (see `files.py` beside this
file).
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from datetime import UTC, datetime
from itertools import chain, pairwise
from typing import Any, Self, Unpack
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from pipelines.archive.warc_reader import Captures
from pipelines.article import Article
from pipelines.cleaning.worker import CleaningError, CleaningWorker
from pipelines.rights import PRODUCT_TOKEN
from pipelines.visit import Announcement
from pipelines.web_address import joined
from settings.clock import utc_now
from spiders.answer import Answer
from spiders.article_fetch import ArticleFetch, FetchedArticle
from spiders.canonical import host_of, origin_of
from spiders.doctor import SAMPLE_ARTICLES, round_robin
from spiders.domains import domain_of
from spiders.download_errors import outcome_of, reason
from spiders.fetch import ExaminingSpider, FetchOptions, answer_of, set_pace
from spiders.guard import is_loopback
from spiders.newsite.detection import article_pattern, desk_of, literal, stated_feeds, title_of
from spiders.newsite.draft import (
    Document,
    Draft,
    Findings,
    Sample,
    Source,
    addresses,
    in_words,
    usual_pattern,
)
from spiders.page_reading import PageReading, parse_html
from spiders.pagination import Pagination, Trust
from spiders.permission import waives_robots
from spiders.platforms import platform_of
from spiders.platforms.wordpress import WordPress
from spiders.politeness import RobotsMiddleware
from spiders.robots_txt import Robots
from spiders.site import Site
from spiders.source_kinds import FEED, NEWS_SITEMAP, SECTION, SITEMAP, SourceKind
from spiders.sources.entries import Entry, SourceUnreadable, announced
from spiders.sources.reader import Scope, SourceReading, Sources
from spiders.sources.sections import section_links
from spiders.sources.xml_source import MAX_SITEMAP_BYTES
from spiders.tdm_file import TdmFiles

FEED_PLACES = ("feed/", "rss")
"""Where feeds are that no page links to, below the home page."""

WORDPRESS_FEED = "/feed/"
MAX_FEEDS = 3
"""Feeds tried of those that a page links to: some link to one for each desk."""

SITEMAP_PLACES = ("sitemap.xml", "sitemap_index.xml", "sitemap-index.xml", "wp-sitemap.xml")
"""Where sitemaps of the whole archive are, the commonest place first."""

NEWS_SITEMAP_PLACES = ("sitemap-news.xml", "news-sitemap.xml", "sitemap_news.xml")
"""Where news sitemaps are that robots.txt does not name. No standard says so; these are the commonest names."""

MAX_STATED_NEWS_SITEMAPS, MAX_STATED_SITEMAPS = 2, 3
"""Sitemaps tried of those that robots.txt names, of news and others: portals name dozens, one for each desk."""

NEWS_NAMED = re.compile(r"(?i)news|google|latest|terbaru|terkini")
"""Sitemaps of the last days, by their names."""

NOT_ARTICLES = re.compile(r"(?i)categor|kategori|tag|topi[ck]|author|penulis|page-|pages|image|foto|video|static|kanal")
"""Sitemaps of an index that hold no articles, by their names."""

ONE_PAGE_FORMS: tuple[dict[str, str] | str, ...] = ({"page": "all"}, {"single": "1"}, {"showpage": "all"}, "/all")
"""How sites show a long article on one page, the commonest first (seen 2024 to 2026)."""

REFUSING_STATUSES = (401, 403, 451)
"""HTTP statuses by which a site says that it does not want us."""

TRUSTED_KINDS = ((FEED, NEWS_SITEMAP), (SITEMAP,), (SECTION,))
"""Kinds of sources by how surely what they name is an article."""

MAX_TRIED_SAMPLES = 2 * SAMPLE_ARTICLES
"""Articles asked for where some could not be fetched."""

MAX_PAGING_SAMPLES = 10
"""Articles looked at for one that is split over pages: on some sites every tenth is."""

MAX_PAGING_SAMPLES_OF_A_RECORDING = 200
"""The same of a recording, where looking costs the site nothing."""

MIN_LEARNED_ADDRESSES = 3
"""Addresses below which a form cannot be learned from one kind of source alone."""


class ProbeFailed(Exception):  # noqa: N818 - it names a state
    """The site could not be looked at; the message says why."""


class Probe(ExaminingSpider):
    """Looks at the site at `url`, to be called `name`, for its Findings, or the ProbeFailed that kept it from any.

    `captures` answer in place of the web where the setting REPLAY is there.
    """

    def __init__(
        self,
        name: str,
        *,
        url: str,
        worker: CleaningWorker,
        captures: Captures,
        on_result: Callable[[Findings | ProbeFailed], None],
    ) -> None:
        super().__init__(name, on_result)
        self.url = url
        self.worker = worker
        self.captures = captures
        self.documents: dict[str, Document] = {}
        self.doubts: list[str] = []
        self.split: list[str] = []
        self.robots_of: dict[str, Robots] = {}
        self.tdm_files = TdmFiles(self.fetch, self.logger.info)
        self._answers: dict[str, Answer] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        set_pace(crawler.settings, spider.unknown_site())
        return spider

    @property
    def loopback(self) -> bool:
        return is_loopback(urlsplit(self.url).hostname)  # who types such an address means it

    def may_fetch(self, request: Request) -> bool:
        """Whether a request stays with the site's owner: sitemaps are often on a host beside that of the articles."""
        return domain_of(request.url) == domain_of(self.url)

    def unknown_site(self) -> Site:
        """The site as long as nothing is known of it: any of its addresses may be an article's."""
        return Site(
            name=self.name,
            title=self.name,
            home=self.url,
            article_url="",
            identifying_keys=None,
            loopback=self.loopback,
        )

    async def examine(self) -> Findings | ProbeFailed:
        try:
            return await self.probe()
        except ProbeFailed as failure:
            return failure

    async def probe(self) -> Findings:
        """What the site is.

        Raises ProbeFailed where its home page could not be fetched, or no article is found.
        """
        denied = await self._denial_reason(self.url)
        if denied and not self._replaying:
            return self._denied(denied)
        home = await self._home()
        if isinstance(home, str):
            return self._denied(home)
        await self._robots(home.url)  # it may have been redirected to another host, whose sitemaps count
        sources = await self._sources(home)
        draft = await self._draft(home, sources)
        used = draft.state_sources(sources, desk_of(home.url))
        draft.state_pace(used)
        announcements = draft.announcements(used)
        told = {url: announcement for by_url in announcements for url, announcement in by_url.items()}
        looked_at = MAX_PAGING_SAMPLES_OF_A_RECORDING if self._replaying else MAX_PAGING_SAMPLES
        candidates = round_robin(announcements, looked_at)
        chosen = candidates[:MAX_TRIED_SAMPLES]
        denials = [await self._denial_reason(url) for url in chosen]
        denied = denied or (denials[0] if all(denials) else None)
        if denied:
            draft.attributes["permission_needed"] = denied
        samples: list[Sample] = []
        if not denied or self._replaying:
            await self._state_paging(draft, candidates)
            chosen = list(dict.fromkeys((*self.split, *chosen)))[:MAX_TRIED_SAMPLES]
            samples = await self._samples(draft.site(), [told[url] for url in chosen])
        if not (samples or denied):
            raise ProbeFailed(f"none of the articles could be fetched: {'; '.join(self.doubts)}")
        asked = set(chain((home.url,), *(source.asked for source in used), *(sample.asked for sample in samples)))
        for origin in dict.fromkeys(origin_of(url) for url in asked):
            await self._robots(origin)
        return Findings(
            site=draft.site(),
            platform=draft.platform,
            attributes=draft.attributes,
            seen=_seen_at(home),
            facts=(*self._facts(draft, used, samples), *await self._reservations(home, samples)),
            doubts=(*self.doubts, *draft.doubts(used)),
            sources=tuple(used),
            samples=tuple(samples),
            split=frozenset(self.split),
            documents={url: found for url, found in self.documents.items() if url in self._reachable(asked)},
            denied=denied,
        )

    def _reachable(self, asked: Iterable[str]) -> set[str]:
        """The URLs `asked` for, those that they redirect to, and every robots.txt."""
        urls = {url for url in self.documents if _is_robots(url)}
        for url in asked:
            while url not in urls and (document := self.documents.get(url)):
                urls.add(url)
                url = joined(url, document.location or url) or url
        return urls

    def _denied(self, denied: str) -> Findings:
        """The findings where the site turns us away: nothing more is asked of it."""
        draft = Draft(self.name, host_of(self.url), Site, self.url, usual_pattern(self.url), ())
        draft.attributes["sections"] = [self.url]
        draft.state_pace(())
        draft.attributes["permission_needed"] = denied
        return Findings(
            site=draft.site(),
            platform=Site,
            attributes=draft.attributes,
            seen=utc_now(),
            facts=(
                "It turns crawlers like ours away, so that nothing but robots.txt and the home page was asked for",
                "Its sources and the form of its article URLs are not known",
            ),
            documents={url: document for url, document in self.documents.items() if _is_robots(url)},
            denied=denied,
        )

    # What is asked

    @property
    def _replaying(self) -> bool:
        return bool(self.settings.get("REPLAY"))

    async def _robots(self, url: str) -> Robots:
        """What robots.txt at the URL's origin says; the captures may lack it, which says nothing."""
        origin = origin_of(url)
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

    async def _denial_reason(self, url: str) -> str | None:
        """Why the site's owner does not want us at `url`, by its robots.txt; None where we may come.

        Raises ProbeFailed where robots.txt could not be fetched for a reason that may pass.
        """
        robots = await self._robots(url)
        if not robots.denial(url) or (waives_robots(self.name) and not robots.refusal):
            return None
        if not robots.refusal:
            names = [name for name in (PRODUCT_TOKEN, "Scrapy") if _names(robots.text, name)]
            whom = f"the user agent {names[0]} by name" if names else "crawlers like ours"
            what = "" if url == self.url else f" from articles, such as {url}"
            return f"robots.txt bars {whom}{what} ({_seen_now()})"
        if robots.refusal.endswith(tuple(str(status) for status in REFUSING_STATUSES)):
            return f"the site refuses our user agent: {robots.refusal} ({_seen_now()})"
        raise ProbeFailed(robots.refusal)

    async def _home(self) -> Answer | str:
        """The page that the operator named, or why the site refuses it to us."""
        try:
            home = await self.fetch(self.url)
        except Exception as error:
            raise ProbeFailed(f"{self.url} could not be fetched: {reason(error)}") from error
        if home.status in REFUSING_STATUSES:
            return f"the site refuses our user agent: its home page answers with HTTP {home.status} ({_seen_now()})"
        if home.status != 200 or not home.is_text:
            raise ProbeFailed(f"{self.url} is not a web page (HTTP {home.status})")
        return home

    async def _sources(self, home: Answer) -> list[Source]:
        """Everything that announces articles: the page itself, feeds, sitemaps."""
        is_wordpress = issubclass(platform_of(home.text), WordPress)
        links = section_links(parse_html(home.text), home.url, "a[href]")
        page = Source(SECTION, home.url, links, (home.url,))
        return [page, *await self._feeds(home, is_wordpress), *await self._sitemaps(home, is_wordpress)]

    async def _feeds(self, home: Answer, is_wordpress: bool) -> list[Source]:
        """The feeds that the page links to; of those in usual places the first."""
        stated = stated_feeds(parse_html(home.text), home.url)[:MAX_FEEDS]
        if stated and not is_wordpress:
            return [source for url in stated if (source := await self._read(FEED, url))]
        usual = [urljoin(home.url, place) for place in FEED_PLACES]
        own = [origin_of(home.url) + WORDPRESS_FEED] if is_wordpress else []
        return await self._first_of(FEED, (*own, *(stated or usual)))

    async def _sitemaps(self, home: Answer, is_wordpress: bool) -> list[Source]:
        """The sitemaps that robots.txt names, and those in usual places as long as there is none of the archive, or
        none of the last days' news. WordPress's own place comes first, and its archive has the news.
        """
        root = origin_of(home.url) + "/"
        named = sorted(self._stated_sitemaps(home.url), key=lambda url: _sort_key(url, desk_of(home.url)))
        usual = [root + place for place in SITEMAP_PLACES]
        if is_wordpress:
            return await self._until_archive((usual[0], *named, *usual[1:]))
        news = [url for url in named if NEWS_NAMED.search(url)][:MAX_STATED_NEWS_SITEMAPS]
        others = [url for url in named if not NEWS_NAMED.search(url)][:MAX_STATED_SITEMAPS]
        found = [source for url in (*news, *others) for source in await self._read_sitemap(url)]
        if not any(source.kind is SITEMAP for source in found):
            found += await self._until_archive([url for url in usual if url not in named])
        if not any(source.kind is NEWS_SITEMAP for source in found):
            found += await self._first_of(SITEMAP, [root + place for place in NEWS_SITEMAP_PLACES])
        return found

    async def _until_archive(self, urls: Iterable[str]) -> list[Source]:
        """The sitemaps at `urls` up to the first that is one of the archive."""
        found: list[Source] = []
        for url in dict.fromkeys(urls):
            found += await self._read_sitemap(url)
            if any(source.kind is SITEMAP for source in found):
                break
        return found

    async def _read_sitemap(self, url: str) -> list[Source]:
        """The sitemap at `url`, none where there is none; of an index that lists news beside the archive, both."""
        listed: list[Entry] = []
        source = await self._read(SITEMAP, url, listed)
        if source is None:
            return []
        named = [address for child in listed if (address := joined(url, child.url))]
        news = [address for address in named if NEWS_NAMED.search(urlsplit(address).path)]
        beside = next((child for child in news if child not in source.asked), None)
        further = await self._read(SITEMAP, beside) if beside and source.kind is SITEMAP else None
        return [source, *([further] if further and further.kind is NEWS_SITEMAP else [])]

    async def _first_of(self, kind: SourceKind, urls: Iterable[str]) -> list[Source]:
        """The first source that there is at one of `urls`, if any."""
        for url in dict.fromkeys(urls):
            if source := await self._read(kind, url):
                return [source]
        return []

    async def _read(self, kind: SourceKind, url: str, listed: list[Entry] | None = None) -> Source | None:
        """A sample of a source, None where there is none at `url`: places that are merely usual are mostly empty. What
        a sitemap index lists goes into `listed`.
        """
        listed = [] if listed is None else listed

        def choose(children: Sequence[Entry]) -> list[Entry]:
            listed.extend(children)
            return [newest_child(children)] if children else []

        scope = Scope(is_sample=True, choose_children=choose)
        reading = await self._round_of_sources(scope).read(kind, url)
        if reading.trouble:
            self.logger.info("no source at %s: %s", url, reading.trouble)
        return _source(reading, listed) if reading.entries and not reading.trouble else None

    def _round_of_sources(self, scope: Scope) -> Sources:
        return Sources(self.unknown_site(), self.fetch, self.read_document, utc_now(), self.logger.info, scope)

    def _stated_sitemaps(self, url: str) -> list[str]:
        robots = self.robots_of.get(origin_of(url), Robots())
        named = [joined(url, address) for address in (robots.rules.sitemaps if robots.rules else ())]
        return [address for address in named if address and domain_of(address) == domain_of(self.url)]

    async def _draft(self, home: Answer, sources: Sequence[Source]) -> Draft:
        """The draft of a class, by the form of the article URLs and the platform of the home page and one article.

        The form is learned from feeds and news sitemaps if they name enough, else from the other sources.
        """
        known = [addresses(home.url, (source for source in sources if source.kind in kinds)) for kinds in TRUSTED_KINDS]
        urls = next((urls for urls in known if len(urls) >= MIN_LEARNED_ADDRESSES), list(chain.from_iterable(known)))
        pattern = article_pattern(urls, host_of(home.url), desk_of(home.url))
        first = next((url for url in urls if pattern and re.search(pattern.regex, url)), None)
        if pattern is None or first is None:
            raise ProbeFailed(f"nothing on {home.url}, in its feeds or in its sitemaps looks like an article")
        article = await self._try(first)
        platform = platform_of(home.text + "\n" + (article.text if article else ""))
        page = parse_html(home.text)
        title = title_of(page, parse_html(article.text) if article else page, host_of(home.url))
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
        unfollowed: list[str] = []
        for url in urls:
            article = await self._taken(site, url)
            if article is None or not article.answers:
                continue
            if len(article.answers) == 1:
                reading = await self.read_page(article.answers[0], site)
                unfollowed += _rel_next(reading, article.answers[0], article.asked)
                continue
            self.split.append(url)
            second = article.answers[1]
            draft.paging = f"Long articles go on at further pages, which the spider follows, as at {second.url}"
            part = await self.read_page(second, site, with_text=True)
            for form in ONE_PAGE_FORMS:
                whole = await self._try(Pagination(form).one_page_url(url) or url)
                if whole and (await self.read_page(whole, site, with_text=True)).shows_all_of(part):
                    draft.attributes["one_page"] = form
                    draft.paging = f"{in_words(form)} shows a long article on one page"
                    return
            return
        if unfollowed:
            self.doubts.append(
                f"articles name {unfollowed[0]} and the like as their next page (rel=next), "
                "which is not taken for one: if it is, say so in next_page"
            )

    async def _taken(self, site: Site, url: str) -> FetchedArticle | None:
        """The article at `url` with all its pages, as a crawl would take it; None where it could not be fetched."""
        taker = ArticleFetch(self.fetch, self.read_page, self.doubts.append, MAX_SITEMAP_BYTES, self.tdm_files)
        try:
            return await taker.fetch(_that_refuses_nothing(site), url)
        except Exception as error:  # noqa: BLE001 - the trouble of one article is not the others'
            self.logger.info("%s could not be fetched: %s", url, reason(error))
            return None

    async def _samples(self, site: Site, announcements: Iterable[Announcement]) -> list[Sample]:
        """SAMPLE_ARTICLES, and one page that is not an article if one is on the way: a test should have such a page."""
        articles: list[Sample] = []
        others: list[Sample] = []
        for announcement in announcements:
            if sample := await self._sample(site, announcement):
                (articles if isinstance(sample.cleaned, Article) else others).append(sample)
            if len(articles) == SAMPLE_ARTICLES:
                break
        return [*articles, *others[:1]]

    async def _sample(self, site: Site, announcement: Announcement) -> Sample | None:
        """One article as a crawl would take it, whatever it reserves; None where it could not be fetched."""
        url = announcement.url
        taker = ArticleFetch(self.fetch, self.read_page, self.logger.info, MAX_SITEMAP_BYTES, self.tdm_files)
        try:
            article = await taker.fetch(_that_refuses_nothing(site), url)
            if article.outcome:
                self.doubts.append(f"{url} could not be fetched: {article.detail} ({article.outcome})")
                return None
            pages = tuple(answer.page() for answer in article.answers)
            hints = announcement.hints(_seen_at(article.answers[0]))
            cleaned = await asyncio.wrap_future(self.worker.clean(pages, article.url, site.cleaning_rules(), hints))
        except CleaningError as error:
            self.doubts.append(f"{url} could not be cleaned: {error}")
            return None
        except Exception as error:  # noqa: BLE001 - the trouble of one article is not the others'
            self.doubts.append(f"{url} could not be fetched: {reason(error)} ({outcome_of(error)})")
            return None
        return Sample(article.url, tuple(dict.fromkeys(article.asked)), pages, cleaned)

    async def _try(self, url: str) -> Answer | None:
        """The page at `url` where it is one."""
        try:
            return await self._fetch_page(url)
        except Exception as error:  # noqa: BLE001 - a form of address that is merely usual
            self.logger.info("nothing at %s: %s", url, reason(error))
            return None

    async def _fetch_page(self, url: str) -> Answer:
        answer = await self.fetch(url)
        if answer.status != 200:
            raise SourceUnreadable(f"it answers with HTTP {answer.status}")
        return answer

    async def fetch(self, url: str, **options: Unpack[FetchOptions]) -> Answer:
        """The answer to `url`, redirects followed, asked for once, and noted for the site's test."""
        if url not in self._answers:
            options["max_bytes"] = options.get("max_bytes") or MAX_SITEMAP_BYTES
            response = await self.download(url, **options)
            self._answers[url] = answer_of(response)
            self._note(response, self._answers[url])
        return self._answers[url]

    def _note(self, response: Response, answer: Answer) -> None:
        meta = response.request.meta if response.request else {}
        hops = [*meta.get("redirect_urls", ()), response.url]
        for (url, target), status in zip(pairwise(hops), meta.get("redirect_reasons", ()), strict=False):
            self.documents[url] = Document(url, status=status if isinstance(status, int) else 302, location=target)
        body, content_type = answer.body, answer.content_type
        if answer.is_text and "html" in content_type:
            body, content_type = answer.text.encode(), "text/html; charset=utf-8"
        self.documents[answer.url] = Document(answer.url, body, content_type, answer.status)

    # What is made of it

    def _facts(self, draft: Draft, used: Sequence[Source], samples: Sequence[Sample]) -> Iterator[str]:
        month = f"{_seen_at(self._answers[self.url]):%Y-%m}"
        yield f"{draft.platform.platform} (seen {month})"
        urls = draft.site().urls
        named = [f"{source.kind.words} {len(list(announced(source.entries, urls, '', source.url)))}" for source in used]
        yield f"Articles announced: {', '.join(named)}"
        robots = self.robots_of[origin_of(self.url)]
        delay = f", and asks for {robots.crawl_delay:g} s between requests" if robots.crawl_delay else ""
        yield f"robots.txt {'allows us' if robots.text else 'is missing'}{delay}"
        yield draft.paging
        read = sum(isinstance(sample.cleaned, Article) for sample in samples)
        if samples:
            yield f"{read} of {len(samples)} sample pages were read as articles"

    async def _reservations(self, home: Answer, samples: Sequence[Sample]) -> list[str]:
        """What the site reserves, in a sentence: by HTTP header, by meta, by /.well-known/tdmrep.json."""
        answers = [home, *(self._answers[url] for sample in samples for url in sample.asked if url in self._answers)]
        stated = {right for answer in answers for right in answer.rights}
        if (await self.tdm_files.load(home.url)).reserves_anything:
            stated.add("tdm-reservation")
        for right in sorted(stated):
            self.doubts.append(f"the site states {right}: ask its owner before you switch it on")
        return [f"It reserves itself: {', '.join(sorted(stated))}"] if stated else []


def _that_refuses_nothing(site: Site) -> Site:
    """The site with all reservations waived: nothing of what is only examined is archived."""
    lenient = copy(site)
    lenient.refuse_rights = ()
    return lenient


def _source(reading: SourceReading, listed: Sequence[Entry]) -> Source:
    """What was read, with the kind of sitemap that it turns out to be, and the expression for an index's children."""
    kind = reading.kind
    if kind is SITEMAP:
        told = sum(bool(entry.headline and entry.date_published) for entry in reading.entries)
        kind = NEWS_SITEMAP if told * 2 > len(reading.entries) else SITEMAP
    children = ""
    if reading.listed > 1 and (
        chosen := next((c for c in listed if joined(reading.url, c.url) in reading.asked), None)
    ):
        children = like(chosen.url, [child.url for child in listed])
    return Source(kind, reading.url, tuple(reading.entries), tuple(reading.asked), children)


def newest_child(children: Sequence[Entry]) -> Entry:
    """Of the sitemaps that an index lists the one that promises the newest articles of the archive: by what it says of
    its last change, else by the highest number, which may be a month's. News sitemaps stand beside the archive: they
    count only where there is nothing else.
    """
    named = [child for child in children if not NOT_ARTICLES.search(urlsplit(child.url).path)] or list(children)
    archive = [child for child in named if not NEWS_NAMED.search(urlsplit(child.url).path)] or named
    dated = [child for child in archive if child.date_modified]
    if dated:
        return max(dated, key=lambda child: child.date_modified or datetime.min.replace(tzinfo=UTC))
    return max(archive, key=lambda child: [int(number) for number in re.findall(r"\d{1,9}", _tail(child.url))])


def like(url: str, listed: Sequence[str]) -> str:
    """Expression for the sitemaps among those `listed` that differ from the one at `url` in numbers and dates alone,
    one without a number included: `/sitemap_post.xml` and `/sitemap_post_2.xml`.
    """
    tail, number = _tail(url), "\0"
    siblings = [other for other in map(_tail, listed) if _unnumbered(other) == _unnumbered(tail)]
    strict = re.sub(r"\d+", r"\\d+", literal(tail)) + "$"
    if all(re.search(strict, other) for other in siblings):
        return strict
    marked = re.sub(r"(?:[-_]?\d+)+", number, tail)
    if number not in marked:
        marked = re.sub(r"(?=\.xml)|$", number, marked, count=1)
    return literal(marked).replace(literal(number), r"(?:[-_]?\d+)*") + "$"


def _tail(url: str) -> str:
    """Path and query of an address, by which the sitemaps of one host differ."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _unnumbered(text: str) -> str:
    return re.sub(r"[-_]?\d+", "", text)


def _rel_next(reading: PageReading, answer: Answer, asked: Sequence[str]) -> list[str]:
    """Where an article's page leads by `rel=next` to an address that was not taken for a page of it."""
    return [
        link.url for link in reading.links if link.trust is Trust.REL_NEXT and link.url not in (asked[0], answer.url)
    ]


def _sort_key(url: str, desk: str) -> int:
    """How little a sitemap that robots.txt names promises, for sorting: the desk's and those of news come first."""
    word = desk.strip("/")
    return -2 * bool(word and word in url) - ("news" in url) + bool(NOT_ARTICLES.search(urlsplit(url).path))


def _names(robots: str, agent: str) -> bool:
    return re.search(rf"(?im)^\s*user-?agent\s*:[^\r\n#]*{agent}", robots) is not None


def _seen_now() -> str:
    return f"seen {utc_now():%Y-%m}"


def _is_robots(url: str) -> bool:
    return urlsplit(url).path == "/robots.txt"


def _seen_at(answer: Answer) -> datetime:
    return answer.captured_at or utc_now()
