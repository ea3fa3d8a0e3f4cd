"""The pictures of the newsroom, as figures for inline SVG. Colours are the style sheet's, by class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.visit import Outcome

BAR_STEP, BAR_WIDTH = 4, 3
BARS_HEIGHT = 28
STACK_WIDTH, STACK_HEIGHT = 120, 8
CHART_HEIGHT = 100
"""In units of the drawings, which are pixels where nothing scales them. Charts are stretched over their place."""

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
    words: str = ""
    """What it shows, for whoever points at it."""
    href: str = ""
    """Where it leads."""


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


def shares(values: Sequence[float | None]) -> list[Bar]:
    """A bar for each share, which from 0 to 1 fills the height; none where it is not known."""
    return [
        Bar(
            number * BAR_STEP,
            round(BARS_HEIGHT * (1 - share), 1),
            BAR_WIDTH,
            max(MIN_BAR_HEIGHT, round(BARS_HEIGHT * share, 1)),
            "day",
        )
        for number, share in enumerate(values)
        if share is not None
    ]


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


def columns(values: Sequence[tuple[str, float | None]], kind: str) -> list[Bar]:
    """A bar of a chart for each value, beside each other; the highest fills the height. A value has its words; one that
    is None is not known, and has no bar.
    """
    highest = max((value for _, value in values if value), default=1.0)
    return [
        _column(number, 0.0, value / highest, kind, words)
        for number, (words, value) in enumerate(values)
        if value is not None and value > 0
    ]


def stacked_columns(days: Sequence[tuple[str, Mapping[str, int]]], hrefs: Mapping[str, str]) -> list[Bar]:
    """A bar of a chart for each day's outcomes, the GROUPS upon each other; the day with the most fills the height.
    `hrefs` says where a day leads to, by its words.
    """
    sums = [group_sums(outcomes) for _, outcomes in days]
    highest = max((sum(each.values()) for each in sums), default=0) or 1
    bars = []
    for number, ((words, _), each) in enumerate(zip(days, sums, strict=True)):
        below = 0.0
        for name, count in each.items():
            if count:
                kind = name.replace(" ", "-")
                told, href = f"{words}: {count} {name}", hrefs.get(words, "")
                bars.append(_column(number, below, count / highest, kind, told, href))
                below += count / highest
    return bars


def _column(number: int, below: float, share: float, kind: str, words: str, href: str = "") -> Bar:
    """A bar of a chart from a share of the height to another."""
    height = max(MIN_BAR_HEIGHT, CHART_HEIGHT * share)
    y = CHART_HEIGHT * (1 - below) - height
    return Bar(number * BAR_STEP, round(max(0.0, y), 1), BAR_WIDTH, round(height, 1), kind, words, href)


def group_sums(outcomes: Mapping[str, int]) -> dict[str, int]:
    """How many looks ended in an outcome of each of the GROUPS."""
    return {name: sum(outcomes.get(outcome, 0) for outcome in group) for name, group in GROUPS.items()}
