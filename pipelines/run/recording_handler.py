"""Scrapy's HTTP/1.1 handler, which also takes down what Scrapy does not hand on: both heads as they went over the wire,
when the exchange began, the TLS connection, and what had come of a response that was cut off.

Scrapy (2.19) sorts headers by name, writes their names its own way, and drops the status line's words.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urldefrag

from OpenSSL.SSL import Connection
from scrapy import Request, signals
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, DownloadTimeoutError
from scrapy.http import Response
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.web._newclient import Request as WrittenRequest
from twisted.web.client import URI
from twisted.web.iweb import IResponse

from pipelines.archive.warc import LENGTH, TIME
from settings.clock import utc_now

EXCHANGE_KEY = "recorded_exchange"
"""Key of a request's meta under which the `RecordedExchange` of its response lies."""

response_cut_off = object()
"""The signal that a response was cut off by a limit of ours: receivers get `request` and `recorded`, a RecordedExchange
with its `truncated`. It is sent only where the response's head had come.
"""

MAX_HEAD_BYTES = 1 << 18
"""Of a response's head; Twisted gives up lines beyond 16 KB, and no server that means well has sixteen of them."""

MAX_CUT_BYTES = 1 << 20
"""Kept of the body of a response that was cut off: enough to see what it was. A page that is too large for us is
announced again and again, and would fill the archive with 10 MB each time."""

HEAD_END = re.compile(rb"\r?\n\r?\n")
INTERIM = re.compile(rb"HTTP/\d\.\d 1(?!01)\d\d\b")
"""A status that announces another response to the same request (RFC 9110, 15.2)."""


@dataclass(slots=True)
class RecordedExchange:
    """What went over the wire for one request.

    Heads are as they were written, without the empty line that ends them; empty until they are whole. `body` is what
    has come of the response's, MAX_CUT_BYTES at most, without chunked framing. `began_at` is UTC. `tls_version` and
    `cipher_suite` are OpenSSL's names, None without TLS.
    """

    began_at: datetime
    request_head: bytes = b""
    response_head: bytes = b""
    body: bytearray = field(default_factory=bytearray)
    ip_address: str | None = None
    tls_version: str | None = None
    cipher_suite: str | None = None
    truncated: str | None = None
    _received: bytearray = field(default_factory=bytearray)

    def send(self, request: WrittenRequest, transport: Any) -> None:
        """Take down a request as it is being written, in place of an earlier one: on a connection that the server had
        closed, it is written again on another.
        """
        written = _Written()
        request.writeTo(written)  # type: ignore[no-untyped-call]
        self.request_head, self.response_head, self.ip_address = written.head, b"", transport.getPeer().host
        self._received.clear()

    def receive(self, data: bytes, transport: Any) -> None:
        """Take the response's head from the bytes that come, whose chunks may end anywhere."""
        if self.response_head:
            return
        self._received += data
        while end := HEAD_END.search(self._received):
            head = bytes(self._received[: end.start()])
            del self._received[: end.end()]
            if not INTERIM.match(head):
                self.response_head = head
                self._note_tls(transport.getHandle())
                break
        if self.response_head or len(self._received) > MAX_HEAD_BYTES:
            self._received.clear()

    def _note_tls(self, connection: Any) -> None:
        """Take down how a connection is secured, once it has answered: a request is written before that is known."""
        if isinstance(connection, Connection):
            self.tls_version, self.cipher_suite = connection.get_protocol_version_name(), connection.get_cipher_name()

    def receive_body(self, data: bytes) -> None:
        """Take what has come of the body."""
        self.body += data[: max(0, MAX_CUT_BYTES - len(self.body))]


class _Written:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        self._parts.append(data)

    def writeSequence(self, parts: list[bytes]) -> None:  # noqa: N802 - Twisted's name
        self._parts += parts

    @property
    def head(self) -> bytes:
        return b"".join(self._parts).partition(b"\r\n\r\n")[0]


Find = Callable[[bytes], RecordedExchange | None]


class _RecordedProtocol(_LenientHTTP11ClientProtocol):
    """A connection that tells the exchange under way what is written and what comes. `find` finds it by the URL."""

    def __init__(self, find: Find, *arguments: Any) -> None:
        super().__init__(*arguments)  # type: ignore[no-untyped-call]
        self._find = find
        self._recorded: RecordedExchange | None = None

    def request(self, request: WrittenRequest) -> "Deferred[IResponse]":
        self._recorded = self._find(request.absoluteURI)
        if self._recorded is not None:
            self._recorded.send(request, self.transport)
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        if self._recorded is not None:
            self._recorded.receive(data, self.transport)
        super().dataReceived(data)  # type: ignore[no-untyped-call]


class _RecordingFactory(_LenientHTTP11ClientFactory):
    """The factory of such connections."""

    def __init__(self, find: Find, *arguments: Any) -> None:
        super().__init__(*arguments)  # type: ignore[no-untyped-call]
        self._find = find

    def buildProtocol(self, addr: IAddress | None) -> _RecordedProtocol:  # noqa: ARG002, N802 - Twisted's signature
        return _RecordedProtocol(self._find, self._quiescentCallback)


class RecordingHandler(HTTP11DownloadHandler):
    """Downloads as Scrapy's own handler does, and leaves the RecordedExchange of each response in its request's meta.

    Of two requests for one URL that are under way at once the second is not recorded: nothing but the URL tells a
    connection whose request it carries.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._under_way: dict[bytes, tuple[Request, RecordedExchange]] = {}
        self._pool._factory = partial(_RecordingFactory, self._found)  # type: ignore[assignment]
        crawler.signals.connect(self._on_bytes_received, signals.bytes_received)

    async def download_request(self, request: Request) -> Response:
        key = _key(request)
        recorded = RecordedExchange(utc_now())
        is_first = self._under_way.setdefault(key, (request, recorded))[1] is recorded
        try:
            response = await super().download_request(request)
        except DownloadTimeoutError:
            self._tell_cut_off(request, recorded, TIME)
            raise
        except DownloadCancelledError:
            self._tell_cut_off(request, recorded, LENGTH)
            raise
        finally:
            if is_first:
                del self._under_way[key]
        if recorded.response_head:
            request.meta[EXCHANGE_KEY] = recorded
        return response

    def _found(self, url: bytes) -> RecordedExchange | None:
        _, recorded = self._under_way.get(url, (None, None))
        return recorded

    def _on_bytes_received(self, data: bytes, request: Request) -> None:
        begun, recorded = self._under_way.get(_key(request), (None, None))
        if begun is request and recorded is not None:
            recorded.receive_body(data)

    def _tell_cut_off(self, request: Request, recorded: RecordedExchange, truncated: str) -> None:
        if recorded.response_head:
            recorded.truncated = truncated
            self._crawler.signals.send_catch_log(response_cut_off, request=request, recorded=recorded)


def _key(request: Request) -> bytes:
    """The URL as Twisted writes it."""
    url: bytes = URI.fromBytes(urldefrag(request.url)[0].encode("ascii")).toBytes()  # type: ignore[no-untyped-call]
    return url
