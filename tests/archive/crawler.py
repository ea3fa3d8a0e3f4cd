"""A process to kill: `python -m tests.archive.crawler DEED ARGUMENT`, with the storage settings in the environment.

crawl SITE      looks at articles without end, printing each URL when it is recorded
hold SITE       opens a run, forks a child that outlives it, prints the child's process id, and waits
deliver STEPS   for each of the STEPS (parted by commas) a child delivers what waits in the spool and kills itself right
                after that step; prints the signal that ended each child
pack STEPS      likewise packs WARC files until each of the STEPS, with versions of tables kept for no time
take URL STEPS  likewise takes an article down until each of the STEPS
whole SITE      does a whole small run and ends as any program does
"""

import itertools
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from pipelines.archive.bucket import Bucket
from pipelines.archive.delivery import Delivery
from pipelines.archive.maintenance.warc_packing import WarcPacking
from pipelines.archive.spool import recover
from pipelines.archive.tables import Corpus
from pipelines.archive.takedown.order import Order, Target
from pipelines.archive.takedown.takedown import Takedown
from pipelines.archive.takedown_scope import Scope
from pipelines.index.database import Index
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import LATER, finish, look_at, open_run, text


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
    each_in_a_child(storage, steps, deliver_until)


def pack(storage: Storage, steps: str) -> None:
    each_in_a_child(storage, steps, pack_until)


def take(storage: Storage, url: str, steps: str) -> None:
    each_in_a_child(storage, steps, partial(take_until, url))


def each_in_a_child(storage: Storage, steps: str, do: Callable[[Storage, str], None]) -> None:
    for step in steps.split(","):
        child = os.fork()
        if not child:
            do(storage, step)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.WTERMSIG(status), flush=True)


def dying_after(last_step: str) -> Callable[[str], None]:
    def die_after(step: str) -> None:
        if step == last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    return die_after


def pack_until(storage: Storage, last_step: str) -> None:
    die = dying_after(last_step)
    with tempfile.TemporaryDirectory() as scratch:
        WarcPacking(
            Bucket(storage), Corpus(storage, die), Path(scratch), keep_versions=timedelta(0), checkpoint=die
        ).run(utc_now())


def take_until(url: str, storage: Storage, last_step: str) -> None:
    order = Order(Target(Scope.ARTICLE, [url]), "permintaan penulis", "surat 12/2026", "redaksi")
    with Index.open(storage.index) as index:
        Takedown(storage, index, order, checkpoint=dying_after(last_step)).carry_out(LATER)


def deliver_until(storage: Storage, last_step: str) -> None:
    with Index.open(storage.index) as index:
        delivery = Delivery(storage, index, checkpoint=dying_after(last_step))
        for site_folder in storage.spool.iterdir():
            for batch in recover(site_folder):
                delivery.deliver(batch)


def whole(storage: Storage, site: str) -> None:
    for seed in (1, 2):
        run = open_run(storage, site)
        look_at(run, f"http://{site}.example/satu", text(seed))
        finish(run)


if __name__ == "__main__":
    deeds: dict[str, Callable[..., None]] = {
        "crawl": crawl,
        "hold": hold,
        "deliver": deliver,
        "pack": pack,
        "take": take,
        "whole": whole,
    }
    deeds[sys.argv[1]](Storage(), *sys.argv[2:])
