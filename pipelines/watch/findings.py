"""What the watch may find wrong, and what to do about it: the one list of alarms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

THIS_MACHINE = "this machine"
"""What a finding is about that is no single site's."""


class Kind(StrEnum):
    """What may be wrong, in the order in which somebody has to look."""

    STORAGE = "storage"
    OUTAGE = "outage"
    DISK = "disk"
    BROKEN = "broken"
    BLOCKED = "blocked"
    FAILING = "failing"
    SILENT = "silent"
    LATE = "late"
    SPOOL = "spool"
    AUDIT = "audit"
    UPKEEP = "upkeep"
    FEW = "few"
    ROBOTS = "robots"
    UNREAD = "unread"
    REJECTED = "rejected"
    MANY = "many"
    UNFILLED = "unfilled"
    LENGTH = "length"
    RESIDUE = "residue"
    DOUBTFUL = "doubtful"
    CLOCK = "clock"
    LAG = "lag"
    SOURCE = "source"
    DOCTOR = "doctor"


NEXT_STEPS: Mapping[Kind, str] = {
    Kind.STORAGE: "start the store again, or correct AWS_ENDPOINT_URL and its keys",
    Kind.OUTAGE: "check this machine's network and DNS; crawls go on by themselves",
    Kind.DISK: "make room on the disk of KLIPING_HOME",
    Kind.BROKEN: "mend the site's file, or go back to the version before",
    Kind.BLOCKED: "look at its terms and robots.txt and ask its owner; do not crawl it again at once",
    Kind.FAILING: "see to it; where that does not say enough, open the log of the last crawl, and trigger doctor",
    Kind.SILENT: "look at its home page in a browser; if there is news, trigger doctor for it",
    Kind.LATE: "look for what fills the pool, and whether the scheduler runs",
    Kind.SPOOL: "look at `kliping spool`, then run `kliping spool deliver`",
    Kind.AUDIT: "open the log of the DAG verify, then go by the repairs of the runbook",
    Kind.UPKEEP: "open the log of the DAG that failed",
    Kind.FEW: "trigger doctor for it: a source may name less than it did",
    Kind.ROBOTS: "read its robots.txt; if we are barred, switch the site off and ask its owner",
    Kind.UNREAD: "open some of the failed addresses in a browser: the site may refuse us, or be down",
    Kind.REJECTED: "compare some rejected pages with what they show; tell a developer if the layout changed",
    Kind.MANY: "look at the newest articles: a source may name pages that are none, or old ones as new",
    Kind.UNFILLED: "compare an article with its page; tell a developer if the layout changed",
    Kind.LENGTH: "compare an article with its page: text may be cut off, or boilerplate taken in",
    Kind.RESIDUE: "compare an article with its page: a rule takes away text, or no longer takes away what is none",
    Kind.DOUBTFUL: "look at `kliping doubtful`, and tell a developer what its sources name",
    Kind.CLOCK: "compare this machine's clock with the site's dates; set the site's time_zone if they are local",
    Kind.LAG: "see whether its crawls begin when they should, and what its sources name late",
    Kind.SOURCE: "open the source in a browser; tell a developer if it has moved",
    Kind.DOCTOR: "open the log of the site's task in the DAG doctor",
}
"""What to do, as the second half of a sentence; the runbook in docs/operating.md says more."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: with which site, or with THIS_MACHINE; `evidence` says what was seen, without a full
    stop. `aspect` parts findings of one kind and site: a field, a source, a DAG. What `waits` may pass by itself: it is
    shown, and told only if it lasts.
    """

    kind: Kind
    subject: str
    evidence: str
    aspect: str = ""
    waits: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two findings of two rounds the same incident."""
        return self.subject, self.kind, self.aspect

    @property
    def next_step(self) -> str:
        return NEXT_STEPS[self.kind]

    @property
    def sentence(self) -> str:
        """What is wrong, by which evidence, and what to do, in one sentence."""
        return f"{self.subject}: {self.evidence.rstrip('.')}; {self.next_step}."


def age(duration: timedelta) -> str:
    """A duration in words, in its largest whole unit: '5 minutes', '3 hours', '2 days'."""
    minutes = max(0, int(duration.total_seconds() // 60))
    for unit, size in (("day", 24 * 60), ("hour", 60)):
        # Up to two of a unit the smaller one says more.
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}s"
    if minutes < 2:
        return "1 minute" if minutes else "less than a minute"
    return f"{minutes} minutes"


def articles(count: float) -> str:
    """A number of articles in words."""
    rounded = round(count) if count >= 3 or count == int(count) else round(count, 1)
    return "1 article" if rounded == 1 else f"{rounded} articles"
