"""A small SVG canvas: boxes, lines and text in a handful of styles, light and dark."""

import math
import textwrap
from dataclasses import dataclass, field
from html import escape

FONTS = """
  text { font: 14px system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif }
  .heading { font-size: 15px; font-weight: 600 }
  .name { font-weight: 600 }
  .soft { font-size: 13px }
  .end { font-size: 12px }
"""

COLOURS = """
  text {{ fill: {ink} }}
  .soft {{ fill: {soft} }}
  .end {{ fill: {accent} }}
  .page {{ fill: {page} }}
  .panel {{ fill: {panel}; stroke: {edge} }}
  .box {{ fill: {box}; stroke: {edge} }}
  .store {{ fill: {store}; stroke: {store_edge} }}
  .chip {{ fill: none; stroke: {accent}; stroke-opacity: .5 }}
  .line {{ fill: none; stroke: {line}; stroke-width: 1.5; shape-rendering: crispEdges }}
  .tip {{ fill: {line} }}
"""

LIGHT = {
    "page": "#ffffff",
    "panel": "#f3f6f8",
    "box": "#ffffff",
    "edge": "#cfd7de",
    "ink": "#1c2630",
    "soft": "#55616d",
    "line": "#60707f",
    "accent": "#9a3412",
    "store": "#e6f1ed",
    "store_edge": "#7fa697",
}
DARK = {
    "page": "#0f151b",
    "panel": "#17202a",
    "box": "#202c38",
    "edge": "#33414e",
    "ink": "#e8edf2",
    "soft": "#a3b1be",
    "line": "#8496a6",
    "accent": "#fdba74",
    "store": "#1b302a",
    "store_edge": "#55806f",
}
STYLE = f"{FONTS}{COLOURS.format(**LIGHT)}  @media (prefers-color-scheme: dark) {{{COLOURS.format(**DARK)}  }}\n"
"""A viewer that knows no colour schemes shows the light one. Colours are repeated rather than named, since some viewers
do not know CSS variables."""

LETTER_WIDTH = 0.54
"""Mean width of a letter in parts of the font's size: that of DejaVu Sans, the widest of the fonts above."""

TIP_LENGTH = 8
"""Of an arrow, in pixels."""


@dataclass(slots=True)
class Canvas:
    """A picture that grows by what is drawn; all lengths in pixels, from the top left corner."""

    width: float
    title: str
    height: float = 0
    parts: list[str] = field(default_factory=list)

    def rectangle(self, x: float, y: float, width: float, height: float, style: str, radius: float = 8) -> None:
        self.parts.append(
            f'<rect class="{style}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}"/>'
        )
        self._reach(y + height)

    def cylinder(self, x: float, y: float, width: float, height: float, label: str) -> None:
        """A store, as they are drawn everywhere."""
        cap = 6
        self.parts.append(
            f'<path class="store" d="M{x:g} {y + cap:g} v{height - 2 * cap:g} a{width / 2:g} {cap} 0 0 0 {width:g} 0 '
            f"v{2 * cap - height:g} a{width / 2:g} {cap} 0 0 0 {-width:g} 0 "
            f'a{width / 2:g} {cap} 0 0 0 {width:g} 0"/>'
        )
        self.text(x + width / 2, y + height / 2 + cap / 2 + 5, label, anchor="middle")
        self._reach(y + height)

    def text(self, x: float, y: float, words: str, style: str = "", anchor: str = "start") -> None:
        """One line; `y` is its baseline."""
        styled = f' class="{style}"' if style else ""
        anchored = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self.parts.append(f'<text{styled} x="{x:g}" y="{y:g}"{anchored}>{escape(words, quote=False)}</text>')
        self._reach(y)

    def arrow(self, *points: tuple[float, float], has_tip: bool = True) -> None:
        """A line through the points, with a tip at its end."""
        way = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.parts.append(f'<polyline class="line" points="{way}"/>')
        if has_tip:
            (x0, y0), (x1, y1) = points[-2:]
            length = math.hypot(x1 - x0, y1 - y0)
            dx, dy = TIP_LENGTH * (x1 - x0) / length, TIP_LENGTH * (y1 - y0) / length
            left, right = (x1 - dx - dy / 2, y1 - dy + dx / 2), (x1 - dx + dy / 2, y1 - dy - dx / 2)
            tip = " ".join(f"{x:g},{y:g}" for x, y in ((x1, y1), left, right))
            self.parts.append(f'<polygon class="tip" points="{tip}"/>')

    def svg(self) -> str:
        """The file's text."""
        return "\n".join(
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}" '
                f'width="{self.width:g}" height="{self.height:g}" role="img">',
                f"<title>{escape(self.title, quote=False)}</title>",
                f"<style>{STYLE}</style>",
                f'<rect class="page" width="{self.width:g}" height="{self.height:g}"/>',
                *self.parts,
                "</svg>\n",
            )
        )

    def _reach(self, y: float) -> None:
        self.height = max(self.height, y)


def text_width(words: str, size: float = 14) -> float:
    """About how wide a line is."""
    return len(words) * size * LETTER_WIDTH


def wrapped(words: str, width: float, size: float = 14) -> list[str]:
    """The lines of a paragraph that is so wide."""
    return textwrap.wrap(words, int(width / (size * LETTER_WIDTH)))
