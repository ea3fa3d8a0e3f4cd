"""What is whole in a batch's files, whatever has become of the rest of them."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from pipelines.archive.journal import Journal, JournalEntry
from pipelines.archive.schema import Row
from pipelines.archive.warc_reader import Record, read_head, whole_records

WARC_FILE = "part.warc.gz"
CDXJ_FILE = "part.cdxj"
JOURNAL_FILE = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class Contents:
    """What is whole in a batch: `records` of its WARC file in order, and `entries` of its journal whose records are
    whole, their rows pointing to where these lie in a file of the whole records alone.

    `lost_entries` counts the others, `lost_bytes` what belongs to no whole record.
    """

    records: tuple[Record, ...]
    entries: tuple[JournalEntry, ...]
    lost_entries: int
    lost_bytes: int

    @property
    def is_whole(self) -> bool:
        return not self.lost_entries and not self.lost_bytes

    @property
    def damage(self) -> str:
        """What is not whole, in words."""
        lines = f"{self.lost_entries} visits in {JOURNAL_FILE} have no whole line or no whole bytes"
        places = f"{self.lost_bytes:,} bytes in {WARC_FILE} belong to no record"
        return " and ".join(words for words, lost in ((lines, self.lost_entries), (places, self.lost_bytes)) if lost)

    @classmethod
    def read(
        cls,
        folder: Path,
        key: str,
        has_bytes: Callable[[Row], bool] = lambda _: True,
        *,
        lines: int = 0,
        warc_bytes: int = 0,
        run_row: str = "",
    ) -> Self:
        """What is whole in the files of the batch in `folder`, whose rows call its WARC file `key`.

        `has_bytes` tells of what points into other files whether its bytes are there. `lines`, `warc_bytes` and
        `run_row` are what the files held when they were closed, as far as that is known.
        """
        warc = folder / WARC_FILE
        records = tuple(whole_records(warc)) if warc.exists() else ()
        size = max(warc_bytes, warc.stat().st_size if warc.exists() else 0)
        found = Journal.read(folder / JOURNAL_FILE)
        journal = found.with_run_row(run_row)
        # Damage may look like more lines than there were.
        written = max(lines, found.lost + len(found.entries)) if journal is found else lines
        places = _Places(records)
        there = [e for e in journal.entries if all(map(has_bytes, pointers_elsewhere([e], key)))]
        entries = [entry for found in there if (entry := _placed(found, key, places))]
        return cls(
            records,
            tuple(entries),
            max(0, written - len(entries)),
            size - sum(record.length for record in records),
        )

    def under_key(self, old: str, new: str) -> list[JournalEntry]:
        """The entries with rows that call the WARC file `new` in place of `old`."""
        return [_with_pointers(entry, lambda p: p | {"warc_filename": new}, old) for entry in self.entries]


class _Places:
    """Where records lie once all that is damaged is taken out from between them."""

    def __init__(self, records: tuple[Record, ...]) -> None:
        self._by_length: dict[int, list[tuple[Record, int]]] = defaultdict(list)
        offset = 0
        for record in records:
            self._by_length[record.length].append((record, offset))
            offset += record.length

    def offset(self, pointer: Row) -> int | None:
        """Where the record of a row or of one of its pages lies, None where it is not whole.

        Damage that put bytes in, or took some out, has moved what stands behind it: such a record is known by its
        length and by its payload's digest, or by its address.
        """
        alike = self._by_length.get(pointer["warc_record_length"], [])
        for record, offset in alike:
            if record.offset == pointer["warc_record_offset"]:
                return offset
        moved = [offset for record, offset in alike if _is_of(record, pointer)]
        return moved[0] if len(moved) == 1 else None


def _is_of(record: Record, pointer: Row) -> bool:
    head = read_head(record.head)
    digest: str | None = pointer.get("content_digest")
    if digest:
        return head.fields.get("warc-payload-digest") == digest
    address: str | None = pointer.get("captured_url") or pointer.get("url")
    return head.url == address


def _placed(entry: JournalEntry, key: str, places: _Places) -> JournalEntry | None:
    """The entry with its row pointing to where its records lie, None where one of them is not whole."""
    found: list[int | None] = []

    def place(pointer: Row) -> Row:
        found.append(places.offset(pointer))
        return pointer | {"warc_record_offset": found[-1]}

    placed = _with_pointers(entry, place, key)
    return None if None in found else placed


def _with_pointers(entry: JournalEntry, change: Callable[[Row], Row], key: str) -> JournalEntry:
    """The entry with what its rows point to in the file `key` changed."""
    return replace(
        entry,
        row=entry.row and _row_with_pointers(entry.row, change, key),
        visit=entry.visit and _row_with_pointers(entry.visit, change, key),
    )


def _row_with_pointers(row: Row, change: Callable[[Row], Row], key: str) -> Row:
    """The row with what points into the file `key`, in itself and in its pages, changed."""
    changed = change(row) if row.get("warc_filename") == key else row
    if not row.get("pages"):
        return changed
    pages = [change(page) if page["warc_filename"] == key else page for page in row["pages"]]
    return changed | {"pages": pages}


def pointers_elsewhere(entries: Sequence[JournalEntry], key: str) -> Iterator[Row]:
    """Those rows, and pages of rows, that point into another file than `key`."""
    for entry in entries:
        for row in (entry.row, entry.visit):
            for pointer in (row, *(row.get("pages") or ())) if row else ():
                if pointer.get("warc_filename") not in (None, key):
                    yield pointer
