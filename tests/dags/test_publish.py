"""The DAG of releases: the month closed last, one that is named, or each of a span in a task of its own."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dags import publish
from dags.operators.failures import NeedsSomebody
from pipelines.archive.maintenance.daily_upkeep import renew_days
from pipelines.archive.tables import Corpus
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import finish, look_at, open_run, text


def planned(**params: Any) -> list[list[str]]:
    return publish.plan.function(params={**publish.dag.params.dump(), **params})


def test_a_month_is_one_task_the_one_closed_last_unless_it_is_named() -> None:
    assert planned() == [["publish"]]
    assert planned(month="2026-10", accept="libur panjang") == [
        ["publish", "--month=2026-10", "--accept=libur panjang"]
    ]


def test_a_span_is_a_task_for_each_closed_month_that_has_articles(empty_archive: Storage) -> None:
    run = open_run(empty_archive)
    for number, published in enumerate([datetime(2025, 1, 9, tzinfo=UTC), datetime(2025, 3, 9, tzinfo=UTC), utc_now()]):
        look_at(run, f"http://kabarteknik.example/{number}", text(number), date_published=published)
    finish(run)
    renew_days(Corpus(empty_archive), utc_now() + timedelta(days=1), everything=True, progress=lambda _: None)
    january, march = (["publish", f"--month=2025-{month}"] for month in ("01", "03"))
    assert planned(from_month="2024-11") == [january, march]
    assert planned(to_month="2025-02") == [january]
    with pytest.raises(NeedsSomebody, match="No month of these is closed and has articles"):
        planned(from_month="2025-04")


@pytest.mark.parametrize("also", [{"month": "2026-10"}, {"accept": "libur panjang"}])
def test_what_is_about_one_month_goes_with_no_span(also: dict[str, str]) -> None:
    with pytest.raises(NeedsSomebody, match="go with no span"):
        planned(from_month="2026-01", **also)
