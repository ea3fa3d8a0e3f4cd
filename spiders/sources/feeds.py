"""RSS and Atom feeds."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from urllib.parse import urljoin
from xml.sax import SAXException

import feedparser

from spiders.answer import Answer
from spiders.download_errors import reason
from spiders.sources.entries import (
    MAX_URLS,
    Entry,
    SourceMissing,
    SourceUnreadable,
    distinct_keywords,
    parse_date,
    plain_title,
)
from spiders.sources.reader import SourceReader

MAX_FEED_PAGES = 50
"""Pages of a feed that a backfill reads: at WordPress's ten entries each 500 articles, weeks to months of a magazine,
in less than three minutes at the usual pace. What is older, sitemaps and the posts API tell."""


async def read_feed(source: SourceReader) -> None:
    """The feed, and in a run with a window its further pages as far back as the window goes."""
    answer = await source.get(source.url)
    if answer is None:
        return
    entries = _entries(answer, source.url)
    source.remember(source.url, answer)
    source.announce([*entries, *await _older_entries(source, entries)])


async def _older_entries(source: SourceReader, newest: Sequence[Entry]) -> list[Entry]:
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
            entries = _entries(await source.get_page(address), address)
        except SourceMissing:
            return older
        except Exception as error:  # noqa: BLE001 - a page that is missing does not cost the others
            source.warn(f"{address} could not be read: {reason(error)}")
            return older
        fresh = [entry for entry in entries if entry.url not in known]
        if not any((date := entry.publication) and window.begins_before(date) for entry in fresh):
            return older
        older += fresh
        known.update(entry.url for entry in fresh)
    source.warn(f"{source.url} may go on after {MAX_FEED_PAGES} pages, which are read")
    return older


def _entries(answer: Answer, url: str) -> tuple[Entry, ...]:
    return parse_feed(answer.body, url, answer.content_type)


def parse_feed(body: bytes, url: str, content_type: str = "") -> tuple[Entry, ...]:
    """The entries of an RSS or Atom feed, at most MAX_URLS; a broken one as far as it can be read.

    Raises SourceUnreadable where `body` is not a feed.
    """
    feed = feedparser.parse(
        BytesIO(body),
        response_headers={"content-type": content_type, "content-location": url},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not feed.entries and not feed.get("version"):
        raise SourceUnreadable("it is not a feed")
    if not feed.entries and isinstance(feed.get("bozo_exception"), SAXException):
        raise SourceUnreadable(f"it is broken ({feed.bozo_exception})")
    return tuple(entry for item in feed.entries[:MAX_URLS] if (entry := _entry(item, url)))


def _entry(item: Any, feed_url: str) -> Entry | None:
    # FeedBurner's rewritten links count readers; the article's own address stands beside them. An entry without a link
    # may have an address for its id.
    link = item.get("feedburner_origlink") or item.get("link") or item.get("id")
    if not link:
        return None
    return Entry(
        url=urljoin(feed_url, link.strip()),
        headline=plain_title(item.get("title")),
        date_published=parse_date(item.get("published")),
        # Asked as a dictionary: feedparser's own get() passes the date of publication off as one of change.
        date_modified=parse_date(dict.get(item, "updated")),
        keywords=distinct_keywords(tag.get("term") or "" for tag in item.get("tags", ())),
    )
