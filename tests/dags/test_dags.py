"""What every DAG must be: parseable, documented, owned, bounded, and one for each site."""

import re
from datetime import timedelta
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.utils.db import initdb

from settings.crawl import POOL
from spiders.site_index import SITES, site_entries
from tests.dags.conftest import PROJECT

ENTRIES = list(site_entries(SITES, PROJECT / "demo" / "sites"))


@pytest.fixture(scope="module")
def dagbag() -> Any:
    initdb()
    return DagBag(PROJECT / "dags")


def test_dag_files_import_without_error(dagbag: Any) -> None:
    assert dagbag.import_errors == {}


def test_each_site_has_its_dag_and_nothing_else_does(dagbag: Any) -> None:
    crawls = {dag_id for dag_id in dagbag.dags if dag_id.startswith("crawl_")}
    assert crawls == {f"crawl_{entry.name}" for entry in ENTRIES}


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
            assert task.retries >= 1, task
            assert task.pool == POOL == "crawl", task


def test_owner_pool_and_limits_are_stated_in_one_file() -> None:
    for file in PROJECT.glob("dags/**/*.py"):
        stated = re.findall(r"pool=|owner|catchup=|max_active_runs=|AssetAlias\(", file.read_text())
        assert file.name == "defaults.py" or not stated, file


def test_the_composed_deployment_makes_the_pool_that_the_dags_use() -> None:
    assert f"airflow pools set {POOL} " in (PROJECT / "compose.yaml").read_text()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_demo_sites_run_and_real_sites_wait_for_the_operator(dagbag: Any, entry: Any) -> None:
    dag = dagbag.dags[f"crawl_{entry.name}"]
    assert dag.is_paused_upon_creation is not entry.loopback
    assert dag.doc_md == entry.doc


def test_sites_with_the_same_schedule_do_not_start_in_the_same_minute() -> None:
    minutes = [entry.schedule.partition("-")[0] for entry in ENTRIES]
    assert len(set(minutes)) > len(minutes) // 2
