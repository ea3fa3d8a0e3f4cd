"""What one page says of itself and of the way on, read once from bytes and headers.

This is the seam between a crawl's own process, which sees bytes and headers, and whoever parses pages: nothing but an
`Answer` and a `Site` goes in, nothing but a `PageReading` comes out, so that the parsing can be done elsewhere.
"""

import re
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol, Self

from selectolax.lexbor import LexborHTMLParser

from pipelines.cleaning.tag_limits import bound_tags
from spiders.answer import Answer
from spiders.canonical import stated_canonical
from spiders.pagination import PageLink
from spiders.site import Site

MAX_HEADLINE_CHARS = 500
"""Characters of a headline that are compared."""

PAGE_OF_PAGES = re.compile(
    r"(?i)\b(?:halaman|hal|page|bagian|part)\W{0,3}\d{1,2}(?:\s*(?:dari|of|/)\s*\d{1,2})?\b|\(\s*\d{1,2}(?:\s*/\s*\d{1,2})?\s*\)"
)
"""What the headline of a further page has besides: `Halaman 2`, `Page 2 of 3`, `(2)`, `(2/3)`."""


@dataclass(frozen=True, slots=True)
class ShownHeadline:
    """What a page is called, letters and digits of it in lower case: where it is shared (`og:title`), in the browser's
    tab, and on the page itself (`h1`). Empty where it is not called anything there.
    """

    shared: str = ""
    tab: str = ""
    heading: str = ""

    @classmethod
    def of(cls, page: LexborHTMLParser) -> Self:
        og = next((node.attributes.get("content") for node in page.css('meta[property="og:title" i]')), None)
        h1 = next((node.text(separator=" ") for node in page.css("h1")), None)
        title = next((node.text(separator=" ") for node in page.css("title")), None)
        return cls(_letters(og), _letters(title), _letters(h1))

    def __bool__(self) -> bool:
        return bool(self.shared or self.tab or self.heading)

    def equals(self, other: Self) -> bool:
        """Whether two pages are called the same. A heading alone may be the site's name: it counts where there is
        nothing else to compare.
        """
        if self.shared and other.shared:
            return self.shared == other.shared
        if self.tab and other.tab:
            return self.tab == other.tab
        return bool(self.heading) and self.heading == other.heading

    def is_of(self, headline: str) -> bool:
        """Whether an article of that headline may be called so."""
        letters = _letters(headline)
        return bool(letters) and any(letters in called for called in (self.shared, self.tab, self.heading))


def _letters(text: str | None) -> str:
    return "".join(filter(str.isalnum, PAGE_OF_PAGES.sub(" ", (text or "")[:MAX_HEADLINE_CHARS]).casefold()))


@dataclass(frozen=True, slots=True)
class PageReading:
    """What a page says.

    `rights` are the reservations that it states, `canonical` the article URL that it states for itself, None where
    none can be believed. `links` may lead to other pages of the same article. `headline` is what the page is called.
    `text` and `longest_paragraph`, with white space folded, tell whether one page holds what another does; they are
    taken of pages that have such links, and where they are asked for.
    """

    rights: tuple[str, ...] = ()
    canonical: str | None = None
    links: tuple[PageLink, ...] = ()
    headline: ShownHeadline = ShownHeadline()
    text: str = ""
    longest_paragraph: str = ""

    def shows_all_of(self, part: "PageReading") -> bool:
        """Whether a one-page form holds what a later page holds, judged by that page's longest paragraph."""
        return bool(part.longest_paragraph) and part.longest_paragraph in self.text


class ReadPage(Protocol):
    """`read_page`, done elsewhere. Raises CleaningError where the page takes more time or memory than a page may."""

    def __call__(self, answer: Answer, site: Site, *, with_text: bool = False) -> Awaitable[PageReading]: ...


def read_page(answer: Answer, site: Site, *, with_text: bool = False) -> PageReading:
    """What the page in `answer` says, as a page of `site`."""
    page = parse_html(answer.text)
    links = site.pagination.links(page, answer.url, site.urls)
    has_text = with_text or bool(links)
    return PageReading(
        rights=answer.rights,
        canonical=stated_canonical(page, answer.url, site.urls),
        links=links,
        headline=ShownHeadline.of(page),
        text=_folded(page.body.text(separator=" ") if page.body else "") if has_text else "",
        longest_paragraph=_longest_paragraph(page) if has_text else "",
    )


def _longest_paragraph(page: LexborHTMLParser) -> str:
    return max((_folded(node.text(separator=" ")) for node in page.css("p")), key=len, default="")


def _folded(text: str) -> str:
    return " ".join(text.split())


def parse_html(html: str) -> LexborHTMLParser:
    """The document, its tags and their nesting cut to what a parser can take."""
    return LexborHTMLParser(bound_tags(html.encode()))
