"""Data files of earlier versions that hold rows which were taken down are removed, and with them what logs say of them.

Statistics in a table's log quote the first letters of its texts: those of files that are not of the newest version lose
them, in their places, so that whoever reads the log from an earlier version on still finds every entry. What the newest
version says is in a new checkpoint, and the earlier checkpoints go: so does time travel to before.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from pipelines.archive.bucket import Bucket, StorageUnavailable
from pipelines.archive.bucket_identity import committed_versions
from pipelines.archive.delta_errors import DamagedOnTheWay
from pipelines.archive.log_entry import CHECKPOINT, ENTRY_NAME, log_prefix
from pipelines.archive.schema import Table
from pipelines.archive.tables import CHECKPOINT_INTERVAL, CHECKPOINT_PROPERTY, Corpus
from pipelines.archive.takedown.row_removal import TOUCHED
from pipelines.archive.takedown_scope import Scope
from pipelines.archive.text_windows import WindowSearch
from pipelines.archive.tombstones import Tombstone
from pipelines.index.database import Index
from pipelines.index.fingerprints import article_id

THREADS = 8
"""That read entries of logs: each waits for the store."""

MAX_TRIES = 10
"""To write to a table that crawls of other sites write to as well."""


class TableFiles:
    """The files of the tables that a takedown has touched, once its rows are taken out of the newest versions."""

    def __init__(
        self, bucket: Bucket, corpus: Corpus, index: Index, tombstone: Tombstone, checkpoint: Callable[[str], None]
    ) -> None:
        self._bucket = bucket
        self._corpus = corpus
        self._index = index
        self._tombstone = tombstone
        self._search = WindowSearch({digest for text in tombstone.texts for digest in text})
        self._checkpoint = checkpoint
        self._settled: dict[Table, int] = {}
        self.removed = 0
        """Objects."""

    def settle(self, touched: Collection[str], progress: Callable[[str], None]) -> None:
        """Have a checkpoint say what the newest version has, of the tables that were `touched` and of those whose
        earlier files have it: earlier versions are needed by nobody then, and `erase` may remove them. May be repeated
        from any point, as `erase`.

        Both raise StorageUnavailable, also where crawls of other sites are too busy with a table.
        """
        for table in TOUCHED:
            try:
                self._corpus.open(table)
            except TableNotFoundError:
                continue
            progress(f"earlier versions of table {table.name}")
            if table.name in touched or any(map(self._holds, self._earlier_files(table))):
                self._settle(table)

    def _settle(self, table: Table) -> None:
        # The newest entry is what the index knows the table by: one that adds no file will never be changed.
        self._write(
            table,
            "note a takedown",
            lambda delta: delta.alter.set_table_properties({CHECKPOINT_PROPERTY: str(CHECKPOINT_INTERVAL)}),
        )
        self._settled[table] = self._corpus.version(table)
        self._write(table, "make a checkpoint", DeltaTable.create_checkpoint)
        self._index.commit([], committed_versions(self._corpus))
        self._checkpoint("noted")

    def erase(self, progress: Callable[[str], None]) -> None:
        """Remove what the earlier versions of tables have that were settled."""
        for table in self._settled:
            progress(f"earlier versions of table {table.name}")
            self._erase(table)

    def erase_from(self, table: Table) -> None:
        """Remove what earlier versions of one table have."""
        self._settle(table)
        self._erase(table)

    def _erase(self, table: Table) -> None:
        newest = self._settled[table]
        log = log_prefix(table.name)
        names = [key.removeprefix(log) for key in self._bucket.list(log)]
        for name in names:
            if (match := CHECKPOINT.fullmatch(name)) and int(match[1]) < newest:
                self._remove(f"{log}{name}")
        current = self._current(table)
        entries = [name for name in names if (match := ENTRY_NAME.fullmatch(name)) and int(match[1]) < newest]
        self._scrub(table, entries, current)
        for key in self._earlier_files(table):
            if self._holds(key):
                self._remove(key)

    def _write(self, table: Table, action: str, write: Callable[[DeltaTable], object]) -> None:
        for _ in range(MAX_TRIES):
            try:
                self._corpus.rearrange(table, action, write)
            except (CommitFailedError, DamagedOnTheWay):
                continue
            return
        raise StorageUnavailable(f"table {table.name} was too busy: {MAX_TRIES} tries to {action} met other writers")

    def _remove(self, key: str) -> None:
        self._bucket.remove(key)
        self.removed += 1
        self._checkpoint("file")

    # The log

    def _scrub(self, table: Table, names: Sequence[str], current: set[str]) -> None:
        """Take words out of the statistics of files that are not of the newest version, of the sites concerned."""
        log = log_prefix(table.name)
        texts = {field.name for field in self._corpus.stored_schema(table) if not _is_measure(field.type)}
        with ThreadPoolExecutor(THREADS) as threads:
            contents = threads.map(lambda name: self._bucket.find(f"{log}{name}"), names)
            for name, content in zip(names, contents, strict=True):
                scrubbed = content and b"".join(
                    self._scrubbed(line, texts, current) for line in content.splitlines(keepends=True)
                )
                if scrubbed and scrubbed != content:
                    self._bucket.replace(f"{log}{name}", scrubbed, "application/json")
                    self._checkpoint("entry")

    def _scrubbed(self, line: bytes, texts: set[str], current: set[str]) -> bytes:
        if not line.startswith(b'{"add"'):
            return line
        added = json.loads(line)["add"]
        site = (added.get("partitionValues") or {}).get("site")
        if unquote(added["path"]) in current or site not in self._tombstone.sites or not added.get("stats"):
            return line
        stats = json.loads(added["stats"])
        for kind in ("minValues", "maxValues"):
            stats[kind] = {name: value for name, value in stats.get(kind, {}).items() if name not in texts}
        said = json.dumps({"add": added | {"stats": json.dumps(stats, separators=(",", ":"))}}, separators=(",", ":"))
        # What has been scrubbed before stays as it is, to the byte.
        return line if json.loads(added["stats"]) == stats else said.encode() + b"\n"

    # Data files

    def _current(self, table: Table) -> set[str]:
        return {unquote(file["path"]) for file in self._corpus.data_files(table, ["path"])}

    def _earlier_files(self, table: Table) -> list[str]:
        """The data files of the sites concerned that the newest version of a table does not have."""
        prefix = f"tables/{table.name}/"
        current = self._current(table)
        keys = [
            key
            for site in sorted(self._tombstone.sites)
            for key in self._bucket.list(f"{prefix}site={site}/")
            if key.endswith(".parquet")
        ]
        return [key for key in keys if key.removeprefix(prefix) not in current]

    def _holds(self, key: str) -> bool:
        """Whether a data file has a row of what was taken down."""
        if self._tombstone.scope is Scope.SITE and f"/site={self._tombstone.place}/" in key:
            return True
        content = self._bucket.find(key)
        if content is None:
            return False
        names = ("article_id", "duplicate_of", "url", "line")
        file = pq.ParquetFile(BytesIO(content))
        rows = file.read([name for name in names if name in file.schema_arrow.names]).to_pylist()
        return any(map(self._is_taken, rows))

    def _is_taken(self, row: Mapping[str, Any]) -> bool:
        ids = {row.get("article_id"), row.get("duplicate_of"), article_id(row["url"]) if "url" in row else None}
        is_covered = not ids.isdisjoint(self._tombstone.addresses)
        return is_covered or ("line" in row and bool(self._search.found_in(row["line"].encode())))


def _is_measure(type: pa.DataType) -> bool:
    """Whether least and greatest values of a column are no words."""
    kinds = (pa.types.is_temporal, pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean)
    return any(is_kind(type) for is_kind in kinds)
