"""A re-extraction to kill: `python -m tests.archive.reextractor STEP`, with the storage settings in the environment.

Kills itself right after the commit to the table STEP.
"""

import os
import signal
import sys

from pipelines.archive.reextract import reextract
from pipelines.cleaning.worker import CleaningWorker
from settings.storage import Storage
from tests.archive.pressed import SITE, TODAY


def die_after(step: str) -> None:
    if step == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    reextract(SITE.name, "2026-11", storage=Storage(), rules=TODAY, worker=CleaningWorker(), checkpoint=die_after)
