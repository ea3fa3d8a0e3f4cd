"""Signs that a line of the page around an article has come into its text."""

import re
from collections.abc import Mapping

RESIDUE_SIGNS: Mapping[str, re.Pattern[str]] = {
    "link to another article": re.compile(r"(?im)^\W*(?:baca|simak|lihat|tonton)\s+(?:juga|pula|selengkapnya)\b"),
    "word of the page around it": re.compile(
        r"(?i)\b(?:scroll to continue|advertisement|halaman (?:selanjutnya|berikutnya)|klik di sini untuk|"
        r"ikuti (?:kami|saluran|berita)\b.{0,60}\b(?:google news|whatsapp|telegram))"
    ),
    "markup": re.compile(
        r"(?i)</?(?:p|div|span|a|br|strong|script|iframe|img)\b[^<>]{0,200}>|&(?:nbsp|amp|quot);|\[gambas:"
    ),
    "script": re.compile(r"googletag|function\s*\(|window\.|document\.(?:write|getElement)"),
    "notice of rights": re.compile(r"(?i)copyright\s*©|©\s*\d{4}|all rights reserved"),
}
"""Written down from what readers complain of, and not from the rules of cleaning, which they are to judge."""


def has_residue(text: str) -> bool:
    """Whether any sign stands in a text."""
    return any(sign.search(text) for sign in RESIDUE_SIGNS.values())
