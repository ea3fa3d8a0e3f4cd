"""What Airflow costs while nothing is to be done: CPU and memory of its components, with all sites there and none
switched on. And what it costs that a crawl runs under it.

A deployment is made as `make up` makes it, in a folder of its own; its DAGs are paused once the demo sites were
crawled. What its processes then use in some minutes, their children that have ended included, is told by component.
With `--crawls` a site that has nothing new is crawled so often, one run after the other: what is used above that rest
is of the runs, the crawls themselves included (`python -m benchmarks.idle` has these alone).
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from local.airflow import COMPONENTS
from local.processes import session
from local.seaweedfs import free_s3_port
from tests.local.deployment import Deployment

SETTLING_SECONDS = 60
"""Between the last work and the measurement: what it left behind is done by then."""

DAG = "crawl_kilasperanti"

DAY_SECONDS = 24 * 3600


def cpu_seconds(deployment: Deployment) -> Mapping[str, float]:
    """What the processes of each component have used so far, with their children that have ended."""
    used = {}
    for name, leader in deployment.processes().items():
        if name in COMPONENTS:
            times = []
            for process in session(leader):
                with suppress(psutil.NoSuchProcess):  # it has ended since, and counts as its parent's child
                    times.append(psutil.Process(process.pid).cpu_times())
            used[name] = sum(t.user + t.system + t.children_user + t.children_system for t in times)
    return used


def settle(deployment: Deployment) -> None:
    """Switch all DAGs off, and wait until no task runs. Runs that wait for another try of a task go on waiting."""
    deployment.call("PATCH", "/api/v2/dags?dag_id_pattern=%25", {"is_paused": True})
    tasks = "/api/v2/dags/~/dagRuns/~/taskInstances?state=running&state=queued"
    while deployment.call("GET", tasks)["total_entries"]:
        time.sleep(5)
    time.sleep(SETTLING_SECONDS)


def megabytes(deployment: Deployment) -> Mapping[str, float]:
    """The memory of each component's processes; what they share is divided among them."""
    return {
        name: sum(psutil.Process(process.pid).memory_full_info().pss for process in session(leader)) / 1e6
        for name, leader in deployment.processes().items()
        if name in COMPONENTS
    }


def crawl(deployment: Deployment, times: int) -> None:
    """Crawl a site that has nothing new, one run after the other."""
    deployment.call("PATCH", f"/api/v2/dags/{DAG}", {"is_paused": False})
    for _ in range(times):
        run = deployment.call("POST", f"/api/v2/dags/{DAG}/dagRuns", {"logical_date": None})["dag_run_id"]
        while (state := deployment.call("GET", f"/api/v2/dags/{DAG}/dagRuns/{run}")["state"]) in ("queued", "running"):
            time.sleep(2)
        if state != "success":
            raise SystemExit(f"the run {run} of {DAG} is {state}")


def main() -> None:
    """Print a line for each component, and their sum for a day."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--crawls", type=int, default=0)
    options = parser.parse_args()
    minutes: float = options.minutes
    with tempfile.TemporaryDirectory(prefix="kliping-airflow-") as folder:
        deployment = Deployment(Path(folder) / "home", free_s3_port())
        code, said = deployment.run("up")
        try:
            if code:
                raise SystemExit(f"the deployment did not start:\n{said}")
            settle(deployment)
            dags = deployment.call("GET", "/api/v2/dags?limit=1")["total_entries"]
            before, began = cpu_seconds(deployment), time.monotonic()
            print(f"measuring {dags} DAGs at rest for {minutes:g} minutes", file=sys.stderr)
            time.sleep(minutes * 60)
            used = {name: after - before[name] for name, after in cpu_seconds(deployment).items()}
            seconds = time.monotonic() - began
            memory = megabytes(deployment)
            if options.crawls:
                before, began = cpu_seconds(deployment), time.monotonic()
                crawl(deployment, options.crawls)
                busy, busy_seconds = cpu_seconds(deployment), time.monotonic() - began
        finally:
            deployment.run("down")
    for name, cpu in {**used, "all": sum(used.values())}.items():
        in_a_day, size = cpu / seconds * DAY_SECONDS, memory.get(name, sum(memory.values()))
        print(f"{name:14} {cpu:7.2f} s of CPU in {seconds:.0f} s, {in_a_day:7.0f} in a day; {size:.0f} MB")
    if options.crawls:
        for name, cpu in used.items():
            above = busy[name] - before[name] - cpu / seconds * busy_seconds
            print(f"{name:14} {above / options.crawls:7.2f} s of CPU more for each of {options.crawls} runs")


if __name__ == "__main__":
    main()
