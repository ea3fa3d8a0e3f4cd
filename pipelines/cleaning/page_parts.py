"""Which part of a page an element stands in: what it says about dates and people may be about something else."""

import re
from collections.abc import Iterator
from functools import lru_cache

from lxml.html import HtmlElement

from pipelines.cleaning.blocks import BlockRole, roles_of

OTHER_ROLES = BlockRole.COMMENTS | BlockRole.RELATED | BlockRole.ADVERT | BlockRole.CAPTION | BlockRole.POST
"""Roles of parts whose dates and names are those of comments, other articles, advertisements or images."""

_FURNITURE = re.compile(
    r"(?:top|main|site|page-top|mobile|desktop)?-?(?:top-?bar|top-?header|header-?top|head-?top|navbar|top-?menu)(?:-.*)?|"
    r"(?:site|main|td|global)-header(?:-.*)?|page-header|masthead|navigation|td-data-time|sidebar.*|.*-sidebar|"
    r"widget|widget-area|widget--.*|widget-(?!container|wrap).*|"
    r"(?:.*-)?(?:current|today|now)-?(?:date|time|s-date)|(?:date|time)-?(?:now|today)|today|(?:.*-)?hari-?ini|"
    r"(?:.*-)?(?:clock|jam-digital|kalender|calendar|countdown|hitung-mundur)|"
    r"(?:.*-)?(?:weather|cuaca|prakiraan)(?:-.*)?|(?:next-|upcoming-)?(?:events?|acara|agenda|jadwal)(?:-.*)?|tribe-events.*|"
    r"(?:.*-)?(?:ticker|marquee)|breaking(?:-.*)?|copyright|site-?footer|modal|pop-?up"
)
"""A class or id of what surrounds an article on every page of a site: bars with today's date, clocks, agendas."""

_FOREIGN_ITEM = re.compile(r"(?:Comment|UserComments|Event|Offer|Product|SoftwareApplication|WebSite|Organization)$")
"""schema.org types of microdata items whose dates are not the article's."""


def stands_apart(element: HtmlElement, headline: HtmlElement | None = None) -> bool:
    """Whether an element stands in a part of the page that is not about the article.

    Such parts are comments, lists of other articles, advertisements, captions, and what surrounds the article. A part
    that holds the `headline` as well is not one of them.
    """
    return any(part.tag == "aside" or is_elsewhere(part) for part in _parts(element, headline))


def stands_among_others(element: HtmlElement, headline: HtmlElement | None = None) -> bool:
    """The same without what surrounds the article: some sites put its dates into a column at its side."""
    return any(_is_about_other_things(part) for part in _parts(element, headline))


def is_elsewhere(element: HtmlElement) -> bool:
    """Whether an element itself is a part about other things, or furniture of the site, by its names."""
    return _is_about_other_things(element) or is_furniture(_names(element))


def _parts(element: HtmlElement, headline: HtmlElement | None) -> Iterator[HtmlElement]:
    """Yield an element and those around it, without those around the headline, and without lines of the writer."""
    shared = frozenset(headline.iterancestors()) if headline is not None else frozenset()
    for part in (element, *element.iterancestors()):
        if part.tag in ("html", "body") or part in shared:
            return
        if part.tag != "aside" or not roles_of(_names(part)) & BlockRole.BYLINE:
            yield part


def _names(element: HtmlElement) -> str:
    return f"{element.get('class', '')} {element.get('id', '')}"


def _is_about_other_things(part: HtmlElement) -> bool:
    return bool(roles_of(_names(part)) & OTHER_ROLES) or bool(_FOREIGN_ITEM.search(part.get("itemtype", "")))


@lru_cache(maxsize=4096)
def is_furniture(names: str) -> bool:
    """Whether a class or id names what surrounds an article. Pure, so that the cache cannot change an outcome."""
    return any(_FURNITURE.fullmatch(token) for token in names.lower().replace("_", "-").split())
