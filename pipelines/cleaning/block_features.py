"""What a page's blocks look like, as numbers: the input of the learned decision on which of them are the article's.

Nothing here knows a language's words or a site. A block is described by its own text, by the elements around it and
what they are called, by how the texts that extractors found run through it, and by its neighbours.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log1p

import numpy as np
import numpy.typing as npt
from lxml.html import HtmlElement

from pipelines.cleaning.blocks import BLOCK_ROLES, Block
from pipelines.cleaning.prose import is_prose

Matrix = npt.NDArray[np.float32]

TAG_CODES = {
    tag: code
    for code, tags in enumerate(
        (
            ("p",), ("h1",), ("h2",), ("h3",), ("h4", "h5", "h6"), ("li",),
            ("td", "th", "tr", "tbody", "thead", "table"), ("blockquote",), ("pre",), ("dt", "dd", "dl"),
            ("figcaption", "figure"), ("div",), ("section",), ("article",), ("header",),
            ("footer", "aside"), ("ul", "ol"), ("main",), ("body", "html"), ("form", "fieldset"),
        ),
        start=1,
    )
    for tag in tags
}  # fmt: skip
"""Kinds of elements that a block can stand in; 0 are all others."""

NAME_GROUPS = (
    r"content|body|text|entry|post|article|artikel|story|main|detail|isi|konten|paragraph|rich|wysiwyg|prose|copy",
    r"card|item|list|grid|teaser|loop|archive|feed|slider|carousel|swiper|tile|thumb|latest|more",
    r"nav|menu|breadcrumb|header|topbar|toolbar|paginat|pager|masthead|search",
    r"side|widget|rail|aside|secondary|sticky",
    r"newsletter|subscri|cta|promo|sign|button|btn|banner|donat|download|offer",
    r"meta|date|author|byline|info|credit|tag|categor|label|kicker|time|source",
    r"summary|lead|intro|standfirst|deck|excerpt|subtitle|dek|abstract|hero|title|headline",
    r"faq|accordion|question|toggle|tab|collaps|step",
    r"quote|pull|callout|box|highlight|note|alert|notice|key",
    r"price|product|rating|review|buy|shop|cart",
    r"footer|copyright|legal|disclaimer|cookie|consent|policy",
    r"elementor|wp-block|vc_|et_pb|fl-|block|module|section|row|col",
)
"""Words in the classes and ids of elements, by what they usually are about."""

_NAMES = tuple(re.compile(words) for words in NAME_GROUPS)

MAX_NAME_LEVEL = 8
"""Levels above a block at which a name still counts: farther out, it is about the whole page."""

_ENDS = frozenset('.!?…。！？”"»’)')
_SENTENCE = re.compile(r"[.!?…。！？]+(?=[\s\"'”’»)]|$)")
_CAPITAL = re.compile(r"[A-ZÀ-Þ]")
_DIGIT = re.compile(r"\d")
_MARK = re.compile(r"[©|»›→@#•·/]|https?:|\d:\d\d")
_TEASER_END = re.compile(r"(?:…|\.\.\.)\W*$")

OWN = (
    "chars", "words", "word_length", "linked", "bold", "lead", "sentences", "commas", "capitals", "digits", "marks",
    "sentence_end", "colon_end", "question_end", "teaser_end", "lower_start", "prose", "tag", "after_break",
    "after_image", "place", "from_headline", "repeated", "is_title", "in_description", "depth", "parent_tag",
    "grandparent_tag", "article_level", "link_run", "list_size",
    *(f"role_{number}" for number in range(len(BLOCK_ROLES))),
    *(f"name_{number}" for number in range(len(NAME_GROUPS))),
)  # fmt: skip
READ = ("first", "second", "stated")
MEASURES = ("blocks", "text", "links", "first", "second")
AROUND = tuple(f"{what}_{level}" for level in range(4) for what in MEASURES)
KIND = tuple(f"kind_{what}" for what in MEASURES)
RUNS = (
    "before_first", "behind_first", "first_near", "second_near", "prose_near", "links_near", "prose_above",
    "first_above",
)  # fmt: skip
NEIGHBOUR_COLUMNS = ("chars", "linked", "sentence_end", "tag", "prose", "name_0", "first", "second")
NEIGHBOURS = tuple(f"{name}{offset:+}" for offset in (-3, -2, -1, 1, 2, 3) for name in (*NEIGHBOUR_COLUMNS, "beside"))
PAGE = ("page_blocks", "page_prose", "page_first", "page_second", "page_agreement", "page_stated")
FEATURES: tuple[str, ...] = (*OWN, *READ, *AROUND, *KIND, *RUNS, *NEIGHBOURS, *PAGE)
"""The names of the columns, in order. A model holds the names that it was trained on."""

NEAR_BLOCKS = 5
"""Blocks on each side that count as near."""

MAX_RUN_BLOCKS = 100
"""Blocks from the text of the first extractor beyond which all are equally far away."""


@lru_cache(maxsize=4096)
def _named(names: str) -> tuple[bool, ...]:
    """Whether each group of words is in the class or id of an element. Pure, so the cache changes no outcome."""
    return tuple(words.search(names) is not None for words in _NAMES)


@dataclass(frozen=True, slots=True)
class Readings:
    """Which blocks independent readings of a page hold, by their indexes.

    `first` and `second` are those in the texts of the two extractors, `stated` those in the text of the page's data,
    None if its data hold no text.
    """

    first: frozenset[int]
    second: frozenset[int]
    stated: frozenset[int] | None

    @property
    def blocks(self) -> frozenset[int]:
        """The blocks that at least one of them holds."""
        return self.first | self.second | (self.stated or frozenset())


class BlockFrame:
    """What is known of a page's blocks before extractors are asked: their own texts and the elements around them.

    It is made before anything is removed from the page's tree.
    """

    def __init__(self, blocks: Sequence[Block], headline_keys: Collection[str], description: str) -> None:
        self.size = len(blocks)
        self._levels: dict[HtmlElement, tuple[int, ...]] = {}
        self._ids: dict[HtmlElement, int] = {}
        self._parents: list[int] = []
        top = next(
            (block.index for block in blocks if block.match_key in headline_keys and block.tag == "h1"), None
        ) or next((block.index for block in blocks if block.match_key in headline_keys), 0)
        seen: set[str] = set()
        kinds: dict[tuple[str, ...], int] = {}
        self.kinds = np.empty(self.size, np.int32)
        self.around = np.empty((self.size, 4), np.int32)
        rows = []
        total = sum(len(block.text) for block in blocks) or 1
        before = 0
        for block in blocks:
            element = block.element
            parent = element.getparent()
            key = block.match_key
            levels = self._levels_of(element)
            number = self._id_of(element)
            for level in range(4):
                number = self._parents[number] if level else number
                self.around[block.index, level] = number
            kind = (
                block.tag,
                element.get("class") or "",
                "" if parent is None else parent.tag,
                "" if parent is None else parent.get("class") or "",
            )
            self.kinds[block.index] = kinds.setdefault(kind, len(kinds))
            rows.append(
                (
                    *_text_features(block),
                    before / total,
                    block.index - top,
                    len(key) >= 20 and key in seen,
                    key in headline_keys,
                    len(key) >= 20 and key in description,
                    levels[-1],
                    TAG_CODES.get("" if parent is None else parent.tag, 0),
                    self._tag_above(parent),
                    levels[-2],
                    0,
                    0 if parent is None else len(parent),
                    *((block.roles & role) != 0 for role in BLOCK_ROLES),
                    *levels[:-2],
                )
            )
            seen.add(key)
            before += len(block.text)
        self.own: Matrix = np.array(rows, np.float32).reshape(self.size, len(OWN))
        self.chars = np.array([len(block.text) for block in blocks], np.float32)

    def _tag_above(self, parent: HtmlElement | None) -> int:
        above = parent.getparent() if parent is not None else None
        return 0 if above is None else TAG_CODES.get(above.tag, 0)

    def _id_of(self, element: HtmlElement) -> int:
        known = self._ids.get(element)
        if known is not None:
            return known
        parent = element.getparent()
        above = self._id_of(parent) if parent is not None else None
        number = self._ids[element] = len(self._parents)
        self._parents.append(number if above is None else above)
        return number

    def _levels_of(self, element: HtmlElement) -> tuple[int, ...]:
        """How many levels up the nearest element of each group of names is, then the next `article`, and the depth."""
        known = self._levels.get(element)
        if known is not None:
            return known
        parent = element.getparent()
        if parent is None:
            levels = (MAX_NAME_LEVEL,) * (len(NAME_GROUPS) + 1) + (0,)
        else:
            *above, article, depth = self._levels_of(parent)
            name = f"{element.get('class') or ''} {element.get('id') or ''}"
            if name != " ":
                named = _named(name.lower())
                above = [
                    0 if here else min(level + 1, MAX_NAME_LEVEL) for level, here in zip(above, named, strict=True)
                ]
            else:
                above = [min(level + 1, MAX_NAME_LEVEL) for level in above]
            article = 0 if element.tag == "article" else min(article + 1, MAX_NAME_LEVEL)
            levels = (*above, article, depth + 1)
        self._levels[element] = levels
        return levels

    def features(self, readings: Readings) -> Matrix:
        """One row per block, with the columns of FEATURES."""
        size = self.size
        taken = np.zeros((size, 2), np.float32)
        for column, held in enumerate((readings.first, readings.second)):
            taken[list(held), column] = 1
        in_data = np.full(size, -1 if readings.stated is None else 0, np.float32)
        if readings.stated is not None:
            in_data[list(readings.stated)] = 1
        chars = self.chars
        own = self.own.copy()
        linked = own[:, OWN.index("linked")]
        prose = own[:, OWN.index("prose")] > 0
        prose_chars = chars * prose
        total_prose = float(prose_chars.sum()) or 1.0
        roles = slice(OWN.index("role_0"), OWN.index("role_0") + len(BLOCK_ROLES))
        own[:, roles] *= prose_chars @ own[:, roles] <= total_prose / 2  # what most of the text has tells nothing
        own[:, OWN.index("link_run")] = _run_lengths(linked > 0.8)
        sums = np.column_stack([np.ones(size, np.float32), prose_chars, chars * linked, chars[:, None] * taken, chars])
        parents = self._parents
        held_by = np.zeros((len(parents), sums.shape[1]), np.float32)
        np.add.at(held_by, self.around[:, 0], sums)
        for number in range(len(parents) - 1, 0, -1):  # parents come before their children
            if parents[number] != number:
                held_by[parents[number]] += held_by[number]
        around = [_shares(held_by[self.around[:, level]], total_prose) for level in range(4)]
        by_kind = np.zeros((int(self.kinds.max(initial=0)) + 1, sums.shape[1]), np.float32)
        np.add.at(by_kind, self.kinds, sums)
        kind = _shares(by_kind[self.kinds], 1.0)
        kind[:, 1] = np.log1p(by_kind[self.kinds][:, -1] / by_kind[self.kinds][:, 0])
        near = np.column_stack([own[:, [OWN.index(name) for name in NEIGHBOUR_COLUMNS if name in OWN]], taken])
        neighbours = []
        for offset in (-3, -2, -1, 1, 2, 3):
            shifted = np.full((size, near.shape[1] + 1), -1, np.float32)
            if abs(offset) < size:
                here = slice(max(0, -offset), size - max(0, offset))
                there = slice(max(0, offset), size - max(0, -offset))
                shifted[here, :-1] = near[there]
                shifted[here, -1] = self.around[here, 1] == self.around[there, 1]
            neighbours.append(shifted)
        both = float((chars * taken[:, 0] * taken[:, 1]).sum())
        either = float((chars * taken.max(axis=1, initial=0)).sum()) or 1.0
        page = np.array(
            [
                log1p(size),
                log1p(total_prose),
                *(prose_chars @ taken) / total_prose,
                both / either,
                -1 if readings.stated is None else float(prose_chars @ np.maximum(in_data, 0)) / total_prose,
            ],
            np.float32,
        )
        runs = _runs(taken, prose, prose_chars, chars, linked)
        return np.column_stack(
            [own, taken, in_data, *around, kind, runs, *neighbours, np.broadcast_to(page, (size, len(page)))]
        )


def _text_features(block: Block) -> tuple[float, ...]:
    text = block.text
    size = len(text)
    words = text.count(" ") + 1
    last = text[-1]
    return (
        log1p(size),
        log1p(words),
        size / words,
        block.linked,
        block.bold,
        len(block.lead) / size,
        len(_SENTENCE.findall(text)),
        text.count(",") + text.count("，") + text.count("、"),
        len(_CAPITAL.findall(text)) / words,
        len(_DIGIT.findall(text)) / size,
        len(_MARK.findall(text)),
        last in _ENDS,
        last == ":",
        last == "?",
        _TEASER_END.search(text) is not None,
        text[0].islower(),
        is_prose(block),
        TAG_CODES.get(block.tag, 0),
        block.after_break,
        block.after_image,
    )


def _shares(held: Matrix, total: float) -> Matrix:
    """Blocks (as a logarithm), prose against the total, and the shares of links and of both extractors' texts."""
    chars = np.maximum(held[:, -1], 1)
    return np.column_stack([np.log1p(held[:, 0]), held[:, 1] / total, held[:, 2:-1] / chars[:, None]])


def _runs(taken: Matrix, prose: npt.NDArray[np.bool_], prose_chars: Matrix, chars: Matrix, linked: Matrix) -> Matrix:
    """Where a block stands in the run of what the extractors took, and what is near it."""
    size = len(chars)
    numbers = np.arange(size)
    held = (taken[:, 0] > 0) & prose
    past = np.maximum.accumulate(np.where(held, numbers, -MAX_RUN_BLOCKS))
    coming = np.minimum.accumulate(np.where(held, numbers, size + MAX_RUN_BLOCKS)[::-1])[::-1]
    distances = [np.minimum(numbers - past, MAX_RUN_BLOCKS), np.minimum(coming - numbers, MAX_RUN_BLOCKS)]
    near = np.column_stack([chars[:, None] * taken, prose_chars, chars * linked, chars])
    totals = np.vstack([np.zeros((1, near.shape[1])), near.cumsum(axis=0, dtype=np.float64)])
    window = totals[np.minimum(numbers + NEAR_BLOCKS + 1, size)] - totals[np.maximum(numbers - NEAR_BLOCKS, 0)]
    shares = window[:, :-1] / np.maximum(window[:, -1:], 1)
    above_prose = totals[:-1, 2] / max(float(totals[-1, 2]), 1.0)
    above_first = totals[:-1, 0] / max(float(totals[-1, 0]), 1.0)
    return np.column_stack([*distances, shares, above_prose, above_first]).astype(np.float32)


def _run_lengths(held: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """How long the run of blocks is that a block stands in, 0 outside of runs."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], held, [False]]).astype(np.int8)))
    lengths = np.zeros(len(held), np.int64)
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        lengths[start:stop] = stop - start
    return lengths
