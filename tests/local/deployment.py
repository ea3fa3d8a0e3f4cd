"""A deployment for tests: `make up` in a folder of its own, on ports of its own."""

import fcntl
import json
import os
import re
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from pydantic import SecretStr

from local.credentials import Credentials, password
from local.processes import Process, deployment_processes, session
from local.seaweedfs import HOST, REGION, free_s3_port
from settings.clock import utc_now
from settings.storage import Storage

ROOT = Path(__file__).parents[2]

PATIENCE_SECONDS = 240.0
"""For what takes a minute at most on an idle machine."""

POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Deployment:
    """A deployment in a folder of its own, on ports of its own."""

    home: Path
    s3_port: int
    stated_demo_port: int | None = None
    """Where the home was made for one: the demo's addresses have it in them."""

    @property
    def ui_port(self) -> int:
        return self.s3_port + 5

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "KLIPING_"))}
        ports = {
            "KLIPING_S3_PORT": str(self.s3_port),
            "KLIPING_UI_PORT": str(self.ui_port),
            "KLIPING_DEMO_PORT": str(self.stated_demo_port or self.s3_port + 6),
        }
        return {**kept, **ports, "KLIPING_HOME": str(self.home)}

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "local", *command],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str) -> tuple[int, str]:
        """Exit code and everything printed."""
        process = self.start(*command)
        said, _ = process.communicate()
        return process.returncode, said

    def run_on_a_terminal(self, command: str) -> tuple[int, str]:
        """Exit code and everything shown on a terminal of 24 lines of 80 columns, its escape sequences left out."""
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        process = subprocess.Popen(
            [sys.executable, "-m", "local", command],
            cwd=ROOT,
            env={**self.environment, "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # how a terminal says that nobody writes to it any more
            while chunk := os.read(ours, 4096):
                shown += chunk
        os.close(ours)
        return process.wait(), re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode())

    def processes(self) -> dict[str, Process]:
        """The services' own processes."""
        found = {path.stem: Process.read(path) for path in (self.home / "run").glob("*.pid")}
        return {name: process for name, process in found.items() if process is not None}

    def everything(self) -> set[Process]:
        """All living processes of the deployment."""
        return deployment_processes(self.home).union(*(session(process) for process in self.processes().values()))

    def call(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """A call of Airflow's API as its administrator."""
        base = f"http://127.0.0.1:{self.ui_port}"
        login = {"username": "admin", "password": password(self.home)}
        token = _json(Request(f"{base}/auth/token", json.dumps(login).encode(), {"Content-Type": "application/json"}))
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token['access_token']}"}
        data = None if body is None else json.dumps(body).encode()
        return _json(Request(base + path, data, headers, method=method))

    def state(self, path: str) -> object:
        """The state of what the API has under `path`, None where it has nothing yet."""
        try:
            return self.call("GET", path)["state"]
        except HTTPError as error:
            if error.code == HTTPStatus.NOT_FOUND:
                return None
            raise


@contextmanager
def deployed(home: Path) -> Iterator[Deployment]:
    """A deployment with the demo's corpus, on ports of its own, which is stopped afterwards."""
    deployment = Deployment(home, free_s3_port())
    exit_code, said = deployment.run("up")
    assert exit_code == 0, said
    yield deployment
    deployment.run("down")


def trigger(deployment: Deployment, dag_id: str, **form: object) -> str:
    """Begin a run, with what the form says; its address in the API."""
    asked = {"logical_date": utc_now().isoformat(), "conf": form}  # as the form has it
    run = deployment.call("POST", f"/api/v2/dags/{dag_id}/dagRuns", asked)["dag_run_id"]
    return f"/api/v2/dags/{dag_id}/dagRuns/{quote(str(run), safe='')}"


def wait_for(deployment: Deployment, run: str, *states: str) -> str:
    """The state of a run, once it is one of these."""
    deadline = time.monotonic() + 600
    while (state := deployment.state(run)) not in states:
        assert time.monotonic() < deadline, (run, state)
        time.sleep(0.5)
    return str(state)


def storage_of(deployment: Deployment) -> Storage:
    """Its archive, with its administrator's keys."""
    keys = Credentials.from_home(deployment.home)
    return Storage(
        home=deployment.home,
        bucket="kliping",
        endpoint_url=f"http://{HOST}:{deployment.s3_port}",
        access_key_id=keys.aws_access_key_id,
        secret_access_key=SecretStr(keys.aws_secret_access_key),
        session_token=None,
        region=REGION,
        index_url=None,
    )


def wait_until(condition: Callable[[], bool]) -> None:
    """Look again and again; fails where the condition does not hold within PATIENCE_SECONDS."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)


def _json(request: Request) -> dict[str, object]:
    with urlopen(request, timeout=60) as answer:
        content: dict[str, object] = json.load(answer)
        return content
