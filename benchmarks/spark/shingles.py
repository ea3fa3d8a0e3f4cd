"""Shingles and MinHashes of a text (Broder 1997), by NumPy."""

import re
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

SHINGLE_WORDS = 3
MIN_WORDS = 30
"""As `pipelines.index` has them."""

BANDS = 20
ROWS = 2
"""MinHashes of a band. Of texts of which the one is a third of the other, with a similarity of a third, nine in ten
pairs share one of the bands; of those with half of their shingles in common 997 in 1,000."""

MAX_WORDS_REMEMBERED = 500_000
"""Whose hashes a worker keeps: 100 MB. They are nearly all words of a text but its names and numbers."""

Hashes = npt.NDArray[np.uint64]

FACTORS: Hashes = np.random.default_rng(1).integers(1 << 63, dtype=np.uint64, size=BANDS * ROWS + SHINGLE_WORDS) * 2 + 1
"""Odd: to multiply by one, modulo 2 ** 64, permutes the hashes."""


@lru_cache(MAX_WORDS_REMEMBERED)
def hash_of(word: str) -> int:
    """The same in each process, as Python's own is not."""
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")


def shingles_of(text: str) -> Hashes:
    """The different shingles of a text, as hashes; none where it has less than MIN_WORDS."""
    words = np.fromiter(map(hash_of, re.findall(r"[^\W_]+", text.lower())), np.uint64)
    if len(words) < MIN_WORDS:
        return np.empty(0, np.uint64)
    count = len(words) - SHINGLE_WORDS + 1
    mixed = np.zeros(count, np.uint64)
    for place in range(SHINGLE_WORDS):
        mixed = (mixed ^ words[place : place + count]) * FACTORS[place]
        mixed ^= mixed >> np.uint64(29)
    return np.unique(mixed)


def bands_of(shingles: Hashes) -> Hashes:
    """The bands of the MinHashes of a text."""
    least = np.min(FACTORS[SHINGLE_WORDS:, np.newaxis] * shingles, axis=1).reshape(BANDS, ROWS)
    band = np.arange(BANDS, dtype=np.uint64)
    for row in range(ROWS):
        band = (band ^ least[:, row]) * FACTORS[row]
        band ^= band >> np.uint64(29)
    return band
