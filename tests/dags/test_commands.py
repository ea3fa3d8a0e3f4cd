"""Work on what is archived as Airflow tasks see it: learning, re-extraction, and which months it concerns."""

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.utils.db import initdb

from dags import reextract
from dags.operators.command import CommandOperator
from dags.operators.failures import NeedsSomebody, PassesByItself
from settings.storage import storage
from tests.archive.invented import finish, open_run
from tests.archive.pressed import SITE, html, press, url
from tests.dags.conftest import PROJECT


def run(*command: str) -> dict[str, Any]:
    return CommandOperator(task_id="command", command=list(command)).execute({})


@pytest.mark.usefixtures("empty_archive")
class TestCommandOperator:
    def test_a_command_that_cannot_do_its_work_fails_the_task_for_another_try(self) -> None:
        with pytest.raises(PassesByItself, match="ended with exit code 2"):
            run("reextract", "nusakata", "--month", "2026-13")


@pytest.mark.usefixtures("empty_archive")
def test_an_archive_that_is_not_there_yet_is_kept_up_all_the_same() -> None:
    report = run("maintain")
    assert report["failures"] == []
    assert report["summary"].startswith("upkeep: ")


@pytest.mark.parametrize(
    ("note", "user", "options"),
    [("halaman layanan", "rina", ["--note=halaman layanan", "--by=rina"]), (None, None, ["--note=", "--by=airflow"])],
)
def test_a_verdict_is_given_in_the_name_of_whoever_filled_in_the_form(
    note: str | None, user: str | None, options: list[str]
) -> None:
    initdb()
    task: Any = DagBag(PROJECT / "dags" / "verdict.py").dags["verdict"].get_task("verdict")
    filled_in = {"url": "https://kabarteknik.example/1", "verdict": "not-article", "note": note}
    command = task.render_template(
        task.command, {"params": filled_in, "dag_run": SimpleNamespace(triggering_user_name=user)}
    )
    assert command == ["verdict", *options, "https://kabarteknik.example/1", "not-article"]


def test_the_months_that_learning_concerns_are_re_extracted_in_tasks_that_workers_share() -> None:
    initdb()
    dag = DagBag(PROJECT / "dags" / "learn_residue.py").dags["learn_residue"]
    task: Any = dag.get_task("outdated")
    outdated = task.python_callable
    report = {
        "sites": [
            {"site": "nusakata", "outdated_months": ["2026-10", "2026-11"]},
            {"site": "kilasperanti", "outdated_months": []},
        ]
    }
    assert outdated(report) == [
        ["reextract", "nusakata", "--month", "2026-10"],
        ["reextract", "nusakata", "--month", "2026-11"],
    ]
    mapped: Any = dag.get_task("reextract")
    assert mapped.upstream_task_ids == {"outdated"}
    assert mapped.partial_kwargs.get("max_active_tis_per_dag") is None
    named = SimpleNamespace(command=outdated(report)[1])
    assert dag.get_template_env().from_string(mapped.map_index_template).render(task=named) == "nusakata 2026-11"


@pytest.mark.usefixtures("empty_archive")
def test_each_month_is_re_extracted_in_a_task_of_its_own_within_the_share_that_the_form_allows() -> None:
    crawl = open_run(storage())
    press(crawl, url(1), html(1))
    press(crawl, url(2), html(2, day=-20))
    finish(crawl)
    form = {**reextract.dag.params.dump(), "site": SITE.name}
    planned = reextract.months.function
    october, november = (["reextract", SITE.name, "--month", month] for month in ("2026-10", "2026-11"))
    assert planned(params=form) == [[*october, "--at-most=10"], [*november, "--at-most=10"]]
    assert planned(params=form | {"from_month": "2026-11", "dry_run": True}) == [[*november, "--dry-run"]]
    with pytest.raises(NeedsSomebody, match="kabarteknik has no articles in these months"):
        planned(params=form | {"to_month": "2026-09"})
