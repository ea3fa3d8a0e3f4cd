"""A parsed page: its tree for text, and its head (meta tags, JSON-LD, links) for metadata."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

from lxml import etree
from lxml.html import HtmlElement
from selectolax.lexbor import LexborHTMLParser

from pipelines.cleaning.decoding import as_utf8
from pipelines.cleaning.jsonld import ARTICLE_TYPES, Node, PageIdentity, article_node, read_nodes, types
from pipelines.cleaning.markup_repair import (
    name_paragraphs,
    place_streamed,
    strip_noise,
    undo_escapes,
    without_early_ends,
)
from pipelines.cleaning.page_parts import stands_apart
from pipelines.cleaning.tag_limits import bound_tags

FLATTENED_REPAIR = "flattened"
"""Entry in `Document.repairs` of a page that is nested more deeply than libxml2 allows."""

MAX_PAGE_BYTES = 12 * 2**20
"""Bytes of a page that are read; the rest is cut off. The longest real news page seen has 2 MB, and a tree takes some
twenty times its bytes. More than DOWNLOAD_MAXSIZE in settings/scrapy.py, so that no page of a crawl is cut: only pages
that come from elsewhere, files and WARC records of up to 64 MiB, can be longer."""

CONTAINER_END = re.compile(r"Unexpected end tag : (?:div|article|section|main)$")
"""libxml2's message on the end tag of a container that is not open."""

NON_ARTICLE_SELECTOR = (
    "#comments, .comments, .comment-list, #respond, .comment-respond, nav, aside, footer, select, button"
)
"""What is removed before a page is flattened: without nesting, comments and menus look like text."""

PAGE_TAGS = ("html", "body")
"""Elements that are never removed, whatever their classes: a page is marked as a whole by them."""

MAX_EXTRACTOR_ELEMENTS = 60_000
"""Elements of a page that trafilatura is given: its time grows faster than they do. The largest seen has 12,000."""

MAX_LINKS = 3_000
"""Links that are kept. A page with more is a link farm around its text, and links cost extractors most time."""

MAX_IDENTIFYING_HEADINGS = 10
"""Headings that tell the page's article from others: each is compared with each article in the page's data."""

MAX_MICRODATA_METAS = 1_000
"""Meta tags of microdata that are read: the place of each is looked at. Pages of many comments have some hundreds."""


class NotHtmlError(ValueError):
    """The bytes are not an HTML page: they are empty, binary, or of another format."""


@dataclass(frozen=True)
class Document:
    """One page. `tree` is without scripts, styles and form controls; the other fields hold what the head says.

    `meta` holds (name, content) of each meta tag in page order, the name in lower case; `links` holds (rel, href) of
    each `<link>`. `licenses` are the addresses of links with the `rel` 'license'. `categories` and `tags` are the texts
    of links with that `rel` (WordPress, microformats).
    `breadcrumb` is the path to the page within its site, beginning with the home page. `repairs` names what had to be
    cut or changed for the page to be parsed. `has_stray_ends` is true if more containers are closed than opened, so
    that one of them was closed too early. `data_scripts` holds scripts with JSON other than JSON-LD.
    """

    url: str
    tree: HtmlElement
    title: str
    meta: tuple[tuple[str, str], ...]
    nodes: list[Node]
    links: tuple[tuple[str, str], ...]
    licenses: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    breadcrumb: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    has_stray_ends: bool = False
    data_scripts: tuple[str, ...] = field(default=(), repr=False)

    def metas(self, *names: str) -> list[str]:
        """Return the contents of the meta tags of these names, in the order of the names."""
        return [content for name in names for key, content in self.meta if key == name]

    @cached_property
    def identity(self) -> PageIdentity:
        """What tells the page's article from others in its data."""
        addresses = [*(href for rel, href in self.links if rel == "canonical"), *self.metas("og:url")]
        headings = [_text(heading) for heading in islice(self.tree.iterfind(".//h1"), MAX_IDENTIFYING_HEADINGS)]
        return PageIdentity.of(self.url, addresses, [self.title, *self.metas("og:title", "twitter:title"), *headings])

    @cached_property
    def article(self) -> Node | None:
        """The JSON-LD node of the page's article."""
        return article_node(self.nodes, self.identity)

    @cached_property
    def page_nodes(self) -> list[Node]:
        """The JSON-LD nodes without those of other pages: of articles, those that say that they are this page's."""
        return [
            node
            for node in self.nodes
            if (matches := self.identity.matches(node)) or (matches is None and not ARTICLE_TYPES & set(types(node)))
        ]


def parse(html: bytes, url: str, charset: str | None = None, drop: Sequence[str] = ()) -> Document:
    """Parse a page in any state. `charset` is the one in the HTTP header, `drop` are CSS selectors of what is not text.

    Raises NotHtmlError if there is nothing to parse.
    """
    if not html.strip(b"\x00\t\n\r \x0b\x0c"):
        raise NotHtmlError("the page is empty")
    if html.startswith((b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b")):
        raise NotHtmlError("the bytes are a binary file")
    source = without_early_ends(as_utf8(html[:MAX_PAGE_BYTES], charset))
    if b"<" not in source:
        raise NotHtmlError("the text does not contain markup")
    repairs = ["page cut"] if len(html) > MAX_PAGE_BYTES else []
    tree, has_stray_ends = _parse_repaired(source, repairs)
    place_streamed(tree)
    title = " ".join((tree.findtext(".//title") or "").split())
    meta = tuple(_meta_tags(tree))
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
    categories, tags = _categories_and_tags(tree)
    licenses = tuple(
        href
        for link in tree.iter("link", "a")
        if "license" in (link.get("rel") or "").lower().split() and (href := (link.get("href") or "").strip())
    )
    breadcrumb = _breadcrumb(tree)
    strip_noise(tree)
    undo_escapes(tree)
    name_paragraphs(tree)
    # An element is dropped once, however many selectors match it, and the page itself never.
    for element in dict.fromkeys(found for selector in drop for found in tree.cssselect(selector)):
        if element.tag not in PAGE_TAGS:
            element.drop_tree()
    _cap_links(tree, repairs)
    return Document(
        url=url,
        tree=tree,
        title=title,
        meta=meta,
        nodes=read_nodes(json_ld),
        links=links,
        categories=categories,
        tags=tags,
        licenses=licenses,
        breadcrumb=breadcrumb,
        repairs=tuple(repairs),
        has_stray_ends=has_stray_ends,
        data_scripts=data,
    )


def _categories_and_tags(tree: HtmlElement) -> tuple[tuple[str, ...], tuple[str, ...]]:
    links = [(rel.lower().split(), _text(link)) for link in tree.iter("a") if "tag" in (rel := link.get("rel", ""))]
    categories = tuple(text for rels, text in links if "category" in rels)
    tags = tuple(text for rels, text in links if "tag" in rels and "category" not in rels)
    return categories, tags


def _breadcrumb(tree: HtmlElement) -> tuple[str, ...]:
    path = next((e for e in tree.iter("nav", "div", "ul", "ol") if "readcrumb" in e.get("class", "")), None)
    return tuple(_text(link) for link in path.iter("a")) if path is not None else ()


def _parse_repaired(source: bytes, repairs: list[str]) -> tuple[HtmlElement, bool]:
    """Return the tree of a page and whether it has stray end tags; add to `repairs` what had to be changed for it."""
    bounded = bound_tags(source)
    if bounded is not source:
        repairs.append("tags cut")
    tree, errors = _parse(bounded)
    if any(error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in errors):
        # It is nested too deeply for libxml2, which then drops the rest.
        repairs.append(FLATTENED_REPAIR)
        tree, errors = _parse(_flatten(bounded.decode()))
    if tree is None:
        raise NotHtmlError("the parser did not find a document")
    return tree, any(CONTAINER_END.match(error.message) for error in errors)


def _parse(source: bytes) -> tuple[HtmlElement | None, Sequence[Any]]:
    """Return the tree of a page, and libxml2's complaints about it.

    The class of the elements comes from a lookup in C; the parser of lxml.html would call Python for each element.
    """
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    try:
        tree = etree.fromstring(source, parser)
    except etree.XMLSyntaxError:
        tree = None
    errors = list(parser.error_log)
    if any(error.type == etree.ErrorTypes.ERR_NO_MEMORY for error in errors):
        raise MemoryError("libxml2 ran out of memory")  # it returns no more than the beginning of the page then
    return tree, errors


def _flatten(text: str) -> bytes:
    """Return a page that is nested too deeply for libxml2 (256 levels) with all its blocks on one level.

    The page is read by lexbor, which has no such limit. The head stays, scripts with data included; of the body, the
    blocks of text stay.
    """
    parser = LexborHTMLParser(text)
    head = parser.head.html if parser.head is not None and parser.head.html else ""
    for node in parser.css(NON_ARTICLE_SELECTOR):
        if node.tag not in PAGE_TAGS:
            node.decompose()
    parts: list[str] = []
    blocks = {"p", "h1", "h2", "h3", "h4", "li", "blockquote", "td"}
    body = parser.body
    for node in body.traverse(include_text=True) if body is not None else ():
        if node.tag == "-text":
            parent = node.parent
            if parent is not None and parent.tag in ("script", "style", "noscript", "textarea"):
                continue
            content = node.text_content
            parts.append(_escape(content) if content else "")
        elif node.tag in blocks:
            parts.append(f"</p><{node.tag if node.tag.startswith('h') else 'p'}>")
        elif node.tag in ("div", "br", "section", "article", "table", "tr", "ul", "ol"):
            parts.append("</p><p>")
    return f"<html>{head}<body><article><p>{''.join(parts)}</p></article></body></html>".encode()


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _meta_tags(tree: HtmlElement) -> Sequence[tuple[str, str]]:
    found = []
    microdata = 0
    for tag in tree.iter("meta"):
        name = tag.get("property") or tag.get("name")
        if not name and (name := tag.get("itemprop")):
            microdata += 1
            if microdata > MAX_MICRODATA_METAS or stands_apart(tag):
                continue  # microdata of a comment or of another article
        content = tag.get("content")
        if name and content and content.strip():
            found.append((name.strip().lower(), " ".join(content[:5_000].split())))
    return found


def _cap_links(tree: HtmlElement, repairs: list[str]) -> None:
    """Remove the links beyond MAX_LINKS, except those inside paragraphs."""
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
