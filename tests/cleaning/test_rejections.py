"""Pages that are not articles, each rejected for its own reason."""

import pytest

from pipelines.article import Article, Reason, Rejection
from pipelines.cleaning.cleaner import clean
from pipelines.cleaning.site_rules import SiteRules
from tests.cleaning.newspage import HEADLINE, PARAGRAPHS, PUBLISHED, URL, page

MALAY = [
    "Kerajaan akan membina sebuah kilang basikal elektrik di daerah itu kerana permintaan "
    "meningkat sebanyak sepuluh peratus.",
    "Menteri berkata bahawa syarikat berkenaan telah melabur tiga juta ringgit, manakala bakinya "
    "daripada kerajaan negeri.",
    "Pengguna mahu kereta elektrik yang murah, iaitu yang boleh dicas di rumah sahaja, kata beliau pada hari Khamis.",
]
RAILWAY = [
    "Sebuah kereta barang menabrak truk di perlintasan tanpa palang semalam, dan seorang penumpang truk luka ringan.",
    "Kereta itu membawa semen seharga dua juta rupiah lebih. Pihak operator turut menurunkan tim untuk memeriksa rel, "
    "sementara penduduk desa ikut menepikan truk ke tepi sawah.",
    "Menteri yang memegang jabatan perhubungan meninjau perlintasan. Sopir truk, seorang penduduk setempat, mengaku "
    "tidak mendengar bunyi kereta. Kereta lain tertahan dua jam lagi di stasiun terdekat.",
    "Semalam penduduk berjaga di perlintasan, dan sebuah lampu dipasang oleh pihak operator. Menteri turut berjanji "
    "palang dibangun sebelum jabatan itu dilepas. Gempa susulan yang terjadi lagi tidak mengganggu pasukan penolong.",
]
"""Indonesian in words that Malay uses oftener."""
KINGDOM = [
    "Museum digital itu memamerkan kerajaan pesisir dalam permainan gim, dan pengunjung mengenakan kacamata pintar di "
    "setiap ruang pamer.",
    "Pengembang gim asal Surabaya menyusun ulang kerajaan tersebut dari catatan pelaut, dan menayangkannya di layar "
    "pengunjung seharga tiga juta.",
    "Pemandu berkata pelan kepada anak-anak supaya tidak menyentuh layar, sementara para guru memotret dengan gawai "
    "mereka di tangga.",
    "Tiket dijual di loket seharga dua puluh ribu, dan pelajar masuk cuma-cuma pada hari libur.",
]
"""Indonesian with as many of Malay's words as tell a text to be Malay."""
JAVANESE = [
    "Pabrik sepeda listrik ing kutha iku mbukak jalur anyar, lan wong-wong saka desa padha seneng"
    " amarga bakal ana pakaryan.",
    "Miturut kepala pabrik, sepeda iku luwih murah tinimbang motor, nanging ora kabeh wong wis ngerti carane ngopeni.",
]
SUNDANESE = [
    "Pabrik sapédah listrik di kota éta muka jalur anyar, jeung urang désa kacida bungahna ku "
    "sabab bakal aya pagawéan.",
    "Ceuk kapala pabrik, sapédah téh leuwih murah ti batan motor, tapi teu kabéh jalma geus nyaho kana cara miarana.",
]
ENGLISH = [
    "The factory opened its third assembly line on Monday, and the head of the plant said that it"
    " will hire two hundred people.",
    "Demand for electric bicycles has been rising since the start of the year because of the price of fuel, she said.",
]


def reason(html: bytes, url: str = URL, site: SiteRules | None = None) -> Reason:
    record = clean(html, url, site=site)
    assert isinstance(record, Rejection), record
    assert record.detail
    return record.reason


@pytest.mark.parametrize("html", [b"", b"\x00\x00\x00", b"%PDF-1.7 ...", b"hanya teks", b"\x89PNG\r\n"])
def test_not_html(html: bytes) -> None:
    assert reason(html) is Reason.NOT_HTML


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Just a moment...", "Checking your browser before accessing the site."),
        ("Attention Required! | Cloudflare", "Sorry, you have been blocked."),
        ("Access Denied", "You don't have permission to access this page on this server."),
        ("Verifikasi", "Mohon verifikasi bahwa Anda bukan robot untuk melanjutkan."),
    ],
)
def test_block_and_challenge_pages(title: str, text: str) -> None:
    assert reason(page([text], headline=title)) is Reason.BLOCKED_PAGE


@pytest.mark.parametrize("title", ["404", "Halaman Tidak Ditemukan", "Page not found", "Maaf, artikel tidak ditemukan"])
def test_pages_that_say_there_is_nothing(title: str) -> None:
    assert (
        reason(
            page(["Silakan kembali ke beranda atau cari berita lain dengan kotak pencarian di atas."], headline=title)
        )
        is Reason.NOT_ARTICLE
    )


@pytest.mark.parametrize(
    "text",
    [
        "Berlangganan untuk membaca artikel ini selengkapnya",
        "Silakan masuk untuk melanjutkan membaca",
        "Artikel ini khusus pelanggan",
    ],
)
def test_paywalls(text: str) -> None:
    assert reason(page(PARAGRAPHS[:1], below=f"<div><p>{text}</p></div>")) is Reason.PAYWALLED


WALL = "Silakan masuk untuk melanjutkan membaca berita ini"
"""What a paywall says, and what log-in dialogs and menus say as well."""


@pytest.mark.parametrize(
    "elsewhere",
    [
        f"<div class='modal fade' id='login' role='dialog' aria-hidden='true'><center>{WALL}</center></div>",
        f"<div class='modal'><p>{WALL}</p></div>",
        f"<div role='dialog'><p>{WALL}</p></div>",
        f"<div role='alertdialog' aria-label='masuk'><h4>{WALL}</h4></div>",
        f"<dialog open><p>{WALL}</p></dialog>",
        f"<template><p>{WALL}</p></template>",
        "<div style='display:none'><p>Sudah punya akun? Masuk</p></div>",
        f"<div style='visibility: hidden'><p>{WALL}</p></div>",
        f"<div hidden><p>{WALL}</p></div>",
        f"<section aria-hidden='true'><p>{WALL}</p></section>",
        f"<div class='popup-login'><p>{WALL}</p></div>",
        f"<div class='login-form'><p>{WALL}</p></div>",
        f"<footer><p>Daftar untuk mengakses arsip kami</p><p>{WALL}</p></footer>",
        f"<div class='comments'><p>{WALL} dan berkomentar</p></div>",
        "<ul>" + "<li><a href='/x'>Kabar lain tentang gawai</a></li>" * 12 + f"</ul><p>{WALL}</p>",
    ],
)
def test_an_invitation_to_log_in_elsewhere_on_the_page_is_no_paywall(elsewhere: str) -> None:
    for html in (
        page(PARAGRAPHS[:2], below=elsewhere),
        page(PARAGRAPHS[:2]).replace(b"<nav>", f"{elsewhere}<nav>".encode()),
    ):
        record = clean(html, URL)
        assert isinstance(record, Article), record
        assert record.body.split("\n") == list(PARAGRAPHS[:2])


def test_a_text_about_subscriptions_is_no_paywall() -> None:
    said = "Pengguna harus berlangganan untuk membaca majalah digital itu, kata kepala pabrik kepada wartawan."
    record = clean(page([PARAGRAPHS[0], said, PARAGRAPHS[1]]), URL)
    assert isinstance(record, Article), record
    assert said in record.body


@pytest.mark.parametrize(
    "wall",
    [
        f"<div class='paywall'><h3>{WALL}</h3></div>",
        f"<div class='berlangganan'><p>{WALL}</p><a href='/langganan'>Berlangganan</a></div>",
        f"<p><strong>{WALL}</strong></p>",
        f"<ul class='tags'><li><a href='/a'>gawai</a></li></ul><section><p>{WALL}</p></section>",
        "<div><p>Artikel ini khusus untuk pelanggan</p></div>",
    ],
)
@pytest.mark.parametrize("rest", ["", "folded"])
def test_a_wall_at_the_text_is_one_and_what_it_hides_is_not_read(wall: str, rest: str) -> None:
    hidden = "".join(f"<p>{text}</p>" for text in PARAGRAPHS[1:] * 3) if rest else ""
    below = f"{wall}<div class='sisa' style='display:none'>{hidden}</div>"
    assert reason(page(PARAGRAPHS[:1], below=below)) is Reason.PAYWALLED
    json_ld = {
        "@type": "NewsArticle",
        "headline": HEADLINE,
        "datePublished": PUBLISHED,
        "articleBody": "\n".join(PARAGRAPHS * 3),
    }
    assert reason(page(PARAGRAPHS[:1], below=wall, json_ld=json_ld)) is Reason.PAYWALLED


def test_a_paid_article_is_not_read_from_the_pages_data() -> None:
    json_ld = {
        "@type": "NewsArticle",
        "headline": HEADLINE,
        "datePublished": PUBLISHED,
        "isAccessibleForFree": "False",
        "articleBody": "\n".join(PARAGRAPHS * 3),
    }
    assert reason(page(PARAGRAPHS[:1], json_ld=json_ld)) is Reason.PAYWALLED


def test_paid_by_its_own_word() -> None:
    json_ld = {"@type": "NewsArticle", "headline": HEADLINE, "datePublished": PUBLISHED, "isAccessibleForFree": False}
    assert reason(page(PARAGRAPHS[:1], json_ld=json_ld)) is Reason.PAYWALLED


def test_a_paid_article_that_is_shown_whole_is_an_article() -> None:
    json_ld = {"@type": "NewsArticle", "headline": HEADLINE, "datePublished": PUBLISHED, "isAccessibleForFree": False}
    record = clean(page([*PARAGRAPHS, *PARAGRAPHS], json_ld=json_ld), URL)
    assert isinstance(record, Article)
    assert record.is_accessible_for_free is False


def teasers(count: int) -> str:
    return "".join(
        f"<div><h2><a href='/berita/{n}'>Berita nomor {n} tentang gawai dan kamera "
        f"terbaru</a></h2><div>24 Juli 2026 10:0{n} WIB</div>"
        f"<p>Ringkasan singkat berita nomor {n}.</p></div>"
        for n in range(count)
    )


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("https://contoh.id/", "Contoh Kabar"),
        ("https://contoh.id/tag/gawai", "Gawai"),
        ("https://contoh.id/indeks?page=2", "Indeks Berita"),
        ("https://contoh.id/gawai", "Kabar Gawai"),
    ],
)
def test_lists_of_articles(url: str, title: str) -> None:
    assert reason(page(teasers(8), headline=title, meta={"og:type": "website"}), url) is Reason.NOT_ARTICLE


LONG_TEASERS = "".join(
    f"<article><h3><a href='/{n}'>Berita nomor {n} tentang gawai</a></h3><p>{PARAGRAPHS[0]} Nomor {n}.</p></article>"
    for n in range(10)
)


def test_a_list_with_a_paragraph_to_each_article() -> None:
    html = page(LONG_TEASERS, headline="Gawai", meta={"og:type": "website"})
    assert reason(html, "https://contoh.id/gawai") is Reason.NOT_ARTICLE


@pytest.mark.parametrize("url", ["https://contoh.id/category/gawai/", "https://contoh.id/gawai/"])
def test_a_list_that_calls_itself_an_article_to_social_networks(url: str) -> None:
    html = page(LONG_TEASERS, headline="Gawai", meta={"og:type": "article"}, json_ld={"@type": "CollectionPage"})
    assert reason(html, url) is Reason.NOT_ARTICLE


def test_an_article_with_linked_headings_is_an_article() -> None:
    text = "".join(
        f"<h2><a href='/toko/{n}'>Sepeda listrik nomor {n}</a></h2><p>{PARAGRAPHS[n]}</p><p>{PARAGRAPHS[n - 1]} "
        f"Itu menurut pembeli nomor {n}.</p>"
        for n in range(5)
    )
    record = clean(page(text), URL)
    assert isinstance(record, Article), record


REPORT = "".join(
    f"<p>{text} Itu tercatat dalam laporan triwulan {quarter} yang dibacakan di aula.</p>"
    for quarter in ("pertama", "kedua", "ketiga")
    for text in PARAGRAPHS
)


@pytest.mark.parametrize(
    "entries",
    [
        "<table>" + "".join(f"<tr><td>{n % 28 + 1}/7/2026</td><td>+{n},1%</td></tr>" for n in range(40)) + "</table>",
        "".join(f"<h2><a href='/toko/{n}'>Sepeda listrik Rajawali nomor {n}</a></h2>" for n in range(40)),
    ],
)
def test_a_report_with_many_dates_or_links_is_an_article(entries: str) -> None:
    record = clean(page(f"{REPORT}{entries}<p>{PARAGRAPHS[0]}</p>", meta={"og:type": "article"}), URL)
    assert isinstance(record, Article), record


def test_an_article_among_dated_posts_is_an_article() -> None:
    remarks = "".join(
        f"<p>{n}. Pembeli nomor {n} memuji suara mesinnya yang pelan.</p><blockquote class='twitter-tweet'>"
        f"<p>Mesinnya pelan sekali.</p>Pembeli {n} (@pembeli{n}) 2{n} November 2026</blockquote>"
        for n in range(9)
    )
    record = clean(page(f"<p>{PARAGRAPHS[0]}</p>{remarks}<p>{PARAGRAPHS[1]}</p>"), URL)
    assert isinstance(record, Article), record


def test_a_page_whose_only_text_is_a_list_of_others() -> None:
    json_ld = {"@type": "NewsArticle", "headline": "Foto Pameran Gawai", "datePublished": PUBLISHED}
    html = page(teasers(8).replace("10:", "1:"), headline="Foto Pameran Gawai", json_ld=json_ld)
    assert reason(html) is Reason.NOT_ARTICLE


def test_a_list_that_tells_how_long_ago() -> None:
    items = "".join(
        f"<a href='/{n}'><div>Berita nomor {n} tentang gawai dan kamera</div></a><p>{PARAGRAPHS[1]} Nomor {n}.</p>"
        f"<span>Gawai</span><div>{n + 1} jam yang lalu</div>"
        for n in range(8)
    )
    assert reason(page(items, headline="Ototekno"), "https://contoh.id/ototekno") is Reason.NOT_ARTICLE


def test_a_gallery_that_has_captions_only() -> None:
    captions = "".join(
        f"<figure><img src='{n}.jpg'><figcaption>Suasana pameran gawai, lorong nomor {n}.</figcaption></figure>"
        for n in range(4)
    )
    assert reason(page(captions, headline="Foto-foto Pameran Gawai Sanur")) is Reason.NOT_ARTICLE


def test_a_story_told_in_captions_is_an_article() -> None:
    captions = "".join(f"<figure><img src='1.jpg'><figcaption>{text}</figcaption></figure>" for text in PARAGRAPHS[:3])
    record = clean(page(captions, headline="Foto: Pabrik Sepeda Listrik"), URL)
    assert isinstance(record, Article), record


@pytest.mark.parametrize("name", ["saboxplugin-wrap", "author-box", "about-author", "molongui-author-box"])
def test_a_writers_biography_is_no_text(name: str) -> None:
    box = f"<div class='{name}'><p>Wahyu Hendrawan menulis tentang gawai dari Malang. {PARAGRAPHS[1]}</p></div>"
    assert reason(page(f"<img src='1.jpg'><img src='2.jpg'>{box}", headline="Foto: Rumah Pintar")) is Reason.NOT_ARTICLE


def test_a_collection_by_its_own_word() -> None:
    assert reason(page(json_ld={"@type": "CollectionPage", "name": "Gawai"})) is Reason.NOT_ARTICLE


@pytest.mark.parametrize(
    "headline", ["VIDEO: Uji Coba Bus Tanpa Sopir", "FOTO: Suasana Pameran Gawai", "Galeri Pameran Gawai"]
)
def test_galleries_and_videos_without_text(headline: str) -> None:
    assert reason(page(["Suasana pameran. (Foto: Istimewa)"], headline=headline)) is Reason.NOT_ARTICLE


def test_fragments() -> None:
    assert reason(page(["Segera hadir."])) is Reason.TOO_SHORT


@pytest.mark.parametrize("texts", [MALAY, JAVANESE, SUNDANESE, ENGLISH], ids=["ms", "jv", "su", "en"])
def test_other_languages_where_indonesian_is_wanted(texts: list[str]) -> None:
    assert reason(page(texts), site=SiteRules("contoh")) is Reason.WRONG_LANGUAGE


@pytest.mark.parametrize(
    ("texts", "language"), [(MALAY, "ms"), (JAVANESE, "jv"), (SUNDANESE, "su"), (ENGLISH, "en"), (PARAGRAPHS, "id")]
)
def test_languages_are_told_apart(texts: list[str], language: str) -> None:
    record = clean(page(texts), URL)
    assert isinstance(record, Article)
    assert record.in_language == language


@pytest.mark.parametrize("texts", [RAILWAY, KINGDOM], ids=["railway", "kingdom"])
def test_indonesian_is_not_taken_for_malay(texts: list[str]) -> None:
    record = clean(page(texts), URL, site=SiteRules("contoh"))
    assert isinstance(record, Article), record
    assert record.in_language == "id"


def test_a_short_text_gets_the_benefit_of_the_doubt() -> None:
    html = page(
        ["Kilang itu dibuka pada hari Senin oleh pengurus syarikat, dengan dua ratus orang pekerja dan dua buah jalur."]
    )
    assert isinstance(clean(html, URL, site=SiteRules("contoh")), Article)


def test_no_headline() -> None:
    assert reason(page().replace(HEADLINE.encode(), b"")) is Reason.NO_HEADLINE
