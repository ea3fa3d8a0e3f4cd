"""Labelled pairs of texts: those that are made here, and those of a file that others made."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.duplicates import copies, siblings

PAIRS_OF_A_COPY = 220
PAIRS_OF_A_TEMPLATE = 200
PAIRS_OF_A_KIND = 400
"""So that either half has some 3,000 pairs, 1,000 of them of templates."""

CHOOSING, STATING = "choosing", "stating"


@dataclass(frozen=True, slots=True)
class Pair:
    """A `text` and `other`, made in the way `kind`; whether the other is a copy of the text, or a part of it, or has it
    as a part.
    """

    kind: str
    is_copy: bool
    text: str
    other: str

    @classmethod
    def read(cls, line: str) -> Self:
        """The pair of a line of JSON: `{"kind": ..., "is_copy": true, "text": ..., "other": ...}`."""
        return cls(**json.loads(line))


def pairs_of(path: Path) -> list[Pair]:
    """The pairs of a file, a line of JSON for each."""
    with path.open(encoding="utf-8") as lines:
        return [Pair.read(line) for line in lines if line.strip()]


def made(half: str) -> Iterator[Pair]:
    """The pairs of one half; no way of making them is in both."""
    edits: Mapping[str, copies.Edit] = {CHOOSING: copies.CHOOSING, STATING: copies.STATING}[half]
    for kind, edit in edits.items():
        for number in range(PAIRS_OF_A_COPY):
            yield Pair(kind, True, *copies.copy_of(f"{half} {kind} {number}", edit))
    templates = {CHOOSING: siblings.CHOOSING_TEMPLATES, STATING: siblings.STATING_TEMPLATES}[half]
    for kind, template in templates.items():
        for number in range(PAIRS_OF_A_TEMPLATE):
            prose = siblings.prose_of(f"{half} {kind} {number}")
            yield Pair(kind, False, template(prose), template(prose))
    others = {CHOOSING: siblings.CHOOSING_PAIRS, STATING: siblings.STATING_PAIRS}[half]
    for kind, make in others.items():
        for number in range(PAIRS_OF_A_KIND):
            yield Pair(kind, False, *make(siblings.prose_of(f"{half} {kind} {number}")))
