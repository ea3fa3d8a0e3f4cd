"""Lines that credit people: which of their words are roles, and which names belong to which role."""

import re
from collections.abc import Iterator

AUTHOR_LABEL = (
    r"(?:(?:di)?(?:tulis|post|posting|poskan|postkan|publikasikan|terbitkan|unggah|laporkan|susun)\s+oleh|oleh|"
    r"(?:written|posted|published|reported|story|text|words|report)\s+by|by|(?:nama\s+)?penulis(?:\s+(?:artikel|berita))?|"
    r"pewarta|reporter|wartawan|jurnalis|kontributor|contributors?|koresponden|peliput|laporan(?:\s+(?:wartawan|kontributor))?|"
    r"redaktur\s*&\s*reporter|fotografer|(?:author|writer|rep|autor(?:in)?|auteure?|autore|автор|текст)(?=\s*:)|"
    r"(?:作者|撰文|文|记者|記者|글)(?=\s*[:：/／]))"
)
EDITOR_LABEL = (
    r"(?:edited\s+by|di(?:sunting|edit)\s+oleh|editor(?:\s+bahasa)?|redaktur(?:\s+pelaksana)?|penyunting|red(?=\s*:))"
)
_NEXT_ROLE = re.compile(
    rf"[\s|/;,·•&(–—-]+(?!oleh\b|by\b)(?=(?:{AUTHOR_LABEL}|{EDITOR_LABEL})\s*[:：])|"
    rf"\s*[|;·•]\s*(?=(?:{AUTHOR_LABEL}|{EDITOR_LABEL})\b)",
    re.IGNORECASE,
)
"""What parts two roles on one line: any mark before a label with a colon, a bar or bullet before one without."""

_ROLE_BEHIND_NAME = re.compile(
    rf"(?P<name>[^()|;:,]{{3,50}}?)\s*(?:\(\s*|\s[-–—]\s)(?:(?P<author>{AUTHOR_LABEL})|(?P<editor>{EDITOR_LABEL}))"
    r"\s*(?:\)|$|(?=[|;,]))",
    re.IGNORECASE,
)
"""'Ratna Sari (editor)', 'Budi Santoso - Reporter'."""

_BEFORE_ROLE = "(-–—"
"""The marks of which one stands between them."""

_SIGNATURE = re.compile(
    r"[\s(\[]*(?:\*+\s*/\s*(?P<signed>[^()\[\]/*:]{3,50})|(?:[\w*.-]{1,12}\s*/\s*)?"
    r"(?:(?:di)?(?:tulis|laporkan|susun|olah)\s+)?oleh\s*:?\s*(?P<written>[^()\[\]/*:]{3,50}))[\s)\]*]*",
    re.IGNORECASE,
)
"""What stands for the writer at the end of a text: '(***/Rani Lestari)', '(Ditulis oleh Budi Santoso)'."""


def segments(text: str) -> list[str]:
    """Return the parts of a line that credits several roles, one for each role: 'Reporter: A | Editor: B'."""
    return [part for part in _NEXT_ROLE.split(text) if part.strip()]


def names_before_roles(text: str) -> Iterator[tuple[str, str]]:
    """Yield (role, names) where the role follows the names; the role is 'author' or 'editor'."""
    if not any(mark in text for mark in _BEFORE_ROLE):
        return
    for found in _ROLE_BEHIND_NAME.finditer(text):
        yield "author" if found["author"] else "editor", found["name"]


def signed_names(code: str) -> str | None:
    """Return the names in a desk code that is a signature with a name, or None."""
    found = _SIGNATURE.fullmatch(code)
    return (found["signed"] or found["written"]).strip() if found else None
