"""Reads the further metadata of an article: description, section, keywords, image, access and type."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.cleaning.document import Document
from pipelines.cleaning.jsonld import ARTICLE_TYPES, as_list, texts, types
from pipelines.cleaning.page_state import PageState
from pipelines.cleaning.paywall import is_accessible_for_free
from pipelines.cleaning.person_names import host_labels
from pipelines.cleaning.text_normalization import collapse_whitespace
from pipelines.web_address import joined

DEFAULT_SCHEMA_TYPE = "NewsArticle"
MAX_KEYWORDS = 40
"""Keywords that are kept: the most seen are 35. Pages with hundreds list search terms, not their subjects."""

MAX_LICENSE_CHARS = 500
"""Addresses have a hundred at most; some pages put their terms of use here."""

KEYWORD_METAS = (
    ("article:tag",), ("content_tag",), ("content_tags",), ("news_keywords",), ("keywords",), ("dtk:keywords",),
)  # fmt: skip
"""Meta tags with keywords. Each holds a list; some systems give only its first entry in one of them."""

_NOT_A_KEYWORD = re.compile(
    r"\w+:|update\s+me$|(?:berita|kabar|info|informasi|news)\s+(?:terkini|terbaru|hari\s+ini|terpopuler|populer)\b",
    re.IGNORECASE,
)
"""Machine tags ('tema:gawai'), the word on a button ('Update me'), and what sites repeat for search engines: 'berita
terkini', 'berita terbaru gawai'."""

_EMPTY_VALUES = frozenset({"", "-", "null", "none", "undefined", "n/a"})
_GENERIC_SECTIONS = frozenset(
    {"article", "news", "home", "homepage", "berita", "artikel", "uncategorized", "indonesia"}
)


@dataclass(frozen=True, slots=True)
class Metadata:
    """The fields, and in `sources` the source of each field that was found."""

    description: str | None
    article_section: str | None
    keywords: tuple[str, ...]
    image: str | None
    is_accessible_for_free: bool | None
    license: str | None
    schema_type: str
    sources: Mapping[str, str]


def read_metadata(document: Document, state: PageState, hint_keywords: tuple[str, ...] = ()) -> Metadata:
    """Read each field from the first source that has it: JSON-LD, OpenGraph, other meta tags.

    Keywords are the longest list that JSON-LD or a meta tag states. Section and keywords are then read from what the
    page shows, keywords also from its state and from the hint.
    """
    node: Mapping[str, Any] = document.article or {}
    sources: dict[str, str] = {}

    def first(field: str, *candidates: tuple[str, Iterable[str]]) -> str | None:
        for source, values in candidates:
            for value in values:
                text = collapse_whitespace(value)
                if text.casefold() not in _EMPTY_VALUES:
                    sources[field] = source
                    return text
        return None

    description = first(
        "description",
        ("json-ld", texts(node.get("description"))),
        ("opengraph", document.metas("og:description")),
        ("meta", document.metas("description", "twitter:description")),
    )
    sections = document.metas(
        "article:section", "article:section2", "section", "content_category", "dtk:kanalname", "articlesection"
    )
    section = first(
        "article_section",
        ("json-ld", _specific_sections(texts(node.get("articleSection")))),
        ("meta", _specific_sections(sections)),
        ("json-ld", _breadcrumb(document)),
        ("text", _specific_sections(document.categories)),
        ("text", _specific_sections(_inner_steps(document, document.breadcrumb)[-1:])),
        ("json-ld", texts(node.get("articleSection"))),
    )
    keywords: tuple[str, ...] = ()
    stated = [
        ("json-ld", _keywords(node.get("keywords"))),
        *(("meta", _keywords(document.metas(*names))) for names in KEYWORD_METAS),
    ]
    others: tuple[tuple[str, Callable[[], list[str]]], ...] = (
        ("page state", lambda: _keywords(state.keywords)),
        ("text", lambda: _keywords(list(document.tags))),
        ("feed", lambda: list(hint_keywords)),
    )
    source, values = max(stated, key=lambda item: len(item[1]))
    if not values:
        source, values = next(((name, found) for name, read in others if (found := read())), ("", []))
    if values:
        keywords = tuple(values)[:MAX_KEYWORDS]
        sources["keywords"] = source
    image = first(
        "image",
        ("json-ld", _images(node.get("image"))),
        ("opengraph", document.metas("og:image", "og:image:secure_url", "og:image:url")),
        ("meta", document.metas("twitter:image", "twitter:image:src", "thumbnailurl")),
    )
    license_ = first(
        "license",
        ("json-ld", _addresses_or_names(node.get("license"))),
        ("meta", document.metas("dcterms.license", "dc.license")),
        ("text", [joined(document.url, href) or href for href in document.licenses]),
    )
    is_free = is_accessible_for_free(document)
    if is_free is not None:
        sources["is_accessible_for_free"] = "json-ld" if "isAccessibleForFree" in node else "meta"
    kinds = [name for name in types(node) if name in ARTICLE_TYPES]
    if kinds:
        sources["schema_type"] = "json-ld"
    return Metadata(
        description=description,
        article_section=section,
        keywords=keywords,
        image=joined(document.url, image) if image else None,
        is_accessible_for_free=is_free,
        license=license_[:MAX_LICENSE_CHARS] if license_ else None,
        schema_type=kinds[0] if kinds else DEFAULT_SCHEMA_TYPE,
        sources=sources,
    )


def site_names(document: Document, title: str = "") -> list[str]:
    """Return the names of the page's site: `title`, those in the page's head, and those in its address."""
    node: Mapping[str, Any] = document.article or {}
    names = [title] if title else []
    names += document.metas("og:site_name", "application-name", "al:android:app_name")
    names += texts(node.get("publisher"))
    names += [name for other in document.nodes if "WebSite" in types(other) for name in texts(other.get("name"))]
    names += host_labels(document.url)
    return list(dict.fromkeys(collapse_whitespace(name) for name in names if collapse_whitespace(name)))


def _specific_sections(values: Iterable[str]) -> list[str]:
    return [value for value in values if value.strip().casefold() not in _GENERIC_SECTIONS]


def _breadcrumb(document: Document) -> list[str]:
    """Return the section in a JSON-LD breadcrumb list: its last step before the article."""
    for node in document.nodes:
        if "BreadcrumbList" in types(node):
            steps = [step for step in as_list(node.get("itemListElement")) if isinstance(step, dict)]
            names = [name for step in steps for name in (*texts(step.get("name")), *texts(step.get("item")))[:1]]
            return _inner_steps(document, names)[-1:]
    return []


def _inner_steps(document: Document, steps: Sequence[str]) -> list[str]:
    """Return the steps of a breadcrumb between the home page and the article."""
    return [s for s in steps[1:] if s and len(s) <= 40 and not s.startswith("http") and s not in document.title]


def _keywords(value: object) -> list[str]:
    found: list[str] = []
    for item in texts(value):
        found += [collapse_whitespace(word) for word in re.split(r"[,;|]", item)]
    distinct: dict[str, str] = {}
    for word in found:
        if word and len(word) <= 80 and word.casefold() not in _EMPTY_VALUES and not _NOT_A_KEYWORD.match(word):
            distinct.setdefault(word.casefold(), word)
    return list(distinct.values())


def _addresses_or_names(value: object) -> list[str]:
    """The strings in a value and, of objects, their address, else their name."""
    stated = [item.get("url") or item.get("@id") or item if isinstance(item, dict) else item for item in as_list(value)]
    return list(texts(stated))


def _images(value: object) -> list[str]:
    urls: list[str] = []
    for item in as_list(value):
        if isinstance(item, dict):
            urls += texts(item.get("url") or item.get("contentUrl"))
        elif isinstance(item, str):
            urls.append(item)
    return [url for url in urls if url.startswith(("http", "/"))]
