"""What is wrong now, as the newsroom's pages show it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from pipelines.watch.incidents import Incident


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """Something that was found wrong with a site, or with the machine, and is not over: since when (UTC), what was
    seen, and what to do. `sentence` says all of it.
    """

    subject: str
    kind: str
    sentence: str
    next_step: str
    opened_at: datetime

    @classmethod
    def of(cls, incident: Incident) -> Self:
        finding = incident.finding
        return cls(finding.subject, str(finding.kind), finding.sentence, finding.next_step, incident.opened_at)
