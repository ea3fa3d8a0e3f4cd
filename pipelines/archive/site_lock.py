"""The lock of a site's spool folder: one process works on a site's batches at a time.

<home>/spool/<site>/lock        held, and named, by that process
"""

import fcntl
import os
import time
import weakref
from pathlib import Path
from typing import ClassVar

LOCK_FILE = "lock"

DELIVERING = "a delivery"
"""What the lock file says while another site's run delivers what a dead run of this site left: a matter of seconds."""

MAX_DELIVERY_WAIT_SECONDS = 60.0
"""How long a run waits for such a delivery before it says that its site is busy."""

MAX_NAMING_WAIT_SECONDS = 0.5
"""By then whoever took a lock has written its name over that of a dead holder."""

POLL_SECONDS = 0.1


class SiteBusy(Exception):  # noqa: N818 - it names a state, as its callers read it
    """Another process works on the site's batches; the message names it."""


class SiteLock:
    """The right to work on a site's batches, held by one process; the kernel takes it back however the process ends.

    `holder` is what others are told of it. `max_wait_seconds` is how long a passing delivery is waited for. One that
    `is_shared` is held by several, if all of them share it.

    Raises SiteBusy where another process has it.
    """

    _held: ClassVar["weakref.WeakSet[SiteLock]"] = weakref.WeakSet()

    def __init__(
        self,
        folder: Path,
        holder: str,
        max_wait_seconds: float = MAX_DELIVERY_WAIT_SECONDS,
        *,
        is_shared: bool = False,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / LOCK_FILE).open("a+")
        start = time.monotonic()
        while True:
            try:
                fcntl.flock(self._file, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                self._file.seek(0)
                other = self._file.read().strip() or DELIVERING
                limit = max_wait_seconds
                if not other.startswith(DELIVERING):
                    limit = min(limit, MAX_NAMING_WAIT_SECONDS)
                if time.monotonic() - start >= limit:
                    self._file.close()
                    raise SiteBusy(f"{folder.name} is being worked on by {other}") from error
                time.sleep(POLL_SECONDS)
        self._file.truncate(0)
        self._file.write(f"{holder} (process {os.getpid()})")
        self._file.flush()
        self._held.add(self)

    def release(self) -> None:
        """Give the right back; once is enough."""
        self._held.discard(self)
        self._file.close()

    @classmethod
    def forget_all(cls) -> None:
        """Close the locks that a forked child has inherited: it would hold them beyond its parent's end."""
        for lock in list(cls._held):
            lock.release()


os.register_at_fork(after_in_child=SiteLock.forget_all)
