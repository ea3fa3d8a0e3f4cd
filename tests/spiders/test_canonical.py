"""One URL for one article, whatever address it was announced or reached under."""

import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from spiders.canonical import SiteUrls, stated_canonical
from spiders.site import known_by_domain

PORTAL = SiteUrls(
    home="https://tekno.kabar.co.id/",
    hosts=frozenset({"tekno.kabar.co.id"}),
    article_url=re.compile(r"/(d-\d+|read/\d+)/"),
    source_hosts=frozenset({"feeds.kabar.co.id"}),
    page_keys=frozenset({"page", "single"}),
)
BLOG = SiteUrls(
    home="https://www.gawai.id/",
    hosts=frozenset({"www.gawai.id"}),
    article_url=re.compile(r"gawai\.id/[a-z]+/[a-z0-9-]+/$"),
    trailing_slash=True,
)
ARTICLE = "https://tekno.kabar.co.id/d-7/ponsel-baru"


@pytest.mark.parametrize(
    "address",
    [
        "https://tekno.kabar.co.id/d-7/ponsel-baru",
        "http://tekno.kabar.co.id/d-7/ponsel-baru",
        "HTTPS://Tekno.Kabar.CO.ID:443/d-7/ponsel-baru",
        "https://tekno.kabar.co.id./d-7/ponsel-baru",
        " https://tekno.kabar.co.id/d-7/ponsel-baru\n",
        "https://tekno.kabar.co.id/d-7/ponsel-baru/",
        "https://tekno.kabar.co.id//d-7//ponsel-baru",
        "https://tekno.kabar.co.id/d-7/ponsel-baru#komentar",
        "https://tekno.kabar.co.id/d-7/ponsel-baru?utm_source=x&utm_medium=y&fbclid=z",
        "https://tekno.kabar.co.id/d-7/ponsel-baru?jxrecoid=1a2b&source=widget",
        "https://tekno.kabar.co.id/d-7/ponsel-baru?single=1",
        "https://tekno.kabar.co.id/d-7/ponsel-baru?page=all#page2",
        "https://tekno.kabar.co.id/d-7/ponsel-baru?page=2",
        "https://tekno.kabar.co.id/d-7/ponsel-baru/3",
        "https://tekno.kabar.co.id/d-7/ponsel-baru/amp/",
        "https://tekno.kabar.co.id/amp/d-7/ponsel-baru",
        "https://tekno.kabar.co.id/d-7/ponsel-baru?amp",
        "https://m.tekno.kabar.co.id/d-7/ponsel-baru",
        "https://amp.tekno.kabar.co.id/d-7/ponsel-baru",
        "https://www.tekno.kabar.co.id/d-7/ponsel-baru",
        "https://tekno.kabar.co.id:80/d-7/ponsel-baru",
        "http://tekno.kabar.co.id:443/d-7/ponsel-baru",
        *(
            f"https://tekno.kabar.co.id/d-7/ponsel-baru{tail}"
            for tail in (
                *("?utm_source=x&amp;utm_medium=y", "?amp%3Butm_medium=y", "?a=1&amp;amp;amp;utm_medium=y"),
                *(
                    "&utm_source=x",
                    "&amp;utm_source=x&b=2",
                    "%3Futm_source%3Dx",
                    "/&fbclid=x",
                    "?utm_source=a?utm_medium=b",
                ),
                *(
                    "?gad_source=1&gbraid=2",
                    "?srsltid=Af",
                    "?wbraid=1&gad_campaignid=2",
                    "?mtype=mpc.ctr.A-1",
                    "?medium=wa",
                ),
                *("?lgn_method=google&google_btn=onetap", "?zoom_infografis", "?tagfrom=9", "?photo=31", "?s=lanjut"),
                *(
                    "?PHPSESSID=1a",
                    "?jsessionid=1A",
                    ";jsessionid=1A",
                    "/;jsessionid=1A?x=1",
                    "?sid=9f3c",
                    "?ASPSESSIONIDQA=1",
                ),
                *("?apa=saja", "?a=1&b=2", "?halaman=2", "?hal=3", "?p=2", "?page=2&s=lanjut", "?page=2/", "?"),
                *("%20", "%20%0A", "%C2%A0", "%E2%80%8B/", "#page2", "#!", "#!/2", "%23komentar", "/./", "//"),
                *("/page/2/", "/halaman/2", "/halaman-2", "/2.html", "-halaman-2", "-page-2/", "/2/?hal=2"),
                *("/all", "/All", "/page/all", "/full", "/print", "/cetak/", "/index.html", "/amp/2", "/AMP", ".amp"),
            )
        ),
    ],
)
def test_every_address_of_an_article_leads_to_the_same_url(address):
    assert PORTAL.canonical(address) == ARTICLE


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("https://gawai.id/ulasan/laptop-tipis", "https://www.gawai.id/ulasan/laptop-tipis/"),
        ("http://m.gawai.id/ulasan/laptop-tipis/amp/", "https://www.gawai.id/ulasan/laptop-tipis/"),
        ("https://www.gawai.id/ulasan/laptop-tipis/2/", "https://www.gawai.id/ulasan/laptop-tipis/"),
        ("https://www.gawai.id/berkas/harga.html", "https://www.gawai.id/berkas/harga.html"),
        ("https://www.gawai.id", "https://www.gawai.id/"),
        ("https://www.gawai.id/?p=123", "https://www.gawai.id/?p=123"),
        ("https://www.gawai.id/?s=b&p=a", "https://www.gawai.id/?p=a&s=b"),
        ("https://www.gawai.id/ulasan/caf%c3%a9/", "https://www.gawai.id/ulasan/caf%C3%A9/"),
        ("https://www.gawai.id/ulasan/café/", "https://www.gawai.id/ulasan/caf%C3%A9/"),
        ("https://www.gawai.id/2026/11/", "https://www.gawai.id/2026/11/"),
        ("https://www.gawai.id/ulasan/ponsel-v1.5/", "https://www.gawai.id/ulasan/ponsel-v1.5/"),
        ("https://www.gawai.id/ulasan/ponsel-v1.5", "https://www.gawai.id/ulasan/ponsel-v1.5/"),
        ("https://www.gawai.id/ulasan/laptop-tipis/?p=2", "https://www.gawai.id/ulasan/laptop-tipis/"),
        ("https://www.gawai.id/ulasan/laptop-tipis/feed/", "https://www.gawai.id/ulasan/laptop-tipis/feed/"),
    ],
)
def test_a_site_has_its_own_host_and_slash(address, canonical):
    assert BLOG.canonical(address) == canonical


NUMBERED = SiteUrls(
    home="https://kabar.co.id/",
    hosts=frozenset({"kabar.co.id"}),
    article_url=re.compile(r"^https://kabar\.co\.id/tekno/read/(\d{4}/)?\d+/[^/?]+$"),
    form_segments=("cm",),
)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "tekno/read/90017/kapal-surya/foto",
            "tekno/read/90017/kapal-surya/foto/3",
            "tekno/read/90017/kapal-surya/All",
        ),
        *("amp/tekno/read/90017/kapal-surya", "tekno/amp/read/90017/kapal-surya", "tekno/read/amp/90017/kapal-surya"),
        *("tekno/read/cm/90017/kapal-surya", "tekno/read/90017/kapal-surya/?ke=1", "tekno/read/90017/kapal-surya.amp"),
    ],
)
def test_other_forms_of_a_numbered_articles_path_lead_to_it(path):
    assert NUMBERED.article(f"https://kabar.co.id/{path}") == "https://kabar.co.id/tekno/read/90017/kapal-surya"


@pytest.mark.parametrize(
    "path",
    [
        "tekno/read/90017",
        "tekno/read/90017/kapal-surya/komentar",
        "tekno/read/90017/kapal-surya/feed",
        "tekno/foto/90017",
    ],
)
def test_what_stands_above_an_article_or_is_about_it_is_none(path):
    assert NUMBERED.article(f"https://kabar.co.id/{path}") is None


def test_the_end_of_a_headline_is_no_page_number():
    for slug in ("kapal-surya-2", "10-gawai-2026", "bagian-2-dari-laporan", "windows-11"):
        assert (
            NUMBERED.article(f"https://kabar.co.id/tekno/read/7/{slug}") == f"https://kabar.co.id/tekno/read/7/{slug}"
        )


SCRIPT = SiteUrls(
    home="https://kabar.co.id/",
    hosts=frozenset({"kabar.co.id"}),
    article_url=re.compile(r"/baca\.php"),
    identifying_keys=frozenset({"id"}),
)


def test_the_keys_that_a_site_names_tell_its_articles_apart():
    article = "https://kabar.co.id/baca.php?id=7"
    assert SCRIPT.article("https://kabar.co.id/baca.php?mtype=x&id=7&amp;utm_source=y") == article
    coloured = SCRIPT.read("https://kabar.co.id/baca.php?id=7&warna=2")
    assert coloured is not None
    assert coloured.unknown == (("warna", "2"),)
    assert SCRIPT.page_number(article + "&hal=2") == 2
    assert SCRIPT.article("https://kabar.co.id/baca.php?id=8") != article


def test_a_key_of_an_address_that_is_no_article_without_it_stays():
    urls = SiteUrls("https://kabar.co.id/", frozenset({"kabar.co.id"}), re.compile(r"/\?p=\d+"))
    assert urls.article("https://kabar.co.id/?p=123&utm_source=x") == "https://kabar.co.id/?p=123"
    assert urls.page_number("https://kabar.co.id/?p=12") == 1


def test_of_a_site_that_nobody_has_described_any_key_may_tell_articles_apart():
    urls = known_by_domain("kabar.co.id", "https://kabar.co.id/", (), "id").urls
    assert urls.article("https://kabar.co.id/baca-berita-tekno?no=7&utm_source=x") == (
        "https://kabar.co.id/baca-berita-tekno?no=7"
    )
    hyphened = known_by_domain("kabar-gawai-kita.id", "https://kabar-gawai-kita.id/", (), "id").urls
    assert hyphened.article("https://kabar-gawai-kita.id/") is None
    assert hyphened.article("https://kabar-gawai-kita.id/tag/ponsel-lipat-murah") is None


def test_a_canonical_url_is_its_own_canonical_url():
    assert PORTAL.canonical(ARTICLE) == ARTICLE
    assert BLOG.canonical("https://www.gawai.id/ulasan/caf%C3%A9/?a=1&b=%20x") == BLOG.canonical(
        BLOG.canonical("https://www.gawai.id/ulasan/caf%C3%A9/?b=%20x&a=1") or ""
    )


@pytest.mark.parametrize(
    "address",
    [
        "https://kabar.co.id/d-7/x",
        "https://tekno.kabar.co.id.evil.example/d-7/x",
        "https://evil.example/?u=https://tekno.kabar.co.id/d-7/x",
        "https://tekno.kabar.co.id@evil.example/d-7/x",
        "https://user:word@tekno.kabar.co.id/d-7/x",
        "https://tekno.kabar.co.id:8080/d-7/x",
        "https://feeds.kabar.co.id/d-7/x",
        "ftp://tekno.kabar.co.id/d-7/x",
        "javascript:alert(1)",
        "mailto:redaksi@kabar.co.id",
        "//tekno.kabar.co.id/d-7/x",
        "/d-7/x",
        "https://[::1/d-7/x",
        "https://tekno.kabar.co.id:port/d-7/x",
        "https://tekno.kabar.co.id/" + "a" * 3000,
        "",
    ],
)
def test_what_is_not_the_sites_has_no_canonical_url(address):
    assert PORTAL.canonical(address) is None


def test_the_page_number_is_read_from_path_or_query():
    numbers = {url: PORTAL.page_number(ARTICLE + url) for url in ("", "/2", "?page=3", "?page=all", "?single=1")}
    assert numbers == {"": 1, "/2": 2, "?page=3": 3, "?page=all": 1, "?single=1": 1}


def test_hosts_of_sources_may_be_fetched_but_have_no_articles():
    assert PORTAL.may_fetch("https://feeds.kabar.co.id/rss")
    assert PORTAL.may_fetch("https://www.tekno.kabar.co.id/d-7/x")
    assert not PORTAL.may_fetch("https://other.example/rss")
    assert PORTAL.article("https://feeds.kabar.co.id/d-7/x") is None


def head(*tags: str) -> LexborHTMLParser:
    return LexborHTMLParser(f"<html><head>{''.join(tags)}</head><body></body></html>")


@pytest.mark.parametrize(
    ("tags", "stated"),
    [
        (['<link rel="canonical" href="https://tekno.kabar.co.id/d-7/ponsel-baru?utm_source=x">'], ARTICLE),
        (['<link rel="canonical" href="/d-7/ponsel-baru">'], ARTICLE),
        (['<meta property="og:url" content="https://m.tekno.kabar.co.id/d-7/ponsel-baru">'], ARTICLE),
        (
            [
                '<link rel="canonical" href="https://tekno.kabar.co.id/">',
                f'<meta property="og:url" content="{ARTICLE}">',
            ],
            ARTICLE,
        ),
        (['<link rel="canonical" href="https://tekno.kabar.co.id/">'], None),
        (['<link rel="canonical" href="https://elsewhere.example/d-7/ponsel-baru">'], None),
        (['<link rel="canonical" href="">'], None),
        (['<link rel="canonical">'], None),
        (["<link rel='Canonical' href='HTTPS://TEKNO.KABAR.CO.ID/d-7/ponsel-baru#x'>"], ARTICLE),
        (
            [f'<link rel="canonical" href="{ARTICLE}">', f'<link rel="canonical" href="{ARTICLE}?utm_source=x">'],
            ARTICLE,
        ),
        (["<link rel='canonical' href='//tekno.kabar.co.id/d-7/ponsel-baru'>"], ARTICLE),
        (["<link rel='canonical' href='/d-7/ponsel-baru'>", "<link rel='canonical' href='/d-8/lain'>"], None),
        (["<link rel='canonical' href='/d-7/ponsel-baru'>", "<link rel='canonical' href='/'>"], None),
        (
            [
                "<link rel='canonical' href='/d-8/a'>",
                "<link rel='canonical' href='/d-9/b'>",
                f"<meta property='og:url' content='{ARTICLE}'>",
            ],
            ARTICLE,
        ),
        *(
            ([f"<link rel='canonical' href=\"{damaged}\">"], None)
            for damaged in (
                *("https://tekno.kabar.co.id/d-7/pon\x00sel", "https://tekno.kabar.co.id/d-7/pon&#0;sel"),
                *("https://tekno.kabar.co.id/d-7/pon\ufffdsel", "https://tekno.kabar.co.id/d-7/pon%EF%BF%BDsel"),
                *("https://tekno.kabar.co.id/d-7/ponsel%00", "https://tekno.kabar.co.id/d-7/ponsel\x85baru"),
                *("https://tekno.kabar.co.id/d-7/ponsel baru", "https://tekno.kabar.co.id/d-7/ponsel\nbaru"),
                *("https://tekno.kabar.co.id/d-7/a, https://tekno.kabar.co.id/d-7/b", "/d-7/a,https://x.id/d-7/b"),
                *(
                    "d-7/ponsel-baru",
                    "tekno.kabar.co.id/d-7/ponsel-baru",
                    "../d-7/ponsel-baru",
                    "undefined",
                    "#",
                    "?x=1",
                ),
                *(
                    "https:/tekno.kabar.co.id/d-7/x",
                    "https:tekno.kabar.co.id/d-7/x",
                    "javascript:/d-7/x",
                    "ftp://x/d-7/y",
                ),
                *("https://tekno.kabar.co.idhttps://tekno.kabar.co.id/d-7/x", "https://[::1/d-7/x"),
                *(
                    "https://tekno.kabar.co.id/https://tekno.kabar.co.id/d-7/x",
                    "https://tekno.kabar.co.id/d-7/{{slug}}",
                ),
                *("/d-7/&lt;?php echo $slug ?&gt;", "/d-7/%7B%7Bslug%7D%7D", "https://tekno.kabar.co.id/d-7/"),
                *("https://tekno.kabar.co.id/tag/ponsel", "https://tekno.kabar.co.id/?page=2", "/d-7/" + "a" * 3000),
            )
        ),
        ([], None),
    ],
)
def test_a_pages_own_word_is_believed_only_for_an_article_of_the_site(tags, stated):
    assert stated_canonical(head(*tags), "https://tekno.kabar.co.id/read/9/x", PORTAL) == stated
