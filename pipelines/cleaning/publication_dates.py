"""When an article was published and modified: what the page shows and what it states, weighed against each other."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlsplit

from pipelines.article import Hints
from pipelines.cleaning.blocks import Block
from pipelines.cleaning.date_parsing import WIB, WIT, WITA, Moment, find_printed, parse_stamp
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

INDONESIAN = (WIB, WITA, WIT)
HOURS = {timedelta(hours=hours) for hours in (7, 8, 9)}

_UPDATED = re.compile(
    r"\b(?:diperbarui|diperbaharui|update[ds]?|last\s+updated|modified|pembaruan|diubah)\b", re.IGNORECASE
)
LONGEST_DATE_LINE = 160
"""Characters of a line that shows a date: bylines with section, date and view count stay below."""

_URL_CLOCK = re.compile(r"/(?P<y>20\d\d)/(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<clock>\d{6})\d{0,3}/")
_URL_STAMP = re.compile(r"/(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)(?P<clock>\d{6})-")
_URL_DAY = re.compile(
    r"/(?P<y>(?:19|20)\d\d)[/-](?P<m>0?[1-9]|1[0-2]|[a-z]{3})[/-](?P<d>0?[1-9]|[12]\d|3[01])(?=[/-])", re.IGNORECASE
)
_URL_SLUG_DAY = re.compile(r"(?:/|-)(?P<y>20\d\d)-?(?P<m>0[1-9]|1[0-2])-?(?P<d>0[1-9]|[12]\d|3[01])(?:/|-|$)")
_URL_MONTH = re.compile(r"/(?P<y>20\d\d)/(?P<m>0[1-9]|1[0-2])/")

LATEST = timedelta(days=2)
"""How far after its capture a page may say it was published: clocks differ, and tomorrow's paper is dated ahead."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A date and the source that states it."""

    moment: Moment
    source: str


@dataclass(frozen=True, slots=True)
class Timestamps:
    """What is known of an article's times. `disagreeing` names sources that state another day."""

    published: datetime | None
    published_source: str | None
    modified: datetime | None
    modified_source: str | None
    disagreeing: tuple[str, ...] = ()


def find_timestamps(
    document: Document,
    above: Sequence[Block],
    below: Sequence[Block],
    hints: Hints,
    state: PageState,
    *,
    indonesian: bool,
) -> Timestamps:
    """The times of an article.

    `above` are the blocks from its headline to its first paragraph, `below` those right after its last: where readers
    are shown a date. `indonesian` tells that a time without an offset is local there (UTC+7). What a reader is shown
    decides, and takes its seconds from the machine's date that agrees; without it JSON-LD decides, then meta tags,
    `<time>`, the page's state, the source that announced the article, the URL. Where the page tells the day only, the
    source's time on that day is taken.
    """
    modified = list(_modified(document))
    stated = [stamp for stamp in _stated(document) if _possible(stamp, hints)]
    shown = [
        Stamp(moment, "text") for moment in _shown(above, skip_updates=True) if _possible(Stamp(moment, "text"), hints)
    ]
    chosen, fix = _weigh(shown, stated, modified, indonesian=indonesian)
    if chosen is None:
        chosen = next((s for s in _stamps(state.published, "page state") if _possible(s, hints)), None)
    if hints.date_published is not None and (chosen is None or _fills_in(hints.date_published, chosen.moment)):
        return Timestamps(hints.date_published, "feed", *_pick_modified(modified, hints.date_published, None, hints))
    if chosen is None:
        chosen = _from_url(document.url)
    if chosen is None:
        loose = [
            Stamp(moment, "text")
            for moment in (*_shown(below[:4], skip_updates=True), *_shown(above, skip_updates=False))
        ]
        chosen = next((stamp for stamp in loose if _possible(stamp, hints)), None)
    if chosen is None:
        return Timestamps(None, None, *_pick_modified(modified, None, None, hints))
    published = _instant(chosen.moment, fix, indonesian=indonesian)
    others = {
        stamp.source
        for stamp in (*shown, *stated)
        if abs(_instant(stamp.moment, fix, indonesian=indonesian) - published) > timedelta(days=1)
    }
    if hints.date_published is not None and abs(hints.date_published - published) > timedelta(days=1):
        others.add("feed")
    return Timestamps(
        published,
        chosen.source,
        *_pick_modified(modified, published, fix, hints),
        tuple(sorted(others - {chosen.source})),
    )


def _fills_in(announced: datetime, day: Moment) -> bool:
    """Whether an announced time is the clock that a date without one lacks; midnight is none either."""
    wall = announced.astimezone(WIB)
    return not day.clock and wall.date() == day.wall.date() and (wall.hour, wall.minute) != (0, 0)


def _weigh(
    shown: list[Stamp], stated: list[Stamp], modified: list[Stamp], *, indonesian: bool
) -> tuple[Stamp | None, timezone | None]:
    """The stamp that decides, and the offset that the page's machine dates should have carried where they are wrong."""
    for stamp in shown:
        if not stamp.moment.clock:
            continue
        zone = stamp.moment.offset or (WIB if indonesian else None)
        agreeing = [other for other in stated if other.moment.clock and _same_minute(stamp.moment, other.moment, zone)]
        if agreeing:
            return _with_seconds(stamp, agreeing, zone, indonesian=indonesian)
        if any(_same_minute(stamp.moment, other.moment, zone) for other in modified) and any(
            o.moment.clock for o in stated
        ):
            continue  # the page shows when it was changed
        if indonesian or not stated:
            return stamp, None
    days = {stamp.moment.wall.date() for stamp in shown}
    clocked = [stamp for stamp in stated if stamp.moment.clock]
    for stamp in clocked:
        fix = _wrong_offset(stamp, clocked, indonesian=indonesian)
        local = _instant(stamp.moment, fix, indonesian=indonesian)
        if not days or not indonesian or local.astimezone(WIB).date() in days or local.date() in days:
            return stamp, fix
    if indonesian and shown:
        return shown[0], None
    if clocked:
        return clocked[0], _wrong_offset(clocked[0], clocked, indonesian=indonesian)
    return next(iter([*stated, *shown]), None), None


def _with_seconds(
    shown: Stamp, agreeing: list[Stamp], zone: timezone | None, *, indonesian: bool
) -> tuple[Stamp, timezone | None]:
    """The shown time with the seconds and, where the page shows no zone, the believable offset of one that agrees."""
    best = next((stamp for stamp in agreeing if _believable(stamp.moment, indonesian=indonesian)), agreeing[0])
    offset = shown.moment.offset
    if offset is None:
        offset = best.moment.offset if _believable(best.moment, indonesian=indonesian) else zone
    fix = None
    same_wall = _wall_minute(best.moment) == _wall_minute(shown.moment)
    if same_wall and best.moment.offset is not None and offset is not None and best.moment.offset != offset:
        fix = offset
    wall = best.moment.wall if same_wall else best.moment.at().astimezone(offset or WIB).replace(tzinfo=None)
    return Stamp(Moment(wall, offset, seconds=best.moment.seconds), shown.source), fix


def _believable(moment: Moment, *, indonesian: bool) -> bool:
    """Whether an offset can be the newsroom's. An Indonesian one is 7 to 9 hours ahead; UTC is checked by its clock
    elsewhere."""
    if moment.offset is None:
        return False
    return not indonesian or moment.offset.utcoffset(None) in HOURS


def _wrong_offset(stamp: Stamp, stated: list[Stamp], *, indonesian: bool) -> timezone | None:
    """The offset to read a machine's date in, where the one it carries cannot be right.

    -07:00 for WIB is a sign lost; UTC whose clock another date on the page states as local time is local time.
    """
    if not indonesian or stamp.moment.offset is None:
        return None
    ahead = stamp.moment.offset.utcoffset(None)
    if -ahead in HOURS:
        return timezone(-ahead)
    if ahead == timedelta(0):
        for other in stated:
            local = other.moment.offset is None or other.moment.offset.utcoffset(None) in HOURS
            if local and _wall_minute(other.moment) == _wall_minute(stamp.moment):
                return other.moment.offset or WIB
    return None


def _instant(moment: Moment, fix: timezone | None, *, indonesian: bool) -> datetime:
    if fix is not None and (
        moment.offset is None or moment.offset == UTC or moment.offset.utcoffset(None) not in HOURS
    ):
        return moment.wall.replace(tzinfo=fix)
    return moment.at(WIB if indonesian else UTC)


def _same_minute(one: Moment, other: Moment, zone: timezone | None) -> bool:
    """Whether two dates agree: by the clock on the wall, or as instants, `one` being read in `zone`."""
    if _wall_minute(one) == _wall_minute(other):
        return True
    if zone is None or other.offset is None:
        return False
    instant = other.at().astimezone(zone).replace(tzinfo=None, second=0)
    return instant == _wall_minute(one)


def _wall_minute(moment: Moment) -> datetime:
    return moment.wall.replace(second=0)


def _possible(stamp: Stamp, hints: Hints) -> bool:
    limit = hints.fetched_at or utc_now()
    return stamp.moment.at() <= limit + LATEST


def _stated(document: Document) -> Iterable[Stamp]:
    node = document.article
    if node is not None:
        yield from _stamps(texts(node.get("datePublished")), "json-ld")
    for other in document.nodes:
        if other is not node and _describes_page(other):
            yield from _stamps(texts(other.get("datePublished")), "json-ld")
    yield from _stamps(document.metas(*PUBLISHED_METAS), "meta")
    times = [element for element in document.tree.iter("time") if element.get("datetime")]
    marked = [
        e
        for e in times
        if "published" in (e.get("itemprop", "") + e.get("class", "")).lower() or e.get("pubdate") is not None
    ]
    for element in (marked or times)[:1]:
        yield from _stamps([element.get("datetime", "")], "time")
        yield from (Stamp(moment, "time") for moment in find_printed(" ".join(element.text_content().split())[:80])[:1])


def _describes_page(node: Node) -> bool:
    return node.get("@type") in ("WebPage", "NewsArticle", "Article", "ItemPage")


def _modified(document: Document) -> Iterable[Stamp]:
    if document.article is not None:
        yield from _stamps(texts(document.article.get("dateModified")), "json-ld")
    for other in document.nodes:
        if other is not document.article and _describes_page(other):
            yield from _stamps(texts(other.get("dateModified")), "json-ld")
    yield from _stamps(document.metas(*MODIFIED_METAS), "meta")


def _stamps(values: Iterable[str], source: str) -> Iterable[Stamp]:
    for value in values:
        moment = parse_stamp(value)
        if moment is None:
            printed = find_printed(value[:120])
            moment = printed[0] if printed else None
        if moment is not None:
            yield Stamp(moment, source)


def _shown(blocks: Sequence[Block], *, skip_updates: bool) -> list[Moment]:
    found: list[Moment] = []
    for block in blocks:
        if len(block.text) > LONGEST_DATE_LINE or (skip_updates and _UPDATED.search(block.text)):
            continue
        found += find_printed(block.text)
    return found


def _pick_modified(
    stamps: list[Stamp], published: datetime | None, fix: timezone | None, hints: Hints
) -> tuple[datetime | None, str | None]:
    """The first modified date that is not before publication; the hint's where the page states none."""
    for stamp in stamps:
        if not stamp.moment.clock or not _possible(stamp, hints):
            continue
        instant = _instant(stamp.moment, fix, indonesian=True)
        if published is None or instant >= published.replace(second=0):
            return instant, stamp.source
    if hints.date_modified is not None and (published is None or hints.date_modified >= published):
        return hints.date_modified, "feed"
    return None, None


def _from_url(url: str) -> Stamp | None:
    """The date in an article's address: to the second (Kompas, CNN Indonesia), to the day, or at least the month."""
    path = urlsplit(url).path
    for pattern in (_URL_CLOCK, _URL_STAMP):
        if found := pattern.search(path):
            moment = parse_stamp(
                f"{found['y']}-{found['m']}-"
                f"{found['d']}T{found['clock'][:2]}:{found['clock'][2:4]}:{found['clock'][4:]}"
            )
            if moment is not None:
                return Stamp(moment, "url")
    for pattern in (_URL_DAY, _URL_SLUG_DAY):
        if found := pattern.search(path):
            moments = find_printed(f"{found['d']} {found['m']} {found['y']}")
            moment = moments[0] if moments else parse_stamp(f"{found['y']}-{found['m']}-{found['d']}")
            if moment is not None:
                return Stamp(moment, "url")
    if found := _URL_MONTH.search(path):
        moment = parse_stamp(f"{found['y']}-{found['m']}-01")
        if moment is not None:
            return Stamp(moment, "url month")
    return None
