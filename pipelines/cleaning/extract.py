"""The body of a page: what trafilatura takes for the text, found again in the page's own blocks.

trafilatura decides where the article is. The blocks of the page decide its lines, since they know what a line of text
no longer knows: whether it was a link, a caption, a heading, and which paragraphs stand beside it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice

import trafilatura
from lxml import etree
from lxml.html import HtmlElement
from trafilatura.core import bare_extraction
from trafilatura.settings import Document, Extractor

from pipelines.cleaning.agreement import main_content, markup_of
from pipelines.cleaning.blocks import BLOCK_TAGS, PLACES, Block, Place, squeeze
from pipelines.cleaning.data import data_texts
from pipelines.cleaning.document import MAX_ELEMENTS
from pipelines.cleaning.document import Document as Page
from pipelines.cleaning.markdown import structure_of
from pipelines.cleaning.residue import LONG, Line

EXTRACTOR = f"trafilatura {trafilatura.__version__}"
OPTIONS = Extractor(output_format="python", fast=True, comments=False)
"""trafilatura without comments and metadata, and without its own second opinions. Made once: it takes a while."""
SECOND = f"resiliparse {version('resiliparse')}"

SELECTED = 300
"""Characters that make a text: two or three sentences. Below it a selector is taken to have missed, and data are
looked at."""

STRONG = 60
"""Characters from which a block counts as a paragraph when the article's container is looked for."""

INNER = frozenset(
    {
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "ul",
        "ol",
        "blockquote",
        "pre",
        "dl",
        "dt",
        "dd",
        "td",
        "th",
        "tr",
        "tbody",
        "thead",
        "table",
    }
)
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

_POINTER = re.compile(
    r"(?:baca|simak|lihat|cek)\s+juga\b.{0,40}|(?:artikel|berita)\s+(?:terkait|lain\w*)\W*", re.IGNORECASE
)
AFTERWORD = 0.1
"""Share of a text that may follow a labelled list of other articles and still be the site's own promotion."""

OUTSIDE = Place.COMMENTS | Place.FORM | Place.FOOTER | Place.RELATED | Place.CAPTION | Place.POST | Place.ASIDE
OUTSIDE |= Place.BIOGRAPHY
ENOUGH = 0.2
"""Share of a page's long texts that an extraction must hold; with less, the second extractor is asked."""

MENU = 4
"""Links in a row, nothing between them, from which they are a menu."""
LABELLED_LINKS = 6
"""Links behind a label from which they are the list of other articles that it announces."""
LONGEST_LINK = 120
"""Characters of a link in a menu; headlines have up to 110."""

TELLING = frozenset({"head", "body", "time"})
"""Elements that stay without a text: a time tells when."""
BESIDE_TEXT = frozenset({"br", "hr", "td", "th"})
"""Elements that tell where a line or a column ends, in an element that holds a text."""
EMPTY = "empty"
"""Tag that elements get in order to be removed all at once."""

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

DUMP = 4
"""Blocks in an extractor's text from which that is all that the page says."""

COVERED = 0.6
"""Share of the extracted text that must be found in the blocks; below it the extractor's own lines are taken."""

APART = Place.SHARE | Place.COMMENTS | Place.FORM | Place.FOOTER | Place.RELATED | Place.ADVERT | Place.BYLINE
APART |= Place.CAPTION | Place.CONTENTS | Place.TAGS | Place.EMBED | Place.POST | Place.BIOGRAPHY
NEVER = Place.COMMENTS | Place.FORM | Place.SHARE | Place.CONTENTS | Place.POST | Place.BIOGRAPHY
NEVER_USUAL = frozenset({Place.BIOGRAPHY})
"""What a text is not, even where it is all that an extractor found."""


def readings(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    """What extractors take for the article's text, one paragraph per line, each with the extractor's name.

    trafilatura without its own second opinions, which finds the right place nearly always; then resiliparse, which has
    no limits of size or nesting, and takes a tenth of their time. trafilatura is left out for pages that are too large
    for it.
    """
    if sum(1 for _ in tree.iter()) <= MAX_ELEMENTS:
        document = bare_extraction(tree, options=OPTIONS)
        if isinstance(document, Document) and document.text:
            yield document.text, EXTRACTOR
    yield main_content(markup_of(tree)), SECOND


@dataclass(frozen=True, slots=True)
class Extraction:
    """The lines of a page's body, residue still among them.

    `span` are the indexes of the first block of the body and of the one after its last; `extractor` is what found the
    body and `source` the kind of source it was found in.
    """

    lines: tuple[Line, ...]
    span: tuple[int, int]
    extractor: str
    source: str


def extract(page: Page, blocks: list[Block], headline: str, body_selector: str | None = None) -> Extraction:
    """Find the body of a page; headline and what stands above it are left out.

    `body_selector` is the site's own word where the text is: taken where it holds enough, the whole page otherwise.
    """
    headlines = [headline, page.title, *page.metas("og:title")]
    if body_selector:
        chosen = _selected(page.tree, blocks, body_selector)
        if chosen:
            return _extraction(page, blocks, without_headline(chosen, blocks, headlines), "selector", "selector")
    drop_menus(blocks)
    drop_empty(page.tree)
    found: list[Extraction] = []
    for text, extractor in readings(page.tree):
        found.append(_taken(page, blocks, text, extractor, headlines))
        if _size(found[-1].lines) >= ENOUGH * _paragraphs(blocks):
            break
    return _better(page, max(found, key=lambda extraction: _size(extraction.lines)))


def _taken(page: Page, blocks: list[Block], text: str, extractor: str, headlines: list[str]) -> Extraction:
    """The body that an extractor's text points to; its own lines where the page's blocks do not hold them."""
    found = select(blocks, text)
    if found is None:
        if _is_dump(blocks, text):
            return Extraction((), (len(blocks), len(blocks)), extractor, extractor.split()[0])
        lines = tuple(Line(line.removeprefix("- ")) for line in text.splitlines())
        return Extraction(lines, (len(blocks), len(blocks)), extractor, extractor.split()[0])
    if not found:
        return Extraction((), (len(blocks), len(blocks)), extractor, extractor.split()[0])
    chosen = without_afterword(without_teasers(without_headline(found, blocks, headlines)), blocks)
    description = " ".join(page.metas("description", "og:description")[:1])
    return _extraction(page, blocks, without_standfirst(chosen, description), extractor, extractor.split()[0])


def _is_dump(blocks: Sequence[Block], text: str) -> bool:
    """Whether an extractor, finding no article, gave all that the page says, menus included: in one line, or in many
    without a paragraph among them."""
    lines = text.splitlines()
    if len(lines) > 1 and max(map(len, lines)) >= LONG:
        return False
    squeezed = squeeze(text)
    return sum(len(block.key) >= SHORT_KEY and block.key in squeezed for block in blocks) >= DUMP


def _size(lines: Sequence[Line]) -> int:
    return sum(len(line.text) for line in lines)


def _paragraphs(blocks: Sequence[Block]) -> int:
    """Characters in all the long texts of a page that are neither links nor marked as something else."""
    return sum(len(b.text) for b in blocks if len(b.text) >= LONG and b.linked < 0.3 and not b.place & OUTSIDE)


def _extraction(page: Page, blocks: list[Block], chosen: list[Block], extractor: str, source: str) -> Extraction:
    lines = tuple(line_of(blocks, block, page.url) for block in chosen)
    span = (chosen[0].index, chosen[-1].index + 1) if chosen else (len(blocks), len(blocks))
    return Extraction(lines, span, extractor, source)


def _selected(tree: HtmlElement, blocks: list[Block], selector: str) -> list[Block] | None:
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


def _better(page: Page, extraction: Extraction) -> Extraction:
    """The extraction, or the text that the page carries as data where the markup has next to none."""
    size = sum(len(line.text) for line in extraction.lines)
    if size >= SELECTED:
        return extraction
    for source, text in data_texts(page):
        if len(text) > 2 * size + 200:
            lines = tuple(Line(line) for line in text.splitlines() if line.strip())
            return Extraction(lines, extraction.span, source, source)
    return extraction


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


def line_of(blocks: list[Block], block: Block, url: str) -> Line:
    following = blocks[block.index + 1] if block.index + 1 < len(blocks) else None
    return Line(
        block.text,
        tag=block.tag,
        linked=block.linked,
        bold=block.bold,
        lead=block.lead,
        after_image=block.after_image,
        links_follow=following is not None and following.linked > 0.8,
        caption=bool(block.place & Place.CAPTION),
        structure=structure_of(block, url),
    )


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


def without_headline(chosen: list[Block], blocks: list[Block], headlines: Iterable[str]) -> list[Block]:
    """The blocks after the headline: what stands above it is none of the article's text, nor is the headline again."""
    keys = {key for headline in headlines if len(key := squeeze(headline)) >= 8}
    heavy = next((block.index for block in chosen if len(block.text) >= 2 * STRONG), chosen[-1].index)
    at = max((block.index for block in blocks[:heavy] if block.key in keys and block.linked < 0.5), default=-1)
    return [b for b in chosen if b.index > at and b.tag != "h1" and (b.key not in keys or len(b.text) >= 200)]


def without_teasers(chosen: list[Block]) -> list[Block]:
    """The blocks without the list of other articles at their end: linked headings, each with a line of its own."""
    end = len(chosen)
    while (
        end >= 2
        and chosen[end - 2].tag in HEADINGS
        and chosen[end - 2].linked > 0.8
        and chosen[end - 1].tag not in HEADINGS
    ):
        end -= 2
    while end >= 1 and chosen[end - 1].tag in HEADINGS and chosen[end - 1].linked > 0.8:
        end -= 1
    return chosen[:end] if len(chosen) - end >= 2 else chosen


def without_afterword(chosen: list[Block], blocks: list[Block]) -> list[Block]:
    """The blocks without what follows a labelled list of other articles at the end: the site speaking for itself."""
    total = sum(len(block.text) for block in chosen)
    rest = 0
    for number in range(len(chosen) - 1, -1, -1):
        label = chosen[number]
        following = blocks[label.index + 1 : label.index + 1 + LABELLED_LINKS]
        if (
            rest
            and _POINTER.fullmatch(label.text)
            and len(following) == LABELLED_LINKS
            and all(b.linked > 0.9 for b in following)
        ):
            return chosen[:number]
        rest += len(label.text)
        if rest > AFTERWORD * total:
            return chosen
    return chosen


def without_standfirst(chosen: list[Block], description: str) -> list[Block]:
    """The blocks without a standfirst set as a heading, which repeats the page's description."""
    if len(chosen) > 1 and chosen[0].tag in HEADINGS:
        key, summary = chosen[0].key, squeeze(description)
        if len(key) >= 30 and (key in summary or (len(summary) >= 30 and summary in key)):
            return chosen[1:]
    return chosen
