"""How costs grow with the archive: three tables of docs/performance.md as curves."""

from pathlib import Path

from docs.figures.curves import NUMBER, Curve, Panel, draw_panels, number_in, table

PAGE = Path(__file__).parents[1] / "performance.md"


def draw() -> str:
    """The figure, as the page's tables have it now."""
    title = "What costs do as the archive grows: they stay nearly level"
    return draw_panels(title, panels(PAGE.read_text(encoding="utf-8")))


def panels(page: str) -> list[Panel]:
    """The three panels, from the page's text."""
    commits = table(page, "earlier commits")
    years = table(page, "", below="After years of fifty sites")
    index = table(page, "articles")
    return [
        Panel(
            "GETs of a commit",
            "earlier commits",
            [NUMBER.findall(row[0])[0].rstrip(",") for row in commits[1:]],
            [Curve("GETs", [number_in(row[1]) for row in commits[1:]])],
        ),
        Panel(
            "CPU, s",
            "years of fifty sites",
            years[0][1:],
            [
                Curve(name, [number_in(cell, 1) for cell in row[1:]])
                for name, row in zip(("a run", "a commit", "a read"), years[1:], strict=True)
            ],
        ),
        Panel(
            "CPU of a verdict, ms",
            "articles in the index",
            index[0][1:],
            [
                Curve(name, [number_in(cell) for cell in row[1:]])
                for name, row in zip(("fresh text", "template"), index[1:3], strict=True)
            ],
        ),
    ]
