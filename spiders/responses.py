"""A response as a page: what its header says of it, and its document."""

import re

from scrapy.http import Response, TextResponse
from selectolax.lexbor import LexborHTMLParser

from pipelines.visit import FetchedPage

MAX_NESTING = 2000
"""Elements inside each other. Honest pages have 30 to 60; the parser's time grows with its square: 0.1 s at 5,000,
half a minute at 80,000."""

TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
NOT_NESTING = frozenset(
    (
        *(
            "area",
            "base",
            "br",
            "col",
            "embed",
            "hr",
            "img",
            "input",
            "link",
            "meta",
            "param",
            "source",
            "track",
            "wbr",
        ),
        *("p", "li", "dt", "dd", "tr", "td", "th", "option"),
    )
)
"""Elements without an end tag, or that go on without one and end by themselves."""


def parsed(response: Response) -> LexborHTMLParser:
    """The response as a document; an empty one where it is no text, or nested beyond all reason."""
    text = response.text if isinstance(response, TextResponse) else ""
    return LexborHTMLParser("" if nests_too_deep(text) else text)


def nests_too_deep(html: str) -> bool:
    """Whether `html` opens more than MAX_NESTING elements inside each other, by its tags alone."""
    depth = 0
    for tag in TAG.finditer(html):
        if tag[2].lower() not in NOT_NESTING:
            depth += -1 if tag[1] else 1
            if depth > MAX_NESTING:
                return True
    return False


def fetched_page(response: Response) -> FetchedPage:
    """The page as the visit carries it: with the capture that the capture stage left in the request."""
    return FetchedPage(response.url, response.body, stated_charset(response), response.meta["capture"])


def stated_charset(response: Response) -> str | None:
    """The charset that the Content-Type header states."""
    header = (response.headers.get("Content-Type") or b"").decode("latin-1")
    found = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", header, re.IGNORECASE)
    return found[1] if found else None
