"""Which lines are a newsroom's notice that it has corrected or changed an article."""

import pytest

from pipelines.cleaning.corrections import find_correction


@pytest.mark.parametrize(
    "line",
    [
        "Ralat: jumlah kapal semula tertulis lima.",
        "KOREKSI - jumlah kapal semula tertulis lima.",
        "(Ralat redaksi: nama nakhoda adalah Sari Wulandari.)",
        "Catatan redaksi: judul berita ini diubah karena keliru menyebut jarak.",
        "Artikel ini telah diperbarui pada 25 November 2026 dengan keterangan bengkel.",
        "Berita ini telah diralat karena salah menyebut jarak.",
        "Judul artikel ini telah mengalami perubahan.",
    ],
)
def test_a_notice(line: str) -> None:
    assert find_correction(["Kapal itu berlayar jauh.", line]) == line


@pytest.mark.parametrize(
    "line",
    [
        "Koreksi harga saham teknologi berlanjut pekan ini, kata analis.",
        "Aplikasi ini telah diperbarui pada November 2026.",
        "Catatan redaksi: tulisan ini adalah pendapat pribadi penulis.",
        "Ralat itu dimuat di halaman dua.",
    ],
)
def test_no_notice(line: str) -> None:
    assert find_correction([line]) is None
