"""The cleaning worker: a page that hangs or kills its process costs only that page."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from pipelines.article import Article, Page
from pipelines.cleaning.worker import CleaningCrashed, CleaningTimeout, CleaningWorker
from tests.cleaning.newspage import BODY, URL, page

PROJECT = Path(__file__).parents[2]

SLOW = [
    Page(URL, b"<html><body><div " + b" ".join(b"a%d" % number for number in range(15_000)) + b">x</div></body></html>")
] * 500
"""An article of many pages, each of one tag with as many attributes as a page of its size may have: minutes of work."""

BIG = page("<p>" + "<i>kata</i> " * 900_000 + "</p>")


@pytest.fixture(scope="module")
def worker() -> Iterator[CleaningWorker]:
    worker = CleaningWorker(timeout=3, memory=64 * 2**20)
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


def test_children_outlive_the_thread_that_asked_for_them_first() -> None:
    worker = CleaningWorker()
    try:
        for _ in range(3):
            with ThreadPoolExecutor(8) as threads:
                sizes = threads.map(lambda _: worker.run(5, len, b"x" * 100_000).result(20), range(24))
                assert set(sizes) == {100_000}
            before = {child.pid for child in children()}
            time.sleep(0.2)
            assert {child.pid for child in children()} == before
    finally:
        worker.close()


def test_can_be_awaited(worker: CleaningWorker) -> None:
    async def awaited() -> object:
        return await asyncio.wrap_future(worker.clean([Page(URL, page())], URL))

    assert isinstance(asyncio.run(awaited()), Article)


def test_a_page_that_hangs_is_given_up(worker: CleaningWorker) -> None:
    slow, next_one = worker.clean(SLOW, URL), worker.clean([Page(URL, page())], URL)
    with pytest.raises(CleaningTimeout, match="longer than 3 s"):
        slow.result(60)
    assert isinstance(next_one.result(60), Article)


def test_a_page_that_eats_memory_is_given_up(worker: CleaningWorker) -> None:
    with pytest.raises((CleaningCrashed, CleaningTimeout)):
        clean(worker, BIG)
    assert isinstance(clean(worker, page()), Article)


def test_a_child_that_dies_costs_only_its_page() -> None:
    others = children()
    worker = CleaningWorker(timeout=120)
    try:
        clean(worker, page())
        [child] = [child for child in children() if child not in others]
        spent = child.cpu_times().user
        doomed = worker.clean(SLOW, URL)
        while child.cpu_times().user == spent:
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
        with pytest.raises(CleaningCrashed, match="died"):
            doomed.result(60)
        assert isinstance(clean(worker, page()), Article)
    finally:
        worker.close()


def test_a_child_starts_with_the_first_page() -> None:
    others = children()
    worker = CleaningWorker()
    try:
        assert children() == others
        clean(worker, page())
        assert len(children()) == len(others) + 1
    finally:
        worker.close()


def test_a_worker_without_work_is_closed_without_a_child() -> None:
    others = children()
    CleaningWorker().close()
    assert children() == others


def test_a_crawls_own_process_loads_neither_parsers_nor_extractors() -> None:
    script = (
        "import sys, pipelines.cleaning.worker, pipelines.cleaning.site_rules\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=PROJECT)
    heavy = {"trafilatura", "htmldate", "lxml", "selectolax", "resiliparse", "py3langid", "numpy", "pyarrow", "scrapy"}
    assert heavy & set(loaded.stdout.split()) == set()


def test_clean_is_loaded_when_it_is_asked_for() -> None:
    script = "from pipelines.cleaning import clean; print(clean.__module__)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert loaded.stdout == "pipelines.cleaning.cleaner\n"


def test_a_mistake_of_the_caller_is_reported(worker: CleaningWorker) -> None:
    with pytest.raises(CleaningCrashed, match="at least one page"):
        worker.clean([], URL).result(60)


def test_signals_to_the_process_group_do_not_reach_the_children(worker: CleaningWorker) -> None:
    clean(worker, page())
    assert all(os.getpgid(child.pid) != os.getpgid(0) for child in children())


def test_children_die_with_their_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import sys, time\n"
        f"sys.path.insert(0, {str(PROJECT)!r})\n"
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


class TestTasks:
    def test_any_function_of_a_module_is_called(self, worker: CleaningWorker) -> None:
        assert worker.run(60, len, "kata").result(60) == 4

    def test_what_it_raises_is_raised(self, worker: CleaningWorker) -> None:
        with pytest.raises(json.JSONDecodeError, match="Expecting value"):
            worker.run(60, json.loads, "kata").result(60)

    @pytest.mark.parametrize(
        ("code", "error", "words"),
        [
            ("while True: pass", CleaningTimeout, "reading it took longer than 1 s"),
            ("bytearray(2**29)", CleaningCrashed, "reading it took too much memory"),
            ("import os; os.abort()", CleaningCrashed, "the process that read it died with exit code -6"),
        ],
    )
    def test_one_that_goes_beyond_its_limits_is_given_up_in_half_a_sentence(
        self, worker: CleaningWorker, code: str, error: type[Exception], words: str
    ) -> None:
        with pytest.raises(error, match=f"^{words}$"):
            worker.run(1, exec, code).result(120)
        assert worker.run(60, len, "kata").result(60) == 4
