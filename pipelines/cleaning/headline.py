"""The headline as a reader sees it: the heading on the page, without the site's name at its end."""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from html import unescape

from pipelines.cleaning.blocks import Block
from pipelines.cleaning.document import Document
from pipelines.cleaning.jsonld import texts
from pipelines.cleaning.person_names import host_labels
from pipelines.cleaning.text_normalization import collapse_whitespace, letters_only

_SEPARATOR = re.compile(r"\s+(?:[|•·»~]|::|[-–—])\s+|\s*\|\s*|\s+::\s*|\s*::\s+")
_PAGE_NUMBER = re.compile(
    r"\s+[-–|]\s+(?:halaman|hal\.?|page)\s+(?:\d+|all)(?:\s+of\s+\d+|\s+dari\s+\d+)?(?=$|\s+[-–|])", re.IGNORECASE
)

MIN_HEADLINE_LETTERS = 12
"""Letters of a heading that can be a headline; a shorter one is the name of a section."""

MAX_SECTION_NAME_WORDS = 2
"""Words of a section's name that may stand between a headline and the site's name."""

MIN_TITLE_SIMILARITY = 0.8
"""Similarity (0 to 1) of a heading and a title in the head that are two wordings of one headline."""

MAX_PREFIX_LETTERS = 25
"""Letters by which a visible headline may be longer than the one in the head: 'In Picture:', 'FOTO:', 'VIDEO:'."""


def stated_titles(document: Document) -> list[tuple[str, str]]:
    """Return (source, title) of each title in the page's head, the most trusted first."""
    found: list[tuple[str, str]] = []
    if document.article is not None:
        found += [("json-ld", title) for title in texts(document.article.get("headline"))]
    found += [("opengraph", title) for title in document.metas("og:title")]
    found += [
        ("meta", title) for title in document.metas("originaltitle", "twitter:title", "title", "dc.title", "headline")
    ]
    if document.title:
        found.append(("title", document.title))
    return [(source, cleaned) for source, title in found if (cleaned := collapse_whitespace(_unescape(title)))]


def find_headline(
    document: Document, blocks: Sequence[Block], site_names: Iterable[str], hint: str | None
) -> tuple[str, str] | None:
    """Return (headline, source) of a page, or None if neither the page nor the hint has a headline.

    The headline is the heading on the page that agrees with a title in its head. Without such a heading, the title in
    the head is taken, without the site's name at its end; then the hint.
    """
    names = {key for name in (*site_names, *host_labels(document.url)) if len(key := letters_only(name)) >= 3}
    stated = [(source, cleaned) for source, title in stated_titles(document) if (cleaned := without_site(title, names))]
    title_keys = [letters_only(title) for _, title in stated]
    if hint:
        title_keys.append(letters_only(hint))
    visible = _visible_headline(blocks, [key for key in title_keys if len(key) >= MIN_HEADLINE_LETTERS])
    if visible is not None:
        return visible
    if not any(len(key) >= MIN_HEADLINE_LETTERS for key in title_keys):
        for block in blocks:
            if block.tag == "h1" and len(block.match_key) >= MIN_HEADLINE_LETTERS and block.linked < 0.9:
                return collapse_whitespace(block.text), "h1"
    for source, title in stated:
        if len(letters_only(title)) >= 3:
            return title, source
    return (collapse_whitespace(hint), "feed") if hint and collapse_whitespace(hint) else None


def _visible_headline(blocks: Sequence[Block], title_keys: list[str]) -> tuple[str, str] | None:
    if not title_keys:
        return None
    for block in blocks:
        if block.tag == "h1" and block.match_key in title_keys:
            return collapse_whitespace(block.text), "h1"
    for block in blocks:
        if block.tag == "h1" and any(_is_same_headline(block.match_key, key) for key in title_keys):
            return collapse_whitespace(block.text), "h1"
    for block in blocks:
        if block.tag in ("h2", "h3", "div", "header", "td") and block.linked < 0.5:
            key = block.match_key
            if any(
                key == title or (key.endswith(title) and len(key) - len(title) <= MAX_PREFIX_LETTERS)
                for title in title_keys
            ):
                return collapse_whitespace(block.text), "text"
    return None


def _is_same_headline(heading: str, title: str) -> bool:
    if len(heading) < MIN_HEADLINE_LETTERS:
        return False
    if heading in title and len(heading) >= 0.5 * len(title):
        return True
    if title in heading and len(heading) - len(title) <= MAX_PREFIX_LETTERS:
        return True
    matcher = SequenceMatcher(None, heading, title, autojunk=False)
    return (
        matcher.real_quick_ratio() >= MIN_TITLE_SIMILARITY
        and matcher.quick_ratio() >= MIN_TITLE_SIMILARITY
        and matcher.ratio() >= MIN_TITLE_SIMILARITY
    )


def without_site(title: str, names: set[str]) -> str:
    """Return a title without the segments at its ends that name the site; `names` holds its names, letters only."""
    title = _PAGE_NUMBER.sub("", title)
    parts = _SEPARATOR.split(title)
    marks = _SEPARATOR.findall(title)
    while len(parts) > 1 and _names_site(parts[-1], names):
        parts.pop()
        if marks.pop().strip() == "::" and len(parts) > 1 and len(parts[-1].split()) <= MAX_SECTION_NAME_WORDS:
            parts.pop()  # 'Headline - Section :: Site'
            marks.pop()
    while len(parts) > 1 and letters_only(parts[0]) in names:
        parts.pop(0)
        marks.pop(0)
    kept = parts[0] + "".join(mark + part for mark, part in zip(marks, parts[1:], strict=True))
    head, colon, rest = kept.partition(": ")
    if colon and letters_only(head) in names and len(letters_only(rest)) >= MIN_HEADLINE_LETTERS:
        kept = rest
    return kept.strip()


def _names_site(segment: str, names: set[str]) -> bool:
    key = letters_only(segment)
    if not key or key in names:
        return True
    return len(segment.split()) <= 5 and any(len(name) >= 4 and name in key for name in names)


_INLINE_TAG = re.compile(r"</?(?:b|i|em|strong|span|br)\b[^>]*>", re.IGNORECASE)


def _unescape(title: str) -> str:
    return _INLINE_TAG.sub(" ", unescape(title))
