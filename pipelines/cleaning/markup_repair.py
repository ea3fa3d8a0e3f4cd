"""Repairs of a page's markup before it is read: what its template, its editor or an advertisement broke.

A parser follows the markup, and browsers often show what it then loses.
"""

import html
import re
from collections.abc import Mapping, Sequence
from typing import cast

from lxml import etree
from lxml.html import HtmlElement, fragment_fromstring

from pipelines.cleaning.blocks import BLOCK_TAGS, flatten
from pipelines.cleaning.prose import MIN_GROUP_CHARS, MIN_PROSE_CHARS, prose_chars

NOISE_TAGS = (
    "script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "canvas", "video", "audio", "map",
    "nav", "select", "button", "input", "textarea", "dialog", "link", "meta",
)  # fmt: skip
"""Elements that do not hold text of an article. They are removed once, before anything walks or copies the tree."""

SWALLOWING_TAGS = (
    "nav", "button", "select", "svg", "object", "embed", "canvas", "video", "audio", "map", "label", "legend", "option",
)  # fmt: skip
"""Elements that hold an article by mistake only: left open, they take in all that follows."""

ASIDE_TAGS = ("noscript", "template", "textarea", "dialog", "iframe")
"""Elements whose text readers see at some time, or without scripts: a copy of the article, or the only one."""

MIN_SWALLOWED_CHARS = 600
"""Characters of prose in an element of SWALLOWING_TAGS that are an article: the longest menu seen has a third."""

CODE_TAGS = frozenset({"code", "pre", "kbd", "samp", "xmp", "listing", "var", "tt"})
"""Elements in which markup is shown as such."""

HTML_TAGS = BLOCK_TAGS | {
    "a", "abbr", "acronym", "area", "b", "base", "basefont", "bdi", "bdo", "big", "br", "cite", "code", "col",
    "colgroup", "data", "datalist", "del", "dfn", "dir", "em", "font", "frame", "frameset", "head", "hgroup", "i",
    "img", "ins", "kbd", "label", "legend", "marquee", "math", "menu", "meter", "nobr", "noframes", "optgroup",
    "option", "output", "param", "picture", "progress", "q", "rb", "rp", "rt", "rtc", "ruby", "s", "samp", "search",
    "slot", "small", "source", "span", "strike", "strong", "sub", "sup", "time", "title", "track", "tt", "u", "var",
    "wbr", *NOISE_TAGS,
}  # fmt: skip
"""The elements of HTML, obsolete ones included (WHATWG HTML, 4 and 16.2). All others are custom or invented."""

_EARLY_END = re.compile(rb"</(?:body|BODY|Body|html|HTML|Html)\b[^<>]*>")
_SELF_CLOSED_ROOT = re.compile(rb"(<(?:html|body|head)\b[^<>]*?)/>", re.IGNORECASE)

MAX_ROOT_TAG_BYTES = 4096
"""Bytes at the beginning of a page in which the tags `html`, `head` and `body` stand."""

_TAG_NAMES = (
    r"p|br|div|span|strong|em|b|i|u|s|a|h[1-6]|ul|ol|li|blockquote|img|figure|figcaption|picture|section|article|table|"
    r"tbody|thead|tr|td|th|hr|font|center|iframe|script|style|sup|sub|small|pre|code|video|source|amp-[\w-]+"
)
_TAG = re.compile(rf"</?(?:{_TAG_NAMES})(?:\s[^<>]*)?/?>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_ESCAPED = re.compile(rf"&(?:amp;)*(?:lt|#60|#x3c);/?(?:{_TAG_NAMES}|!--)\b", re.IGNORECASE)
_JSON_ESCAPED = re.compile(rf"\\u003c/?(?:{_TAG_NAMES})\b|<\\/(?:{_TAG_NAMES})>", re.IGNORECASE)
_JSON_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([nrt])|([\"'/\\]))")

_SENTENCES = etree.XPath(
    f".//text()[string-length(.) >= {MIN_PROSE_CHARS}][not(ancestor::a or parent::script or parent::style)]"
)

_BUTTONS_THAT_OPEN = etree.XPath(
    "//button[@aria-expanded or @aria-controls or parent::h2 or parent::h3 or parent::h4 or contains(@class, 'faq') "
    "or contains(@class, 'question') or contains(@class, 'accordion')]"
)

TITLE_TAGS = frozenset({"h2", "h3", "h4", "h5", "h6", "dt", "summary"})
"""Elements that name what follows them."""

_STREAMED_PIECES = etree.XPath("//div[@hidden][starts-with(@id, 'S:')]")
_SHADOW_ROOTS = etree.XPath("//template[@shadowrootmode or @shadowroot]")

MAX_PLACE_LEVELS = 100
"""Levels of elements around a place that a streamed piece is put into: libxml2 gives a piece up to 256 of its own, and
pieces hold places for pieces."""

_MARKS_OF_TAGS = ("<", "&lt;", "&#", "&amp;", "u003c")
_SHOWING_TAGS = etree.XPath("//*[text()[" + " or ".join(f"contains(., '{mark}')" for mark in _MARKS_OF_TAGS) + "]]")
"""The elements whose own text may show tags."""

_ABOUT_MARKUP = re.compile(
    r"\b(?:html|css|tags?|elemen|elements?|kode|codes?|markup|sintaks|syntax|script|javascript|php)\b", re.IGNORECASE
)
"""Words of a text that shows tags on purpose."""

MAX_ESCAPES = 3
"""How often a text may have been escaped once too often: seen is twice."""

MIN_SENTENCE_CHARS = 60
"""Characters of a paragraph in an element that is not one by its name."""


def without_early_ends(source: bytes) -> bytes:
    """Return a page without end tags of `body` and `html`, and with these two opened where they close themselves.

    Both end tags may be left out, and what follows one that comes too early belongs into the element that is open
    (WHATWG HTML, 13.2.6.4.19 "after body"); libxml2 drops it.
    """
    opening = _SELF_CLOSED_ROOT.sub(rb"\1>", source[:MAX_ROOT_TAG_BYTES])
    return _EARLY_END.sub(b"", opening + source[MAX_ROOT_TAG_BYTES:])


def strip_noise(tree: HtmlElement) -> None:
    """Remove the elements of NOISE_TAGS, except those that hold the article: they become a `div`."""
    for button in cast(list[HtmlElement], _BUTTONS_THAT_OPEN(tree)):
        _keep_question(button)
    if holders := [element for element in tree.iter(*SWALLOWING_TAGS, *ASIDE_TAGS) if _holds_sentences(element)]:
        _keep_prose(tree, holders)
    etree.strip_elements(tree, *NOISE_TAGS, with_tail=False)


def _holds_sentences(element: HtmlElement) -> bool:
    if len(element.get("srcdoc", "")) >= MIN_GROUP_CHARS:
        return True
    return any(len(text) >= MIN_PROSE_CHARS for text in element.itertext()) and bool(_SENTENCES(element))


def _keep_prose(tree: HtmlElement, holders: Sequence[HtmlElement]) -> None:
    etree.strip_elements(tree, "script", "style", with_tail=False)
    for element in holders:
        markup = element.text if element.tag == "textarea" else element.get("srcdoc")
        if markup and _TAG.search(markup):
            _reparse(element, markup)
    tags = {element: element.tag for element in holders}
    for element in holders:
        element.tag = "div"
    inside = {element: prose_chars(flatten(element)) for element in holders}
    doubtful = [e for e, chars in inside.items() if tags[e] in ASIDE_TAGS or chars < MIN_SWALLOWED_CHARS]
    may_be_whole = any(inside[element] >= MIN_GROUP_CHARS for element in doubtful)
    outside = _prose_chars_beside(tree, inside) if may_be_whole else 0
    for element in doubtful:
        if inside[element] < MIN_GROUP_CHARS or inside[element] <= outside:
            element.tag = tags[element]


def _prose_chars_beside(tree: HtmlElement, inside: Mapping[HtmlElement, int]) -> int:
    """Return the characters of a page's prose that stand in none of the elements whose characters are known."""
    outermost = (e for e in inside if not any(ancestor in inside for ancestor in e.iterancestors()))
    return prose_chars(flatten(tree)) - sum(inside[element] for element in outermost)


def _keep_question(button: HtmlElement) -> None:
    """Keep the text of a button that opens an answer: where it stands in a heading, or asks a question."""
    parent = button.getparent()
    if parent is not None and parent.tag in TITLE_TAGS:
        button.tag = "span"
    elif "".join(button.itertext()).strip().endswith("?"):
        button.tag = "div"


def place_streamed(tree: HtmlElement) -> None:
    """Put the pieces of a streamed page into their places, and the content of shadow roots into their hosts.

    React sends what is not ready at first as `<div hidden id="S:1">` at the end of the page, and a script puts it where
    `<template id="B:1">` or `<template id="P:1">` stands. A `<template shadowrootmode>` is what its host shows (WHATWG
    HTML, 4.12.3).
    """
    if next(tree.iter("template"), None) is None:
        return
    for root in cast(list[HtmlElement], _SHADOW_ROOTS(tree)):
        root.tag = "div"
    pieces = {piece.get("id", "")[2:]: piece for piece in cast(list[HtmlElement], _STREAMED_PIECES(tree))}
    if not pieces:
        return
    streamed = frozenset(pieces.values())
    waiting = [place for place in tree.iter("template") if streamed.isdisjoint(place.iterancestors())]
    while waiting:
        place = waiting.pop()
        parent = place.getparent()
        if parent is None or sum(1 for _ in place.iterancestors()) > MAX_PLACE_LEVELS:
            continue
        name = place.get("id", "")
        piece = pieces.pop(name[2:], None) if name.startswith(("B:", "P:")) else None
        if piece is not None:
            waiting.extend(piece.iter("template"))
            piece.tail = None
            parent.insert(parent.index(place), piece)
            piece.drop_tag()


def name_paragraphs(tree: HtmlElement) -> None:
    """Make a `div` of custom and unknown elements that hold a paragraph, and of `span`s that stand as paragraphs."""
    for span in [span for span in tree.iter("span") if _is_paragraph_span(span)]:
        span.tag = "div"
    invented = {element.tag for element in tree.iter()} - HTML_TAGS
    for element in list(tree.iter(*invented)) if invented else ():
        if len("".join(element.itertext()).strip()) >= MIN_SENTENCE_CHARS or any(c.tag in BLOCK_TAGS for c in element):
            element.tag = "div"


def _is_paragraph_span(span: HtmlElement) -> bool:
    """Whether a `span` is a paragraph among others in a block: all beside it are such `span`s or blocks."""
    parent = span.getparent()
    if parent is None or parent.tag not in ("div", "article", "section", "main", "td", "body"):
        return False
    if len(parent) < 2 or len(text := "".join(span.itertext()).strip()) < MIN_PROSE_CHARS or text[-1].isalnum():
        return False
    texts = [parent.text, *(sibling.tail for sibling in parent)]
    return not any(text and text.strip() for text in texts) and all(
        sibling.tag in BLOCK_TAGS or sibling.tag in ("br", "span", "img") for sibling in parent
    )


def undo_escapes(tree: HtmlElement) -> None:
    """Parse markup that was escaped once too often, so that readers see tags among the words."""
    text = etree.tostring(tree, encoding="unicode", method="text")
    if not any(mark in text for mark in _MARKS_OF_TAGS):
        return
    for element in cast(list[HtmlElement], _SHOWING_TAGS(tree)):
        texts = (element.text, *(child.tail for child in element))
        if _is_escaped_markup(unescape(" ".join(text for text in texts if text))) and not any(
            ancestor.tag in CODE_TAGS for ancestor in (element, *element.iterancestors())
        ):
            _reparse(element, _inner_markup(element))


def unescape(text: str) -> str:
    """Return a text with its markup unescaped, if it holds escaped tags; the text as it is otherwise."""
    for _ in range(MAX_ESCAPES):
        if _JSON_ESCAPED.search(text):
            text = _JSON_ESCAPE.sub(_unescape_json, text)
        elif _ESCAPED.search(text):
            text = html.unescape(text)
        else:
            break
    return text


def _unescape_json(match: re.Match[str]) -> str:
    code, white, character = match.groups()
    if code:
        return chr(int(code, 16)) if not 0xD800 <= int(code, 16) <= 0xDFFF else ""
    return " " if white else character


def _is_escaped_markup(text: str) -> bool:
    """Whether a text with tags in it was meant as markup, and does not write about it."""
    if not (tags := _TAG.findall(text)):
        return False
    words = _TAG.sub(" ", text).strip()
    is_wrapped = text.lstrip().startswith("<") and text.rstrip().endswith(">")
    if is_wrapped and (not words or len(words) >= MIN_SENTENCE_CHARS):
        return True
    if _ABOUT_MARKUP.search(words):
        return False
    opened = sum(not tag.startswith(("</", "<br", "<img", "<hr", "<!")) for tag in map(str.lower, tags))
    closed = sum(tag.startswith("</") for tag in tags)
    return opened == closed or len(words) >= MIN_SENTENCE_CHARS


def _inner_markup(element: HtmlElement) -> str:
    """The markup inside an element, with the tags that its own text shows as markup."""
    parts = [unescape(element.text or "")]
    for child in element:
        parts.append(etree.tostring(child, encoding="unicode", method="html", with_tail=False))
        parts.append(unescape(child.tail or ""))
    return "".join(parts)


def _reparse(element: HtmlElement, markup: str) -> None:
    """Put markup in place of what an element holds."""
    try:
        fragment = fragment_fromstring(unescape(markup), create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return  # nothing that could be parsed
    etree.strip_elements(fragment, "script", "style", "iframe", etree.Comment, with_tail=False)
    if element.tag == "p" and any(child.tag in BLOCK_TAGS for child in fragment):
        element.tag = "div"
    del element[:]
    element.text = fragment.text
    element.extend(fragment)
