"""Shifts the clock of every Python process that has this folder on its PYTHONPATH: pytest, its workers, their children.

TEST_CLOCK_OFFSET says by how many seconds, as a whole number; without it nothing is shifted. `tests/any_day.py` sets
both. Only what asks Python for the present is shifted (`datetime.now`, `time.time`): time.monotonic, file times and
programs that are not Python (SeaweedFS, PostgreSQL, delta-rs inside Python) stay in the present.
"""

import os
import time
from datetime import timedelta

if offset := os.environ.get("TEST_CLOCK_OFFSET"):
    import time_machine

    time_machine.travel(timedelta(seconds=int(offset)), tick=True).start()
    time.time()  # the clock ticks from the first time that it is asked
