"""Cuts tags and their nesting down to what parsers of HTML can take, in one pass over a page's bytes.

The time of libxml2 and lexbor grows with the square of a tag's attributes: for 40,000 they take some five seconds, for
200,000 minutes. That of lexbor grows with the square of the elements inside each other: 0.1 s for 5,000, half a minute
for 80,000.
"""

import re
from collections import Counter

MAX_TAG_ATTRIBUTES = 500
"""Attributes of one tag; what follows them is cut off. News pages have 40 at most, the `data-*` of a video player."""

MIN_CHECKED_TAG_BYTES = 2 * MAX_TAG_ATTRIBUTES
"""Bytes of a tag whose attributes are counted: a shorter one cannot hold more."""

MAX_PAGE_ATTRIBUTES = 100_000
"""Attributes of all tags that are counted; those of further tags are cut off. Each costs some 1.3 KB in the trees that
are made of a page."""

MIN_CHECKED_TAGS_BYTES = 300_000
"""Bytes that all tags so far have: from there on attributes are counted. Less cannot hold more than 150,000."""

MAX_NESTED_TAGS = 1_000
"""Elements inside each other; the tags of further ones are taken out. Honest pages have 30 to 60, and some hundreds
where their system forgets to end what it begins in each comment."""

MAX_SELF_CLOSED_TAGS = 20_000
"""Tags that end themselves, as those of a drawing do: a parser that does not take them for a drawing's nests them."""

MIN_CHECKED_TAGS = 5_000
"""Tags of a page whose nesting is looked at: fewer take a tenth of a second however they are nested."""

MIN_CHECKED_PAGE_BYTES = 100_000
"""Bytes of a page whose tags are looked at: a smaller page takes a second or two at most, be it one single tag or
nested as deep as it can be."""

TAG = re.compile(
    rb"<(?:(?P<comment>!--)"
    rb"|(?:(?P<raw>(?i:script|style|textarea|title|xmp|iframe|noembed|noframes))(?=[\s/>])"
    rb"|(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*+))"
    rb"""(?:[^>=]++|=[ \t\n\f\r]*+(?:"[^"]*+"|'[^']*+')?)*+)"""
)
"""The beginning of a comment, or a tag without its '>'. As in the standard's tokenizer, a quotation mark is one only
after an equals sign. In the elements named `raw` nothing is a tag but their own end (HTML standard, 13.2.6)."""

ATTRIBUTE = re.compile(rb"""[^\s/>=][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+))?""")

NOT_NESTING = frozenset(
    (
        *(b"area", b"base", b"br", b"col", b"embed", b"hr", b"img", b"input", b"link", b"meta", b"param", b"source"),
        *(b"track", b"wbr"),
        *(b"dd", b"dt", b"li", b"option", b"p", b"tbody", b"td", b"tfoot", b"th", b"thead", b"tr"),
    )
)
"""Elements without an end tag, and those that the next of their kind ends (HTML standard, 13.1.2.4)."""


class Nesting:
    """Which elements are open, by the tags alone: an end tag ends one of its name."""

    def __init__(self) -> None:
        self._depth = self._self_closed = 0
        self._open: Counter[bytes] = Counter()
        self._without: Counter[bytes] = Counter()

    def takes(self, name: bytes, slash_before: bytes, last: bytes) -> bool:
        """Whether the next tag stays in the page: not where it opens one element too many, or ends such a one.

        An end tag has a slash before its name, one that ends itself has it as the last of its bytes.
        """
        if name in NOT_NESTING:
            return True
        if slash_before:
            if self._without[name]:
                self._without[name] -= 1
                return False
            if self._open[name]:
                self._open[name] -= 1
                self._depth -= 1
            return True
        if last == b"/" and self._self_closed < MAX_SELF_CLOSED_TAGS:
            self._self_closed += 1
            return True
        if self._depth == MAX_NESTED_TAGS:
            self._without[name] += 1
            return False
        self._open[name] += 1
        self._depth += 1
        return True


def bound_tags(html: bytes) -> bytes:
    """The page without the attributes beyond MAX_TAG_ATTRIBUTES of a tag and MAX_PAGE_ATTRIBUTES of all, and without
    the tags of elements beyond MAX_NESTED_TAGS inside each other; the same object where it has no such tag.

    `html` is in an ASCII-compatible encoding.
    """
    return _bounded(html, Nesting() if html.count(b"<") > MIN_CHECKED_TAGS else None)


def bound_attributes(markup: bytes) -> bytes:
    """As `bound_tags`, of any markup, without a look at what is inside what: for feeds, whose texts hold pages."""
    return _bounded(markup, None)


def _bounded(markup: bytes, nesting: Nesting | None) -> bytes:
    if len(markup) < MIN_CHECKED_PAGE_BYTES:
        return markup
    parts: list[bytes] = []
    position = kept = tag_bytes = 0
    attributes_left = MAX_PAGE_ATTRIBUTES
    while tag := TAG.search(markup, position):
        start, position = tag.span()
        if tag["comment"]:
            position = _find(markup, re.compile(b"-->"), position)
            continue
        raw, length = tag["raw"], position - start
        tag_bytes += length
        if nesting and not raw and not nesting.takes(tag["name"].lower(), tag["end"], markup[position - 1 : position]):
            parts.append(markup[kept:start])
            kept = position + 1
        elif length > MIN_CHECKED_TAG_BYTES or tag_bytes > MIN_CHECKED_TAGS_BYTES:
            count, end = _first_attributes(markup, tag, min(MAX_TAG_ATTRIBUTES, attributes_left))
            attributes_left -= count
            if end < position:
                parts.append(markup[kept:end])
                kept = position
        if raw:
            position = _find(markup, re.compile(rb"</" + raw + rb"(?=[\s/>])", re.IGNORECASE), position)
    return b"".join((*parts, markup[kept:])) if parts else markup


def _find(html: bytes, mark: re.Pattern[bytes], start: int) -> int:
    """Where the mark begins, the page's end where it does not come."""
    found = mark.search(html, start)
    return found.start() if found else len(html)


def _first_attributes(markup: bytes, tag: re.Match[bytes], most: int) -> tuple[int, int]:
    """How many attributes a tag has, `most` at most, and where the last of them ends; where it ends if it has no more.
    Its name counts as one for its place, and as none for their number.
    """
    number = 0
    for number, attribute in enumerate(ATTRIBUTE.finditer(markup, tag.start() + 1, tag.end())):
        if number == most:
            return number, attribute.end()
    return number, tag.end()
