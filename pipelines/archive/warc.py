"""WARC 1.1: HTTP exchanges as received, one gzip member per record.

Follows ISO 28500:2017 (WARC 1.1, with its Annex C on file names and gzip).
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from deflate import gzip_compress
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipelines.archive.disk import AppendedFile, DiskFailed

FORMAT = "WARC File Format 1.1"
CONFORMS_TO = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
NOT_MODIFIED_PROFILE = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
NOT_MODIFIED = 304
WARC_FIELDS = "application/warc-fields"

COMPRESSION_LEVEL = 8
"""Of libdeflate, which packs a record at once. Of 160 saved pages it makes 2 % less than `gzip -6`, in 2.8 ms of CPU
for each in place of 3.3; level 10 makes 4 % less, in 15.
"""

DECODED_HEADER = b"transfer-encoding"
DECODED_PREFIX = b"X-Crawl-"
"""The HTTP client hands over the body with its chunked framing undone already. With the header in its place a reader
would look for chunk sizes in plain content, so it is kept under the name that Common Crawl's news crawler gives it."""

LENGTH = "length"
TIME = "time"
DISCONNECT = "disconnect"
"""Why a response was cut off, in the words of WARC-Truncated (ISO 28500, 5.13)."""

LINE_END = re.compile(rb"\r?\n")
"""RFC 9112 (2.2) lets a recipient take a bare LF, as some servers send it."""

TLS_VERSION = re.compile(r"^TLSv(\d(?:\.\d)?)$")
"""A protocol as OpenSSL names it."""

IANA_CIPHER_SUITE = "TLS_"
"""How the registry's names of cipher suites begin. WARC-Cipher-Suite wants these; OpenSSL has them for TLS 1.3 only."""

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its response.

    `body` is as received: still content-encoded, transfer-encoding undone. `fetched_at` is when the exchange began,
    UTC. `truncated` is LENGTH, TIME or DISCONNECT where the body was cut, else None. `request_head` and `response_head`
    are as they went over the wire, without the empty line that ends them; empty where nobody saw them, and then made up
    from the other fields. `tls_version` and `cipher_suite` are OpenSSL's names, None without TLS. `discovered_from` is
    the URL of the source that announced an article, None of all else; `seconds` is how long the exchange took.
    """

    method: str
    url: str
    request_headers: Headers
    status: int
    reason: str
    response_headers: Headers
    body: bytes
    fetched_at: datetime
    ip_address: str | None = None
    truncated: str | None = None
    protocol: str = "HTTP/1.1"
    request_head: bytes = b""
    response_head: bytes = b""
    tls_version: str | None = None
    cipher_suite: str | None = None
    discovered_from: str | None = None
    seconds: float | None = None

    @property
    def status_line(self) -> bytes:
        """The response's first line."""
        if self.response_head:
            return LINE_END.split(self.response_head, maxsplit=1)[0]
        return f"{self.protocol} {self.status} {self.reason}".rstrip().encode("latin-1")

    def header(self, name: str) -> str | None:
        """The first response header of that name, None where there is none."""
        wanted = name.lower().encode()
        return next((v.decode("latin-1") for k, v in self.response_headers if k.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class RevisitTarget:
    """An earlier capture of the same URL that is in the bucket whole: what a `revisit` record refers to."""

    payload_digest: str
    date: datetime


@dataclass(frozen=True, slots=True)
class RecordLocation:
    """Where a response lies in its file (offset and length of the gzip member, bytes); whether it is a `revisit`, or a
    `metadata` record in place of a body that was withheld.
    """

    offset: int
    length: int
    payload_digest: str | None
    revisit: bool
    withheld: bool = False


def payload_digest(body: bytes) -> str:
    """WARC payload digest of a body as received: 'sha1:' and base32, the form that CDX servers compare."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


def warc_date(moment: datetime) -> str:
    """A WARC-Date in UTC, to the microsecond, as WARC 1.1 allows."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class WarcFileWriter:
    """Writer of one WARC file. Every record is on disk (not fsynced) when the call that wrote it returns.

    Every call that writes raises DiskFailed: what could not be written whole is not there then.

    `warcinfo` are the fields of the opening warcinfo record, beside software's own `format` and `conformsTo`.
    """

    def __init__(self, path: Path, filename: str, warcinfo: Mapping[str, str]) -> None:
        self._file = AppendedFile(path)
        self._filename = filename
        self._piece = BytesIO()
        self._writer = WARCWriter(self._piece, gzip=False, warc_version="1.1")
        self._warcinfo_id = ""
        try:
            self.describe(warcinfo)
        except DiskFailed:
            self._file.discard()
            raise

    def describe(self, warcinfo: Mapping[str, str]) -> None:
        """Append a warcinfo record: it speaks of the records that follow it, up to the next one (ISO 28500, 6.2)."""
        fields = {"format": FORMAT, "conformsTo": CONFORMS_TO, **warcinfo}
        record = self._writer.create_warcinfo_record(self._filename, fields)
        self._file.append(self._members(record))
        self._warcinfo_id = record.rec_headers.get_header("WARC-Record-ID")

    def _members(self, *records: ArcWarcRecord) -> bytes:
        """The records as they stand in the file, a gzip member each."""
        members = []
        for record in records:
            self._piece.seek(0)
            self._piece.truncate()
            self._writer.write_record(record)
            members.append(gzip_compress(self._piece.getvalue(), COMPRESSION_LEVEL))
        return b"".join(members)

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._file.size

    def write(self, exchange: Exchange, target: RevisitTarget | None, withheld: str = "") -> RecordLocation:
        """Append the response (or a `revisit` of `target`) and its request, linked by WARC-Concurrent-To; of an article
        whose bytes are new also how it was found.

        A revisit is written where the payload is that of `target`, or the server answered 304. Else, where the body
        must not be kept, and `withheld` says why, a `metadata` record says what came.
        """
        digest = payload_digest(exchange.body)
        not_modified = exchange.status == NOT_MODIFIED
        identical = target is not None and not exchange.truncated and digest == target.payload_digest
        revisit = not_modified or identical
        known_digest = (target.payload_digest if target else None) if not_modified else digest

        of_both = {"WARC-Date": warc_date(exchange.fetched_at), "WARC-Warcinfo-ID": self._warcinfo_id}
        warc_headers = {**of_both, "WARC-Protocol": exchange.protocol.lower()}
        if exchange.ip_address:
            warc_headers["WARC-IP-Address"] = exchange.ip_address
        if exchange.cipher_suite and exchange.cipher_suite.startswith(IANA_CIPHER_SUITE):
            warc_headers["WARC-Cipher-Suite"] = exchange.cipher_suite
        if exchange.truncated:
            warc_headers["WARC-Truncated"] = exchange.truncated
        if revisit:
            response = self._revisit(exchange, target, known_digest, identical, warc_headers)
        elif withheld:
            response = self._metadata(exchange, digest, withheld, warc_headers)
        else:
            response = self._writer.create_warc_record(
                exchange.url,
                "response",
                payload=BytesIO(exchange.body),
                length=len(exchange.body),
                http_headers=_response_head(exchange),
                warc_headers_dict=warc_headers | {"WARC-Payload-Digest": digest},
            )
        if tls := TLS_VERSION.match(exchange.tls_version or ""):
            response.rec_headers.add_header("WARC-Protocol", f"tls/{tls[1]}")
        request = self._writer.create_warc_record(
            exchange.url,
            "request",
            http_headers=_request_head(exchange),
            warc_headers_dict={
                **of_both,
                "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID"),
            },
        )
        others = [request]
        if exchange.discovered_from and response.rec_type == "response":
            others.append(self._discovery(exchange, request.rec_headers.get_header("WARC-Concurrent-To"), of_both))
        member = self._members(response)
        offset = self._file.append(member + self._members(*others))
        return RecordLocation(offset, len(member), known_digest, revisit, withheld=bool(withheld) and not revisit)

    def _metadata(self, exchange: Exchange, digest: str, withheld: str, warc_headers: dict[str, str]) -> ArcWarcRecord:
        """What is kept of a response whose body is not (ISO 28500, 6.6): as warc-fields."""
        fields = [
            ("body", f"not kept: {withheld}"),
            ("payload-digest", digest),
            ("payload-length", str(len(exchange.body))),
            ("http-status", exchange.status_line.decode("latin-1")),
            *(
                ("http-header", f"{name.decode('latin-1')}: {value.decode('latin-1')}")
                for name, value in exchange.response_headers
            ),
        ]
        return self._warc_fields(exchange.url, fields, warc_headers)

    def _discovery(self, exchange: Exchange, response_id: str, warc_headers: dict[str, str]) -> ArcWarcRecord:
        """How an article was found, in the words of Heritrix: `via` is what announced it."""
        fields = [("via", exchange.discovered_from or "")]
        if exchange.seconds is not None:
            fields.append(("fetchTimeMs", f"{exchange.seconds * 1000:.0f}"))
        return self._warc_fields(exchange.url, fields, {**warc_headers, "WARC-Concurrent-To": response_id})

    def _warc_fields(self, url: str, fields: Iterable[tuple[str, str]], warc_headers: dict[str, str]) -> ArcWarcRecord:
        block = "".join(f"{name}: {value}\r\n" for name, value in fields).encode()
        return self._writer.create_warc_record(
            url,
            "metadata",
            payload=BytesIO(block),
            length=len(block),
            warc_content_type=WARC_FIELDS,
            warc_headers_dict=warc_headers,
        )

    def _revisit(
        self,
        exchange: Exchange,
        target: RevisitTarget | None,
        digest: str | None,
        identical: bool,
        warc_headers: dict[str, str],
    ) -> ArcWarcRecord:
        headers = dict(warc_headers)
        headers["WARC-Profile"] = self._writer.REVISIT_PROFILE_1_1 if identical else NOT_MODIFIED_PROFILE
        if target:
            headers["WARC-Refers-To-Target-URI"] = exchange.url
            headers["WARC-Refers-To-Date"] = warc_date(target.date)
        if digest:
            headers["WARC-Payload-Digest"] = digest
        return self._writer.create_warc_record(
            exchange.url, "revisit", http_headers=_response_head(exchange), warc_headers_dict=headers
        )

    def sync(self) -> None:
        """Wait until what was written is on the disk itself."""
        self._file.sync()

    def close(self) -> None:
        self._file.close()


class _Head(StatusAndHeaders):  # type: ignore[misc]
    """An HTTP head that is written byte for byte; warcio's own would percent-encode what is not ASCII."""

    def __init__(self, first_line: bytes, lines: Iterable[bytes]) -> None:
        protocol, _, statusline = first_line.decode("latin-1").partition(" ")
        self._lines = (first_line, *lines)
        super().__init__(statusline, [_parted(line.decode("latin-1")) for line in self._lines[1:]], protocol=protocol)

    def compute_headers_buffer(self, header_filter: object = None) -> None:  # noqa: ARG002 - warcio's signature
        self.headers_buff = b"".join(line + b"\r\n" for line in (*self._lines, b""))


def _parted(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.strip()


def _lines(headers: Headers) -> list[bytes]:
    return [name + b": " + value for name, value in headers]


def _response_head(exchange: Exchange) -> _Head:
    lines = LINE_END.split(exchange.response_head)[1:] if exchange.response_head else _lines(exchange.response_headers)
    return _Head(
        exchange.status_line,
        (DECODED_PREFIX + line if line.lower().startswith(DECODED_HEADER + b":") else line for line in lines),
    )


def _request_head(exchange: Exchange) -> _Head:
    if exchange.request_head:
        first_line, *lines = LINE_END.split(exchange.request_head)
        return _Head(first_line, lines)
    parts = urlsplit(exchange.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = exchange.request_headers
    if not any(name.lower() == b"host" for name, _ in headers):
        # The HTTP client adds it below the level at which we see the request.
        headers = (*headers, (b"Host", parts.netloc.rpartition("@")[2].encode()))
    return _Head(f"{exchange.method} {target} {exchange.protocol}".encode("latin-1"), _lines(headers))
