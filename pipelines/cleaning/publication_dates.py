"""Finds when an article was published and modified, from the dates that the page shows and those in its metadata."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from pipelines.article import DAY, MINUTE, MONTH, UPDATE_SOURCE, Hints
from pipelines.cleaning.blocks import Block
from pipelines.cleaning.date_parsing import ParsedDate, find_printed_dates, parse_machine_date
from pipelines.cleaning.document import Document
from pipelines.cleaning.page_state import PageState
from pipelines.cleaning.shown_dates import ShownDates, find_shown_dates
from pipelines.cleaning.stated_dates import SourcedDate, sourced_dates, stated_dates
from pipelines.cleaning.text_normalization import letters_only
from settings.clock import WIB, utc_now

INDONESIAN_OFFSETS = {timedelta(hours=hours) for hours in (7, 8, 9)}
"""UTC offsets of WIB, WITA and WIT."""

_URL_CLOCK = re.compile(r"/(?P<y>20\d\d)/(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<clock>\d{6})\d{0,3}/")
_URL_TIMESTAMP = re.compile(r"/(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)(?P<clock>\d{6})-")
_URL_DAY = re.compile(
    r"/(?P<y>(?:19|20)\d\d)[/-](?P<m>0?[1-9]|1[0-2]|[a-z]{3})[/-](?P<d>0?[1-9]|[12]\d|3[01])(?=[/-])", re.IGNORECASE
)
_URL_SLUG_DAY = re.compile(r"(?:/|-)(?P<y>20\d\d)-?(?P<m>0[1-9]|1[0-2])-?(?P<d>0[1-9]|[12]\d|3[01])(?:/|-|$)")
_URL_MONTH = re.compile(r"/(?P<y>20\d\d)/(?P<m>0[1-9]|1[0-2])/")

MAX_TIME_AFTER_CAPTURE = timedelta(days=2)
"""Time after its capture at which a page may claim to be published: clocks differ, and some sites date ahead."""

MONTH_SOURCE = "url month"
"""Source of the first day of the month that a URL gives."""

MAX_BLOCKS_UNDER_BODY = 4
"""Blocks right after the text in which the article's date may stand; further down are those of other articles."""

ZONE_STEP = timedelta(minutes=30)
"""By what times of one instant in two zones differ: all but two small zones are whole or half hours from UTC."""

MIN_ZONE, MAX_ZONE = timedelta(hours=-12), timedelta(hours=14)

MAX_CLOCK_DIFFERENCE = timedelta(minutes=30)
"""Time after its capture at which a page's clock may stand; a time in UTC beyond that is a local one."""


@dataclass(frozen=True, slots=True)
class PublicationDates:
    """The dates of an article, aware, and their sources. `disagreeing` names sources that are more than a day off.

    `precision` is that of `published`: minute, day or month.
    """

    published: datetime | None
    published_source: str | None
    modified: datetime | None
    modified_source: str | None
    disagreeing: tuple[str, ...] = ()
    precision: str = MINUTE


def find_publication_dates(
    document: Document,
    above: Sequence[Block],
    below: Sequence[Block],
    hints: Hints,
    state: PageState,
    *,
    headline: str,
    zone: timezone,
    indonesian: bool,
) -> PublicationDates:
    """Find the dates of an article.

    `above` holds the blocks from its `headline` to its first paragraph, `below` those right after its last one: pages
    show the date there. `zone` is that of the newsroom, for times without an offset on pages that do not tell theirs;
    `indonesian` is true for pages of newsrooms in Indonesia, whose offsets are 7 to 9 hours.

    A time that two kinds of metadata state decides. Else a time that the page shows decides, with the seconds of a
    machine date that agrees with it, and one that such a date confirms comes first. Without a shown date, the date is
    taken from JSON-LD, meta tags, elements with a date, the page's state, the hint, the URL, a count such as '3 jam
    lalu', or below the text, and lastly from that of a change. If the page gives only the day, the hint's time on that
    day is taken.
    """
    key = letters_only(headline)
    title = next((block.element for block in above if block.match_key == key), None)
    shown = find_shown_dates(above, headline, fetched_at=hints.fetched_at, zone=zone)
    evidence = _gather(document, title, shown, hints, zone if indonesian else UTC, indonesian=indonesian)
    chosen = _decide(evidence)
    if chosen is None:
        chosen = next((s for s in sourced_dates(state.published, "page state") if _is_plausible(s, hints)), None)
    if hints.date_published is not None and (chosen is None or _adds_the_time(hints.date_published, chosen.date)):
        is_day = _is_midnight_in_indonesia(hints.date_published)
        return PublicationDates(
            hints.date_published,
            "feed",
            *_pick_modified(evidence, hints.date_published, hints),
            precision=DAY if is_day else MINUTE,
        )
    if chosen is None:
        under = find_shown_dates(below[:MAX_BLOCKS_UNDER_BODY], headline, fetched_at=hints.fetched_at, zone=zone)
        in_text = [SourcedDate(date, "text") for date in (*shown.relative, *under.published, *under.relative)]
        changes = [SourcedDate(date, UPDATE_SOURCE) for date in (*shown.updated, *under.updated)]
        last = [*evidence.in_url, *in_text, *changes]
        chosen = _most_precise([candidate for candidate in last if _is_plausible(candidate, hints)])
    if chosen is None:
        return PublicationDates(None, None, *_pick_modified(evidence, None, hints))
    published = evidence.instant(chosen)
    disagreeing = {
        other.source
        for other in (*evidence.shown, *evidence.stated)
        if abs(evidence.instant(other) - published) > timedelta(days=1)
    }
    if hints.date_published is not None and abs(hints.date_published - published) > timedelta(days=1):
        disagreeing.add("feed")
    return PublicationDates(
        published,
        chosen.source,
        *_pick_modified(evidence, published, hints),
        tuple(sorted(disagreeing - {chosen.source})),
        precision=_precision(chosen),
    )


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What a page says about when it was published: `stated` and `modified` for machines, `shown` for readers.

    `in_url` holds the date in its address, if there is one. `announced` is the hint's time in `zone`, which is that of
    times without an offset; `fetched_at` the time of the capture. Both may be None.
    """

    shown: list[SourcedDate]
    stated: list[SourcedDate]
    modified: list[SourcedDate]
    in_url: list[SourcedDate]
    announced: datetime | None
    fetched_at: datetime | None
    zone: timezone
    indonesian: bool

    def instant(self, candidate: SourcedDate) -> datetime:
        """Return the aware time of a date, in the offset that it must be read in."""
        date = candidate.date
        return date.local.replace(tzinfo=self.right_offset(date) or date.offset or self.zone)

    def right_offset(self, date: ParsedDate) -> timezone | None:
        """Return the offset to read a machine date in if the one it carries cannot be right, else None.

        -07:00 is WIB with the wrong sign. A time in UTC is a local one if another source gives it as local, if it would
        lie after the capture, or if the page shows its day and not the one that UTC makes of it.
        """
        if not self.indonesian or date.offset is None:
            return None
        utc_offset = date.offset.utcoffset(None)
        if -utc_offset in INDONESIAN_OFFSETS:
            return timezone(-utc_offset)
        if utc_offset or not date.has_time:
            return None
        for other in (*self.shown, *self.stated, *self.in_url):
            if other.date.has_time and _is_local(other.date) and _minute(other.date) == _minute(date):
                return other.date.offset or self.zone
        if self.announced is not None and self.announced.replace(second=0, tzinfo=None) == _minute(date):
            return self.zone
        if self.fetched_at is not None and date.at() > self.fetched_at + MAX_CLOCK_DIFFERENCE:
            return self.zone
        days = {other.date.local.date() for other in self.shown}
        if date.local.date() in days and date.at().astimezone(self.zone).date() not in days:
            return self.zone
        return None

    def day(self, candidate: SourcedDate) -> date:
        """Return the day of a date in the newsroom's zone."""
        return (
            self.instant(candidate).astimezone(self.zone) if candidate.date.has_time else candidate.date.local
        ).date()

    def agree(self, one: SourcedDate, other: SourcedDate) -> bool:
        """Whether two times agree to the minute, as they are written or as instants."""
        if not (one.date.has_time and other.date.has_time):
            return False
        if _minute(one.date) == _minute(other.date):
            return True
        return self.instant(one).replace(second=0) == self.instant(other).replace(second=0)

    def has_plausible_offset(self, candidate: SourcedDate) -> bool:
        """Whether a date's offset can be that of the newsroom, which is 7 to 9 hours for an Indonesian one."""
        return candidate.date.offset is not None and (not self.indonesian or _is_local(candidate.date))


def _gather(
    document: Document,
    title: HtmlElement | None,
    shown: ShownDates,
    hints: Hints,
    zone: timezone,
    *,
    indonesian: bool,
) -> _Evidence:
    """Gather the dates of a page; those without an offset get that of an equal one, or the one that the page uses."""
    shown_dates = [SourcedDate(date, "text") for date in shown.published]
    stated, modified = stated_dates(document, title)
    if indonesian:
        everything = [*stated, *modified]
        zone = _zone_in_use([*everything, *shown_dates]) or zone
        stated = [_in_equal_zone(date, everything) for date in stated]
        modified = [_in_equal_zone(date, everything) for date in modified]
    else:
        aware = [date.date for date in (*stated, *modified) if date.date.has_time and date.date.offset is not None]
        shown_dates, stated, modified = (
            [_in_zone_of_same_minute(date, aware) for date in dates] for dates in (shown_dates, stated, modified)
        )
    evidence = _Evidence(
        shown=[date for date in shown_dates if _is_plausible(date, hints)],
        stated=[date for date in stated if _is_plausible(date, hints)],
        modified=modified,
        in_url=_dates_in_url(document.url),
        announced=hints.date_published.astimezone(zone) if hints.date_published is not None else None,
        fetched_at=hints.fetched_at,
        zone=zone,
        indonesian=indonesian,
    )
    days = {evidence.day(candidate) for candidate in evidence.stated}
    doubtful = [SourcedDate(date, "text") for date in shown.doubtful if not days or date.local.date() in days]
    return replace(evidence, shown=[*evidence.shown, *(date for date in doubtful if _is_plausible(date, hints))])


def _zone_in_use(dates: Sequence[SourcedDate]) -> timezone | None:
    """Return the Indonesian offset of the dates that have one if it is the same for all of them, else None."""
    offsets = {
        candidate.date.offset.utcoffset(None)
        for candidate in dates
        if candidate.date.offset is not None and _is_local(candidate.date)
    }
    return timezone(offsets.pop()) if len(offsets) == 1 else None


def _in_equal_zone(candidate: SourcedDate, others: Sequence[SourcedDate]) -> SourcedDate:
    """Return a date without an offset in the Indonesian one of a date that gives the same time."""
    date = candidate.date
    if date.offset is not None or not date.has_time:
        return candidate
    equal = [other.date for other in others if other.date.has_time and _minute(other.date) == _minute(date)]
    offset = next((other.offset for other in equal if other.offset is not None and _is_local(other)), None)
    return replace(candidate, date=replace(date, offset=offset)) if offset is not None else candidate


def _in_zone_of_same_minute(candidate: SourcedDate, aware: Sequence[ParsedDate]) -> SourcedDate:
    """Return a time without an offset in the zone that makes it the instant of an aware one, if there is such a zone.

    '17:47' beside 15:47 UTC is the local time of a newsroom two hours ahead.
    """
    date = candidate.date
    if date.offset is not None or not date.has_time:
        return candidate
    for other in aware:
        ahead = _minute(date) - other.at().astimezone(UTC).replace(second=0, tzinfo=None)
        if not ahead % ZONE_STEP and MIN_ZONE <= ahead <= MAX_ZONE:
            return replace(candidate, date=replace(date, offset=timezone(ahead)))
    return candidate


def _is_local(date: ParsedDate) -> bool:
    """Whether a date is in the local time of an Indonesian newsroom, by its offset or for lack of one."""
    return date.offset is None or date.offset.utcoffset(None) in INDONESIAN_OFFSETS


def _minute(date: ParsedDate) -> datetime:
    return date.local.replace(second=0)


def _is_midnight(date: ParsedDate) -> bool:
    return (date.local.hour, date.local.minute, date.local.second) == (0, 0, 0)


def _is_plausible(candidate: SourcedDate, hints: Hints) -> bool:
    limit = hints.fetched_at or utc_now()
    return candidate.date.at() <= limit + MAX_TIME_AFTER_CAPTURE


def _adds_the_time(announced: datetime, day: ParsedDate) -> bool:
    """Whether the hint supplies the time of day for a date without one. Midnight does not count as a time of day."""
    is_same_day = announced.astimezone(WIB).date() == day.local.date()
    return not day.has_time and is_same_day and not _is_midnight_in_indonesia(announced)


def _is_midnight_in_indonesia(moment: datetime) -> bool:
    local = moment.astimezone(WIB)
    return (local.hour, local.minute) == (0, 0)


def _precision(chosen: SourcedDate) -> str:
    """Return how exact a date is. Midnight is how systems write a day without a time of day."""
    if chosen.source == MONTH_SOURCE or chosen.date.is_about:
        return MONTH
    return MINUTE if chosen.date.has_time and not _is_midnight(chosen.date) else DAY


def _decide(evidence: _Evidence) -> SourcedDate | None:
    """Return the date that decides, or None if the page neither states nor shows one."""
    shown = evidence.shown
    days = _agreed_days(evidence)
    if days:
        shown = [candidate for candidate in shown if {evidence.day(candidate), candidate.date.local.date()} & days]
    agreed = _agreed(evidence)
    timed = [candidate for candidate in shown if candidate.date.has_time and not _is_a_change(candidate, evidence)]
    for candidate in timed:
        agreeing = [other for other in (agreed or evidence.stated) if evidence.agree(candidate, other)]
        if agreeing:
            return _with_seconds(candidate, agreeing, evidence)
    if agreed and not (timed and _is_midnight(agreed[0].date)):
        return _with_most_seconds(agreed)
    return _unconfirmed(shown, evidence)


def _is_a_change(candidate: SourcedDate, evidence: _Evidence) -> bool:
    """Whether a time is that of a change which metadata state, beside an earlier publication that they state too."""
    if not any(evidence.agree(candidate, change) for change in evidence.modified):
        return False
    published = [date for date in evidence.stated if date.source in ("json-ld", "meta") and date.date.has_time]
    return any(evidence.instant(date) < evidence.instant(candidate) for date in published) and not any(
        evidence.agree(candidate, date) for date in published
    )


def _unconfirmed(shown: list[SourcedDate], evidence: _Evidence) -> SourcedDate | None:
    """Return the date that decides where no two sources give the same time."""
    stated = [candidate for candidate in evidence.stated if candidate.date.has_time]
    if stated:  # a page may show the date of its modification
        shown = [date for date in shown if not any(evidence.agree(date, other) for other in evidence.modified)]
    for candidate in shown:
        if candidate.date.has_time and (evidence.indonesian or not evidence.stated):
            return candidate
    days = {candidate.date.local.date() for candidate in shown}
    for candidate in stated:
        if not days or not evidence.indonesian or {evidence.day(candidate), candidate.date.local.date()} & days:
            return candidate
    if evidence.indonesian and shown:
        return shown[0]
    return next(iter([*stated, *evidence.stated, *shown]), None)


def _agreed(evidence: _Evidence) -> list[SourcedDate]:
    """Return the times of publication that two kinds of metadata state alike, empty if no two do."""
    for candidate in evidence.stated:
        alike = [other for other in evidence.stated if evidence.agree(candidate, other)]
        if len({other.source for other in alike}) > 1:
            return alike
    return []


def _agreed_days(evidence: _Evidence) -> set[date]:
    """Return the day of publication that two kinds of metadata state alike, empty if no two do."""
    for candidate in evidence.stated:
        day = evidence.day(candidate)
        if len({other.source for other in evidence.stated if evidence.day(other) == day}) > 1:
            return {day, candidate.date.local.date()}
    return set()


def _with_seconds(shown: SourcedDate, agreeing: list[SourcedDate], evidence: _Evidence) -> SourcedDate:
    """Return a shown date with the seconds of a machine date that agrees, and with its offset if it shows none."""
    best = min(agreeing, key=lambda other: (not evidence.has_plausible_offset(other), other.date.local.second == 0))
    offset = shown.date.offset
    if offset is None:
        offset = best.date.offset if evidence.has_plausible_offset(best) else evidence.right_offset(best.date)
    zone = offset or evidence.zone
    is_same_time = _minute(best.date) == _minute(shown.date)
    local = best.date.local if is_same_time else evidence.instant(best).astimezone(zone).replace(tzinfo=None)
    return SourcedDate(ParsedDate(local, zone, has_seconds=best.date.has_seconds), shown.source)


def _with_most_seconds(agreed: list[SourcedDate]) -> SourcedDate:
    """Return the first of dates that agree to the minute, with the seconds of one that has them."""
    chosen = agreed[0]
    seconds = next((other.date.local.second for other in agreed if other.date.local.second), 0)
    local = chosen.date.local.replace(second=seconds)
    return replace(chosen, date=replace(chosen.date, local=local, has_seconds=bool(seconds) or chosen.date.has_seconds))


def _most_precise(candidates: Sequence[SourcedDate]) -> SourcedDate | None:
    """Return the first date with a time of day, else the first with a day; weeks, a change and a month come last."""
    return min(
        candidates,
        key=lambda candidate: (
            candidate.source in (UPDATE_SOURCE, MONTH_SOURCE),
            candidate.date.is_about,
            not candidate.date.has_time,
        ),
        default=None,
    )


def _pick_modified(evidence: _Evidence, published: datetime | None, hints: Hints) -> tuple[datetime | None, str | None]:
    """Return the first date of modification that is not before publication, else the hint's, and its source.

    What the page means by UTC, where it states its time of publication in it, it means in that of modification too:
    local time, or UTC. The days that it shows, which are of publication, do not tell.
    """
    meant = {evidence.right_offset(one.date) or UTC for one in evidence.stated if one.date.offset == UTC}
    for candidate in evidence.modified:
        if not candidate.date.has_time or not _is_plausible(candidate, hints):
            continue
        instant = evidence.instant(candidate)
        if candidate.date.offset == UTC and len(meant) == 1:
            [offset] = meant
            instant = candidate.date.local.replace(tzinfo=offset)
        if published is None or instant >= published.replace(second=0):
            return instant, candidate.source
    if hints.date_modified is not None and (published is None or hints.date_modified >= published):
        return hints.date_modified, "feed"
    return None, None


def _dates_in_url(url: str) -> list[SourcedDate]:
    """Return the date in a URL, if there is one: to the second (Kompas, CNN Indonesia), the day, or the month."""
    path = urlsplit(url).path
    for pattern in (_URL_CLOCK, _URL_TIMESTAMP):
        if found := pattern.search(path):
            clock = found["clock"]
            date = parse_machine_date(f"{found['y']}-{found['m']}-{found['d']}T{clock[:2]}:{clock[2:4]}:{clock[4:]}")
            if date is not None:
                return [SourcedDate(date, "url")]
    for pattern in (_URL_DAY, _URL_SLUG_DAY):
        if found := pattern.search(path):
            dates = find_printed_dates(f"{found['d']} {found['m']} {found['y']}")
            date = dates[0] if dates else parse_machine_date(f"{found['y']}-{found['m']}-{found['d']}")
            if date is not None:
                return [SourcedDate(date, "url")]
    if found := _URL_MONTH.search(path):
        date = parse_machine_date(f"{found['y']}-{found['m']}-01")
        if date is not None:
            return [SourcedDate(date, MONTH_SOURCE)]
    return []
