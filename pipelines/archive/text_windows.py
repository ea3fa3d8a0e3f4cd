"""Windows: short runs of a text's bytes, by whose digests the text is found again without being kept.

A window is looked for in any bytes, whatever stands around it: in a page, a feed, a column of a table. Its digest says
nothing of the words: the proof that a text is gone can be repeated for as long as its tombstone lies there.
"""

import hashlib
import re
from collections.abc import Collection, Iterator

import numpy as np
import numpy.typing as npt

WINDOW_BYTES = 40
"""Half a line of a newspaper: of texts that do not quote each other two in a million share one. Statistics in logs of
tables and in Parquet files have the first 64 bytes of a text."""

MAX_WINDOWS = 12
"""Of a text, spread over it: one in every other paragraph of a usual report."""

PREFIX_BYTES = 8
PREFIX_BITS = 22
"""Of the hash of a window's first bytes: by them nearly all places of what is searched are ruled out, at 4 MB for the
table, which stays in a processor's cache."""

DIGEST_BYTES = 8

CHUNK_BYTES = 1 << 20
"""Searched at once: what is computed of it stays in the cache."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(64 - PREFIX_BITS)

_PLAIN = re.compile(rf"[A-Za-z0-9 ,.:;()/?!-]{{{WINDOW_BYTES}}}")
"""What no format writes in another way: neither HTML nor JSON escapes it."""

_WORD_START = re.compile(r"(?<!\S)\S")


def windows_of(text: str, known: Collection[str] = ()) -> list[bytes]:
    """Windows of a text: MAX_WINDOWS at most, spread evenly over it, none across two lines. None of them stands in one
    of the `known` texts. Empty where the text is too short.
    """
    lines = text.split("\n")
    found = [window for line in lines for window in _plain_windows(line)]
    if not found:  # every line has quotation marks or letters beyond ASCII
        found = [window for line in lines for window in _any_windows(line)]
    distinct = [window for window in dict.fromkeys(found) if not any(window in other for other in known)]
    step = max(1, -(-len(distinct) // MAX_WINDOWS))
    return [window.encode() for window in distinct[::step]]


def _plain_windows(line: str) -> Iterator[str]:
    end = 0
    for start in _WORD_START.finditer(line):
        if start.start() >= end and (match := _PLAIN.match(line, start.start())):
            yield match[0]
            end = match.end()


def _any_windows(line: str) -> Iterator[str]:
    """The windows of a line, whatever its letters are; the last bytes of each may be of half a letter."""
    content = line.encode()
    for start in range(0, len(content) - WINDOW_BYTES + 1, WINDOW_BYTES):
        window = content[start : start + WINDOW_BYTES].decode(errors="ignore")
        if len(window.encode()) == WINDOW_BYTES:
            yield window


def digest_of(window: bytes) -> str:
    """What a window is found by, in hex: the hash of its beginning, and its digest."""
    prefix = int(_prefixes(np.frombuffer(window[:PREFIX_BYTES], np.uint8))[0])
    return f"{prefix:06x}{hashlib.blake2b(window, digest_size=DIGEST_BYTES).hexdigest()}"


def _prefixes(content: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """The hashes of each PREFIX_BYTES of bytes, one after the other."""
    with np.errstate(over="ignore"):
        return (content.view("<u8") * _MULTIPLIER) >> _SHIFT


class WindowSearch:
    """Looks for windows, told by their digests, in bytes: hundreds of megabytes a second, however many windows."""

    def __init__(self, digests: Collection[str]) -> None:
        self._digests = frozenset(digests)
        self._is_prefix = np.zeros(1 << PREFIX_BITS, np.bool_)
        self._is_prefix[[int(digest[:6], 16) for digest in self._digests]] = True

    def __bool__(self) -> bool:
        return bool(self._digests)

    def found_in(self, content: bytes | memoryview) -> frozenset[str]:
        """The digests of the windows that stand in `content`."""
        if not self._digests or len(content) < WINDOW_BYTES:
            return frozenset()
        whole = memoryview(content)
        found: set[str] = set()
        for start in range(0, max(1, len(whole) - WINDOW_BYTES + 1), CHUNK_BYTES):
            found |= self._in_chunk(whole[start : start + CHUNK_BYTES + WINDOW_BYTES - 1])
        return frozenset(found)

    def _in_chunk(self, chunk: memoryview) -> set[str]:
        found: set[str] = set()
        for shift in range(PREFIX_BYTES):
            length = (len(chunk) - shift) // PREFIX_BYTES * PREFIX_BYTES
            if length <= 0:
                break
            # Copied, so that the numbers lie where a processor reads them at once.
            hashes = _prefixes(np.frombuffer(bytes(chunk[shift : shift + length]), np.uint8))
            for place in np.flatnonzero(self._is_prefix[hashes.astype(np.intp)]):
                start = int(place) * PREFIX_BYTES + shift
                window = bytes(chunk[start : start + WINDOW_BYTES])
                if len(window) == WINDOW_BYTES and (digest := digest_of(window)) in self._digests:
                    found.add(digest)
        return found
