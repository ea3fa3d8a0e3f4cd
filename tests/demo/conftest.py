"""The demo web on a free port, with a few small articles made for the tests or with those it ships."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.server import DemoWeb
from tests.demo.visitor import Visitor

ARTICLE = """---
headline: Kabar {slug}
description: Ringkasan {slug}.
author: [Budi Santoso]
editor: Rina Lestari
section: Gawai
tags: [ponsel, uji coba]
city: Bandung
age: {age}
{more}---
{text}
"""

SHORT = """Paragraf pertama tentang ponsel baru yang diuji para insinyur.

## Uji coba

- Baterai tahan lama
- Layar terang

> Kutipan seorang insinyur.

Paragraf penutup tentang harga."""

LONG = f"{SHORT}\n---page---\nHalaman kedua bercerita tentang kamera.\n---page---\nHalaman ketiga menutup cerita."


Write = Callable[..., Path]


def writer(folder: Path) -> Write:
    """A function that writes an article file: `write("nusakata/slug", text, more="further: front matter")`."""

    def write_article(name: str, text: str = SHORT, *, more: str = "", age: int = 90) -> Path:
        site, slug = name.split("/")
        path = folder / site / f"{slug}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ARTICLE.format(slug=slug, age=age, more=more, text=text), encoding="utf-8")
        return path

    return write_article


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes article files into `tmp_path / "articles"`."""
    return writer(tmp_path / "articles")


@pytest.fixture(scope="session")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small articles of all three sites."""
    folder = tmp_path_factory.mktemp("articles")
    write = writer(folder)
    for site in ("majalahsirkuit", "kilasperanti", "nusakata"):
        write(f"{site}/pendek", age=2895)
        write(f"{site}/panjang", LONG, age=61)
        write(f"{site}/tersunting", f"{SHORT}\n---edition 2---\n{SHORT}\n\nTambahan redaksi.", age=240)
        write(f"{site}/baru", more="edition: 2\n")
        write(f"{site}/susulan", more="edition: 2\n")
        write(f"{site}/galeri", "", more="kind: gallery\n", age=500)
    for number in range(12):
        write(f"kilasperanti/artikel-{number}", age=1000 + number)
    write("majalahsirkuit/salinan", "", more="copy_of: nusakata/panjang\ncopy: exact\n", age=30)
    write("kilasperanti/salinan", SHORT.replace("baru", "anyar"), more="copy_of: nusakata/pendek\ncopy: near\n")
    return folder


@pytest.fixture(scope="module")
def visitor(articles: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A visitor of the small demo web at edition 1, shared by tests that change nothing."""
    with DemoWeb(tmp_path_factory.mktemp("state"), articles=articles, slow_seconds=0.3) as web:
        yield Visitor(web)


@pytest.fixture
def lone_visitor(articles: Path, tmp_path: Path) -> Iterator[Visitor]:
    """A visitor of a small demo web of its own, free to move it on."""
    with DemoWeb(tmp_path / "state", articles=articles, slow_seconds=0.3) as web:
        yield Visitor(web)


@pytest.fixture(scope="module")
def true_visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A visitor of the demo web as it ships."""
    with DemoWeb(tmp_path_factory.mktemp("state"), slow_seconds=0.3) as web:
        yield Visitor(web)
