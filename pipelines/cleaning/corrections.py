"""Notices by which a newsroom says that it has corrected or changed an article."""

import re
from collections.abc import Iterable

MAX_NOTICE_CHARS = 600
"""Of a line: a longer one is a text about corrections."""

_NOTICE = re.compile(
    r"\W*(?:"
    r"(?:ralat|koreksi|pembetulan|correction)(?:\s+(?:redaksi|berita|artikel|judul))?\s*[:–—-]\s*\S.*|"
    r"(?:catatan|keterangan|penjelasan)\s+(?:redaksi|editor)\s*:.*\b(?:diralat|ralat|koreksi|dikoreksi|diperbaiki|diubah|"
    r"diperbarui|perubahan|kekeliruan|kesalahan|keliru)\b.*|"
    r"(?:artikel|berita|tulisan|naskah|judul(?:\s+(?:artikel|berita))?)\s+ini\s+(?:telah|sudah)\s+(?:kami\s+)?"
    r"(?:diperbarui|diperbaharui|diralat|dikoreksi|diperbaiki|diubah|direvisi|"
    r"mengalami\s+(?:perubahan|perbaikan|koreksi|ralat))\b.*)",
    re.IGNORECASE,
)


def find_correction(lines: Iterable[str]) -> str | None:
    """The notices among the lines of a text and its surroundings, one a line; None where there is none."""
    found = [line.strip() for line in lines if len(line) <= MAX_NOTICE_CHARS and _NOTICE.fullmatch(line.strip())]
    return "\n".join(dict.fromkeys(found)) or None
