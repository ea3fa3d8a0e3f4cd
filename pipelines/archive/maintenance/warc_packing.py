"""Small WARC files of a closed month are put together to packs; rows are led there; then the files are removed.

In this order, so that every row points to bytes that are there, wherever it is broken off:

1. The pack, its CDXJ and, last, the list of its members are stored, under keys that the members determine.
2. Rows that point into members are made to point into the pack, in one commit for each partition of each table, on the
   version that was read: a row that a crawl brings meanwhile is not overwritten. A mark in the bucket says when.
3. Once no version of a table that can still be read points to the members, these are removed. Rows are looked through
   before and after, since a batch that waited may have brought one that points there.
"""

import json
import logging
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.bucket import Bucket, ObjectConflict, StorageDamaged
from pipelines.archive.cdxj import cdxj_of_file
from pipelines.archive.disk import MEGABYTE, require_room, writing
from pipelines.archive.maintenance.report import Step, megabytes
from pipelines.archive.maintenance.table_upkeep import WRITING
from pipelines.archive.packs import (
    BATCH_KEY,
    MEMBERS_SUFFIX,
    PACK_KEY,
    Pack,
    Relocation,
    cdxj_key,
    packs_in,
    repointed_at,
)
from pipelines.archive.repointing import ROW_KEYS, repoint
from pipelines.archive.tables import Corpus, pass_by

logger = logging.getLogger(__name__)

MAX_PACK_BYTES = 512 << 20
"""What the field keeps its files to (hundreds of megabytes to a gigabyte), and one PUT of every store takes."""

MAX_SMALL_FILE_BYTES = 128 << 20
"""Of a file that is packed: larger ones are few, and copying them gains nothing."""

MIN_FILES = 8
"""Of a month that are packed: below that a pack would have as many objects of its own to look after as it saves."""

CLOSED_AFTER = timedelta(days=7)
"""The end of a month: runs of its last night are over, and what the storage's being away held up is delivered."""

Sizes = Mapping[str, int]


class WarcPacking:
    """The packing of a bucket's WARC files. `scratch` is a folder for one pack, on whose disk `min_free_mb` megabytes
    stay free; `keep_versions` is how long versions of tables can be read; `progress` is told how far it has come, and
    `checkpoint` each step that is done: pack, cdxj, members, repointed, removing, removed.
    """

    def __init__(
        self,
        bucket: Bucket,
        corpus: Corpus,
        scratch: Path,
        *,
        keep_versions: timedelta,
        min_free_mb: int = 0,
        progress: Callable[[str], None] = lambda _: None,
        checkpoint: Callable[[str], None] = pass_by,
    ) -> None:
        self._bucket = bucket
        self._corpus = corpus
        self._scratch = scratch
        self._keep_versions = keep_versions
        self._min_free_mb = min_free_mb
        self._progress = progress
        self._checkpoint = checkpoint
        self._failed: list[str] = []
        self._figures = dict.fromkeys(
            ("files_packed", "packs_made", "rows_repointed", "objects_removed", "bytes_freed"), 0
        )

    def run(self, now: datetime, sites: Sequence[str] = ()) -> Step:
        """Do what there is to do, for these `sites` alone where any are named; `now` is UTC.

        Raises StorageUnavailable, and DiskFailed where the disk has no room for a pack, or does not take it.
        """
        for prefix in [f"warc/{site}/" for site in sites] or ["warc/"]:
            for site, objects in _by_site(self._bucket.objects(prefix)):
                try:
                    self._keep_up(site, objects, now)
                except StorageDamaged as damage:
                    self._failed.append(f"{site}: {damage}; see `kliping verify`")
        return Step("WARC files", _words(self._figures), self._figures, failed=self._failed)

    def _keep_up(self, site: str, objects: Sizes, now: datetime) -> None:
        months = sorted({match["month"] for key in objects if (match := BATCH_KEY.fullmatch(key))})
        there = [key for key in objects if key.endswith(MEMBERS_SUFFIX) and key.startswith(tuple(months))]
        packs = packs_in(self._bucket, there)
        self._remove_unfinished(objects)
        packed = {member.key for pack in packs for member in pack.members}
        waiting = {key: size for key, size in objects.items() if key not in packed and size <= MAX_SMALL_FILE_BYTES}
        for month in months:
            if _is_closed(month, now):
                files = [(key, size) for key, size in waiting.items() if _month_of(key) == month]
                packs += [pack for group in groups(files) if (pack := self._pack(site, month, group))]
        unfinished = [pack for pack in packs if any(member.key in objects for member in pack.members)]
        if unfinished:
            self._finish(site, unfinished, objects, now)

    def _remove_unfinished(self, objects: Sizes) -> None:
        """Remove packs that a round which was broken off had not listed the members of: no row points there."""
        for key in objects:
            if PACK_KEY.fullmatch(key) and Pack(key, ()).members_key not in objects:
                self._remove(key, objects)

    # Packing

    def _pack(self, site: str, month: str, files: Sequence[tuple[str, int]]) -> Pack | None:
        """Store a pack of these files, None where too few of them are whole.

        Raises DiskFailed where the disk has no room for it, or does not take it.
        """
        self._progress(f"WARC files of {site}: {len(files)} of {month.removeprefix(f'warc/{site}/')} to one")
        needed = sum(size for _, size in files) // MEGABYTE + 1
        require_room(self._scratch, self._min_free_mb + needed)
        place = self._scratch / "pack.warc.gz"
        whole = self._put_together(files, place)
        if len(whole) < 2:
            return None
        pack = Pack.of(month, whole)
        self._bucket.put_once(pack.key, place, "application/warc")
        self._checkpoint("pack")
        cdxj = self._scratch / "pack.cdxj"
        with writing(cdxj):
            cdxj.write_text(cdxj_of_file(place, pack.key), encoding="utf-8")
        try:
            self._bucket.put_once(pack.cdxj_key, cdxj, "text/x-cdxj")
        except ObjectConflict:
            logger.info("the index of %s is in the bucket already, as another version made it", pack.key)
        self._checkpoint("cdxj")
        self._bucket.create(pack.members_key, pack.to_json())
        self._checkpoint("members")
        place.unlink()
        self._figures["packs_made"] += 1
        self._figures["files_packed"] += len(whole)
        return pack

    def _put_together(self, files: Sequence[tuple[str, int]], place: Path) -> list[tuple[str, int]]:
        """Write the files that are whole one after the other; these, with their lengths."""
        whole: list[tuple[str, int]] = []
        part = self._scratch / "part.warc.gz"
        with writing(place), place.open("wb") as out:
            for key, _ in files:
                stored = self._bucket.download(key, part)
                if stored is None:
                    continue
                if stored[1] not in (None, stored[0]):
                    self._failed.append(f"{key} is not what was stored, and is not packed; see `kliping verify`")
                    continue
                with part.open("rb") as content:
                    shutil.copyfileobj(content, out)
                whole.append((key, part.stat().st_size))
        part.unlink(missing_ok=True)
        return whole

    # Rows, and what they no longer need

    def _finish(self, site: str, packs: Sequence[Pack], objects: Sizes, now: datetime) -> None:
        packs = [pack for pack in packs if self._is_there(pack)]
        moved = self._repoint(site, packs)
        removed = False
        for pack in packs:
            at = repointed_at(self._bucket.find(pack.repointed_key))
            if at is None or any(member.key in moved for member in pack.members):
                self._bucket.replace(
                    pack.repointed_key, json.dumps({"at": now.isoformat()}).encode(), "application/json"
                )
                self._checkpoint("repointed")
            elif now - at >= self._keep_versions:
                for member in pack.members:
                    self._remove(member.key, objects)
                removed = True
                self._checkpoint("removed")
        if removed:
            self._repoint(site, packs)

    def _is_there(self, pack: Pack) -> bool:
        """Whether the store has a pack whole; no row is led there else."""
        found = self._bucket.head(pack.key)
        if found is not None and found.length == pack.length:
            return True
        self._failed.append(f"{pack.key} is not there as its members say; see `kliping verify`")
        return False

    def _repoint(self, site: str, packs: Sequence[Pack]) -> set[str]:
        """Have rows of a site point into packs; the members that they pointed to."""
        relocation = Relocation(packs)
        for table in ROW_KEYS:
            try:
                partitions = self._corpus.partitions(table, site)
            except TableNotFoundError:
                continue
            for partition in partitions:
                self._figures["rows_repointed"] += repoint(
                    self._corpus, table, partition, relocation.row, writer_properties=WRITING
                )
        return relocation.used

    def _remove(self, key: str, objects: Sizes) -> None:
        """Remove a WARC file after its CDXJ, which would speak of a file that is missing."""
        for each in (cdxj_key(key), key):
            if each in objects:
                self._bucket.remove(each)
                self._figures["objects_removed"] += 1
                self._figures["bytes_freed"] += objects[each]
            self._checkpoint("removing")


def sites_to_pack(bucket: Bucket, now: datetime) -> list[str]:
    """The sites that have small WARC files of a closed month: enough for a pack, or beside one; `now` is UTC."""
    batches: Counter[str] = Counter()
    with_packs: set[str] = set()
    for key in bucket.list("warc/"):
        if month := _month_of(key):
            batches[month] += 1
        elif pack := PACK_KEY.fullmatch(key):
            with_packs.add(pack["month"])
    there = {month for month, count in batches.items() if count >= MIN_FILES or month in with_packs}
    return sorted({month.split("/")[1] for month in there if _is_closed(month, now)})


def groups(files: Sequence[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    """Files by key and length, parted in order into packs; none where there are too few."""
    if len(files) < MIN_FILES:
        return
    group: list[tuple[str, int]] = []
    for key, size in sorted(files):
        if group and sum(length for _, length in group) + size > MAX_PACK_BYTES:
            yield group
            group = []
        group.append((key, size))
    if len(group) > 1:
        yield group


def _by_site(objects: Iterator[tuple[str, int]]) -> Iterator[tuple[str, Sizes]]:
    for site, found in groupby(objects, lambda entry: entry[0].split("/")[1]):
        yield site, dict(found)


def _month_of(key: str) -> str | None:
    match = BATCH_KEY.fullmatch(key)
    return match["month"] if match else None


def _is_closed(month: str, now: datetime) -> bool:
    return now.date() - _last_day(month) > CLOSED_AFTER


def _last_day(month: str) -> date:
    year, number = map(int, re.findall(r"\d+", month)[-2:])
    return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)


def _words(figures: Mapping[str, int]) -> str:
    parts = []
    if figures["packs_made"]:
        parts.append(f"{figures['files_packed']:,} small files were put together to {figures['packs_made']:,}")
    if figures["rows_repointed"]:
        parts.append(f"{figures['rows_repointed']:,} rows point there now")
    if figures["objects_removed"]:
        parts.append(
            f"{figures['objects_removed']:,} objects that nothing points to any more were removed, "
            f"{megabytes(figures['bytes_freed'])}"
        )
    return "; ".join(parts)
