"""The small pictures of the overview, as figures for inline SVG. Colours are the style sheet's, by class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.visit import Outcome

BAR_STEP, BAR_WIDTH = 4, 3
BARS_HEIGHT = 28
STACK_WIDTH, STACK_HEIGHT = 120, 8
"""In units of the drawings, which are pixels where nothing scales them."""

MIN_BAR_HEIGHT = 1
"""Of a day with any article: it differs from one without."""

GROUPS: Mapping[str, Sequence[Outcome]] = {
    "new": (Outcome.ARCHIVED, Outcome.REVISED),
    "known": (Outcome.UNCHANGED, Outcome.DUPLICATE),
    "left out": (Outcome.REJECTED, Outcome.ROBOTS, Outcome.RIGHTS, Outcome.OFF_SITE, Outcome.GONE),
    "failed": (Outcome.HTTP_ERROR, Outcome.TIMEOUT, Outcome.TOO_LARGE, Outcome.FAILED),
}
"""Outcomes that are shown in one colour, from good to bad; each outcome is in one of them."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of a drawing, and the class that colours it."""

    x: float
    y: float
    width: float
    height: float
    kind: str = ""


def sparkline(counts: Sequence[int | None]) -> list[Bar]:
    """A bar for each day with articles; the highest fills the height. The last day, which is not over, is `today`."""
    highest = max((count for count in counts if count), default=1)
    bars = []
    for number, count in enumerate(counts):
        if count:
            height = max(MIN_BAR_HEIGHT, round(BARS_HEIGHT * count / highest, 1))
            kind = "today" if number == len(counts) - 1 else "day"
            bars.append(Bar(number * BAR_STEP, round(BARS_HEIGHT - height, 1), BAR_WIDTH, height, kind))
    return bars


def stack(outcomes: Mapping[str, int]) -> list[Bar]:
    """The shares of the GROUPS beside each other, over the whole width; nothing without outcomes."""
    sums = group_sums(outcomes)
    total = sum(sums.values())
    bars, x = [], 0.0
    for name, count in sums.items():
        width = STACK_WIDTH * count / total if total else 0.0
        if count:
            bars.append(Bar(round(x, 2), 0, round(width, 2), STACK_HEIGHT, name.replace(" ", "-")))
        x += width
    return bars


def group_sums(outcomes: Mapping[str, int]) -> dict[str, int]:
    """How many looks ended in an outcome of each of the GROUPS."""
    return {name: sum(outcomes.get(outcome, 0) for outcome in group) for name, group in GROUPS.items()}
