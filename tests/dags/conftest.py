"""Airflow for the tests of the DAGs: a home of its own, made before the first import of Airflow."""

import os
import tempfile
from pathlib import Path

PROJECT = Path(__file__).parents[2]
os.environ.update(
    AIRFLOW_HOME=tempfile.mkdtemp(prefix="airflow-"),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__DAGS_FOLDER=str(PROJECT / "dags"),
    AIRFLOW__CORE__UNIT_TEST_MODE="False",
    AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING",
    KLIPING_DEMO="1",
)
