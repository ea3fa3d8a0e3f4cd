"""A TCP gate in front of the S3 server: shut, it makes the store unreachable, as a dead server or a cut line would."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from settings.storage import Storage


class Gate:
    """Passes connections on to the store of `behind`; `storage` are the settings that lead through it.

    What is sent to the store goes through `alter`, what it answers through `alter_answer`, as a line might damage it.
    """

    def __init__(
        self,
        behind: Storage,
        alter: Callable[[bytes], bytes] = bytes,
        alter_answer: Callable[[bytes], bytes] = bytes,
    ) -> None:
        self._alter = alter
        self._alter_answer = alter_answer
        target = urlsplit(behind.endpoint_url or "")
        self._target = (target.hostname, target.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._passing: list[socket.socket] = []
        port = self._listener.getsockname()[1]
        # The store signs over the Host header, which is that of the gate on both sides.
        self.storage = behind.model_copy(update={"endpoint_url": f"http://127.0.0.1:{port}"})

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shut()

    def shut(self) -> None:
        """Refuse new connections and cut those that pass."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for passing in self._passing:
            with suppress(OSError):
                passing.shutdown(socket.SHUT_RDWR)
            passing.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._passing += [client, server]
                for source, sink, alter in ((client, server, self._alter), (server, client, self._alter_answer)):
                    threading.Thread(target=_pump, args=(source, sink, alter), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket, alter: Callable[[bytes], bytes]) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(alter(data))
        sink.shutdown(socket.SHUT_WR)
