"""Cleans the pages of an article into its record. All pages go this way, whoever fetched them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from pipelines.article import DOUBTFUL, SURE, Article, Doubt, Hints, Page, Reason, Rejection
from pipelines.cleaning import rejection
from pipelines.cleaning.agreement import agreement, second_text
from pipelines.cleaning.attribution import find_attribution
from pipelines.cleaning.authors import Credits, find_credits
from pipelines.cleaning.block_model import BlockModel, block_model
from pipelines.cleaning.blocks import Block, flatten
from pipelines.cleaning.caption import find_caption
from pipelines.cleaning.corrections import find_correction
from pipelines.cleaning.credit_lines import signed_names
from pipelines.cleaning.date_parsing import ZONES, find_printed_dates
from pipelines.cleaning.dateline import split_dateline
from pipelines.cleaning.document import Document, NotHtmlError, parse
from pipelines.cleaning.extract import NO_EXTRACTION, Extraction, extract
from pipelines.cleaning.headline import Headline, find_headline
from pipelines.cleaning.language import detect
from pipelines.cleaning.last_dates import last_date
from pipelines.cleaning.learned_residue import LEARNED_RULE, learned_in
from pipelines.cleaning.markdown import to_markdown
from pipelines.cleaning.metadata import Metadata, read_metadata, site_names
from pipelines.cleaning.misnomers import clear_misnomers
from pipelines.cleaning.page_kind import MIN_DOUBTFUL_PROBABILITY, probability_of_other_kind
from pipelines.cleaning.page_signs import page_signs
from pipelines.cleaning.page_state import PageState
from pipelines.cleaning.publication_dates import PublicationDates, find_publication_dates
from pipelines.cleaning.residue import Cleaned, TextLine, clean_lines
from pipelines.cleaning.residue_rules import RULESET
from pipelines.cleaning.shown_dates import MAX_BLOCKS_BELOW_HEADLINE
from pipelines.cleaning.site_rules import SiteRules
from pipelines.cleaning.text_normalization import count_words, letters_only
from pipelines.printable import fit_to_keep

ANY_SITE = SiteRules(name="", language=None)
"""The rules for pages of an unknown site: articles in any language are accepted."""

MIN_LANGUAGE_WORDS = 20
"""Words of a text that can be rejected for its language: that of a shorter one is uncertain."""

MIN_REPEATED_LINE_LETTERS = 40
"""Letters of a line that is left out of a later page because it stood on an earlier one; shorter lines may recur."""

MAX_OPENING_BYLINE_CHARS = 80
"""Characters of the first line of a text that may in fact be its byline or date."""

MAX_OPENING_BLOCKS = 4
"""Blocks at the beginning of the text among which the date may stand: behind a standfirst, a byline, a section."""

MAX_OPENING_BYLINES = 2
"""Blocks at the beginning of the text of which each may be a byline; behind them, one with a date may."""

MAX_BLOCKS_ABOVE_BODY = 14
"""Blocks above the text in which byline, date and lead image are looked for if the headline is not among them."""

MAX_BLOCKS_BELOW_BODY = 14
"""Blocks below the text in which byline and date are looked for: related articles, with other names, come next."""

MAX_BODY_BLOCKS_ABOVE_IMAGE = 3
"""Blocks at the beginning of the text that a lead image may follow."""

MAX_BLOCKS_ABOVE_HEADLINE = 4
"""Blocks directly above the headline that can be its kicker, date or byline."""


def clean(
    html: bytes,
    url: str,
    *,
    site: SiteRules | None = None,
    hints: Hints | None = None,
    model: BlockModel | None = None,
) -> Article | Rejection:
    """Clean one page: `html` as a browser would get it, `url` the canonical URL of the article.

    `site` holds the site's rules for its pages, `hints` what its feed or sitemap says about the article; `model` judges
    which blocks are the article's, by default the project's. Returns the article, or the reason why the page is not
    one. Never raises because of the page's content.
    """
    return clean_pages([Page(url, html)], url=url, site=site, hints=hints, model=model)


def clean_pages(
    pages: Sequence[Page],
    *,
    url: str,
    site: SiteRules | None = None,
    hints: Hints | None = None,
    model: BlockModel | None = None,
) -> Article | Rejection:
    """Clean the pages of one article, in reading order.

    The first page decides whether there is an article and supplies its metadata; the others add their paragraphs.
    Raises ValueError if there are no pages.
    """
    if not pages:
        raise ValueError(f"{url}: an article has at least one page")
    hints = hints or Hints()
    model = model or block_model()
    layout = (site or ANY_SITE).layout_at(hints.fetched_at)
    rules = (site or ANY_SITE).for_layout(layout)
    try:
        first = read_page(pages[0], rules, hints, model)
    except NotHtmlError as error:
        return Rejection(Reason.NOT_HTML, f"{error}")
    readings = [first]
    for page in pages[1:]:
        try:
            readings.append(read_page(page, rules, hints, model))
        except NotHtmlError:
            continue  # an empty page adds nothing; it is archived all the same
    record = _without_controls(_compose(readings, url, rules, hints, model))
    if layout is None or isinstance(record, Rejection):
        return record
    return replace(record, ruleset=f"{record.ruleset}, layout until {layout.until}")


def _without_controls(record: Article | Rejection) -> Article | Rejection:
    """The record with every text of the page fit to be kept, wherever on the page it came from."""
    if isinstance(record, Rejection):
        return replace(record, detail=fit_to_keep(record.detail))
    texts: dict[str, Any] = {}
    for name in (field.name for field in fields(record)):
        value = getattr(record, name)
        if isinstance(value, str):
            texts[name] = fit_to_keep(value).strip()
        elif isinstance(value, tuple):
            texts[name] = tuple(kept for text in value if (kept := fit_to_keep(text).strip()))
    if not texts["headline"]:
        return Rejection(Reason.NO_HEADLINE, "the page's headline holds nothing that can be read")
    return replace(record, **texts)


@dataclass(frozen=True, slots=True)
class Reading:
    """One page, parsed, with its headline and the lines that the extractor took for its text.

    `html` is what was parsed. `headline` is empty if neither the page nor the hints have one.
    """

    html: bytes
    document: Document
    blocks: list[Block]
    extraction: Extraction
    headline: str
    headline_source: str
    site_names: list[str]


@dataclass(frozen=True, slots=True)
class Body:
    """The body of an article.

    `lines` are the lines of `text`, of so many `words`; `extracted` are the lines of all pages before cleaning.
    `matched_rules` names the residue rules that removed something, `fields` holds what they found by the field's name,
    `repeated_lines` the learned lines that were removed.
    """

    text: str
    words: int
    lines: list[TextLine]
    extracted: list[TextLine]
    dateline: str | None
    matched_rules: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    repeated_lines: tuple[str, ...]


def read_page(page: Page, rules: SiteRules, hints: Hints, model: BlockModel | None = None) -> Reading:
    """Parse a page and extract its headline and text. Raises NotHtmlError if there is nothing to parse.

    `model` decides what of the page is its article, by default the project's.
    """
    opened = open_page(page, rules, hints)
    found = extract(opened.document, opened.blocks, opened.headline, rules.body_selector, model)
    return replace(opened, extraction=found)


def open_page(page: Page, rules: SiteRules, hints: Hints) -> Reading:
    """Parse a page and find its headline, without a text. Raises NotHtmlError if there is nothing to parse."""
    document = parse(page.html, page.url, page.charset, drop=rules.drop_selectors)
    blocks = flatten(document.tree)
    clear_misnomers(blocks)
    names = site_names(document, rules.title)
    found = find_headline(document, blocks, names, hints.headline, rules.headline_selector) or Headline("", "")
    if found.block is not None:  # a kicker above the headline stands in the same block
        blocks[found.block.index] = replace(found.block, text=found.text, match_key=letters_only(found.text))
    return Reading(page.html, document, blocks, NO_EXTRACTION, found.text, found.source, names)


def find_body(readings: Sequence[Reading], rules: SiteRules) -> Body:
    """Return the body of an article's pages, whether or not they are an article otherwise."""
    extracted = _stitch(readings)
    cleaned, repeated = _without_residue(extracted, rules)
    dateline, lines = _without_dateline(list(cleaned.lines), readings[0].site_names)
    text = "\n".join(line.text for line in lines)
    return Body(text, count_words(text), lines, extracted, dateline, cleaned.matched_rules, cleaned.fields, repeated)


def _compose(
    readings: list[Reading], url: str, rules: SiteRules, hints: Hints, model: BlockModel
) -> Article | Rejection:
    """Turn the readings of an article's pages into its record, or into the reason why they are not an article."""
    first = readings[0]
    body = find_body(readings, rules)
    state = PageState(first.document, first.headline)
    metadata = read_metadata(first.document, state, hints.keywords)
    if rejected := _rejected(first, body, metadata, rules):
        return rejected
    language = detect(body.text)
    if not _is_wanted_language(language, rules.language, body.words):
        return Rejection(Reason.WRONG_LANGUAGE, f"the text is in {language}, not in {rules.language}")
    found = find_particulars(first, body, state, language, rules, hints)
    doubts = _doubts(first, body, found)
    caption = find_caption(_blocks_around_lead_image(first), first.document.article or {})
    desk_codes = [code for code in body.fields.get("desk_code", ()) if signed_names(code) is None]
    return Article(
        url=url,
        headline=first.headline,
        body=body.text,
        body_markdown=to_markdown((line.text, line.structure) for line in body.lines),
        date_published=found.published,
        date_modified=found.dates.modified,
        description=metadata.description,
        author=found.credits.authors,
        editor=found.credits.editors,
        article_section=metadata.article_section,
        keywords=metadata.keywords,
        in_language=language,
        image=metadata.image,
        image_caption=caption[0] if caption else None,
        dateline=body.dateline,
        desk_code=desk_codes[-1].strip("()[] ") if desk_codes else None,
        is_accessible_for_free=metadata.is_accessible_for_free,
        license=metadata.license,
        schema_type=metadata.schema_type,
        sources=_sources(first, found, caption, metadata),
        extractor=first.extraction.extractor,
        ruleset=f"{RULESET}, blocks {model.version}",
        rules_fired=_rules_fired(readings, body),
        repeated_lines=body.repeated_lines,
        removed_share=_removed_share(body.extracted, body.lines),
        agreement=agreement(body.text, [_second_letters(reading) for reading in readings]),
        page_count=len(readings),
        date_precision=found.date_precision,
        quality=DOUBTFUL if doubts else SURE,
        quality_reasons=doubts,
        correction=find_correction(line.text for line in body.extracted),
        is_based_on=find_attribution(first.document, [line.text for line in body.extracted], first.site_names),
    )


@dataclass(frozen=True, slots=True)
class Particulars:
    """When an article was published and who wrote it. `date_source` and `date_precision` are those of `published`."""

    published: datetime
    date_source: str
    date_precision: str
    dates: PublicationDates
    credits: Credits


def find_particulars(
    first: Reading, body: Body, state: PageState, language: str, rules: SiteRules, hints: Hints
) -> Particulars:
    """Find date and people of an article on its first page."""
    above, below = _blocks_around_body(first)
    zone = ZONES[rules.time_zone.lower()]
    dates = find_publication_dates(
        first.document,
        above,
        below,
        hints,
        state,
        headline=first.headline,
        zone=zone,
        indonesian=_is_indonesian(first.document, language),
    )
    credits = find_credits(
        first.document,
        above,
        below,
        headline=first.headline,
        residue=body.fields,
        site_names=first.site_names,
        state=state,
    )
    if dates.published is not None:
        return Particulars(dates.published, dates.published_source or "", dates.precision, dates, credits)
    return Particulars(*last_date(first.html, first.document.url, dates, hints, zone), dates, credits)


def signs_of(first: Reading, body: Body, found: Particulars) -> dict[str, float]:
    """Return the signs by which the kind of a page is told."""
    return page_signs(
        first.html,
        first.document,
        first.blocks,
        body.lines,
        first.headline,
        words=body.words,
        has_author=bool(found.credits.authors),
        date_source=found.date_source,
        date_precision=found.date_precision,
    )


def _rules_fired(readings: Sequence[Reading], body: Body) -> tuple[str, ...]:
    """Return the names of the rules that decided against text of the pages, or against a selector of the site."""
    dateline = ("dateline",) if body.dateline else ()
    return tuple(sorted({*body.matched_rules, *dateline, *(r for page in readings for r in page.extraction.rules)}))


def _doubts(first: Reading, body: Body, found: Particulars) -> tuple[Doubt, ...]:
    """Return what makes a text doubtful, nothing for one that is sure."""
    doubts = {
        Doubt.OTHER_KIND: probability_of_other_kind(signs_of(first, body, found)) >= MIN_DOUBTFUL_PROBABILITY,
        Doubt.DESCRIPTION: rejection.is_description(first.document, first.headline, body.words),
    }
    return tuple(doubt for doubt, holds in doubts.items() if holds)


def _second_letters(reading: Reading) -> str | None:
    """What the second extractor finds on a page, which was not asked where a site's selector has found the body."""
    known = reading.extraction.second
    if known is not None:
        return known
    text = second_text(reading.document)
    return None if text is None else letters_only(text)


def _rejected(first: Reading, body: Body, metadata: Metadata, rules: SiteRules) -> Rejection | None:
    """Return the reason why a page is not an article, or None. Dates and language are checked later."""
    words = body.words
    visual = rejection.is_visual(metadata.schema_type, first.headline)
    rejected = (
        rejection.unreachable(first.document, first.blocks, words)
        or rejection.other_kind(first.document)
        or rejection.listing(first.document, _blocks_within_body(first), body.lines, visual)
        or rejection.gallery(body.lines, words, visual)
        or rejection.description(first.document, first.headline, words)
        or rejection.walled(first.blocks, first.extraction.span, words, metadata.is_accessible_for_free)
        or rejection.too_short(words, rules.min_words, visual)
    )
    if rejected is None and not first.headline:
        return Rejection(Reason.NO_HEADLINE, "neither the page nor its feed gives a headline")
    return rejected


def _sources(first: Reading, found: Particulars, caption: tuple[str, str] | None, metadata: Metadata) -> dict[str, str]:
    """Return the source of each field that has one, by the field's name."""
    sources = {
        "headline": first.headline_source,
        "body": first.extraction.source,
        "date_published": found.date_source,
        "in_language": "text",
        **metadata.sources,
    }
    if found.dates.modified_source:
        sources["date_modified"] = found.dates.modified_source
    if found.dates.disagreeing:
        sources["date_published.disagreeing"] = ", ".join(found.dates.disagreeing)
    if found.credits.source:
        sources["author"] = found.credits.source
    if caption:
        sources["image_caption"] = caption[1]
    return sources


def _stitch(readings: Sequence[Reading]) -> list[TextLine]:
    """Return the lines of all pages in order, without those of later pages that repeat one of an earlier page."""
    lines = list(readings[0].extraction.lines)
    if len(readings) == 1:
        return lines
    seen = {letters_only(line.text) for line in lines}
    for reading in readings[1:]:
        for line in reading.extraction.lines:
            key = letters_only(line.text)
            if len(key) < MIN_REPEATED_LINE_LETTERS or key not in seen:
                lines.append(line)
                seen.add(key)
    return lines


def _removed_share(extracted: list[TextLine], kept: list[TextLine]) -> float:
    """Return the share (0 to 1) of the extracted text that was not kept, by characters other than white space."""
    before, after = (sum(len("".join(line.text.split())) for line in lines) for lines in (extracted, kept))
    return round(max(before - after, 0) / before, 3) if before else 0.0


def _without_residue(lines: list[TextLine], rules: SiteRules) -> tuple[Cleaned, tuple[str, ...]]:
    """Return the text without residue, and the learned lines that were removed from it.

    At the ends of a text, residue that rules describe can hide learned residue and the reverse, so both are removed in
    turns.
    """
    cleaned = clean_lines(lines)
    removed: list[str] = []
    while residue := learned_in([line.text for line in cleaned.lines], rules.learned, rules.keep_lines):
        removed += [cleaned.lines[number].text for number in sorted(residue)]
        rest = clean_lines([line for number, line in enumerate(cleaned.lines) if number not in residue])
        fields = {
            name: tuple(dict.fromkeys((*cleaned.fields.get(name, ()), *rest.fields.get(name, ()))))
            for name in {*cleaned.fields, *rest.fields}
        }
        matched_rules = {*cleaned.matched_rules, *rest.matched_rules, LEARNED_RULE}
        cleaned = Cleaned(rest.lines, tuple(sorted(matched_rules)), fields)
    return cleaned, tuple(removed)


def _without_dateline(lines: list[TextLine], names: list[str]) -> tuple[str | None, list[TextLine]]:
    """Split the dateline from the first line, or from one of the next two if a pull quote stands above the text."""
    for number, line in enumerate(lines[:3]):
        split = split_dateline(line.text, lead=line.lead, names=tuple(names), medium_required=number > 0)
        if split is not None:
            rest = [replace(line, text=split.text)] if split.text else []
            return split.dateline, [*lines[:number], *rest, *lines[number + 1 :]]
    return None, lines


def _blocks_within_body(reading: Reading) -> list[Block]:
    """Return the blocks from the one before the text to the last one of the text."""
    start, stop = reading.extraction.span
    return reading.blocks[max(0, start - 1) : stop]


def _blocks_around_lead_image(reading: Reading) -> list[Block]:
    """Return the blocks in which the lead image stands: from the headline to the first paragraphs."""
    start = reading.extraction.span[0]
    return reading.blocks[max(0, start - MAX_BLOCKS_ABOVE_BODY) : start + MAX_BODY_BLOCKS_ABOVE_IMAGE]


def _blocks_around_body(reading: Reading) -> tuple[list[Block], list[Block]]:
    """Return the blocks around the text that may hold byline and date: those above it, and those below it.

    Above are the blocks between headline and text, then a few above the headline, then the first lines of the text if
    they are short.
    """
    blocks = reading.blocks
    start, stop = reading.extraction.span
    key = letters_only(reading.headline)
    headline_index = next(
        (block.index for block in reversed(blocks[:start]) if block.match_key == key and block.tag != "li"), None
    )
    if headline_index is None:
        above_headline: list[Block] = []
        below_headline = blocks[max(0, start - MAX_BLOCKS_ABOVE_BODY) : start]
    else:
        above_headline = blocks[max(0, headline_index - MAX_BLOCKS_ABOVE_HEADLINE) : headline_index]
        below_headline = blocks[headline_index:start]
    opening = [
        block
        for number, block in enumerate(blocks[start : start + MAX_OPENING_BLOCKS])
        if len(block.text) <= MAX_OPENING_BYLINE_CHARS
        and (number < MAX_OPENING_BYLINES or find_printed_dates(block.text))
    ]
    above = [*below_headline[:MAX_BLOCKS_BELOW_HEADLINE], *above_headline, *opening]
    return above, blocks[stop : stop + MAX_BLOCKS_BELOW_BODY]


def _is_wanted_language(language: str, wanted: str | None, words: int) -> bool:
    return wanted is None or language in (wanted, "und") or words < MIN_LANGUAGE_WORDS


def _is_indonesian(document: Document, language: str) -> bool:
    """Whether times without an offset are Indonesian ones, by the language of the text or the domain of the site."""
    host = "".join(document.url.split("/")[2:3])
    return language in ("id", "jv", "su") or host.endswith(".id")
