"""What is known of one run of a site: its looks, and how far it has come. Times are UTC."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipelines.visit import Outcome

MAX_SILENCE = timedelta(minutes=10)
"""Of a run that is not Airflow's: one that has recorded nothing for longer is taken for killed. A page may take
two minutes, and a site may ask for pauses of one."""

RATE_SPAN = timedelta(minutes=5)
"""Over which the present rate is counted."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""


@dataclass(frozen=True, slots=True)
class Look:
    """A URL that the run looked at, and how that ended; see the table `visits`. `is_spooled` where it is still on this
    machine's disk alone.
    """

    url: str
    outcome: str
    reason: str | None
    detail: str | None
    http_status: int | None
    discovered_via: str
    discovered_from: str | None
    began_at: datetime
    ended_at: datetime
    seconds: float
    page_count: int
    has_bytes: bool
    is_spooled: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What a run's row in `runs` says, or, of one that has none yet, what it has noted on disk."""

    started_at: datetime
    finished_at: datetime
    finish_reason: str
    announced: int
    known: int
    looked_at: int
    bytes_received: int
    outcomes: Mapping[str, int] = field(default_factory=dict)
    failures: Sequence[str] = ()
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class RunReading:
    """What was read of a run. `report` is its row; `noted` what it has noted on this machine's disk while it goes, or
    was killed; `problem` a sentence where the archive could not be read.
    """

    site: str
    run: str
    report: Report | None
    noted: Report | None
    looks: Sequence[Look]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: looks so far, how many a minute lately, and how many are left of those announced so far."""

    looked_at: int
    per_minute: float
    left: int
    last_at: datetime | None

    @property
    def minutes_left(self) -> float | None:
        """At this rate; None where nothing is known of it."""
        return self.left / self.per_minute if self.per_minute else None


def progress(now: datetime, noted: Report, looks: Sequence[Look]) -> Progress:
    """The progress of a run that has noted this much, and looked at these URLs."""
    recent = sum(look.ended_at > now - RATE_SPAN for look in looks)
    minutes = min(RATE_SPAN, max(now - noted.started_at, timedelta(seconds=1))) / timedelta(minutes=1)
    left = max(0, noted.announced - noted.known - len(looks))
    return Progress(len(looks), recent / minutes, left, max((look.ended_at for look in looks), default=None))


def sums(looks: Iterable[Look]) -> dict[str, int]:
    """How many looks ended in each outcome, in the order of outcomes."""
    counts = Counter(look.outcome for look in looks)
    return {outcome: counts[outcome] for outcome in Outcome if counts[outcome]}


def matching(looks: Sequence[Look], outcome: str, text: str) -> list[Look]:
    """The looks with that outcome and that text in URL, reason or detail; either may be empty."""
    wanted = text.strip().casefold()
    return [
        look
        for look in looks
        if outcome in ("", look.outcome)
        and any(wanted in part.casefold() for part in (look.url, look.reason or "", look.detail or ""))
    ]


def as_csv(looks: Iterable[Look]) -> str:
    """The looks as CSV (RFC 4180), times in ISO 8601. What a spreadsheet would take for a formula is text there."""
    columns = (
        *("url", "outcome", "reason", "detail", "http_status", "discovered_via", "discovered_from"),
        *("began_at", "ended_at", "seconds", "page_count", "has_bytes"),
    )
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    for look in looks:
        writer.writerow([_cell(getattr(look, name)) for name in columns])
    return written.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else value.isoformat() if isinstance(value, datetime) else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
