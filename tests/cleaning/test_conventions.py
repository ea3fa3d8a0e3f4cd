"""Golden pages of the forms in which Indonesian portals tell the news: what a reader reads is the text, and no more."""

import pytest

from pipelines.article import Article, Page
from pipelines.cleaning.cleaner import clean, clean_pages
from tests.cleaning.portal import WRITER, portal_page

OPENING = (
    "Nelayan di Tanjung Selor mulai memakai pelampung bersuara yang memberi tahu letak jaring ketika kabut turun. "
    "Alat itu dirakit oleh guru kejuruan dari pengeras suara bekas."
)
SECOND = (
    "Setiap pelampung berbunyi sekali dalam dua menit dan dapat didengar dari jarak setengah kilometer. Baterainya "
    "diisi oleh panel surya seukuran telapak tangan."
)
THIRD = (
    '"Dulu kami menabrak jaring tetangga dua kali sebulan, sekarang tidak pernah lagi," kata Darmawan, nelayan yang '
    "sudah melaut sejak berumur sebelas tahun."
)
LAST = (
    "Pemerintah kabupaten berencana membagikan tiga ratus pelampung sebelum musim kabut berikutnya, asalkan bengkel "
    "sekolah sanggup merakitnya tepat waktu."
)
HEADLINE = "Pelampung Bersuara Menuntun Nelayan Tanjung Selor di Tengah Kabut"


def article(
    content: str, *, headline: str = HEADLINE, kind: str = "NewsArticle", path: str = "/tekno/read/482910/judul"
) -> Article:
    html, url = portal_page(headline, content, path=path, kind=kind)
    record = clean(html, url)
    assert isinstance(record, Article), record
    assert (record.headline, record.author) == (headline, (WRITER,))
    return record


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def lines(*texts: str) -> str:
    return "\n".join(texts)


PAGE_BARS = (
    "<div class='paging'>Halaman <a class='active'>1</a> <a href='?page=2'>2</a> <a href='?page=2'>Selanjutnya</a>"
    "</div>",
    "<div class='multipage'><span>Laman:</span> <span>1</span> <a href='/2'>2</a></div>",
    "<ul class='pagination'><li><a href='#'>1</a></li><li><a href='?page=2'>2</a></li>"
    "<li><a href='?page=all'>Lihat Semua</a></li></ul>",
    "<p>1 dari 2 halaman</p>",
    "<p><strong>Halaman Selanjutnya: Baterai yang Tahan Garam</strong></p>",
)


@pytest.mark.parametrize("bar", PAGE_BARS)
def test_an_article_on_two_pages(bar: str) -> None:
    first, url = portal_page(HEADLINE, paragraphs(OPENING, SECOND) + bar)
    second, address = portal_page(HEADLINE, paragraphs(THIRD, LAST) + bar, path="/tekno/read/482910/judul/2")
    record = clean_pages([Page(url, first), Page(address, second)], url=url)
    assert isinstance(record, Article)
    assert (record.body, record.page_count) == (lines(OPENING, SECOND, THIRD, LAST), 2)


def test_an_article_whose_pages_stand_in_one_document() -> None:
    content = (
        f"<div class='item-page' data-page='1'>{paragraphs(OPENING, SECOND)}</div>"
        "<div class='paging-ad'><p>Advertisement</p></div><p class='page-number'>2 dari 2 halaman</p>"
        f"<div class='item-page' data-page='2'><h2>Baterai yang Tahan Garam</h2>{paragraphs(THIRD, LAST)}</div>"
    )
    assert article(content).body == lines(OPENING, SECOND, "Baterai yang Tahan Garam", THIRD, LAST)


ENTRIES = (
    ("14.32 WIB", "Kabut Menipis", LAST),
    ("13.05 WIB", "Dua Kapal Kembali", THIRD),
    ("11.48 WIB", "Pelampung Berbunyi", SECOND),
)


@pytest.mark.parametrize(
    "entry",
    [
        "<div class='live-item'><div class='live-time'>{0}</div><h3>{1}</h3><p>{2}</p></div>",
        "<li class='timeline-item'><time>{0}</time><h4>{1}</h4><div class='timeline-text'><p>{2}</p></div></li>",
        "<article class='liveblog-post'><span class='time'>{0}</span><h2>{1}</h2><p>{2}</p></article>",
    ],
)
def test_a_live_report(entry: str) -> None:
    entries = "".join(entry.format(*values) for values in ENTRIES)
    body = article(f"<p>{OPENING}</p><div class='live-report'>{entries}</div>", kind="LiveBlogPosting").body
    told = [line for line in body.splitlines() if "WIB" not in line]
    assert told == [OPENING, "Kabut Menipis", LAST, "Dua Kapal Kembali", THIRD, "Pelampung Berbunyi", SECOND]


QUESTIONS = (
    ("Berapa harga satu pelampung?", "Sekitar sembilan puluh ribu rupiah, sudah termasuk panel surya."),
    ("Apakah tahan ombak?", "Ya. Rumahnya ditutup damar dan sudah diuji selama satu musim angin barat."),
    ("Di mana membelinya?", "Pelampung belum dijual. Nelayan dapat memesannya lewat koperasi."),
)


@pytest.mark.parametrize(
    "item",
    [
        "<h3>{0}</h3><p>{1}</p>",
        "<details><summary>{0}</summary><p>{1}</p></details>",
        "<div class='faq-item'><button class='faq-question'>{0}</button><div class='faq-answer'><p>{1}</p></div></div>",
        "<p><strong>{0}</strong></p><p>{1}</p>",
        "<h3><a href='#jawab'>{0}</a></h3><div class='accordion-body'>{1}</div>",
    ],
)
def test_questions_and_answers(item: str) -> None:
    items = "".join(item.format(*pair) for pair in QUESTIONS)
    expected = lines(OPENING, SECOND, *(text for pair in QUESTIONS for text in pair))
    assert article(f"{paragraphs(OPENING, SECOND)}<div class='faq'>{items}</div>").body == expected


@pytest.mark.parametrize(
    "item",
    [
        "<h2><a href='https://toko.example/{0}'>{0}. {1}</a></h2><p>{2}</p>",
        "<div class='list-item'><h3>{0}. <a href='https://toko.example/{0}'>{1}</a></h3><img src='{0}.jpg' alt=''>"
        "<p>{2}</p></div>",
        "<h3><a href='/tag/{0}'>{0}. {1}</a></h3><figure><img src='{0}.jpg' alt=''><figcaption>{1} (Foto: Istimewa)"
        "</figcaption></figure><p>{2}</p><p>Baca Juga: <a href='/lain/{0}'>Cara Merawat Jaring</a></p>",
    ],
)
def test_a_list_with_linked_headings(item: str) -> None:
    things = (("Pelampung Damar", SECOND), ("Peluit Karang", THIRD), ("Lonceng Mangrove", LAST))
    items = "".join(item.format(n, *thing) for n, thing in enumerate(things, 1))
    numbered = [text for n, (name, told) in enumerate(things, 1) for text in (f"{n}. {name}", told)]
    assert article(f"<p>{OPENING}</p>{items}", headline="3 Alat Bersuara untuk Nelayan").body == lines(
        OPENING, *numbered
    )


@pytest.mark.parametrize(
    "pointer",
    [
        "<div class='sisipan'><h3><a href='/tekno/read/1/a'>Cara Merawat Jaring di Musim Hujan</a></h3></div>",
        "<table class='linksisip'><tr><td><h5>Lihat Juga :</h5><a href='/tekno/read/1/a'>Cara Merawat Jaring</a></td>"
        "</tr></table>",
        "<p><strong>Baca juga: <a href='/tekno/read/1/a'>Cara Merawat Jaring di Musim Hujan</a></strong></p>",
    ],
)
def test_linked_headings_that_point_to_other_articles(pointer: str) -> None:
    content = pointer.join(f"<p>{text}</p>" for text in (OPENING, SECOND, THIRD, LAST))
    assert article(content).body == lines(OPENING, SECOND, THIRD, LAST)


@pytest.mark.parametrize("texts", [(OPENING,), (SECOND, THIRD), (OPENING, SECOND, THIRD)], ids=["30", "45", "75"])
@pytest.mark.parametrize("tag", ["p", "div"])
def test_a_short_report(texts: tuple[str, ...], tag: str) -> None:
    content = "".join(f"<{tag}>{text}</{tag}>" for text in texts)
    assert article(f"{content}<strong>(wen/dar)</strong>").body == lines(*texts)


@pytest.mark.parametrize(
    "photo",
    [
        "<figure><img src='{0}.jpg'><figcaption>{1} (Foto: Wening Astuti/Kabar Tanjung)</figcaption></figure>",
        "<div class='photo-item'><div class='photo-count'>{0}/4</div><img src='{0}.jpg'><div class='photo-caption'>{1} "
        "Foto: Wening Astuti</div></div>",
        "<div class='slide'><img src='{0}.jpg'><p class='caption'>{1} <span>(ANTARA FOTO/Wening Astuti)</span></p>"
        "</div>",
    ],
)
def test_a_story_in_photographs(photo: str) -> None:
    texts = (OPENING, SECOND, THIRD, LAST)
    content = "".join(photo.format(n, text) for n, text in enumerate(texts, 1))
    assert article(content, kind="ImageGallery").body == lines(*texts)


def test_an_infographic_with_a_text() -> None:
    content = (
        f"{paragraphs(OPENING, SECOND, LAST)}<figure><img src='infografis.png' alt='Infografis Pelampung Bersuara'>"
        "<figcaption>Infografis Pelampung Bersuara (Kabar Tanjung/Wening Astuti)</figcaption></figure>"
    )
    assert article(content, headline="Infografis: Cara Kerja Pelampung Bersuara").body == lines(OPENING, SECOND, LAST)


TWEET = (
    '<blockquote class="twitter-tweet"><p lang="in" dir="ltr">Kabut tebal lagi pagi ini, untung ada bunyi tut-tut. '
    '<a href="https://t.co/x">pic.twitter.com/x</a></p>&mdash; Koperasi Laut (@koperasilaut) '
    '<a href="https://twitter.com/koperasilaut/status/1">November 17, 2026</a></blockquote>'
    '<script async src="https://platform.twitter.com/widgets.js"></script>'
)
INSTAGRAM = (
    '<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/p/x/"><div><a href="#">'
    "<div>Lihat postingan ini di Instagram</div></a><p><a href='#'>Sebuah kiriman dibagikan oleh Koperasi Laut "
    "(@koperasilaut)</a></p></div></blockquote>"
)
TIKTOK = (
    '<blockquote class="tiktok-embed" cite="https://www.tiktok.com/@koperasilaut/video/1"><section><a href="#">'
    "@koperasilaut</a> Suara pelampung di tengah kabut <a href='#'>#nelayan</a> <a href='#'>♬ suara asli - Koperasi"
    "</a></section></blockquote>"
)
YOUTUBE = '<div class="video-embed"><iframe src="https://www.youtube.com/embed/x" title="Pelampung"></iframe></div>'


@pytest.mark.parametrize("embed", [TWEET, INSTAGRAM, TIKTOK, YOUTUBE], ids=["x", "instagram", "tiktok", "youtube"])
def test_embeds_among_the_paragraphs(embed: str) -> None:
    content = f"{paragraphs(OPENING, SECOND)}{embed}{paragraphs(THIRD, LAST)}"
    assert article(content).body == lines(OPENING, SECOND, THIRD, LAST)


def test_a_quotation_set_apart() -> None:
    content = f"{paragraphs(OPENING)}<blockquote><p>{THIRD}</p></blockquote>{paragraphs(SECOND, LAST)}"
    assert article(content).body == lines(OPENING, THIRD, SECOND, LAST)


ROWS = (("Berat", "1,2 kg"), ("Baterai", "2.000 mAh"), ("Jangkauan", "500 m"), ("Harga", "Rp 90.000"), ("2025", "2026"))


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("<table><tbody>{}</tbody></table>", "<tr><td>{0}</td><td>{1}</td></tr>"),
        ("<div class='table-responsive'><table><tbody>{}</tbody></table></div>", "<tr><th>{0}</th><td>{1}</td></tr>"),
        (
            "<figure class='wp-block-table'><table>{}</table></figure>",
            "<tr><td><strong>{0}</strong></td><td>{1}</td></tr>",
        ),
    ],
)
def test_a_table_of_specifications(table: str, row: str) -> None:
    rows = table.format("".join(row.format(*values) for values in ROWS))
    record = article(f"{paragraphs(OPENING, SECOND)}<h2>Spesifikasi</h2>{rows}{paragraphs(LAST)}")
    assert record.body == lines(OPENING, SECOND, "Spesifikasi", *(f"{a} {b}" for a, b in ROWS), LAST)
    assert "| Berat | 1,2 kg |" in (record.body_markdown or "").replace("**", "")


def test_specifications_as_a_list() -> None:
    items = "".join(f"<li>{name}: {value}</li>" for name, value in ROWS[:4])
    content = f"{paragraphs(OPENING, SECOND)}<h2>Spesifikasi</h2><ul>{items}</ul>{paragraphs(LAST)}"
    expected = lines(OPENING, SECOND, "Spesifikasi", *(f"{name}: {value}" for name, value in ROWS[:4]), LAST)
    assert article(content).body == expected


def test_a_podcast_with_a_text() -> None:
    player = (
        "<div class='audio-player'><audio controls src='e12.mp3'></audio><span>00:00</span><span>32:10</span></div>"
        "<ul class='listen-on'><li><a href='https://open.spotify.com/x'>Dengarkan di Spotify</a></li>"
        "<li><a href='https://podcasts.apple.com/x'>Apple Podcasts</a></li></ul>"
    )
    record = article(player + paragraphs(OPENING, SECOND, THIRD), kind="PodcastEpisode")
    assert record.body == lines(OPENING, SECOND, THIRD)


def test_a_video_with_a_text() -> None:
    player = (
        "<div class='video-player'><video src='v.mp4'></video><div class='video-duration'>02:15</div></div>"
        "<div class='video-label'>Video: Pelampung Bersuara</div>"
    )
    record = article(player + paragraphs(OPENING, SECOND, THIRD, LAST), kind="VideoObject", path="/video/482910/judul")
    assert record.body == lines(OPENING, SECOND, THIRD, LAST)
