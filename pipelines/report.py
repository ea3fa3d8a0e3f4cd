"""The report of a crawl run: what it looked at and how each look ended, in figures and sentences."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from pydantic import TypeAdapter

from pipelines.article import Reason
from pipelines.visit import GOOD_OUTCOMES, TEXT_OUTCOMES, Outcome

MAX_PROBLEMS = 100
"""Problems that a report names one by one: enough to see a pattern, few enough for a table cell and a browser page."""


UNREACHABLE = "unreachable"
"""Finish reason of a run that came to its own end, and could read none of the site's sources: the site is down or
refuses us, or this machine is cut off."""


def run_id_of(moment: datetime) -> str:
    """The id of a run that starts at `moment`, UTC: '20261124T080038Z'."""
    return f"{moment:%Y%m%dT%H%M%SZ}"


def month_of_run(run: str) -> str:
    """The month in which the run with that id started, UTC: '2026-11'."""
    return f"{run[:4]}-{run[4:6]}"


def start_of_run(run: str) -> datetime:
    """When the run of an id started, UTC. Raises ValueError for what is no such id."""
    return datetime.strptime(run, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def free_run_id(moment: datetime, is_taken: Callable[[str], bool]) -> str:
    """The id of a run that starts at `moment`, or in the next second that no run of the site has taken before."""
    while is_taken(run_id_of(moment)):
        moment += timedelta(seconds=1)
    return run_id_of(moment)


@dataclass(frozen=True, slots=True)
class Problem:
    """A visit that brought no text to the corpus, and why, in one sentence."""

    url: str
    outcome: Outcome
    detail: str


@dataclass(frozen=True, slots=True)
class Look:
    """What a report counts of a visit: how it ended, of a rejected page the reason, of a text its watched fields that
    have a value, and what makes it doubtful; of any page what it reserves.
    """

    url: str
    outcome: Outcome
    detail: str = ""
    reason: Reason | None = None
    filled: Sequence[str] = ()
    doubts: Sequence[str] = ()
    rights: Sequence[str] = ()


@dataclass(slots=True, kw_only=True)
class Tally:
    """The looks of a run, counted."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    rejections: Counter[Reason] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    doubtful: int = 0
    doubts: Counter[str] = field(default_factory=Counter)
    rights: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def of(cls, report: "RunReport") -> Self:
        """What a report has counted."""
        tally = cls(
            outcomes=Counter(report.outcomes),
            rejections=Counter(report.rejections),
            doubtful=report.doubtful,
            doubts=Counter(report.doubts),
            rights=Counter(report.rights),
            problems=list(report.problems),
        )
        tally.filled = Counter({name: round(rate * tally.texts) for name, rate in report.fill_rates.items()})
        return tally

    def count_look(self, look: Look) -> None:
        """Count one more look."""
        self.outcomes[look.outcome] += 1
        if look.reason:
            self.rejections[look.reason] += 1
        self.filled.update(look.filled)
        self.doubtful += bool(look.doubts)
        self.doubts.update(look.doubts)
        self.rights.update(look.rights)
        if look.outcome not in GOOD_OUTCOMES and len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(look.url, look.outcome, look.detail))

    @property
    def texts(self) -> int:
        """Looks that brought a text."""
        return sum(self.outcomes[outcome] for outcome in TEXT_OUTCOMES)

    def fill_rates(self, names: Sequence[str]) -> dict[str, float]:
        """The share of texts that have each of the fields; empty where there is no text."""
        texts = self.texts
        return {name: self.filled[name] / texts for name in names} if texts else {}


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one crawl run of one site did.

    `outcomes` and `rejections` name only what occurred; the sum of `outcomes` is `looked_at`. Times are UTC.
    """

    site: str
    run: str
    started_at: datetime
    finished_at: datetime
    finish_reason: str
    """Scrapy's word: 'finished' where the crawl came to its own end."""

    announced: int = 0
    """Distinct URLs that the site's sources named."""

    known: int = 0
    """Announced URLs that were looked at before, however that ended, and are not due for another look."""

    left: int = 0
    """Due articles that the run left to the next, since it looks at a limited number."""

    looked_at: int = 0
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    rejections: Mapping[Reason, int] = field(default_factory=dict)
    fill_rates: Mapping[str, float] = field(default_factory=dict)
    """For each watched field of Article, the share (0 to 1) of archived, revised and duplicate texts that have it."""

    doubtful: int = 0
    """Archived, revised and duplicate texts that are doubtful."""

    doubts: Mapping[str, int] = field(default_factory=dict)
    """How many of them for each reason; one may have several."""

    rights: Mapping[str, int] = field(default_factory=dict)
    """Looks at pages that state a reservation, by its name, whether it kept them out or not."""

    bytes_received: int = 0
    """Bodies as they came over the wire, still content-encoded, of every response."""

    waiting: int = 0
    """Batches that are still in the spool, because the storage could not be reached."""

    failures: tuple[str, ...] = ()
    """Why the run counts as failed, one sentence each; empty where it is good."""

    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    """At most MAX_PROBLEMS visits that brought no text, in the order in which they ended."""

    def to_json(self) -> str:
        """One JSON object with the fields' names as keys, times in ISO 8601."""
        return _RUN_REPORT.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The report that `to_json` wrote.

        Raises ValueError where the text is not such a report.
        """
        return _RUN_REPORT.validate_json(text)  # type: ignore[return-value]  # there are no subclasses


_RUN_REPORT = TypeAdapter(RunReport)
