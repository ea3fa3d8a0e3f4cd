"""Datelines: recognised in the forms that Indonesian media use, and nothing else taken for one."""

import pytest

from pipelines.cleaning.dateline import split_dateline

SENTENCE = "Sebuah pabrik sepeda listrik membuka jalur perakitan ketiga."


@pytest.mark.parametrize(
    ("opening", "dateline"),
    [
        ("JAKARTA, KOMPAS.com - ", "JAKARTA, KOMPAS.com"),
        ("KOMPAS.com - ", "KOMPAS.com"),
        ("LOS ANGELES, KOMPAS.com – ", "LOS ANGELES, KOMPAS.com"),
        ("Liputan6.com, Jakarta - ", "Liputan6.com, Jakarta"),
        ("Liputan6.com, Jakarta ", "Liputan6.com, Jakarta"),
        ("TEMPO.CO, Jakarta - ", "TEMPO.CO, Jakarta"),
        ("TEMPO.CO, Kuala Lumpur -- ", "TEMPO.CO, Kuala Lumpur"),
        ("Jakarta (ANTARA) - ", "Jakarta (ANTARA)"),
        ("Mataram, NTB (ANTARA News) - ", "Mataram, NTB (ANTARA News)"),
        ("ISTANBUL, 23 Februari 2026 (Antara/PRNewswire) -- ", "ISTANBUL, 23 Februari 2026 (Antara/PRNewswire)"),
        ("FirstIndonesiaMagz.id– ", "FirstIndonesiaMagz.id"),
        ("Bisnis.com, JAKARTA - ", "Bisnis.com, JAKARTA"),
        ("KONTAN.CO.ID -JAKARTA. ", "KONTAN.CO.ID -JAKARTA"),
        ("REPUBLIKA.CO.ID, MEDAN -- ", "REPUBLIKA.CO.ID, MEDAN"),
        ("TRIBUNNEWS.COM, JAKARTA - ", "TRIBUNNEWS.COM, JAKARTA"),
        ("Jakarta, CNN Indonesia -- ", "Jakarta, CNN Indonesia"),
        ("Jakarta, CNBC Indonesia - ", "Jakarta, CNBC Indonesia"),
        ("Metrotvnews.com, Jakarta: ", "Metrotvnews.com, Jakarta"),
        ("JAKARTA (IndoTelko) -- ", "JAKARTA (IndoTelko)"),
        ("jpnn.com, JAKARTA - ", "jpnn.com, JAKARTA"),
        ("Suara.com - ", "Suara.com"),
        ("Jakarta - ", "Jakarta"),
        ("JAKARTA – ", "JAKARTA"),
        ("Badung - ", "Badung"),
        ("Jakarta, Beritasatu.com – ", "Jakarta, Beritasatu.com"),
    ],
)
def test_is_split_off(opening: str, dateline: str) -> None:
    split = split_dateline(opening + SENTENCE)
    assert split is not None
    assert (split.dateline, split.text) == (dateline, SENTENCE)


@pytest.mark.parametrize("line", ["Jakarta -", "JAKARTA –", "Bandung --"])
def test_may_stand_alone_on_its_line(line: str) -> None:
    split = split_dateline(line)
    assert split is not None
    assert split.text == ""


def test_bold_place_that_no_list_knows() -> None:
    split = split_dateline(f"Desa Contoh - {SENTENCE}", lead="Desa Contoh")
    assert split is not None
    assert split.dateline == "Desa Contoh"


def test_own_name_of_a_site() -> None:
    split = split_dateline(f"Majalah Contoh - {SENTENCE}", names=("Majalah Contoh",))
    assert split is not None
    assert split.dateline == "Majalah Contoh"


def test_a_place_between_the_medium_and_a_full_stop_is_part_of_it() -> None:
    split = split_dateline(f"KONTAN.CO.ID - JAKARTA. {SENTENCE}", names=("KONTAN", "kontan.co.id"))
    assert split is not None
    assert (split.dateline, split.text) == ("KONTAN.CO.ID - JAKARTA", SENTENCE)


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE,
        "Jakarta menjadi kota pertama yang menguji bus tanpa sopir.",
        "DEPRESI jadi satu momok yang wajib diwaspadai siapa saja.",
        "Kamera - bukan layar - yang menentukan harga telepon ini.",
        "Telepon lipat terbaru - yang dijual mulai besok - lebih tipis dari pendahulunya.",
        "iPhone 15 - ponsel yang lama ditunggu - tiba di toko.",
        "Jakarta-Bandung kini ditempuh dalam empat puluh menit.",
    ],
)
def test_sentences_keep_their_first_words(text: str) -> None:
    assert split_dateline(text) is None
