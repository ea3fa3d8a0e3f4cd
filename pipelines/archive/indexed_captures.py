"""Captures of a site, found in the CDXJ of its WARC files."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from pipelines.archive.bucket import Bucket, ListedObject, StorageDamaged
from pipelines.archive.packs import BATCH_KEY, CDXJ_SUFFIX, WARC_SUFFIX, cdxj_key, packs_in

REVISIT = "warc/revisit"
CAPTURE_TIME = "%Y%m%d%H%M%S"
MONTH = re.compile(r"warc/[^/]+/\d{4}/\d\d/")
"""What the keys of a site's month begin with."""


@dataclass(frozen=True, slots=True)
class IndexedCapture:
    """A line of CDXJ: its key, time ('YYYYMMDDhhmmss', UTC) and fields."""

    surt: str
    at: str
    fields: Mapping[str, str]

    @property
    def is_revisit(self) -> bool:
        return self.fields.get("mime") == REVISIT

    @property
    def digest(self) -> str:
        """The payload's, without the prefix, which files of version 1.0 lack; '-' for none."""
        return self.fields.get("digest", "-").removeprefix("sha1:")

    def is_within(self, begin: datetime, end: datetime) -> bool:
        """Whether it is of that span of UTC, whose end does not belong to it."""
        return f"{begin:{CAPTURE_TIME}}" <= self.at < f"{end:{CAPTURE_TIME}}"

    def holds(self, revisit: "IndexedCapture") -> bool:
        """Whether it is the whole capture that a revisit speaks of, as far as that says which one."""
        is_earlier = not self.is_revisit and self.surt == revisit.surt and self.at <= revisit.at
        return is_earlier and revisit.digest in ("-", self.digest)


CapturesByFile = Mapping[str, Sequence[IndexedCapture]]
"""Captures by the keys of the WARC files that hold them."""


@dataclass(frozen=True, slots=True)
class FoundCaptures:
    """All captures of some WARC files, and the revisits among them whose whole capture is in no file of the site."""

    by_file: CapturesByFile
    unresolved: Sequence[IndexedCapture]


def captures_between(bucket: Bucket, site: str, begin: datetime, end: datetime) -> FoundCaptures:
    """The captures of the WARC files that hold one of a site in a span of UTC, and of those that revisits refer to.

    Raises StorageUnavailable, and StorageDamaged where the CDXJ of a file cannot be read.
    """
    months = _files_by_month(bucket, site)
    # A run captures on after the midnight that its files are named for.
    first, last = f"{begin - timedelta(days=1):%Y-%m}", f"{end:%Y-%m}"
    read = {key: _read(bucket, key) for month, keys in months.items() if first <= month <= last for key in keys}
    found = {key: captures for key, captures in read.items() if any(c.is_within(begin, end) for c in captures)}
    unresolved = _unresolved(found)
    earlier = (key for month in sorted(months, reverse=True) if month <= last for key in sorted(months[month])[::-1])
    for key in earlier:
        if not unresolved:
            break
        captures = read[key] if key in read else _read(bucket, key)
        if key not in found and any(capture.holds(revisit) for revisit in unresolved for capture in captures):
            found[key] = captures
            unresolved = _unresolved(found)
    return FoundCaptures(dict(sorted(found.items())), unresolved)


def indexed_months(bucket: Bucket, prefix: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The months below a prefix that have WARC files with an index, each by what its keys begin with: the files' keys,
    with the store's tags of their indexes; no member of a pack beside it.

    Raises StorageUnavailable, and StorageDamaged where the list of a pack's members cannot be read.
    """
    for month, listed in groupby(bucket.listing(prefix), _month_of):
        objects = {each.key: each for each in listed}
        warcs = {
            f"{key.removesuffix(CDXJ_SUFFIX)}{WARC_SUFFIX}": each.etag
            for key, each in objects.items()
            if key.endswith(CDXJ_SUFFIX)
        }
        # Once the members of packs are gone, their lists need not be read.
        packs = packs_in(bucket, objects) if any(map(BATCH_KEY.fullmatch, warcs)) else []
        packed = {member.key for pack in packs for member in pack.members}
        if month and (left := {warc: tag for warc, tag in warcs.items() if warc not in packed}):
            yield month, left


def _month_of(listed: ListedObject) -> str | None:
    match = MONTH.match(listed.key)
    return match and match[0]


def _files_by_month(bucket: Bucket, site: str) -> dict[str, list[str]]:
    """The keys of a site's WARC files that have an index, by UTC month."""
    months = indexed_months(bucket, f"warc/{site}/")
    return {"-".join(month.split("/")[2:4]): list(files) for month, files in months}


def _read(bucket: Bucket, key: str) -> Sequence[IndexedCapture]:
    place = cdxj_key(key)
    try:
        lines = [line.split(" ", 2) for line in bucket.get(place).decode().splitlines()]
        return [IndexedCapture(surt, at, json.loads(fields)) for surt, at, fields in lines]
    except ValueError as error:
        raise StorageDamaged(f"{place} is not CDXJ: `kliping verify --repair` makes it anew") from error


def _unresolved(found: CapturesByFile) -> list[IndexedCapture]:
    by_surt: dict[str, list[IndexedCapture]] = {}
    for capture in _all(found):
        by_surt.setdefault(capture.surt, []).append(capture)
    return [
        revisit
        for revisit in _all(found)
        if revisit.is_revisit and not any(other.holds(revisit) for other in by_surt[revisit.surt])
    ]


def _all(found: CapturesByFile) -> Iterable[IndexedCapture]:
    return (capture for captures in found.values() for capture in captures)
