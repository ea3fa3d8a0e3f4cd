"""Cuts tags down to what parsers of HTML can take, in one pass over a page's bytes.

The time of libxml2 and lexbor grows with the square of a tag's attributes: for 40,000 they take some five seconds, for
200,000 minutes.
"""

import re

MAX_TAG_ATTRIBUTES = 500
"""Attributes of one tag; what follows them is cut off. News pages have 40 at most, the `data-*` of a video player."""

MIN_CHECKED_TAG_BYTES = 2 * MAX_TAG_ATTRIBUTES
"""Bytes of a tag whose attributes are counted: a shorter one cannot hold more."""

MIN_CHECKED_PAGE_BYTES = 100_000
"""Bytes of a page whose tags are looked at: a smaller page that is one single tag takes a second at most."""

TAG = re.compile(
    rb"<(?:(?P<comment>!--)"
    rb"|(?:(?P<raw>(?i:script|style|textarea|title|xmp|iframe|noembed|noframes))(?=[\s/>])|/?[a-zA-Z])"
    rb"""(?:[^>=]++|=[ \t\n\f\r]*+(?:"[^"]*+"|'[^']*+')?)*+)"""
)
"""The beginning of a comment, or a tag without its '>'. As in the standard's tokenizer, a quotation mark is one only
after an equals sign. In the elements named `raw` nothing is a tag but their own end (HTML standard, 13.2.6)."""

ATTRIBUTE = re.compile(rb"""[^\s/>=][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+))?""")


def bound_tags(html: bytes) -> bytes:
    """The page without the attributes beyond MAX_TAG_ATTRIBUTES of its tags; the same object where it has no such tag.

    `html` is in an ASCII-compatible encoding.
    """
    if len(html) < MIN_CHECKED_PAGE_BYTES:
        return html
    parts: list[bytes] = []
    position = kept = 0
    while tag := TAG.search(html, position):
        position = tag.end()
        if position - tag.start() > MIN_CHECKED_TAG_BYTES and (cut := _end_of_attributes(html, tag)) < position:
            parts.append(html[kept:cut])
            kept = position
        if tag["comment"]:
            position = _find(html, re.compile(b"-->"), position)
        elif raw := tag["raw"]:
            position = _find(html, re.compile(rb"</" + raw + rb"(?=[\s/>])", re.IGNORECASE), position)
    return b"".join((*parts, html[kept:])) if parts else html


def _find(html: bytes, mark: re.Pattern[bytes], start: int) -> int:
    """Where the mark begins, the page's end where it does not come."""
    found = mark.search(html, start)
    return found.start() if found else len(html)


def _end_of_attributes(html: bytes, tag: re.Match[bytes]) -> int:
    """Where the last attribute ends that a tag may keep. Its name counts as one."""
    for number, attribute in enumerate(ATTRIBUTE.finditer(html, tag.start() + 1, tag.end())):
        if number == MAX_TAG_ATTRIBUTES:
            return attribute.end()
    return tag.end()
