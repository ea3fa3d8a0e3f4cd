"""What is fuzzed: readers of strangers' bytes, each with seeds, words of its language, and what it may refuse.

The inputs are invented. A target returns where it took or refused its input as it says it does; whatever else it raises
is a fault.
"""

import gzip
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.archive.warc_reader import Captures, Damaged, read_response
from pipelines.article import Article, Hints, Rejection
from pipelines.cleaning.cleaner import clean
from pipelines.cleaning.date_parsing import find_printed_dates, parse_machine_date
from spiders.answer import Answer
from spiders.page_reading import read_page
from spiders.robots_txt import read_robots
from spiders.site import Site
from spiders.sources.entries import Entry, SourceUnreadable, parse_date
from spiders.sources.feeds import parse_feed
from spiders.sources.sitemaps import parse_sitemap

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
URL = "https://kabarteknik.example/2026/11/24/sensor-banjir-buatan-siswa-diuji"
SITE = Site(
    name="kabarteknik",
    title="Kabar Teknik",
    home="https://kabarteknik.example/",
    article_url=r"/\d{4}/",
    feeds=["https://kabarteknik.example/feed"],
)
MAX_RESPONSE_BYTES = 1 << 22
SEEDS = Path(__file__).parent / "seeds"


class Untrue(AssertionError):  # noqa: N818 - it names a state
    """A target returned what it says that it never returns."""


@dataclass(frozen=True)
class Target:
    """`run` takes one input; `words` are pieces of its language, to be put anywhere."""

    run: Callable[[bytes], None]
    seeds: Sequence[bytes]
    words: Sequence[bytes]


def run_clean(data: bytes) -> None:
    found = clean(data, URL, site=SITE.cleaning_rules(), hints=Hints(headline="Sensor Banjir", fetched_at=NOW))
    if isinstance(found, Rejection):
        _require_text([found.detail])
    elif isinstance(found, Article):
        _require_text(_texts(asdict(found)))
        if found.date_published.tzinfo is None:
            raise Untrue("a date has no zone")


def run_page(data: bytes) -> None:
    headers = {"content-type": ("text/html",)}
    reading = read_page(Answer(URL, URL, 200, headers, data, is_text=True), SITE, with_text=True)
    _require_text(_texts(asdict(reading)))


def run_feed(data: bytes) -> None:
    try:
        _require_entries(parse_feed(data, "https://kabarteknik.example/feed", "application/rss+xml"))
    except SourceUnreadable as refusal:
        _require_text([str(refusal)])


def run_sitemap(data: bytes) -> None:
    try:
        sitemap = parse_sitemap(data)
    except SourceUnreadable as refusal:
        _require_text([str(refusal)])
    else:
        _require_entries((*sitemap.entries, *sitemap.children))


def run_robots(data: bytes) -> None:
    robots = read_robots(200, data)
    if not 0 <= robots.crawl_delay < float("inf"):
        raise Untrue(f"a Crawl-delay of {robots.crawl_delay} s")
    for path in ("/", "/2026/11/24/sensor", "/cari?q=%7e&a=*", "/a%2fb$"):
        _require_text([robots.denial(f"https://kabarteknik.example{path}") or ""])


def run_dates(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    for found in (parse_machine_date(text), *find_printed_dates(text)):
        if found is not None and found.at().tzinfo is None:
            raise Untrue("a date has no zone")
    moment = parse_date(text)
    if moment is not None and moment.tzinfo is None:
        raise Untrue("a date has no zone")


def run_warc(data: bytes) -> None:
    told: list[str] = []
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        path = Path(folder) / "input.warc.gz"
        path.write_bytes(data)
        captures = Captures.from_files([path], told.append)
        for url in ("https://kabarteknik.example/satu", "http://kabarteknik.example/dua"):
            if (captured := captures.find(url)) is not None:
                try:
                    read_response(captured, MAX_RESPONSE_BYTES)
                except Damaged as refusal:
                    told.append(str(refusal))
    _require_text(told)


def _memory() -> str | None:
    """A folder in memory, where the machine has one: each input of a WARC reader is a file."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


def _require_entries(entries: Iterable[Entry]) -> None:
    for entry in entries:
        _require_text([entry.url, entry.headline or "", *entry.keywords])
        for moment in (entry.date_published, entry.date_modified):
            if moment is not None and moment.tzinfo is None:
                raise Untrue("a date has no zone")


def _require_text(texts: Iterable[str]) -> None:
    """Whether each can be written as UTF-8: the tables, the spool and the log take nothing else."""
    for text in texts:
        text.encode()


def _texts(value: object) -> Iterable[str]:
    """Every text in a record."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for part in value:
            yield from _texts(part)


def _seeds(name: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((SEEDS / name).iterdir())]


DATES = (
    "Selasa, 24 November 2026 | 08:15 WIB",
    "2026-11-24T08:15:00.123+07:00",
    "Tue, 24 Nov 2026 08:15:00 GMT+7",
    "Diterbitkan 24/11/2026 pkl. 08.15 WITA, diperbarui 3 jam yang lalu",
    "Nov 24, 2026, 8:15 pm",
    "24 Agst 2026 24:00 WIT",
    "1732410900",
)


def _record(kind: str, url: str, block: bytes, *, more: str = "") -> bytes:
    head = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-11-24T08:15:00Z\r\n{more}"
        f"WARC-Record-ID: <urn:uuid:0b0f5f6e-0000-4000-8000-000000000001>\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 11\r\n\r\n<p>Banjir</p"
CHUNKED = (
    b"HTTP/1.1 200 OK\nContent-Type: text/html\nTransfer-Encoding: chunked\n\n6\r\n<p>Ban\r\n5;x\r\njir</\r\n0\r\n\r\n"
)
PACKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(
    b"<p>Isi</p>", mtime=0
)
RECORDS = (
    _record("warcinfo", "x", b"software: Alat/1.0\r\n"),
    _record("response", "https://kabarteknik.example/satu", PAGE),
    _record("response", "http://kabarteknik.example/dua", CHUNKED),
    _record("response", "http://kabarteknik.example/dua", PACKED, more="WARC-Truncated: length\r\n"),
    _record("revisit", "https://kabarteknik.example/satu", b"HTTP/1.1 304 Not Modified\r\n\r\n"),
)
WARCS = (
    b"".join(RECORDS),
    b"".join(gzip.compress(record, mtime=0) for record in RECORDS),
    gzip.compress(RECORDS[1] * 2),
)

ODD = (b"\x00", b"\x85", b"\xe2\x80\xa8", b"\xff\xfe", b"\xed\xa0\x80", b"&#0;", b"&#xD800;", b"\\ud800", b"\x1b[31m")
"""What every reader of text meets some day: NUL, NEL, a line separator, marks of UTF-16, lone surrogates, an escape."""

TARGETS: Mapping[str, Target] = {
    "clean": Target(
        run_clean,
        _seeds("clean"),
        [
            *ODD,
            *(
                b'<meta charset="unicode_escape">',
                b"<div>",
                b"</div>",
                b"<table><tr><td>",
                b"<noscript>",
                b"<template>",
            ),
            *(b"<![CDATA[", b"<!--", b"-->", b"<svg><math>", b'"datePublished":', b'"@graph":[', b'"articleBody":"'),
            *(b"24/13/2026", b"0000-00-00", b"GMT+99", b"Baca juga:", b"&lt;p&gt;", b"1e999", b"NaN", b'"\\ud800"'),
        ],
    ),
    "page": Target(
        run_page,
        _seeds("clean"),
        [
            *ODD,
            b'<base href="//x">',
            b'<link rel="canonical" href="',
            b'<a rel="next" href="?page=',
            b"http://[::1",
            b"%00",
        ],
    ),
    "feeds": Target(
        run_feed,
        _seeds("feeds"),
        [
            *ODD,
            b"<item>",
            b"<entry>",
            b"<link/>",
            b"<guid>",
            b"<![CDATA[",
            b"]]>",
            b"&lt;",
            b"http://[",
            b"GMT+7",
            b"xml:base=",
        ],
    ),
    "sitemaps": Target(
        run_sitemap,
        [*_seeds("sitemaps"), gzip.compress(_seeds("sitemaps")[0], mtime=0)],
        [
            *ODD,
            b"<url>",
            b"<loc>",
            b"<lastmod>",
            b"<news:news>",
            b"<!ENTITY x SYSTEM '/etc/hosts'>",
            b"&x;",
            b"<?x?>",
            b"<!--",
        ],
    ),
    "robots": Target(
        run_robots,
        _seeds("robots"),
        [
            *ODD,
            b"User-agent:",
            b"Disallow:",
            b"Allow:",
            b"Crawl-delay:",
            b"inf",
            b"nan",
            b"1e400",
            b"%",
            b"$",
            b"*" * 40,
            b"\r",
        ],
    ),
    "dates": Target(
        run_dates,
        [date.encode() for date in DATES],
        [
            *ODD,
            *(
                b"WIB",
                b"WITA",
                b"UTC+7",
                b"GMT+07:00",
                b"+99:99",
                b"24:00",
                b"Pkl.",
                b"Agustus",
                b"Jum'at",
                b"00",
                b"9999",
            ),
            *("٣".encode(), "²".encode(), b"T", b"Z", b"-00:00", b"yang lalu", b"31 Februari", b"99999999999999999999"),
        ],
    ),
    "warc": Target(
        run_warc,
        WARCS,
        [
            *ODD,
            *(
                b"WARC/1.0\r\n",
                b"WARC-Type: response\r\n",
                b"Content-Length: 99999999999\r\n",
                b"Content-Length: -1\r\n",
            ),
            *(
                b"\r\n\r\n",
                b"\n\n",
                b"HTTP/1.1 200 OK\r\n",
                b"Transfer-Encoding: chunked\r\n",
                b"ffffffff\r\n",
                b"\x1f\x8b\x08",
            ),
            *(b"WARC-Date: 9999-99-99T99:99:99Z\r\n", b"Content-Encoding: br\r\n", b"HTTP/1.1 " + b"9" * 30),
        ],
    ),
}
