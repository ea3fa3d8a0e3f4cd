"""Texts that share much and are no copies of each other: of one template, of one event, with other numbers in them."""

import random
import re
from collections.abc import Callable, Mapping

from benchmarks.duplicates.prose import DAYS, MONTHS, PLACES, Prose, paragraphs


def quake(prose: Prose) -> str:
    n = prose.random.randrange
    return (
        f"Gempa bumi bermagnitudo {n(3, 7)},{n(10)} mengguncang {prose.one_of(PLACES)}, pada {prose.date()} pukul "
        f"{n(24):02}.{n(60):02} WIB. Badan pemantau menyebut pusat gempa berada di laut pada kedalaman {n(5, 200)} "
        f"kilometer, sekitar {n(5, 150)} kilometer barat daya {prose.one_of(PLACES)}.\n\nGempa "
        f"tersebut tidak berpotensi "
        "tsunami. Masyarakat diimbau tetap tenang dan tidak terpengaruh oleh isu yang tidak dapat "
        "dipertanggungjawabkan "
        "kebenarannya. Hindari bangunan yang retak atau rusak akibat gempa, dan periksa kembali rumah sebelum masuk."
    )


def gold(prose: Prose) -> str:
    def price() -> str:
        return f"Rp{prose.random.randrange(1, 3)}.{prose.random.randrange(1000):03}.000"

    lines = "\n".join(f"Emas {grams} gram: {price()}" for grams in ("0,5", "1", "2", "3", "5", "10", "25", "50"))
    return (
        f"Harga emas batangan pada {prose.date()} dibuka di {price()} per gram, berubah "
        f"Rp{prose.random.randrange(1, 30)}"
        f".000 dibanding hari sebelumnya. Harga pembelian kembali berada di {price()} per "
        f"gram.\n\nBerikut daftar harga "
        f"emas batangan hari ini di gerai resmi, belum termasuk pajak:\n\n{lines}\n\nHarga dapat berubah sewaktu-waktu "
        "mengikuti pergerakan pasar dunia. Pembeli disarankan memeriksa kembali harga di gerai terdekat."
    )


def phone(prose: Prose) -> str:
    n = prose.random.randrange
    maker, line = prose.one_of(("Nirmala", "Candra", "Bima", "Surya", "Awan")), prose.one_of(("X", "Note", "Lite"))
    name = f"{maker} {line} {n(5, 60)}"
    return (
        f"{name} resmi dijual di Indonesia mulai {prose.date()}. Berikut spesifikasi lengkap dan "
        f"harganya.\n\nLayar: panel "
        f"AMOLED {n(5, 7)},{n(10)} inci dengan kecepatan penyegaran "
        f"{prose.one_of(('60', '90', '120', '144'))} Hz\nCip: "
        f"Garuda {n(400, 990)} dengan delapan inti\nMemori: {prose.one_of(('4', '6', '8', '12'))} GB dan penyimpanan "
        f"{prose.one_of(('64', '128', '256', '512'))} GB\nKamera belakang: {n(12, 200)} MP dengan "
        f"penstabil gambar\nKamera "
        f"depan: {n(5, 60)} MP\nBaterai: {n(40, 70)}00 mAh dengan pengisian cepat {n(18, 120)} watt\nSistem operasi: "
        f"antarmuka terbaru dengan pembaruan keamanan selama {n(2, 6)} tahun\n\nPonsel ini dijual seharga Rp{n(1, 15)},"
        f"{n(10)} juta lewat toko resmi dan mitra daring dengan garansi resmi."
    )


def weather(prose: Prose) -> str:
    sky = ("cerah", "cerah berawan", "berawan", "hujan ringan", "hujan lebat", "berkabut")
    lines = " ".join(
        f"Di {place} cuaca {prose.one_of(sky)} dengan suhu {prose.random.randrange(20, 27)} hingga "
        f"{prose.random.randrange(28, 36)} derajat Celsius."
        for place in prose.random.sample(PLACES, 5)
    )
    return (
        f"Badan pemantau merilis prakiraan cuaca untuk sejumlah kota pada {prose.date()}. "
        f"{lines}\n\nMasyarakat diimbau "
        "mewaspadai perubahan cuaca yang dapat terjadi sewaktu-waktu, terutama pada sore hingga malam hari. Informasi "
        "terbaru dapat dilihat lewat laman dan aplikasi resmi."
    )


def boilerplate(prose: Prose) -> str:
    return paragraphs(prose.sentences(60)) + "\n\n" + _BOILERPLATE


_BOILERPLATE = (
    "Ikuti terus perkembangan berita teknologi lewat saluran resmi kami dan aktifkan pemberitahuan "
    "agar tidak ketinggalan "
    "informasi terkini setiap hari.\n\nRedaksi menerima tulisan dari pembaca dengan panjang minimal lima ratus kata, "
    "disertai identitas lengkap dan foto penulis yang terbaru.\n\nSeluruh isi laman ini dilindungi hak cipta dan tidak "
    "boleh diperbanyak tanpa izin tertulis dari penerbit.\n\nHubungi bagian periklanan untuk kerja sama dan penawaran "
    "ruang promosi bagi usaha kecil dan menengah di seluruh daerah."
)


def rates(prose: Prose) -> str:
    n = prose.random.randrange
    return (
        f"Nilai tukar rupiah ditutup {prose.one_of(('menguat', 'melemah'))} {n(1, 90)} poin atau "
        f"0,{n(10, 99)} persen ke "
        f"level Rp{n(14, 17)}.{n(1000):03} per dolar AS pada perdagangan {prose.date()}. Mata uang di kawasan bergerak "
        f"beragam. Yen Jepang bergerak {n(1, 9)},{n(10, 99)} persen, dolar Singapura 0,{n(10, 99)} "
        f"persen, dan won Korea "
        f"0,{n(10, 99)} persen. Analis memperkirakan rupiah besok bergerak di rentang "
        f"Rp{n(14, 16)}.{n(1000):03} hingga "
        f"Rp{n(16, 18)}.{n(1000):03} per dolar AS, mengikuti data tenaga kerja dan arah suku bunga acuan."
    )


def match_report(prose: Prose) -> str:
    n = prose.random.randrange
    home, away = prose.random.sample(PLACES, 2)
    return (
        f"{home} FC mengalahkan Persatuan {away} dengan skor {n(2, 6)}-{n(2)} pada lanjutan liga di Stadion {home}, "
        f"{prose.date()}. Gol pertama dicetak {prose.person()} pada menit ke-{n(3, 45)} lewat umpan "
        f"{prose.person()}. Tuan "
        f"rumah menambah keunggulan lewat {prose.person()} pada menit ke-{n(46, 90)}. Dengan hasil "
        f"ini {home} FC berada di "
        f"peringkat {n(1, 9)} klasemen dengan {n(10, 60)} poin dari {n(10, 34)} pertandingan, "
        f"sedangkan Persatuan {away} "
        f"turun ke peringkat {n(10, 18)} dengan {n(5, 30)} poin."
    )


def horoscope(prose: Prose) -> str:
    signs = ("Aries", "Taurus", "Gemini", "Kanser", "Leo", "Virgo")
    lines = "\n\n".join(
        f"{sign}: {prose.sentence()} Asmara: {prose.clause()}. Keuangan: {prose.clause()}." for sign in signs
    )
    return (
        f"Ramalan zodiak untuk {prose.date()} ini merangkum peruntungan asmara, keuangan, dan kesehatan untuk enam "
        f"zodiak pertama. Simak ramalan lengkapnya berikut ini.\n\n{lines}\n\nRamalan ini hanya untuk "
        f"hiburan, dan pembaca "
        "diharapkan menyikapinya dengan bijak. Ramalan enam zodiak lainnya dapat dibaca pada tulisan berikutnya."
    )


def newsletter(prose: Prose) -> str:
    items = "\n\n".join(f"{number}. {prose.sentence()}" for number in range(1, 6))
    return (
        f"Selamat pagi, pembaca. Berikut lima berita teknologi yang paling banyak dibaca pada "
        f"{prose.date()}, dipilih oleh "
        f"redaksi untuk menemani pagi Anda.\n\n{items}\n\nDemikian lima berita pilihan pagi ini. "
        f"Berlangganan surat kabar "
        "pagi kami gratis lewat surel, dan sampaikan saran Anda kepada redaksi lewat formulir di "
        "bagian bawah laman ini."
    )


def job_notice(prose: Prose) -> str:
    n = prose.random.randrange
    body = f"PT {prose.one_of(PLACES)} {prose.one_of(('Digital', 'Teknologi', 'Data'))}"
    return (
        f"{body} membuka lowongan kerja untuk posisi teknisi {prose.thing()} dengan penempatan di "
        f"{prose.one_of(PLACES)}. "
        f"Pendaftaran dibuka sampai {prose.date()} lewat laman resmi perusahaan.\n\nPersyaratan: usia "
        f"maksimal {n(24, 40)} "
        f"tahun, pendidikan minimal diploma, pengalaman kerja {n(1, 6)} tahun, dan mampu bekerja dalam tim. Pelamar "
        f"mengirim daftar riwayat hidup, ijazah, dan foto terbaru.\n\nSeleksi terdiri dari {n(2, 6)} tahap dan tidak "
        "dipungut biaya apa pun. Perusahaan hanya memanggil pelamar yang memenuhi syarat."
    )


def event_told_anew(prose: Prose) -> tuple[str, str]:
    """Two desks that tell of one event in their own words, and quote the same statements."""
    quotes = [prose.quote() for _ in range(3)]
    one, other = prose.sentences(120), prose.sentences(120)
    for sentences in (one, other):
        for quote in quotes:
            sentences.insert(prose.random.randrange(1, len(sentences)), quote)
    return paragraphs(one), paragraphs(other)


def numbers_changed(prose: Prose) -> tuple[str, str]:
    """The same text, as of another quarter, place or count."""
    body = paragraphs([*prose.sentences(160), f"Jumlahnya kini {prose.number()} unit, kata {prose.person()}."])
    return body, re.sub(r"\d+", lambda match: _other(match[0], prose), body)


def _other(number: str, prose: Prose) -> str:
    low = 10 ** (len(number) - 1)
    return str(prose.random.choice([n for n in range(low, min(10 * low, low + 99)) if str(n) != number]))


def monthly_report(prose: Prose) -> tuple[str, str]:
    """A recurring report of which the month, the place and the figures change."""
    first, second = prose.random.sample(MONTHS, 2)
    here, there = prose.random.sample(PLACES, 2)
    day, next_day = prose.random.sample(DAYS, 2)
    body = paragraphs(
        [
            f"Kunjungan ke pusat perbelanjaan di {here} sepanjang {first} mencapai {prose.number()} orang.",
            *prose.sentences(100),
            f"Data itu dirilis pada {day} dan mencakup {prose.number()} gerai di {here}.",
        ]
    )
    numbers = re.sub(r"\d+", lambda match: _other(match[0], prose), body)
    return body, numbers.replace(first, second).replace(here, there).replace(day, next_day)


Template = Callable[[Prose], str]
Pair = Callable[[Prose], tuple[str, str]]

CHOOSING_TEMPLATES: Mapping[str, Template] = {
    "earthquakes": quake,
    "gold prices": gold,
    "phones": phone,
    "weather": weather,
    "boilerplate": boilerplate,
}
STATING_TEMPLATES: Mapping[str, Template] = {
    "exchange rates": rates,
    "match reports": match_report,
    "horoscopes": horoscope,
    "newsletters": newsletter,
    "job notices": job_notice,
}
CHOOSING_PAIRS: Mapping[str, Pair] = {"numbers changed": numbers_changed}
STATING_PAIRS: Mapping[str, Pair] = {"event told anew": event_told_anew, "monthly report": monthly_report}


def prose_of(seed: str) -> Prose:
    return Prose(random.Random(seed))
