"""Asking a site's sources: which documents are fetched, with which validators, and what a run learns from them."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urljoin

from scrapy.http import Response, TextResponse

from pipelines.cleaning.date_parsing import WIB
from pipelines.index.database import Index, SourceState
from pipelines.visit import Announcement, SourceKind
from settings.clock import utc_now
from spiders.canonical import SiteUrls
from spiders.discovery import (
    MAX_CHILDREN,
    MAX_DEPTH,
    MAX_POSTS_PAGES,
    MAX_SITEMAP_BYTES,
    Entry,
    SourceUnreadable,
    Window,
    announced,
    merged,
    posts_page,
    read_feed,
    read_posts,
    read_section,
    read_sitemap,
    stamped_with_now,
)
from spiders.download_errors import reason
from spiders.responses import parsed
from spiders.run_counters import Ledger

FULL_FETCH_AGE = timedelta(days=1)
"""Some servers answer "not modified" for feeds that have changed; so each source is read in full once a day."""

MAX_FEED_PAGES = 50
"""Pages of a feed that a backfill reads: at WordPress's ten entries each 500 articles, weeks to months of a magazine,
in less than three minutes at the usual pace. What is older, sitemaps and the posts API tell."""

Fetch = Callable[[str, Mapping[str, str], int], Awaitable[Response]]
"""GET of a URL with extra headers and a limit in bytes; raises what Scrapy raises."""


class Missing(SourceUnreadable):
    """There is no document at a source's address."""


@dataclass(frozen=True, slots=True)
class SourceList:
    """Where a site announces its articles; see NewsSpider for what each field means."""

    news_sitemaps: Sequence[str] = ()
    sitemaps: Sequence[str] = ()
    sitemap_children: str = ""
    feeds: Sequence[str] = ()
    feed_pages: str = ""
    posts_apis: Sequence[str] = ()
    sections: Sequence[str] = ()
    section_links: str = "a[href]"
    section_next: str = ""
    section_pages: int = 1
    recent: timedelta = timedelta(days=7)

    def __len__(self) -> int:
        return sum(map(len, (self.news_sitemaps, self.sitemaps, self.feeds, self.posts_apis, self.sections)))


@dataclass(slots=True)
class Sources:
    """One run's round of a site's sources. `states` are their validators, to be kept once the run has delivered."""

    listed: SourceList
    urls: SiteUrls
    fetch: Fetch
    index: Index
    ledger: Ledger
    window: Window
    now: datetime
    max_bytes: int
    states: list[SourceState] = field(default_factory=list)
    named: int = 0
    """Pages that the sources named, articles or not."""

    async def announcements(self) -> list[Announcement]:
        """What the sources announce, one announcement per article, the newest first.

        A source that cannot be read is a warning; where none can, the run has failed.
        """
        found: list[Announcement] = []
        unread: list[str] = []
        for url, ask in self._round():
            try:
                found += await ask(url)
            except Exception as error:  # noqa: BLE001 - one source's trouble, of whatever kind, is not the others'
                unread.append(f"{url} could not be read: {reason(error)}")
                self.ledger.warn(unread[-1])
        if unread and len(unread) == len(self._round()):
            self.ledger.fail(f"none of the site's sources could be read; the first: {unread[0]}")
        if self.named and not found and not self.window:
            self.ledger.fail(f"the sources name {self.named} pages, none of them an article by the site's article_url")
        return merged(found)

    def _round(self) -> list[tuple[str, Callable[[str], Awaitable[list[Announcement]]]]]:
        today = self.now.astimezone(WIB).date()
        sections = [
            address
            for section in self.listed.sections
            for address in dict.fromkeys(section.format(date=day) for day in self.window.days(today))
        ]
        return [
            *((url, self._news_sitemap) for url in self.listed.news_sitemaps),
            *((url, self._sitemap) for url in self.listed.sitemaps),
            *((url, self._feed) for url in self.listed.feeds),
            *((url, self._posts_api) for url in self.listed.posts_apis if self.window),
            *((url, self._section) for url in sections),
        ]

    async def _news_sitemap(self, url: str) -> list[Announcement]:
        return self._announced(await self._entries_of_sitemap(url, all_recent=True), SourceKind.NEWS_SITEMAP, url)

    async def _sitemap(self, url: str) -> list[Announcement]:
        return self._announced(await self._entries_of_sitemap(url, all_recent=False), SourceKind.SITEMAP, url)

    async def _entries_of_sitemap(self, url: str, *, all_recent: bool, depth: int = 0) -> list[Entry]:
        """Entries of a sitemap and of those it lists. A plain sitemap lists the whole archive, so that of it only
        entries and children with a recent date count (`all_recent` false), unless the run has its own window.
        """
        response = await self._get(url, MAX_SITEMAP_BYTES)
        if response is None:
            return []
        sitemap = read_sitemap(response.body)
        if not sitemap.children:
            self._remember(url, response)
        dated = [e for e in sitemap.entries if all_recent or self.window or self._is_recent(e)]
        if not all_recent and (undated := sum(not _last_change(e) for e in sitemap.entries)) and not self.window:
            self.ledger.warn(f"{url} names {undated} pages without a date, passed over: a run with `since` takes them")
        children = sorted(
            (e for e in sitemap.children if self._may_hold_news(e)),
            key=lambda e: e.date_modified.timestamp() if e.date_modified else 0.0,
            reverse=True,
        )
        if children and depth == MAX_DEPTH:
            raise SourceUnreadable(f"its sitemaps are nested deeper than {MAX_DEPTH}")
        if len(children) > MAX_CHILDREN:
            self.ledger.warn(f"{url} lists {len(children)} sitemaps, of which {MAX_CHILDREN} are read")
        for child in children[:MAX_CHILDREN]:
            address = urljoin(url, child.url)
            try:
                dated += await self._entries_of_sitemap(address, all_recent=all_recent, depth=depth + 1)
            except Exception as error:  # noqa: BLE001 - as in announcements()
                self.ledger.warn(f"{address} could not be read: {reason(error)}")
        return dated

    async def _feed(self, url: str) -> list[Announcement]:
        response = await self._get(url, self.max_bytes)
        if response is None:
            return []
        entries = _feed_entries(response, url)
        self._remember(url, response)
        return self._announced([*entries, *await self._older_entries(url, entries)], SourceKind.FEED, url)

    async def _older_entries(self, url: str, newest: Sequence[Entry]) -> list[Entry]:
        """What a feed's pages from the second on name, as far back as the window goes; `newest` are the first's."""
        dates = [date for entry in newest if (date := _publication(entry))]
        if not (self.listed.feed_pages and self.window and dates and self._begins_before(min(dates))):
            return []
        older: list[Entry] = []
        known = {entry.url for entry in newest}
        for number in range(2, MAX_FEED_PAGES + 1):
            address = f"{url}{'&' if '?' in url else '?'}{self.listed.feed_pages.format(page=number)}"
            try:
                entries = _feed_entries(await self._page(address), address)
            except Missing:
                return older
            except Exception as error:  # noqa: BLE001 - as in announcements()
                self.ledger.warn(f"{address} could not be read: {reason(error)}")
                return older
            fresh = [entry for entry in entries if entry.url not in known]
            if not any((date := _publication(entry)) and self._begins_before(date) for entry in fresh):
                return older
            older += fresh
            known.update(entry.url for entry in fresh)
        self.ledger.warn(f"{url} may go on after {MAX_FEED_PAGES} pages, which are read")
        return older

    async def _posts_api(self, url: str) -> list[Announcement]:
        found: list[Announcement] = []
        number = pages = 1
        while number <= min(pages, MAX_POSTS_PAGES):
            address = posts_page(url, self.window, number)
            try:
                response = await self._page(address)
                found += self._announced(read_posts(response.body), SourceKind.POSTS_API, url)
                pages = _stated_pages(response)
            except Exception as error:
                if number == 1:
                    raise
                self.ledger.warn(f"{address} could not be read: {reason(error)}")
                break
            number += 1
        if pages > MAX_POSTS_PAGES:
            self.ledger.warn(f"{url} has {pages} pages of the window's posts, of which {MAX_POSTS_PAGES} are read")
        return found

    async def _section(self, url: str) -> list[Announcement]:
        found: list[Announcement] = []
        asked = [url]
        for number in range(self.listed.section_pages):
            response = await self._get(asked[-1], self.max_bytes)
            if response is None:
                break
            if response.status != 200 or not isinstance(response, TextResponse):
                raise SourceUnreadable("it is no web page")
            page = parsed(response)
            entries = read_section(page, response.url, self.listed.section_links)
            on_page = self._announced(entries, SourceKind.SECTION, url)
            if number == 0 and not on_page:
                raise SourceUnreadable("it links to no article")
            if number == 0:
                self._remember(url, response)
            found += on_page
            links = page.css(self.listed.section_next) if self.listed.section_next else []
            following = next((urljoin(response.url, link.attributes.get("href") or "") for link in links), None)
            if not on_page or not following or following in asked:
                break
            asked.append(following)
        return found

    def _announced(self, entries: Sequence[Entry], via: SourceKind, source: str) -> list[Announcement]:
        self.named += len(entries)
        if stamped_with_now(entries, self.now):
            entries = [replace(entry, date_modified=None) for entry in entries]
        found = announced(entries, self.urls, via, source)
        return [a for a in found if not self.window or self._in_window(a)]

    def _in_window(self, announcement: Announcement) -> bool:
        stated = _publication(announcement)
        return stated is None or self.window.holds(stated)

    def _begins_before(self, moment: datetime) -> bool:
        return not self.window.since or self.window.since < moment

    def _is_recent(self, entry: Entry) -> bool:
        stated = _last_change(entry)
        return stated is not None and stated >= self.now - self.listed.recent

    def _may_hold_news(self, child: Entry) -> bool:
        """Whether a sitemap that an index lists can name an article we want: by its address, and by its last change."""
        if not re.search(self.listed.sitemap_children, child.url):
            return False
        since = self.window.since if self.window else self.now - self.listed.recent
        return not child.date_modified or not since or child.date_modified >= since

    async def _get(self, url: str, max_bytes: int) -> Response | None:
        """The source's response, None where it has not changed since the last run."""
        state = None if self.window else self.index.source(url)
        headers = {}
        if state and self.now - state.full_fetch_at < FULL_FETCH_AGE:
            validators = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
            headers = {name: value for name, value in validators.items() if value}
        response = await self.fetch(url, headers, max_bytes)
        if response.status == 304 and state and headers:
            self.states.append(replace(state, fetched_at=self.now))
            return None
        return _found(response)

    async def _page(self, url: str) -> Response:
        """A further page of a source, asked for unconditionally."""
        return _found(await self.fetch(url, {}, self.max_bytes))

    def _remember(self, url: str, response: Response) -> None:
        self.states.append(
            SourceState(
                url=url,
                etag=(response.headers.get("ETag") or b"").decode("latin-1") or None,
                last_modified=(response.headers.get("Last-Modified") or b"").decode("latin-1") or None,
                fetched_at=self.now,
                full_fetch_at=self.now,
            )
        )


def _found(response: Response) -> Response:
    if response.status in (404, 410):
        raise Missing(f"it answers with HTTP {response.status}")
    if response.status != 200:
        raise SourceUnreadable(f"it answers with HTTP {response.status}")
    return response


def _feed_entries(response: Response, url: str) -> tuple[Entry, ...]:
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    return read_feed(response.body, url, content_type)


def _stated_pages(response: Response) -> int:
    """Pages that an answer of WordPress's REST API says there are; 1 where it says nothing."""
    stated = (response.headers.get("X-WP-TotalPages") or b"").decode("latin-1").strip()
    return int(stated) if stated.isdecimal() else 1


def _publication(named: Entry | Announcement) -> datetime | None:
    return named.date_published or named.date_modified


def _last_change(entry: Entry) -> datetime | None:
    return entry.date_modified or entry.date_published


def now() -> datetime:
    return utc_now()
