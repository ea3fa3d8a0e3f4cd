"""One URL for one article: which addresses are a site's, and which of an article's many addresses we keep."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser
from w3lib.url import canonicalize_url

MAX_URL_LENGTH = 2048
"""The sitemap protocol's own limit; longer ones are traps or broken links."""

DEFAULT_PORTS = {"http": 80, "https": 443}

MOBILE_PREFIXES = ("m.", "amp.", "mobile.", "www.")
"""Host prefixes of mobile and other twins of a site; tried only where the host itself is not the site's."""

TRACKING = re.compile(
    r"(?i)(utm_.+|fbclid|gclid|dclid|yclid|msclkid|igshid|igsh|mc_[ce]id|_ga|_gl|jxrecoid|jxn|jxcampaignid|jxkit|ref|ref_src"
    r"|source|campaign|cmpid|ocid|s_kwcid|spm|share|tag_from|embed|dt_from|amp|output|outputtype)"
)
"""Query parameters that say where a reader came from or how a page is shown, never which article it is. `jx…` is the
recommendation widget of several Indonesian portals, `tag_from` and `dt_from` are detik's."""


@dataclass(frozen=True)
class SiteUrls:
    """The addresses of one site.

    `home` is the home page. `hosts` are the hosts (with port where it is not the scheme's) whose pages are the site's
    articles; `source_hosts` serve its feeds and sitemaps only. `article_url` is searched in canonical URLs. `page_keys`
    are query parameters that choose an article's page or its one-page form, `one_page_suffix` is the path that does.
    """

    home: str
    hosts: frozenset[str]
    article_url: re.Pattern[str]
    source_hosts: frozenset[str] = frozenset()
    page_keys: frozenset[str] = frozenset()
    one_page_suffix: str = ""
    trailing_slash: bool = False

    def canonical(self, url: str) -> str | None:
        """The one URL of the article that `url` leads to, None where `url` is not a web address of the site.

        Tracking and paging parameters, fragments, AMP and mobile forms go; scheme and trailing slash become the site's.
        """
        return self._split_page(url)[0]

    def page_number(self, url: str) -> int:
        """Which page of an article `url` shows, 1 where it does not say."""
        return self._split_page(url)[1]

    def is_article(self, canonical: str) -> bool:
        return self.article_url.search(canonical) is not None

    def article(self, url: str) -> str | None:
        """The canonical URL of `url` if it is one of the site's articles, else None."""
        canonical = self.canonical(url)
        return canonical if canonical and self.is_article(canonical) else None

    def may_fetch(self, url: str) -> bool:
        """Whether `url` is on one of the site's hosts, those of its sources included."""
        parts = _web_address(url)
        return parts is not None and self._known_host(parts, self.hosts | self.source_hosts) is not None

    def _split_page(self, url: str) -> tuple[str | None, int]:
        parts = _web_address(url)
        host = parts and self._known_host(parts, self.hosts)
        if not parts or not host:
            return None, 1
        query = parse_qsl(parts.query, keep_blank_values=True)
        numbers = [int(value) for key, value in query if key in self.page_keys and value.isdecimal() and len(value) < 4]
        kept = [(key, value) for key, value in query if key not in self.page_keys and not TRACKING.fullmatch(key)]
        path, number = self._split_path(_without_amp(re.sub(r"/{2,}", "/", parts.path or "/")))
        scheme = self._home.scheme if host == self._home.netloc or parts.port is None else parts.scheme
        bare = urlunsplit((scheme, host, self._slashed(path), urlencode(kept), ""))
        return canonicalize_url(bare, keep_blank_values=True), numbers[0] if numbers else number

    def _split_path(self, path: str) -> tuple[str, int]:
        """The path of an article without its page number or one-page suffix: `/d-7/slug/2` -> `/d-7/slug`, 2."""
        if self.one_page_suffix and path.rstrip("/").endswith(self.one_page_suffix):
            return path.rstrip("/").removesuffix(self.one_page_suffix), 1
        if numbered := re.fullmatch(r"(.+?)/(\d{1,2})/?", path):
            first = self._slashed(numbered[1])
            if self.article_url.search(urlunsplit((self._home.scheme, self._home.netloc, first, "", ""))):
                return first, int(numbered[2])
        return path, 1

    def _slashed(self, path: str) -> str:
        path = path.rstrip("/")
        is_file = "." in path.rpartition("/")[2]
        return path + "/" if not path or (self.trailing_slash and not is_file) else path

    def _known_host(self, parts: SplitResult, known: frozenset[str]) -> str | None:
        """The host of `known` that serves this address, by its own name or by that of its desktop or mobile twin."""
        netloc = _netloc(parts)
        bare = next((netloc.removeprefix(prefix) for prefix in MOBILE_PREFIXES if netloc.startswith(prefix)), netloc)
        return next((host for host in (netloc, bare, f"www.{bare}") if host in known), None)

    @cached_property
    def _home(self) -> SplitResult:
        return urlsplit(self.home)


def host_of(url: str) -> str:
    """Host of an absolute URL, lower case, with its port where that is not the scheme's own."""
    return _netloc(urlsplit(url))


def origin_of(url: str) -> str:
    """Scheme and host of an absolute URL, as robots.txt counts them: 'https://kabar.example'."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _netloc(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    return host if parts.port in (None, DEFAULT_PORTS.get(parts.scheme)) else f"{host}:{parts.port}"


def _web_address(url: str) -> SplitResult | None:
    """`url` in parts if it is an http(s) address without credentials, of sane length; else None."""
    url = url.strip()
    if len(url) > MAX_URL_LENGTH:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in DEFAULT_PORTS and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def _without_amp(path: str) -> str:
    """`/amp/read/7` and `/read/7/amp/` -> `/read/7`."""
    path = re.sub(r"^/amp(?=/.)", "", path)
    return re.sub(r"(?<=.)/amp/?$", "", path)


def stated_canonical(page: LexborHTMLParser, url: str, urls: SiteUrls) -> str | None:
    """The article URL that the page at `url` states for itself, `rel=canonical` before `og:url`.

    None where it states none that can be believed: it is on another host, or no article's, such as the home page's.
    """
    return next((article for href in _stated(page) if (article := urls.article(urljoin(url, href)))), None)


def _stated(page: LexborHTMLParser) -> Iterator[str]:
    for selector, attribute in (('link[rel~="canonical"]', "href"), ('meta[property="og:url"]', "content")):
        for node in page.css(selector):
            if value := node.attributes.get(attribute):
                yield value
