"""The body in Markdown: the same lines, with the structure that they had on the page."""

import re

from pipelines.article import Article
from pipelines.cleaning.cleaner import clean
from tests.cleaning.newspage import PARAGRAPHS, URL, page


def article(html: bytes) -> Article:
    record = clean(html, URL)
    assert isinstance(record, Article), record
    return record


def markdown(content: str) -> str:
    first, *rest = (f"<p>{text}</p>" for text in PARAGRAPHS)
    text = article(page(f"{first}{content}{''.join(rest)}")).body_markdown
    assert text is not None
    assert text.startswith(f"{PARAGRAPHS[0]}\n\n")
    assert text.endswith("".join(f"\n\n{paragraph}" for paragraph in PARAGRAPHS[1:]))
    return text.removeprefix(f"{PARAGRAPHS[0]}\n\n").removesuffix("".join(f"\n\n{text}" for text in PARAGRAPHS[1:]))


def test_paragraphs_are_parted_by_empty_lines() -> None:
    assert article(page()).body_markdown == "\n\n".join(PARAGRAPHS)


def test_headings_have_their_level() -> None:
    assert markdown("<h2>Tiga langkah pertama</h2><p>Langkah itu diuji di tiga desa.</p><h3>Sesudahnya</h3>") == (
        "## Tiga langkah pertama\n\nLangkah itu diuji di tiga desa.\n\n### Sesudahnya"
    )


def test_lists_have_their_marks() -> None:
    content = (
        "<ul><li>Buka pengaturan gawai</li><li>Pilih jaringan yang ada</li></ul><p>Lalu ulangi langkah ini:</p>"
        "<ol><li>Tekan tombol daya</li><li>Tunggu lampu menyala</li></ol>"
    )
    assert markdown(content) == (
        "- Buka pengaturan gawai\n- Pilih jaringan yang ada\n\nLalu ulangi langkah ini:\n\n"
        "1. Tekan tombol daya\n2. Tunggu lampu menyala"
    )


def test_quotations() -> None:
    quote = "Kami menunggu pesanan itu sejak awal tahun, dan kini pabrik bekerja siang malam."
    assert markdown(f"<blockquote><p>{quote}</p></blockquote>") == f"> {quote}"


def test_links_keep_their_addresses() -> None:
    content = "<p>Harga resminya dimuat di <a href='/harga (baru)'>daftar harga pabrik</a> sejak kemarin.</p>"
    assert markdown(content) == (
        "Harga resminya dimuat di [daftar harga pabrik](https://tekno.contohkabar.id/harga%20%28baru%29) sejak kemarin."
    )


def test_links_that_lead_nowhere_are_text() -> None:
    content = "<p>Harga resminya dimuat di <a href='javascript:void(0)'>daftar harga pabrik</a> sejak kemarin.</p>"
    assert markdown(content) == "Harga resminya dimuat di daftar harga pabrik sejak kemarin."


def test_tables_have_a_first_row_as_their_head() -> None:
    content = (
        "<table><tr><th>Ukuran</th><th>Nilai</th></tr><tr><td>Berat</td><td>21 kilogram</td></tr>"
        "<tr><td>Jarak</td><td>60 kilometer</td></tr></table>"
    )
    assert markdown(content) == "| Ukuran | Nilai |\n|---|---|\n| Berat | 21 kilogram |\n| Jarak | 60 kilometer |"


def test_characters_that_mean_something_are_shielded() -> None:
    content = "<p>1. Kode *baru* itu [bukan_angka] | pabrik memakai &lt;tanda&gt; sendiri di setiap rangka.</p>"
    assert markdown(content) == (
        "1\\. Kode \\*baru\\* itu \\[bukan\\_angka\\] \\| pabrik memakai \\<tanda> sendiri di setiap rangka."
    )


def test_holds_the_lines_of_the_body_without_residue_and_dateline() -> None:
    content = (
        f"<p><strong>JAKARTA, KONTOH.com</strong> - {PARAGRAPHS[0]}</p><h2>Jalur ketiga pabrik</h2>"
        f"<p><strong>Baca juga: <a href='/x'>Sepeda Listrik Lipat Dijual</a></strong></p><p>{PARAGRAPHS[1]}</p>"
        f"<ul><li>{PARAGRAPHS[2]}</li></ul><p>{PARAGRAPHS[3]} (fyk/agt)</p>"
    )
    record = article(page(content))
    assert record.body_markdown is not None
    lines = [re.sub(r"^(?:## |- )", "", line) for line in record.body_markdown.split("\n") if line]
    assert lines == record.body.split("\n")
    assert lines[0] == PARAGRAPHS[0]
    assert lines[-1] == PARAGRAPHS[3]
