"""Writing to local disk so that what is there is whole: pieces that are appended, and files that are replaced.

A disk may be full, or refuse to write, at any moment and for seconds only. A file then holds what it held before.
"""

import errno
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says where a file may not grow: disk full, quota used up, largest size of a file reached."""

MEGABYTE = 1 << 20

UNFINISHED_SUFFIX = ".new"
UNFINISHED = re.compile(rf"\.(\d+)-\d+{re.escape(UNFINISHED_SUFFIX)}\Z")
"""How the name of a file ends until it is put in place, with the process that writes it."""


class DiskFailed(Exception):  # noqa: N818 - it names a state, as its callers read it
    """The disk did not take what was to be written, and holds what it held before; the message names the file."""


class DiskFull(DiskFailed):
    """There is no room for what was to be written, or less than is to be left."""


def require_room(folder: Path, min_free_mb: int) -> None:
    """Raises DiskFull where the disk of `folder` has less than `min_free_mb` megabytes free."""
    free = shutil.disk_usage(folder).free // MEGABYTE
    if free < min_free_mb:
        raise DiskFull(
            f"the disk of {folder} has {free:,} MB left, and {min_free_mb:,} MB (KLIPING_MIN_FREE_MB) are to stay "
            "free: make room there"
        )


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns what the system says of a disk that takes nothing into DiskFailed, or DiskFull."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        if error.errno in NO_ROOM:
            raise DiskFull(f"{path} could not be written: {reason}; make room on its disk") from error
        raise DiskFailed(f"{path} could not be written: {reason}; look after its disk") from error


class AppendedFile:
    """A new file that grows by whole pieces: one that could not be written whole is cut off again.

    Without a buffer, which would keep what the disk refused and write it behind a later piece. Every method that writes
    raises DiskFailed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._is_torn = False
        self._is_in_doubt = False
        with writing(path):
            self._file = path.open("xb", buffering=0)

    def append(self, piece: bytes) -> int:
        """Append a piece; returns its offset. Where it raises, the file ends as it did before."""
        with writing(self.path):
            if self._is_in_doubt:
                raise OSError(errno.EIO, "what was written before may not have reached the disk")
            if self._is_torn:
                self._cut(self.size)
            try:
                rest = memoryview(piece)
                while rest:
                    rest = rest[self._file.write(rest) :]
            except OSError:
                self._cut_if_possible(self.size)
                raise
        offset, self.size = self.size, self.size + len(piece)
        return offset

    def append_durably(self, piece: bytes) -> None:
        """Append a piece and wait until it is on the disk itself."""
        offset = self.append(piece)
        try:
            self.sync()
        except DiskFailed:
            self.size = offset
            self._cut_if_possible(offset)
            raise

    def sync(self) -> None:
        """Wait until what was written is on the disk itself. Once that has failed nothing more is appended: the system
        forgets what it could not write, and does not say so twice.
        """
        with writing(self.path):
            try:
                os.fsync(self._file.fileno())
            except OSError:
                self._is_in_doubt = True
                raise

    def close(self) -> None:
        with writing(self.path):
            self._file.close()

    def discard(self) -> None:
        """Close and remove the file."""
        with writing(self.path):
            self._file.close()
            self.path.unlink()

    def _cut_if_possible(self, size: int) -> None:
        try:
            self._cut(size)
        except OSError:
            self._is_torn = True

    def _cut(self, size: int) -> None:
        self._file.truncate(size)
        self._file.seek(size)
        self._is_torn = False


def replace_durably(path: Path, content: bytes) -> None:
    """Write a file so that after a crash it is either the old or the new one, whole. Of several writers at once the
    last one's stays.

    Raises DiskFailed.
    """
    new = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}{UNFINISHED_SUFFIX}")
    with writing(path):
        try:
            with new.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def unfinished_files(home: Path, spool: Path) -> Iterator[Path]:
    """What `replace_durably` was writing in a home and its spool when the process that did was killed."""
    for path in (*home.glob(f"*{UNFINISHED_SUFFIX}"), *spool.rglob(f"*{UNFINISHED_SUFFIX}")):
        if (writer := UNFINISHED.search(path.name)) and not _is_alive(int(writer[1])):
            yield path


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is somebody else's
        return True
    return True


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk itself."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
