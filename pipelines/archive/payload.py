"""A page out of its WARC record: the body as a browser would get it, and the charset that its header states."""

import re
import zlib
from dataclasses import dataclass
from io import BytesIO

import brotli  # type: ignore[import-untyped]
from backports import zstd
from warcio.exceptions import ArchiveLoadFailed

from pipelines.archive.warc import read_records

MAX_BYTES = 64 << 20
"""Of a decoded body. A crawl refuses smaller ones already, by its own setting: this only stops a bomb."""

GZIP_MEMBER = b"\x1f\x8b"


class Unreadable(Exception):  # noqa: N818 - it names a state
    """A record that gives no page; the message says why."""


@dataclass(frozen=True, slots=True)
class Payload:
    """`body` is content-decoded; `charset` is the one of the Content-Type header, None where it states none."""

    body: bytes
    charset: str | None


def payload(record: bytes) -> Payload:
    """What a `response` record holds, from its bytes as they lie in the WARC file.

    Raises Unreadable where they are no such record, or damaged.
    """
    try:
        response, _, _ = next(read_records(BytesIO(record)))
    except (ArchiveLoadFailed, StopIteration, zlib.error, EOFError) as error:
        raise Unreadable(str(error) or "it is empty") from error
    if response.rec_type != "response":
        raise Unreadable(f"it is a {response.rec_type} record")
    headers = response.http_headers
    body = response.raw_stream.read()
    return decoded(body, headers.get_header("Content-Encoding") or "", headers.get_header("Content-Type") or "")


def decoded(body: bytes, encodings: str, content_type: str) -> Payload:
    """The body without the content encodings that its header names, and the charset that Content-Type states.

    Raises Unreadable where it is not encoded so.
    """
    for encoding in reversed(encodings.lower().split(",")):
        body = _decoded(body, encoding.strip())
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    return Payload(body, charset[1] if charset else None)


def _decoded(body: bytes, encoding: str) -> bytes:
    """The body without one content encoding."""
    try:
        match encoding:
            case "" | "identity":
                decoded = body
            case "gzip" | "x-gzip":
                decoded = _gunzipped(body)
            case "deflate":
                decoded = zlib.decompressobj(zlib.MAX_WBITS if body[:1] == b"\x78" else -zlib.MAX_WBITS).decompress(
                    body, MAX_BYTES + 1
                )
            case "br":
                decoded = brotli.Decompressor().process(body, output_buffer_limit=MAX_BYTES + 1)
            case "zstd":
                decoded = zstd.ZstdDecompressor().decompress(body, MAX_BYTES + 1)
            case _:
                raise Unreadable(f"its content encoding is {encoding!r}")
    except (zlib.error, brotli.error, zstd.ZstdError) as error:
        raise Unreadable(f"its body is no {encoding}: {error}") from error
    if len(decoded) > MAX_BYTES:
        raise Unreadable(f"its body swells beyond {MAX_BYTES:,} bytes")
    return decoded


def _gunzipped(body: bytes) -> bytes:
    """All members of a gzip body, the last as far as it goes."""
    parts: list[bytes] = []
    while body[:2] == GZIP_MEMBER:
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        parts.append(member.decompress(body, max(MAX_BYTES + 1 - sum(map(len, parts)), 1)))
        body = member.unused_data
    return b"".join(parts) if parts else body
