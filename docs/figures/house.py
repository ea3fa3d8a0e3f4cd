"""The map of the house: its rooms as house.txt describes them, its arrows as the code's imports are.

Rows and arrows are read from the code. An arrow that follows from others is left out: where A imports B and B imports
C, nothing is said of A and C.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import grimp

from docs.figures.svg import Canvas

ROOT = Path(__file__).parents[2]

WIDTH = 960
MARGIN, PADDING = 24, 20
LANE_WIDTH = 12
"""Between two arrows that run side by side."""

BOX_WIDTH, BOX_HEIGHT = 272, 58
MIN_GAP = 30
"""Between two rows of boxes."""

HEADING = 34

Arrows = set[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Layer:
    """A storey of the house."""

    heading: str
    rooms: dict[str, str]
    """What each room does, by its name."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a room stands on the map."""

    x: float
    y: float

    @property
    def middle(self) -> float:
        return self.x + BOX_WIDTH / 2

    @property
    def bottom(self) -> float:
        return self.y + BOX_HEIGHT


def read_layers(text: str) -> list[Layer]:
    """House.txt: `[heading]`, below it `room: what it does`."""
    layers: list[Layer] = []
    for line in text.splitlines():
        if line.startswith("["):
            layers.append(Layer(line.strip("[]"), {}))
        elif line and not line.startswith("#"):
            name, _, description = line.partition(": ")
            layers[-1].rooms[name] = description
    return layers


def read_arrows(rooms: set[str]) -> Arrows:
    """Which room imports which, by the code.

    Raises ValueError where a module lies in no room of house.txt.
    """
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["root_packages"]
    graph = grimp.build_graph(*packages, cache_dir=None)
    prefixes = {prefix: room for room in rooms for prefix in room.split(" + ")}
    room_of = {module: _room_of(module, prefixes) for module in graph.modules}
    return {
        (room_of[module], room_of[imported])
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if room_of[module] != room_of[imported]
    }


def _room_of(module: str, prefixes: Mapping[str, str]) -> str:
    package, _, rest = module.partition(".")
    wanted = (f"{package}.{rest.partition('.')[0]}", f"{package}.*", package)
    prefix = next((prefix for prefix in wanted if prefix in prefixes), "")
    if not prefix or ("." in rest and prefix == f"{package}.*"):
        raise ValueError(f"docs/figures/house.txt has no room for the module {module}")
    return prefixes[prefix]


def needed(arrows: Arrows) -> Arrows:
    """The arrows that do not follow from others.

    Raises ValueError where arrows run in a circle.
    """
    beyond: dict[str, set[str]] = {}

    def reached(room: str, way: tuple[str, ...] = ()) -> set[str]:
        if room in way:
            raise ValueError(f"imports run in a circle: {' -> '.join((*way, room))}")
        if room not in beyond:
            nearest = {target for source, target in arrows if source == room}
            beyond[room] = nearest.union(*(reached(target, (*way, room)) for target in sorted(nearest)))
        return beyond[room]

    for source, _ in sorted(arrows):
        reached(source)
    return {
        (source, target)
        for source, target in arrows
        if not any(target in reached(other) for start, other in arrows if start == source)
    }


def rows_of(layer: Layer, arrows: Arrows) -> list[list[str]]:
    """A layer's rooms from top to bottom: each below all that import it, and no higher than it must be."""
    inside = [(source, target) for source, target in arrows if source in layer.rooms and target in layer.rooms]
    row = dict.fromkeys(layer.rooms, 0)
    for _ in layer.rooms:
        for source, target in inside:
            row[target] = max(row[target], row[source] + 1)
    for room in layer.rooms:
        if not any(target == room for _, target in inside):
            row[room] = min((row[target] - 1 for source, target in inside if source == room), default=0)
    return [[room for room in layer.rooms if row[room] == number] for number in range(max(row.values()) + 1)]


def draw() -> str:
    """The map as SVG."""
    layers = read_layers((Path(__file__).parent / "house.txt").read_text("utf-8"))
    arrows = needed(read_arrows({room for layer in layers for room in layer.rooms}))
    storeys = [rows_of(layer, arrows) for layer in layers]
    rows = [row for storey in storeys for row in storey]
    row_of = {room: number for number, row in enumerate(rows) for room in row}
    far = sorted({target for source, target in arrows if row_of[target] > row_of[source] + 1}, key=row_of.__getitem__)
    lane_of = {target: WIDTH - MARGIN - LANE_WIDTH * (number + 1.5) for number, target in enumerate(reversed(far))}
    tracks = _tracks(arrows, row_of)

    canvas = Canvas(WIDTH, "The rooms of the house and which of them import which")
    boxes: dict[str, Box] = {}
    track_bottoms: dict[int, float] = {}
    y: float = MARGIN
    number = 0
    for layer, storey in zip(layers, storeys, strict=True):
        y += LANE_WIDTH * max(0, len(tracks.get(number, ())) - 1)
        top = y
        y += HEADING
        panel = len(canvas.parts)
        for row in storey:
            if row is not storey[0]:
                y += MIN_GAP + LANE_WIDTH * (len(tracks[number]) - 1)
            track_bottoms[number] = top - MARGIN / 2 if row is storey[0] else y - MIN_GAP / 2
            room_width = (WIDTH - 2 * MARGIN - 2 * PADDING - LANE_WIDTH * len(far)) / len(row)
            for place, room in enumerate(row):
                boxes[room] = Box(MARGIN + PADDING + room_width * (place + 0.5) - BOX_WIDTH / 2, y)
            y += BOX_HEIGHT
            number += 1
        y += PADDING
        canvas.rectangle(MARGIN, top, WIDTH - 2 * MARGIN, y - top, "panel", 12)
        canvas.parts.insert(panel, canvas.parts.pop())
        canvas.text(MARGIN + PADDING, top + 23, layer.heading, "heading")
        y += MARGIN
    track_of = {
        (row, target): track_bottoms[row] - LANE_WIDTH * (len(targets) - 1 - place)
        for row, targets in tracks.items()
        for place, target in enumerate(targets)
    }
    _draw_arrows(canvas, arrows, boxes, row_of, lane_of, track_of)
    for layer in layers:
        for room, description in layer.rooms.items():
            _draw_box(canvas, boxes[room], room, description)
    canvas.height = y
    return canvas.svg()


def _tracks(arrows: Arrows, row_of: dict[str, int]) -> dict[int, list[str]]:
    """Which targets' arrows run sideways above each row, from top to bottom.

    Arrows to one target share a line.
    """
    tracks: dict[int, list[str]] = {}
    for target in sorted({target for _, target in arrows}, key=lambda room: (-row_of[room], room)):
        sources = {row_of[source] for source, end in arrows if end == target}
        for row in {row_of[target], *(row + 1 for row in sources)}:
            tracks.setdefault(row, []).append(target)
    return tracks


def _draw_arrows(
    canvas: Canvas,
    arrows: Arrows,
    boxes: dict[str, Box],
    row_of: dict[str, int],
    lane_of: dict[str, float],
    track_of: dict[tuple[int, str], float],
) -> None:
    """Each arrow: down to its target's track, sideways, and down; where rows lie between, by its target's lane."""
    targets_of = {source: sorted(t for s, t in arrows if s == source) for source, _ in arrows}
    for source, target in sorted(arrows):
        start, end = boxes[source], boxes[target]
        targets = sorted(targets_of[source], key=lambda room: lane_of.get(room, boxes[room].middle))
        x = start.middle + 2 * LANE_WIDTH * (targets.index(target) - (len(targets) - 1) / 2)
        leave, arrive = track_of[row_of[source] + 1, target], track_of[row_of[target], target]
        points = [(x, start.bottom), (x, leave)]
        if row_of[target] > row_of[source] + 1:
            points += [(lane_of[target], leave), (lane_of[target], arrive)]
        canvas.arrow(*points, (end.middle, arrive), (end.middle, end.y))


def _draw_box(canvas: Canvas, box: Box, name: str, description: str) -> None:
    canvas.rectangle(box.x, box.y, BOX_WIDTH, BOX_HEIGHT, "box")
    canvas.text(box.x + 14, box.y + 24, name, "name")
    canvas.text(box.x + 14, box.y + 44, description, "soft")
