"""What pages and addresses give away of a site that nobody has described yet: its name, feeds and article URLs.

Everything here is pure. What it finds is a first guess, for a person to look at.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser

from pipelines.web_address import joined
from spiders.platforms import wordpress

FEED_LINK = 'link[rel~="alternate"][type*="rss"], link[rel~="alternate"][type*="atom"]'
TITLE_PARTS = re.compile(r"\s+[|–—·:»-]\s+")

SECONDS_PER_DAY = 86_400.0
"""Seconds."""


def title_of(home: LexborHTMLParser, article: LexborHTMLParser, host: str) -> str:
    """The site's name: `og:site_name` of its home page or an article, else the part that their titles have in common,
    else the shortest part of the home page's title, else `host`.
    """
    for page in (home, article):
        named = page.css_first('meta[property="og:site_name"]')
        if named and (name := " ".join((named.attributes.get("content") or "").split())):
            return name
    parts, others = _title_parts(home), _title_parts(article)
    return next((part for part in parts if part in others), min(parts, key=len, default=host))


def _title_parts(page: LexborHTMLParser) -> list[str]:
    titled = page.css_first("head > title")
    return [part for part in TITLE_PARTS.split(" ".join(titled.text().split())) if part] if titled else []


def stated_feeds(page: LexborHTMLParser, url: str) -> list[str]:
    """Feeds that the page at `url` links to, those of comments left out."""
    links = (joined(url, node.attributes.get("href") or "") for node in page.css(FEED_LINK))
    return list(dict.fromkeys(link for link in links if link and "/comments/" not in link))


def per_day(dates: Sequence[datetime]) -> float | None:
    """Articles a day, by the publication dates that one source states; None where they span too little to say."""
    if len(dates) < 3:
        return None
    days = (max(dates) - min(dates)).total_seconds() / SECONDS_PER_DAY
    return (len(dates) - 1) / days if days >= 0.1 else None


def expected_range(rate: float | None) -> tuple[int, int]:
    """A first (least, most) of articles a day around `rate`: weekends bring a third, great days four times as many. A
    site with one a day is expected to have one: a least of none never fails."""
    if rate is None:
        return 0, 100
    return max(math.floor(rate / 4), min(1, math.floor(rate))), max(10, math.ceil(rate * 4))


@dataclass(frozen=True, slots=True)
class ArticlePattern:
    """The form of a site's article URLs: `regex` as Site.article_url has it, over URLs on `host`.

    `share` is that of the URLs learned from which it matches, 0 to 1.
    """

    regex: str
    host: str
    trailing_slash: bool
    share: float


WORD = "word"
SLUG = "slug"
NUMBER = r"\d+"
YEAR = r"\d{4}"
PART = r"\d\d"
"""Forms of a segment; PART is a month or day."""

LISTS = re.compile(rf"/(?:(?:{wordpress.ARCHIVES}|indeks|index|rss|sitemap)(?:/|$)|{wordpress.PAGES}/?$)")
"""Paths of pages that list articles, or say who makes them: links to them stand beside those to articles."""

MAX_FORMS = 3
"""Forms of address that one site uses side by side; more is a sign that the URLs are not articles' alone."""

MIN_SHARE = 0.1
"""Share of the URLs below which a form is an exception, such as a page of the imprint in the sitemap."""

MIN_IDENTIFIED_SHARE = 0.8
"""Share of last segments that must end with an identifier for it to be one: now and then a headline does by chance."""

MIN_COVERED_SHARE = 0.95
"""Share of the URLs that the forms have to explain."""


@dataclass(frozen=True, slots=True)
class _Address:
    """A URL path in segments, and the form of each: a regular expression, WORD or SLUG."""

    segments: tuple[str, ...]
    forms: tuple[str, ...]

    @property
    def is_list(self) -> bool:
        """Whether nothing in it singles an article out: words alone, as in `/tekno/gadget`."""
        return all(form == WORD for form in self.forms)


def desk_of(url: str) -> str:
    """The path under which the desk lies whose front page or index `url` is, '/' where it is the site's own."""
    first = urlsplit(url).path.strip("/").partition("/")[0]
    return "/" if not first or LISTS.match(f"/{first}/") else f"/{first}/"


def article_pattern(urls: Iterable[str], host: str, desk: str = "/") -> ArticlePattern | None:
    """The form that the article URLs among `urls` share; None where they share none.

    Those on `host` are looked at, or on the commonest host where none is on it. Where some lie under the path `desk`,
    they alone count: the site's other desks are not wanted.
    """
    parts = [urlsplit(url) for url in dict.fromkeys(urls)]
    hosts = Counter(part.netloc for part in parts)
    if not hosts:
        return None
    host = host if host in hosts else hosts.most_common(1)[0][0]
    paths = [part.path for part in parts if part.netloc == host and not part.query]
    paths = [path for path in paths if not LISTS.match(path)]
    paths = [path for path in paths if path.startswith(desk) and path.rstrip("/") != desk.rstrip("/")] or paths
    forms = _forms(paths, identified=True)
    if not forms or _ending_with_id(forms) < MIN_IDENTIFIED_SHARE * len(forms):
        forms = _forms(paths, identified=False)
    if not forms:
        return None
    chosen, covered = _common(forms)
    slashed = sum(path.endswith("/") for path in paths) * 2 > len(paths)
    known = [address for address in forms if address.forms in chosen]
    bodies = [_regex([address for address in known if address.forms == form], known) for form in chosen]
    body = bodies[0] if len(bodies) == 1 else f"(?:{'|'.join(bodies)})"
    regex = f"^{parts[0].scheme}://{literal(host)}/{body}{'/' if slashed else ''}$"
    return ArticlePattern(regex, host, slashed, covered / len(forms))


def _forms(paths: Iterable[str], *, identified: bool) -> list[_Address]:
    found = []
    for path in paths:
        segments = tuple(unquote(path).strip("/").split("/"))
        last = len(segments) - 1
        forms = [_form(s, last=n == last, identified=identified) for n, s in enumerate(segments)]
        for number, segment in enumerate(segments):
            is_part = forms[:number][-1:] == [YEAR] or forms[:number][-2:] == [YEAR, PART]
            if is_part and re.fullmatch(r"\d\d", segment):
                forms[number] = PART
        found.append(_Address(segments, tuple(forms)))
    return [address for address in found if not address.is_list]


def _form(segment: str, *, last: bool, identified: bool) -> str:
    """The form of one segment of a path; `identified` lets an identifier at a slug's end count as one."""
    stem, dot, suffix = segment.rpartition(".")
    if dot and last and suffix in ("html", "htm", "php"):
        return f"{_expression(_form(stem, last=True, identified=identified))}\\.{suffix}"
    if segment.isdecimal():
        return YEAR if re.fullmatch(r"(?:19|20)\d\d", segment) else NUMBER
    if prefixed := re.fullmatch(r"([a-z]{1,4})(-?)\d{3,}", segment):
        return rf"{prefixed[1]}{prefixed[2]}\d+"
    if re.fullmatch(r"\d{3,}(?:-\d+)+", segment):
        return r"\d+(?:-\d+)+"
    if re.fullmatch(r"\d{4,}-.+", segment):
        return r"\d+-[\w%-]+"
    if last and identified and (ending := re.fullmatch(r".+-(?:(\d{5,})|(?=[a-zA-Z]*\d)([0-9A-Za-z]{4,12}))", segment)):
        return r"[\w%-]+-\d+" if ending[1] else rf"[\w%-]+-[0-9A-Za-z]{{{len(ending[2])}}}"
    if re.fullmatch(r"(?=.*\d.*\d)(?=.*[a-z])[0-9a-zA-Z]{6,}", segment):
        return r"[0-9A-Za-z]+"
    return SLUG if last and "-" in segment else WORD


def _ending_with_id(forms: Sequence[_Address]) -> int:
    return sum(address.forms[-1].startswith(r"[\w%-]+-") for address in forms)


def _common(addresses: Sequence[_Address]) -> tuple[list[tuple[str, ...]], int]:
    """The commonest forms, and how many of the addresses have one of them."""
    chosen: list[tuple[str, ...]] = []
    covered = 0
    for form, count in Counter(address.forms for address in addresses).most_common(MAX_FORMS):
        if chosen and (count < MIN_SHARE * len(addresses) or covered >= MIN_COVERED_SHARE * len(addresses)):
            break
        chosen.append(form)
        covered += count
    return chosen, covered


def _regex(addresses: Sequence[_Address], known: Sequence[_Address]) -> str:
    """One expression for addresses of one form: a word that all `known` ones have in its place stands as it is."""
    forms = addresses[0].forms
    is_numbered = any("d" in form for form in forms if form not in (WORD, SLUG))
    parts = []
    for number, form in enumerate(forms):
        segments = {address.segments[number] for address in addresses}
        if form == WORD:
            words = {address.segments[number] for address in known if len(address.segments) > number}
            parts.append(literal(words.pop()) if len(words) == 1 and len(known) > 1 else r"[\w-]+")
        elif form == SLUG and not is_numbered:
            hyphens = min(segment.count("-") for segment in segments)
            parts.append(rf"[\w%]+(?:-[\w%]+){{{min(hyphens, 2)},}}")
        else:
            parts.append(_expression(form))
    return "/".join(parts)


def _expression(form: str) -> str:
    return r"[\w%-]+" if form in (SLUG, WORD) else form


def literal(text: str) -> str:
    """`text` as a regular expression that matches it, hyphens as they are."""
    return re.escape(text).replace(r"\-", "-")
