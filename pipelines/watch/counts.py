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

HOURLY_WINDOWS = (timedelta(hours=6), timedelta(hours=12), timedelta(hours=24), timedelta(hours=48))
"""That end now; those of less than a day are for sites whose hours are known."""

DAILY_WINDOWS = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=14), timedelta(days=28))
"""That end at midnight. A site with few articles is judged over the longer ones."""

FEW = 0.6
"""Share of the usual number of articles above which a window has not few of them, however improbable it is."""

MANY, MIN_MANY = 4.0, 40
"""Times the usual number, and number, below which a window has not many articles: a big event brings two or three times
as many."""

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
        """What it has in common with the same window of other sites."""
        return self.span, self.is_of_days

    @property
    def span(self) -> timedelta:
        return self.ends - self.begins


def windows(history: History, until: datetime) -> Iterator[Window]:
    """The spans of time that are judged, those that end with `until` first: what was published by then is archived."""
    if history.hours_begin is not None:
        for span in HOURLY_WINDOWS:
            begins = until - span
            if span < DAY and (not history.knows_hours or _is_day_off(begins) or _is_day_off(until)):
                continue
            if begins < history.hours_begin:
                continue
            if found := _window(history, _whole_hour(begins), _whole_hour(until), is_of_days=False):
                yield found
    midnight = datetime.combine(until.astimezone(JAKARTA).date(), time(), JAKARTA)
    for span in DAILY_WINDOWS:
        if (midnight - span).date() < history.begins:
            continue
        if found := _window(history, midnight - span, midnight, is_of_days=True):
            yield found


def few(site: str, history: History, until: datetime, common: Common = ORDINARY) -> Finding | None:
    """That a site has few articles, or none. Where all sites have less, as on a day off that no calendar knows, so may
    each.
    """
    for window in windows(history, until):
        least = window.least * min(1.0, common.get(window.key, 1.0))
        if window.count > FEW * least:
            continue
        if at_most(window.count, least, spread_before(history, window)) < improbable(window.span):
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
        if window.span < DAY or window.count < max(MIN_MANY, MANY * usual):
            continue
        if at_least(window.count, usual, spread_before(history, window)) < improbable(window.span):
            span = age(window.span)
            return Finding(
                Kind.MANY, site, f"{articles(window.count)} in {span}, in which {articles(window.usual)} are usual"
            )
    return None


def spread_before(history: History, window: Window) -> float:
    """How much the site's days scattered before a window."""
    return history.spread(window.begins.astimezone(JAKARTA).date())


def _window(history: History, begins: datetime, ends: datetime, *, is_of_days: bool) -> Window | None:
    usual, least = history.usual_between(begins, ends), history.usual_between(begins, ends, least=True)
    if usual is None or least is None:
        return None
    return Window(begins, ends, history.count_between(begins, ends), usual, least, is_of_days)


def _is_day_off(moment: datetime) -> bool:
    """Whether the hours of a day go otherwise: in Ramadan too."""
    return kind_of(moment.astimezone(JAKARTA).date()) is not DayKind.ORDINARY


def _whole_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
