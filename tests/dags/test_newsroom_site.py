"""The page of a site: what it shows, one click from each look to its bytes, and who may start what from it."""

from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from fastapi.testclient import TestClient

from local.seaweedfs import SeaweedFS
from pipelines.archive.maintenance.daily_upkeep import renew_days
from pipelines.archive.tables import Corpus
from pipelines.article import DOUBTFUL, Reason
from pipelines.report import run_id_of
from pipelines.watch.findings import Finding, Kind
from pipelines.watch.incident_table import note
from pipelines.watch.incidents import Change, Event, Incident
from plugins.newsroom.access import is_own
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import announced, article, exchange, fail, finish, look_at, open_run, page, reject, text
from tests.dags.conftest import PROJECT
from tests.dags.newsroom_server import BUNDLE, DESK, headers, run_of, served

SITE = "majalahsirkuit"
HOME = "http://majalahsirkuit.example"
GOOD, DOUBT, GALLERY, BROKEN = (f"{HOME}/{slug}" for slug in ("berita", "ragu", "galeri", "rusak"))
EVIL = "<script>alert(1)</script>"
SOURCE = f"<html><head><style>p {{}}</style></head><body><p>Isi&nbsp;halaman</p>{EVIL}<img src=x></body></html>"
PAGE = f"/newsroom/site/{SITE}"


@pytest.fixture(scope="module")
def airflow(seaweedfs: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Airflow's server beside an archive with a run of one site: an article, a doubtful one, and two that are none."""
    with served(seaweedfs, tmp_path_factory.mktemp("home"), "test-newsroom-site") as client:
        now = utc_now()
        crawl = open_run(Storage(), SITE, run_id=run_id_of(now - timedelta(hours=1)))
        look_at(crawl, GOOD, text(1), date_published=now - timedelta(hours=2))
        _look_at_doubtful(crawl, now)
        reject(crawl, GALLERY)
        fail(crawl, BROKEN)
        finish(crawl)
        renew_days(Corpus(Storage()), now, everything=True, progress=lambda _: None)
        finding = Finding(Kind.SOURCE, SITE, f"the feed names nothing {EVIL}", "feed")
        other = Finding(Kind.SILENT, "kilasperanti", "nothing for days")
        opened = [Change(Event.OPENED, Incident(each, now), now) for each in (finding, other)]
        note(Corpus(Storage()), opened)
        with create_session() as session:
            session.add(run_of(f"crawl_{SITE}", DagRunState.SUCCESS, now - timedelta(minutes=1)))
        bag = DagBag(PROJECT / "dags" / "verdict.py")
        bag.collect_dags(PROJECT / "dags" / "chosen_sites.py")
        sync_bag_to_db(bag, BUNDLE, None)
        yield client


def _look_at_doubtful(crawl: Any, now: Any) -> None:
    visit = announced(SITE, DOUBT)
    visit.pages = [page(crawl.capture(exchange(DOUBT, SOURCE.encode())))]
    visit.rights = ("noimageai",)
    visit.cleaned = article(
        DOUBT,
        f"{EVIL} {text(2)}",
        headline=f"Ragu {EVIL}",
        date_published=now - timedelta(hours=2),
        quality=DOUBTFUL,
        quality_reasons=("other_kind",),
        license=f"https://lisensi.example/{EVIL}",
    )
    crawl.record(visit, crawl.judge(visit))


@pytest.fixture
def told(airflow: TestClient) -> dict[str, Any]:
    """The site's page as JSON."""
    answer: dict[str, Any] = airflow.get(f"/newsroom/api/sites/{SITE}", headers=headers("viewer")).json()
    return answer


class TestFigures:
    def test_say_how_the_days_were(self, told: dict[str, Any]) -> None:
        assert told["problems"] == []
        assert len(told["days"]) == 30
        assert sum(day["published"] for day in told["days"]) == 2
        assert sum(day["doubtful"] for day in told["days"]) == 1
        assert sum(sum(day["outcomes"].values()) for day in told["days"]) == 4
        author = next(rates for rates in told["fields"] if rates["name"] == "author")
        assert (author["week"], len(author["days"])) == (1.0, 30)

    def test_tell_why_looks_brought_no_article(self, told: dict[str, Any]) -> None:
        found = {(each["outcome"], each["reason"]): each for each in told["figures"]["problems"]}

        assert set(found) == {("rejected", Reason.TOO_SHORT), ("http_error", None)}
        [look] = found["rejected", Reason.TOO_SHORT]["latest"]
        assert (look["url"], look["has_bytes"]) == (GALLERY, True)
        assert not found["http_error", None]["latest"][0]["has_bytes"]

    def test_count_what_articles_state_of_their_use(self, told: dict[str, Any]) -> None:
        stated = [(use["words"], use["is_license"], use["articles"]) for use in told["figures"]["stated_uses"]]
        assert stated == [("noimageai", False, 1), (f"https://lisensi.example/{EVIL}", True, 1)]

    def test_say_where_its_texts_stood_and_what_its_captures_take(
        self, airflow: TestClient, told: dict[str, Any]
    ) -> None:
        [layout] = told["figures"]["layouts"]
        assert (layout["read_by"], layout["articles"]) == ("trafilatura", 2)
        captures = told["figures"]["captures"]
        assert captures["files"] == 1
        assert captures["size"] > 0
        assert captures["first"] == captures["last"]
        page = airflow.get(PAGE, headers=headers("viewer")).text
        assert "trafilatura" in page
        assert "1 WARC files" not in page

    def test_lead_from_a_run_to_its_log(self, told: dict[str, Any]) -> None:
        [run] = told["figures"]["runs"]
        assert told["logs"][run["run"]]["dag_id"] == f"crawl_{SITE}"

    def test_tell_what_is_found_wrong_with_the_site(self, airflow: TestClient, told: dict[str, Any]) -> None:
        [incident] = told["figures"]["incidents"]
        assert incident["kind"] == "source"
        assert "the feed names nothing" in incident["sentence"]
        page = airflow.get(PAGE, headers=headers("viewer")).text
        assert "Open incidents" in page
        assert EVIL not in page

    def test_of_what_is_wrong_stand_on_the_page_of_all_sites(self, airflow: TestClient) -> None:
        told = airflow.get("/newsroom/api/incidents", headers=headers("viewer")).json()
        assert (SITE, "source") in [(incident["subject"], incident["kind"]) for incident in told]
        page = airflow.get("/newsroom/", headers=headers("viewer")).text
        assert f'href="site/{SITE}">{SITE}</a>: the feed names nothing' in page
        assert EVIL not in page

    def test_are_of_spans_that_there_are(self, airflow: TestClient) -> None:
        assert airflow.get(f"/newsroom/api/sites/{SITE}?days=365", headers=headers("viewer")).status_code == 422


def test_each_link_on_the_page_leads_to_something(airflow: TestClient) -> None:
    viewer = headers("viewer")
    found = airflow.get(PAGE, headers=viewer).text
    links = {
        unescape(part.partition('"')[0]) for part in found.split('href="')[1:] if not part.startswith(("#", "http"))
    }
    paths = {urljoin(PAGE, link) for link in links}

    assert any("/source?" in path for path in paths)
    assert any("/address?" in path for path in paths)
    for path in paths:
        ours = path.startswith("/newsroom/") and "/newsroom/run/" not in path
        assert not ours or airflow.get(path, headers=viewer).status_code == 200, path
        assert ours or path.startswith(("/dags/", "/newsroom/run/")), path


@pytest.mark.parametrize("url", [DOUBT, GALLERY, BROKEN])
def test_what_a_page_holds_is_shown_and_not_run(airflow: TestClient, url: str) -> None:
    shown = airflow.get(f"{PAGE}/address", params={"url": url}, headers=headers("viewer"))

    assert shown.status_code == 200
    assert shown.text.count("<script") == 1, "the newsroom's own"
    assert "<img" not in shown.text
    assert ("&lt;script&gt;alert(1)" in shown.text) == (url == DOUBT)


def test_a_page_comes_as_its_source_that_no_browser_runs(airflow: TestClient) -> None:
    source = airflow.get(f"{PAGE}/source", params={"url": DOUBT}, headers=headers("viewer"))

    assert source.text == SOURCE
    assert source.headers["content-type"] == "text/plain; charset=utf-8"
    assert source.headers["x-content-type-options"] == "nosniff"
    none = airflow.get(f"{PAGE}/source", params={"url": BROKEN}, headers=headers("viewer"))
    assert (none.status_code, none.json()["detail"]) == (404, "No bytes of this address were kept.")


def test_an_error_is_a_page_for_a_browser(airflow: TestClient) -> None:
    asked = {**headers("viewer"), "Accept": "text/html"}
    shown = airflow.get(f"{PAGE}/address", params={"url": f"{HOME}/{EVIL}"}, headers=asked)

    assert shown.status_code == 404
    assert "No table knows of this address." in shown.text
    assert '<link rel="stylesheet" href="../../newsroom.css">' in shown.text


class TestRights:
    def test_who_is_not_signed_in_gets_nothing(self, airflow: TestClient) -> None:
        for path in (PAGE, f"/newsroom/api/sites/{SITE}", f"{PAGE}/address?url={GOOD}", f"{PAGE}/source?url={GOOD}"):
            assert airflow.get(path).status_code == 401, path
        assert airflow.post(f"{PAGE}/start/verdict").status_code == 401

    def test_a_site_whose_dag_one_may_not_read_is_not_there(self, airflow: TestClient) -> None:
        desk = headers("user", DESK)

        assert [each["name"] for each in airflow.get("/newsroom/api/sites", headers=desk).json()["sites"]] == [SITE]
        assert airflow.get(PAGE, headers=desk).status_code == 200
        for part in ("", "/address?url=x", "/source?url=x"):
            assert airflow.get(f"/newsroom/site/kilasperanti{part}", headers=desk).status_code == 404
        assert airflow.post("/newsroom/site/kilasperanti/start/verdict", headers=desk).status_code == 404

    def test_what_belongs_to_one_site_is_not_shown_by_way_of_another(self, airflow: TestClient) -> None:
        other = "/newsroom/site/kilasperanti/source"
        assert airflow.get(other, params={"url": DOUBT}, headers=headers("viewer")).status_code == 404

    def test_a_viewer_sees_and_cannot_act(self, airflow: TestClient) -> None:
        viewer = headers("viewer")
        form = {"url": DOUBT, "verdict": "article"}

        assert "<form" not in airflow.get(PAGE, headers=viewer).text
        assert airflow.post(f"{PAGE}/start/verdict", data=form, headers=viewer).status_code == 403
        assert airflow.post(f"{PAGE}/start/chosen_sites", headers=viewer).status_code == 403

    def test_rights_on_one_dag_start_no_other(self, airflow: TestClient) -> None:
        assert airflow.post(f"{PAGE}/start/chosen_sites", headers=headers("user", DESK)).status_code == 403


class TestStarting:
    def test_a_verdict_is_given_by_the_dag_in_the_name_of_who_gave_it(self, airflow: TestClient) -> None:
        form = {"url": DOUBT, "verdict": "not-article", "note": "halaman indeks"}
        answer = airflow.post(f"{PAGE}/start/verdict", data=form, headers=headers("user", DESK))

        assert answer.status_code == 303, answer.text
        back = urljoin(f"{PAGE}/start/verdict", answer.headers["location"])
        [run_id] = parse_qs(urlsplit(back).query)["run"]
        with create_session() as session:
            run = session.query(DagRun).filter(DagRun.dag_id == "verdict", DagRun.run_id == run_id).one()
            assert (run.conf, run.triggering_user_name) == (form, DESK)
        shown = airflow.get(back, headers=headers("user", DESK)).text
        assert "verdict is queued" in shown
        assert "not-article: queued" in shown

    def test_a_verdict_is_on_what_the_site_has(self, airflow: TestClient) -> None:
        form = {"url": "http://lain.example/berita", "verdict": "article"}
        answer = airflow.post(f"{PAGE}/start/verdict", data=form, headers=headers("user"))

        assert answer.status_code == 404
        assert answer.json()["detail"] == "The site has neither an article nor a rejected page at this address."

    def test_what_the_dag_does_not_take_is_told_in_a_sentence(self, airflow: TestClient) -> None:
        form = {"url": DOUBT, "verdict": "mungkin"}
        answer = airflow.post(f"{PAGE}/start/verdict", data=form, headers=headers("user"))

        assert answer.status_code == 400
        assert "verdict" in answer.json()["detail"]

    def test_a_crawl_has_the_fields_of_its_form(self, airflow: TestClient) -> None:
        form = {"url": GOOD, "dry_run": "1"}
        answer = airflow.post(f"{PAGE}/start/chosen_sites", data=form, headers=headers("user"))

        assert answer.status_code == 303, answer.text
        with create_session() as session:
            [run] = session.query(DagRun).filter(DagRun.dag_id == "chosen_sites")
            assert run.conf == {"sites": [SITE], "since": None, "until": None, "url": GOOD, "dry_run": True}

    def test_a_form_of_another_origin_starts_nothing(self, airflow: TestClient) -> None:
        token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="rina", role="admin"))
        body = urlencode({"url": DOUBT, "verdict": "article"})
        sent = {"Cookie": f"_token={token}", "Content-Type": "application/x-www-form-urlencoded"}
        for foreign in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"},
            {"Origin": "http://jahat.example"},
            {"Origin": "null"},
            {},
        ):
            answer = airflow.post(f"{PAGE}/start/verdict", content=body, headers={**sent, **foreign})
            assert (answer.status_code, answer.json()["detail"]) == (
                403,
                "This was not sent by a page of the newsroom.",
            ), foreign
        own = airflow.post(f"{PAGE}/start/verdict", content=body, headers={**sent, "Sec-Fetch-Site": "same-origin"})
        assert own.status_code == 303

    def test_a_browser_that_does_not_say_where_from_is_known_by_its_origin(self) -> None:
        assert is_own({"origin": "https://redaksi.example:8080", "host": "redaksi.example:8080"})
        assert not is_own({"origin": "https://redaksi.example", "host": "redaksi.example:8080"})
