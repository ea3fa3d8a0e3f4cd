"""How a site is doing, judged from what is known of it: a state, and its reason in one sentence.

Each site is held to what is usual for itself. A judgement that lacks what it rests on is not made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median

from pipelines.archive.jakarta_days import JAKARTA

REFUSALS = ("site_refuses", "asked_to_wait", "crawl_delay")
"""Finish reasons of runs that the site itself had end."""

MAX_DELAY = timedelta(hours=3)
"""Between the time when a run is due, or begins, and its end. A crawl may take two hours, and one that waits for a slot
of the pool begins late: more than that is neither."""

WEEKS = 8
"""Of which the same weekday says what is usual: long enough for a median, short enough to follow a newsroom that
grows."""

MIN_WEEKS = 4
"""Days of a weekday that have to be known before they say what is usual."""

MIN_USUAL_ARTICLES = 8
"""On a weekday, below which a day with few articles says nothing: a small site has such days by itself."""

FEW = 0.25
"""Share of the usual number of articles below which a day has few of them, and fewer than any of the weeks before."""

MIN_PAUSES = 10
"""Between days with articles, before they say how long a site is silent as a rule: a weekly column has a dozen in the
three months that are read."""

MIN_SILENCE = timedelta(hours=36)
"""That no site is blamed for: a busy one that has nothing on a holiday is seen by its few articles, if at all."""

SILENCE_FACTOR = 1.5
"""How much longer than usual a silence may be. Measured from Friday's last article to Monday's a weekend is three days;
with a holiday behind it four."""


class State(StrEnum):
    """How a site is doing, in the order in which somebody has to look."""

    BROKEN = "broken"
    BLOCKED = "blocked"
    FAILING = "failing"
    SILENT = "silent"
    LATE = "late"
    FEW = "few articles"
    NEW = "new"
    FRESH = "fresh"
    PAUSED = "paused"
    PERMISSION = "needs permission"
    EXCLUDED = "excluded"


URGENCY: Mapping[State, int] = {state: number for number, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a site from being crawled at all, whatever its runs and articles: BROKEN, PERMISSION or EXCLUDED."""

    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Activity:
    """What Airflow knows of a site's crawls. `due_at` is when the next one should begin, or should have begun;
    `failed_in_a_row` counts the failed ones since the last that did not fail.
    """

    is_paused: bool = False
    due_at: datetime | None = None
    under_way_since: datetime | None = None
    last_began_at: datetime | None = None
    last_ended_at: datetime | None = None
    failed_in_a_row: int = 0


@dataclass(frozen=True, slots=True)
class LastRun:
    """The site's last run that has a row in the table `runs`."""

    started_at: datetime
    finish_reason: str
    failures: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class History:
    """What the archive knows of the articles that a site has published: by the day of Jakarta how many, and when the
    last of each day was; days without any may be missing. `begins` is the first day that is known of.
    """

    begins: date
    published: Mapping[date, int]
    last_of_day: Mapping[date, datetime]

    def count(self, day: date) -> int | None:
        """Articles of that day; None before anything is known."""
        return self.published.get(day, 0) if day >= self.begins else None

    def same_weekdays(self, day: date) -> list[int]:
        """The numbers of articles on the same weekday of the weeks before, as far as they are known."""
        counts = (self.count(day - timedelta(weeks=week)) for week in range(1, WEEKS + 1))
        return [count for count in counts if count is not None]

    def usual(self, day: date) -> float | None:
        """How many articles are usual on the weekday of that day; None where too few such days are known."""
        counts = self.same_weekdays(day)
        return median(counts) if len(counts) >= MIN_WEEKS else None

    def last_published_at(self, now: datetime) -> datetime | None:
        """When the last article was published. One that is dated ahead counts as published now."""
        return min(max(self.last_of_day.values()), now) if self.last_of_day else None

    def usual_silence(self) -> timedelta | None:
        """The longest time that usually passes between the last articles of two days with any: one pause in twenty is
        longer. None where too few are known.
        """
        times = sorted(self.last_of_day.values())
        pauses = sorted(later - earlier for earlier, later in pairwise(times))
        return pauses[len(pauses) * 19 // 20] if len(pauses) >= MIN_PAUSES else None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A state, and its reason in one sentence."""

    state: State
    reason: str


def judge(
    now: datetime,
    *,
    activity: Activity,
    obstacle: Obstacle | None = None,
    last_run: LastRun | None = None,
    history: History | None = None,
    freshness: int | None = None,
) -> Judgement:
    """How a site is doing. `freshness` is the age in days that its newest article may have by its `Expect`: it counts
    until its own pauses are known. Without `history` nothing is said of its articles.
    """
    if obstacle is not None:
        return Judgement(obstacle.state, obstacle.reason)
    if activity.is_paused:
        return Judgement(State.PAUSED, "Its DAG is switched off in Airflow.")
    found = (
        _failing(activity, last_run)
        or (_silent(history, now, freshness) if history else None)
        or _late(activity, now)
        or (_few(history, now) if history else None)
    )
    if found:
        return found
    if activity.last_ended_at is None:
        return Judgement(State.NEW, "No crawl of it has ended yet.")
    return Judgement(State.FRESH, f"The last crawl ended well, {age(now - activity.last_ended_at)} ago.")


def _failing(activity: Activity, last_run: LastRun | None) -> Judgement | None:
    if not activity.failed_in_a_row:
        return None
    # The row of a run that did not come to report is written by the next one: until then the last row is another's.
    is_told = last_run and activity.last_began_at and last_run.started_at >= activity.last_began_at
    why = "; ".join(last_run.failures) if last_run and is_told else ""
    is_refused = bool(last_run and is_told and last_run.finish_reason in REFUSALS)
    count = activity.failed_in_a_row
    whose = "The last crawl" if count == 1 else f"Each of the last {count} crawls"
    told = f"{whose} failed: {why or 'its log in Airflow says why'}"
    return Judgement(State.BLOCKED if is_refused else State.FAILING, sentence(told))


def _silent(history: History, now: datetime, freshness: int | None) -> Judgement | None:
    last = history.last_published_at(now)
    if last is None:
        return None
    silence, usual = now - last, history.usual_silence()
    if usual is not None:
        if silence > max(SILENCE_FACTOR * usual, MIN_SILENCE):
            return Judgement(
                State.SILENT, f"No article for {age(silence)}; its pauses are seldom longer than {age(usual)}."
            )
    elif freshness is not None and silence > timedelta(days=freshness):
        return Judgement(State.SILENT, f"No article for {age(silence)}; {freshness} days are expected at most.")
    return None


def _late(activity: Activity, now: datetime) -> Judgement | None:
    since = activity.under_way_since
    if since is not None:
        if now - since > MAX_DELAY:
            return Judgement(State.LATE, f"A crawl has been waiting or under way for {age(now - since)}.")
    elif activity.due_at is not None and now - activity.due_at > MAX_DELAY:
        return Judgement(State.LATE, f"A crawl has been due for {age(now - activity.due_at)}, and none has begun.")
    return None


def _few(history: History, now: datetime) -> Judgement | None:
    yesterday = now.astimezone(JAKARTA).date() - timedelta(days=1)
    count, usual = history.count(yesterday), history.usual(yesterday)
    if count is None or usual is None or usual < MIN_USUAL_ARTICLES:
        return None
    if count >= FEW * usual or count >= min(history.same_weekdays(yesterday)):
        return None
    articles = "1 article" if count == 1 else f"{count} articles"
    return Judgement(State.FEW, f"Yesterday {articles}; on a {yesterday:%A} {usual:.0f} are usual.")


def sentence(text: str) -> str:
    """A text that ends as a sentence does."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def age(duration: timedelta) -> str:
    """A duration in words, in its largest whole unit: '5 minutes', '3 hours', '2 days'."""
    minutes = max(0, int(duration.total_seconds() // 60))
    for unit, size in (("day", 24 * 60), ("hour", 60)):
        # Up to two of a unit the smaller one says more.
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}s"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
