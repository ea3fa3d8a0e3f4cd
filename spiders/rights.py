"""What may be kept of a page: the reservations that it states, in its HTTP headers and its markup."""

from collections.abc import Mapping, Sequence

from selectolax.lexbor import LexborHTMLParser

PRODUCT_TOKEN = "kliping"  # noqa: S105 - RFC 9309's word for the name that crawlers are addressed by

RIGHTS_WORDS = ("noarchive", "noai", "noimageai")
RIGHTS_META = ("robots", PRODUCT_TOKEN)

VALUED_DIRECTIVES = ("max-image-preview", "max-snippet", "max-video-preview", "unavailable_after")
"""What stands before a colon in X-Robots-Tag without being a crawler's name (Google's specification, seen 2026-11)."""


def stated_rights(headers: Mapping[str, Sequence[str]], page: LexborHTMLParser) -> tuple[str, ...]:
    """What a page reserves: 'noarchive', 'noai', 'noimageai' (X-Robots-Tag, robots meta; 'none' is noarchive as well)
    and 'tdm-reservation' (W3C TDM Reservation Protocol: HTTP header, overridden by the page's meta). Names in `headers`
    are lower case.
    """
    lines = [line for tag in headers.get("x-robots-tag", ()) if (line := _said_to_us(tag)) is not None]
    reservation = (headers.get("tdm-reservation") or ("",))[-1].strip()
    for node in page.css("meta[name][content]"):
        name, content = (node.attributes["name"] or "").lower(), node.attributes["content"] or ""
        if name in RIGHTS_META:
            lines.append(content)
        elif name == "tdm-reservation":
            reservation = content.strip()
    words = [word.strip().lower() for line in lines for word in line.split(",")]
    stated = [word for word in RIGHTS_WORDS if word in words or (word == "noarchive" and "none" in words)]
    return (*stated, *(["tdm-reservation"] if reservation == "1" else []))


def _said_to_us(tag: str) -> str | None:
    """What an X-Robots-Tag says to us, None where it speaks to another crawler ('googlebot: noarchive')."""
    name, colon, rest = tag.partition(":")
    name = name.strip().lower()
    if not colon or "," in name or name in VALUED_DIRECTIVES:
        return tag
    return rest if name in RIGHTS_META else None
