"""The spool: batches on local disk until the bucket has them, and the protocol by which they get there.

    <home>/spool/<site>/lock                 held by the one process that works on the site's batches
    <home>/spool/<site>/sequence.json        id of this sequence of batches, and the number of the last one sealed
    <home>/spool/<site>/<run>-<nnn>/part.warc.gz, journal.jsonl      a batch; with batch.json: a sealed one

A visit is safe once its journal line is on disk. A batch is delivered in steps, each of which may be repeated: WARC
part and CDXJ are uploaded, rows are committed to the tables, the index is marked, the folder is removed.
"""

import fcntl
import json
import logging
import os
import shutil
import time
import uuid
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Self

from deltalake import Transaction

from pipelines.archive.bucket import Bucket, StorageUnavailable
from pipelines.archive.schema import ARTICLES, DUPLICATES, REJECTED, RUNS, SCHEMA_VERSION, Row
from pipelines.archive.tables import Corpus, Rows
from pipelines.archive.warc import Exchange, RecordLocation, RevisitTarget, WarcFileWriter, cdxj, complete_length
from pipelines.index.database import Index, IndexUnavailable, IndexUpdate, Status, TextFingerprint, UrlRecord
from settings.storage import Storage

logger = logging.getLogger(__name__)

WARC = "part.warc.gz"
CDXJ = "part.cdxj"
JOURNAL = "journal.jsonl"
SEAL = "batch.json"
SEQUENCE = "sequence.json"
LOCK = "lock"
DONE = ".delivered"
"""Suffix of a delivered batch's folder while it is being removed: a half-removed one must not look unsealed."""

DELIVERING = "a delivery"
"""What the lock file says while another site's run delivers what a dead run of this site left: a matter of seconds."""

DELIVERY_PATIENCE = 60.0
"""Seconds that a run waits for such a delivery before it says that its site is busy."""

NAMING_PATIENCE = 0.5
"""Seconds in which whoever took a lock surely has written its name over that of a dead holder."""


class SiteBusy(Exception):  # noqa: N818 - it names a state, as its callers read it
    """Another process works on the site's batches; the message names it."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What a visit leaves behind: its row in a table, if any, and its mark for the index, if any.

    For a row of `articles`: `month` is the partition in which its earlier version stands, `revisits` are the URLs of
    its pages that were captured as revisit records, `was_duplicate` says that the URL stood in `duplicates` until now.
    """

    table: str | None = None
    row: Row | None = None
    mark: IndexUpdate | None = None
    month: str | None = None
    revisits: Sequence[str] = ()
    was_duplicate: bool = False

    def to_json(self) -> str:
        """One line of a journal, without its end."""
        return json.dumps(
            {f.name: getattr(self, f.name) for f in fields(self)} | {"mark": self.mark and asdict(self.mark)},
            default=_plain,
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The line that `to_json` wrote; times in its row stay text, as tables take them.

        Raises ValueError where the text is no such line.
        """
        values = json.loads(text)
        return cls(**values | {"mark": _mark(values["mark"])})


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"a journal has no form for {type(value).__name__}")


def _mark(values: Mapping[str, Any] | None) -> IndexUpdate | None:
    if values is None:
        return None
    seen, original = values["seen"], values["original"]
    return IndexUpdate(
        UrlRecord(
            **seen
            | {"status": Status(seen["status"])}
            | {name: _moment(seen[name]) for name in ("first_fetched_at", "last_fetched_at", "payload_warc_date")}
        ),
        original
        and TextFingerprint(
            **original
            | {
                "published_at": _moment(original["published_at"]),
                "signature": None if original["signature"] is None else bytes.fromhex(original["signature"]),
            }
        ),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


class SiteLock:
    """The right to work on a site's batches, held by one process; the kernel takes it back however the process ends.

    Raises SiteBusy where another process has it; a passing delivery is waited for.
    """

    _held: ClassVar["weakref.WeakSet[SiteLock]"] = weakref.WeakSet()

    def __init__(self, folder: Path, holder: str, patience: float = DELIVERY_PATIENCE) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / LOCK).open("a+")
        start = time.monotonic()
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                self._file.seek(0)
                other = self._file.read().strip() or DELIVERING
                limit = patience if other.startswith(DELIVERING) else min(patience, NAMING_PATIENCE)
                if time.monotonic() - start >= limit:
                    self._file.close()
                    raise SiteBusy(f"{folder.name} is being worked on by {other}") from error
                time.sleep(0.1)
        self._file.truncate(0)
        self._file.write(f"{holder} (process {os.getpid()})")
        self._file.flush()
        self._held.add(self)

    def release(self) -> None:
        """Give the right back; once is enough."""
        self._held.discard(self)
        self._file.close()

    @classmethod
    def forget_all(cls) -> None:
        """Close the locks that a forked child has inherited: it would hold them beyond its parent's end."""
        for lock in list(cls._held):
            lock.release()


os.register_at_fork(after_in_child=SiteLock.forget_all)


class OpenBatch:
    """A batch being written. Its WARC part begins with the first capture; a batch without any has none."""

    def __init__(self, site_folder: Path, run: str, number: int, warcinfo: Mapping[str, str]) -> None:
        self.folder = site_folder / f"{run}-{number:03}"
        self.folder.mkdir(parents=True)
        self.key = warc_key(site_folder.name, run, number)
        self.urls: set[str] = set()
        self.opened_at = time.monotonic()
        self._warcinfo = warcinfo
        self._part: WarcFileWriter | None = None
        self._journal = (self.folder / JOURNAL).open("xb")

    @property
    def warc_bytes(self) -> int:
        return self._part.size if self._part else 0

    def capture(self, exchange: Exchange, original: RevisitTarget | None) -> RecordLocation:
        """Append an exchange to the WARC part."""
        if self._part is None:
            self._part = WarcFileWriter(self.folder / WARC, Path(self.key).name, self._warcinfo)
        return self._part.write(exchange, original)

    def journal(self, line: JournalEntry, url: str | None = None) -> None:
        """Append the line of a visit to `url`. When this returns it is on disk, and so are the records before it."""
        if self._part is not None:
            self._part.sync()
        self._journal.write(line.to_json().encode() + b"\n")
        self._journal.flush()
        os.fsync(self._journal.fileno())
        if url:
            self.urls.add(url)

    def close(self) -> None:
        """Close the files; what was written stays."""
        self._journal.close()
        if self._part is not None:
            self._part.sync()
            self._part.close()


def warc_key(site: str, run: str, number: int) -> str:
    """Key in the bucket of a batch's WARC part: set by run and number, so that a repeated upload meets itself."""
    return f"{warc_prefix(site, run)}{number:03}.warc.gz"


def warc_prefix(site: str, run: str) -> str:
    """What the keys of all WARC parts of a run begin with."""
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
        _write_durably(folder / SEAL, values)
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The sealed batch in `folder`."""
        values = json.loads((folder / SEAL).read_text())
        transaction = Transaction(f"{values['sequence']}:{values['site']}", values["number"])
        return cls(folder, values["key"], transaction)

    def lines(self) -> list[JournalEntry]:
        """The journal."""
        return [JournalEntry.from_json(text) for text in (self.folder / JOURNAL).read_text().splitlines()]

    def remove(self) -> None:
        """Remove the batch from the spool."""
        done = self.folder.with_name(self.folder.name + DONE)
        self.folder.rename(done)
        shutil.rmtree(done)


def _next_in_sequence(site_folder: Path) -> dict[str, Any]:
    """The next number of the site's sequence of batches, counted on disk.

    A counter and not the clock: Delta tables skip what is not above the last number they have, so that a clock set back
    would make them skip new batches. The sequence's id stands in the same file: a lost file begins a new sequence.
    """
    path = site_folder / SEQUENCE
    last: dict[str, Any] = (
        json.loads(path.read_text()) if path.exists() else {"sequence": uuid.uuid4().hex, "number": 0}
    )
    following = {**last, "number": last["number"] + 1}
    _write_durably(path, following)
    return following


def _write_durably(path: Path, values: Mapping[str, Any]) -> None:
    """Write JSON so that after a crash the file is either the old or the new one, whole."""
    new = path.with_suffix(".new")
    with new.open("w") as file:
        json.dump(values, file)
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

    An unsealed batch is cut back to its whole WARC records and journal lines. One that holds neither is removed.
    """
    for folder in site_folder.glob(f"*{DONE}"):
        shutil.rmtree(folder)
    sealed: list[SealedBatch] = []
    for folder in sorted(path for path in site_folder.iterdir() if path.is_dir()):
        if (folder / SEAL).exists():
            sealed.append(SealedBatch.load(folder))
        elif _cut_torn_ends(folder):
            sealed.append(SealedBatch.seal(folder))
            logger.warning("salvaged batch %s of a run that was killed", folder.name)
        else:
            shutil.rmtree(folder)
    return sorted(sealed, key=lambda batch: batch.transaction.version)


def _cut_torn_ends(folder: Path) -> bool:
    """Cut WARC part and journal back to what is whole; whether anything is left."""
    warc, journal = folder / WARC, folder / JOURNAL
    whole_bytes = complete_length(warc) if warc.exists() else 0
    if whole_bytes:
        os.truncate(warc, whole_bytes)
    else:
        warc.unlink(missing_ok=True)
    text = journal.read_bytes() if journal.exists() else b""
    whole_lines = text[: text.rfind(b"\n") + 1]
    journal.write_bytes(whole_lines)
    return bool(whole_bytes or whole_lines)


class Delivery:
    """Brings batches to the bucket, the tables and the index."""

    def __init__(self, storage: Storage, index: Index) -> None:
        self.bucket = Bucket(storage)
        self.corpus = Corpus(storage)
        self.index = index

    def prepare(self) -> None:
        """Make sure of the bucket and its tables.

        The tables are gone through once for each version of their schema, and a marker in the bucket remembers it: a
        table never loses a column, so that what holds once holds for good.

        Raises StorageUnavailable, or StorageRefused where the store has no conditional PUT or a table does not fit.
        """
        self.bucket.ensure()
        self.bucket.probe_conditional_put()
        marker = f"tables/_schema/{SCHEMA_VERSION}"
        if self.bucket.head(marker) is None:
            self.corpus.ensure()
            self.bucket.put_marker(marker)

    def batches_of(self, site: str, run: str) -> int:
        """The highest number that a batch of the run has in the bucket, 0 where it has none there."""
        prefix = warc_prefix(site, run)
        return max((int(key.removeprefix(prefix).split(".")[0]) for key in self.bucket.list(prefix)), default=0)

    def deliver(self, batch: SealedBatch, after: Callable[[str], None] = lambda _: None) -> None:
        """Deliver one batch; the batches of its site before it have been delivered. May be repeated from any point.

        `after` is told each step that is done: warc, cdxj, the names of the tables, index, removed.

        Raises StorageUnavailable where the store does not answer: the batch stays in the spool.
        """
        if (batch.folder / WARC).exists():
            self.bucket.put_once(batch.key, batch.folder / WARC, "application/warc")
            after("warc")
            (batch.folder / CDXJ).write_text(cdxj(batch.folder / WARC, batch.key))
            self.bucket.put_once(batch.key.removesuffix(".warc.gz") + ".cdxj", batch.folder / CDXJ, "text/x-cdxj")
            after("cdxj")
        lines = batch.lines()
        self.corpus.commit(_rows(lines), batch.transaction, after)
        self.index.commit([line.mark for line in lines if line.mark])
        after("index")
        batch.remove()
        after("removed")

    def deliver_all(self, batches: list[SealedBatch]) -> int:
        """Deliver the batches of one site in order, taking each off the list as it is delivered; how many that were.

        The first that fails ends it: a table that has a later number skips an earlier one.
        """
        count = 0
        while batches:
            self.deliver(batches[0])
            del batches[0]
            count += 1
        return count

    def deliver_orphans(self, spool: Path) -> int:
        """Deliver what dead runs of any site left in the spool; sites at which a process works are left alone.

        Returns the number of batches. A site whose batches are damaged is logged as an error and stays: it must not
        stop the others, and its own next run fails with the reason.

        Raises StorageUnavailable, IndexUnavailable.
        """
        count = 0
        for site_folder in sorted(path for path in spool.glob("*") if path.is_dir()):
            try:
                lock = SiteLock(site_folder, DELIVERING, patience=0)
            except SiteBusy:
                continue
            try:
                count += self.deliver_all(recover(site_folder))
            except (StorageUnavailable, IndexUnavailable):
                raise
            except Exception:
                logger.exception("what a dead run of %s left in the spool cannot be delivered", site_folder.name)
            finally:
                lock.release()
        return count


def _rows(lines: Sequence[JournalEntry]) -> Rows:
    """What a journal adds to the corpus."""
    of: dict[str, list[Row]] = {ARTICLES.name: [], DUPLICATES.name: [], REJECTED.name: [], RUNS.name: []}
    for line in lines:
        if line.table and line.row:
            of[line.table].append(line.row)
    return Rows(
        articles=of[ARTICLES.name],
        duplicates=of[DUPLICATES.name],
        rejected=of[REJECTED.name],
        runs=of[RUNS.name],
        months=frozenset(line.month for line in lines if line.month),
        revisits={line.row["article_id"]: line.revisits for line in lines if line.row and line.revisits},
        no_duplicates=frozenset(line.row["article_id"] for line in lines if line.row and line.was_duplicate),
    )


def deliver_waiting(storage: Storage) -> int:
    """Deliver what dead runs of any site left in the spool; returns the number of batches.

    Raises StorageUnavailable, StorageRefused, IndexUnavailable.
    """
    with Index.open(storage.index) as index:
        delivery = Delivery(storage, index)
        delivery.prepare()
        return delivery.deliver_orphans(storage.spool)
