"""Pages and servers that mean harm cost their own visit at most."""

import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pipelines.cleaning.tag_limits import MAX_NESTED_TAGS, MAX_SELF_CLOSED_TAGS
from spiders.page_reading import parse_html
from spiders.sources.feeds import MAX_FEED_ENTRIES, parse_feed
from tests.spiders.web import Answer, Web, article, feed

TODAY = format_datetime(datetime.now(UTC))


def deepest(html: str) -> int:
    """How many elements the innermost of a page's document lies in."""
    node, depth = parse_html(html).body, 0
    while node is not None and (children := list(node.iter())):
        node, depth = children[-1], depth + 1
    return depth


def elements(html: str) -> int:
    """How many elements a page's document has within its body."""
    return len(parse_html(html).css("body *"))


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 1_500_000,
        "<div>" * 100_000 + "</div>" * 100_000,
        "<div></x>" * 100_000,
        "<div/>" * 100_000,
        "<svg></svg>" + "<path/>" * 100_000,
        "<p><b>" * 300_000,
        "<table><tr><td>" * 100_000,
    ],
    ids=lambda html: html[:12],
)
def test_a_page_nested_to_stall_the_parser_reaches_it_without_what_is_too_deep(html):
    assert deepest(html + "<p>teks</p>") <= MAX_SELF_CLOSED_TAGS + 3 * MAX_NESTED_TAGS


def test_what_a_page_has_beyond_its_deepest_nesting_is_still_read():
    html = "<div>" * 100_000 + "</div>" * 100_000 + "<a href=/read/1>x</a>"
    assert len(parse_html(html).css("a")) == 1


def test_a_drawing_of_thousands_of_lines_is_not_deep_nesting():
    html = f"<svg>{'<path d=M0 />' * 15_000}</svg><div>{'<a href=/read/1>x</a>' * 3}</div>"
    assert len(parse_html(html).css("a")) == 3


@pytest.mark.parametrize(
    "html",
    [
        "<" * 3_000_000,
        "<a href=" * 500_000,
        "<!--" * 500_000,
        '<meta name="robots" content="' + "noarchive," * 300_000,
    ],
    ids=lambda html: html[:12],
)
def test_broken_markup_of_megabytes_has_an_end(html):
    assert elements(html) <= 1


def test_a_feed_loses_attributes_that_would_take_its_parser_minutes():
    attributes = " ".join(f"a{number}='1'" for number in range(100_000))
    item = "<item><title>Sensor</title><link>https://kabarteknik.example/1</link></item>"
    entries = parse_feed(
        f"<rss version='2.0'><channel {attributes}>{item}</channel></rss>".encode(), "https://a.example/"
    )
    assert [entry.url for entry in entries] == ["https://kabarteknik.example/1"]


def test_a_million_paragraphs_are_a_million_elements():
    assert elements("<p>" * 1_000_000) == 1_000_000


def test_sloppy_markup_is_not_deep_nesting():
    html = "<ul>" + "<li><p>baris<br>" * 5000 + "</ul><a href=/read/1>x</a>"
    assert len(parse_html(html).css("a")) == 1


def test_a_server_that_lies_about_its_encoding_or_length_costs_its_own_visit(web, site, crawl):
    web.pages["/tekno"] = "".join(f"<a href=/read/{n}/a>{n}</a>" for n in range(1, 5))
    web.pages["/read/1/a"] = Answer(article("A"), headers={"Content-Encoding": "gzip"})
    web.pages["/read/2/a"] = Answer(article("A"), headers={"Content-Length": "99999"}, seconds=0)
    web.pages["/read/3/a"] = Answer(b"\xff\xfe\x00\x01" * 50, content_type="text/html; charset=nonsense")
    web.pages["/read/4/a"] = article("Baik")
    result = crawl(site(sections=[web.url("/tekno")]), settings={"RETRY_TIMES": 0, "DOWNLOAD_TIMEOUT": 1})
    assert len(result.visits) == 4
    assert result.outcomes[web.url("/read/4/a")] == "archived"
    assert str(result.visit(web.url("/read/2/a")).outcome) in ("failed", "timeout")


STALLING = {
    "a tag of 200,000 attributes": article("Uji", "<b " + " ".join(f"a{n}=1" for n in range(200_000)) + ">x</b>"),
    "attributes in 200,000 start tags of one element": article(
        "Uji", "".join(f"<html a{n}=1>" for n in range(200_000))
    ),
    "300,000 links": article("Uji", links="".join(f"<a href=/read/{n}>x</a>" for n in range(300_000))),
    "150,000 links to further pages": article(
        "Uji", links="".join(f"<a href='/read/1/a?page={n}'>x</a>" for n in range(5, 150_000))
    ),
    "200,000 canonical addresses": article(
        "Uji", head="".join(f"<link rel=canonical href=/{n}>" for n in range(200_000))
    ),
    "an address of megabytes": article("Uji", head=f"<link rel=canonical href='/{'a' * 8_000_000}'>"),
    "nested forever": article("Uji", "<b><p>" * 500_000),
}


@pytest.mark.parametrize("name", STALLING)
def test_a_page_that_stalls_whoever_reads_it_costs_its_own_visit(web, site, crawl, name):
    web.pages["/feed"] = feed((web.url("/read/1/a"), TODAY), (web.url("/read/2/b"), TODAY))
    web.pages |= {"/read/1/a": STALLING[name], "/read/2/b": article("Baik")}
    result = crawl(site(feeds=[web.url("/feed")]))
    assert result.reason == "finished"
    assert result.outcomes[web.url("/read/2/b")] == "archived"
    stalling = result.visit(web.url("/read/1/a"))
    assert stalling.outcome == "archived" or "reading it took" in stalling.detail


def rss(items: str) -> Answer:
    text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Umpan</title>{items}</channel></rss>'
    return Answer(text, content_type="application/rss+xml")


def urlset(entries: str) -> Answer:
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return Answer(f'<urlset xmlns="{space}">{entries}</urlset>', content_type="application/xml")


SOURCES = {
    "feeds": rss("<item/>" * 1_000_000),
    "sitemaps": urlset("".join(f"<url><loc>https://x.example/{n}</loc></url>" for n in range(100_000))),
    "news_sitemaps": urlset("<url><loc>https://x.example/" + "a" * 8_000_000 + "</loc></url>"),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_a_source_of_a_million_entries_costs_itself_at_most(web, site, crawl, kind):
    web.pages |= {"/stalling": SOURCES[kind], "/tekno": "<a href=/read/1/a>a</a>", "/read/1/a": article("A")}
    result = crawl(site(**{kind: [web.url("/stalling")]}, sections=[web.url("/tekno")]))
    assert result.reason == "finished"
    assert result.outcomes == {web.url("/read/1/a"): "archived"}


def index_of(*addresses: str) -> str:
    return (
        "<sitemapindex>"
        + "".join(f"<sitemap><loc>{address}</loc></sitemap>" for address in addresses)
        + "</sitemapindex>"
    )


@pytest.mark.parametrize("ways", [2, 6])
def test_an_index_that_lists_itself_under_other_addresses_is_read_once_at_each(web, site, crawl, ways):
    children = [web.url(f"/index?{number}") for number in range(ways)]
    leaf = urlset(f"<url><loc>{web.url('/read/1/a')}</loc></url>").body
    for address in ("/index", *(f"/index?{number}" for number in range(ways))):
        web.pages[address] = index_of(*children, web.url("/leaf"))
    web.pages |= {"/leaf": leaf, "/read/1/a": article("A")}
    result = crawl(site(news_sitemaps=[web.url("/index")]))
    assert result.outcomes == {web.url("/read/1/a"): "archived"}
    assert sorted(web.paths()) == sorted(["/index", *(f"/index?{n}" for n in range(ways)), "/leaf", "/read/1/a"])


def test_an_index_that_lists_itself_under_ever_new_addresses_is_cut_and_the_report_says_so(
    web, site, crawl, monkeypatch
):
    monkeypatch.setattr("spiders.sources.sitemaps.MAX_SITEMAPS", 12)
    web.pages["/leaf"] = urlset(f"<url><loc>{web.url('/read/1/a')}</loc></url>")
    web.pages["/read/1/a"] = article("A")

    def endless(asked):
        ways = [web.url(f"{asked.path}x{number}") for number in range(5)]
        for way in ways:
            web.pages[way.removeprefix(web.url(""))] = endless
        return Answer(index_of(web.url("/leaf"), *ways))

    web.pages["/index"] = endless
    result = crawl(site(news_sitemaps=[web.url("/index")]))
    assert result.outcomes == {web.url("/read/1/a"): "archived"}
    assert len(web.paths()) == 12 + 1
    assert f"{web.url('/index')} goes on after 12 sitemaps and 1 pages: cut there" in result.spider.counters.warnings


def test_a_feed_is_read_up_to_a_bound_and_the_report_says_so(web, site, crawl):
    items = "".join(f"<item><link>{web.url('/beranda')}/{n}</link></item>" for n in range(MAX_FEED_ENTRIES + 500))
    web.pages["/feed"] = rss(f"<item><link>{web.url('/read/1/a')}</link></item>" + items)
    web.pages["/read/1/a"] = article("A")
    result = crawl(site(feeds=[web.url("/feed")]))
    assert result.outcomes == {web.url("/read/1/a"): "archived"}
    assert any("names more than 2,000 articles" in warning for warning in result.spider.counters.warnings)


TARGETS = [
    *(
        "javascript:alert(1)",
        "http://[::1",
        "http://[",
        "file:///etc/passwd",
        "data:text/html,x",
        "about:blank",
        "tel:1",
    ),
    *("ftp://site.localhost/a", "mailto:a@site.localhost", "https:", "http://site.localhost:99999/", "http://%00/"),
    *("http://site.localhost:port/", "http://site.localhost:0/", "ws://site.localhost/", "http://\xff.localhost/"),
    *("http://" + "a" * 70 + ".localhost/", "http://a..localhost/"),
]


@pytest.mark.parametrize("target", TARGETS)
def test_a_redirect_to_what_is_not_an_address_of_the_site_ends_in_a_sentence_that_names_it(
    web, site, crawl, caplog, target
):
    web.pages["/read/1/a"] = Answer(status=302, headers={"Location": target})
    (visit,) = crawl(site(), url=web.url("/read/1/a")).visits
    assert visit.outcome == "off_site"
    named = visit.detail.replace("%FF", "\xff").replace("\\xff", "\xff").replace("%00", "\x00")
    assert target[:20].replace("%00", "\x00") in named.replace("\\x00", "\x00")
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


def test_a_body_that_is_not_encoded_as_its_header_says_ends_in_a_sentence(web, site, crawl, caplog):
    web.pages["/read/1/a"] = Answer(b"\x00\x01\x02" * 500, headers={"Content-Encoding": "br"})
    (visit,) = crawl(site(), url=web.url("/read/1/a")).visits
    assert (visit.outcome, "is not valid br" in visit.detail) == ("failed", True)
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


def test_a_pause_of_hundreds_of_digits_is_no_fault_of_ours(web, site, crawl, caplog):
    web.pages["/read/1/a"] = Answer(status=429, headers={"Retry-After": "9" * 400})
    crawl(site(), url=web.url("/read/1/a"))
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


def self_signed(folder: Path, host: str) -> tuple[Path, Path]:
    """A certificate for `host` that nobody vouches for, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, private


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(web: Web, site, crawl, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path, "site.localhost"))
    web.server.socket = context.wrap_socket(web.server.socket, server_side=True)
    home = web.url("/").replace("http:", "https:")
    web.pages["/read/1/a"] = article("A")
    result = crawl(site(home=home), url=f"{home}read/1/a", settings={"RETRY_TIMES": 0})
    assert list(result.outcomes.values()) == ["robots"]
    assert "certificate" in result.visits[0].detail
    assert web.asked == []
