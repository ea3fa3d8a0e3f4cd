"""One URL for one article, whatever address it was announced or reached under."""

import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from spiders.canonical import SiteUrls, stated_canonical

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
    ],
)
def test_a_site_has_its_own_host_and_slash(address, canonical):
    assert BLOG.canonical(address) == canonical


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
        ([], None),
    ],
)
def test_a_pages_own_word_is_believed_only_for_an_article_of_the_site(tags, stated):
    assert stated_canonical(head(*tags), "https://tekno.kabar.co.id/read/9/x", PORTAL) == stated
