"""The DAG that makes the index anew, carried out by Airflow."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.utils.db import initdb

from local.postgresql import PostgreSQL, throw_away_postgresql
from local.seaweedfs import SeaweedFS
from pipelines.archive.bucket import Bucket
from pipelines.index.database import Index
from settings.storage import Storage, storage
from tests.archive.invented import finish, open_run
from tests.archive.pressed import html, press, url
from tests.dags.conftest import PROJECT

SITES = ("kabarteknik", "siartekno")


@pytest.fixture(scope="module")
def dag() -> Any:
    initdb()
    return DagBag(PROJECT / "dags" / "rebuild_index.py").dags["rebuild_index"]


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    with throw_away_postgresql() as server:
        yield server


@pytest.fixture
def archive(
    seaweedfs: SeaweedFS, postgresql: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Storage]:
    """An archive of two sites, in this process's environment, as an Airflow task has it."""
    database = f"index_{uuid.uuid4().hex}"
    postgresql.ensure_databases([database])
    for name, value in seaweedfs.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KLIPING_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KLIPING_BUCKET", f"test-{uuid.uuid4().hex}")
    monkeypatch.setenv("KLIPING_INDEX_URL", postgresql.url(database))
    storage.cache_clear()
    for number, site in enumerate(SITES):
        crawl = open_run(storage(), site)
        for seed in (2 * number + 1, 2 * number + 2):
            press(crawl, url(seed).replace(SITES[0], site), html(seed))
        finish(crawl)
    yield storage()
    storage.cache_clear()


def states(dag: Any) -> dict[str, list[str]]:
    """Carry the DAG out; how its run and each of its tasks ended."""
    run = dag.test()
    found: dict[str, list[str]] = {"run": [str(run.state)]}
    for instance in run.get_task_instances():
        found.setdefault(instance.task_id, []).append(str(instance.state))
    return found


def test_each_site_is_a_task_and_the_new_index_knows_all_again(dag: Any, archive: Storage) -> None:
    assert states(dag) == {
        "run": ["success"],
        "begin": ["success"],
        "commands": ["success"],
        "part": ["success", "success"],
        "finish": ["success"],
        "give_up": ["success"],
    }
    with Index.open(archive.index) as index:
        assert index.count_archived() == 4


def test_where_a_part_fails_the_run_is_red_and_the_old_index_stays_and_is_used_again(
    dag: Any, archive: Storage
) -> None:
    bucket = Bucket(archive)
    for key in list(bucket.list(f"tables/articles/site={SITES[1]}/")):
        bucket.remove(key)
    dag.get_task("part").partial_kwargs["retries"] = 0  # what they wait for does not come
    found = states(dag)
    assert sorted(found.pop("part")) == ["failed", "success"]
    assert found == {
        "run": ["failed"],
        "begin": ["success"],
        "commands": ["success"],
        "finish": ["upstream_failed"],
        "give_up": ["success"],
    }
    with Index.open(archive.index) as index:
        assert index.count_archived() == 4
