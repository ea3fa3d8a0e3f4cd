"""Pages that break parsers: each ends in an article or a reason, in time."""

import time

import pytest

from pipelines.article import Article
from pipelines.cleaning.cleaner import clean
from tests.cleaning.newspage import BODY, HEADLINE, PARAGRAPHS, URL, page

TEXT = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)

HOSTILE = {
    "20,000 nested elements": page("<div>" * 20_000 + TEXT),
    "300 nested elements": page("<div>" * 300 + TEXT + "</div>" * 300),
    "300 nested tables": page("<table><tr><td>" * 300 + TEXT + "</td></tr></table>" * 300),
    "15,000 nested inline elements": page("<b>" * 15_000 + "</b>" * 15_000 + TEXT),
    "300,000 links beside the text": page(TEXT, below="<div>" + "<a href='/x'>tautan</a> " * 300_000 + "</div>"),
    "NUL bytes": page().replace(b"sepeda", b"sep\x00eda"),
    "half a million white spaces": page("<p>" + " \n\t" * 170_000 + "</p>" + TEXT),
    "malformed JSON-LD": page().replace(
        b"</head>", b'<script type="application/ld+json">{"@type":[' + b'"A",' * 100_000 + b"</script></head>"
    ),
    "deeply nested JSON-LD": page().replace(
        b"</head>", b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script></head>"
    ),
    "a tag with 200,000 attributes": page(f"<div {' '.join(f'a{n}=1' for n in range(200_000))}>{TEXT}</div>"),
    "a tag with 200,000 attributes that never ends": page(
        TEXT, below=f"<p {' '.join(f'a{n}' for n in range(200_000))}"
    ),
    "a class name of 200,000 words": page(f'<div class="{"related " * 200_000}">{TEXT}</div>'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_text_survives(name: str) -> None:
    begun = time.process_time()
    record = clean(HOSTILE[name], URL)
    assert time.process_time() - begun < 10
    assert isinstance(record, Article), record
    assert record.headline == HEADLINE
    assert [text for text in PARAGRAPHS if text.replace("sepeda", "") not in record.body.replace("sepeda", "")] == []


def test_a_million_lines() -> None:
    begun = time.process_time()
    record = clean(page("".join(f"baris {n}<br>" for n in range(1_000_000))), URL)
    assert time.process_time() - begun < 10
    assert isinstance(record, Article)
    assert record.body.startswith("baris 0")


def test_a_paragraph_a_hundred_thousand_times() -> None:
    record = clean(page(f"<p>{PARAGRAPHS[0]}</p>" * 70_000), URL)
    assert isinstance(record, Article)
    assert record.body.count(PARAGRAPHS[0]) > 60_000


class TestEncodings:
    SAID = page(["Harga naik “tajam”, kata René kepada wartawan yang hadir di pabrik itu pada hari Senin yang lalu."])

    @pytest.mark.parametrize("charset", ["windows-1252", "utf-16"])
    def test_stated_by_the_page_or_its_mark(self, charset: str) -> None:
        html = self.SAID.decode().replace('charset="utf-8"', f'charset="{charset}"').encode(charset)
        record = clean(html, URL)
        assert isinstance(record, Article)
        assert "“tajam”, kata René" in record.body

    def test_utf8_that_claims_to_be_something_else(self) -> None:
        record = clean(self.SAID.replace(b'charset="utf-8"', b'charset="iso-8859-1"'), URL)
        assert isinstance(record, Article)
        assert "“tajam”, kata René" in record.body

    def test_utf8_with_stray_bytes_of_windows_1252(self) -> None:
        record = clean(self.SAID.replace("René".encode(), b"Ren\xe9"), URL)
        assert isinstance(record, Article)
        assert "“tajam”, kata René" in record.body

    def test_a_charset_that_does_not_exist(self) -> None:
        html = page().replace(b'charset="utf-8"', b'charset="utf-9000"')
        record = clean(html, URL)
        assert isinstance(record, Article)
        assert record.body == BODY
