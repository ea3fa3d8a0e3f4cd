"""Records of WARC files are blanked: what they hold goes, and a `metadata` record of the same length says so.

Nothing else in the file moves: every row, every CDXJ line, every list of a pack's members that tells of another record
stays right, and the file is exchanged for the blanked one by a single PUT. The new record is a gzip member as any
other; its padding is stored without compression, so that its length can be chosen to the byte.
"""

import hashlib
import struct
import uuid
import zlib
from base64 import b32encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.archive.disk import writing
from pipelines.archive.payload import MAX_BODY_BYTES, Unreadable, decoded
from pipelines.archive.tombstones import Tombstones
from pipelines.archive.warc import WARC_FIELDS
from pipelines.archive.warc_reader import Damaged, RecordHead, read_head, records, response_in, unpacked_record
from pipelines.content_encoding import BodyTooLarge, UndecodableBody, gunzip

BLANKED = "taken-down"
"""Name of the field that says since when a record is not there any more."""

GZIP_HEAD = bytes.fromhex("1f8b08000000000000ff")
"""RFC 1952: deflate, no flags, no time, an unknown system."""

GZIP_TAIL_BYTES = 8
MAX_STORED_BYTES = 0xFFFF
STORED_HEAD_BYTES = 5
"""RFC 1951, 3.2.4: a stored block has a byte, its length, and the length's complement."""

RECORD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A record that is to go: where it lies, bytes, and its URL; `is_by_text` where it is known by what it holds."""

    offset: int
    length: int
    url: str
    is_by_text: bool


def found_records(path: Path, site: str, tombstones: Tombstones) -> Iterator[FoundRecord]:
    """The records of a site's WARC file that tombstones tell of: by their addresses, or by any line of a text."""
    with path.open("rb") as file:
        for record in records(path, lambda _: None):
            head = read_head(record.head)
            is_covered = bool(head.url) and tombstones.covering(head.url, site) is not None
            if head.kind == "warcinfo" or (not is_covered and not tombstones.search):
                continue
            if is_covered:
                yield FoundRecord(record.offset, record.length, head.url, is_by_text=False)
                continue
            file.seek(record.offset)
            if any(map(tombstones.quoted_in, contents_of(file.read(record.length), head))):
                yield FoundRecord(record.offset, record.length, head.url, is_by_text=True)


def contents_of(stored: bytes, head: RecordHead) -> Iterator[bytes]:
    """What a record holds, from its bytes as they lie in its file: unpacked, and of a response what its body is without
    its encodings.
    """
    try:
        yield unpacked_record(stored, MAX_BODY_BYTES)
        if head.kind == "response" and head.status is not None:
            response = response_in(stored, MAX_BODY_BYTES)
            encodings = response.header("content-encoding") or ""
            plain = decoded(response.body, encodings, "").body if encodings else response.body
            unpacked = gunzip(plain, MAX_BODY_BYTES)
            if encodings or unpacked is not plain:
                yield unpacked
    except (Damaged, OverflowError, Unreadable, UndecodableBody, BodyTooLarge):
        return


def blank(path: Path, places: Iterable[tuple[int, int]], key: str, at: str, reference: str) -> None:
    """Blank the records at these places (offset and length, bytes) of a file, which is the one under `key` in the
    bucket; `at` and `reference` are the takedown's. Records that follow each other become one.

    Raises DiskFailed.
    """
    with writing(path), path.open("r+b") as file:
        for offset, length in _joined(places):
            file.seek(offset)
            file.write(blank_record(length, f"{key} {offset}", at, reference))


def _joined(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for offset, length in sorted(places):
        if joined and sum(joined[-1]) == offset:
            joined[-1] = (joined[-1][0], joined[-1][1] + length)
        else:
            joined.append((offset, length))
    return joined


def blank_record(length: int, name: str, at: str, reference: str) -> bytes:
    """A gzip member of just this length, bytes: a record that says that what was here was taken down. The same for the
    same `name`.

    Raises ValueError where that is too short for any.
    """
    told = f"{BLANKED}: {at}\r\nreference: {' '.join(reference.split())}\r\n".encode()
    identity = uuid.uuid5(uuid.NAMESPACE_URL, name)
    for words in (told, f"{BLANKED}: {at}\r\n".encode(), b""):
        # A length may be out of reach of one number of blocks, as that of a record that states its own length.
        least = -(-(length - len(GZIP_HEAD) - GZIP_TAIL_BYTES) // (MAX_STORED_BYTES + STORED_HEAD_BYTES))
        for blocks in (least, least + 1):
            plain_length = length - len(GZIP_HEAD) - GZIP_TAIL_BYTES - blocks * STORED_HEAD_BYTES
            if record := _padded(plain_length, words, identity, at):
                return _stored(record, blocks)
    raise ValueError(f"a record of {length} bytes is too short to be blanked")


def _padded(length: int, words: bytes, identity: uuid.UUID, at: str) -> bytes | None:
    """A record of this length, None where there is none with these words."""
    fixed = len(_head(identity, at, b"", 0)) - 1 + len(RECORD_END)
    for digits in range(1, len(str(max(length, 0))) + 1):
        size = length - fixed - digits
        padding = size - len(words) - len(b"padding: \r\n")
        if len(str(size)) == digits and padding >= 0:
            block = words + b"padding: " + b"." * padding + b"\r\n"
            return _head(identity, at, block, size) + block + RECORD_END
    return None


def _head(identity: uuid.UUID, at: str, block: bytes, size: int) -> bytes:
    digest = b32encode(hashlib.sha1(block, usedforsecurity=False).digest()).decode()
    return (
        f"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:uuid:{identity}>\r\n"
        f"WARC-Date: {at.replace('+00:00', 'Z')}\r\nWARC-Block-Digest: sha1:{digest}\r\n"
        f"Content-Type: {WARC_FIELDS}\r\nContent-Length: {size}\r\n\r\n"
    ).encode()


def _stored(plain: bytes, blocks: int) -> bytes:
    """A gzip member that holds `plain` as it is, in so many blocks."""
    parts = [GZIP_HEAD]
    for number in range(blocks):
        rest = len(plain) - number * MAX_STORED_BYTES
        part = plain[number * MAX_STORED_BYTES :][: max(0, min(rest, MAX_STORED_BYTES))]
        is_last = number == blocks - 1
        parts.append(struct.pack("<BHH", is_last, len(part), len(part) ^ 0xFFFF) + part)
    parts.append(struct.pack("<II", zlib.crc32(plain), len(plain)))
    return b"".join(parts)
