"""What the archive knows of each site, for the newsroom: from the table `daily`, and of the last days that no upkeep
has summed up yet from `articles` and `runs`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.batches import SEAL_FILE, BatchDamaged, SealedBatch
from pipelines.archive.bucket import StorageRefused, StorageUnavailable
from pipelines.archive.conditions import sql_list
from pipelines.archive.jakarta_days import JAKARTA, months_between, utc_months_of
from pipelines.archive.schema import ARTICLES, DAILY, RUNS, Row
from pipelines.archive.spool import batch_folders, set_aside_folders, site_folders
from pipelines.archive.tables import Corpus
from pipelines.watch.states import History, LastRun
from settings.storage import SettingsError, Storage

HISTORY = timedelta(days=91)
"""Days of `daily` that are read: thirteen weeks, in which a weekday's usual number and a site's usual pauses show."""

FIGURES_DAYS = 7
"""Last days whose outcomes and fill rates are summed up: a week has all weekdays."""

RECENT_RUNS = timedelta(days=2)
"""In which the last run of a site is looked for, whose failures are told: upkeep has counted the others."""


@dataclass(frozen=True, slots=True)
class SiteFigures:
    """What the archive knows of a site. Of the last FIGURES_DAYS days that upkeep has summed up: `outcomes`, how many
    looks ended in each, and `fill_rates`, the share (0 to 1) of articles that have each watched field.
    """

    history: History | None = None
    last_run: LastRun | None = None
    outcomes: Mapping[str, int] = field(default_factory=dict)
    fill_rates: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Batches in a site's spool: those that wait though the run that made them has ended, and those that were set aside
    as damaged.
    """

    batches: int = 0
    set_aside: int = 0


@dataclass(frozen=True, slots=True)
class ArchiveReading:
    """What was read of the archive, and when; `problem` is a sentence where that was not possible."""

    read_at: datetime
    sites: Mapping[str, SiteFigures]
    problem: str | None = None


class ArchiveFigures:
    """Reads the figures of a deployment's archive. `storage` gives its settings and may raise SettingsError."""

    def __init__(self, storage: Callable[[], Storage]) -> None:
        self._storage = storage
        self._corpus: Corpus | None = None

    def read(self, now: datetime) -> ArchiveReading:
        """All that is known at `now`, UTC."""
        try:
            if self._corpus is None:
                self._corpus = Corpus(self._storage())
            return ArchiveReading(now, _figures(self._corpus, now))
        except (SettingsError, StorageUnavailable, StorageRefused) as error:
            return ArchiveReading(now, {}, str(error))


def waiting(spool: Path) -> dict[str, Waiting]:
    """What lies in each site's spool on this machine. Raises OSError where it cannot be read."""
    return {
        folder.name: Waiting(sum(map(_waits, batch_folders(folder))), len(set_aside_folders(folder)))
        for folder in site_folders(spool)
    }


def _waits(batch: Path) -> bool:
    """Whether a batch should have been delivered. The row of a run that found nothing new goes along with a later one,
    and what is not sealed is being written.
    """
    try:
        return not SealedBatch.from_folder(batch).may_wait
    except BatchDamaged:
        return (batch / SEAL_FILE).exists()
    except FileNotFoundError:  # it was delivered meanwhile
        return False


def _figures(corpus: Corpus, now: datetime) -> dict[str, SiteFigures]:
    today = now.astimezone(JAKARTA).date()
    days = _by_site(_days(corpus, today - HISTORY, now))
    recent = _by_site(_recent_articles(corpus, today - timedelta(days=1), now))
    last_runs = _last_runs(corpus, now - RECENT_RUNS)
    return {
        site: SiteFigures(
            _history(days.get(site, []), recent.get(site, []), today),
            last_runs.get(site),
            _outcomes(week := [row for row in days.get(site, []) if row["day"] > today - timedelta(FIGURES_DAYS)]),
            _fill_rates(week),
        )
        for site in {*days, *recent, *last_runs}
    }


def _days(corpus: Corpus, first: date, now: datetime) -> list[Row]:
    months = months_between(_midnight(first), now)
    condition = f"t.month IN ({sql_list(months)}) AND t.day >= DATE '{first}'"
    columns = ("site", "day", "published", "last_published_at", "outcomes", "fill_rates")
    try:
        return corpus.select(DAILY, condition, columns)
    except TableNotFoundError:  # no upkeep has made it yet
        return []


def _recent_articles(corpus: Corpus, first: date, now: datetime) -> list[Row]:
    begin = _midnight(first)
    months = sorted({utc for month in months_between(begin, now) for utc in utc_months_of(month)})
    query = (
        "SELECT site, CAST(date_published + INTERVAL '7 hours' AS DATE) AS day, count(*) AS published, "  # noqa: S608
        "max(date_published) AS last_published_at FROM articles "
        f"WHERE published_month IN ({sql_list(months)}) AND date_published >= TIMESTAMP '{begin.isoformat()}' "
        "GROUP BY 1, 2"
    )
    try:
        return corpus.query([ARTICLES], query)
    except TableNotFoundError:  # nothing was ever delivered
        return []


def _last_runs(corpus: Corpus, since: datetime) -> dict[str, LastRun]:
    columns = ("site", "started_at", "finish_reason", "failures")
    try:
        rows = corpus.select(RUNS, f"t.started_at >= TIMESTAMP '{since.isoformat()}'", columns)
    except TableNotFoundError:
        return {}
    return {
        row["site"]: LastRun(row["started_at"], row["finish_reason"], tuple(row["failures"]))
        for row in sorted(rows, key=lambda row: row["started_at"])
    }


def _history(days: Sequence[Row], recent: Sequence[Row], today: date) -> History | None:
    """The days as upkeep has summed them up, yesterday and today as they are in `articles`."""
    counted = [row for row in days if row["day"] < today - timedelta(days=1)] + list(recent)
    if not counted:
        return None
    return History(
        begins=min(row["day"] for row in counted),
        published={row["day"]: row["published"] for row in counted},
        last_of_day={row["day"]: row["last_published_at"] for row in counted if row["last_published_at"]},
    )


def _outcomes(week: Sequence[Row]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in week:
        for outcome, count in row["outcomes"].items():
            sums[outcome] = sums.get(outcome, 0) + (count or 0)
    return {outcome: count for outcome, count in sums.items() if count}


def _fill_rates(week: Sequence[Row]) -> dict[str, float]:
    articles = sum(row["published"] for row in week)
    names = [name for row in week[:1] for name in row["fill_rates"]]
    if not articles:
        return {}
    return {name: sum((row["fill_rates"][name] or 0.0) * row["published"] for row in week) / articles for name in names}


def _by_site(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["site"], []).append(row)
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), JAKARTA)
