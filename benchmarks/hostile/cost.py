"""What reading an input costs, in a process of its own."""

import resource
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.hostile.inputs import NOW, URL, inputs, page
from pipelines.article import Hints
from pipelines.cleaning.cleaner import clean

MAX_CPU_SECONDS = 10.0
MAX_GROWTH_BYTES = 500 << 20
CUT_OFF_SECONDS = 40
"""Of CPU: what takes so long is over by far, and how far is of no interest."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of reading one input of so many bytes: CPU seconds, the bytes by which the process grew, and what was raised."""

    size: int
    seconds: float
    growth: int
    trouble: str = ""

    @property
    def is_over(self) -> bool:
        return self.seconds > MAX_CPU_SECONDS or self.growth > MAX_GROWTH_BYTES or bool(self.trouble)


def cost_of(name: str) -> Cost:
    """The cost of one input, by its name."""
    context = get_context("forkserver")  # a fork of this process would inherit locks of threads that it lacks
    context.set_forkserver_preload([__name__])
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_measure, args=(name, theirs), daemon=True)
    child.start()
    theirs.close()
    try:
        cost: Cost = ours.recv()
    except EOFError:
        cost = Cost(0, 0.0, 0, f"the process died, or took {CUT_OFF_SECONDS} s")
    child.join()
    return cost


def _measure(name: str, told: Connection) -> None:
    clean(page(), URL, hints=Hints(fetched_at=NOW))  # what is loaded once does not count
    resource.setrlimit(resource.RLIMIT_CPU, (CUT_OFF_SECONDS, CUT_OFF_SECONDS))
    read, make = next((read, make) for known, read, make in inputs() if known == name)
    data, trouble = make(), ""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak of memory is counted from here
    before, began = _peak_bytes(), resource.getrusage(resource.RUSAGE_SELF)
    try:
        read(data)
    except Exception as error:  # noqa: BLE001 - it is told
        trouble = repr(error)[:100]
    ended = resource.getrusage(resource.RUSAGE_SELF)
    seconds = ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime
    told.send(Cost(len(data), seconds, _peak_bytes() - before, trouble))


def _peak_bytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
