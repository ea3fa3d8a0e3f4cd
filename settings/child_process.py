"""What a child process asks of the kernel, so that none outlives the process that started it."""

import ctypes
import signal

PR_SET_PDEATHSIG = 1
"""From <sys/prctl.h>; Linux only."""

_libc = ctypes.CDLL(None, use_errno=True)  # loaded on import: between fork and exec it could deadlock


def die_with_parent(number: signal.Signals) -> None:
    """Have the kernel send this process the signal when the thread that started it ends, however it ends.

    Run it in the child: as `preexec_fn`, or first thing in its own code.
    """
    _libc.prctl(PR_SET_PDEATHSIG, number)
