"""The way of batches into the bucket, the tables and the index.

A batch is delivered in steps: WARC file and CDXJ are uploaded, rows are committed to the tables, the index is marked,
the folder is removed. Each of them may be repeated after a crash at any point.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from pipelines.archive.batch_commit import add_runs, commit_batch, without_known
from pipelines.archive.batch_contents import pointers_elsewhere
from pipelines.archive.batch_rows import BatchRows
from pipelines.archive.batches import BatchDamaged, SealedBatch, warc_prefix
from pipelines.archive.bucket import ObjectConflict, StorageRefused, StorageUnavailable
from pipelines.archive.bucket_identity import adopt, committed_versions, require_known_bucket, take_stock
from pipelines.archive.bucket_owner import claim, require_own
from pipelines.archive.cdxj import cdxj_of_file
from pipelines.archive.disk import DiskFailed
from pipelines.archive.journal import JournalEntry
from pipelines.archive.kept_out import remainder
from pipelines.archive.newcomers import Newcomers
from pipelines.archive.originals import Originals, as_it_stands
from pipelines.archive.packs import Pack, Relocation, cdxj_key, packs_of_month
from pipelines.archive.rows import link_row
from pipelines.archive.schema import ARTICLES, DUPLICATES, REJECTED, RUNS, SCHEMA_VERSION, TABLES, Row
from pipelines.archive.site_lock import DELIVERING, SiteBusy, SiteLock
from pipelines.archive.spool import Tell, recover, salvage, set_aside, site_folders, to_log
from pipelines.archive.tables import Corpus, pass_by
from pipelines.archive.tombstones import Tombstones
from pipelines.index.database import Index, IndexUnavailable
from pipelines.index.records import Delivered
from settings.storage import Storage

logger = logging.getLogger(__name__)


class Delivery:
    """Brings batches to the bucket, the tables and the index.

    `checkpoint` is told each step of a delivery that is done: warc, cdxj, the names of the tables, index, removed; and
    of one of rows alone each one removed.

    `notice` is one sentence where the index knows less than the bucket holds, once `prepare` has looked; else empty.
    """

    def __init__(self, storage: Storage, index: Index, checkpoint: Callable[[str], None] = pass_by) -> None:
        self.corpus = Corpus(storage, checkpoint)
        self.bucket = self.corpus.bucket
        self.index = index
        self.notice = ""
        self._home = storage.home
        self._spool = storage.spool
        self._checkpoint = checkpoint
        self._is_prepared = False
        self._lengths: dict[str, int] = {}
        self._packs: list[Pack] = []
        self._relocation = Relocation(())

    def require_known(self) -> None:
        """Make sure, by a look at three small objects, that the bucket is the one that the index speaks of, was not
        rolled back and is no other deployment's; one that the index has not noted yet is prepared.

        Raises what `prepare` does.
        """
        is_known = require_known_bucket(self.bucket, self.corpus, self.index, (ARTICLES.name,))
        if not (require_own(self.bucket, self.index, self._home) and is_known):
            self.prepare()

    def prepare(self) -> None:
        """Make sure of the bucket and its tables, and that the bucket is the one that the index speaks of, once. Each
        time make sure that it is no other deployment's.

        What the store was found to be fit for is remembered by the index: that it has conditional PUT, and, as does a
        marker in the bucket, that its tables are of this version: a table never loses a column, so that what holds once
        holds for good.

        Raises StorageUnavailable, or StorageRefused where the store has no conditional PUT or a table does not fit, as
        its kind WrongBucket where the bucket is not the index's or has lost what the index knows to be there, and
        ForeignBucket where it is another deployment's.
        """
        if self._is_prepared:
            require_own(self.bucket, self.index, self._home)
            return
        is_known = require_known_bucket(self.bucket, self.corpus, self.index, TABLES)
        is_own = require_own(self.bucket, self.index, self._home)
        purpose = f"{SCHEMA_VERSION} at {self.bucket.endpoint}/{self.bucket.name}"
        is_fit = is_known and self.index.bucket_prepared_for() == purpose
        if not is_fit:
            self.bucket.ensure()
            self.bucket.probe_conditional_put()
            marker = f"tables/_schema/{SCHEMA_VERSION}"
            if self.bucket.head(marker) is None:
                self.corpus.ensure()
                self.bucket.put_marker(marker)
        if not is_known:
            self.notice = adopt(self.bucket, self.corpus, self.index)
        else:
            take_stock(self.corpus, self.index)
        if not (is_own or self.notice):
            claim(self.bucket, self.index, self._home)
        if not is_fit:
            self.index.note_prepared_for(purpose)
        self._is_prepared = True

    def batches_of(self, site: str, run: str) -> int:
        """The highest number that a batch of the run has in the bucket, 0 where it has none there."""
        prefix = warc_prefix(site, run)
        return max((int(key.removeprefix(prefix).split(".")[0]) for key in self.bucket.list(prefix)), default=0)

    def deliver(self, batch: SealedBatch, waited: Sequence[SealedBatch] = ()) -> None:
        """Deliver one batch, and with it the batches of its site that `waited` for one; all others before it have been
        delivered. What was taken down while it waited is left out. May be repeated from any point.

        Raises StorageUnavailable where the store does not answer, StorageRefused where it does not take the batch,
        IndexUnavailable: the batch stays in the spool. Raises BatchDamaged where it is not what was written, and
        ObjectConflict where its key in the bucket is another file's: it is to be salvaged.
        """
        site = batch.folder.parent.name
        tombstones = Tombstones.read(self.index.tombstones())
        left = remainder(batch.verified_entries(), batch.warc, site, batch.key, tombstones)
        written = left.entries
        known = self.index.seen({entry.mark.seen.url for entry in written if entry.mark})
        entries = [as_it_stands(entry, known) for entry in written]
        for pointer in pointers_elsewhere(entries, batch.key):
            if not self._has_bytes(pointer):
                raise BatchDamaged(f"a row points into {pointer['warc_filename']}, which is not in the bucket so")
        led = self._relocation.row
        entries = [
            replace(entry, row=entry.row and led(entry.row), visit=entry.visit and led(entry.visit))
            for entry in entries
        ]
        if left.warc:
            self.bucket.put_file(batch.key, left.warc, "application/warc")
            self._checkpoint("warc")
            cdxj = cdxj_of_file(left.warc, batch.key).encode()
            self.bucket.replace(cdxj_key(batch.key), cdxj, "text/x-cdxj")
            self._checkpoint("cdxj")
        elif warc := batch.warc:
            self.bucket.put_once(batch.key, warc, "application/warc")
            self._checkpoint("warc")
            self._put_cdxj(batch)
            self._checkpoint("cdxj")
        rows = _rows(entries)
        rows = replace(rows, runs=[*self._missing_runs(waited), *rows.runs])
        whole_versions = self._commit(rows, batch)
        marks = [mark for entry in entries for mark in entry.marks]
        delivered = Delivered(batch.transaction.app_id, batch.transaction.version, whole_versions)
        self.index.commit(marks, committed_versions(self.corpus), delivered)
        self._checkpoint("index")
        self._originals(site).settle_with(_rows(written).duplicates)
        for done in (*waited, batch):
            done.remove()
        self._checkpoint("removed")

    def settle_originals(self, since: datetime) -> int:
        """Have copies fetched since then change places with their originals where they come first; how many did. It
        makes up for what a crawl's delivery left, as a site was busy.

        Raises StorageUnavailable, StorageRefused, IndexUnavailable, DiskFailed.
        """
        return self._originals("").settle_since(since)

    def _originals(self, own_site: str) -> Originals:
        return Originals(self.corpus, self.index, partial(self._holding, own_site), self._checkpoint)

    @contextmanager
    def _holding(self, own: str, sites: Collection[str]) -> Iterator[None]:
        """Keep others from the batches of sites, once those that wait have been delivered; the lock of the `own` site
        is held.
        """
        with ExitStack() as stack:
            for site in sorted({*sites} - {own}):
                folder = self._spool / site
                stack.callback(SiteLock(folder, DELIVERING, max_wait_seconds=0).release)
                self.deliver_all(recover(folder))
            yield

    def _missing_runs(self, batches: Sequence[SealedBatch]) -> list[Row]:
        """The rows of runs in batches that are not in the table yet."""
        missing = [batch for batch in batches if not self.corpus.has(RUNS, batch.transaction)]
        return [row for batch in missing for row in _rows(batch.verified_entries()).runs]

    def _commit(self, rows: BatchRows, batch: SealedBatch) -> dict[str, int]:
        """Commit a batch's rows to the tables; the versions up to which the index then has heard of all in them.

        What was in a batch that had to be recovered or put together anew may have come into the tables before, under
        another id, and with visits that are lost now: the index is in doubt from then on.
        """
        if batch.is_recovered:
            self.index.doubt()
            commit_batch(self.corpus, without_known(self.corpus, rows), batch.transaction)
            return {}
        newcomers = Newcomers(self.index, self.corpus.log_entry)
        commit_batch(self.corpus, rows, batch.transaction, newcomers.among)
        return newcomers.whole_versions(self.corpus.versions())

    def _put_cdxj(self, batch: SealedBatch) -> None:
        try:
            self.bucket.put_once(cdxj_key(batch.key), batch.cdxj(), "text/x-cdxj")
        except ObjectConflict:
            logger.info("the index of %s is in the bucket already, as another run of this version made it", batch.key)

    def _has_bytes(self, pointer: Row) -> bool:
        """Whether the bucket has the bytes that a row or one of its pages points to, as they were delivered or in a
        pack since.
        """
        key = pointer["warc_filename"]
        if key not in self._lengths:
            found = self.bucket.head(key)
            self._lengths[key] = found.length if found else 0
            if found is None:
                self._packs += packs_of_month(self.bucket, key)
                self._relocation = Relocation(self._packs)
        is_there = pointer["warc_record_offset"] + pointer["warc_record_length"] <= self._lengths[key]
        return bool(is_there or self._relocation.pointer(pointer) != pointer)

    def deliver_all(self, batches: list[SealedBatch], tell: Tell = to_log) -> int:
        """Deliver the batches of one site in order, taking each off the list as it is delivered; how many that were.

        Those that may wait go along with the next that may not, and stay on the list where none follows. The first for
        which the store or the index is not ready ends it: a table that has a later number skips an earlier one. A
        damaged batch is set aside, and what is whole of it delivered in its place.
        """
        count = 0
        while not all(batch.may_wait for batch in batches):
            try:
                count += self._deliver_or_salvage(batches, tell)
            except (StorageUnavailable, StorageRefused, IndexUnavailable, DiskFailed):
                raise
            except Exception as error:  # whatever it is, it must not stop its site for good
                logger.exception("batch %s could not be delivered", batches[0].folder)
                self.index.doubt()  # its rows may be in the tables
                set_aside(batches[0].folder, f"{type(error).__name__}: {' '.join(str(error).split())}", tell)
                del batches[0]
        return count

    def _deliver_or_salvage(self, batches: list[SealedBatch], tell: Tell) -> int:
        """Deliver the first batch, with those that have waited for it, and take them off the list; or put there what is
        whole of one of them. How many were delivered.
        """
        place = next(n for n, batch in enumerate(batches) if not batch.may_wait)
        batch, waited = batches[place], batches[:place]
        self.prepare()
        for number, waiting in enumerate(waited):
            if damage := _damage(waiting):
                _put_in_place(batches, number, salvage(waiting.folder, damage, tell, waiting))
                return 0
        try:
            self.deliver(batch, waited)
        except BatchDamaged as damage:
            salvaged = salvage(batch.folder, str(damage), tell, batch, has_bytes=self._has_bytes)
        except ObjectConflict as conflict:
            salvaged = salvage(batch.folder, str(conflict), tell, batch, is_key_taken=True)
        else:
            del batches[: place + 1]
            return place + 1
        _put_in_place(batches, place, salvaged)
        return 0

    def deliver_orphans(self, spool: Path, tell: Tell = to_log) -> int:
        """Deliver what dead runs of any site left in the spool; sites at which a process works are left alone.

        Rows of runs that found nothing new wait on, see `deliver_rows`. Returns the number of batches.

        Raises StorageUnavailable, StorageRefused, IndexUnavailable, DiskFailed.
        """
        count = 0
        for site_folder in site_folders(spool):
            if lock := _lock(site_folder):
                try:
                    count += self.deliver_all(recover(site_folder, tell), tell)
                finally:
                    lock.release()
        return count

    def deliver_all_that_waits(self, spool: Path, tell: Tell = to_log) -> int:
        """Deliver what `deliver_orphans` and `deliver_rows` do. Returns the number of batches.

        Raises StorageUnavailable, StorageRefused, IndexUnavailable, DiskFailed.
        """
        return self.deliver_orphans(spool, tell) + self.deliver_rows(spool, [], tell)

    def deliver_rows(self, spool: Path, own: list[SealedBatch], tell: Tell = to_log) -> int:
        """Deliver, in one commit, the rows of runs that found nothing new, of all sites that have nothing else to
        deliver and at which no process works. `own` are the batches of a site whose lock is held, in order: those that
        are delivered are taken off the list. Returns the number of batches.

        Raises StorageUnavailable, StorageRefused, IndexUnavailable, DiskFailed.
        """
        locks: list[SiteLock] = []
        waiting = list(own)
        try:
            for site_folder in site_folders(spool):
                if lock := _lock(site_folder):
                    locks.append(lock)
                    waiting += recover(site_folder, tell)
            busy = {batch.folder.parent for batch in waiting if not batch.may_wait or _damage(batch)}
            ready = [batch for batch in waiting if batch.folder.parent not in busy]
            if not ready:
                return 0
            self.prepare()
            if rows := self._missing_runs(ready):
                last = {batch.transaction.app_id: batch.transaction for batch in ready}
                add_runs(self.corpus, rows, list(last.values()))
            self.index.commit([], committed_versions(self.corpus))
            self._checkpoint("index")
            for batch in ready:
                batch.remove()
                self._checkpoint("row removed")
            own[:] = [batch for batch in own if batch not in ready]
            return len(ready)
        finally:
            for lock in locks:
                lock.release()


def _lock(site_folder: Path) -> SiteLock | None:
    """The lock of a site at which no process works, None where that is not to be had."""
    try:
        return SiteLock(site_folder, DELIVERING, max_wait_seconds=0)
    except SiteBusy:
        return None
    except OSError as error:
        logger.warning("%s could not be looked into: %s", site_folder, error.strerror)
        return None


def _damage(batch: SealedBatch) -> str:
    """What is wrong with a batch, empty where it is what was written."""
    try:
        batch.verified_entries()
    except BatchDamaged as damage:
        return str(damage)
    return ""


def _put_in_place(batches: list[SealedBatch], place: int, salvaged: SealedBatch | None) -> None:
    batches[place : place + 1] = [salvaged] if salvaged else []


def _rows(entries: Sequence[JournalEntry]) -> BatchRows:
    """What a journal adds to the corpus."""
    by_table: dict[str, list[Row]] = {ARTICLES.name: [], DUPLICATES.name: [], REJECTED.name: [], RUNS.name: []}
    for entry in entries:
        if entry.table and entry.row:
            by_table[entry.table].append(entry.row)
            if entry.link:
                by_table[DUPLICATES.name].append(link_row(entry.row, entry.link))
    return BatchRows(
        visits=[entry.visit for entry in entries if entry.visit],
        announced=[row for entry in entries for row in entry.announced],
        articles=by_table[ARTICLES.name],
        duplicates=by_table[DUPLICATES.name],
        rejected=by_table[REJECTED.name],
        runs=by_table[RUNS.name],
        months=frozenset(entry.month for entry in entries if entry.month),
        revisits={entry.row["article_id"]: entry.revisits for entry in entries if entry.row and entry.revisits},
        presences=[entry.presence for entry in entries if entry.presence],
        former_duplicates=frozenset(
            identity
            for entry in entries
            if entry.row
            for identity in (entry.row["article_id"] if entry.was_duplicate else None, entry.replaced_copy)
            if identity
        ),
    )
