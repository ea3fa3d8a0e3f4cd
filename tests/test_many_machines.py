"""Crawls on several machines, each with a home and a spool of its own: one bucket, one index in PostgreSQL."""

import shutil
import signal
import socket
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from local.postgresql import PostgreSQL, throw_away_postgresql
from local.seaweedfs import SeaweedFS
from tests.newsroom import Newsroom, newsroom
from tests.relay import Relay
from tests.test_interrupted_crawls import archived, expected, wait_for_requests

SITE = "majalahsirkuit"
PATIENCE = 180.0

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Machine:
    """A machine as its crawls see it, with its cables to the store and to the database."""

    room: Newsroom
    to_store: Relay
    to_database: Relay

    def start(self) -> "subprocess.Popen[str]":
        return self.room.start("crawl", SITE, REPORT_FILE=self.room.folder / f"{SITE}.json")


@dataclass(frozen=True)
class Machines:
    here: Machine
    there: Machine


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    with throw_away_postgresql() as server:
        yield server


@pytest.fixture
def machines(seaweedfs: SeaweedFS, postgresql: PostgreSQL, tmp_path: Path) -> Iterator[Machines]:
    database = f"test_{uuid.uuid4().hex}"
    postgresql.ensure_databases([database])
    store = urlsplit(seaweedfs.url)

    def to_store() -> socket.socket:
        return socket.create_connection((store.hostname or "", store.port or 0))

    def to_database() -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(f"{postgresql.folder}/.s.PGSQL.5432")
        return connection

    def machine(name: str, room: Newsroom, store: Relay, base: Relay) -> Machine:
        folder = tmp_path / name
        folder.mkdir()
        environment = {
            **room.environment,
            "KLIPING_HOME": str(folder / "home"),
            "KLIPING_INDEX_URL": f"postgresql+psycopg2://kliping@127.0.0.1:{base.port}/{database}",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{store.port}",
        }
        return Machine(replace(room, environment=environment, folder=folder), store, base)

    with (
        newsroom(tmp_path, seaweedfs, f"test-{uuid.uuid4().hex}", faults=False) as room,
        Relay(to_store) as store_here,
        Relay(to_store) as store_there,
        Relay(to_database) as database_here,
        Relay(to_database) as database_there,
    ):
        yield Machines(
            machine("here", room, store_here, database_here), machine("there", room, store_there, database_there)
        )


def test_a_machine_that_is_lost_with_its_spool_costs_no_article(machines: Machines) -> None:
    lost = machines.here.start()
    wait_for_requests(machines.here.room, 12)
    lost.kill()
    lost.communicate()
    shutil.rmtree(machines.here.room.folder / "home")

    (report,) = machines.there.room.crawl(SITE).values()

    assert report["failures"] == []
    assert archived(machines.there.room, SITE) == expected(machines.there.room, SITE)


def test_a_machine_cut_off_from_the_store_is_made_up_for_and_doubles_nothing_when_it_is_back(
    machines: Machines,
) -> None:
    cut_off = machines.here.start()
    wait_for_requests(machines.here.room, 12)
    machines.here.to_store.cut()
    cut_off.communicate(timeout=PATIENCE)
    assert list((machines.here.room.folder / "home" / "spool" / SITE).glob("*-*")), "what it fetched waits in its spool"

    machines.there.room.crawl(SITE)
    before = machines.there.room.articles()
    assert archived(machines.there.room, SITE) == expected(machines.there.room, SITE)

    machines.here.to_store.mend()
    (report,) = machines.here.room.crawl(SITE).values()
    assert report["failures"] == []
    assert archived(machines.here.room, SITE) == expected(machines.here.room, SITE)
    after = machines.here.room.articles()
    assert {url: row["body"] for url, row in after.items()} == {url: row["body"] for url, row in before.items()}
    assert {row["revision"] for row in after.values()} == {1}


def test_a_machine_cut_off_from_the_database_ends_its_run_and_another_one_takes_the_site(machines: Machines) -> None:
    cut_off = machines.here.start()
    wait_for_requests(machines.here.room, 12)
    machines.here.to_database.cut()
    said, _ = cut_off.communicate(timeout=PATIENCE)
    assert "the index database" in said

    machines.there.room.crawl(SITE)
    assert archived(machines.there.room, SITE) == expected(machines.there.room, SITE)

    machines.here.to_database.mend()
    (report,) = machines.here.room.crawl(SITE).values()
    assert report["failures"] == []
    assert archived(machines.here.room, SITE) == expected(machines.here.room, SITE)
    assert {row["revision"] for row in machines.here.room.rows("articles")} == {1}


def test_a_site_is_crawled_by_one_machine_at_a_time(machines: Machines) -> None:
    first = machines.here.start()
    wait_for_requests(machines.here.room, 3)
    first.send_signal(signal.SIGSTOP)  # it must not be through before the other one has started

    (refused,) = machines.there.room.crawl(SITE).values()

    first.send_signal(signal.SIGCONT)
    assert refused["finish_reason"] == "site_busy"
    assert f"{SITE} is being worked on by run " in refused["failures"][0]
    assert f" on {socket.gethostname()}" in refused["failures"][0]
    first.communicate(timeout=PATIENCE)
    assert archived(machines.here.room, SITE) == expected(machines.here.room, SITE)
