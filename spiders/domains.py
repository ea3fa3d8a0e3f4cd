"""Registrable domains: what somebody has registered, whatever stands before it. Loads the list of public suffixes."""

from urllib.parse import urlsplit

from tldextract import TLDExtract

_registrable_domain = TLDExtract(suffix_list_urls=(), cache_dir=None)
"""With the list of public suffixes that comes with the package: nothing is fetched."""


def domain_of(url: str) -> str:
    """'detik.com' of 'https://news.detik.com/x'; the host itself where it has no registrable domain, as on this
    machine.
    """
    host = urlsplit(url).hostname or ""
    return _registrable_domain(host).top_domain_under_public_suffix or host
