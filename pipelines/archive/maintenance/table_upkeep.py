"""The upkeep of one Delta table: its small files put together, what only old versions need removed, its log kept short.

Each of these is a commit of Delta's or the removal of what no version needs, so that it can be broken off anywhere and
begun again, and goes on beside crawls: who meets another writer tries again.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
from deltalake import DeltaTable, WriterProperties
from deltalake.exceptions import CommitFailedError

from pipelines.archive.bucket import Bucket, StorageDamaged
from pipelines.archive.delta_errors import DamagedOnTheWay
from pipelines.archive.log_entry import last_checkpoint
from pipelines.archive.maintenance.partitions import Partition, partitions
from pipelines.archive.maintenance.report import Step, megabytes
from pipelines.archive.schema import Table
from pipelines.archive.tables import Corpus, table_properties

logger = logging.getLogger(__name__)

MAX_TRIES = 5
"""To compact a partition whose files a crawl's commit replaces meanwhile. Crawls of a site are minutes apart: where
five tries meet one, the next night is soon enough."""

MAX_PAUSE_SECONDS = 2.0
"""Between such tries, random: longer than a crawl's own pause, so that it is the crawl that goes first."""

COMMIT_INTERVAL = timedelta(minutes=2)
"""At which a large compaction commits what it has done: what a kill costs."""

MAX_ROW_GROUP_ROWS = 10_000
"""Rows that are held in memory until they are written: some 50 MB of articles."""

WRITING = WriterProperties(compression="ZSTD", compression_level=6, max_row_group_size=MAX_ROW_GROUP_ROWS)
"""Every reader that the docs name reads it. Texts take a third less room than by Snappy, which crawls write with: what
is compacted is written once and read for years."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long earlier versions of the tables can be read."""

    of_versions: timedelta

    @property
    def properties(self) -> dict[str, str]:
        """The table properties that say so (Delta protocol). Ids of transactions never expire: a batch may wait in a
        spool for as long as it takes.
        """
        interval = f"interval {round(self.of_versions.total_seconds())} seconds"
        return {"delta.logRetentionDuration": interval, "delta.deletedFileRetentionDuration": interval}


class TableUpkeep:
    """The upkeep of one table; `progress` is told now and then how far it has come.

    Every method raises StorageUnavailable where the store does not answer, TableNotFoundError.
    """

    def __init__(
        self, bucket: Bucket, corpus: Corpus, table: Table, retention: Retention, progress: Callable[[str], None]
    ) -> None:
        self._bucket = bucket
        self._corpus = corpus
        self._table = table
        self._retention = retention
        self._progress = progress
        self._left: list[str] = []
        self._failed: list[str] = []

    def run(self, now: datetime) -> Step:
        """Do what there is to do; `now` is UTC."""
        prefix = f"tables/{self._table.name}/"
        before, files_before = dict(self._bucket.objects(prefix)), self._file_count()
        self._state_properties()
        compacted = sum(map(self._compact, self._to_compact(now)))
        self._vacuum()
        self._shorten_log()
        after = set(self._bucket.list(prefix))
        gone = [size for key, size in before.items() if key not in after]
        figures = {
            "files_before": files_before,
            "files_after": self._file_count(),
            "partitions_compacted": compacted,
            "objects_removed": len(gone),
            "bytes_freed": sum(gone),
        }
        return Step(f"table {self._table.name}", _words(figures), figures, self._left, self._failed)

    def _file_count(self) -> int:
        return len(self._corpus.open(self._table).file_uris())

    def _state_properties(self) -> None:
        stated = {**table_properties(self._table), **self._retention.properties}
        if stated.items() - self._corpus.open(self._table).metadata().configuration.items():
            self._try(
                "state its properties",
                lambda delta: delta.alter.set_table_properties(stated),
            )

    def _to_compact(self, now: datetime) -> Sequence[tuple[Partition, int]]:
        added = pa.table(self._corpus.open(self._table).get_add_actions(flatten=True))
        found = partitions(added, self._table.partition_by)
        return [(partition, target) for partition in found if (target := partition.target_bytes(now))]

    def _compact(self, chosen: tuple[Partition, int]) -> bool:
        partition, target = chosen
        self._progress(f"table {self._table.name}: {partition}, {len(partition.sizes)} files")
        filters = [(name, "=", value) for name, value in partition.values.items()]
        return self._try(
            f"compact {partition}",
            lambda delta: delta.optimize.compact(
                partition_filters=filters or None,
                target_size=target,
                max_concurrent_tasks=1,
                min_commit_interval=COMMIT_INTERVAL,
                writer_properties=WRITING,
            ),
        )

    def _vacuum(self) -> None:
        # All objects are looked at: of files that were removed before a checkpoint the log may no longer tell, and of
        # those of commits that failed it never did.
        self._try("vacuum", lambda delta: delta.vacuum(dry_run=False, full=True))

    def _shorten_log(self) -> None:
        if last_checkpoint(self._bucket.find, self._table.name) < self._corpus.open(self._table).version():
            self._try("make a checkpoint", DeltaTable.create_checkpoint)
        self._try("expire the log", DeltaTable.cleanup_metadata)

    def _try(self, action: str, write: Callable[[DeltaTable], object]) -> bool:
        """Whether it was done; what other writers or damage kept from it is noted."""
        for _ in range(MAX_TRIES):
            try:
                self._corpus.rearrange(self._table, action, write)
            except (CommitFailedError, DamagedOnTheWay) as obstacle:
                logger.info("table %s: %s is tried again: %s", self._table.name, action, obstacle)
                time.sleep(random.uniform(0, MAX_PAUSE_SECONDS))  # noqa: S311
            except StorageDamaged as damage:
                self._failed.append(f"{damage}; see `kliping verify`")
                return False
            else:
                return True
        self._left.append(f"{action}: other writers were faster {MAX_TRIES} times")
        return False


def _words(figures: dict[str, int]) -> str:
    compacted, removed = figures["partitions_compacted"], figures["objects_removed"]
    parts = []
    if compacted:
        parts.append(
            f"{figures['files_before']:,} data files are {figures['files_after']:,} now, in {compacted:,} compacted "
            f"partition{'s' if compacted > 1 else ''}"
        )
    if removed:
        parts.append(
            f"{removed:,} objects that only expired versions needed were removed, {megabytes(figures['bytes_freed'])}"
        )
    return "; ".join(parts)
