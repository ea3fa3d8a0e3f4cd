"""The members of a gzip file (RFC 1952, section 2.2) and the frames of zstd (RFC 8878, section 3), one after the other.

What follows a member comes back from the libraries as a copy. So they are fed little by little: otherwise a body of a
million members, each of a few bytes, takes hours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

MIN_FED_BYTES = 512
MAX_FED_BYTES = 64 << 10
"""Given to a library at once: few at first, since members may be short, and twice as many each time."""


class Stream(Protocol):
    """A library's decompressor of one member."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: memoryview, max_length: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Member:
    """What a member holds, where the next one begins, and whether all of it was there and was decompressed."""

    plain: bytes
    end: int
    is_whole: bool


def decompressed(new_stream: Callable[[], Stream], packed: bytes | memoryview, start: int, max_bytes: int) -> Member:
    """The member that begins at `start`, decompressed to at most `max_bytes`. Raises the library's own error."""
    stream, content = new_stream(), memoryview(packed)
    parts: list[bytes] = []
    end, size, fed = start, 0, MIN_FED_BYTES
    while not stream.eof and end < len(content) and size < max_bytes:
        piece = content[end : end + fed]
        parts.append(stream.decompress(piece, max_bytes - size))
        size += len(parts[-1])
        end += len(piece)
        fed = min(fed * 2, MAX_FED_BYTES)
    return Member(b"".join(parts), end - len(stream.unused_data), stream.eof)
