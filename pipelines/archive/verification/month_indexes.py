"""Whether the indexes of months hold what the WARC files' own indexes say, of which they were made."""

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

from pipelines.archive.bucket import Bucket, StorageDamaged
from pipelines.archive.merged_index import merge
from pipelines.archive.month_indexes import KEY, PREFIX, MonthIndex, keys_of_months, month_indexes
from pipelines.archive.verification.findings import Kind, Verification

DRAWN_INDEXES = 3
"""Of a sample. For one of a month that is not packed yet some thousand small ones are read."""


def note_strangers(bucket: Bucket, verification: Verification) -> None:
    """Note what lies beside the indexes of months and is none of ours."""
    strangers = [key for key in bucket.list(PREFIX) if not KEY.fullmatch(key)]
    verification.notes += [f"{key} is nothing that Kliping puts there" for key in strangers]


def verify_month_indexes(
    bucket: Bucket,
    verification: Verification,
    scratch: Path,
    *,
    sites: Sequence[str],
    is_sample: bool,
    repair: bool,
) -> None:
    """Verify the indexes of months of some sites, of all without one; of a sample a few. One that is out of date says
    nothing: nobody reads it, and the next upkeep puts another in its place. `scratch` is a folder for one of them.
    """
    there = keys_of_months(bucket, sites)
    try:
        current = [index for index in month_indexes(bucket, sites) if index.is_in(there)]
    except StorageDamaged:
        return  # a list of members that is damaged is told of with the WARC files
    for index in random.sample(current, min(DRAWN_INDEXES, len(current))) if is_sample else current:
        try:
            is_right = _is_right(bucket, index, scratch)
        except KeyError:
            continue  # the upkeep has replaced it, or what it was made of, meanwhile
        verification.checked["indexes of months"] += 1
        if is_right:
            continue
        if repair:
            for key in (index.list_key, index.key):
                bucket.remove(key)
        verification.add(
            Kind.CDXJ_WRONG,
            index.key,
            "it does not hold the lines of the indexes that it was made of: `kliping maintain` makes it anew",
            is_repaired=repair,
        )


def _is_right(bucket: Bucket, index: MonthIndex, scratch: Path) -> bool:
    place = scratch / "month.cdxj"
    with place.open("wb") as file:
        merge(bucket, index.sources, file)
    with place.open("rb") as file:
        expected = hashlib.file_digest(file, "sha256").hexdigest()
    stored = bucket.download(index.key, place)
    if stored is None:
        raise KeyError(index.key)
    return stored[0] == expected
