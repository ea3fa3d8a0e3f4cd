"""What sources say of articles, and what a run makes of it: one announcement per article. Everything here is pure."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone

from pipelines.printable import fit_to_keep
from pipelines.visit import Announcement
from settings.clock import WIB
from spiders.canonical import SiteUrls
from spiders.expected_error import ExpectedError
from spiders.source_kinds import SOURCE_KINDS

MAX_URLS = 50_000
"""URLs taken of one document: the sitemap protocol's own limit, and more than any honest feed has."""

MAX_DATE_CHARS = 200
"""Of what a source states as a date. The longest form, with weekday, zone and words beside it, has some 60."""

MAX_TITLE_CHARS = 5_000
"""Of what a source states as a title, markup included."""

MAX_STAMP_AGE = timedelta(minutes=2)
"""How near the fetch a date of change lies that was made while the source was."""

MIN_STAMPED_ENTRIES = 4
MIN_STAMPED_SHARE = 0.9
"""Entries of a source, and the share of them, that must all have changed just now for it to be its making's moment:
a handful of articles may well have been edited in the last minutes."""


MAX_TITLE_ESCAPES = 3
"""How often a title may be escaped: by the feed, and by systems before it."""

_TITLE_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|div|em|font|h[1-6]|i|img|mark|p|q|s|small|span|strong|sub|sup|u)\b(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
"""What is a tag in a title; 'harga < 2 juta, daya > 20 watt' has none."""


class SourceUnreadable(ExpectedError):  # noqa: N818 - it names a state
    """What a source sent is not what it should be; the message says what it is instead."""


class SourceMissing(SourceUnreadable):
    """There is no document at a source's address."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One URL that a source names, with what it says of it. `url` is as written there; times are aware."""

    url: str
    headline: str | None = None
    date_published: datetime | None = None
    date_modified: datetime | None = None
    keywords: tuple[str, ...] = ()

    @property
    def publication(self) -> datetime | None:
        """The best word on when it was published."""
        return self.date_published or self.date_modified

    @property
    def last_change(self) -> datetime | None:
        """The best word on when it last changed."""
        return self.date_modified or self.date_published


@dataclass(frozen=True, slots=True)
class Window:
    """The span of publication that a run asks for; None is open."""

    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def from_days(cls, since: str | None, until: str | None) -> "Window":
        """From the first moment of the day `since` to the last of `until`: 'YYYY-MM-DD', western Indonesian time.

        Raises ValueError for other texts, and where `until` is before `since`.
        """
        window = cls(_midnight(since), _midnight(until, days_later=1))
        if window.since and window.until and window.until <= window.since:
            raise ValueError(f"{until} is before {since}")
        return window

    def __bool__(self) -> bool:
        return bool(self.since or self.until)

    def holds(self, moment: datetime) -> bool:
        return (not self.since or moment >= self.since) and (not self.until or moment < self.until)

    def begins_before(self, moment: datetime) -> bool:
        return not self.since or self.since < moment

    def days(self, today: date) -> Iterator[date]:
        """The days of the window, the newest first; without a window today and yesterday."""
        last = (self.until - timedelta(microseconds=1)).astimezone(WIB).date() if self.until else today
        first = self.since.astimezone(WIB).date() if self.since else today - timedelta(days=1)
        while last >= first:
            yield last
            last -= timedelta(days=1)


def _midnight(day: str | None, days_later: int = 0) -> datetime | None:
    if not day:
        return None
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), WIB) + timedelta(days=days_later)


def parse_date(text: str | None, default: timezone = WIB) -> datetime | None:
    """A source's date, aware, in the zone `default` where it states no offset. None where it is not a date."""
    # Here, since a crawl's own process reads no document: its patterns take long to compile.
    from pipelines.cleaning.date_parsing import find_printed_dates, parse_machine_date

    text = text[:MAX_DATE_CHARS] if text else None
    stated = parse_machine_date(text) or next(iter(find_printed_dates(text)), None) if text else None
    return stated.at(default) if stated else None


def plain_title(text: str | None) -> str | None:
    """The words of a title: feeds escape them once too often, or leave tags in."""
    text = text[:MAX_TITLE_CHARS] if text else None
    if not text:
        return None
    for _ in range(MAX_TITLE_ESCAPES):
        text = html.unescape(_TITLE_TAG.sub("", text))
    return " ".join(fit_to_keep(_TITLE_TAG.sub("", text)).split()) or None


def distinct_keywords(words: Iterable[str]) -> tuple[str, ...]:
    """Keywords with their white space folded, each once, in order."""
    return tuple(dict.fromkeys(word for raw in words if (word := " ".join(fit_to_keep(raw).split()))))


def stamped_with_now(entries: Iterable[Entry], fetched_at: datetime) -> bool:
    """Whether a source gives the moment of its making as every entry's date of change, which then says nothing.

    That is the moment of the fetch, or an earlier one of a copy that is served for some time: one moment for all, to
    the minute. Days without a time of day are not looked at.
    """
    changes = sorted(
        entry.date_modified for entry in entries if entry.date_modified and entry.date_modified.time() != time.min
    )
    if len(changes) < MIN_STAMPED_ENTRIES:
        return False
    made_at = changes[len(changes) // 2]
    same = max(sum(abs(moment - change) < MAX_STAMP_AGE for change in changes) for moment in (made_at, fetched_at))
    return same > len(changes) * MIN_STAMPED_SHARE


def announced(entries: Iterable[Entry], urls: SiteUrls, via: str, source: str) -> Iterator[Announcement]:
    """The entries that are articles of the site, under their canonical URLs."""
    for entry in entries:
        address = urls.read(entry.url)
        if address and urls.is_article(address.canonical):
            former = urls.former(entry.url)
            yield Announcement(
                address.canonical,
                via,
                source,
                entry.headline,
                entry.date_published,
                entry.date_modified,
                entry.keywords,
                stated=urls.with_unknown(address),
                former=former if former != address.canonical else None,
            )


_RANKS = {kind.name: rank for rank, kind in enumerate(SOURCE_KINDS)}


def merge(announcements: Iterable[Announcement]) -> list[Announcement]:
    """One announcement per article, the newest first: the best-informed one, with what only others know filled in."""
    best: dict[str, Announcement] = {}
    for announcement in announcements:
        other = best.get(announcement.key)
        if other is None:
            best[announcement.key] = announcement
        else:
            first, second = sorted((other, announcement), key=lambda a: (-_informed(a), _RANKS.get(a.via, len(_RANKS))))
            best[announcement.key] = replace(
                first,
                headline=first.headline or second.headline,
                date_published=first.date_published or second.date_published,
                date_modified=first.date_modified or second.date_modified,
                keywords=first.keywords or second.keywords,
                former=first.former or second.former,
            )
    return sorted(best.values(), key=newest_first)


def _informed(announcement: Announcement) -> int:
    known = (announcement.headline, announcement.date_published, announcement.date_modified, announcement.keywords)
    return sum(bool(value) for value in known)


def newest_first(announcement: Announcement) -> float:
    """Sorts announcements by their dates, those without one last."""
    stated = announcement.date_published or announcement.date_modified
    return -stated.timestamp() if stated else 0.0
