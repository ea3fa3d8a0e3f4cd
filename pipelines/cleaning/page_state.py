"""Texts that a page carries as data: JSON-LD `articleBody`, and the state that client-rendered pages start from."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lxml import etree
from lxml.html import fragment_fromstring

from pipelines.cleaning.blocks import Place, flatten
from pipelines.cleaning.document import Document
from pipelines.cleaning.jsonld import texts
from pipelines.cleaning.text_normalization import squeeze

LEAST = 300
"""Characters of the shortest string of a page's state that can be its text."""
MAX_CHARS = 3_000_000
MAX_VALUES = 50_000

BESIDE = Place.CAPTION | Place.RELATED | Place.ADVERT | Place.SHARE | Place.POST
"""What stands in a text as data without being of it."""

TITLES = ("title", "headline", "judul")
PUBLISHED = (
    "published_at", "publishedAt", "datePublished", "date_published", "published_date", "publishedDate",
    "publish_date", "publishDate", "published_time", "published",
)  # fmt: skip
AUTHORS = ("authors", "author", "reporters", "reporter", "writers", "writer", "penulis")
KEYWORDS = ("tags", "keywords", "topics", "tag")
"""Names that content systems give these fields of an article, the usual ones first."""


@dataclass(frozen=True)
class PageState:
    """What the state of a client-rendered page says of its article: the record in it that bears the page's headline.

    Read when it is first asked for: few pages have no better source.
    """

    document: Document
    headline: str

    @property
    def published(self) -> list[str]:
        """Dates of publication, as the state writes them."""
        return self._texts(PUBLISHED)

    @property
    def authors(self) -> list[str]:
        return self._texts(AUTHORS)

    @property
    def keywords(self) -> list[str]:
        return self._texts(KEYWORDS)

    def _texts(self, names: tuple[str, ...]) -> list[str]:
        return next((found for name in names if (found := list(texts(self._record.get(name))))), [])

    @cached_property
    def _record(self) -> Mapping[str, Any]:
        title = squeeze(self.headline)
        records = [
            value
            for state in _states(self.document)
            for value in _values(state)
            if isinstance(value, dict)
            and any(squeeze(text) == title for name in TITLES for text in texts(value.get(name)))
        ]
        return max(records, key=len, default={})


def data_texts(document: Document) -> Iterator[tuple[str, str]]:
    """(source, text) of the texts in a page's data, one paragraph per line: worse than markup, better than nothing."""
    node = document.article or {}
    body = node.get("articleBody")
    if isinstance(body, str) and len(body) >= LEAST:
        yield "json-ld articleBody", _lines(body)
    for state in _states(document):
        longest = max(_long_strings(state), key=len, default="")
        if longest:
            yield "page state", _lines(longest)


def _states(document: Document) -> Iterator[Any]:
    for script in document.data_scripts:
        if len(script) > MAX_CHARS:
            continue
        try:
            yield json.loads(script)
        except (ValueError, RecursionError):
            continue  # not JSON: nothing to be had from it


def _long_strings(state: Any) -> Iterator[str]:
    for value in _values(state):
        if isinstance(value, str) and len(value) >= LEAST and value.count(" ") > len(value) / 20:
            yield value


def _values(state: Any) -> Iterator[Any]:
    """The values in a state, itself among them, up to a number."""
    waiting = [state]
    for _ in range(MAX_VALUES):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        yield value


def _lines(text: str) -> str:
    if "</" not in text and "<br" not in text:
        return text
    try:
        tree = fragment_fromstring(text, create_parent="div")
    except etree.ParserError:
        return text
    return "\n".join(block.text for block in flatten(tree) if not block.place & BESIDE)
