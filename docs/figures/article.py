"""An article's way through the house, step by step, as article.txt describes it."""

from dataclasses import dataclass, field
from pathlib import Path

from docs.figures.svg import Canvas, text_width, wrapped

WIDTH = 960
MARGIN, PADDING = 24, 16
STEP_WIDTH = 414
STORE_WIDTH, STORE_HEIGHT, STORE_GAP = 164, 40, 8
COLUMN_GAP = 42
STORE_X = MARGIN + STEP_WIDTH + COLUMN_GAP
ENDS_X = STORE_X + STORE_WIDTH + COLUMN_GAP
LINE, GAP = 18, 44
CHIP_HEIGHT, CHIP_GAP = 22, 8


@dataclass(slots=True)
class Step:
    """What is done with an article at one place."""

    name: str
    text: str = ""
    notes: dict[str, list[str]] = field(default_factory=dict)
    """`by`, `stores`, `gives` and `ends`: see article.txt."""


def read_steps(text: str) -> list[Step]:
    """Article.txt: `[step]`, a sentence, and its notes."""
    steps: list[Step] = []
    for line in text.splitlines():
        name, colon, values = line.partition(": ")
        if line.startswith("["):
            steps.append(Step(line.strip("[]")))
        elif colon and " " not in name and steps:
            steps[-1].notes[name] = values.split(", ")
        elif line and not line.startswith("#"):
            steps[-1].text = line
    return steps


def draw() -> str:
    """The way as SVG."""
    steps = read_steps((Path(__file__).parent / "article.txt").read_text("utf-8"))
    canvas = Canvas(WIDTH, "An article's way from its announcement into the bucket, and where an address may end")
    canvas.text(MARGIN, MARGIN + 14, "What is done, and by which room", "heading")
    canvas.text(STORE_X, MARGIN + 14, "What it uses", "heading")
    canvas.text(ENDS_X, MARGIN + 14, "Where an address may end", "heading")
    y: float = MARGIN + 36
    for number, step in enumerate(steps, 1):
        bottom = _draw_step(canvas, step, number, y)
        if step is not steps[-1]:
            middle = MARGIN + STEP_WIDTH / 2
            canvas.arrow((middle, bottom), (middle, bottom + GAP))
            canvas.text(middle + 12, bottom + GAP / 2 + 5, step.notes["gives"][0], "soft")
        y = bottom + GAP
    canvas.height += MARGIN
    return canvas.svg()


def _draw_step(canvas: Canvas, step: Step, number: int, top: float) -> float:
    """A step with its stores and ends; returns where it ends."""
    lines = wrapped(step.text, STEP_WIDTH - 2 * PADDING)
    stores = step.notes.get("stores", [])
    chips = _chip_rows(step.notes.get("ends", []))
    height = max(
        2 * PADDING + LINE * (len(lines) + 1) + 2,
        len(stores) * (STORE_HEIGHT + STORE_GAP) - STORE_GAP,
        len(chips) * (CHIP_HEIGHT + CHIP_GAP) - CHIP_GAP,
    )
    middle = top + height / 2
    canvas.rectangle(MARGIN, top, STEP_WIDTH, height, "panel", 10)
    canvas.text(MARGIN + PADDING, top + PADDING + 12, f"{number}. {step.name}", "heading")
    canvas.text(MARGIN + STEP_WIDTH - PADDING, top + PADDING + 12, step.notes["by"][0], "soft", "end")
    for place, line in enumerate(lines):
        canvas.text(MARGIN + PADDING, top + PADDING + 14 + LINE * (place + 1), line)
    first = middle - (len(stores) * (STORE_HEIGHT + STORE_GAP) - STORE_GAP) / 2
    for place, store in enumerate(stores):
        y = first + place * (STORE_HEIGHT + STORE_GAP)
        canvas.arrow((MARGIN + STEP_WIDTH, y + STORE_HEIGHT / 2), (STORE_X, y + STORE_HEIGHT / 2))
        canvas.cylinder(STORE_X, y, STORE_WIDTH, STORE_HEIGHT, store)
    first = middle - (len(chips) * (CHIP_HEIGHT + CHIP_GAP) - CHIP_GAP) / 2
    for place, row in enumerate(chips):
        _draw_chips(canvas, row, first + place * (CHIP_HEIGHT + CHIP_GAP))
    return top + height


def _chip_rows(ends: list[str]) -> list[list[str]]:
    """The ends in rows that fit beside the stores."""
    rows: list[list[str]] = []
    x: float = WIDTH
    for end in ends:
        width = _chip_width(end)
        if x + width > WIDTH - MARGIN:
            rows.append([])
            x = ENDS_X
        rows[-1].append(end)
        x += width + CHIP_GAP
    return rows


def _draw_chips(canvas: Canvas, ends: list[str], y: float) -> None:
    x: float = ENDS_X
    for end in ends:
        canvas.rectangle(x, y, _chip_width(end), CHIP_HEIGHT, "chip", CHIP_HEIGHT / 2)
        canvas.text(x + _chip_width(end) / 2, y + 15, end, "end", "middle")
        x += _chip_width(end) + CHIP_GAP


def _chip_width(end: str) -> float:
    return text_width(end, 12) + 22
