"""The newsroom within Airflow's own server: who sees it, what can be done in it, and that nothing in it runs."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
from airflow.models.dagbag import DBDagBag
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from local.seaweedfs import SeaweedFS
from pipelines.watch.figures import LastRun, SiteFigures
from pipelines.watch.reading import ArchiveReading
from plugins.newsroom import deployment
from plugins.newsroom.pages import FRAME_SCRIPT
from plugins.newsroom.starting import start
from settings.clock import utc_now
from settings.crawl import FAILURE
from tests.dags.conftest import PROJECT
from tests.dags.newsroom_server import BUNDLE, DESK, headers, served

PAGES = (
    "/newsroom/",
    "/newsroom/api/sites",
    "/newsroom/api/incidents",
    "/newsroom/newsroom.css",
    "/newsroom/nothing",
    "/newsroom/corpus",
    "/newsroom/api/corpus",
    "/newsroom/search?query=baterai",
    "/newsroom/api/search?query=baterai",
    "/newsroom/metrics",
    "/newsroom/api/sites?dag_id=x",
)


@pytest.fixture(scope="module")
def airflow(seaweedfs: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Airflow's server with our plugins, on a database in which the demo's sites have DAGs, and an empty archive."""
    with served(seaweedfs, tmp_path_factory.mktemp("home"), "test-newsroom") as client:
        yield client


def test_airflow_shows_it_in_its_navigation(airflow: TestClient) -> None:
    plugins = airflow.get("/api/v2/plugins", headers=headers("admin")).json()["plugins"]
    view, *_ = next(plugin for plugin in plugins if plugin["name"] == "newsroom")["external_views"]

    assert (view["name"], view["destination"], view["nav_top_level"]) == ("Newsroom", "nav", True)
    assert airflow.get(f"/{view['href']}", headers=headers("viewer")).status_code == 200
    assert airflow.get("/api/v2/plugins/importErrors", headers=headers("admin")).json()["total_entries"] == 0


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_signed_in_gets_nothing(airflow: TestClient, path: str) -> None:
    answer = airflow.get(path)

    assert (answer.status_code, answer.json()) == (401, {"detail": "Not authenticated"})


@pytest.mark.parametrize("path", PAGES)
def test_who_may_not_read_dags_gets_nothing(airflow: TestClient, path: str) -> None:
    answer = airflow.get(path, headers=headers(None))

    assert (answer.status_code, answer.json()) == (403, {"detail": "Forbidden"})


def test_a_token_that_is_none_of_airflows_opens_nothing(airflow: TestClient) -> None:
    assert airflow.get("/newsroom/", headers={"Authorization": "Bearer a.b.c"}).status_code in (401, 403)


def test_sites_are_told_as_json_those_first_that_need_somebody(airflow: TestClient) -> None:
    told = airflow.get("/newsroom/api/sites", headers=headers("viewer")).json()

    assert told["problems"] == []
    assert [(site["name"], site["state"]) for site in told["sites"]] == [
        ("kilasperanti", "failing"),
        ("majalahsirkuit", "fresh"),
        ("nusakata", "paused"),
    ]
    assert told["sites"][0]["reason"] == "The last crawl failed: its log in Airflow says why."


def test_the_page_shows_what_matches(airflow: TestClient) -> None:
    every = airflow.get("/newsroom/", headers=headers("viewer")).text
    failing = airflow.get("/newsroom/", params={"state": "failing"}, headers=headers("viewer")).text
    none = airflow.get("/newsroom/", params={"text": "tidak ada"}, headers=headers("viewer")).text

    assert [name in every for name in ("site/kilasperanti", "site/majalahsirkuit")] == [True, True]
    assert [name in failing for name in ("site/kilasperanti", "site/majalahsirkuit")] == [True, False]
    assert "No site matches." in none


def test_what_somebody_wrote_is_shown_and_not_run(airflow: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    now = utc_now()
    figures = SiteFigures(last_run=LastRun(now, "finished", (evil,)))
    reading = ArchiveReading(now, {"kilasperanti": figures}, problem=evil)
    monkeypatch.setattr(deployment, "archive", lambda: Kept(reading))

    page = (
        airflow.get("/newsroom/", params={"text": evil}, headers=headers("viewer")).text
        + airflow.get("/newsroom/", headers=headers("viewer")).text
    )
    assert "The last crawl failed: &lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("<script") == page.count(f"<script>{FRAME_SCRIPT}</script>") == 2
    assert "<img" not in page


class Kept:
    """A reading that is there already."""

    def __init__(self, reading: Any) -> None:
        self._reading = reading

    def get(self) -> Any:
        return self._reading


@pytest.mark.parametrize("path", PAGES)
def test_no_answer_allows_a_script_a_foreign_asset_or_a_foreign_frame(airflow: TestClient, path: str) -> None:
    for answer in (airflow.get(path, headers=headers("viewer")), airflow.get(path)):
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
        assert (policy["default-src"], policy["style-src"]) == ("'none'", "'self'")
        assert policy["script-src"] == f"'sha256-{b64encode(sha256(FRAME_SCRIPT.encode()).digest()).decode()}'"
        assert (policy["frame-ancestors"], policy["base-uri"]) == ("'self'", "'none'")
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_keeps_to_its_own_policy_and_to_relative_addresses(airflow: TestClient) -> None:
    """It works behind a proxy that puts a path before Airflow's."""
    page = airflow.get("/newsroom/", headers=headers("viewer")).text

    assert not any(part in page for part in ('style="', "<style", "onclick", 'href="/', 'src="/', 'action="/', "http:"))
    assert '<link rel="stylesheet" href="./newsroom.css">' in page


class TestCorpus:
    def test_is_shown_though_it_is_empty(self, airflow: TestClient) -> None:
        page = airflow.get("/newsroom/corpus", headers=headers("viewer"))
        assert page.status_code == 200
        assert "No article yet." in page.text

    def test_is_for_those_who_may_read_the_dag_that_keeps_it_up(self, airflow: TestClient) -> None:
        for path in ("/newsroom/corpus", "/newsroom/api/corpus"):
            assert airflow.get(path, headers=headers("user", DESK)).status_code == 403

    def test_tells_what_the_last_verification_said(self, airflow: TestClient) -> None:
        sync_bag_to_db(DagBag(PROJECT / "dags" / "verify.py"), BUNDLE, None)
        report = {"summary": "500 rows are as they should be.", "failures": []}
        with create_session() as session:
            run_id = start(session, "verify", {}, "rina")
        with create_session() as session:
            run = session.query(DagRun).filter(DagRun.run_id == run_id).one()
            said = {"dag_run_id": run.id, "dag_id": "verify", "run_id": run_id, "task_id": "verify"}
            session.add(XComModel(**said, key="return_value", value=XComModel.serialize_value(report)))
        page = airflow.get("/newsroom/corpus", headers=headers("viewer")).text
        assert "500 rows are as they should be." in page

    def test_sums_up_what_the_tasks_of_a_whole_verification_said_and_why_one_failed(self, airflow: TestClient) -> None:
        sync_bag_to_db(DagBag(PROJECT / "dags" / "verify.py"), BUNDLE, None)
        report = {"summary": "verified 200 rows: all is well.", "checked": {"rows": 200}, "found": {}, "repaired": {}}
        failure = {"sentence": "the archive is damaged: 1 missing WARC file(s).", "needs_somebody": True}
        with create_session() as session:
            run_id = start(session, "verify", {"whole": True}, "rina")
        with create_session() as session:
            run = session.query(DagRun).filter(DagRun.run_id == run_id).one()
            said = {"dag_run_id": run.id, "dag_id": "verify", "run_id": run_id}
            _expand(session, run, "verify", 3)
            plan = XComModel.serialize_value([["verify", "kabarteknik"]])
            session.add(XComModel(**said, task_id="plan", key="return_value", value=plan))
            for number, told in enumerate([report, report, failure]):
                key, value = FAILURE if told is failure else "return_value", XComModel.serialize_value(told)
                session.add(XComModel(**said, task_id="verify", map_index=number, key=key, value=value))
        page = airflow.get("/newsroom/corpus", headers=headers("viewer")).text
        assert "2 tasks verified 400 rows: all is well. the archive is damaged: 1 missing WARC file(s)." in page


def _expand(session: Session, run: DagRun, task_id: str, count: int) -> None:
    """Give a mapped task of a run so many instances, as the scheduler does when it knows what to map it over."""
    dag, unmapped = DBDagBag().get_dag_for_run(run, session=session), run.get_task_instance(task_id, session=session)
    assert dag
    assert unmapped
    for number in range(count):
        instance = TaskInstance(dag.get_task(task_id), unmapped.dag_version_id, run_id=run.run_id, map_index=number)
        session.add(instance)
    session.flush()


def test_metrics_tell_the_sites_that_one_may_read(airflow: TestClient) -> None:
    answer = airflow.get("/newsroom/metrics", headers=headers("viewer"))

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'kliping_site_state{site="kilasperanti",state="failing"} 1' in answer.text.splitlines()
    desk = airflow.get("/newsroom/metrics", headers=headers("user", DESK)).text
    assert 'site="majalahsirkuit"' in desk
    assert 'site="kilasperanti"' not in desk
