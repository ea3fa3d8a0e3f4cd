"""How sites are judged: what is an alarm, and what is only a quiet day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pipelines.watch.figures import Activity, LastRun, SiteFigures
from pipelines.watch.findings import age
from pipelines.watch.history import History
from pipelines.watch.states import Judgement, Obstacle, State, judge
from settings.clock import WIB

SITE = "warta"
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=WIB)  # a Tuesday
TODAY = date(2026, 11, 24)
BEGINS = TODAY - timedelta(days=90)
RUNNING = Activity(
    due_at=NOW + timedelta(minutes=10),
    last_began_at=NOW - timedelta(minutes=22),
    last_ended_at=NOW - timedelta(minutes=20),
)

Counts = Callable[[date], int]


def history(counts: Counts, until: date = TODAY, last: timedelta = timedelta(hours=14)) -> History:
    """Days up to `until` with so many articles each, the last of each day at that time of day."""
    days = [BEGINS + timedelta(days=count) for count in range((until - BEGINS).days + 1)]
    published = {day: counts(day) for day in days if counts(day)}
    return History(
        BEGINS, published, {day: datetime(day.year, day.month, day.day, tzinfo=WIB) + last for day in published}
    )


def busy(day: date) -> int:
    """A portal's desk: many a day, fewer at weekends, and never the same number."""
    return (20 if day.weekday() >= 5 else 60) + day.toordinal() % 11


def small(day: date) -> int:
    """A magazine that rests at weekends."""
    return 0 if day.weekday() >= 5 else 1 + day.toordinal() % 3


def weekly(day: date) -> int:
    """A column, on Mondays."""
    return 1 if day.weekday() == 0 else 0


def except_on(counts: Counts, changed: date, count: int) -> Counts:
    return lambda day: count if day == changed else counts(day)


def judged(
    activity: Activity = RUNNING,
    now: datetime = NOW,
    *,
    history: History | None = None,
    last_run: LastRun | None = None,
    freshness: int | None = None,
    obstacle: Obstacle | None = None,
) -> Judgement:
    figures = SiteFigures(history, last_run)
    return judge(SITE, now, activity=activity, figures=figures, freshness=freshness, obstacle=obstacle)


class TestSilence:
    def test_of_a_busy_site_is_seen_on_the_second_day(self) -> None:
        found = judged(history=history(busy, until=TODAY - timedelta(days=2)))

        assert found.state is State.SILENT
        assert found.reason == "No article for 2 days; its longest pause is 24 hours."

    @pytest.mark.parametrize("counts", [busy, small, weekly])
    @pytest.mark.parametrize("days_later", range(7))
    def test_of_a_usual_week_is_none(self, counts: Counts, days_later: int) -> None:
        today = TODAY + timedelta(days=days_later)
        at = NOW + timedelta(days=days_later)
        activity = Activity(due_at=at, last_ended_at=at)
        found = judged(activity, at, history=history(counts, until=today - timedelta(days=1)), freshness=3)

        assert found.state is State.FRESH, found

    def test_of_a_small_site_on_the_morning_after_a_weekend_is_none(self) -> None:
        monday = datetime(2026, 11, 23, 8, 0, tzinfo=WIB)
        activity = Activity(due_at=monday, last_ended_at=monday)

        assert judged(activity, monday, history=history(small, until=monday.date())).state is State.FRESH

    def test_of_a_small_site_for_a_week_is_told(self) -> None:
        found = judged(history=history(small, until=TODAY - timedelta(days=7)))

        assert (found.state, found.reason.partition(";")[0]) == (State.SILENT, "No article for 7 days")

    def test_that_happened_before_does_not_make_the_next_one_usual(self) -> None:
        broken = range((TODAY - timedelta(days=40)).toordinal(), (TODAY - timedelta(days=30)).toordinal())
        counts = history(lambda day: 0 if day.toordinal() in broken else busy(day), until=TODAY - timedelta(days=3))

        assert judged(history=counts).state is State.SILENT

    def test_of_a_site_that_is_hardly_known_is_judged_by_what_it_expects(self) -> None:
        known = History(
            TODAY - timedelta(days=6),
            {TODAY - timedelta(days=5): 3},
            {TODAY - timedelta(days=5): NOW - timedelta(days=5)},
        )

        assert judged(history=known, freshness=3).state is State.SILENT
        assert judged(history=known, freshness=7).state is State.FRESH
        assert judged(history=known, freshness=None).state is State.FRESH

    def test_is_not_hidden_by_an_article_that_is_dated_ahead(self) -> None:
        known = history(busy)
        ahead = History(known.begins, known.published, {**known.last_of_day, TODAY: NOW + timedelta(days=300)})

        assert ahead.last_published_at(NOW) == NOW


class TestFewArticles:
    YESTERDAY = TODAY - timedelta(days=1)

    def test_are_told_the_day_after(self) -> None:
        found = judged(history=history(except_on(busy, self.YESTERDAY, 1)))

        assert found == Judgement(State.FEW, "Only 1 article in 24 hours, in which 65 articles are usual.")

    def test_none_at_all_are_told_too(self) -> None:
        known = history(except_on(busy, self.YESTERDAY, 0))

        assert judged(history=known) == Judgement(
            State.SILENT, "No article in 24 hours, in which 65 articles are usual."
        )

    def test_are_none_on_a_weekend_that_is_as_usual(self) -> None:
        monday = datetime(2026, 11, 23, 8, 0, tzinfo=WIB)
        activity = Activity(due_at=monday, last_ended_at=monday)

        assert judged(activity, monday, history=history(busy, until=monday.date())).state is State.FRESH

    def test_of_a_small_site_are_no_alarm(self) -> None:
        assert judged(history=history(except_on(small, self.YESTERDAY, 0))).state is State.FRESH

    def test_are_not_judged_before_a_month_is_known(self) -> None:
        known = history(except_on(busy, self.YESTERDAY, 1))
        young = History(TODAY - timedelta(weeks=3), known.published, known.last_of_day)

        assert judged(history=young).state is State.FRESH

    def test_of_today_are_not_judged_while_it_lasts(self) -> None:
        assert judged(history=history(except_on(busy, TODAY, 1))).state is State.FRESH


class TestLateness:
    def test_is_told_when_a_crawl_is_due_and_none_begins(self) -> None:
        late = Activity(due_at=NOW - timedelta(hours=4), last_ended_at=NOW - timedelta(hours=5))

        assert judged(late) == Judgement(State.LATE, "A crawl has been due for 4 hours, and none has begun.")

    def test_is_told_when_a_crawl_neither_ends_nor_begins(self) -> None:
        hanging = Activity(under_way_since=NOW - timedelta(hours=4), last_ended_at=NOW - timedelta(hours=5))

        assert judged(hanging) == Judgement(State.LATE, "A crawl has been waiting or under way for 4 hours.")

    @pytest.mark.parametrize(
        "activity",
        [
            Activity(due_at=NOW - timedelta(hours=2), last_ended_at=NOW - timedelta(hours=3)),
            Activity(under_way_since=NOW - timedelta(hours=2), last_ended_at=NOW - timedelta(hours=3)),
            Activity(due_at=NOW + timedelta(hours=20), last_ended_at=NOW - timedelta(hours=4)),
        ],
        ids=["waits for a slot", "a long crawl", "once a day"],
    )
    def test_is_no_crawl_that_takes_its_time(self, activity: Activity) -> None:
        assert judged(activity, history=history(busy)).state is State.FRESH


class TestFailing:
    FAILED = Activity(last_began_at=NOW - timedelta(hours=1), last_ended_at=NOW, failed_in_a_row=1)

    def test_says_what_the_run_said(self) -> None:
        run = LastRun(NOW - timedelta(minutes=50), "finished", ("none of the site's sources could be read",))

        assert judged(self.FAILED, last_run=run) == Judgement(
            State.FAILING, "The last crawl failed: none of the site's sources could be read."
        )

    def test_says_why_in_the_words_of_the_task_where_no_report_does(self) -> None:
        told = replace(self.FAILED, failure=f"{SITE}: real sites are crawled only with a contact address.")

        assert judged(told).reason == "The last crawl failed: real sites are crawled only with a contact address."

    def test_is_over_once_a_crawl_of_several_sites_went_well(self) -> None:
        later = LastRun(NOW + timedelta(minutes=5), "finished", ())

        assert judged(self.FAILED, NOW + timedelta(hours=1), last_run=later).state is State.FRESH
        assert judged(self.FAILED, NOW + timedelta(hours=1), last_run=replace(later, failures=("kosong",))).state is (
            State.FAILING
        )

    def test_says_how_often(self) -> None:
        often = Activity(last_began_at=NOW, last_ended_at=NOW, failed_in_a_row=3)

        assert judged(often).reason == "Each of the last 3 crawls failed: its log in Airflow says why."

    def test_does_not_take_an_earlier_runs_reason_for_its_own(self) -> None:
        earlier = LastRun(NOW - timedelta(hours=3), "finished", ("only 1 of 20 pages gave a text",))

        assert judged(self.FAILED, last_run=earlier).reason == "The last crawl failed: its log in Airflow says why."

    def test_is_blocked_where_the_site_had_the_run_end(self) -> None:
        run = LastRun(NOW - timedelta(minutes=50), "site_refuses", ("the site refused 3 requests in a row",))

        assert judged(self.FAILED, last_run=run).state is State.BLOCKED

    def test_goes_before_what_follows_from_it(self) -> None:
        assert judged(self.FAILED, history=history(busy, until=TODAY - timedelta(days=9))).state is State.FAILING


def test_a_site_that_is_switched_off_or_waits_for_its_owner_is_no_alarm() -> None:
    silent = history(busy, until=TODAY - timedelta(days=30))
    waits = Obstacle(State.PERMISSION, "Its robots.txt bars crawlers.")

    assert judged(Activity(is_paused=True, failed_in_a_row=2), history=silent).state is State.PAUSED
    assert judged(Activity(is_paused=True), obstacle=waits) == Judgement(State.PERMISSION, waits.reason)


def test_a_site_that_was_switched_on_a_moment_ago_is_new() -> None:
    assert judged(Activity(due_at=NOW)).state is State.NEW


def test_without_the_archive_a_site_is_judged_by_its_crawls() -> None:
    assert judged() == Judgement(State.FRESH, "The last crawl ended well, 20 minutes ago.")


def test_the_day_is_that_of_jakarta() -> None:
    """At 23:30 UTC on Monday it is Tuesday there, and Monday is over."""
    now = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    known = history(except_on(busy, date(2026, 11, 23), 1), until=date(2026, 11, 23))

    assert judged(Activity(due_at=now, last_ended_at=now), now, history=known).state is State.FEW


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(seconds=-5), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(hours=49), "2 days"),
    ],
)
def test_ages_are_told_in_the_largest_unit_of_which_there_are_two(duration: timedelta, words: str) -> None:
    assert age(duration) == words
