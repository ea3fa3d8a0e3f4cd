"""RSS and Atom feeds."""

import re
from collections.abc import Collection, Sequence
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any
from xml.sax import SAXException

from pipelines.cleaning.tag_limits import bound_attributes
from pipelines.web_address import joined
from spiders.answer import Answer
from spiders.sources.entries import (
    Entry,
    SourceMissing,
    SourceUnreadable,
    distinct_keywords,
    parse_date,
    plain_title,
)
from spiders.sources.xml_source import readable_xml

if TYPE_CHECKING:
    from spiders.sources.reader import SourceReader

MAX_FEED_PAGES = 50
"""Pages of a feed that a backfill reads: at WordPress's ten entries each 500 articles, weeks to months of a magazine,
in less than three minutes at the usual pace. What is older, sitemaps and the posts API tell."""

MAX_FEED_ENTRIES = 2_000
"""Of one document. Feeds have 10 to 100 entries, those of whole archives 1,000; 2,000 take half a second of CPU."""

ENTRY = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s/>]")


NO_PERMALINK = re.compile(
    rb"<guid\b[^>]{0,200}isPermaLink\s*=\s*[\"']?false[^>]{0,200}>\s*(?:<!\[CDATA\[)?([^<\]]{1,2000})", re.IGNORECASE
)
"""An id of which RSS 2.0 says that it is no address, which feedparser does not tell."""


async def read_feed(source: "SourceReader") -> None:
    """The feed, and in a run with a window its further pages as far back as the window goes."""
    answer = await source.get(source.url)
    if answer is None:
        return
    entries = await _entries(source, answer, source.url)
    source.remember(source.url, answer)
    source.announce([*entries, *await _older_entries(source, entries)])


async def _older_entries(source: "SourceReader", newest: Sequence[Entry]) -> list[Entry]:
    """What the feed's pages from the second on name; `newest` are the entries of the first."""
    window, query = source.window, source.site.feed_pages
    dates = [date for entry in newest if (date := entry.publication)]
    if not (query and window and dates and window.begins_before(min(dates))):
        return []
    older: list[Entry] = []
    known = {entry.url for entry in newest}
    for number in range(2, MAX_FEED_PAGES + 1):
        address = f"{source.url}{'&' if '?' in source.url else '?'}{query.format(page=number)}"
        try:
            entries = await _entries(source, await source.get_page(address), address)
        except SourceMissing:
            return older
        except Exception as error:  # noqa: BLE001 - a page that is missing does not cost the others
            source.warn(f"{address} could not be read: {source.reason(error)}")
            return older
        fresh = [entry for entry in entries if entry.url not in known]
        if not any((date := entry.publication) and window.begins_before(date) for entry in fresh):
            return older
        older += fresh
        known.update(entry.url for entry in fresh)
    source.warn(f"{source.url} may go on after {MAX_FEED_PAGES} pages, which are read")
    return older


async def _entries(source: "SourceReader", answer: Answer, url: str) -> tuple[Entry, ...]:
    entries = await source.read(parse_feed, answer.body, url, answer.content_type)
    if len(entries) == MAX_FEED_ENTRIES:
        source.warn(f"{url} names more than {MAX_FEED_ENTRIES:,} articles, of which the first are read")
    return entries


def parse_feed(body: bytes, url: str, content_type: str = "") -> tuple[Entry, ...]:
    """The entries of an RSS or Atom feed, at most MAX_FEED_ENTRIES; a broken one as far as it can be read.

    Raises SourceUnreadable where `body` is not a feed.
    """
    source = bound_attributes(_bounded(readable_xml(body, content_type)))
    no_links = {match[1].decode(errors="replace").strip() for match in NO_PERMALINK.finditer(source)}
    try:
        import feedparser  # where feeds are parsed: the process that fetches them never does

        feed = feedparser.parse(
            BytesIO(source),
            response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    # What feedparser's own handlers of broken feeds stumble over, found by fuzzing.
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise SourceUnreadable(f"it is broken ({type(error).__name__}: {error})") from error
    if not feed.entries and not feed.get("version"):
        raise SourceUnreadable("it is not a feed")
    if not feed.entries and isinstance(feed.get("bozo_exception"), SAXException):
        raise SourceUnreadable(f"it is broken ({feed.bozo_exception})")
    return tuple(entry for item in feed.entries[:MAX_FEED_ENTRIES] if (entry := _entry(item, url, no_links)))


def _bounded(body: bytes) -> bytes:
    """The feed without the entries beyond MAX_FEED_ENTRIES: what follows the last of them stays, and closes it."""
    beyond = next(islice(ENTRY.finditer(body), MAX_FEED_ENTRIES, None), None)
    if beyond is None:
        return body
    end = max(body.rfind(b"</item>"), body.rfind(b"</entry>"))
    return body[: beyond.start()] + (body[body.index(b">", end) + 1 :] if end > beyond.start() else b"")


def _entry(item: Any, feed_url: str, no_links: Collection[str]) -> Entry | None:
    link = _link(item, no_links)
    url = joined(feed_url, link) if link else None
    if url is None:
        return None
    return Entry(
        url=url,
        headline=plain_title(item.get("title")),
        date_published=parse_date(item.get("published")),
        # Asked as a dictionary: feedparser's own get() passes the date of publication off as one of change.
        date_modified=parse_date(dict.get(item, "updated")),
        keywords=distinct_keywords(tag.get("term") or "" for tag in item.get("tags", ())),
    )


def _link(item: Any, no_links: Collection[str]) -> str | None:
    """The address of an entry's article.

    FeedBurner's rewritten links count readers; the article's own address stands beside them. Of Atom's links the
    alternate one counts (RFC 4287, 4.2.7.2), not those to the feed, to comments or to files. An entry without a link
    may have an address for its id, but for those in `no_links`.
    """
    if link := item.get("feedburner_origlink") or item.get("pheedo_origlink"):
        return str(link)
    name = str(item.get("id") or "").strip()
    is_address = name.startswith(("http://", "https://", "/"))
    alternate = [link.get("href") for link in item.get("links", ()) if link.get("rel", "alternate") == "alternate"]
    if link := next((href for href in alternate if href), None):
        return str(link)
    return name if is_address and name not in no_links else None
