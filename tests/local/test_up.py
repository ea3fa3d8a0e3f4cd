"""The whole of `make up` on this machine: SeaweedFS, the demo web, Airflow, three crawls, and the way back."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import psutil
import pytest
from playwright.sync_api import sync_playwright

from local.credentials import password
from local.seaweedfs import free_s3_port
from tests.local.chromium import chromium
from tests.local.deployment import ROOT, Deployment, wait_until

SITES = ("kilasperanti", "majalahsirkuit", "nusakata")

pytestmark = [pytest.mark.timeout(600), pytest.mark.present_time]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = Deployment(tmp_path_factory.mktemp("kliping") / "home", free_s3_port())
    yield deployment
    deployment.run("down")


@pytest.fixture(scope="module")
def first(deployment: Deployment) -> tuple[int, str]:
    """What the first `make up` answered."""
    return deployment.run("up")


@pytest.fixture(scope="module")
def news(deployment: Deployment, first: tuple[int, str]) -> tuple[int, str]:
    """What `make news` answered after it, before any test has broken a crawl off."""
    assert first[0] == 0, first[1]
    return deployment.run("news")


@pytest.fixture
def running(deployment: Deployment, news: tuple[int, str]) -> Deployment:
    """The deployment with all its services, whatever a test before this one has stopped."""
    assert news[0] == 0, news[1]
    if deployment.run("status")[0] != 0:
        exit_code, said = deployment.run("up")
        assert exit_code == 0, said
    return deployment


@pytest.fixture
def stopped(deployment: Deployment, news: tuple[int, str]) -> Deployment:
    """The deployment with none of its services running."""
    assert news[0] == 0, news[1]
    deployment.run("down")
    return deployment


def test_up_crawls_the_demo_sites_and_sums_up(deployment: Deployment, first: tuple[int, str]) -> None:
    exit_code, said = first
    summary = {line.split()[0]: line.split()[1:] for line in said.splitlines() if line.startswith((*SITES, "total"))}

    assert exit_code == 0, said
    assert all(int(summary[site][0]) > 20 for site in SITES)
    assert int(summary["total"][0]) == sum(int(summary[site][0]) for site in SITES)
    assert all(int(count) > 0 for count in summary["total"])
    assert f"http://127.0.0.1:{deployment.ui_port}" in said
    assert password(deployment.home) not in said


@pytest.mark.usefixtures("running")
def test_what_it_says_to_do_next_works_in_a_fresh_shell(first: tuple[int, str]) -> None:
    following = first[1].partition(f"Next, in {ROOT}:\n")[2].splitlines()
    export, corpus = following[0], following[1].split()[:2]
    shell = f"{export} && {sys.executable} -m local corpus"
    read = subprocess.run(
        ["bash", "-c", shell], cwd=ROOT, env={"PATH": os.defpath}, capture_output=True, text=True, check=False
    )

    assert corpus == ["make", "corpus"]
    assert read.returncode == 0, read.stderr
    assert "headline" in read.stdout


def test_on_a_terminal_it_ends_with_a_screenful_that_has_the_password(running: Deployment) -> None:
    exit_code, shown = running.run_on_a_terminal("up")
    screenful = shown[shown.index("┏") :].replace(str(running.home), "/home/me/kliping/.kliping").splitlines()

    assert exit_code == 0, shown
    assert len(screenful) <= 24
    assert max(map(len, screenful)) <= 80, screenful
    assert any(f"admin, password {password(running.home)}" in line for line in screenful)
    assert any(f"http://127.0.0.1:{running.ui_port}" in line for line in screenful)
    assert [command for line in screenful for command in re.findall(r"^  (make \w+) ", line)] == [
        "make corpus",
        "make news",
        "make down",
    ]


def test_an_operator_signs_in_and_sees_the_demo_sites_green(running: Deployment) -> None:
    program = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program.executable_path, env=dict(program.env), args=program.args
        )
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"http://127.0.0.1:{running.ui_port}/")
        page.fill("input[name=username]", "admin")
        page.fill("input[name=password]", password(running.home))
        page.keyboard.press("Enter")
        page.wait_for_url("**/")
        for site in SITES:
            page.goto(f"http://127.0.0.1:{running.ui_port}/dags/crawl_{site}/runs")
            page.get_by_text("Success").first.wait_for()
        page.get_by_test_id("nav-sidebar").get_by_role("link", name="Newsroom").click()
        page.frame_locator("iframe").get_by_role("link", name="kilasPeranti").wait_for()
        browser.close()


def test_everything_listens_on_loopback(running: Deployment) -> None:
    addresses = {
        connection.laddr
        for process in running.everything()
        for connection in psutil.Process(process.pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }

    assert len(addresses) >= 3
    assert {address.ip for address in addresses} == {"127.0.0.1"}


def test_up_again_repeats_nothing(running: Deployment) -> None:
    def runs(site: str) -> object:
        return running.call("GET", f"/api/v2/dags/crawl_{site}/dagRuns?run_type=manual")["total_entries"]

    before, crawled = running.processes(), {site: runs(site) for site in SITES}
    exit_code, said = running.run("up")

    assert exit_code == 0, said
    assert running.processes() == before
    assert "Starting" not in said
    assert "begun" not in said
    assert {site: runs(site) for site in SITES} == crawled


def test_news_become_revisions_and_new_articles(news: tuple[int, str]) -> None:
    exit_code, said = news
    succeeded = [line for line in said.splitlines() if ": success: " in line]

    assert exit_code == 0, said
    assert len(succeeded) == len(SITES)
    assert all("4 archived" in line and "4 revised" in line for line in succeeded), said


def mapped_tasks(running: Deployment, dag_id: str, conf: dict[str, object]) -> set[str]:
    """The names of the mapped tasks of a run that ends well."""
    begun = running.call("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf})
    run = f"/api/v2/dags/{dag_id}/dagRuns/{quote(str(begun['dag_run_id']), safe='')}"
    wait_until(lambda: running.state(run) in ("success", "failed"))
    assert running.state(run) == "success"
    tasks: Any = running.call("GET", f"{run}/taskInstances?limit=100")["task_instances"]
    return {task["rendered_map_index"] for task in tasks if task["map_index"] >= 0}


@pytest.mark.deployment
def test_workers_share_an_upkeep_and_a_whole_verification(running: Deployment) -> None:
    assert {"table articles", "table visits"} < mapped_tasks(running, "maintain", {})
    assert mapped_tasks(running, "verify", {"whole": True}) == {"--shared", *SITES}


def test_status_fails_when_a_service_is_gone_and_up_starts_just_that(running: Deployment) -> None:
    healthy, _ = running.run("status")
    before = running.processes()
    before["demo"].signal(signal.SIGKILL)
    wait_until(lambda: not before["demo"].is_alive)
    unhealthy, said = running.run("status")
    again, _ = running.run("up")
    after = running.processes()

    assert (healthy, unhealthy, again) == (0, 1, 0)
    assert "not running" in next(line for line in said.splitlines() if line.startswith("demo"))
    assert {name for name in after if after[name] != before[name]} == {"demo"}


def test_down_in_the_middle_of_a_crawl_leaves_no_process_and_no_half_run(running: Deployment) -> None:
    made = running.call("POST", "/api/v2/dags/crawl_nusakata/dagRuns", {"logical_date": None})
    task = f"/api/v2/dags/crawl_nusakata/dagRuns/{quote(str(made['dag_run_id']), safe='')}/taskInstances/crawl"
    wait_until(lambda: running.state(task) == "running")
    # The log of a running task can be read although there is no log server.
    wait_until(lambda: "scrapy crawl" in str(running.call("GET", f"{task}/logs/1")["content"]))

    services, everything = running.processes(), running.everything()
    exit_code, said = running.run("down")

    assert exit_code == 0, said
    assert len(everything) > len(services)
    assert not any(process.is_alive for process in everything)
    assert running.everything() == set()
    assert running.run("status")[0] == 1
    assert (running.home / "s3").exists()


def test_an_interrupted_start_leaves_nothing_running(stopped: Deployment) -> None:
    starting = stopped.start("up")
    wait_until(lambda: "scheduler" in stopped.processes())
    starting.send_signal(signal.SIGINT)
    said, _ = starting.communicate(timeout=120)

    assert starting.returncode == 130
    assert "Traceback" not in said
    assert stopped.everything() == set()


def test_a_service_that_dies_while_starting_takes_the_start_with_it(stopped: Deployment) -> None:
    starting = stopped.start("up")
    wait_until(lambda: "scheduler" in stopped.processes())
    stopped.processes()["seaweedfs"].signal(signal.SIGKILL)
    said, _ = starting.communicate(timeout=120)

    assert starting.returncode == 1
    assert "seaweedfs ended while starting" in said
    assert "Traceback" not in said
    assert stopped.everything() == set()
