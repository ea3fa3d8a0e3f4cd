"""A little of `make chaos` and `make fuzz`, and whether their judges would notice."""

import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from local.seaweedfs import SeaweedFS
from settings.storage import Storage
from tests.archive.invented import NOON, finish, look_at, open_run, text
from tests.chaos.verdict import Announced, Archive, Findings, judge_articles, judge_evidence, judge_runs, judge_spool
from tests.fuzz.__main__ import fuzz
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).parents[1]
QUICK = (
    "kill",
    "kill at file",
    "kill at put",
    "sigterm",
    "damaged spool",
    "reset in put",
    "index damaged",
    "two at once",
)


@pytest.mark.timeout(900)
def test_a_seed_of_faults_loses_doubles_and_stops_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.chaos", "--seeds", "3", "--rounds", "4", "--jobs", "1"]
    struck = subprocess.run(
        [*command, "--logs", str(tmp_path / "logs"), "--only", *QUICK],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert struck.returncode == 0, struck.stdout + struck.stderr
    assert "4 rounds over 1 seeds" in struck.stdout


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", TARGETS)
def test_a_reader_of_strangers_bytes_withstands_some_of_them(name: str, tmp_path: Path) -> None:
    session = fuzz(name, tmp_path, seconds=300, runs=40)
    assert (session.crashers, session.exit_code) == ([], 0), (tmp_path / "log").read_text("utf-8")
    assert session.progress


@pytest.fixture
def archive(storage: Storage, seaweedfs: SeaweedFS) -> Archive:
    """An archive of two articles, the second of them revised."""
    for seeds in ((1, 2), (1, 3)):
        run = open_run(storage)
        for number, seed in enumerate(seeds):
            look_at(run, url(number), text(seed))
        finish(run)
    return Archive(seaweedfs.environment, storage.bucket)


def url(number: int) -> str:
    return f"http://kabarteknik.example/{number}"


def announced(number: int, *seeds: int) -> Announced:
    return Announced(url(number), f"Kabar {number}", [text(seed) for seed in seeds], NOON - timedelta(hours=1), None)


def verdict(archive: Archive, *articles: Announced, looks: Mapping[str, datetime] | None = None) -> Findings:
    findings = Findings()
    judge_articles(archive, "kabarteknik", articles, looks or {}, findings)
    return findings


def test_the_verdict_is_clean_where_all_is_there(archive: Archive) -> None:
    findings = verdict(archive, announced(0, 1), announced(1, 2, 3))
    judge_evidence(archive, findings)
    assert findings.all() == []


def test_the_verdict_tells_what_is_lost_and_what_is_wrong(archive: Archive) -> None:
    findings = verdict(archive, announced(0, 1, 4), announced(1, 5, 3), announced(2, 6))
    assert [sentence.partition(" ")[0] for sentence in findings.lost] == [url(2)]
    assert [sentence.partition(" ")[0] for sentence in findings.wrong] == [url(1)]


def test_an_edit_that_was_not_fetched_is_lost(archive: Archive) -> None:
    later = Announced(url(0), "Kabar 0", [text(1), text(4)], NOON + timedelta(hours=1), None)
    assert len(verdict(archive, later, announced(1, 2, 3)).lost) == 1


def test_an_edit_that_a_crawl_with_a_clock_ahead_of_it_has_looked_for_is_not(archive: Archive) -> None:
    later = Announced(url(0), "Kabar 0", [text(1), text(4)], NOON + timedelta(hours=1), None)
    looks = {url(0): NOON + timedelta(days=2)}
    assert verdict(archive, later, announced(1, 2, 3), looks=looks).lost == []


def test_the_verdict_tells_evidence_that_is_gone(archive: Archive) -> None:
    findings = Findings()
    first, *_ = [key for key in archive.keys("warc/") if key.endswith(".warc.gz")]
    archive.remove(first)
    judge_evidence(archive, findings)
    assert any(first in sentence for sentence in findings.wrong)


def test_the_verdict_tells_runs_without_a_row_and_batches_that_wait(archive: Archive, tmp_path: Path) -> None:
    findings = Findings()
    judge_runs(archive, [("kabarteknik", "20200101T000000Z")], findings)
    spool = tmp_path / "waiting"
    (spool / "kabarteknik" / "20261124T050000Z-001").mkdir(parents=True)
    judge_spool(spool, findings)
    assert (len(findings.lost), len(findings.wrong)) == (1, 1)
