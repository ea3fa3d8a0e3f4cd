"""What a text is searched by: the stems of its words, without those that stand in every text.

An index and the queries to it have to agree on this to the letter: ANALYSIS tells whether they do.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

WORD = re.compile(r"[^\W_]+")
"""Letters and digits that stand together: *anak-anak* and *kompas.com* are two words each."""

MAX_WORD_CHARS = 40
"""Of a word that can be found: what is longer is an address or a key, and each stands in one text alone."""

MAX_KEPT_STEMS = 200_000
"""Words whose stems are kept in memory, 30 MB at most. A stem costs 10 µs to find; of the 117,783 words on our test
pages, 6,645 differ."""

FUNCTION_WORDS = """
ada adalah adanya adapun agak agar akan akankah akhirnya aku amat and anda antara apa apabila apakah apalagi atas
atau ataupun bagai bagaimana bagi bahkan bahwa baik banyak beberapa begini begitu belum berbagai beserta bila bisa
boleh bukan cara cukup cuma dalam dan dapat dari daripada demi demikian dengan di dia diri dirinya dulu for guna hal
hampir hanya harus hendak hingga ia ialah in ini itu iya jadi jangan jika jikalau juga justru kala kalau kali kami
kamu kapan karena ke kemudian kepada kepadanya ketika kini kita lagi lah lain lainnya lalu lebih lewat maka makin
malah mana masih masing maupun melainkan melalui memang mengapa menjadi menurut mereka merupakan meski meskipun
mungkin namun nanti nya of oleh on pada padahal para pasti per perlu pernah pula pun saat saja sama sambil sampai
sang sangat saya se seakan seandainya sebab sebagai sebagaimana sebelum sebelumnya sebuah secara sedang sedangkan
sehingga sejak sejumlah sekadar sekali sekarang selain selaku selalu selama semakin sementara semua seorang
sepanjang seperti serta sesuatu sesudah setelah setiap siapa suatu sudah supaya tanpa tapi telah tentang tentu
terhadap terlalu tersebut tetapi the tiap tidak to untuk usai walau walaupun yaitu yakni yang
"""
STOP_WORDS = frozenset(FUNCTION_WORDS.split())
"""Words that say nothing of what a text is about: particles, pronouns and auxiliaries of Indonesian, and the commonest
of English names and quotations. They are neither indexed nor searched for."""


@dataclass(frozen=True, slots=True)
class Term:
    """A stem, and where the word that it is of begins and ends in the text, in characters."""

    stem: str
    start: int
    end: int


def terms(text: str) -> Iterator[Term]:
    """The terms of a text, in order."""
    for found in WORD.finditer(text):
        if stem := _stem(found[0]):
            yield Term(stem, found.start(), found.end())


def stems(text: str) -> str:
    """The stems of a text, in order, with a space between two."""
    return " ".join(filter(None, map(_stem, WORD.findall(text))))


@lru_cache(MAX_KEPT_STEMS)
def _stem(word: str) -> str:
    """What a word is found by, empty where it is not to be found: the stem of its small letters without accents, by
    Snowball's algorithm for Indonesian (F. Tala, 2003). A word with a digit is its own stem.
    """
    plain = word.lower()
    if not plain.isascii():
        parts = unicodedata.normalize("NFKD", plain)
        plain = "".join(part for part in parts if not unicodedata.combining(part)).casefold()
    if plain in STOP_WORDS or len(plain) > MAX_WORD_CHARS:
        return ""
    # A stemmer keeps the word that it is at, so that two threads need two.
    return str(snowballstemmer.stemmer("indonesian").stemWord(plain)) if plain.isalpha() else plain


def _fingerprint() -> str:
    probe = """
        pemerintah memperbarui pembaruan keberlanjutan pertanggungjawaban diperbarui mempermudah penyalahgunaan
        ditingkatkan berkelanjutan sepeda-sepeda diluncurkannya bermain-main Jum'at café 5G iPhone15 Rp1.500.000 ujinya
    """
    told = " ".join((*sorted(STOP_WORDS), WORD.pattern, str(MAX_WORD_CHARS), stems(probe)))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


ANALYSIS = _fingerprint()
"""Names all of the above, the stemmer's rules included: another version of them makes other terms."""
