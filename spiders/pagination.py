"""Articles that are split over pages: the one-page form where the site has one, else from each page to the next."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from urllib.parse import parse_qsl, unquote, urldefrag, urlencode, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipelines.web_address import joined
from spiders.canonical import Address, SiteUrls, says_nothing

MAX_PAGES = 20
"""Pages of one article at most. The longest galleries seen have about as many; beyond lies a calendar or a trap."""

MAX_PAGE_LINKS = 500
"""Links of one page that may lead to another page of the same article. Numbered pages have some twenty."""

MAX_LINKS = 10_000
"""Links of a page that are looked at. News pages have 1,500 at most."""

MAX_LABEL_CHARS = 40
"""Characters of a link that says no more than which page it leads to."""

NEXT_LABEL = re.compile(
    r"(?i)\W*(?:(?:baca|ke|lihat|lanjut(?:kan)?)\s+)*(?:(?:halaman|laman|hal|page|bagian)\s+)?"
    r"(?:(?:se)?lanjut(?:nya|kan)?|lanjut|berikut(?:nya)?|next)(?:\s+(?:page|halaman))?\W*|[\s>»›→]+"
)
"""What a link to the next page says in Indonesian or English: `Selanjutnya`, `Halaman berikutnya »`, `Next`, `>`."""

NUMBER_LABEL = re.compile(r"(?i)\W*(?:(?:halaman|laman|hal|page|bagian|part)\W*)?(\d{1,2})\W*")
"""What a numbered link says: `2`, `Halaman 2`, `[2]`."""

RELATIVE_PAGE = re.compile(r"(?i)(?:\./)?(?:(?:page|halaman|hal|laman)[/-]?)?\d{1,2}/?")
"""A page's number as an address relative to the article's: `2`, `page/2/`."""

NUMBERED_ENDING = re.compile(r"(?i)[-_/](?:page|halaman|hal|laman|part|bagian|p)?[-_/]?(\d{1,2})(/|\.\w{3,5})?/?")
"""What the address of a further page adds to the article's, ending of the file included: `-2.html`, `/bagian-2`."""


WHOLE_ARTICLE = re.compile(r"(?i)all|semua|full|single|lengkap")
"""Value of a parameter that asks for all pages on one."""

COMMENTS_KEY = re.compile(r"(?i)comment|komentar|cpage|reply|balas")
"""Parameters that number the pages of an article's comments."""

LIST_PAGE = re.compile(r"(?i)/(?:page|indeks|index|tags?|topi[ck]|categor(?:y|ies)|kategori|search)(?:/|$)")
"""Path of a list of articles, whose next page is no article's."""


class Trust(IntEnum):
    """How surely a link leads to another page of the same article: by its address alone, by what it says as well, by
    `rel=next`, or by the site's own `next_page`.
    """

    ADDRESS = 0
    LABEL = 1
    REL_NEXT = 2
    STATED = 3


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link that may lead to another page of the article at hand. `number` is the page that its label names."""

    url: str
    trust: Trust
    number: int | None = None


class Certainty(IntEnum):
    """How surely an address is that of an article's next page: by a guess, which what is there has to confirm; by its
    likeness to the article's address, which what is there can refute; by itself.
    """

    GUESS = 0
    LIKELY = 1
    CERTAIN = 2


@dataclass(frozen=True, slots=True)
class NextPage:
    """The address of an article's next page."""

    url: str
    certainty: Certainty


@dataclass(frozen=True)
class Pagination:
    """How a site splits its articles.

    `one_page` is what its one-page form adds to an article's URL: query parameters, or a path suffix such as '/all'.
    `next_page` is a CSS selector of the link to the next page; None finds it by addresses, labels and `rel=next`.
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

    def links(self, page: LexborHTMLParser, url: str, urls: SiteUrls) -> tuple[PageLink, ...]:
        """The links on the page at `url` that may lead to other pages of the same article, MAX_PAGE_LINKS at most."""
        found: dict[PageLink, None] = {}
        for link in self._links(page, url, urls):
            found[link] = None
            if len(found) == MAX_PAGE_LINKS:
                break
        return tuple(found)

    def _links(self, page: LexborHTMLParser, url: str, urls: SiteUrls) -> Iterator[PageLink]:
        base_href = next((node.attributes.get("href") for node in page.css("base[href]")), None)
        base = _joined(url, base_href or "") or url
        if self.next_page:
            for node in page.css(self.next_page)[:MAX_PAGE_LINKS]:
                if target := _joined(base, node.attributes.get("href") or ""):
                    yield PageLink(target, Trust.STATED)
            return
        for node in page.css('link[rel~="next" i][href], a[rel~="next" i][href]')[:MAX_PAGE_LINKS]:
            if target := _joined(base, node.attributes.get("href") or ""):
                yield PageLink(target, Trust.REL_NEXT)
        stem = _stem(urls.canonical(url) or url)
        for node in page.css("a[href]")[:MAX_LINKS]:
            href = (node.attributes.get("href") or "").strip()
            if not (href.startswith("?") or stem in unquote(href) or RELATIVE_PAGE.fullmatch(href)):
                continue
            if target := _joined(base, href):
                yield _labelled(target, node)


def next_page(
    links: Sequence[PageLink], first: str, number: int, taken: Collection[str], urls: SiteUrls
) -> NextPage | None:
    """The page after page `number` of the article whose first page is at `first`, by the links on that page; None where
    none of them leads to one. `taken` are the addresses of the pages before.

    An address of the article with the next number is that of its next page, whoever links to it. Any other needs a link
    that says so. `rel=next` leads to the next story on many sites, and on through a list on others: it counts where the
    address goes on from the article's own, or is neither an article's nor a list's. The site's own selector counts
    whatever the address.
    """
    own = urls.read(first) or Address(first)
    article = own.canonical
    for link in sorted(links, key=lambda link: -link.trust):
        if link.url in taken or link.url in (first, article):
            continue
        address = urls.read(link.url)
        if address and address.canonical == article:
            # A parameter that the first page's address has may tell articles apart.
            is_of_it = link.trust is Trust.STATED or set(own.unknown) <= set(address.unknown)
            if is_of_it and _is_next(link, address, number):
                return NextPage(link.url, Certainty.CERTAIN)
        elif link.trust is Trust.STATED:
            is_article = address is not None and urls.is_article(address.canonical)
            return NextPage(link.url, Certainty.LIKELY if is_article else Certainty.CERTAIN)
        elif _goes_on(link, article, number):
            return NextPage(link.url, Certainty.LIKELY)
        elif link.trust is Trust.REL_NEXT and address and not _is_known_elsewhere(address.canonical, article, urls):
            return NextPage(link.url, Certainty.GUESS)
    return None


def _is_next(link: PageLink, address: Address, number: int) -> bool:
    """Whether an address of the article itself is that of the page after page `number`."""
    if address.page == number + 1:
        return True
    values = [value for key, value in parse_qsl(urlsplit(link.url).query) if not says_nothing(key, value)]
    if link.trust < Trust.LABEL or any(WHOLE_ARTICLE.fullmatch(value) for value in values):
        return False
    if link.trust is Trust.LABEL:  # a parameter of any name that counts as the label does: `?lembar=2`
        unknown = [(key, value) for key, value in address.unknown if not COMMENTS_KEY.search(key)]
        counted = [int(value) for _, value in unknown if value.isdecimal() and len(value) < 4]
        return link.number in (None, number + 1) and number + 1 in counted
    if link.trust is Trust.REL_NEXT:  # counted from 0, or in paragraphs
        return bool(values) or address.page > 1
    return True


def _goes_on(link: PageLink, article: str, number: int) -> bool:
    """Whether an address is the article's and more: with the next number for whoever says that it is a page,
    `/slug-2.html` of `/slug.html`; with anything for `rel=next`.
    """
    target, stem = urlsplit(link.url).path, _path_stem(article)
    if link.trust < Trust.LABEL or link.number not in (None, number + 1) or not target.startswith(stem):
        return False
    added = target[len(stem) :]
    if numbered := NUMBERED_ENDING.fullmatch(added):
        return int(numbered[1]) == number + 1
    return link.trust is Trust.REL_NEXT and re.match(r"[-_/][^/]", added) is not None


def _is_known_elsewhere(url: str, article: str, urls: SiteUrls) -> bool:
    """Whether an address is another article's, the home page's, or that of a list above the article."""
    path = urlsplit(url).path.rstrip("/")
    return urls.is_article(url) or urlsplit(article).path.startswith(path + "/") or LIST_PAGE.search(path) is not None


def is_further_page(url: str, article: str) -> bool:
    """Whether an address is that of a further page of `article`, by the number that it adds: `/slug-2.html`."""
    target, stem = urlsplit(url).path, _path_stem(article)
    added = NUMBERED_ENDING.fullmatch(target[len(stem) :]) if target.startswith(stem) else None
    return added is not None and int(added[1]) > 1


def _path_stem(url: str) -> str:
    """The path of an article without its slash or the file's ending."""
    return re.sub(r"(?:/|\.\w{3,5})$", "", urlsplit(url).path)


def _labelled(target: str, node: LexborNode) -> PageLink:
    label = (
        node.text(separator=" ", strip=True) or node.attributes.get("title") or node.attributes.get("aria-label") or ""
    )
    if len(label) <= MAX_LABEL_CHARS:
        if numbered := NUMBER_LABEL.fullmatch(label):
            return PageLink(target, Trust.LABEL, int(numbered[1]))
        if NEXT_LABEL.fullmatch(label):
            return PageLink(target, Trust.LABEL)
    return PageLink(target, Trust.ADDRESS)


def _joined(base: str, href: str) -> str | None:
    """The address that a page means, without its fragment; None where it is none."""
    address = joined(base, href) if href.strip() else None
    return urldefrag(address)[0] if address else None


def _stem(url: str) -> str:
    """What the addresses of an article's pages have in common: the last segment of its path, less a file's ending."""
    return re.sub(r"\.\w{3,5}$", "", unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2])
