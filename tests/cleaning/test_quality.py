"""What is no article is refused where it says what it is, and kept with a doubt where only its signs tell it."""

from html import escape

import pytest

from pipelines.article import Article, Reason, Rejection
from pipelines.cleaning.cleaner import clean
from tests.cleaning.newspage import HEADLINE, PARAGRAPHS, URL, page

UNDATED: dict[str, str] = {}
SOLD = {"@type": "Product", "name": "Sepeda"}
SITE = "https://www.contohjasa.id"
POSTS = [
    "Saya baru beli sepeda listrik merek ini, tetapi baterainya habis dalam dua jam. Ada yang pernah mengalami?",
    "Coba cek dulu pengisi dayanya, gan. Punya saya juga begitu sampai kabelnya diganti di bengkel resmi.",
    "Sudah diganti tetapi tetap sama. Apa mungkin selnya yang rusak? Kata bengkel harus menunggu dua minggu.",
    "Kalau masih garansi, klaim saja. Saya dulu dapat baterai baru tanpa biaya, hanya perlu membawa nota pembelian.",
]
OFFER = [
    "Kami membantu usaha Anda tampil di halaman pertama mesin pencari, dan tim kami siap menjawab pertanyaan Anda.",
    "Dengan layanan kami, Anda tidak perlu lagi menyewa tenaga sendiri. Kami mengurus semua dari awal sampai akhir.",
    "Mengapa kami? Kami sudah menangani dua ratus pelanggan, dan Anda dapat berhenti kapan saja tanpa biaya.",
    "Ceritakan kebutuhan Anda kepada kami, dan kami akan mengirim penawaran untuk Anda pada hari yang sama.",
]


def detail(html: bytes, url: str = URL) -> str:
    record = clean(html, url)
    assert isinstance(record, Rejection), record
    assert record.reason == Reason.NOT_ARTICLE
    return record.detail


def quality(html: bytes, url: str = URL) -> tuple[str, tuple[str, ...]]:
    record = clean(html, url)
    assert isinstance(record, Article), record
    return record.quality, record.quality_reasons


def thread(posts: list[str]) -> str:
    """A forum's posts, each in a container with its writer and the buttons below it."""
    return "".join(
        f'<div class="post"><div class="penulis">Anggota {number}</div><p>{escape(text)}</p>'
        f"<span>Balas</span><span>Kutip</span><span>Report</span></div>"
        for number, text in enumerate(posts)
    )


@pytest.mark.parametrize("kind", ["Product", "DiscussionForumPosting", "QAPage"])
def test_a_page_that_describes_itself_as_something_else_is_refused(kind: str) -> None:
    html = page(meta=UNDATED, json_ld={"@type": kind, "name": HEADLINE})
    assert detail(html) == f"the page describes itself as {kind}"


@pytest.mark.parametrize("kind", ["product", "og:product", "product.item"])
def test_a_product_by_its_meta_tags_is_refused(kind: str) -> None:
    assert detail(page(meta={"og:type": kind})).startswith("the page describes itself as")


@pytest.mark.parametrize(
    ("generator", "named"), [("Discourse 3.2.0.beta4", "discourse"), ("Docusaurus v3.1.0", "docusaurus")]
)
def test_the_work_of_a_program_for_forums_or_documentation_is_refused(generator: str, named: str) -> None:
    assert named in detail(page(meta={"generator": generator}))


@pytest.mark.parametrize(
    "url",
    [
        "https://forum.contohkabar.id/baterai-sepeda-listrik-cepat-habis",
        "https://docs.contohkabar.id/memasang-pengisi-daya",
        "https://contohkabar.id/forums/sepeda/baterai-cepat-habis.8123",
        "https://contohkabar.id/viewtopic.php?t=8123",
    ],
)
def test_the_address_of_a_forum_or_of_documentation_is_refused(url: str) -> None:
    detail(page(thread(POSTS), meta=UNDATED), url)


@pytest.mark.parametrize(
    ("meta", "json_ld", "url"),
    [
        (UNDATED, {"@graph": [SOLD, {"@type": "NewsArticle", "headline": HEADLINE}]}, URL),
        ({"og:type": "article"}, SOLD, URL),
        ({"generator": "Docusaurus v3", "og:type": "article"}, None, "https://contohkabar.id/blog/jalur-baru"),
        ({"og:type": "article"}, None, "https://community.contohkabar.id/berita/jalur-baru"),
    ],
)
def test_what_says_that_it_is_an_article_is_none_the_less_one(
    meta: dict[str, str], json_ld: dict[str, object] | None, url: str
) -> None:
    assert quality(page(meta=meta, json_ld=json_ld), url)[0] == "sure"


def test_an_offer_of_services_is_kept_with_a_doubt() -> None:
    buttons = "<div><button>Hubungi kami</button><button>Coba gratis</button><span>Hubungi kami</span></div>"
    html = page(OFFER, headline="Jasa Pengoptimalan Situs", meta={"og:type": "website"}, below=buttons)
    assert quality(html, f"{SITE}/layanan/seo") == ("doubtful", ("other_kind",))


def test_a_thread_without_any_name_of_a_forum_is_kept_with_a_doubt() -> None:
    html = page(thread(POSTS), headline="Baterai cepat habis", meta={"og:type": "website"})
    assert quality(html, f"{SITE}/t/8123") == ("doubtful", ("other_kind",))


def test_a_story_is_sure() -> None:
    assert quality(page()) == ("sure", ())


def test_a_story_is_sure_although_its_page_states_nothing() -> None:
    assert quality(page(meta=UNDATED)) == ("sure", ())


def test_a_short_story_is_sure() -> None:
    assert quality(page(PARAGRAPHS[:2])) == ("sure", ())


DESCRIPTION = (
    "Pengunjung pameran mencoba sepeda listrik lipat di aula kota pada Sabtu sore. Sepeda itu dapat dilipat menjadi "
    "sebesar koper, dan baterainya dapat diisi di rumah selama tiga jam saja."
)


@pytest.mark.parametrize("kind", ["ImageGallery", "VideoObject"])
def test_a_gallery_or_video_with_no_more_than_its_description_is_refused(kind: str) -> None:
    html = page([DESCRIPTION], json_ld={"@type": kind, "name": HEADLINE, "mainEntityOfPage": URL})
    assert detail(html) == f"the page describes itself as {kind}, with 29 words of text"


@pytest.mark.parametrize("kind", ["ImageGallery", "VideoObject"])
def test_a_gallery_or_video_with_a_story_is_sure(kind: str) -> None:
    json_ld = {"@type": kind, "name": HEADLINE, "mainEntityOfPage": URL}
    assert quality(page(PARAGRAPHS, json_ld=json_ld)) == ("sure", ())


def test_a_video_that_is_labelled_and_described_as_one_is_refused() -> None:
    html = page(
        [DESCRIPTION], headline="Video: Sepeda Lipat di Aula", json_ld={"@type": "VideoObject", "duration": "PT1M"}
    )
    assert "describes itself as VideoObject" in detail(html)


def test_a_short_text_on_a_page_that_states_a_video_only_is_kept_with_a_doubt() -> None:
    html = page([DESCRIPTION], json_ld={"@type": "VideoObject", "duration": "PT1M"})
    assert quality(html) == ("doubtful", ("description",))


def test_short_news_with_a_video_in_it_is_sure() -> None:
    news = {"@type": "NewsArticle", "headline": HEADLINE, "video": {"@type": "VideoObject", "duration": "PT1M"}}
    assert quality(page([DESCRIPTION], json_ld=news)) == ("sure", ())


@pytest.mark.parametrize("label", ["Foto:", "FOTO |", "Video :", "Galeri:", "Infografis:"])
def test_a_description_under_the_label_of_a_gallery_or_video_is_kept_with_a_doubt(label: str) -> None:
    html = page([DESCRIPTION], headline=f"{label} Mencoba Sepeda Listrik Lipat di Aula Kota")
    assert quality(html) == ("doubtful", ("description",))


def test_short_news_about_a_video_is_sure() -> None:
    html = page([DESCRIPTION], headline="Video Sepeda Listrik Lipat Ditonton Sejuta Kali")
    assert quality(html) == ("sure", ())
