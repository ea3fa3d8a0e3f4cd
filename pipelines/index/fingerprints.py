"""Fingerprints: what makes two URLs the same article and two texts the same text, and what is kept of a text's wording
so that it can be compared with others (see `pipelines.index.comparison`).

Exact copies share a SHA-256 of their letters and digits. For all others the index keeps the wording itself, two bytes a
word: 14 bits of the word's CRC-32, and whether it is a number or a name. A text is found again by some of its word
shingles, and then compared word by word: an estimate (MinHash) cannot tell a copy from another text of one template,
since both share half of their shingles; which words differ can.
"""

import hashlib
import re
import struct
import unicodedata
import zlib
from enum import IntEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt

SHINGLE_WORDS = 3
"""Two words recur in every text of a topic ('kata dia', 'di Indonesia'); four let each changed word cost too much."""

LOOKUP_KEYS = 40
"""Shingles by which a text is found again, those of the lowest hash. Of a text of 300 words a version cut to a third
shares about 13 of them, one with each fifth word changed about 20; some are phrases that a thousand texts have."""

MIN_WORDS = 30
"""Shorter texts match exactly or not at all: with so few shingles two notices that differ in a number look alike."""

MAX_WORDS = 3_000
"""Words of a text that are compared, its first: the longest reports of newspapers. It bounds what is kept of one."""

HASH_BITS = 14
"""Of a word's hash: two words come out alike once in 16,384, three in a row never; with the class it is two bytes."""

SCHEME = f"words crc32-{HASH_BITS} {SHINGLE_WORDS}w {LOOKUP_KEYS} of {MAX_WORDS}"
"""Names everything above: wordings and lookup keys of different schemes do not compare."""

TEXT_HASH_DIGITS = 24
"""Of a text's SHA-256, how many hex digits the index keeps: with ten million texts, two come out alike once in 10^15
archives."""

HASH_MASK = (1 << HASH_BITS) - 1

MAX_REMEMBERED_WORDS = 1 << 15
"""Words whose codes a process remembers: nine in ten words of news are among the commonest ten thousand."""

_WORD = re.compile(r"(\W*)(\w+)")
_ALPHANUMERIC = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
_SENTENCE_END = re.compile(r'[.!?:;\n"“”‘’«»•]')
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SIGN = np.uint64(1 << 63)

Words = npt.NDArray[np.uint16]
Shingles = npt.NDArray[np.int64]


class WordClass(IntEnum):
    """What a word of a text is: a number has a digit, a name a capital letter within a sentence."""

    WORD = 0
    NAME = 1
    NUMBER = 2


def article_id(url: str) -> str:
    """The id of the article at a canonical URL: the first 32 hex digits of the URL's SHA-256."""
    return hashlib.sha256(url.encode()).hexdigest()[:32]


def text_sha256(text: str) -> str:
    """SHA-256, in hex, of the letters and digits of `text` only, compatibility-normalised and case-folded.

    White space, punctuation, typographic quotes, case and ligatures do not count: a text that was only set anew is the
    same text.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return hashlib.sha256("".join(_ALPHANUMERIC.findall(folded)).encode()).hexdigest()


def is_text(kept: str | None, text_sha256: str) -> bool:
    """Whether a hash of a text, which the index keeps in part, is of the text with this SHA-256."""
    return bool(kept) and kept == text_sha256[: len(kept or "")]


def headline_key(headline: str) -> str:
    """What is the same for two spellings of one headline, in hex: the first 16 digits of the SHA-256 of its letters and
    digits.
    """
    return text_sha256(headline)[:16]


def wording(body: str) -> bytes | None:
    """The words of a body in order, each as a little-endian 16-bit number: its WordClass above HASH_BITS of its hash;
    None for a body of fewer than MIN_WORDS words.
    """
    words: list[tuple[str, str]] = _WORD.findall(unicodedata.normalize("NFKC", body))[:MAX_WORDS]
    if len(words) < MIN_WORDS:
        return None
    codes = [_code(word) for _, word in words]
    for at, (before, _) in enumerate(words):
        if codes[at] >> HASH_BITS == WordClass.NAME and not _is_within_sentence(before):
            codes[at] &= HASH_MASK
    return struct.pack(f"<{len(codes)}H", *codes)


@lru_cache(maxsize=MAX_REMEMBERED_WORDS)
def _code(word: str) -> int:
    """The number of a word, as one within a sentence."""
    return _class_of(word) << HASH_BITS | zlib.crc32(word.casefold().encode()) & HASH_MASK


def _class_of(word: str) -> WordClass:
    if word.islower() and word.isalpha():
        return WordClass.WORD
    if _DIGIT.search(word):
        return WordClass.NUMBER
    return WordClass.NAME if word[0].isupper() else WordClass.WORD


def _is_within_sentence(before: str) -> bool:
    """Whether a word that this stands before goes on with a sentence."""
    return before != "" and not _SENTENCE_END.search(before)


def words_of(wording: bytes) -> Words:
    """The words that `wording` packed."""
    return np.frombuffer(wording, "<u2")


def shingles(words: Words) -> Shingles:
    """The shingles of consecutive words, in order, whatever the classes of the words."""
    hashes = words.astype(np.int64) & HASH_MASK
    return hashes[:-2] << 2 * HASH_BITS | hashes[1:-1] << HASH_BITS | hashes[2:]


def lookup_keys(wording: bytes) -> list[int]:
    """The keys by which a text is found again, as signed 64-bit integers: texts that share several may be the same."""
    hashed = np.sort(shingles(words_of(wording)).view(np.uint64) * _MULTIPLIER)
    distinct = hashed[np.append(True, hashed[1:] != hashed[:-1])]
    lowest: list[int] = (distinct[:LOOKUP_KEYS] ^ _SIGN).view(np.int64).tolist()
    return lowest
