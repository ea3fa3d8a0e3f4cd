"""The doctor as Airflow tasks: one for each site that is crawled, red when the site is not as its spider thinks."""

from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.models.dag import DagModel
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from airflow.utils.state import TaskInstanceState
from sqlalchemy import update

from dags.doctor import DoctorOperator
from dags.operators.failures import PassesByItself
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
    assert set(dag.task_ids) == {"sites"} | {site.name for site in SITES if may_be_scheduled(site)}


def test_a_site_that_is_well_returns_its_diagnosis(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with DemoWeb(home / "state", faults=False) as web:
        monkeypatch.setenv("KLIPING_DEMO_PORT", str(web.port))
        diagnosis = DoctorOperator(task_id="nusakata", site="nusakata").execute(ALL)
    assert diagnosis["site"] == "nusakata"
    assert diagnosis["healthy"]
    assert len(diagnosis["samples"]) == 3


@pytest.mark.usefixtures("home")
def test_a_site_that_fails_fails_its_task_with_the_reason() -> None:
    with pytest.raises(PassesByItself, match=r"^telset: real sites .* KLIPING_CONTACT\.$"):
        DoctorOperator(task_id="telset", site="telset").execute(ALL)


def test_it_runs_daily_from_the_start() -> None:
    initdb()
    dag = DagBag(PROJECT / "dags").dags["doctor"]
    assert dag.is_paused_upon_creation is False
    assert dag.schedule == "0 22 * * *"


@pytest.mark.parametrize(("chosen", "expected"), [([], ["nusakata"]), (["telset"], ["telset"])])
def test_sites_that_are_switched_on_are_looked_at_or_those_that_are_chosen(
    chosen: list[str], expected: list[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    initdb()
    bag = DagBag(PROJECT / "dags")
    dag = bag.dags["doctor"]
    dag.test(run_conf={"sites": ["nusakata"]}, mark_success_pattern=".*")  # all DAGs are known to Airflow then
    with create_session() as session:
        session.execute(update(DagModel).values(is_paused=DagModel.dag_id != "crawl_nusakata"))
    with DemoWeb(home / "state", faults=False) as web:
        monkeypatch.setenv("KLIPING_DEMO_PORT", str(web.port))
        run = dag.test(run_conf={"sites": chosen}, mark_success_pattern="telset")
    ran = [task.task_id for task in run.get_task_instances() if task.state == TaskInstanceState.SUCCESS]

    assert sorted(ran) == sorted(["sites", *expected])
