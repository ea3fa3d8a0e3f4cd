"""What the archive knows of each site: from the table `daily`, and of the last days from `articles`, `runs` and the
ledger, which no upkeep need have summed up.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.batches import SEAL_FILE, BatchDamaged, SealedBatch
from pipelines.archive.bucket import StorageRefused, StorageUnavailable
from pipelines.archive.conditions import sql_list
from pipelines.archive.daily_figures import article_figures
from pipelines.archive.jakarta_days import JAKARTA, months_between, utc_months_of
from pipelines.archive.schema import ANNOUNCED, ARTICLES, DAILY, RUNS, Row, Table
from pipelines.archive.spool import batch_folders, set_aside_folders, site_folders
from pipelines.archive.tables import Corpus
from pipelines.watch.figures import ArticleFigures, Count, LastRun, LookFigures, SiteFigures, SourceFigures
from pipelines.watch.history import MIN_PAUSES, History
from settings.storage import SettingsError, Storage

HISTORY = timedelta(days=91)
"""Days of `daily` that are read: thirteen weeks, in which a weekday's usual number and a site's usual pauses show."""

HOURS = timedelta(days=28)
"""Last days whose articles are counted by the hour, and of which it is asked when a source announced something."""

RECENT = timedelta(days=2)
"""Last days of which articles and runs are read one by one: upkeep has counted the others."""

FIGURES_DAYS = 7
"""Last days whose outcomes and fill rates are summed up: a week has all weekdays."""

UNREAD = " could not be read: "
"""What follows a source's address in the warning of a run that could not read it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Batches in a site's spool: those that wait though the run that made them has ended, and those that were set aside
    as damaged. `since` is when the oldest of the former was sealed, UTC.
    """

    batches: int = 0
    set_aside: int = 0
    since: datetime | None = field(default=None, compare=False)


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
            return ArchiveReading(now, figures(self._corpus, now))
        except (SettingsError, StorageUnavailable, StorageRefused) as error:
            return ArchiveReading(now, {}, str(error))


def waiting(spool: Path) -> dict[str, Waiting]:
    """What lies in each site's spool on this machine. Raises OSError where it cannot be read."""
    found = {}
    for folder in site_folders(spool):
        since = [sealed for batch in batch_folders(folder) if (sealed := _waits_since(batch))]
        found[folder.name] = Waiting(len(since), len(set_aside_folders(folder)), min(since, default=None))
    return found


def _waits_since(batch: Path) -> datetime | None:
    """Since when a batch should have been delivered, None for one that need not have been: the row of a run that found
    nothing new goes along with a later one, and what is not sealed is being written.
    """
    seal = batch / SEAL_FILE
    try:
        if SealedBatch.from_folder(batch).may_wait:
            return None
    except BatchDamaged:
        if not seal.exists():
            return None
    except FileNotFoundError:  # it was delivered meanwhile
        return None
    try:
        return datetime.fromtimestamp(seal.stat().st_mtime, JAKARTA)
    except FileNotFoundError:
        return None


def figures(corpus: Corpus, now: datetime) -> dict[str, SiteFigures]:
    """What is known of each site that anything is known of. Raises StorageUnavailable, StorageRefused."""
    today = now.astimezone(JAKARTA).date()
    recent_begins = _midnight(today - timedelta(days=1))
    days = _by_site(_days(corpus, today - HISTORY, now))
    hours = _by_site(_hours(corpus, _midnight(today - HOURS), now))
    recent = _by_site(_recent_articles(corpus, recent_begins, now))
    runs = _by_site(_recent_runs(corpus, min(recent_begins, now - RECENT)))
    announced = _by_site(_announced(corpus, now - HOURS, now))
    return {
        site: _site_figures(
            days.get(site, []),
            hours.get(site, []),
            recent.get(site, []),
            sorted(runs.get(site, []), key=lambda row: row["started_at"]),
            announced.get(site, []),
            today,
        )
        for site in {*days, *hours, *runs}
    }


def _site_figures(
    days: Sequence[Row],
    hours: Sequence[Row],
    recent: Sequence[Row],
    runs: Sequence[Row],
    announced: Sequence[Row],
    today: date,
) -> SiteFigures:
    whole = sorted((row for row in days if row["day"] < today - timedelta(days=1)), key=lambda row: row["day"])
    week = [row for row in days if row["day"] > today - timedelta(FIGURES_DAYS)]
    recent_begins = _midnight(today - timedelta(days=1))
    return SiteFigures(
        history=_history(whole, hours, today),
        last_run=LastRun(runs[-1]["started_at"], runs[-1]["finish_reason"], tuple(runs[-1]["failures"]))
        if runs
        else None,
        outcomes=_outcomes(week),
        fill_rates=_fill_rates(week),
        articles=[
            *(_articles(_midnight(row["day"]), row) for row in whole),
            *(_articles(row["hour"], _unflattened(row)) for row in sorted(recent, key=lambda row: row["hour"])),
        ],
        looks=[
            *(_looks(_midnight(row["day"]), row) for row in whole if row["looked_at"]),
            *(_looks(row["started_at"], row) for row in runs if row["started_at"] >= recent_begins),
        ],
        sources=_sources(announced, runs),
    )


def _days(corpus: Corpus, first: date, now: datetime) -> list[Row]:
    condition = f"t.month IN ({sql_list(months_between(_midnight(first), now))}) AND t.day >= DATE '{first}'"
    columns = (
        *("site", "day", "published", "doubtful", "last_published_at", "outcomes", "rejections", "looked_at"),
        *("fill_rates", "median_words", "median_lag_seconds", "median_removed_share"),
    )
    try:
        return corpus.select(DAILY, condition, columns)
    except TableNotFoundError:  # no upkeep has made it yet
        return []


def _hours(corpus: Corpus, begin: datetime, now: datetime) -> list[Row]:
    return _of_articles(corpus, begin, now, "count(*) AS published, max(date_published) AS last_published_at")


def _recent_articles(corpus: Corpus, begin: datetime, now: datetime) -> list[Row]:
    return _of_articles(corpus, begin, now, article_figures())


def _of_articles(corpus: Corpus, begin: datetime, now: datetime, figures: str) -> list[Row]:
    months = sorted({utc for month in months_between(begin, now) for utc in utc_months_of(month)})
    query = (
        f"SELECT site, date_trunc('hour', date_published) AS hour, {figures} FROM articles "  # noqa: S608
        f"WHERE published_month IN ({sql_list(months)}) AND date_published >= TIMESTAMP '{begin.isoformat()}' "
        "GROUP BY 1, 2"
    )
    return _asked(corpus, ARTICLES, query)


def _announced(corpus: Corpus, begin: datetime, now: datetime) -> list[Row]:
    """What each source announced, by the hour: when it `begins`, UTC."""
    months = sorted({utc for month in months_between(begin, now) for utc in utc_months_of(month)})
    query = (
        "SELECT site, source, date_trunc('hour', announced_at) AS begins, count(*) AS announced, "  # noqa: S608
        f"max(announced_at) AS last_announced_at FROM announced WHERE month IN ({sql_list(months)}) "
        f"AND announced_at >= TIMESTAMP '{begin.isoformat()}' GROUP BY 1, 2, 3"
    )
    return _asked(corpus, ANNOUNCED, query)


def _asked(corpus: Corpus, table: Table, query: str) -> list[Row]:
    try:
        return corpus.query([table], query)
    except TableNotFoundError:  # nothing was ever delivered
        return []


def _recent_runs(corpus: Corpus, since: datetime) -> list[Row]:
    columns = (*("site", "started_at", "finish_reason", "failures", "warnings", "looked_at", "outcomes", "rejections"),)
    try:
        return corpus.select(RUNS, f"t.started_at >= TIMESTAMP '{since.isoformat()}'", columns)
    except TableNotFoundError:
        return []


def _history(days: Sequence[Row], hours: Sequence[Row], today: date) -> History | None:
    """The days as upkeep has summed them up, yesterday and today as they are in `articles`."""
    begins = [row["day"] for row in days] + [_day_of(row["hour"]) for row in hours]
    if not begins:
        return None
    published = {row["day"]: row["published"] for row in days}
    last_of_day = {row["day"]: row["last_published_at"] for row in days if row["last_published_at"]}
    for row in hours:
        day = _day_of(row["hour"])
        if day >= today - timedelta(days=1) or not days:
            published[day] = published.get(day, 0) + row["published"]
            last_of_day[day] = max(last_of_day.get(day, row["last_published_at"]), row["last_published_at"])
    return History(
        begins=min(begins),
        published=published,
        last_of_day=last_of_day,
        hours={row["hour"]: row["published"] for row in hours},
        hours_begin=_midnight(max(today - HOURS, min(begins))),
    )


def _articles(begins: datetime, row: Row) -> ArticleFigures:
    articles, lag = row["published"], row["median_lag_seconds"]
    return ArticleFigures(
        begins,
        articles,
        {name: (rate or 0.0) * articles for name, rate in row["fill_rates"].items()},
        row["doubtful"],
        row["median_words"],
        None if lag is None else timedelta(seconds=lag),
        row["median_removed_share"],
    )


def _looks(begins: datetime, row: Row) -> LookFigures:
    return LookFigures(begins, row["looked_at"], _counted(row["outcomes"]), _counted(row["rejections"]))


def _sources(announced: Sequence[Row], runs: Sequence[Row]) -> list[SourceFigures]:
    by_source: dict[str, list[Row]] = {}
    for row in announced:
        by_source.setdefault(row["source"], []).append(row)
    of_days = _by_day(announced)
    found = []
    for source, rows in by_source.items():
        on_days = _by_day(rows)
        days = [Count(_midnight(day), on_days.get(day, 0), of_days[day]) for day in sorted(of_days)]
        times = sorted(row["last_announced_at"] for row in rows)
        missed = sum(row["announced"] for row in announced if row["begins"] > times[-1])
        found.append(SourceFigures(source, times[-1], _unread_runs(source, runs), days, longest_pause(times), missed))
    return found


def longest_pause(times: Sequence[datetime]) -> timedelta | None:
    """The longest pause between times, the oldest first, but for one that may have been an outage; None of too few."""
    pauses = sorted(later - earlier for earlier, later in pairwise(times))
    return pauses[-2] if len(pauses) >= MIN_PAUSES else None


def _by_day(announced: Sequence[Row]) -> dict[date, int]:
    found: dict[date, int] = {}
    for row in announced:
        day = _day_of(row["begins"])
        found[day] = found.get(day, 0) + row["announced"]
    return found


def _unread_runs(source: str, runs: Sequence[Row]) -> int:
    """How many of the last runs, in a row, could not read it."""
    unread = 0
    for run in reversed(runs):
        if not any(warning.startswith(f"{source}{UNREAD}") for warning in run["warnings"]):
            break
        unread += 1
    return unread


def _outcomes(week: Sequence[Row]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in week:
        for outcome, count in _counted(row["outcomes"]).items():
            sums[outcome] = sums.get(outcome, 0) + count
    return sums


def _fill_rates(week: Sequence[Row]) -> dict[str, float]:
    articles = sum(row["published"] for row in week)
    names = [name for row in week[:1] for name in row["fill_rates"]]
    if not articles:
        return {}
    return {name: sum((row["fill_rates"][name] or 0.0) * row["published"] for row in week) / articles for name in names}


def _counted(counts: Mapping[str, int | None]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def _unflattened(row: Row) -> Row:
    """A row whose columns 'fill_rates.…' are one."""
    prefix = "fill_rates."
    return {**row, "fill_rates": {name.removeprefix(prefix): row[name] for name in row if name.startswith(prefix)}}


def _by_site(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["site"], []).append(row)
    return found


def _day_of(moment: datetime) -> date:
    return moment.astimezone(JAKARTA).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), JAKARTA)
