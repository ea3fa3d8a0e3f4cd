"""Removes from a page what extractors do not need: menus, writers' biographies, and elements without text."""

from lxml import etree
from lxml.html import HtmlElement

from pipelines.cleaning.blocks import BLOCK_TAGS, Block, BlockRole

MIN_MENU_LINKS = 4
"""Links in a row, with nothing between them, that make a menu."""

MAX_MENU_LINK_CHARS = 120
"""Characters of a link that can be part of a menu; headlines have up to 110."""

KEPT_EMPTY_TAGS = frozenset({"head", "body", "time"})
"""Elements that are kept without text: a `<time>` may carry its date in an attribute."""

SEPARATOR_TAGS = frozenset({"br", "hr", "td", "th"})
"""Elements without text that mark the end of a line or a column inside an element with text."""

EMPTY_TAG = "empty"
"""Temporary tag of the elements to remove, so that lxml removes all of them in one pass."""


def drop_menus(blocks: list[Block]) -> None:
    """Remove menus and writers' biographies from the tree that the blocks belong to.

    Menus are runs of links, tag clouds and lists of headlines included; they cost extractors half their time. A
    biography can be a page's only text, which extractors then take for the article.
    """
    run: list[Block] = []
    for block in [*blocks, None]:
        if block is not None and block.roles & BlockRole.BIOGRAPHY:
            _drop(block)
        if block is not None and block.linked > 0.9 and len(block.text) <= MAX_MENU_LINK_CHARS:
            run.append(block)
            continue
        if len(run) >= MIN_MENU_LINKS:
            for link in run:
                _drop(link)
        run = []


def _drop(block: Block) -> None:
    """Remove a block from its tree, unless its element holds other blocks or a `<time>`."""
    element = block.element
    if element.getparent() is not None and not any(
        e.tag in BLOCK_TAGS or e.tag == "time" for e in element.iterdescendants()
    ):
        element.drop_tree()


def drop_empty(tree: HtmlElement) -> None:
    """Remove the elements without text from a page's tree: half of all elements, and a third of extractors' time."""
    with_text: set[HtmlElement] = set()
    for element in reversed(list(tree.iter())):
        parent = element.getparent()
        if parent is None:
            continue
        if element in with_text or element.tag in KEPT_EMPTY_TAGS or ((text := element.text) and not text.isspace()):
            with_text.add(parent)
        elif element.tag not in SEPARATOR_TAGS:
            element.tag = EMPTY_TAG
        if (tail := element.tail) and not tail.isspace():
            with_text.add(parent)
    etree.strip_elements(tree, EMPTY_TAG, with_tail=False)
