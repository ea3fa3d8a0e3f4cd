"""A trained model of boosted trees, read from its file, and what it says of rows of numbers.

`benchmarks/train_block_model.py` writes the file, and docs/block-model.md tells what the model in the project was
trained on. The trees are walked here, since nothing else of the library that grows them is needed.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FORMAT = 1
"""The form of the file. A file of another form is not read."""

MODEL_FILE = Path(__file__).with_name("block_model.json")

MAX_LEAVES = 32
"""Leaves of a tree: one bit of an unsigned integer stands for each."""

MAX_ROWS_AT_ONCE = 512
"""Rows that are decided together: more do not fit into the caches of a processor, and a page may have 80,000."""

Matrix = npt.NDArray[np.float32]


class ModelError(ValueError):
    """A model file cannot be used: it is damaged, of another form, or for other columns."""


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree. Node n asks whether the column `columns[n]` is at most `thresholds[n]`: if so it goes on at `left[n]`,
    else at `right[n]`. A number of -1 or less is the leaf -1 - number, whose value is in `leaves`. Node 0 is the root.
    """

    columns: Sequence[int]
    thresholds: Sequence[float]
    left: Sequence[int]
    right: Sequence[int]
    leaves: Sequence[float]


class BlockModel:
    """Trees in a form in which all rows go through all trees at once.

    Each node has a mask of the leaves that can still be reached when its answer is no. A row's leaf in a tree is the
    first one that all nodes with that answer leave over (QuickScorer, Lucchese and others 2015).
    """

    def __init__(self, version: str, columns: Sequence[str], trees: Sequence[Tree]) -> None:
        self.version = version
        self.columns = tuple(columns)
        depth = max(len(tree.columns) for tree in trees)
        self._asked = np.zeros((depth, len(trees)), np.intp)
        thresholds = np.full((depth, len(trees)), np.inf, np.float32)  # a node that a tree lacks never says no
        masks = np.zeros((depth, len(trees)), np.uint32)
        self._leaves = np.zeros((len(trees), MAX_LEAVES), np.float32)
        for number, tree in enumerate(trees):
            size = len(tree.columns)
            lost, order = _lost_leaves(tree)
            self._asked[:size, number] = tree.columns
            thresholds[:size, number] = tree.thresholds
            masks[:size, number] = lost
            self._leaves[number, : len(order)] = [tree.leaves[leaf] for leaf in order]
        self._thresholds, self._masks = thresholds[:, :, None], masks[:, :, None]

    def probabilities(self, rows: Matrix) -> npt.NDArray[np.float32]:
        """Return the probability (0 to 1) of each row. Raises ValueError if the rows have other columns."""
        if rows.shape[1] != len(self.columns):
            raise ValueError(f"rows have {rows.shape[1]} columns, the model has {len(self.columns)}")
        scores = [
            self._scores(np.ascontiguousarray(rows[start : start + MAX_ROWS_AT_ONCE].T))
            for start in range(0, len(rows), MAX_ROWS_AT_ONCE)
        ]
        total = np.concatenate(scores) if scores else np.zeros(0, np.float32)
        return np.asarray(1 / (1 + np.exp(-total)), np.float32)

    def _scores(self, columns: Matrix) -> npt.NDArray[np.float32]:
        left = np.full((self._asked.shape[1], columns.shape[1]), 0xFFFFFFFF, np.uint32)
        for asked, thresholds, masks in zip(self._asked, self._thresholds, self._masks, strict=True):
            left &= ~((columns[asked] > thresholds) * masks)
        first = left & (~left + np.uint32(1))  # the lowest bit that is set
        leaf = np.frexp(first.astype(np.float32))[1] - 1
        return np.asarray(np.take_along_axis(self._leaves, leaf, axis=1).sum(axis=0), np.float32)


def _lost_leaves(tree: Tree) -> tuple[list[int], list[int]]:
    """Return the leaves that a row loses by a no of each node, as bits, and the leaves from left to right."""
    order: list[int] = []
    lost = [0] * len(tree.columns)

    def walk(number: int) -> None:
        if number < 0:
            order.append(-1 - number)
            return
        start = len(order)
        walk(tree.left[number])
        lost[number] = (1 << len(order)) - (1 << start)
        walk(tree.right[number])

    walk(0)
    return lost, order


@cache
def block_model() -> BlockModel:
    """The model that the project ships. Raises ModelError if its file cannot be used."""
    return read_model(MODEL_FILE)


def read_model(path: Path) -> BlockModel:
    """Read a model. Raises ModelError if the file is damaged or of another form."""
    try:
        stated: Any = json.loads(path.read_bytes())
        if stated["format"] != FORMAT:
            raise ModelError(f"{path.name} has the form {stated['format']}, not {FORMAT}")
        if stated["sha256"] != digest(stated["version"], stated["columns"], stated["trees"]):
            raise ModelError(f"{path.name} is damaged: its content is not what its digest is of")
        trees = [Tree(*tree) for tree in stated["trees"]]
        return BlockModel(stated["version"], stated["columns"], trees)
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{path.name} cannot be read: {error!r}") from error


def write_model(path: Path, version: str, columns: Sequence[str], trees: Sequence[Tree]) -> None:
    """Write a model: the same model gives the same bytes. Each tree has a line."""
    lists = [[[*tree.columns], [*tree.thresholds], [*tree.left], [*tree.right], [*tree.leaves]] for tree in trees]
    names = list(columns)
    head = {"format": FORMAT, "version": version, "sha256": digest(version, names, lists), "columns": names}
    lines = ",\n".join(_dumped(tree) for tree in lists)
    path.write_text(f'{_dumped(head)[:-1]},"trees":[\n{lines}\n]}}\n', encoding="utf-8")


def digest(version: str, columns: Sequence[str], trees: Sequence[Sequence[object]]) -> str:
    """The SHA-256 of a model's content."""
    return hashlib.sha256(_dumped([version, columns, trees]).encode()).hexdigest()


def _dumped(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
