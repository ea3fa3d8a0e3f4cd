"""Reads texts that a page carries as data: JSON-LD `articleBody`, and the state of client-rendered pages."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lxml import etree
from lxml.html import fragment_fromstring

from pipelines.cleaning.blocks import BlockRole, flatten
from pipelines.cleaning.document import Document
from pipelines.cleaning.jsonld import texts
from pipelines.cleaning.markup_repair import unescape
from pipelines.cleaning.text_normalization import letters_only

ARTICLE_BODY = "json-ld articleBody"
"""Source of a text that the page states to be its article's."""

MIN_STATE_TEXT_CHARS = 300
"""Characters of the shortest string in a page's state that can be its text: two or three sentences."""

MAX_STATE_SCRIPT_CHARS = 3_000_000
"""Characters of a script that is read: the longest one seen has 900,000."""

MAX_STATE_VALUES = 50_000
"""Values of a page's state that are looked at: the most seen are 32,000."""

NON_PARAGRAPH_ROLES = BlockRole.CAPTION | BlockRole.RELATED | BlockRole.ADVERT | BlockRole.SHARE | BlockRole.POST
"""Roles of blocks in a text as data that are not paragraphs of it."""

HEADLINE_FIELDS = ("title", "headline", "judul")
"""Names that content systems give to the headline of an article, the most common one first."""

PUBLISHED_FIELDS = (
    "published_at", "publishedAt", "datePublished", "date_published", "published_date", "publishedDate",
    "publish_date", "publishDate", "published_time", "published",
)  # fmt: skip
"""The same for its date of publication."""

AUTHOR_FIELDS = ("authors", "author", "reporters", "reporter", "writers", "writer", "penulis")
"""The same for its authors."""

KEYWORD_FIELDS = ("tags", "keywords", "topics", "tag")
"""The same for its keywords."""


@dataclass(frozen=True)
class PageState:
    """What the state of a client-rendered page says about its article, in the record with the page's headline.

    The state is read when it is first needed, since few pages have no better source.
    """

    document: Document
    headline: str

    @property
    def published(self) -> list[str]:
        """The dates of publication, as the state writes them."""
        return self._texts(PUBLISHED_FIELDS)

    @property
    def authors(self) -> list[str]:
        return self._texts(AUTHOR_FIELDS)

    @property
    def keywords(self) -> list[str]:
        return self._texts(KEYWORD_FIELDS)

    def _texts(self, names: tuple[str, ...]) -> list[str]:
        return next((found for name in names if (found := list(texts(self._record.get(name))))), [])

    @cached_property
    def _record(self) -> Mapping[str, Any]:
        title = letters_only(self.headline)
        records = [
            value
            for state in _states(self.document)
            for value in _values(state)
            if isinstance(value, dict)
            and any(
                letters_only(text) == title for name in HEADLINE_FIELDS if name in value for text in texts(value[name])
            )
        ]
        return max(records, key=len, default={})


def stated_body(document: Document) -> str | None:
    """The text that JSON-LD states to be the article's, one paragraph per line; None without one."""
    body = (document.article or {}).get("articleBody")
    return _lines(body) if isinstance(body, str) and len(body) >= MIN_STATE_TEXT_CHARS else None


def data_texts(document: Document) -> Iterator[tuple[str, str]]:
    """Yield (source, text) of the texts in a page's data, one paragraph per line: less reliable than its markup.

    The state of the page is read once the stated text is passed over.
    """
    if stated := stated_body(document):
        yield ARTICLE_BODY, stated
    for state in _states(document):
        longest = max(_long_strings(state), key=len, default="")
        if longest:
            yield "page state", _lines(longest)


def _states(document: Document) -> Iterator[Any]:
    for script in document.data_scripts:
        if len(script) > MAX_STATE_SCRIPT_CHARS:
            continue
        try:
            yield json.loads(script)
        except (ValueError, RecursionError):
            continue  # not JSON


def _long_strings(state: Any) -> Iterator[str]:
    for value in _values(state):
        if isinstance(value, str) and len(value) >= MIN_STATE_TEXT_CHARS and value.count(" ") > len(value) / 20:
            yield value


def _values(state: Any) -> Iterator[Any]:
    """Yield the values in a state, the state included, MAX_STATE_VALUES at most."""
    waiting = [state]
    for _ in range(MAX_STATE_VALUES):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        yield value


def _lines(text: str) -> str:
    text = unescape(text)
    if "</" not in text and "<br" not in text:
        return text
    try:
        tree = fragment_fromstring(text, create_parent="div")
    except etree.ParserError:
        return text
    return "\n".join(block.text for block in flatten(tree) if not block.roles & NON_PARAGRAPH_ROLES)
