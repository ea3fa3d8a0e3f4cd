"""Addresses in few bytes, whatever they are."""

import random

import pytest

from pipelines.index.compressed_addresses import packed, split, unpacked

SLUG = "tekno/read/2026/11/24/10483120/kirimaja-bantah-data-pelanggan-bocor-polisi-mulai-penyelidikan"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (f"https://siartekno.example/{SLUG}", "https://siartekno.example/"),
        ("http://siartekno.example:8080/?p=12&amp=1", "http://siartekno.example:8080/"),
        ("https://siartekno.example/", "https://siartekno.example/"),
        ("https://siartekno.example", ""),
        ("https://siartekno.example/%E2%82%AC/harga_naik~(2)", "https://siartekno.example/"),
        ("https://siartekno.example/harga-naik-€-😮", "https://siartekno.example/"),
        ("", ""),
    ],
)
def test_an_address_comes_back_as_it_was(url: str, host: str) -> None:
    assert split(url)[0] == host
    assert split(url)[0] + unpacked(packed(split(url)[1])) == url


def test_any_text_comes_back_as_it_was() -> None:
    chance = random.Random(7)
    for _ in range(500):
        text = "".join(
            chr(chance.choice((chance.randrange(32, 127), chance.randrange(1, 0x3000))))
            for _ in range(chance.randrange(40))
        )
        assert unpacked(packed(text)) == text


def test_an_address_of_news_takes_half_its_letters() -> None:
    assert len(packed(SLUG)) < 0.55 * len(SLUG)
