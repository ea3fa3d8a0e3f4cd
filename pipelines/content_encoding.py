"""The body of an HTTP message without its content encoding, and the charset that its header states.

One road for all that decodes bodies: what a crawl sees, what is read back from the archive, what foreign archives hold.
Headers are wrong in the field, so that this follows browsers and not the letter of RFC 9110: unknown codings ('none',
'utf-8') are passed by, and a body that is not encoded as its header says is taken as it is where it reads as text.
"""

import re
import zlib
from collections.abc import Callable, Mapping

import brotli
from backports import zstd

from pipelines.compressed_members import Stream, decompressed

MAX_CODINGS = 5
"""Codings of one body. Servers use one; curl stops at five as well: each layer more is one more bomb in the bomb."""

MAX_SNIFFED_BYTES = 1024
"""What is looked at to tell text from compressed data: enough to be sure, and as much as browsers look at for HTML."""

GZIP_MAGIC = b"\x1f\x8b"
ZLIB_MAGIC = b"\x78"
"""First byte of RFC 1950's format with the window that all use; what HTTP calls 'deflate' comes without it as well."""

CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
"""Bytes that are not in a text of any ASCII-compatible charset: the binary data bytes of WHATWG's MIME Sniffing."""

UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


class UndecodableBody(Exception):  # noqa: N818 - it names a state
    """A body is not encoded as its header says; the message says how, in half a sentence that begins with 'it'."""


class BodyTooLarge(Exception):  # noqa: N818 - it names a state
    """A body exceeds the limit when it is decoded; the message says so in half a sentence that begins with 'it'."""


def codings(content_encoding: str | None) -> list[str]:
    """The known codings that a Content-Encoding header names, in the order in which they were applied."""
    tokens = (token.partition(";")[0].strip().lower() for token in (content_encoding or "").split(","))
    return [token for token in tokens if token in _DECODERS]


def decode(body: bytes, content_encoding: str | None, max_bytes: int) -> bytes:
    """The body without the codings that its Content-Encoding header names.

    A body that was cut is decoded as far as it goes.

    Raises UndecodableBody, BodyTooLarge (more than `max_bytes`, also in between).
    """
    applied = codings(content_encoding)
    if len(applied) > MAX_CODINGS:
        raise UndecodableBody(f"it has {len(applied)} content codings")
    for coding in reversed(applied):
        body = _without(coding, body, max_bytes)
    if len(body) > max_bytes:
        raise BodyTooLarge(f"it is larger than {max_bytes:,} bytes")
    return body


def beginning(body: bytes, content_encoding: str | None, max_bytes: int) -> bytes:
    """The first `max_bytes` of the body as `decode` would give it; empty where it could not be decoded."""
    applied = codings(content_encoding)
    if len(applied) > MAX_CODINGS:
        return b""
    try:
        for coding in reversed(applied):
            body = _without(coding, body, max_bytes, may_cut=True)
    except UndecodableBody:
        return b""
    return body[:max_bytes]


def gunzip(data: bytes, max_bytes: int) -> bytes:
    """All members of a gzip file, the last as far as it goes; what follows them is ignored. Other data stays as it is.

    Raises UndecodableBody, BodyTooLarge (more than `max_bytes`).
    """
    return _without("gzip", data, max_bytes)


def is_encoded(body: bytes, content_encoding: str | None) -> bool:
    """Whether a body may be encoded as its header says; some archives store it decoded, header and all."""
    applied = codings(content_encoding)
    if not applied:
        return False
    return body.startswith(GZIP_MAGIC) if applied[-1] in ("gzip", "x-gzip") else not _is_text(body)


def charset_of(content_type: str | None) -> str | None:
    """The charset that a Content-Type header states, None where it states none."""
    found = CHARSET.search(content_type or "")
    return found[1] if found else None


def _is_text(body: bytes) -> bool:
    return body.startswith(UTF16_MARKS) or CONTROLS.search(body, 0, MAX_SNIFFED_BYTES) is None


def _without(coding: str, body: bytes, max_bytes: int, *, may_cut: bool = False) -> bytes:
    error: Exception | None = None
    try:
        decoded, is_whole = _DECODERS[coding](body, max_bytes + 1)
    except (zlib.error, brotli.error, zstd.ZstdError) as fault:
        decoded, is_whole, error = b"", False, fault
    if len(decoded) > max_bytes and may_cut:
        return decoded[:max_bytes]
    if len(decoded) > max_bytes:
        raise BodyTooLarge(f"it exceeds {max_bytes:,} bytes when decompressed")
    if not is_whole and _is_text(body):
        return body
    if not is_whole and not decoded:
        raise UndecodableBody(f"it is not valid {coding}" + (f": {error}" if error else ""))
    return decoded


Decoder = Callable[[bytes, int], tuple[bytes, bool]]
"""Decodes a body to at most so many bytes, and says whether it was whole. Raises the library's own error."""


def _gzip(body: bytes, max_bytes: int) -> tuple[bytes, bool]:
    if not body.startswith(GZIP_MAGIC):
        return body, True  # whatever it is, it is not gzip: the header is wrong
    return _members(lambda: zlib.decompressobj(zlib.MAX_WBITS | 16), body, max_bytes, GZIP_MAGIC)


def _members(new_stream: Callable[[], Stream], body: bytes, max_bytes: int, magic: bytes) -> tuple[bytes, bool]:
    parts: list[bytes] = []
    at, size, is_whole = 0, 0, True
    while is_whole and at < len(body) and body.startswith(magic, at) and size < max_bytes:
        member = decompressed(new_stream, body, at, max_bytes - size)
        parts.append(member.plain)
        at, size, is_whole = member.end, size + len(member.plain), member.is_whole
    return b"".join(parts), is_whole


def _deflate(body: bytes, max_bytes: int) -> tuple[bytes, bool]:
    stream = zlib.decompressobj(zlib.MAX_WBITS if body.startswith(ZLIB_MAGIC) else -zlib.MAX_WBITS)
    return stream.decompress(body, max_bytes), stream.eof


def _brotli(body: bytes, max_bytes: int) -> tuple[bytes, bool]:
    stream = brotli.Decompressor()
    return stream.process(body, output_buffer_limit=max_bytes), stream.is_finished()


def _zstd(body: bytes, max_bytes: int) -> tuple[bytes, bool]:
    return _members(zstd.ZstdDecompressor, body, max_bytes, b"")


_DECODERS: Mapping[str, Decoder] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
