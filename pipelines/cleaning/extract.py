"""The body of a page: what trafilatura takes for the text, found again in the page's own blocks.

trafilatura decides where the article is. The blocks of the page decide its lines, since they know what a line of text
no longer knows: whether it was a link, a caption, a heading, and which paragraphs stand beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import trafilatura
from lxml.html import HtmlElement
from trafilatura.core import bare_extraction
from trafilatura.settings import Document, Extractor

from pipelines.cleaning.agreement import main_content, markup_of
from pipelines.cleaning.blocks import MAX_BLOCKS, Block, Place
from pipelines.cleaning.body_blocks import SELECTED, SHORT_KEY, select, select_in
from pipelines.cleaning.document import MAX_ELEMENTS
from pipelines.cleaning.document import Document as Page
from pipelines.cleaning.markdown import structure_of
from pipelines.cleaning.page_state import data_texts
from pipelines.cleaning.pruning import drop_empty, drop_menus
from pipelines.cleaning.residue import LONG, Line
from pipelines.cleaning.text_normalization import squeeze
from pipelines.cleaning.trimming import without_afterword, without_headline, without_standfirst, without_teasers

EXTRACTOR = f"trafilatura {trafilatura.__version__}"

OPTIONS = Extractor(output_format="python", fast=True, comments=False)
"""trafilatura without comments and metadata, and without its own second opinions. Made once: it takes a while."""

SECOND = f"resiliparse {version('resiliparse')}"

OUTSIDE = Place.COMMENTS | Place.FORM | Place.FOOTER | Place.RELATED | Place.CAPTION | Place.POST | Place.ASIDE
OUTSIDE |= Place.BIOGRAPHY
"""What a long text is not counted under: it is none of the article's, most likely."""

ENOUGH = 0.2
"""Share of a page's long texts that an extraction must hold; with less, the second extractor is asked."""

DUMP = 4
"""Blocks in an extractor's text from which that is all that the page says."""


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
        chosen = select_in(page.tree, blocks, body_selector)
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
    found, source = select(blocks, text), extractor.split()[0]
    if found is None and not _is_dump(blocks, text):
        said = {squeeze(headline) for headline in headlines}
        own = text.splitlines()[:MAX_BLOCKS]
        lines = tuple(Line(line.removeprefix("- ")) for line in own if squeeze(line) not in said)
        return Extraction(lines, (len(blocks), len(blocks)), extractor, source)
    if not found:
        return _extraction(page, blocks, [], extractor, source)
    chosen = without_afterword(without_teasers(without_headline(found, blocks, headlines)), blocks)
    description = " ".join(page.metas("description", "og:description")[:1])
    return _extraction(page, blocks, without_standfirst(chosen, description), extractor, source)


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


def _better(page: Page, extraction: Extraction) -> Extraction:
    """The extraction, or the text that the page carries as data where the markup has next to none."""
    size = _size(extraction.lines)
    if size >= SELECTED:
        return extraction
    for source, text in data_texts(page):
        if len(text) > 2 * size + 200:
            lines = tuple(Line(line) for line in text.splitlines()[:MAX_BLOCKS] if line.strip())
            return Extraction(lines, extraction.span, source, source)
    return extraction


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
