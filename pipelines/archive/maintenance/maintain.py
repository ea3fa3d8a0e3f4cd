"""A round of upkeep: its steps in order, each of which may be broken off anywhere and begun again."""

import tempfile
from collections.abc import Callable
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
"""In the home: who holds the lock there does the upkeep from this machine. Rounds of several machines at once do the
same work twice and no harm."""

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
    lock = SiteLock(storage.home / LOCK_FOLDER, "kliping maintain", max_wait_seconds=0)
    try:
        corpus = Corpus(storage)
        bucket = corpus.bucket
        bucket.ensure()
        try:
            with Index.open(storage.index) as index:
                require_own(bucket, index, storage.home)
        except (ForeignBucket, IndexUnavailable) as error:
            return Maintenance([Step("bucket", failed=(str(error),))])
        retention = Retention(timedelta(days=storage.keep_versions_days))
        with tempfile.TemporaryDirectory(dir=storage.home / LOCK_FOLDER, prefix="pack-") as scratch:
            packing = WarcPacking(
                bucket,
                corpus,
                Path(scratch),
                keep_versions=retention.of_versions,
                min_free_mb=storage.min_free_mb,
                progress=progress,
            )
            # The rows that the first two bring or write anew are put together with the others.
            done = Maintenance([_spool_step(storage, progress), _packing_step(packing)])
            # After the packing, which has records lie elsewhere.
            done.steps.append(renew_month_indexes(bucket, Path(scratch), progress=progress))
        others = [table for table in TABLES.values() if table is not DAILY]
        kept_up = [_table_step(bucket, corpus, table, retention, progress) for table in others]
        done.steps += kept_up
        # After the compaction of the others: what that has changed is no news then.
        if not any(step.failed for step in kept_up):
            done.steps.append(renew_days(corpus, utc_now(), everything=all_days, progress=progress))
        done.steps.append(_table_step(bucket, corpus, DAILY, retention, progress))
        done.steps.append(expire(storage, timedelta(days=storage.keep_leftovers_days), utc_now()))
        done.steps.append(expire_index(storage, crawl(), utc_now()))
        if not done.failures:
            done.steps.append(_originals_step(storage, corpus, progress))
        return done
    finally:
        lock.release()


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


def _packing_step(packing: WarcPacking) -> Step:
    try:
        return packing.run(utc_now())
    except DiskFailed as trouble:
        return Step("WARC files", failed=(str(trouble),))


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


def _table_step(
    bucket: Bucket, corpus: Corpus, table: Table, retention: Retention, progress: Callable[[str], None]
) -> Step:
    progress(f"table {table.name}")
    try:
        return TableUpkeep(bucket, corpus, table, retention, progress).run(utc_now())
    except TableNotFoundError:
        return Step(f"table {table.name}", "it is not there yet")
    except StorageDamaged as damage:
        return Step(f"table {table.name}", failed=(f"{damage}; see `kliping verify`",))
