"""Adds to a text the parts that its own form calls for: headings of sections, questions and answers, told captions.

Extractors and selection judge each line alone. A short answer, a heading that is a link or a caption looks like what
stands around articles; that it is text shows only in the form of the whole.
"""

from collections.abc import Iterable, Sequence
from itertools import islice, pairwise

from lxml.html import HtmlElement

from pipelines.cleaning.blocks import Block, BlockRole
from pipelines.cleaning.body_blocks import EXCLUDED_ROLES, HEADING_TAGS, container_of
from pipelines.cleaning.prose import is_prose

MIN_LINKED_HEADINGS = 3
"""Linked headings with text of the article below each that make a list; fewer may be pointers to other articles."""

MIN_QUESTIONS = 2
"""Questions with an answer that make a list of questions; a single one may be a heading."""

MAX_QUESTION_CHARS = 160
"""Characters of a question that stands above its answer; longer lines are paragraphs that end with one."""

MAX_LABEL_CHARS = 30
"""Characters of a time or a number that may stand between a heading and its text."""

MAX_CAPTION_LEVELS = 4
"""Levels between a caption and the element that holds the pictures of the story."""

QUESTION_TAGS = HEADING_TAGS | {"summary", "dt", "div"}
"""Elements that hold a question; one in a paragraph is set in bold type."""


def with_sections(chosen: list[Block], blocks: Sequence[Block], *, unfold: bool) -> list[Block]:
    """Return the chosen blocks of a page's text and those that belong to them by its form, in the page's order.

    With `unfold`, what the page hides at first may be among them.
    """
    if not chosen:
        return chosen
    own_roles = chosen[0].roles
    for block in chosen:
        own_roles &= block.roles
    refused = (EXCLUDED_ROLES | BlockRole.ASIDE | (0 if unfold else BlockRole.HIDDEN)) & ~own_roles
    root = _common_ancestor(chosen)
    inside = [b for b in blocks if root is not None and not b.roles & refused and _is_inside(b, root)]
    known = {block.index for block in chosen}
    added = [*_headings(inside, known), *_questions(inside), *_captions(chosen, blocks, refused)]
    return sorted({block.index: block for block in (*chosen, *added)}.values(), key=lambda block: block.index)


def _headings(inside: Sequence[Block], known: set[int]) -> list[Block]:
    """Return the headings that stand right above text of the article; linked ones if they make a list."""
    told: list[Block] = []
    linked: list[Block] = []
    first = min(known)
    for number, block in enumerate(inside):
        if block.tag not in HEADING_TAGS or block.index < first:
            continue
        below = next((b for b in inside[number + 1 :] if b.index in known or len(b.text) > MAX_LABEL_CHARS), None)
        if below is None or below.index not in known or below.tag in HEADING_TAGS:
            continue
        if block.linked < 0.5:
            told.append(block)
        elif _stands_beside(block, below):
            linked.append(block)
    return told + (linked if len(linked) >= MIN_LINKED_HEADINGS else [])


def _stands_beside(heading: Block, text: Block) -> bool:
    """Whether a heading and its text are in one element; a pointer to another article has an element of its own."""
    return _is_inside(text, container_of(heading))


def _questions(inside: Sequence[Block]) -> list[Block]:
    """Return the questions and answers of a text that has several."""
    pairs = [(block, below) for block, below in pairwise(inside) if _is_question(block) and below.linked < 0.5]
    pairs = [(question, answer) for question, answer in pairs if not _is_question(answer)]
    return [block for pair in pairs for block in pair] if len(pairs) >= MIN_QUESTIONS else []


def _is_question(block: Block) -> bool:
    return (
        block.text.endswith("?")
        and len(block.text) <= MAX_QUESTION_CHARS
        and (block.tag in QUESTION_TAGS or block.bold >= 0.9)
        and (block.linked < 0.5 or _opens_here(block))
    )


def _opens_here(block: Block) -> bool:
    return all(link.get("href", "#").startswith(("#", "javascript:")) for link in block.element.iter("a"))


def _captions(chosen: Sequence[Block], blocks: Sequence[Block], refused: int) -> list[Block]:
    """Return the captions of the same kind beside those that a text is told in."""
    told = [block for block in chosen if block.roles & BlockRole.CAPTION and is_prose(block)]
    if sum(len(block.text) for block in told) <= sum(len(block.text) for block in chosen) / 2:
        return []
    frames = list(islice(told[0].element.iterancestors(), MAX_CAPTION_LEVELS))
    others = [b for b in blocks if _is_like(b, told[0]) and is_prose(b) and not b.roles & refused & ~BlockRole.CAPTION]
    return next((found for frame in frames if len(found := [b for b in others if _is_inside(b, frame)]) > 1), [])


def _is_like(block: Block, other: Block) -> bool:
    return block.tag == other.tag and block.element.get("class") == other.element.get("class")


def _common_ancestor(chosen: Iterable[Block]) -> HtmlElement | None:
    """Return the innermost element that holds all blocks; None if some stand in parts cut out of the document."""
    paths = [[*reversed(list(container_of(block).iterancestors())), container_of(block)] for block in chosen]
    shared = [level[0] for level in zip(*paths, strict=False) if all(element is level[0] for element in level)]
    return shared[-1] if shared else None


def _is_inside(block: Block, element: HtmlElement) -> bool:
    return block.element is element or any(ancestor is element for ancestor in block.element.iterancestors())
