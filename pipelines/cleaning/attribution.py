"""What a page names as the source of its whole text: in its metadata, or in a line of credit."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pipelines.attribution import registered_name
from pipelines.cleaning.document import Document
from pipelines.web_address import is_address

MAX_MEDIUM_CHARS = 60
"""Of what a credit names as the source: a longer one is a sentence."""

_SOURCE_LINE = re.compile(
    r"[\s(\[*]*(?:sumber(?:\s+(?:berita|artikel|tulisan))?|source)\s*[:|]\s*"
    rf"(?P<medium>[^\n()\[\]|]{{2,{MAX_MEDIUM_CHARS}}}?)[\s)\].*]*",
    re.IGNORECASE,
)
"""'Sumber: Warta Gawai' as a line of its own; 'Sumber foto' is another matter."""

_PUBLISHED_ELSEWHERE = re.compile(
    r"(?i:\(?\s*(?:artikel|tulisan|berita|konten)\s+(?:ini|asli)?\s*(?:telah|sudah|pertama\s+kali|lebih\s+dulu|pernah)\s*"
    r"(?:pertama\s+kali\s+)?(?:tayang|terbit|dimuat|diterbitkan|dipublikasikan)\s+(?:pertama\s+kali\s+)?"
    r"(?:di|oleh|pada)\s+(?:laman\s+|situs\s+)?)(?P<medium>[\w.&-]+(?:\s+[A-Z][\w.&-]*){0,3})"
)
"""'Artikel ini telah tayang di Kabarteknik.example dengan judul ...'."""


def find_attribution(document: Document, lines: Iterable[str], names: Sequence[str]) -> str | None:
    """The address or the medium that the page says its text is taken from, None where it does not say.

    `lines` are the lines of the text with its credits, `names` the site's own: a page that names itself names nobody.
    """
    own = registered_name(document.url)
    for address in (*_based_on(document.article or {}), *(href for rel, href in document.links if rel == "canonical")):
        if is_address(address) and registered_name(address) != own:
            return address
    ours = tuple(filter(None, (_letters(name) for name in (*names, own))))
    for line in lines:
        found = _SOURCE_LINE.fullmatch(line) or _PUBLISHED_ELSEWHERE.match(line)
        medium = found["medium"].strip(" .") if found else ""
        if medium and not _letters(medium).startswith(ours):
            return medium
    return None


def _based_on(node: Mapping[str, Any]) -> Iterator[str]:
    """The addresses in a JSON-LD node's isBasedOn."""
    for name in ("isBasedOn", "isBasedOnUrl"):
        stated = node.get(name)
        for value in stated if isinstance(stated, list) else [stated]:
            address = (value.get("url") or value.get("@id")) if isinstance(value, Mapping) else value
            if isinstance(address, str):
                yield address


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))
