"""WARC files are read whoever made them, and a damaged record costs no other."""

import gzip
import re
import zlib
from datetime import UTC, datetime

import brotli
import pytest
from backports import zstd

from pipelines.archive.warc_reader import Captures, read_response, unchunked, warc_files
from tests.spiders.warcs import Record, write_warc

LIMIT = 1_000_000
PAGES = [Record(f"https://kabar.id/read/{n}", f"<p>Berita {n}</p>" * 40) for n in range(4)]


def read(path, limit: int = LIMIT):
    warnings: list[str] = []
    captures = Captures.from_files([path], warnings.append)
    return {c.url: read_response(c, limit).body for c in captures.responses}, warnings


@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
def test_responses_are_found_and_read(tmp_path, packed):
    path = tmp_path / "a.warc.gz"
    write_warc(path, *PAGES, Record("https://kabar.id/read/9", kind="request"), packed=packed)
    found, warnings = read(path)
    assert found == {page.url: str(page.body).encode() for page in PAGES}
    assert warnings == []


@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
@pytest.mark.parametrize("damage", ["begin", "middle", "cut"])
def test_a_damaged_record_costs_only_itself(tmp_path, packed, damage):
    path = tmp_path / "a.warc.gz"
    offsets = write_warc(path, *PAGES, packed=packed)
    stored = bytearray(path.read_bytes())
    if damage == "begin":
        stored[offsets[1] : offsets[1] + 8] = b"\xff" * 8
    elif damage == "middle":
        middle = (offsets[1] + offsets[2]) // 2
        stored[middle : middle + 20] = b""
    else:
        del stored[offsets[3] + 60 :]
    path.write_bytes(stored)
    found, warnings = read(path)
    lost = PAGES[3].url if damage == "cut" else PAGES[1].url
    assert set(found) == {page.url for page in PAGES} - {lost}
    assert len(warnings) == 1
    assert "damaged" in warnings[0]


@pytest.mark.parametrize("separator", [b"\r\n", b"\n\n", b"", b"\r\n" * 4], ids=["CRLF", "LF LF", "none", "4 CRLF"])
def test_records_that_are_not_parted_by_two_line_ends_are_read_with_a_warning(tmp_path, separator):
    path = tmp_path / "a.warc"
    offsets = write_warc(path, *PAGES, packed=False)
    stored = path.read_bytes()
    parts = [stored[begin:end] for begin, end in zip([0, *offsets], [*offsets, None], strict=True)]
    path.write_bytes(b"".join(part.removesuffix(b"\r\n\r\n") + separator for part in parts))
    found, warnings = read(path)
    assert found == {page.url: str(page.body).encode() for page in PAGES}
    assert warnings == ["a.warc: records are not parted by two line ends; they are read by the lengths they state"]


@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
@pytest.mark.parametrize("head", ["http", "warc"])
def test_headers_whose_lines_end_in_lf_alone_are_read(tmp_path, packed, head):
    path = tmp_path / "a.warc"
    (begin,) = write_warc(path, Record("https://kabar.id/read/1", "<p>a\r\n\r\nb</p>"), packed=False)
    warc_head, http_head, body = path.read_bytes()[begin:].removesuffix(b"\r\n\r\n").split(b"\r\n\r\n", 2)
    if head == "http":
        http_head = http_head.replace(b"\r\n", b"\n") + b"\n\n"
        length = f"Content-Length: {len(http_head + body)}".encode()
        warc_head = re.sub(rb"Content-Length: \d+", length, warc_head) + b"\r\n\r\n"
    else:
        http_head += b"\r\n\r\n"
        warc_head = warc_head.replace(b"\r\n", b"\n") + b"\n\n"
    record = warc_head + http_head + body + b"\r\n\r\n"
    path.write_bytes(gzip.compress(record) if packed else record)
    captures = Captures.from_files([path], print)
    (captured,) = captures.responses
    assert captured.is_html
    assert read_response(captured, LIMIT).body == b"<p>a\r\n\r\nb</p>"
    assert dict(read_response(captured, LIMIT).headers) == {"content-type": "text/html; charset=utf-8"}


def test_a_file_of_rubbish_holds_nothing_and_says_so(tmp_path):
    path = tmp_path / "a.warc"
    path.write_bytes(b"\x00rubbish" * 1000)
    assert read(path)[0] == {}
    assert len(read(path)[1]) == 1


def test_a_file_that_is_gzip_as_a_whole_is_named_as_such(tmp_path):
    plain = tmp_path / "plain.warc"
    write_warc(plain, *PAGES, packed=False)
    path = tmp_path / "whole.warc.gz"
    path.write_bytes(gzip.compress(plain.read_bytes()))
    found, warnings = read(path)
    assert found == {}
    assert "recompress" in warnings[0]


def test_a_record_larger_than_the_limit_is_not_unpacked(tmp_path):
    path = tmp_path / "a.warc.gz"
    write_warc(path, Record("https://kabar.id/read/1", b"x" * 5_000_000))
    (captured,) = Captures.from_files([path], print).responses
    with pytest.raises(OverflowError):
        read_response(captured, LIMIT)


def test_headers_are_kept_but_for_the_framing_that_is_undone(tmp_path):
    path = tmp_path / "a.warc.gz"
    body = b"4\r\n<p>a\r\n4;x=y\r\n</p>\r\n0\r\n\r\n"
    write_warc(path, Record("https://kabar.id/read/1", body, headers={"Transfer-Encoding": "chunked", "ETag": '"e"'}))
    (captured,) = Captures.from_files([path], print).responses
    response = read_response(captured, LIMIT)
    assert response.body == b"<p>a</p>"
    assert dict(response.headers) == {"content-type": "text/html; charset=utf-8", "etag": '"e"'}


@pytest.mark.parametrize(
    ("coding", "encode"),
    [("gzip", gzip.compress), ("br", brotli.compress), ("deflate", zlib.compress), ("zstd", zstd.compress)],
)
def test_a_body_stored_decoded_under_the_header_of_the_encoded_one_is_seen_through(tmp_path, coding, encode):
    path = tmp_path / "a.warc.gz"
    encoded = {"Content-Encoding": coding}
    write_warc(
        path,
        Record("https://kabar.id/read/1", b"<p>a</p>", headers=encoded),
        Record("https://kabar.id/read/2", encode(b"<p>a</p>"), headers=encoded),
    )
    one, two = (read_response(c, LIMIT) for c in Captures.from_files([path], print).responses)
    assert "content-encoding" not in dict(one.headers)
    assert dict(two.headers)["content-encoding"] == coding


@pytest.mark.parametrize(
    ("framed", "plain"),
    [
        (b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"3\nabc\n0\n\n", b"abc"),
        (b"3\r\nabc\r\n", b"abc"),
        (b"<p>not framed at all</p>", b"<p>not framed at all</p>"),
        (b"abc def", b"abc def"),
        (b"", b""),
    ],
)
def test_chunks_are_joined_where_there_are_any(framed, plain):
    assert unchunked(framed) == plain


def test_the_capture_nearest_in_time_answers(tmp_path):
    path = tmp_path / "a.warc.gz"
    url = "https://kabar.id/read/1"
    write_warc(path, *(Record(url, str(day), f"2026-11-{day}T00:00:00Z") for day in (10, 14, 20)))
    captures = Captures.from_files([path], print)
    days = [captures.find(url, near) for near in (datetime(2026, 11, 13, tzinfo=UTC), None)]
    assert [captured.captured_at.day for captured in days if captured] == [14, 20]
    assert captures.find("http://kabar.id/read/1/") is not None
    assert captures.find("https://kabar.id/read/2") is None


def test_warc_files_are_found_in_folders(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("b/2.warc", "1.warc.gz", "1.warc.gz.cdxj", "note.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in warc_files(tmp_path)] == ["1.warc.gz", "2.warc"]
    with pytest.raises(FileNotFoundError):
        warc_files(tmp_path / "nothing")
