"""Fingerprints: what makes two URLs the same article and two texts the same, or nearly the same, text.

Exact copies share a SHA-256 of their letters and digits. Near copies are found by MinHash over word 3-shingles
(Broder 1997), estimated from 128 permutations and looked up by locality-sensitive hashing in BANDS bands of ROWS rows.

Why these numbers. Measured on texts of 150 to 300 words: a copy with another dateline, a sentence of 15 words less and
3 to 10 words changed keeps a Jaccard similarity of 0.58 to 0.88; two desks that tell of one event in their own words,
and quote the same two statements, have 0.09. MIN_SIMILARITY lies far above the latter, since pages of one template
(specifications, prices) come nearer to each other than that. The estimate's standard error there is
sqrt(0.5 * 0.5 / 128), 0.044. With 32 bands of 4 rows a pair at 0.6 shares a band, and so is compared at all, with
probability 1 - (1 - 0.6**4)**32 = 0.99, a pair at 0.5 with 0.87, at 0.1 with 0.003. Fewer, longer bands (21 of 6) would
save a third of the index and miss a third of the pairs at 0.6.
"""

import hashlib
import operator
import re
import struct
import unicodedata

from rensa import RMinHash

PERMUTATIONS = 128
BANDS = 32
ROWS = PERMUTATIONS // BANDS
SHINGLE_WORDS = 3
"""Two words recur in every text of a topic ('kata dia', 'di Indonesia'); four let each changed word cost too much."""

MIN_SIMILARITY = 0.5
"""Estimated Jaccard similarity from which on two texts are near copies."""

MIN_WORDS = 30
"""Shorter texts match exactly or not at all: with so few shingles two notices that differ in a number look alike."""

SEED = 20_241_124
"""Of the permutations; any number, but for ever the same."""

SCHEME = f"minhash rensa-{RMinHash.ALGORITHM_VERSION} {PERMUTATIONS} {BANDS}x{ROWS} {SHINGLE_WORDS}w {SEED}"
"""Names everything above: signatures and band keys of different schemes do not compare."""

_WORD = re.compile(r"\w+")
_SIGNATURE = struct.Struct(f"<{PERMUTATIONS}I")


def article_id(url: str) -> str:
    """The id of the article at a canonical URL: the first 32 hex digits of the URL's SHA-256."""
    return hashlib.sha256(url.encode()).hexdigest()[:32]


def text_sha256(text: str) -> str:
    """SHA-256, in hex, of the letters and digits of `text` only, compatibility-normalised and case-folded.

    White space, punctuation, typographic quotes, case and ligatures do not count: a text that was only set anew is the
    same text.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return hashlib.sha256("".join(filter(str.isalnum, folded)).encode()).hexdigest()


def signature(body: str) -> bytes | None:
    """The MinHash of a body: 128 little-endian 32-bit numbers; None for a body of fewer than MIN_WORDS words."""
    words = _WORD.findall(unicodedata.normalize("NFKC", body).casefold())
    if len(words) < MIN_WORDS:
        return None
    minhash = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    minhash.update({" ".join(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1)})
    return _SIGNATURE.pack(*minhash.digest())


def bands(signature: bytes) -> tuple[int, ...]:
    """A signature's LSH keys, one for each band, as signed 64-bit integers; texts that share one may be near copies."""
    width = _SIGNATURE.size // BANDS
    return tuple(
        int.from_bytes(
            # The band's number goes in, so that equal rows of different bands do not meet.
            hashlib.blake2b(signature[n * width : (n + 1) * width], digest_size=8, salt=bytes([n])).digest(),
            "big",
            signed=True,
        )
        for n in range(BANDS)
    )


def similarity(a: bytes, b: bytes) -> float:
    """The estimated Jaccard similarity of two bodies' shingles, 0 to 1, from their signatures."""
    return float(sum(map(operator.eq, _SIGNATURE.unpack(a), _SIGNATURE.unpack(b)))) / PERMUTATIONS
