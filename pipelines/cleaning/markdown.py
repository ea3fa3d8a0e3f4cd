"""Writes the body in Markdown (CommonMark with GitHub's tables): its lines, with the structure they had on the page."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from pipelines.cleaning.blocks import CELL_TAGS, Block
from pipelines.cleaning.text_normalization import letters_only
from pipelines.web_address import joined

HEADING_LEVELS = {f"h{level}": level for level in range(2, 7)}
"""Levels of headings. A first-level heading is the headline, which is not part of the body."""

LIST_TAGS = frozenset({"ul", "ol"})
INNER_TAGS = LIST_TAGS | {"li", "blockquote", "p", "dl", "dt", "dd"}
"""Elements that stand between a line and the element that holds the text's paragraphs."""

LINK_SCHEMES = ("http://", "https://", "mailto:")

_INLINE_MARKER = re.compile(r"([\\`*_\[\]<|])")
_BLOCK_MARKER = re.compile(r"^(?:([#>+=~-])|(\d{1,9})([.)](?=\s|$)))")


@dataclass(frozen=True, slots=True)
class Structure:
    """The structure of a line on its page.

    `level` is that of a heading, 0 for other lines. `depth` is the number of lists around the line, `marker` the mark
    of the list item that it opens ('-', '1.'). `quoted` is true within a quotation. `cells` are those of a table row,
    `links` holds (text, URL).
    """

    level: int = 0
    depth: int = 0
    marker: str = ""
    quoted: bool = False
    cells: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


NO_STRUCTURE = Structure()


def structure_of(block: Block, url: str) -> Structure:
    """Return the structure of a block on the page at `url`."""
    depth, item, quoted = 0, None, False
    element: HtmlElement | None = block.element
    while element is not None and element.tag in INNER_TAGS:
        if element.tag == "li" and item is None:
            item = element
        depth += element.tag in LIST_TAGS
        quoted = quoted or element.tag == "blockquote"
        element = element.getparent()
    return Structure(
        level=HEADING_LEVELS.get(block.tag, 0),
        depth=depth,
        marker=_marker(item, block) if item is not None and depth else "",
        quoted=quoted,
        cells=_cells(block),
        links=tuple(_links(block, url)) if block.linked else (),
    )


def _marker(item: HtmlElement, block: Block) -> str:
    """Return the mark of a list item, or an empty string for a line of it other than the first."""
    if not letters_only("".join(item.itertext())).startswith(block.match_key):
        return ""
    parent = item.getparent()
    if parent is None or parent.tag != "ol":
        return "-"
    return f"{1 + sum(1 for _ in item.itersiblings('li', preceding=True))}."


def _cells(block: Block) -> tuple[str, ...]:
    if block.tag != "tr":
        return ()
    return tuple(" ".join(cell.text_content().split()) for cell in block.element if cell.tag in CELL_TAGS)


def _links(block: Block, url: str) -> Iterable[tuple[str, str]]:
    for link in block.element.iter("a"):
        text = " ".join(link.text_content().split())
        address = joined(url, link.get("href") or "")
        if text and link.get("href") and address and address.startswith(LINK_SCHEMES):
            yield text, address


def to_markdown(lines: Iterable[tuple[str, Structure]]) -> str:
    """Return the lines of a body, each with its structure, in Markdown. Each line of the body stays one line."""
    parts: list[str] = []
    previous = NO_STRUCTURE
    for text, structure in lines:
        is_row = bool(structure.cells) and letters_only("".join(structure.cells)) == letters_only(text)
        opens_table = is_row and not previous.cells
        joined = (is_row and not opens_table) or bool(structure.depth and previous.depth)
        if parts:
            parts.append("\n" if joined else "\n\n")
        parts.append(_row(structure.cells, opens_table) if is_row else _line(text, structure))
        previous = structure if is_row or not structure.cells else NO_STRUCTURE
    return "".join(parts)


def _row(cells: Sequence[str], opens: bool) -> str:
    row = f"| {' | '.join(_escape(cell) for cell in cells)} |"
    return f"{row}\n|{'---|' * len(cells)}" if opens else row


def _line(text: str, structure: Structure) -> str:
    quote = "> " if structure.quoted else ""
    if structure.level:
        return f"{quote}{'#' * structure.level} {_with_links(text, structure.links)}"
    indent = "  " * max(structure.depth - 1, 0)
    if structure.depth:
        indent += f"{structure.marker} " if structure.marker else "  "
    return quote + indent + _BLOCK_MARKER.sub(_escape_block_marker, _with_links(text, structure.links))


def _escape_block_marker(opening: re.Match[str]) -> str:
    return f"\\{opening[1]}" if opening[1] else f"{opening[2]}\\{opening[3]}"


def _with_links(text: str, links: Sequence[tuple[str, str]]) -> str:
    """Return the text with its links, except those whose text the residue rules removed."""
    parts: list[str] = []
    position = 0
    for label, address in links:
        start = text.find(label, position)
        if start >= 0:
            target = address.replace(" ", "%20").replace("(", "%28").replace(")", "%29")
            parts += [_escape(text[position:start]), f"[{_escape(label)}]({target})"]
            position = start + len(label)
    return "".join([*parts, _escape(text[position:])])


def _escape(text: str) -> str:
    return _INLINE_MARKER.sub(r"\\\1", text)
