"""What many sites take: the tables of docs/scaling.md as curves."""

from pathlib import Path

from docs.figures.curves import Curve, Panel, draw_panels, number_in, table

PAGE = Path(__file__).parents[1] / "scaling.md"


def draw() -> str:
    """The figure, as the page's tables have it now."""
    page = PAGE.read_text("utf-8")
    needs, weeks = table(page, "sites")[1:], table(page, "slots")[1:]
    of_ten_years = [row for row in needs if row[1] == "10"]
    sites, slots = [row[0] for row in of_ten_years], [row[0] for row in weeks]
    return draw_panels(
        "What 50 to 400 sites take, and how busy slots are with 400",
        [
            Panel("Hours of CPU a day", "sites", sites, [Curve("CPU", [number_in(row[3]) for row in of_ten_years])]),
            Panel("TB after ten years", "sites", sites, [Curve("bucket", [number_in(row[5]) for row in of_ten_years])]),
            Panel("Slots busy, %", "slots, 400 sites", slots, [Curve("busy", [number_in(row[3]) for row in weeks])]),
        ],
    )
