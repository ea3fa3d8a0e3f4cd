"""Sitemaps, news sitemaps and their indexes (sitemaps.org 0.9, Google's news extension)."""

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from lxml import etree

from pipelines.content_encoding import GZIP_MAGIC, BodyTooLarge, UndecodableBody, gunzip
from pipelines.printable import fit_to_keep
from spiders.canonical import MAX_URL_LENGTH
from spiders.sources.entries import MAX_URLS, Entry, SourceUnreadable, distinct_keywords, parse_date

if TYPE_CHECKING:
    from spiders.sources.reader import SourceReader

MAX_SITEMAP_BYTES = 50 * 1024 * 1024
"""The sitemap protocol's own limit of one file, uncompressed."""

MAX_GZIP_RATIO = 200
"""Compressed XML of sitemaps shrinks 10 to 50 times; a bomb 1,000 times."""

MAX_SITEMAPS = 150
"""Documents read of one source, indexes included, each after a pause. More than MAX_CHILDREN, so that an index of
indexes is read as well; one that lists itself under ever new addresses ends here."""

MAX_ENTRIES = 200_000
"""Pages taken of one source. A portal's archive of years has as many, and each takes half a kilobyte of memory."""

MAX_INDEX_DEPTH = 3
"""The protocol allows an index no deeper than one; some sites nest one more."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap's articles, or a sitemap index's `children`."""

    entries: tuple[Entry, ...] = ()
    children: tuple[Entry, ...] = ()


async def read_news_sitemap(source: "SourceReader") -> None:
    """All that a news sitemap, or an index of such, names is news."""
    await _Tree(source, all_recent=True).read()


async def read_plain_sitemap(source: "SourceReader") -> None:
    """A plain sitemap lists the whole archive: of it count only what changed of late, unless the run has a window."""
    await _Tree(source, all_recent=False).read()


class _Tree:
    """A sitemap with all that it lists, each address of which is read once."""

    def __init__(self, source: "SourceReader", *, all_recent: bool) -> None:
        self.source = source
        self.all_recent = all_recent
        self.entries: list[Entry] = []
        self.asked: set[str] = set()
        self.is_cut = False

    async def read(self) -> None:
        """Announce the articles of the tree."""
        await self._read(self.source.url)
        self.source.announce(self.entries)

    async def _read(self, url: str, depth: int = 0) -> None:
        source = self.source
        self.asked.add(url)
        answer = await source.get(url, MAX_SITEMAP_BYTES)
        if answer is None:
            return
        self.asked.add(answer.url)
        sitemap = await source.read(parse_sitemap, answer.body)
        if not sitemap.children:
            source.remember(url, answer)
        self._take(url, sitemap)
        children = source.choose_children(url, sitemap.children)
        if children and depth == MAX_INDEX_DEPTH:
            raise SourceUnreadable(f"its sitemaps are nested deeper than {MAX_INDEX_DEPTH}")
        for address in (urljoin(answer.url, child.url) for child in children):
            if address in self.asked:
                continue
            if self._is_full():
                return
            try:
                await self._read(address, depth + 1)
            except Exception as error:
                trouble = source.reason(error)
                if source.is_sample:  # of the children only one is read
                    raise SourceUnreadable(f"it lists {address}, which could not be read: {trouble}") from error
                source.warn(f"{address} could not be read: {trouble}")

    def _take(self, url: str, sitemap: Sitemap) -> None:
        self.entries += [entry for entry in sitemap.entries if self.all_recent or self.source.may_be_recent(entry)]
        if len(sitemap.entries) + len(sitemap.children) == MAX_URLS:
            self.source.warn(f"{url} names {MAX_URLS:,} addresses or more, of which the first are read")
        if not self.all_recent and (undated := self.source.count_passed_over(sitemap.entries)):
            self.source.warn(f"{url} names {undated} pages without a date, passed over: a run with `since` takes them")

    def _is_full(self) -> bool:
        """Whether enough has been read of the tree; said once."""
        if len(self.source.reading.asked) < MAX_SITEMAPS and len(self.entries) < MAX_ENTRIES:
            return False
        if not self.is_cut:
            self.source.warn(
                f"{self.source.url} goes on after {len(self.source.reading.asked)} sitemaps and "
                f"{len(self.entries):,} pages: cut there"
            )
        self.is_cut = True
        return True


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
    if not 0 < len(own.get("loc", "")) <= MAX_URL_LENGTH:
        return None
    return Entry(
        url=own["loc"],
        headline=fit_to_keep(news.get("title", "")) or None,
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
