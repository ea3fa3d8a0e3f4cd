"""What lies in the spool of this machine: batches that wait, and those that were set aside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.archive.batch_contents import JOURNAL_FILE
from pipelines.archive.batches import SEAL_FILE, BatchDamaged, SealedBatch
from pipelines.archive.journal import Journal
from pipelines.archive.site_lock import SiteBusy, SiteLock
from pipelines.archive.spool import (
    SetAside,
    batch_folders,
    put_back,
    recover,
    remove_set_aside,
    set_aside_folders,
    site_folders,
)

REPAIRING = "kliping spool"
"""What others are told who find a site's lock taken."""


class SpoolError(Exception):
    """The command cannot be carried out; the message says why."""


@dataclass(frozen=True, slots=True)
class SpooledBatch:
    """A batch in the spool: its site and folder, the visits in it that can be read, its size in bytes, how long it has
    not been written to, and what it waits for, or why it was set aside.
    """

    site: str
    folder: Path
    visits: int
    size: int
    age: timedelta
    state: str
    is_set_aside: bool

    @property
    def name(self) -> str:
        """As the commands take it."""
        return f"{self.site}/{self.folder.name}"


def batches(spool: Path, now: datetime) -> list[SpooledBatch]:
    """All batches in a spool, by site, those that were set aside last."""
    found: list[SpooledBatch] = []
    for site_folder in site_folders(spool):
        for folder in batch_folders(site_folder):
            found.append(_batch(site_folder.name, folder, now, _state(folder), is_set_aside=False))
        for folder in set_aside_folders(site_folder):
            found.append(_batch(site_folder.name, folder, now, _why(SetAside.read(folder)), is_set_aside=True))
    return found


def _batch(site: str, folder: Path, now: datetime, state: str, *, is_set_aside: bool) -> SpooledBatch:
    files = [path.stat() for path in folder.iterdir() if path.is_file()]
    written = datetime.fromtimestamp(max([folder.stat().st_mtime, *(file.st_mtime for file in files)]), UTC)
    visits = len(Journal.read(folder / JOURNAL_FILE).entries)
    return SpooledBatch(site, folder, visits, sum(f.st_size for f in files), now - written, state, is_set_aside)


def _state(folder: Path) -> str:
    if not (folder / SEAL_FILE).exists():
        return "being written, or left by a run that was killed"
    try:
        may_wait = SealedBatch.from_folder(folder).may_wait
    except BatchDamaged:
        may_wait = False
    if may_wait:
        return "the row of a run that found nothing new: goes along with a later delivery, within hours"
    return "waits for a delivery"


def _why(note: SetAside | None) -> str:
    if note is None:
        return "set aside, nobody noted why"
    lost = "" if note.lost is None else f", {note.delivered} visits delivered, {note.lost} not"
    return f"set aside{lost}: {note.why}"


def repair(spool: Path, names: Sequence[str]) -> Iterator[str]:
    """Have what is whole of the batches in `names` (SITE/BATCH), or of all that were set aside, wait for a delivery,
    and look through those that wait; a sentence for each thing that was done.

    Raises SpoolError, SiteBusy, DiskFailed.
    """
    wanted = _chosen(spool, names) if names else []
    for site_folder in site_folders(spool):
        aside = [folder for folder in set_aside_folders(site_folder) if not names or folder in wanted]
        if names and not aside:
            continue
        try:
            lock = SiteLock(site_folder, REPAIRING, max_wait_seconds=0)
        except SiteBusy as busy:
            if aside:
                raise
            yield f"{busy}: it is left alone"
            continue
        try:
            told: list[str] = []
            recover(site_folder, lambda damage, told=told: told.append(damage.sentence))  # type: ignore[misc]
            yield from told
            for folder in aside:
                yield _put_back(site_folder.name, folder)
        finally:
            lock.release()


def _put_back(site: str, folder: Path) -> str:
    name = f"{site}/{folder.name}"
    try:
        if not put_back(folder):
            return f"{name}: nothing in it is whole; kliping spool drop {name} removes it"
    except FileExistsError:
        return f"{name}: a batch of that name waits already; repair it once that is delivered"
    rest = f"; the rest stays in {folder}" if folder.exists() else ""
    return f"{name}: what is whole of it waits again, and the next run of any site delivers it{rest}"


def drop(spool: Path, names: Sequence[str]) -> Iterator[str]:
    """Remove batches that were set aside; a sentence for each. Raises SpoolError, DiskFailed."""
    for folder in _chosen(spool, names):
        remove_set_aside(folder)
        yield f"{folder.parent.parent.name}/{folder.name} was removed"


def _chosen(spool: Path, names: Sequence[str]) -> list[Path]:
    known = {f"{site.name}/{folder.name}": folder for site in site_folders(spool) for folder in set_aside_folders(site)}
    for name in names:
        if name not in known:
            raise SpoolError(f"no batch {name} was set aside: kliping spool names them")
    return [known[name] for name in names]
