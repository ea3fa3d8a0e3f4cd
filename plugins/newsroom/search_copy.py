"""The search index as the newsroom keeps it: fetched beside the requests, and as new as a minute ago."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillFetching
from threading import Lock

from reader.kliping_reader.fulltext.index import SearchIndex
from reader.kliping_reader.fulltext.published import SearchError

KEPT_SECONDS = 60.0
"""After which it is looked whether a newer one is published."""

PATIENCE_SECONDS = 10.0
"""That a request waits for the first copy: a gigabyte takes longer, and then the page says so."""


class SearchCopy:
    """The index, opened by `open_index` when it is first asked for; while a newer one is fetched, the last one."""

    def __init__(
        self,
        open_index: Callable[[], SearchIndex],
        clock: Callable[[], float] = time.monotonic,
        *,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._open = open_index
        self._clock = clock
        self._patience = patience
        self._lock = Lock()
        self._worker = ThreadPoolExecutor(1, "search-copy")
        self._opened: SearchIndex | None = None
        self._asked_at = 0.0
        self._opening: Future[SearchIndex] | None = None

    def get(self) -> SearchIndex:
        """The index. What `open_index` raises goes on.

        Raises SearchError where it is still being fetched for the first time.
        """
        with self._lock:
            if self._opening is None or (self._opening.done() and self._clock() - self._asked_at > KEPT_SECONDS):
                self._asked_at = self._clock()
                self._opening = self._worker.submit(self._open)
            opening, earlier = self._opening, self._opened
        if earlier and not opening.done():
            return earlier
        try:
            opened = opening.result(self._patience)
        except StillFetching as waiting:
            raise SearchError("the search index is being fetched from the bucket: try again in a minute") from waiting
        with self._lock:
            self._opened = opened
        return opened
