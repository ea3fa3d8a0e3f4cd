"""How a site is doing in one word, with the reason in one sentence: for whoever looks at all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pipelines.watch.figures import Activity, SiteFigures
from pipelines.watch.findings import Finding, Kind, age
from pipelines.watch.judgement import SiteFacts, judge_site


class State(StrEnum):
    """How a site is doing, in the order in which somebody has to look."""

    BROKEN = "broken"
    BLOCKED = "blocked"
    FAILING = "failing"
    SILENT = "silent"
    LATE = "late"
    FEW = "few articles"
    MANY = "many articles"
    DRIFTING = "drifting"
    NEW = "new"
    FRESH = "fresh"
    PAUSED = "paused"
    PERMISSION = "needs permission"
    EXCLUDED = "excluded"


URGENCY: Mapping[State, int] = {state: number for number, state in enumerate(State)}

STATES: Mapping[Kind, State] = {
    Kind.BROKEN: State.BROKEN,
    Kind.BLOCKED: State.BLOCKED,
    Kind.FAILING: State.FAILING,
    Kind.SILENT: State.SILENT,
    Kind.LATE: State.LATE,
    Kind.FEW: State.FEW,
    Kind.MANY: State.MANY,
}
"""The state that a finding puts a site in; all others are a drift."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a site from being crawled at all, whatever its runs and articles: BROKEN, PERMISSION or EXCLUDED."""

    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """A state, its reason in one sentence, and all that was found."""

    state: State
    reason: str
    findings: tuple[Finding, ...] = field(default=(), compare=False)


def judge(
    site: str,
    now: datetime,
    *,
    activity: Activity,
    obstacle: Obstacle | None = None,
    figures: SiteFigures | None = None,
    freshness: int | None = None,
) -> Judgement:
    """How the site of a name is doing, at `now` (UTC). `freshness` is as in SiteFacts. Without `figures` nothing is
    said of its articles.
    """
    if obstacle is not None:
        return Judgement(obstacle.state, obstacle.reason)
    if activity.is_paused:
        return Judgement(State.PAUSED, "Its DAG is switched off in Airflow.")
    facts = SiteFacts(site, activity, figures or SiteFigures(), freshness)
    found = sorted(judge_site(facts, now), key=lambda finding: URGENCY[_state_of(finding)])
    if found:
        evidence = found[0].evidence
        return Judgement(_state_of(found[0]), sentence(evidence[0].upper() + evidence[1:]), tuple(found))
    if activity.last_ended_at is None:
        return Judgement(State.NEW, "No crawl of it has ended yet.")
    return Judgement(State.FRESH, f"The last crawl ended well, {age(now - activity.last_ended_at)} ago.")


def _state_of(finding: Finding) -> State:
    return STATES.get(finding.kind, State.DRIFTING)


def sentence(text: str) -> str:
    """A text that ends as a sentence does."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
