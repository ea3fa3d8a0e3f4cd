"""The learned decision: which of a page's blocks are the article's, by a model of what blocks look like.

The model does not see the selection that the extractors' texts and the page's containers gave, so that it can judge it.
Where it finds that selection in the right place, it adds what is missing within; else its own takes the place, unless
it is the shorter one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.cleaning.block_features import FEATURES, BlockFrame, Matrix, Readings
from pipelines.cleaning.block_model import BlockModel, ModelError
from pipelines.cleaning.blocks import Block
from pipelines.cleaning.body_blocks import ALWAYS_EXCLUDED_ROLES, baseline_roles

MIN_PROBABILITY = 0.4
"""Probability from which a block is taken for the article's. F1 is best a little below one half."""

MIN_GAIN = 0.01
"""By how much another selection must be better than the present one, in expected F1, to take its place."""

MIN_EXPECTED_F1 = 0.7
"""Expected F1 from which the present selection is of the right place. Nothing is taken from it then: what is folded
away or stands under a misleading name is known to rules and not to the model. Nor is anything added around it, since
teasers of other articles look like an article."""

MAX_GAP_BLOCKS = 20
"""Blocks between parts of one article. What lies farther off is not added: a glossary looks like an article."""

MAX_LEARNED_BLOCKS = 8_000
"""Blocks of a page that the model is asked about: the largest real page seen has 4,000."""

MAX_FAR_LINK_SHARE = 0.8
MAX_FAR_NEIGHBOUR_SHARE = 0.1
"""The model is not asked about links that no reading of the page took, with next to no taken text around them: a third
of a page's blocks, of which one in some thousands is the article's."""

Chosen = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DescribedBlocks:
    """What the model is asked about a page: `rows` of features, and the indexes of the blocks that they describe.

    `backed` are the blocks that an independent reading of the page holds.
    """

    rows: Matrix
    asked: npt.NDArray[np.intp]
    backed: frozenset[int]


def describe(frame: BlockFrame, readings: Readings) -> DescribedBlocks:
    """Describe the blocks of a page that the model is asked about."""
    rows = frame.features(readings)
    column = {name: rows[:, number] for number, name in enumerate(FEATURES)}
    untaken = column["first"] + column["second"] == 0
    lonely = column["first_near"] < MAX_FAR_NEIGHBOUR_SHARE
    asked = np.flatnonzero(~(untaken & lonely & (column["linked"] > MAX_FAR_LINK_SHARE)))
    return DescribedBlocks(rows[asked], asked, readings.blocks)


def decide(
    blocks: Sequence[Block], present: Sequence[int], described: DescribedBlocks, model: BlockModel, barred_roles: int
) -> list[int] | None:
    """Return the indexes of the blocks that take the place of the present selection, or None if it stays.

    No block with one of the `barred_roles` is added to it. Raises ModelError if the model knows other features.
    """
    if model.columns != FEATURES:
        raise ModelError(f"model {model.version} was trained on other features")
    probability = np.zeros(len(blocks))
    probability[described.asked] = model.probabilities(described.rows)
    selected, backed = np.zeros((2, len(blocks)), bool)
    selected[list(present)] = True
    backed[list(described.backed)] = True
    held = baseline_roles(blocks, {number: len(blocks[number].match_key) for number in present})
    excluded = barred_roles | (ALWAYS_EXCLUDED_ROLES & ~held)
    barred = np.array([block.roles & excluded != 0 for block in blocks], bool)
    probability[~selected & (barred | ~backed)] = 0
    letters = np.array([len(block.match_key) for block in blocks], float)
    expected = _expected_f1(probability, letters, selected)
    chosen = probability > MIN_PROBABILITY
    if expected >= MIN_EXPECTED_F1:
        chosen[: min(present)] = chosen[max(present) :] = False
        chosen |= selected
    else:
        chosen = _connected(chosen, selected, letters * probability)
    is_shorter = letters @ chosen < letters @ selected  # an archive must not lose a text
    if is_shorter or not chosen.any() or _expected_f1(probability, letters, chosen) < expected + MIN_GAIN:
        return None
    return [int(number) for number in np.flatnonzero(chosen)]


def _expected_f1(probability: Numbers, letters: Numbers, chosen: Chosen) -> float:
    """The F1 by letters that a selection has if each block is the article's with its probability."""
    expected = letters * probability
    return float(2 * expected[chosen].sum() / max(letters[chosen].sum() + expected.sum(), 1e-9))


def _connected(chosen: Chosen, selected: Chosen, weight: Numbers) -> Chosen:
    """Return the part of a choice that has most of the present selection, and those that are themselves mostly of it.

    Parts are runs with no gap of more than MAX_GAP_BLOCKS.
    """
    numbers = np.flatnonzero(chosen)
    parts = np.split(numbers, np.flatnonzero(np.diff(numbers) > MAX_GAP_BLOCKS) + 1)
    main = max(parts, key=lambda part: (weight[part] @ selected[part], weight[part].sum()))
    kept = np.zeros_like(chosen)
    for part in parts:
        kept[part] = part is main or weight[part] @ selected[part] > weight[part].sum() / 2
    return kept
