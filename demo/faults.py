"""The traps that each demo site announces among its articles, and the answers it gives for them."""

import asyncio
import gzip
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse

from demo.content import Block, BlockKind, Body, Kind, Story

OVERSIZED_BYTES = 13 * 1024 * 1024
"""More than the 12 MB at which a careful crawler gives a page up."""

BOMB_BYTES = 64 * 1024 * 1024
"""Unpacked size of the gzip bomb; a thousandth of that goes over the wire."""

SLOW_STEP_SECONDS = 0.1
"""Seconds between looks whether the client of a slow page is still there."""

BARRED_PREFIX = "pratinjau-"
"""Slugs that each site's robots.txt bars."""


class FaultKind(StrEnum):
    """What is wrong with an announced URL."""

    GONE = "404"
    SERVER_ERROR = "500"
    SLOW = "slow"
    OVERSIZED = "oversized"
    BOMB = "gzip_bomb"
    OFF_SITE = "redirect_off_site"
    PRIVATE_NETWORK = "redirect_private_network"
    METADATA_SERVICE = "redirect_metadata_service"
    BROKEN_ENCODING = "broken_encoding"
    CHALLENGE_FORBIDDEN = "challenge_403"
    CHALLENGE_OK = "challenge_200"
    BARRED = "robots"


OUTCOMES: dict[FaultKind, tuple[str, ...]] = {
    FaultKind.GONE: ("http_error",),
    FaultKind.SERVER_ERROR: ("http_error",),
    FaultKind.SLOW: ("timeout",),
    FaultKind.OVERSIZED: ("too_large",),
    FaultKind.BOMB: ("too_large",),
    FaultKind.OFF_SITE: ("off_site",),
    FaultKind.PRIVATE_NETWORK: ("off_site",),
    FaultKind.METADATA_SERVICE: ("off_site",),
    FaultKind.BROKEN_ENCODING: ("archived", "duplicate", "rejected"),
    FaultKind.CHALLENGE_FORBIDDEN: ("http_error", "rejected"),
    FaultKind.CHALLENGE_OK: ("rejected",),
    FaultKind.BARRED: ("robots",),
}
"""The outcomes a run may record for each fault, the best first."""

SITE_FAULTS: dict[str, tuple[FaultKind, ...]] = {
    "majalahsirkuit": (
        FaultKind.GONE,
        FaultKind.SERVER_ERROR,
        FaultKind.SLOW,
        FaultKind.OVERSIZED,
        FaultKind.OFF_SITE,
        FaultKind.PRIVATE_NETWORK,
        FaultKind.CHALLENGE_OK,
        FaultKind.BARRED,
    ),
    "kilasperanti": (
        FaultKind.GONE,
        FaultKind.SERVER_ERROR,
        FaultKind.SLOW,
        FaultKind.BOMB,
        FaultKind.METADATA_SERVICE,
        FaultKind.BROKEN_ENCODING,
        FaultKind.CHALLENGE_FORBIDDEN,
        FaultKind.BARRED,
    ),
    "nusakata": (
        FaultKind.GONE,
        FaultKind.SERVER_ERROR,
        FaultKind.SLOW,
        FaultKind.OVERSIZED,
        FaultKind.OFF_SITE,
        FaultKind.METADATA_SERVICE,
        FaultKind.BROKEN_ENCODING,
        FaultKind.CHALLENGE_OK,
        FaultKind.BARRED,
    ),
}

HEADLINES: dict[FaultKind, str] = {
    FaultKind.GONE: "Kabar yang Sudah Dicabut Redaksi soal Pabrik Baterai",
    FaultKind.SERVER_ERROR: "Peladen Redaksi Tersandung Saat Memuat Kabar Satelit",
    FaultKind.SLOW: "Laporan Panjang yang Tak Kunjung Selesai Dimuat",
    FaultKind.OVERSIZED: "Arsip Raksasa Data Uji Ponsel Sepanjang Tahun",
    FaultKind.BOMB: "Lampiran Log Peladen yang Dipadatkan",
    FaultKind.OFF_SITE: "Kabar Mitra yang Pindah ke Situs Lain",
    FaultKind.PRIVATE_NETWORK: "Panel Redaksi yang Tak Sengaja Terbit",
    FaultKind.METADATA_SERVICE: "Catatan Teknis Mesin Virtual Redaksi",
    FaultKind.BROKEN_ENCODING: "Kafe Siber di Kota Tua Pakai Kasir Otomatis",
    FaultKind.CHALLENGE_FORBIDDEN: "Kabar di Balik Gerbang Pemeriksa Peramban",
    FaultKind.CHALLENGE_OK: "Kabar yang Tertahan Pemeriksaan Keamanan",
    FaultKind.BARRED: "Pratinjau Naskah yang Belum Boleh Dirayapi",
}

CAFE_TEXT = (
    "Sebuah kafe siber di kawasan kota tua mulai memakai kasir otomatis buatan sekelompok lulusan sekolah kejuruan. "
    "Mesin itu membaca pesanan dari layar sentuh dan mencetak struk tanpa bantuan pegawai.",
    "“Kami ingin pelanggan tidak lagi mengantre lama,” kata pengelola kafe, yang menamai tempatnya Café Déjà Vu sejak "
    "awal dibuka. Menurut dia, antrean pada jam makan siang kini berkurang separuh.",
    "Harga seporsi kopi tetap 18 ribu rupiah – sama seperti sebelum mesin dipasang – sebab biaya perangkat ditutup "
    "dari penghematan listrik. Suhu ruang penyimpanan dijaga pada 4° dengan kendali jarak jauh.",
    "Pengembang mesin itu berencana membuka kode perangkat lunaknya pada akhir tahun. Mereka berharap warung kecil "
    "di kota lain dapat merakit mesin serupa dengan suku cadang yang dijual bebas…",
    "Dinas koperasi setempat sudah menjajaki pelatihan bagi dua puluh warung. Pelatihan pertama direncanakan "
    "berlangsung selama tiga hari di balai latihan kerja.",
)
"""Text with letters and signs that windows-1252 spells with bytes no UTF-8 text may hold."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One announced URL that does not give an article."""

    kind: FaultKind
    story: Story

    @property
    def outcomes(self) -> tuple[str, ...]:
        return OUTCOMES[self.kind]


def faults_of(site: str, section: str) -> tuple[Fault, ...]:
    """The faults that a site announces, dated over its first hours, in a section that the site has."""
    return tuple(
        Fault(kind, _story(site, section, kind, age=90 + 47 * position))
        for position, kind in enumerate(SITE_FAULTS.get(site, ()))
    )


def _story(site: str, section: str, kind: FaultKind, age: int) -> Story:
    headline = HEADLINES[kind]
    slug = "-".join(headline.lower().split())
    pages = (tuple(Block(BlockKind.PARAGRAPH, text) for text in CAFE_TEXT),)
    return Story(
        site=site,
        slug=slug if kind is not FaultKind.BARRED else BARRED_PREFIX + slug.removeprefix(BARRED_PREFIX),
        headline=headline,
        description=f"{headline}, selengkapnya di halaman ini.",
        section=section,
        edition=1,
        kind=Kind.ARTICLE,
        author=("Redaksi Uji",),
        tags=("uji", section.lower()),
        age=age,
        bodies=((1, Body(pages)),) if kind in (FaultKind.BROKEN_ENCODING, FaultKind.BARRED) else (),
    )


async def answer(
    kind: FaultKind, html: str, elsewhere: str, slow_seconds: float, is_disconnected: Callable[[], Awaitable[bool]]
) -> Response:
    """What the site answers for a fault.

    `html` is the page as it would be without the fault; `elsewhere` an absolute URL on another host. A slow answer is
    given up when `is_disconnected` says that its client has gone.
    """
    match kind:
        case FaultKind.GONE:
            return HTMLResponse("<h1>404</h1><p>Halaman tidak ditemukan.</p>", 404)
        case FaultKind.SERVER_ERROR:
            return PlainTextResponse("Kesalahan pada peladen.", 500)
        case FaultKind.SLOW:
            deadline = time.monotonic() + slow_seconds
            while time.monotonic() < deadline and not await is_disconnected():
                await asyncio.sleep(SLOW_STEP_SECONDS)
            return HTMLResponse(html)
        case FaultKind.OVERSIZED:
            return StreamingResponse(_oversized(html), media_type="text/html")
        case FaultKind.BOMB:
            return Response(_bomb(), media_type="text/html", headers={"Content-Encoding": "gzip"})
        case FaultKind.OFF_SITE:
            return RedirectResponse(elsewhere, 302)
        case FaultKind.PRIVATE_NETWORK:
            return RedirectResponse("http://10.0.0.1/", 302)
        case FaultKind.METADATA_SERVICE:
            return RedirectResponse("http://169.254.169.254/latest/meta-data/", 302)
        case FaultKind.BROKEN_ENCODING:
            return Response(_broken(html), headers={"Content-Type": "text/html; charset=utf-8"})
        case FaultKind.CHALLENGE_FORBIDDEN:
            return HTMLResponse(CHALLENGE, 403)
        case FaultKind.CHALLENGE_OK:
            return HTMLResponse(CHALLENGE)
        case FaultKind.BARRED:
            return HTMLResponse(html)


async def _oversized(html: str) -> AsyncIterator[bytes]:
    head, _, tail = html.rpartition("</body>")
    yield head.encode()
    row = ("<p>Baris uji ponsel: " + "tegangan arus suhu waktu " * 40 + "</p>\n").encode()
    chunk = row * (64 * 1024 // len(row))
    for _ in range(OVERSIZED_BYTES // len(chunk) + 1):
        yield chunk
    yield f"</body>{tail}".encode()


def _bomb() -> bytes:
    packed = io.BytesIO()
    block = b" " * (1024 * 1024)
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as stream:
        stream.write(b"<html><body><p>Log peladen</p>")
        for _ in range(BOMB_BYTES // len(block)):
            stream.write(block)
        stream.write(b"</body></html>")
    return packed.getvalue()


def _broken(html: str) -> bytes:
    """The page in windows-1252, with a NUL in the middle of a word, though header and meta say UTF-8."""
    return html.encode("cp1252", "xmlcharrefreplace").replace(b"otomatis", b"otom\0atis")


CHALLENGE = """<!DOCTYPE html>
<html lang="en-US"><head><title>Just a moment...</title><meta name="robots" content="noindex,nofollow">
<meta http-equiv="refresh" content="390"></head>
<body class="no-js"><div class="main-wrapper" role="main"><div class="main-content">
<h1 class="zone-name-title h1">Pemeriksaan peramban</h1>
<h2 id="challenge-running">Checking if the site connection is secure</h2>
<noscript><div id="challenge-error-title">Enable JavaScript and cookies to continue</div></noscript>
<div id="challenge-body-text">This site needs to review the security of your connection before proceeding.</div>
<form id="challenge-form" action="?__cf_chl_f_tk=demo" method="POST"><input type="hidden" name="md" value="demo"></form>
</div></div></body></html>
"""
