"""Whom a text names as its source, and whether that is a given site."""

import re
from urllib.parse import urlsplit

from pipelines.web_address import is_address

MIN_NAME_LETTERS = 4
"""Of a medium's name, for it to be found in a host, or a host in it: shorter ones are parts of too many."""

GENERIC_LABELS = frozenset({"co", "or", "go", "ac", "sch", "web", "my", "net", "com", "org"})
"""Second-level domains under which sites register."""

_SUFFIX = re.compile(r"\.(?:com|co\.id|id|net|org|co|news|tv)\b")
_TITLES = re.compile(
    r"^(?:kantor berita|lkbn|laman|situs|media|portal|harian|majalah|surat kabar|the)\s+", re.IGNORECASE
)

_QUOTED = re.compile(
    r"\b(?i:(?:melansir|mengutip|dilansir|dikutip|dinukil|disadur)\s+(?:dari\s+|oleh\s+)?)"
    r"(?P<medium>[\w.&-]+(?:\s+[A-Z][\w.&-]*){0,3})"
)
"""How a report names another as its source: 'Dikutip dari Warta Gawai, ...'."""


def registered_name(url: str) -> str:
    """The name under which the site of an address is registered, without its domain: 'kompas' of tekno.kompas.com.

    Empty for what is no address.
    """
    if not is_address(url):
        return ""
    labels = (urlsplit(url).hostname or "").split(".")[:-1]
    while len(labels) > 1 and labels[-1] in GENERIC_LABELS:
        labels.pop()
    return labels[-1] if labels else ""


def names_site(credit: str, url: str) -> bool:
    """Whether a credit, an address or the name of a medium, is of the site at an address."""
    site = _squeezed(registered_name(url))
    if not site:
        return False
    if "://" in credit:
        return _squeezed(registered_name(credit)) == site
    name = _squeezed(_SUFFIX.sub("", _TITLES.sub("", credit.strip().casefold())))
    if min(len(name), len(site)) < MIN_NAME_LETTERS:
        return name == site
    return name.startswith(site) or site.startswith(name)


def is_credited(url: str, is_based_on: str | None, body: str) -> bool:
    """Whether a text with that `is_based_on` and body says that it is taken from the site at an address.

    Who quotes a report names it as well, so this tells something of texts that are copies of each other alone.
    """
    credits = [is_based_on] if is_based_on else []
    credits += [found["medium"] for found in _QUOTED.finditer(body)]
    return any(names_site(credit, url) for credit in credits)


def _squeezed(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))
