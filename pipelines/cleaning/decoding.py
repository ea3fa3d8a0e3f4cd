"""From the bytes of a page to its characters, whatever its header and meta tags claim."""

import codecs
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

from resiliparse.parse.encoding import detect_encoding

BOMS = ((BOM_UTF8, "utf-8"), (BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be"))

META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
META_WINDOW = 4096
"""Bytes in which a charset declaration is looked for: HTML asks for the first 1024, real pages need more."""

WEB_NAMES = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}
"""Browsers read these labels as windows-1252 (WHATWG Encoding Standard)."""

CONTROL_BYTES = bytes(code for code in (*range(0x20), 0x7F) if code not in b"\t\n\r")
"""What XML forbids and no encoding of the web but UTF-16 needs, with NUL first: libxml2 ends a document there."""
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
"""The same in UTF-16."""


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Read a stray byte of a broken UTF-8 page as windows-1252, where such bytes come from."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    stray = error.object[error.start : error.end]
    return stray.decode("cp1252", errors="replace"), error.end


codecs.register_error("stray-cp1252", _as_cp1252)


def as_utf8(html: bytes, charset: str | None = None) -> bytes:
    """A page in UTF-8, without characters that no XML tree can hold.

    `charset` is what the HTTP header states. In this order: byte order mark; UTF-8 where the bytes are valid UTF-8,
    since no other encoding's text passes for it by chance; the header's charset; the page's own; detection. UTF-8 that
    is declared but broken is repaired byte by byte. Never raises: bytes that nothing can read become U+FFFD.
    """
    html = html.translate(None, CONTROL_BYTES) if not html.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else html
    for mark, name in BOMS:
        if html.startswith(mark):
            return CONTROL.sub("", html[len(mark) :].decode(name, errors="replace")).encode()
    try:
        html.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded_as_stated(html, charset).encode()
    return html


def _decoded_as_stated(html: bytes, charset: str | None) -> str:
    for declared in (charset, _declared(html)):
        encoding = _known(declared)
        if encoding is not None:
            return _decoded(html, encoding)
    return _decoded(html, _known(detect_encoding(html)) or "utf-8")


def _decoded(html: bytes, encoding: str) -> str:
    return html.decode(encoding, errors="stray-cp1252" if encoding == "utf-8" else "replace")


def _declared(html: bytes) -> str | None:
    found = META_CHARSET.search(html[:META_WINDOW])
    return found.group(1).decode("ascii") if found else None


def _known(name: str | None) -> str | None:
    """Python's name of a charset that the web uses, None for one that does not exist or is no text encoding."""
    if not name:
        return None
    try:
        codec = codecs.lookup(WEB_NAMES.get(name.strip().lower(), name.strip()))
    except LookupError:
        return None
    return codec.name if codec._is_text_encoding else None
