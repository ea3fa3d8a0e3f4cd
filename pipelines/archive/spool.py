"""The spool of a site: what dead runs left in it, what of that is damaged, and what becomes of it.

    <home>/spool/<site>/<run>-<nnn>/             a batch; see `batches`
    <home>/spool/<site>/run.json                 the run under way, as its row would be if it were killed now
    <home>/spool/<site>/set-aside/<run>-<nnn>/   a damaged batch as it was found
        why.json                                 why, when, and what of it was delivered

What else lies there is not ours and is left alone. All functions that change a site's folder want its lock, but for
`leave_run_row`.
"""

import logging
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from deltalake import Transaction
from pydantic import TypeAdapter

from pipelines.archive.batch_contents import JOURNAL_FILE, WARC_FILE, Contents
from pipelines.archive.batches import (
    BATCH_NAME,
    DELIVERED_SUFFIX,
    SEAL_FILE,
    BatchDamaged,
    OpenBatch,
    SealedBatch,
    current_sequence,
    cut_torn_ends,
    digest,
    is_key_of,
    key_of,
    read_json,
    remove_batch,
    run_and_number,
)
from pipelines.archive.disk import replace_durably, sync_folder, writing
from pipelines.archive.journal import Journal, JournalEntry
from pipelines.archive.rows import run_row
from pipelines.archive.schema import RUNS, WATCHED_FIELDS, Row
from pipelines.index.records import Status
from pipelines.report import RunReport, Tally, free_run_id, start_of_run
from settings.clock import utc_now

logger = logging.getLogger(__name__)

SET_ASIDE = "set-aside"
WHY_FILE = "why.json"
RUN_FILE = "run.json"

SALVAGED_SUFFIX = ".salvaged"
"""Of the folder in which what is whole of a damaged batch is put together."""

SITE_NAME_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-.")
"""Of a site's name, which is its spider's or made of a domain. A folder of another name is not a site's."""

MAX_ROW_WAIT = timedelta(hours=4)
"""How long the row of a run that found nothing new waits for something to go along with: six commits a day, whatever
the number of sites and runs, and no figure that an operator looks at over hours is behind by more."""

KILLED = "killed"
"""Finish reason of a run that wrote no row of its own."""


class SpoolUnusable(Exception):  # noqa: N818 - it names a state, as its callers read it
    """The spool is not a folder that can be used; one sentence for an operator."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A damaged batch and what became of it, in one sentence; `is_loss` where something in it was not whole."""

    site: str
    batch: str
    sentence: str
    is_loss: bool


Tell = Callable[[Damage], None]


def to_log(damage: Damage) -> None:
    """Tells of damage in the log alone."""
    logger.error("%s", damage.sentence)


@dataclass(frozen=True, slots=True)
class SetAside:
    """Why a batch was set aside (a sentence), when (UTC), how many of its visits were delivered all the same, and how
    many were not, None where nobody knows.
    """

    why: str
    at: datetime
    delivered: int
    lost: int | None

    def write(self, folder: Path) -> None:
        """Note it in the batch's folder. Raises DiskFailed."""
        replace_durably(folder / WHY_FILE, _SET_ASIDE.dump_json(self))

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """The note in a batch's folder, None where there is none that could be read."""
        try:
            return _SET_ASIDE.validate_json((folder / WHY_FILE).read_bytes())  # type: ignore[return-value]
        except (OSError, ValueError):
            return None


_SET_ASIDE = TypeAdapter(SetAside)


@dataclass(frozen=True, slots=True)
class RunProgress:
    """What is on disk of a run under way: its report as far as the batches up to number `counted` tell."""

    report: RunReport
    counted: int

    def write(self, site_folder: Path) -> None:
        """Raises DiskFailed."""
        replace_durably(site_folder / RUN_FILE, _RUN_PROGRESS.dump_json(self))

    @classmethod
    def read(cls, site_folder: Path) -> Self | None:
        """What the last run of the site left, None where it came to its end, or where that could not be read."""
        try:
            return _RUN_PROGRESS.validate_json((site_folder / RUN_FILE).read_bytes())  # type: ignore[return-value]
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            logger.warning("%s is damaged: the run that it tells of gets no row", site_folder / RUN_FILE)
            return None

    @staticmethod
    def remove(site_folder: Path) -> None:
        """The run has a row."""
        with writing(site_folder / RUN_FILE):
            (site_folder / RUN_FILE).unlink(missing_ok=True)


_RUN_PROGRESS = TypeAdapter(RunProgress)


def require_spool(spool: Path) -> None:
    """Make the spool where it is missing.

    Raises SpoolUnusable where it cannot be made or is not a folder.
    """
    try:
        spool.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = "it is a file" if spool.is_file() else (error.strerror or str(error)).lower()
        raise SpoolUnusable(
            f"the spool {spool} is not a folder that can be written to ({what}): nothing is crawled before it is"
        ) from error


def site_folders(spool: Path) -> list[Path]:
    """The folders of sites in a spool, by name."""
    if not spool.is_dir():
        return []
    return sorted(path for path in spool.iterdir() if set(path.name) <= SITE_NAME_CHARS and _is_folder(path))


def batch_folders(site_folder: Path) -> list[Path]:
    """The batches in a site's folder, by run and number."""
    found = (path for path in site_folder.iterdir() if BATCH_NAME.fullmatch(path.name) and _is_folder(path))
    return sorted(found, key=run_and_number)


def set_aside_folders(site_folder: Path) -> list[Path]:
    """The batches of a site that were set aside, by name."""
    folder = site_folder / SET_ASIDE
    return sorted(path for path in folder.iterdir() if _is_folder(path)) if _is_folder(folder) else []


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not path.name.startswith(".")


def recover(site_folder: Path, tell: Tell = to_log) -> list[SealedBatch]:
    """Every batch that dead runs left in a site's folder, sealed, in order of delivery.

    A batch that is not sealed is cut back to its whole WARC records and journal entries. One that holds neither is
    removed. A damaged one is set aside, and what is whole of it takes its place. A run that has no row gets one.

    Raises DiskFailed.
    """
    _finish_what_was_begun(site_folder)
    batches: list[SealedBatch] = []
    for folder in batch_folders(site_folder):
        try:
            batch: SealedBatch | None = SealedBatch.from_folder(folder)
        except FileNotFoundError:
            batch = _sealed_late(folder, tell)
        except BatchDamaged as damage:
            batch = salvage(folder, str(damage), tell)
        if batch is not None:
            batches.append(batch)
    if row := _row_of_killed_run(site_folder, batches):
        batches.append(row)
    sequence = current_sequence(site_folder)
    return sorted(batches, key=lambda b: (b.transaction.app_id.rpartition(":")[0] == sequence, b.transaction.version))


def _finish_what_was_begun(site_folder: Path) -> None:
    """Remove batches that are delivered, and have those that were being salvaged be in one place alone."""
    with writing(site_folder):
        for folder in site_folder.glob(f"*{DELIVERED_SUFFIX}"):
            shutil.rmtree(folder)
        for folder in site_folder.glob(f"*{SALVAGED_SUFFIX}"):
            original = folder.with_suffix("")
            if original.exists() or not (folder / SEAL_FILE).exists():
                shutil.rmtree(folder)
            else:
                folder.rename(original)


def _sealed_late(folder: Path, tell: Tell) -> SealedBatch | None:
    """The batch in a folder that its run did not come to seal, None where nothing was written in it yet."""
    if not cut_torn_ends(folder):
        with writing(folder):
            shutil.rmtree(folder)
        return None
    contents = Contents.read(folder, key_of(folder))
    if not contents.is_whole:
        return salvage(folder, contents.damage, tell)
    logger.warning("recovered batch %s of a run that did not come to its end", folder.name)
    return SealedBatch.seal(folder, is_recovered=True)


def salvage(
    folder: Path,
    why: str,
    tell: Tell,
    batch: SealedBatch | None = None,
    *,
    is_key_taken: bool = False,
    has_bytes: Callable[[Row], bool] = lambda _: True,
) -> SealedBatch | None:
    """Put what is whole of a batch in its place, and set it aside as it was where something is not.

    `why` says what is wrong with it, `batch` is how it was sealed, where that is known, `has_bytes` as in
    `Contents.read`. A WARC file that is not what it was gets a key of its own, and so does one whose key `is_key_taken`
    in the bucket. Returns the batch to deliver, None where nothing is whole. May be broken off at any point; see
    `recover`.

    Raises DiskFailed.
    """
    key = batch.key if batch else _key_of(folder, folder)
    lines, warc_bytes, run_row = (batch.lines, batch.warc_bytes, batch.run_row) if batch else (0, 0, "")
    contents = Contents.read(folder, key, has_bytes, lines=lines, warc_bytes=warc_bytes, run_row=run_row)
    place = _salvaged(folder)
    has_content = bool(contents.records or contents.entries)
    if has_content:
        rekey = is_key_taken or contents.lost_bytes > 0
        _put_together(folder, place, contents, key, batch.transaction if batch else None, rekey=rekey)
    site, name = folder.parent.name, folder.name
    if contents.is_whole:
        remove_batch(folder)
        tell(Damage(site, name, f"{site}: batch {name} was put right, nothing in it is lost: {why}", is_loss=False))
    else:
        note = SetAside(why, utc_now(), delivered=_visits(contents.entries), lost=contents.lost_entries)
        aside = _move_aside(folder, note)
        sentence = (
            f"{site}: batch {name} of the spool was damaged ({why}): {note.delivered} visits in it are delivered, "
            f"{note.lost} are not and will be looked at again; it was set aside in {aside} (kliping spool)"
        )
        tell(Damage(site, name, sentence, is_loss=True))
    if not has_content:
        return None
    with writing(folder):
        place.rename(folder)
        sync_folder(folder.parent)
    return SealedBatch.from_folder(folder)


def _salvaged(folder: Path) -> Path:
    return folder.with_name(folder.name + SALVAGED_SUFFIX)


def _key_of(folder: Path, batch: Path) -> str:
    """The key that the rows of a batch, whose files are in `folder`, call its WARC file by."""
    try:
        key = str(read_json(folder / SEAL_FILE, {"key": str})["key"])
    except (BatchDamaged, OSError):
        return key_of(batch)
    return key if is_key_of(batch, key) else key_of(batch)


def _put_together(
    source: Path, place: Path, contents: Contents, key: str, transaction: Transaction | None, *, rekey: bool
) -> None:
    """Make in `place` a sealed batch of what is whole of that in `source`."""
    with writing(place):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        if contents.records:
            with (source / WARC_FILE).open("rb") as damaged, (place / WARC_FILE).open("wb") as whole:
                for record in contents.records:
                    damaged.seek(record.offset)
                    whole.write(damaged.read(record.length))
                whole.flush()
                os.fsync(whole.fileno())
    new_key = key
    if rekey and contents.records:
        new_key = f"{key_of(place).removesuffix('.warc.gz')}.{digest(place / WARC_FILE)[:8]}.warc.gz"
    entries = contents.under_key(key, new_key)
    replace_durably(place / JOURNAL_FILE, b"".join(entry.to_json() + b"\n" for entry in entries))
    SealedBatch.seal(place, key=new_key, transaction=transaction, is_recovered=True)


def _visits(entries: Sequence[JournalEntry]) -> int:
    return sum(entry.table != RUNS.name for entry in entries)


def set_aside(folder: Path, why: str, tell: Tell) -> None:
    """Set a batch aside as it is, with nothing of it delivered. Raises DiskFailed."""
    place = _move_aside(folder, SetAside(why, utc_now(), delivered=0, lost=None))
    site, name = folder.parent.name, folder.name
    sentence = f"{site}: batch {name} of the spool could not be delivered and was set aside in {place}: {why}"
    tell(Damage(site, name, f"{sentence}; kliping spool repair tries it again", is_loss=True))


def _move_aside(folder: Path, note: SetAside) -> Path:
    """Where the batch then is."""
    note.write(folder)
    aside = folder.parent / SET_ASIDE
    with writing(aside):
        aside.mkdir(exist_ok=True)
        place = aside / folder.name
        if place.exists():
            place = aside / f"{folder.name}.{uuid.uuid4().hex[:8]}"
        folder.rename(place)
        sync_folder(aside)
    return place


def put_back(folder: Path) -> bool:
    """Have what is whole of a batch that was set aside wait for its delivery again, under a new id; whether anything
    does. What the tables have of it already is left out at delivery. A batch that is whole now is no longer set aside.

    Raises DiskFailed, FileExistsError where a batch of its name waits already.
    """
    site_folder = folder.parent.parent
    waiting = site_folder / folder.name.partition(".")[0]
    if waiting.exists():
        raise FileExistsError(f"{site_folder.name}: a batch {waiting.name} waits already")
    key = _key_of(folder, waiting)
    contents = Contents.read(folder, key)
    if not contents.records and not contents.entries:
        return False
    _put_together(folder, _salvaged(waiting), contents, key, None, rekey=contents.lost_bytes > 0)
    with writing(waiting):
        _salvaged(waiting).rename(waiting)
        sync_folder(site_folder)
    if contents.is_whole:
        remove_set_aside(folder)
    return True


def _row_of_killed_run(site_folder: Path, batches: Sequence[SealedBatch]) -> SealedBatch | None:
    """A batch with the row of the site's last run, where that run left none: what its batches tell of it."""
    progress = RunProgress.read(site_folder)
    if progress is None:
        RunProgress.remove(site_folder)
        return None
    run = progress.report.run
    journals = [(batch, Journal.read(batch.folder / JOURNAL_FILE).entries) for batch in batches if batch.run == run]
    has_row = any(entry.table == RUNS.name for _, entries in journals for entry in entries)
    row = None
    if not has_row:
        later = [entry for batch, entries in journals if batch.number > progress.counted for entry in entries]
        number = max([progress.counted, *(batch.number for batch, _ in journals)]) + 1
        row = _row_batch(site_folder, _report_of(progress.report, later), number)
    RunProgress.remove(site_folder)
    return row


def _report_of(report: RunReport, entries: Sequence[JournalEntry]) -> RunReport:
    """A report that goes on with what `entries` tell."""
    tally = Tally.of(report)
    times = [entry.mark.seen.last_fetched_at for entry in entries if entry.mark]
    for entry in entries:
        if entry.look:
            tally.count_look(entry.look)
    return replace(
        report,
        finished_at=max([report.finished_at, *(time for time in times if time >= report.started_at)]),
        looked_at=tally.outcomes.total(),
        outcomes=dict(tally.outcomes),
        rejections=dict(tally.rejections),
        fill_rates=tally.fill_rates(WATCHED_FIELDS),
        doubtful=tally.doubtful,
        doubts=dict(tally.doubts),
        rights=dict(tally.rights),
        problems=tuple(tally.problems),
    )


def _row_batch(site_folder: Path, report: RunReport, number: int) -> SealedBatch:
    batch = OpenBatch(site_folder, report.run, number, {})
    batch.journal(JournalEntry(RUNS.name, run_row(report)))
    batch.close()
    return SealedBatch.seal(batch.folder)


def leave_run_row(spool: Path, report: RunReport) -> RunReport:
    """Have the row of a run that did not begin wait for a delivery; returns the report, with an id that is free.

    Wants no lock: the site may be another run's.

    Raises DiskFailed, SpoolUnusable.
    """
    require_spool(spool)
    site_folder = spool / report.site
    with writing(site_folder):
        site_folder.mkdir(exist_ok=True)
        report = replace(report, run=free_run_id(report.started_at, lambda run: any(site_folder.glob(f"{run}-*"))))
        new = site_folder / f".{report.run}.{uuid.uuid4().hex[:8]}"
        new.mkdir()
    entry = JournalEntry(RUNS.name, run_row(report))
    replace_durably(new / JOURNAL_FILE, entry.to_json() + b"\n")
    with writing(new):
        new.rename(site_folder / f"{report.run}-000")
        sync_folder(site_folder)
    return report


def has_overdue_row(spool: Path, now: datetime) -> bool:
    """Whether the row of a run that found nothing new has waited in a spool for as long as one may."""
    return any(_is_overdue(folder, now) for site_folder in site_folders(spool) for folder in batch_folders(site_folder))


def _is_overdue(folder: Path, now: datetime) -> bool:
    try:
        waits_since = start_of_run(run_and_number(folder)[0])
        # A clock that was far ahead must not have it wait until that day.
        is_due = abs(now - waits_since) >= MAX_ROW_WAIT
        return is_due and SealedBatch.from_folder(folder).may_wait
    except (BatchDamaged, OSError, ValueError):
        return False


def waiting_urls(batches: Sequence[SealedBatch]) -> Iterator[str]:
    """The URLs of articles and of pages that are none, and their other addresses, in batches that wait."""
    for batch in batches:
        for entry in Journal.read(batch.folder / JOURNAL_FILE).entries:
            yield from (mark.seen.url for mark in entry.marks if mark.seen.status is not Status.FAILED)


def remove_set_aside(folder: Path) -> None:
    """Remove a batch that was set aside, for good. Raises DiskFailed."""
    with writing(folder):
        shutil.rmtree(folder)
