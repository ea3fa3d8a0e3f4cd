"""One CDXJ over many WARC files, sorted as replay tools want it: of some sites, or of the whole bucket.

Its lines are those of the files' own indexes, in which `filename` is the key in the bucket.
"""

import heapq
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipelines.archive.bucket import Bucket
from pipelines.archive.indexed_captures import indexed_files
from pipelines.archive.packs import cdxj_key
from pipelines.archive.whole_file import obstacle, written_whole

MAX_LINES_IN_MEMORY = 200_000
"""Some 80 MB. What is more is sorted on disk, in pieces that are merged."""


class NoIndex(Exception):  # noqa: N818 - it names a state
    """No index could be written; the message says why, in one sentence."""


@dataclass(frozen=True, slots=True)
class WrittenIndex:
    """What an index got: WARC files, and captures in them."""

    files: int
    captures: int


def write_index(
    bucket: Bucket,
    sites: Sequence[str],
    path: Path,
    *,
    overwrite: bool = False,
    max_lines_in_memory: int = MAX_LINES_IN_MEMORY,
    progress: Callable[[str], None],
) -> WrittenIndex:
    """Write the index of all captures of some sites, of all without one; the file is there whole or not at all. More
    lines than `max_lines_in_memory` are sorted on disk.

    Raises NoIndex where there is no capture or the file is there already, StorageUnavailable, OSError.
    """
    if reason := obstacle(path, overwrite=overwrite):
        raise NoIndex(reason)
    prefixes = [f"warc/{site}/" for site in sites] or ["warc/"]
    files = [key for prefix in dict.fromkeys(prefixes) for key in indexed_files(bucket, prefix)]
    if not files:
        raise NoIndex(f"nothing was captured of {', '.join(sites)}" if sites else "nothing was captured yet")
    captures = 0
    with written_whole(path) as beside, ExitStack() as scratch, beside.open("wb") as file:
        for line in heapq.merge(*_sorted_pieces(bucket, files, max_lines_in_memory, scratch, progress)):
            file.write(line)
            captures += 1
    return WrittenIndex(len(files), captures)


def _sorted_pieces(
    bucket: Bucket, files: Sequence[str], max_lines: int, scratch: ExitStack, progress: Callable[[str], None]
) -> list[Iterator[bytes]]:
    """The lines of the files' indexes, in sorted pieces: the last one in memory, the others on disk."""
    pieces: list[IO[bytes]] = []
    lines: list[bytes] = []
    for number, key in enumerate(files, 1):
        progress(f"{key} ({number} of {len(files)})")
        lines += bucket.get(cdxj_key(key)).splitlines(keepends=True)
        if len(lines) > max_lines:
            piece = scratch.enter_context(tempfile.TemporaryFile(prefix="kliping-index-"))  # noqa: SIM115
            piece.writelines(sorted(lines))
            piece.seek(0)
            pieces.append(piece)
            lines = []
    return [*map(iter, pieces), iter(sorted(lines))]
