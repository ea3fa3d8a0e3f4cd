"""Which of a page's blocks are the article, given the text that an extractor found, or a site's selector."""

import re
from collections.abc import Iterable
from itertools import islice

from lxml.html import HtmlElement

from pipelines.cleaning.blocks import PLACES, Block, Place
from pipelines.cleaning.text_normalization import squeeze

SELECTED = 300
"""Characters that make a text: two or three sentences. Below it a selector is taken to have missed, and data are
looked at."""

STRONG = 60
"""Characters from which a block counts as a paragraph when the article's container is looked for."""

INNER = frozenset(
    {
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "blockquote", "pre", "dl", "dt", "dd", "td", "th",
        "tr", "tbody", "thead", "table",
    }
)  # fmt: skip
"""Elements that stand in a text, not around it."""

HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})

_DESK_CODE = re.compile(
    r"[(\[]\s*[\w*.-]{2,16}(?P<two>\s?/\s?[\w*.-]{1,16}){0,3}\s*[)\]]"
    r"(?:\s*add\b.{0,30}\bpreferred source on google\W*)?",
    re.IGNORECASE,
)

CLOSING, FAR_CLOSING = 6, 20
"""Blocks after the last paragraph among which its desk code may stand, in a container of its own; and one of two names,
which is not taken for anything else: related links and page numbers may come before it."""

LONG_LEAD = 240
"""Characters from which a paragraph behind an image is no caption of it."""

LEVELS = 3
"""How far above the main home the article's other containers may lie."""

MAJOR = 0.25
"""Share of the main home's text from which another home near it is part of the article."""

MOST_TWINS = 200
"""Containers of one kind beside each other that can be parts of one article: a long live blog has a hundred."""

SHORT_KEY = 12
"""Letters below which a block is found again only right behind the block before it: '1' and 'Home' are everywhere."""

COVERED = 0.6
"""Share of the extracted text that must be found in the blocks; below it the extractor's own lines are taken."""

APART = Place.SHARE | Place.COMMENTS | Place.FORM | Place.FOOTER | Place.RELATED | Place.ADVERT | Place.BYLINE
APART |= Place.CAPTION | Place.CONTENTS | Place.TAGS | Place.EMBED | Place.POST | Place.BIOGRAPHY
"""What speaks against a block, where it is not true of the article as a whole."""

NEVER = Place.COMMENTS | Place.FORM | Place.SHARE | Place.CONTENTS | Place.POST | Place.BIOGRAPHY
"""What of it no extractor's word outweighs."""

NEVER_USUAL = frozenset({Place.BIOGRAPHY})
"""What a text is not, even where it is all that an extractor found."""


def select_in(tree: HtmlElement, blocks: list[Block], selector: str) -> list[Block] | None:
    """The text blocks in the elements that a site's selector matches; None where they hold too little to be the
    article."""
    homes = set(tree.cssselect(selector))
    if not homes:
        return None
    inside = [
        block for block in blocks if block.element in homes or any(a in homes for a in block.element.iterancestors())
    ]
    usual = 0
    for mark in PLACES:
        if inside and mark not in NEVER_USUAL and all(mark & block.place for block in inside):
            usual |= mark
    chosen = [b for b in inside if _belongs(b, b.place & ~usual & APART, found=True, at_home=True, between=True)]
    if sum(len(block.text) for block in chosen if block.linked < 0.5) < SELECTED:
        return None
    last = chosen[-1].index
    behind = blocks[last + 1 : last + 1 + FAR_CLOSING]
    return chosen + [block for block in behind if _is_desk_code(block, block.index - last)][:1]


def select(blocks: list[Block], text: str) -> list[Block] | None:
    """The blocks that make up the article, given the text that the extractor found; none where none of them can be an
    article's, None where they do not hold that text.

    Paragraphs live in homes: the elements that hold them side by side. The home with most of the extracted text is the
    article's. Others are part of it where they are built like it, stand inside it, lead up to it, or hold much of the
    text themselves; what the extractor took from elsewhere (teasers, glossaries, dialogs) is left out, and what it
    missed at home is added.
    """
    keys = [block.key for block in blocks]
    squeezed = squeeze(text)
    found = _locate(keys, squeezed)
    weight = {i: len(keys[i]) for i in found if len(keys[i]) >= STRONG and blocks[i].linked < 0.5}
    if not weight:
        weight = {i: len(keys[i]) for i in found if blocks[i].linked < 0.5}
    if not found or sum(len(keys[i]) for i in found) < COVERED * len(squeezed):
        return None
    if not weight:
        return [blocks[i] for i in sorted(found)]  # a list of links, which the checks will tell
    usual = _usual_place(blocks, weight)
    homes = [_home(block) for block in blocks]
    held: dict[HtmlElement, int] = {}
    for i, size in weight.items():
        if not blocks[i].place & ~usual & APART:
            held[homes[i]] = held.get(homes[i], 0) + size
    if not held:
        return []
    main = max(held, key=lambda home: held[home])
    ours = _family(main, held)
    mine = [i for i, home in enumerate(homes) if home in ours]
    heavy = [i for i in weight if homes[i] in ours]
    first, last = min(heavy), max(heavy)
    chosen = []
    for i in range(min(mine[0], first), len(blocks)):
        block = blocks[i]
        at_home = homes[i] in ours or (
            i in found and i < last and any(a in ours for a in islice(homes[i].iterancestors(), LEVELS))
        )
        if not at_home and i > last:
            if not block.place & ~usual & APART and _is_desk_code(block, i - last):
                chosen.append(block)
            continue
        edge = i not in found and _closes_or_opens(block, i < first, i > last)
        if edge or _belongs(
            block, block.place & ~usual & APART, found=i in found, at_home=at_home, between=first <= i <= last
        ):
            chosen.append(block)
    if not chosen:
        return []
    start = chosen[0].index
    above = {i for i in weight if i < start and _leads(blocks[i], usual)}
    outer = set(islice(main.iterancestors(), LEVELS))
    i = start - 1
    while i >= 0 and homes[i] in outer and _leads(blocks[i], usual):
        above.add(i)
        i -= 1
    return [blocks[i] for i in sorted(above)] + chosen


def _home(block: Block) -> HtmlElement:
    """The element in which a block stands beside its fellows: past the paragraph, list or quotation it is in."""
    element = block.element
    while element.tag in INNER:
        parent = element.getparent()
        if parent is None:
            return element
        element = parent
    return element


def _signature(element: HtmlElement) -> tuple[str, str]:
    return element.tag, element.get("class") or ""


def _family(main: HtmlElement, held: dict[HtmlElement, int]) -> set[HtmlElement]:
    """The homes that belong to the article whose main home this is."""
    family = {main}
    signature = _signature(main)
    above = list(main.iterancestors())[:LEVELS]
    for home, size in held.items():
        if home is main:
            continue
        twin = _signature(home) == signature and (signature[1] or home.getparent() is main.getparent())
        inner = any(ancestor is main for ancestor in home.iterancestors())
        if twin or inner or (size >= MAJOR * held[main] and any(home is a or home.getparent() in above for a in above)):
            family.add(home)
    for element in (main, *above):
        parent = element.getparent()
        name = _signature(element)
        if parent is None or not name[1] or element.tag in ("body", "html"):
            continue
        twins = [sibling for sibling in parent if isinstance(sibling.tag, str) and _signature(sibling) == name]
        if 1 < len(twins) <= MOST_TWINS:
            for twin in twins:
                if twin is not element:
                    family.update(_homes_in(twin, signature))
    return family


def _homes_in(twin: HtmlElement, signature: tuple[str, str]) -> Iterable[HtmlElement]:
    """The elements of a container's twin that can hold text of the article: itself, and those inside it."""
    if _link_share(twin) > 0.4:
        return
    yield twin
    for element in twin.iterdescendants("div", "section", "article"):
        if _signature(element) == signature or element.getparent() is twin:
            yield element


def _link_share(element: HtmlElement) -> float:
    total = len("".join(element.itertext()).strip())
    return sum(len("".join(link.itertext()).strip()) for link in element.iter("a")) / total if total else 0.0


def _leads(block: Block, usual: int) -> bool:
    """Whether a paragraph above the article's home can be its lead."""
    if block.tag in HEADINGS or block.tag == "h1" or (block.after_image and len(block.text) < LONG_LEAD):
        return False
    return not block.place & ~usual & APART and block.linked < 0.3 and len(block.text) >= STRONG


def _is_desk_code(block: Block, distance: int) -> bool:
    hit = _DESK_CODE.fullmatch(block.text) if distance <= FAR_CLOSING else None
    return hit is not None and (distance <= CLOSING or hit["two"] is not None)


def _closes_or_opens(block: Block, above: bool, below: bool) -> bool:
    """Whether a short block at an end of the text is its dateline or its desk code, which an extractor may drop."""
    if above:
        return len(block.text) <= 60 and block.text.endswith(("-", "–", "—", ":"))
    return below and len(block.text) <= 40 and block.text.startswith(("(", "[")) and block.text.endswith((")", "]"))


def _belongs(block: Block, apart: int, *, found: bool, at_home: bool, between: bool) -> bool:
    """Whether a block is text of the article, by its place, its links and whether the extractor took it."""
    if apart & NEVER:
        return False
    if apart:
        return found and len(block.text) >= 200 and block.linked < 0.3
    if block.linked > 0.8 and block.tag not in ("li", "h2", "h3", "h4"):
        return False
    if found:
        return at_home or (between and (block.tag in HEADINGS or block.linked < 0.3))
    if not at_home or block.linked > 0.5:
        return False
    return between or len(block.text) >= 25


def _locate(keys: list[str], text: str) -> set[int]:
    """The blocks whose letters the extracted text holds, in its order."""
    found: set[int] = set()
    position = 0
    for i, key in enumerate(keys):
        if not key:
            continue
        if len(key) < SHORT_KEY:
            if text.startswith(key, position):
                found.add(i)
                position += len(key)
            continue
        at = text.find(key, position)
        if at < 0 and len(key) >= STRONG:
            at = text.find(key)
        if at < 0:
            continue
        found.add(i)
        if at - position <= 2_000 or len(key) >= STRONG:
            position = max(position, at + len(key))
    return found


def _usual_place(blocks: list[Block], weight: dict[int, int]) -> int:
    """What the names around most of the text say: true of the article as a whole, so no mark against a block of it."""
    total = sum(weight.values())
    counted: dict[int, int] = {}
    for i, size in weight.items():
        counted[blocks[i].place] = counted.get(blocks[i].place, 0) + size
    usual = 0
    for mark in PLACES:
        if mark not in NEVER_USUAL and sum(size for place, size in counted.items() if place & mark) > 0.5 * total:
            usual |= mark
    return usual
