"""Responses in WARC files, found by URL: whoever wrote the files, and with some of their records damaged.

What is not read is said, by file and kind: a record that is left out in silence is an article lost.

One pass over a file notes where each response lies; its bytes are read when they are asked for. The format is read here
and not through a library because libraries stop at the first damaged record, and what follows it is not damaged.
"""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.errors import MessageError
from email.parser import BytesHeaderParser
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from pipelines.content_encoding import codings, is_encoded
from pipelines.web_address import is_address

CHUNK_BYTES = 1 << 16
MAX_HEAD_BYTES = 1 << 16
"""What is kept of a record while looking it over: its own header and that of HTTP. Longer ones are hostile."""

MAX_MEMBER_BYTES = 1 << 30
"""Unpacked size of one record beyond which it is given up as a bomb."""

MAX_SEPARATOR_BYTES = 64
"""Line ends between two records of an uncompressed file. The standard has four bytes; writers with one line end less,
or some more, are known."""

GZIP_MEMBER = b"\x1f\x8b\x08"
MAX_SHARED_MEMBER_BYTES = 64 << 20
"""Unpacked size of a gzip member that holds several records, each of which is unpacked with all of them before it."""

RECORD_START = b"WARC/"
"""With any version: what 0.17 and 0.18, of before the standard, write differently, is not read here."""

MAX_START_BYTES = 16
"""Of a file, by which its kind is told."""

CAPTURES_NAME = re.compile(r"(?i)\.(?:warc(?:\.[^/]*)?(?:(?<=\.warc)|\.(?:gz|zst|bz2|xz))|arc(?:\.gz)?|wacz)$")
FOREIGN_STARTS = {
    b"filedesc://": "an ARC file",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"\x5d\x2a\x4d\x18": "compressed with zstd",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ": "compressed with xz",
    b"PK\x03\x04": "a ZIP file, as WACZ is",
}
"""First bytes of what holds captures as well and is not read here."""

UNREAD_KINDS = {
    "revisit": "say that a page had not changed",
    "resource": "hold a file without an HTTP response",
    "conversion": "hold another form of a response",
    "continuation": "hold a further segment of another record",
}
"""Types of records (ISO 28500) that may concern a page, are not read, and are counted; others never hold a page."""

HTML_TYPES = ("text/html", "application/xhtml+xml")

SEPARATOR = b"\r\n\r\n"
HEAD_END = re.compile(rb"\r?\n\r?\n")
"""The empty line after a header. RFC 9112 (2.2) lets a recipient take a bare LF, as some servers send it."""

TARGET_URI = re.compile(rb"(?i)\nwarc-target-uri:[ \t]*<?([^>\s]*)")
CONTENT_LENGTH = re.compile(rb"(?i)\ncontent-length:\s*(\d{1,12})")
CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]{0,200}\r?\n")


class Damaged(Exception):  # noqa: N818 - it names a state
    """A record cannot be read; the message says why."""


class NotAResponse(Damaged):
    """A record is of another `kind`, such as 'revisit'."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"it is a {kind} record")
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Record:
    """Where a WARC record lies: `offset` and `length` in bytes of the file, `head` its first unpacked bytes.

    `is_separated` tells whether the line ends that the standard wants between two records follow it, `is_shared`
    whether it is the first of several in a gzip member. Of these `offset` and `length` are the member's, and `inner`
    says from where to where in the unpacked member each one lies.
    """

    offset: int
    length: int
    head: bytes
    is_separated: bool = True
    is_shared: bool = False
    inner: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Captured:
    """A response in a WARC file. `captured_at` is its WARC-Date, UTC; `inner` is as in `Record`."""

    url: str
    captured_at: datetime
    status: int
    is_html: bool
    path: Path
    offset: int
    length: int
    inner: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response as it was captured: headers in order, with names in lower case; the body as it was, but for chunked
    framing.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: bool

    def header(self, name: str) -> str | None:
        """The last header of that name (lower case), None where there is none."""
        return dict(self.headers).get(name)


@dataclass(frozen=True, slots=True)
class RecordHead:
    """What the beginning of a record says: the fields of its own header and of the HTTP message in it, by their names
    in lower case. `status` is None where the block is not an HTTP response; `body` is as much of it as there was.
    """

    fields: Mapping[str, str]
    status: int | None
    http_headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def kind(self) -> str:
        return self.fields.get("warc-type", "")

    @property
    def url(self) -> str:
        return self.fields.get("warc-target-uri", "").strip("<>")

    @property
    def date(self) -> datetime | None:
        """WARC-Date in UTC, None where it could not be read. Some writers give it the 14 digits of an ARC file."""
        stated = self.fields.get("warc-date", "").strip()
        try:
            date = datetime.fromisoformat(re.sub(r"^(\d{8})(\d{6})$", r"\1T\2", stated))
        except ValueError:
            return None
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)

    def http_header(self, name: str) -> str | None:
        return dict(self.http_headers).get(name)


def any_address(_url: str) -> bool:
    """Any address is wanted."""
    return True


class Captures:
    """The responses of one or more WARC files."""

    def __init__(self) -> None:
        self.responses: list[Captured] = []
        self._by_url: dict[str, list[Captured]] = {}
        self._by_address: dict[str, list[Captured]] = {}

    @classmethod
    def from_files(
        cls, paths: Iterable[Path], warn: Callable[[str], None], is_wanted: Callable[[str], bool] = any_address
    ) -> "Captures":
        """The responses of the files from addresses that are wanted; of others nothing but the address is read. `warn`
        is told of each damaged record, and of how many others are left out.
        """
        captures = cls()
        for path in paths:
            left_out: Counter[str] = Counter()
            for record in records(path, warn):
                if is_wanted is not any_address and not is_wanted(_target(record.head)):
                    continue
                head = read_head(record.head)
                if captured := _response(head, record, path):
                    captures._add(captured)
                elif why := _why_unread(head):
                    left_out[why] += 1
            for why, count in left_out.items():
                warn(f"{path.name}: {count:,} records are left out that {why}")
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
    found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file() and holds_captures(p.name))
    if not found:
        raise FileNotFoundError(f"{path} is not a WARC file, nor a folder with any")
    return found


def holds_captures(name: str) -> bool:
    """Whether a file is one of captures by its name, of a kind that is read here or not: `records` says which is."""
    return CAPTURES_NAME.search(name) is not None


def records(path: Path, warn: Callable[[str], None]) -> Iterator[Record]:
    """The records of a WARC file, one after the other, past those that are damaged."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(MAX_START_BYTES)
        if foreign := _foreign(start):
            warn(f"{path.name} is {foreign}, which is not read, and is left out: make a .warc.gz file of it first")
            return
        packed = start.startswith(GZIP_MEMBER[:2])
        if packed:
            yield from _members(file, size, path.name, warn)
        else:
            yield from _walk(_plain_record, file, size, path.name, warn)


def _foreign(start: bytes) -> str | None:
    """What a file is by its first bytes that is not read here; None for all else."""
    return next((kind for mark, kind in FOREIGN_STARTS.items() if start.startswith(mark)), None)


ReadRecord = Callable[[BinaryIO, int, int], Record]
"""The record at an offset of a file of a size. Raises Damaged."""


def _walk(read: ReadRecord, file: BinaryIO, size: int, name: str, warn: Callable[[str], None]) -> Iterator[Record]:
    """The records of a file, one after the other, past those that are damaged."""
    mark = RECORD_START if read is _plain_record else GZIP_MEMBER
    offset, searching, separated = 0, False, True
    while offset < size:
        try:
            record = read(file, offset, size)
        except Damaged as damage:
            # Chance bytes that a search for the next record hits are not one more damage.
            if not searching or not isinstance(damage, _NotARecord):
                warn(f"{name}: a record at byte {offset:,} is damaged and left out: {damage}")
            searching = True
            offset = _next_mark(file, offset + 1, mark)
            continue
        if separated and not record.is_separated:
            warn(f"{name}: records are not parted by two line ends; they are read by the lengths they state")
            separated = False
        yield record
        searching = False
        offset += record.length


def _members(file: BinaryIO, size: int, name: str, warn: Callable[[str], None]) -> Iterator[Record]:
    """The records of a file of gzip members: one in each, as the standard recommends, or several."""
    for member in _walk(_packed_record, file, size, name, warn):
        if not member.is_shared:
            yield member
            continue
        file.seek(member.offset)
        plain = _unpacked(file.read(member.length), MAX_SHARED_MEMBER_BYTES)
        for record in _walk(_plain_record, BytesIO(plain), len(plain), f"{name}, member at {member.offset:,}", warn):
            inner = (record.offset, record.offset + record.length)
            yield replace(record, offset=member.offset, length=member.length, inner=inner)


def whole_records(path: Path) -> Iterator[Record]:
    """The whole records of a gzip WARC file, whatever stands between them."""
    size = path.stat().st_size
    offset = 0
    with path.open("rb") as file:
        while offset < size:
            try:
                record = _packed_record(file, offset, size)
            except Damaged:
                offset = _next_mark(file, offset + 1, GZIP_MEMBER)
            else:
                yield record
                offset += record.length


class _NotARecord(Damaged):
    """These bytes do not begin a record."""


def _packed_record(file: BinaryIO, offset: int, size: int) -> Record:  # noqa: ARG001 - as ReadRecord has it
    """The record in the gzip member at `offset`."""
    file.seek(offset)
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    head, tail, unpacked = bytearray(), b"", 0
    while not stream.eof:
        packed = stream.unconsumed_tail or file.read(CHUNK_BYTES)
        if not packed:
            raise Damaged("the file ends within it")
        try:
            plain = stream.decompress(packed, CHUNK_BYTES)
        except zlib.error as error:
            raise (Damaged if head.startswith(RECORD_START) else _NotARecord)(str(error)) from error
        unpacked += len(plain)
        tail = (tail + plain)[-MAX_SEPARATOR_BYTES:]
        if len(head) < MAX_HEAD_BYTES:
            head += plain
        if unpacked > MAX_MEMBER_BYTES:
            raise Damaged(f"it unpacks to more than {MAX_MEMBER_BYTES:,} bytes")
    if kind := _foreign(bytes(head[:MAX_START_BYTES])):
        raise Damaged(f"it is of {kind}, which is not read: make a .warc.gz file of it first")
    if not head.startswith(RECORD_START):
        raise _NotARecord("it is not a WARC record")
    length = file.tell() - len(stream.unused_data) - offset
    rest = max(unpacked - _stated_length(bytes(head)), 0)
    is_shared = rest > MAX_SEPARATOR_BYTES or bool(tail[len(tail) - rest :].strip(b"\r\n"))
    if is_shared and unpacked > MAX_SHARED_MEMBER_BYTES:
        raise Damaged(f"its gzip member holds several, {unpacked:,} bytes unpacked: recompress the file by record")
    return Record(offset, length, bytes(head[:MAX_HEAD_BYTES]), is_shared=is_shared)


def _plain_record(file: BinaryIO, offset: int, size: int) -> Record:
    """The record of an uncompressed file at `offset`, with the line ends that part it from the next."""
    file.seek(offset)
    head = file.read(MAX_HEAD_BYTES)
    if not head.startswith(RECORD_START):
        if not head.strip(b"\r\n"):
            return Record(offset, size - offset, head)
        raise _NotARecord("it is not a WARC record")
    length = _stated_length(head)
    if offset + length > size:
        raise Damaged("the file ends within it")
    file.seek(offset + length)
    rest = file.read(MAX_SEPARATOR_BYTES + len(RECORD_START))
    following = rest.lstrip(b"\r\n")
    if not following or following.startswith(RECORD_START):
        separator = rest[: len(rest) - len(following)]
        return Record(offset, length + len(separator), head, is_separated=separator == SEPARATOR)
    if rest.startswith(SEPARATOR):
        return Record(offset, length + len(SEPARATOR), head)
    raise Damaged("it does not end where its length says")


def _stated_length(head: bytes) -> int:
    """Length of a record by its own header, without the line ends after it."""
    end = HEAD_END.search(head)
    found = CONTENT_LENGTH.search(head, 0, end.start()) if end else None
    if not end or not found:
        raise Damaged("its header is not whole")
    return end.end() + int(found[1])


def _target(head: bytes) -> str:
    """The address that a record is of, by its own header; empty where it has none."""
    end = HEAD_END.search(head)
    found = TARGET_URI.search(head, 0, end.start()) if end else None
    return found[1].decode("utf-8", errors="replace") if found else ""


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


def read_head(record: bytes) -> RecordHead:
    """What the first bytes of an unpacked record say."""
    head, block = _parted(record)
    http_head, body = _parted(block)
    status = re.match(rb"HTTP/\d(?:\.\d)? +(\d{3})", http_head)
    headers = tuple(_fields(http_head.partition(b"\n")[2])) if status else ()
    return RecordHead(dict(_fields(head.partition(b"\n")[2])), int(status[1]) if status else None, headers, body)


def _parted(message: bytes) -> tuple[bytes, bytes]:
    """A header and what follows the empty line after it."""
    end = HEAD_END.search(message)
    return (message[: end.start()], message[end.end() :]) if end else (message, b"")


def _response(head: RecordHead, record: Record, path: Path) -> Captured | None:
    """What a record captured, None where it is not a response to an HTTP request."""
    if head.kind != "response" or head.status is None or not head.date or "warc-segment-number" in head.fields:
        return None
    if not is_address(head.url):
        return None
    kind = (head.http_header("content-type") or "").lower()
    is_html = kind.startswith(HTML_TYPES) or (not kind and head.body.lstrip()[:1] == b"<")
    return Captured(head.url, head.date, head.status, is_html, path, record.offset, record.length, record.inner)


def _why_unread(head: RecordHead) -> str | None:
    """What a record does that may concern a page and is not read; None where it concerns none."""
    if not head.url.startswith(("http://", "https://")):
        return "are responses without an address" if head.kind == "response" and not head.url else None
    if head.kind != "response":
        return UNREAD_KINDS.get(head.kind)
    if not is_address(head.url):
        return "have an address that names no host"
    if "warc-segment-number" in head.fields:
        return "hold the first segment of a response"
    return "have no date that could be read" if head.status is not None else "do not hold an HTTP response"


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
    try:
        if captured.inner:
            begin, end = captured.inner
            stored = _unpacked(stored, MAX_SHARED_MEMBER_BYTES)[begin:end]
        return response_in(stored, max_bytes)
    except OverflowError as error:
        raise OverflowError(f"{captured.url} is larger than {max_bytes:,} bytes") from error


def response_in(stored: bytes, max_bytes: int) -> HttpResponse:
    """The response in a `response` record, from the record's bytes as they lie in its file, with or without gzip.

    Raises Damaged where it cannot be read, OverflowError where its body is larger than `max_bytes`.
    """
    record = unpacked_record(stored, max_bytes)
    if not record.startswith(RECORD_START):
        raise Damaged("it is not a WARC record")
    head = read_head(record[: _stated_length(record)])
    if head.kind != "response":
        raise NotAResponse(head.kind)
    if head.status is None:
        raise Damaged("it does not hold an HTTP response")
    body = head.body
    if "chunked" in (head.http_header("transfer-encoding") or "").lower():
        body = unchunked(body)
    if len(body) > max_bytes:
        raise OverflowError(f"it is larger than {max_bytes:,} bytes")
    return HttpResponse(head.status, tuple(_kept(head.http_headers, body)), body, "warc-truncated" in head.fields)


def unpacked_record(stored: bytes, max_bytes: int) -> bytes:
    """A record from its bytes as they lie in its file, without gzip.

    Raises Damaged where they cannot be read, OverflowError where its body is larger than `max_bytes`.
    """
    return _unpacked(stored, max_bytes + 2 * MAX_HEAD_BYTES) if stored.startswith(GZIP_MEMBER) else stored


def _unpacked(stored: bytes, max_bytes: int) -> bytes:
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        record = stream.decompress(stored, max_bytes)
    except zlib.error as error:
        raise Damaged(str(error)) from error
    if not stream.eof:
        if len(record) < max_bytes:
            raise Damaged("it ends too early")
        raise OverflowError(f"it is larger than {max_bytes:,} bytes")
    return record


def _kept(headers: Iterable[tuple[str, str]], body: bytes) -> Iterator[tuple[str, str]]:
    """The headers that still describe `body`: some archives store it decoded under the headers of the encoded one."""
    for name, value in headers:
        is_undone = name == "content-encoding" and codings(value) and not is_encoded(body, value)
        if name not in ("transfer-encoding", "content-length") and not is_undone:
            yield name, value


def unchunked(body: bytes) -> bytes:
    """`body` without HTTP's chunked framing; as it is where there is none, whatever the header says."""
    parts: list[bytes] = []
    at = 0
    while size := CHUNK_SIZE.match(body, at):
        length = int(size[1], 16)
        if length == 0:
            return b"".join(parts)
        parts.append(body[size.end() : size.end() + length])
        at = size.end() + length
        at += 2 if body[at : at + 2] == b"\r\n" else body[at : at + 1] == b"\n"
    return b"".join(parts) if parts and at >= len(body) else body
