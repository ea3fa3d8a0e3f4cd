"""The way of batches into the bucket, the tables and the index.

A batch is delivered in steps: WARC file and CDXJ are uploaded, rows are committed to the tables, the index is marked,
the folder is removed. Each of them may be repeated after a crash at any point.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from pipelines.archive.batches import JournalEntry, SealedBatch, recover, warc_prefix
from pipelines.archive.bucket import Bucket, StorageUnavailable
from pipelines.archive.bucket_identity import adopt, committed_versions, require_known_bucket
from pipelines.archive.schema import ARTICLES, DUPLICATES, REJECTED, RUNS, SCHEMA_VERSION, Row
from pipelines.archive.site_lock import DELIVERING, SiteBusy, SiteLock
from pipelines.archive.tables import BatchRows, Corpus, pass_by
from pipelines.index.database import Index, IndexUnavailable
from settings.storage import Storage

logger = logging.getLogger(__name__)


class Delivery:
    """Brings batches to the bucket, the tables and the index.

    `checkpoint` is told each step of a delivery that is done: warc, cdxj, the names of the tables, index, removed.

    `notice` is one sentence where the index knows less than the bucket holds, once `prepare` has looked; else empty.
    """

    def __init__(self, storage: Storage, index: Index, checkpoint: Callable[[str], None] = pass_by) -> None:
        self.bucket = Bucket(storage)
        self.corpus = Corpus(storage, checkpoint)
        self.index = index
        self.notice = ""
        self._checkpoint = checkpoint

    def prepare(self) -> None:
        """Make sure of the bucket and its tables, and that the bucket is the one that the index speaks of.

        The tables are gone through once for each version of their schema, and a marker in the bucket remembers it: a
        table never loses a column, so that what holds once holds for good.

        Raises StorageUnavailable, or StorageRefused where the store has no conditional PUT or a table does not fit, as
        its kind WrongBucket where the bucket is not the index's or has lost what the index knows to be there.
        """
        is_known = require_known_bucket(self.bucket, self.corpus, self.index)
        self.bucket.ensure()
        self.bucket.probe_conditional_put()
        marker = f"tables/_schema/{SCHEMA_VERSION}"
        if self.bucket.head(marker) is None:
            self.corpus.ensure()
            self.bucket.put_marker(marker)
        self.notice = "" if is_known else adopt(self.bucket, self.corpus, self.index)

    def batches_of(self, site: str, run: str) -> int:
        """The highest number that a batch of the run has in the bucket, 0 where it has none there."""
        prefix = warc_prefix(site, run)
        return max((int(key.removeprefix(prefix).split(".")[0]) for key in self.bucket.list(prefix)), default=0)

    def deliver(self, batch: SealedBatch) -> None:
        """Deliver one batch; the batches of its site before it have been delivered. May be repeated from any point.

        Raises StorageUnavailable where the store does not answer, StorageRefused where it does not take the batch,
        IndexUnavailable: the batch stays in the spool.
        """
        if warc := batch.warc:
            self.bucket.put_once(batch.key, warc, "application/warc")
            self._checkpoint("warc")
            self.bucket.put_once(batch.key.removesuffix(".warc.gz") + ".cdxj", batch.cdxj(), "text/x-cdxj")
            self._checkpoint("cdxj")
        entries = batch.entries()
        self.corpus.commit(_rows(entries), batch.transaction)
        marks = [entry.mark for entry in entries if entry.mark]
        self.index.commit(marks, committed_versions(self.bucket, self.corpus))
        self._checkpoint("index")
        batch.remove()
        self._checkpoint("removed")

    def deliver_all(self, batches: list[SealedBatch]) -> int:
        """Deliver the batches of one site in order, taking each off the list as it is delivered; how many that were.

        The first that fails ends it: a table that has a later number skips an earlier one.
        """
        count = 0
        while batches:
            self.deliver(batches[0])
            del batches[0]
            count += 1
        return count

    def deliver_orphans(self, spool: Path) -> int:
        """Deliver what dead runs of any site left in the spool; sites at which a process works are left alone.

        Returns the number of batches. A site whose batches are damaged is logged as an error and stays: it must not
        stop the others, and its own next run fails with the reason.

        Raises StorageUnavailable, IndexUnavailable.
        """
        count = 0
        for site_folder in sorted(path for path in spool.glob("*") if path.is_dir()):
            try:
                lock = SiteLock(site_folder, DELIVERING, max_wait_seconds=0)
            except SiteBusy:
                continue
            try:
                count += self.deliver_all(recover(site_folder))
            except (StorageUnavailable, IndexUnavailable):
                raise
            except Exception:
                logger.exception("what a dead run of %s left in the spool could not be delivered", site_folder.name)
            finally:
                lock.release()
        return count


def _rows(entries: Sequence[JournalEntry]) -> BatchRows:
    """What a journal adds to the corpus."""
    by_table: dict[str, list[Row]] = {ARTICLES.name: [], DUPLICATES.name: [], REJECTED.name: [], RUNS.name: []}
    for entry in entries:
        if entry.table and entry.row:
            by_table[entry.table].append(entry.row)
    return BatchRows(
        articles=by_table[ARTICLES.name],
        duplicates=by_table[DUPLICATES.name],
        rejected=by_table[REJECTED.name],
        runs=by_table[RUNS.name],
        months=frozenset(entry.month for entry in entries if entry.month),
        revisits={entry.row["article_id"]: entry.revisits for entry in entries if entry.row and entry.revisits},
        former_duplicates=frozenset(
            identity
            for entry in entries
            if entry.row
            for identity in (entry.row["article_id"] if entry.was_duplicate else None, entry.replaced_copy)
            if identity
        ),
    )
