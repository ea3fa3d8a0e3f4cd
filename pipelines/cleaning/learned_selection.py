"""The learned decision: which of a page's blocks are the article's, by a model of what blocks look like.

The blocks that the model is sure of tell which of the page's containers are the article's. It does not see what is
selected from these, so that it can judge it. Where it finds a selection in the right place, it adds what is missing
within; else its own choice takes the place, unless that is the shorter one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.cleaning.block_features import FEATURES, BlockFrame, Matrix, Readings
from pipelines.cleaning.block_model import BlockModel, ModelError
from pipelines.cleaning.blocks import Block, BlockRole
from pipelines.cleaning.body_blocks import ALWAYS_EXCLUDED_ROLES, HEADING_TAGS, MIN_PARAGRAPH_CHARS, baseline_roles
from pipelines.cleaning.sections import MIN_LINKED_HEADINGS

MIN_PROBABILITY = 0.4
"""Probability from which a block is taken for the article's. F1 is best a little below one half."""

MIN_SEED_PROBABILITY = 0.7
"""Probability of a block by which the article's place is told. With 0.4, standfirsts and captions bring in what stands
around them; from 0.6 to 0.8 it makes no difference."""

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
    untaken = column["main"] + column["second"] == 0
    lonely = column["main_near"] < MAX_FAR_NEIGHBOUR_SHARE
    asked = np.flatnonzero(~(untaken & lonely & (column["linked"] > MAX_FAR_LINK_SHARE)))
    return DescribedBlocks(rows[asked], asked, readings.blocks)


class Judgement:
    """What a model says of a page's blocks: how likely each is the article's, and what selections of them are worth.

    No block with one of the `barred_roles` is added to a selection. `name` is that of the model. Raises ModelError if
    the model knows other features.
    """

    def __init__(
        self, blocks: Sequence[Block], described: DescribedBlocks, model: BlockModel, barred_roles: int
    ) -> None:
        if model.columns != FEATURES:
            raise ModelError(f"model {model.version} was trained on other features")
        self.name = f"blocks {model.version}"
        self._blocks, self._barred_roles = blocks, barred_roles
        self._probability = np.zeros(len(blocks))
        self._probability[described.asked] = model.probabilities(described.rows)
        self._backed = np.zeros(len(blocks), bool)
        self._backed[list(described.backed)] = True
        self._letters = np.array([len(block.match_key) for block in blocks], float)

    def sure(self) -> set[int]:
        """Return the indexes of the blocks that the model is sure of."""
        return set(map(int, np.flatnonzero(self._probability >= MIN_SEED_PROBABILITY)))

    def likely(self) -> set[int]:
        """Return the indexes of the blocks that the model is sure of, and of likely ones behind them that are too short
        to be sure of: rows of a table, lines of credit.
        """
        found = self.sure()
        for number in np.flatnonzero(self._probability >= MIN_PROBABILITY).tolist():
            block = self._blocks[number]
            if len(block.text) < MIN_PARAGRAPH_CHARS and block.linked < 0.5 and {number - 1, number - 2} & found:
                found.add(number)
        return found

    def may_be_list(self, numbers: Iterable[int]) -> bool:
        """Whether a selection may be a list of other articles: some of its headings are links."""
        blocks = (self._blocks[number] for number in numbers)
        return sum(block.tag in HEADING_TAGS and block.linked > 0.5 for block in blocks) >= MIN_LINKED_HEADINGS

    def expected_f1(self, numbers: Sequence[int]) -> float:
        """The F1 by letters that a selection has, if each block is the article's with its probability."""
        selected = self._held(numbers)
        return _expected_f1(self._open_to(numbers, selected), self._letters, selected)

    def better(self, present: Sequence[int]) -> list[int] | None:
        """Return the indexes of the blocks that take the place of a selection, or None if it stays."""
        selected = self._held(present)
        probability, letters = self._open_to(present, selected), self._letters
        expected = _expected_f1(probability, letters, selected)
        chosen = probability > MIN_PROBABILITY
        if expected >= MIN_EXPECTED_F1:
            chosen[: min(present)] = chosen[max(present) :] = False
            chosen |= selected
        else:
            chosen = _connected(chosen, selected, letters * probability)
        is_shorter = letters @ chosen < letters @ selected  # an archive must not lose a text
        numbers = np.flatnonzero(chosen).tolist()
        is_list = self.may_be_list(numbers) and not self.may_be_list(present)
        gains = bool(numbers) and _expected_f1(probability, letters, chosen) >= expected + MIN_GAIN
        return numbers if gains and not is_shorter and not is_list else None

    def _held(self, numbers: Sequence[int]) -> Chosen:
        selected = np.zeros(len(self._blocks), bool)
        selected[list(numbers)] = True
        return selected

    def _open_to(self, present: Sequence[int], selected: Chosen) -> Numbers:
        """The probabilities, 0 of what a selection may not take in beside its own blocks."""
        blocks = self._blocks
        held = baseline_roles(blocks, {number: len(blocks[number].match_key) for number in present})
        excluded = self._barred_roles | (ALWAYS_EXCLUDED_ROLES & ~held)
        barred = np.array([block.roles & excluded != 0 or _is_pointer(block) for block in blocks], bool)
        return np.where(~selected & (barred | ~self._backed), 0, self._probability)


def _is_pointer(block: Block) -> bool:
    return block.roles & BlockRole.RELATED != 0 and block.linked > 0.5


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
