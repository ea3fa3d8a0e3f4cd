"""A process to kill: `python -m tests.archive.crawler DEED ARGUMENT`, with the storage settings in the environment.

crawl SITE      looks at articles without end, printing each URL when it is recorded
hold SITE       opens a run, forks a child that outlives it, prints the child's process id, and waits
deliver STEPS   for each of the STEPS (parted by commas) a child delivers what waits in the spool and kills itself right
                after that step; prints the signal that ended each child
whole SITE      does a whole small run and ends as any program does
"""

import itertools
import os
import signal
import sys
import time

from pipelines.archive.delivery import Delivery
from pipelines.archive.spool import recover
from pipelines.index.database import Index
from settings.storage import Storage
from tests.archive.invented import finish, look_at, open_run, text


def crawl(storage: Storage, site: str) -> None:
    run = open_run(storage, site)
    print("open", flush=True)
    for number in itertools.count():
        visit = look_at(run, f"http://{site}.example/{number}", text(number))
        print(visit.url, flush=True)
        if number % 5 == 4:
            run.seal()
        if number % 10 == 9:
            run.deliver()


def hold(storage: Storage, site: str) -> None:
    run = open_run(storage, site)
    child = os.fork()
    if child:
        print(child, flush=True)
    time.sleep(60)
    finish(run)


def deliver(storage: Storage, steps: str) -> None:
    for step in steps.split(","):
        child = os.fork()
        if not child:
            deliver_until(storage, step)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.WTERMSIG(status), flush=True)


def deliver_until(storage: Storage, last_step: str) -> None:
    def die_after(step: str) -> None:
        if step == last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    with Index.open(storage.index) as index:
        delivery = Delivery(storage, index, checkpoint=die_after)
        for site_folder in storage.spool.iterdir():
            for batch in recover(site_folder):
                delivery.deliver(batch)


def whole(storage: Storage, site: str) -> None:
    for seed in (1, 2):
        run = open_run(storage, site)
        look_at(run, f"http://{site}.example/satu", text(seed))
        finish(run)


if __name__ == "__main__":
    {"crawl": crawl, "hold": hold, "deliver": deliver, "whole": whole}[sys.argv[1]](Storage(), sys.argv[2])
