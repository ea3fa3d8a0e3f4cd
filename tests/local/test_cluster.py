"""The whole of `make cluster`: PostgreSQL, a queue, Celery workers with homes of their own; one of them is lost."""

import json
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import polars as pl
import psutil
import pytest
import sqlalchemy as sa

from local.credentials import Credentials
from local.env import airflow_database_url
from local.processes import session
from local.seaweedfs import free_s3_port
from local.settings import Machine
from settings.clock import utc_now
from tests.local.deployment import Deployment, wait_until

SITES = ("kilasperanti", "majalahsirkuit", "nusakata")
WORKERS = ("worker-1", "worker-2")

pytestmark = [pytest.mark.timeout(600), pytest.mark.present_time, pytest.mark.deployment]


@dataclass(frozen=True)
class Cluster(Deployment):
    """A deployment with workers."""

    @property
    def environment(self) -> dict[str, str]:
        ports = {
            "KLIPING_POSTGRESQL_PORT": str(self.s3_port + 7),
            "KLIPING_VALKEY_PORT": str(self.s3_port + 8),
        }
        return {**super().environment, **ports, "KLIPING_WORKERS": str(len(WORKERS))}

    def spool(self, worker: str) -> Path:
        return self.home / "workers" / worker / "spool"

    def published(self) -> dict[str, dict[str, str | None]]:
        """What the demo's newsrooms have published, by URL."""
        sites = self.demo("truth.json")["sites"].values()
        return {article["url"]: article for site in sites for article in site["articles"]}

    def demo(self, path: str, method: str = "GET") -> Any:
        """What the demo web answers to a call of its controls; None where that is nothing."""
        address = f"http://127.0.0.1:{self.environment['KLIPING_DEMO_PORT']}/_demo/{path}"
        with urlopen(Request(address, method=method), timeout=60) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def read(self, table: str) -> pl.DataFrame:
        """A table as an analyst reads it, who shares no code with us."""
        keys = Credentials.from_home(self.home)
        options = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.s3_port}",
            "AWS_ACCESS_KEY_ID": keys.reader_access_key_id,
            "AWS_SECRET_ACCESS_KEY": keys.reader_secret_access_key,
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }
        return pl.read_delta(f"s3://kliping/tables/{table}", storage_options=options)

    def crawls_on(self, worker: str) -> list[psutil.Process]:
        """The processes of the crawls of a worker."""
        home, found = str(self.home / "workers" / worker), []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("KLIPING_HOME") == home and set(SITES) & set(process.cmdline()):
                    found.append(process)
        return found

    def lose(self, worker: str) -> list[str]:
        """Have a worker's machine be gone for good, with all that ran on it and all that it had: the sites whose crawls
        were among that.
        """
        for member in session(self.processes()[worker]):
            member.signal(signal.SIGKILL)
        lost: set[str] = set()
        for process in self.crawls_on(worker):
            with suppress(psutil.Error):
                lost |= set(SITES) & set(process.cmdline())
                process.kill()
        shutil.rmtree(self.home / "workers" / worker)
        return sorted(lost)

    def crawl(self, site: str) -> str:
        """Begin a crawl; the path of its run in Airflow's API."""
        return self.trigger(f"crawl_{site}")

    def trigger(self, dag_id: str) -> str:
        """Begin a run of a DAG; its path in Airflow's API."""
        made = self.call("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None})
        return f"/api/v2/dags/{dag_id}/dagRuns/{quote(str(made['dag_run_id']), safe='')}"

    @contextmanager
    def crawls_paused(self) -> Iterator[None]:
        """No crawl is under way, and none begins."""
        for is_paused in (True, False):
            for site in SITES:
                self.call("PATCH", f"/api/v2/dags/crawl_{site}", {"is_paused": is_paused})
            if is_paused:
                wait_until(lambda: not any(self.crawls_on(worker) for worker in WORKERS))
                yield

    @contextmanager
    def airflow_database(self) -> Iterator[sa.Connection]:
        """A transaction on Airflow's own database."""
        machine = Machine(home=self.home, workers=len(WORKERS), postgresql_port=self.s3_port + 7)
        engine = sa.create_engine(airflow_database_url(machine, Credentials.from_home(self.home)))
        with engine.begin() as connection:
            yield connection
        engine.dispose()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("kliping") / "home", free_s3_port())
    yield cluster
    cluster.run("down")
    cluster.run("reset")


def assert_whole(cluster: Cluster) -> None:
    """Every article that the demo has published is archived once, in its last form, or linked as a copy."""
    published = cluster.published()
    articles, copies = cluster.read("articles"), cluster.read("duplicates")
    assert max(Counter([*articles["url"], *copies["url"]]).values()) == 1
    assert set(published) <= {*articles["url"], *copies["url"]}
    bodies = dict(articles.select("url", "body").iter_rows())
    assert [url for url, article in published.items() if url in bodies and bodies[url] != article["body"]] == []


def test_it_archives_what_one_machine_does_also_when_a_worker_is_lost_with_its_spool(cluster: Cluster) -> None:
    """One test, since a worker can be lost only where there were two."""
    exit_code, said = cluster.run("up")
    assert exit_code == 0, said
    assert {"86", "6", "12"} <= set(said.partition("total")[2].splitlines()[0].split()), said
    assert all(list(cluster.spool(worker).glob("*/lock")) for worker in WORKERS), "both had a crawl"
    assert not (cluster.home / "spool").exists()
    assert_whole(cluster)
    assert cluster.run("verify")[0] == 0

    cluster.demo("edition/2", method="POST")
    answered = len(cluster.demo("log.json")["requests"])
    runs = {site: cluster.crawl(site) for site in SITES}
    wait_until(lambda: bool(cluster.crawls_on("worker-1")))
    wait_until(lambda: len(cluster.demo("log.json")["requests"]) > answered + 12)
    lost = cluster.lose("worker-1")
    wait_until(lambda: all(cluster.state(run) == "success" for site, run in runs.items() if site not in lost))
    for site in lost:  # an operator's choice: Airflow itself gives a task up when nothing was heard of it for minutes
        assert cluster.state(runs[site]) == "running"
        cluster.call("PATCH", runs[site], {"state": "failed"})
        runs[site] = cluster.crawl(site)
    wait_until(lambda: all(cluster.state(run) == "success" for run in runs.values()))

    assert lost
    assert_whole(cluster)
    assert cluster.run("status")[0] == 1, "one worker is missing"
    exit_code, said = cluster.run("up")
    assert exit_code == 0, said
    assert cluster.run("verify")[0] == 0
    assert cluster.run("down")[0] == 0
    assert cluster.everything() == set()


def test_its_workers_make_the_index_anew_together_and_airflows_database_is_kept_up(cluster: Cluster) -> None:
    exit_code, said = cluster.run("up")
    assert exit_code == 0, said
    with cluster.crawls_paused():
        run = cluster.trigger("rebuild_index")
        wait_until(lambda: cluster.state(run) in ("success", "failed"))
        tasks: Any = cluster.call("GET", f"{run}/taskInstances")["task_instances"]
        assert Counter((task["task_id"], task["state"]) for task in tasks) == {
            ("begin", "success"): 1,
            ("commands", "success"): 1,
            ("part", "success"): len(SITES),
            ("finish", "success"): 1,
            ("give_up", "success"): 1,
        }
    exit_code, said = cluster.run("verify")
    assert exit_code == 0, said

    with cluster.airflow_database() as connection:
        for days in (40, 31, 2):
            row = {"dttm": utc_now() - timedelta(days=days), "event": "of_a_test"}
            connection.execute(sa.text("INSERT INTO log (dttm, event) VALUES (:dttm, :event)"), row)
    exit_code, said = cluster.run("maintain", "--airflow")
    assert exit_code == 0, said
    with cluster.airflow_database() as connection:
        left = connection.execute(sa.text("SELECT dttm FROM log WHERE event = 'of_a_test'")).scalars().all()
    assert [(utc_now() - at).days for at in left] == [2]
