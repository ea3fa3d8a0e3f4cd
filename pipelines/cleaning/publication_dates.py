"""Finds when an article was published and modified, from the dates that the page shows and those in its metadata."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlsplit

from pipelines.article import Hints
from pipelines.cleaning.blocks import Block
from pipelines.cleaning.date_parsing import WIB, ParsedDate, find_printed_dates, parse_machine_date
from pipelines.cleaning.document import Document
from pipelines.cleaning.jsonld import Node, texts
from pipelines.cleaning.page_state import PageState
from settings.clock import utc_now

PUBLISHED_METAS = (
    "article:published_time", "content_publisheddate", "datepublished", "dtk:publishdate", "publishdate",
    "publish_date", "publish-date", "published_time", "og:published_time", "og:article:published_time", "pubdate",
    "date", "dc.date", "dc.date.issued", "dcterms.created", "dcterms.date", "parsely-pub-date", "sailthru.date",
    "article.published", "jpnncom_news_pubdate", "article:published", "cxenseparse:recs:publishtime", "cse-published",
    "citation_publication_date",
    "article_date_original",
    "originalpublicationdate", "vr:published_time", "bt:pubdate", "displaydate", "last-publish", "datecreated",
)  # fmt: skip
MODIFIED_METAS = (
    "article:modified_time",
    "datemodified",
    "og:updated_time",
    "lastmod",
    "last-modified",
    "dcterms.modified",
)

INDONESIAN_OFFSETS = {timedelta(hours=hours) for hours in (7, 8, 9)}
"""UTC offsets of WIB, WITA and WIT."""

_UPDATED = re.compile(
    r"\b(?:diperbarui|diperbaharui|update[ds]?|last\s+updated|modified|pembaruan|diubah)\b", re.IGNORECASE
)
MAX_DATE_LINE_CHARS = 160
"""Characters of a line that shows the date; bylines with section, date and view count have fewer."""

_URL_CLOCK = re.compile(r"/(?P<y>20\d\d)/(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<clock>\d{6})\d{0,3}/")
_URL_TIMESTAMP = re.compile(r"/(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)(?P<clock>\d{6})-")
_URL_DAY = re.compile(
    r"/(?P<y>(?:19|20)\d\d)[/-](?P<m>0?[1-9]|1[0-2]|[a-z]{3})[/-](?P<d>0?[1-9]|[12]\d|3[01])(?=[/-])", re.IGNORECASE
)
_URL_SLUG_DAY = re.compile(r"(?:/|-)(?P<y>20\d\d)-?(?P<m>0[1-9]|1[0-2])-?(?P<d>0[1-9]|[12]\d|3[01])(?:/|-|$)")
_URL_MONTH = re.compile(r"/(?P<y>20\d\d)/(?P<m>0[1-9]|1[0-2])/")

MAX_TIME_AFTER_CAPTURE = timedelta(days=2)
"""Time after its capture at which a page may claim to be published: clocks differ, and some sites date ahead."""


@dataclass(frozen=True, slots=True)
class SourcedDate:
    """A date and its source."""

    date: ParsedDate
    source: str


@dataclass(frozen=True, slots=True)
class PublicationDates:
    """The dates of an article, aware, and their sources. `disagreeing` names sources that are more than a day off."""

    published: datetime | None
    published_source: str | None
    modified: datetime | None
    modified_source: str | None
    disagreeing: tuple[str, ...] = ()


def find_publication_dates(
    document: Document,
    above: Sequence[Block],
    below: Sequence[Block],
    hints: Hints,
    state: PageState,
    *,
    indonesian: bool,
) -> PublicationDates:
    """Find the dates of an article.

    `above` holds the blocks from its headline to its first paragraph, `below` those right after its last one: pages
    show the date there. `indonesian` is true for pages whose times without an offset are WIB (UTC+7). The shown date
    decides, with the seconds of a machine date that agrees with it. Without a shown date, the date is taken from
    JSON-LD, meta tags, `<time>`, the page's state, the hint, or the URL, in this order. If the page gives only the day,
    the hint's time on that day is taken.
    """
    modified_dates = list(_modified_dates(document))
    machine_dates = [candidate for candidate in _machine_dates(document) if _is_plausible(candidate, hints)]
    shown_dates = [
        SourcedDate(date, "text")
        for date in _shown_dates(above, skip_updates=True)
        if _is_plausible(SourcedDate(date, "text"), hints)
    ]
    chosen, corrected_offset = _decide(shown_dates, machine_dates, modified_dates, indonesian=indonesian)
    if chosen is None:
        chosen = next((s for s in _sourced_dates(state.published, "page state") if _is_plausible(s, hints)), None)
    if hints.date_published is not None and (chosen is None or _adds_the_time(hints.date_published, chosen.date)):
        return PublicationDates(
            hints.date_published, "feed", *_pick_modified(modified_dates, hints.date_published, None, hints)
        )
    if chosen is None:
        chosen = _date_in_url(document.url)
    if chosen is None:
        other_dates = [
            SourcedDate(date, "text")
            for date in (*_shown_dates(below[:4], skip_updates=True), *_shown_dates(above, skip_updates=False))
        ]
        chosen = next((candidate for candidate in other_dates if _is_plausible(candidate, hints)), None)
    if chosen is None:
        return PublicationDates(None, None, *_pick_modified(modified_dates, None, None, hints))
    published = _instant(chosen.date, corrected_offset, indonesian=indonesian)
    disagreeing = {
        candidate.source
        for candidate in (*shown_dates, *machine_dates)
        if abs(_instant(candidate.date, corrected_offset, indonesian=indonesian) - published) > timedelta(days=1)
    }
    if hints.date_published is not None and abs(hints.date_published - published) > timedelta(days=1):
        disagreeing.add("feed")
    return PublicationDates(
        published,
        chosen.source,
        *_pick_modified(modified_dates, published, corrected_offset, hints),
        tuple(sorted(disagreeing - {chosen.source})),
    )


def _adds_the_time(announced: datetime, day: ParsedDate) -> bool:
    """Whether the hint supplies the time of day for a date without one. Midnight does not count as a time of day."""
    local = announced.astimezone(WIB)
    return not day.has_time and local.date() == day.local.date() and (local.hour, local.minute) != (0, 0)


def _decide(
    shown_dates: list[SourcedDate],
    machine_dates: list[SourcedDate],
    modified_dates: list[SourcedDate],
    *,
    indonesian: bool,
) -> tuple[SourcedDate | None, timezone | None]:
    """Return the date that decides, and the offset to read the page's machine dates in if theirs is wrong."""
    for candidate in shown_dates:
        if not candidate.date.has_time:
            continue
        zone = candidate.date.offset or (WIB if indonesian else None)
        agreeing = [
            other for other in machine_dates if other.date.has_time and _same_minute(candidate.date, other.date, zone)
        ]
        if agreeing:
            return _with_seconds(candidate, agreeing, zone, indonesian=indonesian)
        if any(_same_minute(candidate.date, other.date, zone) for other in modified_dates) and any(
            o.date.has_time for o in machine_dates
        ):
            continue  # the page shows its date of modification
        if indonesian or not machine_dates:
            return candidate, None
    days = {candidate.date.local.date() for candidate in shown_dates}
    timed = [candidate for candidate in machine_dates if candidate.date.has_time]
    for candidate in timed:
        corrected_offset = _wrong_offset(candidate, timed, indonesian=indonesian)
        local = _instant(candidate.date, corrected_offset, indonesian=indonesian)
        if not days or not indonesian or local.astimezone(WIB).date() in days or local.date() in days:
            return candidate, corrected_offset
    if indonesian and shown_dates:
        return shown_dates[0], None
    if timed:
        return timed[0], _wrong_offset(timed[0], timed, indonesian=indonesian)
    return next(iter([*machine_dates, *shown_dates]), None), None


def _with_seconds(
    shown: SourcedDate, agreeing: list[SourcedDate], zone: timezone | None, *, indonesian: bool
) -> tuple[SourcedDate, timezone | None]:
    """Return the shown date with the seconds of a machine date that agrees, and with its offset if none is shown."""
    best = next(
        (candidate for candidate in agreeing if _has_plausible_offset(candidate.date, indonesian=indonesian)),
        agreeing[0],
    )
    offset = shown.date.offset
    if offset is None:
        offset = best.date.offset if _has_plausible_offset(best.date, indonesian=indonesian) else zone
    corrected_offset = None
    same_local_minute = _local_minute(best.date) == _local_minute(shown.date)
    if same_local_minute and best.date.offset is not None and offset is not None and best.date.offset != offset:
        corrected_offset = offset
    local = best.date.local if same_local_minute else best.date.at().astimezone(offset or WIB).replace(tzinfo=None)
    return SourcedDate(ParsedDate(local, offset, has_seconds=best.date.has_seconds), shown.source), corrected_offset


def _has_plausible_offset(date: ParsedDate, *, indonesian: bool) -> bool:
    """Whether a date's offset can be that of the newsroom, which is 7 to 9 hours for an Indonesian one.

    `_wrong_offset` checks dates in UTC.
    """
    if date.offset is None:
        return False
    return not indonesian or date.offset.utcoffset(None) in INDONESIAN_OFFSETS


def _wrong_offset(candidate: SourcedDate, machine_dates: list[SourcedDate], *, indonesian: bool) -> timezone | None:
    """Return the offset to read a machine date in if the one it carries cannot be right, else None.

    -07:00 is WIB with the wrong sign. A date in UTC is local time if another date gives the same time as local.
    """
    if not indonesian or candidate.date.offset is None:
        return None
    utc_offset = candidate.date.offset.utcoffset(None)
    if -utc_offset in INDONESIAN_OFFSETS:
        return timezone(-utc_offset)
    if utc_offset == timedelta(0):
        for other in machine_dates:
            local = other.date.offset is None or other.date.offset.utcoffset(None) in INDONESIAN_OFFSETS
            if local and _local_minute(other.date) == _local_minute(candidate.date):
                return other.date.offset or WIB
    return None


def _instant(date: ParsedDate, corrected_offset: timezone | None, *, indonesian: bool) -> datetime:
    if corrected_offset is not None and (
        date.offset is None or date.offset == UTC or date.offset.utcoffset(None) not in INDONESIAN_OFFSETS
    ):
        return date.local.replace(tzinfo=corrected_offset)
    return date.at(WIB if indonesian else UTC)


def _same_minute(one: ParsedDate, other: ParsedDate, zone: timezone | None) -> bool:
    """Whether two dates agree, either in local time or as instants with `one` read in `zone`."""
    if _local_minute(one) == _local_minute(other):
        return True
    if zone is None or other.offset is None:
        return False
    instant = other.at().astimezone(zone).replace(tzinfo=None, second=0)
    return instant == _local_minute(one)


def _local_minute(date: ParsedDate) -> datetime:
    return date.local.replace(second=0)


def _is_plausible(candidate: SourcedDate, hints: Hints) -> bool:
    limit = hints.fetched_at or utc_now()
    return candidate.date.at() <= limit + MAX_TIME_AFTER_CAPTURE


def _machine_dates(document: Document) -> Iterable[SourcedDate]:
    node = document.article
    if node is not None:
        yield from _sourced_dates(texts(node.get("datePublished")), "json-ld")
    for other in document.nodes:
        if other is not node and _describes_page(other):
            yield from _sourced_dates(texts(other.get("datePublished")), "json-ld")
    yield from _sourced_dates(document.metas(*PUBLISHED_METAS), "meta")
    times = [element for element in document.tree.iter("time") if element.get("datetime")]
    marked_times = [
        e
        for e in times
        if "published" in (e.get("itemprop", "") + e.get("class", "")).lower() or e.get("pubdate") is not None
    ]
    for element in (marked_times or times)[:1]:
        yield from _sourced_dates([element.get("datetime", "")], "time")
        yield from (
            SourcedDate(date, "time") for date in find_printed_dates(" ".join(element.text_content().split())[:80])[:1]
        )


def _describes_page(node: Node) -> bool:
    return node.get("@type") in ("WebPage", "NewsArticle", "Article", "ItemPage")


def _modified_dates(document: Document) -> Iterable[SourcedDate]:
    if document.article is not None:
        yield from _sourced_dates(texts(document.article.get("dateModified")), "json-ld")
    for other in document.nodes:
        if other is not document.article and _describes_page(other):
            yield from _sourced_dates(texts(other.get("dateModified")), "json-ld")
    yield from _sourced_dates(document.metas(*MODIFIED_METAS), "meta")


def _sourced_dates(values: Iterable[str], source: str) -> Iterable[SourcedDate]:
    for value in values:
        date = parse_machine_date(value)
        if date is None:
            printed = find_printed_dates(value[:120])
            date = printed[0] if printed else None
        if date is not None:
            yield SourcedDate(date, source)


def _shown_dates(blocks: Sequence[Block], *, skip_updates: bool) -> list[ParsedDate]:
    found: list[ParsedDate] = []
    for block in blocks:
        if len(block.text) > MAX_DATE_LINE_CHARS or (skip_updates and _UPDATED.search(block.text)):
            continue
        found += find_printed_dates(block.text)
    return found


def _pick_modified(
    candidates: list[SourcedDate], published: datetime | None, corrected_offset: timezone | None, hints: Hints
) -> tuple[datetime | None, str | None]:
    """Return the first date of modification that is not before publication, else the hint's, and its source."""
    for candidate in candidates:
        if not candidate.date.has_time or not _is_plausible(candidate, hints):
            continue
        instant = _instant(candidate.date, corrected_offset, indonesian=True)
        if published is None or instant >= published.replace(second=0):
            return instant, candidate.source
    if hints.date_modified is not None and (published is None or hints.date_modified >= published):
        return hints.date_modified, "feed"
    return None, None


def _date_in_url(url: str) -> SourcedDate | None:
    """Return the date in a URL: to the second (Kompas, CNN Indonesia), to the day, or to the month."""
    path = urlsplit(url).path
    for pattern in (_URL_CLOCK, _URL_TIMESTAMP):
        if found := pattern.search(path):
            date = parse_machine_date(
                f"{found['y']}-{found['m']}-"
                f"{found['d']}T{found['clock'][:2]}:{found['clock'][2:4]}:{found['clock'][4:]}"
            )
            if date is not None:
                return SourcedDate(date, "url")
    for pattern in (_URL_DAY, _URL_SLUG_DAY):
        if found := pattern.search(path):
            dates = find_printed_dates(f"{found['d']} {found['m']} {found['y']}")
            date = dates[0] if dates else parse_machine_date(f"{found['y']}-{found['m']}-{found['d']}")
            if date is not None:
                return SourcedDate(date, "url")
    if found := _URL_MONTH.search(path):
        date = parse_machine_date(f"{found['y']}-{found['m']}-01")
        if date is not None:
            return SourcedDate(date, "url month")
    return None
