"""Reading a site's sources: the one road for crawls, examinations and drafts of sites.

What differs between them is the `Scope`: a crawl asks on the condition that something has changed and reads all that
may be new; an examination reads a sample of each source, as it is now.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib import import_module
from typing import Protocol

from pipelines.cleaning.worker import Given, Result
from pipelines.index.records import SourceState
from pipelines.visit import GONE_STATUSES, Announcement
from settings.clock import WIB
from spiders.answer import Answer
from spiders.download_errors import reason
from spiders.fetch import Fetch, conditions
from spiders.site import Site
from spiders.source_kinds import SOURCE_KINDS, SourceKind
from spiders.sources.entries import (
    Entry,
    SourceMissing,
    SourceUnreadable,
    Window,
    announced,
    stamped_with_now,
)

FULL_FETCH_AGE = timedelta(days=1)
"""Some servers answer "not modified" for feeds that have changed; so each source is read in full once a day."""

MAX_CHILDREN = 100
"""Sitemaps read of one index. A site's monthly sitemaps of eight years; newest first, so that news is never cut off."""


ChooseChildren = Callable[[Sequence[Entry]], Sequence[Entry]]
"""Of the sitemaps that an index lists those to be read, in order."""


@dataclass(frozen=True, slots=True)
class Scope:
    """How much of the sources is read: what is new, what lies in `window`, or a sample of each, whatever its age."""

    window: Window = field(default_factory=Window)
    is_sample: bool = False
    choose_children: ChooseChildren | None = None
    """In place of the site's own choice, for a site of which nothing is known yet."""


@dataclass(slots=True)
class SourceReading:
    """What one source gave.

    `status` is the HTTP status of its own document, None where there was no answer. `asked` are the documents that were
    asked for, in order. `entries` are all pages that it named, `announcements` the articles among them that the run is
    after. `listed` is the number of sitemaps that an index lists. `trouble` says why the source could not be read.
    """

    kind: SourceKind
    url: str
    status: int | None = None
    asked: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)
    listed: int = 0
    trouble: str | None = None


ReadSource = Callable[["SourceReader"], Awaitable[None]]
"""Reads one source by the reader's `get`, and tells it by `announce` what the source names.

Raises SourceUnreadable where the source is not what it should be, and what `Fetch` raises.
"""


class ReadDocument(Protocol):
    """Calls a function of a module that reads what a source sent, elsewhere.

    Raises what the function raises, and CleaningError where it takes more time or memory than a document may.
    """

    def __call__(
        self, function: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> Awaitable[Result]: ...


class SourceReader:
    """One source while it is being read: what a reader of its kind works with."""

    def __init__(self, sources: "Sources", kind: SourceKind, url: str) -> None:
        self._sources = sources
        self.reading = SourceReading(kind, url)
        self.url = url
        self.site = sources.site
        self.window = sources.scope.window
        self.is_sample = sources.scope.is_sample
        self.warn = sources.warn
        self.reason = reason
        self.read = sources.read_document

    async def get(self, url: str, max_bytes: int | None = None) -> Answer | None:
        """The document at `url`, None where it has not changed since the last run."""
        state = self._sources.known_state(url)
        headers: dict[str, str] = {}
        if state and self._sources.now - state.full_fetch_at < FULL_FETCH_AGE:
            headers = conditions(state.etag, state.last_modified)
        answer = await self._fetch(url, headers, max_bytes)
        if answer.status == 304 and state and headers:
            self._sources.states.append(replace(state, fetched_at=self._sources.now))
            return None
        return _successful(answer)

    async def get_page(self, url: str) -> Answer:
        """A further page of the source, asked for unconditionally."""
        return _successful(await self._fetch(url, {}, None))

    def remember(self, url: str, answer: Answer) -> None:
        """Keep the validators of a document that was read, for the next run."""
        now = self._sources.now
        self._sources.states.append(
            SourceState(
                url=url,
                etag=answer.header("etag"),
                last_modified=answer.header("last-modified"),
                fetched_at=now,
                full_fetch_at=now,
            )
        )

    def announce(self, entries: Sequence[Entry]) -> list[Announcement]:
        """Take down what the source names; returns the articles among it that the run is after."""
        self.reading.entries += entries
        entries = self.without_stamps(self.url, entries)
        articles = announced(entries, self.site.urls, self.reading.kind.name, self.url)
        found = [article for article in articles if not self.window or self._is_in_window(article)]
        self.reading.announcements += found
        return found

    def without_stamps(self, url: str, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The entries of a document without dates of change, where all are the moment at which it was made."""
        if not stamped_with_now(entries, self._sources.now):
            return entries
        self.warn(f"{url} gives one moment as the last change of all its pages: it is not believed")
        return [replace(entry, date_modified=None) for entry in entries]

    def max_pages(self, most: int) -> int:
        """How many pages of the source are read where a crawl reads `most`."""
        return min(most, 1) if self.is_sample else most

    def may_be_recent(self, entry: Entry) -> bool:
        """Whether an entry of the whole archive's sitemap may be news."""
        if self.window or self.is_sample:
            return True
        return entry.last_change is not None and entry.last_change >= self._sources.now - self.site.recent

    def count_passed_over(self, entries: Iterable[Entry]) -> int:
        """How many entries are left out because they say nothing of when they changed."""
        return 0 if self.window or self.is_sample else sum(not entry.last_change for entry in entries)

    def choose_children(self, url: str, children: Sequence[Entry]) -> Sequence[Entry]:
        """Of the sitemaps that the index at `url` lists those that can name an article we want, the newest first."""
        self.reading.listed += len(children)
        if choose := self._sources.scope.choose_children:
            return choose(children)
        wanted = sorted(
            (child for child in children if self._may_hold_news(child)),
            key=lambda child: child.date_modified.timestamp() if child.date_modified else 0.0,
            reverse=True,
        )
        if self.is_sample:
            return wanted[:1]
        if len(wanted) > MAX_CHILDREN:
            self.warn(f"{url} lists {len(wanted)} sitemaps, of which {MAX_CHILDREN} are read")
        return wanted[:MAX_CHILDREN]

    def _may_hold_news(self, child: Entry) -> bool:
        """By the child's address, and by its last change."""
        if not re.search(self.site.sitemap_children, child.url):
            return False
        if self.is_sample or not child.date_modified:
            return True
        since = self.window.since if self.window else self._sources.now - self.site.recent
        return not since or child.date_modified >= since

    def _is_in_window(self, announcement: Announcement) -> bool:
        stated = announcement.date_published or announcement.date_modified
        return stated is None or self.window.holds(stated)

    async def _fetch(self, url: str, headers: Mapping[str, str], max_bytes: int | None) -> Answer:
        self.reading.asked.append(url)
        answer = await self._sources.fetch(url, headers=headers, max_bytes=max_bytes)
        if len(self.reading.asked) == 1:
            self.reading.status = answer.status
        return answer


@dataclass(slots=True)
class Sources:
    """One round of a site's sources.

    `known_state` gives the validators of a document that an earlier run has kept, None to ask unconditionally. `states`
    are those of this round, to be kept once the run has delivered.
    """

    site: Site
    fetch: Fetch
    read_document: ReadDocument
    now: datetime
    warn: Callable[[str], None]
    scope: Scope = Scope()
    known_state: Callable[[str], SourceState | None] = lambda _url: None
    states: list[SourceState] = field(default_factory=list)

    def addresses(self) -> list[tuple[SourceKind, str]]:
        """The sources of this round, in the order in which they are read."""
        found = []
        for kind in SOURCE_KINDS:
            if kind.only_in_window and not (self.scope.window or self.scope.is_sample):
                continue
            for address in self.site.addresses(kind):
                found += [(kind, url) for url in self._dated(address, kind)]
        return found

    def _dated(self, address: str, kind: SourceKind) -> Iterable[str]:
        if not kind.is_date_templated:
            return (address,)
        today = self.now.astimezone(WIB).date()
        if self.scope.is_sample:
            # An index of the day is empty after midnight; yesterday's tells whether it is read rightly.
            return (address.format(date=today - timedelta(days=1)),)
        return dict.fromkeys(address.format(date=day) for day in self.scope.window.days(today))

    async def read(self, kind: SourceKind, url: str) -> SourceReading:
        """What the source at `url` gives; whatever is wrong with it is its `trouble`, and not the others'."""
        source = SourceReader(self, kind, url)
        try:
            await _load_reader(kind)(source)
        except Exception as error:  # noqa: BLE001 - see above
            source.reading.trouble = reason(error)
        return source.reading

    async def readings(self) -> list[SourceReading]:
        """What each source of this round gives."""
        return [await self.read(kind, url) for kind, url in self.addresses()]


def _load_reader(kind: SourceKind) -> ReadSource:
    module, _, function = kind.reader.partition(":")
    read: ReadSource = getattr(import_module(module), function)
    return read


def _successful(answer: Answer) -> Answer:
    if answer.status in GONE_STATUSES:
        raise SourceMissing(f"it answers with HTTP {answer.status}")
    if answer.status != 200:
        raise SourceUnreadable(f"it answers with HTTP {answer.status}")
    return answer
