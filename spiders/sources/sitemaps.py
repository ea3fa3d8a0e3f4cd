"""Sitemaps, news sitemaps and their indexes (sitemaps.org 0.9, Google's news extension)."""

import json
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from lxml import etree

from pipelines.web_address import joined
from spiders.canonical import MAX_URL_LENGTH
from spiders.sources.entries import MAX_URLS, Entry, SourceUnreadable, distinct_keywords, parse_date, plain_title
from spiders.sources.xml_source import MAX_SITEMAP_BYTES, readable_xml

if TYPE_CHECKING:
    from spiders.sources.reader import SourceReader

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
        sitemap = await source.read(parse_sitemap, answer.body, answer.content_type)
        if not sitemap.children:
            source.remember(url, answer)
        self._take(url, sitemap)
        children = source.choose_children(url, sitemap.children)
        if children and depth == MAX_INDEX_DEPTH:
            raise SourceUnreadable(f"its sitemaps are nested deeper than {MAX_INDEX_DEPTH}")
        for child in children:
            address = joined(answer.url, child.url)
            if address is None:
                source.warn(f"{url} lists {child.url!r}, which is not an address")
                continue
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
        entries = self.source.without_stamps(url, sitemap.entries)
        self.entries += [entry for entry in entries if self.all_recent or self.source.may_be_recent(entry)]
        if len(sitemap.entries) + len(sitemap.children) == MAX_URLS:
            self.source.warn(f"{url} names {MAX_URLS:,} addresses or more, of which the first are read")
        if not self.all_recent and (undated := self.source.count_passed_over(entries)):
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


def parse_sitemap(body: bytes, content_type: str = "") -> Sitemap:
    """The entries of a sitemap, a news sitemap or a sitemap index, at most MAX_URLS, broken XML as far as it goes.

    A sitemap may also be a text with one URL on each line. Raises SourceUnreadable where `body` is none of them.
    """
    plain = readable_xml(body, content_type)
    if not plain.startswith(b"<"):
        return Sitemap(_listed_urls(plain))
    entries: list[Entry] = []
    children: list[Entry] = []
    root: Any = None
    events = etree.iterparse(
        BytesIO(plain), events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False, recover=True
    )
    try:
        for event, element in events:
            if root is None:
                root = element
                if _name(root)[1] not in ("urlset", "sitemapindex"):
                    raise SourceUnreadable(f"it is not a sitemap but a document of <{_name(root)[1]}>")
            space, name = _name(element)
            if event == "start" or name not in ("url", "sitemap") or element.getparent() is not root:
                continue
            if entry := _entry(element, space):
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


def _listed_urls(text: bytes) -> tuple[Entry, ...]:
    """The URLs of a text sitemap (sitemaps.org, "Text file"), which holds nothing else."""
    lines = [line.strip() for line in text.decode(errors="replace").splitlines() if line.strip()]
    if not lines:
        raise SourceUnreadable("it is empty")
    if not all(line.startswith(("http://", "https://")) for line in lines):
        raise SourceUnreadable("it is neither XML nor a list of URLs")
    return tuple(Entry(line) for line in lines[:MAX_URLS] if len(line) <= MAX_URL_LENGTH)


def _entry(element: Any, space: str) -> Entry | None:
    """The entry of a `url` or `sitemap` element, by the names in its own namespace, whatever that is.

    Its images and videos have addresses, titles and dates of their own.
    """
    own = _texts(element, space)
    news: dict[str, str] = {}
    for child in element.iterchildren():
        news_space, name = _name(child)
        if name == "news":
            news |= _texts(child, news_space)
    address = "".join(own.get("loc", "").split())
    if not 0 < len(address) <= MAX_URL_LENGTH:
        return None
    return Entry(
        url=address,
        headline=plain_title(news.get("title")),
        date_published=parse_date(news.get("publication_date")),
        date_modified=parse_date(own.get("lastmod")),
        keywords=_keywords(news.get("keywords", "")),
    )


def _keywords(text: str) -> tuple[str, ...]:
    """Keywords that commas separate, as the protocol has it, or a list in JSON, as some sites do."""
    if text.startswith("["):
        try:
            return distinct_keywords(str(word) for word in json.loads(text))
        except ValueError:
            text = text.strip("[]")
    return distinct_keywords(word.strip("\"'") if '"' in text else word for word in text.split(","))


def _texts(element: Any, space: str) -> dict[str, str]:
    """The texts of an element's children in a namespace, or in none, by their names, the first of each."""
    texts: dict[str, str] = {}
    for wanted in (space, ""):
        for child in element.iterchildren(etree.Element):
            child_space, name = _name(child)
            if child_space == wanted and (text := "".join(child.itertext()).strip()):
                texts.setdefault(name, text)
    return texts


def _name(element: Any) -> tuple[str, str]:
    """Namespace and name of an element; a prefix that is not declared counts as one. Comments have neither."""
    if not isinstance(element.tag, str):
        return "", ""
    space, _, name = element.tag.rpartition("}")
    prefix, _, local = name.rpartition(":")
    return space.removeprefix("{") or prefix, local
