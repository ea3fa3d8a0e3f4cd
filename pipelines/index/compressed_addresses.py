"""Addresses at two fifths of their length: the host stands in a table of its own, and the rest in a code of few bits.

A slug of some words compresses badly by itself. But of its letters each is mostly one of few that follow the one
before; which these are is counted in SAMPLE. A byte is told by its rank among them: the commonest take three bits, and
what is not among the first 36 comes as it is, after five bits that say so.
"""

import re
from collections import Counter
from functools import cache
from itertools import chain, pairwise

WORDS = (
    b"kementerian-pemerintah-masyarakat-perusahaan-pengguna-indonesia-teknologi-jakarta-presiden-menteri-aplikasi-"
    b"layanan-internet-digital-smartphone-samsung-xiaomi-galaxy-iphone-android-google-microsoft-whatsapp-instagram-"
    b"facebook-youtube-twitter-tiktok-netflix-spesifikasi-harga-terbaru-terbaik-resmi-rilis-meluncur-diluncurkan-"
    b"luncurkan-hadirkan-hadir-bocoran-fitur-kamera-baterai-layar-keamanan-siber-data-pribadi-kebocoran-peretas-hacker-"
    b"penipuan-online-pinjol-judi-blokir-kominfo-komdigi-satelit-starlink-jaringan-operator-telkomsel-indosat-startup-"
    b"investasi-pendanaan-bisnis-ekonomi-pasar-saham-rupiah-triliun-miliar-juta-persen-naik-turun-listrik-mobil-motor-"
    b"kendaraan-tesla-nvidia-prosesor-chip-laptop-gaming-game-esports-robot-artificial-intelligence-kecerdasan-buatan-"
    b"chatgpt-openai-gemini-belajar-sekolah-mahasiswa-siswa-guru-kampus-universitas-kesehatan-dokter-penyakit-gempa-"
    b"bumi-cuaca-banjir-polisi-tersangka-kasus-korupsi-sidang-hukum-pemilu-partai-politik-nasional-internasional-dunia-"
    b"amerika-china-jepang-korea-malaysia-pemain-timnas-piala-liga-gol-pelatih-klub-pertandingan-jadwal-hasil-prediksi-"
    b"cara-mudah-tips-daftar-link-download-gratis-begini-alasan-penyebab-kata-ungkap-sebut-minta-tolak-dukung-gelar-"
    b"gandeng-kerja-sama-tahun-bulan-hari-ini-besok-malam-pagi-lebih-paling-jadi-menjadi-dapat-harus-masih-sudah-belum-"
    b"tidak-bukan-akan-bisa-saat-usai-setelah-sebelum-hingga-sampai-karena-oleh-para-ada-apa-siapa-mengapa-kenapa-"
    b"bagaimana-soal-terkait-tentang-dalam-pada-antara-bagi-lewat-melalui-secara-ke-kepada-ini-itu-dengan-dari-untuk-"
    b"yang-dan-di-2027-2026-2025-2024-2023/2027/2026/2025/2024/2023/01/02/03/04/05/06/07/08/09/10/11/12/index.php/"
    b"artikel/article/post/posts/blog/amp/foto/video/news/nasional/ekonomi/bisnis/otomotif/gadget/games/sains/digital/"
    b"internet/tekno/teknologi/berita/read/d-.htmlhttp://m.http://www.https://m..net/.org/.go.id/.or.id/.id/.co.id/.com/"
    b"https://tekno.https://inet.https://www."
)
"""The words that headlines have most, and what addresses begin and end with. No byte of it may change while an index
holds an address: the schema's version follows from it.
"""

SAMPLE = WORDS + b"".join(b"%02d" % number for number in range(100))
"""In which is counted what follows what; of numbers any digit follows any other."""

GROUP_BITS = (2, 2, 2, 3, 4)
"""Bits of a rank within its group, by group; before it come as many ones as there are groups before, and a zero. Of a
hundred addresses of Indonesian news, of which 78 bytes follow the host, 40 are left."""

_VERBATIM = "1" * len(GROUP_BITS)
_CODES = ["1" * group + "0" + f"{rank:0{bits}b}" for group, bits in enumerate(GROUP_BITS) for rank in range(1 << bits)]
_RANK_BY_CODE = {code: rank for rank, code in enumerate(_CODES)}
_CODE = re.compile(
    "|".join([*("1" * group + "0" + "." * bits for group, bits in enumerate(GROUP_BITS)), _VERBATIM + "." * 8])
)
_START = ord("/")


def split(url: str) -> tuple[str, str]:
    """A URL as what it has in common with all of its host, and the rest."""
    end = url.find("/", len("https://")) + 1
    return url[:end], url[end:]


def packed(rest: str) -> bytes:
    """The rest of a URL after its host; see `unpacked`."""
    content = rest.encode()
    bits = "".join([_codes_after(before)[byte] for before, byte in pairwise(chain((_START,), content))])
    # What fills the last byte up is the beginning of a byte that comes as it is, and too short for one.
    bits += "1" * (-len(bits) % 8)
    return int(bits or "0", 2).to_bytes(len(bits) // 8)


def unpacked(packed: bytes) -> str:
    """What `packed` packed. Raises UnicodeDecodeError where there was none."""
    bits = f"{int.from_bytes(packed):0{len(packed) * 8}b}" if packed else ""
    content = bytearray()
    before = _START
    for code in _CODE.findall(bits):
        rank = _RANK_BY_CODE.get(code)
        before = int(code[len(_VERBATIM) :], 2) if rank is None else _followers(before)[rank]
        content.append(before)
    return content.decode()


@cache
def _followers(before: int) -> bytes:
    """The bytes that follow one most, the commonest first; those that never do by how common they are at all."""
    after, counts = _counted()
    ranked = sorted(range(256), key=lambda byte: (-after[before, byte], -counts[byte], byte))
    return bytes(ranked[: len(_CODES)])


@cache
def _codes_after(before: int) -> list[str]:
    """The code of each byte where it follows one."""
    codes = [_VERBATIM + f"{byte:08b}" for byte in range(256)]
    for rank, byte in enumerate(_followers(before)):
        codes[byte] = _CODES[rank]
    return codes


@cache
def _counted() -> tuple[Counter[tuple[int, int]], Counter[int]]:
    return Counter(pairwise(SAMPLE)), Counter(SAMPLE)
