"""Crawls that are killed, and a storage that goes away: the next run leaves every article exactly once."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.seaweedfs import SeaweedFS
from tests.conftest import CLOCK_IS_SHIFTED
from tests.newsroom import PROJECT, Newsroom, newsroom

SITE, OTHER = "majalahsirkuit", "nusakata"
PATIENCE = 120.0


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """A store of these tests' own, since they kill it."""
    folder = tmp_path_factory.mktemp("store")
    with SeaweedFS(folder, dies_with_parent=True, checks_signatures=not CLOCK_IS_SHIFTED) as server:
        yield server


@pytest.fixture
def room(store: SeaweedFS, tmp_path: Path) -> Iterator[Newsroom]:
    with newsroom(tmp_path, store, f"test-{uuid.uuid4().hex}", faults=False) as opened:
        yield opened


def wait_for_requests(room: Newsroom, count: int) -> None:
    """Until the demo web has answered so many requests."""
    deadline = time.monotonic() + PATIENCE
    while len(room.log()["requests"]) < count:
        assert time.monotonic() < deadline, "the crawl made no progress"
        time.sleep(0.02)


def expected(room: Newsroom, site: str) -> set[str]:
    return {article["url"] for article in room.truth()[site]["articles"]}


def archived(room: Newsroom, site: str) -> set[str]:
    """The site's URLs that are articles or linked copies; none may be both, none may stand twice."""
    articles = [row["url"] for row in room.rows("articles") if row["site"] == site]
    linked = [row["url"] for row in room.rows("duplicates") if row["site"] == site]
    assert len(set(articles + linked)) == len(articles) + len(linked)
    return set(articles + linked)


@pytest.mark.parametrize("requests", [3, 12, 25])
def test_a_killed_crawl_loses_nothing_and_doubles_nothing(room: Newsroom, requests: int) -> None:
    crawl = room.start("crawl", SITE)
    wait_for_requests(room, requests)
    crawl.kill()
    crawl.communicate()

    (report,) = room.crawl(SITE).values()

    assert archived(room, SITE) == expected(room, SITE)
    assert report["failures"] == []
    ends = {row["finish_reason"]: row for row in room.rows("runs")}
    assert set(ends) == {"finished", "killed"}
    looked_at = {name: count for name, count in ends["killed"]["outcomes"].items() if count}
    assert sum(looked_at.values()) == ends["killed"]["looked_at"]


def test_what_a_crawl_cannot_deliver_waits_and_the_next_run_of_any_site_delivers_it(
    room: Newsroom, store: SeaweedFS
) -> None:
    room.crawl(SITE)
    room.publish(edition=2)
    crawl = room.start("crawl", SITE, REPORT_FILE=room.folder / "cut-off.json")
    wait_for_requests(room, len(room.log()["requests"]) + 2)
    store.kill()
    try:
        crawl.communicate(timeout=PATIENCE)
        spooled = room.crawl(OTHER)[OTHER]
    finally:
        store.start()

    assert (spooled["finish_reason"], spooled["failures"], spooled["waiting"]) == ("finished", [], 1)
    assert "the storage is away" in spooled["warnings"][0]
    room.crawl(OTHER)
    assert archived(room, SITE) == expected(room, SITE)
    assert archived(room, OTHER) == expected(room, OTHER)
    assert {row["revision"] for row in room.rows("articles") if row["site"] == SITE} == {1, 2}


def test_a_crawl_without_its_contact_or_with_wrong_settings_says_so_in_one_sentence(room: Newsroom) -> None:
    (report,) = room.crawl("telset").values()
    assert (report["finish_reason"], len(report["failures"])) == ("no_contact", 1)
    assert "KLIPING_CONTACT" in report["failures"][0]


LARGE_PARENT = (
    "import subprocess, sys; size = b'x' * (1100 << 20); sys.exit(subprocess.call(sys.argv[1:], preexec_fn=int))"
)
"""A program of more than a gigabyte that starts another by forking itself, as Airflow's task process does."""


def test_a_crawl_is_not_stopped_for_the_size_of_the_process_that_starts_it(room: Newsroom) -> None:
    report = room.folder / "report.json"
    crawl = [sys.executable, "-m", "scrapy", "crawl", SITE, "-a", "dry_run=1", "-s", f"REPORT_FILE={report}"]
    environment = {**os.environ, **room.environment}
    subprocess.run([sys.executable, "-c", LARGE_PARENT, *crawl], cwd=PROJECT, env=environment, check=True)
    assert json.loads(report.read_text(encoding="utf-8"))["finish_reason"] == "finished"
