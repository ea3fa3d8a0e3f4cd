"""The DAG of upkeep: its tasks, which workers share, leave a bucket as one round does that a person starts."""

import shutil
from datetime import timedelta
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.utils.db import initdb

from dags.operators.command import CommandOperator
from pipelines.archive.bucket import Bucket
from pipelines.archive.maintenance.maintain import maintain
from pipelines.archive.maintenance.warc_packing import MIN_FILES
from pipelines.archive.schema import DAILY, TABLES
from pipelines.archive.tables import Corpus
from pipelines.archive.verification.verify import verify
from settings.storage import Storage
from tests.archive.invented import finish, look_at, open_run, rows, text
from tests.dags.conftest import PROJECT

SITES = ("kabarteknik", "wartagawai")
CLOSED = "20250310"
"""A day of a month that is over, on whichever day the tests are run."""


def fill(storage: Storage) -> Storage:
    """Two sites with many small files each, and one that has a single one."""
    for seed, site in enumerate(SITES):
        for number in range(MIN_FILES):
            run = open_run(storage, site, run_id=f"{CLOSED}T{number:06}Z")
            look_at(run, f"http://{site}.example/{number}", text(seed * MIN_FILES + number))
            finish(run)
    run = open_run(storage, "kilasperanti", run_id=f"{CLOSED}T000000Z")
    look_at(run, "http://kilasperanti.example/1", text(99))
    finish(run)
    return storage


@pytest.fixture
def dag() -> Any:
    initdb()
    return DagBag(PROJECT / "dags" / "maintain.py").dags["maintain"]


def carry_out(dag: Any) -> list[list[str]]:
    """The commands of the DAG's tasks in their order, each carried out in a process of its own."""
    done: list[list[str]] = []
    for task in dag.topological_sort():
        planner = {"pack": "to_pack", "compact": "to_compact"}.get(task.task_id)
        if planner:
            commands = dag.get_task(planner).python_callable()
        else:
            commands = [task.command] if hasattr(task, "command") else []
        for command in commands:
            CommandOperator(task_id=task.task_id, command=command).execute({})
            done.append(command[1:])
    return done


def copy_of(storage: Storage) -> Storage:
    """The same archive in a bucket and a home of its own."""
    copy = storage.model_copy(update={"bucket": f"{storage.bucket}-salinan", "home": storage.home.parent / "salinan"})
    shutil.copytree(storage.home, copy.home)
    bucket = Bucket(copy)
    bucket.ensure()
    for key in Bucket(storage).list(""):
        bucket._client.copy_object(Bucket=copy.bucket, Key=key, CopySource=f"{storage.bucket}/{key}")
    return copy


def holdings(storage: Storage) -> dict[str, Any]:
    """What a bucket holds: WARC files, how many data files each table has, and all rows of those that crawls write."""
    corpus = Corpus(storage)
    return {
        "WARC files": list(Bucket(storage).list("warc/")),
        "indexes of months": list(Bucket(storage).list("cdxj/")),
        "data files": {name: len(corpus.open(table).file_uris()) for name, table in TABLES.items()},
        "rows": {name: sorted(map(str, rows(storage, name))) for name in TABLES if name != DAILY.name},
    }


def test_the_tasks_leave_a_bucket_as_one_round_does(dag: Any, empty_archive: Storage) -> None:
    by_tasks = fill(empty_archive)
    by_hand = copy_of(by_tasks)
    parts = carry_out(dag)
    assert maintain(by_hand).failures == []

    assert [part for part in parts if part[0] == "warc"] == [["warc", site] for site in SITES]
    assert ["table", "articles"] in parts
    assert holdings(by_tasks) == holdings(by_hand)
    assert verify(by_tasks).findings == []


def test_what_comes_before_what(dag: Any) -> None:
    upstream = {task.task_id: task.upstream_task_ids for task in dag.tasks}
    assert upstream["to_pack"] == {"deliver"}
    assert upstream["to_compact"] == {"pack"}
    assert upstream["days"] == {"compact"}
    assert upstream["index_months"] == {"pack"}
    assert upstream["originals"] == {"deliver", "pack", "index_months", "days", "leftovers"}
    assert all(task.execution_timeout >= timedelta(minutes=5) for task in dag.tasks)
