"""Batches on local disk: what a run has captured and recorded, until the bucket has it.

    <home>/spool/<site>/sequence.json        id of this sequence of batches, and the number of the last one sealed
    <home>/spool/<site>/<run>-<nnn>/         a batch
        part.warc.gz                         its captures
        journal.jsonl                        its visits
        part.cdxj                            the index of its captures, once its files are closed
        batch.json                           once it is sealed: its number

A visit is safe once its journal entry is on disk.
"""

import json
import logging
import os
import shutil
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from deltalake import Transaction
from pydantic import ConfigDict, TypeAdapter

from pipelines.archive.cdxj import cdxj_line, cdxj_of_file
from pipelines.archive.schema import Row
from pipelines.archive.warc import Exchange, RecordLocation, RevisitTarget, WarcFileWriter
from pipelines.archive.warc_reader import complete_length
from pipelines.index.records import IndexUpdate
from pipelines.visit import WarcRecord

logger = logging.getLogger(__name__)

WARC_FILE = "part.warc.gz"
CDXJ_FILE = "part.cdxj"
JOURNAL_FILE = "journal.jsonl"
SEAL_FILE = "batch.json"
SEQUENCE_FILE = "sequence.json"
DELIVERED_SUFFIX = ".delivered"
"""Of a delivered batch's folder while it is being removed: a half-removed one must not look unsealed."""


class BatchDamaged(ValueError):  # noqa: N818 - it names a state
    """A file of a batch in the spool could not be read; the message names it, in one sentence."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What a visit leaves behind: its row in a table, if any, and its mark for the index, if any.

    For a row of `articles`: `month` is the partition in which its earlier version stands, `revisits` are the URLs of
    its pages that were captured as revisit records, `was_duplicate` says that the URL stood in `duplicates` until now,
    `replaced_copy` that it stood there under another id, for a copy of itself.
    """

    __pydantic_config__ = ConfigDict(ser_json_bytes="hex", val_json_bytes="hex", extra="forbid", defer_build=True)

    table: str | None = None
    row: Row | None = None
    mark: IndexUpdate | None = None
    month: str | None = None
    revisits: Sequence[str] = ()
    was_duplicate: bool = False
    replaced_copy: str | None = None

    def to_json(self) -> bytes:
        """One line of a journal, without its end."""
        return _JOURNAL_ENTRY.dump_json(self)

    @classmethod
    def from_json(cls, line: bytes) -> Self:
        """The entry that `to_json` wrote; times in its row stay text, as tables take them.

        Raises ValueError where the line is not such an entry.
        """
        return _JOURNAL_ENTRY.validate_json(line)  # type: ignore[return-value]  # there are no subclasses


_JOURNAL_ENTRY = TypeAdapter(JournalEntry)


class OpenBatch:
    """A batch being written. Its WARC file begins with the first capture; without captures there is none."""

    def __init__(self, site_folder: Path, run: str, number: int, warcinfo: Mapping[str, str]) -> None:
        self.folder = site_folder / f"{run}-{number:03}"
        self.folder.mkdir(parents=True)
        self.key = warc_key(site_folder.name, run, number)
        self.urls: set[str] = set()
        self.opened_at = time.monotonic()
        self._warcinfo = warcinfo
        self._warc: WarcFileWriter | None = None
        self._cdxj: list[str] = []
        self._journal = (self.folder / JOURNAL_FILE).open("xb")

    @property
    def warc_bytes(self) -> int:
        return self._warc.size if self._warc else 0

    def capture(
        self, exchange: Exchange, target: RevisitTarget | None, withheld_for: Sequence[str] = ()
    ) -> RecordLocation:
        """Append an exchange to the WARC file, as a revisit of `target` where it is one; its body is left out where it
        states the reservations `withheld_for`: there is nothing to be replayed then.
        """
        if self._warc is None:
            self._warc = WarcFileWriter(self.folder / WARC_FILE, Path(self.key).name, self._warcinfo)
        location = self._warc.write(exchange, target, withheld_for)
        if location.withheld:
            return location
        self._cdxj.append(
            cdxj_line(
                exchange.url,
                exchange.fetched_at,
                WarcRecord(self.key, location.offset, location.length),
                status=exchange.status,
                content_type=exchange.header("Content-Type"),
                payload_digest=location.payload_digest,
                is_revisit=location.revisit,
            )
        )
        return location

    def describe(self, warcinfo: Mapping[str, str]) -> None:
        """Say of the captures to come what `warcinfo` says."""
        self._warcinfo = warcinfo
        if self._warc is not None:
            self._warc.describe(warcinfo)

    def journal(self, entry: JournalEntry, url: str | None = None) -> None:
        """Append the entry of a visit to `url`. When this returns it is on disk, and so are the records before it."""
        if self._warc is not None:
            self._warc.sync()
        self._journal.write(entry.to_json() + b"\n")
        self._journal.flush()
        os.fsync(self._journal.fileno())
        if url:
            self.urls.add(url)

    def close(self) -> None:
        """Close the files; what was written stays."""
        self._journal.close()
        if self._warc is not None:
            self._warc.sync()
            self._warc.close()
            _write_durably(self.folder / CDXJ_FILE, "".join(sorted(self._cdxj)))


def warc_key(site: str, run: str, number: int) -> str:
    """Key in the bucket of a batch's WARC file: set by run and number, so that a repeated upload meets itself."""
    return f"{warc_prefix(site, run)}{number:03}.warc.gz"


def warc_prefix(site: str, run: str) -> str:
    """What the keys of all WARC files of a run begin with."""
    return f"warc/{site}/{run[:4]}/{run[4:6]}/{run[6:8]}/{site}-{run}-"


@dataclass(frozen=True, slots=True)
class SealedBatch:
    """A batch that is complete and waits for its delivery. `transaction` is its id for every Delta table."""

    folder: Path
    key: str
    transaction: Transaction

    @classmethod
    def seal(cls, folder: Path) -> Self:
        """Seal the batch in `folder`, whose files are closed; its site's lock must be held."""
        run, _, number = folder.name.rpartition("-")
        sequence = _next_in_sequence(folder.parent)
        values = {"site": folder.parent.name, "key": warc_key(folder.parent.name, run, int(number)), **sequence}
        _write_durably(folder / SEAL_FILE, json.dumps(values))
        return cls.from_folder(folder)

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """The sealed batch in `folder`.

        Raises BatchDamaged.
        """
        values = _read_json(folder / SEAL_FILE, "sequence", "site", "number", "key")
        transaction = Transaction(f"{values['sequence']}:{values['site']}", values["number"])
        return cls(folder, values["key"], transaction)

    @property
    def warc(self) -> Path | None:
        """The WARC file, None where nothing was captured."""
        path = self.folder / WARC_FILE
        return path if path.exists() else None

    def cdxj(self) -> Path:
        """The index of the WARC file; read from the file itself where the run did not come to write it."""
        path = self.folder / CDXJ_FILE
        if not path.exists():
            _write_durably(path, cdxj_of_file(self.folder / WARC_FILE, self.key))
        return path

    def entries(self) -> list[JournalEntry]:
        """The journal.

        Raises BatchDamaged.
        """
        path = self.folder / JOURNAL_FILE
        entries = []
        # As bytes: text has line ends of its own inside, such as U+2028, that do not end a line of the journal.
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            try:
                entries.append(JournalEntry.from_json(line))
            except ValueError as error:
                raise BatchDamaged(f"line {number} of {path} is damaged: it is not a journal entry") from error
        return entries

    def remove(self) -> None:
        """Remove the batch from the spool."""
        done = self.folder.with_name(self.folder.name + DELIVERED_SUFFIX)
        self.folder.rename(done)
        shutil.rmtree(done)


def _next_in_sequence(site_folder: Path) -> dict[str, Any]:
    """The next number of the site's sequence of batches, counted on disk.

    A counter and not the clock: Delta tables skip what is not above the last number they have, so that a clock set back
    would make them skip new batches. The sequence's id stands in the same file: a lost file begins a new sequence.
    """
    path = site_folder / SEQUENCE_FILE
    last: dict[str, Any] = {"sequence": uuid.uuid4().hex, "number": 0}
    if path.exists():
        last = _read_json(path, "sequence", "number")
    following = {**last, "number": last["number"] + 1}
    _write_durably(path, json.dumps(following))
    return following


def _read_json(path: Path, *names: str) -> dict[str, Any]:
    """The JSON object in a file, with at least these names.

    Raises BatchDamaged.
    """
    try:
        values: dict[str, Any] = json.loads(path.read_bytes())
        return values | {name: values[name] for name in names}
    except (ValueError, KeyError, TypeError) as error:
        raise BatchDamaged(f"{path} is damaged: it is not the JSON that was written") from error


def _write_durably(path: Path, text: str) -> None:
    """Write a file so that after a crash it is either the old or the new one, whole."""
    new = path.with_suffix(".new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def recover(site_folder: Path) -> list[SealedBatch]:
    """Every batch that dead runs left in a site's folder, sealed, in order of delivery; the lock must be held.

    An unsealed batch is cut back to its whole WARC records and journal entries. One that holds neither is removed.

    Raises BatchDamaged.
    """
    for folder in site_folder.glob(f"*{DELIVERED_SUFFIX}"):
        shutil.rmtree(folder)
    sealed: list[SealedBatch] = []
    for folder in sorted(path for path in site_folder.iterdir() if path.is_dir()):
        if (folder / SEAL_FILE).exists():
            sealed.append(SealedBatch.from_folder(folder))
        elif _cut_torn_ends(folder):
            sealed.append(SealedBatch.seal(folder))
            logger.warning("recovered batch %s of a run that was killed", folder.name)
        else:
            shutil.rmtree(folder)
    return sorted(sealed, key=lambda batch: batch.transaction.version)


def _cut_torn_ends(folder: Path) -> bool:
    """Cut WARC file and journal back to what is whole; whether anything is left."""
    warc, journal = folder / WARC_FILE, folder / JOURNAL_FILE
    (folder / CDXJ_FILE).unlink(missing_ok=True)  # it may name records that are cut off
    whole_bytes = complete_length(warc) if warc.exists() else 0
    if whole_bytes:
        os.truncate(warc, whole_bytes)
    else:
        warc.unlink(missing_ok=True)
    text = journal.read_bytes() if journal.exists() else b""
    whole_lines = text[: text.rfind(b"\n") + 1]
    journal.write_bytes(whole_lines)
    return bool(whole_bytes or whole_lines)
