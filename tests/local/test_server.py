"""A server as docs/server.md has it: restored from the store's data alone, without a demo, below a proxy's path."""

import json
import shutil
from collections.abc import Iterator
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from local.airflow import AirflowApi
from local.credentials import password
from local.seaweedfs import free_s3_port
from spiders.site_index import site_files
from tests.local.deployment import Deployment

PATH = "/kliping"
DEMO_SITES = ("kilasperanti", "majalahsirkuit", "nusakata")

pytestmark = [pytest.mark.timeout(600), pytest.mark.present_time, pytest.mark.deployment]


class Server(Deployment):
    """A deployment with the settings of a server."""

    @property
    def environment(self) -> dict[str, str]:
        settings = {"KLIPING_DEMO": "0", "KLIPING_USERS": "rina:viewer", "KLIPING_UI_ADDRESS": f"https://a.org{PATH}"}
        return {**super().environment, **settings}

    def api(self, user: str) -> AirflowApi:
        """The API as a user, who has signed in."""
        api = AirflowApi(f"http://127.0.0.1:{self.ui_port}{PATH}", user, password(self.home, user))
        api.sign_in()
        return api

    def answer(self, path: str, user: str) -> tuple[str, str]:
        """The page at a path below the server's, with its type."""
        login = json.dumps({"username": user, "password": password(self.home, user)}).encode()
        base = f"http://127.0.0.1:{self.ui_port}{PATH}"
        with urlopen(Request(f"{base}/auth/token", login, {"Content-Type": "application/json"}), timeout=60) as told:
            token = json.load(told)["access_token"]
        with urlopen(Request(base + path, headers={"Authorization": f"Bearer {token}"}), timeout=60) as page:
            return page.headers["content-type"], page.read().decode()


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A deployment that archived the demo, and of which nothing is left but the data of its store."""
    lost = Deployment(tmp_path_factory.mktemp("kliping") / "home", free_s3_port())
    try:
        exit_code, said = lost.run("up")
        assert exit_code == 0, said
    finally:
        lost.run("down")
    for path in lost.home.iterdir():
        if path.name != "s3":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return lost


@pytest.fixture(scope="module")
def server(lost: Deployment) -> Iterator[Server]:
    """The server that was started on what was left."""
    server = Server(lost.home, lost.s3_port)
    exit_code, said = server.run("up")
    try:
        assert exit_code == 0, said
        assert "make news" not in said
        yield server
    finally:
        server.run("down")


@pytest.fixture(scope="module")
def restored(server: Server) -> tuple[int, str]:
    """What `kliping rebuild-index` said."""
    return server.run("rebuild-index")


def test_the_index_is_made_anew_from_the_bucket_and_all_of_it_is_well(
    server: Server, restored: tuple[int, str]
) -> None:
    assert restored[0] == 0, restored[1]
    assert "86 rows of articles" in restored[1]
    exit_code, said = server.run("verify")

    assert exit_code == 0, said
    assert "all is well" in said


def test_all_of_it_runs_and_no_demo(server: Server) -> None:
    exit_code, said = server.run("status")

    assert exit_code == 0, said
    assert "demo" not in {line.split()[0] for line in said.splitlines()}
    assert server.run("news")[0] == 1


def test_no_crawl_begins_before_a_site_is_switched_on(server: Server) -> None:
    api = server.api("admin")
    assert not api.has_dag(f"crawl_{DEMO_SITES[0]}")
    _, told = server.answer(f"/api/v2/dags?{urlencode({'dag_id_pattern': 'crawl_%', 'limit': 1000})}", "admin")
    crawls = json.loads(told)["dags"]

    assert len(crawls) > len(site_files()) - 15, "but for those that need a permission"
    assert {dag["is_paused"] for dag in crawls} == {True}


def test_users_that_are_named_sign_in_below_the_proxy_s_path_and_see_the_newsroom(server: Server) -> None:
    kind, page = server.answer("/newsroom/", "rina")

    assert kind.startswith("text/html")
    assert "Newsroom" in page
    assert f'<base href="{PATH}/"' in server.answer("/", "rina")[1]
