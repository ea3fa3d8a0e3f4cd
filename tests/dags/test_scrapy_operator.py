"""A crawl as an Airflow task sees it: its verdict, its last sentence, its report, and its end when it is killed."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from airflow.sdk import Asset, AssetAlias

from dags.backfill import BackfillOperator
from dags.operators.failures import NeedsSomebody, PassesByItself
from dags.operators.scrapy import ScrapyOperator, reason, summary
from local.processes import Process, session, wait_for_end
from local.seaweedfs import SeaweedFS
from tests.newsroom import Newsroom, newsroom

ALIAS = AssetAlias("articles")
SITE = "majalahsirkuit"
PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def room(seaweedfs: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A newsroom whose environment is this process's own, as an Airflow task's is."""
    folder = tmp_path_factory.mktemp("newsroom")
    with newsroom(folder, seaweedfs, f"test-{uuid.uuid4().hex}", faults=False) as opened:
        before = dict(os.environ)
        os.environ.update(opened.environment)
        yield opened
        os.environ.clear()
        os.environ.update(before)


class Events:
    """Takes asset events as Airflow's context does."""

    def __init__(self) -> None:
        self.added: list[tuple[str, Mapping[str, Any]]] = []

    def __getitem__(self, alias: AssetAlias) -> "Events":
        return self

    def add(self, asset: Asset, extra: Mapping[str, Any]) -> None:
        self.added.append((asset.name, extra))


def crawl(site: str, **arguments: object) -> ScrapyOperator:
    return ScrapyOperator(
        task_id="crawl",
        command=["crawl", site],
        spider_args=arguments,
        asset=Asset(f"articles_{site}", uri=f"x-kliping://articles/{site}"),
        outlets=[ALIAS],
    )


@pytest.fixture(scope="module")
def first(room: Newsroom) -> tuple[dict[str, Any], Events]:  # noqa: ARG001 - it crawls the room's web
    """Report and events of the first crawl of SITE."""
    events = Events()
    return crawl(SITE).execute({"outlet_events": events}), events


@pytest.mark.usefixtures("room")
def test_neither_a_crawl_nor_its_children_know_secrets_that_they_do_not_need(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = os.environ["AWS_SECRET_ACCESS_KEY"]
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "canary")
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", "canary")
    running = threading.Thread(target=crawl("nusakata", dry_run=True).execute, args=({"outlet_events": Events()},))
    others = set(psutil.Process().children(recursive=True))  # of tests that ran before in this process
    running.start()
    known: dict[str, set[str]] = {"crawl": set(), "resource tracker": set(), "cleaning": set()}
    while running.is_alive():
        for process in set(psutil.Process().children(recursive=True)) - others:
            with suppress(psutil.Error):
                command = " ".join(process.cmdline())
                kinds = {"resource_tracker": "resource tracker", "spawn_main": "cleaning", "scrapy crawl": "crawl"}
                for part, kind in kinds.items():
                    if part in command:
                        known[kind] |= set(process.environ().values())
        time.sleep(0.05)
    assert all(known.values())
    assert secret in known["crawl"]
    assert not any("canary" in values for values in known.values())
    assert secret not in known["resource tracker"] | known["cleaning"]


@pytest.mark.usefixtures("room")
class TestVerdict:
    def test_a_good_crawl_returns_its_report_and_announces_what_arrived(
        self, first: tuple[dict[str, Any], Events]
    ) -> None:
        report, events = first
        assert report["outcomes"]["archived"] > 0
        ((asset, extra),) = events.added
        assert asset == f"articles_{SITE}"
        assert (extra["site"], extra["archived"]) == (SITE, report["outcomes"]["archived"])

    @pytest.mark.usefixtures("first")
    def test_a_crawl_that_finds_nothing_new_is_good_and_announces_nothing(self) -> None:
        events = Events()
        report = crawl(SITE).execute({"outlet_events": events})
        assert report["looked_at"] == 0
        assert events.added == []

    def test_a_chunk_of_a_backfill_is_crawled_until_nothing_of_it_is_left(self, room: Newsroom) -> None:
        site = "kilasperanti"
        days = sorted(article["date_published"][:10] for article in room.truth()[site]["articles"])
        operator = BackfillOperator(
            task_id="crawl",
            command=["crawl", site, "-s", "VISITS_PER_RUN=20"],
            spider_args={"since": days[0], "until": days[-1]},
            outlets=[ALIAS],
        )
        events = Events()
        report = operator.execute({"outlet_events": events, "params": {"site": site, "dry_run": False}})
        assert report["left"] == 0
        assert len(events.added) > 1
        assert {extra["site"] for _, extra in events.added} == {site}

    def test_log_lines_keep_their_level(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO), pytest.raises(NeedsSomebody):
            crawl("telset").execute({"outlet_events": Events()})
        assert any(record.levelno == logging.ERROR for record in caplog.records if record.name == "scrapy.crawl")

    def test_what_only_a_person_can_mend_is_not_retried_and_said_in_one_sentence(self) -> None:
        with pytest.raises(NeedsSomebody, match=r"^telset: real sites .* KLIPING_CONTACT\.$"):
            crawl("telset").execute({"outlet_events": Events()})

    def test_a_process_that_leaves_no_report_fails_with_its_exit_code(self) -> None:
        with pytest.raises(PassesByItself, match="no-such-site ended with exit code 2 before it could report"):
            crawl("no-such-site").execute({"outlet_events": Events()})


def test_a_killed_task_ends_its_crawl_in_order(room: Newsroom) -> None:
    operator = crawl("nusakata")
    found: list[BaseException] = []

    def run() -> None:
        try:
            operator.execute({"outlet_events": Events()})
        except PassesByItself as error:
            found.append(error)

    task = threading.Thread(target=run)
    room.forget_log()
    task.start()
    while len(room.log()["requests"]) < 8:
        time.sleep(0.02)
    operator.on_kill()
    task.join(timeout=120)
    assert not task.is_alive()
    assert str(found[0]) == "nusakata: the crawl ended early: shutdown."
    report = room.crawl("nusakata")["nusakata"]
    assert report["failures"] == []
    urls = {article["url"] for article in room.truth()["nusakata"]["articles"]}
    assert urls <= set(room.articles()) | {row["url"] for row in room.rows("duplicates")}


STUCK = {
    "busy": "import re; re.match('(a*)*b', 'a' * 60)",
    "deaf": "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
    "stopped": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "with a child of its own": "import subprocess; subprocess.run(['sleep', '600'])",
}


@pytest.mark.parametrize("kind", STUCK)
@pytest.mark.parametrize("ending", ["on_kill", "the task process dies"])
def test_what_does_not_end_when_it_is_told_to_is_killed_with_all_of_its_session(kind: str, ending: str) -> None:
    script = (
        "import subprocess, sys, signal, os\n"
        "from dags.operators import scrapy\n"
        "child = subprocess.Popen([sys.executable, '-m', 'dags.operators.supervisor', '1', sys.executable, '-c',\n"
        f"    'print(1, flush=True); ' + {STUCK[kind]!r}], preexec_fn=scrapy._in_own_session)\n"
        "print(child.pid, flush=True)\n"
        "child.wait()\n"
    )
    task = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=PROJECT)
    assert task.stdout is not None
    said = {task.stdout.readline().strip() for _ in range(2)}
    (pid,) = said - {"1"}
    leader = Process.from_pid(int(pid))
    assert leader is not None
    if ending == "on_kill":
        leader.signal(signal.SIGTERM)
    else:
        task.kill()
    assert wait_for_end(session(leader) | {leader}, seconds=60) == set()
    assert session(leader) == set()
    task.kill()
    task.wait()
    task.stdout.close()


REPORT = {
    "site": "contoh",
    "announced": 12,
    "known": 9,
    "looked_at": 3,
    "outcomes": {"archived": 2, "revised": 0, "rejected": 1},
    "finish_reason": "finished",
    "waiting": 0,
    "failures": [],
}


def test_the_last_line_of_a_good_task_counts_its_outcomes() -> None:
    assert summary(REPORT) == "contoh: 12 announced, 9 known, 3 looked at: 2 archived, 1 rejected."


@pytest.mark.parametrize(
    ("changes", "exit_code", "sentence"),
    [
        ({"failures": ["no author.", "no text"]}, 0, "contoh: no author; no text."),
        ({"waiting": 2}, 0, "contoh: 2 batches wait in the spool; the next run of any site delivers them."),
        ({"finish_reason": "shutdown"}, 0, "contoh: the crawl ended early: shutdown."),
        ({}, 134, "contoh: scrapy ended with exit code 134."),
    ],
)
def test_the_last_line_of_a_failed_task_says_why(changes: dict[str, Any], exit_code: int, sentence: str) -> None:
    assert reason({**REPORT, **changes}, exit_code) == sentence
