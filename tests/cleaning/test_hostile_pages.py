"""Pages that break parsers: each becomes an article, and none costs more work than its size justifies."""

import sys
from collections.abc import Callable
from dataclasses import fields

import pytest

from pipelines.article import Article, Hints, Page
from pipelines.cleaning.blocks import MAX_BLOCKS
from pipelines.cleaning.cleaner import clean, clean_pages
from pipelines.cleaning.decoding import as_utf8
from pipelines.cleaning.document import MAX_LINKS, MAX_PAGE_BYTES, parse
from pipelines.cleaning.tag_limits import MAX_TAG_ATTRIBUTES, bound_tags
from pipelines.printable import fit_to_keep
from tests.cleaning.newspage import BODY, HEADLINE, PARAGRAPHS, URL, page

TEXT = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)

HOSTILE = {
    "20,000 nested elements": page("<div>" * 20_000 + TEXT),
    "300 nested elements": page("<div>" * 300 + TEXT + "</div>" * 300),
    "300 nested elements on a page of the class comments": page("<div>" * 300 + TEXT + "</div>" * 300)
    .replace(b"<html", b"<html class='comments'")
    .replace(b"<body", b"<body id='comments' class='comments'"),
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
    record = clean(HOSTILE[name], URL)
    assert isinstance(record, Article), record
    assert record.headline == HEADLINE
    assert [text for text in PARAGRAPHS if text.replace("sepeda", "") not in record.body.replace("sepeda", "")] == []


GROWING: dict[str, tuple[Callable[[int], bytes], int]] = {
    "nested elements": (lambda count: page("<div>" * count + TEXT), 5_000),
    "nested inline elements": (lambda count: page("<b>" * count + "</b>" * count + TEXT), 5_000),
    "links beside the text": (lambda count: page(TEXT, below="<a href='/x'>tautan</a> " * count), 5_000),
    "lines": (lambda count: page("".join(f"baris {n}<br>" for n in range(count))), 500),
    "paragraphs": (lambda count: page(f"<p>{PARAGRAPHS[0]}</p>" * count), 500),
    "class names": (lambda count: page(f'<div class="{"related " * count}">{TEXT}</div>'), 10_000),
    "lists in JSON-LD": (
        lambda count: page().replace(
            b"</head>", b'<script type="application/ld+json">[' + b'{"@type":"Thing"},' * count + b"{}]</script></head>"
        ),
        1_000,
    ),
    "dated elements": (lambda count: page(above="<time datetime='2026-11-13T20:05:33'>x</time>" * count), 500),
    "microdata": (lambda count: page(above="<span itemprop='author'>Budi Santoso</span>" * count), 500),
    "microdata in meta tags": (lambda count: page(above="<meta itemprop='datePublished' content='x'>" * count), 1_000),
    "headings": (lambda count: page(above="<h1>Judul lain yang panjang</h1>" * count), 500),
    "headings of one class": (lambda count: page(above="<h2 class='entry-title'>Judul lain di sini</h2>" * count), 500),
    "articles in JSON-LD": (
        lambda count: page(
            json_ld={"@graph": [{"@type": "NewsArticle", "headline": f"Judul lain nomor {n}"} for n in range(count)]}
        ),
        500,
    ),
}
"""Pages with a number of the things that they are named for, and the number to begin with."""


def calls(work: Callable[[], object]) -> int:
    """The function calls, of Python and of C, that a piece of work takes."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", GROWING)
def test_twice_the_page_takes_at_most_twice_the_work(name: str) -> None:
    page_with, count = GROWING[name]
    clean(page_with(1), URL)  # what is loaded once does not count
    once, twice = (calls(lambda size=size: clean(page_with(size), URL)) for size in (count, 2 * count))  # type: ignore[misc]
    assert twice <= 2.1 * once


ATTRIBUTES = [f"a{number}" for number in range(200_000)]
TAGS = {
    "plain": f"<div {' '.join(f'{name}=1' for name in ATTRIBUTES)}>",
    "without values": f"<div {' '.join(ATTRIBUTES)}>",
    "parted by slashes": f"<div/{'/'.join(ATTRIBUTES)}>",
    "parted by line ends": "<div\n" + "\n".join(f"{name} = 1" for name in ATTRIBUTES) + ">",
    "values that hold angle brackets": "<div " + " ".join(f"{name}='<p>'" for name in ATTRIBUTES) + ">",
    "values that begin tags": "<div " + " ".join(f'{name}="<"' for name in ATTRIBUTES) + ">",
    "of one name": f"<div {'a=1 ' * 200_000}>",
    "in an end tag": f"<div>x</div {' '.join(ATTRIBUTES)}>",
    "in a link": f"<a href=/x {' '.join(ATTRIBUTES)}>x</a>",
    "after a stray quotation mark": f"<p class=a' >x</p><div {' '.join(ATTRIBUTES)}>",
}


@pytest.mark.parametrize("name", TAGS)
def test_attributes_beyond_a_bound_never_reach_a_parser(name: str) -> None:
    html = page(TAGS[name] + TEXT)
    assert len(bound_tags(html)) < len(page(TEXT)) + 20 * MAX_TAG_ATTRIBUTES
    record = clean(html, URL)
    assert isinstance(record, Article)
    assert record.body == BODY


def test_a_page_keeps_some_attributes_of_all_its_tags_together() -> None:
    html = page(f"<i {'a ' * 300}>x</i>" * 15_000 + TEXT)
    assert len(bound_tags(html)) < len(html) / 10


LONG = "kalimat yang panjang sekali " * 5_000
KEPT = {
    "a long value": f'<meta name="description" content="{LONG}">',
    "a script": f"<script>if (a<b && c) {{ {'x = 1; y > 2; ' * 20_000} }}</script>",
    "a script with tags in strings": "<script>document.write('" + '<a href="x" a1 a2 a3' * 20_000 + "')</script>",
    "JSON-LD": '<script type="application/ld+json">{"a":"<b ' + "c d e " * 20_000 + '"}</script>',
    "a comment": f"<!-- <p {'a ' * 50_000} -->",
    "a textarea": f"<textarea><p {'a ' * 50_000}</textarea>",
    "a stray quotation mark": f'<p class="a"" title=\'b>{LONG}</p>',
    "apostrophes in text": "<p>Jum'at</p>" * 10_000,
    "no tags": "<" * 200_000,
}


@pytest.mark.parametrize("name", KEPT)
def test_what_only_looks_like_attributes_is_kept(name: str) -> None:
    html = page(TEXT, below=KEPT[name])
    assert bound_tags(html) is html


@pytest.mark.parametrize("name", [name for name in HOSTILE if "attributes" in name])
def test_a_tag_loses_attributes_that_would_take_the_parser_minutes(name: str) -> None:
    assert parse(HOSTILE[name], URL).repairs == ("tags cut",)


def test_links_beyond_a_bound_are_dropped() -> None:
    document = parse(HOSTILE["300,000 links beside the text"], URL)
    assert "links capped" in document.repairs
    assert sum(1 for _ in document.tree.iter("a")) <= MAX_LINKS


def test_a_page_is_read_up_to_a_bound() -> None:
    document = parse(page(TEXT + "<p>kata</p>" * (MAX_PAGE_BYTES // 10)), URL)
    assert document.repairs == ("page cut",)
    assert parse(page(), URL).repairs == ()


def test_lines_are_read_up_to_a_bound() -> None:
    record = clean(page("".join(f"baris {n}<br>" for n in range(MAX_BLOCKS + 20_000))), URL)
    assert isinstance(record, Article)
    assert record.body.startswith("baris 0")
    assert len(record.body.splitlines()) <= MAX_BLOCKS


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

    @pytest.mark.parametrize(
        "charset",
        [
            *(
                "unicode_escape",
                "raw_unicode_escape",
                "idna",
                "punycode",
                "undefined",
                "utf-7",
                "utf_7",
                "base64",
                "zip",
            ),
            *(
                "rot13",
                "hex",
                "quopri",
                "uu",
                "bz2",
                "mbcs",
                "oem",
                "utf-8-sig",
                "utf-32",
                "hz",
                "iso-2022-kr",
                "cp500",
            ),
            *("palmos", "utf\x00-8", "", " ", "é", "x" * 10_000, "../../etc"),
        ],
    )
    def test_a_charset_that_no_page_may_use_counts_as_none(self, charset: str) -> None:
        text = "Harga naik \\u0074ajam +ADw-script+AD4- menurut René kepada wartawan yang hadir di pabrik itu"
        said = page([text + " pada hari Senin yang lalu."])
        html = said.decode().replace('charset="utf-8"', "").encode("cp1252")
        assert as_utf8(html, charset) == as_utf8(html)
        meta = html.replace(b"<head>", f'<head><meta charset="{charset}">'.encode("utf-8", "replace"))
        assert as_utf8(meta).partition(b"<title>")[2] == as_utf8(html).partition(b"<title>")[2]
        assert isinstance(clean_pages([Page(URL, html, charset)], url=URL), Article)

    @pytest.mark.parametrize(
        ("label", "codec", "text"),
        [
            ("latin1", "cp1252", "“René”"),
            ("ISO-8859-1", "cp1252", "“René”"),
            ("us-ascii", "cp1252", "“René”"),
            ("windows-1252", "cp1252", "“René”"),
            ("iso-8859-9", "cp1254", "“ğı”"),
            ("tis-620", "cp874", "ไทย…"),
            ("Shift_JIS", "cp932", "日本①"),
            ("x-sjis", "cp932", "日本"),
            ("gb2312", "gb18030", "中国鎔"),
            ("big5", "big5hkscs", "臺灣"),
            ("euc-kr", "cp949", "한국똠"),
            ("koi8-r", "koi8-r", "Москва"),
            ("windows-1251", "cp1251", "Москва"),
            ("iso-8859-15", "iso8859-15", "€5"),
        ],
    )
    def test_labels_mean_what_browsers_take_them_for(self, label: str, codec: str, text: str) -> None:
        html = f"<p>{text}</p>".encode(codec)
        assert as_utf8(html, label).decode() == f"<p>{text}</p>"


CONTROLS = "\x1b]0;jahat\x07\u202e\u200b\ufffe"


def test_no_field_of_an_article_holds_what_steers_a_terminal_or_turns_a_line() -> None:
    escaped = "&#27;]0;jahat&#7;&#x202e;&#x200b;&#xfffe;"
    in_json = r"\u001b]0;jahat\u0007\u202e\u200b\ufffe\ud800\u0000"
    json_ld = (
        '{"@context":"https://schema.org","@type":"NewsArticle","headline":"%s","description":"Ringkasan%s",'
        '"articleSection":"Tekno%s","keywords":["gawai%s"],"image":"https://kabar.example/a.jpg%s",'
        '"author":{"@type":"Person","name":"Sari%s Wulandari"},"datePublished":"2026-11-20T10:00:00+07:00"}'
    ) % ((HEADLINE + in_json,) + (in_json,) * 5)
    html = page([PARAGRAPHS[0] + escaped, *PARAGRAPHS[1:]]).replace(
        b"</head>", f'<script type="application/ld+json">{json_ld}</script></head>'.encode()
    )
    record = clean(html.replace(b"</h1>", escaped.encode() + b"</h1>"), URL, hints=Hints(headline=HEADLINE + CONTROLS))
    assert isinstance(record, Article)
    texts = [
        text
        for field in fields(record)
        for value in [getattr(record, field.name)]
        for text in ([value] if isinstance(value, str) else value if isinstance(value, tuple) else [])
    ]
    assert [text for text in texts if fit_to_keep(text) != text] == []
    "".join(texts).encode()
    assert "jahat" in record.body


def test_a_headline_that_nobody_can_read_is_none() -> None:
    html = page().replace(HEADLINE.encode(), b"&#x202e;&#x200b;")
    record = clean(html, URL)
    assert not isinstance(record, Article) or fit_to_keep(record.headline)
