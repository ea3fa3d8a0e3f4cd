"""What a site's sources say: news sitemaps, sitemaps and their indexes, RSS and Atom feeds, WordPress's lists of posts,
section pages.

Everything here is pure: bytes in, entries out. The sources are strangers' input, so each reader is capped in size, in
number and in depth, expands no entities and opens nothing by itself.
"""

import html
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from io import BytesIO
from typing import Any
from urllib.parse import urlencode, urljoin
from xml.sax import SAXException

import feedparser
from lxml import etree
from pydantic import BaseModel, TypeAdapter, ValidationError
from selectolax.lexbor import LexborHTMLParser

from pipelines.cleaning.date_parsing import WIB, find_printed_dates, parse_machine_date
from pipelines.visit import Announcement, SourceKind
from spiders.canonical import SiteUrls

MAX_URLS = 50_000
MAX_SITEMAP_BYTES = 50 * 1024 * 1024
"""The sitemap protocol's own limits of one file, uncompressed."""

MAX_RATIO = 200
"""Compressed XML of sitemaps shrinks 10 to 50 times; a bomb 1,000 times."""

MAX_DEPTH = 3
"""The protocol allows an index no deeper than one; some sites nest one more."""

MAX_CHILDREN = 100
"""Sitemaps read of one index. A site's monthly sitemaps of eight years; newest first, so that news is never cut off."""

POSTS_PER_PAGE = 100
"""The most that WordPress's REST API gives at once."""

MAX_POSTS_PAGES = MAX_URLS // POSTS_PER_PAGE
"""A window's posts are cut where a sitemap would be."""

POSTS_MARGIN = timedelta(days=1)
"""By which more is asked for than the window holds: WordPress compares in the site's own time zone, and before 5.3
heeds no other that a date is stated in."""

GZIP_MAGIC = b"\x1f\x8b"

SOURCE_KIND_ORDER = {
    via: number
    for number, via in enumerate((SourceKind.NEWS_SITEMAP, SourceKind.SITEMAP, SourceKind.FEED, SourceKind.SECTION))
}
"""Who is believed first where two sources know equally much."""


class SourceUnreadable(Exception):  # noqa: N818 - it names a state
    """What a source sent is not what it should be; the message says what it is instead."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One URL that a source names, with what it says of it. `url` is as written there; times are aware."""

    url: str
    headline: str | None = None
    date_published: datetime | None = None
    date_modified: datetime | None = None
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap's articles, or a sitemap index's `children`."""

    entries: tuple[Entry, ...] = ()
    children: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """The span of publication that a run asks for; None is open."""

    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of_days(cls, since: str | None, until: str | None) -> "Window":
        """From the first moment of the day `since` to the last of `until`: 'YYYY-MM-DD', western Indonesian time.

        Raises ValueError for other texts.
        """
        return cls(_midnight(since), _midnight(until, plus=1))

    def __bool__(self) -> bool:
        return bool(self.since or self.until)

    def holds(self, moment: datetime) -> bool:
        return (not self.since or moment >= self.since) and (not self.until or moment < self.until)

    def days(self, today: date) -> Iterator[date]:
        """The days of the window, the newest first; without a window today and yesterday."""
        last = (self.until - timedelta(microseconds=1)).astimezone(WIB).date() if self.until else today
        first = self.since.astimezone(WIB).date() if self.since else today - timedelta(days=1)
        while last >= first:
            yield last
            last -= timedelta(days=1)


def _midnight(day: str | None, plus: int = 0) -> datetime | None:
    if not day:
        return None
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), WIB) + timedelta(days=plus)


def inflated(body: bytes) -> bytes:
    """`body`, decompressed if it is gzip, as `sitemap.xml.gz` is whatever its HTTP header says.

    Raises SourceUnreadable for a broken stream and for one that swells beyond the caps.
    """
    if not body.startswith(GZIP_MAGIC):
        return body
    limit = min(MAX_SITEMAP_BYTES, len(body) * MAX_RATIO)
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = stream.decompress(body, limit)
    except zlib.error as error:
        raise SourceUnreadable(f"it is broken gzip ({error})") from error
    if stream.unconsumed_tail:
        raise SourceUnreadable(f"it swells from {len(body):,} to more than {limit:,} bytes")
    return plain


def read_sitemap(body: bytes) -> Sitemap:
    """The entries of a sitemap, a news sitemap or a sitemap index, at most MAX_URLS, broken XML as far as it goes.

    Raises SourceUnreadable where `body` is none of them.
    """
    plain = inflated(body)
    entries: list[Entry] = []
    children: list[Entry] = []
    root: str | None = None
    events = etree.iterparse(
        BytesIO(plain), events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False, recover=True
    )
    try:
        for event, element in events:
            name = _local(element)
            if root is None:
                root = name
                if root not in ("urlset", "sitemapindex"):
                    raise SourceUnreadable(f"it is no sitemap but a document of <{root}>")
            if event == "start" or name not in ("url", "sitemap"):
                continue
            if entry := _sitemap_entry(element):
                (entries if name == "url" else children).append(entry)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
            if len(entries) + len(children) >= MAX_URLS:
                break
    except etree.XMLSyntaxError as error:
        if not entries and not children:
            raise SourceUnreadable(f"it is broken XML ({error.msg})") from error
    if root is None:
        raise SourceUnreadable("it is empty")
    return Sitemap(tuple(entries), tuple(children))


def _sitemap_entry(element: Any) -> Entry | None:
    texts: dict[str, str] = {}
    for node in element.iter():
        if node.text and (text := node.text.strip()):
            texts.setdefault(_local(node), text)
    if "loc" not in texts:
        return None
    return Entry(
        url=texts["loc"],
        headline=texts.get("title"),
        date_published=moment(texts.get("publication_date")),
        date_modified=moment(texts.get("lastmod")),
        keywords=_keywords(texts.get("keywords", "").split(",")),
    )


def _local(element: Any) -> str:
    """Name without namespace; entity references and comments have none."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def read_feed(body: bytes, url: str, content_type: str = "") -> tuple[Entry, ...]:
    """The entries of an RSS or Atom feed, at most MAX_URLS; a broken one as far as it can be read.

    Raises SourceUnreadable where `body` is no feed.
    """
    feed = feedparser.parse(
        BytesIO(body),
        response_headers={"content-type": content_type, "content-location": url},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not feed.entries and not feed.get("version"):
        raise SourceUnreadable("it is no feed")
    if not feed.entries and isinstance(feed.get("bozo_exception"), SAXException):
        raise SourceUnreadable(f"it is broken ({feed.bozo_exception})")
    return tuple(entry for item in feed.entries[:MAX_URLS] if (entry := _feed_entry(item, url)))


def _feed_entry(item: Any, feed_url: str) -> Entry | None:
    # FeedBurner's rewritten links count readers; the article's own address stands beside them.
    link = item.get("feedburner_origlink") or item.get("link")
    if not link:
        return None
    return Entry(
        url=urljoin(feed_url, link.strip()),
        headline=_plain(item.get("title")),
        date_published=moment(item.get("published")),
        # Asked as a dictionary: feedparser's own get() passes the date of publication off as one of change.
        date_modified=moment(dict.get(item, "updated")),
        keywords=_keywords(tag.get("term") or "" for tag in item.get("tags", ())),
    )


class _Title(BaseModel):
    rendered: str


class _Post(BaseModel):
    """A post as WordPress's REST API has it. `title` is HTML, the dates are UTC without saying so."""

    link: str
    date_gmt: str | None = None
    modified_gmt: str | None = None
    title: _Title | None = None


_POSTS = TypeAdapter(list[_Post])


def posts_page(api: str, window: Window, number: int) -> str:
    """URL of the page `number`, from 1, of the posts that the REST API at `api` has of the window, newest first."""
    query = {"per_page": str(POSTS_PER_PAGE), "page": str(number)}
    if window.since:
        query["after"] = f"{(window.since - POSTS_MARGIN).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if window.until:
        query["before"] = f"{(window.until + POSTS_MARGIN).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return f"{api}?{urlencode({**query, '_fields': 'link,date_gmt,modified_gmt,title'}, safe=',:')}"


def read_posts(body: bytes) -> tuple[Entry, ...]:
    """The entries of one page of WordPress's REST API.

    Raises SourceUnreadable where `body` is no list of posts.
    """
    try:
        posts = _POSTS.validate_json(body)
    except ValidationError as error:
        raise SourceUnreadable("it is no list of WordPress's posts") from error
    return tuple(
        Entry(
            url=post.link,
            headline=_plain(post.title.rendered) if post.title else None,
            date_published=moment(post.date_gmt, UTC),
            date_modified=moment(post.modified_gmt, UTC),
        )
        for post in posts[:MAX_URLS]
    )


def read_section(page: LexborHTMLParser, url: str, links: str) -> tuple[Entry, ...]:
    """The links of a section page that the CSS selector `links` names, in the order of the page, each once."""
    targets = (urljoin(url, node.attributes.get("href") or "") for node in page.css(links))
    return tuple(Entry(target) for target in dict.fromkeys(targets))[:MAX_URLS]


def moment(text: str | None, default: timezone = WIB) -> datetime | None:
    """A source's date, aware, in the zone `default` where it states no offset. None where it is no date."""
    stamp = parse_machine_date(text) or next(iter(find_printed_dates(text)), None) if text else None
    return stamp.at(default) if stamp else None


def _plain(text: str | None) -> str | None:
    """Words of a title: feeds escape them once too often, or leave tags in."""
    return " ".join(html.unescape(re.sub(r"<[^<>]+>", "", text)).split()) or None if text else None


def _keywords(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for raw in words if (word := " ".join(raw.split()))))


def stamped_with_now(entries: Iterable[Entry], fetched_at: datetime) -> bool:
    """Whether a source gives the moment of its making as every entry's date of change, which then says nothing."""
    changes = [entry.date_modified for entry in entries if entry.date_modified]
    fresh = sum(abs(fetched_at - change) < timedelta(minutes=2) for change in changes)
    return len(changes) > 3 and fresh > len(changes) * 0.9


def announced(entries: Iterable[Entry], urls: SiteUrls, via: SourceKind, source: str) -> Iterator[Announcement]:
    """The entries that are articles of the site, under their canonical URLs."""
    for entry in entries:
        if url := urls.article(entry.url):
            yield Announcement(
                url, via, source, entry.headline, entry.date_published, entry.date_modified, entry.keywords
            )


def merged(announcements: Iterable[Announcement]) -> list[Announcement]:
    """One announcement per URL, the newest first: the best-informed one, with what only others know filled in."""
    best: dict[str, Announcement] = {}
    for announcement in announcements:
        other = best.get(announcement.url)
        if other is None:
            best[announcement.url] = announcement
        else:
            first, second = sorted(
                (other, announcement), key=lambda a: (-_informed(a), SOURCE_KIND_ORDER.get(a.via, 9))
            )
            best[announcement.url] = replace(
                first,
                headline=first.headline or second.headline,
                date_published=first.date_published or second.date_published,
                date_modified=first.date_modified or second.date_modified,
                keywords=first.keywords or second.keywords,
            )
    return sorted(best.values(), key=_newest_first)


def _informed(announcement: Announcement) -> int:
    known = (announcement.headline, announcement.date_published, announcement.date_modified, announcement.keywords)
    return sum(bool(value) for value in known)


def _newest_first(announcement: Announcement) -> float:
    stated = announcement.date_published or announcement.date_modified
    return -stated.timestamp() if stated else 0.0
