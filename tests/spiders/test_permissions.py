"""A site that needs its owner's permission is crawled, scheduled and examined once the operator has recorded one."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from settings.crawl import crawl as crawl_settings
from spiders.site import Site
from spiders.site_index import may_be_scheduled, real_sites, site_named
from tests.spiders.web import Answer, Web, article

PROJECT = Path(__file__).parents[2]

PLANNED = """
import json
from airflow.dag_processing.dagbag import DagBag
dags = DagBag("dags").dags
site = dags["crawl_republika"]
print(json.dumps({
    "schedule": getattr(site.timetable, "expression", None),
    "paused": site.is_paused_upon_creation,
    "tags": sorted(site.tags),
    "examined": "republika" in dags["doctor"].task_ids,
    "walked": "republika" in dags["backfill"].params.get_param("site").schema["enum"],
}))
"""


def permission(**more: Any) -> dict[str, Any]:
    return {"by": "Sari Wulandari, redaksi", "on": "2026-11-20", **more}


@pytest.fixture
def permit(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:  # noqa: ARG001 - settings are read anew
    """Record permissions: `permit(site={...})`."""

    def record(**permissions: Any) -> None:
        monkeypatch.setenv("KLIPING_PERMISSIONS", json.dumps(permissions))
        crawl_settings.cache_clear()

    return record


@pytest.fixture
def closed(web: Web, site: Callable[..., Site]) -> Site:
    """A site that names Scrapy in its robots.txt."""
    web.pages["/robots.txt"] = Answer("User-agent: Scrapy\nDisallow: /", content_type="text/plain")
    web.pages["/tekno"] = f"<a href={web.url('/read/1/satu')}>Satu</a>"
    web.pages["/read/1/satu"] = article("Satu")
    return site(sections=[web.url("/tekno")], permission_needed="its robots.txt names Scrapy")


def test_a_permission_for_another_site_lets_nobody_in(web: Web, closed: Any, crawl: Any, permit: Any) -> None:
    permit(lain=permission())
    assert crawl(closed).reason == "permission_needed"
    assert web.asked == []


def test_a_permitted_site_is_crawled_and_the_log_says_by_whose_permission(
    web: Web, closed: Any, crawl: Any, permit: Any, caplog: pytest.LogCaptureFixture
) -> None:
    web.pages["/robots.txt"] = Answer(status=404)
    permit(site=permission())
    with caplog.at_level(logging.INFO):
        result = crawl(closed)
    assert result.outcomes == {web.url("/read/1/satu"): "archived"}
    assert "Situs is crawled by permission, given by Sari Wulandari, redaksi on 2026-11-20" in caplog.text


def test_robots_txt_still_decides(web: Web, closed: Any, crawl: Any, permit: Any) -> None:
    permit(site=permission())
    assert crawl(closed).visits == []
    assert web.paths() == []


def test_unless_the_permission_waives_it(web: Web, closed: Any, crawl: Any, permit: Any) -> None:
    permit(site=permission(waives_robots=True))
    assert crawl(closed).outcomes == {web.url("/read/1/satu"): "archived"}


def test_a_robots_txt_that_cannot_be_read_is_never_waived(web: Web, closed: Any, crawl: Any, permit: Any) -> None:
    web.pages["/robots.txt"] = Answer(status=403)
    permit(site=permission(waives_robots=True))
    assert crawl(closed).visits == []
    assert web.paths() == []


def test_wrong_permissions_permit_nothing_and_hide_no_site(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    monkeypatch.setenv("KLIPING_PERMISSIONS", '{"republika": {}}')
    crawl_settings.cache_clear()
    sites = {site.name: may_be_scheduled(site) for site in real_sites()}
    assert not sites["republika"]
    assert sites["detikinet"]


def test_airflow_schedules_examines_and_walks_a_permitted_site(tmp_path: Path) -> None:
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "KLIPING_DEMO": "0"}
    environment["KLIPING_PERMISSIONS"] = json.dumps({"republika": permission()})
    process = subprocess.run(
        [sys.executable, "-c", PLANNED],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout.splitlines()[-1]) == {
        "schedule": site_named("republika").staggered_schedule,
        "paused": True,
        "tags": ["crawl", "every 30 minutes", "site"],
        "examined": True,
        "walked": True,
    }
