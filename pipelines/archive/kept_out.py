"""What a batch holds that was taken down while it waited: it is delivered without that."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.archive.disk import writing
from pipelines.archive.journal import JournalEntry
from pipelines.archive.schema import ARTICLES, DUPLICATES, Row
from pipelines.archive.tombstones import Tombstones
from pipelines.archive.warc_blanking import FoundRecord, blank, found_records
from pipelines.visit import Outcome

BYTES = ("content_digest", "warc_filename", "warc_record_offset", "warc_record_length")
"""Columns that say where the bytes of a page lie."""


@dataclass(frozen=True, slots=True)
class Remainder:
    """What is left of a batch: the entries of its journal, and a copy of its WARC file with records blanked, None where
    the file is as it was.
    """

    entries: Sequence[JournalEntry]
    warc: Path | None = None


def remainder(
    entries: Sequence[JournalEntry], warc: Path | None, site: str, key: str, tombstones: Tombstones
) -> Remainder:
    """What is left of a site's batch, whose WARC file is the one under `key` in the bucket.

    Raises DiskFailed.
    """
    if not tombstones:
        return Remainder(entries)
    left = [
        replace(entry, announced=[row for row in entry.announced if not tombstones.covering(row["url"], row["site"])])
        for entry in entries
        if not _is_of_it(entry, tombstones)
    ]
    going = _going(warc, site, key, left, tombstones) if warc else []
    if not warc or not going:
        return Remainder(left)
    copy = warc.with_suffix(".blanked")
    with writing(copy):
        shutil.copyfile(warc, copy)
    latest = max(tombstones.each, key=lambda tombstone: tombstone.at)
    blank(copy, [(record.offset, record.length) for record in going], key, latest.at, latest.reference)
    gone = {(key, record.offset) for record in going}
    return Remainder([_pointing_elsewhere(entry, gone) for entry in left], copy)


def _pointing_elsewhere(entry: JournalEntry, gone: set[tuple[str, int]]) -> JournalEntry:
    """An entry whose rows do not point to what has gone."""
    return replace(
        entry, row=entry.row and _without(entry.row, gone), visit=entry.visit and _without(entry.visit, gone)
    )


def _is_of_it(entry: JournalEntry, tombstones: Tombstones) -> bool:
    if entry.row is None and entry.visit and entry.visit["outcome"] == Outcome.RIGHTS:
        return False  # a look that was ended for the tombstone's sake, or another right's: the row has no word of it
    rows: list[Row] = [row for row in (entry.row, entry.visit) if row and "url" in row]
    addresses = {(row["url"], row["site"]) for row in rows} | {(mark.seen.url, mark.seen.site) for mark in entry.marks}
    if any(tombstones.covering(url, site) for url, site in addresses):
        return True
    body: str = (entry.row or {}).get("body") or ""
    return tombstones.repeated_in(body.encode()) is not None


def _going(warc: Path, site: str, key: str, left: Sequence[JournalEntry], tombstones: Tombstones) -> list[FoundRecord]:
    """The records of a file that hold it, but what quotes a line of it and is an article's."""
    kept = {offset for entry in left for offset in _pages_of_articles(entry, key)}
    return [
        record for record in found_records(warc, site, tombstones) if not (record.is_by_text and record.offset in kept)
    ]


def _pages_of_articles(entry: JournalEntry, key: str) -> Iterator[int]:
    if entry.row and entry.table in (ARTICLES.name, DUPLICATES.name):
        for place in (entry.row, *(entry.row.get("pages") or ())):
            if place["warc_filename"] == key:
                yield place["warc_record_offset"]


def _without(row: Row, gone: set[tuple[str, int]]) -> Row:
    is_gone = (row.get("warc_filename"), row.get("warc_record_offset")) in gone
    return row | dict.fromkeys(BYTES) if is_gone else row
