"""What a probe has found of a site, and the draft of the class that describes it. Everything here is pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from pipelines.article import Article, Page, Rejection
from pipelines.visit import Announcement
from pipelines.web_address import joined
from spiders.canonical import SiteUrls, host_of
from spiders.domains import domain_of
from spiders.expect import Expect
from spiders.newsite.detection import ArticlePattern, expected_range, literal, per_day
from spiders.platforms import wordpress
from spiders.platforms.wordpress import WordPress
from spiders.site import Site
from spiders.source_kinds import FEED, NEWS_SITEMAP, SECTION, SOURCE_KINDS, SourceKind
from spiders.sources.entries import Entry, announced

MIN_FREQUENT_ARTICLES_PER_DAY = 20
"""Articles a day from which a site is asked twice an hour, as the large portals are."""

MIN_USUAL_SHARE = 0.9
"""Share of a WordPress site's addresses that the platform's own expression must match for it to do."""

EXPECTED_SHARE = 0.95
"""Share of texts, and of dates, that any site is expected to reach; a person sets them by what the first week shows."""


@dataclass(frozen=True, slots=True)
class Document:
    """How the site answered one URL: what a test has to answer again. HTML is UTF-8 whatever it was."""

    url: str
    body: bytes = b""
    content_type: str = ""
    status: int = 200
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A source that could be read, with the `entries` that it names and the URLs that were `asked` for it.

    `children` is the expression for the addresses in a sitemap index that lead to articles.
    """

    kind: SourceKind
    url: str
    entries: tuple[Entry, ...]
    asked: tuple[str, ...]
    children: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One article: its canonical `url`, the URLs that were `asked` for it, and what cleaning made of its `pages`."""

    url: str
    asked: tuple[str, ...]
    pages: tuple[Page, ...]
    cleaned: Article | Rejection


@dataclass(frozen=True, slots=True)
class Findings:
    """What a probe found. `site` is the drafted site, and `attributes` what it states itself.

    `facts` are sentences for its docstring, `doubts` what a person should look at. `documents` are the answers by URL
    that a test needs, as they came; `split` are addresses of articles that go on at further pages. `denied` says why
    the site wants no crawlers like ours, None where it lets us in.
    """

    site: Site
    platform: type[Site]
    attributes: Mapping[str, Any]
    seen: datetime
    facts: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    samples: tuple[Sample, ...] = ()
    split: frozenset[str] = frozenset()
    documents: Mapping[str, Document] = field(default_factory=dict)
    denied: str | None = None


class Draft:
    """The site while it is being found out. `paging` is what is known of split articles, in a sentence."""

    def __init__(
        self, name: str, title: str, platform: type[Site], url: str, pattern: ArticlePattern, known: Sequence[str]
    ) -> None:
        self.platform = platform
        self.pattern = pattern
        home = f"{urlsplit(url).scheme}://{pattern.host}/"
        self.attributes: dict[str, Any] = {"name": name, "title": title, "home": home}
        self.paging = "No sample article was split over pages"
        usual = issubclass(platform, WordPress) and re.compile(wordpress.article_url(home))
        if not usual or sum(bool(usual.search(address)) for address in known) < MIN_USUAL_SHARE * len(known):
            self.attributes["article_url"] = pattern.regex
        if pattern.trailing_slash != platform.trailing_slash:
            self.attributes["trailing_slash"] = pattern.trailing_slash

    def site(self) -> Site:
        """The site as it stands."""
        return self.platform(**self.attributes)

    def state_sources(self, sources: Iterable[Source], desk: str) -> list[Source]:
        """State the sources that name articles, and return them: the page at the path `desk` itself only where it is
        one of several desks, or nothing else names any.
        """
        urls = self.site().urls
        naming = [s for s in sources if any(announced(s.entries, urls, s.kind.name, s.url))]
        others = [source for source in naming if source.kind is not SECTION]
        chosen = naming if desk.strip("/") or not others else others
        used: list[Source] = []
        for kind in (kind for kind in SOURCE_KINDS if kind.max_drafted):
            stated = _distinct([source for source in chosen if source.kind is kind], urls)[: kind.max_drafted]
            used += stated
            addresses = [source.url for source in stated]
            if addresses != list(self.site().addresses(kind)):
                self.attributes[kind.attribute] = addresses
        for source in used:
            usual = re.search(self.platform.sitemap_children, urlsplit(source.asked[-1]).path)
            if source.children and not (usual and self.platform.sitemap_children):
                self.attributes["sitemap_children"] = source.children
        return used

    def state_pace(self, sources: Iterable[Source]) -> None:
        """State what a day brings, by the dates in feeds and news sitemaps, and the schedule that suits it."""
        urls = self.site().urls
        dates = [
            [a.date_published for a in announced(s.entries, urls, s.kind.name, s.url) if a.date_published]
            for s in sources
            if s.kind in (FEED, NEWS_SITEMAP)
        ]
        rate = per_day(max(dates, key=len, default=[]))
        self.attributes["schedule"] = (
            "*/30 * * * *" if rate and rate >= MIN_FREQUENT_ARTICLES_PER_DAY else "*/60 * * * *"
        )
        self.attributes["expect"] = Expect(
            articles_per_day=expected_range(rate), body=EXPECTED_SHARE, published_at=EXPECTED_SHARE
        )

    def announcements(self, sources: Iterable[Source]) -> list[dict[str, Announcement]]:
        """What each source says of the site's articles, by canonical URL."""
        urls = self.site().urls
        return [{a.url: a for a in announced(s.entries, urls, s.kind.name, s.url)} for s in sources]

    def doubts(self, sources: Sequence[Source]) -> Iterator[str]:
        """What a person should look at, one sentence each."""
        site = self.site()
        lists = [site.home, *(source.url for source in sources)]
        for url in dict.fromkeys(url for url in lists if site.urls.article(url)):
            yield f"article_url takes {url}, which lists articles, for one"
        if self.pattern.share < 1:
            yield f"article_url is learned from addresses of which it matches {self.pattern.share:.0%}"
        if all(source.kind is SECTION for source in sources):
            yield "no feed and no sitemap was found: what the page does not link to is missed"


def _distinct(sources: Iterable[Source], urls: SiteUrls) -> list[Source]:
    """The sources that name articles which those before them do not."""
    known: set[str] = set()
    found = []
    for source in sources:
        named = {a.url for a in announced(source.entries, urls, source.kind.name, source.url)}
        if named - known:
            found.append(source)
            known |= named
    return found


def class_name(title: str, name: str) -> str:
    """A class name after the site's title, after its `name` where the title has no letters to make one of."""
    words = "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", title))
    return words if words[:1].isalpha() else name.capitalize()


def usual_pattern(url: str) -> ArticlePattern:
    """Article URLs of the form that most sites have, on the host of `url`: where none could be seen."""
    host = host_of(url)
    regex = rf"^{urlsplit(url).scheme}://{literal(host)}/(?:[\w-]+/)*[\w%]+(?:-[\w%]+){{2,}}/?$"
    return ArticlePattern(regex, host, trailing_slash=False, share=1.0)


def addresses(url: str, sources: Iterable[Source]) -> list[str]:
    """What the sources of the site at `url` name, each address once, without tracking, with its slash at the end."""
    stated = (joined(source.url, entry.url) for source in sources for entry in source.entries)
    named = [address for address in stated if address and domain_of(address) == domain_of(url)]
    hosts = frozenset(host_of(address) for address in (url, *named))
    urls = SiteUrls(url, hosts, re.compile(""), page_keys=frozenset({"page"}), identifying_keys=None)
    found: dict[str, None] = {}
    for address in named:
        if canonical := urls.canonical(address):
            slash = "/" if urlsplit(address).path.endswith("/") and not canonical.endswith("/") else ""
            found[canonical + slash] = None
    return list(found)


def in_words(form: Mapping[str, str] | str) -> str:
    """A one-page form as its address shows it: '`?page=all`'."""
    return f"`{form}`" if isinstance(form, str) else f"`?{urlencode(form)}`"
