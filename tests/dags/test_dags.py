"""What every DAG must be: parseable, documented, owned, bounded, and one for each site."""

import json
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.utils.db import initdb

from settings.crawl import POOL
from spiders.site import Site
from spiders.site_index import site_files, site_named
from tests.dags.conftest import PROJECT

SITES = [site_named(name) for name in site_files()]


@pytest.fixture(scope="module")
def dagbag() -> Any:
    initdb()
    return DagBag(PROJECT / "dags")


def test_dag_files_import_without_error(dagbag: Any) -> None:
    assert dagbag.import_errors == {}


def test_each_site_has_its_dag_and_nothing_else_does(dagbag: Any) -> None:
    crawls = {dag_id for dag_id in dagbag.dags if dag_id.startswith("crawl_")}
    assert crawls == {f"crawl_{site.name}" for site in SITES}


def test_every_dag_is_owned_tagged_documented_and_runs_once_at_a_time(dagbag: Any) -> None:
    for dag in dagbag.dags.values():
        assert dag.owner == "newsroom", dag.dag_id
        assert dag.tags, dag.dag_id
        assert dag.doc_md, dag.dag_id
        assert dag.max_active_runs == 1, dag.dag_id
        assert not dag.catchup, dag.dag_id


def test_every_task_is_bounded_retried_and_in_the_crawl_pool(dagbag: Any) -> None:
    for dag in dagbag.dags.values():
        for task in dag.tasks:
            assert isinstance(task.execution_timeout, timedelta), task
            if dag.dag_id == "watch":
                continue
            assert task.retries >= 1, task
            assert task.pool == POOL == "crawl", task


def test_the_watch_does_not_wait_for_crawls(dagbag: Any) -> None:
    [task] = dagbag.dags["watch"].tasks
    assert task.pool != POOL
    assert dagbag.dags["watch"].is_paused_upon_creation is False


def test_owner_pool_and_limits_are_stated_in_one_file() -> None:
    for file in PROJECT.glob("dags/**/*.py"):
        text = file.read_text()
        stated = re.findall(r"pool=|['\"]owner['\"]|catchup=|max_active_runs=|AssetAlias\(|retry_policy=", text)
        assert file.name == "defaults.py" or not stated, file


def test_the_composed_deployment_makes_the_pool_that_the_dags_use() -> None:
    assert f"airflow pools set {POOL} " in (PROJECT / "compose.yaml").read_text()


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_demo_sites_run_and_real_sites_wait_for_the_operator(dagbag: Any, site: Site) -> None:
    dag = dagbag.dags[f"crawl_{site.name}"]
    assert dag.is_paused_upon_creation is not site.loopback
    assert dag.doc_md == site.description


def test_airflow_s_own_backfill_is_closed_everywhere(dagbag: Any) -> None:
    for dag in dagbag.dags.values():
        assert set(dag.allowed_run_types) == {"scheduled", "manual"}, dag.dag_id


def test_sites_can_be_picked_out_by_platform_schedule_and_permission(dagbag: Any) -> None:
    for site in SITES:
        tags = dagbag.dags[f"crawl_{site.name}"].tags
        assert ({"hourly", "every 30 minutes", "every 2 hours", "every 15 minutes"} & tags) or site.loopback
        assert (site.platform in tags) is (site.platform != Site.platform)
        assert ("permission needed" in tags) is (site.permission_needed is not None)


def test_sites_with_the_same_schedule_do_not_start_in_the_same_minute() -> None:
    minutes = [site.staggered_schedule.partition("-")[0] for site in SITES]
    assert len(set(minutes)) > len(minutes) // 2


def test_a_site_whose_file_is_broken_keeps_a_dag_that_says_where_and_why(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(PROJECT / "dags", project / "dags")
    for package in ("spiders", "pipelines", "settings", "demo"):
        shutil.copytree(PROJECT / package, project / package, ignore=shutil.ignore_patterns("__pycache__"))
    (project / "spiders" / "sites" / "detikinet.py").write_text("from spiders.site import Site\n\nnama = tidak_ada\n")
    process = subprocess.run([sys.executable, "-c", BROKEN], cwd=project, capture_output=True, text=True, timeout=120)
    assert process.returncode == 0, process.stderr
    found = json.loads(process.stdout.splitlines()[-1])
    told = "spiders/sites/detikinet.py, line 3: NameError: name 'tidak_ada' is not defined"
    assert found["dags"] == len(SITES)
    assert found["starts_paused"]
    assert told in found["failure"]
    assert [told in error for error in found["import_errors"].values()] == [True]


BROKEN = """
import json, os
from pathlib import Path
os.environ["KLIPING_DEMO"] = "1"
os.environ["AIRFLOW_HOME"] = str(Path("airflow").absolute())
from airflow.dag_processing.dagbag import DagBag
from airflow.utils.db import initdb
from dags.operators.failures import NeedsSomebody
initdb()
bag = DagBag("dags")
try:
    bag.dags["crawl_detikinet"].get_task("crawl").execute({})
except NeedsSomebody as failure:
    print(json.dumps({
        "dags": sum(name.startswith("crawl_") for name in bag.dags),
        "failure": str(failure),
        "starts_paused": bag.dags["crawl_detikinet"].is_paused_upon_creation,
        "import_errors": bag.import_errors,
    }))
"""
