"""Pages and servers that mean harm cost their own visit at most."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from spiders.page_reading import MAX_NESTING, parse_html
from tests.spiders.web import Answer, Web, article


def elements(html: str) -> int:
    """How many elements a page's document has within its body."""
    return len(parse_html(html).css("body *"))


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 1_500_000,
        "<div>" * 100_000 + "</div>" * 100_000,
        "<p><b>" * 300_000,
        "<table><tr><td>" * 100_000,
    ],
    ids=lambda html: html[:12],
)
def test_a_page_nested_to_stall_the_parser_never_reaches_it(html):
    assert elements(html) == 0


def test_nesting_is_deep_from_a_stated_number_of_elements():
    assert elements("<div>" * MAX_NESTING) == MAX_NESTING
    assert elements("<div>" * (MAX_NESTING + 1)) == 0


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
