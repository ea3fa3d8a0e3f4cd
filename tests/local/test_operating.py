"""An operator's morning with the real Airflow, scheduler and all: sites in trouble, and what is done about them.

With KLIPING_SCREENSHOTS, a folder, what the browser showed is kept there.
"""

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import FrameLocator, Page, sync_playwright

from local.credentials import password
from pipelines.archive.jakarta_days import JAKARTA
from pipelines.archive.schema import DAILY
from settings.clock import utc_now
from spiders.site_index import site_files, site_named
from tests.local.chromium import chromium
from tests.local.deployment import Deployment, deployed, storage_of, trigger, wait_for
from tests.plugins.test_overview import day, write

BLOCKED, DRIFTING, HEALTHY = "kilasperanti", "majalahsirkuit", "nusakata"
FAILING = "telset"
"""A real site, which nobody crawls: this deployment has no contact address."""

TITLES = {
    BLOCKED: "kilasPeranti",
    DRIFTING: "Majalah Sirkuit",
    HEALTHY: "Nusakata.com",
}

REFUSED = f"{BLOCKED}: the site refused 3 requests for articles in a row"

UNEVEN = (0, 7, 1, 0, 5, 2, 0, 3, 9, 0, 1)
"""Articles a day of a site at which neither few nor many are anything unusual."""

TIMEOUT = 90_000
"""Milliseconds for what the browser waits for, on a busy machine."""

pytestmark = [pytest.mark.timeout(900), pytest.mark.present_time, pytest.mark.deployment]


class Operator:
    """Somebody who has signed in, and what their browser refused for the sake of a page's policy."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.refused: list[str] = []
        page.set_default_timeout(TIMEOUT)
        page.on("console", lambda said: self._note(said.text))

    def _note(self, said: str) -> None:
        if "Content Security Policy" in said:
            self.refused.append(said)

    def sign_in(self, secret: str) -> None:
        self.page.goto(self.base)
        self.page.fill("input[name=username]", "admin")
        self.page.fill("input[name=password]", secret)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "login" not in url)

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)

    @property
    def newsroom(self) -> FrameLocator:
        """The newsroom within Airflow's page."""
        return self.page.frame_locator("iframe")

    def until(self, path: str, see: Callable[[], object], wanted: object) -> None:
        """Open a page again until it shows what is wanted: the archive is read once a minute."""
        deadline = time.monotonic() + TIMEOUT / 1000
        self.open(path)
        while (seen := see()) != wanted:
            assert time.monotonic() < deadline, str(seen)  # whole, where pytest would shorten it
            self.page.wait_for_timeout(500)
            self.open(path)

    def keep(self, name: str) -> None:
        """Keep what the window shows, where somebody wants to look at it."""
        if folder := os.environ.get("KLIPING_SCREENSHOTS"):
            self.page.wait_for_timeout(500)
            self.page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployed(tmp_path_factory.mktemp("kliping") / "home") as deployment:
        yield deployment


@pytest.fixture(scope="module")
def operator(deployment: Deployment) -> Iterator[Operator]:
    program = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program.executable_path, env=dict(program.env), args=program.args
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        operator = Operator(page, f"http://127.0.0.1:{deployment.ui_port}")
        operator.sign_in(password(deployment.home))
        yield operator
        browser.close()


@pytest.fixture(autouse=True)
def nothing_is_refused(operator: Operator) -> Iterator[None]:
    """No page has what its own policy forbids."""
    yield
    assert operator.refused == []


def resting_sites() -> Iterator[str]:
    """Real sites that are crawled hourly, and were last due half an hour ago: switched on, they rest for a while."""
    for site in map(site_named, site_files()):
        began = re.match(r"(\d+)-59/60 ", site.staggered_schedule)
        is_real = not site.loopback and not site.permission_needed
        if is_real and began and 15 <= (utc_now().minute - int(began[1])) % 60 <= 45:
            yield site.name


@pytest.fixture(scope="module")
def resting() -> tuple[str, str]:
    """Two of them: one that will have been silent for days, and one that will be late."""
    silent, late, *_ = resting_sites()
    return silent, late


def demo(deployment: Deployment, path: str) -> None:
    """Steer the demo web."""
    with urlopen(Request(f"http://127.0.0.1:{deployment.s3_port + 6}/_demo/{path}", method="POST"), timeout=60):
        pass


def put_into(deployment: Deployment, site: str, trouble: str) -> None:
    demo(deployment, f"trouble/{site}/{trouble}")


def switch_on(deployment: Deployment, site: str) -> None:
    deployment.call("PATCH", f"/api/v2/dags/crawl_{site}", {"is_paused": False})


def set_slots(deployment: Deployment, slots: int) -> None:
    """How many crawls may go at once."""
    pool = {"pool": "crawl", "slots": slots, "include_deferred": False}
    deployment.call("PATCH", "/api/v2/pools/crawl?update_mask=slots", pool)


@pytest.fixture(scope="module")
def chosen(deployment: Deployment, operator: Operator) -> str:
    """Three sites are chosen in a form and crawled; one is slow enough to be watched, one refuses. The run's page."""
    put_into(deployment, HEALTHY, "slow")
    put_into(deployment, BLOCKED, "refusing")
    demo(deployment, "edition/2")
    operator.open("/dags/chosen_sites")
    operator.page.get_by_role("button", name="Trigger").click()
    dialog = operator.page.get_by_role("dialog")
    sites = dialog.get_by_role("combobox").first
    for site in (BLOCKED, DRIFTING, HEALTHY):
        sites.click()
        sites.fill(site)
        operator.page.get_by_role("option", name=site).click()
    operator.keep("form")
    dialog.get_by_role("button", name="Trigger").click()
    dialog.wait_for(state="hidden")
    runs: Any = deployment.call("GET", "/api/v2/dags/chosen_sites/dagRuns")["dag_runs"]
    [run] = runs
    assert run["conf"]["sites"] == [BLOCKED, DRIFTING, HEALTHY]
    return f"/dags/chosen_sites/runs/{quote(run['dag_run_id'], safe='')}"


def _three_sites_are_crawled_by_one_form_and_watched(deployment: Deployment, operator: Operator, chosen: str) -> None:
    frame = operator.newsroom
    link = frame.get_by_role("link", name=re.compile(f"^{HEALTHY}, "))

    def links() -> int:
        frame.locator("h1").wait_for()
        return link.count()

    operator.until(f"{chosen}/plugin/newsroom-run", links, 1)
    link.click()
    frame.locator(".badge", has_text="under way").wait_for()
    all_looks = frame.get_by_role("link", name=re.compile(r"^all \d"))
    while re.search(r" 0$", all_looks.inner_text()):
        all_looks.click()
    assert frame.locator("progress").count() == 1, "its looks are shown while it goes"
    operator.keep("progress")
    run = f"/api/v2{chosen.replace('/runs/', '/dagRuns/')}"

    assert wait_for(deployment, run, "success", "failed") == "failed"
    operator.open(chosen)
    operator.page.get_by_text(REFUSED).first.wait_for()
    operator.keep("note")


@pytest.fixture(scope="module")
def trouble(deployment: Deployment, chosen: str, resting: tuple[str, str]) -> None:
    """One site of each kind of trouble; of those whose trouble takes days or hours, these are planted."""
    silent, late = resting
    put_into(deployment, HEALTHY, "none")
    assert wait_for(deployment, f"/api/v2{chosen.replace('/runs/', '/dagRuns/')}", "failed") == "failed"
    assert wait_for(deployment, trigger(deployment, "maintain"), "success", "failed") == "success"
    today = utc_now().astimezone(JAKARTA).date()
    days: list[dict[str, Any]] = []
    for ago in range(12, 72):
        days.append(day(DRIFTING, today - timedelta(days=ago), UNEVEN[ago % len(UNEVEN)], median_words=2400.0))
        days.append(day(silent, today - timedelta(days=ago), 9))
    write(storage_of(deployment), DAILY, days)
    for site in (silent, late, FAILING):
        switch_on(deployment, site)
    runs = [trigger(deployment, f"crawl_{site}") for site in (FAILING, BLOCKED)]
    assert [wait_for(deployment, run, "failed", "success") for run in runs] == ["failed", "failed"]
    set_slots(deployment, 0)
    waiting = trigger(deployment, f"crawl_{late}")
    wait_for(deployment, waiting, "running")
    with closing(sqlite3.connect(deployment.home / "airflow" / "airflow.db", timeout=60)) as database, database:
        hours_ago = (utc_now() - timedelta(hours=5)).isoformat(" ")
        database.execute("UPDATE dag_run SET queued_at = ? WHERE dag_id = ?", (hours_ago, f"crawl_{late}"))
    assert wait_for(deployment, trigger(deployment, "watch"), "success", "failed") == "success"


def _each_trouble_is_seen_on_one_page(operator: Operator, resting: tuple[str, str]) -> None:
    silent, late = resting
    states = {BLOCKED: "blocked", FAILING: "failing", silent: "silent", late: "late", DRIFTING: "drifting"}
    seen = operator.newsroom

    def state_of(site: str) -> str:
        row = seen.get_by_role("row").filter(has=operator.page.locator(f'a[href$="site/{site}"]'))
        return row.locator(".badge").inner_text()

    operator.until("/plugin/newsroom", lambda: {site: state_of(site) for site in states}, states)
    operator.keep("overview")
    assert state_of(HEALTHY) == "fresh"
    shown = seen.locator("tbody .badge").all_inner_texts()
    assert shown[: len(states)] == list(states.values()), "those first that need somebody"
    seen.get_by_role("heading", name="Open incidents").wait_for()
    for site in (BLOCKED, FAILING, silent, DRIFTING):
        seen.get_by_role("listitem").filter(has_text=f"{site}: ").first.wait_for()
    seen.locator(".reason", has_text="failed: real sites are crawled only with a contact address").wait_for()


def _from_a_chart_to_a_run_to_a_url_to_its_page_to_the_log(operator: Operator) -> None:
    frame = operator.newsroom
    operator.open("/plugin/newsroom")
    frame.get_by_role("link", name=TITLES[HEALTHY]).click()
    frame.locator("svg a").last.click()
    operator.keep("day")
    frame.get_by_role("table").filter(has_text="Began (WIB)").get_by_role("rowheader").first.get_by_role("link").click()
    frame.get_by_text("URLs looked at, each with one outcome: as many as its report says").wait_for()
    operator.keep("run")
    frame.get_by_role("table").get_by_role("rowheader").first.get_by_role("link").click()
    frame.locator("pre.source").wait_for()
    operator.keep("page")
    frame.get_by_role("link", name="log").first.click()
    operator.page.wait_for_url(lambda url: url.endswith("/tasks/crawl/mapped/2"))
    operator.page.get_by_text("scrapy crawl nusakata").first.wait_for()
    operator.keep("log")


def _a_failed_task_says_why_above_its_log_which_has_no_traceback(operator: Operator, deployment: Deployment) -> None:
    runs: Any = deployment.call("GET", f"/api/v2/dags/crawl_{FAILING}/dagRuns")["dag_runs"]
    operator.open(f"/dags/crawl_{FAILING}/runs/{quote(runs[0]['dag_run_id'], safe='')}/tasks/crawl")
    operator.page.get_by_text("set KLIPING_CONTACT").first.wait_for()
    operator.page.get_by_text("Task exited").wait_for()
    operator.keep("failed-task")
    assert operator.page.get_by_text("Traceback").count() == 0
    assert operator.page.get_by_text(f"{FAILING}: real sites are crawled only with a contact address").count() == 2


def _a_site_that_let_us_in_again_is_crawled_from_its_page_and_is_well(
    operator: Operator, deployment: Deployment
) -> None:
    set_slots(deployment, 3)
    put_into(deployment, BLOCKED, "none")
    operator.open(f"/newsroom/site/{BLOCKED}")
    operator.page.locator(".badge", has_text="blocked").first.wait_for()
    operator.page.get_by_role("button", name="Crawl", exact=True).click()
    run = operator.page.get_by_role("status").get_by_role("link", name="its run in Airflow").get_attribute("href")
    assert run
    path = run.rpartition("dags/")[2].replace("/runs/", "/dagRuns/")
    assert wait_for(deployment, f"/api/v2/dags/{path}", "success", "failed") == "success"
    badge = operator.page.locator("header .badge")
    operator.until(f"/newsroom/site/{BLOCKED}", badge.inner_text, "fresh")


def _a_backfill_is_started_from_the_site_s_page(operator: Operator, deployment: Deployment) -> None:
    today = utc_now().astimezone(JAKARTA).date()
    operator.open(f"/newsroom/site/{HEALTHY}#steer")
    form = operator.page.locator("form", has=operator.page.get_by_role("heading", name="Backfill"))
    form.get_by_label("Since").fill((today - timedelta(days=3)).isoformat())
    form.get_by_label("Until").fill(today.isoformat())
    form.get_by_role("button", name="Backfill").click()
    operator.page.get_by_role("status").get_by_text("backfill is").wait_for()
    operator.keep("backfill")
    runs: Any = deployment.call("GET", "/api/v2/dags/backfill/dagRuns")["dag_runs"]
    run = f"/api/v2/dags/backfill/dagRuns/{quote(runs[0]['dag_run_id'], safe='')}"
    assert wait_for(deployment, run, "success", "failed") == "success"


def _a_site_that_is_switched_off_is_seen_as_paused(operator: Operator) -> None:
    operator.open(f"/dags/crawl_{DRIFTING}")
    operator.page.get_by_role("switch").or_(
        operator.page.locator("[data-scope=switch][data-part=control]")
    ).first.click()
    confirm = operator.page.get_by_role("dialog").get_by_role("button", name=re.compile("Confirm|Pause"))
    operator.page.wait_for_timeout(1000)
    if confirm.count():
        confirm.click()
    row = operator.newsroom.get_by_role("row").filter(has=operator.page.locator(f'a[href$="site/{DRIFTING}"]'))

    operator.until("/plugin/newsroom", row.locator(".badge").inner_text, "paused")
    operator.keep("paused")


def test_an_operator_s_morning(
    deployment: Deployment,
    operator: Operator,
    chosen: str,
    resting: tuple[str, str],
    request: pytest.FixtureRequest,
) -> None:
    """One test, since its steps follow from each other: what is watched first has ended, what is blocked is let in."""
    _three_sites_are_crawled_by_one_form_and_watched(deployment, operator, chosen)
    request.getfixturevalue("trouble")
    _each_trouble_is_seen_on_one_page(operator, resting)
    _from_a_chart_to_a_run_to_a_url_to_its_page_to_the_log(operator)
    _a_failed_task_says_why_above_its_log_which_has_no_traceback(operator, deployment)
    _a_site_that_let_us_in_again_is_crawled_from_its_page_and_is_well(operator, deployment)
    _a_backfill_is_started_from_the_site_s_page(operator, deployment)
    _a_site_that_is_switched_off_is_seen_as_paused(operator)
