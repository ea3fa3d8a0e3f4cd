"""A cable between a program and a server that it talks to: it can be cut, and mended."""

import selectors
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

LOOPBACK = "127.0.0.1"
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER for a connection that ends with a reset, as that to a machine that is gone does."""

CHUNK_BYTES = 65_536


class Relay:
    """Takes connections on a port of loopback and leads them to where `connect` connects to, while the cable is whole.

    While it is cut, connections are reset at once, those that there were too.
    """

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        self._connect = connect
        self._listener = socket.create_server((LOOPBACK, 0))
        self._is_cut = False
        self._open: set[socket.socket] = set()
        self.port: int = self._listener.getsockname()[1]

    def cut(self) -> None:
        """Reset every connection, and each that comes."""
        self._is_cut = True
        for end in list(self._open):
            self._reset(end)

    def mend(self) -> None:
        """Let everything pass again."""
        self._is_cut = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener is closed
            while True:
                here, _ = self._listener.accept()
                threading.Thread(target=self._lead, args=(here,), daemon=True).start()

    def _lead(self, here: socket.socket) -> None:
        if self._is_cut:
            self._reset(here)
            return
        with suppress(OSError, ValueError), here, self._connect() as there, selectors.DefaultSelector() as selector:
            ends = {here: there, there: here}
            self._open |= ends.keys()
            for end in ends:
                selector.register(end, selectors.EVENT_READ)
            try:
                while True:
                    for key, _ in selector.select():
                        end = here if key.fileobj is here else there
                        chunk = end.recv(CHUNK_BYTES)
                        if not chunk:
                            return
                        ends[end].sendall(chunk)
            finally:
                self._open -= ends.keys()

    @staticmethod
    def _reset(end: socket.socket) -> None:
        with suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            end.shutdown(socket.SHUT_RDWR)
            end.close()
