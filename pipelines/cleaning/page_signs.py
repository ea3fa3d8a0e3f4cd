"""What a page shows of its kind: signs of articles, forums, shops, documentation, services and lists, as numbers.

Each sign is a number that a person can check on the page. What they weigh together is learned, see `page_kind.py`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from math import log1p
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from pipelines.article import FETCHED, GUESS_SOURCE
from pipelines.cleaning.blocks import Block
from pipelines.cleaning.document import Document
from pipelines.cleaning.jsonld import types
from pipelines.cleaning.prose import is_prose
from pipelines.cleaning.residue import TextLine
from pipelines.cleaning.text_normalization import letters_only

MAX_READ_BYTES = 2 * 2**20
"""Bytes of a page in which names are counted: the counts are logarithms, so that the rest changes little."""

MAX_LABEL_CHARS = 60
"""Characters of a block that can be the label of a button, a field or a figure."""

MAX_CONTAINER_LEVELS = 7
"""Elements around a paragraph that can be one of several equal containers: a post in a thread, an entry in a list."""

MAX_ADDRESS_WORDS = 12
MAX_BREADCRUMBS = 6
MAX_HEADLINE_WORDS = 20
MAX_PERCENT = 20.0
"""Greatest values of signs: what is beyond them says no more of the kind of a page."""

_ADDRESS_WORDS: Mapping[str, re.Pattern[str]] = {
    kind: re.compile(words)
    for kind, words in {
        "forum": r"forums?|threads?|topics?|discussions?|discuss|community|viewtopic|showthread|viewforum|questions?|"
        r"t|d|boards?|users|utas|diskusi",
        "shop": r"products?|produk|p|dp|pdp|items?|sku|gp|collections?|c|shop|store|toko|belanja|browse|katalog|"
        r"catalog|parts|cart|keranjang|jual",
        "documentation": r"docs?|documentation|dokumentasi|api|reference|manual|handbook|wiki|developers?|latest|"
        r"stable|v\d[\d.]*|get-started|getting-started|tutorials?|std|help|bantuan|faq|kb",
        "service": r"services?|layanan|solutions?|solusi|pricing|harga|features?|locations?|areas-served|about|"
        r"tentang|contact|kontak|careers?|jobs?|karir|programs?|courses?|kursus|insurance|industries|support",
        "list": r"tags?|categor(?:y|ies)|kategori|topik|archives?|arsip|lists?|indeks?|index|search|author|penulis|"
        r"page|subject|directory|paths?",
        "article": r"news|berita|blogs?|articles?|artikel|stor(?:y|ies)|read|baca|posts?|insights?|magazine|reviews?|"
        r"opinion|guides?|detail|detail-news|news-detail|resources|learn",
    }.items()
}
"""Words in an address by the kind of page that they name, each a whole segment of the path or label of the host."""

_ARTICLE_TYPES = frozenset(
    {
        *("NewsArticle", "Article", "BlogPosting", "ReportageNewsArticle", "AnalysisNewsArticle"),
        *("OpinionNewsArticle", "LiveBlogPosting", "Report", "ReviewNewsArticle"),
    }
)
_OTHER_TYPES = frozenset(
    {
        *("TechArticle", "APIReference", "Product", "ProductGroup", "Offer", "AggregateOffer", "IndividualProduct"),
        *("DiscussionForumPosting", "QAPage", "Question", "Answer", "LocalBusiness", "Service", "ProfessionalService"),
        *("Store", "FinancialProduct", "LegalService", "MedicalBusiness", "HomeAndConstructionBusiness", "Review"),
        *("AggregateRating", "SoftwareApplication", "WebApplication", "MobileApplication", "Course", "JobPosting"),
        *("Event", "Place", "FAQPage"),
    }
)
"""schema.org types of what a page is about, if it is no article."""

_DOCUMENTATION_GENERATORS = re.compile(r"docusaurus|gitbook|sphinx|mkdocs|mdbook|docutils|rustdoc|vitepress|readme")
_ARTICLE_CLASSES = re.compile(r"single|single-post|postid-\d+|post-template\S*|article\S*|item-view")
_PRODUCT_CLASSES = re.compile(r"product\S*|single-product|woocommerce\S*|template-product|pdp\S*")
"""Classes of the whole page, by which publishing systems say what it is."""

_NAMES = ("article", "author", "byline", "<button", "cart", "price")
"""Words in tags, classes, names and data whose number tells shops and services from articles."""

_LABELS = frozenset(
    letters_only(label)
    for labels in (
        # forums
        "reply|replies|balas|balasan|quote|kutip|like|likes|joined|posts|messages|member|senior member|new member|"
        "registered|location|share this post|report|views|thread starter|topic starter|guest|moderator|administrator|"
        "reaction score|click to expand|days ago|hours ago|months ago|years ago|anggota|tulis balasan",
        # documentation
        "edit this page|on this page|in this article|next|prev|previous|next page|previous page|table of contents|"
        "see also|copy|copy code|example|examples|parameters|syntax|browser compatibility|specifications|return value|"
        "note|warning|overview|installation|usage|feedback|was this page helpful|was this article helpful|"
        "was this helpful|view source|lihat juga|contoh|attributes|reference|keyboard shortcuts",
        # shops
        "add to cart|add to bag|add to basket|add to wishlist|add to compare|in stock|out of stock|sold out|"
        "free shipping|quantity|size|color|colour|sku|sort by|filter|filters|description|specification|"
        "reviews|rating|ratings|sale|tambah ke keranjang|masukkan keranjang|beli sekarang|stok|stok habis|ulasan|"
        "urutkan|products|items|results|price|delivery|returns|best seller|customer reviews|in the box|warranty|"
        "quick view|buy now|shop now|shop all|compare",
        # services
        "get started|contact|contact us|request a demo|book a demo|get a demo|sign up|sign up free|free trial|"
        "start free trial|try for free|get a quote|get a free quote|learn more|view all|view details|apply now|enroll|"
        "enroll now|schedule a call|book now|call now|call us|download|log in|login|see plans|hubungi kami|daftar|"
        "daftar sekarang|coba gratis|pelajari lebih lanjut|unduh|pesan sekarang|konsultasi gratis|minta penawaran",
    )
    for label in labels.split("|")
)
"""What buttons, tabs and figures are labelled with on pages that are no articles, as letters without digits."""

_NO_DIGITS = dict.fromkeys(map(ord, "0123456789"))
_SENTENCE_ENDS = tuple(".!?…。！？")
_CLOSING_MARKS = "\"'”’»)]"
_WE = frozenset(["we", "our", "us", "we're", "we'll", "kami"])
_YOU = frozenset(["you", "your", "you're", "you'll", "anda", "kamu"])
_MICRODATA_TYPE = re.compile(rb"schema\.org/(\w{3,40})")


def page_signs(
    html: bytes,
    document: Document,
    blocks: Sequence[Block],
    lines: Sequence[TextLine],
    headline: str,
    *,
    words: int,
    has_author: bool,
    date_source: str,
    date_precision: str,
) -> dict[str, float]:
    """Return the signs of a page, by name. `lines` is the text that would be its article's, of so many `words`."""
    read = html[:MAX_READ_BYTES]
    return {
        **_of_address(document.url),
        **_of_names(read),
        **_of_statements(read, document),
        "words": log1p(words),
        **_of_text(lines),
        **_of_blocks(blocks, lines),
        "headline words": min(len(headline.split()), MAX_HEADLINE_WORDS),
        "author": float(has_author),
        "no date": float(date_precision == FETCHED or date_source == GUESS_SOURCE),
    }


def _of_address(url: str) -> dict[str, float]:
    address = urlsplit(url.lower())
    segments = [segment for segment in address.path.split("/") if segment]
    words = [*segments, *(word for word in re.split(r"[?&=/]", address.query) if word)]
    labels = (address.hostname or "").split(".")[:-1]
    last = segments[-1] if segments else ""
    signs = {
        "front page": float(not segments),
        "words in the address": min(sum(word.isalpha() for word in re.split(r"[-_.]", last)), MAX_ADDRESS_WORDS),
        "date in the address": float(re.search(r"/(?:19|20)\d\d[/-]\d\d?", address.path) is not None),
    }
    for kind, pattern in _ADDRESS_WORDS.items():
        signs[f"{kind} in the address"] = float(any(map(pattern.fullmatch, words)))
        signs[f"{kind} in the host"] = float(any(map(pattern.fullmatch, labels)))
    return signs


def _of_names(html: bytes) -> dict[str, float]:
    lower = html.lower()
    return {f"name {name}": log1p(lower.count(name.encode())) for name in _NAMES}


def _of_statements(html: bytes, document: Document) -> dict[str, float]:
    stated = {name for node in document.nodes for name in types(node)}
    stated |= {name.decode() for name in _MICRODATA_TYPE.findall(html)}
    og_type = " ".join(document.metas("og:type")).casefold()
    generator = " ".join(document.metas("generator", "application-name", "docusaurus_version")).casefold()
    classes = _classes_of_page(document.tree)
    return {
        "type article": float(not stated.isdisjoint(_ARTICLE_TYPES)),
        "type other": float(not stated.isdisjoint(_OTHER_TYPES)),
        "og:type article": float("article" in og_type),
        "og:type product": float("product" in og_type),
        "og:type website": float("website" in og_type),
        "published_time": float(bool(document.metas("article:published_time"))),
        "author in the head": float(bool(document.metas("author", "article:author", "parsely-author"))),
        "breadcrumbs": min(len(document.breadcrumb), MAX_BREADCRUMBS),
        "generator documentation": float(_DOCUMENTATION_GENERATORS.search(generator) is not None),
        "page class article": float(any(map(_ARTICLE_CLASSES.fullmatch, classes))),
        "page class product": float(any(map(_PRODUCT_CLASSES.fullmatch, classes))),
    }


def _classes_of_page(tree: HtmlElement) -> list[str]:
    body = tree.find(".//body")
    named = [tree, *([body] if body is not None else [])]
    return " ".join(f"{element.get('class', '')} {element.get('id', '')}" for element in named).lower().split()


def _of_text(lines: Sequence[TextLine]) -> dict[str, float]:
    text = "\n".join(line.text for line in lines)
    words = text.lower().split()
    sentences = sum(len(line.text) for line in lines if line.text.rstrip(_CLOSING_MARKS).endswith(_SENTENCE_ENDS))
    return {
        "share of sentences": sentences / max(1, len(text)),
        "word we": _percent_among(words, _WE),
        "word you": _percent_among(words, _YOU),
    }


def _percent_among(words: Sequence[str], forms: Iterable[str]) -> float:
    return min(100 * sum(word in forms for word in words) / max(1, len(words)), MAX_PERCENT)


def _of_blocks(blocks: Sequence[Block], lines: Sequence[TextLine]) -> dict[str, float]:
    chars = max(1, sum(len(block.text) for block in blocks))
    labels = [block.match_key.translate(_NO_DIGITS) for block in blocks if len(block.text) <= MAX_LABEL_CHARS]
    return {
        "share of the page": min(sum(len(line.text) for line in lines) / chars, 1),
        "labels": log1p(sum(label in _LABELS for label in labels)),
        "prose in equal containers": _share_in_equal_containers([block for block in blocks if is_prose(block)]),
    }


def _share_in_equal_containers(prose: Sequence[Block]) -> float:
    """Return the share of a page's prose in containers of one kind but the largest of them.

    Posts in a thread, reviews and cards have a container each, all of one tag and class.
    """
    by_kind: dict[tuple[str, str], dict[HtmlElement, int]] = {}
    kinds: dict[HtmlElement, tuple[str, str] | None] = {}
    for block in prose:
        element: HtmlElement | None = block.element
        for _ in range(MAX_CONTAINER_LEVELS):
            if element is None or element.tag in ("body", "html"):
                break
            if element not in kinds:
                kinds[element] = _kind_of(element)
            if kind := kinds[element]:
                sizes = by_kind.setdefault(kind, {})
                sizes[element] = sizes.get(element, 0) + len(block.text)
            element = element.getparent()
    beside_largest = max((sum(sizes.values()) - max(sizes.values()) for sizes in by_kind.values()), default=0)
    return beside_largest / max(1, sum(len(block.text) for block in prose))


def _kind_of(element: HtmlElement) -> tuple[str, str] | None:
    """Return what makes an element equal to others: tag, and first two classes without their digits."""
    names = element.get("class")
    if not names or element.tag in ("p", "li", "span", "a", "ul", "ol"):
        return None
    return element.tag, " ".join(names.translate(_NO_DIGITS).split()[:2])
