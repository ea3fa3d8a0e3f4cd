"""Sitemaps, news sitemaps and their indexes (sitemaps.org 0.9, Google's news extension)."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from pipelines.content_encoding import GZIP_MAGIC, BodyTooLarge, UndecodableBody, gunzip
from spiders.download_errors import reason
from spiders.sources.entries import MAX_URLS, Entry, SourceUnreadable, distinct_keywords, parse_date
from spiders.sources.reader import SourceReader

MAX_SITEMAP_BYTES = 50 * 1024 * 1024
"""The sitemap protocol's own limit of one file, uncompressed."""

MAX_GZIP_RATIO = 200
"""Compressed XML of sitemaps shrinks 10 to 50 times; a bomb 1,000 times."""

MAX_INDEX_DEPTH = 3
"""The protocol allows an index no deeper than one; some sites nest one more."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap's articles, or a sitemap index's `children`."""

    entries: tuple[Entry, ...] = ()
    children: tuple[Entry, ...] = ()


async def read_news_sitemap(source: SourceReader) -> None:
    """All that a news sitemap, or an index of such, names is news."""
    await _read_tree(source, source.url, all_recent=True)


async def read_plain_sitemap(source: SourceReader) -> None:
    """A plain sitemap lists the whole archive: of it count only what changed of late, unless the run has a window."""
    await _read_tree(source, source.url, all_recent=False)


async def _read_tree(source: SourceReader, url: str, *, all_recent: bool, depth: int = 0) -> None:
    """Announce the articles of a sitemap and of those that it lists."""
    source.announce(await _entries_of_tree(source, url, all_recent=all_recent, depth=depth))


async def _entries_of_tree(source: SourceReader, url: str, *, all_recent: bool, depth: int) -> list[Entry]:
    answer = await source.get(url, MAX_SITEMAP_BYTES)
    if answer is None:
        return []
    sitemap = parse_sitemap(answer.body)
    if not sitemap.children:
        source.remember(url, answer)
    found = [entry for entry in sitemap.entries if all_recent or source.may_be_recent(entry)]
    if not all_recent and (undated := source.count_passed_over(sitemap.entries)):
        source.warn(f"{url} names {undated} pages without a date, passed over: a run with `since` takes them")
    children = source.choose_children(url, sitemap.children)
    if children and depth == MAX_INDEX_DEPTH:
        raise SourceUnreadable(f"its sitemaps are nested deeper than {MAX_INDEX_DEPTH}")
    for child in children:
        address = urljoin(answer.url, child.url)
        try:
            found += await _entries_of_tree(source, address, all_recent=all_recent, depth=depth + 1)
        except Exception as error:
            if source.is_sample:  # of the children only one is read
                raise SourceUnreadable(f"it lists {address}, which could not be read: {reason(error)}") from error
            source.warn(f"{address} could not be read: {reason(error)}")
    return found


def inflate(body: bytes) -> bytes:
    """`body`, decompressed if it is gzip, as `sitemap.xml.gz` is whatever its HTTP header says.

    Raises SourceUnreadable for a broken stream and for one that exceeds the limits.
    """
    if not body.startswith(GZIP_MAGIC):
        return body
    limit = min(MAX_SITEMAP_BYTES, len(body) * MAX_GZIP_RATIO)
    try:
        return gunzip(body, limit)
    except (UndecodableBody, BodyTooLarge) as error:
        raise SourceUnreadable(str(error)) from error


def parse_sitemap(body: bytes) -> Sitemap:
    """The entries of a sitemap, a news sitemap or a sitemap index, at most MAX_URLS, broken XML as far as it goes.

    Raises SourceUnreadable where `body` is none of them.
    """
    plain = inflate(body)
    entries: list[Entry] = []
    children: list[Entry] = []
    root: str | None = None
    events = etree.iterparse(
        BytesIO(plain), events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False, recover=True
    )
    try:
        for event, element in events:
            name = _local_name(element)
            if root is None:
                root = name
                if root not in ("urlset", "sitemapindex"):
                    raise SourceUnreadable(f"it is not a sitemap but a document of <{root}>")
            if event == "start" or name not in ("url", "sitemap"):
                continue
            if entry := _entry(element):
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


def _entry(element: Any) -> Entry | None:
    """The entry of a `url` or `sitemap` element. Its images and videos have addresses and titles of their own."""
    own = _texts(element)
    news: dict[str, str] = {}
    for child in element.iterchildren("{*}news"):
        news |= _texts(child)
    if "loc" not in own:
        return None
    return Entry(
        url=own["loc"],
        headline=news.get("title"),
        date_published=parse_date(news.get("publication_date")),
        date_modified=parse_date(own.get("lastmod")),
        keywords=distinct_keywords(news.get("keywords", "").split(",")),
    )


def _texts(element: Any) -> dict[str, str]:
    """The texts of an element's children by their local names, the first of each."""
    texts: dict[str, str] = {}
    for child in element.iterchildren():
        if child.text and (text := child.text.strip()):
            texts.setdefault(_local_name(child), text)
    return texts


def _local_name(element: Any) -> str:
    """Name without namespace; entity references and comments have none."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
