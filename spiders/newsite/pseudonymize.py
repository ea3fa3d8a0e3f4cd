"""Test documents out of a site's own: invented words in place of its words, November 2026 in place of its months.

What the project keeps of a site is its markup. Words are replaced one by one, the same word by the same everywhere, so
that a headline stays the same in the page, its metadata and the feed. Function words and the words of residue ("baca
juga", "penulis", "share") stay: cleaning goes by them. Everything here is pure.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zlib import crc32

from pipelines.cleaning.gazetteer import PLACES
from pipelines.cleaning.residue_rules import RULES


def _list(words: str) -> tuple[str, ...]:
    return tuple(words.split())


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{3,}", text.lower())


FUNCTION_WORDS = _list(
    """
    ada adalah agar akan antara apa atas atau bagi bahwa baru beberapa belum bisa bukan dalam dan dapat dari dengan di
    dia hanya harus hari hingga ini itu jadi jika juga kami karena kata ke kepada kita lagi lain lebih maka masih mereka
    namun oleh pada para per pernah saat saja salah sampai sangat sebagai sebelum secara sedang sehingga sejak selain
    seperti serta setelah sudah tanpa tapi telah tentang terhadap tersebut tetapi tidak untuk yaitu yang
    """
)

LABELS = _list(
    """
    bagikan channel copy dipublikasikan diperbarui follow galeri google halaman ikuti indeks instagram jakarta join klik
    komentar langganan leave link linkedin news penulis penyunting peliput pilihan populer reply selanjutnya sebelumnya
    semua tag tags terbaru terpopuler tiktok topik wib wit wita youtube senin selasa rabu kamis jumat sabtu minggu mon
    tue wed thu fri sat sun posted updated published true false
    """
)

RESIDUE = frozenset(word for rule in RULES for word in _words(re.sub(r"\\.", " ", rule.pattern.pattern)))
"""The words by which cleaning knows residue: "Gulir untuk melanjutkan membaca"."""

KEPT_WORDS = frozenset((*FUNCTION_WORDS, *LABELS, *RESIDUE, *(word for place in PLACES for word in _words(place))))
"""Words that stay as they are: without the first a text is no Indonesian, by the others cleaning knows what is none,
and a text opens with a place."""

WORDS = _list(
    """
    payung lemari sepeda kebun jendela sumur perahu layang tembikar anyaman lonceng gerobak tungku kelapa jagung pisang
    rambutan kunyit jahe pandan melati kamboja bambu rotan batu pasir sungai danau bukit lembah pulau pantai ombak angin
    hujan kabut embun pelangi bintang bulan kolam telaga jembatan pasar warung dapur serambi beranda atap pagar tangga
    kursi meja lampu lilin cermin sisir benang jarum kain selendang topi sandal keranjang ember gayung cangkul sabit
    palu gergaji paku tali simpul layar dayung jangkar mercusuar pelabuhan dermaga kapal nelayan petani perajin penenun
    pandai tukang guru murid pelajar warga tetangga saudara teman keluarga menanam memanen menenun merajut mengukir
    melukis menyanyi menari berlayar berjalan bersepeda berkebun memasak menjahit mencuci membaca menulis menghitung
    mengukur menimbang membuka menutup membawa menyimpan menemukan memperbaiki membangun menyusun merakit mencoba
    mengajar belajar hangat dingin terang gelap ringan berat panjang pendek lebar sempit tinggi rendah halus kasar manis
    asam gurih segar kering basah merah kuning hijau biru putih hitam cokelat jingga ungu besar kecil baru lama cepat
    lambat ramai sepi penuh kosong
    """
)
"""Words that come in place of others."""

NAMES = _list(
    """
    Bagas Tirta Laras Sekar Wira Kirana Danu Ratna Jaka Mayang Panji Ayu Galih Intan Surya Melati Arya Kemuning Bayu
    Dewi Rangga Lestari Satria Puspa Adi Wulan Raka Anggun Dimas Citra
    """
)
"""Names that come in place of those of writers and editors."""

MONTHS = (
    ("jan", "januari", "january"),
    ("feb", "februari", "february"),
    ("mar", "maret", "march"),
    ("apr", "april"),
    ("mei", "may"),
    ("jun", "juni", "june"),
    ("jul", "juli", "july"),
    ("agu", "agustus", "aug", "august"),
    ("sep", "september"),
    ("okt", "oktober", "oct", "october"),
    ("nov", "november"),
    ("des", "desember", "dec", "december"),
)
"""Names of the months, as Indonesian pages and feeds write them."""

MONTH_NAMES = frozenset(name for names in MONTHS for name in names)

WORD = re.compile(r"\([\w*.]{2,8}/[\w*.]{2,8}\)|&#?\w+;|https?://\S+|[\w.+-]+@[\w.-]+|[^\W\d_]{3,}")
SCRIPT = re.compile(r"(?is)(<script\b[^>]*>)(.*?)(</script>)")
TAG = re.compile(r"(?s)<!\[CDATA\[|\]\]>|<[^>]*>")
TEXT_META = re.compile(
    r"(?i)\b(?:name|property|itemprop)=[\"'](?:[\w:.-]*(?:title|description|keywords|author|creator|tag|section|alt|editor)|news_keywords)[\"']"
)
"""Meta elements whose content is made of words."""

CONTENT = re.compile(r"(?s)(\bcontent=\")([^\"]*)(\")")
WORDED = re.compile(r"(?s)(\s(?:alt|title|data-title|data-caption|aria-label)=\")([^\"]*)(\")")
TEXT_KEYS = frozenset(
    _list("headline alternativeHeadline name description articleBody articleSection keywords caption text about editor")
)
"""Properties of JSON-LD whose values are made of words."""


@dataclass(frozen=True, slots=True)
class Pseudonymizer:
    """How one site's documents are told in other words.

    `kept` are words that stay (the site's own name), `people` the words of names, both in lower case; `months` are the
    'YYYY-MM' that become 2026-11.
    """

    kept: frozenset[str]
    people: frozenset[str]
    months: frozenset[str]

    @classmethod
    def from_names(cls, title: str, people: Iterable[str], dates: Iterable[datetime]) -> "Pseudonymizer":
        """For the site `title`, whose articles are by `people` and of `dates`."""
        return cls(
            frozenset((*_words(title), "".join(_words(title)))),
            frozenset(word for person in people for word in _words(person)),
            frozenset(f"{date:%Y-%m}" for date in dates) - {"2026-11"},
        )

    def text(self, text: str) -> str:
        """`text` in other words."""
        return WORD.sub(lambda found: self._other(found[0]), text)

    def markup(self, markup: str) -> str:
        """HTML or XML in other words: its texts, the attributes that hold words, and JSON-LD; addresses stay."""
        parts = SCRIPT.split(markup)
        for at in range(0, len(parts), 4):
            parts[at] = self._outside_scripts(parts[at])
        for at in range(2, len(parts), 4):
            parts[at] = self._json(parts[at])
        return "".join(parts)

    def shift_dates(self, text: str) -> str:
        """`text` with the site's months as November 2026, in dates of every form and in addresses."""
        for month in self.months:
            year, number = month.split("-")
            names = "|".join(MONTHS[int(number) - 1])
            text = re.sub(
                rf"\b{year}([-/])0?{int(number)}(?:\1(\d\d?))?(?!\d)",
                lambda f: f"2026{f[1]}11{f[1] + _day(f[2]) if f[2] else ''}",
                text,
            )
            text = re.sub(rf"\b{year}{number}([0-3]\d)(?=\d*\b)", lambda f: f"202611{_day(f[1])}", text)
            text = re.sub(rf"\b(\d\d?)([-/]){number}\2(?:{year})\b", lambda f: f"{_day(f[1])}{f[2]}11{f[2]}2026", text)
            text = re.sub(
                rf"(?i)\b(\d\d?)(\s+)({names})(\s+){year}\b",
                lambda f: f"{_day(f[1])}{f[2]}{'Nov' if len(f[3]) == 3 else 'November'}{f[4]}2026",
                text,
            )
        return text

    def _other(self, word: str) -> str:
        low = word.lower()
        if low in self.people:
            return NAMES[crc32(low.encode()) % len(NAMES)]
        if low in KEPT_WORDS or low in MONTH_NAMES or low in self.kept or not low.isalpha():
            return word
        other = WORDS[crc32(low.encode()) % len(WORDS)]
        return other.upper() if word.isupper() else other.capitalize() if word[0].isupper() else other

    def _outside_scripts(self, markup: str) -> str:
        told, at = [], 0
        for tag in TAG.finditer(markup):
            told += [self.text(markup[at : tag.start()]), self._tag(tag[0])]
            at = tag.end()
        return "".join((*told, self.text(markup[at:])))

    def _tag(self, tag: str) -> str:
        if tag.startswith(("<!", "<?", "]]", "</")):
            return tag
        if TEXT_META.search(tag):
            tag = CONTENT.sub(lambda found: f"{found[1]}{self.text(found[2])}{found[3]}", tag)
        return WORDED.sub(lambda found: f"{found[1]}{self.text(found[2])}{found[3]}", tag)

    def _json(self, script: str) -> str:
        """JSON-LD in other words; other data stays as it is, and is for a person to look through."""
        try:
            data = json.loads(script)
        except json.JSONDecodeError:
            return script
        return json.dumps(self._value(data, worded=False), ensure_ascii=False)

    def _value(self, value: Any, *, worded: bool) -> Any:
        if isinstance(value, Mapping):
            return {key: self._value(inner, worded=key in TEXT_KEYS) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._value(inner, worded=worded) for inner in value]
        return self.text(value) if worded and isinstance(value, str) else value


def _day(day: str) -> str:
    """A day that November has."""
    return "30" if day == "31" else day
