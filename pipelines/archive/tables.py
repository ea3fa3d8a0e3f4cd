"""The corpus as Delta tables: what one batch adds, each commit guarded by the batch's transaction id."""

import logging
import random
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, QueryBuilder, Transaction, WriterProperties, write_deltalake
from deltalake import Schema as DeltaSchema
from deltalake.exceptions import CommitFailedError, DeltaError, SchemaMismatchError, TableNotFoundError

from pipelines.archive.bucket import Bucket, StorageDamaged, StorageRefused, StorageUnavailable, reveal
from pipelines.archive.changes import CHANGE_COLUMNS, changes
from pipelines.archive.log_entry import ENTRY_NAME, LogEntry, entry_key, log_prefix
from pipelines.archive.rows import article_part, with_strongest_date
from pipelines.archive.schema import (
    ANNOUNCED,
    ARTICLES,
    DUPLICATES,
    REJECTED,
    REVISIONS,
    RUNS,
    TABLES,
    VERDICTS,
    VISITS,
    Row,
    Table,
    moment,
)
from settings.clock import utc_now
from settings.storage import Storage

logger = logging.getLogger(__name__)

CHECKPOINT_INTERVAL = 5
"""Commits. To open a table reads each entry of its log since the last checkpoint, and to find a transaction does so
once more: with this a run that opens two tables reads a dozen of them at most, with 100 it read up to 400."""

CHECKPOINT_PROPERTY = "delta.checkpointInterval"

MAX_CONFLICT_TRIES = 40
"""A commit that another writer overtook is redone on the newer table. Measured: of 8 sites that delivered
three batches each at the same moment none needed more than 11 in all."""

MAX_CONFLICT_PAUSE_SECONDS = 0.5
"""Pause, at most, between such tries; random, so that two writers do not meet again."""

RETRY_OPTIONS = {"max_retries": "2", "retry_timeout": "20s", "connect_timeout": "5s", "timeout": "60s"}
"""A store that is down is reported within seconds (the library's own default is 180): the spool keeps the batch."""

MAX_FILES_ONE_BY_ONE = 8
"""Files that an entry of a log may name and be looked for by a request each; more are looked up in a list."""

VERSION_COLUMNS = ("text_sha256", "headline", "url")
"""Columns that make a version: an article fetched again with all equal is the same version."""

POINTER_COLUMNS = ("warc_filename", "warc_record_offset", "warc_record_length", "pages")
"""Columns that say where bytes lie, as far as a table has them."""

ROW_KEYS: Mapping[Table, tuple[str, ...]] = {
    ARTICLES: ("article_id", "revision", "fetched_at", "reextracted_at"),
    REVISIONS: ("article_id", "revision", "fetched_at", "reextracted_at"),
    DUPLICATES: ("article_id",),
    REJECTED: (),
    VISITS: ("run", "url", "ended_at"),
    VERDICTS: ("article_id", "given_at"),
}
"""Columns by which a row with its own pages is known, of tables whose rows point to bytes."""

NULLABLE_KEYS = {"reextracted_at": "IS NOT DISTINCT FROM"}
"""How such a column is compared where it may be null."""

IS_COPY_WITH_TEXT = "t.is_article IS NOT TRUE AND t.body IS NOT NULL"
"""Rows of `duplicates` that are copies and have their text, as those of version 1.0 do not."""

BACKTRACE = re.compile(r"\s+0: ")
"""Where the library goes on with the frames of its own code."""

ANSI_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class DamagedOnTheWay(StorageUnavailable):
    """The store has refused bytes that are not those that were sent."""


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether the page of an archived article is there, as a look found: `gone_at` is when it was first found gone, and
    `gone_status` the HTTP status that said so; both None where it is there again. `month` is the article's partition.
    """

    article_id: str
    site: str
    month: str
    gone_at: datetime | None
    gone_status: int | None


@dataclass(frozen=True, slots=True)
class BatchRows:
    """What one batch adds to the corpus.

    `months` are months in which earlier versions of the articles may stand, beside the articles' own.
    `revisits` are the URLs of an article's pages, by article_id, that were captured as `revisit` records: their bytes
    lie where the current version points. `former_duplicates` are article_ids of articles that stood in `duplicates`
    until their text changed, `former_sites` the sites of those of which the batch has no row. `presences` are of
    articles of which `articles` has no new version.
    """

    articles: Sequence[Row] = ()
    duplicates: Sequence[Row] = ()
    rejected: Sequence[Row] = ()
    runs: Sequence[Row] = ()
    visits: Sequence[Row] = ()
    announced: Sequence[Row] = ()
    months: frozenset[str] = frozenset()
    revisits: Mapping[str, Sequence[str]] = field(default_factory=dict)
    former_duplicates: frozenset[str] = frozenset()
    former_sites: frozenset[str] = frozenset()
    presences: Sequence[Presence] = ()


NewAmong = Callable[[Table, int, Sequence[Row]], frozenset[str]]
"""Names those of the rows' articles, by id, that a table cannot have in a version, its newest."""


def none_is_new(_table: Table, _version: int, _rows: Sequence[Row]) -> frozenset[str]:
    """Any article may be in the table already."""
    return frozenset()


def pass_by(_step: str) -> None:
    """Goes past a checkpoint; what a test that ends the process there puts its own in the place of."""


def storage_options(storage: Storage) -> dict[str, str]:
    """The bucket's endpoint and keys as deltalake and Polars want them."""
    options = {
        "AWS_REGION": storage.region,
        "AWS_ENDPOINT_URL": storage.endpoint_url,
        "AWS_ALLOW_HTTP": "true" if (storage.endpoint_url or "").startswith("http://") else None,
        "AWS_ACCESS_KEY_ID": storage.access_key_id,
        "AWS_SECRET_ACCESS_KEY": reveal(storage.secret_access_key),
        "AWS_SESSION_TOKEN": reveal(storage.session_token),
        # The store refuses what the line has damaged; by the signature alone SeaweedFS does not notice.
        "AWS_CHECKSUM_ALGORITHM": "SHA256",
    }
    return {name: value for name, value in options.items() if value}


def table_uri(storage: Storage, table: str) -> str:
    """The URI of a table of the corpus."""
    return f"s3://{storage.bucket}/tables/{table}"


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
        self._last_found: tuple[tuple[str, int, str] | None, int | None] = None, None
        self._read_back: dict[str, tuple[int, bytes]] = {}
        self._checkpoint = checkpoint

    def ensure(self) -> None:
        """Make the tables that are missing, and bring those of an earlier version up to date. Several runs may do so at
        once.
        """
        for table in TABLES.values():
            self._open_for_writing(table)

    def _open_for_writing(self, table: Table) -> DeltaTable:
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
            with _translate_errors(f"make table {table.name}", self._storage):
                self._opened[table.name] = DeltaTable.create(
                    table_uri(self._storage, table.name),
                    table.schema,
                    mode="ignore",
                    name=table.name,
                    description=table.doc,
                    partition_by=list(table.partition_by),
                    configuration={CHECKPOINT_PROPERTY: str(CHECKPOINT_INTERVAL)},
                    storage_options=self._options,
                    # With retries the loser of a race would set up the table once more, over the winner's first rows.
                    commit_properties=CommitProperties(max_commit_retries=0),
                )
        except CommitFailedError:
            logger.info("another run made table %s at the same time", table.name)

    def _grow(self, table: Table) -> None:
        """Give a table that an earlier version made the columns and struct fields it lacks; they are null in its rows.

        A change of the table's metadata alone: no file is rewritten.
        """
        for _ in range(MAX_CONFLICT_TRIES):
            delta = self.open(table)
            try:
                growth = table.growth(pa.schema(delta.schema()))
            except TypeError as error:
                raise StorageRefused(
                    f"table {table.name} in bucket {self._storage.bucket} does not fit this version: {error}; restore "
                    "the table as it was, or run the version that made it"
                ) from error
            is_far_apart = delta.metadata().configuration.get(CHECKPOINT_PROPERTY) != str(CHECKPOINT_INTERVAL)
            if not growth and not is_far_apart:
                return
            try:
                with _translate_errors(f"bring table {table.name} up to date", self._storage):
                    if growth:
                        delta.alter.add_columns(DeltaSchema.from_arrow(pa.schema(growth)).fields)
                    else:
                        delta.alter.set_table_properties({CHECKPOINT_PROPERTY: str(CHECKPOINT_INTERVAL)})
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
        with _translate_errors(f"read table {table.name}", self._storage):
            if table.name not in self._opened:
                self._opened[table.name] = DeltaTable(
                    table_uri(self._storage, table.name), storage_options=self._options
                )
            else:
                self._opened[table.name].update_incremental()
            return self._opened[table.name]

    def commit(self, rows: BatchRows, transaction: Transaction, new_among: NewAmong = none_is_new) -> None:
        """Add a batch. May be repeated after a crash at any point: each table takes a transaction once.

        The articles and links that `new_among` names are appended, and nothing of the table is read for them; the
        others are merged into it.

        Versions that new texts replace, of articles and of copies, are appended to `revisions` before the texts are
        merged into the other tables, so that a crash between the two loses nothing.
        """
        has_articles, has_links = rows.articles or rows.presences, rows.duplicates or rows.former_duplicates
        replaced: list[Row] = []
        if has_articles and not self.has(ARTICLES, transaction):
            replaced += self._replaced(rows, new_among)
        if has_links and not self.has(DUPLICATES, transaction):
            replaced += self._replaced_copies(rows)
        if replaced:
            self._append(REVISIONS, [row | {"replaced_by": "revision"} for row in replaced], transaction)
        if has_articles:
            self._once(ARTICLES, transaction, lambda properties: self._add_articles(rows, properties, new_among))
        if has_links:
            self._once(DUPLICATES, transaction, lambda properties: self._add_duplicates(rows, properties, new_among))
        if rows.rejected:
            self._append(REJECTED, rows.rejected, transaction)
        if rows.visits:
            self._append(VISITS, rows.visits, transaction)
        if rows.announced:
            self._append(ANNOUNCED, rows.announced, transaction)
        if rows.runs:
            self._append(RUNS, rows.runs, transaction)

    def add_runs(self, rows: Sequence[Row], transactions: Sequence[Transaction]) -> None:
        """Add rows of runs of several sites, which wait in batches with these ids, in one commit."""
        first, *others = transactions
        self._once(RUNS, first, lambda properties: self._write(RUNS, rows, properties), others)

    def has(self, table: Table, transaction: Transaction) -> bool:
        """Whether a table has a transaction, or a later one of its sequence."""
        delta = self._open_for_writing(table)
        state = table.name, delta.version(), transaction.app_id
        if self._last_found[0] != state:
            self._last_found = state, self._last_number(table, delta, transaction.app_id)
        committed = self._last_found[1]
        return committed is not None and committed >= transaction.version

    def _last_number(self, table: Table, delta: DeltaTable, app_id: str) -> int | None:
        """The last number of a sequence of transactions that a table has; its log is read for it."""
        with _translate_errors(f"read table {table.name}", self._storage):
            return delta.transaction_version(app_id)

    def without_known(self, rows: BatchRows) -> BatchRows:
        """The rows of a batch that the tables do not have yet, for one of which a delivery may have begun under another
        transaction. A version that is not younger than the one in the table is known.
        """
        articles, duplicates = self._fetched(ARTICLES, rows.articles), self._fetched(DUPLICATES, rows.duplicates)
        rejected = self._known(REJECTED, rows.rejected, "url", "fetched_at", "run")
        runs = self._known(RUNS, rows.runs, "site", "run")
        visits = self._known(VISITS, rows.visits, "run", "url", "ended_at")
        announced = self._known(ANNOUNCED, rows.announced, "run", "url", "source")
        return replace(
            rows,
            articles=[row for row in rows.articles if _is_younger(row, articles)],
            duplicates=[row for row in rows.duplicates if _is_younger(row, duplicates)],
            rejected=[row for row in rows.rejected if _values(row, "url", "fetched_at", "run") not in rejected],
            runs=[row for row in rows.runs if _values(row, "site", "run") not in runs],
            visits=[row for row in rows.visits if _values(row, "run", "url", "ended_at") not in visits],
            announced=[row for row in rows.announced if _values(row, "run", "url", "source") not in announced],
        )

    def _fetched(self, table: Table, rows: Sequence[Row]) -> dict[str, datetime]:
        """When the versions that the table has of the rows' articles were fetched, by article_id."""
        known = self._rows_alike(table, rows, "article_id", ("article_id", "fetched_at"))
        return {row["article_id"]: row["fetched_at"] for row in known}

    def _known(self, table: Table, rows: Sequence[Row], *names: str) -> set[tuple[Any, ...]]:
        """The values of columns in rows of the table that may be among `rows`; the first of `names` finds them."""
        return {_values(row, *names) for row in self._rows_alike(table, rows, names[0], names)}

    def _rows_alike(self, table: Table, rows: Sequence[Row], name: str, columns: Sequence[str]) -> list[Row]:
        if not rows:
            return []
        sites, wanted = sql_list({row["site"] for row in rows}), sql_list({row[name] for row in rows})
        self._open_for_writing(table)
        return self.select(table, f"t.site IN ({sites}) AND t.{name} IN ({wanted})", columns)

    def select(self, table: Table, where: str, columns: Sequence[str] = ()) -> list[Row]:
        """The table's rows for which the SQL condition holds, whole or with some columns; the table is `t` there.

        Columns that the table does not have yet are null.
        """
        delta = self.open(table)
        stored = [field.name for field in delta.schema().fields]
        wanted = dict.fromkeys(columns or [*stored, *(column.name for column in table.columns)])
        selected = ", ".join(f'"{name}"' if name in stored else f'NULL AS "{name}"' for name in wanted)
        # Read through DataFusion: a pyarrow dataset keeps threads that can abort the process at interpreter exit.
        query = QueryBuilder().register("t", delta)
        with _translate_errors(f"read table {table.name}", self._storage):
            found = query.execute(f"SELECT {selected} FROM t WHERE {where}").read_all()  # noqa: S608
        rows: list[Row] = pa.table(found).to_pylist()
        return rows

    def versions(self) -> dict[str, int]:
        """The version of each table that has been opened, by name, as it was last seen."""
        return {name: delta.version() for name, delta in self._opened.items()}

    def log_entry(self, table: str, version: int) -> bytes | None:
        """The entry for a version in a table's log, None where the store has none; what a commit has read back is not
        read again.
        """
        read_back, content = self._read_back.get(table, (None, None))
        return content if read_back == version else self._bucket.find(entry_key(table, version))

    def count(self, table: Table) -> int:
        """How many rows the table has; only its log is read."""
        with _translate_errors(f"read table {table.name}", self._storage):
            counts = pa.table(self.open(table).get_add_actions(flatten=True))["num_records"]
        return sum(counts.to_pylist())

    def count_copies(self) -> int:
        """How many of the rows of `duplicates` are of what is no article of its own."""
        return sum(not row["is_article"] for row in self.select(DUPLICATES, "TRUE", ("is_article",)))

    def months(self, site: str) -> list[str]:
        """The months ('YYYY-MM') in which the site has articles, in order."""
        with _translate_errors(f"read table {ARTICLES.name}", self._storage):
            partitions = self.open(ARTICLES).partitions()
        return sorted({partition["published_month"] for partition in partitions if partition["site"] == site})

    def sites(self) -> list[str]:
        """The sites that have articles, by name."""
        with _translate_errors(f"read table {ARTICLES.name}", self._storage):
            return sorted({partition["site"] for partition in self.open(ARTICLES).partitions()})

    def replace_site(self, table: Table, site: str, rows: Sequence[Row]) -> None:
        """Put `rows` in the place of all that a table partitioned by site has of the site, in one commit.

        Raises CommitFailedError where another writer does the same at the same time.
        """
        delta = self._open_for_writing(table)
        with _translate_errors(f"write table {table.name}", self._storage):
            write_deltalake(delta, self._arrow(table, rows), mode="overwrite", predicate=f"site = {sql(site)}")

    def _arrow(self, table: Table, rows: Sequence[Row]) -> pa.Table:
        """The rows in the columns of a table that is open."""
        return table.arrow(rows, pa.schema(self._opened[table.name].schema()))

    def reextract(self, earlier: Sequence[Row], later: Sequence[Row]) -> None:
        """Replace versions of one site's articles by others that were made of the same pages.

        May be repeated after a crash at any point: `earlier` rows are added to `revisions` unless they are there, then
        `later` ones take their places in `articles`, except where a crawl has put a newer text there since they were
        read. A row that has none of its own among `earlier` is brought up to date in its place and month.
        """
        transaction = self._next_transaction(f"reextract:{later[0]['site']}", ARTICLES, REVISIONS)
        if earlier:
            self._once(REVISIONS, transaction, lambda properties: self._merge_revisions(earlier, properties))
        self._once(ARTICLES, transaction, lambda properties: self._merge_reextracted(earlier, later, properties))

    def add(self, table: Table, row: Row) -> None:
        """Add a row for good."""
        self._append(table, [row], self._next_transaction(f"verdict:{row['site']}", table))

    def take_out(self, row: Row, rejected: Row) -> None:
        """Take a version of an article out of `articles`, with its link to another; `rejected` is what that table is to
        say of it.

        May be repeated after a crash at any point. A newer version that a crawl has brought since stays.
        """
        transaction = self._next_transaction(f"verdict:{row['site']}", ARTICLES, REJECTED, DUPLICATES)
        if not self._known(REJECTED, [rejected], "url", "fetched_at", "run"):
            self._append(REJECTED, [rejected], transaction)
        self._remove_version(row, transaction)
        link = f"site = {sql(row['site'])} AND article_id = {sql(row['article_id'])} AND is_article"
        if self.select(DUPLICATES, link, ("article_id",)):
            self._once(
                DUPLICATES,
                transaction,
                lambda properties: self._opened[DUPLICATES.name].delete(link, commit_properties=properties),
            )

    def _remove_version(self, row: Row, transaction: Transaction) -> None:
        where = (
            f"site = {sql(row['site'])} AND published_month = {sql(row['published_month'])} "
            f"AND article_id = {sql(row['article_id'])} AND revision = {row['revision']}"
        )
        self._once(
            ARTICLES,
            transaction,
            lambda properties: self._opened[ARTICLES.name].delete(where, commit_properties=properties),
        )

    def add_article(self, row: Row) -> None:
        """Add an article, unless `articles` has it."""
        self._once(
            ARTICLES,
            self._next_transaction(f"original:{row['site']}", ARTICLES),
            lambda properties: (
                self._opened[ARTICLES.name]
                .merge(
                    self._arrow(ARTICLES, [row]),
                    f"{_partitions([row])} AND t.article_id = s.article_id",
                    source_alias="s",
                    target_alias="t",
                    commit_properties=properties,
                )
                .when_not_matched_insert_all()
                .execute()
            ),
        )

    def remove_article(self, row: Row) -> None:
        """Take a version of an article out of `articles`. A newer one stays."""
        self._remove_version(row, self._next_transaction(f"original:{row['site']}", ARTICLES))

    def change_links(self, links: Sequence[Row], former_copy: Row | None = None) -> None:
        """Put links in the places of those that the same articles have, and take out that of a copy which is an article
        now; all in one commit.
        """
        rows = BatchRows(
            duplicates=links,
            former_duplicates=frozenset([former_copy["article_id"]] if former_copy else []),
            former_sites=frozenset([former_copy["site"]] if former_copy else []),
        )
        transaction = self._next_transaction(f"original:{links[0]['site']}", DUPLICATES)
        self._once(DUPLICATES, transaction, lambda properties: self._add_duplicates(rows, properties, none_is_new))

    def _next_transaction(self, app_id: str, *tables: Table) -> Transaction:
        """A number that none of the tables has, anew for each try: what makes a repetition harmless is what the tables
        hold. The number only tells, where the answer to a commit was lost, whether it was made.
        """
        last = max(self._last_number(table, self._open_for_writing(table), app_id) or 0 for table in tables)
        return Transaction(app_id, last + 1)

    def _merge_revisions(self, earlier: Sequence[Row], properties: CommitProperties) -> None:
        rows = [row | {"replaced_by": "reextraction"} for row in earlier]
        (
            self._opened[REVISIONS.name]
            .merge(
                self._arrow(REVISIONS, rows),
                f"{_partitions(rows)} AND t.article_id = s.article_id AND t.revision = s.revision "
                "AND t.reextracted_at IS NOT DISTINCT FROM s.reextracted_at",
                source_alias="s",
                target_alias="t",
                commit_properties=properties,
            )
            .when_not_matched_insert_all()
            .execute()
        )

    def _merge_reextracted(self, earlier: Sequence[Row], later: Sequence[Row], properties: CommitProperties) -> None:
        (
            self._opened[ARTICLES.name]
            .merge(
                self._arrow(ARTICLES, later),
                f"{_partitions((*earlier, *later))} AND t.article_id = s.article_id "
                "AND t.revision = s.revision AND t.fetched_at = s.fetched_at",
                source_alias="s",
                target_alias="t",
                commit_properties=properties,
            )
            .when_matched_update_all()
            .execute()
        )

    def partitions(self, table: Table, site: str) -> list[Mapping[str, str]]:
        """The partitions that a table partitioned by site has of one, each as the values of its columns."""
        with _translate_errors(f"read table {table.name}", self._storage):
            found = self.open(table).partitions()
        return sorted((partition for partition in found if partition["site"] == site), key=lambda p: tuple(p.values()))

    def repoint(
        self,
        table: Table,
        partition: Mapping[str, str],
        relocate: Callable[[Row], Row],
        *,
        writer_properties: WriterProperties | None = None,
    ) -> int:
        """Have the rows of a partition point to bytes where `relocate` says that these lie; how many rows that changes.

        May be repeated. Read and written on the same version of the table: what a crawl brings meanwhile stays.
        """
        columns = [c.name for c in table.columns if c.name in (*POINTER_COLUMNS, *ROW_KEYS[table])]
        where = " AND ".join(f"t.{name} = {sql(value)}" for name, value in partition.items())

        keys = [name for name in columns if name != "pages"]

        def changes() -> list[tuple[Row, Row]]:
            both = ((row, relocate(row)) for row in self.select(table, where, columns))
            # One row stands for all that its keys tell from no other.
            return list({_values(row, *keys): (row, moved) for row, moved in both if moved != row}.values())

        def write(properties: CommitProperties) -> None:
            if changed := changes():
                self._merge_pointers(table, where, keys, changed, properties, writer_properties)

        count = len(changes())
        if count:
            self._once(table, self._next_transaction(f"packing:{partition['site']}", table), write)
        return count

    def _merge_pointers(
        self,
        table: Table,
        where: str,
        keys: Sequence[str],
        changed: Sequence[tuple[Row, Row]],
        properties: CommitProperties,
        writer_properties: WriterProperties | None,
    ) -> None:
        stored = pa.schema(self._opened[table.name].schema())
        moving = [name for name in POINTER_COLUMNS if name in stored.names]
        source = pa.table(
            {name: pa.array([row[name] for row, _ in changed], stored.field(name).type) for name in keys}
            | {f"new_{name}": pa.array([new[name] for _, new in changed], stored.field(name).type) for name in moving}
        )
        (
            self._opened[table.name]
            .merge(
                source,
                " AND ".join([where, *(f"t.{name} {NULLABLE_KEYS.get(name, '=')} s.{name}" for name in keys)]),
                source_alias="s",
                target_alias="t",
                commit_properties=properties,
                writer_properties=writer_properties,
            )
            .when_matched_update({name: f"s.new_{name}" for name in moving})
            .execute()
        )

    def remove_revision(self, site: str, article_id: str, revision: int) -> None:
        """Remove from `revisions` what a crawl put there of a version that is the current one again."""
        where = f"site = {sql(site)} AND article_id = {sql(article_id)} AND revision = {revision}"
        with _translate_errors(f"write table {REVISIONS.name}", self._storage):
            self.open(REVISIONS).delete(f"{where} AND replaced_by = 'revision'")

    def _once(
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
                with _translate_errors(f"commit to table {table.name}", self._storage):
                    write(properties)
                if self._is_kept(table, self._opened[table.name].version(), transaction):
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
            with _translate_errors(f"{action} of table {table.name}", self._storage):
                write(delta)
        except CommitFailedError:
            self._opened.pop(table.name)  # it may stand between two versions
            raise
        written = range(before + 1, delta.version() + 1)
        if not all(self._is_kept(table, version) for version in written):
            raise DamagedOnTheWay(f"table {table.name}: the store has kept an entry of its log damaged")

    def _is_kept(self, table: Table, version: int, transaction: Transaction | None = None) -> bool:
        """Whether the store has an entry of the log that was just written as it was written; if not, it is put out of
        force, and what it committed has to be committed again. Whose files are looked for: the entry's that has the
        `transaction`, None for any.
        """
        key = entry_key(table.name, version)
        try:
            content = self._bucket.get(key)
            entry = LogEntry.read(content)
        except KeyError:
            return True  # a store whose reads lag behind
        except ValueError as error:
            self._put_out_of_force(table, key, str(error))
            return False
        is_ours = transaction is None or entry.has(transaction)
        if is_ours and not self._has_files(table, entry.files):
            self._put_out_of_force(table, key, "it names files that are not there")
            return False
        self._read_back[table.name] = version, content
        return True

    def _may_try_again(self, table: Table, error: StorageUnavailable) -> bool:
        """Whether what an error ended may succeed now: the store has refused what the line had damaged, or what was
        damaged in the table's log is out of the way.
        """
        if isinstance(error, DamagedOnTheWay):
            logger.warning("%s; it is sent again", error)
            return True
        return isinstance(error, StorageDamaged) and self._heal(table)

    def _heal(self, table: Table) -> bool:
        """Put the newest entry of a table that cannot be read out of force, if it is that which is damaged; whether it
        was. Whoever wrote it keeps its batch until it has read the entry back, and commits it again. The entry that
        makes a table is removed: a table without a second one holds nothing.
        """
        log = log_prefix(table.name)
        keys = [key for key in self._bucket.list(log) if ENTRY_NAME.fullmatch(key.removeprefix(log))]
        if not keys:
            return False  # the store's lists lag behind
        newest = max(keys)
        try:
            LogEntry.read(self._bucket.get(newest))
        except KeyError:
            return False
        except ValueError as error:
            if newest != entry_key(table.name, 0):
                self._put_out_of_force(table, newest, str(error))
                return True
            if self._bucket.head(entry_key(table.name, 1)):
                return False  # the store's lists lag behind, and the table is in use
            logger.error("the store has kept %s damaged (%s): the table is made anew", newest, error)
            self._bucket.remove(newest)
            self._opened.pop(table.name, None)
            return True
        return False

    def _put_out_of_force(self, table: Table, key: str, damage: str) -> None:
        """Have an entry that says nothing take the place of a damaged one, so that no number is missing."""
        logger.error(
            "the store has kept %s damaged (%s): it is put out of force, its rows are committed again", key, damage
        )
        self._bucket.replace(key, LogEntry.out_of_force(utc_now()), "application/json")
        self._opened.pop(table.name, None)

    def _has_files(self, table: Table, files: Sequence[tuple[str, int]]) -> bool:
        """Whether the store has these files of a table, by path and size."""
        prefix = f"tables/{table.name}/"
        listed: dict[str, int] = {}
        if len(files) > MAX_FILES_ONE_BY_ONE:
            for folder in {path[: path.rfind("/") + 1] for path, _ in files}:
                listed |= self._bucket.objects(f"{prefix}{folder}")
        # Some stores' lists lag behind.
        missed = [(path, size) for path, size in files if listed.get(f"{prefix}{path}") != size]
        found = ((self._bucket.head(f"{prefix}{path}"), size) for path, size in missed)
        return all(head is not None and head.length == size for head, size in found)

    @cached_property
    def _bucket(self) -> Bucket:
        return Bucket(self._storage)

    def _append(self, table: Table, rows: Sequence[Row], transaction: Transaction) -> None:
        self._once(table, transaction, lambda properties: self._write(table, rows, properties))

    def _write(self, table: Table, rows: Sequence[Row], properties: CommitProperties) -> None:
        """Append rows to a table that is open, on exactly the version that it has there."""
        write_deltalake(self._opened[table.name], self._arrow(table, rows), mode="append", commit_properties=properties)

    def _new(self, table: Table, rows: Sequence[Row], new_among: NewAmong) -> frozenset[str]:
        """The ids of those of the rows' articles that a table that is open does not have in this version."""
        return new_among(table, self._opened[table.name].version(), rows)

    def _replaced(self, rows: BatchRows, new_among: NewAmong) -> list[Row]:
        """The current versions that the batch replaces by another text."""
        new = self._new(ARTICLES, rows.articles, new_among)
        later = {row["article_id"]: row for row in rows.articles if row["article_id"] not in new}
        current = self._current(rows, later)
        return [row for key, row in current.items() if not _same_text(row, later[key])]

    def _replaced_copies(self, rows: BatchRows) -> list[Row]:
        """The versions of copies that the batch replaces by another text, in the columns of `articles`."""
        new = {row["article_id"]: row for row in (*rows.articles, *rows.duplicates)}
        copies_again = {row["article_id"] for row in rows.duplicates if (row.get("revision") or 0) > 1}
        if not (changed := (copies_again | rows.former_duplicates) & new.keys()):
            return []
        sites = sql_list({row["site"] for row in new.values()})
        found = self.select(
            DUPLICATES, f"t.site IN ({sites}) AND t.article_id IN ({sql_list(changed)}) AND {IS_COPY_WITH_TEXT}"
        )
        return [article_part(row) for row in found if not _same_text(row, new[row["article_id"]])]

    def _add_articles(self, rows: BatchRows, properties: CommitProperties, new_among: NewAmong) -> None:
        new = self._new(ARTICLES, rows.articles, new_among)
        maybe_known = {row["article_id"] for row in rows.articles} - new
        current = self._current(rows, maybe_known | {seen.article_id for seen in rows.presences})
        added = [_following(row, current.get(row["article_id"]), rows.revisits) for row in rows.articles]
        added += [
            current[seen.article_id] | {"gone_at": seen.gone_at, "gone_status": seen.gone_status}
            for seen in rows.presences
            if seen.article_id in current
        ]
        if not current:
            if added:
                self._write(ARTICLES, added, properties)
            return
        (
            self._opened[ARTICLES.name]
            .merge(
                self._arrow(ARTICLES, added),
                f"{_partitions(current.values())} AND t.article_id IN ({sql_list(current)}) "
                "AND t.article_id = s.article_id",
                source_alias="s",
                target_alias="t",
                commit_properties=properties,
            )
            .when_matched_update_all()
            .when_not_matched_insert_all()
            .execute()
        )

    def _current(self, rows: BatchRows, article_ids: Collection[str]) -> dict[str, Row]:
        """The rows that `articles` has of some of the batch's articles and of those it looked for, by article_id."""
        if not article_ids:
            return {}
        wanted = [row for row in rows.articles if row["article_id"] in article_ids]
        found = self.select(
            ARTICLES,
            f"{_partitions(wanted, rows.presences, rows.months)} AND t.article_id IN ({sql_list(article_ids)})",
        )
        return {row["article_id"]: row for row in found}

    def _add_duplicates(self, rows: BatchRows, properties: CommitProperties, new_among: NewAmong) -> None:
        known = {row["article_id"] for row in rows.duplicates} - self._new(DUPLICATES, rows.duplicates, new_among)
        if not known and not rows.former_duplicates:
            self._write(DUPLICATES, rows.duplicates, properties)
            return
        sites = sql_list({row["site"] for row in (*rows.duplicates, *rows.articles)} | rows.former_sites)
        merge = (
            self._opened[DUPLICATES.name]
            .merge(
                self._arrow(DUPLICATES, rows.duplicates),
                f"t.site IN ({sites}) AND t.article_id = s.article_id",
                source_alias="s",
                target_alias="t",
                commit_properties=properties,
            )
            .when_matched_update_all()
            .when_not_matched_insert_all()
        )
        if rows.former_duplicates:
            merge = merge.when_not_matched_by_source_delete(
                f"t.site IN ({sites}) AND t.article_id IN ({sql_list(rows.former_duplicates)})"
            )
        merge.execute()


def _values(row: Row, *names: str) -> tuple[Any, ...]:
    """Values of a row, of a table or of a journal, which has times as text."""
    return tuple(moment(row[name]) if name.endswith("_at") else row[name] for name in names)


def _is_younger(row: Row, known: Mapping[str, datetime]) -> bool:
    fetched_at, before = moment(row["fetched_at"]), known.get(row["article_id"])
    return before is None or fetched_at is None or fetched_at > before


def _same_text(old: Row, new: Row) -> bool:
    return all(old[name] == new[name] for name in VERSION_COLUMNS)


def _following(new: Row, old: Row | None, revisits: Mapping[str, Sequence[str]]) -> Row:
    """The new version as it follows the old: counted on, first fetch and the stronger date kept, revisited pages
    pointing to their bytes.
    """
    if old is None:
        return new
    new = with_strongest_date(new, old)
    revisited = revisits.get(new["article_id"], ())
    whole = {page["url"]: page for page in old["pages"] if page["url"] in revisited}
    pages = [whole.get(page["url"], page) for page in new["pages"]]
    first = {**pages[0], "http_status": old["http_status"]} if pages[0]["url"] in whole else {}
    is_same = _same_text(old, new)
    return new | {
        "revision": old["revision"] + (not is_same),
        **({name: old[name] for name in CHANGE_COLUMNS} if is_same else changes(new, old)),
        "first_fetched_at": old["first_fetched_at"],
        "pages": pages,
        **{name: value for name, value in first.items() if name != "url"},
    }


def _partitions(rows: Iterable[Row], presences: Iterable[Presence] = (), earlier_months: Collection[str] = ()) -> str:
    """The partitions in which articles stand, as literal values: they keep writers of different sites from conflicting
    with each other.
    """
    places = [
        *((row["site"], row["published_month"]) for row in rows),
        *((seen.site, seen.month) for seen in presences),
    ]
    months = {month for _, month in places} | set(earlier_months)
    return f"t.site IN ({sql_list({site for site, _ in places})}) AND t.published_month IN ({sql_list(months)})"


def sql(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def sql_list(texts: Iterable[str]) -> str:
    """Texts as a list of literals of SQL."""
    return ", ".join(map(sql, sorted(texts)))


@contextmanager
def _translate_errors(action: str, storage: Storage) -> Iterator[None]:
    """Turn the many errors with which deltalake says that the store does not answer into StorageUnavailable, and those
    about a table of another schema into StorageRefused. `action` is what was attempted, as in "cannot <action>".
    """
    try:
        yield
    except (CommitFailedError, TableNotFoundError):
        raise
    except Exception as error:
        kind = _kind_of(error)
        if kind is None:
            raise
        told = BACKTRACE.split(ANSI_COLOUR.sub("", str(error)))[0]
        reason = " ".join(told.split())
        if kind is StorageDamaged:
            reason = f"it is damaged, or the store's lists lag behind: {reason}"
        endpoint = storage.endpoint_url or "AWS S3"
        raise kind(f"cannot {action} in bucket {storage.bucket} at {endpoint}: {reason}") from error


def _kind_of(error: Exception) -> type[StorageUnavailable | StorageRefused] | None:
    """What an error of deltalake's means, None for one that is ours.

    The library raises a bare Exception where reading a file fails, so that the type alone does not tell.
    """
    if isinstance(error, StorageUnavailable | StorageRefused):
        return None
    if isinstance(error, SchemaMismatchError):
        return StorageRefused
    if "<Code>BadDigest</Code>" in str(error):
        return DamagedOnTheWay
    if isinstance(error, OSError) or "Generic S3 error" in str(error):
        return StorageUnavailable
    if isinstance(error, DeltaError) or type(error) is Exception:
        return StorageDamaged
    return None
