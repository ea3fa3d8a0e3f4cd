"""What a page's blocks look like, as numbers: the input of the learned decision on which of them are the article's.

Nothing here knows a language's words or a site. A block is described by its own text, by the elements around it and
what they are called, by how independent readings of the page run through it, and by its neighbours.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import log1p

import numpy as np
import numpy.typing as npt
from lxml.html import HtmlElement

from pipelines.cleaning.blocks import BLOCK_ROLES, MAX_KNOWN_NAMES, Block
from pipelines.cleaning.prose import is_prose

Matrix = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.intp]

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

_TEASER_END = re.compile(r"(?:…|\.\.\.)\W*$")
_CLOCK_OR_ADDRESS = re.compile(r"https?:|\d:\d\d")


class _Character:
    """What a character is, as bits: all characters of a page are looked up and counted at once."""

    SENTENCE_END = 1 << 0
    COMMA = 1 << 1
    CAPITAL = 1 << 2
    DIGIT = 1 << 3
    MARK = 1 << 4
    SPACE = 1 << 5
    BEHIND_SENTENCE = 1 << 6
    LAST_OF_TEXT = 1 << 7


@cache
def _character_table() -> npt.NDArray[np.uint8]:
    """The bits of each character of the basic plane."""
    table = np.zeros(0x10000, np.uint8)
    characters = [chr(code) for code in range(len(table))]
    for bit, members in (
        (_Character.SENTENCE_END, ".!?…。！？"),
        (_Character.COMMA, ",，、"),
        (_Character.CAPITAL, [*map(chr, range(ord("A"), ord("Z") + 1)), *map(chr, range(ord("À"), ord("Þ") + 1))]),
        (_Character.DIGIT, filter(str.isdecimal, characters)),
        (_Character.MARK, "©|»›→@#•·/"),
        (_Character.SPACE, " "),
        (_Character.BEHIND_SENTENCE, [*filter(str.isspace, characters), *"\"'”’»)"]),
        (_Character.LAST_OF_TEXT, '.!?…。！？”"»’)'),
    ):
        table[[ord(character) for character in members]] |= bit
    return table


OWN = (
    "chars", "words", "word_length", "linked", "bold", "lead", "sentences", "commas", "capitals", "digits", "marks",
    "sentence_end", "colon_end", "question_end", "teaser_end", "lower_start", "prose", "tag", "after_break",
    "after_image", "place", "from_headline", "repeated", "is_title", "in_description", "depth", "parent_tag",
    "grandparent_tag", "article_level", "link_run", "list_size",
    *(f"role_{number}" for number in range(len(BLOCK_ROLES))),
    *(f"name_{number}" for number in range(len(NAME_GROUPS))),
)  # fmt: skip
READ = ("main", "second", "stated")
MEASURES = ("blocks", "text", "links", "main", "second")
AROUND = tuple(f"{what}_{level}" for level in range(4) for what in MEASURES)
KIND = tuple(f"kind_{what}" for what in MEASURES)
RUNS = (
    "before_main", "behind_main", "main_near", "second_near", "prose_near", "links_near", "prose_above",
    "main_above",
)  # fmt: skip
NEIGHBOUR_COLUMNS = ("chars", "linked", "sentence_end", "tag", "prose", "name_0", "main", "second")
NEIGHBOURS = tuple(f"{name}{offset:+}" for offset in (-3, -2, -1, 1, 2, 3) for name in (*NEIGHBOUR_COLUMNS, "beside"))
PAGE = ("page_blocks", "page_prose", "page_main", "page_second", "page_agreement", "page_stated")
FEATURES: tuple[str, ...] = (*OWN, *READ, *AROUND, *KIND, *RUNS, *NEIGHBOURS, *PAGE)
"""The names of the columns, in order. A model holds the names that it was trained on."""

MIN_REPEATED_LETTERS = 20
"""Letters of a block that is looked for elsewhere on its page: shorter ones recur in any text."""

NEAR_BLOCKS = 5
"""Blocks on each side that count as near."""

MAX_RUN_BLOCKS = 100
"""Blocks from the main prose beyond which all are equally far away."""


@lru_cache(maxsize=MAX_KNOWN_NAMES)
def _groups_of_word(word: str) -> int:
    """Which groups of words a word of a class or id belongs to, as bits."""
    return sum(1 << number for number, words in enumerate(_NAMES) if words.search(word))


@lru_cache(maxsize=MAX_KNOWN_NAMES)
def _groups_of_names(names: str) -> int:
    groups = 0
    for word in names.lower().split():
        groups |= _groups_of_word(word)
    return groups


def _groups_of(element: HtmlElement) -> int:
    return _groups_of_names(element.get("class") or "") | _groups_of_names(element.get("id") or "")


@dataclass(frozen=True, slots=True)
class Readings:
    """Which blocks independent readings of a page hold, by their indexes.

    `main` are those that the page's sentences tell to be its article's (`prose.py`), `second` those in the text of the
    second extractor, `stated` those in the text of the page's data, None if its data hold no text.
    """

    main: frozenset[int]
    second: frozenset[int]
    stated: frozenset[int] | None

    @property
    def blocks(self) -> frozenset[int]:
        """The blocks that at least one of them holds."""
        return self.main | self.second | (self.stated or frozenset())


class _Surroundings:
    """The elements that blocks stand in, and all elements around these, by numbers. Parents come before children.

    The root counts as its own parent.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._numbers: dict[HtmlElement, int] = {}
        self._kinds: dict[tuple[str, str], int] = {}
        self.parents: list[int] = []
        self._depths: list[int] = []
        self._facts: list[tuple[int, int, int, int]] = []
        self._elements: list[HtmlElement] = []
        self.own = np.array([self._number_of(block.element) for block in blocks], np.intp)
        self.above = np.array(self.parents, np.intp)
        self.is_root = self.above == np.arange(len(self.above))
        facts = np.array(self._facts, np.int64).reshape(-1, 4)
        self._tags, self._kind_numbers, self._groups, self._articles = facts.T

    def _number_of(self, element: HtmlElement) -> int:
        known = self._numbers.get(element)
        if known is not None:
            return known
        parent = element.getparent()
        above = None if parent is None else self._number_of(parent)
        number = self._numbers[element] = len(self.parents)
        self.parents.append(number if above is None else above)
        self._depths.append(0 if above is None else self._depths[above] + 1)
        tag = element.tag
        kind = self._kinds.setdefault((tag, element.get("class") or ""), len(self._kinds))
        groups = 0 if above is None else _groups_of(element)
        self._facts.append((TAG_CODES.get(tag, 0), kind, groups, above is not None and tag == "article"))
        self._elements.append(element)
        return number

    def ancestors(self, levels: int) -> Numbers:
        """Of each block its element, the one above, and so on."""
        found = [self.own]
        for _ in range(levels - 1):
            found.append(self.above[found[-1]])
        return np.column_stack(found)

    def kinds(self) -> Numbers:
        """Of each block a number for its kind: tag and class of its element and of the one above."""
        parent = np.where(self.is_root[self.own], -1, self._kind_numbers[self.above[self.own]])
        pairs = self._kind_numbers[self.own] * (len(self._kinds) + 1) + parent + 1
        return np.unique(pairs, return_inverse=True)[1]

    def features(self) -> dict[str, npt.ArrayLike]:
        own, parent = self.own, self.above[self.own]
        above_parent = self.above[parent]
        has_parent = ~self.is_root[own]
        sizes = {number: len(self._elements[number]) for number in set(parent.tolist())}
        levels = self._levels_to_names()[own]
        return {
            "depth": np.array(self._depths, np.intp)[own],
            "parent_tag": np.where(has_parent, self._tags[parent], 0),
            "grandparent_tag": np.where(has_parent & ~self.is_root[parent], self._tags[above_parent], 0),
            "article_level": levels[:, -1],
            "list_size": np.where(has_parent, [sizes[number] for number in parent.tolist()], 0),
            **{f"name_{number}": levels[:, number] for number in range(len(NAME_GROUPS))},
        }

    def _levels_to_names(self) -> Numbers:
        """How many levels up of each element the nearest one of each group of names is, and the next `article`."""
        here = np.column_stack([self._groups[:, None] >> np.arange(len(NAME_GROUPS)) & 1, self._articles]) > 0
        levels = np.full(here.shape, MAX_NAME_LEVEL)
        ancestor = np.arange(len(here))
        for level in range(MAX_NAME_LEVEL):
            levels = np.minimum(levels, np.where(here[ancestor], level, MAX_NAME_LEVEL))
            ancestor = self.above[ancestor]
        return levels


class BlockFrame:
    """What is known of a page's blocks before it is read: their own texts and the elements around them.

    It is made before anything is removed from the page's tree.
    """

    def __init__(self, blocks: Sequence[Block], headline_keys: Collection[str], description: str) -> None:
        self.size = len(blocks)
        surroundings = _Surroundings(blocks)
        self.kinds = surroundings.kinds()
        self.around = surroundings.ancestors(4)
        self._parents = surroundings.parents
        titles = [block for block in blocks if block.match_key in headline_keys]
        top = next((block for block in titles if block.tag == "h1"), titles[0] if titles else None)
        columns: dict[str, npt.ArrayLike] = {
            **_text_features([block.text for block in blocks]),
            "linked": [block.linked for block in blocks],
            "bold": [block.bold for block in blocks],
            "lead": [len(block.lead) / len(block.text) for block in blocks],
            "prose": [is_prose(block) for block in blocks],
            "tag": [TAG_CODES.get(block.tag, 0) for block in blocks],
            "after_break": [block.after_break for block in blocks],
            "after_image": [block.after_image for block in blocks],
            "from_headline": np.arange(self.size) - (top.index if top else 0),
            "is_title": [block.match_key in headline_keys for block in blocks],
            **_repetitions(blocks, description),
            "link_run": np.zeros(self.size),
            **surroundings.features(),
        }
        roles = np.array([block.roles for block in blocks], np.int64)
        columns |= {f"role_{number}": roles & role != 0 for number, role in enumerate(BLOCK_ROLES)}
        self.own: Matrix = np.column_stack([np.asarray(columns[name], np.float32) for name in OWN])
        self.chars = np.array([len(block.text) for block in blocks], np.float32)

    def features(self, readings: Readings) -> Matrix:
        """One row per block, with the columns of FEATURES."""
        size = self.size
        taken = np.zeros((size, 2), np.float32)
        for column, held in enumerate((readings.main, readings.second)):
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


def _text_features(texts: Sequence[str]) -> dict[str, npt.ArrayLike]:
    """What the characters of each block's text tell. The texts are read as one, with an end of line behind each."""
    sizes = np.array([len(text) for text in texts], np.intp)
    stops = np.cumsum(sizes + 1) - 1
    codes = np.frombuffer("\n".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), np.uint32)
    table = _character_table()
    characters = table[np.minimum(codes, len(table) - 1)]
    ended = np.append(characters[1:] & _Character.BEHIND_SENTENCE, 0) != 0

    def count(held: npt.NDArray[np.bool_]) -> Numbers:
        totals = np.append(0, np.cumsum(held))
        return np.asarray(totals[stops] - totals[stops - sizes], np.intp)

    def number(bit: int) -> Numbers:
        return count(characters & bit != 0)

    words = number(_Character.SPACE) + 1
    last = codes[stops - 1]
    return {
        "chars": np.log1p(sizes),
        "words": np.log1p(words),
        "word_length": sizes / words,
        "sentences": count((characters & _Character.SENTENCE_END != 0) & ended),
        "commas": number(_Character.COMMA),
        "capitals": number(_Character.CAPITAL) / words,
        "digits": number(_Character.DIGIT) / sizes,
        "marks": number(_Character.MARK) + [len(_CLOCK_OR_ADDRESS.findall(t)) if ":" in t else 0 for t in texts],
        "sentence_end": characters[stops - 1] & _Character.LAST_OF_TEXT != 0,
        "colon_end": last == ord(":"),
        "question_end": last == ord("?"),
        "teaser_end": [("…" in t or "..." in t) and _TEASER_END.search(t) is not None for t in texts],
        "lower_start": [text[0].islower() for text in texts],
        "place": (stops - sizes - np.arange(len(texts))) / (int(sizes.sum()) or 1),
    }


def _repetitions(blocks: Sequence[Block], description: str) -> dict[str, npt.ArrayLike]:
    """Which blocks have the text of one before them, and which stand in the page's description."""
    seen: set[str] = set()
    repeated, described = [], []
    for key in (block.match_key for block in blocks):
        repeated.append(len(key) >= MIN_REPEATED_LETTERS and key in seen)
        described.append(len(key) >= MIN_REPEATED_LETTERS and key in description)
        seen.add(key)
    return {"repeated": repeated, "in_description": described}


def _shares(held: Matrix, total: float) -> Matrix:
    """Blocks (as a logarithm), prose against the total, and the shares of links and of two readings."""
    chars = np.maximum(held[:, -1], 1)
    return np.column_stack([np.log1p(held[:, 0]), held[:, 1] / total, held[:, 2:-1] / chars[:, None]])


def _runs(taken: Matrix, prose: npt.NDArray[np.bool_], prose_chars: Matrix, chars: Matrix, linked: Matrix) -> Matrix:
    """Where a block stands in the run of the main prose, and what is near it."""
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
    above_main = totals[:-1, 0] / max(float(totals[-1, 0]), 1.0)
    return np.column_stack([*distances, shares, above_prose, above_main]).astype(np.float32)


def _run_lengths(held: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """How long the run of blocks is that a block stands in, 0 outside of runs."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], held, [False]]).astype(np.int8)))
    lengths = np.zeros(len(held), np.int64)
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        lengths[start:stop] = stop - start
    return lengths
