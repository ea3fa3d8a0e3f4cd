"""Whom a page names as the source of its text, and which site that is."""

import pytest

from pipelines.article import Article
from pipelines.attribution import is_credited, names_site
from pipelines.cleaning.cleaner import clean

URL = "https://kabarteknik.example/berita/kapal-surya"
PARAGRAPHS = (
    "Kapal bertenaga surya buatan bengkel di Tegal itu berlayar sejauh tiga ratus kilometer tanpa setetes solar pun.",
    "Nakhoda menuturkan bahwa panel di geladak mengisi baterai selama enam jam, dan malamnya kapal tetap melaju pelan.",
    "Bengkel tersebut berencana membuat empat kapal lagi untuk nelayan yang selama ini kesulitan membeli bahan bakar.",
)


def page(*, head: str = "", last: str = "") -> bytes:
    lines = "".join(f"<p>{line}</p>" for line in (*PARAGRAPHS, *([last] if last else [])))
    return (
        f"<html><head><title>Kapal surya berlayar</title>{head}</head><body><article><h1>Kapal surya berlayar</h1>"
        f"<time datetime='2026-11-24T10:00:00+07:00'>24 November 2026</time>{lines}</article></body></html>"
    ).encode()


def based_on(html: bytes) -> str | None:
    article = clean(html, URL)
    assert isinstance(article, Article)
    assert article.body == "\n".join(PARAGRAPHS)
    return article.is_based_on


@pytest.mark.parametrize(
    ("line", "medium"),
    [
        ("Sumber: Warta Gawai", "Warta Gawai"),
        ("(Sumber: Wartagawai.example)", "Wartagawai.example"),
        ("Artikel ini telah tayang di Wartagawai.example dengan judul Kapal Surya", "Wartagawai.example"),
        ("Artikel ini telah tayang di kabarteknik.example dengan judul Kapal Surya", None),
        ("", None),
    ],
)
def test_a_line_of_credit_names_the_medium(line: str, medium: str | None) -> None:
    assert based_on(page(last=line)) == medium


@pytest.mark.parametrize(
    ("head", "address"),
    [
        (
            '<link rel="canonical" href="https://wartagawai.example/kapal-surya">',
            "https://wartagawai.example/kapal-surya",
        ),
        ('<link rel="canonical" href="https://www.kabarteknik.example/berita/kapal-surya">', None),
        ('<link rel="canonical" href="/berita/kapal-surya">', None),
        (
            '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Kapal surya berlayar", '
            '"isBasedOn": {"url": "https://wartagawai.example/kapal-surya"}}</script>',
            "https://wartagawai.example/kapal-surya",
        ),
    ],
)
def test_metadata_names_the_address(head: str, address: str | None) -> None:
    assert based_on(page(head=head)) == address


@pytest.mark.parametrize(
    ("credit", "url", "is_it"),
    [
        ("Kantor Berita Kilat", "https://www.kilatnews.com/a", True),
        ("Kompasiana Teknik", "https://kompas.example/a", True),
        ("Wartagawai.co.id", "https://tekno.wartagawai.co.id/a", True),
        ("https://m.wartagawai.co.id/b", "https://wartagawai.co.id/a", True),
        ("https://kabar.co.id/b", "https://wartagawai.co.id/a", False),
        ("Gawai", "https://wartagawai.com/a", False),
        ("BBC", "https://bbcindonesia.com/a", False),
    ],
)
def test_a_credit_is_of_a_site_by_the_name_that_it_is_registered_under(credit: str, url: str, is_it: bool) -> None:
    assert names_site(credit, url) is is_it


def test_a_report_that_quotes_another_credits_it() -> None:
    body = "Dikutip dari Warta Gawai, kapal itu berlayar tiga ratus kilometer."
    assert is_credited("https://wartagawai.example/kapal-surya", None, body)
    assert not is_credited("https://kabarteknik.example/kapal-surya", None, body)
