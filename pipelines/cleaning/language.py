"""The language of a text, told by its function words: Indonesian from its neighbours first of all.

General classifiers take short Indonesian for Malay and back. The words below are frequent in one of the languages and
absent, or spelt otherwise, in the others.
"""

import re
from collections import Counter

import py3langid


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SHARED = _words(
    """
    yang dan di ke dari untuk dengan pada ini itu adalah dalam akan juga tidak oleh telah tersebut sebagai
    kepada ada dapat lebih atau secara para serta hanya antara mereka saya kami kita anda ia satu dua tiga tahun
    hari orang agar jika setelah sebelum seperti menjadi menurut selain sejak sementara masih belum harus sangat
    semua
    """
)
"""Function words that Indonesian and Malay share."""

ONLY: dict[str, frozenset[str]] = {
    "id": _words(
        """
        bahwa karena bisa namun perusahaan saat hingga sudah kata ujar ujarnya katanya sebesar mengatakan
        pihaknya terkait berbagai kamis jumat senin selasa rabu agustus desember februari maret juli juni
        oktober mobil uang kantor polisi jutaan miliar rupiah beberapa banyak melalui lalu usai pun punya buat
        gak nggak aja dia kalau sedang membuat hal sehingga merupakan ponsel aplikasi berita jadi cara apakah
        kapan
        """
    ),
    "ms": _words(
        """
        bahawa kerana iaitu ialah daripada sahaja manakala berkata syarikat bagaimanapun khamis jumaat isnin
        ogos disember julai jun wang ekoran mahu berkenaan sekiranya kerajaan
        peratus bilion ringgit cuba telefon menerusi aktiviti kualiti
        """
    ),
    "jv": _words(
        """
        ing lan sing kang saka iki kuwi iku ora karo marang kanggo dadi uga wis bakal wong nanging kaya amarga
        yaiku luwih utawa kudu nalika sawise tumrap menyang dening isih mung supaya rikala awit ana anake padha
        banjur
        """
    ),
    "su": _words(
        """
        anu jeung nu ka ti keur kana tina dina ieu éta eta teu henteu bakal geus ogé oge urang sarta sangkan
        alatan jadi ku nyaéta nyaeta nepi baé loba pikeun saurna kungsi leuwih kudu aya téh teh mah jalma
        """
    ),
    "en": _words(
        """
        the of and to in is that for it was with as his he be by on are this have from at not they which but had
        were been their has would will who more when there can its after said about than into
        """
    ),
}

_WORD = re.compile(r"[^\W\d_]+")
READ = 6_000
"""Characters read, some 800 words: more change no verdict."""

ENOUGH = 0.04
"""Share of function words below which none of the five languages is a candidate; running text of each has over 0.15."""

SHORT = 60
TELLING, CERTAIN = 3, 6
"""Malay words that tell a text to be Malay, and how many do in a text of under SHORT words. They never do alone, since
Indonesian has most of them too, if seldom: py3langid must find Malay likelier as well."""


def detect(text: str) -> str:
    """The language of a text, BCP 47; 'und' where there is nothing to tell it by.

    Indonesian, Malay, Javanese, Sundanese and English by function words, anything else by py3langid.
    """
    words = _WORD.findall(text[:READ].lower())
    if not words:
        return "und"
    counts = Counter(words)
    scores = {language: sum(counts[word] for word in own) for language, own in ONLY.items()}
    shared = sum(counts[word] for word in SHARED)
    malayic = shared + scores["id"] + scores["ms"]
    best = max(("jv", "su", "en"), key=lambda language: scores[language])
    is_malay = scores["ms"] > 1.5 * scores["id"] and scores["ms"] >= (TELLING if len(words) >= SHORT else CERTAIN)
    if max(malayic, scores[best]) < ENOUGH * len(words):
        language = _general(text) if len(words) >= 8 else "und"
        return "id" if language == "ms" and not is_malay else language
    if scores[best] > malayic:
        return best
    return "ms" if is_malay and _general(text) == "ms" else "id"


def _general(text: str) -> str:
    language, _ = py3langid.classify(text[:5_000])
    return str(language)
