"""Reads what is known of a run: its row and looks in the archive, and what of it is still on this machine's disk."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.archive.batch_contents import JOURNAL_FILE
from pipelines.archive.batches import run_and_number
from pipelines.archive.conditions import sql
from pipelines.archive.journal import Journal
from pipelines.archive.schema import RUNS, VISITS, moment
from pipelines.archive.spool import RunProgress, batch_folders
from pipelines.archive.tables import Corpus
from pipelines.report import RunReport, month_of_run, run_id_of, start_of_run
from plugins.newsroom.open_archive import ArchiveAway, OpenArchive, rows_where
from plugins.newsroom.run_figures import Look, Report, RunReading

LOOK_COLUMNS = (
    *("url", "outcome", "reason", "detail", "http_status", "discovered_via", "discovered_from", "began_at", "ended_at"),
    *("seconds", "page_count", "warc_filename"),
)
REPORT_COLUMNS = (
    *("started_at", "finished_at", "finish_reason", "announced", "known", "looked_at", "bytes_received", "outcomes"),
    *("failures", "warnings"),
)

MAX_ID_DELAY = timedelta(minutes=1)
"""By which a run's id may be later than its start: a second for each run of the site that had it already."""


def read_run(archive: OpenArchive, spool: Path, site: str, run: str) -> RunReading:
    """What is known of a run of a site. Its looks are in the order in which they ended."""
    noted, spooled = _on_disk(spool / site, run)
    try:
        with archive.corpus() as corpus:
            report, delivered = _report(corpus, site, run), _delivered(corpus, site, run)
        problem = None
    except ArchiveAway as error:
        report, delivered, problem = None, [], str(error)
    # What was delivered between the two readings is in both.
    looks = {(look.url, look.ended_at): look for look in (*spooled, *delivered)}
    return RunReading(site, run, report, noted, sorted(looks.values(), key=lambda look: look.ended_at), problem)


def runs_between(archive: OpenArchive, spool: Path, site: str, first: datetime, last: datetime) -> list[str]:
    """The ids of a site's runs that began between two times, the latest first; also of one that is under way here.

    Raises ArchiveAway.
    """
    began = f"t.started_at >= TIMESTAMP '{first.isoformat()}' AND t.started_at <= TIMESTAMP '{last.isoformat()}'"
    with archive.corpus() as corpus:
        found = {row["run"] for row in rows_where(corpus, RUNS, f"t.site = {sql(site)} AND {began}", ("run",))}
    noted = RunProgress.read(spool / site)
    if noted and first <= noted.report.started_at <= last:
        found.add(noted.report.run)
    return sorted(found, reverse=True)


def is_run_id(run: str) -> bool:
    """Whether a text is the id of a run: nothing else goes into a query or a path."""
    try:
        return run_id_of(start_of_run(run)) == run
    except ValueError:
        return False


def _report(corpus: Corpus, site: str, run: str) -> Report | None:
    # Rows lie in the order of their runs' starts: with a span of time only their files are read.
    start = start_of_run(run)
    span = (
        f"t.started_at >= TIMESTAMP '{(start - MAX_ID_DELAY).isoformat()}' "
        f"AND t.started_at <= TIMESTAMP '{(start + MAX_ID_DELAY).isoformat()}'"
    )
    rows = rows_where(corpus, RUNS, f"t.site = {sql(site)} AND t.run = {sql(run)} AND {span}", REPORT_COLUMNS)
    return _report_of(rows[0]) if rows else None


def _report_of(row: Mapping[str, Any]) -> Report:
    counts = {name: count for name, count in row["outcomes"].items() if count}
    return Report(**{**row, "outcomes": counts, "failures": tuple(row["failures"]), "warnings": tuple(row["warnings"])})


def _delivered(corpus: Corpus, site: str, run: str) -> list[Look]:
    where = f"t.site = {sql(site)} AND t.month = {sql(month_of_run(run))} AND t.run = {sql(run)}"
    return [_look(row, is_spooled=False) for row in rows_where(corpus, VISITS, where, LOOK_COLUMNS)]


def _on_disk(site_folder: Path, run: str) -> tuple[Report | None, list[Look]]:
    """What the run has noted, and the looks of its batches that are not delivered yet."""
    if not site_folder.is_dir():
        return None, []
    noted = RunProgress.read(site_folder)
    looks = [_look(row, is_spooled=True) for row in _spooled_rows(site_folder, run)]
    return (_noted(noted.report) if noted and noted.report.run == run else None), looks


def _spooled_rows(site_folder: Path, run: str) -> Iterator[Mapping[str, Any]]:
    for folder in batch_folders(site_folder):
        if run_and_number(folder)[0] != run:
            continue
        try:
            entries = Journal.read(folder / JOURNAL_FILE).entries
        except FileNotFoundError:  # it was delivered meanwhile
            continue
        yield from (entry.visit for entry in entries if entry.visit)


def _noted(report: RunReport) -> Report:
    return Report(**{name: getattr(report, name) for name in REPORT_COLUMNS})


def _look(row: Mapping[str, Any], *, is_spooled: bool) -> Look:
    values = {name: row[name] for name in LOOK_COLUMNS if name != "warc_filename"}
    times = {name: moment(row[name]) for name in ("began_at", "ended_at")}
    return Look(**{**values, **times}, has_bytes=bool(row["warc_filename"]), is_spooled=is_spooled)
