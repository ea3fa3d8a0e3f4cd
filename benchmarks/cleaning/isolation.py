"""Runs another extractor in a process of its own, with limits: one page of some takes minutes, or all memory."""

import multiprocessing
import resource
import sys
import time
from multiprocessing.pool import Pool
from types import TracebackType

from benchmarks.cleaning.extractors import Extractor
from benchmarks.cleaning.scoring import Answer

MAX_PAGE_SECONDS = 60
"""Wall time that an extractor has for a page: a hundred times what the slowest takes on average."""

MAX_RIVAL_BYTES = 4 * 2**30
"""Address space of the process; what asks for more fails on that page."""


class IsolatedExtractor:
    """An extractor in a process of its own, which is started anew where it dies or takes too long."""

    def __init__(self, extractor: Extractor) -> None:
        self._extractor = extractor
        self._process: Pool | None = None

    def __enter__(self) -> "IsolatedExtractor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def answer(self, html: bytes, url: str) -> tuple[Answer, float]:
        """What the extractor says of a page, and the CPU seconds that it took."""
        if self._process is None:
            self._process = multiprocessing.get_context("fork").Pool(1, _begin, (self._extractor,))
        begun = time.process_time()
        try:
            return self._process.apply_async(timed_answer, (self._extractor, html, url)).get(MAX_PAGE_SECONDS)
        except multiprocessing.TimeoutError:
            self._stop()
            print(f"{self._extractor.__name__} on {url}: nothing in {MAX_PAGE_SECONDS} s", file=sys.stderr)
            return Answer(refused="failed"), time.process_time() - begun

    def _stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.join()
            self._process = None


def timed_answer(extractor: Extractor, html: bytes, url: str) -> tuple[Answer, float]:
    """What an extractor says of a page, and the CPU seconds that it took."""
    begun = time.process_time()
    try:
        answer = extractor(html, url)
    except Exception as error:  # noqa: BLE001 - an extractor that fails on a page has no answer to it
        print(f"{extractor.__name__} on {url}: {type(error).__name__}: {error}"[:200], file=sys.stderr)
        answer = Answer(refused="failed")
    return answer, time.process_time() - begun


def _begin(extractor: Extractor) -> None:
    """Set the limits, and have the extractor load what it needs before anything is timed."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_RIVAL_BYTES, MAX_RIVAL_BYTES))
    timed_answer(extractor, b"<html><body><p>Satu kalimat.</p></body></html>", "http://localhost/")
