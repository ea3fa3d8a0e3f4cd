"""The table `daily` kept up: which months have to be computed anew, and that what cannot be computed any more stays.

With each commit the table notes, as numbers of transactions, from which versions of the other tables it was computed.
What differs in data files between these versions and the newest ones is what has changed since, whoever changed it and
however late: runs, backfills, revisions. Compaction changes files too, so a round of upkeep does it before.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from pipelines.archive.bucket import StorageDamaged
from pipelines.archive.conditions import sql, sql_list
from pipelines.archive.daily_figures import (
    INPUTS,
    LEDGER,
    MONTHS_AFTER,
    MONTHS_BEFORE,
    NO_ARTICLES,
    NO_RUNS,
    SiteDay,
    figures,
)
from pipelines.archive.jakarta_days import month_after, months_between
from pipelines.archive.schema import ANNOUNCED, ARTICLES, DAILY, RUNS, VISITS, Row, Table
from pipelines.archive.tables import Corpus

NOTE = "daily:"
"""What the ids of transactions begin with that note the version of another table, which is named after it."""

TOLD_BY: Mapping[Table, tuple[str, ...]] = {
    RUNS: ("min.started_at", "max.started_at"),
    ARTICLES: ("partition.published_month",),
    ANNOUNCED: ("partition.month",),
    VISITS: ("partition.month",),
}
"""What a log says of a data file that tells which months it bears on."""

RECENT = timedelta(days=7)
"""Whose months are computed anew in any case: what an overview is looked at for."""

MAX_ROWS_AT_ONCE = 20_000
"""That are held in memory until they are written: a month of hundreds of sites, or years of one."""

MIN_LOST_ARTICLES = 10
"""That a site's month had, and of which none is left, before its figures of articles stay as they were: fewer than that
verdicts may have taken out one by one."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a renewal did: `months` that were computed anew, and `days`, rows that are others now."""

    months: int
    days: int


def make_daily(corpus: Corpus) -> None:
    """Make the table where it is missing, and bring those that it is computed from up to date.

    Raises TableNotFoundError where nothing was ever delivered, StorageUnavailable.
    """
    for table in (ARTICLES, RUNS):
        corpus.open(table)
    for table in (*INPUTS, DAILY):
        corpus.open_for_writing(table)


class DailyTable:
    """The table `daily` of a corpus, which has it and all those that it is computed from.

    Every method raises StorageUnavailable.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        for table in (*INPUTS, DAILY):
            corpus.open(table)
        self._version = corpus.version(DAILY)

    def renew(
        self, now: datetime, *, everything: bool = False, progress: Callable[[str], None] = lambda _: None
    ) -> Renewal:
        """Compute anew the months in which something has changed since the last time, or `everything`; `now` is UTC,
        and `progress` is told each month.

        May be broken off anywhere. Rows are replaced by whole months, in one commit as long as they are not very many;
        the last one notes what they were computed from, and one that is not made leaves the work to the next time.

        Raises CommitFailedError where another process was at it meanwhile.
        """
        there = self._all_months()
        notes = {table: self._corpus.version(table) for table in INPUTS}
        is_noted = notes == {table: self._noted(table) for table in INPUTS}
        recent = set(months_between(now - RECENT, now))
        months = sorted(there if everything else there & (self.stale_months() | recent))
        pending: dict[str, list[Row]] = {}
        days = 0
        for month in months:
            if sum(map(len, pending.values())) >= MAX_ROWS_AT_ONCE:
                self._replace(pending)
                pending.clear()
            progress(month)
            rows, changed = self._renewed(month, now)
            if changed or (month == months[-1] and not pending and not is_noted):
                pending[month] = rows
                days += changed
        if pending:
            self._replace(pending, notes)
        return Renewal(len(months), days)

    def differing(self, month: str) -> list[SiteDay]:
        """The sites and days of a month of which the table says something else than what the other tables come to."""
        rows = self._rows(month)
        computed = self._computed(month, rows)
        return sorted(key for key in {*rows, *computed} if not _is_same(rows.get(key), computed.get(key)))

    def months(self) -> set[str]:
        """The months of which the table has rows."""
        return {file["partition.month"] for file in self._corpus.data_files(DAILY, ["partition.month"])}

    def stale_months(self) -> set[str]:
        """The months in which something has changed since the table was last written."""
        found: set[str] = set()
        for table in INPUTS:
            noted, now = self._noted(table), self._corpus.version(table)
            if noted == now:
                continue
            try:
                before = self._files(table, noted) if noted is not None and noted < now else None
            except (StorageDamaged, TableNotFoundError):
                before = None  # the version has expired
            if before is None:
                return self._all_months()
            after = self._files(table)
            changed = [before.get(path) or after[path] for path in before.keys() ^ after.keys()]
            found |= _months_of(table, changed)
        return found

    def _noted(self, table: Table) -> int | None:
        return self._corpus.last_number(DAILY, f"{NOTE}{table.name}")

    def _files(self, table: Table, version: int | None = None) -> Mapping[str, Mapping[str, Any]]:
        """The data files of a table by path."""
        return {file["path"]: file for file in self._corpus.data_files(table, ["path", *TOLD_BY[table]], version)}

    def _all_months(self) -> set[str]:
        """The months of which there is anything to be counted, or to be kept."""
        with_rows = (RUNS, ARTICLES, ANNOUNCED)
        return self.months().union(*(_months_of(table, self._files(table).values()) for table in with_rows))

    def _rows(self, month: str) -> dict[SiteDay, Row]:
        rows = self._corpus.select(DAILY, f"t.month = {sql(month)}")
        return {(row["site"], row["day"]): row for row in rows}

    def _computed(self, month: str, rows: Mapping[SiteDay, Row]) -> dict[SiteDay, Row]:
        """What the month's rows should be, where they are `rows`."""
        computed = figures(self._corpus, month, also=rows)
        lost = _sites_that_lost_their_articles(rows, computed)
        kept = {key: _kept(rows.get(key), row, keeps_articles=key[0] in lost) for key, row in computed.items()}
        return {key: row for key, row in kept.items() if row["runs"] or row["published"] or row["announced"]}

    def _renewed(self, month: str, now: datetime) -> tuple[list[Row], int]:
        """The month's rows as they should be, and how many of them are others than they were, or are there no more."""
        before = self._rows(month)
        after = self._computed(month, before)
        same = {key for key in before.keys() & after.keys() if _is_same(before[key], after[key])}
        rows = [before[key] if key in same else row | {"computed_at": now} for key, row in after.items()]
        return rows, len(before.keys() | after.keys()) - len(same)

    def _replace(self, months: Mapping[str, list[Row]], notes: Mapping[Table, int] | None = None) -> None:
        properties = CommitProperties(
            app_transactions=[Transaction(f"{NOTE}{table.name}", version) for table, version in (notes or {}).items()],
            max_commit_retries=0,
        )

        def write(delta: DeltaTable) -> None:
            # On the version that was read: else the notes could be newer than rows that another process has put there.
            if delta.version() != self._version:
                raise CommitFailedError("another process has written to the table")
            rows = [row for rows in months.values() for row in rows]
            self._corpus.overwrite(DAILY, rows, f"month IN ({sql_list(months)})", properties)

        self._corpus.rearrange(DAILY, "write the days", write)
        self._version = self._corpus.version(DAILY)


def _months_of(table: Table, files: Iterable[Mapping[str, Any]]) -> set[str]:
    """The months of Jakarta on whose figures data files of a table bear."""
    return {month for file in files for month in _months_of_file(table, file)}


def _months_of_file(table: Table, file: Mapping[str, Any]) -> Iterator[str]:
    if table is RUNS:
        yield from months_between(file["min.started_at"], file["max.started_at"])
        return
    month = file["partition.published_month" if table is ARTICLES else "partition.month"]
    first, last = (-MONTHS_AFTER, MONTHS_BEFORE) if table is VISITS else (0, 1)
    yield from (month_after(month, count) for count in range(first, last + 1))


def _sites_that_lost_their_articles(before: Mapping[SiteDay, Row], after: Mapping[SiteDay, Row]) -> set[str]:
    """The sites that had many articles in the month of these rows, and have none at all there now."""

    def published(rows: Mapping[SiteDay, Row]) -> dict[str, int]:
        by_site = groupby(sorted(rows), key=lambda key: key[0])
        return {site: sum(rows[key]["published"] for key in keys) for site, keys in by_site}

    now = published(after)
    return {site for site, count in published(before).items() if count >= MIN_LOST_ARTICLES and not now.get(site)}


def _kept(before: Row | None, after: Row, *, keeps_articles: bool) -> Row:
    """A day's figures as they are computed, but those that the tables have lost the rows of: what runs and ledger said
    has happened, and is never less than before.
    """
    if before is None:
        return after
    kept: list[str] = []
    if before["runs"] > after["runs"]:
        kept += NO_RUNS
    if any((before[name] or 0) > (after[name] or 0) for name in LEDGER if name != "announced_missing"):
        kept += LEDGER
    if keeps_articles:
        kept += NO_ARTICLES
    return after | {name: before[name] for name in kept}


def _is_same(one: Row | None, other: Row | None) -> bool:
    """Whether two rows say the same, whenever they were computed."""
    if one is None or other is None:
        return one is other
    names = [column.name for column in DAILY.columns if column.name != "computed_at"]
    return all(one[name] == other[name] for name in names)
