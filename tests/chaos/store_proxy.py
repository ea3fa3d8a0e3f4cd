"""A proxy before the S3 server that lies, loses, delays and cuts, as networks and stores under load do."""

import random
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LOOPBACK = "127.0.0.1"
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER for a connection that ends with a reset, as that of a server that died does."""

CONTENTS = re.compile(rb"<Contents>.*?</Contents>", re.DOTALL)
KEY = re.compile(rb"<Key>(.*?)</Key>", re.DOTALL)


class Act(StrEnum):
    """What is done to a request that a fault strikes."""

    REFUSE = "refuse"
    """Answer `status`; the store does not see the request."""

    RESET_IN_BODY = "reset in body"
    """Reset the connection after half of the request's body."""

    LOSE_ANSWER = "lose answer"
    """Let the store act, then reset the connection."""

    REFUSE_LATE = "refuse late"
    """Let the store act, then answer `status`."""

    CUT_ANSWER = "cut answer"
    """Reset the connection after half of the answer's body."""

    DELAY = "delay"
    """Wait some seconds first."""

    HIDE_NEW = "hide new"
    """Know nothing of objects that came since the fault began: 404, and missing in lists."""

    FLIP_REQUEST = "flip request"
    """Turn one bit of the request's body."""

    FLIP_ANSWER = "flip answer"
    """Turn one bit of the answer's body."""


@dataclass(frozen=True)
class Fault:
    """What happens to a `share` (0 to 1) of the requests with one of the `methods` whose keys match `keys`.

    A list of the bucket's keys counts as the method LIST, with its prefix as key.
    """

    name: str
    act: Act
    methods: str
    keys: str = ""
    share: float = 1.0
    status: int = 500

    def strikes(self, method: str, key: str, chance: random.Random) -> bool:
        return method in self.methods.split() and re.search(self.keys, key) is not None and chance.random() < self.share


LOG = r"^tables/\w+/_delta_log/\d+\.json$"
DATA = r"^tables/.*\.parquet$"

FAULTS = (
    Fault("error 500", Act.REFUSE, "GET HEAD PUT LIST POST DELETE", share=0.3),
    Fault("error 503", Act.REFUSE, "GET HEAD PUT LIST POST DELETE", share=0.3, status=503),
    Fault("403 on put", Act.REFUSE, "PUT", r"^(warc|tables)/", status=403),
    Fault("507 on put", Act.REFUSE, "PUT", r"^(warc|tables)/", status=507),
    Fault("403 on put, at times", Act.REFUSE, "PUT", share=0.3, status=403),
    Fault("reset in put", Act.RESET_IN_BODY, "PUT", share=0.5),
    Fault("answers lost", Act.LOSE_ANSWER, "PUT DELETE", share=0.4),
    Fault("answers of commits lost", Act.LOSE_ANSWER, "PUT", LOG, share=0.7),
    Fault("500 after commit", Act.REFUSE_LATE, "PUT", LOG, share=0.6),
    Fault("gets cut", Act.CUT_ANSWER, "GET LIST", share=0.3),
    Fault("404 at times", Act.REFUSE, "GET HEAD", share=0.3, status=404),
    Fault("delays", Act.DELAY, "GET HEAD PUT LIST", share=0.1),
    Fault("stale lists", Act.HIDE_NEW, "LIST", share=0.5),
    Fault("stale gets", Act.HIDE_NEW, "GET HEAD", share=0.5),
    Fault("bits flipped in WARC puts", Act.FLIP_REQUEST, "PUT", r"^warc/", share=0.5),
    Fault("bits flipped in log puts", Act.FLIP_REQUEST, "PUT", LOG, share=0.3),
    Fault("bits flipped in data puts", Act.FLIP_REQUEST, "PUT", DATA, share=0.3),
    Fault("bits flipped in gets", Act.FLIP_ANSWER, "GET LIST", share=0.2),
)

MIN_DELAY_SECONDS, MAX_DELAY_SECONDS = 0.5, 3.0

Watch = Callable[[str, str, str], None]
"""Is told method and key of a request when it is 'asked', 'done' by the store, and 'answered'."""


class StoreProxy:
    """Passes on what is asked of the store at `endpoint`; `fault` is what happens to it, None for nothing.

    `seed` decides which requests a fault strikes.
    """

    def __init__(self, endpoint: str, seed: int) -> None:
        self.target = urlsplit(endpoint).netloc
        self.chance = random.Random(seed)
        self.watch: Watch | None = None
        self.struck = 0
        self._new: set[str] = set()
        self._fault: Fault | None = None
        self._server = _Server((LOOPBACK, 0), _Handler)
        self._server.proxy = self
        self.url = f"http://{LOOPBACK}:{self._server.server_port}"

    @property
    def fault(self) -> Fault | None:
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._fault, self.struck = fault, 0
        self._new.clear()

    def hidden(self, key: str) -> bool:
        return key in self._new

    def came(self, key: str) -> None:
        if self._fault is not None:
            self._new.add(key)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class ProxyProcess:
    """A StoreProxy in a process of its own: some calls of delta-rs hold Python's lock while they wait for an answer."""

    def __init__(self, endpoint: str, seed: int) -> None:
        context = get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(endpoint, seed, other), daemon=True)
        self._process.start()
        self.url: str = self._pipe.recv()

    def set_fault(self, fault: Fault | None) -> None:
        """When this returns, the fault is at work."""
        self._pipe.send(fault)
        self._pipe.recv()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.join()
        self._pipe.close()


def _serve(endpoint: str, seed: int, pipe: "Connection[str | None, Fault | None]") -> None:
    with StoreProxy(endpoint, seed) as proxy:
        pipe.send(proxy.url)
        while True:
            proxy.fault = pipe.recv()
            pipe.send(None)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    proxy: StoreProxy

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed, or reset by us, is no news."""


@dataclass(frozen=True)
class _Answer:
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._handle()

    do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 - the base class's names

    def log_message(self, *_: object) -> None:
        """The crawl's log says what it met."""

    def _handle(self) -> None:
        proxy = self.server.proxy
        method, key = self._subject()
        self._tell(method, key, "asked")
        fault = proxy.fault
        if fault and not fault.strikes(method, key, proxy.chance):
            fault = None
        if fault:
            proxy.struck += 1
        length = int(self.headers.get("Content-Length") or 0)
        if fault and fault.act is Act.RESET_IN_BODY:
            self.rfile.read(length // 2)
            self._reset()
            return
        body = self.rfile.read(length)
        if fault and fault.act is Act.REFUSE:
            self._send(_refusal(fault.status))
            return
        if fault and fault.act is Act.DELAY:
            time.sleep(proxy.chance.uniform(MIN_DELAY_SECONDS, MAX_DELAY_SECONDS))
        if fault and fault.act is Act.HIDE_NEW and method != "LIST" and proxy.hidden(key):
            self._send(_refusal(404))
            return
        if fault and fault.act is Act.FLIP_REQUEST:
            body = _flipped(body, proxy.chance)
        try:
            answer = self._ask_store(body)
        except (OSError, HTTPException):
            self._reset()
            return
        if method == "PUT" and answer.status == 200:
            proxy.came(key)
        self._tell(method, key, "done")
        self._answer(answer, fault, method)
        self._tell(method, key, "answered")

    def _answer(self, answer: _Answer, fault: Fault | None, method: str) -> None:
        act = fault.act if fault else None
        if fault and act is Act.REFUSE_LATE:
            answer = _refusal(fault.status)
        elif act is Act.LOSE_ANSWER:
            self._reset()
            return
        elif act is Act.CUT_ANSWER:
            self._send(answer, answer.body[: len(answer.body) // 2])
            self._reset()
            return
        elif act is Act.HIDE_NEW and method == "LIST":
            answer = self._without_new(answer)
        elif act is Act.FLIP_ANSWER:
            answer = _Answer(
                answer.status, answer.reason, answer.headers, _flipped(answer.body, self.server.proxy.chance)
            )
        self._send(answer)

    def _subject(self) -> tuple[str, str]:
        """The request's method and key; of a list, LIST and its prefix."""
        parts = urlsplit(self.path)
        _, _, key = unquote(parts.path).lstrip("/").partition("/")
        prefix = re.search(r"(?:^|&)prefix=([^&]*)", parts.query)
        if self.command == "GET" and not key:
            return "LIST", unquote(prefix[1]) if prefix else ""
        return self.command, key

    def _tell(self, method: str, key: str, stage: str) -> None:
        if watch := self.server.proxy.watch:
            watch(method, key, stage)

    def _ask_store(self, body: bytes) -> _Answer:
        connection = HTTPConnection(self.server.proxy.target, timeout=120)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in ("connection", "expect"):
                    connection.putheader(name, value)  # Host among them: the request is signed over it
            connection.endheaders(body or None)
            response: HTTPResponse = connection.getresponse()
            return _Answer(response.status, response.reason, response.getheaders(), response.read())
        finally:
            connection.close()

    def _send(self, answer: _Answer, body: bytes | None = None) -> None:
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.headers:
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        stated = {name.lower(): value for name, value in answer.headers}.get("content-length")
        length = stated if self.command == "HEAD" and stated else str(len(answer.body))
        if answer.status not in (204, 304):
            self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body if body is None else body)

    def _without_new(self, answer: _Answer) -> _Answer:
        def kept(found: re.Match[bytes]) -> bytes:
            key = KEY.search(found[0])
            return b"" if key and self.server.proxy.hidden(unquote(key[1].decode())) else found[0]

        return _Answer(answer.status, answer.reason, answer.headers, CONTENTS.sub(kept, answer.body))

    def _reset(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.connection.close()


def _refusal(status: int) -> _Answer:
    code = {403: "AccessDenied", 404: "NoSuchKey", 503: "SlowDown", 507: "InsufficientStorage"}.get(
        status, "InternalError"
    )
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>invented by a test</Message></Error>'
    return _Answer(status, "", [("Content-Type", "application/xml")], body.encode())


def _flipped(body: bytes, chance: random.Random) -> bytes:
    """The body with one bit turned."""
    if not body:
        return body
    turned = bytearray(body)
    turned[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return bytes(turned)
