"""What a machine keeps for a while only, and may lose after: batches that were set aside, indexes that were damaged,
and files that a process did not come to put in place before it was killed.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from pipelines.archive.disk import DiskFailed, unfinished_files
from pipelines.archive.maintenance.report import Step, megabytes
from pipelines.archive.site_lock import DELIVERING, SiteBusy, SiteLock
from pipelines.archive.spool import SetAside, remove_set_aside, set_aside_folders, site_folders
from pipelines.index.damaged_file import files_set_aside
from settings.storage import Storage

LONGEST_WRITE = timedelta(hours=1)
"""After which nobody is writing a file of some megabytes any more: where containers share a home, a process may live
that this one cannot see.
"""


def expire(storage: Storage, keep: timedelta, now: datetime) -> Step:
    """Remove what this machine has kept for longer than `keep`; `now` is UTC.

    Of batches that were set aside only those go of which everything that was whole has been delivered, and the rest is
    known to the index as not looked at. One of which nothing was delivered waits for a person, however long. What dead
    processes left unfinished goes at once.
    """
    freed = dict.fromkeys(("batches", "indexes", "unfinished", "bytes_freed"), 0)
    left: list[str] = []
    failed: list[str] = []
    for site_folder in site_folders(storage.spool):
        old = [
            folder
            for folder in set_aside_folders(site_folder)
            if (note := SetAside.read(folder)) and note.lost is not None and now - note.at > keep
        ]
        if not old:
            continue
        try:
            lock = SiteLock(site_folder, DELIVERING, max_wait_seconds=0)
        except SiteBusy as busy:
            left.append(f"{len(old)} batches that were set aside: {busy}")
            continue
        try:
            for folder in old:
                size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
                remove_set_aside(folder)
                freed["batches"] += 1
                freed["bytes_freed"] += size
        except DiskFailed as trouble:
            failed.append(str(trouble))
        finally:
            lock.release()
    for path, at in files_set_aside(storage.index):
        if now - at > keep:
            freed["indexes"] += 1
            freed["bytes_freed"] += path.stat().st_size
            path.unlink()
    for path in unfinished_files(storage.home, storage.spool):
        with suppress(FileNotFoundError):  # its batch was delivered meanwhile
            written = path.stat()
            if now - datetime.fromtimestamp(written.st_mtime, UTC) > LONGEST_WRITE:
                path.unlink()
                freed["unfinished"] += 1
                freed["bytes_freed"] += written.st_size
    return Step("this machine", _words(freed), freed, left, failed)


def _words(freed: Mapping[str, int]) -> str:
    parts = [
        f"{freed[kind]:,} {words}"
        for kind, words in (
            ("batches", "batches that were set aside"),
            ("indexes", "files of damaged indexes"),
            ("unfinished", "files that a killed process had not finished"),
        )
        if freed[kind]
    ]
    return f"{' and '.join(parts)} were removed, {megabytes(freed['bytes_freed'])}" if parts else ""
