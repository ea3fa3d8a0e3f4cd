"""Whether a site has too few articles, or too many, by what is usual for it at that weekday and hour."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from types import MappingProxyType

from pipelines.archive.jakarta_days import JAKARTA
from pipelines.watch.findings import Finding, Kind, age, articles
from pipelines.watch.history import DAY, HOUR, History
from pipelines.watch.newsroom_days import DayKind, kind_of
from pipelines.watch.probability import at_least, at_most, improbable

HOURLY_WINDOWS = tuple(timedelta(hours=hours) for hours in (4, 6, 8, 10, 12, 15, 18, 20, 22, 24, 30, 36, 48, 72))
"""That end now; those of less than a day are for sites whose hours are known."""

DAILY_WINDOWS = tuple(timedelta(days=days) for days in (1, 3, 5, 7, 10, 14, 21, 28))
"""That end at midnight. A site with few articles is judged over the longer ones."""

FEW = 0.7
"""Share of the usual number of articles above which a window has not few of them, however improbable it is."""

MANY, MIN_MANY = 3.0, 15
"""Times the usual number, and number, below which a window has not many articles."""

MIN_MANY_SPAN = timedelta(hours=12)
"""A press conference fills an hour or two, and no more."""

EVENT, EVENT_SHARE = 2.5, 0.01
"""Times the usual number that a newsroom has on a day of its own fair, and the share of days that are such."""

UNSEEN = HOUR
"""Before the begin of the last crawl, in which an article may be published and not yet announced."""


WindowKey = tuple[timedelta, bool]

Common = Mapping[WindowKey, float]
"""How many times what is usual all sites together have in a window; one that is missing is as usual."""

ORDINARY: Common = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Window:
    """So many articles in a span of time, where so many are usual; at `least` so many, as there are days off in it."""

    begins: datetime
    ends: datetime
    count: int
    usual: float
    least: float
    is_of_days: bool

    @property
    def key(self) -> WindowKey:
        """What it has in common with the same window of other sites, or with the next longer one."""
        alike = next((span for span in HOURLY_WINDOWS if span >= self.span), HOURLY_WINDOWS[-1])
        return (self.span, True) if self.is_of_days else (alike, False)

    @property
    def span(self) -> timedelta:
        return self.ends - self.begins


def windows(history: History, until: datetime) -> Iterator[Window]:
    """The spans of time that are judged, those that end with `until` first: what was published by then is archived."""
    for span in HOURLY_WINDOWS:
        if found := _hourly_window(history, until - span, until):
            yield found
    midnight = datetime.combine(until.astimezone(JAKARTA).date(), time(), JAKARTA)
    for span in DAILY_WINDOWS:
        if (midnight - span).date() < history.begins:
            continue
        if found := _window(history, midnight - span, midnight, is_of_days=True):
            yield found


def since_last_article(history: History, until: datetime) -> Window | None:
    """The span of time in which there was no article: no other one shows better that there are none any more."""
    last = history.last_published_at(until)
    if last is None or until - last < HOURLY_WINDOWS[0]:
        return None
    return _hourly_window(history, _whole_hour(last) + HOUR, until)


def few(site: str, history: History, until: datetime, common: Common = ORDINARY) -> Finding | None:
    """That a site has few articles, or none. Where all sites have less, as on a day off that no calendar knows, so may
    each.
    """
    silence = since_last_article(history, until)
    for window in [*([silence] if silence else []), *windows(history, until)]:
        least = window.least * min(1.0, common.get(window.key, 1.0))
        if window.count > FEW * least:
            continue
        if at_most(window.count, least, history.variation(window.begins, window.ends)) < improbable(window.span):
            span = age(window.span)
            usual = f"{articles(window.usual)} {'is' if window.usual == 1 else 'are'} usual"
            if window.count == 0:
                return Finding(Kind.SILENT, site, f"no article in {span}, in which {usual}")
            return Finding(Kind.FEW, site, f"only {articles(window.count)} in {span}, in which {usual}")
    return None


def many(site: str, history: History, until: datetime, common: Common = ORDINARY) -> Finding | None:
    """That a site has many articles. Where all sites have more, as on the day of a big event, so may each."""
    for window in windows(history, until):
        usual = window.usual * max(1.0, common.get(window.key, 1.0))
        if window.span < MIN_MANY_SPAN or window.count < max(MIN_MANY, MANY * usual):
            continue
        variation = history.variation(window.begins, window.ends)
        ordinary = at_least(window.count, usual, variation)
        eventful = at_least(window.count, EVENT * usual, variation)
        if ordinary + EVENT_SHARE * eventful < improbable(window.span):
            span = age(window.span)
            return Finding(
                Kind.MANY, site, f"{articles(window.count)} in {span}, in which {articles(window.usual)} are usual"
            )
    return None


def _hourly_window(history: History, begins: datetime, until: datetime) -> Window | None:
    if history.hours_begin is None or begins < history.hours_begin:
        return None
    if until - begins < DAY and (not history.knows_hours or _is_day_off(begins) or _is_day_off(until)):
        return None
    return _window(history, _whole_hour(begins), _whole_hour(until), is_of_days=False)


def _window(history: History, begins: datetime, ends: datetime, *, is_of_days: bool) -> Window | None:
    usual = history.usual_between(begins, ends)
    return None if usual is None else Window(begins, ends, history.count_between(begins, ends), *usual, is_of_days)


def _is_day_off(moment: datetime) -> bool:
    """Whether the hours of a day go otherwise: in Ramadan too."""
    return kind_of(moment.astimezone(JAKARTA).date()) is not DayKind.ORDINARY


def _whole_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
