"""From the pages of an article to its record: the one way every page takes, whoever fetched it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipelines.article import Article, Hints, Page, Reason, Rejection
from pipelines.cleaning import rejection
from pipelines.cleaning.agreement import agreement
from pipelines.cleaning.authors import find_credits
from pipelines.cleaning.blocks import Block, flatten
from pipelines.cleaning.caption import find_caption
from pipelines.cleaning.dateline import split_dateline
from pipelines.cleaning.document import Document, NotHtmlError, parse
from pipelines.cleaning.extract import Extraction, extract
from pipelines.cleaning.headline import find_headline
from pipelines.cleaning.language import detect
from pipelines.cleaning.learned_residue import RULE as LEARNED
from pipelines.cleaning.learned_residue import learned_in
from pipelines.cleaning.markdown import to_markdown
from pipelines.cleaning.metadata import read_metadata, site_names
from pipelines.cleaning.page_state import PageState
from pipelines.cleaning.publication_dates import find_timestamps
from pipelines.cleaning.residue import Cleaned, Line, clean_lines
from pipelines.cleaning.residue_rules import RULESET
from pipelines.cleaning.site_rules import SiteRules
from pipelines.cleaning.text_normalization import squeeze

ANY_SITE = SiteRules(name="", language=None)
"""What is asked of a page when no site is named: any language."""

UNTELLING = 20
"""Words of a text that is too short to be refused for its language."""

REPEATED = 40
"""Letters from which a line of a later page that stood on an earlier one is a repetition; shorter ones may recur."""

BYLINE = 80
"""Characters of a first line of the text that can be its byline or date instead."""

ABOVE = 14
"""Blocks above the text, and BELOW those below it, in which a page shows date and byline."""
BELOW = 14
BETWEEN = 100
"""Blocks from the headline to the text that are looked at: where the text is found in data, all the page is between."""
OPENING = 3
"""Blocks of the text itself before which a lead image may stand."""
OVER = 4
"""Blocks over the headline that can be its kicker, date or byline."""


def clean(html: bytes, url: str, *, site: SiteRules | None = None, hints: Hints | None = None) -> Article | Rejection:
    """Clean one page: the bytes as a browser would get them, and the canonical URL of the article.

    `site` is what the site states about its pages, `hints` what its feed or sitemap said of the article. Returns the
    article, or the reason why the page is none. Never raises for what a page holds.
    """
    return clean_pages([Page(url, html)], url=url, site=site, hints=hints)


def clean_pages(
    pages: Sequence[Page], *, url: str, site: SiteRules | None = None, hints: Hints | None = None
) -> Article | Rejection:
    """Clean the pages of one article, in reading order.

    The first page gives the metadata and decides whether there is an article; the others add their paragraphs. Raises
    ValueError when there are no pages.
    """
    if not pages:
        raise ValueError(f"{url}: an article has at least one page")
    known = hints or Hints()
    layout = (site or ANY_SITE).layout_at(known.fetched_at)
    rules = (site or ANY_SITE).of(layout)
    try:
        first = _read(pages[0], rules, known)
    except NotHtmlError as error:
        return Rejection(Reason.NOT_HTML, f"{error}")
    readings = [first]
    for page in pages[1:]:
        try:
            readings.append(_read(page, rules, known))
        except NotHtmlError:
            continue  # a page that holds nothing adds nothing; it is archived all the same
    composed = _compose(readings, url, rules, known)
    if layout is None or isinstance(composed, Rejection):
        return composed
    return replace(composed, ruleset=f"{composed.ruleset}, layout until {layout.until}")


def body_of(html: bytes, url: str, *, site: SiteRules | None = None) -> str:
    """The body of a page alone, whatever kind of page it is and whatever else it lacks; empty where there is none."""
    try:
        reading = _read(Page(url, html), site or ANY_SITE, Hints())
    except NotHtmlError:
        return ""
    _, lines = _without_dateline(list(clean_lines(_stitched([reading])).lines), reading.names)
    return "\n".join(line.text for line in lines)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One page, parsed and extracted."""

    document: Document
    blocks: list[Block]
    extraction: Extraction
    headline: tuple[str, str] | None
    names: list[str]


def _read(page: Page, rules: SiteRules, hints: Hints) -> _Reading:
    document = parse(page.html, page.url, page.charset, drop=rules.drop_selectors)
    blocks = flatten(document.tree)
    names = site_names(document, rules.title)
    headline = find_headline(document, blocks, names, hints.headline)
    extraction = extract(document, blocks, headline[0] if headline else "", rules.body_selector)
    return _Reading(document, blocks, extraction, headline, names)


def _compose(readings: list[_Reading], url: str, rules: SiteRules, hints: Hints) -> Article | Rejection:
    first = readings[0]
    stitched = _stitched(readings)
    cleaned, repeated = _without_residue(stitched, rules)
    lines = list(cleaned.lines)
    dateline, lines = _without_dateline(lines, first.names)
    body = "\n".join(line.text for line in lines)
    words = len(body.split())
    state = PageState(first.document, first.headline[0] if first.headline else "")
    metadata = read_metadata(first.document, state, hints.keywords)

    visual = rejection.is_visual(metadata.schema_type, first.headline[0] if first.headline else "")
    refused = (
        rejection.unreachable(first.document, first.blocks, words)
        or rejection.listing(first.document, _within(first), lines, visual)
        or rejection.gallery(lines, words, visual)
        or rejection.walled(first.blocks, words, metadata.is_accessible_for_free)
        or rejection.too_short(words, rules.min_words, visual)
    )
    if refused:
        return refused
    if first.headline is None:
        return Rejection(Reason.NO_HEADLINE, "neither the page nor its feed states a headline")
    language = detect(body)
    if not _wanted(language, rules.language, words):
        return Rejection(Reason.WRONG_LANGUAGE, f"the text is {language}, {rules.language} is wanted")

    above, below = _around(first)
    times = find_timestamps(
        first.document, above, below, hints, state, indonesian=_is_indonesian(first.document, language)
    )
    if times.published is None:
        return Rejection(Reason.NO_DATE, "neither the page nor its feed states when it was published")
    credits = find_credits(
        first.document,
        above,
        below,
        headline=first.headline[0],
        signed=cleaned.fields.get("author", ()),
        edited=cleaned.fields.get("editor", ()),
        site_names=first.names,
        state=state,
    )
    caption = find_caption(_lead(first), first.document.article or {})
    sources = {
        "headline": first.headline[1],
        "body": first.extraction.source,
        "date_published": times.published_source or "",
        "in_language": "text",
        **metadata.sources,
    }
    if times.modified_source:
        sources["date_modified"] = times.modified_source
    if times.disagreeing:
        sources["date_published.disagreeing"] = ", ".join(times.disagreeing)
    if credits.source:
        sources["author"] = credits.source
    if caption:
        sources["image_caption"] = caption[1]
    desk_codes = cleaned.fields.get("desk_code", ())
    return Article(
        url=url,
        headline=first.headline[0],
        body=body,
        body_markdown=to_markdown((line.text, line.structure) for line in lines),
        date_published=times.published,
        date_modified=times.modified,
        description=metadata.description,
        author=credits.authors,
        editor=credits.editors,
        article_section=metadata.article_section,
        keywords=metadata.keywords,
        in_language=language,
        image=metadata.image,
        image_caption=caption[0] if caption else None,
        dateline=dateline,
        desk_code=desk_codes[-1].strip("()[] ") if desk_codes else None,
        is_accessible_for_free=metadata.is_accessible_for_free,
        schema_type=metadata.schema_type,
        sources=sources,
        extractor=first.extraction.extractor,
        ruleset=RULESET,
        rules_fired=tuple(sorted({*cleaned.fired, *(("dateline",) if dateline else ())})),
        repeated_lines=repeated,
        removed_share=_removed(stitched, lines),
        agreement=agreement(body, [reading.document for reading in readings]),
        page_count=len(readings),
    )


def _stitched(readings: list[_Reading]) -> list[Line]:
    """The lines of all pages in order; those of later pages that an earlier one held are left out."""
    lines = list(readings[0].extraction.lines)
    seen = {squeeze(line.text) for line in lines}
    for reading in readings[1:]:
        for line in reading.extraction.lines:
            key = squeeze(line.text)
            if len(key) < REPEATED or key not in seen:
                lines.append(line)
                seen.add(key)
    return lines


def _removed(stitched: list[Line], kept: list[Line]) -> float:
    """Share of the extracted text that is not kept, by characters; double spaces and the like count as kept."""
    before, after = (sum(len("".join(line.text.split())) for line in lines) for lines in (stitched, kept))
    return round(max(before - after, 0) / before, 3) if before else 0.0


def _without_residue(lines: list[Line], rules: SiteRules) -> tuple[Cleaned, tuple[str, ...]]:
    """The text without residue, and the lines of it that were learned; at a text's ends one kind hides the other."""
    cleaned = clean_lines(lines)
    removed: list[str] = []
    while residue := learned_in([line.text for line in cleaned.lines], rules.learned, rules.keep_lines):
        removed += [cleaned.lines[number].text for number in sorted(residue)]
        rest = clean_lines([line for number, line in enumerate(cleaned.lines) if number not in residue])
        fields = {
            name: tuple(dict.fromkeys((*cleaned.fields.get(name, ()), *rest.fields.get(name, ()))))
            for name in {*cleaned.fields, *rest.fields}
        }
        cleaned = Cleaned(rest.lines, tuple(sorted({*cleaned.fired, *rest.fired, LEARNED})), fields)
    return cleaned, tuple(removed)


def _without_dateline(lines: list[Line], names: list[str]) -> tuple[str | None, list[Line]]:
    """Split the dateline from the first line, or from one of the next two where a pull quote stands above the text."""
    for number, line in enumerate(lines[:3]):
        split = split_dateline(line.text, lead=line.lead, names=tuple(names), sure=number > 0)
        if split is not None:
            rest = [replace(line, text=split.text)] if split.text else []
            return split.dateline, [*lines[:number], *rest, *lines[number + 1 :]]
    return None, lines


def _within(reading: _Reading) -> list[Block]:
    start, stop = reading.extraction.span
    return reading.blocks[max(0, start - 1) : stop]


def _lead(reading: _Reading) -> list[Block]:
    """The blocks in which the lead image stands: from the headline to the first paragraphs."""
    start = reading.extraction.span[0]
    return reading.blocks[max(0, start - ABOVE) : start + OPENING]


def _around(reading: _Reading) -> tuple[list[Block], list[Block]]:
    """The blocks between headline and text, then the few over the headline; and those below the text."""
    blocks = reading.blocks
    start, stop = reading.extraction.span
    key = squeeze(reading.headline[0]) if reading.headline else ""
    at = next((block.index for block in reversed(blocks[:start]) if block.key == key and block.tag != "li"), None)
    over = blocks[max(0, at - OVER) : at] if at is not None else []
    between = blocks[max(0, start - ABOVE) if at is None else at : start]
    nearest = [*between[:BETWEEN], *over]
    opening = [block for block in blocks[start : start + 2] if len(block.text) <= BYLINE]
    return [*nearest, *opening], blocks[stop : stop + BELOW]


def _wanted(language: str, wanted: str | None, words: int) -> bool:
    return wanted is None or language in (wanted, "und") or words < UNTELLING


def _is_indonesian(document: Document, language: str) -> bool:
    return language in ("id", "jv", "su") or (
        document.url.split("/")[2:3][0:1] != [] and document.url.split("/")[2].endswith(".id")
    )
