"""The headline as a reader sees it: the page's own heading, without the site's name behind it."""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from html import unescape

from pipelines.cleaning.blocks import Block
from pipelines.cleaning.document import Document
from pipelines.cleaning.jsonld import texts
from pipelines.cleaning.person_names import host_labels
from pipelines.cleaning.text_normalization import plain, squeeze

_SEPARATOR = re.compile(r"\s+(?:[|•·»~]|::|[-–—])\s+|\s*\|\s*|\s+::\s*|\s*::\s+")
_PAGE = re.compile(
    r"\s+[-–|]\s+(?:halaman|hal\.?|page)\s+(?:\d+|all)(?:\s+of\s+\d+|\s+dari\s+\d+)?(?=$|\s+[-–|])", re.IGNORECASE
)
SHORTEST = 12
"""Letters below which a heading is a section's name rather than a headline."""

LONGEST_SECTION = 2
"""Words of a section's name before the site's."""

SAME = 0.8
"""Likeness from which a heading and the title in the head are two wordings of one headline."""

PREFIX_ROOM = 25
"""Letters that a visible headline may have over the one in the head: 'In Picture:', 'FOTO:', 'VIDEO:'."""


def stated_titles(document: Document) -> list[tuple[str, str]]:
    """(source, title) of each title that the page's head states, most trusted first."""
    found: list[tuple[str, str]] = []
    if document.article is not None:
        found += [("json-ld", title) for title in texts(document.article.get("headline"))]
    found += [("opengraph", title) for title in document.metas("og:title")]
    found += [
        ("meta", title) for title in document.metas("originaltitle", "twitter:title", "title", "dc.title", "headline")
    ]
    if document.title:
        found.append(("title", document.title))
    return [(source, cleaned) for source, title in found if (cleaned := plain(_unescaped(title)))]


def find_headline(
    document: Document, blocks: Sequence[Block], site_names: Iterable[str], hint: str | None
) -> tuple[str, str] | None:
    """(headline, source) of a page; None where neither page nor hint states one.

    A heading on the page that agrees with what its head states is the headline. Without one the head's title is taken,
    and the site's name cut off its end; then the hint.
    """
    names = {key for name in (*site_names, *host_labels(document.url)) if len(key := squeeze(name)) >= 3}
    stated = [(source, cleaned) for source, title in stated_titles(document) if (cleaned := without_site(title, names))]
    wanted = [squeeze(title) for _, title in stated]
    if hint:
        wanted.append(squeeze(hint))
    visible = _visible(blocks, [key for key in wanted if len(key) >= SHORTEST])
    if visible is not None:
        return visible
    headings = [block for block in blocks if block.tag == "h1" and len(block.key) >= SHORTEST and block.linked < 0.9]
    if headings and not any(len(key) >= SHORTEST for key in wanted):
        return plain(headings[0].text), "h1"
    for source, title in stated:
        if len(squeeze(title)) >= 3:
            return title, source
    return (plain(hint), "feed") if hint and plain(hint) else None


def _visible(blocks: Sequence[Block], wanted: list[str]) -> tuple[str, str] | None:
    if not wanted:
        return None
    for block in blocks:
        if block.tag == "h1" and block.key in wanted:
            return plain(block.text), "h1"
    for block in blocks:
        if block.tag == "h1" and any(_alike(block.key, key) for key in wanted):
            return plain(block.text), "h1"
    for block in blocks:
        if block.tag in ("h2", "h3", "div", "header", "td") and block.linked < 0.5:
            key = block.key
            if any(key == title or (key.endswith(title) and len(key) - len(title) <= PREFIX_ROOM) for title in wanted):
                return plain(block.text), "text"
    return None


def _alike(heading: str, title: str) -> bool:
    if len(heading) < SHORTEST:
        return False
    if heading in title and len(heading) >= 0.5 * len(title):
        return True
    if title in heading and len(heading) - len(title) <= PREFIX_ROOM:
        return True
    matcher = SequenceMatcher(None, heading, title, autojunk=False)
    return matcher.real_quick_ratio() >= SAME and matcher.quick_ratio() >= SAME and matcher.ratio() >= SAME


def without_site(title: str, names: set[str]) -> str:
    """A title without the segments at its ends that name the site. `names` are squeezed names of it."""
    title = _PAGE.sub("", title)
    parts = _SEPARATOR.split(title)
    marks = _SEPARATOR.findall(title)
    while len(parts) > 1 and _names_site(parts[-1], names):
        parts.pop()
        if marks.pop().strip() == "::" and len(parts) > 1 and len(parts[-1].split()) <= LONGEST_SECTION:
            parts.pop()  # 'Headline - Section :: Site'
            marks.pop()
    while len(parts) > 1 and squeeze(parts[0]) in names:
        parts.pop(0)
        marks.pop(0)
    kept = parts[0] + "".join(mark + part for mark, part in zip(marks, parts[1:], strict=True))
    head, colon, rest = kept.partition(": ")
    if colon and squeeze(head) in names and len(squeeze(rest)) >= SHORTEST:
        kept = rest
    return kept.strip()


def _names_site(segment: str, names: set[str]) -> bool:
    key = squeeze(segment)
    if not key or key in names:
        return True
    return len(segment.split()) <= 5 and any(len(name) >= 4 and name in key for name in names)


_TAG = re.compile(r"</?(?:b|i|em|strong|span|br)\b[^>]*>", re.IGNORECASE)


def _unescaped(title: str) -> str:
    return _TAG.sub(" ", unescape(title))
