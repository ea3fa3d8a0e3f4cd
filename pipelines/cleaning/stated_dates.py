"""The dates that a page states for machines: in JSON-LD, meta tags, microdata, and attributes of elements."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from pipelines.cleaning.date_parsing import ParsedDate, find_printed_dates, parse_machine_date
from pipelines.cleaning.document import Document
from pipelines.cleaning.jsonld import Node, as_list, texts, types
from pipelines.cleaning.page_parts import stands_apart
from pipelines.cleaning.shown_dates import MAX_DATE_LINE_CHARS, is_sentence

PUBLISHED_METAS = (
    "article:published_time", "content_publisheddate", "datepublished", "dtk:publishdate", "publishdate",
    "publish_date", "publish-date", "published_time", "og:published_time", "og:article:published_time", "pubdate",
    "date", "dc.date", "dc.date.issued", "dcterms.created", "dcterms.date", "parsely-pub-date", "sailthru.date",
    "article.published", "jpnncom_news_pubdate", "article:published", "cxenseparse:recs:publishtime", "cse-published",
    "citation_publication_date",
    "article_date_original",
    "originalpublicationdate", "vr:published_time", "bt:pubdate", "displaydate", "last-publish", "datecreated",
)  # fmt: skip
_PUBLISHED_META = re.compile(
    r"(?:.*[:._-])?(?:published|(?:date[_-]?)?publi(?:shed|sh|cation)[_-]?(?:date|time|at|on)|date[_-]?published|pub[_-]?date)"
)
"""Names that other systems give to the meta tag with the date: 'published', 'x:published_at', 'publication-date'."""

MODIFIED_METAS = (
    "article:modified_time",
    "datemodified",
    "og:updated_time",
    "lastmod",
    "last-modified",
    "dcterms.modified",
)
PAGE_TYPES = frozenset({"WebPage", "ItemPage", "NewsArticle", "Article", "BlogPosting"})
"""schema.org types of nodes that repeat the dates of the page's article."""

DATED_TAGS = frozenset({"time", "amp-timeago", "relative-time", "time-ago"})
"""Elements with a date in their attribute `datetime`."""

DATE_PROPERTIES = frozenset({"datepublished", "datecreated", "datemodified"})
"""Properties of microdata that hold dates of an article, in lower case."""

MAX_MARKED_ELEMENTS = 200
"""Elements of one kind that are looked at: those of the article stand before those of comments and other articles."""

MIN_TEASER_LINK_WORDS = 5
"""Words of a link in an entry of a list that can be the headline of another article."""

_PUBLISHED_MARKS = ("published", "pubdate", "datecreated", "entry-date", "post-date")
_MODIFIED_MARKS = ("modified", "updated")


MarkedDate = tuple[HtmlElement, str, bool]
"""An element that gives a date as data, the date, and whether it is one of modification."""


@dataclass(frozen=True, slots=True)
class SourcedDate:
    """A date and its source."""

    date: ParsedDate
    source: str


def stated_dates(document: Document, headline: HtmlElement | None) -> tuple[list[SourcedDate], list[SourcedDate]]:
    """Return the dates of publication that the page states, and those of modification, the most trusted source first.

    `headline` is the element that shows the headline. Dates of comments, other articles, and events that the text tells
    of are left out.
    """
    marked = list(_marked_up(document, headline))
    return _publications(document, headline, marked), _modifications(document, marked)


def _publications(document: Document, headline: HtmlElement | None, marked: Sequence[MarkedDate]) -> list[SourcedDate]:
    found = [date for node in _nodes(document) for date in sourced_dates(_node_texts(node, "datePublished"), "json-ld")]
    if not found and document.article is not None:
        created = [text for key in ("dateCreated", "uploadDate") for text in _node_texts(document.article, key)]
        found += sourced_dates(created, "json-ld")
    others = [
        content for name, content in document.meta if name not in PUBLISHED_METAS and _PUBLISHED_META.fullmatch(name)
    ]
    found += sourced_dates([*document.metas(*PUBLISHED_METAS), *others], "meta")
    published = [(element, value) for element, value, is_change in marked if not is_change]
    explicit = [(element, value) for element, value in published if _has_mark(element, _PUBLISHED_MARKS)]
    nearest = _nearest(explicit or published, headline)
    return [*found, *sourced_dates(nearest, "time")]


def _modifications(document: Document, marked: Sequence[MarkedDate]) -> list[SourcedDate]:
    found = [date for node in _nodes(document) for date in sourced_dates(_node_texts(node, "dateModified"), "json-ld")]
    found += sourced_dates(document.metas(*MODIFIED_METAS), "meta")
    changes = [value for _, value, is_change in marked if is_change]
    return [*found, *sourced_dates(changes[:1], "time")]


def sourced_dates(values: Iterable[str], source: str) -> Iterator[SourcedDate]:
    """Yield the dates in values that are one each."""
    for value in values:
        date = parse_machine_date(value)
        if date is None:
            printed = find_printed_dates(value[:120])
            date = printed[0] if printed else None
        if date is not None:
            yield SourcedDate(date, source)


def _nodes(document: Document) -> list[Node]:
    """Return the JSON-LD nodes of the article and of its page, the article's first."""
    article = [document.article] if document.article is not None else []
    others = [node for node in document.page_nodes if node is not document.article and PAGE_TYPES & set(types(node))]
    return [*article, *others]


def _node_texts(node: Node, key: str) -> list[str]:
    """Return the texts of a property that holds dates; numbers are Unix times."""
    return [text for item in as_list(node.get(key)) for text in ([str(item)] if isinstance(item, int) else texts(item))]


def _marked_up(document: Document, headline: HtmlElement | None) -> Iterator[MarkedDate]:
    """Yield each element on the page that gives a date as data.

    Those are `<time>` and its kin, microdata, and `<abbr class="published">` of the hAtom microformat.
    """
    dated = (element for element in document.tree.iterfind(".//*[@datetime]") if element.tag in DATED_TAGS)
    for element in islice(dated, MAX_MARKED_ELEMENTS):
        if not tells_of_something_else(element, headline):
            is_change = _has_mark(element, _MODIFIED_MARKS) and not _has_mark(element, _PUBLISHED_MARKS)
            yield element, element.get("datetime", ""), is_change
    properties = (
        element
        for element in document.tree.iterfind(".//*[@itemprop]")
        if not element.get("datetime") and DATE_PROPERTIES & set(element.get("itemprop", "").lower().split())
    )
    for element in islice(properties, MAX_MARKED_ELEMENTS):
        if not tells_of_something_else(element, headline):
            value = element.get("content") or element.get("title") or " ".join(element.text_content().split())
            yield element, value, "datemodified" in element.get("itemprop", "").lower()
    abbreviations = (
        element
        for element in document.tree.iterfind(".//abbr[@title]")
        if not element.get("itemprop") and _has_mark(element, ("published",))
    )
    for element in islice(abbreviations, MAX_MARKED_ELEMENTS):
        if not tells_of_something_else(element, headline):
            yield element, element.get("title", ""), False


def _has_mark(element: HtmlElement, marks: tuple[str, ...]) -> bool:
    names = f"{element.get('itemprop', '')} {element.get('class', '')}".lower()
    return any(mark in names for mark in marks) or ("pubdate" in marks and element.get("pubdate") is not None)


def tells_of_something_else(element: HtmlElement, headline: HtmlElement | None) -> bool:
    """Whether a date as data belongs to a comment, a teaser of another article, or a sentence of the text."""
    if stands_apart(element, headline):
        return True
    for ancestor in element.iterancestors("p", "li", "article", "blockquote", "td", "figure"):
        if headline is not None and ancestor in headline.iterancestors():
            return False
        if ancestor.tag in ("article", "li") and any(
            len(link.text_content().split()) >= MIN_TEASER_LINK_WORDS for link in ancestor.iterfind(".//a")
        ):
            return ancestor.find(".//h1") is None
        if ancestor.tag in ("p", "blockquote"):
            text = " ".join(ancestor.text_content().split())
            rest = text.replace(" ".join(element.text_content().split()), " ")
            return len(text) > MAX_DATE_LINE_CHARS or is_sentence(rest)
    return False


def _nearest(marked: list[tuple[HtmlElement, str]], headline: HtmlElement | None) -> list[str]:
    """Return the first date behind the headline, or else the last one before it; without a headline, the first."""
    if not marked or headline is None or len(marked) == 1:
        return [value for _, value in marked[:1]]
    elements = dict(marked)
    before = ""
    is_behind = False
    for element in headline.getroottree().iter():
        is_behind = is_behind or element is headline
        if element in elements:
            if is_behind:
                return [elements[element]]
            before = elements[element]
    return [before] if before else []
