"""The DAG of verification: a sample every night, the whole on the first of the month, repair by hand alone."""

from dataclasses import dataclass
from datetime import UTC, datetime

from dags.verify import SAMPLE_ROWS, plan


@dataclass
class DagRun:
    """As much of Airflow's as is asked for."""

    run_after: datetime


def planned(day: int, **params: object) -> list[list[str]]:
    chosen = {"whole": None, "repair": False, **params}
    return plan.function(params=chosen, dag_run=DagRun(datetime(2026, 11, day, 18, 43, tzinfo=UTC)))


def test_a_night_takes_a_sample_and_the_first_of_the_month_the_whole() -> None:
    assert planned(24) == [["verify", "--sample", str(SAMPLE_ROWS)]]
    assert planned(1) == [["verify"]]


def test_an_operator_chooses_otherwise() -> None:
    assert planned(24, whole=True) == [["verify"]]
    assert planned(1, whole=False) == [["verify", "--sample", str(SAMPLE_ROWS)]]
    assert planned(24, whole=True, repair=True) == [["verify", "--repair"]]
