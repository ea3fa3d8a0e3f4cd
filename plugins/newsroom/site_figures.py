"""What the archive says of one site: what its page shows, before anything is judged. Times are UTC, days Jakarta's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from pipelines.visit import Outcome
from plugins.newsroom.open_incidents import OpenIncident


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the site, as the last upkeep summed it up; see the table `daily`. `published`, `outcomes` and
    `rejections` are numbers, `fill_rates` shares from 0 to 1, None where there was no article.
    """

    day: date
    published: int = 0
    doubtful: int = 0
    runs: int = 0
    failed_runs: int = 0
    looked_at: int = 0
    bytes_received: int = 0
    median_lag_seconds: float | None = None
    announced: int | None = None
    announced_missing: int | None = None
    outcomes: Mapping[str, int] = field(default_factory=dict)
    rejections: Mapping[str, int] = field(default_factory=dict)
    fill_rates: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FailedLook:
    """A look that brought no article: why, in which run, and whether its bytes are kept."""

    url: str
    outcome: str
    reason: str | None
    detail: str | None
    http_status: int | None
    run: str
    ended_at: datetime
    has_bytes: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """Why looks brought no article: an outcome, of a rejected page its reason, how many of them the last days have,
    and the latest ones.
    """

    outcome: str
    reason: str | None
    count: int
    latest: Sequence[FailedLook]


@dataclass(frozen=True, slots=True)
class DoubtfulPage:
    """An article that cleaning doubts, and why."""

    url: str
    headline: str
    reasons: Sequence[str]
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class RevisedArticle:
    """An article whose latest version is not its first: what that one changed."""

    url: str
    headline: str
    revision: int
    changes: Sequence[str]
    words_added: int | None
    words_removed: int | None
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Copies:
    """How many copies one site has of another's articles, of the last days."""

    site: str
    count: int


@dataclass(frozen=True, slots=True)
class StatedUse:
    """What pages state of their use: a reservation or a declared licence, and how many of the last days' articles state
    it. What a reservation kept out is among the looks that brought no article.
    """

    words: str
    is_license: bool
    articles: int


@dataclass(frozen=True, slots=True)
class LearnedLine:
    """A line that is left out of the site's texts: see the table `residue`."""

    line: str
    place: str
    articles: int
    share: float
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """What a source has announced for the first time: in the last days, in the last week, and when it last did.
    `is_stated` is whether the site names it, rather than one that does: a sitemap that an index lists is not.
    """

    via: str
    address: str
    in_month: int
    in_week: int
    last_at: datetime | None
    is_stated: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the texts of a page stood: the source of `sources.body`, how many of the last days' articles were read by
    it, and when the last one was fetched.
    """

    read_by: str
    articles: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class CaptureFiles:
    """The WARC files of a site: how many, their bytes, and the months of the first and the last ('YYYY-MM', UTC)."""

    files: int
    size: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class CrawlRun:
    """A run that has a row in `runs`."""

    run: str
    started_at: datetime
    finished_at: datetime
    finish_reason: str
    looked_at: int
    outcomes: Mapping[str, int]
    failures: Sequence[str]


@dataclass(frozen=True, slots=True)
class SiteReading:
    """What was read of a site, and when; `problem` is a sentence where that was not possible. `days` has no gaps and
    ends today.
    """

    read_at: datetime
    problem: str | None = None
    incidents: Sequence[OpenIncident] = ()
    days: Sequence[Day] = ()
    runs: Sequence[CrawlRun] = ()
    problems: Sequence[Problem] = ()
    doubtful: Sequence[DoubtfulPage] = ()
    revised: Sequence[RevisedArticle] = ()
    copies_taken: Sequence[Copies] = ()
    copies_given: Sequence[Copies] = ()
    stated_uses: Sequence[StatedUse] = ()
    learned: Sequence[LearnedLine] = ()
    sources: Sequence[Source] = ()
    layouts: Sequence[Layout] = ()
    captures: CaptureFiles | None = None


def without_gaps(days: Mapping[date, Day], first: date, last: date) -> list[Day]:
    """A day for each date from the first to the last."""
    dates = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    return [days.get(day, Day(day)) for day in dates]


def summed(days: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """The sums of numbers by name, of those that occur."""
    sums: dict[str, int] = {}
    for numbers in days:
        for name, count in numbers.items():
            sums[name] = sums.get(name, 0) + (count or 0)
    return {name: count for name, count in sums.items() if count}


def mean_rate(days: Sequence[Day], name: str) -> float | None:
    """The share of the days' articles that have a field; None without any."""
    known = [(rate, day.published) for day in days if (rate := day.fill_rates.get(name)) is not None and day.published]
    articles = sum(published for _, published in known)
    return sum(rate * published for rate, published in known) / articles if articles else None


def grouped_problems(looks: Sequence[FailedLook], counts: Mapping[tuple[str, str | None], int]) -> list[Problem]:
    """The looks by outcome and reason, with how many there are of each in all; the most frequent first."""
    found = [
        Problem(
            outcome,
            reason,
            count,
            [look for look in looks if (look.outcome, look.reason) == (outcome, reason)],
        )
        for (outcome, reason), count in counts.items()
    ]
    order = list(Outcome)
    return sorted(found, key=lambda each: (-each.count, order.index(Outcome(each.outcome)), each.reason or ""))
