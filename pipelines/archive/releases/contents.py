"""The data files of a release: a month of Jakarta as plain Parquet, and what is counted of it, site by site."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.exceptions import TableNotFoundError

from pipelines.archive.conditions import sql
from pipelines.archive.jakarta_days import span_of
from pipelines.archive.schema import DAILY, WATCHED_FIELDS, Table
from pipelines.archive.selection import SELECTABLE, Selection
from pipelines.archive.tables import Corpus

FILES: Mapping[str, str] = MappingProxyType({name: f"{name}.parquet" for name in SELECTABLE})
"""The data files, by what they hold."""

ROW_GROUP_ROWS = 5_000
"""Some 10 MB each: readers skip those of other sites and days by their statistics, and fetch what is left at once."""

JAKARTA_OFFSET = pa.scalar(timedelta(hours=7), pa.duration("us"))


@dataclass(slots=True)
class SiteContents:
    """What a release has of a site: rows by the name of their file, and how many of the articles have each field."""

    rows: dict[str, int] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)

    def fill_rates(self) -> dict[str, float]:
        """Share (0 to 1) of the articles that have each field; empty without any."""
        articles = self.rows.get("articles", 0)
        return {name: count / articles for name, count in self.filled.items()} if articles else {}


@dataclass(slots=True)
class Contents:
    """What a release holds, by site. `as_of` is when the last of its pages was fetched, or read anew: UTC, None without
    any.
    """

    sites: dict[str, SiteContents] = field(default_factory=dict)
    as_of: datetime | None = None

    def count(self, name: str) -> int:
        """The rows of the file `name`, of all sites."""
        return sum(site.rows.get(name, 0) for site in self.sites.values())


@dataclass(frozen=True, slots=True)
class Coverage:
    """What became of what a site announced in a month: URLs, by the ledger. Of those `announced`, `archived` are
    articles, `refused` were looked at and are none, `missing` were not looked at; null where the ledger does not reach.
    `robots`, `rights` and `http_error` are looks of the month that ended so, whenever their URLs were announced.
    """

    site: str
    announced: int | None
    archived: int | None
    refused: int | None
    missing: int | None
    runs: int
    failed_runs: int
    looked_at: int
    rejected: int
    robots: int
    rights: int
    http_error: int

    def values(self) -> dict[str, str | int | None]:
        """By the names of columns."""
        return asdict(self)


def release_schema(table: Table) -> pa.Schema:
    """The columns of a data file, each with what it means."""
    return pa.schema([column.field(nullable=not column.required) for column in table.columns])


def write_contents(corpus: Corpus, month: str, folder: Path) -> Contents:
    """Write the data files of a month ('YYYY-MM', of Jakarta) to a folder: rows sorted by site, time and article, the
    same bytes for the same rows.

    Raises SelectionError where nothing has been archived, StorageUnavailable.
    """
    first, after = (moment + timedelta(hours=7) for moment in span_of(month))
    contents = Contents()
    for name, file in FILES.items():
        selection = Selection(name, first_day=first.date(), last_day=after.date() - timedelta(days=1))
        selection.check(corpus)
        schema = release_schema(selection.table)
        with pq.ParquetWriter(folder / file, schema, compression="zstd", compression_level=9) as writer:
            for part in selection.parts(corpus):
                for rows in selection.rows(corpus, part):
                    if rows.num_rows:
                        site = contents.sites.setdefault(part.site, SiteContents())
                        _count(site, name, rows)
                        contents.as_of = max(filter(None, (contents.as_of, _latest(rows))), default=None)
                        writer.write_table(_with_days(rows).cast(schema), row_group_size=ROW_GROUP_ROWS)
    return contents


def coverage_of(corpus: Corpus, month: str) -> list[Coverage]:
    """What became of what each site announced in a month, by the table `daily`, in order of the sites' names; empty
    where no upkeep has made that table yet.

    Raises StorageUnavailable.
    """
    outcomes = ", ".join(
        f"sum(outcomes['{name}']) AS {name}" for name in ("rejected", "robots", "rights", "http_error")
    )
    query = (
        "SELECT site, sum(announced) AS announced, sum(announced_archived) AS archived, "  # noqa: S608
        "sum(announced_looked_at) - sum(announced_archived) AS refused, sum(announced_missing) AS missing, "
        f"sum(runs) AS runs, sum(failed_runs) AS failed_runs, sum(looked_at) AS looked_at, {outcomes} "
        f"FROM daily WHERE month = {sql(month)} GROUP BY site ORDER BY site"
    )
    try:
        return [Coverage(**row) for row in corpus.query([DAILY], query)]
    except TableNotFoundError:
        return []


def _count(site: SiteContents, name: str, rows: pa.Table) -> None:
    site.rows[name] = site.rows.get(name, 0) + rows.num_rows
    if name != "articles":
        return
    for watched in WATCHED_FIELDS:
        column = rows[watched]
        values = pc.list_value_length(column) if pa.types.is_list(column.type) else column
        empty = 0 if pa.types.is_list(column.type) else ("" if pa.types.is_string(column.type) else None)
        has = pc.is_valid(values) if empty is None else pc.not_equal(values, empty)
        site.filled[watched] = site.filled.get(watched, 0) + (pc.sum(has).as_py() or 0)


def _with_days(rows: pa.Table) -> pa.Table:
    """The rows with their day of Jakarta, which those of version 1.0 lack."""
    index = rows.schema.get_field_index("published_day")
    days = pc.add(rows["date_published"].cast(pa.timestamp("us")), JAKARTA_OFFSET).cast(pa.date32(), safe=False)
    return rows.set_column(index, rows.schema.field(index), days)


def _latest(rows: pa.Table) -> datetime | None:
    moments = [pc.max(rows[name]).as_py() for name in ("fetched_at", "reextracted_at")]
    return max((moment for moment in moments if moment), default=None)
