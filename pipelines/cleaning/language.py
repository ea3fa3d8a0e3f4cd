"""Detects the language of a text by its function words, above all to tell Indonesian from its neighbours.

General classifiers confuse short texts in Indonesian and Malay. The words below are frequent in one of the languages
and absent from the others, or spelt differently there.
"""

import re
from collections import Counter

import py3langid


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SHARED_WORDS = _words(
    """
    yang dan di ke dari untuk dengan pada ini itu adalah dalam akan juga tidak oleh telah tersebut sebagai
    kepada ada dapat lebih atau secara para serta hanya antara mereka saya kami kita anda ia satu dua tiga tahun
    hari orang agar jika setelah sebelum seperti menjadi menurut selain sejak sementara masih belum harus sangat
    semua
    """
)
"""Function words that Indonesian and Malay share."""

DISTINCTIVE_WORDS: dict[str, frozenset[str]] = {
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

MAX_CLASSIFIED_CHARS = 500
"""Of a text, for py3langid, whose time grows with them: twice as many give the same language."""

MAX_READ_CHARS = 6_000
"""Characters of a text that are read, some 800 words: more do not change the result."""

MIN_FUNCTION_WORD_SHARE = 0.04
"""Share of function words that a text in one of the five languages has at least; running text has more than 0.15."""

MIN_MALAY_WORDS = 3
"""Distinctively Malay words of a Malay text. They are not enough, since Indonesian uses most of them too, if rarely:
py3langid must find Malay more likely as well."""

MIN_MALAY_WORDS_IN_SHORT_TEXT = 6
"""The same for a short text, in which three such words may stand in one quotation."""

MIN_LONG_TEXT_WORDS = 60
"""Words of a text that is not short."""


def detect(text: str) -> str:
    """Return the language of a text as a BCP 47 code; 'und' if the text is too short to tell.

    Indonesian, Malay, Javanese, Sundanese and English are told by function words, all others by py3langid.
    """
    words = _WORD.findall(text[:MAX_READ_CHARS].lower())
    if not words:
        return "und"
    counts = Counter(words)
    scores = {
        language: sum(counts[word] for word in distinctive) for language, distinctive in DISTINCTIVE_WORDS.items()
    }
    shared = sum(counts[word] for word in SHARED_WORDS)
    malayic = shared + scores["id"] + scores["ms"]
    best = max(("jv", "su", "en"), key=lambda language: scores[language])
    is_malay = scores["ms"] > 1.5 * scores["id"] and scores["ms"] >= (
        MIN_MALAY_WORDS if len(words) >= MIN_LONG_TEXT_WORDS else MIN_MALAY_WORDS_IN_SHORT_TEXT
    )
    if max(malayic, scores[best]) < MIN_FUNCTION_WORD_SHARE * len(words):
        language = _classify(text) if len(words) >= 8 else "und"
        return "id" if language == "ms" and not is_malay else language
    if scores[best] > malayic:
        return best
    return "ms" if is_malay and _classify(text) == "ms" else "id"


def _classify(text: str) -> str:
    language, _ = py3langid.classify(text[:MAX_CLASSIFIED_CHARS])
    return str(language)
