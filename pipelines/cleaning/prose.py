"""Prose: the sentences of a page that are not links. An independent reading, which extractors are held against.

It looks at nothing but sentences, where they stand beside each other, and where the headline is. It is cruder than an
extractor, and blind to other things than it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from lxml.html import HtmlElement

from pipelines.cleaning.blocks import Block, BlockRole

MIN_PROSE_CHARS = 80
"""Characters of a block that is prose: half a sentence of Indonesian news is as long, menus and labels are shorter."""

MAX_PROSE_LINK_SHARE = 0.3
"""Share of a block of prose that links may take."""

MIN_GROUP_CHARS = 200
"""Characters of prose in one place that can be an article: two sentences, as in the shortest briefs."""

REMARK_ROLES = BlockRole.COMMENTS | BlockRole.BIOGRAPHY | BlockRole.POST | BlockRole.DIALOG
"""Roles of prose that is about the article or the site, however much of it there is."""

DOUBTFUL_ROLES = (
    REMARK_ROLES
    | BlockRole.ASIDE
    | BlockRole.RELATED
    | BlockRole.ADVERT
    | BlockRole.SHARE
    | BlockRole.FOOTER
    | BlockRole.FORM
    | BlockRole.CAPTION
    | BlockRole.TAGS
    | BlockRole.HIDDEN
)
"""Roles that speak against prose as long as there is other prose below the headline."""

_SENTENCE_END = re.compile(r"[.!?…。！？:][\"'”’»)\]]*\s*$|[.!?][\"'”’»)\]]*\s+[\"'“‘«(\[]?[A-Z0-9À-Þ]|[。！？]")

MAX_GROUP_LEVELS = 3
"""Levels between a paragraph and the element whose prose is one text: each paragraph may have wrappers of its own."""


def is_prose(block: Block) -> bool:
    """Whether a block is one or more sentences, and not a link."""
    if block.prose is None:
        block.prose = (
            len(block.text) >= MIN_PROSE_CHARS
            and block.linked < MAX_PROSE_LINK_SHARE
            and _SENTENCE_END.search(block.text) is not None
        )
    return block.prose


def prose_chars(blocks: Iterable[Block]) -> int:
    """Return the characters of the prose among blocks."""
    return sum(len(block.text) for block in blocks if is_prose(block))


def article_prose(blocks: Sequence[Block], headline_keys: frozenset[str], *, unfold: bool = True) -> list[Block]:
    """Return the prose of a page that most likely is its article's, in the order of the page; empty if there is none.

    That is the place with most prose below the headline, of those that no name in the markup speaks against; and if
    there is none, of all. Without `unfold`, only what readers see at first counts. The names around the headline are
    those of the whole article, and speak against nothing.
    """
    headline = _headline(blocks, headline_keys)
    own_roles = headline.roles if headline is not None else 0
    top = headline.index if headline is not None else -1
    prose = [
        b for b in blocks if b.index > top and is_prose(b) and (unfold or not b.roles & ~own_roles & BlockRole.HIDDEN)
    ]
    clear = [block for block in prose if not block.roles & ~own_roles & DOUBTFUL_ROLES]
    for candidates in (clear, [block for block in prose if not block.roles & ~own_roles & REMARK_ROLES], _told(prose)):
        if group := _largest_group(candidates):
            return group
    return []


def _headline(blocks: Sequence[Block], headline_keys: frozenset[str]) -> Block | None:
    return next((b for b in blocks if b.match_key in headline_keys and b.linked < 0.5 and b.tag == "h1"), None) or next(
        (b for b in blocks if b.match_key in headline_keys and b.linked < 0.5), None
    )


def _told(prose: Sequence[Block]) -> list[Block]:
    """Of prose under the name of comments, what is told in one piece: its paragraphs stand side by side.

    Each remark of readers has an element of its own, beside those of other remarks.
    """
    parents = [_parent(block) for block in prose]
    children = Counter(parents)
    return [
        block
        for block, parent in zip(prose, parents, strict=True)
        if children[parent] > 2 and block.roles & REMARK_ROLES == BlockRole.COMMENTS
    ]


def _largest_group(prose: Sequence[Block]) -> list[Block]:
    """Return the prose of the innermost element that holds most of it, if that is enough for an article."""
    sizes: dict[HtmlElement, int] = {}
    for block in prose:
        for element in _surroundings(block):
            sizes[element] = sizes.get(element, 0) + len(block.text)
    best: HtmlElement | None = None
    for element, size in sizes.items():  # innermost first for each block, so that an outer one must hold more
        if best is None or size > 1.2 * sizes[best] or (size == sizes[best] and _holds(best, element)):
            best = element
    if best is None or sizes[best] < MIN_GROUP_CHARS:
        return []
    return [block for block in prose if block.element is best or any(a is best for a in block.element.iterancestors())]


def _parent(block: Block) -> HtmlElement:
    parent = block.element.getparent()
    return block.element if parent is None else parent


def _surroundings(block: Block) -> list[HtmlElement]:
    found = [block.element]
    for element in block.element.iterancestors():
        if element.tag in ("body", "html") or len(found) > MAX_GROUP_LEVELS:
            break
        found.append(element)
    return found


def _holds(outer: HtmlElement, inner: HtmlElement) -> bool:
    return any(ancestor is outer for ancestor in inner.iterancestors())
