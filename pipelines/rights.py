"""What may be kept of a page: the reservations that it states, in its HTTP headers and its markup.

Read from the bytes as they came, in time linear in their number, so that it can be done before anything of a page is
written down.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape

from pipelines.content_encoding import beginning

PRODUCT_TOKEN = "kliping"  # noqa: S105 - RFC 9309's word for the name that crawlers are addressed by

OUR_NAMES = (PRODUCT_TOKEN, "scrapy")
"""Names under which we are addressed: our own, and that of the tool we are made of."""

EVERYBODY = ("*", "robots")
"""What addresses all crawlers, in a header's prefix and as the name of a meta element."""

RESERVATIONS: Mapping[str, Sequence[str]] = {
    "noarchive": ("noarchive", "nocache", "none"),
    "noai": ("noai",),
    "noimageai": ("noimageai",),
}
"""Each reservation that is kept with a page, and the directives that state it; `nocache` is what Bing calls it."""

_WORDS = (
    *("all", "none", "index", "noindex", "follow", "nofollow", "archive", "noarchive", "cache", "nocache", "snippet"),
    *("nosnippet", "noimageindex", "imageindex", "nomediaindex", "notranslate", "translate", "odp", "noodp", "ydir"),
    *("noydir", "noai", "noimageai", "noml", "indexifembedded", "nositelinkssearchbox", "nopagereadaloud", "nopreview"),
)
DIRECTIVE = "|".join(sorted(_WORDS, key=len, reverse=True))
DIRECTIVES = re.compile(f"(?:{DIRECTIVE})+")
"""Directives of Google, Bing, Yandex and DeviantArt (their documentation, seen 2026-11); some write them as one word.
"""

VALUED_DIRECTIVE = re.compile(r"max-[a-z-]+|unavailable_after")
"""What stands before a colon without being a crawler's name. Its value is no directive (`max-image-preview:none`)."""

MAX_SCANNED_BYTES = 2 << 20
"""Of a page, from its beginning. Heads with their style sheets inside have a few hundred kB; the worst that we could
write costs 0.6 s of CPU."""

DATA_TYPE = re.compile(r"(?i)\s*(?:application|text)/(?!xhtml)[\w.+-]*(?:json|xml)|\s*(?:image|audio|video|font)/")
"""Content types whose bytes state nothing: what looks like a meta element in them is part of somebody's text."""

MAX_STATEMENT_CHARS = 4096
"""Of a directive list or an attribute. Honest ones have under two hundred."""

NOT_PLAIN = re.compile(r"[^\x21-\x7e]+|[\"'|]")
PARENTHESES = re.compile(r"\([^()]*\)")
WORD = re.compile(r"[^\s,;:]+|:")
NAME = re.compile(r"[a-z_-]+|\*")

TAG = re.compile(
    r"<(?:!--|(meta|script|style|textarea|title|xmp|iframe|noembed|noframes)(?=[\s/>]))", re.IGNORECASE | re.ASCII
)
"""Where a scan has to look closer: at a meta element, and at what hides markup from a browser's view."""

ATTRIBUTE = re.compile(r"""[\s/]*([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?""", re.ASCII)
COMMENT_END = re.compile(r"--!?>")


@dataclass(frozen=True, slots=True)
class Reservation:
    """What the W3C TDM Reservation Protocol says of a page: whether text and data mining is reserved, and under which
    policy (URL), None where none is stated.
    """

    is_reserved: bool
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class RightsPolicy:
    """What decides whether a response may be kept: the reservations that the site's policy refuses, and whether the
    site reserves the address from mining.
    """

    refuse: Collection[str] = ()
    is_mining_reserved: bool = False


KEEP_ALL = RightsPolicy()
"""Refuses nothing."""


def received_rights(
    headers: Iterable[tuple[bytes, bytes]], body: bytes, *, is_mining_reserved: bool = False
) -> tuple[str, ...]:
    """As `stated_rights`, of a response as it was received: header lines in order, the body still content-encoded."""
    by_name: dict[str, list[str]] = {}
    for name, value in headers:
        by_name.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    decoded = beginning(body, ",".join(by_name.get("content-encoding", ())), MAX_SCANNED_BYTES)
    return stated_rights(by_name, decoded, is_mining_reserved=is_mining_reserved)


def stated_rights(
    headers: Mapping[str, Sequence[str]], body: bytes, *, is_mining_reserved: bool = False
) -> tuple[str, ...]:
    """What a page reserves: 'noarchive', 'noai', 'noimageai' (X-Robots-Tag, robots meta; 'none' is noarchive as well)
    and 'tdm-reservation' (W3C TDM Reservation Protocol: what the site's file says, `is_mining_reserved`, overridden by
    the HTTP header, overridden by the page's meta).

    `headers` have lower-case names; `body` is content-decoded; of a feed or other data the headers alone count.
    Directives for all crawlers and those for us add up, as Google's and Bing's crawlers read them.
    """
    directives: set[str] = set()
    for line in headers.get("x-robots-tag", ()):
        directives |= _directives(line, may_name_crawlers=True)
    mining = headers.get("tdm-reservation", ())
    stated_by_page = []
    is_data = DATA_TYPE.match((headers.get("content-type") or ("",))[-1])
    for name, content in _metas(b"" if is_data else body[:MAX_SCANNED_BYTES]):
        if name == "x-robots-tag":
            directives |= _directives(content, may_name_crawlers=True)
        elif name == "tdm-reservation":
            stated_by_page.append(content)
        elif any(_is_us(word) for word in re.split(r"[\s,;]+", name)):
            directives |= _directives(content, may_name_crawlers=False)
    stated = [right for right, words in RESERVATIONS.items() if not directives.isdisjoint(words)]
    said = stated_by_page or mining
    if any(_is_one(value) for value in said) if said else is_mining_reserved:
        stated.append("tdm-reservation")
    return tuple(stated)


def _is_one(value: str) -> bool:
    return "1" in re.split(r"[\s,;\"']+", value)


def _directives(stated: str, *, may_name_crawlers: bool) -> set[str]:
    """The directives in `stated` that are for us, parted by commas, blanks or nothing at all.

    With `may_name_crawlers` a name and a colon address the directives that follow, up to the next name
    ('otherbot: noindex, kliping: noarchive'), as Google's X-Robots-Tag has it. A name is what stands before a colon
    and a directive: so values of directives that we do not know are not taken for one.
    """
    plain = NOT_PLAIN.sub(" ", PARENTHESES.sub(" ", stated[:MAX_STATEMENT_CHARS])).lower()
    words = WORD.findall(plain.replace("no-", "no"))
    found: set[str] = set()
    to_us, is_value = True, False
    for number, word in enumerate(words):
        is_labelled = words[number + 1 : number + 2] == [":"]
        if word == ":":
            continue
        if is_value:
            is_value = False
        elif VALUED_DIRECTIVE.fullmatch(word):
            is_value = is_labelled
        elif DIRECTIVES.fullmatch(word):
            if to_us:
                found.update(re.findall(DIRECTIVE, word))
        elif is_labelled and may_name_crawlers and _begins_directives(words[number + 2 : number + 3]):
            to_us = _is_us(word)
    return found


def _begins_directives(words: Sequence[str]) -> bool:
    return any(DIRECTIVES.fullmatch(word) or VALUED_DIRECTIVE.fullmatch(word) for word in words)


def _is_us(name: str) -> bool:
    """Whether a crawler's name in lower case, with or without a version, is ours or everybody's."""
    token = NAME.match(name)
    return token is not None and token[0] in (*OUR_NAMES, *EVERYBODY)


def _metas(body: bytes) -> Iterator[tuple[str, str]]:
    """Name (lower case) and content of each meta element of a page, wherever it stands, but for those in comments,
    scripts and other elements whose content is not markup.
    """
    # All names are ASCII: without its NULs, UTF-16 reads as it.
    page = body.replace(b"\0", b"").decode("latin-1")
    at = 0
    while tag := TAG.search(page, at):
        at = tag.end()
        element = (tag[1] or "").lower()
        if element == "meta":
            attributes: dict[str, str] = {}
            while attribute := ATTRIBUTE.match(page, at):
                at = attribute.end()
                name, *values = attribute.groups()
                attributes.setdefault(name.lower(), next((value for value in values if value is not None), ""))
            names = (attributes[key] for key in ("name", "http-equiv", "property") if key in attributes)
            for stated in names:
                yield _text(stated).strip().lower(), _text(attributes.get("content", ""))
            continue
        # An empty comment ends with the dashes that it begins with.
        end = re.compile(rf"</{element}(?=[\s/>])", re.IGNORECASE) if element else COMMENT_END
        found = end.search(page, at if element else at - 2)
        if found is None:
            return
        at = found.end()


def _text(attribute: str) -> str:
    return unescape(attribute[:MAX_STATEMENT_CHARS])
