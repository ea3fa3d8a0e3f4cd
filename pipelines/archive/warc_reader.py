"""Responses in WARC files, found by URL: whoever wrote the files, and with some of their records damaged.

One pass over a file notes where each response lies; its bytes are read when they are asked for. The format is read here
and not through a library because libraries stop at the first damaged record, and what follows it is not damaged.
"""

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

CHUNK = 1 << 16
HEAD_BYTES = 1 << 16
"""What is kept of a record while looking it over: its own header and that of HTTP. Longer ones are hostile."""

MAX_MEMBER_BYTES = 1 << 30
"""Unpacked size of one record beyond which it is given up as a bomb."""

GZIP_MEMBER = b"\x1f\x8b\x08"
RECORD_START = b"WARC/1."
HTML_TYPES = ("text/html", "application/xhtml+xml")


class Damaged(Exception):  # noqa: N818 - it names a state
    """A record cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Record:
    """Where a WARC record lies: `offset` and `length` in bytes of the file, `head` its first unpacked bytes."""

    offset: int
    length: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Captured:
    """A response in a WARC file. `captured_at` is its WARC-Date, UTC."""

    url: str
    captured_at: datetime
    status: int
    is_html: bool
    path: Path
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response as it was captured: headers in order, the body without chunked framing, else as it was."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: bool


class Captures:
    """The responses of one or more WARC files."""

    def __init__(self) -> None:
        self.responses: list[Captured] = []
        self._by_url: dict[str, list[Captured]] = {}
        self._by_address: dict[str, list[Captured]] = {}

    @classmethod
    def of(cls, paths: Iterable[Path], warn: Callable[[str], None]) -> "Captures":
        """The responses of the files; `warn` is told of each damaged record, which is left out."""
        captures = cls()
        for path in paths:
            for record in records(path, warn):
                if captured := _response(record, path):
                    captures._add(captured)
        return captures

    def _add(self, captured: Captured) -> None:
        self.responses.append(captured)
        self._by_url.setdefault(captured.url, []).append(captured)
        self._by_address.setdefault(_address(captured.url), []).append(captured)

    def find(self, url: str, near: datetime | None = None) -> Captured | None:
        """The capture of `url` nearest in time to `near`, the latest without it; None where there is none.

        Where the exact address is missing, one that differs in scheme or trailing slash will do, unless it redirects.
        """
        found = self._by_url.get(url) or [c for c in self._by_address.get(_address(url), ()) if c.status < 300]
        if near is None:
            return max(found, key=lambda c: c.captured_at, default=None)
        return min(found, key=lambda c: abs(c.captured_at - near), default=None)


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}?{parts.query}"


def warc_files(path: Path) -> list[Path]:
    """The WARC files at `path`: itself, or those in the folder and below, by name.

    Raises FileNotFoundError where there are none.
    """
    found = [path] if path.is_file() else sorted(p for p in path.rglob("*.warc*") if p.suffix in (".warc", ".gz"))
    if not found:
        raise FileNotFoundError(f"{path} is no WARC file, nor a folder with any")
    return found


def records(path: Path, warn: Callable[[str], None]) -> Iterator[Record]:
    """The records of a WARC file, one after the other, past those that are damaged."""
    size = path.stat().st_size
    with path.open("rb") as file:
        packed = file.read(2) == GZIP_MEMBER[:2]
        read, mark = (_packed_record, GZIP_MEMBER) if packed else (_plain_record, RECORD_START)
        offset, searching = 0, False
        while offset < size:
            try:
                record = read(file, offset, size)
            except Damaged as damage:
                # Chance bytes that a search for the next record hits are not one more damage.
                if not searching or not isinstance(damage, _NoRecord):
                    warn(f"{path.name}: a record at byte {offset:,} is damaged and left out: {damage}")
                searching = True
                offset = _next_mark(file, offset + 1, mark)
                continue
            yield record
            searching = False
            offset += record.length


class _NoRecord(Damaged):
    """These bytes begin no record at all."""


def _packed_record(file: BinaryIO, offset: int, size: int) -> Record:
    """The record in the gzip member at `offset`."""
    file.seek(offset)
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    head, unpacked = bytearray(), 0
    while not stream.eof:
        packed = stream.unconsumed_tail or file.read(CHUNK)
        if not packed:
            raise Damaged("the file ends within it")
        try:
            plain = stream.decompress(packed, CHUNK)
        except zlib.error as error:
            raise (Damaged if head.startswith(RECORD_START) else _NoRecord)(str(error)) from error
        unpacked += len(plain)
        if len(head) < HEAD_BYTES:
            head += plain
        if unpacked > MAX_MEMBER_BYTES:
            raise Damaged(f"it unpacks to more than {MAX_MEMBER_BYTES:,} bytes")
    if not head.startswith(RECORD_START):
        raise _NoRecord("it is no WARC record")
    length = file.tell() - len(stream.unused_data) - offset
    if unpacked > (stated := _stated_length(bytes(head))) + 4 and offset == 0 and length == size:
        raise Damaged(
            f"the file is gzip as a whole ({unpacked:,} bytes, its first record {stated:,}): recompress it by record"
        )
    return Record(offset, length, bytes(head[:HEAD_BYTES]))


def _plain_record(file: BinaryIO, offset: int, size: int) -> Record:
    """The record of an uncompressed file at `offset`."""
    file.seek(offset)
    head = file.read(HEAD_BYTES)
    if not head.startswith(RECORD_START):
        if not head.strip(b"\r\n"):
            return Record(offset, size - offset, head)
        raise _NoRecord("it is no WARC record")
    length = _stated_length(head) + 4
    if offset + length > size:
        raise Damaged("the file ends within it")
    file.seek(offset + length - 4)
    if file.read(4) != b"\r\n\r\n":
        raise Damaged("it does not end where its length says")
    return Record(offset, length, head)


def _stated_length(head: bytes) -> int:
    """Length of a record by its own header, without the two empty lines after it."""
    header, blank, _ = head.partition(b"\r\n\r\n")
    found = re.search(rb"(?i)\r\ncontent-length:\s*(\d{1,12})", header)
    if not blank or not found:
        raise Damaged("its header is not whole")
    return len(header) + 4 + int(found[1])


def _next_mark(file: BinaryIO, offset: int, mark: bytes) -> int:
    """Where `mark` stands next, the file's end where it does not."""
    kept = b""
    file.seek(offset)
    while chunk := file.read(1 << 20):
        block = kept + chunk
        if (at := block.find(mark)) >= 0:
            return file.tell() - len(block) + at
        kept = block[1 - len(mark) :]
    return file.tell()


def _response(record: Record, path: Path) -> Captured | None:
    """What a record captured, None where it is no response to an HTTP request."""
    header, _, block = record.head.partition(b"\r\n\r\n")
    fields = dict(_fields(header.partition(b"\r\n")[2]))
    url = fields.get("warc-target-uri", "").strip("<>")
    status = re.match(rb"HTTP/\d(?:\.\d)? (\d{3})", block)
    date = _date(fields.get("warc-date", ""))
    if fields.get("warc-type") != "response" or not status or not date or not url.startswith(("http://", "https://")):
        return None
    http_header, _, body = block.partition(b"\r\n\r\n")
    kind = dict(_fields(http_header.partition(b"\r\n")[2])).get("content-type", "").lower()
    is_html = kind.startswith(HTML_TYPES) or (not kind and body.lstrip()[:1] == b"<")
    return Captured(url, date, int(status[1]), is_html, path, record.offset, record.length)


def _date(text: str) -> datetime | None:
    try:
        date = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _fields(header: bytes) -> Iterator[tuple[str, str]]:
    """Name (lower case) and value of each header line, folded lines joined."""
    try:
        message = BytesHeaderParser().parsebytes(header)
    except MessageError:
        return
    for name, value in message.raw_items():
        yield name.lower(), " ".join(str(value).split())


def read_response(captured: Captured, max_bytes: int) -> HttpResponse:
    """The response in full.

    Raises Damaged where it cannot be read, OverflowError where its body is larger than `max_bytes`.
    """
    with captured.path.open("rb") as file:
        file.seek(captured.offset)
        stored = file.read(captured.length)
    if stored.startswith(GZIP_MEMBER):
        stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            record = stream.decompress(stored, max_bytes + 2 * HEAD_BYTES)
        except zlib.error as error:
            raise Damaged(str(error)) from error
        if not stream.eof:
            raise OverflowError(f"{captured.url} is larger than {max_bytes:,} bytes")
    else:
        record = stored
    header, _, rest = record.partition(b"\r\n\r\n")
    block = rest[: _stated_length(record) - len(header) - 4]
    http_header, _, body = block.partition(b"\r\n\r\n")
    headers = tuple(_fields(http_header.partition(b"\r\n")[2]))
    named = dict(headers)
    if "chunked" in named.get("transfer-encoding", "").lower():
        body = unchunked(body)
    if len(body) > max_bytes:
        raise OverflowError(f"{captured.url} is larger than {max_bytes:,} bytes")
    truncated = re.search(rb"(?i)\r\nwarc-truncated:", header) is not None
    return HttpResponse(captured.status, tuple(_kept(headers, body)), body, truncated)


def _kept(headers: Iterable[tuple[str, str]], body: bytes) -> Iterator[tuple[str, str]]:
    """The headers that still describe `body`: some archives store it decoded under the headers of the encoded one."""
    for name, value in headers:
        is_undone = name == "content-encoding" and "gzip" in value.lower() and not body.startswith(GZIP_MEMBER[:2])
        if name not in ("transfer-encoding", "content-length") and not is_undone:
            yield name, value


def unchunked(body: bytes) -> bytes:
    """`body` without HTTP's chunked framing; as it is where there is none, whatever the header says."""
    parts: list[bytes] = []
    at = 0
    while size := re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]{0,200}\r?\n").match(body, at):
        length = int(size[1], 16)
        if length == 0:
            return b"".join(parts)
        parts.append(body[size.end() : size.end() + length])
        at = size.end() + length
        at += 2 if body[at : at + 2] == b"\r\n" else body[at : at + 1] == b"\n"
    return b"".join(parts) if parts and at >= len(body) else body
