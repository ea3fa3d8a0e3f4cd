"""The DAG of takedowns: it lists what would go until somebody says otherwise, and names who did."""

from dataclasses import dataclass

import pytest

from dags.takedown import dag, plan

WHY = {"reason": "permintaan penulis", "reference": "surat 12/2026"}


@dataclass
class DagRun:
    """As much of Airflow's as is asked for."""

    triggering_user_name: str | None


DEFAULTS = {name: param["value"] if isinstance(param, dict) else param for name, param in dag.params.dump().items()}


def planned(by: str | None = "rina", **params: object) -> list[list[str]]:
    found: list[list[str]] = plan.function(params={**DEFAULTS, **WHY, **params}, dag_run=DagRun(by))
    return found


WORDS = ["--reason=permintaan penulis", "--reference=surat 12/2026", "--by=rina"]


def test_nothing_is_changed_unless_that_is_said() -> None:
    assert planned(articles=["http://a.example/1"]) == [["takedown", *WORDS, "--dry-run", "http://a.example/1"]]


def test_no_more_goes_than_was_said() -> None:
    told = planned(articles=["http://a.example/1"], dry_run=False, at_most=2)
    assert told == [["takedown", *WORDS, "--at-most=2", "http://a.example/1"]]


@pytest.mark.parametrize("place", ["prefix", "author", "site"])
def test_a_place_is_named_in_the_place_of_articles(place: str) -> None:
    assert planned(**{place: "nama"}) == [["takedown", f"--{place}=nama", *WORDS, "--dry-run"]]


def test_who_is_not_known_is_not_named() -> None:
    [[*words]] = planned(None, articles=["abc"])
    assert not [word for word in words if word.startswith("--by")]
