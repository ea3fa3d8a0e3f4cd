"""What a child process gets to know, and what it asks of the kernel, so that none outlives its parent."""

import ctypes
import signal
from collections.abc import Mapping

PR_SET_PDEATHSIG = 1
"""From <sys/prctl.h>; Linux only."""

PLAIN_VARIABLES = ("HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER")
"""What any program may want to know; with those that begin with `LC_`."""

_libc = ctypes.CDLL(None, use_errno=True)  # loaded on import: between fork and exec it could deadlock


def die_with_parent(number: signal.Signals) -> None:
    """Have the kernel send this process the signal when the thread that started it ends, however it ends.

    Run it in the child: as `preexec_fn`, or first thing in its own code.
    """
    _libc.prctl(PR_SET_PDEATHSIG, number)


def plain_environment(environment: Mapping[str, str], *further: str) -> dict[str, str]:
    """Of `environment` what any program may know, and the variables named: nothing in it is a secret."""
    wanted = (*PLAIN_VARIABLES, *further)
    return {name: value for name, value in environment.items() if name in wanted or name.startswith("LC_")}
