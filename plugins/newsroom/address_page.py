"""The page of an address: all that the tables know of it, its text, and its bytes as they came."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser

from pipelines.archive.history import Event, History, events, page_of
from pipelines.archive.payload import Payload, Unreadable
from pipelines.archive.schema import ARTICLES, DUPLICATES, Row
from pipelines.archive.tables import Corpus
from pipelines.cleaning.decoding import as_utf8

MAX_SOURCE_CHARS = 2_000_000
"""Of a page's source that are shown or searched for text: news pages have up to a megabyte, and this one is read in the
process that serves all others."""

HIDDEN = frozenset(("script", "style", "noscript", "template", "svg"))
"""Elements whose text a reader does not see."""

BREAKS = frozenset(
    ("p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header", "footer", "nav")
)
"""Elements that begin a line."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the article on another page."""

    url: str
    site: str
    kind: str
    similarity: float


@dataclass(frozen=True, slots=True)
class AddressPage:
    """What is known of an address. `article` is its row in `articles`, or in `duplicates` for a copy, None for what is
    neither; `text` is the article's, and where there is none what a reader of the page would see. `problem` says, in a
    sentence, why its bytes cannot be read.
    """

    url: str
    article: Row | None
    copy_of: Row | None
    copies: Sequence[Copy]
    events: Sequence[Event]
    text: str
    source: str | None
    charset: str | None
    captured_at: datetime | None
    problem: str | None


def address_page(corpus: Corpus, url: str, found: History, run: str | None, sites: Collection[str]) -> AddressPage:
    """The page of an address with that history; with its bytes as `run` found them, as the last look did by default.
    Copies are told of these `sites` alone.

    Raises StorageUnavailable.
    """
    captures = list(found.captures)
    if run is not None:
        captures = captures[next((n for n, row in enumerate(captures) if row["run"] == run), len(captures)) :]
    page, problem = None, None
    try:
        page = page_of(corpus.bucket, captures)
    except (Unreadable, KeyError) as error:
        problem = f"Its bytes cannot be read: {error}; kliping verify says more."
    source = _decoded(page) if page else None
    article = next(iter(found.rows[ARTICLES.name]), None)
    copy_of = next((row for row in found.rows[DUPLICATES.name] if not row["is_article"]), None)
    text = next((row["body"] for row in (article, copy_of) if row and row.get("body")), None)
    return AddressPage(
        url=url,
        article=article,
        copy_of=copy_of,
        copies=[
            Copy(row["url"], row["site"], row["kind"], row["similarity"])
            for row in found.copies
            if row["site"] in sites
        ],
        events=events(found),
        text=text if text is not None else visible_text(source or ""),
        source=source,
        charset=page.charset if page else None,
        captured_at=captures[0]["fetched_at"] if captures else None,
        problem=problem,
    )


def _decoded(page: Payload) -> str:
    return as_utf8(page.body, page.charset).decode("utf-8", "replace")[:MAX_SOURCE_CHARS]


def visible_text(source: str) -> str:
    """What a reader would see of a page, as plain text: a line for each block, without scripts, styles and markup."""
    reader = _TextReader()
    reader.feed(source)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)


class _TextReader(HTMLParser):
    """Collects text outside HIDDEN elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in HIDDEN:
            self._hidden.append(tag)
        elif tag in BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag == self._hidden[-1]:
            self._hidden.pop()
        elif tag in BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)
