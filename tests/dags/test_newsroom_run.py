"""The page of a run: its progress while it goes, each URL with its outcome and their sum, and the way there."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from fastapi.testclient import TestClient

from local.seaweedfs import SeaweedFS
from pipelines.article import Reason
from pipelines.run.crawl_run import CrawlRun
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import fail, finish, look_at, open_run, reject, text
from tests.dags.newsroom_server import DESK, headers, run_of, served

SITE = "majalahsirkuit"
HOME = "http://majalahsirkuit.example"


@dataclass(frozen=True)
class Watched:
    """A run that goes, and what was told of it meanwhile; then one that has ended."""

    going: dict[str, Any]
    going_page: Any
    still_page: Any
    run: str
    began_at: datetime


@pytest.fixture(scope="module")
def airflow(seaweedfs: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(seaweedfs, tmp_path_factory.mktemp("home"), "test-newsroom-run") as client:
        yield client


@pytest.fixture(scope="module")
def watched(airflow: TestClient) -> Watched:
    """A run of which the first batch was delivered and the second is being written; it has ended since."""
    began_at = utc_now()
    crawl = open_run(Storage(), SITE)
    with create_session() as session:
        log = run_of(f"crawl_{SITE}", DagRunState.RUNNING, began_at)
        log.end_date = None
        session.add(log)
    crawl.counters.announced, crawl.counters.not_due = 10, 3
    _look(crawl)
    path = f"{SITE}/{crawl.run_id}"
    going = airflow.get(f"/newsroom/api/runs/{path}", headers=headers("viewer")).json()
    page = airflow.get(f"/newsroom/run/{path}", headers=headers("viewer"))
    still = airflow.get(f"/newsroom/run/{path}?still=1", headers=headers("viewer"))
    report = finish(crawl)
    assert (report.waiting, report.failures) == (0, ())
    with create_session() as session:
        session.merge(log).end_date = utc_now()
    return Watched(going, page, still, crawl.run_id, began_at)


def _look(crawl: CrawlRun) -> None:
    look_at(crawl, f"{HOME}/satu", text(1))
    crawl.seal()
    crawl.deliver()
    look_at(crawl, f"{HOME}/dua", text(2))
    reject(crawl, f"{HOME}/galeri")
    fail(crawl, f"{HOME}/rusak")
    fail(crawl, f"{HOME}/rumus")


def test_a_run_that_goes_tells_how_far_it_is(watched: Watched) -> None:
    assert watched.going["state"] == "under way"
    assert watched.going["counts"] == {"archived": 2, "rejected": 1, "http_error": 2}
    told = watched.going["progress"]
    assert (told["looked_at"], told["left"]) == (5, 2)
    assert told["per_minute"] > 0
    assert [look["is_spooled"] for look in watched.going["all_looks"]] == [False, True, True, True, True]


def test_its_page_refreshes_itself_until_it_is_told_not_to(watched: Watched) -> None:
    assert watched.going_page.headers["refresh"] == "15"
    assert "5 URLs looked at, each with one outcome so far." in watched.going_page.text
    assert "refresh" not in watched.still_page.headers


def test_a_run_that_has_ended_tells_every_url_and_their_sum(airflow: TestClient, watched: Watched) -> None:
    told = airflow.get(f"/newsroom/api/runs/{SITE}/{watched.run}", headers=headers("viewer")).json()

    assert told["problem"] is None, told["problem"]
    assert (told["state"], told["progress"], told["log"]["dag_id"]) == ("ended", None, f"crawl_{SITE}")
    assert sum(told["counts"].values()) == len(told["all_looks"]) == told["report"]["looked_at"] == 5
    page = airflow.get(f"/newsroom/run/{SITE}/{watched.run}", headers=headers("viewer"))
    assert "5 URLs looked at, each with one outcome: as many as its report says." in page.text
    assert "refresh" not in page.headers


def test_its_urls_are_found_by_outcome_and_by_text(airflow: TestClient, watched: Watched) -> None:
    def found(**wanted: str) -> list[str]:
        path = f"/newsroom/api/runs/{SITE}/{watched.run}"
        looks = airflow.get(path, params=wanted, headers=headers("viewer")).json()["looks"]
        return [look["url"].removeprefix(f"{HOME}/") for look in looks]

    assert found(outcome="rejected") == ["galeri"]
    assert found(text=Reason.TOO_SHORT) == ["galeri"]
    assert found(outcome="http_error", text="RUMUS") == ["rumus"]


def test_they_come_as_csv(airflow: TestClient, watched: Watched) -> None:
    answer = airflow.get(f"/newsroom/run/{SITE}/{watched.run}/looks.csv", headers=headers("viewer"))
    rows = list(csv.DictReader(io.StringIO(answer.text)))

    assert answer.headers["content-disposition"] == f'attachment; filename="{SITE}-{watched.run}.csv"'
    assert [row["outcome"] for row in rows] == ["archived", "archived", "rejected", "http_error", "http_error"]
    assert (rows[2]["reason"], rows[2]["has_bytes"]) == (Reason.TOO_SHORT, "True")
    assert datetime.fromisoformat(rows[0]["ended_at"]).tzinfo


class TestTabs:
    def test_stand_on_the_pages_of_dags_and_runs(self, airflow: TestClient) -> None:
        plugins = airflow.get("/api/v2/plugins", headers=headers("admin")).json()["plugins"]
        views = next(plugin for plugin in plugins if plugin["name"] == "newsroom")["external_views"]

        assert {view["destination"] for view in views} == {"nav", "dag", "dag_run"}

    def test_lead_to_the_site_and_to_the_run(self, airflow: TestClient, watched: Watched) -> None:
        dag, run_id = f"crawl_{SITE}", f"scheduled__{watched.began_at.isoformat()}"
        to_site = airflow.get("/newsroom/dag", params={"dag_id": dag}, headers=headers("viewer"))
        to_run = airflow.get("/newsroom/dag-run", params={"dag_id": dag, "run_id": run_id}, headers=headers("viewer"))

        assert (to_site.status_code, to_site.headers["location"]) == (303, f"site/{SITE}")
        assert (to_run.status_code, to_run.headers["location"]) == (303, f"run/{SITE}/{watched.run}")

    def test_show_all_sites_for_a_dag_that_is_no_sites(self, airflow: TestClient) -> None:
        answer = airflow.get("/newsroom/dag", params={"dag_id": "maintain"}, headers=headers("viewer"))
        assert answer.headers["location"] == "./"

    def test_are_for_those_who_may_read_the_dag(self, airflow: TestClient) -> None:
        other = {"dag_id": "crawl_kilasperanti", "run_id": "x"}
        assert airflow.get("/newsroom/dag-run", params=other, headers=headers("user", DESK)).status_code == 403
        assert airflow.get("/newsroom/dag-run", params=other).status_code == 401


@pytest.mark.parametrize("run", ["..", "x", "20261124T050000Z'", "20261124T050000Z"])
def test_what_is_no_run_is_not_there(airflow: TestClient, run: str) -> None:
    assert airflow.get(f"/newsroom/run/{SITE}/{run}", headers=headers("viewer")).status_code == 404


def test_a_run_of_a_site_whose_dag_one_may_not_read_is_not_there(airflow: TestClient, watched: Watched) -> None:
    for path in ("run", "api/runs"):
        answer = airflow.get(f"/newsroom/{path}/kilasperanti/{watched.run}", headers=headers("user", DESK))
        assert answer.status_code == 404
        assert airflow.get(f"/newsroom/{path}/{SITE}/{watched.run}").status_code == 401
