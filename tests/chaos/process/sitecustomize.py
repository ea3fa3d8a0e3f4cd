"""Ends a process at a stated operation on a file, and shifts its clock, where this folder is on its PYTHONPATH.

CHAOS_DIE_AT is a number N and CHAOS_FILES a folder: right before its N-th operation below that folder (a file is
opened, renamed, cut or removed, a folder made or removed) the process is killed as by `kill -9`. The clock is shifted
as in tests/clock. Nothing happens without the variables.
"""

import os
import runpy
import signal
import sys
from pathlib import Path
from typing import Any

OPERATIONS = frozenset(("open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate"))
"""Audit events of CPython whose first argument is the path that is worked on."""

CLOCK = Path(__file__).parents[2] / "clock" / "sitecustomize.py"


def die_at(number: int, folder: str) -> None:
    """Kill this process right before its operation `number`, counted from 1, below `folder`."""
    left = number

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if event in OPERATIONS and not isinstance(arguments[0], int) and os.fspath(arguments[0]).startswith(folder):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


if number := os.environ.get("CHAOS_DIE_AT"):
    die_at(int(number), os.environ["CHAOS_FILES"])
runpy.run_path(str(CLOCK))
