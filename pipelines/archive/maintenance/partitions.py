"""Which partitions of a table are to be compacted, and to files of which size.

A partition in use takes a small file from each crawl. Only its small files are put together, every night, so that the
large ones are not written again and again. One that nothing was written to for a week is put together once more, to as
few files as can be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa

MAX_FILE_BYTES = 128 << 20
"""Of a partition at rest: a reader that wants a few rows reads one file's footer, and one that wants all of them is not
kept waiting by requests. A month of a large portal is a tenth of this."""

MAX_GROWING_FILE_BYTES = 8 << 20
"""Of a partition in use: a night writes this much again at most beside what is new, where one file for the month would
be written thirty times."""

MIN_SMALL_FILES = 8
"""In a partition in use, before they are put together: fewer cost a reader less than each of them would cost a crawl
whose commit meets ours."""

REST = timedelta(days=7)
"""Without a new file, after which a partition is at rest: the last re-visits of an article come after three days."""


@dataclass(frozen=True, slots=True)
class Partition:
    """The data files of one partition: its columns' values, the files' sizes in bytes, when the newest was written."""

    values: Mapping[str, str]
    sizes: Sequence[int]
    written_at: datetime

    def __str__(self) -> str:
        return " ".join(self.values.values()) or "all of it"

    def target_bytes(self, now: datetime) -> int | None:
        """The size of the files that its small ones are to be put together to, None where they can stay."""
        is_at_rest = now - self.written_at >= REST
        target = MAX_FILE_BYTES if is_at_rest else MAX_GROWING_FILE_BYTES
        small = sorted(size for size in self.sizes if size < target)
        enough = 2 if is_at_rest else MIN_SMALL_FILES
        return target if len(small) >= enough and small[0] + small[1] <= target else None


def partitions(added: pa.Table, columns: Sequence[str]) -> list[Partition]:
    """The partitions of a table by its columns, in their order; `added` are its add actions, flattened."""
    names = [f"partition.{name}" for name in columns]
    grouped: dict[tuple[str, ...], tuple[list[int], list[int]]] = {}
    for row in added.select([*names, "size_bytes", "modification_time"]).to_pylist():
        sizes, times = grouped.setdefault(tuple(row[name] for name in names), ([], []))
        sizes.append(row["size_bytes"])
        times.append(row["modification_time"])
    return [
        Partition(dict(zip(columns, values, strict=True)), sizes, datetime.fromtimestamp(max(times) / 1000, UTC))
        for values, (sizes, times) in sorted(grouped.items())
    ]
