"""Addresses as strangers write them: not everything that stands in a link or a record is one."""

from urllib.parse import urljoin, urlsplit


def joined(base: str, reference: str) -> str | None:
    """The absolute address of a reference on the page at `base` (RFC 3986, 5.2), without blanks around it.

    None where that is not an address: 'http://[', or a host of letters that stand for a slash.
    """
    try:
        address = urljoin(base, reference.strip())
        urlsplit(address)
    except ValueError:
        return None
    return address


def is_address(url: str) -> bool:
    """Whether an absolute address of the Web can be taken apart and names a host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
