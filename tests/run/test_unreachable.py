"""A run that could read none of its site's sources: told apart from one that found something wrong."""

from pipelines.report import UNREACHABLE
from settings.storage import Storage
from tests.archive.invented import finish, open_run, rows


def test_its_report_and_its_row_say_so(storage: Storage) -> None:
    run = open_run(storage)
    run.counters.is_unreachable = True
    run.counters.fail("none of the site's sources could be read")
    report = finish(run)

    assert report.finish_reason == UNREACHABLE
    [row] = rows(storage, "runs")
    assert row["finish_reason"] == UNREACHABLE


def test_one_that_ended_early_says_why_it_did(storage: Storage) -> None:
    run = open_run(storage)
    run.counters.is_unreachable = True

    assert finish(run, "site_refuses").finish_reason == "site_refuses"
