"""The processes of a deployment: which are alive, which session each belongs to, how they are told to end."""

import os
import signal
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

DEPLOYMENT_VARIABLE = "KLIPING_DEPLOYMENT"
"""Environment variable that every process of a deployment inherits; its value is the deployment's home folder."""

POLL_SECONDS = 0.1
"""Between two looks at processes that are ending."""

MAX_QUOTED_LINES = 2
"""Lines of a log that are quoted when its program dies."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process beyond doubt: numbers are used again, but a number with its start time and boot is not.

    `started` is in seconds since boot, which setting the clock does not change.
    """

    pid: int
    started: float
    boot: str

    @classmethod
    def from_pid(cls, pid: int) -> Self | None:
        """The process with this number; None where there is none or only its exit code is left."""
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
                return cls(pid, _started(process), _boot())
        return None

    @property
    def is_alive(self) -> bool:
        return Process.from_pid(self.pid) == self

    @property
    def is_session_leader(self) -> bool:
        """Whether it began the session that it is in."""
        return _session_of(self.pid) == self.pid

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, unless the process has ended."""
        if self.is_alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def write(self, path: Path) -> None:
        """Keep the process in a pid file, which exists whole or not at all."""
        part = path.with_suffix(".part")
        part.write_text(f"{self.pid} {self.started} {self.boot}\n")
        part.replace(path)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """The process of a pid file, alive or not; None where there is no file or it holds something else."""
        try:
            pid, started, boot = path.read_text().split()
            return cls(int(pid), float(started), boot)
        except (FileNotFoundError, ValueError):
            return None


def session(leader: Process) -> set[Process]:
    """The living processes of the session that `leader` began, also when it has ended itself.

    The kernel does not hand out a number that is still the name of a session, so a stranger is never among them: one
    that now has the leader's number proves that the session is over.
    """
    with suppress(psutil.NoSuchProcess):
        if leader.boot != _boot() or _started(psutil.Process(leader.pid)) != leader.started:
            return set()
    members = (Process.from_pid(pid) for pid in psutil.pids() if _session_of(pid) == leader.pid)
    return {member for member in members if member is not None}


def deployment_processes(home: Path) -> set[Process]:
    """The living processes of the deployment in `home`; this one and its ancestors left out.

    They are known by the environment that they inherited, and where a program has written its title over that, as
    Airflow's workers do, by what else they inherited: an output that goes to one of the deployment's logs, a parent, or
    a session.
    """
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    others = [process for process in psutil.process_iter() if process.pid not in own]
    found = {process.pid for process in others if _is_marked(process, home) or _writes_below(process, home / "logs")}
    while more := {process.pid for process in others if process.pid not in found and _belongs_to(process, found)}:
        found |= more
    return {process for pid in found if (process := Process.from_pid(pid)) is not None}


def _is_marked(process: psutil.Process, home: Path) -> bool:
    with suppress(psutil.Error):  # it has ended, or is another user's
        return bool(process.environ().get(DEPLOYMENT_VARIABLE) == str(home))
    return False


def _writes_below(process: psutil.Process, folder: Path) -> bool:
    """Whether standard output or error of a process goes to a file below the folder; one that reads such a file may be
    anybody's.
    """
    for number in (1, 2):
        with suppress(OSError):  # it has ended, or is another user's, or has closed it
            if Path(f"/proc/{process.pid}/fd/{number}").readlink().is_relative_to(folder.resolve()):
                return True
    return False


def _belongs_to(process: psutil.Process, found: Collection[int]) -> bool:
    """Whether a process has one of `found` for its parent, or for the leader of its session."""
    with suppress(psutil.Error):
        return process.ppid() in found or _session_of(process.pid) in found
    return False


def wait_for_end(processes: Collection[Process], seconds: float) -> set[Process]:
    """Wait until all have ended, at most so long; returns those that have not."""
    deadline = time.monotonic() + seconds
    while (left := {process for process in processes if process.is_alive}) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return left


def last_words(log: Path) -> str:
    """The last lines of a program's log, in one: rules and blank lines say nothing."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if any(map(str.isalpha, line))]
    return " / ".join(lines[-MAX_QUOTED_LINES:]) or "it printed nothing"


def _started(process: psutil.Process) -> float:
    return round(float(process.create_time()) - float(psutil.boot_time()), 2)  # the kernel counts in hundredths


def _session_of(pid: int) -> int | None:
    with suppress(ProcessLookupError):
        return os.getsid(pid)
    return None


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
