"""A round of upkeep: its steps in order, each of which may be broken off anywhere and begun again."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.bucket import Bucket, StorageDamaged, StorageRefused
from pipelines.archive.bucket_owner import ForeignBucket, require_own
from pipelines.archive.delivery import Delivery
from pipelines.archive.disk import DiskFailed
from pipelines.archive.maintenance.daily_upkeep import renew_days
from pipelines.archive.maintenance.expiry import expire
from pipelines.archive.maintenance.index_upkeep import expire_index
from pipelines.archive.maintenance.month_index_upkeep import renew_month_indexes
from pipelines.archive.maintenance.options import Part
from pipelines.archive.maintenance.report import Maintenance, Step
from pipelines.archive.maintenance.table_upkeep import Retention, TableUpkeep
from pipelines.archive.maintenance.warc_packing import WarcPacking
from pipelines.archive.schema import DAILY, DUPLICATES, TABLES, Table
from pipelines.archive.site_lock import SiteLock
from pipelines.archive.spool import Damage, batch_folders, site_folders
from pipelines.archive.tables import Corpus
from pipelines.index.database import Index, IndexUnavailable
from settings.clock import utc_now
from settings.crawl import crawl
from settings.storage import Storage

LOCK_FOLDER = "maintenance"
"""In the home: who holds the lock there does the upkeep from this machine; or several do, each another part, and share
it. Rounds of several machines at once do the same work twice and no harm."""

HOLDER = "kliping maintain"

SETTLING_TIME = timedelta(days=7)
"""For which copies are looked at that a delivery could not settle, as the other site was being crawled."""


def maintain(
    storage: Storage, *, all_days: bool = False, progress: Callable[[str], None] = lambda _: None
) -> Maintenance:
    """Keep up the archive of `storage` while crawls go on; `progress` is told now and then how far that has come. With
    `all_days` the figures of all days are computed anew, and not only of those in which something has changed.

    Raises SiteBusy where another round is under way on this machine, StorageUnavailable where the store does not
    answer: the next round takes up what is left. A bucket that is another deployment's is left as it is.
    """
    with ExitStack() as stack:
        stack.callback(SiteLock(storage.home / LOCK_FOLDER, HOLDER, max_wait_seconds=0).release)
        return _begun(storage) or _Upkeep(storage, all_days, progress).all()


def maintain_part(
    storage: Storage,
    part: Part,
    names: Sequence[str] = (),
    *,
    all_days: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Maintenance:
    """Do one part of the same, of the sites or tables of these names alone, where any are named. Other processes may do
    other parts at the same time, also on this machine; who starts them sees to the order.

    Raises SiteBusy where that part, or a round as a whole, is under way on this machine; otherwise as `maintain`.
    """
    folder = storage.home / LOCK_FOLDER
    with ExitStack() as stack:
        stack.callback(SiteLock(folder, HOLDER, max_wait_seconds=0, is_shared=True).release)
        for place in [f"{part} {name}" for name in names] or [part]:
            stack.callback(SiteLock(folder / place, HOLDER, max_wait_seconds=0).release)
        return _begun(storage) or Maintenance(_Upkeep(storage, all_days, progress).of(part, names))


def table_shares() -> list[list[str]]:
    """The names of all tables but `daily`, as processes share them: those that grow with the news are a share each, and
    the small ones are one together.
    """
    large = [[table.name] for table in OTHERS if len(table.partition_by) > 1]
    return [*large, [table.name for table in OTHERS if [table.name] not in large]]


OTHERS = tuple(table for table in TABLES.values() if table is not DAILY)
"""The tables that `daily` sums up, and those beside them."""


def _begun(storage: Storage) -> Maintenance | None:
    """Make ready; what there is to tell where the bucket is another deployment's."""
    bucket = Bucket(storage)
    bucket.ensure()
    try:
        with Index.open(storage.index) as index:
            require_own(bucket, index, storage.home)
    except (ForeignBucket, IndexUnavailable) as error:
        return Maintenance([Step("bucket", failed=(str(error),))])
    return None


class _Upkeep:
    """The upkeep of an archive, part by part."""

    def __init__(self, storage: Storage, all_days: bool, progress: Callable[[str], None]) -> None:
        self._storage = storage
        self._corpus = Corpus(storage)
        self._retention = Retention(timedelta(days=storage.keep_versions_days))
        self._all_days = all_days
        self._progress = progress

    def all(self) -> Maintenance:
        """All parts in order. The rows that the first two bring or write anew are put together with the others."""
        done = Maintenance([*self.of(Part.SPOOL), *self.of(Part.WARC), *self.of(Part.CDXJ)])
        kept_up = self.of(Part.TABLE)
        done.steps += kept_up
        # What compaction has changed is no news after it.
        done.steps += [self._table(DAILY)] if any(step.failed for step in kept_up) else self.of(Part.DAYS)
        done.steps += self.of(Part.LEFTOVERS)
        if not done.failures:
            done.steps += self.of(Part.ORIGINALS)
        return done

    def of(self, part: Part, names: Sequence[str] = ()) -> list[Step]:
        """The steps of one part."""
        storage = self._storage
        match part:
            case Part.SPOOL:
                return [_spool_step(storage, self._progress)]
            case Part.WARC:
                with self._scratch() as scratch:
                    return [self._packing(scratch, names)]
            case Part.CDXJ:
                with self._scratch() as scratch:
                    return [renew_month_indexes(self._corpus.bucket, scratch, names, progress=self._progress)]
            case Part.TABLE:
                return [self._table(table) for table in OTHERS if not names or table.name in names]
            case Part.DAYS:
                days = renew_days(self._corpus, utc_now(), everything=self._all_days, progress=self._progress)
                return [days, self._table(DAILY)]
            case Part.LEFTOVERS:
                expired = expire(storage, timedelta(days=storage.keep_leftovers_days), utc_now())
                return [expired, expire_index(storage, crawl(), utc_now())]
            case Part.ORIGINALS:
                return [_originals_step(storage, self._corpus, self._progress)]

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        """A folder for one pack, or one index."""
        with tempfile.TemporaryDirectory(dir=self._storage.home / LOCK_FOLDER, prefix="pack-") as folder:
            yield Path(folder)

    def _packing(self, scratch: Path, sites: Sequence[str]) -> Step:
        packing = WarcPacking(
            self._corpus.bucket,
            self._corpus,
            scratch,
            keep_versions=self._retention.of_versions,
            min_free_mb=self._storage.min_free_mb,
            progress=self._progress,
        )
        try:
            return packing.run(utc_now(), sites)
        except DiskFailed as trouble:
            return Step("WARC files", failed=(str(trouble),))

    def _table(self, table: Table) -> Step:
        self._progress(f"table {table.name}")
        try:
            upkeep = TableUpkeep(self._corpus.bucket, self._corpus, table, self._retention, self._progress)
            return upkeep.run(utc_now())
        except TableNotFoundError:
            return Step(f"table {table.name}", "it is not there yet")
        except StorageDamaged as damage:
            return Step(f"table {table.name}", failed=(f"{damage}; see `kliping verify`",))


def _spool_step(storage: Storage, progress: Callable[[str], None]) -> Step:
    """Deliver what waits on this machine's disk, where no crawl comes any more that would."""
    if not any(batch_folders(folder) for folder in site_folders(storage.spool)):
        return Step("spool")
    progress("what waits in the spool")
    damages: list[Damage] = []
    try:
        with Index.open(storage.index) as index:
            count = Delivery(storage, index).deliver_all_that_waits(storage.spool, damages.append)
    except (StorageDamaged, StorageRefused, IndexUnavailable, DiskFailed) as error:
        return Step("spool", failed=(str(error),))
    done = f"batches delivered: {count}" if count else ""
    lost = [damage.sentence for damage in damages if damage.is_loss]
    return Step("spool", done, {"batches_delivered": count}, failed=lost)


def _originals_step(storage: Storage, corpus: Corpus, progress: Callable[[str], None]) -> Step:
    progress("originals among copies")
    try:
        corpus.open(DUPLICATES)
        with Index.open(storage.index) as index:
            delivery = Delivery(storage, index)
            delivery.prepare()
            count = delivery.settle_originals(utc_now() - SETTLING_TIME)
    except TableNotFoundError:
        return Step("originals", "there are no copies yet")
    except (StorageDamaged, StorageRefused, IndexUnavailable, DiskFailed) as error:
        return Step("originals", failed=(str(error),))
    done = f"{count} copies that came first are the originals now" if count else ""
    return Step("originals", done, {"exchanged": count})
