"""Extracts the body of a page: the text that trafilatura finds, located in the page's own blocks.

trafilatura decides where the article is. The page's blocks supply its lines, since they know what plain text has lost:
whether a line was a link, a caption or a heading, and which paragraphs stand beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import trafilatura
from lxml.html import HtmlElement
from trafilatura.core import bare_extraction
from trafilatura.settings import Document as TrafilaturaDocument
from trafilatura.settings import Extractor

from pipelines.cleaning.agreement import main_content, markup_of
from pipelines.cleaning.blocks import MAX_BLOCKS, Block, BlockRole
from pipelines.cleaning.body_blocks import MIN_BODY_CHARS, MIN_MATCH_KEY_LETTERS, select, select_in
from pipelines.cleaning.document import MAX_EXTRACTOR_ELEMENTS, Document
from pipelines.cleaning.markdown import structure_of
from pipelines.cleaning.page_state import data_texts
from pipelines.cleaning.pruning import drop_empty, drop_menus
from pipelines.cleaning.residue import MIN_LONG_PARAGRAPH_CHARS, TextLine
from pipelines.cleaning.text_normalization import letters_only
from pipelines.cleaning.trimming import without_afterword, without_headline, without_standfirst, without_teasers

FIRST_EXTRACTOR = f"trafilatura {trafilatura.__version__}"

TRAFILATURA_OPTIONS = Extractor(output_format="python", fast=True, comments=False)
"""trafilatura without comments, metadata and fallback extractors. Created once, since that takes a while."""

SECOND_EXTRACTOR = f"resiliparse {version('resiliparse')}"

NON_BODY_ROLES = (
    BlockRole.COMMENTS
    | BlockRole.FORM
    | BlockRole.FOOTER
    | BlockRole.RELATED
    | BlockRole.CAPTION
    | BlockRole.POST
    | BlockRole.ASIDE
    | BlockRole.BIOGRAPHY
)
"""Roles of long texts that most likely are not part of the article."""

MIN_EXTRACTED_SHARE = 0.2
"""Share of a page's long texts that an extraction must hold; with less, the second extractor is tried."""

MIN_DUMP_BLOCKS = 4
"""Blocks of the page in an extractor's text that is the whole text of the page rather than an article."""


def extracted_texts(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    """Yield the text that each extractor finds, one paragraph per line, and the extractor's name and version.

    First trafilatura without its fallbacks, which nearly always finds the right place; it is skipped for pages that are
    too large for it. Then resiliparse, which has no limits of size or nesting and takes a tenth of the time.
    """
    if sum(1 for _ in tree.iter()) <= MAX_EXTRACTOR_ELEMENTS:
        document = bare_extraction(tree, options=TRAFILATURA_OPTIONS)
        if isinstance(document, TrafilaturaDocument) and document.text:
            yield document.text, FIRST_EXTRACTOR
    yield main_content(markup_of(tree)), SECOND_EXTRACTOR


@dataclass(frozen=True, slots=True)
class Extraction:
    """The lines of a page's body, residue included.

    `span` holds the index of the body's first block and that of the block after its last. `extractor` names what found
    the body, and `source` the kind of source.
    """

    lines: tuple[TextLine, ...]
    span: tuple[int, int]
    extractor: str
    source: str


def extract(document: Document, blocks: list[Block], headline: str, body_selector: str | None = None) -> Extraction:
    """Find the body of a page, without its headline and what stands above it.

    `body_selector` is the CSS selector that the site gives for its text. It is ignored if what it matches is too short.
    """
    headlines = [headline, document.title, *document.metas("og:title")]
    if body_selector:
        chosen = select_in(document.tree, blocks, body_selector)
        if chosen:
            return _extraction(document, blocks, without_headline(chosen, blocks, headlines), "selector", "selector")
    drop_menus(blocks)
    drop_empty(document.tree)
    found: list[Extraction] = []
    for text, extractor in extracted_texts(document.tree):
        found.append(_extraction_at(document, blocks, text, extractor, headlines))
        if _chars(found[-1].lines) >= MIN_EXTRACTED_SHARE * _paragraph_chars(blocks):
            break
    return _or_page_data(document, max(found, key=lambda extraction: _chars(extraction.lines)))


def _extraction_at(
    document: Document, blocks: list[Block], text: str, extractor: str, headlines: list[str]
) -> Extraction:
    """Return the blocks that hold an extractor's text, or the text's own lines if the page's blocks do not hold it."""
    found, source = select(blocks, text), extractor.split()[0]
    if found is None and not _is_dump(blocks, text):
        headline_keys = {letters_only(headline) for headline in headlines}
        own_lines = text.splitlines()[:MAX_BLOCKS]
        lines = tuple(
            TextLine(line.removeprefix("- ")) for line in own_lines if letters_only(line) not in headline_keys
        )
        return Extraction(lines, (len(blocks), len(blocks)), extractor, source)
    if not found:
        return _extraction(document, blocks, [], extractor, source)
    chosen = without_afterword(without_teasers(without_headline(found, blocks, headlines)), blocks)
    description = " ".join(document.metas("description", "og:description")[:1])
    return _extraction(document, blocks, without_standfirst(chosen, description), extractor, source)


def _is_dump(blocks: Sequence[Block], text: str) -> bool:
    """Whether a text is that of the whole page, menus included, which extractors return if they do not find an article.

    It is one single line, or many lines without a long paragraph among them.
    """
    lines = text.splitlines()
    if len(lines) > 1 and max(map(len, lines)) >= MIN_LONG_PARAGRAPH_CHARS:
        return False
    letters = letters_only(text)
    keys = [block.match_key for block in blocks if len(block.match_key) >= MIN_MATCH_KEY_LETTERS]
    return sum(key in letters for key in keys) >= MIN_DUMP_BLOCKS


def _chars(lines: Sequence[TextLine]) -> int:
    return sum(len(line.text) for line in lines)


def _paragraph_chars(blocks: Sequence[Block]) -> int:
    """Return the characters in all long texts of a page that are neither links nor marked as something else."""
    return sum(
        len(b.text)
        for b in blocks
        if len(b.text) >= MIN_LONG_PARAGRAPH_CHARS and b.linked < 0.3 and not b.roles & NON_BODY_ROLES
    )


def _extraction(
    document: Document, blocks: list[Block], chosen: list[Block], extractor: str, source: str
) -> Extraction:
    lines = tuple(_text_line(blocks, block, document.url) for block in chosen)
    span = (chosen[0].index, chosen[-1].index + 1) if chosen else (len(blocks), len(blocks))
    return Extraction(lines, span, extractor, source)


def _or_page_data(document: Document, extraction: Extraction) -> Extraction:
    """Return the extraction, or the text in the page's data if the markup holds next to no text."""
    size = _chars(extraction.lines)
    if size >= MIN_BODY_CHARS:
        return extraction
    for source, text in data_texts(document):
        if len(text) > 2 * size + 200:
            lines = tuple(TextLine(line) for line in text.splitlines()[:MAX_BLOCKS] if line.strip())
            return Extraction(lines, extraction.span, source, source)
    return extraction


def _text_line(blocks: list[Block], block: Block, url: str) -> TextLine:
    following = blocks[block.index + 1] if block.index + 1 < len(blocks) else None
    return TextLine(
        block.text,
        tag=block.tag,
        linked=block.linked,
        bold=block.bold,
        lead=block.lead,
        after_image=block.after_image,
        links_follow=following is not None and following.linked > 0.8,
        caption=bool(block.roles & BlockRole.CAPTION),
        structure=structure_of(block, url),
    )
