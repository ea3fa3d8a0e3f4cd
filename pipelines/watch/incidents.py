"""Incidents: what was found wrong, told once when it begins and once when it is over, and quiet in between."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pipelines.watch.findings import Finding, age

RECOVERED_AFTER = timedelta(hours=6)
"""Without it being found before an incident is over: what comes and goes is one incident, and not ten."""

Key = tuple[str, str, str]


class Event(StrEnum):
    """What happens to an incident. It is told when it opens and when it has recovered. In between it may be absent for
    a while, and return, without a word.
    """

    OPENED = "opened"
    ABSENT = "absent"
    RETURNED = "returned"
    RECOVERED = "recovered"


TOLD = (Event.OPENED, Event.RECOVERED)


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that was found wrong, as it was found first. It has been `absent_since` then, None while it is found.
    Times are UTC.
    """

    finding: Finding
    opened_at: datetime
    absent_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to an incident, and when; `incident` is as it is since."""

    event: Event
    incident: Incident
    at: datetime

    @property
    def is_told(self) -> bool:
        return self.event in TOLD

    @property
    def sentence(self) -> str:
        """What is to be told, in one sentence."""
        finding = self.incident.finding
        if self.event is not Event.RECOVERED:
            return finding.sentence
        lasted = age((self.incident.absent_since or self.at) - self.incident.opened_at)
        return f"{finding.subject}: recovered after {lasted}: {finding.evidence.rstrip('.')}."


@dataclass(frozen=True, slots=True)
class Book:
    """The incidents that are open, by the key of their finding."""

    open: Mapping[Key, Incident] = field(default_factory=dict)

    def changes(self, findings: Iterable[Finding], now: datetime) -> list[Change]:
        """What a round changes that found this at `now`. What waits opens nothing, and keeps open what is."""
        found = {finding.key: finding for finding in findings}
        changes = [
            Change(Event.OPENED, Incident(finding, now), now)
            for key, finding in found.items()
            if key not in self.open and not finding.waits
        ]
        for key, incident in self.open.items():
            absent_since = incident.absent_since
            if key in found:
                if absent_since is not None:
                    changes.append(Change(Event.RETURNED, replace(incident, absent_since=None), now))
            elif absent_since is None:
                changes.append(Change(Event.ABSENT, replace(incident, absent_since=now), now))
            elif now - absent_since >= RECOVERED_AFTER:
                changes.append(Change(Event.RECOVERED, incident, now))
        return changes

    def after(self, changes: Iterable[Change]) -> "Book":
        """The book once these changes are noted."""
        still = dict(self.open)
        for change in changes:
            key = change.incident.finding.key
            if change.event is Event.RECOVERED:
                still.pop(key, None)
            else:
                still[key] = change.incident
        return Book(still)
