"""A part of the corpus that somebody asks for: rows of a table by site, days of Jakarta, words and a condition, in an
order that is the same each time, and no more of them in memory at once than a site has in a month.
"""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as time_of_day

import pyarrow as pa
from deltalake.exceptions import TableNotFoundError

from pipelines.archive.conditions import IS_COPY_WITH_TEXT, sql
from pipelines.archive.jakarta_days import JAKARTA, months_between, utc_months_of
from pipelines.archive.schema import ARTICLES, DUPLICATES, REVISIONS, Column, Table
from pipelines.archive.tables import Corpus

SELECTABLE = {
    "articles": ARTICLES,
    "copies": DUPLICATES,
    "revisions": REVISIONS,
}
"""What can be selected, by the name that a user has for it."""

ORDER = ("date_published", "article_id", "revision", "reextracted_at NULLS FIRST")
"""Within a part: by time, and where that is equal by what names a version."""


class SelectionError(Exception):
    """What was asked for cannot be selected; the message says why, in one sentence."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a site, and of a month ('YYYY-MM', UTC) where the table is parted by months."""

    site: str
    month: str | None

    def __str__(self) -> str:
        return f"{self.site} {self.month}" if self.month else self.site


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows of one of SELECTABLE. Nothing stated, nothing left out.

    `first_day` and `last_day` are days of Jakarta, both included, on which articles were published. `containing` are
    words that stand in headline or body as they are written here, in small letters or capitals. `where` is a condition
    in SQL on the table's columns. `columns` are those wanted, in that order.
    """

    name: str = ARTICLES.name
    sites: Sequence[str] = ()
    first_day: date | None = None
    last_day: date | None = None
    containing: str | None = None
    where: str | None = None
    columns: Sequence[str] = ()

    @property
    def table(self) -> Table:
        """The table that has the rows.

        Raises SelectionError where there is none of that name.
        """
        if self.name not in SELECTABLE:
            raise SelectionError(f"{self.name} cannot be selected: say {', '.join(SELECTABLE)}")
        return SELECTABLE[self.name]

    @property
    def schema(self) -> pa.Schema:
        """The columns wanted, each with what it means.

        Raises SelectionError where the table lacks one, or one is named twice.
        """
        return pa.schema([column.field(nullable=True) for column in self._columns()])

    def _columns(self) -> Sequence[Column]:
        by_name = {column.name: column for column in self.table.columns}
        for name in self.columns:
            if name not in by_name:
                close = difflib.get_close_matches(name, by_name, n=1)
                hint = f": did you mean {close[0]}?" if close else "; docs/data-format.md names them all"
                raise SelectionError(f"{self.name} have no column {name!r}{hint}")
        if len(set(self.columns)) < len(self.columns):
            raise SelectionError("a column is named twice")
        return [by_name[name] for name in self.columns or by_name]

    def check(self, corpus: Corpus) -> None:
        """Raises SelectionError, with what is wrong, where nothing can be selected so; StorageUnavailable."""
        self._columns()
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise SelectionError(f"the last day, {self.last_day}, is before the first, {self.first_day}")
        try:
            known = {partition["site"] for partition in corpus.open(self.table).partitions()}
        except TableNotFoundError as error:
            raise SelectionError("nothing has been archived yet") from error
        for site in self.sites:
            if site not in known:
                close = difflib.get_close_matches(site, known, n=1)
                hint = f": did you mean {close[0]}?" if close else f"; there are {', '.join(sorted(known)) or 'none'}"
                raise SelectionError(f"there are no {self.name} of a site {site!r}{hint}")
        if self.where is not None:
            try:
                corpus.check_condition(self.table, f"({self.where})")
            except ValueError as error:
                raise SelectionError(f"{self.where!r} is not a condition on {self.name}: {error}") from error

    def parts(self, corpus: Corpus) -> list[Part]:
        """The parts of the table that may have such rows, in order: by site, then by month."""
        months = self._utc_months()
        parts = {
            Part(partition["site"], partition.get("published_month"))
            for partition in corpus.open(self.table).partitions()
        }
        return sorted(
            (
                part
                for part in parts
                if (not self.sites or part.site in self.sites) and (months is None or part.month in {None, *months})
            ),
            key=lambda part: (part.site, part.month or ""),
        )

    def rows(self, corpus: Corpus, part: Part) -> Iterator[pa.Table]:
        """The rows of a part, in the order of ORDER, some at a time, in the columns of `schema`.

        Raises SelectionError where the condition cannot be worked out for a row, and StorageUnavailable.
        """
        schema = self.schema
        try:
            with corpus.reading(self.table, self._condition(part), schema.names, ORDER) as found:
                for batch in found:
                    yield pa.Table.from_batches([batch]).cast(schema)
        except pa.ArrowInvalid as error:
            raise SelectionError(f"{self.where!r} cannot be worked out: {' '.join(str(error).split())}") from error

    def _condition(self, part: Part) -> str:
        conditions = [f"t.site = {sql(part.site)}"]
        if part.month:
            conditions.append(f"t.published_month = {sql(part.month)}")
        if self.table is DUPLICATES:
            conditions.append(IS_COPY_WITH_TEXT)
        if self.first_day:
            conditions.append(f"t.date_published >= {_instant(self.first_day)}")
        if self.last_day:
            conditions.append(f"t.date_published < {_instant(self.last_day + timedelta(days=1))}")
        if self.containing:
            words = sql(self.containing.lower())
            conditions.append(f"(strpos(lower(t.headline), {words}) > 0 OR strpos(lower(t.body), {words}) > 0)")
        if self.where is not None:
            conditions.append(f"({self.where})")
        return " AND ".join(conditions)

    def _utc_months(self) -> set[str] | None:
        """The months of partitions in which the days lie, None for all that there are."""
        if self.first_day is None or self.last_day is None:
            return None
        months = months_between(_begin(self.first_day), _begin(self.last_day))
        return {utc for month in months for utc in utc_months_of(month)}


def _begin(day: date) -> datetime:
    return datetime.combine(day, time_of_day(), JAKARTA)


def _instant(day: date) -> str:
    """When a day begins in Jakarta, as a literal of SQL."""
    return f"TIMESTAMP {sql(_begin(day).isoformat())}"
