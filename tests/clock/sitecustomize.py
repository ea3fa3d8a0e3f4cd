"""Shifts the clock of every Python process that has this folder on its PYTHONPATH: pytest, its workers, their children.

TEST_CLOCK_OFFSET says by how many seconds, as a whole number; without it nothing is shifted. `tests/any_day.py` sets
both. What asks Python for the present is shifted (`datetime.now`, `time.time`, `time.localtime`). Timers
(`time.monotonic`), file times, and what is not written in Python (SeaweedFS, PostgreSQL, delta-rs) are not.
"""

import os
import time
from contextlib import suppress
from datetime import timedelta

if offset := os.environ.get("TEST_CLOCK_OFFSET"):
    with suppress(ModuleNotFoundError):  # the bare Pythons that the installation's tests start do not have it
        import time_machine

        time_machine.travel(timedelta(seconds=int(offset)), tick=True).start()
        time.time()  # a traveller's clock ticks from when it is first asked
