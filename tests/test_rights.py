"""What a page reserves is read from its headers and its markup, in every form in which sites write it."""

import pytest

from pipelines.rights import stated_rights


def by_header(*lines: str) -> tuple[str, ...]:
    return stated_rights({"x-robots-tag": lines}, b"")


def by_page(html: str) -> tuple[str, ...]:
    return stated_rights({}, html.encode())


@pytest.mark.parametrize(
    "line",
    [
        "noarchive",
        "NoArchive",
        "none",
        "nocache",
        "no-archive",
        '"noarchive"',
        "noindex,nofollow,noarchive",
        "noarchive, max-snippet:20, max-image-preview:large",
        "max-snippet:20,max-image-preview:large,noarchive",
        "max-snippet: 20 max-image-preview: large noarchive",
        "max-video-preview:-1 , noarchive",
        "max-halaman:besar, noarchive",
        "tampilan:besar, noarchive",
        "noindex nofollow noarchive",
        "noindex; nofollow; noarchive",
        "noindexnofollownoarchive",
        "unavailable_after: 25 Jun 2027 15:00:00 PST, noarchive",
        "unavailable_after: Wednesday, 25-Jun-27 15:00:00 GMT, noarchive",
        "unavailable_after: 2027-06-25T15:00:00+07:00 noarchive",
        "noarchive, unavailable_after: Fri, 25 Jun 2027 15:00:00 GMT",
        "*: noarchive",
        "robots: noarchive",
        "kliping: noarchive",
        "KLIPING : noarchive",
        "Kliping/1.0: noarchive",
        "Kliping/1.0 (+https://kliping.example): noarchive",
        "scrapy: noarchive",
        "Scrapy/2.19 (+https://scrapy.org): index, noarchive",
        "otherbot: noindex, kliping: noarchive",
        "otherbot: noindex, nofollow, scrapy: max-snippet:20, noarchive, googlebot: all",
        "googlebot: unavailable_after: 25 Jun 2027 15:00:00 PST, kliping: noarchive",
    ],
)
def test_a_header_reserves_the_archive_in_any_order_separation_and_case(line):
    assert by_header(line) == ("noarchive",)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "all",
        "index, follow",
        "noindex, nofollow, nosnippet",
        "max-image-preview:none",
        "max-image-preview: none, index",
        "unavailable_after: 25 Jun 2027 15:00:00 PST",
        "googlebot: noarchive",
        "googlebot: noindex, noarchive",
        "googlebot: max-snippet:20, noarchive",
        "googlebot: unavailable_after: 25 Jun 2027 15:00:00 PST, noarchive",
        "kliping: noindex, googlebot: noarchive",
        "kl: noarchive",
        "kliping-news: noarchive",
        "360Spider: noarchive",
        "arsip",
    ],
)
def test_a_header_that_says_nothing_to_us_or_something_else_reserves_nothing(line):
    assert by_header(line) == ()


def test_each_header_speaks_for_itself():
    assert by_header("googlebot: noindex", "noarchive") == ("noarchive",)
    assert by_header("kliping: noindex", "googlebot: noarchive") == ()
    assert by_header("noai", "scrapy: noimageai", "noarchive") == ("noarchive", "noai", "noimageai")


@pytest.mark.parametrize(
    "html",
    [
        '<meta name="robots" content="noarchive">',
        "<META CONTENT=noarchive NAME=ROBOTS>",
        "<meta name=' robots ' content='noindex,noarchive'/>",
        '<meta name="robots"\n  content = "max-image-preview:large, noarchive">',
        '<meta name="Kliping" content="noarchive">',
        '<meta name="Kliping/1.0" content="noarchive">',
        '<meta name="Scrapy" content="noarchive">',
        '<meta name="googlebot, robots" content="noarchive">',
        '<meta http-equiv="X-Robots-Tag" content="otherbot: noindex, kliping: noarchive">',
        '<meta property="robots" content="noarchive">',
        '<meta name="robots" content="&#110;oarchive">',
        '<meta name="robots" content="index"><meta name="robots" content="noarchive">',
        '<body><p>Berita</p><meta name="robots" content="noarchive">',
        '<!--><meta name="robots" content="noarchive">',
        '<script>var a = "<!--";</script><meta name="robots" content="noarchive">',
        '<noscript><meta name="robots" content="noarchive"></noscript>',
    ],
)
def test_a_meta_element_reserves_the_archive_however_it_is_written(html):
    assert by_page(html) == ("noarchive",)
    assert stated_rights({}, html.encode("utf-16")) == ("noarchive",)


@pytest.mark.parametrize(
    "html",
    [
        '<meta name="googlebot" content="noarchive">',
        '<meta name="kl" content="noarchive">',
        '<meta name="description" content="noarchive">',
        '<metadata name="robots" content="noarchive">',
        '<meta name="robots" content="max-image-preview:none">',
        '<!-- <meta name="robots" content="noarchive"> -->',
        """<script>document.write('<meta name="robots" content="noarchive">')</script>""",
        '<title>Arti <meta name="robots" content="noarchive"></title>',
        '<textarea><meta name="robots" content="noarchive"></textarea>',
        '<p>Tulis &lt;meta name="robots" content="noarchive"&gt; di halaman.</p>',
    ],
)
def test_what_only_looks_like_a_meta_element_for_us_reserves_nothing(html):
    assert by_page(html) == ()


@pytest.mark.parametrize(
    ("headers", "html", "is_reserved"),
    [
        (("1",), "", True),
        (("0",), "", False),
        (("0", "1"), "", True),
        (("0, 1",), "", True),
        (("10",), "", False),
        (("1",), '<meta name="tdm-reservation" content="0">', False),
        (("0",), '<meta name=" TDM-Reservation" content=" 1 ">', True),
        ((), '<meta http-equiv="tdm-reservation" content="1">', True),
    ],
)
def test_a_page_overrides_what_its_headers_say_of_mining(headers, html, is_reserved):
    assert (stated_rights({"tdm-reservation": headers}, html.encode()) == ("tdm-reservation",)) is is_reserved


@pytest.mark.parametrize(
    "body",
    [
        b"<meta" + b" a=b" * 500_000,
        b'<meta a="' * 200_000,
        b"<meta" + b" " * 2_000_000,
        b"<!--" * 500_000,
        b"<script>" * 250_000,
        b"<" * 2_000_000,
        b'<meta name="robots" content="&#' + b"9" * 100_000 + b';">',
        b'<meta name="robots" content="' + b"&" * 100_000 + b'">',
    ],
    ids=["attributes", "quotes", "blanks", "comments", "scripts", "angles", "digits", "ampersands"],
)
@pytest.mark.timeout(20)
def test_hostile_markup_is_read_in_one_pass(body):
    assert stated_rights({}, body) == ()


def test_a_long_header_is_read_in_one_pass():
    assert by_header("(" * 1_000_000) == ()
    assert by_header("a:" * 1_000_000) == ()
