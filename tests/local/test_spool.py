"""`kliping spool`: what waits on local disk, what is set aside, and what an operator can do with it."""

import json
import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from pipelines.archive.spool import recover, set_aside_folders
from settings.storage import Storage
from tests.archive.invented import look_at, open_run, text
from tests.local.test_command import local

URLS = [f"http://kabarteknik.example/{n}" for n in range(3)]


@pytest.fixture
def storage(tmp_path: Path, free_port: int) -> Storage:
    """A storage that is away, and an empty home folder."""
    return Storage(
        home=tmp_path / "home",
        bucket="kliping",
        endpoint_url=f"http://127.0.0.1:{free_port}",
        access_key_id="k",
        secret_access_key=SecretStr("s"),
        index_url=None,
    )


@pytest.fixture
def folder(storage: Storage) -> Path:
    """The folder of the batch that a killed run left."""
    run = open_run(storage)
    for number, url in enumerate(URLS):
        look_at(run, url, text(number))
    run.abandon()
    [found] = (path for path in (storage.spool / "kabarteknik").iterdir() if path.is_dir())
    return found


@pytest.fixture
def aside(folder: Path) -> Path:
    """The batch with its second line halved, as it was set aside."""
    journal = folder / "journal.jsonl"
    lines = journal.read_bytes().split(b"\n")
    journal.write_bytes(b"\n".join([lines[0], lines[1][:60], *lines[2:]]))
    recover(folder.parent)
    [found] = set_aside_folders(folder.parent)
    return found


def spool(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    ended = local("spool", home, *arguments)
    assert "Traceback" not in ended.stderr
    return ended


def test_an_empty_spool_is_told(tmp_path: Path) -> None:
    ended = spool(tmp_path)
    assert (ended.returncode, "Nothing waits" in ended.stdout) == (0, True)


def test_what_waits_and_what_is_set_aside_is_shown(storage: Storage, aside: Path) -> None:
    ended = spool(storage.home)
    assert ended.returncode == 0
    lines = {line.split()[0]: line for line in ended.stdout.splitlines()}
    assert "waits for a delivery" in lines[f"kabarteknik/{aside.name}"] or "set aside" in ended.stdout
    [told] = (line for line in ended.stdout.splitlines() if "set aside" in line)
    assert "2 visits delivered, 1 not" in told
    assert "journal.jsonl" in told


def test_repairing_puts_back_what_is_whole(storage: Storage, aside: Path) -> None:
    waiting = aside.parent.parent / aside.name
    ended = spool(storage.home, "repair")
    assert (ended.returncode, "waits already" in ended.stdout) == (0, True)

    for file in waiting.iterdir():
        file.unlink()
    waiting.rmdir()
    name = f"kabarteknik/{aside.name}"
    ended = spool(storage.home, "repair", name)
    assert (ended.returncode, "waits again" in ended.stdout) == (0, True)
    assert len([json.loads(line) for line in (waiting / "journal.jsonl").read_bytes().splitlines()]) == 2
    assert aside.exists()


def test_dropping_asks_and_takes_only_what_was_set_aside(storage: Storage, aside: Path) -> None:
    name = f"kabarteknik/{aside.name}"
    assert spool(storage.home, "drop").returncode == 2
    ended = spool(storage.home, "drop", name)
    assert (ended.returncode, "nobody said yes" in ended.stderr, aside.exists()) == (1, True, True)
    ended = spool(storage.home, "drop", "kabarteknik/20200101T000000Z-001", "--yes")
    assert (ended.returncode, "no batch" in ended.stderr) == (1, True)
    ended = spool(storage.home, "drop", name, "--yes")
    assert (ended.returncode, aside.exists()) == (0, False)
    assert (aside.parent.parent / aside.name).exists()


def test_a_site_that_is_being_crawled_is_left_alone(storage: Storage, folder: Path) -> None:
    run = open_run(storage)
    look_at(run, URLS[0], text(7))
    ended = spool(storage.home, "repair")
    run.abandon()
    assert (ended.returncode, "left alone" in ended.stdout) == (0, True)
    assert folder.exists()
