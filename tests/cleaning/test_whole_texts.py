"""Odd markup around and inside an article costs none of its text, and brings in nothing else."""

import json
from html import escape

import pytest

from pipelines.article import Article
from pipelines.cleaning.blocks import BlockRole, flatten
from pipelines.cleaning.cleaner import clean
from pipelines.cleaning.document import parse
from pipelines.cleaning.site_rules import SiteRules
from tests.cleaning.newspage import BODY, HEADLINE, PARAGRAPHS, PUBLISHED, URL

TEXT = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
FIRST, SECOND, THIRD, FOURTH, FIFTH = (f"<p>{text}</p>" for text in PARAGRAPHS)

COOKIES = (
    "<div class='pemberitahuan'><p>Kami memakai kuki agar situs ini bekerja lebih baik dan iklan sesuai minat "
    "Anda. Dengan melanjutkan, Anda menyetujui kebijakan privasi kami yang berlaku sejak awal tahun.</p></div>"
)
HEAD = (
    f"<!doctype html><html lang='id'><head><meta charset='utf-8'><title>{HEADLINE}</title>"
    f"<meta property='article:published_time' content='{PUBLISHED}'>"
)
MENU = "<header><a href='/'>Beranda</a> <a href='/gawai'>Gawai</a> <a href='/gim'>Gim</a></header>"
FOOTER = "<footer><p>Contoh Kabar memuat berita teknologi dari Malang. Hubungi kami lewat surel.</p></footer>"


def body_of(content: str, *, head: str = "", before: str = "", after: str = FOOTER, headline: str = "") -> str:
    """The body of a page whose article is the markup `content`, below the headline."""
    title = headline or f"<h1>{HEADLINE}</h1>"
    html = f"{HEAD}{head}</head><body>{MENU}{before}<main>{title}{content}</main>{after}</body></html>"
    record = clean(html.encode(), URL)
    assert isinstance(record, Article), record
    return record.body


class TestAroundTheArticle:
    @pytest.mark.parametrize("name", ["aside", "footer", "nav", "form", "header", "button", "figure", "fieldset"])
    @pytest.mark.parametrize("before", ["", COOKIES], ids=["alone", "under a notice"])
    def test_an_element_that_is_meant_for_something_else(self, name: str, before: str) -> None:
        assert body_of(f"<{name}>{TEXT}</{name}>", before=before) == BODY

    @pytest.mark.parametrize("name", ["noscript", "template", "textarea", "dialog", "object", "video"])
    def test_an_element_that_browsers_show_seldom(self, name: str) -> None:
        assert body_of(f"<{name}>{TEXT}</{name}>") == BODY

    @pytest.mark.parametrize(
        "name",
        [
            "sidebar", "comment", "comments-area", "related-content", "share-box", "widget", "promo", "popup", "modal",
            "footer-content", "author-content", "tags", "embed", "caption", "advertisement", "social", "toc",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("before", ["", COOKIES], ids=["alone", "under a notice"])
    def test_a_name_that_is_meant_for_something_else(self, name: str, before: str) -> None:
        assert body_of(f"<div class='{name}'>{TEXT}</div>", before=before) == BODY
        assert body_of(f"<div id='{name}'>{TEXT}</div>", before=before) == BODY

    @pytest.mark.parametrize("name", ["nav", "button", "select", "video", "object", "svg", "embed", "label", "option"])
    def test_an_element_above_it_that_is_never_closed(self, name: str) -> None:
        longer = TEXT + "".join(f"<p>{text} Begitu katanya lagi.</p>" for text in PARAGRAPHS)
        expected = f"{BODY}\n" + "\n".join(f"{text} Begitu katanya lagi." for text in PARAGRAPHS)
        assert body_of(longer, headline=f"<{name}><a href='/'>Menu</a><h1>{HEADLINE}</h1>") == expected

    def test_a_document_in_an_attribute(self) -> None:
        assert body_of(f'<iframe srcdoc="{escape(TEXT)}"></iframe>') == BODY
        assert body_of(f'<div>{TEXT}</div><iframe srcdoc="{escape(TEXT)}"></iframe>') == BODY

    def test_the_name_of_a_writers_biography(self) -> None:
        longer = TEXT + "".join(f"<p>{text} Begitu katanya lagi.</p>" for text in PARAGRAPHS)
        expected = f"{BODY}\n" + "\n".join(f"{text} Begitu katanya lagi." for text in PARAGRAPHS)
        assert body_of(f"<div class='author-box'>{longer}</div>") == expected

    @pytest.mark.parametrize("name", ["modal", "tags", "comments", "popup login", "banner", "share"])
    def test_a_name_around_headline_and_text_says_nothing_of_them(self, name: str) -> None:
        html = f"{HEAD}</head><body><div class='{name}'><h1>{HEADLINE}</h1>{TEXT}</div></body></html>"
        blocks = flatten(parse(html.encode(), URL).tree)
        assert [block.text for block in blocks if not block.roles] == [HEADLINE, *PARAGRAPHS]

    def test_a_name_around_a_section_is_that_of_the_section(self) -> None:
        html = (
            f"{HEAD}</head><body><h1>{HEADLINE}</h1>{TEXT}<div class='comments'><h2>Gawai</h2><p>Ya.</p></div></body>"
        )
        blocks = flatten(parse(html.encode(), URL).tree)
        assert [block.text for block in blocks if block.roles & BlockRole.COMMENTS] == ["Gawai", "Ya."]

    @pytest.mark.parametrize("name", ["noscript", "template", "textarea", "dialog"])
    def test_a_second_copy_of_it_is_left_out(self, name: str) -> None:
        assert body_of(f"<div>{TEXT}</div><{name}>{TEXT}</{name}>") == BODY


class TestParagraphs:
    @pytest.mark.parametrize("name", ["div", "section", "center", "x-paragraf", "paragraf", "article", "h6"])
    def test_under_another_name_among_the_others(self, name: str) -> None:
        second, fourth = (f"<{name}>{PARAGRAPHS[n]}</{name}>" for n in (1, 3))
        assert body_of(f"<div class='isi'>{FIRST}{second}{THIRD}{fourth}{FIFTH}</div>") == BODY

    @pytest.mark.parametrize("name", ["div", "section", "span", "x-paragraf", "font"])
    def test_all_under_another_name(self, name: str) -> None:
        content = "".join(f"<{name}>{text}</{name}>\n" for text in PARAGRAPHS)
        assert body_of(f"<div class='isi'>{content}</div>").replace("\n", " ") == BODY.replace("\n", " ")

    def test_spans_that_stand_as_paragraphs_are_lines_of_their_own(self) -> None:
        content = "".join(f"<span class='alinea'>{text}</span>" for text in PARAGRAPHS)
        assert body_of(f"<div class='isi'>{content}</div>") == BODY

    def test_spans_inside_a_paragraph_are_not(self) -> None:
        content = f"<p><span>{PARAGRAPHS[0]}</span> <span>{PARAGRAPHS[1]}</span></p>{THIRD}{FOURTH}"
        assert body_of(f"<div class='isi'>{content}</div>").split("\n")[0] == f"{PARAGRAPHS[0]} {PARAGRAPHS[1]}"

    def test_three_of_one_kind_before_those_of_another(self) -> None:
        content = "".join(f"<div>{text}</div>" for text in PARAGRAPHS[:3]) + FOURTH + FIFTH
        assert body_of(f"<div class='isi'>{content}</div>") == BODY

    def test_bare_text_and_line_breaks_among_the_others(self) -> None:
        content = f"{FIRST}{PARAGRAPHS[1]}<br><br>{PARAGRAPHS[2]}<br>{FOURTH}{PARAGRAPHS[4]}"
        assert body_of(f"<div class='isi'>{content}</div>") == BODY

    def test_in_wrappers_of_their_own(self) -> None:
        content = "".join(f"<div class='blok'><div><p>{text}</p></div></div>" for text in PARAGRAPHS[1:3])
        assert body_of(f"<div class='isi'>{FIRST}{content}{FOURTH}{FIFTH}</div>") == BODY

    def test_in_an_anchor_that_leads_nowhere(self) -> None:
        assert body_of(f"<div class='isi'><a name='atas'>{TEXT}</div>") == BODY

    def test_a_box_among_them_is_not_one(self) -> None:
        box = "<div class='newsletter-box'>Daftar untuk menerima kabar gawai setiap pagi di surel Anda, gratis.</div>"
        assert body_of(f"<div class='isi'>{FIRST}{SECOND}{box}{THIRD}{FOURTH}{FIFTH}</div>") == BODY


class TestStreamedText:
    """Pieces that a script puts into their places: React's `S:`, in place of the templates `B:` and `P:`."""

    def test_a_piece_stands_where_its_template_is(self) -> None:
        template = "<!--$?--><template id='B:0'></template><p>Memuat…</p><!--/$-->"
        piece = f"<div hidden id='S:0'>{SECOND}{THIRD}</div><script>$RC('B:0','S:0')</script>"
        content = f"<div class='isi'>{FIRST}{template}{FOURTH}{FIFTH}</div>"
        assert body_of(content, after=f"{FOOTER}{piece}").replace("Memuat…\n", "") == BODY

    def test_a_piece_in_a_piece(self) -> None:
        pieces = (
            f"<div hidden id='S:1'>{THIRD}</div>"
            f"<div hidden id='S:0'><div class='isi'>{FIRST}{SECOND}<template id='P:1'></template>"
            f"{FOURTH}{FIFTH}</div></div>"
        )
        assert body_of("<template id='B:0'></template>", after=f"{FOOTER}{pieces}") == BODY

    def test_pieces_that_hold_each_other_stay_where_they_are(self) -> None:
        pieces = (
            "<div hidden id='S:0'><template id='B:1'></template></div>"
            "<div hidden id='S:1'><template id='B:0'></template><template id='B:1'></template></div>"
        )
        assert body_of(f"<div class='isi'>{TEXT}</div>{pieces}") == BODY

    def test_a_chain_of_pieces_is_put_no_deeper_than_can_be_read(self) -> None:
        nested = "<div>" * 90
        pieces = "".join(
            f"<div hidden id='S:{n}'>{nested}<template id='B:{n + 1}'></template></div>" for n in range(300)
        )
        assert body_of(f"<div class='isi'>{TEXT}</div><template id='B:0'></template>{pieces}") == BODY

    @pytest.mark.parametrize("attribute", ["shadowrootmode='open'", "shadowroot='open'"])
    def test_a_shadow_root_is_what_its_host_shows(self, attribute: str) -> None:
        story = f"<x-berita><template {attribute}><div class='isi'>{TEXT}</div></template></x-berita>"
        assert body_of(story, before=COOKIES) == BODY


class TestHeadings:
    def test_questions_that_buttons_open(self) -> None:
        answers = (
            f"<h3><button aria-expanded='false'>Di mana pabriknya</button></h3>{SECOND}"
            f"<button aria-controls='j2'>Siapa yang merancang robotnya?</button><div id='j2'>{FOURTH}</div>"
            "<button aria-expanded='false'>Menu</button>"
        )
        expected = [
            PARAGRAPHS[0], "Di mana pabriknya", PARAGRAPHS[1], "Siapa yang merancang robotnya?", PARAGRAPHS[3],
            PARAGRAPHS[4],
        ]  # fmt: skip
        assert body_of(f"<div class='isi'>{FIRST}{answers}{FIFTH}</div>").split("\n") == expected

    def test_sections_under_headings_of_the_first_level(self) -> None:
        content = f"{FIRST}<h1>Lengan robot</h1>{SECOND}{THIRD}<h1>Jalan ke pabrik</h1>{FOURTH}{FIFTH}"
        lines = body_of(f"<div class='isi'>{content}</div>").split("\n")
        assert lines == [*PARAGRAPHS[:1], "Lengan robot", *PARAGRAPHS[1:3], "Jalan ke pabrik", *PARAGRAPHS[3:]]

    def test_a_single_one_is_the_headline_in_other_words(self) -> None:
        assert body_of(f"<div class='isi'><h1>Jalur Ketiga Dibuka</h1>{TEXT}</div>") == BODY

    @pytest.mark.parametrize("link", ["#tanya-2", "javascript:void(0)"])
    def test_questions_at_the_end_that_link_to_their_answers(self, link: str) -> None:
        questions = (
            f"<h3><a href='{link}'>Berapa harganya?</a></h3><p>Belum diumumkan, kata kepala pabrik.</p>"
            f"<h3><a href='{link}'>Kapan dijual?</a></h3><p>Awal tahun depan, bila izinnya keluar.</p>"
        )
        body = body_of(f"<div class='isi'>{TEXT}{questions}</div>")
        assert body.startswith(BODY)
        assert body.endswith("Kapan dijual?\nAwal tahun depan, bila izinnya keluar.")

    def test_things_that_link_to_their_sites_all_through_the_text(self) -> None:
        items = [f"<h3><a href='https://toko.example/{n}'>Sepeda nomor {n}</a></h3>" for n in range(5)]
        content = "".join(item + text for item, text in zip(items[:3], (FIRST, SECOND, FOURTH), strict=True))
        content += f"{items[3]}<p>Sepeda lipat yang ringan.</p>{items[4]}<p>Sepeda barang yang kuat.</p>"
        body = body_of(f"<div class='isi'>{content}</div>")
        assert body.endswith("Sepeda nomor 4\nSepeda barang yang kuat.")

    def test_other_articles_at_the_end_are_left_out(self) -> None:
        teasers = "".join(
            f"<h3><a href='/gawai/kabar-{n}'>Kabar Gawai Nomor {n} dari Malang</a></h3><p>Ringkasan kabar itu.</p>"
            for n in range(3)
        )
        assert body_of(f"<div class='isi'>{TEXT}{teasers}</div>") == BODY


class TestFoldedText:
    @pytest.mark.parametrize(
        "attributes",
        [
            'style="display:none"',
            'style="display: none;"',
            "hidden",
            'aria-hidden="true"',
            'class="collapse"',
            'class="read-more-content"',
            'style="max-height:0;overflow:hidden"',
            'id="more"',
            'class="hidden"',
            '[hidden]="tertutup"',
        ],
    )
    @pytest.mark.parametrize("name", ["div", "section"])
    def test_the_second_half_that_a_button_unfolds(self, attributes: str, name: str) -> None:
        rest = f"<{name} {attributes}>{THIRD}{FOURTH}{FIFTH}</{name}>"
        button = "<button>Baca selengkapnya</button>"
        assert body_of(f"<div class='isi'>{FIRST}{SECOND}{rest}{button}</div>") == BODY
        assert body_of(f"<div class='isi'>{FIRST}{SECOND}</div>{button}{rest}") == BODY

    def test_details(self) -> None:
        rest = f"<details><summary>Baca selengkapnya</summary>{THIRD}{FOURTH}{FIFTH}</details>"
        assert body_of(f"<div class='isi'>{FIRST}{SECOND}{rest}</div>") == BODY

    def test_each_paragraph_folded_by_itself(self) -> None:
        rest = "".join(f"<p style='display:none'>{text}</p>" for text in PARAGRAPHS[2:])
        assert body_of(f"<div class='isi'>{FIRST}{SECOND}{rest}</div>") == BODY

    def test_all_of_it(self) -> None:
        assert body_of(f"<div class='isi' style='display:none'>{TEXT}</div>", before=COOKIES) == BODY

    def test_a_hidden_dialog_behind_the_text_is_not_part_of_it(self) -> None:
        dialog = (
            "<div class='modal' style='display:none'><p>Silakan masuk untuk menyimpan berita ini di daftar Anda. "
            "Akun Anda berlaku di semua situs kami.</p></div>"
        )
        assert body_of(f"<div class='isi'>{TEXT}</div>{dialog}") == BODY

    def test_hidden_answers_of_another_place_are_not_part_of_it(self) -> None:
        glossary = "".join(f"<p>Istilah {n}: {PARAGRAPHS[n % 5][:90]} dan seterusnya.</p>" for n in range(30))
        page_parts = "<ul><li><a href='/a'>Berita lain</a></li><li><a href='/b'>Kabar lain</a></li></ul><h3>Kamus</h3>"
        hidden = f"<div style='display:none' class='kamus'>{glossary}</div>"
        assert body_of(f"<div class='isi'>{TEXT}</div>{page_parts * 3}{hidden}") == BODY


class TestEscapedMarkup:
    @pytest.mark.parametrize("times", [1, 2, 3])
    def test_as_often_as_it_was_escaped(self, times: int) -> None:
        content = f"{FIRST}{SECOND}"
        for _ in range(times):
            content = escape(content)
        assert body_of(f"<div class='isi'><p>{content}</p>{THIRD}{FOURTH}{FIFTH}</div>") == BODY

    def test_all_of_the_text(self) -> None:
        content = TEXT.replace("<p>", "<p class='alinea' style=\"margin:0\">")
        assert body_of(f"<div class='isi'>{escape(content)}</div>") == BODY

    def test_line_breaks_and_inline_elements(self) -> None:
        strong = PARAGRAPHS[1].replace("kepala pabrik", "&lt;strong&gt;kepala pabrik&lt;/strong&gt;")
        link = PARAGRAPHS[2].replace("kepala pabrik", '&lt;a href="/orang"&gt;kepala pabrik&lt;/a&gt;')
        content = f"{FIRST}<p>{strong}</p><p>{link}</p><p>{PARAGRAPHS[3]}&lt;br /&gt;&lt;br /&gt;{PARAGRAPHS[4]}</p>"
        assert body_of(f"<div class='isi'>{content}</div>") == BODY

    def test_comments_of_the_editor_scripts_and_pictures(self) -> None:
        content = (
            f"&lt;!-- wp:paragraph --&gt;{escape(FIRST)}&lt;!-- /wp:paragraph --&gt;"
            f"{escape('<script>var iklan = 1;</script>')}{escape('<img src=a.jpg alt=x>')}{escape(SECOND)}"
        )
        assert body_of(f"<div class='isi'><div>{content}</div>{THIRD}{FOURTH}{FIFTH}</div>") == BODY

    def test_a_stray_end_tag(self) -> None:
        content = TEXT.replace("</p>", "&lt;/p&gt;</p>")
        assert body_of(f"<div class='isi'>{content}</div>") == BODY

    def test_as_json_writes_it(self) -> None:
        content = f"{FIRST}{SECOND}".replace("<", "\\u003c").replace(">", "\\u003e")
        assert body_of(f"<div class='isi'><p>{content}</p>{THIRD}{FOURTH}{FIFTH}</div>") == BODY

    def test_what_is_written_about_markup_stays(self) -> None:
        lesson = "Tag <b>dan</b> elemen <p>Halo dunia</p> dipakai untuk menulis halaman web, kata pengajar itu."
        text = (
            f"<div class='isi'>{FIRST}<p>{escape(lesson)}</p><pre>{escape('<p>Contoh</p>')}</pre>{THIRD}{FOURTH}</div>"
        )
        body = body_of(text)
        assert lesson in body
        assert "<p>Contoh</p>" in body

    def test_comparisons_stay(self) -> None:
        said = "Suhu baterai tetap < 40 derajat dan arus > 2 ampere selama pengujian, kata kepala pabrik & timnya."
        assert said in body_of(f"<div class='isi'>{FIRST}<p>{escape(said)}</p>{THIRD}{FOURTH}</div>")


class TestTextThatIsClosedEarly:
    @pytest.mark.parametrize(
        "end",
        [
            "</body></html>", "</body>", "</html>", "</BODY></HTML>", "</body ></html\n>",
            "<script>x()</script></body></html><!-- iklan -->", "</html><html><body>", "</p></body></html>",
        ],
    )  # fmt: skip
    def test_the_page(self, end: str) -> None:
        assert body_of(f"<div class='isi'>{FIRST}{SECOND}{end}{THIRD}{FOURTH}{FIFTH}</div>") == BODY

    @pytest.mark.parametrize("end", ["</div>", "</article>", "</div></article>", "</div></div></article>", "</main>"])
    def test_its_element(self, end: str) -> None:
        content = f"<article><div class='isi'>{FIRST}{SECOND}{THIRD}{end}{FOURTH}{FIFTH}</div></article>"
        assert body_of(content) == BODY

    @pytest.mark.parametrize("tag", ["<html/>", "<body/>", "<html lang='id' />"])
    def test_the_page_in_its_first_tag(self, tag: str) -> None:
        html = (
            f"{tag}<head><title>{HEADLINE}</title></head><body>{MENU}<h1>{HEADLINE}</h1><time datetime='{PUBLISHED}'>"
        )
        record = clean(f"{html}</time><div class='isi'>{TEXT}</div></body>".encode(), URL)
        assert isinstance(record, Article), record
        assert record.body == BODY


class TestTextInThePagesData:
    STUB = "<div class='isi'><div class='kerangka'></div></div>"

    def script(self, text: str) -> str:
        node = {"@type": "NewsArticle", "headline": HEADLINE, "datePublished": PUBLISHED, "articleBody": text}
        return f'<script type="application/ld+json">{json.dumps(node)}</script>'

    @pytest.mark.parametrize(
        "text",
        [
            "\n".join(PARAGRAPHS),
            "\r\n\r\n".join(PARAGRAPHS),
            TEXT,
            escape(TEXT),
            escape(escape(TEXT)),
            "<br><br>".join(PARAGRAPHS),
            TEXT.replace("<", "\\u003c").replace(">", "\\u003e"),
        ],
        ids=["lines", "windows", "markup", "escaped", "escaped twice", "breaks", "json twice"],
    )
    def test_as_article_body(self, text: str) -> None:
        assert body_of(self.STUB, head=self.script(text)) == BODY

    def test_where_the_markup_has_but_its_beginning(self) -> None:
        assert body_of(f"<div class='isi'>{FIRST}</div>", head=self.script("\n".join(PARAGRAPHS * 4))).count("\n") == 19

    def test_where_the_markup_has_something_else(self) -> None:
        assert body_of(f"<div class='isi'></div>{COOKIES}", head=self.script("\n".join(PARAGRAPHS))) == BODY

    def test_a_summary_in_the_data_does_not_replace_the_text(self) -> None:
        assert (
            body_of(f"<div class='isi'>{TEXT}</div>", head=self.script(f"{PARAGRAPHS[0]} {PARAGRAPHS[1][:40]}")) == BODY
        )


class TestTables:
    def test_a_text_laid_out_in_a_table(self) -> None:
        cells = f"<table><tr><td><a href='/'>Menu</a></td><td>{TEXT}</td></tr></table>"
        assert body_of(cells) == BODY

    @pytest.mark.parametrize("stray", ["</td></tr></table>", "</table>", "</tr>", "<td>", "<tr><td>", "</tbody>"])
    def test_with_stray_tags(self, stray: str) -> None:
        table = f"<table><tr><td>Berat</td><td>21 kilogram</td></tr>{stray}</table>"
        lines = body_of(f"<div class='isi'>{FIRST}{SECOND}{table}{THIRD}{FOURTH}{FIFTH}</div>").split("\n")
        assert [line for line in lines if line in PARAGRAPHS] == list(PARAGRAPHS)

    def test_paragraphs_between_its_rows(self) -> None:
        table = f"<table>{SECOND}<tr><td>Berat</td><td>21 kilogram</td></tr>{THIRD}</table>"
        lines = body_of(f"<div class='isi'>{FIRST}{table}{FOURTH}{FIFTH}</div>").split("\n")
        assert [line for line in lines if line in PARAGRAPHS] == list(PARAGRAPHS)


class TestCommentsOfReaders:
    def test_comments_are_not_the_text_of_a_video_without_one(self) -> None:
        remarks = "".join(
            f"<li class='comment'><b>Pembaca {n}</b><p>{PARAGRAPHS[n % 5]}</p><p>Salam dari pembaca nomor {n}.</p></li>"
            for n in range(8)
        )
        html = f"{HEAD}</head><body>{MENU}<h1>{HEADLINE}</h1><div id='comments'><ol>{remarks}</ol></div></body></html>"
        assert not isinstance(clean(html.encode(), URL), Article)

    def test_comments_below_a_brief_are_left_out(self) -> None:
        remarks = "".join(f"<div class='comment'><p>Saya setuju. {text}</p></div>" for text in PARAGRAPHS * 3)
        assert body_of(f"<div class='isi'>{FIRST}</div><section class='comments'>{remarks}</section>") == PARAGRAPHS[0]


class TestInvitations:
    @pytest.mark.parametrize(
        "line",
        [
            "Simak kabar lain yang lebih lengkap di <a href='/'>Berita Contoh</a>",
            "Baca berita menarik lainnya hanya di <a href='/'>Contoh Kabar</a>.",
            "Ikuti informasi terbaru seputar gawai di <a href='/'>ContohKabar.id</a>",
            "Dapatkan update terkini lewat kanal <a href='/'>Contoh Kabar</a>!",
        ],
    )
    @pytest.mark.parametrize("selector", [None, ".isi"], ids=["any site", "with site rules"])
    def test_to_read_on_at_the_portal_is_not_part_of_the_text(self, line: str, selector: str | None) -> None:
        html = (
            f"{HEAD}</head><body>{MENU}<h1>{HEADLINE}</h1><div class='isi'><div>{TEXT}</div><p>{line}</p></div></body>"
        )
        record = clean(html.encode(), URL, site=SiteRules("contoh", body_selector=selector))
        assert isinstance(record, Article), record
        assert record.body == BODY
