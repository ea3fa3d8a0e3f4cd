"""What the numbers that describe a block are numbers of."""

import pytest

from pipelines.cleaning.block_features import OWN, BlockFrame
from pipelines.cleaning.blocks import flatten
from pipelines.cleaning.document import parse

TEXTS = (
    "Ponsel lipat Nusa 5 dijual Rp 7.999.000, kata Dimas.",
    "Gratis! 🎉🎉 Daftar di https://contoh.example pukul 19:30:45 ... 𝟭𝟬",
    "「速報」新製品を発表、価格は未定。",
    "Kapan?",
    "Baca juga:",
    "a",
)
OF_TEXT = (
    *("chars", "words", "word_length", "sentences", "commas", "capitals", "digits", "marks", "sentence_end"),
    *("colon_end", "question_end", "teaser_end", "lower_start"),
)


def rows(*texts: str) -> list[dict[str, float]]:
    markup = "".join(f"<p>{text}</p>" for text in texts)
    blocks = flatten(parse(f"<html><body>{markup}</body></html>".encode(), "https://contoh.example/a").tree)
    return [dict(zip(OWN, map(float, row), strict=True)) for row in BlockFrame(blocks, frozenset(), "").own]


@pytest.mark.parametrize("text", TEXTS)
def test_the_numbers_of_a_text_do_not_depend_on_the_texts_around_it(text: str) -> None:
    alone = rows(text)[0]
    among = rows(*TEXTS)[TEXTS.index(text)]

    assert {name: among[name] for name in OF_TEXT} == {name: alone[name] for name in OF_TEXT}


def test_characters_are_counted() -> None:
    first, second, third, *_ = rows(*TEXTS)

    assert first["digits"] == pytest.approx(8 / len(TEXTS[0]))
    assert first["capitals"] == pytest.approx(4 / 9)
    assert (first["sentences"], first["commas"], first["sentence_end"]) == (1, 1, 1)
    assert (second["sentences"], second["marks"]) == (2, 1 + 2 + 1)  # an address with two slashes, and one time of day
    assert (third["sentences"], third["commas"], third["sentence_end"]) == (1, 1, 1)


def test_a_name_counts_by_the_levels_between_and_not_beyond_the_eighth() -> None:
    inner = "<div>" * 9 + "<p>Jauh di dalam.</p>" + "</div>" * 9
    page = f"<html><body><div class='konten-utama'><p>Dekat.</p>{inner}</div></body></html>"
    blocks = flatten(parse(page.encode(), "https://contoh.example/a").tree)
    near, far = BlockFrame(blocks, frozenset(), "").own[:, OWN.index("name_0")]

    assert (near, far) == (1, 8)


def test_a_page_without_text_has_no_rows() -> None:
    assert rows() == []
