"""Every object of a bucket is read, as it lies there and unpacked, and windows of texts are looked for in it.

What is packed is unpacked: gzip members and the content encodings of responses in them, columns of Parquet files. All
else is read as it is. It does not go by what tables or indexes say, so that it finds what these do not know of.
"""

import mmap
import multiprocessing
import os
import re
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.archive.bucket import Bucket, StorageUnavailable
from pipelines.archive.payload import MAX_BODY_BYTES
from pipelines.archive.text_windows import WindowSearch
from pipelines.archive.warc_reader import GZIP_MEMBER, MAX_HEAD_BYTES, read_head
from pipelines.compressed_members import Member, decompressed
from pipelines.content_encoding import BodyTooLarge, UndecodableBody, decode, gunzip
from settings.storage import Storage

MIN_BYTES_FOR_PROCESSES = 256 << 20
"""Of all objects, from which on further processes read: to start one takes a second."""

TASK_BYTES = 64 << 20
"""That a process is given at once."""

OBJECT_COST_BYTES = 256 << 10
"""What it takes to ask for an object, in bytes that are read meanwhile."""

MAX_MEMBER_BYTES = 1 << 30
"""Unpacked size of one gzip member beyond which the rest of it is not looked at: a bomb."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What came of an object: its bytes as they lie in the bucket, those that it was unpacked to beside, and the
    digests of the windows that stand in it. `is_there` is false where it has gone since it was listed.
    """

    key: str
    stored_bytes: int
    unpacked_bytes: int
    found: frozenset[str]
    is_there: bool = True


def scan(storage: Storage, objects: Sequence[tuple[str, int]], digests: Sequence[str]) -> Iterator[Scanned]:
    """Look for windows in objects, told by key and length.

    Raises StorageUnavailable, also where a process that reads was killed.
    """
    if sum(size for _, size in objects) < MIN_BYTES_FOR_PROCESSES:
        scanner = Scanner(storage, digests)
        yield from (scanner.scan(key) for key, _ in objects)
        return
    pool = ProcessPoolExecutor(
        len(os.sched_getaffinity(0)), multiprocessing.get_context("spawn"), _begin, (storage, digests)
    )
    try:
        for done in pool.map(_scan, _tasks(objects)):
            yield from done
    except BrokenProcessPool as error:
        raise StorageUnavailable("a process that reads the bucket was killed: run it again") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _tasks(objects: Iterable[tuple[str, int]]) -> Iterator[list[str]]:
    task: list[str] = []
    size = 0
    for key, length in objects:
        task.append(key)
        size += length + OBJECT_COST_BYTES
        if size >= TASK_BYTES:
            yield task
            task, size = [], 0
    if task:
        yield task


_scanner: "Scanner"
"""Of a process that reads."""


def _begin(storage: Storage, digests: Sequence[str]) -> None:
    global _scanner
    _scanner = Scanner(storage, digests)


def _scan(keys: Sequence[str]) -> list[Scanned]:
    return [_scanner.scan(key) for key in keys]


class Scanner:
    """Looks for windows, told by their digests, in objects of a bucket."""

    def __init__(self, storage: Storage, digests: Sequence[str]) -> None:
        self._bucket = Bucket(storage)
        self._search = WindowSearch(digests)

    def scan(self, key: str) -> Scanned:
        """Look into one object. Raises StorageUnavailable."""
        with tempfile.NamedTemporaryFile(prefix="kliping-scan-") as scratch:
            path = Path(scratch.name)
            if self._bucket.download(key, path) is None:
                return Scanned(key, 0, 0, frozenset(), is_there=False)
            return self.look_into(path, key)

    def look_into(self, path: Path, key: str) -> Scanned:
        """Look into the file of an object."""
        found: set[str] = set()
        unpacked = 0
        with _mapped(path) as content:
            found |= self._search.found_in(content)
            if key.endswith(".gz"):
                for part in _members(content):
                    unpacked += len(part)
                    found |= self._search.found_in(part)
            size = len(content)
        if key.endswith(".parquet"):
            for words in _row_groups(path):
                unpacked += len(words)
                found |= self._search.found_in(words)
        return Scanned(key, size, unpacked, frozenset(found))


_NEXT_MEMBER = re.compile(re.escape(GZIP_MEMBER))


@contextmanager
def _mapped(path: Path) -> Iterator[memoryview]:
    with path.open("rb") as file:
        if not path.stat().st_size:
            yield memoryview(b"")
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as content:
            yield content


def _members(content: memoryview) -> Iterator[bytes]:
    """What the gzip members of a file hold; of one with an HTTP response the body without its encodings as well."""
    at = 0
    while at < len(content):
        try:
            member = decompressed(lambda: zlib.decompressobj(zlib.MAX_WBITS | 16), content, at, MAX_MEMBER_BYTES)
        except zlib.error:
            member = Member(b"", at, is_whole=False)
        yield member.plain
        if body := _body(member.plain):
            yield body
        if member.is_whole:
            at = member.end
        else:  # damaged, or too large
            following = _NEXT_MEMBER.search(content, at + 1)
            at = following.start() if following else len(content)


def _body(record: bytes) -> bytes | None:
    """The decoded body of the HTTP response in a record; None where that stands in the record as it is."""
    head = read_head(record[:MAX_HEAD_BYTES])
    if head.status is None:
        return None
    # What is beyond the head that was read follows it.
    body = head.body + record[MAX_HEAD_BYTES:]
    try:
        plain = gunzip(
            decode(body.rstrip(b"\r\n"), head.http_header("content-encoding"), MAX_BODY_BYTES), MAX_BODY_BYTES
        )
    except (UndecodableBody, BodyTooLarge):
        return None
    return None if plain in (body, body.rstrip(b"\r\n")) else plain


def _row_groups(path: Path) -> Iterator[bytes]:
    """The words in a Parquet file, column after column, a row group at a time; none where it is damaged."""
    try:
        file = pq.ParquetFile(path)
        for number in range(file.num_row_groups):
            columns = file.read_row_group(number).itercolumns()
            # Together: to search in a hundred short columns takes longer than in one long one.
            yield b"\n".join(words for column in columns for chunk in column.chunks for words in _words(chunk))
    except (pa.ArrowException, OSError):
        return


def _words(array: pa.Array) -> Iterator[memoryview]:
    if pa.types.is_dictionary(array.type):
        yield from _words(array.dictionary)
    elif pa.types.is_struct(array.type):
        for number in range(array.type.num_fields):
            yield from _words(array.field(number))
    elif pa.types.is_list(array.type) or pa.types.is_large_list(array.type) or pa.types.is_map(array.type):
        yield from _words(array.values if not pa.types.is_map(array.type) else array.items)
    elif array.type in (pa.string(), pa.large_string(), pa.binary(), pa.large_binary()):
        words = array.buffers()[2]
        if words is not None:
            yield memoryview(words)
