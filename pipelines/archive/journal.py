"""The journal of a batch: a line of JSON for each visit, with a checksum, so that damage costs the lines it hit."""

import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import ConfigDict, TypeAdapter, ValidationError

from pipelines.archive.batch_rows import Presence
from pipelines.archive.schema import ANNOUNCED, RUNS, TABLES, VISITS, Row
from pipelines.index.fingerprints import wording
from pipelines.index.records import IndexUpdate, Match, Status
from pipelines.report import Look

CHECKSUM = re.compile(rb',"crc32":"([0-9a-f]{8})"\}\Z')
"""How a line ends; the lines of earlier versions have no checksum."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What a visit leaves behind: its row in a table, if any, and its marks for the index, if any.

    For a row of `articles`: `month` is the partition in which its earlier version stands, `revisits` are the URLs of
    its pages that were captured as revisit records, `was_duplicate` says that the URL stood in `duplicates` until now,
    `replaced_copy` that it stood there under another id, for a copy of itself; `link` is the article that its text is
    like, though both are articles. `aliases` are the marks of the article's other addresses, `look` is what a report
    counts of the visit, `visit` its row in `visits`. `presence` is there in place of a row where the page of an article
    was found to be gone, or there again. `announced` are rows of the table of that name, beside the run's own row.
    """

    __pydantic_config__ = ConfigDict(ser_json_bytes="hex", val_json_bytes="hex", extra="forbid", defer_build=True)

    table: str | None = None
    row: Row | None = None
    mark: IndexUpdate | None = None
    month: str | None = None
    revisits: Sequence[str] = ()
    was_duplicate: bool = False
    replaced_copy: str | None = None
    link: Match | None = None
    aliases: Sequence[IndexUpdate] = ()
    look: Look | None = None
    presence: Presence | None = None
    visit: Row | None = None
    announced: Sequence[Row] = ()

    @property
    def marks(self) -> list[IndexUpdate]:
        """All that the index learns of the visit."""
        return [*([self.mark] if self.mark else []), *self.aliases]

    @property
    def article_id(self) -> str | None:
        """The id of the article of which a row is, None without one."""
        return self.row.get("article_id") if self.row else None

    def to_json(self) -> bytes:
        """One line of a journal, with its checksum and without its end."""
        line: bytes = _JOURNAL_ENTRY.dump_json(self)
        return line[:-1] + b',"crc32":"%08x"}' % zlib.crc32(line)

    @classmethod
    def from_json(cls, line: bytes) -> Self:
        """The entry that `to_json` wrote; times in its row stay text, as tables take them.

        Raises ValueError where the line is not such an entry.
        """
        checksum = CHECKSUM.search(line)
        if checksum:
            line = line[: checksum.start()] + b"}"
            if zlib.crc32(line) != int(checksum[1], 16):
                raise ValueError("its checksum does not fit")
        try:
            entry: Self = _JOURNAL_ENTRY.validate_json(line)
        except ValidationError:
            entry = _JOURNAL_ENTRY.validate_json(_with_wording(line))
        if not checksum:
            entry.check()
        return entry

    def check(self) -> None:
        """Raises ValueError where no table could take one of the rows."""
        if (self.table is None) != (self.row is None) or (self.table and self.table not in TABLES):
            raise ValueError(f"there is no table {self.table}, or no row for it")
        if self.table and self.row:
            TABLES[self.table].require(self.row)
        if self.visit:
            VISITS.require(self.visit)
        for row in self.announced:
            ANNOUNCED.require(row)


_JOURNAL_ENTRY: TypeAdapter[Any] = TypeAdapter(JournalEntry)


def _with_wording(line: bytes) -> bytes:
    """The line of a version that knew a text by a signature, with its wording in that place."""
    entry = json.loads(line)
    original = (entry.get("mark") or {}).get("original")
    if original and "signature" in original:
        del original["signature"]
        text = wording(entry["row"]["body"])
        original["wording"] = text and text.hex()
    return json.dumps(entry).encode()


@dataclass(frozen=True, slots=True)
class Journal:
    """What could be read of a journal: its whole entries, and how many lines could not be."""

    entries: tuple[JournalEntry, ...]
    lost: int

    @classmethod
    def read(cls, path: Path) -> Self:
        """The journal at `path`, empty where there is none. A line that stands there twice is one entry: a batch holds
        a visit once, and a table would take both rows.

        Marks of aliases that follow a lost line, on lines of their own as earlier versions wrote them, are lost with
        it: an alias that is known hides its article from the sources that announce it by that address.
        """
        entries: list[JournalEntry] = []
        lost, is_orphaned = 0, False
        lines = path.read_bytes().split(b"\n") if path.exists() else []
        for line in dict.fromkeys(lines):
            if not line:
                continue
            try:
                entry = JournalEntry.from_json(line)
            except ValueError:
                lost, is_orphaned = lost + 1, True
                continue
            is_alias = entry.row is None and entry.mark is not None and entry.mark.seen.status is Status.ALIAS
            is_orphaned = is_orphaned and is_alias
            if not is_orphaned:
                entries.append(entry)
        return cls(tuple(entries), lost)

    def with_run_row(self, line: str) -> "Journal":
        """The journal with the row of the run that a line of it held, where that line is among those that were lost."""
        if not line or any(entry.table == RUNS.name for entry in self.entries):
            return self
        try:
            row = JournalEntry.from_json(line.encode())
        except ValueError:
            return self
        return Journal((*self.entries, row), self.lost)


def run_row_line(path: Path) -> str:
    """The line of the journal at `path` that holds the row of a run, empty where it has none."""
    start = f'{{"table":"{RUNS.name}"'.encode()
    found = [line for line in path.read_bytes().split(b"\n") if line.startswith(start)]
    return found[-1].decode() if found else ""
