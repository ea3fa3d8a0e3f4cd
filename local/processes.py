"""Processes of this machine as /proc tells of them: who is alive, which session it belongs to, how it is ended."""

import os
import signal
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PROC = Path("/proc")

MARK = "KLIPING_DEPLOYMENT"
"""Environment variable that every process of a deployment inherits; its value is the deployment's home folder."""

TICK = 0.1
"""Seconds between two looks at processes that are ending."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process beyond doubt: numbers are used again, a number with its start time and boot is not.

    `started` is in clock ticks since boot.
    """

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The process with this number; None where there is none or only its exit code is left."""
        stat = _stat(pid)
        return None if stat is None or stat.state in "ZX" else cls(pid, stat.started, _boot())

    @property
    def is_alive(self) -> bool:
        return Process.of(self.pid) == self

    @property
    def is_session_leader(self) -> bool:
        """Whether it began the session that it is in."""
        stat = _stat(self.pid)
        return stat is not None and stat.session == self.pid

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
            return cls(int(pid), int(started), boot)
        except (FileNotFoundError, ValueError):
            return None


def session(leader: Process) -> set[Process]:
    """The living processes of the session that `leader` began, also when it has ended itself.

    The kernel does not hand out a number that is still the name of a session, so a stranger is never among them: one
    that now has the leader's number proves that the session is over.
    """
    stat = _stat(leader.pid)
    if leader.boot != _boot() or (stat is not None and stat.started != leader.started):
        return set()
    members = (Process.of(pid) for pid, stat in _all() if stat.session == leader.pid)
    return {member for member in members if member is not None}


def marked(home: Path) -> set[Process]:
    """The living processes that carry the mark of the deployment in `home`, this one and its ancestors left out."""
    mark = f"{MARK}={home}".encode()
    own = _lineage(os.getpid())
    found = set()
    for pid, _ in _all():
        with suppress(OSError):  # it has ended, or is another user's
            if pid not in own and mark in (PROC / str(pid) / "environ").read_bytes().split(b"\0"):
                found.add(Process.of(pid))
    return {process for process in found if process is not None}


def wait_for_end(processes: Collection[Process], seconds: float) -> set[Process]:
    """Wait until all have ended, at most so long; returns those that have not."""
    deadline = time.monotonic() + seconds
    while (left := {process for process in processes if process.is_alive}) and time.monotonic() < deadline:
        time.sleep(TICK)
    return left


def listeners() -> dict[int, set[str]]:
    """Where each process listens by TCP, e.g. {4711: {"127.0.0.1:8080"}}; processes of this user only, unless root."""
    by_inode = dict(_listening_sockets())
    found: dict[int, set[str]] = {}
    for pid, _ in _all():
        with suppress(OSError):
            for descriptor in (PROC / str(pid) / "fd").iterdir():
                with suppress(OSError):
                    target = str(descriptor.readlink())
                    if target.startswith("socket:[") and (address := by_inode.get(target[8:-1])):
                        found.setdefault(pid, set()).add(address)
    return found


@dataclass(frozen=True, slots=True)
class _Stat:
    state: str
    parent: int
    session: int
    started: int


def _stat(pid: int) -> _Stat | None:
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold anything, blanks and brackets too
    return _Stat(state=fields[0], parent=int(fields[1]), session=int(fields[3]), started=int(fields[19]))


def _all() -> Iterator[tuple[int, _Stat]]:
    for name in os.listdir(PROC):  # noqa: PTH208 - names suffice, and /proc is read often
        if name.isdigit() and (stat := _stat(int(name))) is not None:
            yield int(name), stat


def _lineage(pid: int) -> set[int]:
    lineage = set()
    while pid and (stat := _stat(pid)) is not None:
        lineage.add(pid)
        pid = stat.parent
    return lineage


def _boot() -> str:
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()


def _listening_sockets() -> Iterator[tuple[str, str]]:
    for table, width in (("tcp", 8), ("tcp6", 32)):
        for line in (PROC / "net" / table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":  # TCP_LISTEN
                address, port = fields[1].split(":")
                yield fields[9], f"{_address(address, width)}:{int(port, 16)}"


def _address(text: str, width: int) -> str:
    """An address of /proc/net/tcp: 32-bit words in hexadecimal, each in little-endian order of bytes."""
    raw = b"".join(bytes.fromhex(text[at : at + 8])[::-1] for at in range(0, width, 8))
    if len(raw) == 4:
        return ".".join(map(str, raw))
    return "[" + ":".join(raw[at : at + 2].hex() for at in range(0, 16, 2)) + "]"
