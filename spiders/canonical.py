"""One URL for one article: which addresses are a site's, and which of an article's many addresses we keep."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from selectolax.lexbor import LexborHTMLParser
from w3lib.url import canonicalize_url

from pipelines.storable_text import storable
from pipelines.web_address import joined

MAX_URL_LENGTH = 2048
"""The sitemap protocol's own limit; longer ones are traps or broken links."""

REMEMBERED_ADDRESSES = 100
"""Of which it is known what they say: a page's own is asked for six times while it is looked at."""

MAX_STATED_ADDRESSES = 20
"""Of those that a page states for itself in one way. Two are seen where a plugin and a template each state one."""

DEFAULT_PORTS = {"http": 80, "https": 443}

MOBILE_PREFIXES = ("m.", "amp.", "mobile.", "www.")
"""Host prefixes of mobile and other twins of a site; tried only where the host itself is not the site's."""

FORMER_TRACKING = re.compile(
    r"(?i)(utm_.+|fbclid|gclid|dclid|yclid|msclkid|igshid|igsh|mc_[ce]id|_ga|_gl|jxrecoid|jxn|jxcampaignid|jxkit|ref|ref_src"
    r"|source|campaign|cmpid|ocid|s_kwcid|spm|share|tag_from|embed|dt_from|amp|output|outputtype)"
)
"""What version 1.0 took for TRACKING: other parameters are part of the URLs under which it archived articles."""

TRACKING = re.compile(
    rf"(?i)({FORMER_TRACKING.pattern.removeprefix('(?i)')}|srsltid|gad_.+|[gw]braid|twclid|ttclid|li_fat_id|mibextid|mkt_tok"
    r"|_hs(?:enc|mi)|hsa_.+|__twitter_impression|ref_url|trk|xtor|ns_.+|vero_.+|mtype|tagfrom|lgn_method|google_btn"
    r"|zoom_infografis|medium|gaa_.+|s_cid)"
)
"""Query parameters that say where a reader came from or how a page is shown, never which article it is. `jx…` is the
recommendation widget of several Indonesian portals; `tag_from`, `dt_from` and `mtype` are the detik network's,
`lgn_method` and `google_btn` Kompas's (seen 2026-07)."""

SESSION = re.compile(r"(?i)(php|asp|j)?sess(ion)?_?(id)?|phpsessid|aspsessionid\w*|cfid|cftoken|zenid|oscsid")
"""Query and path parameters that number a visitor."""

SHORT_SESSION = re.compile(r"(?i)s?sid")
"""Such a parameter too where its value is not a plain number, which may be an article's."""

PAGE_KEYS = frozenset(
    ("page", "halaman", "hal", "laman", "lembar", "pg", "paged", "page_num", "pagenum", "p", "part", "bagian")
)
"""Query parameters by which sites number the pages of an article, or ask for all of them on one. They are taken for
such only behind an article's address: `/?p=7` is an article of WordPress."""

PAGE_WORD = r"(?:page|halaman|hal|laman)"
NUMBERED_TAIL = re.compile(rf"(?i)(.+?)/(?:{PAGE_WORD}[/-]?|p|part[/-]?|bagian[/-]?)?(\d{{1,2}})(\.\w{{3,5}})?/?$")
"""Path of a further page: `/slug/2`, `/slug/page/2/`, `/slug/halaman-2`, `/slug/2.html`."""

NUMBERED_SLUG = re.compile(rf"(?i)(.+?)[-_]{PAGE_WORD}[-_]?(\d{{1,2}})(\.\w{{3,5}}|/)?$")
"""The same within the last segment: `/slug-halaman-2`, `/slug-page-2.html`."""

FORM_TAIL = re.compile(r"(?i)(.+?)/(?:all|full|print|cetak|index\.(?:html?|php)|(?:page|halaman)/all)/?$")
"""Path of another form of the same article."""

OTHER_TAIL = re.compile(
    r"(?i)/(?:feed|rss|atom|embed|attachment|trackback|comments?|comment-page-\d+|komentar|tag|author)(?:/|$)"
)
"""Path of what stands below an article and does not show it: its comments, a picture of it, a feed."""

FILE_ENDING = re.compile(r"(?i)\.(?:s?html?|xhtml|php\d?|aspx?|jspx?|cfm|cgi|xml|pdf|jpe?g|png|gif|webp)$")
"""Last segment of a path that is a file, and never has a slash behind it. Other dots are of the headline: `v1.5`."""

MIN_ID_DIGITS = 4
"""Digits of an address in one run that tell an article's number or date from a section's name."""

MAX_UNKNOWN_TAIL_SEGMENTS = 2
"""Segments behind the address of a numbered article that are taken for a form of it."""

MISPLACED_QUERY = re.compile(r"(?i)(?:&amp;|&|%3F|%26)(?=[\w.-]{1,40}(?:=|%3D))")
"""Where a query begins in a path that has no question mark, or an escaped one."""

PATH_PARAMETERS = re.compile(r";[^/]*")
"""Parameters of a path's segment (RFC 3986, 3.3), such as `;jsessionid=1A`: no news site names articles by them."""

ESCAPED_BLANKS = re.compile(r"(?i)(?:%(?:20|09|0a|0d|00|c2%a0|e2%80%8[b-f])|\s|[\u200b-\u200f\u00a0])+(?=/?$)")
"""White space, visible or not, that was copied behind an address."""


@dataclass(frozen=True, slots=True)
class Address:
    """What an address says: the article's URL `canonical`, the number of the `page` it shows, and the `unknown`
    parameters that it has besides, of which nobody has said whether they tell articles apart.
    """

    canonical: str
    page: int = 1
    unknown: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SiteUrls:
    """The addresses of one site.

    `home` is the home page. `hosts` are the hosts (with port where it is not the scheme's) whose pages are the site's
    articles; `source_hosts` serve its feeds and sitemaps only. `article_url` is searched in canonical URLs. `page_keys`
    are query parameters that choose an article's page or its one-page form, `one_page_suffix` is the path that does.
    `identifying_keys` are the query parameters that tell articles apart; None takes any for such. `form_segments` are
    segments of a path that only other forms of an article have, as AMP pages have 'amp'.
    """

    home: str
    hosts: frozenset[str]
    article_url: re.Pattern[str]
    source_hosts: frozenset[str] = frozenset()
    page_keys: frozenset[str] = frozenset()
    one_page_suffix: str = ""
    trailing_slash: bool = False
    identifying_keys: frozenset[str] | None = frozenset()
    form_segments: tuple[str, ...] = ()

    def canonical(self, url: str) -> str | None:
        """The one URL of the article that `url` leads to, None where `url` is not a web address of the site.

        Tracking and paging parameters, session ids, fragments, AMP, mobile and other forms go; scheme and trailing
        slash become the site's. An article's address loses all parameters but the identifying ones.
        """
        address = self.read(url)
        return address.canonical if address else None

    def page_number(self, url: str) -> int:
        """Which page of an article `url` shows, 1 where it does not say."""
        address = self.read(url)
        return address.page if address else 1

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

    def read(self, url: str) -> Address | None:
        """What `url` says, None where it is not a web address of the site."""
        return self._read_lately(url)

    @cached_property
    def _read_lately(self) -> Callable[[str], Address | None]:
        return lru_cache(REMEMBERED_ADDRESSES)(self._read)

    def _read(self, url: str) -> Address | None:
        parts = _web_address(url)
        origin = self._origin(parts) if parts else None
        if not parts or not origin:
            return None
        path, misplaced = _repaired(parts.path)
        pairs = parse_qsl(f"{misplaced}&{parts.query}", keep_blank_values=True)
        stated = [(_bare_key(key), value.rstrip("/")) for key, value in pairs]
        identifying = self.identifying_keys or frozenset()
        query = [(key, value) for key, value in stated if key in identifying or not says_nothing(key, value)]
        kept = [(key, value) for key, value in query if key not in self.page_keys]
        needed = [(key, value) for key, value in kept if key in identifying]
        path, number = self._article_path(path, lambda path: self.is_article(self._url(origin, path, needed)))
        bare = self._url(origin, path, needed)
        is_article = path != "/" and self.is_article(bare)
        paging = (self.page_keys | (PAGE_KEYS if is_article else frozenset())) - identifying
        unknown = [pair for pair in kept if pair not in needed and pair[0].lower() not in paging]
        if self.identifying_keys is None or not is_article:
            bare, unknown = self._url(origin, path, [*needed, *unknown]), []
        numbers = [int(value) for key, value in query if key.lower() in paging and value.isdecimal() and len(value) < 4]
        return Address(bare, numbers[0] if numbers else number, tuple(unknown))

    def with_unknown(self, address: Address) -> str | None:
        """The address with its unknown parameters, in case that they count; None where it has none."""
        if not address.unknown:
            return None
        parts = urlsplit(address.canonical)
        known = parse_qsl(parts.query, keep_blank_values=True)
        return self._url(f"{parts.scheme}://{parts.netloc}", parts.path, [*known, *address.unknown])

    def former(self, url: str) -> str | None:
        """The URL under which version 1.0 archived the article at `url`: with all parameters that it did not take for
        tracking, and with forms of the path that it did not know.
        """
        parts = _web_address(url)
        origin = self._origin(parts) if parts else None
        if not parts or not origin:
            return None
        query = parse_qsl(parts.query, keep_blank_values=True)
        kept = [(k, v) for k, v in query if k not in self.page_keys and not FORMER_TRACKING.fullmatch(k)]
        path = re.sub(r"^/amp(?=/.)|(?<=.)/amp/?$", "", re.sub(r"/{2,}", "/", parts.path or "/"))
        return self._url(origin, path, kept)

    def _url(self, origin: str, path: str, query: Sequence[tuple[str, str]]) -> str:
        return canonicalize_url(f"{origin}{self._slashed(path)}?{urlencode(query)}", keep_blank_values=True)

    def _article_path(self, path: str, is_article: Callable[[str], bool]) -> tuple[str, int]:
        """The path of an article, and the number of the page: `/d-7/slug/2` -> `/d-7/slug`, 2."""
        suffix = self.one_page_suffix
        if suffix and path.rstrip("/").lower().endswith(suffix.lower()):
            path = path.rstrip("/")[: -len(suffix)]
        path = re.sub(r"(?i)^/amp(?=/.)", "", path)
        path = re.sub(r"(?i)(?<=.)(?:/amp|\.amp)(?:/|(\.html))?$", r"\1", path)
        inner = re.sub(rf"(?i)/(?:{'|'.join(map(re.escape, ('amp', *self.form_segments)))})(?=/)", "", path)
        if inner != path and is_article(inner):
            path = inner
        number = 1
        while form := next(_forms(path, is_article), None):
            path, number = form[0], max(number, form[1])
        if not is_article(path):
            path = next(_numbered_ancestors(path, is_article), path)
        return path, number

    def _slashed(self, path: str) -> str:
        path = path.rstrip("/")
        is_file = FILE_ENDING.search(path) is not None
        return path + "/" if not path or (self.trailing_slash and not is_file) else path

    def _origin(self, parts: SplitResult) -> str | None:
        """Scheme and host under which the site's articles at an address stand; None where it is not the site's."""
        host = self._known_host(parts, self.hosts)
        if host is None:
            return None
        scheme = self._home.scheme if host == self._home.netloc or parts.port is None else parts.scheme
        return f"{scheme}://{host}"

    def _known_host(self, parts: SplitResult, known: frozenset[str]) -> str | None:
        """The host of `known` that serves this address, by its own name or by that of its desktop or mobile twin."""
        netloc = _netloc(parts)
        bare = next((netloc.removeprefix(prefix) for prefix in MOBILE_PREFIXES if netloc.startswith(prefix)), netloc)
        return next((host for host in (netloc, bare, f"www.{bare}") if host in known), None)

    @cached_property
    def _home(self) -> SplitResult:
        return urlsplit(self.home)


def _forms(path: str, is_article: Callable[[str], bool]) -> Iterator[tuple[str, int]]:
    """The path of the article of which `path` is a further page or another form, with the page's number."""
    for pattern in (NUMBERED_TAIL, NUMBERED_SLUG):
        if numbered := pattern.fullmatch(path):
            ending = (numbered[3] or "").rstrip("/")
            firsts = (numbered[1], numbered[1] + ending) if pattern is NUMBERED_TAIL else (numbered[1] + ending,)
            yield from ((first, int(numbered[2])) for first in firsts if is_article(first))
    if (form := FORM_TAIL.fullmatch(path)) and is_article(form[1]):
        yield form[1], 1


def _numbered_ancestors(path: str, is_article: Callable[[str], bool]) -> Iterator[str]:
    """The address of a numbered article above `path`, which is then taken for a form of it."""
    if OTHER_TAIL.search(path):
        return
    for _ in range(MAX_UNKNOWN_TAIL_SEGMENTS):
        path = path.rstrip("/").rpartition("/")[0]
        if re.search(rf"\d{{{MIN_ID_DIGITS}}}", path) and is_article(path):
            yield path


def _repaired(path: str) -> tuple[str, str]:
    """A path without what does not belong there, and the query that stood in it."""
    path, *query = MISPLACED_QUERY.split(path or "/", maxsplit=1)
    path = re.split(r"(?i)%23", path, maxsplit=1)[0]
    path = ESCAPED_BLANKS.sub("", PATH_PARAMETERS.sub("", path))
    return re.sub(r"(?:/\.?(?=/))+|/\.$", "", path) or "/", "".join(query).replace("%3D", "=").replace("%26", "&")


def _bare_key(key: str) -> str:
    """A parameter's name without what a doubly escaped ampersand has left before it."""
    return re.sub(r"(?i)^(?:amp;|#038;)+", "", key)


def says_nothing(key: str, value: str) -> bool:
    """Whether a parameter tells where a reader came from, or who the reader is."""
    if TRACKING.fullmatch(key) or SESSION.fullmatch(key) or not key:
        return True
    return SHORT_SESSION.fullmatch(key) is not None and not value.isdecimal()


def host_of(url: str) -> str:
    """Host of an absolute URL, lower case, with its port where that is not the scheme's own."""
    return _netloc(urlsplit(url))


def origin_of(url: str) -> str:
    """Scheme and host of an absolute URL, as robots.txt counts them: 'https://kabar.example'."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _netloc(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    return host if parts.port in (None, *DEFAULT_PORTS.values()) else f"{host}:{parts.port}"


def _web_address(url: str) -> SplitResult | None:
    """`url` in parts if it is an http(s) address without credentials, of sane length; else None."""
    url = url.strip()
    if len(url) > MAX_URL_LENGTH or storable(url) != url:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in DEFAULT_PORTS and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


IMPOSSIBLE_CHARACTERS = re.compile(
    r"[\x00-\x20\x7f-\x9f\ufffd<>\"'`{}|\\^]|(?i:%00|%EF%BF%BD|%7B%7B)|,(?=\s*https?:)|.:/"
)
"""What no address of an article has in it: controls, blanks, characters that were lost, marks of a template that was
not filled in, a second address."""


def stated_canonical(page: LexborHTMLParser, url: str, urls: SiteUrls) -> str | None:
    """The article URL that the page at `url` states for itself, `rel=canonical` before `og:url`.

    None where it states none that can be believed: it is damaged, on another host, not an article's, such as the home
    page's, or one of several. RFC 6596 has one canonical link a page; a relative one begins with a slash, for one
    without is in practice an address that lost its scheme.
    """
    for selector, attribute in (('link[rel~="canonical" i]', "href"), ('meta[property="og:url" i]', "content")):
        stated = {
            value.strip()
            for node in page.css(selector)[:MAX_STATED_ADDRESSES]
            if (value := node.attributes.get(attribute) or "").strip()
        }
        articles = {_believable(value, url, urls) for value in stated}
        if len(articles) == 1 and (article := articles.pop()):
            return article
    return None


def _believable(stated: str, url: str, urls: SiteUrls) -> str | None:
    """The article URL that a page at `url` means by an address, None where it cannot mean one."""
    scheme, mark, rest = stated.partition("://")
    is_whole = scheme.lower() in DEFAULT_PORTS if mark else stated.startswith("/")
    if not is_whole:
        return None
    if IMPOSSIBLE_CHARACTERS.search(rest if mark else stated):
        return None
    address = joined(url, stated)
    article = urls.article(address) if address else None
    return None if article == urls.canonical(urls.home) else article
