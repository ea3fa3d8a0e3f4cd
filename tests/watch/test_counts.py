"""Too few articles, and too many: by what is usual for the site at that weekday and hour, and how its days differ."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random

import pytest

from pipelines.watch.counts import few, many, windows
from pipelines.watch.findings import Finding, Kind
from pipelines.watch.history import History
from settings.clock import WIB

NOW = datetime(2026, 7, 8, 15, 0, tzinfo=WIB)  # a Wednesday, and no day off near
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

Rate = Callable[[datetime], float]


def news(rate: Rate, until: datetime = NOW, days: int = 91) -> History:
    """A site that publishes so many articles in the hours before `until`, at random."""
    random = Random(7)
    begins = datetime.combine(until.date() - days * DAY, time(), WIB)
    hours = {}
    at = begins
    while at < until:
        count = sum(random.random() < rate(at) / 20 for _ in range(20))
        hours.update({at: count} if count else {})
        at += HOUR
    published: dict[date, int] = {}
    for hour, count in hours.items():
        published[hour.date()] = published.get(hour.date(), 0) + count
    last = {hour.date(): hour for hour in hours}
    weeks = datetime.combine(until.date() - 28 * DAY, time(), WIB)
    return History(begins.date(), published, last, {h: c for h, c in hours.items() if h >= weeks}, weeks)


def portal(at: datetime) -> float:
    """Sixty a day from seven to nineteen o'clock, twenty at weekends, and nothing at night."""
    return (20 if at.weekday() >= 5 else 60) / 12 if 7 <= at.hour < 19 else 0.0


def magazine(at: datetime) -> float:
    return 2 / 12 if 7 <= at.hour < 19 and at.weekday() < 5 else 0.0


def since(begins: datetime, rate: Rate, factor: float) -> Rate:
    return lambda at: rate(at) * (factor if at >= begins else 1.0)


def test_a_usual_day_is_no_alarm_at_any_hour() -> None:
    week = [NOW + hours * HOUR for hours in range(7 * 24)]
    history = news(portal, until=week[-1])

    for now in week:
        known = History(
            history.begins,
            {day: count for day, count in history.published.items() if day <= now.date()},
            history.last_of_day,
            {hour: count for hour, count in history.hours.items() if hour < now},
            history.hours_begin,
        )
        assert few("warta", known, now) is None, now
        assert many("warta", known, now) is None, now


def test_a_portal_that_is_silent_at_noon_is_told_the_same_afternoon() -> None:
    found = few("warta", news(since(NOW - 6 * HOUR, portal, 0.0)), NOW)

    assert found is not None
    assert (found.kind, found.evidence.partition(",")[0]) == (Kind.SILENT, "no article in 6 hours")


def test_half_of_the_articles_lost_is_told_within_two_days() -> None:
    found = few("warta", news(since(NOW - 48 * HOUR, portal, 0.3)), NOW)

    assert found is not None
    assert found.kind is Kind.FEW
    assert found.evidence.startswith("only ")


def test_a_small_site_is_judged_over_a_longer_time() -> None:
    def kind(days: int) -> Kind | None:
        found = few("majalah", news(since(NOW - days * DAY, magazine, 0.0)), NOW)
        return found.kind if found else None

    assert kind(2) is None
    assert kind(42) is Kind.SILENT


def test_a_day_off_is_no_alarm_and_the_same_number_on_another_day_is() -> None:
    independence = datetime(2026, 8, 17, 23, 59, tzinfo=WIB)  # a Monday
    monday = datetime(2026, 8, 10, 23, 59, tzinfo=WIB)

    def judged(evening: datetime) -> Finding | None:
        return few("warta", news(since(datetime.combine(evening, time(), WIB), portal, 0.25), until=evening), evening)

    assert judged(independence) is None
    assert judged(monday) is not None


def test_a_day_that_is_quiet_everywhere_is_nobodys_fault() -> None:
    history = news(since(NOW - 24 * HOUR, portal, 0.2))
    everywhere = {window.key: min(1.0, 0.3 + window.span / (8 * DAY)) for window in windows(history, NOW)}

    assert few("warta", history, NOW) is not None
    assert few("warta", history, NOW, everywhere) is None


@pytest.mark.parametrize(("times", "is_told"), [(1.0, False), (2.5, False), (8.0, True)])
def test_too_many_are_several_times_what_is_usual(times: float, is_told: bool) -> None:
    found = many("warta", news(since(NOW - 36 * HOUR, portal, times)), NOW)

    assert (found is not None) is is_told


def test_nothing_is_judged_before_a_month_is_known() -> None:
    young = news(since(NOW - DAY, portal, 0.0), days=24)

    assert few("warta", young, NOW) is None


class TestHowLongASiteMayBeSilent:
    def test_is_twice_its_longest_pause(self) -> None:
        history = news(magazine)
        longest, most = history.longest_pause(), history.may_be_silent_for()

        assert longest is not None
        assert most == 2 * longest

    def test_leaves_out_a_pause_that_may_have_been_an_outage(self) -> None:
        history = news(lambda at: 0.0 if NOW - 60 * DAY <= at < NOW - 50 * DAY else portal(at))
        most = history.may_be_silent_for()

        assert most is not None
        assert most <= timedelta(hours=72), "a portal's own outage of ten days does not excuse the next one"

    def test_does_not_count_days_off(self) -> None:
        history = news(lambda at: magazine(at) if at < datetime(2026, 8, 16, tzinfo=WIB) else 0.0, until=NOW + 42 * DAY)
        now = datetime(2026, 8, 18, 12, tzinfo=WIB)
        last = history.last_published_at(now)

        assert last is not None
        assert history.silence(now) == now - last - DAY
