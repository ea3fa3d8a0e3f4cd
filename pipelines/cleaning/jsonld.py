"""JSON-LD of a page: the schema.org nodes that describe its article."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from pipelines.cleaning.text_normalization import letters_only

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

MIN_TITLE_LETTERS = 12
"""Letters of a title that tells one article from another; shorter ones name sections."""

_OPENING = re.compile(
    r"(?:\ufeff|\s|//[^\n\[<{]*(?=[\n\[<{])|/\*.*?\*/|<!--|(?://|/\*)?\s*<!\[CDATA\[(?:\s*\*/)?)+",
    re.DOTALL,
)
_CLOSING = re.compile(
    r"(?:\s|;|-->|//[^\n\"}\]]*|/\*[^\"}]*?\*/|(?://|/\*)?\s*\]\]>(?:\s*\*/)?)+$",
    re.DOTALL,
)
"""What surrounds JSON in scripts: comments of HTML and JavaScript, CDATA marks, a byte order mark, a semicolon."""

MAX_CLOSING_CHARS = 300
"""Characters at the end of a script in which such marks are looked for: the time grows with their square."""

_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_LINE_BREAKS = re.compile(r"[\r\n\t]+")
_BAD_ESCAPE = re.compile(r"\\(?![\"\\/bfnrtu])")
_BETWEEN_VALUES = re.compile(r"[\s,;]*")


def read_nodes(scripts: list[str]) -> list[Node]:
    """Return all objects with an `@type` in the page's JSON-LD scripts, the outermost first.

    Comments around the JSON, several values in a script, raw line breaks in strings, trailing commas, unknown escapes
    and escaped markup are repaired; scripts that stay broken are left out.
    """
    nodes: list[Node] = []
    for script in scripts:
        if len(script) <= MAX_JSON_LD_CHARS:
            nodes += _typed_nodes(_load(script))
    return nodes[:MAX_JSON_LD_NODES]


def _load(script: str) -> list[Any]:
    opening = _OPENING.match(script)
    text = script[opening.end() if opening else 0 :].rstrip()
    text = text[:-MAX_CLOSING_CHARS] + _CLOSING.sub("", text[-MAX_CLOSING_CHARS:])
    if text.startswith(("{&quot;", "[{&quot;")):
        text = unescape(text)
    for candidate in (text, _TRAILING_COMMA.sub("", _BAD_ESCAPE.sub("", _LINE_BREAKS.sub(" ", text)))):
        try:
            return list(_values(candidate))
        except (ValueError, RecursionError):
            continue  # the next candidate is the repaired text
    return []


def _values(text: str) -> Iterator[Any]:
    """Yield the JSON values that a text holds, one after the other. Raises ValueError if it holds anything else."""
    decoder = json.JSONDecoder(strict=False)
    end = 0
    while end < len(text):
        value, end = decoder.raw_decode(text, end)
        yield value
        if separator := _BETWEEN_VALUES.match(text, end):
            end = separator.end()


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


@dataclass(frozen=True, slots=True)
class PageIdentity:
    """What tells the nodes of a page's article from those of other articles in its data.

    `paths` are the paths of the page's addresses, `domain` is the end of its host, `titles` are its titles by their
    letters.
    """

    paths: frozenset[str]
    domain: str
    titles: tuple[str, ...]

    @classmethod
    def of(cls, url: str, stated_urls: Iterable[str], titles: Iterable[str]) -> "PageIdentity":
        """Return the identity of a page by its address, those that it states for itself, and its titles."""
        keys = dict.fromkeys(letters_only(title) for title in titles)
        return cls(
            frozenset(path for address in (url, *stated_urls) if (path := _path(address))),
            _domain(url),
            tuple(key for key in keys if len(key) >= MIN_TITLE_LETTERS),
        )

    def matches(self, node: Node) -> bool | None:
        """Whether a node describes the page: by its address or its headline. None if neither tells."""
        stated = [node.get("url"), node.get("@id"), *as_list(node.get("mainEntityOfPage"))]
        urls = [item.get("@id") or item.get("url") if isinstance(item, dict) else item for item in stated]
        own = [url for url in urls if isinstance(url, str) and _domain(url) in ("", self.domain)]
        paths = {path for url in own if (path := _path(url))}
        if paths & self.paths:
            return True
        headline = next((letters_only(unescape(text)) for text in texts(node.get("headline"))), "")
        if len(headline) < MIN_TITLE_LETTERS or not self.titles:
            return None
        if any(headline in title or title in headline for title in self.titles):
            return True
        return False if paths else None


def _domain(url: str) -> str:
    """Return the last two labels of an address's host, empty if it has none: enough to tell another site's address."""
    try:
        return ".".join((urlsplit(url).hostname or "").split(".")[-2:])
    except ValueError:
        return ""


def _path(url: str) -> str:
    """Return the path of an address without a slash at its end; empty for the home page."""
    try:
        return urlsplit(url).path.rstrip("/").lower()
    except ValueError:
        return ""


def article_node(nodes: list[Node], page: PageIdentity) -> Node | None:
    """Return the node that best describes the page's article: articles are preferred to galleries and videos.

    Nodes that describe another page are left out.
    """
    best: Node | None = None
    best_score = 0.0
    for node in nodes:
        names = set(types(node)) & ARTICLE_TYPES
        is_of_page = page.matches(node) if names else None
        if not names or is_of_page is False:
            continue
        score = 1.0 + sum(
            key in node for key in ("headline", "datePublished", "author", "articleBody", "mainEntityOfPage")
        )
        score += 3.0 * any(name.endswith(("Article", "Posting", "Report")) for name in names)
        score -= 4.0 * ("Review" in names or "VideoObject" in names)
        score += 10.0 * (is_of_page is True)
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
