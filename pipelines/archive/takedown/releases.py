"""Releases that hold what was taken down are replaced: a new version is published without it, then the others go.

A release never changes, but for this: what has to go has to go from there as well. In the place of each version that
went lies a file that says which one has replaced it, and why.
"""

import re
from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import pyarrow.parquet as pq

from pipelines.archive.bucket import Bucket
from pipelines.archive.releases.publish import SUMS, publish
from pipelines.archive.takedown_scope import Scope
from pipelines.archive.tombstones import Tombstone
from settings.storage import Storage

VERSION = re.compile(r"releases/(?P<month>\d{4}-\d\d)/(?P<version>v\d+|draft)/")

REPLACED = "TAKEN-DOWN"
"""Name of the file that is left of a version."""


def replace_releases(
    storage: Storage,
    bucket: Bucket,
    tombstone: Tombstone,
    now: datetime,
    *,
    progress: Callable[[str], None],
    checkpoint: Callable[[str], None],
) -> list[str]:
    """Replace the releases that hold rows of what was taken down; the places of the versions that went. `now` is UTC.
    The tables do not hold it any more. May be repeated from any point.

    Raises StorageUnavailable, ObjectConflict where somebody else releases the month meanwhile.
    """
    gone: list[str] = []
    for month, places in sorted(_holding(bucket, tombstone).items()):
        versions = [place for place in places if not place.endswith("/draft/")]
        if versions:
            progress(f"release of {month}")
            words = f"An article {tombstone.sentence[3:]}; this version replaces {', '.join(versions)}."
            done = publish(storage, month, now, accept="the takedown", notice=words, progress=progress)
            checkpoint("release")
        for place in places:
            if versions and place == done.place:
                continue  # it was begun by somebody, and has been published now
            for key in sorted(bucket.list(place), key=lambda key: not key.endswith(SUMS)):
                if not key.endswith(REPLACED):
                    bucket.remove(key)
                    checkpoint("release file")
            if place in versions:
                left = f"An article in this release {tombstone.sentence[3:]}.\n{done.place} replaces it.\n"
                bucket.replace(f"{place}{REPLACED}", left.encode(), "text/plain; charset=utf-8")
            gone.append(place)
    return gone


def _holding(bucket: Bucket, tombstone: Tombstone) -> dict[str, list[str]]:
    """The versions and drafts that hold it, by month; also those of which some of the files have gone already."""
    places: dict[str, dict[str, list[str]]] = {}
    for key in bucket.list("releases/"):
        if match := VERSION.match(key):
            places.setdefault(match["month"], {}).setdefault(match[0], []).append(key)
    found: dict[str, list[str]] = {}
    for month, by_place in places.items():
        for place, keys in by_place.items():
            is_version = not place.endswith("/draft/")
            is_begun = is_version and not {f"{place}{SUMS}", f"{place}{REPLACED}"} & set(keys)
            data = [key for key in keys if key.endswith(".parquet")]
            if is_begun or any(_holds(bucket, key, tombstone) for key in data):
                found.setdefault(month, []).append(place)
    return found


def _holds(bucket: Bucket, key: str, tombstone: Tombstone) -> bool:
    content = bucket.find(key)
    if content is None:
        return False
    rows = pq.ParquetFile(BytesIO(content)).read(["article_id", "site"])
    if tombstone.scope is Scope.SITE and tombstone.place in rows["site"].unique().to_pylist():
        return True
    return not set(rows["article_id"].to_pylist()).isdisjoint(tombstone.addresses)
