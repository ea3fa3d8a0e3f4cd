"""The syndication network as a picture: sites on a circle, and from each to those whose articles it has copies of."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from plugins.newsroom.corpus_figures import Link

SIZE = 640
"""Of the whole picture, both ways; what is empty above and below is cut off."""

RADIUS = 160
"""Of the circle: outside it the longest name of a site, eighteen letters, has room."""

LABEL_GAP = 12
LETTER_WIDTH = 8
MARGIN = 24

MAX_SITES = 30
"""On the circle, so that their names do not touch: those with the most copies, given and taken."""

MIN_STROKE, MAX_STROKE = 1.0, 8.0


@dataclass(frozen=True, slots=True)
class Node:
    """A site: its place, and where its name stands, turned by `angle` (degrees) round the place."""

    site: str
    x: float
    y: float
    label_x: float
    angle: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A link: its path, the width of its stroke, and what it says."""

    path: str
    width: float
    words: str


@dataclass(frozen=True, slots=True)
class Network:
    """The picture, from `top` over its `height`; `left_out` sites are not on it."""

    nodes: Sequence[Node]
    curves: Sequence[Curve]
    left_out: int
    top: int = 0
    height: int = SIZE


def network(links: Sequence[Link]) -> Network:
    """The picture of these links. A curve grows wider with the square root of its copies."""
    weights: dict[str, int] = {}
    for link in links:
        for site in (link.taker, link.giver):
            weights[site] = weights.get(site, 0) + link.copies
    chosen = sorted(weights, key=lambda site: (-weights[site], site))[:MAX_SITES]
    nodes = {site: _node(site, number / len(chosen)) for number, site in enumerate(sorted(chosen))}
    most = max((link.copies for link in links), default=1)
    curves = [
        Curve(
            _path(nodes[link.taker], nodes[link.giver]),
            round(MIN_STROKE + (MAX_STROKE - MIN_STROKE) * math.sqrt(link.copies / most), 1),
            f"{link.taker} has {link.copies} {'copy' if link.copies == 1 else 'copies'} of {link.giver}",
        )
        for link in links
        if link.taker in nodes and link.giver in nodes
    ]
    top = min((min(node.y, _label_end(node)) for node in nodes.values()), default=0) - MARGIN
    bottom = max((max(node.y, _label_end(node)) for node in nodes.values()), default=0) + MARGIN
    return Network(list(nodes.values()), curves, len(weights) - len(nodes), round(top), round(bottom - top))


def _label_end(node: Node) -> float:
    """How high the end of a site's name stands."""
    length = LABEL_GAP + LETTER_WIDTH * len(node.site)
    return node.y + length * (node.y - SIZE / 2) / RADIUS


def _node(site: str, turn: float) -> Node:
    """A site at a share of a whole turn, from the right, clockwise."""
    middle, angle = SIZE / 2, 360 * turn
    x = middle + RADIUS * math.cos(math.radians(angle))
    y = middle + RADIUS * math.sin(math.radians(angle))
    is_left = 90 < angle < 270
    gap = -LABEL_GAP if is_left else LABEL_GAP
    return Node(
        site,
        round(x, 1),
        round(y, 1),
        round(x + gap, 1),
        round(angle + 180 if is_left else angle, 1),
        "end" if is_left else "start",
    )


def _path(taker: Node, giver: Node) -> str:
    """From the one to the other, bent towards the middle, the two directions beside each other."""
    middle = SIZE / 2
    bend = 0.25
    x = middle + bend * (taker.y - giver.y) / 2
    y = middle + bend * (giver.x - taker.x) / 2
    return f"M{taker.x} {taker.y}Q{round(x, 1)} {round(y, 1)} {giver.x} {giver.y}"
