"""The corpus as Delta tables: made, brought up to date, asked, and committed to under the id of a transaction."""

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from operator import itemgetter
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, QueryBuilder, Transaction, WriterProperties, write_deltalake
from deltalake import Schema as DeltaSchema
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.table import TableMerger

from pipelines.archive.bucket import Bucket, StorageDamaged, StorageRefused, StorageUnavailable
from pipelines.archive.conditions import sql, sql_list
from pipelines.archive.delta_errors import DamagedOnTheWay, translated_errors
from pipelines.archive.kept_entries import KeptEntries
from pipelines.archive.schema import ARTICLES, COMMENT, DUPLICATES, TABLES, Row, Table, moment
from pipelines.archive.table_location import storage_options, table_uri
from settings.storage import Storage

logger = logging.getLogger(__name__)

CHECKPOINT_INTERVAL = 5
"""Commits. To open a table reads each entry of its log since the last checkpoint, and to find a transaction does so
once more: with this a run that opens two tables reads a dozen of them at most, with 100 it read up to 400."""

CHECKPOINT_PROPERTY = "delta.checkpointInterval"

STATISTICS_PROPERTY = "delta.dataSkippingStatsColumns"
"""Columns whose least and greatest values stand in a table's log, for each data file. To open a table reads them all:
of 3,000 files that took 55 ms of CPU with those of 32 columns, as is usual, and takes 20 with those of times and days,
by which readers leave files out. No beginning of a text stands in the log either.
"""

MAX_CONFLICT_TRIES = 40
"""A commit that another writer overtook is redone on the newer table. Measured: of 8 sites that delivered
three batches each at the same moment none needed more than 11 in all."""

MAX_CONFLICT_PAUSE_SECONDS = 0.5
"""Pause, at most, between such tries; random, so that two writers do not meet again."""

MAX_READINGS = 4
"""Readings of rows that are to be written back. Nothing is written by a line on which no two in a row agree."""

RETRY_OPTIONS = {"max_retries": "2", "retry_timeout": "20s", "connect_timeout": "5s", "timeout": "60s"}
"""A store that is down is reported within seconds (the library's own default is 180): the spool keeps the batch."""


def pass_by(_step: str) -> None:
    """Goes past a checkpoint; what a test that ends the process there puts its own in the place of."""


class Corpus:
    """The Delta tables of one bucket. Each is opened once and then kept up to date, which is far faster than opening.

    Tables of earlier versions are read as they are, and get the columns and struct fields they lack before they are
    written to; those of later versions keep theirs.

    `checkpoint` is told the name of each table that a batch or a re-extraction has been committed to.

    Every method raises StorageUnavailable where the store does not answer, and every method that writes StorageRefused
    where a table's columns are of other types than this version's.
    """

    def __init__(self, storage: Storage, checkpoint: Callable[[str], None] = pass_by) -> None:
        self._storage = storage
        self._options = storage_options(storage) | RETRY_OPTIONS
        self._opened: dict[str, DeltaTable] = {}
        self._current_schema: set[str] = set()
        self._last_found: dict[str, tuple[tuple[int, str], int | None]] = {}
        self._checkpoint = checkpoint

    def ensure(self) -> None:
        """Make the tables that are missing, and bring those of an earlier version up to date. Several runs may do so at
        once.
        """
        for table in TABLES.values():
            self.open_for_writing(table)

    def open_for_writing(self, table: Table) -> DeltaTable:
        """The table in its newest version, made or brought up to date where that has to be."""
        if table.name not in self._current_schema:
            try:
                self._bring_up_to_date(table)
            except StorageUnavailable as error:
                if not self._may_try_again(table, error):
                    raise
                self._bring_up_to_date(table)
            self._current_schema.add(table.name)
        return self.open(table)

    def _bring_up_to_date(self, table: Table) -> None:
        try:
            self._grow(table)
        except TableNotFoundError:
            try:
                self._make(table)
                self._grow(table)  # where another version was faster
            except TableNotFoundError as error:
                raise StorageDamaged(
                    f"table {table.name} in bucket {self._storage.bucket} is there and the store does not list it: "
                    "its lists lag behind; what waits in the spool is delivered once they have caught up"
                ) from error

    def _make(self, table: Table) -> None:
        try:
            with translated_errors(f"make table {table.name}", self._storage):
                self._opened[table.name] = DeltaTable.create(
                    table_uri(self._storage, table.name),
                    table.documented_schema,
                    mode="ignore",
                    name=table.name,
                    description=table.doc,
                    partition_by=list(table.partition_by),
                    configuration=table_properties(table),
                    storage_options=self._options,
                    # With retries the loser of a race would set up the table once more, over the winner's first rows.
                    commit_properties=CommitProperties(max_commit_retries=0),
                )
        except CommitFailedError:
            logger.info("another run made table %s at the same time", table.name)

    def _grow(self, table: Table) -> None:
        """Give a table that an earlier version made the columns and struct fields it lacks, which are null in its rows,
        and what this version says of each column.

        A change of the table's metadata alone: no file is rewritten.
        """
        for _ in range(MAX_CONFLICT_TRIES):
            delta = self.open(table)
            stored = pa.schema(delta.schema())
            try:
                growth = table.growth(stored)
            except TypeError as error:
                raise StorageRefused(
                    f"table {table.name} in bucket {self._storage.bucket} does not fit this version: {error}; restore "
                    "the table as it was, or run the version that made it"
                ) from error
            is_far_apart = delta.metadata().configuration.get(CHECKPOINT_PROPERTY) != str(CHECKPOINT_INTERVAL)
            reworded = table.reworded(stored)
            if not growth and not is_far_apart and not reworded:
                return
            try:
                with translated_errors(f"bring table {table.name} up to date", self._storage):
                    if growth:
                        delta.alter.add_columns(DeltaSchema.from_arrow(pa.schema(growth)).fields)
                    elif is_far_apart:
                        delta.alter.set_table_properties({CHECKPOINT_PROPERTY: str(CHECKPOINT_INTERVAL)})
                    for column in reworded:
                        delta.alter.set_column_metadata(column.name, {COMMENT: column.doc})
            except CommitFailedError as conflict:
                logger.info("another writer of table %s was faster: %s", table.name, conflict)
                time.sleep(random.uniform(0, MAX_CONFLICT_PAUSE_SECONDS))  # noqa: S311
            else:
                logger.info("table %s was brought up to date: %s", table.name, [field.name for field in growth])
        raise StorageUnavailable(
            f"table {table.name} was too busy: {MAX_CONFLICT_TRIES} tries to bring it up to date met other writers"
        )

    def open(self, table: Table) -> DeltaTable:
        """The table in its newest version."""
        with translated_errors(f"read table {table.name}", self._storage):
            if table.name not in self._opened:
                self._opened[table.name] = DeltaTable(
                    table_uri(self._storage, table.name), storage_options=self._options
                )
            else:
                self._opened[table.name].update_incremental()
            return self._opened[table.name]

    def has(self, table: Table, transaction: Transaction) -> bool:
        """Whether a table has a transaction, or a later one of its sequence."""
        delta = self.open_for_writing(table)
        state = delta.version(), transaction.app_id
        if self._last_found.get(table.name, (None, None))[0] != state:
            self._last_found[table.name] = state, self.last_number(table, transaction.app_id)
        committed = self._last_found[table.name][1]
        return committed is not None and committed >= transaction.version

    def last_number(self, table: Table, app_id: str) -> int | None:
        """The last number of a sequence of transactions that a table that is open has; its log is read for it."""
        with translated_errors(f"read table {table.name}", self._storage):
            return self._opened[table.name].transaction_version(app_id)

    def known(self, table: Table, rows: Sequence[Row], *names: str) -> set[tuple[Any, ...]]:
        """The values of columns in rows of the table that may be among `rows`; the first of `names` finds them."""
        return {row_values(row, *names) for row in self.rows_alike(table, rows, names[0], names)}

    def rows_alike(self, table: Table, rows: Sequence[Row], name: str, columns: Sequence[str]) -> list[Row]:
        """Rows of the table that are of the sites of `rows` and have the value of one of them in the column `name`."""
        if not rows:
            return []
        sites, wanted = sql_list({row["site"] for row in rows}), sql_list({row[name] for row in rows})
        self.open_for_writing(table)
        return self.select(table, f"t.site IN ({sites}) AND t.{name} IN ({wanted})", columns)

    def select(self, table: Table, where: str, columns: Sequence[str] = ()) -> list[Row]:
        """The table's rows for which the SQL condition holds, whole or with some columns; the table is `t` there.

        Columns that the table does not have yet are null.
        """
        with self.reading(table, where, columns) as found:
            rows: list[Row] = found.read_all().to_pylist()
        return rows

    @contextmanager
    def reading(
        self, table: Table, where: str, columns: Sequence[str] = (), order_by: Sequence[str] = ()
    ) -> Iterator[pa.RecordBatchReader]:
        """The same rows while they are read, batch by batch, in the order of some columns."""
        delta = self.open(table)
        stored = [field.name for field in delta.schema().fields]
        wanted = dict.fromkeys(columns or [*stored, *(column.name for column in table.columns)])
        selected = ", ".join(f'"{name}"' if name in stored else f'NULL AS "{name}"' for name in wanted)
        order = f" ORDER BY {', '.join(order_by)}" if order_by else ""
        # Read through DataFusion: a pyarrow dataset keeps threads that can abort the process at interpreter exit.
        query = QueryBuilder().register("t", delta)
        with translated_errors(f"read table {table.name}", self._storage):
            found = query.execute(f"SELECT {selected} FROM t WHERE {where}{order}")  # noqa: S608
            yield pa.RecordBatchReader.from_stream(found)

    def check_condition(self, table: Table, where: str) -> None:
        """Raises ValueError, which says why, where `where` is not a condition on the table's columns in SQL."""
        query = QueryBuilder().register("t", self.open(table))
        try:
            query.execute(f"SELECT 1 FROM t WHERE {where}")  # noqa: S608
        except DeltaError as error:
            reason = str(error).split(" Valid fields are ")[0].split(" at Line: ")[0]
            raise ValueError(" ".join(reason.split())) from error

    def select_twice(self, table: Table, where: str) -> list[Row]:
        """The table's whole rows for which the SQL condition holds, of articles, as two readings have them that agree.

        For what is written back, or kept because another text replaces it: data files have no checksums that the
        library looks at, and a bit that the line turned can hide a row, or change it, without any error.

        Raises StorageDamaged where no two of MAX_READINGS in a row agree.
        """
        before: list[Row] | None = None
        for _ in range(MAX_READINGS):
            found = sorted(self.select(table, where), key=itemgetter("article_id"))
            if found == before:
                return found
            if before is not None:
                logger.warning("two readings of table %s differ; it is read again", table.name)
            before = found
        raise StorageDamaged(f"table {table.name} reads differently each time")

    def query(self, tables: Sequence[Table], query: str) -> list[Row]:
        """What a query in SQL over the tables, by their names, finds in the newest version of each. They have the
        columns that it names.
        """
        builder = QueryBuilder()
        for table in tables:
            builder.register(table.name, self.open(table))
        with translated_errors(f"read table {tables[0].name}", self._storage):
            rows: list[Row] = pa.table(builder.execute(query).read_all()).to_pylist()
        return rows

    def data_files(self, table: Table, columns: Sequence[str], version: int | None = None) -> list[Row]:
        """The data files of a table's newest version, or of an earlier one: of each these `columns` of the flattened
        add actions of its log, those that it has.

        Raises StorageDamaged or TableNotFoundError where that version cannot be read any more.
        """
        with translated_errors(f"read table {table.name}", self._storage):
            if version is None:
                delta = self.open(table)
            else:
                delta = DeltaTable(table_uri(self._storage, table.name), version=version, storage_options=self._options)
            found = pa.table(delta.get_add_actions(flatten=True))
        files: list[Row] = found.select([name for name in columns if name in found.column_names]).to_pylist()
        return files

    def versions(self) -> dict[str, int]:
        """The version of each table that has been opened, by name, as it was last seen."""
        return {name: delta.version() for name, delta in self._opened.items()}

    def version(self, table: Table) -> int:
        """The version in which a table is open."""
        return self._opened[table.name].version()

    def log_entry(self, table: str, version: int) -> bytes | None:
        """The entry for a version in a table's log, None where the store has none; what a commit has read back is not
        read again.
        """
        return self._entries.find(table, version)

    def count(self, table: Table) -> int:
        """How many rows the table has; only its log is read."""
        return sum(file["num_records"] for file in self.data_files(table, ["num_records"]))

    def count_copies(self) -> int:
        """How many of the rows of `duplicates` are of what is no article of its own."""
        return sum(not row["is_article"] for row in self.select(DUPLICATES, "TRUE", ("is_article",)))

    def months(self, site: str) -> list[str]:
        """The months ('YYYY-MM') in which the site has articles, in order."""
        with translated_errors(f"read table {ARTICLES.name}", self._storage):
            partitions = self.open(ARTICLES).partitions()
        return sorted({partition["published_month"] for partition in partitions if partition["site"] == site})

    def sites(self) -> list[str]:
        """The sites that have articles, by name."""
        with translated_errors(f"read table {ARTICLES.name}", self._storage):
            return sorted({partition["site"] for partition in self.open(ARTICLES).partitions()})

    def replace_site(self, table: Table, site: str, rows: Sequence[Row]) -> None:
        """Put `rows` in the place of all that a table partitioned by site has of the site, in one commit.

        Raises CommitFailedError where another writer does the same at the same time.
        """
        delta = self.open_for_writing(table)
        with translated_errors(f"write table {table.name}", self._storage):
            write_deltalake(delta, self._arrow(table, rows), mode="overwrite", predicate=f"site = {sql(site)}")

    def _arrow(self, table: Table, rows: Sequence[Row]) -> pa.Table:
        """The rows in the columns of a table that is open."""
        return table.arrow(rows, self.stored_schema(table))

    def add(self, table: Table, row: Row) -> None:
        """Add a row for good."""
        self.append(table, [row], self.next_transaction(f"verdict:{row['site']}", table))

    def next_transaction(self, app_id: str, *tables: Table) -> Transaction:
        """A number that none of the tables has, anew for each try: what makes a repetition harmless is what the tables
        hold. The number only tells, where the answer to a commit was lost, whether it was made.
        """
        for table in tables:
            self.open_for_writing(table)
        last = max(self.last_number(table, app_id) or 0 for table in tables)
        return Transaction(app_id, last + 1)

    def partitions(self, table: Table, site: str) -> list[Mapping[str, str]]:
        """The partitions that a table partitioned by site has of one, each as the values of its columns."""
        with translated_errors(f"read table {table.name}", self._storage):
            found = self.open(table).partitions()
        return sorted((partition for partition in found if partition["site"] == site), key=lambda p: tuple(p.values()))

    def once(
        self,
        table: Table,
        transaction: Transaction,
        write: Callable[[CommitProperties], object],
        others: Sequence[Transaction] = (),
    ) -> None:
        """Commit by `write`, with `others` beside it, where the table does not have the transaction yet.

        That is read anew before every try: a commit whose answer was lost is seen as a conflict with itself.
        """
        # The library's own retries are off: they would not look whether what was in the way is this very commit.
        properties = CommitProperties(app_transactions=[transaction, *others], max_commit_retries=0)
        for _ in range(MAX_CONFLICT_TRIES):
            try:
                if self.has(table, transaction):
                    return
                with translated_errors(f"commit to table {table.name}", self._storage):
                    write(properties)
                if self._is_kept(table, self.version(table), transaction):
                    self._checkpoint(table.name)
                    return
            except CommitFailedError as conflict:
                logger.info("another writer of table %s was faster: %s", table.name, conflict)
                time.sleep(random.uniform(0, MAX_CONFLICT_PAUSE_SECONDS))  # noqa: S311
            except StorageUnavailable as error:
                if not self._may_try_again(table, error):
                    raise
        raise StorageUnavailable(
            f"table {table.name} was too busy: {MAX_CONFLICT_TRIES} tries to commit met other writers"
        )

    def rearrange(self, table: Table, action: str, write: Callable[[DeltaTable], object]) -> None:
        """Have `write` change how the store keeps a table, and nothing of what it says. `action` is what that does, as
        in "cannot <action>".

        Raises DamagedOnTheWay where the store did not keep it as it was written, and CommitFailedError where another
        writer was faster: nothing has changed then, and it may be tried again.
        """
        delta = self.open(table)
        before = delta.version()
        try:
            with translated_errors(f"{action} of table {table.name}", self._storage):
                write(delta)
        except CommitFailedError:
            self._opened.pop(table.name)  # it may stand between two versions
            raise
        written = range(before + 1, delta.version() + 1)
        if not all(self._is_kept(table, version) for version in written):
            raise DamagedOnTheWay(f"table {table.name}: the store has kept an entry of its log damaged")

    def _may_try_again(self, table: Table, error: StorageUnavailable) -> bool:
        """Whether what an error ended may succeed now: the store has refused what the line had damaged, or what was
        damaged in the table's log is out of the way.
        """
        if isinstance(error, DamagedOnTheWay):
            logger.warning("%s; it is sent again", error)
            return True
        if isinstance(error, StorageDamaged) and self._entries.heal(table.name):
            self._opened.pop(table.name, None)
            return True
        return False

    def _is_kept(self, table: Table, version: int, transaction: Transaction | None = None) -> bool:
        """Whether the store has the entry of a version as it was written; what it committed is out of force else."""
        if self._entries.is_kept(table.name, version, transaction):
            return True
        self._opened.pop(table.name, None)
        return False

    @cached_property
    def bucket(self) -> Bucket:
        """The bucket that the tables lie in."""
        return Bucket(self._storage)

    @cached_property
    def _entries(self) -> KeptEntries:
        return KeptEntries(self.bucket)

    def append(self, table: Table, rows: Sequence[Row], transaction: Transaction) -> None:
        """Add rows, once."""
        self.once(table, transaction, lambda properties: self.write(table, rows, properties))

    def write(self, table: Table, rows: Sequence[Row], properties: CommitProperties) -> None:
        """Append rows to a table that is open, on exactly the version that it has there."""
        write_deltalake(self._opened[table.name], self._arrow(table, rows), mode="append", commit_properties=properties)

    def overwrite(self, table: Table, rows: Sequence[Row], condition: str, properties: CommitProperties) -> None:
        """Put rows in the place of those for which a condition holds, in a table that is open, on exactly the version
        that it has there.
        """
        write_deltalake(
            self._opened[table.name],
            self._arrow(table, rows),
            mode="overwrite",
            predicate=condition,
            commit_properties=properties,
        )

    def merge(
        self,
        table: Table,
        source: Sequence[Row] | pa.Table,
        condition: str,
        properties: CommitProperties,
        *,
        writer_properties: WriterProperties | None = None,
    ) -> TableMerger:
        """A merge of rows, `s`, into a table that is open, `t`, on exactly the version that it has there."""
        return self._opened[table.name].merge(
            source if isinstance(source, pa.Table) else self._arrow(table, source),
            condition,
            source_alias="s",
            target_alias="t",
            commit_properties=properties,
            writer_properties=writer_properties,
        )

    def delete(self, table: Table, condition: str, properties: CommitProperties) -> None:
        """Delete rows of a table that is open, on exactly the version that it has there."""
        self._opened[table.name].delete(condition, commit_properties=properties)

    def update(self, table: Table, condition: str, values: Mapping[str, str], properties: CommitProperties) -> None:
        """Set columns of rows of a table that is open to values, in SQL, on exactly the version that it has there."""
        self._opened[table.name].update(dict(values), predicate=condition, commit_properties=properties)

    def stored_schema(self, table: Table) -> pa.Schema:
        """The columns that a table that is open has in the bucket, without what it says of them: data files would
        repeat it, 10 KB in each.
        """
        stored = pa.schema(self._opened[table.name].schema())
        return pa.schema([field.remove_metadata() for field in stored])


def table_properties(table: Table) -> dict[str, str]:
    """The properties of a table that are not Delta's usual ones (Delta protocol)."""
    times = [column.name for column in table.columns if pa.types.is_temporal(column.type)]
    return {CHECKPOINT_PROPERTY: str(CHECKPOINT_INTERVAL), STATISTICS_PROPERTY: ",".join(times)}


def row_values(row: Row, *names: str) -> tuple[Any, ...]:
    """Values of a row, of a table or of a journal, which has times as text."""
    return tuple(moment(row[name]) if name.endswith("_at") else row[name] for name in names)
