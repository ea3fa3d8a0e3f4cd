"""Decodes the bytes of a page, whatever its header and meta tags claim."""

import codecs
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

from resiliparse.parse.encoding import detect_encoding

BYTE_ORDER_MARKS = ((BOM_UTF8, "utf-8"), (BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be"))

META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
META_CHARSET_WINDOW_BYTES = 4096
"""Bytes in which a charset declaration is looked for. HTML requires it in the first 1024; real pages need more."""

WHATWG_ENCODINGS = {
    "utf-8": "utf-8",
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "big5hkscs": "big5hkscs",
    "shift_jis": "cp932",
    "cp932": "cp932",
    "euc_jp": "euc_jp",
    "iso2022_jp": "iso2022_jp",
    "euc_kr": "cp949",
    "cp949": "cp949",
    "utf-16": "utf-16-le",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    **{
        name: name
        for name in (
            *(f"cp{number}" for number in (866, 874, *range(1250, 1259))),
            *(f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
            *("koi8-r", "koi8-u", "mac-roman", "mac-cyrillic"),
        )
    },
}
"""The encodings that a page may be in (WHATWG Encoding Standard), by what Python calls the one that is named, and what
they are read as. Python knows other names that no page may use: codecs that run escapes of the text (`unicode_escape`),
that are not of characters (`base64`), and encodings that hide markup from whoever filters it (`utf-7`).
"""

LABELS = {"x-sjis": "cp932", "x-gbk": "gb18030", "x-x-big5": "big5hkscs", "windows-949": "cp949", "x-cp1252": "cp1252"}
"""Labels of the standard that Python does not know."""

MAX_STRAY_BYTES = 100_000
"""Bytes of a page that are read one by one as windows-1252, at a microsecond each; of more nothing can be made."""

CONTROL_BYTES = bytes(code for code in (*range(0x20), 0x7F) if code not in b"\t\n\r")
"""Bytes that XML forbids and only UTF-16 uses. NUL matters most: libxml2 ends a document there."""

CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
"""Characters that XML forbids, for text decoded from what may hold them: UTF-16, and the encodings that shift."""


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Decode a stray byte of a broken UTF-8 page as windows-1252, which is where such bytes come from."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    stray = error.object[error.start : error.end]
    return stray.decode("cp1252", errors="replace"), error.end


codecs.register_error("stray-cp1252", _as_cp1252)


def as_utf8(html: bytes, charset: str | None = None) -> bytes:
    """Return a page in UTF-8, without characters that an XML tree cannot hold.

    `charset` is the one in the HTTP header. The encoding is taken from, in this order: a byte order mark; the bytes
    themselves if they are valid UTF-8, which text in another encoding never is by chance; the header; the page's meta
    tag; detection. Pages that are declared as UTF-8 but broken are repaired byte by byte. Never raises: bytes that
    cannot be decoded become U+FFFD.
    """
    html = html.translate(None, CONTROL_BYTES) if not html.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else html
    for mark, name in BYTE_ORDER_MARKS:
        if html.startswith(mark):
            return CONTROL_CHARACTERS.sub("", html[len(mark) :].decode(name, errors="replace")).encode()
    try:
        html.decode("utf-8")
    except UnicodeDecodeError:
        return CONTROL_CHARACTERS.sub("", _decode_as_declared(html, charset)).encode()
    return html


def _decode_as_declared(html: bytes, charset: str | None) -> str:
    for declared in (charset, _charset_in_meta(html)):
        encoding = _codec_name(declared)
        if encoding is not None:
            return _decode(html, encoding)
    return _decode(html, _codec_name(detect_encoding(html)) or "utf-8")


def _decode(html: bytes, encoding: str) -> str:
    is_repaired = encoding == "utf-8" and _stray_bytes(html) <= MAX_STRAY_BYTES
    return html.decode(encoding, errors="stray-cp1252" if is_repaired else "replace")


def _stray_bytes(html: bytes) -> int:
    """How many bytes of a page are not UTF-8."""
    return len(html) - len(html.decode("utf-8", errors="ignore").encode())


def _charset_in_meta(html: bytes) -> str | None:
    found = META_CHARSET.search(html[:META_CHARSET_WINDOW_BYTES])
    return found.group(1).decode("ascii") if found else None


def _codec_name(label: str | None) -> str | None:
    """The codec for the encoding that a page names; None where there is none, or none that a page may use."""
    label = (label or "").strip().lower()
    if label in LABELS:
        return LABELS[label]
    try:
        return WHATWG_ENCODINGS.get(codecs.lookup(label).name) if label.isprintable() and label.isascii() else None
    except LookupError:
        return None
