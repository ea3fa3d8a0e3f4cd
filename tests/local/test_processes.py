"""Processes of a deployment: told apart beyond doubt, found by session and by environment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from local.processes import DEPLOYMENT_VARIABLE, Process, deployment_processes, session, wait_for_end

PARENT = "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid, flush=True); sys.stdin.read()"
"""A program that has a child, names it, and ends when its input does."""


@pytest.fixture
def family(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A program in a session of its own, marked as belonging to `tmp_path`, and its child's number."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, DEPLOYMENT_VARIABLE: str(tmp_path)},
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    while not Path(f"/proc/{child}/environ").read_bytes():
        time.sleep(0.01)  # the kernel is still giving the child its new program
    yield parent, child
    for process in (Process.from_pid(parent.pid), Process.from_pid(child)):
        if process is not None:
            process.signal(signal.SIGKILL)
    parent.communicate()


def of(pid: int) -> Process:
    process = Process.from_pid(pid)
    assert process is not None
    return process


def test_a_pid_file_brings_the_process_back(tmp_path: Path) -> None:
    own = of(os.getpid())
    own.write(tmp_path / "own.pid")

    assert Process.read(tmp_path / "own.pid") == own
    assert own.is_alive


@pytest.mark.parametrize("content", [None, "", "4711", "no pid file"])
def test_a_pid_file_that_is_missing_or_broken_names_no_process(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "file.pid").write_text(content)

    assert Process.read(tmp_path / "file.pid") is None


def test_a_stranger_who_has_the_number_now_is_not_taken_for_the_process(
    family: tuple[subprocess.Popen[str], int],
) -> None:
    stranger = of(family[0].pid)
    before = replace(stranger, started=stranger.started - 1)
    before.signal(signal.SIGKILL)

    assert not before.is_alive
    assert stranger.is_alive
    assert session(before) == set()
    assert session(replace(stranger, boot="another boot")) == set()


def test_a_process_of_which_only_the_exit_code_is_left_is_not_alive(family: tuple[subprocess.Popen[str], int]) -> None:
    parent = of(family[0].pid)
    parent.signal(signal.SIGKILL)

    assert wait_for_end({parent}, seconds=10) == set()


def test_a_session_is_found_when_its_leader_has_ended(family: tuple[subprocess.Popen[str], int]) -> None:
    parent, child = family
    leader = of(parent.pid)
    assert session(leader) == {leader, of(child)}
    leader.signal(signal.SIGKILL)
    parent.wait()

    assert session(leader) == {of(child)}


def test_the_processes_of_a_deployment_are_found_and_no_others(
    family: tuple[subprocess.Popen[str], int], tmp_path: Path
) -> None:
    parent, child = family

    assert deployment_processes(tmp_path) == {of(parent.pid), of(child)}
    assert deployment_processes(tmp_path / "elsewhere") == set()


RENAMED = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env={}, start_new_session=True)
worker = os.fork()
if not worker:
    os.setsid()
    from setproctitle import setproctitle
    setproctitle("worker " + "x" * 20_000)
    print("ready", flush=True)
    time.sleep(60)
sys.stderr.write(f"{child.pid} {worker}\\n")
sys.stderr.flush()
time.sleep(60)
"""
"""A program whose worker writes its title over the environment, as Airflow's do, and with a child that has none."""


def test_processes_that_lost_their_environment_are_found_also_when_their_parent_was_killed(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs" / "scheduler.log"
    with log.open("wb") as out:
        parent = subprocess.Popen(
            [sys.executable, "-c", RENAMED],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, DEPLOYMENT_VARIABLE: str(tmp_path)},
        )
    assert parent.stderr is not None
    child, worker = map(int, parent.stderr.readline().split())
    try:
        while "ready" not in log.read_text():
            time.sleep(0.01)
        log.rename(log.with_suffix(".previous.log"))
        assert DEPLOYMENT_VARIABLE.encode() not in Path(f"/proc/{worker}/environ").read_bytes()
        assert deployment_processes(tmp_path) == {of(parent.pid), of(child), of(worker)}
        parent.kill()
        parent.wait()
        assert deployment_processes(tmp_path) == {of(child), of(worker)}
        assert deployment_processes(tmp_path / "elsewhere") == set()
    finally:
        for pid in (child, worker):
            os.kill(pid, signal.SIGKILL)
        parent.stderr.close()


def test_who_only_reads_a_log_is_not_of_the_deployment(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "scheduler.log").touch()
    reader = subprocess.Popen(["tail", "-f", str(tmp_path / "logs" / "scheduler.log")], stdout=subprocess.DEVNULL)
    try:
        assert deployment_processes(tmp_path) == set()
    finally:
        reader.kill()
        reader.wait()


def test_waiting_ends_in_time_and_names_who_is_left(family: tuple[subprocess.Popen[str], int]) -> None:
    parent = of(family[0].pid)

    assert wait_for_end({parent}, seconds=0.2) == {parent}
