"""A page parsed once: its tree for text, and its head (meta tags, JSON-LD, links) for metadata."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from lxml import etree
from lxml.html import HtmlElement
from selectolax.lexbor import LexborHTMLParser

from pipelines.cleaning.decoding import as_utf8
from pipelines.cleaning.jsonld import Node, article_node, read_nodes

FLATTENED = "flattened"
"""The repair of a page that nests deeper than libxml2 follows."""

MAX_BYTES = 12 * 2**20
"""Bytes of a page that are read: the longest real news page seen has 2 MB, and a tree takes some twenty times its
bytes."""

BESIDE = "#comments, .comments, .comment-list, #respond, .comment-respond, nav, aside, footer, select, button"
"""What a flattened page loses first: without its nesting, nothing would tell comments and menus from the text."""

MAX_ELEMENTS = 60_000
"""Elements that the extractor is given; its time grows faster than they do. The largest real page seen has 12,000."""

MAX_LINKS = 3_000
"""Links that are kept: a page with more is a link farm around its text, and extractors spend their time on links."""

LONGEST_TAG = 10_000
"""Bytes of a tag that is read whole, and MOST_ATTRIBUTES the number of its attributes where it is longer, with a
picture in an address, say. libxml2's time grows with the square of their number: 40,000 take two seconds."""
MOST_ATTRIBUTES = 500
SUSPICIOUS = 400_000
"""Bytes of a page from which its tags are looked at: all of a smaller one in one tag takes libxml2 four seconds."""

NOISE = (
    "script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "canvas", "video", "audio", "map",
    "nav", "select", "button", "input", "textarea", "dialog", "link", "meta",
)  # fmt: skip
"""Elements that hold no text of an article. Stripped once, before anything walks or copies the tree."""


class NotHtmlError(ValueError):
    """The bytes are no HTML page: empty, binary, or another format."""


@dataclass(frozen=True)
class Document:
    """One page. `tree` lacks scripts, style and form controls; the head's contents are in the other fields.

    `meta` holds (name, content) of each meta tag with lower-case name, property or itemprop, in page order.
    `categories` and `tags` are the texts of links that say so (`rel`, as WordPress and microformats have it),
    `breadcrumb` is the page's place in its site, from the home page on.
    """

    url: str
    tree: HtmlElement
    title: str
    meta: tuple[tuple[str, str], ...]
    nodes: list[Node]
    links: tuple[tuple[str, str], ...]
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    breadcrumb: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    data_scripts: tuple[str, ...] = field(default=(), repr=False)

    def metas(self, *names: str) -> list[str]:
        """Contents of the meta tags of these names, in the order of the names."""
        return [content for name in names for key, content in self.meta if key == name]

    @cached_property
    def article(self) -> Node | None:
        """The JSON-LD node of the page's article."""
        return article_node(self.nodes)


def parse(html: bytes, url: str, charset: str | None = None, drop: Sequence[str] = ()) -> Document:
    """Parse a page, whatever state it is in. `drop` are CSS selectors of elements that are no text.

    Raises NotHtmlError when there is nothing to parse.
    """
    if not html.strip(b"\x00\t\n\r \x0b\x0c"):
        raise NotHtmlError("the page is empty")
    if html.startswith((b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b")):
        raise NotHtmlError("the bytes are a binary file")
    source = as_utf8(html[:MAX_BYTES], charset)
    if b"<" not in source:
        raise NotHtmlError("the text holds no markup")
    repairs: list[str] = []
    tree = _tree(source, repairs)
    title = " ".join((tree.findtext(".//title") or "").split())
    meta = tuple(_metas(tree))
    links = tuple(
        (link.get("rel", "").lower(), link.get("href", ""))
        for link in tree.iter("link")
        if link.get("href") and link.get("rel")
    )
    scripts = [(s, s.get("type", "").lower()) for s in tree.iter("script") if s.get("type") or s.get("id")]
    json_ld = [script.text or "" for script, kind in scripts if "ld+json" in kind]
    data = tuple(
        script.text or ""
        for script, kind in scripts
        if kind == "application/json" or script.get("id") in ("__NEXT_DATA__", "__NUXT_DATA__")
    )
    related = [(rel.lower().split(), _text(link)) for link in tree.iter("a") if "tag" in (rel := link.get("rel", ""))]
    categories = tuple(text for kinds, text in related if "category" in kinds)
    tags = tuple(text for kinds, text in related if "tag" in kinds and "category" not in kinds)
    path = next((e for e in tree.iter("nav", "div", "ul", "ol") if "readcrumb" in e.get("class", "")), None)
    breadcrumb = tuple(_text(link) for link in path.iter("a")) if path is not None else ()
    etree.strip_elements(tree, *NOISE, with_tail=False)
    for element in [found for selector in drop for found in tree.cssselect(selector)]:
        element.drop_tree()
    _cap_links(tree, repairs)
    return Document(
        url, tree, title, meta, read_nodes(json_ld), links, categories, tags, breadcrumb, tuple(repairs), data
    )


def _tree(source: bytes, repairs: list[str]) -> HtmlElement:
    bounded = _bounded_tags(source)
    if bounded is not source:
        repairs.append("tags cut")
    tree, lost = _parsed(bounded)
    if lost:
        repairs.append(FLATTENED)
        tree, _ = _parsed(_flattened(bounded.decode()))
    if tree is None:
        raise NotHtmlError("the parser finds no document")
    return tree


def _bounded_tags(source: bytes) -> bytes:
    """The page with the tags of monstrous size bare of their attributes; the same object where there is none."""
    if len(source) < SUSPICIOUS:
        return source
    parts = source.split(b"<")
    cut = False
    for number, part in enumerate(parts):
        if len(part) > LONGEST_TAG:
            tag, end, content = part.partition(b">")
            if len(tag) > LONGEST_TAG and len(words := tag.split(maxsplit=MOST_ATTRIBUTES)) > MOST_ATTRIBUTES:
                parts[number] = words[0] + (end or b">") + content
                cut = True
    return b"<".join(parts) if cut else source


def _parsed(source: bytes) -> tuple[HtmlElement | None, bool]:
    """The tree of a page, and whether libxml2 gave up on its nesting.

    Elements get their class from a lookup in C: lxml.html's own parser asks Python for each of them.
    """
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    try:
        tree = etree.fromstring(source, parser)
    except etree.XMLSyntaxError:
        tree = None
    troubles = {entry.type for entry in parser.error_log}
    if etree.ErrorTypes.ERR_NO_MEMORY in troubles:
        raise MemoryError("libxml2 ran out of memory")  # what it returns then is the page's beginning at best
    lost = etree.ErrorTypes.ERR_RESOURCE_LIMIT in troubles
    return tree, lost


def _flattened(text: str) -> bytes:
    """A page that nests 256 deep or more, where libxml2 drops the rest, with its blocks in one level.

    Read by a parser without such a limit.

    Head elements and scripts with data stay; of the body, block elements stay, bare of their nesting.
    """
    parser = LexborHTMLParser(text)
    head = parser.head.html if parser.head is not None and parser.head.html else ""
    for beside in parser.css(BESIDE):
        beside.decompose()
    parts: list[str] = []
    blocks = {"p", "h1", "h2", "h3", "h4", "li", "blockquote", "td"}
    body = parser.body
    for node in body.traverse(include_text=True) if body is not None else ():
        if node.tag == "-text":
            parent = node.parent
            if parent is not None and parent.tag in ("script", "style", "noscript", "textarea"):
                continue
            content = node.text_content
            parts.append(_escaped(content) if content else "")
        elif node.tag in blocks:
            parts.append(f"</p><{node.tag if node.tag.startswith('h') else 'p'}>")
        elif node.tag in ("div", "br", "section", "article", "table", "tr", "ul", "ol"):
            parts.append("</p><p>")
    return f"<html>{head}<body><article><p>{''.join(parts)}</p></article></body></html>".encode()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _metas(tree: HtmlElement) -> Sequence[tuple[str, str]]:
    found = []
    for tag in tree.iter("meta"):
        name = tag.get("property") or tag.get("name") or tag.get("itemprop")
        content = tag.get("content")
        if name and content and content.strip():
            found.append((name.strip().lower(), " ".join(content[:5_000].split())))
    return found


def _cap_links(tree: HtmlElement, repairs: list[str]) -> None:
    """Remove the links of a link farm beyond the cap, except those inside paragraphs."""
    links = list(tree.iter("a"))
    if len(links) <= MAX_LINKS:
        return
    repairs.append("links capped")
    for link in links[MAX_LINKS:]:
        parent = link.getparent()
        if parent is not None and parent.tag != "p":
            tail = link.tail
            previous = link.getprevious()
            parent.remove(link)
            if tail and tail.strip():
                if previous is not None:
                    previous.tail = (previous.tail or "") + tail
                else:
                    parent.text = (parent.text or "") + tail
