"""Every Scrapy command of ours ends with 0 only where it did its work; else one sentence on stderr says why not."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.server import DemoWeb
from local.seaweedfs import SeaweedFS
from pipelines.archive.bucket import Bucket
from settings.storage import Storage

ROOT = Path(__file__).parents[2]

Scrapy = Callable[..., "subprocess.CompletedProcess[str]"]

NO_STORE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
"""A store that nobody runs."""


@pytest.fixture
def scrapy(tmp_path: Path) -> Scrapy:
    """`scrapy("crawl", "telset", KLIPING_CONTACT=...)`: run a command to its end with these variables alone."""

    def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KLIPING_", "AWS_"))}
        return subprocess.run(
            [sys.executable, "-m", "scrapy", *arguments],
            cwd=ROOT,
            env={**kept, "KLIPING_HOME": str(tmp_path / "home"), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


@pytest.fixture
def store(seaweedfs: SeaweedFS, storage: Storage) -> dict[str, str]:
    """The variables of an empty archive."""
    Bucket(storage).ensure()
    return {**seaweedfs.environment, "KLIPING_BUCKET": storage.bucket}


def last_line(ended: "subprocess.CompletedProcess[str]") -> str:
    """What a command that failed ends with on stderr: a sentence, and nothing of a traceback before it."""
    assert "Traceback" not in ended.stderr
    line = ended.stderr.splitlines()[-1]
    assert line.startswith("Kliping: ")
    return line.removeprefix("Kliping: ")


def test_a_crawl_that_does_its_work_ends_with_0(scrapy: Scrapy, tmp_path: Path) -> None:
    with DemoWeb(tmp_path / "demo", faults=False) as web:
        ended = scrapy(
            *("crawl", "nusakata", "-a", "dry_run=1", "-s", "VISITS_PER_RUN=3"), KLIPING_DEMO_PORT=str(web.port)
        )

    assert ended.returncode == 0, ended.stderr
    assert "Kliping: " not in ended.stderr


def test_a_crawl_that_fails_ends_with_1(scrapy: Scrapy, free_port: int) -> None:
    ended = scrapy("crawl", "nusakata", "-a", "dry_run=1", KLIPING_DEMO_PORT=str(free_port))

    assert ended.returncode == 1
    assert last_line(ended).startswith("nusakata: none of the site's sources could be read")


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        (["telset"], {}, "set KLIPING_CONTACT"),
        (["telset"], {"KLIPING_CONTACT": "nobody"}, "wrong settings: KLIPING_CONTACT"),
        (["nusakata"], {**NO_STORE, "KLIPING_MIN_FREE_MB": "900000000"}, "(KLIPING_MIN_FREE_MB) are to stay free"),
    ],
)
def test_a_crawl_that_refuses_ends_with_1(
    scrapy: Scrapy, arguments: list[str], variables: dict[str, str], words: str
) -> None:
    ended = scrapy("crawl", *arguments, **variables)

    assert ended.returncode == 1
    assert words in last_line(ended)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["crawl", "detiknet"], "there is no site detiknet: did you mean detikinet?"),
        (["crawl", "xxxxxxxx"], "there is no site xxxxxxxx: scrapy list names them all"),
        (["crawl", "nusakata", "-a", "sinze=2026-11-01"], "unknown argument sinze: did you mean since?"),
        (["ingest", "tidak-ada.warc.gz", "-a", "languages=id"], "unknown argument languages: did you mean language?"),
        (["clean", "--site", "telzet", "README.md"], "there is no site telzet: did you mean telset?"),
        (["doctor", "telzet"], "there is no site telzet: did you mean telset?"),
        (["reextract", "nusakata", "--month", "2026-13"], "'2026-13' is not a month, YYYY-MM"),
        (["verdict", "http://nusakata.example/1", "maybe"], "'maybe' is not a verdict: article, not-article"),
    ],
)
def test_wrong_usage_is_one_sentence_and_ends_with_2(scrapy: Scrapy, arguments: list[str], sentence: str) -> None:
    ended = scrapy(*arguments)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert last_line(ended) == sentence


@pytest.mark.parametrize("command", ["learn", "reextract", "residue"])
def test_a_site_that_has_neither_a_spider_nor_articles_is_wrong_usage(
    scrapy: Scrapy, store: dict[str, str], command: str
) -> None:
    ended = scrapy(command, "telzet", **store)

    assert ended.returncode == 2
    assert last_line(ended) == "there is no site telzet: did you mean telset?"


@pytest.mark.parametrize("command", ["learn", "reextract", "residue"])
def test_a_store_that_is_away_is_one_sentence_and_ends_with_1(scrapy: Scrapy, command: str) -> None:
    ended = scrapy(command, "telset", **NO_STORE)

    assert ended.returncode == 1
    assert "http://127.0.0.1:9" in last_line(ended)


def test_a_verdict_on_what_nobody_knows_ends_with_1_and_is_reported(
    scrapy: Scrapy, store: dict[str, str], tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    url = "http://kabarteknik.example/satu"
    ended = scrapy("verdict", "--note=halaman layanan", url, "not-article", "-s", f"REPORT_FILE={report}", **store)

    assert ended.returncode == 1
    sentence = f"nothing is known at {url}: kliping doubtful names what waits for a verdict"
    assert last_line(ended) == sentence
    assert json.loads(report.read_text()) == {"summary": sentence, "failures": [sentence]}


def test_a_wrong_setting_of_a_new_site_ends_with_1(scrapy: Scrapy, tmp_path: Path) -> None:
    ended = scrapy("newsite", "contoh", "contoh.example", "--into", str(tmp_path), KLIPING_CONTACT="nobody")

    assert ended.returncode == 1
    assert "wrong settings: KLIPING_CONTACT" in last_line(ended)


def test_a_misspelt_setting_is_named_and_stops_nothing(scrapy: Scrapy, store: dict[str, str]) -> None:
    ended = scrapy("learn", **store, KLIPING_RETRYHOURS="1")

    assert ended.returncode == 0, ended.stderr
    assert "Kliping: KLIPING_RETRYHOURS is not a setting: did you mean KLIPING_RETRY_HOURS?" in ended.stderr


def test_a_site_whose_file_is_broken_ends_with_1_and_names_file_and_line(scrapy: Scrapy, tmp_path: Path) -> None:
    package = tmp_path / "situs_rusak"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "rusak.py").write_text("nama = tidak_ada\n", encoding="utf-8")
    pythonpath = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    ended = scrapy("crawl", "rusak", "-s", "SPIDER_MODULES=situs_rusak", PYTHONPATH=pythonpath)
    assert ended.returncode == 1
    assert last_line(ended) == f"{package / 'rusak.py'}, line 1: NameError: name 'tidak_ada' is not defined"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["crawl", "nusakata", "-a", "since=kemarin"], "since and until are days"),
        (["crawl", "nusakata", "-a", "since=2026-11-20", "-a", "until=2026-11-10"], "2026-11-10 is before 2026-11-20"),
        (["crawl", "nusakata", "-a", "dry_run=ja"], "dry_run is one of 1, true, yes, 0, false, no, not 'ja'"),
        (["crawl", "nusakata", "-a", "name=telset"], "unknown argument name: it takes since, until, url, dry_run"),
        (["crawl", "nusakata", "-s", "REPLAY=tidak-ada.warc.gz"], "is not a WARC file"),
        (["ingest", "tidak-ada.warc.gz"], "is not a WARC file"),
        (["doctor", "nusakata", "--samples", "-3"], "--samples is at least 1, not -3"),
        (["reextract", "nusakata", "--workers", "0"], "--workers is at least 1, not 0"),
    ],
)
def test_what_cannot_be_meant_ends_with_2(scrapy: Scrapy, arguments: list[str], words: str) -> None:
    ended = scrapy(*arguments)
    assert ended.returncode == 2
    assert words in last_line(ended)


def test_files_that_hold_nothing_that_could_be_read_fail_the_ingestion(scrapy: Scrapy, tmp_path: Path) -> None:
    (tmp_path / "sampah.warc.gz").write_bytes(b"\x1f\x8bsampah" * 100)
    ended = scrapy("ingest", str(tmp_path / "sampah.warc.gz"), "-a", "dry_run=1")
    assert ended.returncode == 1
    assert "holds no response that could be read" in last_line(ended)
