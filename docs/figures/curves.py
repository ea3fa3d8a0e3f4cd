"""Curves in panels side by side, of numbers that tables in the docs' pages state."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from docs.figures.svg import Canvas

WIDTH = 980.0
MARGIN = 24.0
PANEL_HEIGHT = 340.0
TOP = 84.0
"""From a panel's top to its highest point, in pixels: the heading stands above it."""

BOTTOM = 62.0
DOT = 6.0

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Curve:
    """A cost at each size of the archive."""

    name: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Panel:
    """Curves over the same sizes, under a heading; `sizes_are` says of what."""

    heading: str
    sizes_are: str
    sizes: Sequence[str]
    curves: Sequence[Curve]


def draw_panels(title: str, found: Sequence[Panel]) -> str:
    """A figure of these panels."""
    canvas = Canvas(WIDTH, title)
    width = (WIDTH - MARGIN * (len(found) + 1)) / len(found)
    for number, panel in enumerate(found):
        _draw_panel(canvas, panel, MARGIN + number * (width + MARGIN), width)
    canvas.height += MARGIN
    return canvas.svg()


def table(page: str, first_cell: str, below: str = "") -> list[list[str]]:
    """The cells of the table whose first cell is `first_cell`, the first one below the words; its rule is left out."""
    lines = page[page.index(below) :].splitlines()
    start = next(number for number, line in enumerate(lines) if _cells(line)[:1] == [first_cell])
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append(_cells(line))
    return [row for row in rows if not set("".join(row)) <= {"-"}]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")[1:-1]]


def number_in(cell: str, place: int = 0) -> float:
    """The number at a place in a cell."""
    return float(NUMBER.findall(cell)[place].replace(",", ""))


def _draw_panel(canvas: Canvas, panel: Panel, left: float, width: float) -> None:
    canvas.rectangle(left, MARGIN, width, PANEL_HEIGHT, "panel")
    canvas.text(left + 14, MARGIN + 26, panel.heading, "heading")
    most = max(value for curve in panel.curves for value in curve.values)
    floor, height = MARGIN + PANEL_HEIGHT - BOTTOM, PANEL_HEIGHT - TOP - BOTTOM
    step = (width - 90) / (len(panel.sizes) - 1)
    canvas.arrow((left + 20, floor), (left + width - 20, floor), has_tip=False)
    for place, size in enumerate(panel.sizes):
        canvas.text(left + 45 + place * step, floor + 20, size, "soft", anchor="middle")
    canvas.text(left + width / 2, floor + 44, panel.sizes_are, "soft", anchor="middle")
    for curve in panel.curves:
        points = [(left + 45 + n * step, floor - height * value / most) for n, value in enumerate(curve.values)]
        canvas.arrow(*points, has_tip=False)
        for (x, y), value in zip(points, curve.values, strict=True):
            canvas.rectangle(x - DOT / 2, y - DOT / 2, DOT, DOT, "tip", radius=DOT / 2)
            canvas.text(x, y - 8, f"{value:g}", "soft", anchor="middle")
        if len(panel.curves) > 1:
            (x0, y0), (x1, y1) = points[-2:]
            canvas.text((x0 + x1) / 2, (y0 + y1) / 2 - 6, curve.name, "soft", anchor="middle")
