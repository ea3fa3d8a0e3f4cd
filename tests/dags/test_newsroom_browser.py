"""The newsroom in a browser, within the real Airflow, over an archive with trouble in it.

With KLIPING_SCREENSHOTS, a folder, what the browser showed is kept there.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
import uvicorn
from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from local.seaweedfs import SeaweedFS
from pipelines.archive.jakarta_days import JAKARTA
from pipelines.archive.schema import DAILY
from pipelines.archive.search.build import build
from pipelines.archive.tables import Corpus
from pipelines.article import DOUBTFUL
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import announced, article, exchange, fail, finish, look_at, open_run, page, reject, text
from tests.dags.conftest import PROJECT
from tests.dags.newsroom_server import BUNDLE, PASSWORD, USER, run_of, served
from tests.local.axe import serious_faults
from tests.local.chromium import chromium
from tests.plugins.test_overview import day, write

pytestmark = [pytest.mark.timeout(300), pytest.mark.present_time]

SITE, SILENT, LATE = "majalahsirkuit", "telset", "selular"
HOME = f"http://{SITE}.example"
GALLERY = f"{HOME}/galeri"
TIMEOUT = 60_000
"""Milliseconds for what the browser waits for, on a busy machine."""

LOOKS: Mapping[str, tuple[int, int, Literal["light", "dark"]]] = {
    "light": (1280, 900, "light"),
    "dark": (1280, 900, "dark"),
    "phone": (390, 844, "light"),
}
"""Width, height and colours of the windows."""


@pytest.fixture(scope="module")
def address(seaweedfs: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where Airflow serves, with a failing, a silent, a late and a paused site."""
    with served(seaweedfs, tmp_path_factory.mktemp("home"), "test-newsroom-browser") as client:
        run = _plant_trouble()
        bag = DagBag(PROJECT / "dags" / "crawl.py")
        bag.dags = {dag_id: dag for dag_id, dag in bag.dags.items() if dag_id == f"crawl_{SITE}"}
        bag.collect_dags(PROJECT / "dags" / "verdict.py")
        sync_bag_to_db(bag, BUNDLE, None)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = uvicorn.Server(uvicorn.Config(client.app, log_level="error"))
            serving = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
            serving.start()
            while not server.started:
                assert serving.is_alive()
                time.sleep(0.1)
            yield f"http://127.0.0.1:{listener.getsockname()[1]} {run}"
            server.should_exit = True
            serving.join()


def _plant_trouble() -> str:
    """The id of the run that was made."""
    now = utc_now()
    today = now.astimezone(JAKARTA).date()
    with create_session() as session:
        for model in (DagRun, DagModel):  # what the tests of another module have left in the process's database
            session.query(model).filter(model.dag_id.in_([f"crawl_{SILENT}", f"crawl_{LATE}"])).delete()
        for site, due in ((SILENT, now), (LATE, now - timedelta(hours=5))):
            dag = DagModel(dag_id=f"crawl_{site}", bundle_name=BUNDLE, is_stale=False, is_paused=False)
            dag.next_dagrun_create_after = due
            session.add(dag)
        session.flush()
        session.add(run_of(f"crawl_{SILENT}", DagRunState.SUCCESS, now - timedelta(minutes=10)))
        session.add(run_of(f"crawl_{SITE}", DagRunState.SUCCESS, now - timedelta(seconds=20)))
    crawl = open_run(Storage(), SITE)
    for number in range(6):
        look_at(crawl, f"{HOME}/{number}", text(number), date_published=now - timedelta(hours=number))
    visit = announced(SITE, f"{HOME}/ragu")
    visit.pages = [page(crawl.capture(exchange(visit.url)))]
    visit.cleaned = article(
        visit.url, text(9), date_published=now, quality=DOUBTFUL, quality_reasons=("other_kind",), headline="Hasil ragu"
    )
    crawl.record(visit, crawl.judge(visit))
    reject(crawl, GALLERY)
    fail(crawl, f"{HOME}/rusak")
    finish(crawl)
    copies = open_run(Storage(), SILENT)
    look_at(copies, f"http://{SILENT}.example/salinan", text(1), date_published=now)
    finish(copies)
    counts = [0, 0, *(12 + number % 5 for number in range(60))]
    rows: list[dict[str, Any]] = []
    for ago, count in enumerate(counts):
        at = today - timedelta(days=ago)
        outcomes = {"archived": count, "unchanged": 20, "rejected": 2, "timeout": ago % 3}
        shown = {**day(SITE, at, count)["outcomes"], **outcomes}
        rows.append(day(SITE, at, count, outcomes=shown, median_lag_seconds=600.0 + 60 * (ago % 7), runs=4))
        rows.append(day(SILENT, at, count if ago > 12 else 0))
    write(Storage(), DAILY, rows)
    build(Corpus(Storage()), now)
    return crawl.run_id


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program.executable_path, env=dict(program.env), args=program.args
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, address: str) -> Any:
    """What the browser keeps of somebody who has signed in by Airflow's own form."""
    context = browser.new_context()
    window = context.new_page()
    window.set_default_timeout(TIMEOUT)
    window.goto(address.split()[0])
    window.fill("input[name=username]", USER)
    window.fill("input[name=password]", PASSWORD)
    window.keyboard.press("Enter")
    window.wait_for_url(lambda url: "login" not in url)
    state = context.storage_state()
    context.close()
    return state


class Window:
    """A page of the browser, and what it refused for the sake of a page's own policy."""

    def __init__(self, context: BrowserContext) -> None:
        self.refused: list[str] = []
        self.page: Page = context.new_page()
        self.page.set_default_timeout(TIMEOUT)
        self.page.on("console", lambda said: self._note(said.text))

    def _note(self, said: str) -> None:
        if "Content Security Policy" in said or "Content-Security-Policy" in said:
            self.refused.append(said)

    def keep(self, name: str) -> None:
        """Keep what the window shows, where somebody wants to look at it."""
        if folder := os.environ.get("KLIPING_SCREENSHOTS"):
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_an_operator_goes_from_all_sites_to_the_page_of_one_url(browser: Browser, signed_in: Any, address: str) -> None:
    base, run = address.split()
    context = browser.new_context(storage_state=signed_in, viewport={"width": 1280, "height": 900})
    window = Window(context)
    window.page.goto(f"{base}/plugin/newsroom")
    frame = window.page.frame_locator("iframe")
    for state in ("failing", "silent", "late", "paused"):
        frame.locator(".badge", has_text=state).first.wait_for()
    window.keep("overview-in-airflow")
    frame.get_by_role("link", name="Majalah Sirkuit").click()
    frame.get_by_role("heading", name="What brought no article").wait_for()
    frame.locator(f'a[href$="{run}"]').first.click()
    frame.get_by_text("9 URLs looked at, each with one outcome: as many as its report says.").wait_for()
    window.keep("run-in-airflow")
    frame.get_by_role("link", name=GALLERY).click()
    frame.locator("pre.source", has_text="pendek").wait_for()
    frame.get_by_role("link", name="log").first.click()
    window.page.wait_for_url(lambda url: f"/dags/crawl_{SITE}/runs/" in url and "/plugin/" not in url)

    assert window.refused == []
    context.close()


def test_tabs_of_a_dag_and_of_a_run_show_the_site_and_the_run(browser: Browser, signed_in: Any, address: str) -> None:
    base, _ = address.split()
    context = browser.new_context(storage_state=signed_in)
    window = Window(context)
    window.page.goto(f"{base}/dags/crawl_{SITE}/plugin/newsroom-site")
    window.page.frame_locator("iframe").get_by_role("heading", name="Majalah Sirkuit").wait_for()

    assert window.refused == []
    context.close()


def test_a_verdict_is_given_by_a_button(browser: Browser, signed_in: Any, address: str) -> None:
    base, _ = address.split()
    context = browser.new_context(storage_state=signed_in)
    window = Window(context)
    window.page.goto(f"{base}/newsroom/site/{SITE}")
    window.page.get_by_role("button", name="not article").click()
    window.page.get_by_role("status").get_by_text("verdict is queued").wait_for()

    assert window.refused == []
    context.close()


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_fit_for_everybody(browser: Browser, signed_in: Any, address: str, look: str) -> None:
    """No serious fault by axe-core, nothing that its policy refuses, nothing that is wider than the window."""
    base, run = address.split()
    width, height, colours = LOOKS[look]
    context = browser.new_context(
        storage_state=signed_in, viewport={"width": width, "height": height}, color_scheme=colours
    )
    window = Window(context)
    for name, path in {
        "overview": "",
        "site": f"site/{SITE}",
        "run": f"run/{SITE}/{run}",
        "address": f"site/{SITE}/address?url={GALLERY}",
        "corpus": "corpus",
        "search": "search?query=kabar",
    }.items():
        window.page.goto(f"{base}/newsroom/{path}")
        window.keep(f"{name}-{look}")
        assert serious_faults(window.page) == [], name
        assert window.page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert window.refused == []
    context.close()
