"""What may be kept of a page: the reservations that it states, in its HTTP headers and its markup."""

from collections.abc import Mapping, Sequence

from selectolax.lexbor import LexborHTMLParser

PRODUCT_TOKEN = "kliping"  # noqa: S105 - RFC 9309's word for the name that crawlers are addressed by

RIGHTS_WORDS = ("noarchive", "noai", "noimageai")
RIGHTS_META = ("robots", PRODUCT_TOKEN)


def stated_rights(headers: Mapping[str, Sequence[str]], page: LexborHTMLParser) -> tuple[str, ...]:
    """What a page reserves: 'noarchive', 'noai', 'noimageai' (X-Robots-Tag, robots meta; 'none' is noarchive as well)
    and 'tdm-reservation' (W3C TDM Reservation Protocol: HTTP header, overridden by the page's meta). Names in `headers`
    are lower case.
    """
    lines = list(headers.get("x-robots-tag", ()))
    reservation = (headers.get("tdm-reservation") or ("",))[-1].strip()
    for node in page.css("meta[name][content]"):
        name, content = (node.attributes["name"] or "").lower(), node.attributes["content"] or ""
        if name in RIGHTS_META:
            lines.append(content)
        elif name == "tdm-reservation":
            reservation = content.strip()
    words = [word for line in lines for word in _words_for_us(line)]
    stated = [word for word in RIGHTS_WORDS if word in words or (word == "noarchive" and "none" in words)]
    return (*stated, *(["tdm-reservation"] if reservation == "1" else []))


def _words_for_us(line: str) -> list[str]:
    """The directives of one robots line, none where it speaks to another crawler ('googlebot: noarchive')."""
    agent, colon, rest = line.partition(":")
    if colon and "," not in agent and agent.strip().lower() not in ("unavailable_after", "max-snippet"):
        if agent.strip().lower() not in RIGHTS_META:
            return []
        line = rest
    return [word.strip().lower() for word in line.split(",")]
