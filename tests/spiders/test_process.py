"""A crawl as a process: what an operator sees of a refusal, and how a run ends that is told to stop."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.spiders.web import Answer, article, feed

ROOT = Path(__file__).parents[2]
SLOW_TO_CLOSE = '''
from pathlib import Path
from scrapy.core.scheduler import Scheduler
from twisted.internet import reactor
from twisted.internet.task import deferLater

class SlowToClose(Scheduler):
    """Says that it is being closed, and takes two seconds for it."""

    def close(self, reason):
        super().close(reason)
        Path("CLOSING").touch()
        return deferLater(reactor, 2, lambda: None)
'''
TODAY = "Tue, 24 Nov 2026 09:00:00 +0700"


@pytest.fixture
def scrapy(tmp_path: Path, web):
    """`scrapy("crawl", "site", ...)`: start a crawl of the test web in a process of its own."""
    package = tmp_path / "uji"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "site.py").write_text(
        "from spiders.site import Site\n"
        "class Situs(Site):\n"
        f"    name, title, home, loopback = 'site', 'Situs', {web.url('/')!r}, True\n"
        f"    feeds, article_url = [{web.url('/feed')!r}], r'/read/'\n"
    )
    (package / "real.py").write_text(
        "from uji.site import Situs\nclass Real(Situs):\n    name, loopback = 'real', False\n"
    )

    def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("KLIPING_", "AWS_"))}
        pythonpath = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "scrapy", *arguments),
                *("-s", "SPIDER_MODULES=uji", "-s", f"REPORT_FILE={tmp_path / 'report.json'}"),
            ],
            cwd=ROOT,
            env=inherited | {"PYTHONPATH": pythonpath, "KLIPING_HOME": str(tmp_path / "home"), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )

    return start


def keys_of(store: socket.socket) -> dict[str, str]:
    """The variables by which a crawl takes a socket that listens for its store."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{store.getsockname()[1]}",
        "AWS_ACCESS_KEY_ID": "kunci",
        "AWS_SECRET_ACCESS_KEY": "rahasia",
    }


def report(tmp_path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    return found


def test_a_refusal_is_one_line_in_the_log_and_a_report(scrapy, tmp_path, web):
    output = scrapy("crawl", "real").communicate(timeout=120)[0]
    errors = [line for line in output.splitlines() if "] ERROR: " in line]
    assert errors == ["[real] ERROR: real sites are crawled only with a contact address: set KLIPING_CONTACT"]
    assert "Traceback" not in output
    assert report(tmp_path)["finish_reason"] == "no_contact"
    assert report(tmp_path)["failures"] == ["real sites are crawled only with a contact address: set KLIPING_CONTACT"]
    assert web.asked == []


def test_a_run_that_is_told_to_stop_ends_what_it_began_and_begins_nothing_more(scrapy, tmp_path, web):
    web.pages["/feed"] = feed(*((web.url(f"/read/{n}"), TODAY) for n in range(50)))
    web.pages |= {f"/read/{n}": Answer(article(f"Berita {n}"), seconds=0.3) for n in range(50)}
    process = scrapy("crawl", "site", "-a", "dry_run=1")
    deadline = time.monotonic() + 120
    while len(web.paths()) < 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    output = process.communicate(timeout=120)[0]
    told = report(tmp_path)
    assert told["finish_reason"] == "shutdown"
    assert sum(told["outcomes"].values()) == told["looked_at"] == len(web.paths()) - 1 < 50
    assert told["announced"] == 50
    assert "Traceback" not in output


def test_a_run_that_is_told_to_stop_while_it_opens_ends_with_a_report(scrapy, tmp_path, web):
    """It opens as long as the store takes to answer."""
    web.pages["/feed"] = feed((web.url("/read/1"), TODAY))
    with socket.create_server(("127.0.0.1", 0)) as store:
        store.settimeout(120)
        process = scrapy("crawl", "site", **keys_of(store))
        asking, _ = store.accept()
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        asking.close()
    output = process.communicate(timeout=200)[0]
    told = report(tmp_path)
    assert (told["finish_reason"], told["looked_at"]) == ("shutdown", 0)
    assert "Traceback" not in output


def test_a_run_that_is_told_to_stop_while_it_delivers_ends_with_its_report(scrapy, tmp_path, web):
    """It delivers as long as the store takes to answer."""
    web.pages["/feed"] = feed((web.url("/read/1"), TODAY))
    web.pages["/read/1"] = article("Berita 1")
    with socket.create_server(("127.0.0.1", 0)) as store:
        store.settimeout(1)
        process = scrapy("crawl", "site", **keys_of(store))
        is_told = False
        while process.poll() is None:
            try:
                asking, _ = store.accept()
            except TimeoutError:
                continue
            with asking:
                if not is_told and list((tmp_path / "home" / "spool" / "site").glob("*/batch.json")):
                    process.send_signal(signal.SIGTERM)
                    is_told = True
                    time.sleep(1)
    output = process.communicate(timeout=200)[0]
    assert is_told
    told = report(tmp_path)
    assert (told["finish_reason"], told["looked_at"], told["waiting"]) == ("finished", 1, 1)
    assert "Traceback" not in output


@pytest.mark.parametrize("times_told", [1, 2])
def test_a_run_that_is_told_to_stop_while_its_spider_closes_ends_with_its_report(scrapy, tmp_path, web, times_told):
    """Scrapy waits for nothing more then. Whoever tells it twice does not want to wait."""
    web.pages["/feed"] = feed((web.url("/read/1"), TODAY))
    web.pages["/read/1"] = article("Berita 1")
    closing = tmp_path / "closing"
    (tmp_path / "slow_to_close.py").write_text(SLOW_TO_CLOSE.replace("CLOSING", str(closing)))
    process = scrapy("crawl", "site", "-a", "dry_run=1", "-s", "SCHEDULER=slow_to_close.SlowToClose")
    deadline = time.monotonic() + 120
    while not closing.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    for _ in range(times_told):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
    output = process.communicate(timeout=200)[0]
    assert "Traceback" not in output
    if times_told == 1:
        assert (report(tmp_path)["finish_reason"], report(tmp_path)["looked_at"]) == ("finished", 1)
    else:
        assert not (tmp_path / "report.json").exists()
