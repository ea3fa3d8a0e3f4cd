"""JSON-LD of a page: the schema.org nodes that describe its article."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

Node = Mapping[str, Any]

ARTICLE_TYPES = frozenset(
    {
        "Article", "NewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle", "OpinionNewsArticle",
        "ReviewNewsArticle",
        "BackgroundNewsArticle", "AskPublicNewsArticle", "AdvertiserContentArticle", "SatiricalArticle", "TechArticle",
        "ScholarlyArticle", "Report", "BlogPosting", "LiveBlogPosting", "SocialMediaPosting", "Review", "VideoObject",
        "ImageGallery", "PhotoGallery", "MediaGallery",
    }
)  # fmt: skip
"""schema.org types whose node may describe the page's article (schema.org 29, subtypes of Article that news sites
use)."""

MAX_CHARS = 500_000
"""Longest script read; the longest honest one seen is a third of it."""
MAX_NODES = 2_000
MAX_DEPTH = 12
OTHERS = frozenset(
    {"liveBlogUpdate", "comment", "comments", "review", "itemListElement", "hasPart", "relatedLink", "citation"}
)
"""Properties whose nodes describe something else than the page's article, though of the same types."""

_CDATA = re.compile(r"^\s*(?://)?\s*<!\[CDATA\[|(?://)?\s*\]\]>\s*$")
_COMMA = re.compile(r",(?=\s*[}\]])")
_BREAKS = re.compile(r"[\r\n\t]+")


def read_nodes(scripts: list[str]) -> list[Node]:
    """All objects with an `@type` in the page's JSON-LD scripts, outermost first.

    Scripts with raw line breaks in strings, trailing commas or CDATA marks are repaired; what stays broken is left out.
    """
    nodes: list[Node] = []
    for script in scripts:
        if len(script) <= MAX_CHARS:
            nodes += _typed(_load(script))
    return nodes[:MAX_NODES]


def _load(script: str) -> Any:
    text = _CDATA.sub("", script).strip().rstrip(";")
    for candidate in (text, _COMMA.sub("", _BREAKS.sub(" ", text))):
        try:
            return json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue  # the next candidate is the repaired text
    return None


def _typed(value: Any) -> list[Node]:
    found: list[Node] = []
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for item in level[:MAX_NODES]:
            if isinstance(item, dict):
                if "@type" in item:
                    found.append(item)
                below += [value for key, value in item.items() if key not in OTHERS]
            elif isinstance(item, list):
                below += item
        level = [item for item in below if isinstance(item, dict | list)]
    return found


def types(node: Node) -> tuple[str, ...]:
    """The schema.org types of a node, without any prefix."""
    return tuple(str(name).rsplit("/", 1)[-1].rsplit(":", 1)[-1] for name in as_list(node.get("@type")))


def article_node(nodes: list[Node]) -> Node | None:
    """The node that describes the page's article: article types before galleries and videos, the most telling first."""
    best: Node | None = None
    best_score = 0.0
    for node in nodes:
        names = set(types(node)) & ARTICLE_TYPES
        if not names:
            continue
        score = 1.0 + sum(
            key in node for key in ("headline", "datePublished", "author", "articleBody", "mainEntityOfPage")
        )
        score += 3.0 * any(name.endswith(("Article", "Posting", "Report")) for name in names)
        score -= 4.0 * ("Review" in names or "VideoObject" in names)
        if score > best_score:
            best, best_score = node, score
    return best


def by_id(nodes: list[Node]) -> dict[str, Node]:
    """Nodes by their `@id`, for the references that WordPress plugins write."""
    index: dict[str, Node] = {}
    for node in nodes:
        name = node.get("@id")
        if isinstance(name, str) and len(node) > 1 and (name not in index or len(node) > len(index[name])):
            index[name] = node
    return index


def as_list(value: Any) -> list[Any]:
    """A value as a list: JSON-LD writes one thing bare and several in an array."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def texts(value: Any) -> Iterator[str]:
    """The non-empty strings in a value or, for objects, their `name` or `@value`."""
    for item in as_list(value):
        if isinstance(item, dict):
            yield from texts(item.get("name") or item.get("@value"))
        elif isinstance(item, list):
            yield from texts(item)
        elif isinstance(item, str) and item.strip():
            yield " ".join(item.split())
