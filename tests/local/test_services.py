"""A service: a program with a pid file and a log, that is stopped with all that it started."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.processes import Process
from local.services import Service, ServiceError, stop

STUBBORN = """
import signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen(["sleep", "60"])  # ignores it as well: what is ignored is inherited
print("started", flush=True)
time.sleep(60)
"""
"""A program that does not end when it is asked to, and has a child that does not either."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("run", "logs"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def service(home: Path) -> Iterator[Service]:
    service = program(home, "import time; print('started', flush=True); time.sleep(60)")
    yield service
    stop([service], grace=0, kill_after=0.1)


def program(home: Path, code: str, port: int | None = None) -> Service:
    return Service("program", (sys.executable, "-c", code), dict(os.environ), home, port, "KLIPING_PROGRAM_PORT")


def wait_for(service: Service, word: str) -> None:
    deadline = time.monotonic() + 120
    while word not in service.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_started_service_is_found_by_its_pid_file_from_anywhere(service: Service, home: Path) -> None:
    service.start()
    found = program(home, "").process

    assert found is not None
    assert found == service.process
    assert found.is_session_leader


def test_stopping_ends_also_what_does_not_want_to_end(home: Path) -> None:
    stubborn = program(home, STUBBORN)
    stubborn.start()
    wait_for(stubborn, "started")
    family = stubborn.members()
    stop([stubborn], grace=0.2, kill_after=0.2)

    assert len(family) == 2
    assert not any(process.is_alive for process in family)
    assert not stubborn.pid_file.exists()


def test_stopping_what_does_not_run_does_nothing(service: Service) -> None:
    stop([service], grace=5)

    assert service.process is None


def test_stopping_spares_a_stranger_who_has_the_number_now(service: Service) -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        process = Process.from_pid(stranger.pid)
        assert process is not None
        Process(process.pid, process.started - 1, process.boot).write(service.pid_file)
        stop([service], grace=0, kill_after=0.1)

        assert process.is_alive
        stranger.kill()


def test_a_taken_port_is_named_with_the_setting_that_changes_it(home: Path, free_port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port))
        other.listen()

        with pytest.raises(ServiceError, match=rf"port {free_port} .*program.* taken.* KLIPING_PROGRAM_PORT"):
            program(home, "", free_port).check_startable()


def test_a_service_that_dies_is_named_with_its_last_words(home: Path) -> None:
    dying = program(home, "import sys; print('-----'); sys.exit('no templates here')")
    dying.start()
    wait_for(dying, "no templates")
    while dying.process is not None:
        time.sleep(0.05)

    with pytest.raises(ServiceError, match=rf"program ended while starting: no templates here .*{dying.log}"):
        dying.check_alive()


def test_the_log_of_the_start_before_is_kept(home: Path) -> None:
    for words in ("first", "second"):
        talking = program(home, f"print('{words}')")
        talking.start()
        wait_for(talking, words)

    assert "first" in (home / "logs" / "program.previous.log").read_text()
    assert talking.log.read_text() == "second\n"
