"""Airflow without `airflow standalone`, which opens its log servers on all interfaces: its components, one by one."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from settings.clock import utc_now

SCHEDULER = "scheduler"

COMPONENTS: Mapping[str, tuple[str, ...]] = {
    # What a proxy on this machine says of a request: whether it came by https, whose cookies go nowhere else then.
    "api-server": ("api-server", "--proxy-headers"),
    SCHEDULER: ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
"""Commands of `airflow` by name. Without log servers: the api-server reads the log files from its own disk."""

HEALTH_KEYS = {"scheduler": "scheduler", "dag-processor": "dag_processor", "triggerer": "triggerer"}
"""Names in /api/v2/monitor/health of the components that report by heartbeat."""

ACTIVE_STATES = ("queued", "running")
"""States of a run that has not ended."""

TIMEOUT_SECONDS = 60.0
"""For one call of the API: milliseconds as a rule, over ten seen on two busy cores while everything starts."""


def hostname() -> str:
    """The name that Airflow notes for its components: log files are looked for here, and nobody's DNS is asked."""
    return "localhost"


class ApiError(Exception):
    """Airflow's API does not answer, or refuses; the message says what and why."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a DAG. `state` is queued, running, success or failed."""

    dag_id: str
    run_id: str
    state: str

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE_STATES


class AirflowApi:
    """The calls of Airflow's REST API that a deployment needs, as one user.

    Every method raises ApiError where the server does not answer or refuses.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url
        self._login = {"username": user, "password": password}
        self._token: str | None = None
        # No proxy of the environment: the server is on loopback.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def health(self) -> Mapping[str, bool]:
        """Whether each component reports to be healthy, by its name in COMPONENTS."""
        answer = self._call("GET", "/api/v2/monitor/health", signed=False)
        healthy = {name: answer[key]["status"] == "healthy" for name, key in HEALTH_KEYS.items()}
        return {"api-server": answer["metadatabase"]["status"] == "healthy", **healthy}

    def sign_in(self) -> None:
        """Fetch a token: also the proof that the server on this port is the one that has our secrets."""
        self._token = self._call("POST", "/auth/token", self._login, signed=False)["access_token"]

    def set_pool(self, name: str, slots: int, description: str) -> None:
        """Make the pool unless it is there; one that an operator has changed stays as it is."""
        if self._find(f"/api/v2/pools/{quoted(name)}") is None:
            body = {"name": name, "slots": slots, "description": description}
            self._call("POST", "/api/v2/pools", body)

    def has_dag(self, dag_id: str) -> bool:
        """Whether the DAG has been read from its file."""
        return self._find(f"/api/v2/dags/{quoted(dag_id)}") is not None

    def import_errors(self) -> Sequence[str]:
        """What went wrong with DAG files, the last line of each traceback with the file's name."""
        found = self._call("GET", "/api/v2/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace'].strip().splitlines()[-1]}" for error in found]

    def runs(self, dag_id: str) -> Sequence[Run]:
        """The latest runs of a DAG, newest first."""
        found = self._call("GET", f"/api/v2/dags/{quoted(dag_id)}/dagRuns?order_by=-run_after&limit=20")["dag_runs"]
        return [Run(dag_id, run["dag_run_id"], run["state"]) for run in found]

    def run(self, dag_id: str, run_id: str) -> Run:
        """The run as it is now."""
        found = self._call("GET", f"/api/v2/dags/{quoted(dag_id)}/dagRuns/{quoted(run_id)}")
        return Run(dag_id, run_id, found["state"])

    def trigger(self, dag_id: str) -> Run:
        """Begin a run, as the form in the UI does: the watch asks for runs by their logical dates."""
        asked = {"logical_date": utc_now().isoformat()}
        made = self._call("POST", f"/api/v2/dags/{quoted(dag_id)}/dagRuns", asked)
        return Run(dag_id, made["dag_run_id"], made["state"])

    def result(self, run: Run, task_id: str) -> Any:
        """What a task of the run returned; None where it has not returned yet."""
        task = f"/api/v2/dags/{quoted(run.dag_id)}/dagRuns/{quoted(run.run_id)}/taskInstances/{quoted(task_id)}"
        found = self._find(f"{task}/xcomEntries/return_value?deserialize=true")
        return None if found is None else found["value"]

    def _find(self, path: str) -> Any | None:
        try:
            return self._call("GET", path)
        except ApiError as error:
            if isinstance(error.__cause__, urllib.error.HTTPError) and error.__cause__.code == HTTPStatus.NOT_FOUND:
                return None
            raise

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, signed: bool = True) -> Any:
        headers = {"Content-Type": "application/json"}
        if signed:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)  # noqa: S310
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            detail = error.read().decode(errors="replace")[:200]
            raise ApiError(f"{method} {path}: {error.code} {error.reason} {detail}") from error
        except (OSError, ValueError) as error:
            raise ApiError(f"{method} {path}: {error}") from error


def quoted(part: str) -> str:
    """A path segment of a URL: run ids hold colons and plus signs."""
    return urllib.parse.quote(part, safe="")
