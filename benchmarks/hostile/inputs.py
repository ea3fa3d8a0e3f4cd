"""Inputs that are made to be expensive, each with what a crawl reads it by."""

import gzip
import json
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from backports import zstd

from pipelines.archive.payload import MAX_BODY_BYTES
from pipelines.archive.warc_reader import Captures
from pipelines.article import Hints
from pipelines.cleaning.cleaner import clean
from pipelines.content_encoding import decode
from spiders.answer import Answer
from spiders.page_reading import read_page
from spiders.robots_txt import read_robots
from spiders.site import Site
from spiders.sources.entries import SourceUnreadable
from spiders.sources.feeds import parse_feed
from spiders.sources.sitemaps import parse_sitemap

URL = "https://kabarteknik.example/2026/11/24/sensor-banjir"
FEED = "https://kabarteknik.example/feed"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SITE = Site(name="kabarteknik", title="Kabar Teknik", home="https://kabarteknik.example/", article_url=r"/\d{4}/")
SENTENCE = "Warga desa di hulu sungai menguji sensor banjir buatan siswa sekolah kejuruan sejak awal bulan ini. "
TEXT = "".join(f"<p>{SENTENCE * 2}</p>" for _ in range(6))

Input = tuple[str, Callable[[bytes], object], Callable[[], bytes]]
"""Name, reader and maker."""

HEAD = "<rss version='2.0'><channel>"
ITEM = "<item><title>Sensor</title><link>https://kabarteknik.example/2026/{}</link></item>"
PLACE = "<url><loc>https://kabarteknik.example/2026/{}</loc><lastmod>2026-11-24</lastmod></url>"
BOMB = "<!DOCTYPE r [<!ENTITY a 'kata'>" + "".join(
    f"<!ENTITY {new} '{f'&{old};' * 10}'>" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
"""Nine entities, each ten of the one before: a billion words."""


def read_as_page(data: bytes) -> None:
    """What a crawl does with an article's page: it is read for links and rights, then cleaned."""
    read_page(Answer(URL, URL, 200, {"content-type": ("text/html",)}, data, is_text=True), SITE, with_text=True)
    clean(data, URL, site=SITE.cleaning_rules(), hints=Hints(fetched_at=NOW))


def read_as_feed(data: bytes) -> None:
    try:
        parse_feed(data, FEED, "application/rss+xml")
    except SourceUnreadable:
        return


def read_as_sitemap(data: bytes) -> None:
    try:
        parse_sitemap(data)
    except SourceUnreadable:
        return


def read_as_robots(data: bytes) -> None:
    read_robots(200, data).denial(URL)


def read_as_gzip(data: bytes) -> None:
    decode(data, "gzip", MAX_BODY_BYTES)


def read_as_zstd(data: bytes) -> None:
    decode(data, "zstd", MAX_BODY_BYTES)


def read_as_warc(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "input.warc.gz"
        path.write_bytes(data)
        Captures.from_files([path], lambda _: None).find(URL)


def page(body: str = TEXT, head: str = "") -> bytes:
    return f"<html><head><title>Sensor Banjir Diuji</title>{head}</head><body>{body}</body></html>".encode()


def data_script(text: str, kind: str = "application/ld+json") -> bytes:
    return page(head=f'<script type="{kind}">{text}</script>')


def pages() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Pages of up to some 10 MB, as large as a crawl takes them."""
    for tag in ("div", "b", "ul><li", "blockquote", "table><tr><td", "font", "section", "span", "a href=/x", "svg><g"):
        yield f"<{tag}> 300,000 deep", lambda tag=tag: page(f"<{tag}>" * 300_000 + TEXT)  # type: ignore[misc]
    for tag in ("p", "li", "br", "td", "h1", "h2", "time datetime=2026-11-13", "img src=/a.jpg", "figure", "option"):
        yield f"<{tag}> 300,000 times", lambda tag=tag: page(f"<{tag}>kata dan angka 12" * 300_000 + TEXT)  # type: ignore[misc]
    for name in ("itemprop=author", "class=author", "class=date", "rel=next href=/a", "class=byline", "class=caption"):
        part = f"<a {name}>Oleh Budi Santoso, 12/11/2026 10:30 WIB</a>"
        yield f"{name}, 60,000 times", lambda part=part: page(part * 60_000 + TEXT)  # type: ignore[misc]
    for name in ("property=og:title", "name=author", "name=keywords", "itemprop=datePublished", "name=robots"):
        part = f"<meta {name} content='2026-11-13, Sensor Banjir'>"
        yield f"meta {name}, 100,000 times", lambda part=part: page(head=part * 100_000)  # type: ignore[misc]
    yield (
        "200,000 attributes in a tag",
        lambda: page(f"<div {' '.join(f'a{n}=1' for n in range(200_000))}>{TEXT}</div>"),
    )
    yield "tags of 500 attributes", lambda: page(f"<i {' '.join(f'a{n}=1' for n in range(500))}>x</i>" * 2_000 + TEXT)
    yield "short tags of 300 attributes", lambda: page(f"<i {'a ' * 300}>x</i>" * 15_000 + TEXT)
    yield "a class of 1,000,000 words", lambda: page(f"<div class='{'related ' * 1_000_000}'>{TEXT}</div>")
    yield (
        "a title of 5 MB",
        lambda: page(f"<h1>{SENTENCE * 50_000}</h1>{TEXT}", f"<meta name=title content='{'x ' * 99_999}'>"),
    )
    yield "a line of 9 MB", lambda: page(f"<p>{SENTENCE * 90_000}</p>")
    yield "a word of 9 MB", lambda: page(f"<p>{'kata' * 2_250_000}</p>{TEXT}")
    yield "9 MB of spaces", lambda: page(" \n\t" * 3_000_000 + TEXT)
    yield "9 MB of no-break spaces", lambda: page("<p>" + "&nbsp;" * 1_500_000 + f"</p>{TEXT}")
    yield "1,000,000 entities", lambda: page("<p>" + "&amp;lt;p&amp;gt;" * 600_000 + f"</p>{TEXT}")
    yield "4,000,000 digits", lambda: page(f"<p>{'12/11/2026 ' * 360_000}</p><p>{'1' * 4_000_000}</p>{TEXT}")
    yield "3,000,000 opening brackets", lambda: page("<" * 3_000_000 + TEXT)
    yield "1,000,000 comments", lambda: page("<!-- -->" * 1_000_000 + TEXT)
    yield "1,000,000 ends of nothing", lambda: page("</div></p></body></html>" * 300_000 + TEXT)
    yield "400,000 CDATA sections", lambda: page("<![CDATA[x]]>" * 400_000 + TEXT)
    yield "combining marks", lambda: page("<p>a" + "\u0301" * 3_000_000 + f"</p>{TEXT}")
    yield "signs that turn lines", lambda: page("<p>" + "\u202e\u2066" * 1_000_000 + f"</p>{TEXT}")
    yield "300,000 short sentences", lambda: page("<p>Ya. </p>" * 300_000 + TEXT)
    yield "one sentence 60,000 times", lambda: page(f"<p>{SENTENCE}</p>" * 60_000)
    yield "names in a row", lambda: page(f"<p>Penulis: {'Budi Santoso, ' * 300_000}</p>{TEXT}")
    yield "labels in a row", lambda: page("<p>Baca juga: " * 300_000 + TEXT)
    yield "the comment form 20,000 times", lambda: page("<p>LEAVE A REPLY Cancel reply</p>" * 20_000 + TEXT)
    yield "a data URL of 9 MB", lambda: page(f"<img src='data:image/png;base64,{'A' * 9_000_000}'>{TEXT}")
    yield "JSON-LD: brackets", lambda: data_script("[" * 3_000_000)
    yield (
        "JSON-LD: 200,000 articles",
        lambda: data_script(json.dumps([{"@type": "NewsArticle", "headline": "x"}] * 200_000)),
    )
    yield (
        "JSON-LD: 60,000 blocks",
        lambda: page(head='<script type="application/ld+json">{"@type":"Thing"}</script>' * 60_000),
    )
    yield (
        "JSON-LD: a text of 9 MB",
        lambda: data_script(json.dumps({"@type": "NewsArticle", "articleBody": SENTENCE * 90_000})),
    )
    yield (
        "JSON-LD: 100,000 authors",
        lambda: data_script(
            json.dumps(
                {"@type": "NewsArticle", "author": [{"@type": "Person", "name": f"Budi {n}"} for n in range(100_000)]}
            )
        ),
    )
    yield "JSON-LD: numbers", lambda: data_script('{"datePublished": ' + "9" * 5_000_000 + "}")
    yield (
        "JSON-LD: references",
        lambda: data_script(
            json.dumps({"@graph": [{"@id": f"#{n}", "author": {"@id": f"#{n + 1}"}} for n in range(100_000)]})
        ),
    )
    yield "page state: deep", lambda: data_script('{"a":' * 500_000 + "1" + "}" * 500_000, "application/json")
    yield (
        "page state: 300,000 records",
        lambda: data_script(
            json.dumps([{"title": "Sensor Banjir Diuji", "body": SENTENCE}] * 60_000), "application/json"
        ),
    )
    yield "UTF-16", lambda: page(TEXT * 3_000).decode().encode("utf-16")
    yield "random bytes", lambda: b"<html>" + zlib.compress(os.urandom(1 << 20), 0) * 8
    yield "NULs", lambda: page("\x00" * 5_000_000 + TEXT)


def sources() -> Iterator[Input]:
    yield "feed: 100,000 items", read_as_feed, lambda: (HEAD + "".join(map(ITEM.format, range(100_000)))).encode()
    yield "feed: 300,000 deep", read_as_feed, lambda: (HEAD + "<item>" * 300_000).encode()
    yield "feed: a title of 9 MB", read_as_feed, lambda: f"{HEAD}<item><title>{SENTENCE * 90_000}".encode()
    yield (
        "feed: 100,000 attributes",
        read_as_feed,
        lambda: (HEAD + "<item " + " ".join(f"a{n}='1'" for n in range(100_000)) + ">").encode(),
    )
    yield (
        "feed: 300,000 name spaces",
        read_as_feed,
        lambda: ("<rss " + " ".join(f"xmlns:n{n}='urn:{n}'" for n in range(300_000)) + "><channel/></rss>").encode(),
    )
    yield (
        "feed: entities in entities",
        read_as_feed,
        lambda: f"{BOMB}]><rss><channel><title>&i;</title></channel></rss>".encode(),
    )
    yield "feed: escaped markup", read_as_feed, lambda: f"{HEAD}<item><title>{'&lt;b&gt;' * 900_000}".encode()
    yield (
        "feed: a date of 5 MB",
        read_as_feed,
        lambda: f"{HEAD}<item><pubDate>{'1 ' * 2_500_000}</pubDate></item>".encode(),
    )
    yield (
        "sitemap: 200,000 addresses",
        read_as_sitemap,
        lambda: ("<urlset>" + "".join(map(PLACE.format, range(200_000)))).encode(),
    )
    yield (
        "sitemap: 100,000 attributes",
        read_as_sitemap,
        lambda: ("<urlset><url " + " ".join(f"a{n}='1'" for n in range(100_000)) + ">").encode(),
    )
    yield "sitemap: 300,000 deep", read_as_sitemap, lambda: ("<urlset>" + "<url>" * 300_000).encode()
    yield "sitemap: entities", read_as_sitemap, lambda: f"{BOMB}]><urlset><url><loc>&i;</loc></url></urlset>".encode()
    yield (
        "sitemap: an address of 9 MB",
        read_as_sitemap,
        lambda: f"<urlset><url><loc>https://a.example/{'a' * 9_000_000}".encode(),
    )
    yield "robots: 300,000 rules", read_as_robots, lambda: b"User-agent: *\n" + b"Disallow: /a*b*c*d\n" * 300_000
    yield "robots: a rule of stars", read_as_robots, lambda: b"User-agent: *\nDisallow: /" + b"*a" * 200_000
    yield "robots: 300,000 groups", read_as_robots, lambda: b"User-agent: a\nDisallow: /\n\n" * 300_000
    yield "body: 400,000 members of gzip", read_as_gzip, lambda: gzip.compress(b"") * 400_000
    yield "body: 700,000 frames of zstd", read_as_zstd, lambda: zstd.compress(b"") * 700_000
    record = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
    yield "warc: 20,000 members", read_as_warc, lambda: gzip.compress(record) * 20_000
    yield "warc: a header of 5 MB", read_as_warc, lambda: gzip.compress(b"WARC/1.1\r\n" + b"A: b\r\n" * 800_000)
    yield "warc: 500 MB of nothing", read_as_warc, lambda: gzip.compress(b"\x00" * (500 << 20), 1)


def inputs() -> Iterator[Input]:
    """Name, reader and maker of each input."""
    for name, make in pages():
        yield f"page: {name}", read_as_page, make
    yield from sources()
