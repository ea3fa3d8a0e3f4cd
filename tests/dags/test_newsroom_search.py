"""The search of the newsroom: who finds what, and that nothing that is found runs."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from local.seaweedfs import SeaweedFS
from pipelines.archive.search.build import build
from pipelines.archive.tables import Corpus
from plugins.newsroom.pages import FRAME_SCRIPT
from plugins.newsroom.search_routes import search_copy
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import finish, look_at, open_run
from tests.dags.newsroom_server import DESK, headers, served

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def airflow(seaweedfs: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Airflow's server beside an archive of two sites."""
    with served(seaweedfs, tmp_path_factory.mktemp("home"), "test-newsroom-search") as client:
        yield client


@pytest.fixture(scope="module")
def page_before(airflow: TestClient) -> str:
    """The page of a search before anything was archived."""
    return page(airflow, query="baterai")


@pytest.fixture(scope="module")
def filled(airflow: TestClient, page_before: str) -> TestClient:  # noqa: ARG001 - it comes before
    published = utc_now() - timedelta(days=1)
    for site in ("majalahsirkuit", "nusakata", "tanpadag"):
        run = open_run(Storage(), site)
        body = f"Baterai garam {site} diluncurkan di Bandung. {EVIL} Tahan dua hari kata pembuatnya."
        look_at(run, f"http://{site}.example/baterai", body, headline=f"Baterai {EVIL}", date_published=published)
        finish(run)
    build(Corpus(Storage()), utc_now())
    search_copy.cache_clear()  # it would look again in a minute
    return airflow


def page(client: TestClient, name: str = "rina", **query: object) -> str:
    role = "user" if name == DESK else "viewer"
    answer = client.get("/newsroom/search", params=query, headers=headers(role, name))
    assert answer.status_code == 200
    return answer.text


def test_before_there_is_an_index_the_page_says_so(page_before: str) -> None:
    assert "There is no search index yet: the DAG search_index" in page_before


def test_what_is_found_is_shown_with_its_words_marked_and_leads_to_its_page(filled: TestClient) -> None:
    found = page(filled, query="baterai peluncuran")
    assert "<mark>Baterai</mark> garam majalahsirkuit <mark>diluncurkan</mark> di Bandung" in found
    assert 'href="site/majalahsirkuit/address?url=http%3A//majalahsirkuit.example/baterai"' in found
    assert "2 articles" in found


def test_what_sites_and_users_wrote_is_shown_and_not_run(filled: TestClient) -> None:
    found = page(filled, query=f'baterai OR "{EVIL}"', first_day="2026-01-01")
    assert "&lt;script&gt;" in found
    assert found.count("<script") == found.count(f"<script>{FRAME_SCRIPT}</script>") == 1
    assert "<img" not in found
    assert not any(part in found for part in ('style="', "onclick", 'href="/', 'action="/'))


def test_a_user_finds_the_articles_of_the_sites_that_he_may_read(filled: TestClient) -> None:
    told = filled.get("/newsroom/api/search", params={"query": "baterai"}, headers=headers("user", DESK)).json()
    assert [hit["site"] for hit in told["hits"]] == ["majalahsirkuit"]
    assert told["sites"] == ["majalahsirkuit"]
    assert "may not read its DAG" in page(filled, DESK, query="baterai", site="nusakata")
    assert "may not read its DAG" in page(filled, query="baterai", site="tanpadag")


def test_sites_and_days_narrow_it_down(filled: TestClient) -> None:
    assert "1 article<" in page(filled, query="baterai", site="nusakata")
    assert "0 articles" in page(filled, query="baterai", last_day="2020-01-01")
    assert "2 articles" in page(filled, query="baterai", first_day="2020-01-01", newest_first=1)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"query": '"baterai'}, "A quotation mark is not closed in &#39;&#34;baterai&#39;."),
        ({"query": "baterai", "first_day": "kemarin"}, "A day is written as 2026-11-01."),
        ({"query": "yang"}, "has only words that stand in every text"),
    ],
)
def test_what_cannot_be_searched_for_is_said(filled: TestClient, query: dict[str, str], sentence: str) -> None:
    assert sentence in page(filled, **query)


def test_a_box_on_the_first_page_leads_there(airflow: TestClient) -> None:
    first = airflow.get("/newsroom/", headers=headers("viewer")).text
    assert '<form method="get" action="search"' in first
    assert "0 articles" not in page(airflow)
