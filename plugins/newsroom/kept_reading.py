"""What is costly to read, read at most once a minute, or as seldom as is stated, however many ask."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Reading = TypeVar("Reading")

KEPT_SECONDS = 60.0
"""An overview a minute old misleads nobody: crawls begin every half hour."""


class KeptReading(Generic[Reading]):
    """The last answer of `read`, kept for some `seconds`. Whoever asks while it is being read waits for that answer."""

    def __init__(
        self,
        read: Callable[[], Reading],
        clock: Callable[[], float] = time.monotonic,
        *,
        seconds: float = KEPT_SECONDS,
    ) -> None:
        self._read = read
        self._seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._kept: tuple[float, Reading] | None = None

    def get(self) -> Reading:
        """The answer, read anew where it is older. What `read` raises goes on."""
        with self._lock:
            if self._kept is None or self._clock() - self._kept[0] > self._seconds:
                answer = self._read()
                self._kept = self._clock(), answer
            return self._kept[1]
