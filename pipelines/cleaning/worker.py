"""Reads and cleans in child processes what strangers sent: what hangs or kills its process costs nothing else.

Nothing that a stranger wrote is parsed anywhere else while a site is crawled: not pages, and not feeds or sitemaps.
"""

import gc
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from pipelines.article import Article, Hints, Page, Rejection
from pipelines.cleaning.site_rules import SiteRules
from settings.child_process import die_with_parent

if TYPE_CHECKING:
    from pebble import ProcessPool

Given = ParamSpec("Given")
Result = TypeVar("Result")

CLEANER = "pipelines.cleaning.cleaner"
"""What cleaning needs is loaded with the first article, and does not count as an article's memory."""

MAX_ARTICLE_SECONDS = 7.0
"""Seconds of CPU for the pages of one article. A page takes some 20 ms; the slowest real one seen, of 10 MB, takes
4 s."""

MAX_READING_SECONDS = 3.0
"""Seconds of CPU in which one page is read for its links and reservations. A page takes some 3 ms."""

MAX_SOURCE_SECONDS = 8.0
"""Seconds of CPU for one document of a source. A sitemap of 50,000 addresses, all that the protocol allows, takes 3."""

MAX_WAIT_FACTOR = 40
"""How many times its CPU time a task may take by the clock: a guard against waiting for nothing, and out of reach of
what is merely slow on a busy machine. Measured with forty programs on two cores: 25 times."""

MAX_TASK_MEMORY_BYTES = 384 * 2**20
"""Bytes that a task may take beyond what a fresh child holds. A page takes some
30 MB, the largest seen 250 MB."""

MAX_TASKS_PER_CHILD = 2_000
"""Tasks after which a child is replaced, to bound what a leak in a library could cost. None is known: memory stays flat
for longer. An article is two, one to read its page and one to clean it."""


class CleaningError(Exception):
    """Reading or cleaning one thing failed; the next one is not affected."""


class CleaningTimeout(CleaningError):  # noqa: N818 - says what happened
    """It took longer than its time limit and was stopped."""


class CleaningCrashed(CleaningError):  # noqa: N818 - says what happened
    """The child died or ran out of memory; or cleaning raised an error, which is a bug in it."""


class CleaningWorker:
    """Reads and cleans in child processes, for callers with an event loop (Twisted, asyncio) or without, and of any
    thread.

    `workers` is the number of children, `timeout` the seconds of CPU that one article may take, `memory` the bytes that
    any task may. The children start with the first task. They are spawned, never forked, so that no lock or socket of
    the parent is copied. They die with the parent, and are not in its process group: signals from the terminal or from
    Airflow reach only the parent.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        timeout: float = MAX_ARTICLE_SECONDS,
        memory: int = MAX_TASK_MEMORY_BYTES,
        tasks_per_child: int = MAX_TASKS_PER_CHILD,
    ) -> None:
        self.timeout = timeout
        self.memory = memory
        self._workers = workers
        self._tasks_per_child = tasks_per_child
        self._pool: ProcessPool | None = None
        self._opening = threading.Lock()
        self._closed = threading.Event()

    def _opened_pool(self) -> "ProcessPool":
        """The pool, made for the first task, or when the last one broke on what was too large to send to a child."""
        with self._opening:
            if self._closed.is_set() and self._pool is None:
                raise RuntimeError("the worker is closed")
            if self._pool is None or not (self._pool.active or self._closed.is_set()):
                self._pool = self._started_pool()
            return self._pool

    def _started_pool(self) -> "ProcessPool":
        """A new pool whose children are there."""
        from pebble import ProcessPool  # with its first use: most runs find nothing new and have no task

        pool = ProcessPool(
            max_workers=self._workers,
            max_tasks=self._tasks_per_child,
            initializer=_prepare_child,
            initargs=(os.getpid(),),
            context=multiprocessing.get_context("spawn"),
        )
        started: Future[bool] = Future()

        def start_and_stay() -> None:
            try:
                started.set_result(pool.active)  # asked for the first time, it starts the children
            except BaseException as error:  # noqa: BLE001 - it is raised where the pool was wanted
                started.set_exception(error)
            self._closed.wait()

        # The kernel ends a child with the thread that started it, and a caller's may end long before the worker's time.
        threading.Thread(target=start_and_stay, name="cleaning", daemon=True).start()
        started.result()
        return pool

    def clean(
        self, pages: Sequence[Page], url: str, site: SiteRules | None = None, hints: Hints | None = None
    ) -> Future[Article | Rejection]:
        """Clean the pages of one article; see `clean_pages`.

        The future raises CleaningTimeout or CleaningCrashed. Twisted awaits it through `asyncio.wrap_future` under the
        asyncio reactor.
        """
        cleaned: Future[Article | Rejection] = Future()

        def settle(done: "Future[Article | Rejection]") -> None:
            if not cleaned.set_running_or_notify_cancel():
                return
            error = done.exception()
            if error is None:
                cleaned.set_result(done.result())
                return
            told = type(error) if isinstance(error, CleaningError) else CleaningCrashed
            words = str(error) if isinstance(error, CleaningError) else f"{type(error).__name__}: {error}"
            failure = told(f"{url}: {words}")
            failure.__cause__ = error
            cleaned.set_exception(failure)

        article = tuple(pages), url, site, hints
        self._schedule(self.timeout, _clean, article, {}, CLEANER).add_done_callback(settle)
        return cleaned

    def run(
        self, seconds: float, function: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> Future[Result]:
        """Call a function of a module in a child, for at most so many seconds of CPU.

        The future raises what the function raises, and CleaningTimeout or CleaningCrashed with half a sentence for a
        message. Twisted awaits it through `asyncio.wrap_future` under the asyncio reactor.
        """
        return self._schedule(seconds, function, args, kwargs)

    def _schedule(
        self,
        seconds: float,
        function: Callable[..., Result],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        module: str = "",
    ) -> Future[Result]:
        """Have a child call the function, once it has loaded `module`."""
        outcome: Future[Result] = Future()
        limited = (module, self.memory, seconds, function, args, kwargs)
        task = self._opened_pool().schedule(_limited, args=limited, timeout=seconds * MAX_WAIT_FACTOR)
        task.add_done_callback(partial(_settle, outcome, seconds))
        return outcome

    def close(self) -> None:
        """Stop the children. Articles that are being cleaned are given up: their futures raise CleaningCrashed."""
        with self._opening:
            pool = self._pool
            if pool is not None:
                pool.stop()  # type: ignore[no-untyped-call]
            self._closed.set()
        if pool is not None:
            pool.join()


def _settle(outcome: "Future[Any]", seconds: float, done: "Future[Any]") -> None:
    from pebble import ProcessExpired

    if not outcome.set_running_or_notify_cancel():
        return
    if done.cancelled():
        outcome.set_exception(CleaningCrashed("reading it was given up"))
        return
    error = done.exception()
    if error is None:
        outcome.set_result(done.result())
    elif isinstance(error, TimeoutError) or (isinstance(error, ProcessExpired) and error.exitcode == -signal.SIGPROF):
        outcome.set_exception(CleaningTimeout(f"reading it took longer than {seconds:g} s"))
    elif isinstance(error, ProcessExpired):
        outcome.set_exception(CleaningCrashed(f"the process that read it died with exit code {error.exitcode}"))
    elif isinstance(error, MemoryError):
        outcome.set_exception(CleaningCrashed("reading it took too much memory"))
    else:
        outcome.set_exception(error)


def _prepare_child(parent: int) -> None:
    """Make a child ignore the parent's signals and die with the parent."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the pool's signal to stop, which a handler in Python would delay
    die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # the parent died before it could be watched


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123
        return int(statm.read().split()[0]) * resource.getpagesize()


def _limited(
    module: str,
    memory: int,
    seconds: float,
    function: Callable[..., Result],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> Result:
    """Call the function; the kernel kills the process by SIGPROF when it has used so many seconds of CPU."""
    _limit_memory(module, memory)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return function(*args, **kwargs)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


_loaded: set[str] = set()
"""The modules that the memory limit of this child leaves out of account."""


def _limit_memory(module: str, memory: int) -> None:
    """Let this child take `memory` bytes beyond what it holds with `module` and all that its tasks are made of."""
    if module and module not in _loaded:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        import_module(module)
    elif _loaded:
        return
    _loaded.add(module)
    gc.freeze()  # the loaded modules stay: the collector need not examine them again and again
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + memory, resource.RLIM_INFINITY))


def _clean(pages: Sequence[Page], url: str, site: SiteRules | None, hints: Hints | None) -> Article | Rejection:
    from pipelines.cleaning.cleaner import clean_pages

    return clean_pages(pages, url=url, site=site, hints=hints)
