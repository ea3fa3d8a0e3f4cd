"""The cleaning worker: a page that hangs or kills its process costs that page only."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipelines.article import Article, Page
from pipelines.cleaning.worker import CleaningCrashed, CleaningTimeout, CleaningWorker
from tests.cleaning.newspage import BODY, URL, page

SLOW = b"<html><body><div " + b" ".join(b'a%d="<"' % number for number in range(200_000)) + b">x</div></body></html>"
"""libxml2 takes minutes for a tag with so many attributes; the angle brackets hide its size."""

BIG = page("<p>" + "<i>kata</i> " * 900_000 + "</p>")


@pytest.fixture(scope="module")
def worker() -> Iterator[CleaningWorker]:
    worker = CleaningWorker(timeout=3, memory=64 * 2**20)
    worker.start()
    yield worker
    worker.close()


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


def clean(worker: CleaningWorker, html: bytes) -> object:
    return worker.clean([Page(URL, html)], URL).result(60)


def test_cleans(worker: CleaningWorker) -> None:
    record = clean(worker, page())
    assert isinstance(record, Article)
    assert record.body == BODY


def test_can_be_awaited(worker: CleaningWorker) -> None:
    async def awaited() -> object:
        return await asyncio.wrap_future(worker.clean([Page(URL, page())], URL))

    assert isinstance(asyncio.run(awaited()), Article)


def test_a_page_that_hangs_is_given_up(worker: CleaningWorker) -> None:
    begun = time.monotonic()
    slow, next_one = worker.clean([Page(URL, SLOW)], URL), worker.clean([Page(URL, page())], URL)
    with pytest.raises(CleaningTimeout, match="longer than 3 s"):
        slow.result(60)
    assert time.monotonic() - begun < 20
    assert isinstance(next_one.result(60), Article)


def test_a_page_that_eats_memory_is_given_up(worker: CleaningWorker) -> None:
    with pytest.raises((CleaningCrashed, CleaningTimeout)):
        clean(worker, BIG)
    assert isinstance(clean(worker, page()), Article)


def test_a_child_that_dies_costs_its_page_only(worker: CleaningWorker) -> None:
    clean(worker, page())
    doomed = worker.clean([Page(URL, SLOW)], URL)
    time.sleep(0.5)
    for child in children():
        child.send_signal(signal.SIGKILL)
    with pytest.raises(CleaningCrashed, match="died"):
        doomed.result(60)
    assert isinstance(clean(worker, page()), Article)


def test_a_mistake_of_the_caller_is_told(worker: CleaningWorker) -> None:
    with pytest.raises(CleaningCrashed, match="at least one page"):
        worker.clean([], URL).result(60)


def test_signals_to_the_process_group_do_not_reach_the_children(worker: CleaningWorker) -> None:
    clean(worker, page())
    assert all(os.getpgid(child.pid) != os.getpgid(0) for child in children())


def test_children_die_with_their_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import sys, time\n"
        f"sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "from pipelines.cleaning.worker import CleaningWorker\n"
        "if __name__ == '__main__':\n"
        "    worker = CleaningWorker()\n"
        "    worker.clean([], 'x').exception()\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    family = psutil.Process(parent.pid).children(recursive=True)
    assert family
    parent.kill()
    parent.wait()
    parent.stdout.close()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
