"""The body in Markdown (CommonMark with GitHub's tables): its lines as they stand, with the structure that they had."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from lxml.html import HtmlElement

from pipelines.cleaning.blocks import CELLS, Block
from pipelines.cleaning.text_normalization import squeeze

HEADINGS = {f"h{level}": level for level in range(2, 7)}
"""A first-level heading is the headline, which is not part of the body."""
LISTS = frozenset({"ul", "ol"})
WITHIN = LISTS | {"li", "blockquote", "p", "dl", "dt", "dd"}
"""Elements between a line and the one that holds the text's paragraphs."""
SCHEMES = ("http://", "https://", "mailto:")

_SPECIAL = re.compile(r"([\\`*_\[\]<|])")
_OPENING = re.compile(r"^(?:([#>+=~-])|(\d{1,9})([.)](?=\s|$)))")


@dataclass(frozen=True, slots=True)
class Structure:
    """What a line was on its page. `level` of a heading, 0 for others; `depth` of lists around it; `marker` of the
    list item that it opens; `quoted` within a quotation; `cells` of a table row; `links` as (text, address).
    """

    level: int = 0
    depth: int = 0
    marker: str = ""
    quoted: bool = False
    cells: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


PLAIN = Structure()


def structure_of(block: Block, url: str) -> Structure:
    """The structure of a block on the page at `url`."""
    depth, item, quoted = 0, None, False
    element: HtmlElement | None = block.element
    while element is not None and element.tag in WITHIN:
        if element.tag == "li" and item is None:
            item = element
        depth += element.tag in LISTS
        quoted = quoted or element.tag == "blockquote"
        element = element.getparent()
    return Structure(
        level=HEADINGS.get(block.tag, 0),
        depth=depth,
        marker=_marker(item, block) if item is not None and depth else "",
        quoted=quoted,
        cells=_cells(block),
        links=tuple(_links(block, url)) if block.linked else (),
    )


def _marker(item: HtmlElement, block: Block) -> str:
    """The mark of the list item; empty for a line of it that is not the first."""
    if not squeeze("".join(item.itertext())).startswith(block.key):
        return ""
    parent = item.getparent()
    if parent is None or parent.tag != "ol":
        return "-"
    return f"{1 + sum(1 for _ in item.itersiblings('li', preceding=True))}."


def _cells(block: Block) -> tuple[str, ...]:
    if block.tag != "tr":
        return ()
    return tuple(" ".join(cell.text_content().split()) for cell in block.element if cell.tag in CELLS)


def _links(block: Block, url: str) -> Iterable[tuple[str, str]]:
    for link in block.element.iter("a"):
        text = " ".join(link.text_content().split())
        try:
            address = urljoin(url, (link.get("href") or "").strip())
        except ValueError:
            continue  # no address: the text stands without a link
        if text and link.get("href") and address.startswith(SCHEMES):
            yield text, address


def to_markdown(lines: Iterable[tuple[str, Structure]]) -> str:
    """The lines of a body, each with its structure, in Markdown. Every line of the body is one line of the result."""
    parts: list[str] = []
    before = PLAIN
    for text, structure in lines:
        is_row = bool(structure.cells) and squeeze("".join(structure.cells)) == squeeze(text)
        opens_table = is_row and not before.cells
        joined = (is_row and not opens_table) or bool(structure.depth and before.depth)
        if parts:
            parts.append("\n" if joined else "\n\n")
        parts.append(_row(structure.cells, opens_table) if is_row else _line(text, structure))
        before = structure if is_row or not structure.cells else PLAIN
    return "".join(parts)


def _row(cells: Sequence[str], opens: bool) -> str:
    row = f"| {' | '.join(_escaped(cell) for cell in cells)} |"
    return f"{row}\n|{'---|' * len(cells)}" if opens else row


def _line(text: str, structure: Structure) -> str:
    quote = "> " if structure.quoted else ""
    if structure.level:
        return f"{quote}{'#' * structure.level} {_linked(text, structure.links)}"
    indent = "  " * max(structure.depth - 1, 0)
    if structure.depth:
        indent += f"{structure.marker} " if structure.marker else "  "
    return quote + indent + _OPENING.sub(_shielded, _linked(text, structure.links))


def _shielded(opening: re.Match[str]) -> str:
    return f"\\{opening[1]}" if opening[1] else f"{opening[2]}\\{opening[3]}"


def _linked(text: str, links: Sequence[tuple[str, str]]) -> str:
    """The text with its links, those that residue rules took away left out."""
    parts: list[str] = []
    at = 0
    for label, address in links:
        start = text.find(label, at)
        if start >= 0:
            target = address.replace(" ", "%20").replace("(", "%28").replace(")", "%29")
            parts += [_escaped(text[at:start]), f"[{_escaped(label)}]({target})"]
            at = start + len(label)
    return "".join([*parts, _escaped(text[at:])])


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
