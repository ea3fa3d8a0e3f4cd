"""The DAG of verification: a sample every night, the whole in parts on the first of the month, repair by hand alone."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from dags.operators.command import CommandOperator
from dags.operators.failures import NeedsSomebody
from dags.verify import SAMPLE_ROWS, plan
from pipelines.archive.bucket import Bucket
from settings.storage import Storage
from tests.archive.invented import finish, look_at, open_run, text

SAMPLE = [["verify", "--sample", str(SAMPLE_ROWS)]]
SITES = ("kabarteknik", "wartagawai")


@dataclass
class DagRun:
    """As much of Airflow's as is asked for."""

    run_after: datetime


def planned(day: int, **params: object) -> list[list[str]]:
    chosen = {"whole": None, "repair": False, **params}
    return plan.function(params=chosen, dag_run=DagRun(datetime(2026, 11, day, 18, 43, tzinfo=UTC)))


def test_a_night_takes_a_sample() -> None:
    assert planned(24) == SAMPLE
    assert planned(1, whole=False) == SAMPLE


def test_a_repair_is_one_task_whatever_is_repaired() -> None:
    assert planned(24, whole=True, repair=True) == [["verify", "--repair"]]
    assert planned(24, repair=True) == [[*SAMPLE[0], "--repair"]]


@pytest.fixture
def archive(empty_archive: Storage) -> Storage:
    """An article of each of two sites, in the archive that a task finds."""
    for number, site in enumerate(SITES):
        run = open_run(empty_archive, site=site)
        look_at(run, f"http://{site}.example/satu", text(number))
        finish(run)
    return empty_archive


class TestAWholeVerification:
    @pytest.mark.usefixtures("archive")
    def test_is_planned_by_site_on_the_first_of_the_month_or_when_somebody_says_so(self) -> None:
        parts = [["verify", "--shared"], *(["verify", site] for site in SITES)]
        assert planned(1) == parts
        assert planned(24, whole=True) == parts

    def test_fails_in_the_task_of_the_site_that_is_damaged_and_in_no_other(self, archive: Storage) -> None:
        cdxj, *_ = [key for key in Bucket(archive).list("warc/wartagawai/") if key.endswith(".cdxj")]
        Bucket(archive).remove(cdxj)
        failed = {}
        for command in planned(1):
            try:
                CommandOperator(task_id="verify", command=command).execute({})
            except NeedsSomebody as failure:
                failed[command[1]] = str(failure)
        assert list(failed) == ["wartagawai"]
        assert cdxj in failed["wartagawai"]
