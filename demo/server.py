"""The demo web as a running server on 127.0.0.1: in this thread for good, or beside it for tests."""

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn

from demo.errors import DemoError, PortTakenError
from demo.web import ARTICLES, SLOW_SECONDS, demo_web

LOOPBACK = "127.0.0.1"
START_SECONDS = 10.0
STOP_SECONDS = 10.0
LINGER_SECONDS = 1
"""How long a stopping server lets answers under way, slow ones above all, go on."""


def listen(port: int) -> socket.socket:
    """A socket bound on loopback; port 0 takes a free one. Raises PortTakenError."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise PortTakenError(f"port {port} on {LOOPBACK} cannot be used: {error.strerror}") from error
    return listener


class DemoWeb:
    """The demo web on a port of its own, as a context manager or between start() and stop().

    `articles` is the folder of article files, `state` the one that keeps epoch and edition. After start() `port` is the
    port it listens on. Raises ContentError, StateError and PortTakenError on start().
    """

    def __init__(
        self,
        state: Path,
        port: int = 0,
        *,
        articles: Path = ARTICLES,
        faults: bool = True,
        slow_seconds: float = SLOW_SECONDS,
    ) -> None:
        self.port = port
        self._state, self._articles = state, articles
        self._faults, self._slow_seconds = faults, slow_seconds
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def url_of(self, site: str, path: str = "/") -> str:
        """An address on a demo site."""
        return f"http://{site}.localhost:{self.port}{path}"

    @property
    def control(self) -> str:
        """Where the demo is steered from, without a final slash."""
        return f"http://{LOOPBACK}:{self.port}/_demo"

    def serve(self, ready: Callable[[], None]) -> None:
        """Serve in this thread until SIGTERM or SIGINT; calls `ready` once the port accepts connections."""
        listener, server = self._prepared()
        ready()
        with listener:
            server.run(sockets=[listener])

    def start(self) -> None:
        """Serve in a thread; returns when requests are answered."""
        listener, server = self._prepared()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="demo-web", daemon=True)
        thread.start()
        self._server, self._thread = server, thread
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise DemoError("the demo web did not come up")
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop serving; answers under way are cut off after a moment. Does nothing when not started."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            raise DemoError("the demo web did not stop")
        self._server = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _prepared(self) -> tuple[socket.socket, uvicorn.Server]:
        listener = listen(self.port)
        self.port = listener.getsockname()[1]
        try:
            app = demo_web(self._articles, self._state, self.port, faults=self._faults, slow_seconds=self._slow_seconds)
        except DemoError:
            listener.close()
            raise
        config = uvicorn.Config(
            app,
            log_level="warning",
            lifespan="off",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=LINGER_SECONDS,
        )
        return listener, uvicorn.Server(config)
