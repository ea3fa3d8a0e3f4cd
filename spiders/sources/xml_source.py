"""The bytes of a feed or sitemap, made readable for XML parsers: strangers write XML by hand."""

import re

from pipelines.cleaning.decoding import as_utf8
from pipelines.content_encoding import GZIP_MAGIC, BodyTooLarge, UndecodableBody, charset_of, gunzip
from spiders.sources.entries import SourceUnreadable

MAX_SITEMAP_BYTES = 50 * 1024 * 1024
"""The sitemap protocol's own limit of one file, uncompressed; no feed is as large."""

MAX_GZIP_RATIO = 200
"""Compressed XML of sitemaps shrinks 10 to 50 times; a bomb 1,000 times."""

MAX_GZIP_LAYERS = 2
"""A `sitemap.xml.gz` that the server compressed once more, or whose header does not say so."""

XML_CHARACTERS = ((0x9, 0xA), (0xD, 0xD), (0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))
"""The characters that XML 1.0 allows (2.2, Char)."""

_DECLARATION = re.compile(rb"\s*<\?xml\b[^>]{0,200}\?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([\w.:-]{2,40})")
_CHARACTER_REFERENCE = re.compile(rb"&#(?:x([0-9a-fA-F]{1,8})|(\d{1,10}));")


def inflate(body: bytes) -> bytes:
    """`body`, decompressed if it is gzip, as `sitemap.xml.gz` is whatever its HTTP header says.

    Raises SourceUnreadable for a broken stream and for one that exceeds the limits.
    """
    for _ in range(MAX_GZIP_LAYERS):
        if not body.startswith(GZIP_MAGIC):
            break
        try:
            body = gunzip(body, min(MAX_SITEMAP_BYTES, len(body) * MAX_GZIP_RATIO))
        except (UndecodableBody, BodyTooLarge) as error:
            raise SourceUnreadable(str(error)) from error
    return body


def readable_xml(body: bytes, content_type: str = "") -> bytes:
    """A document in UTF-8, from its first tag on, without declaration and without what XML 1.0 forbids (2.2, Char).

    Its encoding is that of its bytes if they are UTF-8 or have a mark, whatever is declared. Raises SourceUnreadable as
    `inflate` does.
    """
    body = inflate(body)
    encoding = _ENCODING.search(declaration[0]) if (declaration := _DECLARATION.match(body)) else None
    declared = encoding[1].decode("ascii") if encoding else None
    text = as_utf8(body, charset_of(content_type) or declared).lstrip()
    if declaration := _DECLARATION.match(text):
        text = text[declaration.end() :].lstrip()
    return _CHARACTER_REFERENCE.sub(_allowed_reference, text)


def _allowed_reference(match: re.Match[bytes]) -> bytes:
    """The reference, or a blank: with nothing in its place what stands around it could come to be another."""
    code = int(match[1], 16) if match[1] else int(match[2])
    return match[0] if any(first <= code <= last for first, last in XML_CHARACTERS) else b" "
