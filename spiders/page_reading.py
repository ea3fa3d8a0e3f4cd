"""What one page says of itself and of the way on, read once from bytes and headers.

This is the seam between a crawl's own process, which sees bytes and headers, and whoever parses pages: nothing but an
`Answer` and a `Site` goes in, nothing but a `PageReading` comes out, so that the parsing can be done elsewhere.
"""

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from spiders.answer import Answer
from spiders.canonical import stated_canonical
from spiders.site import Site

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


@dataclass(frozen=True, slots=True)
class PageReading:
    """What a page says.

    `rights` are the reservations that it states, `canonical` the article URL that it states for itself, None where
    none can be believed. `next_page` is the address of the same article's next page, None where the page
    links to none. `text` and `longest_paragraph`, with white space folded, tell whether one page holds what another
    does; they are taken of pages that have a next one, and where they are asked for.
    """

    rights: tuple[str, ...] = ()
    canonical: str | None = None
    next_page: str | None = None
    text: str = ""
    longest_paragraph: str = ""

    def shows_all_of(self, part: "PageReading") -> bool:
        """Whether a one-page form holds what a later page holds, judged by that page's longest paragraph."""
        return bool(part.longest_paragraph) and part.longest_paragraph in self.text


def read_page(answer: Answer, site: Site, *, with_text: bool = False) -> PageReading:
    """What the page in `answer` says, as a page of `site`."""
    page = parse_html(answer.text)
    next_page = site.pagination.next_page_url(page, answer.url, site.urls)
    has_text = with_text or next_page is not None
    return PageReading(
        rights=answer.rights,
        canonical=stated_canonical(page, answer.url, site.urls),
        next_page=next_page,
        text=_folded(page.body.text(separator=" ") if page.body else "") if has_text else "",
        longest_paragraph=_longest_paragraph(page) if has_text else "",
    )


def _longest_paragraph(page: LexborHTMLParser) -> str:
    return max((_folded(node.text(separator=" ")) for node in page.css("p")), key=len, default="")


def _folded(text: str) -> str:
    return " ".join(text.split())


def parse_html(html: str) -> LexborHTMLParser:
    """The document; an empty one where it is nested beyond all reason."""
    return LexborHTMLParser("" if nests_too_deep(html) else html)


def nests_too_deep(html: str) -> bool:
    """Whether `html` opens more than MAX_NESTING elements inside each other, by its tags alone."""
    depth = 0
    for tag in TAG.finditer(html):
        if tag[2].lower() not in NOT_NESTING:
            depth += -1 if tag[1] else 1
            if depth > MAX_NESTING:
                return True
    return False
