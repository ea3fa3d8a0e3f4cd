"""Incidents: what was found, told once when it begins and once when it is over, and quiet in between."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pipelines.watch.findings import Finding

RECOVERED_AFTER = timedelta(hours=6)
"""Without it being found before an incident is over: what comes and goes is one incident, and not ten."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that was found wrong. `opened_at` and `seen_at` are when it was found first and last, `recovered_at` is
    when it was found to be over; UTC. `finding` is as it was found first.
    """

    finding: Finding
    opened_at: datetime
    seen_at: datetime
    recovered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be told after a round."""

    opened: tuple[Incident, ...] = ()
    recovered: tuple[Incident, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.opened or self.recovered)


@dataclass(frozen=True, slots=True)
class Book:
    """The incidents that are open, by the key of their finding."""

    open: Mapping[tuple[str, str, str], Incident] = field(default_factory=dict)

    def after(self, findings: Iterable[Finding], now: datetime) -> tuple[Changes, "Book"]:
        """What is to be told after a round that found this at `now`, and the book then. What waits opens nothing, and
        keeps open what is.
        """
        found = {finding.key: finding for finding in findings}
        opened = {
            key: Incident(finding, now, now)
            for key, finding in found.items()
            if key not in self.open and not finding.waits
        }
        kept = {key: replace(each, seen_at=now) if key in found else each for key, each in self.open.items()}
        over = {
            key: replace(each, recovered_at=now) for key, each in kept.items() if now - each.seen_at >= RECOVERED_AFTER
        }
        still = {key: each for key, each in kept.items() if key not in over}
        return Changes(tuple(opened.values()), tuple(over.values())), Book({**still, **opened})
