"""Runs a command that ends when it is told to: in order if it can, and by force if it cannot.

`python -m dags.operators.supervisor SECONDS COMMAND...` passes the first SIGTERM on to the command, and kills it with
all of its session so many seconds later. Nobody else could be sure to: Airflow kills a task's process after a few.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType

from settings.child_process import die_with_parent


def main() -> int:
    """Run the command of sys.argv; its exit code, 128 and the signal's number where a signal ended it."""
    seconds, command = float(sys.argv[1]), sys.argv[2:]
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # it waits until there is something to end
    with subprocess.Popen(command, preexec_fn=_prepare) as process:

        def end(_number: int, _frame: FrameType | None) -> None:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # Scrapy takes a second one for an order to stop uncleanly
            signal.setitimer(signal.ITIMER_REAL, seconds)
            process.send_signal(signal.SIGTERM)

        def kill(_number: int, _frame: FrameType | None) -> None:
            kill_session()

        signal.signal(signal.SIGALRM, kill)
        signal.signal(signal.SIGTERM, end)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        exit_code = process.wait()
    kill_session()  # what the command has left behind
    return exit_code if exit_code >= 0 else 128 - exit_code


def _prepare() -> None:
    """Between fork and exec: die with this process, and hear SIGTERM."""
    die_with_parent(signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])


def kill_session() -> None:
    """Kill every process of this one's session but itself."""
    own = os.getpid()
    for pid in (int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()):
        with suppress(ProcessLookupError):  # it has ended
            if pid != own and os.getsid(pid) == os.getsid(own):
                os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
