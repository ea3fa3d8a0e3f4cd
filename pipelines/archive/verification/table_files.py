"""Whether a Delta table's log is whole and its data files are there and readable, object by object.

Source: the Delta transaction log protocol (github.com/delta-io/delta, PROTOCOL.md): entries `NNN.json`, checkpoints
`NNN.checkpoint*.parquet`, `_last_checkpoint`, and in the entries the data files with their sizes. Not read by deltalake
alone, which stops at the first damage and does not say which object it is in.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.archive.bucket import Bucket, StorageDamaged, StorageUnavailable
from pipelines.archive.log_entry import CHECKPOINT, ENTRY_NAME, LAST_CHECKPOINT, LogEntry, entry_key, log_prefix
from pipelines.archive.schema import Row, Table
from pipelines.archive.tables import Corpus
from pipelines.archive.verification.findings import Kind, Verification

SET_ASIDE_PREFIX = "set-aside/"
"""Before the key of a damaged object that was taken out of its table: nothing is thrown away."""

REFETCH = "its articles are fetched again where the publisher still has them"


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file that a table's newest version names: its key, rows, and values of the partition columns."""

    key: str
    rows: int
    partition: dict[str, str]


class TableFiles:
    """The objects of one table, verified; with `repair` what can be repaired is. `is_expected` says that deliveries
    have written to the table. `whole` is its log, not only the end of it since the last checkpoint, and with `has_log`
    it is verified at all. Of data files those are told that the verification `takes`; in repair all that are lost, as
    they go together.

    `is_readable` tells whether the table can be opened, `has_losses` whether it names data files that cannot be read.
    """

    def __init__(
        self,
        bucket: Bucket,
        corpus: Corpus,
        table: Table,
        verification: Verification,
        *,
        takes: Callable[[DataFile], bool],
        has_log: bool,
        whole: bool,
        repair: bool,
        is_expected: bool,
    ) -> None:
        self.table = table
        self.is_readable = False
        self.has_losses = False
        self._is_expected = is_expected
        self._bucket = bucket
        self._corpus = corpus
        self._verification = verification
        self._takes = takes
        self._has_log = has_log
        self._whole = whole
        self._repair = repair
        self._prefix = f"tables/{table.name}/"
        self._log = log_prefix(table.name)

    @property
    def can_be_asked(self) -> bool:
        """Whether a query over the table has an answer."""
        return self.is_readable and not self.has_losses

    def verify(self) -> list[DataFile]:
        """Verify log and data files; of the latter those that can be read and are taken, none where the table cannot be
        read.
        """
        sizes = dict(self._bucket.objects(self._prefix))
        names = {key.removeprefix(self._log) for key in sizes if key.startswith(self._log)}
        if not names:
            if self._is_expected:
                self._missing()
            return []
        self._verification.checked["tables"] += 1
        if self._has_log:
            self._verify_log(names)
        try:
            added = self._added()
        except Exception as error:
            # deltalake says in many ways that it cannot read a table; a store that does not answer is something else
            if isinstance(error, StorageUnavailable) and not isinstance(error, StorageDamaged):
                raise
            reason = " ".join(str(error).split())
            self._found(
                Kind.TABLE_UNREADABLE, self.table.name, f"it cannot be read until its log is restored: {reason}"
            )
            return []
        self.is_readable = True
        files = [file for file, size in added if self._is_there(file, size, sizes) and self._takes(file)]
        named = {file.key for file, _ in added}
        left = [key for key in sizes if key.endswith(".parquet") and not key.startswith(self._log) and key not in named]
        if left and self._has_log:
            self._verification.notes.append(
                f"{len(left)} data files of {self.table.name} belong to earlier versions or to commits that failed"
            )
        return files

    def read(self, file: DataFile, columns: tuple[str, ...]) -> list[Row] | None:
        """The rows of a data file, with these columns as far as it has them; None, told, where it is damaged."""
        self._verification.checked["data files"] += 1
        content = self._bucket.find(file.key)
        if content is None:
            self._lose(file, Kind.DATA_FILE_MISSING, "it is not in the bucket")
            return None
        try:
            found = _rows(content, columns)
        except (pa.ArrowException, OSError, ValueError) as error:
            self._lose(file, Kind.DATA_FILE_DAMAGED, " ".join(str(error).split()), content)
            return None
        if len(found) != file.rows:
            self._lose(file, Kind.DATA_FILE_DAMAGED, f"it has {len(found)} rows, and its log says {file.rows}", content)
            return None
        empty = dict.fromkeys(columns)
        return [empty | file.partition | row for row in found]

    # The log

    def _verify_log(self, names: set[str]) -> None:
        entries = sorted(int(match[1]) for name in names if (match := ENTRY_NAME.fullmatch(name)))
        checkpoints = {name: int(match[1]) for name in names if (match := CHECKPOINT.fullmatch(name))}
        newest = max(checkpoints.values(), default=-1)
        last = max([*entries, newest])
        needed = set(range(newest + 1, last + 1))
        for version in sorted(needed - set(entries)):
            self._found(Kind.LOG_DAMAGED, entry_key(self.table.name, version), "the log lacks this entry: restore it")
        for version in sorted(set(range(min(entries, default=0), newest + 1)) - set(entries)):
            self._found(
                Kind.LOG_DAMAGED,
                entry_key(self.table.name, version),
                "the log lacks this entry, which only time travel to it needs: restore it",
            )
        for version in entries:
            if self._whole or version in needed:
                self._verify_entry(version)
        for name, version in sorted(checkpoints.items()):
            if self._whole or version == newest:
                self._verify_checkpoint(name, version, set(entries))
        self._verify_last_checkpoint(names, checkpoints)

    def _verify_entry(self, version: int) -> None:
        key = entry_key(self.table.name, version)
        self._verification.checked["log entries"] += 1
        try:
            LogEntry.read(self._bucket.find(key) or b"")
        except ValueError:
            self._found(Kind.LOG_DAMAGED, key, "it is not an entry of a Delta log: restore it")

    def _verify_checkpoint(self, name: str, version: int, entries: set[int]) -> None:
        key = f"{self._log}{name}"
        self._verification.checked["checkpoints"] += 1
        content = self._bucket.find(key)
        try:
            _rows(content or b"", ())
        except (pa.ArrowException, OSError, ValueError) as error:
            # Without the checkpoint readers go by the entries, where these are all there.
            can_repair = entries >= set(range(version + 1))
            if can_repair and self._repair:
                self._set_aside(key, content)
                self._bucket.remove(f"{self._log}{LAST_CHECKPOINT}")
            way = "the log's entries are whole, and it can go" if can_repair else "restore it"
            self._found(Kind.CHECKPOINT_DAMAGED, key, f"{' '.join(str(error).split())}: {way}", is_repaired=can_repair)

    def _verify_last_checkpoint(self, names: set[str], checkpoints: dict[str, int]) -> None:
        if LAST_CHECKPOINT not in names:
            return
        key = f"{self._log}{LAST_CHECKPOINT}"
        content = self._bucket.find(key)
        try:
            is_right = content is None or json.loads(content)["version"] in checkpoints.values()
        except (ValueError, KeyError, TypeError):
            is_right = False
        if not is_right:
            if self._repair:
                self._bucket.remove(key)
            self._found(
                Kind.CHECKPOINT_DAMAGED, key, "it names no checkpoint that is there, and can go", is_repaired=True
            )

    # Data files

    def _added(self) -> list[tuple[DataFile, int]]:
        """The data files of the newest version, and their sizes in bytes as the log has them."""
        delta = self._corpus.open(self.table)
        stated = pa.table(delta.get_add_actions(flatten=True)).to_pylist()
        return [
            (
                DataFile(
                    f"{self._prefix}{unquote(action['path'])}",
                    action["num_records"],
                    {name: action[f"partition.{name}"] for name in self.table.partition_by},
                ),
                action["size_bytes"],
            )
            for action in stated
        ]

    def _is_there(self, file: DataFile, size: int, sizes: dict[str, int]) -> bool:
        found = sizes.get(file.key)
        if found is None:
            # It may have come after the listing.
            head = self._bucket.head(file.key)
            found = head.length if head else None
        if found is None:
            self._lose(file, Kind.DATA_FILE_MISSING, "it is not in the bucket")
        elif found != size:
            self._lose(
                file,
                Kind.DATA_FILE_DAMAGED,
                f"it has {found:,} bytes, and the log says {size:,}",
                self._bucket.find(file.key) if self._repair else None,
            )
        return found == size

    def _lose(self, file: DataFile, kind: Kind, why: str, content: bytes | None = None) -> None:
        """Tell of a data file that is lost; in repair it leaves the table, which could not be read with it."""
        if not self._repair and not self._takes(file):
            self.has_losses = True
            return
        if self._repair:
            if content is not None:
                self._set_aside(file.key, content)
            self._corpus.open(self.table).repair()
        else:
            self.has_losses = True
        self._found(kind, file.key, f"{why}; {file.rows} rows are lost: restore it, else {REFETCH}", is_repaired=True)

    def _set_aside(self, key: str, content: bytes | None) -> None:
        if content is not None:
            self._bucket.create(f"{SET_ASIDE_PREFIX}{key}", content)
        self._bucket.remove(key)

    def _missing(self) -> None:
        if self._repair:
            self._corpus.ensure()
        else:
            self.has_losses = True
        self._found(
            Kind.TABLE_MISSING,
            self.table.name,
            f"the bucket does not have it: restore it, else it is made anew and {REFETCH}",
            is_repaired=True,
        )
        self.is_readable = True

    def _found(self, kind: Kind, where: str, detail: str, *, is_repaired: bool = False) -> None:
        self._verification.add(kind, where, detail, is_repaired=is_repaired and self._repair)


def _rows(content: bytes, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of a Parquet file, every page of which is decoded; only the `columns` where any are named.

    Raises ArrowException, OSError or ValueError where it is damaged.
    """
    file = pq.ParquetFile(BytesIO(content))
    found: list[dict[str, Any]] = []
    for batch in _batches(file):
        kept = [name for name in columns if name in batch.schema.names]
        if kept:
            found += batch.select(kept).to_pylist()
    return found


def _batches(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    for batch in file.iter_batches(batch_size=256):
        batch.validate(full=True)
        yield batch
