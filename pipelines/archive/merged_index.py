"""One CDXJ over many WARC files, sorted as replay tools want it: of some sites, or of the whole bucket.

Its lines are those of the files' own indexes, in which `filename` is the key in the bucket. Of a month that the bucket
has an index of, as it is now, that is read in their place.
"""

import heapq
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipelines.archive.bucket import Bucket
from pipelines.archive.month_indexes import keys_of_months, month_indexes
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

    Raises NoIndex where there is no capture, the file is there already or the upkeep replaces what is read,
    StorageUnavailable, OSError.
    """
    if reason := obstacle(path, overwrite=overwrite):
        raise NoIndex(reason)
    there = keys_of_months(bucket, sites)
    months = list(month_indexes(bucket, sites))
    if not months:
        raise NoIndex(f"nothing was captured of {', '.join(sites)}" if sites else "nothing was captured yet")
    indexes = [key for month in months for key in ([month.key] if month.is_in(there) else month.sources)]
    with written_whole(path) as beside, beside.open("wb") as file:
        try:
            captures = merge(bucket, indexes, file, max_lines_in_memory=max_lines_in_memory, progress=progress)
        except KeyError as gone:
            raise NoIndex(f"{gone.args[0]} has been replaced meanwhile: begin again") from gone
    return WrittenIndex(sum(len(month.sources) for month in months), captures)


def merge(
    bucket: Bucket,
    indexes: Collection[str],
    file: IO[bytes],
    *,
    max_lines_in_memory: int = MAX_LINES_IN_MEMORY,
    progress: Callable[[str], None] = lambda _: None,
) -> int:
    """Write the lines of all these indexes, told by their keys, in order; how many they are.

    Raises KeyError where one is not there, StorageUnavailable, OSError.
    """
    count = 0
    with ExitStack() as scratch:
        for line in heapq.merge(*_sorted_pieces(bucket, indexes, max_lines_in_memory, scratch, progress)):
            file.write(line)
            count += 1
    return count


def _sorted_pieces(
    bucket: Bucket, indexes: Collection[str], max_lines: int, scratch: ExitStack, progress: Callable[[str], None]
) -> list[Iterator[bytes]]:
    """The lines of indexes, in sorted pieces: the last one in memory, the others on disk."""
    pieces: list[IO[bytes]] = []
    lines: list[bytes] = []
    for number, key in enumerate(indexes, 1):
        progress(f"{key} ({number} of {len(indexes)})")
        for line in bucket.lines(key):
            lines.append(line)
            if len(lines) > max_lines:
                piece = scratch.enter_context(tempfile.TemporaryFile(prefix="kliping-index-"))  # noqa: SIM115
                piece.writelines(sorted(lines))
                piece.seek(0)
                pieces.append(piece)
                lines = []
    return [*map(iter, pieces), iter(sorted(lines))]
