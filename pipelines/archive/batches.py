"""Batches on local disk: what a run has captured and recorded, until the bucket has it.

    <home>/spool/<site>/sequence.json        id of this sequence of batches, and the number of the last one sealed
    <home>/spool/<site>/<run>-<nnn>/         a batch
        part.warc.gz                         its captures
        journal.jsonl                        its visits
        part.cdxj                            the index of its captures, once its files are closed
        batch.json                           once it is sealed: its number, the files' digests, its run's row

A visit is safe once its journal entry is on disk. What a dead run leaves is in `spool`.
"""

import hashlib
import json
import logging
import os
import re
import shutil
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from deltalake import Transaction

from pipelines.archive.batch_contents import CDXJ_FILE, JOURNAL_FILE, WARC_FILE, Contents
from pipelines.archive.cdxj import cdxj_line, cdxj_of_file
from pipelines.archive.disk import AppendedFile, replace_durably, sync_folder, writing
from pipelines.archive.journal import Journal, JournalEntry, run_row_line
from pipelines.archive.warc import Exchange, RecordLocation, RevisitTarget, WarcFileWriter
from pipelines.archive.warc_reader import whole_records
from pipelines.visit import WarcRecord

logger = logging.getLogger(__name__)

SEAL_FILE = "batch.json"
SEQUENCE_FILE = "sequence.json"
DELIVERED_SUFFIX = ".delivered"
"""Of a delivered batch's folder while it is being removed: a half-removed one must not look unsealed."""

BATCH_NAME = re.compile(r"(?P<run>\d{8}T\d{6}Z)-(?P<number>\d{3,})")
"""A batch's folder: the id of its run and its number in it. Whatever else lies in the spool is not ours."""


class BatchDamaged(ValueError):  # noqa: N818 - it names a state
    """A batch in the spool is not what was written; the message says what of it, in a few words."""


class OpenBatch:
    """A batch being written. Its WARC file begins with the first capture; without captures there is none.

    Every method that writes raises DiskFailed: what the call was to write is not there then, and the rest is whole.
    """

    def __init__(self, site_folder: Path, run: str, number: int, warcinfo: Mapping[str, str]) -> None:
        self.folder = site_folder / f"{run}-{number:03}"
        with writing(self.folder):
            self.folder.mkdir(parents=True)
            sync_folder(site_folder)
        self.number = number
        self.key = warc_key(site_folder.name, run, number)
        self.urls: set[str] = set()
        self._articles: set[str] = set()
        self.opened_at = time.monotonic()
        self._warcinfo = warcinfo
        self._warc: WarcFileWriter | None = None
        self._cdxj: list[str] = []
        self._journal = AppendedFile(self.folder / JOURNAL_FILE)

    @property
    def warc_bytes(self) -> int:
        return self._warc.size if self._warc else 0

    def capture(self, exchange: Exchange, target: RevisitTarget | None, withheld: str = "") -> RecordLocation:
        """Append an exchange to the WARC file, as a revisit of `target` where it is one; its body is left out where
        `withheld` says why: there is nothing to be replayed then.
        """
        if self._warc is None:
            self._warc = WarcFileWriter(self.folder / WARC_FILE, Path(self.key).name, self._warcinfo)
        location = self._warc.write(exchange, target, withheld)
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

    def has_look_at(self, url: str, entry: JournalEntry) -> bool:
        """Whether a visit to `url`, or to the article of `entry` at another address, is in the batch already."""
        return url in self.urls or entry.article_id in self._articles

    def journal(self, entry: JournalEntry, url: str | None = None) -> None:
        """Append the entry of a visit to `url`. When this returns it is on disk, and so are the records before it.

        Raises ValueError for an entry that no table could take.
        """
        entry.check()
        line = entry.to_json() + b"\n"
        if self._warc is not None:
            self._warc.sync()
        self._journal.append_durably(line)
        if url:
            self.urls.add(url)
        if entry.article_id:
            self._articles.add(entry.article_id)

    def discard(self) -> None:
        """Close the files and remove the batch with all that it holds."""
        self._journal.close()
        if self._warc is not None:
            self._warc.close()
        remove_batch(self.folder)

    def close(self) -> None:
        """Close the files; what was written stays."""
        self._journal.close()
        if self._warc is not None:
            self._warc.sync()
            self._warc.close()
            replace_durably(self.folder / CDXJ_FILE, "".join(sorted(self._cdxj)).encode())


def warc_key(site: str, run: str, number: int) -> str:
    """Key in the bucket of a batch's WARC file: set by run and number, so that a repeated upload meets itself."""
    return f"{warc_prefix(site, run)}{number:03}.warc.gz"


def warc_prefix(site: str, run: str) -> str:
    """What the keys of all WARC files of a run begin with."""
    return f"warc/{site}/{run[:4]}/{run[4:6]}/{run[6:8]}/{site}-{run}-"


def run_and_number(folder: Path) -> tuple[str, int]:
    """Id of its run and number in it of the batch in a folder, which may be on its way out or in."""
    run, _, number = folder.name.partition(".")[0].rpartition("-")
    return run, int(number)


def key_of(folder: Path) -> str:
    """Key in the bucket of the WARC file of the batch in a folder, unless it was salvaged."""
    return warc_key(folder.parent.name, *run_and_number(folder))


def is_key_of(folder: Path, key: str) -> bool:
    """Whether `key` can be that of the WARC file of the batch whose folder has this site and name; one that was
    salvaged has the first digits of its SHA-256 in it.
    """
    plain = key_of(folder).removesuffix(".warc.gz")
    return re.fullmatch(rf"{re.escape(plain)}(\.[0-9a-f]{{8}})?\.warc\.gz", key) is not None


@dataclass(frozen=True, slots=True)
class SealedBatch:
    """A batch that is complete and waits for its delivery.

    `transaction` is its id for every Delta table. `is_recovered` says that it was not sealed by the run that wrote it:
    a delivery of it may have begun under another id. `digests` are the SHA-256 (hex) of its files by their names, empty
    where an earlier version sealed it; `lines` of the journal and `warc_bytes` are what it held then. `run_row` is the
    journal's line with the row of the run, empty where it has none: nothing else could tell again what the run did,
    were that line damaged. `may_wait` says that it holds nothing but the row of a run that found nothing new, which
    goes along with a later batch.
    """

    folder: Path
    key: str
    transaction: Transaction
    is_recovered: bool = False
    digests: Mapping[str, str] = field(default_factory=dict)
    lines: int = 0
    warc_bytes: int = 0
    run_row: str = ""
    may_wait: bool = False

    @classmethod
    def seal(
        cls,
        folder: Path,
        *,
        key: str | None = None,
        transaction: Transaction | None = None,
        is_recovered: bool = False,
        may_wait: bool = False,
    ) -> Self:
        """Seal the batch in `folder`, whose files are closed; its site's lock must be held.

        `key` is its WARC file's, where that is not the one of its run and number, `transaction` the id that it had
        before; `is_recovered` and `may_wait` as above.

        Raises DiskFailed.
        """
        site_folder = folder.parent
        if transaction is None:
            sequence = _next_in_sequence(site_folder)
        else:
            sequence = {"sequence": transaction.app_id.rpartition(":")[0], "number": transaction.version}
        values = {
            "site": site_folder.name,
            "key": key or key_of(folder),
            **sequence,
            "is_recovered": is_recovered,
            "may_wait": may_wait,
            "digests": {
                name: digest(folder / name) for name in (WARC_FILE, JOURNAL_FILE, CDXJ_FILE) if (folder / name).exists()
            },
            "lines": (folder / JOURNAL_FILE).read_bytes().count(b"\n"),
            "run_row": run_row_line(folder / JOURNAL_FILE),
            "warc_bytes": (folder / WARC_FILE).stat().st_size if (folder / WARC_FILE).exists() else 0,
        }
        replace_durably(folder / SEAL_FILE, json.dumps(values).encode())
        return cls.from_folder(folder)

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """The sealed batch in `folder`.

        Raises BatchDamaged.
        """
        values = read_json(folder / SEAL_FILE, {"sequence": str, "site": str, "number": int, "key": str})
        if "digests" in values:
            values = read_json(folder / SEAL_FILE, {"digests": dict, "lines": int, "warc_bytes": int})
        if values["site"] != folder.parent.name or not is_key_of(folder, values["key"]):
            raise BatchDamaged(f"{SEAL_FILE} is not what was written")
        return cls(
            folder,
            values["key"],
            Transaction(f"{values['sequence']}:{values['site']}", values["number"]),
            values.get("is_recovered") is True,
            values.get("digests", {}),
            values.get("lines", 0),
            values.get("warc_bytes", 0),
            str(values.get("run_row", "")),
            values.get("may_wait") is True,
        )

    @property
    def run(self) -> str:
        """Id of the run that wrote it."""
        return run_and_number(self.folder)[0]

    @property
    def number(self) -> int:
        """Its number in that run."""
        return run_and_number(self.folder)[1]

    @property
    def warc(self) -> Path | None:
        """The WARC file, None where nothing was captured."""
        path = self.folder / WARC_FILE
        return path if path.exists() else None

    def cdxj(self) -> Path:
        """The index of the WARC file; read from the file itself where the run did not come to write it whole.

        Raises DiskFailed.
        """
        path = self.folder / CDXJ_FILE
        if not path.exists() or digest(path) != self.digests.get(CDXJ_FILE, digest(path)):
            replace_durably(path, cdxj_of_file(self.folder / WARC_FILE, self.key).encode())
        return path

    def verified_entries(self) -> tuple[JournalEntry, ...]:
        """The journal, where it and the WARC file are what was sealed.

        Raises BatchDamaged.
        """
        for name in (WARC_FILE, JOURNAL_FILE):
            path = self.folder / name
            if name in self.digests and (not path.exists() or digest(path) != self.digests[name]):
                raise BatchDamaged(f"{name} is not what was written")
        if self.digests:
            return Journal.read(self.folder / JOURNAL_FILE).entries
        contents = Contents.read(self.folder, self.key)
        if not contents.is_whole:
            raise BatchDamaged(contents.damage)
        return contents.entries

    def remove(self) -> None:
        """Remove the batch from the spool."""
        remove_batch(self.folder)


def remove_batch(folder: Path) -> None:
    """Remove a batch's folder, so that a half-removed one is known as such."""
    done = folder.with_name(folder.name + DELIVERED_SUFFIX)
    with writing(folder):
        folder.rename(done)
        shutil.rmtree(done)


def digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _next_in_sequence(site_folder: Path) -> dict[str, Any]:
    """The next number of the site's sequence of batches, counted on disk.

    A counter and not the clock: Delta tables skip what is not above the last number they have, so that a clock set back
    would make them skip new batches. The sequence's id stands in the same file: a lost or damaged file begins a new
    sequence.
    """
    path = site_folder / SEQUENCE_FILE
    last: dict[str, Any] = {"sequence": uuid.uuid4().hex, "number": 0}
    if path.exists():
        try:
            last = read_json(path, {"sequence": str, "number": int})
        except BatchDamaged:
            logger.warning("%s was damaged: a new sequence of batches begins", path)
    following = {**last, "number": last["number"] + 1}
    replace_durably(path, json.dumps(following).encode())
    return following


def current_sequence(site_folder: Path) -> str | None:
    """Id of the sequence that the site's next batch belongs to, None where that is a new one."""
    try:
        return str(read_json(site_folder / SEQUENCE_FILE, {"sequence": str, "number": int})["sequence"])
    except (BatchDamaged, OSError):
        return None


def read_json(path: Path, types: Mapping[str, type]) -> dict[str, Any]:
    """The JSON object in a file, with at least these names and types of values.

    Raises BatchDamaged, OSError where there is no such file.
    """
    try:
        values: dict[str, Any] = json.loads(path.read_bytes())
        if all(type(values[name]) is kind for name, kind in types.items()):
            return values
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BatchDamaged(f"{path.name} is not what was written") from error
    raise BatchDamaged(f"{path.name} is not what was written")


def cut_torn_ends(folder: Path) -> bool:
    """Cut the WARC file and the journal of a batch that its run did not seal back to their last whole record and line;
    whether anything is left. What is damaged before these stays.

    Raises DiskFailed.
    """
    warc, journal = folder / WARC_FILE, folder / JOURNAL_FILE
    with writing(folder):
        (folder / CDXJ_FILE).unlink(missing_ok=True)  # it may name records that are cut off
        if warc.exists():
            os.truncate(warc, max((record.offset + record.length for record in whole_records(warc)), default=0))
        journal.touch()
        text = journal.read_bytes()
        whole_lines = text.rfind(b"\n") + 1
        if whole_lines < len(text):
            os.truncate(journal, whole_lines)
        if warc.exists() and not warc.stat().st_size:
            warc.unlink()
    return warc.exists() or bool(whole_lines)
