"""The doctor as Airflow tasks: one for each site that is crawled, red when the site is not as its spider thinks."""

from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import AirflowException, AirflowSkipException
from airflow.utils.db import initdb

from dags.doctor import DoctorOperator
from demo.server import DemoWeb
from spiders.site_index import may_be_scheduled, site_files, site_named
from tests.dags.conftest import PROJECT

SITES = [site_named(name) for name in site_files()]
ALL: dict[str, Any] = {"params": {"sites": []}}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KLIPING_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KLIPING_CONTACT", raising=False)
    return tmp_path


def test_each_site_that_is_scheduled_has_its_task() -> None:
    initdb()
    dag = DagBag(PROJECT / "dags").dags["doctor"]
    assert set(dag.task_ids) == {site.name for site in SITES if may_be_scheduled(site)}


def test_a_site_that_is_well_returns_its_diagnosis(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with DemoWeb(home / "state", faults=False) as web:
        monkeypatch.setenv("KLIPING_DEMO_PORT", str(web.port))
        diagnosis = DoctorOperator(task_id="nusakata", site="nusakata").execute(ALL)
    assert diagnosis["site"] == "nusakata"
    assert diagnosis["healthy"]
    assert len(diagnosis["samples"]) == 3


@pytest.mark.usefixtures("home")
def test_a_site_that_fails_fails_its_task_with_the_reason() -> None:
    with pytest.raises(AirflowException, match=r"^telset: real sites .* KLIPING_CONTACT\.$"):
        DoctorOperator(task_id="telset", site="telset").execute(ALL)


def test_a_site_that_is_not_chosen_is_skipped() -> None:
    with pytest.raises(AirflowSkipException):
        DoctorOperator(task_id="telset", site="telset").execute({"params": {"sites": ["detikinet"]}})
