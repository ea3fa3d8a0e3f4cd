"""`python -m local`: what it answers where nothing runs, and one sentence for each thing that can be in its way."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.processes import MARK, marked
from local.seaweedfs import free_s3_port

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def local(command: str, home: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "KLIPING_"))}
    return subprocess.run(
        [sys.executable, "-m", "local", command, *options],
        cwd=ROOT,
        env={**kept, "KLIPING_HOME": str(home), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def sentence(ended: subprocess.CompletedProcess[str]) -> str:
    """What a failed command said; fails where that is no single sentence."""
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    return ended.stderr


def test_where_nothing_runs_status_fails_and_down_does_not(home: Path) -> None:
    assert local("status", home).returncode == 1
    assert local("down", home).returncode == 0
    assert not home.exists()


def test_up_names_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert f"cannot write to {tmp_path}/file/home: Not a directory" in sentence(local("up", tmp_path / "file" / "home"))


@pytest.mark.parametrize("variable", ["KLIPING_UI_PORT", "KLIPING_DEMO_PORT", "KLIPING_S3_PORT"])
def test_up_names_a_taken_port_and_leaves_nothing_running(home: Path, variable: str) -> None:
    s3_port = free_s3_port()
    ports = {
        "KLIPING_S3_PORT": str(s3_port),
        "KLIPING_UI_PORT": str(s3_port + 5),
        "KLIPING_DEMO_PORT": str(s3_port + 6),
    }
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(ports[variable])))
        other.listen()
        said = sentence(local("up", home, **ports))

    assert f"port {ports[variable]} of 127.0.0.1" in said
    assert variable in said
    assert marked(home) == set()
    assert local("status", home).returncode == 1


def test_up_names_a_wrong_setting(home: Path) -> None:
    assert "KLIPING_UI_PORT" in sentence(local("up", home, KLIPING_UI_PORT="eighty"))


def test_corpus_says_so_when_there_is_none(home: Path) -> None:
    home.mkdir()

    assert sentence(local("corpus", home))


def test_clean_removes_nothing_without_a_yes(home: Path) -> None:
    (home / "s3").mkdir(parents=True)

    assert "nobody said yes" in sentence(local("clean", home))
    assert (home / "s3").exists()


def test_clean_removes_what_is_ours_and_nothing_else(home: Path) -> None:
    for name in ("s3", "spool", "airflow", "secrets", "demo"):
        (home / name).mkdir(parents=True)
    (home / "index.db").touch()
    (home / "letters.txt").touch()

    assert local("clean", home, "--yes").returncode == 0
    assert [path.name for path in home.iterdir()] == ["letters.txt"]


def test_clean_removes_a_home_that_is_empty_then(home: Path) -> None:
    (home / "s3").mkdir(parents=True)

    assert local("clean", home, "--yes").returncode == 0
    assert not home.exists()


def test_clean_refuses_while_something_runs_and_down_stops_it(home: Path) -> None:
    (home / "s3").mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"], start_new_session=True, env={**os.environ, MARK: str(home)}) as left_over:
        assert "make down first" in sentence(local("clean", home, "--yes"))
        assert local("down", home).returncode == 0
        assert left_over.wait(timeout=120) != 0
