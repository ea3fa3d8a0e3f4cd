"""Invented Indonesian news prose: sentences of a grammar over large vocabularies, so that two texts share little."""

# ruff: noqa: SIM905 - many words are read more easily as prose

import random
from collections.abc import Sequence
from dataclasses import dataclass

NOUNS = """
    aplikasi baterai cip data daya desa dinas dosen drone energi fitur gawai gudang guru hakim hutan indeks internet
    investor jalan jaringan kabel kamera kantor kapal karyawan kebun kelompok kendaraan kereta kios komputer
    konsumen koperasi kota kualitas laboratorium lahan laporan layanan layar limbah listrik mahasiswa mesin mitra
    model modem nelayan nilai operator pabrik pasar pekerja pelabuhan pelajar pelanggan pemasok pembangkit
    pendidikan peneliti pengembang pengguna penjual perangkat peraturan perempuan perusahaan petani peternak pintu
    produk program proyek rantai rapat rekening robot rumah satelit sawah sekolah sensor server sertifikat siswa
    sistem sungai surat tagihan tambak tarif teknisi teluk tender terminal toko transaksi truk udara ujian usaha
    wabah waduk warga wilayah yayasan
""".split()
ROOTS = """
    ajak ambil angkat atur awas bagi bahas baca bangun bantu batas bawa bayar beri buat buka cari catat cegah cetak
    coba dapat dengar dorong dukung ganti garap gelar guna hapus harap hemat hentikan hitung hubung ikat impor isi
    jaga jalan jamin jelas jual kaji kejar kelola kembang kenal kerja ketat kirim kuasa kumpul kurang lacak lapor
    latih lawan lepas libat lihat lindung luncur masuk mulai nilai olah pakai pantau pasang pasok pecah pelajar
    peluk percaya periksa pesan pilih pindah pinjam potong pusat putus rakit rancang rawat rekam rilis salur sambung
    samping sangka sebar sedia selesai serah sewa siap simpan sita susun tahan tambah tampil tanam tanya tarik tawar
    tebus teliti tempuh tentu terima tinggal tinjau tolak tuju tukar tulis tunda tutup uji ukur umum undang usul
    usut
""".split()
ADJECTIVES = """
    aman asing baru berat besar canggih cepat dalam dangkal dekat dingin gratis halus hijau jarang jauh jernih kecil
    kering khusus kuat kuno lama lambat lebar lemah lengkap lokal luas lunak mahal mandiri merata mudah murah
    nasional nyaman padat panjang penting pendek penuh perdana pribadi rapat rawan rendah ringan rumit sementara
    sempit sulit tahunan tajam tebal tenang terbuka tertutup tinggi tipis utama
""".split()
PREPOSITIONS = ("di", "untuk", "bagi", "dari", "dengan", "tanpa", "lewat", "pada", "sejak", "menuju", "demi", "antara")
LINKS = ("selain itu", "karena itu", "sementara itu", "meski begitu", "sebelumnya", "kemudian", "namun", "bahkan")
FIRST_NAMES = """
    Arum Bagas Cokro Damar Endah Fajar Galih Hesti Indra Jati Kirana Laras Mahesa Niken Okta Pandu Raras Satya Tirta
    Umar Wening Yoga Zaki Sekar Teguh Ratih Bram Gita Surya Wulan
""".split()
LAST_NAMES = """
    Adiwangsa Bratasena Cakrabuana Danurejo Ekawira Girindra Hartala Irawanto Jayengrana Kertawira Lesmana Mandaraka
    Nararya Pramudya Ranggawuni Sastrowardi Tanuwirya Wanengpati Yudanegara Wirabumi
""".split()
PLACES = """
    Arungbatu Batarung Ciranjang Dendawa Embalut Gandasari Harumtani Kalibaru Lembayung Mandarsah Nagarata Oluwa
    Pasirlaya Rantedoda Sukarame Tanjungwali Ujunglaras Watubela Teluksari Muarajati
""".split()
BODIES = """
    Balai Kementerian Dinas Lembaga Pusat Asosiasi Dewan Koperasi
""".split()
DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November")
UNITS = ("persen", "unit", "orang", "rupiah", "kilometer", "hari", "ton", "megawatt", "juta", "titik")


@dataclass
class Prose:
    """Writes texts; all that it writes follows from its `random`."""

    random: random.Random

    def one_of(self, words: Sequence[str]) -> str:
        return self.random.choice(words)

    def person(self) -> str:
        return f"{self.one_of(FIRST_NAMES)} {self.one_of(LAST_NAMES)}"

    def number(self) -> str:
        """A number as news write it: 17, 4,2 or 12.400."""
        form = self.random.randrange(3)
        if form == 0:
            return str(self.random.randrange(2, 900))
        if form == 1:
            return f"{self.random.randrange(1, 90)},{self.random.randrange(1, 10)}"
        return f"{self.random.randrange(1, 900)}.{self.random.randrange(1000):03}"

    def date(self) -> str:
        return f"{self.one_of(DAYS)} ({self.random.randrange(1, 29)}/{self.random.randrange(1, 13)}/2026)"

    def verb(self) -> str:
        root = self.one_of(ROOTS)
        return self.one_of((f"me{root}", f"di{root}", f"ber{root}", f"me{root}kan", f"di{root}kan", f"ter{root}"))

    def thing(self) -> str:
        noun = self.one_of(NOUNS)
        return self.one_of((noun, f"{noun} {self.one_of(ADJECTIVES)}", f"{noun} {self.one_of(NOUNS)}", f"{noun} itu"))

    def clause(self) -> str:
        end = self.random.random()
        if end < 0.15:
            return f"{self.thing()} {self.verb()} {self.number()} {self.one_of(UNITS)}"
        if end < 0.3:
            return f"{self.thing()} {self.verb()} {self.thing()} di {self.one_of(PLACES)}"
        return f"{self.thing()} {self.verb()} {self.thing()} {self.one_of(PREPOSITIONS)} {self.thing()}"

    def sentence(self) -> str:
        form = self.random.random()
        if form < 0.2:
            said = f'"{_capital(self.clause())} dan {self.clause()}," kata {self.person()}.'
        elif form < 0.35:
            said = f"{self.one_of(BODIES)} {self.one_of(NOUNS).capitalize()} {self.verb()} bahwa {self.clause()}."
        elif form < 0.5:
            said = f"{_capital(self.one_of(LINKS))}, {self.clause()} dan {self.clause()}."
        else:
            said = f"{_capital(self.clause())} karena {self.clause()}."
        return said

    def quote(self) -> str:
        return f'"{_capital(self.clause())} dan {self.clause()} agar {self.clause()}," ujar {self.person()}.'

    def sentences(self, words: int) -> list[str]:
        """Sentences of at least so many words in all."""
        found: list[str] = []
        while sum(len(sentence.split()) for sentence in found) < words:
            found.append(self.sentence())
        return found


def paragraphs(sentences: Sequence[str], per_paragraph: int = 2) -> str:
    """The sentences as a body."""
    starts = range(0, len(sentences), per_paragraph)
    return "\n\n".join(" ".join(sentences[start : start + per_paragraph]) for start in starts)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
