"""Airflow for the tests of the DAGs: a home of its own, made before the first import of Airflow."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.seaweedfs import SeaweedFS
from settings.storage import Storage, storage

PROJECT = Path(__file__).parents[2]
os.environ.update(
    AIRFLOW_HOME=tempfile.mkdtemp(prefix="airflow-"),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__DAGS_FOLDER=str(PROJECT / "dags"),
    AIRFLOW__CORE__UNIT_TEST_MODE="False",
    AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING",
    KLIPING_DEMO="1",
)


@pytest.fixture
def empty_archive(seaweedfs: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """An empty archive in this process's environment, as an Airflow task has it."""
    before = dict(os.environ)
    home = tmp_path_factory.mktemp("home")
    os.environ.update(seaweedfs.environment)
    os.environ.update(KLIPING_HOME=str(home), KLIPING_BUCKET=f"test-{uuid.uuid4().hex}")
    storage.cache_clear()
    yield storage()
    os.environ.clear()
    os.environ.update(before)
    storage.cache_clear()
