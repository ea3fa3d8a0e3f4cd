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
"""schema.org types of nodes that may describe the page's article: those subtypes of Article that news sites use, and
galleries and videos (schema.org 29).
"""

MAX_JSON_LD_CHARS = 500_000
"""Characters of a script that is read; the longest one seen on a real page has a third of them."""

MAX_JSON_LD_NODES = 2_000
"""Nodes that are read on a page: the most seen are 300, on a page with live updates."""

MAX_JSON_LD_DEPTH = 12
"""Levels of nesting that are read: the most seen are 8."""

FOREIGN_PROPERTIES = frozenset(
    {"liveBlogUpdate", "comment", "comments", "review", "itemListElement", "hasPart", "relatedLink", "citation"}
)
"""Properties whose nodes have types of articles but describe something other than the page's article."""

_CDATA = re.compile(r"^\s*(?://)?\s*<!\[CDATA\[|(?://)?\s*\]\]>\s*$")
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_LINE_BREAKS = re.compile(r"[\r\n\t]+")


def read_nodes(scripts: list[str]) -> list[Node]:
    """Return all objects with an `@type` in the page's JSON-LD scripts, the outermost first.

    Raw line breaks in strings, trailing commas and CDATA marks are repaired; scripts that stay broken are left out.
    """
    nodes: list[Node] = []
    for script in scripts:
        if len(script) <= MAX_JSON_LD_CHARS:
            nodes += _typed_nodes(_load(script))
    return nodes[:MAX_JSON_LD_NODES]


def _load(script: str) -> Any:
    text = _CDATA.sub("", script).strip().rstrip(";")
    for candidate in (text, _TRAILING_COMMA.sub("", _LINE_BREAKS.sub(" ", text))):
        try:
            return json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue  # the next candidate is the repaired text
    return None


def _typed_nodes(value: Any) -> list[Node]:
    found: list[Node] = []
    level = [value]
    for _ in range(MAX_JSON_LD_DEPTH):
        below: list[Any] = []
        for item in level[:MAX_JSON_LD_NODES]:
            if isinstance(item, dict):
                if "@type" in item:
                    found.append(item)
                below += [value for key, value in item.items() if key not in FOREIGN_PROPERTIES]
            elif isinstance(item, list):
                below += item
        level = [item for item in below if isinstance(item, dict | list)]
    return found


def types(node: Node) -> tuple[str, ...]:
    """Return the schema.org types of a node, without prefixes."""
    return tuple(str(name).rsplit("/", 1)[-1].rsplit(":", 1)[-1] for name in as_list(node.get("@type")))


def article_node(nodes: list[Node]) -> Node | None:
    """Return the node that best describes the page's article: articles are preferred to galleries and videos."""
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
    """Return the nodes by their `@id`, to resolve the references that WordPress plugins write."""
    index: dict[str, Node] = {}
    for node in nodes:
        name = node.get("@id")
        if isinstance(name, str) and len(node) > 1 and (name not in index or len(node) > len(index[name])):
            index[name] = node
    return index


def as_list(value: Any) -> list[Any]:
    """Return a value as a list: JSON-LD writes a single value without an array."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def texts(value: Any) -> Iterator[str]:
    """Yield the non-empty strings in a value or, for objects, their `name` or `@value`."""
    for item in as_list(value):
        if isinstance(item, dict):
            yield from texts(item.get("name") or item.get("@value"))
        elif isinstance(item, list):
            yield from texts(item)
        elif isinstance(item, str) and item.strip():
            yield " ".join(item.split())
