"""Cleans in child processes: a page that hangs, exhausts memory or kills its process costs only that page."""

import gc
import multiprocessing
import os
import resource
import signal
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from pebble import ProcessExpired, ProcessPool

from pipelines.article import Article, Hints, Page, Rejection
from pipelines.cleaning.site_rules import SiteRules
from settings.child_process import die_with_parent

MAX_ARTICLE_SECONDS = 10.0
"""Seconds for the pages of one article. A page takes some 20 ms; the slowest real one seen, of 10 MB, takes 4 s."""

MAX_ARTICLE_MEMORY_BYTES = 2**30
"""Bytes that cleaning may take beyond what a fresh child holds. A page takes some 30 MB, the largest seen 250 MB."""

MAX_ARTICLES_PER_CHILD = 1_000
"""Articles after which a child is replaced, to bound what a leak in a library could cost. None is known: memory stays
flat for longer."""


class CleaningError(Exception):
    """Cleaning one article failed; the next one is not affected."""


class CleaningTimeout(CleaningError):  # noqa: N818 - says what happened
    """Cleaning took longer than its time limit and was stopped."""


class CleaningCrashed(CleaningError):  # noqa: N818 - says what happened
    """The child died, ran out of memory, or raised an error, which is a bug in cleaning."""


class CleaningWorker:
    """Cleans articles in child processes, for callers with an event loop (Twisted, asyncio) or without.

    `workers` is the number of children, `timeout` the seconds and `memory` the bytes that one article may take. The
    children start with the first article. They are spawned, never forked, so that no lock or socket of the parent is
    copied. They die with the parent, and are not in its process group: signals from the terminal or from Airflow reach
    only the parent.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        timeout: float = MAX_ARTICLE_SECONDS,
        memory: int = MAX_ARTICLE_MEMORY_BYTES,
        articles_per_child: int = MAX_ARTICLES_PER_CHILD,
    ) -> None:
        self.timeout = timeout
        self._open_pool = partial(
            ProcessPool,
            max_workers=workers,
            max_tasks=articles_per_child,
            initializer=_prepare_child,
            initargs=(os.getpid(), memory),
            context=multiprocessing.get_context("spawn"),
        )
        self._pool = self._open_pool()
        self._closed = False

    def clean(
        self, pages: Sequence[Page], url: str, site: SiteRules | None = None, hints: Hints | None = None
    ) -> Future[Article | Rejection]:
        """Clean the pages of one article; see `clean_pages`.

        The future raises CleaningTimeout or CleaningCrashed. Twisted awaits it through `asyncio.wrap_future` under the
        asyncio reactor.
        """
        outcome: Future[Article | Rejection] = Future()
        if not self._pool.active and not self._closed:
            self._pool = self._open_pool()  # the last pool broke on an article that was too large to send to a child
        task = self._pool.schedule(_clean, args=(tuple(pages), url, site, hints), timeout=self.timeout)
        task.add_done_callback(lambda done: self._settle(outcome, done, url))
        return outcome

    def close(self) -> None:
        """Stop the children. Articles that are being cleaned are given up: their futures raise CleaningCrashed."""
        self._closed = True
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def _settle(self, outcome: "Future[Article | Rejection]", done: "Future[Any]", url: str) -> None:
        if not outcome.set_running_or_notify_cancel():
            return
        if done.cancelled():
            outcome.set_exception(CleaningCrashed(f"{url}: cleaning was given up"))
            return
        error = done.exception()
        if error is None:
            outcome.set_result(done.result())
        elif isinstance(error, TimeoutError):
            outcome.set_exception(CleaningTimeout(f"{url}: cleaning took longer than {self.timeout:g} s"))
        elif isinstance(error, ProcessExpired):
            outcome.set_exception(CleaningCrashed(f"{url}: the cleaning process died with exit code {error.exitcode}"))
        elif isinstance(error, MemoryError):
            outcome.set_exception(CleaningCrashed(f"{url}: cleaning ran out of memory"))
        else:
            crash = CleaningCrashed(f"{url}: {type(error).__name__}: {error}")
            crash.__cause__ = error
            outcome.set_exception(crash)


def _prepare_child(parent: int, memory: int) -> None:
    """Make a child ignore the parent's signals, die with the parent, and limit its memory."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the pool's signal to stop, which a handler in Python would delay
    die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # the parent died before it could be watched
    from pipelines.cleaning import cleaner  # noqa: F401 - loaded now, so as not to count as an article's memory

    gc.freeze()  # the loaded modules stay: the collector need not examine them again and again
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + memory, resource.RLIM_INFINITY))


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123
        return int(statm.read().split()[0]) * resource.getpagesize()


def _clean(pages: Sequence[Page], url: str, site: SiteRules | None, hints: Hints | None) -> Article | Rejection:
    from pipelines.cleaning.cleaner import clean_pages

    return clean_pages(pages, url=url, site=site, hints=hints)
