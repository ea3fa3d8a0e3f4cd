"""The indexes of months, brought up to what the WARC files' own indexes say; see `month_indexes`.

Of a month to which files were added the index that is there and those of the new files are put together: a night costs
what has changed, in the months that have.
"""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from pipelines.archive.bucket import Bucket, StorageDamaged
from pipelines.archive.disk import DiskFailed, writing
from pipelines.archive.maintenance.report import Step
from pipelines.archive.merged_index import merge
from pipelines.archive.month_indexes import LIST_SUFFIX, MonthIndex, keys_of_months, month_indexes

NAME = "indexes of months"


def renew_month_indexes(
    bucket: Bucket, scratch: Path, sites: Sequence[str] = (), *, progress: Callable[[str], None] = lambda _: None
) -> Step:
    """Have the bucket hold an index of each month of these sites, of all without one, and none that is out of date.

    `scratch` is a folder for one of them. May be broken off and repeated, and done by several machines at once.
    Raises StorageUnavailable.
    """
    there = keys_of_months(bucket, sites)
    kept: set[str] = set()
    left: list[str] = []
    failed: list[str] = []
    figures = dict.fromkeys(("indexes_made", "indexes_read", "indexes_removed"), 0)
    try:
        for index in month_indexes(bucket, sites):
            kept |= {index.key, index.list_key}
            if index.is_in(there):
                continue
            progress(f"index of {index.site} in {index.month}")
            try:
                figures["indexes_read"] += _make(bucket, index, _earlier(bucket, index, there), scratch / "month.cdxj")
                figures["indexes_made"] += 1
            except KeyError as gone:
                left.append(f"that of {index.site} in {index.month}: {gone.args[0]} was replaced meanwhile")
        # The lists first: without its own an index does not count.
        for key in sorted(there - kept, key=lambda key: not key.endswith(LIST_SUFFIX)):
            bucket.remove(key)
            figures["indexes_removed"] += not key.endswith(LIST_SUFFIX)
    except (StorageDamaged, DiskFailed) as error:
        failed.append(str(error))
    made = figures["indexes_made"]
    done = f"{made:,} were made, of {figures['indexes_read']:,} others" if made else ""
    return Step(NAME, done, figures, left, failed)


def _earlier(bucket: Bucket, index: MonthIndex, there: Collection[str]) -> MonthIndex | None:
    """An index that is there and holds nothing that the one of today does not, None where there is none."""
    lists = [key for key in there if key.endswith(LIST_SUFFIX) and index.is_same_month(key)]
    found = [earlier for key in lists if (earlier := MonthIndex.read(bucket, key)) and earlier.is_in(there)]
    parts = [earlier for earlier in found if earlier.sources.items() <= index.sources.items()]
    return max(parts, key=lambda earlier: len(earlier.sources), default=None)


def _make(bucket: Bucket, index: MonthIndex, earlier: MonthIndex | None, place: Path) -> int:
    """Store an index, with its list; of how many others it was made.

    Raises KeyError where one of them is not there any more, StorageUnavailable, DiskFailed.
    """
    sources = [key for key in index.sources if earlier is None or key not in earlier.sources]
    if earlier:
        sources.append(earlier.key)
    with writing(place), place.open("wb") as file:
        merge(bucket, sources, file)
    bucket.put_once(index.key, place, "text/x-cdxj")
    bucket.create(index.list_key, index.to_json())
    return len(sources)
