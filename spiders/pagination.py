"""Articles that are split over pages: the one-page form where the site has one, else from each page to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser

from spiders.canonical import SiteUrls

MAX_PAGES = 20
"""Pages of one article at most. The longest galleries seen have about as many; beyond lies a calendar or a trap."""


@dataclass(frozen=True)
class Pagination:
    """How a site splits its articles.

    `one_page` is what its one-page form adds to an article's URL: query parameters, or a path suffix such as '/all'.
    `next_page` is a CSS selector of the link to the next page; None finds it by its address: the same article, one page
    further.
    """

    one_page: Mapping[str, str] | str | None = None
    next_page: str | None = None

    def one_page_url(self, url: str) -> str | None:
        """Address of the one-page form of the article `url`, None where the site has none."""
        if not self.one_page:
            return None
        parts = urlsplit(url)
        if isinstance(self.one_page, str):
            return urlunsplit(parts._replace(path=parts.path.rstrip("/") + self.one_page))
        query = parse_qsl(parts.query, keep_blank_values=True) + list(self.one_page.items())
        return urlunsplit(parts._replace(query=urlencode(query)))

    def next_page_url(self, page: LexborHTMLParser, url: str, urls: SiteUrls) -> str | None:
        """Address of the page after the one at `url`, None where `page` links to none of the same article."""
        article, number = urls.canonical(url), urls.page_number(url)
        for node in page.css(self.next_page or "a[href], link[rel~=next]"):
            target = urljoin(url, node.attributes.get("href") or "")
            if urls.canonical(target) != article:
                continue
            if self.next_page or urls.page_number(target) == number + 1:
                return target
        return None
