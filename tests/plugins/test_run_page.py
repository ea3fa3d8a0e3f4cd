"""Where a run stands, by what Airflow, the archive and the disk say of it, and its looks as CSV."""

from datetime import UTC, datetime, timedelta

from plugins.newsroom.airflow_runs import AirflowRun
from plugins.newsroom.run_figures import MAX_SILENCE, Look, Report, RunReading, as_csv, progress
from plugins.newsroom.run_page import RunState, run_page

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
BEGAN = NOW - timedelta(minutes=20)
REPORT = Report(BEGAN, NOW, "finished", announced=10, known=4, looked_at=1, bytes_received=100)
GOING = AirflowRun("crawl_kabarteknik", "manual__1", "running", BEGAN)
OVER = AirflowRun("crawl_kabarteknik", "manual__1", "failed", BEGAN, NOW)


def look(url: str = "http://kabarteknik.example/1", ended_at: datetime = NOW, detail: str | None = None) -> Look:
    return Look(url, "archived", None, detail, 200, "feed", None, ended_at, ended_at, 0.0, 1, True)


def state(report: Report | None, noted: Report | None, log: AirflowRun | None, *looks: Look) -> RunState:
    reading = RunReading("kabarteknik", "20261124T084000Z", report, noted, looks)
    return run_page(NOW, "Kabar Teknik", BEGAN, reading, log).state


def test_a_run_with_a_row_has_ended_whatever_else_is_said() -> None:
    assert state(REPORT, REPORT, GOING) is RunState.ENDED


def test_a_run_without_a_row_goes_as_long_as_airflows_does() -> None:
    assert state(None, REPORT, GOING) is RunState.UNDER_WAY
    assert state(None, REPORT, OVER) is RunState.KILLED
    assert state(None, None, GOING) is RunState.UNDER_WAY, "on another machine"
    assert state(None, None, OVER) is RunState.UNKNOWN


def test_a_run_that_is_not_airflows_goes_as_long_as_it_records_something() -> None:
    assert state(None, REPORT, None, look()) is RunState.UNDER_WAY
    assert state(None, REPORT, None, look(ended_at=NOW - MAX_SILENCE - timedelta(seconds=1))) is RunState.KILLED
    assert state(None, REPORT, None) is RunState.KILLED


def test_the_rate_is_that_of_the_last_minutes() -> None:
    looks = [look(ended_at=NOW - timedelta(minutes=minutes)) for minutes in (19, 18, 4, 3, 2, 1, 0)]
    told = progress(NOW, Report(BEGAN, NOW, "killed", 20, 3, 0, 0), looks)

    assert (told.looked_at, told.left, told.per_minute, told.minutes_left) == (7, 10, 1.0, 10.0)


def test_a_report_that_says_another_number_is_told() -> None:
    reading = RunReading("kabarteknik", "20261124T084000Z", REPORT, None, ())
    assert "its report says 1" in run_page(NOW, "Kabar Teknik", BEGAN, reading, OVER).sum_told


def test_what_a_spreadsheet_would_run_is_text_in_the_csv() -> None:
    lines = as_csv([look(detail="=HYPERLINK(1)"), look(detail="baris\nkedua")]).split("\r\n")

    assert "'=HYPERLINK(1)" in lines[1]
    assert '"baris\nkedua"' in lines[2]
