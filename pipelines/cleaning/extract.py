"""Extracts the body of a page: the blocks that the model is sure of, and what belongs to them by the page's containers.

Where the model is unsure, trafilatura is asked where the article is, and then its text is located in the blocks: they
know what plain text has lost, whether a line was a link, a caption or a heading, and which paragraphs stand beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

import trafilatura
from lxml.html import HtmlElement
from trafilatura.core import bare_extraction
from trafilatura.settings import Document as TrafilaturaDocument
from trafilatura.settings import Extractor

from pipelines.cleaning.agreement import main_content, markup_of, second_text
from pipelines.cleaning.block_features import BlockFrame, Readings
from pipelines.cleaning.block_model import BlockModel, block_model
from pipelines.cleaning.blocks import MAX_BLOCKS, Block, BlockRole
from pipelines.cleaning.body_blocks import (
    MIN_BODY_CHARS,
    MIN_MATCH_KEY_LETTERS,
    matched_blocks,
    select,
    select_in,
    with_continuation,
)
from pipelines.cleaning.document import MAX_EXTRACTOR_ELEMENTS, Document
from pipelines.cleaning.learned_selection import (
    MAX_LEARNED_BLOCKS,
    DescribedBlocks,
    Judgement,
    describe,
)
from pipelines.cleaning.markdown import structure_of
from pipelines.cleaning.page_state import ARTICLE_BODY, data_texts, stated_body
from pipelines.cleaning.paywall import is_paid, wall_at
from pipelines.cleaning.prose import article_prose, prose_chars
from pipelines.cleaning.pruning import drop_empty, drop_menus
from pipelines.cleaning.residue import MIN_LONG_PARAGRAPH_CHARS, TextLine
from pipelines.cleaning.sections import with_sections
from pipelines.cleaning.site_rules import PASSED_SELECTOR_RULE
from pipelines.cleaning.text_normalization import letters_only
from pipelines.cleaning.trimming import without_afterword, without_headline, without_standfirst, without_teasers

FIRST_EXTRACTOR = f"trafilatura {trafilatura.__version__}"

TRAFILATURA_OPTIONS = Extractor(output_format="python", fast=True, comments=False)
"""trafilatura without comments, metadata and fallback extractors. Created once, since that takes a while."""

FULL_TRAFILATURA_OPTIONS = Extractor(output_format="python", comments=False)
"""trafilatura with its fallback extractors."""

PROSE = "prose"
"""Name of the reading by the page's own sentences, see `prose.py`."""

SECOND_EXTRACTOR = f"resiliparse {version('resiliparse')}"

MIN_SURE_F1 = 0.92
"""Expected F1 from which a selection by the model stays without a look by other extractors: on nine of ten pages. With
0.94 a third more are looked at, and none is read better."""

MIN_EXTRACTED_SHARE = 0.2
"""Share of a page's prose that an extraction must hold; with less, another reading of the page is asked for."""

MIN_HELD_SHARE = 0.3
"""Share of the article's prose, as the page's sentences and headline tell it, that an extraction must hold; with less,
it is of another place, and the prose is taken itself."""

MAX_FOREIGN_SHARE = 0.1
"""Share of an extraction that the text in the page's data may hold where it is of another place."""

MIN_BEGINNING_SHARE = 0.8
"""Share of it that the text in the page's data must hold where it is the beginning of that text."""

MIN_SELECTED_SHARE = 2 / 3
"""Share of the page's own reading that a site's selector must match; with less, part of the text stands elsewhere. Of
short articles a standfirst or a note that the site leaves out on purpose is a seventh."""

MIN_MATCHED_TEXT_SHARE = 0.6
"""Share of an extracted text that the blocks must hold; with less, the extractor's own lines are used."""

MIN_DUMP_BLOCKS = 4
"""Blocks of the page in an extractor's text that is the whole text of the page rather than an article."""


def extracted_texts(tree: HtmlElement, second: str | None) -> Iterator[tuple[str, str]]:
    """Yield the text that each extractor finds, one paragraph per line, and the extractor's name and version.

    First trafilatura without its fallbacks, which nearly always finds the right place; it is skipped for pages that are
    too large for it. Then resiliparse, whose text is `second` if it was asked before. Last trafilatura with its
    fallbacks, which takes ten times as long.
    """
    is_small = sum(1 for _ in tree.iter()) <= MAX_EXTRACTOR_ELEMENTS
    if is_small:
        yield from _trafilatura(tree, TRAFILATURA_OPTIONS)
    yield main_content(markup_of(tree)) if second is None else second, SECOND_EXTRACTOR
    if is_small:
        yield from _trafilatura(tree, FULL_TRAFILATURA_OPTIONS)


def _trafilatura(tree: HtmlElement, options: Extractor) -> Iterator[tuple[str, str]]:
    document = bare_extraction(tree, options=options)
    if isinstance(document, TrafilaturaDocument) and document.text:
        yield document.text, FIRST_EXTRACTOR


@dataclass(frozen=True, slots=True)
class Extraction:
    """The lines of a page's body, residue included.

    `span` holds the index of the body's first block and that of the block after its last, `numbers` those of all its
    blocks, if it is made of blocks. `extractor` names what found the body, and `source` the kind of source. `rules`
    names what was decided against on the way. `second` are the letters of what the second extractor finds on the page,
    None if it was not asked.
    """

    lines: tuple[TextLine, ...]
    span: tuple[int, int]
    extractor: str
    source: str
    rules: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    second: str | None = None


NO_EXTRACTION = Extraction((), (0, 0), "", "")
"""Of a page that is not read yet."""


@dataclass(frozen=True, slots=True)
class PreparedPage:
    """What is known of a page before a text is selected.

    `prose` are the blocks that its sentences tell to be the article's, and `second` is what the second extractor finds,
    None if it was not asked. `described` is what the model is asked: None if the page is too large for it. `unfold`
    says whether what the page hides at first is for everyone to read.
    """

    document: Document
    blocks: list[Block]
    headlines: list[str]
    unfold: bool
    prose: list[Block]
    second: str | None
    described: DescribedBlocks | None


def extract(
    document: Document,
    blocks: list[Block],
    headline: str,
    body_selector: str | None = None,
    model: BlockModel | None = None,
) -> Extraction:
    """Find the body of a page, without its headline and what stands above it.

    `body_selector` is the CSS selector that the site gives for its text. It is held against the page's own reading, and
    passed by if it matches much less. `model` makes the learned decision, by default the project's.
    """
    model = model or block_model()
    if not body_selector:
        return _read(document, blocks, headline, model)
    headlines = _headlines(document, headline)
    matched = select_in(document.tree, blocks, body_selector)
    chosen = without_headline(matched, blocks, headlines) if matched else []
    selected = _extraction(document, blocks, chosen, "selector", "selector")
    prose = article_prose(blocks, _keys(headlines), unfold=_may_unfold(document, blocks))
    if chosen and _matches(selected, sum(len(block.text) for block in prose)):
        return selected
    found = _read(document, blocks, headline, model)
    if chosen and _matches(selected, _chars(found.lines)):
        return selected
    if _chars(found.lines) < MIN_BODY_CHARS:  # next to nothing, with which no selector is wrong
        return found
    return replace(found, rules=(PASSED_SELECTOR_RULE,))


def _matches(selected: Extraction, chars: int) -> bool:
    """Whether what a selector matches is most of a reading with this many characters."""
    return _chars(selected.lines) >= MIN_SELECTED_SHARE * chars


def _headlines(document: Document, headline: str) -> list[str]:
    return [headline, document.title, *document.metas("og:title")]


def _keys(headlines: Sequence[str]) -> frozenset[str]:
    return frozenset(letters_only(text) for text in headlines if text)


def _read(document: Document, blocks: list[Block], headline: str, model: BlockModel) -> Extraction:
    """Find the body by the model, where that is unsure by extractors, and where all find little, in the page's data."""
    page = prepare(document, blocks, headline)
    barred_roles = 0 if page.unfold else BlockRole.HIDDEN
    judgement = None if page.described is None else Judgement(blocks, page.described, model, barred_roles)
    found = _by_model(page, judgement) if judgement else NO_EXTRACTION
    if not (judgement and _is_sure(page, judgement, found)):
        found = _by_extractors(page, judgement)
    found = replace(found, second=None if page.second is None else letters_only(page.second))
    return _or_page_data(page, found)


def prepare(document: Document, blocks: list[Block], headline: str) -> PreparedPage:
    """Read a page's prose, ask the second extractor, and describe all blocks for the model.

    Changes the page's tree: what extractors do not need is removed from it.
    """
    headlines = _headlines(document, headline)
    unfold = _may_unfold(document, blocks)
    keys = _keys(headlines)
    prose = article_prose(blocks, keys, unfold=unfold)
    description = letters_only(" ".join(document.metas("description", "og:description")))
    frame = BlockFrame(blocks, keys, description) if len(blocks) <= MAX_LEARNED_BLOCKS else None
    drop_menus(blocks)
    drop_empty(document.tree)
    second = second_text(document)
    stated = stated_body(document)
    readings = Readings(
        frozenset(block.index for block in prose),
        frozenset(matched_blocks(blocks, letters_only(second or ""))),
        None if stated is None else frozenset(matched_blocks(blocks, letters_only(stated))),
    )
    described = None if frame is None else describe(frame, readings)
    return PreparedPage(document, blocks, headlines, unfold, prose, second, described)


def _by_model(page: PreparedPage, judgement: Judgement) -> Extraction:
    """Return the selection around the blocks that the model is sure of."""
    selection = _selection(page, judgement.likely(), judgement.name, sure=judgement.sure())
    return _improved(page, selection, judgement)


def _is_sure(page: PreparedPage, judgement: Judgement, found: Extraction) -> bool:
    """Whether a selection is good enough for no extractor to be asked, by the model and by the page's sentences."""
    return (
        judgement.expected_f1(found.numbers) >= MIN_SURE_F1
        and not judgement.may_be_list(found.numbers)
        and bool(page.prose)
        and _holds(found, page.prose)
    )


def _by_extractors(page: PreparedPage, judgement: Judgement | None) -> Extraction:
    """Return the selection around an extractor's text that is of the place where the prose is, or around the prose."""
    wanted_chars = MIN_EXTRACTED_SHARE * prose_chars(page.blocks)
    found: list[tuple[bool, int, Extraction]] = []
    for text, extractor in extracted_texts(page.document.tree, page.second):
        extraction = _extraction_of(page, text, extractor)
        found.append((_holds(extraction, page.prose), _chars(extraction.lines), extraction))
        if found[-1][0] and found[-1][1] >= wanted_chars:
            break
    is_of_the_place, _, best = max(found, key=lambda reading: reading[:2])
    if not is_of_the_place:
        best = _extraction_of(page, "\n".join(block.text for block in page.prose), PROSE)
    return best if judgement is None else _improved(page, best, judgement)


def _improved(page: PreparedPage, present: Extraction, judgement: Judgement) -> Extraction:
    """Return a selection, or that of the learned decision where it expects it to be better."""
    if present.lines and not present.numbers:  # an extractor's text that the blocks do not hold
        return present
    numbers = judgement.better(present.numbers)
    if not numbers:
        return present
    chosen = _trimmed(page, [page.blocks[number] for number in numbers])
    return _extraction(page.document, page.blocks, chosen, judgement.name, "blocks")


def _holds(extraction: Extraction, prose: Sequence[Block]) -> bool:
    """Whether an extraction is of the place where the article's prose is, or holds more than that place."""
    if _chars(extraction.lines) >= sum(len(block.text) for block in prose):
        return True
    letters = letters_only(" ".join(line.text for line in extraction.lines))
    total = sum(len(block.match_key) for block in prose)
    return sum(len(block.match_key) for block in prose if block.match_key in letters) >= MIN_HELD_SHARE * total


def _extraction_of(page: PreparedPage, text: str, extractor: str) -> Extraction:
    """Return the blocks that hold an extractor's text, or the text's own lines if the page's blocks do not hold it."""
    letters = letters_only(text)
    taken = matched_blocks(page.blocks, letters)
    if taken and sum(len(page.blocks[i].match_key) for i in taken) >= MIN_MATCHED_TEXT_SHARE * len(letters):
        return _selection(page, taken, extractor)
    if _is_dump(page.blocks, text):
        return _selection(page, set(), extractor)
    headline_keys = {letters_only(headline) for headline in page.headlines}
    own_lines = text.splitlines()[:MAX_BLOCKS]
    lines = tuple(TextLine(line.removeprefix("- ")) for line in own_lines if letters_only(line) not in headline_keys)
    nowhere = (len(page.blocks), len(page.blocks))
    return Extraction(lines, nowhere, extractor, _source(extractor))


def _selection(page: PreparedPage, taken: set[int], reading: str, *, sure: set[int] | None = None) -> Extraction:
    """Return the body around the blocks that a reading of the page took, and of which it is `sure`."""
    found = select(page.blocks, taken, sure=sure, unfold=page.unfold)
    if found and page.document.has_stray_ends:
        found = with_continuation(found, page.blocks)
    if found:
        found = _trimmed(page, with_sections(found, page.blocks, unfold=page.unfold))
    return _extraction(page.document, page.blocks, found, reading, _source(reading))


def _source(reading: str) -> str:
    return reading if reading == ARTICLE_BODY else reading.split()[0]


def _trimmed(page: PreparedPage, found: list[Block]) -> list[Block]:
    """Return the blocks of a body without what stands at its ends and is no part of it."""
    blocks, document = page.blocks, page.document
    chosen = without_afterword(without_teasers(without_headline(found, blocks, page.headlines)), blocks)
    return without_standfirst(chosen, " ".join(document.metas("description", "og:description")[:1]))


def _may_unfold(document: Document, blocks: Sequence[Block]) -> bool:
    """Whether what a page hides at first is for everyone to read: not where it has its readers pay or log in."""
    return not is_paid(document) and wall_at(blocks, (len(blocks), len(blocks))) is None


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


def _extraction(
    document: Document, blocks: list[Block], chosen: list[Block], extractor: str, source: str
) -> Extraction:
    lines = tuple(_text_line(blocks, block, document.url) for block in chosen)
    span = (chosen[0].index, chosen[-1].index + 1) if chosen else (len(blocks), len(blocks))
    return Extraction(lines, span, extractor, source, numbers=tuple(block.index for block in chosen))


def _or_page_data(page: PreparedPage, extraction: Extraction) -> Extraction:
    """Return the extraction, or the text that the page's data state where the two differ grossly.

    They do if the markup holds next to no text, if what was extracted is but the beginning of the stated text, and if
    it is of another place. A page that has its readers pay shows what it shows: its data are not asked.
    """
    document = page.document
    if is_paid(document) or wall_at(page.blocks, extraction.span):
        return extraction
    size = _chars(extraction.lines)
    if size < MIN_BODY_CHARS:
        longer = (found for found in data_texts(document) if len(found[1]) > 2 * size + 200)
        return next((_from_data(extraction, source, text) for source, text in longer), extraction)
    text = stated_body(document) or ""
    if len(text) < size:
        return extraction
    shared = _shared_share(extraction, text)
    if shared < MAX_FOREIGN_SHARE:
        return replace(_extraction_of(page, text, ARTICLE_BODY), second=extraction.second)
    if shared >= MIN_BEGINNING_SHARE and len(text) > 2 * size:
        return _from_data(extraction, ARTICLE_BODY, text)
    return extraction


def _from_data(extraction: Extraction, source: str, text: str) -> Extraction:
    return replace(extraction, lines=_own_lines(text), extractor=source, source=source, numbers=())


def _own_lines(text: str) -> tuple[TextLine, ...]:
    return tuple(TextLine(line) for line in text.splitlines()[:MAX_BLOCKS] if line.strip())


def _shared_share(extraction: Extraction, text: str) -> float:
    """Return the share (0 to 1) of an extraction, by letters, in lines that a text holds as well."""
    letters = letters_only(text)
    keys = [key for line in extraction.lines if len(key := letters_only(line.text)) >= MIN_MATCH_KEY_LETTERS]
    return sum(len(key) for key in keys if key in letters) / max(1, sum(map(len, keys)))


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
