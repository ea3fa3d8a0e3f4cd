"""From a page to an article: body, headline, times, people, and where each came from."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

import pytest

from pipelines.article import Article, Hints, Page
from pipelines.cleaning.block_model import block_model
from pipelines.cleaning.cleaner import clean, clean_pages
from pipelines.cleaning.site_rules import FormerLayout, SiteRules
from settings.clock import WIB
from tests.cleaning.newspage import BODY, HEADLINE, PARAGRAPHS, PUBLISHED, URL, page


def article(html: bytes, **options: object) -> Article:
    record = clean(html, URL, **options)  # type: ignore[arg-type]
    assert isinstance(record, Article), record
    return record


def test_a_plain_page() -> None:
    record = article(page())
    assert (record.url, record.headline, record.body) == (URL, HEADLINE, BODY)
    assert record.date_published == datetime.fromisoformat(PUBLISHED)
    assert record.in_language == "id"
    assert record.sources["headline"] == "h1"
    assert record.sources["body"] == "blocks"
    assert record.extractor == f"blocks {block_model().version}"
    assert record.page_count == 1


def test_the_same_page_gives_the_same_article_whatever_was_cleaned_before() -> None:
    first = article(page())
    clean(
        page(
            ["Teks lain yang pendek sekali untuk mengisi apa pun yang diingat oleh pustaka di antara dua halaman ini."]
        ),
        URL,
    )
    assert article(page()) == first


class TestBody:
    def test_links_captions_and_boxes_between_the_paragraphs_are_left_out(self) -> None:
        content = (
            f"<p><strong>JAKARTA, KONTOH.com</strong> - {PARAGRAPHS[0]}</p>"
            '<figure><img src="a.jpg"><figcaption>Suasana pabrik. (Foto: Istimewa)</figcaption></figure>'
            f"<p>{PARAGRAPHS[1]}</p><p><strong>Baca juga: <a href='/x'>Sepeda Listrik Lipat Dijual</a></strong></p>"
            f"<p>{PARAGRAPHS[2]}</p><div class='bacajuga'><ul><li><a href='/y'>Tiga Cara Merawat "
            "Baterai</a></li></ul></div>"
            f"<p>{PARAGRAPHS[3]}</p><p>ADVERTISEMENT</p><p>SCROLL TO CONTINUE WITH CONTENT</p>"
            f"<p>{PARAGRAPHS[4]}</p><p>[Gambas:Video 20detik]</p><p><strong>(fyk/agt)</strong></p>"
        )
        record = article(page(content))
        assert record.body == BODY
        assert record.dateline == "JAKARTA, KONTOH.com"
        assert record.desk_code == "fyk/agt"

    def test_paragraphs_parted_by_line_breaks(self) -> None:
        record = article(page("<div class='teks'>" + "<br><br>".join(PARAGRAPHS) + "</div>"))
        assert record.body == BODY

    def test_a_body_in_several_containers_of_one_kind(self) -> None:
        first, second = PARAGRAPHS[:3], PARAGRAPHS[3:]
        content = "".join(
            f'<div class="halaman-isi" data-page="{number}">{"".join(f"<p>{text}</p>" for text in texts)}</div>'
            for number, texts in enumerate((first, second), start=1)
        )
        assert article(page(content)).body == BODY

    def test_headings_lists_quotes_and_tables_are_text(self) -> None:
        content = (
            f"<p>{PARAGRAPHS[0]}</p><h2>Tiga langkah</h2><ul><li>Buka pengaturan</li><li>Pilih jaringan</li></ul>"
            f"<blockquote><p>{PARAGRAPHS[2]}</p></blockquote>"
            "<table><tr><td>Berat</td><td>21 kilogram</td></tr><tr><td>Jarak</td><td>60 "
            f"kilometer</td></tr></table><p>{PARAGRAPHS[4]}</p>"
        )
        assert article(page(content)).body.split("\n") == [
            PARAGRAPHS[0], "Tiga langkah", "Buka pengaturan", "Pilih jaringan", PARAGRAPHS[2],
            "Berat 21 kilogram", "Jarak 60 kilometer", PARAGRAPHS[4],
        ]  # fmt: skip

    def test_other_articles_below_are_not_part_of_it(self) -> None:
        teasers = "".join(
            f"<div class='kartu'><h3><a href='/{n}'>Berita lain nomor {n} tentang gawai dan "
            f"kamera</a></h3><div>24/7/2026 10:0{n}</div>"
            f"<p>Ringkasan berita nomor {n} yang cukup panjang sehingga tampak seperti paragraf "
            "sebuah berita.</p></div>"
            for n in range(6)
        )
        assert article(page(below=f"<div>{teasers}</div>")).body == BODY

    @pytest.mark.parametrize("label", ["Baca juga", "Baca Juga:", "Simak juga"])
    def test_links_under_a_label_for_other_articles_are_left_out(self, label: str) -> None:
        links = (
            "<ul><li><a href='/x'>Sepeda Listrik Lipat Dijual</a></li><li><a href='/y'>Aki Bekas Didaur</a></li></ul>"
        )
        first, *rest = (f"<p>{text}</p>" for text in PARAGRAPHS)
        assert article(page(f"{first}<p>{label}</p>{links}{''.join(rest)}")).body == BODY

    @pytest.mark.parametrize(
        "close", ["<p>(fyk/agt) {}</p>", "<div><strong>(fyk/agt)</strong> <a href='#'>{}</a></div>"]
    )
    def test_a_desk_code_before_an_offer_of_google_is_kept(self, close: str) -> None:
        offer = close.format("Add as a preferred source on Google")
        record = article(page("".join(f"<p>{text}</p>" for text in PARAGRAPHS) + offer))
        assert (record.body, record.desk_code) == (BODY, "fyk/agt")

    def test_a_short_article_is_kept(self) -> None:
        assert article(page(PARAGRAPHS[:1])).body == PARAGRAPHS[0]

    def test_identical_adjacent_paragraphs_are_kept(self) -> None:
        texts = [PARAGRAPHS[0], PARAGRAPHS[1], PARAGRAPHS[1], PARAGRAPHS[2]]
        assert article(page(texts)).body.split("\n") == texts

    def test_a_site_may_say_where_its_text_is_and_what_is_none(self) -> None:
        text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
        content = f"<div class='teks'>{text}<p class='promo'>Unduh katalog kami sekarang juga.</p></div>"
        rules = SiteRules("contoh", body_selector="div.teks", drop_selectors=("p.promo",))
        record = article(page(content), site=rules)
        assert record.body == BODY
        assert record.sources["body"] == "selector"

    @pytest.mark.parametrize(
        "extra",
        [
            "<p class='promo iklan'>Unduh katalog kami sekarang juga.</p>",
            "<div class='promo'><p class='iklan'>Unduh katalog kami</p> sekarang juga.</div>",
            "<div class='iklan'><div class='promo'><p class='promo iklan'>Unduh katalog kami</p></div> sekarang.</div>",
        ],
        ids=["one element", "the inner one by the later selector", "the outer one by the later selector"],
    )
    @pytest.mark.parametrize("selectors", [(".promo", ".iklan"), (".promo, .iklan", "p.iklan", ".promo")])
    def test_what_several_selectors_match_is_left_out_once(self, extra: str, selectors: tuple[str, ...]) -> None:
        text = "".join(f"<p>{paragraph}</p>{extra}" for paragraph in PARAGRAPHS)
        rules = SiteRules("contoh", body_selector="div.teks", drop_selectors=selectors)
        assert article(page(f"<div class='teks'>{text}</div>"), site=rules).body == BODY

    @pytest.mark.parametrize("tag", [b"<html", b"<body"])
    def test_a_selector_never_leaves_out_the_page_itself(self, tag: bytes) -> None:
        html = page().replace(tag, tag + b" class='promo'")
        assert article(html, site=SiteRules("contoh", drop_selectors=(".promo", "p.iklan"))).body == BODY

    def test_a_desk_code_behind_the_selected_text(self) -> None:
        text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
        content = f"<div class='teks'>{text}</div><div>(fyk/agt)</div>"
        record = article(page(content), site=SiteRules("contoh", body_selector="div.teks"))
        assert (record.body, record.desk_code) == (BODY, "fyk/agt")

    def test_a_selector_that_matches_nothing_leaves_the_whole_page(self) -> None:
        record = article(page(), site=SiteRules("contoh", body_selector="div.dulu"))
        assert record.body == BODY
        assert "selector_passed_by" in record.rules_fired

    @pytest.mark.parametrize("caught", [1, 2, 3])
    def test_a_selector_that_catches_part_of_the_text_loses_to_the_pages_own_reading(self, caught: int) -> None:
        texts = [*PARAGRAPHS, *(f"Pada bulan kedua, {text[0].lower()}{text[1:]}" for text in PARAGRAPHS)]
        opening, rest = ("".join(f"<p>{t}</p>" for t in part) for part in (texts[: 2 * caught], texts[2 * caught :]))
        content = f"<div class='pembuka'>{opening}</div><div class='lanjutan'>{rest}</div>"
        record = article(page(content), site=SiteRules("contoh", body_selector=".pembuka"))
        assert record.body == "\n".join(texts)
        assert record.sources["body"] != "selector"
        assert "selector_passed_by" in record.rules_fired

    def test_a_selector_that_leaves_a_standfirst_and_a_note_out_is_right(self) -> None:
        text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
        standfirst = "<p>Pabrik itu menambah dua ratus pekerja dari desa-desa di sekitarnya, kata kepalanya.</p>"
        content = f"{standfirst}<div class='teks'>{text}</div><p>Tulisan ini pernah disiarkan di radio desa kami.</p>"
        record = article(page(content), site=SiteRules("contoh", body_selector="div.teks"))
        assert (record.body, record.sources["body"]) == (BODY, "selector")
        assert "selector_passed_by" not in record.rules_fired

    def test_a_capture_is_read_by_the_layout_of_its_time(self) -> None:
        old = [f"Pada tata letak lama, {text[0].lower()}{text[1:]}" for text in PARAGRAPHS]
        note = "<p>Tulisan ini pernah disiarkan di radio desa kami pada hari Minggu pagi.</p>"
        present, former = (
            f"<section class='{name}'>{''.join(f'<p>{text}</p>' for text in texts)}</section>{note}"
            for name, texts in (("teks", PARAGRAPHS), ("isi-lama", old))
        )
        rules = SiteRules(
            "contoh",
            body_selector=".teks",
            former_layouts=(
                FormerLayout(date(2027, 3, 1), body_selector=".isi-lama"),
                FormerLayout(date(2026, 9, 1), body_selector=".teks", drop_selectors=("p:first-child",)),
            ),
        )

        def captured(at: datetime | None, content: str = present) -> Article:
            return article(page(content), site=rules, hints=Hints(fetched_at=at))

        assert captured(datetime(2027, 3, 1, 0, 0, tzinfo=WIB)).body == BODY
        assert captured(None).body == BODY
        older = captured(datetime(2027, 2, 28, 23, 59, tzinfo=WIB), former)
        assert older.body.split("\n") == old
        assert older.ruleset.endswith(", layout until 2027-03-01")
        assert captured(datetime(2026, 8, 31, tzinfo=WIB)).body.split("\n") == list(PARAGRAPHS[1:])

    def test_a_table_in_a_figure_is_text(self) -> None:
        table = "<figure class='wp-block-table'><table><tr><td>Berat</td><td>21 kilogram</td></tr></table></figure>"
        text = f"<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>{table}<p>{PARAGRAPHS[2]}</p>"
        assert article(page(text)).body.split("\n")[2] == "Berat 21 kilogram"

    def test_a_writers_biography_under_the_text_is_left_out(self) -> None:
        box = "<div class='saboxplugin-wrap'><p>Wahyu Hendrawan menulis tentang gawai sejak 2012 di Malang.</p></div>"
        assert article(page("".join(f"<p>{text}</p>" for text in PARAGRAPHS) + box)).body == BODY

    def test_text_that_only_a_client_would_render(self) -> None:
        state = {"props": {"isi": "".join(f"<p>{text}</p>" for text in PARAGRAPHS)}}
        html = page("", json_ld={"@type": "NewsArticle", "headline": HEADLINE, "datePublished": PUBLISHED}).replace(
            b"</body>",
            f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(state)}</script></body>'.encode(),
        )
        record = article(html)
        assert record.body == BODY
        assert record.sources["body"] == "page state"

    def test_captions_in_such_a_text_are_none_of_it(self) -> None:
        caption = "<figure><img src='a.webp'><figcaption>Suasana pabrik pada pagi hari.</figcaption></figure>"
        state = {"isi": caption + "".join(f"<p>{text}</p>" for text in PARAGRAPHS)}
        script = f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(state)}</script></body>'
        assert article(page("").replace(b"</body>", script.encode())).body == BODY


class TestPageState:
    """Pages that a script draws: what nothing else states is read from what the script is given."""

    STATE: ClassVar = {
        "props": {
            "terkait": [
                {"title": "Berita lain tentang gawai", "published_at": "2026-07-25 10:00:00", "author": "Sari"}
            ],
            "article": {
                "title": HEADLINE,
                "published_at": "2026-07-24 09:15:20",
                "content": "".join(f"<p>{text}</p>" for text in PARAGRAPHS),
                "authors": [{"name": "Budi Santoso"}],
                "tags": [{"name": "sepeda"}, {"name": "listrik"}],
            },
        }
    }

    def html(self, **options: object) -> bytes:
        script = f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(self.STATE)}</script></body>'
        return page(**options).replace(b"</body>", script.encode())  # type: ignore[arg-type]

    def test_gives_what_the_page_does_not_state(self) -> None:
        record = article(self.html(content="", meta={}))
        assert record.body == BODY
        assert record.date_published == datetime(2026, 7, 24, 9, 15, 20, tzinfo=WIB)
        assert (record.author, record.keywords) == (("Budi Santoso",), ("sepeda", "listrik"))
        assert {record.sources[name] for name in ("date_published", "author", "keywords")} == {"page state"}

    def test_does_not_come_before_what_the_page_states(self) -> None:
        meta = {"article:published_time": "2026-07-24T10:00:00+07:00", "keywords": "pabrik", "author": "Ratna Sari"}
        record = article(self.html(meta=meta))
        assert (record.author, record.keywords) == (("Ratna Sari",), ("pabrik",))
        assert record.sources["date_published"] == "meta"

    def test_of_another_article_says_nothing(self) -> None:
        record = article(self.html(headline="Judul Lain Sama Sekali Tentang Sepeda"))
        assert (record.author, record.keywords) == ((), ())


class TestHeadline:
    @pytest.mark.parametrize(
        "title",
        [
            f"{HEADLINE} | Contoh Kabar", f"{HEADLINE} - Contoh Kabar", f"{HEADLINE} - Gawai :: Contohkabar Tekno",
            f"Contoh Kabar: {HEADLINE}", f"{HEADLINE} - Halaman 2 | Contoh Kabar",
        ],
    )  # fmt: skip
    def test_loses_the_name_of_the_site(self, title: str) -> None:
        html = page(title=title, meta={"og:site_name": "Contoh Kabar", "article:published_time": PUBLISHED})
        assert article(html.replace(b"<h1>" + HEADLINE.encode() + b"</h1>", b"")).headline == HEADLINE

    @pytest.mark.parametrize(
        "title",
        [
            f"{HEADLINE} | Contohkabar.id - Kabar Gawai Terkini", f"{HEADLINE} « Contoh Kabar",
            f"{HEADLINE} - Gawai - Contoh Kabar | Teknologi untuk Semua", f"Contoh Kabar » {HEADLINE}",
            f"{HEADLINE} : Contoh Kabar",
            f"{HEADLINE} / Contoh Kabar", f"{HEADLINE} | Berita Contoh Kabar Online",
        ],
    )  # fmt: skip
    def test_loses_all_segments_that_belong_to_the_name_of_the_site(self, title: str) -> None:
        html = page(title=title, meta={"og:site_name": "Contoh Kabar", "article:published_time": PUBLISHED})
        html = html.replace(b"</head>", b'<meta property="article:section" content="Gawai"></head>')
        assert article(html.replace(b"<h1>" + HEADLINE.encode() + b"</h1>", b"")).headline == HEADLINE

    @pytest.mark.parametrize(
        "headline",
        [
            "Jalur Cepat Jakarta - Surabaya | Bagaimana Robot Membangunnya",
            "Sepuluh Tahun Perakitan - Contoh Kabar Buka Pameran",
            "Contoh Kabar Membuka Kelas Menulis untuk Pelajar",
        ],
    )
    @pytest.mark.parametrize("shown", [True, False])
    def test_stays_whole_where_it_holds_a_mark_or_the_name_of_the_site(self, headline: str, shown: bool) -> None:
        meta = {"og:site_name": "Contoh Kabar", "article:published_time": PUBLISHED}
        html = page(headline=headline, title=f"{headline} | Contoh Kabar", meta=meta)
        if not shown:
            html = html.replace(f"<h1>{headline}</h1>".encode(), b"")
        assert article(html).headline == headline

    def test_is_what_readers_see_and_not_what_search_engines_are_given(self) -> None:
        meta = {"og:title": "Harga Sepeda Listrik 2026 dan Spesifikasi", "article:published_time": PUBLISHED}
        json_ld = {"@type": "NewsArticle", "headline": "Harga Sepeda Listrik 2026 dan Spesifikasi"}
        html = page(title="Harga Sepeda Listrik 2026 dan Spesifikasi", meta=meta, json_ld=json_ld)
        record = article(html)
        assert (record.headline, record.sources["headline"]) == (HEADLINE, "h1")

    @pytest.mark.parametrize(
        "logo",
        [
            "<h1><a href='/'>Lembar Kabar Gawai</a></h1>",
            "<a href='/'><h1>Lembar Kabar Gawai</h1></a>",
            "<h1 class='site-title'>Lembar Kabar Gawai</h1>",
            "<header class='site-header'><h1>Lembar Kabar Gawai</h1></header>",
        ],
    )
    def test_is_not_the_logo_of_the_site(self, logo: str) -> None:
        html = page(title=HEADLINE).replace(b"<main><h1>", f"{logo}<main><h3 class='post-title'>".encode())
        html = html.replace(f"{HEADLINE}</h1>".encode(), f"{HEADLINE}</h3>".encode())
        assert article(html).headline == HEADLINE

    def test_is_not_the_name_of_its_section(self) -> None:
        meta = {"article:section": "Kendaraan Listrik", "article:published_time": PUBLISHED}
        html = page(meta=meta).replace(f"<h1>{HEADLINE}</h1>".encode(), b"<h1>Kendaraan Listrik</h1>")
        assert article(html).headline == HEADLINE

    def test_is_what_a_site_says(self) -> None:
        html = page(above="<p class='judul-asli'>Jalur Ketiga Dibuka</p>")
        record = article(html, site=SiteRules("contoh", headline_selector=".judul-asli"))
        assert (record.headline, record.sources["headline"]) == ("Jalur Ketiga Dibuka", "selector")
        assert article(html, site=SiteRules("contoh", headline_selector=".dulu")).headline == HEADLINE
        former = FormerLayout(date(2026, 9, 1), headline_selector=".judul-asli")
        hints = Hints(fetched_at=datetime(2026, 8, 1, tzinfo=UTC))
        record = article(html, site=SiteRules("contoh", former_layouts=(former,)), hints=hints)
        assert record.headline == "Jalur Ketiga Dibuka"

    @pytest.mark.parametrize("kicker", ["Ekonomi Desa", "Ekonomi Desa |", "<b>Ekonomi Desa</b> -"])
    def test_is_without_a_kicker_that_has_its_own_element(self, kicker: str) -> None:
        html = page(meta={"og:title": HEADLINE, "article:published_time": PUBLISHED}, above="<p>24 Juli 2026</p>")
        record = article(html.replace(b"<h1>", f"<h1><span>{kicker}</span> ".encode()))
        assert (record.headline, record.body) == (HEADLINE, BODY)
        assert record.date_published == datetime(2026, 7, 24, 9, 15, tzinfo=WIB)

    def test_keeps_a_label_before_it(self) -> None:
        html = page(meta={"og:title": HEADLINE, "article:published_time": PUBLISHED})
        assert article(html.replace(b"<h1>", b"<h1><span>FOTO:</span> ")).headline == f"FOTO: {HEADLINE}"

    def test_is_parted_from_a_kicker_as_the_head_of_the_page_does(self) -> None:
        html = page(title=f'Ekonomi Desa: "{HEADLINE}" | Contoh Kabar', meta={"article:published_time": PUBLISHED})
        html = html.replace(f"<h1>{HEADLINE}".encode(), f"<h1><b>Ekonomi Desa</b> “{HEADLINE}”".encode())
        assert article(html).headline == f"Ekonomi Desa: “{HEADLINE}”"

    @pytest.mark.parametrize(
        "around",
        [
            "<header class='site-header'><div><article>", "<article class='main-ad-container'>",
            "<article class='post hentry category-rekomendasi-related tag-ads'>",
        ],
    )  # fmt: skip
    def test_is_within_its_article_whatever_is_around_that(self, around: str) -> None:
        html = page(title="Harga Sepeda Terbaru", meta={"article:published_time": PUBLISHED})
        assert article(html.replace(b"<main>", around.encode())).headline == HEADLINE

    def test_is_the_title_of_a_post_in_a_blog(self) -> None:
        html = page(title="Harga Sepeda Terbaru", meta={"article:published_time": PUBLISHED})
        assert article(html.replace(b"<h1>", b"<h1 class='blog-title'>")).headline == HEADLINE

    def test_of_a_page_that_escapes_twice_is_readable(self) -> None:
        html = page(headline=f"{HEADLINE} &amp;#x26; Gudang", title=f"{HEADLINE} &amp; Gudang")
        assert article(html).headline == f"{HEADLINE} & Gudang"

    @pytest.mark.parametrize("title", [f"{HEADLINE} | Gawai", "工厂开设第三条电动自行车装配线_科技_范例网"])
    def test_loses_the_section_of_its_address_and_segments_without_blanks(self, title: str) -> None:
        html = page(title=title, meta={"og:site_name": "范例网", "article:section": "科技", "date": PUBLISHED})
        html = html.replace(f"<h1>{HEADLINE}</h1>".encode(), b"")
        assert article(html).headline == title.split("_")[0].split(" |")[0]

    def test_a_heading_of_the_section_is_not_taken(self) -> None:
        html = page(above="").replace(b"<main>", b"<h1>Gawai</h1><main>").replace(b"<main><h1>", b"<main><h2>")
        assert article(html).headline == HEADLINE

    def test_a_dash_inside_stays(self) -> None:
        headline = "Jalur Cepat Jakarta - Surabaya Dibangun dengan Robot"
        assert article(page(headline=headline)).headline == headline

    def test_the_feed_states_it_where_the_page_does_not(self) -> None:
        html = page().replace(HEADLINE.encode(), b"")
        record = article(html, hints=Hints(headline=HEADLINE))
        assert (record.headline, record.sources["headline"]) == (HEADLINE, "feed")


class TestTimes:
    @pytest.mark.parametrize(
        ("shown", "stated", "expected"),
        [
            ("Jum'at, 24 Juli 2026 | 07.08 WIB", "2026-07-24T07:08:31+07:00", "2026-07-24T07:08:31+07:00"),
            ("Jumat, 24 Juli 2026 07:08 WIB", "2026-07-24T00:08:31Z", "2026-07-24T07:08:31+07:00"),
            ("24 Juli 2026 07:08", "2026-07-24T07:08:31-07:00", "2026-07-24T07:08:31+07:00"),
            ("24 Juli 2026 07:08 WIB", "2026-07-24T07:08:31Z", "2026-07-24T07:08:31+07:00"),
            ("24 Juli 2026 08:08 WITA", "2026-07-24T00:08:31Z", "2026-07-24T08:08:31+08:00"),
            ("Kamis 09 Juli 2020 07:26 WIB", "2014-01-01T00:00:00+07:00", "2020-07-09T07:26:00+07:00"),
            ("24 Juli 2026", "2026-07-24T02:15:00+00:00", "2026-07-24T09:15:00+07:00"),
            ("", "2026-07-24T07:08:31-07:00", "2026-07-24T07:08:31+07:00"),
            ("", "2026-07-24 07:08:31", "2026-07-24T07:08:31+07:00"),
            ("", "Fri Jul 24 2026 07:08:31 GMT+0700 (WIB)", "2026-07-24T07:08:31+07:00"),
            ("24 Juli 2026 07:08 WIB", "", "2026-07-24T07:08:00+07:00"),
        ],
    )
    def test_are_weighed(self, shown: str, stated: str, expected: str) -> None:
        meta = {"article:published_time": stated} if stated else {}
        record = article(page(meta=meta, above=f"<div class='tgl'>{shown}</div>"))
        assert record.date_published == datetime.fromisoformat(expected)

    def test_json_ld_comes_before_meta_tags(self) -> None:
        html = page(
            json_ld={"@type": "NewsArticle", "headline": HEADLINE, "datePublished": "2026-07-24T09:15:20+07:00"}
        )
        assert article(html).sources["date_published"] == "json-ld"

    def test_dates_of_other_articles_do_not_count(self) -> None:
        html = page(below="<h4>Terkini</h4><div>25 Juli 2026 11:00 WIB</div>")
        assert article(html).date_published == datetime.fromisoformat(PUBLISHED)

    def test_the_feed_states_it_where_the_page_does_not(self) -> None:
        known = datetime(2026, 7, 24, 2, 15, tzinfo=UTC)
        record = article(page(meta={}), hints=Hints(date_published=known))
        assert (record.date_published, record.sources["date_published"]) == (known, "feed")

    def test_the_feed_gives_the_clock_of_a_day(self) -> None:
        known = datetime(2026, 7, 24, 2, 15, tzinfo=UTC)
        html = page(meta={}, above="<div class='tgl'>24 Juli 2026</div>")
        record = article(html, hints=Hints(date_published=known))
        assert (record.date_published, record.sources["date_published"]) == (known, "feed")

    @pytest.mark.parametrize("known", ["2026-07-25T09:15:00+07:00", "2026-07-24T00:00:00+07:00"])
    def test_the_feed_does_not_change_the_day_nor_give_a_clock_it_lacks(self, known: str) -> None:
        html = page(meta={}, above="<div class='tgl'>24 Juli 2026</div>")
        record = article(html, hints=Hints(date_published=datetime.fromisoformat(known)))
        assert record.date_published == datetime(2026, 7, 24, tzinfo=WIB)
        assert record.sources["date_published"] == "text"

    def test_the_address_is_the_last_resort(self) -> None:
        record = clean(page(meta={}), "https://contoh.id/read/2026/07/24/091520123/pabrik")
        assert isinstance(record, Article)
        assert record.date_published == datetime(2026, 7, 24, 9, 15, 20, tzinfo=WIB)
        assert record.sources["date_published"] == "url"

    def test_a_source_that_says_another_day_is_named(self) -> None:
        html = page(
            above="<div>24 Juli 2026 07:08 WIB</div>", meta={"article:published_time": "2014-02-01T00:00:00+07:00"}
        )
        assert article(html).sources["date_published.disagreeing"] == "meta"

    def test_the_future_is_refused(self) -> None:
        fetched = datetime(2026, 7, 24, 12, tzinfo=UTC)
        html = page(meta={"article:published_time": "2031-01-01T00:00:00+07:00", "pubdate": PUBLISHED})
        assert article(html, hints=Hints(fetched_at=fetched)).date_published == datetime.fromisoformat(PUBLISHED)

    def test_modified_before_published_is_no_modification(self) -> None:
        html = page(meta={"article:published_time": PUBLISHED, "article:modified_time": "2026-07-23T09:15:00+07:00"})
        assert article(html).date_modified is None

    def test_modified_shares_the_correction_of_published(self) -> None:
        meta = {
            "article:published_time": "2026-07-24T07:08:00-07:00",
            "article:modified_time": "2026-07-24T08:00:00-07:00",
        }
        record = article(page(meta=meta, above="<div>24 Juli 2026 07:08</div>"))
        assert record.date_modified == record.date_published + timedelta(minutes=52)


class TestPeople:
    @pytest.mark.parametrize(
        ("above", "authors"),
        [
            ("<div class='author'>Budi Santoso - contohTekno</div>", ("Budi Santoso",)),
            ("<div>Oleh : Budi Santoso</div>", ("Budi Santoso",)),
            ("<div>Reporter: Budi Santoso dan Ratna Sari</div>", ("Budi Santoso", "Ratna Sari")),
            ("<div>Oleh Budi Santoso pada 24 Jul 2026, 09:15 WIB</div>", ("Budi Santoso",)),
            ("<div>TREN | 24 Juli 2026 09:15 Reporter : Budi Santoso</div>", ("Budi Santoso",)),
            ("<div>Budi Santoso, Jurnalis · Jumat 24 Juli 2026 09:15 WIB</div>", ("Budi Santoso",)),
            ("<p><a href='/penulis/budi-santoso'>Budi Santoso</a></p>", ("Budi Santoso",)),
            ("<h6>Budi Santoso</h6><h6>Penulis</h6><h6>Ratna Sari</h6><h6>Editor</h6>", ("Budi Santoso",)),
            ("<div>Rep: Budi Santoso/ Red: <a href='/penulis/ratna'>Ratna Sari</a></div>", ("Budi Santoso",)),
            ("<div>Gawai</div><div>By</div> <a href='#'>Budi Santoso</a>", ("Budi Santoso",)),
            ("<div>Budi Santoso | Contoh Kabar</div><div>Rabu, 18 Nov 2026 05:30 WIB</div>", ("Budi Santoso",)),
            ("<div>Budi Santoso, Contoh Kabar</div><div>18 November 2026 05:30</div>", ("Budi Santoso",)),
            (
                "<p>oleh <a rel='author' href='/a/budi/'>Budi Santoso</a> <a href='#'>Tinggalkan Komentar</a></p>",
                ("Budi Santoso",),
            ),
            (
                "<div>By <a href='/orang/budi'>Budi Santoso</a><span class='author-title'>Penulis Senior</span></div>",
                ("Budi Santoso",),
            ),
            ("<div>Editor <a href='/author/ratna-sari'>Ratna Sari</a></div>", ()),
            ("<div>Foto: <span class='photo-author'>Dok.Setyo Raharjo</span></div>", ()),
            ("<div>Bandung, Jawa Barat</div><div>18 November 2026 05:30</div>", ()),
            ("<div>Penulis Budi Santoso Editor Ratna Sari</div>", ("Budi Santoso",)),
            ("<div class='author'>Tim ContohKabar</div>", ()),
            ("<div>Oleh: Contohkabar.id</div>", ()),
            ("<div class='author'>admin</div>", ()),
            ("<div class='author'>BUDI SANTOSO</div>", ("Budi Santoso",)),
            ("<div>Penulis: Fikri Al-Haddad</div>", ("Fikri Al-Haddad",)),
            ("<div>Oleh: HASAN BIN AL-HADDAD</div>", ("Hasan bin Al-Haddad",)),
            ("<div>Oleh: Robin van Dijk</div>", ("Robin van Dijk",)),
            ("<div>Penulis: Sari</div>", ("Sari",)),
            ("<div>Penulis: Tim Hartono</div>", ("Tim Hartono",)),
            ("<div>Penulis: Arman Merdeka Siregar</div>", ("Arman Merdeka Siregar",)),
            ("<div>Penulis: Budi Santoso, Siti Aini dan Mira Dewi</div>", ("Budi Santoso", "Siti Aini", "Mira Dewi")),
            ("<div>Penulis: Budi Santoso | Siti Aini</div>", ("Budi Santoso", "Siti Aini")),
            ("<div>Penulis: Budi Santoso/Siti Aini</div>", ("Budi Santoso", "Siti Aini")),
            ("<div>Penulis: Budi Santoso & Siti Aini</div>", ("Budi Santoso", "Siti Aini")),
            ("<div>Penulis: Dr. Budi Santoso, S.Kom., M.T.</div>", ("Budi Santoso",)),
            ("<div>Reporter: Budi Santoso, Bandung</div>", ("Budi Santoso",)),
            ("<div>Reporter: Budi Santoso; Editor: Ratna Sari</div>", ("Budi Santoso",)),
            ("<div>Budi Santoso (Reporter), Ratna Sari (Editor)</div>", ("Budi Santoso",)),
            ("<div>Kontributor: Budi Santoso</div>", ("Budi Santoso",)),
            ("<div>Laporan Wartawan: Budi Santoso</div>", ("Budi Santoso",)),
            ("<div>Ditulis oleh Budi Santoso</div>", ("Budi Santoso",)),
            ("<div>Diposting oleh Budi Santoso di 20.05</div>", ("Budi Santoso",)),
            ("<div>Penulis: Budi Santoso @budisantoso</div>", ("Budi Santoso",)),
            ("<div>Penulis: @budisantoso</div>", ()),
            ("<div>Gawai | Jumat, 24 Juli 2026 09:15 WIB</div>", ()),
            ("<div>Oleh: Budi Santoso 24 Juli 2026, 09:15</div>", ("Budi Santoso",)),
            ("<div>Kontributor Bandung, Budi Santoso</div>", ("Budi Santoso",)),
            ("<div>Penulis: Sari, Dewi, dan Putri</div>", ("Sari", "Dewi", "Putri")),
            ("<div>Penulis: Budi Santoso dkk.</div>", ("Budi Santoso",)),
            ("<div>Ditulis oleh: Budi Santoso, Diedit oleh: Ratna Sari</div>", ("Budi Santoso",)),
            ("<div>Author: Budi Santoso</div>", ("Budi Santoso",)),
            ("<div>Oleh Dr Budi Santoso</div>", ("Budi Santoso",)),
            ("<div>Penulis: Tim Contoh</div>", ()),
            ("<div>Penulis: RNS</div>", ()),
            ("<div>Penulis: budi@contohkabar.id</div>", ()),
            ("<div>Penulis: Tim Contoh Kabar</div>", ()),
            ("<div>Oleh: Antara</div>", ()),
        ],
    )
    def test_bylines(self, above: str, authors: tuple[str, ...]) -> None:
        html = page(above=above, json_ld={"@type": "WebSite", "name": "Contoh Kabar"})
        assert article(html).author == authors

    @pytest.mark.parametrize(
        "line",
        [
            "Penulis Budi Santoso Editor Ratna Sari", "Penulis: Budi Santoso Editor: Ratna Sari",
            "Reporter: Budi Santoso | Editor: Ratna Sari", "Reporter: Budi Santoso, Editor: Ratna Sari",
            "Penulis: Budi Santoso / Editor: Ratna Sari", "Reporter Budi Santoso | Editor Ratna Sari",
            "Editor: Ratna Sari | Pewarta: Budi Santoso", "(Penulis: Budi Santoso - Editor: Ratna Sari)",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("where", ["above", "below", "inside"])
    def test_two_roles_on_one_line(self, line: str, where: str) -> None:
        beside: dict[str, Any] = {where: f"<div>{line}</div>"}
        html = page([*PARAGRAPHS, line]) if where == "inside" else page(**beside)
        record = article(html)
        assert (record.author, record.editor, record.body) == (("Budi Santoso",), ("Ratna Sari",), BODY)

    @pytest.mark.parametrize(
        "line", ["(***/Rani Lestari)", "(*/Rani Lestari)", "[**/Rani Lestari]", "(Ditulis oleh Rani Lestari)"]
    )
    @pytest.mark.parametrize("glued", [True, False])
    def test_who_signs_the_text_in_brackets(self, line: str, glued: bool) -> None:
        *first, last = PARAGRAPHS
        record = article(page([*first, f"{last} {line}"] if glued else [*PARAGRAPHS, line]))
        assert (record.author, record.desk_code, record.body) == (("Rani Lestari",), None, BODY)

    def test_a_signature_comes_before_the_account_that_metadata_names(self) -> None:
        json_ld = {
            "@type": "NewsArticle",
            "headline": HEADLINE,
            "author": {"@type": "Person", "name": "Relawan Contoh"},
        }
        assert article(page([*PARAGRAPHS, "(Ditulis oleh Budi Santoso)"], json_ld=json_ld)).author == ("Budi Santoso",)

    @pytest.mark.parametrize("name", ["Michelle Yang", "Viva Yogantari", "Media Wahyuni", "Antara Nugraha"])
    def test_a_person_in_json_ld_is_believed(self, name: str) -> None:
        json_ld = {"@type": "NewsArticle", "headline": HEADLINE, "author": {"@type": "Person", "name": name}}
        record = article(page(json_ld=json_ld, above="<div class='author'>Kabar Gawai Siang</div>"))
        assert (record.author, record.sources["author"]) == ((name,), "json-ld")

    def test_an_account_that_json_ld_calls_a_person_is_not_believed(self) -> None:
        for name in ("Redaksi", "Tim Redaksi", "admin", "Contoh Kabar"):
            graph = [
                {"@type": "NewsArticle", "headline": HEADLINE, "author": {"@type": "Person", "name": name}},
                {"@type": "WebSite", "name": "Contoh Kabar"},
            ]
            assert article(page(json_ld={"@graph": graph})).author == ()

    def test_blogger_names_the_author_below_the_text(self) -> None:
        footer = (
            "<div class='post-footer'><span itemprop='author' itemscope itemtype='http://schema.org/Person'>"
            "<a rel='author'><span itemprop='name'>Budi Santoso</span></a></span>"
            "<abbr itemprop='datePublished' title='2026-07-24T09:15:00+07:00'>09.15</abbr></div>"
        )
        record = article(page(meta={}, below=footer))
        assert (record.author, record.sources["author"]) == (("Budi Santoso",), "microdata")
        assert record.date_published == datetime.fromisoformat(PUBLISHED)

    @pytest.mark.parametrize("label", ["By", "Oleh"])
    @pytest.mark.parametrize("headline", ["Museum Ponsel Jadul", "Mengapa Sinyal di Kereta Putus-Putus"])
    def test_a_headline_that_reads_like_a_name_is_none(self, headline: str, label: str) -> None:
        byline = f"<div>{label}</div> <a href='/penulis/budi-santoso'>Budi Santoso</a>"
        assert article(page(headline=headline, above=byline)).author == ("Budi Santoso",)
        assert article(page(headline=headline, above="<div class='tgl'>24 Juli 2026 09:15 WIB</div>")).author == ()

    @pytest.mark.parametrize(
        ("line", "authors"),
        [
            ("Von Anna Berger und Jan Lange", ("Anna Berger", "Jan Lange")),
            ("von Dr. Anna Berger", ("Anna Berger",)),
            ("Par Anne-Marie Petit et Luc Simon", ("Anne-Marie Petit", "Luc Simon")),
            ("Por Lucía Prado y Marta Soler", ("Lucía Prado", "Marta Soler")),
            ("Por José Ortega y Prado", ("José Ortega y Prado",)),
            ("Di Anna Neri e Piero Valli", ("Anna Neri", "Piero Valli")),
            ("Av Ida Berg og Nils Dahl", ("Ida Berg", "Nils Dahl")),
            ("Autor: Jan Nowak", ("Jan Nowak",)),
            ("Автор: Анна Белова", ("Анна Белова",)),
            ("作者：王小明、李华", ("王小明", "李华")),
            ("ByBudi Santoso", ("Budi Santoso",)),
            ("By Budi Santoso For Contohkabar.id", ("Budi Santoso",)),
            ("By Budi Santoso ⋅ Founder ⋅ Updated May 6, 2026", ("Budi Santoso",)),
            ('By Amelia "Mela" Santoso', ('Amelia "Mela" Santoso',)),
            ("By Budi Santoso, MS, RDN, FAND", ("Budi Santoso",)),
            ("By Budi Santoso M.P.H., R.D.", ("Budi Santoso",)),
            ("By Budi Santoso Senior Autos Reporter", ("Budi Santoso",)),
            ("By Budi Santoso Follow", ("Budi Santoso",)),
            ("Budi Santoso | Senior Writer | July 2, 2026", ("Budi Santoso",)),
            ("Contributors: Budi Santoso", ("Budi Santoso",)),
            ("Von Montag an gilt der Plan", ()),
            ("Por la tarde llega María", ()),
            ("By the Contoh Team", ()),
            ("Oleh: Tim SMcontoh5", ()),
        ],
    )
    def test_bylines_of_other_languages_and_forms(self, line: str, authors: tuple[str, ...]) -> None:
        assert article(page(above=f"<p>{line}</p>")).author == authors

    @pytest.mark.parametrize("name", ["渡辺 洋介", "王小明", "김민수", "Анна Белова", "أحمد سالم"])
    def test_names_in_other_scripts(self, name: str) -> None:
        json_ld = {"@type": "NewsArticle", "headline": HEADLINE, "author": {"@type": "Person", "name": name}}
        assert article(page(json_ld=json_ld)).author == (name,)

    @pytest.mark.parametrize("name", ["範例新聞", "模範日报", "예시뉴스", "Redaktion Beispiel", "Table of Contents"])
    def test_houses_and_headings_in_other_languages_are_no_people(self, name: str) -> None:
        json_ld = {"@type": "NewsArticle", "headline": HEADLINE, "author": {"@type": "Person", "name": name}}
        assert article(page(json_ld=json_ld)).author == ()

    def test_the_markup_parts_a_name_from_what_is_glued_to_it(self) -> None:
        byline = (
            "<div class='byline'><span class='author'><span class='author-name'>Budi Santoso</span>Twitter</span></div>"
        )
        assert article(page(above=byline)).author == ("Budi Santoso",)

    def test_a_person_whom_json_ld_describes_elsewhere_is_believed(self) -> None:
        graph = [
            {"@type": "NewsArticle", "headline": HEADLINE, "author": {"@id": "#budi", "name": "Budi Santoso"}},
            {"@type": "Person", "@id": "#budi", "name": "Budi Santoso", "url": "https://contohkabar.id/a/budi"},
        ]
        html = page(json_ld={"@graph": graph}, above="<div class='author'>Kabar Gawai Siang</div>")
        assert article(html).author == ("Budi Santoso",)

    def test_authors_of_other_stories_are_not_the_authors(self) -> None:
        meta = {"author": "Budi Santoso", "article:published_time": PUBLISHED}
        story = "<li><a href='/lain'><p>Gudang lama dibuka kembali untuk umum</p><p>by Ratna Sari</p></a></li>"
        html = page(meta=meta, below=f"<div><div>By</div><a href='/a/rani'>Rani Lestari</a></div><ul>{story}</ul>")
        html = html.replace(b"<main>", f"<main><ul class='related'>{story}</ul>".encode())
        assert article(html).author == ("Budi Santoso",)

    def test_a_byline_tells_more_authors_than_the_head(self) -> None:
        json_ld = {"@type": "NewsArticle", "headline": HEADLINE, "author": {"name": "Budi Santoso"}}
        byline = "<div class='penulis'>Budi Santoso, Siti Aini &amp; Mira Dewi</div>"
        record = article(page(json_ld=json_ld, above=byline))
        assert record.author == ("Budi Santoso", "Siti Aini", "Mira Dewi")

    @pytest.mark.parametrize(
        "below",
        [
            "<div><h3>Ratna Sari</h3><p>Ratna menulis tentang sepeda dan kereta sejak lama, dan ia tinggal di tepi "
            "sungai bersama dua ekor kucing serta sebuah bengkel kecil.</p></div>",
            "<div class='kotak'><a class='author-box-name' href='#'>Ratna Sari</a><p>Menulis sejak lama.</p></div>",
        ],
    )
    def test_who_is_introduced_below_the_text(self, below: str) -> None:
        assert article(page(below=below)).author == ("Ratna Sari",)

    def test_a_site_may_bear_the_name_of_its_writer(self) -> None:
        meta = {"og:site_name": "Ratna Sari", "author": "Ratna Sari", "article:published_time": PUBLISHED}
        record = article(page(meta=meta))
        assert (record.author, record.sources["author"]) == (("Ratna Sari",), "meta")
        house = {
            "@type": "NewsArticle",
            "headline": HEADLINE,
            "publisher": {"@type": "Organization", "name": "Ratna Sari"},
        }
        assert article(page(meta=meta, json_ld=house)).author == ()
        meta = {"og:site_name": "Pabrik Sepeda", "author": "Pabrik Sepeda", "article:published_time": PUBLISHED}
        assert article(page(meta=meta)).author == ()

    def test_the_number_of_a_note_is_no_part_of_a_name(self) -> None:
        byline = "<ul class='penulis'><li>Oleh Budi Santoso<sup>1</sup></li></ul>"
        assert article(page(above=byline)).author == ("Budi Santoso",)

    def test_a_name_that_json_ld_states_in_two_parts(self) -> None:
        author = {"@type": "Person", "givenName": "Siti", "familyName": "Aini"}
        record = article(page(json_ld={"@type": "NewsArticle", "headline": HEADLINE, "author": [author]}))
        assert (record.author, record.sources["author"]) == (("Siti Aini",), "json-ld")

    def test_json_ld_names_the_others_beside_the_one_whom_a_label_names(self) -> None:
        people = [{"@type": "Person", "name": name} for name in ("Budi Santoso", "Siti Aini", "Ratna Sari")]
        json_ld = {"@type": "NewsArticle", "headline": HEADLINE, "author": people}
        byline, editor = "<p>Penulis: Budi Santoso</p>", "<p>Editor: Ratna Sari</p>"
        record = article(page(json_ld=json_ld, above=byline, below=editor))
        assert (record.author, record.editor) == (("Budi Santoso", "Siti Aini"), ("Ratna Sari",))

    @pytest.mark.parametrize(("label", "authors"), [("Ditulis oleh", ("Siti Aini",)), ("Estimasi waktu membaca", ())])
    def test_the_author_in_the_preview_for_social_networks(self, label: str, authors: tuple[str, ...]) -> None:
        meta = {"twitter:label1": label, "twitter:data1": "Siti Aini", "article:published_time": PUBLISHED}
        assert article(page(meta=meta)).author == authors

    @pytest.mark.parametrize(
        "path",
        [
            "<div class='breadcrumb'><a href='/ekonomi'>Ekonomi</a> <a href='/ekonomi/keuangan'>Keuangan</a></div>",
            "<ul class='breadcrumb'><li><a href='/sehat'>Hidup Sehat</a></li><li><a href='/x'>Kota</a></li></ul>",
        ],
    )
    def test_the_path_to_a_page_is_no_author(self, path: str) -> None:
        assert article(page().replace(b"<main>", f"<main>{path}".encode())).author == ()

    def test_initials_before_a_place_are_no_author(self) -> None:
        meta = {"author": "Dewi Kirana", "article:published_time": PUBLISHED}
        byline = "<h5 class='author-short'>ku Surabaya</h5>"
        assert article(page(meta=meta, above=byline)).author == ("Dewi Kirana",)

    def test_a_headline_in_the_place_of_an_author_is_none(self) -> None:
        meta = {"author": "Museum Ponsel Jadul", "article:published_time": PUBLISHED}
        assert article(page(headline="Museum Ponsel Jadul", meta=meta)).author == ()

    def test_the_editor_whom_json_ld_calls_author_is_the_editor(self) -> None:
        json_ld = {"@type": "NewsArticle", "headline": HEADLINE, "author": {"@type": "Person", "name": "Ratna Sari"}}
        record = article(page(json_ld=json_ld, above="<div>Rep: Budi Santoso/ Red: Ratna Sari</div>"))
        assert (record.author, record.editor) == (("Budi Santoso",), ("Ratna Sari",))

    @pytest.mark.parametrize(
        "name",
        [
            "Kompas Cyber Media",
            "IDN Times",
            "PT. VIVA MEDIA BARU",
            "mediacontoh.com developer",
            "Redaksi",
            "Web Design & Development",
        ],
    )
    def test_houses_and_desks_are_no_people(self, name: str) -> None:
        assert article(page(meta={"author": name, "article:published_time": PUBLISHED})).author == ()

    def test_the_editor_is_not_taken_for_the_author(self) -> None:
        json_ld = {"@type": "NewsArticle", "headline": HEADLINE, "author": {"@type": "Person", "name": "Ratna Sari"}}
        html = page(json_ld=json_ld, above="<div>Pewarta: Budi Santoso</div>", below="<p>Editor: Ratna Sari</p>")
        record = article(html)
        assert (record.author, record.editor) == (("Budi Santoso",), ("Ratna Sari",))

    def test_names_that_json_ld_refers_to(self) -> None:
        graph = [
            {"@type": "NewsArticle", "headline": HEADLINE, "author": {"@id": "#budi"}, "datePublished": PUBLISHED},
            {"@type": "Person", "@id": "#budi", "name": "Budi Santoso"},
        ]
        assert article(page(json_ld={"@graph": graph})).author == ("Budi Santoso",)

    def test_a_name_that_signs_the_text(self) -> None:
        record = article(page([*PARAGRAPHS, "BUDI SANTOSO"]))
        assert (record.body, record.author) == (BODY, ("Budi Santoso",))


class TestPages:
    def test_are_stitched_in_order_without_what_they_repeat(self) -> None:
        first = page(PARAGRAPHS[:3], below="<div>Halaman: 1 2 Show All</div>")
        second = page([PARAGRAPHS[0], *PARAGRAPHS[3:]], headline=f"{HEADLINE} - Halaman 2")
        record = clean_pages([Page(URL, first), Page(f"{URL}/2", second)], url=URL)
        assert isinstance(record, Article)
        assert (record.body, record.headline, record.page_count) == (BODY, HEADLINE, 2)

    def test_a_page_that_holds_nothing_adds_nothing(self) -> None:
        record = clean_pages([Page(URL, page()), Page(f"{URL}/2", b"")], url=URL)
        assert isinstance(record, Article)
        assert record.body == BODY

    def test_no_pages_are_a_mistake_of_the_caller(self) -> None:
        with pytest.raises(ValueError, match="at least one page"):
            clean_pages([], url=URL)


class TestOtherFields:
    def test_come_from_json_ld_first(self) -> None:
        json_ld = {
            "@type": "ReviewNewsArticle", "headline": HEADLINE, "datePublished": PUBLISHED,
            "description": "Ringkasan dari penerbit.", "articleSection": "Gawai",
            "keywords": "sepeda, listrik", "image": {"url": "/foto.jpg"},
            "isAccessibleForFree": True,
        }  # fmt: skip
        record = article(page(json_ld=json_ld))
        assert record.schema_type == "ReviewNewsArticle"
        assert record.description == "Ringkasan dari penerbit."
        assert record.article_section == "Gawai"
        assert record.keywords == ("sepeda", "listrik")
        assert record.image == "https://tekno.contohkabar.id/foto.jpg"
        assert record.is_accessible_for_free is True
        assert record.sources["keywords"] == "json-ld"

    @pytest.mark.parametrize(
        ("stated", "licence", "source"),
        [
            (
                {"json_ld": {"license": {"@type": "CreativeWork", "url": "https://lisensi.id/by"}}},
                "https://lisensi.id/by",
                "json-ld",
            ),
            ({"json_ld": {"license": "CC BY 4.0"}}, "CC BY 4.0", "json-ld"),
            ({"meta": {"DCTERMS.license": "CC BY 4.0"}}, "CC BY 4.0", "meta"),
            (
                {"below": "<a rel='license nofollow' href='/lisensi'>CC</a>"},
                "https://tekno.contohkabar.id/lisensi",
                "text",
            ),
            ({}, None, None),
        ],
    )
    def test_a_licence_is_what_the_page_declares(self, stated: dict[str, Any], licence: str, source: str) -> None:
        if "json_ld" in stated:
            stated = {"json_ld": {"@type": "NewsArticle", "headline": HEADLINE, **stated["json_ld"]}}
        if "meta" in stated:
            stated = {"meta": {**stated["meta"], "article:published_time": PUBLISHED}}
        record = article(page(**stated))
        assert (record.license, record.sources.get("license")) == (licence, source)

    @pytest.mark.parametrize(
        "meta",
        [
            {"keywords": "sepeda, listrik, pabrik", "content_tag": "sepeda"},
            {"content_tags": "sepeda, listrik, pabrik", "content_tag": "sepeda"},
            {"news_keywords": "sepeda, listrik, pabrik, Sepeda", "article:tag": "sepeda"},
            {"keywords": "sepeda, listrik, pabrik, berita terkini, Berita Hari Ini Sepeda"},
        ],
    )
    def test_keywords_are_the_longest_list_that_is_stated(self, meta: dict[str, str]) -> None:
        json_ld = {"@type": "NewsArticle", "headline": HEADLINE, "keywords": ["sepeda", "listrik"]}
        record = article(page(meta={**meta, "article:published_time": PUBLISHED}, json_ld=json_ld))
        assert (record.keywords, record.sources["keywords"]) == (("sepeda", "listrik", "pabrik"), "meta")

    def test_section_and_keywords_as_wordpress_marks_them(self) -> None:
        above = "<a rel='category tag' href='/category/gawai/'>Gawai</a>"
        below = "".join(f"<a rel='tag' href='/tag/{tag}/'>{tag}</a>" for tag in ("sepeda", "listrik"))
        record = article(page(above=above, below=below))
        assert (record.article_section, record.keywords) == ("Gawai", ("sepeda", "listrik"))
        assert (record.sources["article_section"], record.sources["keywords"]) == ("text", "text")

    @pytest.mark.parametrize("name", ["nav", "div", "ol"])
    def test_the_section_in_a_breadcrumb_that_readers_see(self, name: str) -> None:
        steps = "".join(f"<a href='/'>{step}</a> / " for step in ("Beranda", "Teknologi", "Gawai", HEADLINE))
        assert article(page(above=f"<{name} class='breadcrumbs'>{steps}</{name}>")).article_section == "Gawai"

    @pytest.mark.parametrize(
        "figure",
        [
            "<figure><img src='/a.jpg'><figcaption>Jalur ketiga pabrik sepeda. (Foto: Istimewa)</figcaption></figure>",
            "<div class='photo'><img src='/a.jpg'><div class='photo__caption'>Jalur ketiga pabrik sepeda. "
            "<span>(Foto: Istimewa)</span></div></div>",
            "<figure><img src='/a.jpg'><span>Perbesar</span><figcaption><div>Jalur ketiga pabrik sepeda.</div>"
            "<div>(Foto: Istimewa)</div></figcaption></figure>",
        ],
    )
    def test_the_caption_of_the_lead_image(self, figure: str) -> None:
        record = article(page(above=figure))
        assert (record.image_caption, record.body) == ("Jalur ketiga pabrik sepeda. (Foto: Istimewa)", BODY)

    def test_the_caption_of_the_first_of_many_images(self) -> None:
        figures = "".join(
            f"<figure><img src='{n}.jpg'><figcaption>Lorong ke-{n} pabrik.</figcaption></figure>" for n in "1234"
        )
        assert article(page(above=figures)).image_caption == "Lorong ke-1 pabrik."

    def test_the_caption_that_json_ld_states(self) -> None:
        image = {"@type": "ImageObject", "url": "/foto.jpg", "caption": "Jalur ketiga pabrik sepeda."}
        json_ld = {"@type": "NewsArticle", "headline": HEADLINE, "datePublished": PUBLISHED, "image": image}
        assert article(page(json_ld=json_ld)).image_caption == "Jalur ketiga pabrik sepeda."

    def test_a_caption_further_down_is_not_that_of_the_lead_image(self) -> None:
        figure = "<figure><img src='/a.jpg'><figcaption>Jalur ketiga pabrik sepeda.</figcaption></figure>"
        text = [f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS]
        assert article(page("".join([*text[:4], figure, *text[4:]]))).image_caption is None

    def test_how_much_of_the_text_was_taken_away(self) -> None:
        assert article(page()).removed_share == 0.0
        residue = "Baca juga: " + "x" * 89
        whole = sum(len("".join(text.split())) for text in PARAGRAPHS)
        share = article(page([*PARAGRAPHS[:2], residue, *PARAGRAPHS[2:]])).removed_share
        assert share == pytest.approx(98 / (whole + 98), abs=0.0006)

    def test_agreement_is_high_where_a_second_extractor_finds_the_same(self) -> None:
        assert (article(page()).agreement or 0) > 0.9

    def test_agreement_is_low_where_it_does_not(self) -> None:
        text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
        html = page(f"<div class='sidebar'><aside class='teks'>{text}</aside></div>")
        assert (article(html, site=SiteRules("contoh", body_selector=".teks")).agreement or 0) < 0.5

    def test_the_word_on_a_button_is_no_keyword(self) -> None:
        json_ld = {"@type": "NewsArticle", "headline": HEADLINE, "keywords": ["sepeda", "Update me", "update mesin"]}
        assert article(page(json_ld=json_ld)).keywords == ("sepeda", "update mesin")

    def test_broken_json_ld_costs_nothing_else(self) -> None:
        html = page().replace(
            b"</head>", b'<script type="application/ld+json">{"@type": "NewsArticle", "headline": </script></head>'
        )
        assert article(html).body == BODY
