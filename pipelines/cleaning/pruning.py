"""What extractors need not see of a page: menus, writers' biographies, and elements without a text."""

from lxml import etree
from lxml.html import HtmlElement

from pipelines.cleaning.blocks import BLOCK_TAGS, Block, Place

MENU = 4
"""Links in a row, nothing between them, from which they are a menu."""

LONGEST_LINK = 120
"""Characters of a link in a menu; headlines have up to 110."""

TELLING = frozenset({"head", "body", "time"})
"""Elements that stay without a text: a time tells when."""

BESIDE_TEXT = frozenset({"br", "hr", "td", "th"})
"""Elements that tell where a line or a column ends, in an element that holds a text."""

EMPTY = "empty"
"""Tag that elements get in order to be removed all at once."""


def drop_menus(blocks: list[Block]) -> None:
    """Remove from the page's tree what extractors shall not find: runs of links, which are menus, tag clouds and lists
    of headlines and cost extractors half their time; and writers' biographies, which can be the page's only text."""
    run: list[Block] = []
    for block in [*blocks, None]:
        if block is not None and block.place & Place.BIOGRAPHY:
            _drop(block)
        if block is not None and block.linked > 0.9 and len(block.text) <= LONGEST_LINK:
            run.append(block)
            continue
        if len(run) >= MENU:
            for link in run:
                _drop(link)
        run = []


def _drop(block: Block) -> None:
    """Remove a block from its tree, unless its element holds others, or a time for machines."""
    element = block.element
    if element.getparent() is not None and not any(
        e.tag in BLOCK_TAGS or e.tag == "time" for e in element.iterdescendants()
    ):
        element.drop_tree()


def drop_empty(tree: HtmlElement) -> None:
    """Remove the elements that hold no text from a page's tree: they are half of it, and cost extractors a third of
    their time."""
    full: set[HtmlElement] = set()
    for element in reversed(list(tree.iter())):
        parent = element.getparent()
        if parent is None:
            continue
        if element in full or element.tag in TELLING or ((text := element.text) and not text.isspace()):
            full.add(parent)
        elif element.tag not in BESIDE_TEXT:
            element.tag = EMPTY
        if (tail := element.tail) and not tail.isspace():
            full.add(parent)
    etree.strip_elements(tree, EMPTY, with_tail=False)
