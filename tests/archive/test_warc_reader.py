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


@pytest.fixture
def plain(tmp_path):
    """PAGES in an uncompressed file, and its records."""
    path = tmp_path / "plain.warc"
    offsets = write_warc(path, *PAGES, packed=False)
    stored = path.read_bytes()
    return [stored[begin:end] for begin, end in zip([0, *offsets], [*offsets, None], strict=True)]


@pytest.mark.parametrize("share", [1, 2, 3, 5], ids=lambda share: f"{share} a member")
def test_gzip_members_of_several_records_are_read(tmp_path, plain, share):
    path = tmp_path / "shared.warc.gz"
    members = [b"".join(plain[at : at + share]) for at in range(0, len(plain), share)]
    path.write_bytes(b"".join(map(gzip.compress, members)))
    found, warnings = read(path)
    assert found == {page.url: str(page.body).encode() for page in PAGES}
    assert warnings == []


def test_a_damaged_record_in_a_member_of_several_costs_only_itself(tmp_path, plain):
    path = tmp_path / "shared.warc.gz"
    plain[2] = plain[2][:-100]
    path.write_bytes(gzip.compress(b"".join(plain)))
    found, warnings = read(path)
    assert set(found) == {page.url for page in PAGES} - {PAGES[1].url}
    assert len(warnings) == 1
    assert "damaged" in warnings[0]


def test_a_member_of_several_records_beyond_a_bound_is_refused_with_what_to_do(tmp_path, plain, monkeypatch):
    monkeypatch.setattr("pipelines.archive.warc_reader.MAX_SHARED_MEMBER_BYTES", 1000)
    path = tmp_path / "whole.warc.gz"
    path.write_bytes(gzip.compress(b"".join(plain)))
    found, warnings = read(path)
    assert found == {}
    assert len(warnings) == 1
    assert "recompress the file by record" in warnings[0]


@pytest.mark.parametrize("version", ["0.17", "0.18", "1.0", "1.1", "2.0"])
@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
def test_files_of_any_version_are_read(tmp_path, plain, version, packed):
    records = [record.replace(b"WARC/1.1", f"WARC/{version}".encode(), 1) for record in plain]
    path = tmp_path / "a.warc"
    path.write_bytes(b"".join(map(gzip.compress, records) if packed else records))
    found, warnings = read(path)
    assert (set(found), warnings) == ({page.url for page in PAGES}, [])


FOREIGN = {
    "a.arc": b"filedesc://a.arc 0.0.0.0 20261120100000 text/plain 76\n1 0 contoh\n",
    "a.arc.gz": gzip.compress(b"filedesc://a.arc 0.0.0.0 20261120100000 text/plain 76\n1 0 contoh\n"),
    "a.warc.zst": zstd.compress(b"WARC/1.1\r\n"),
    "a.wacz": b"PK\x03\x04" + b"\0" * 40,
    "a.warc.bz2": b"BZh91AY&SY",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_read_is_found_in_folders_and_said(tmp_path, name):
    (tmp_path / name).write_bytes(FOREIGN[name])
    warnings: list[str] = []
    assert Captures.from_files(warc_files(tmp_path), warnings.append).responses == []
    assert len(warnings) == 1
    assert name in warnings[0]
    assert "which is not read" in warnings[0]


UNREAD = {
    "revisit": "say that a page had not changed",
    "resource": "hold a file without an HTTP response",
    "conversion": "hold another form of a response",
    "continuation": "hold a further segment of another record",
}


@pytest.mark.parametrize("kind", UNREAD)
def test_records_that_may_concern_a_page_and_are_not_read_are_counted(tmp_path, kind):
    path = tmp_path / "a.warc.gz"
    write_warc(path, PAGES[0], *[Record(f"https://kabar.id/read/{n}", "x", kind=kind) for n in (7, 8)])
    found, warnings = read(path)
    assert set(found) == {PAGES[0].url}
    assert warnings == [f"a.warc.gz: 2 records are left out that {UNREAD[kind]}"]


@pytest.mark.parametrize("kind", ["request", "metadata", "warcinfo"])
def test_records_that_never_hold_a_page_are_passed_over(tmp_path, kind):
    path = tmp_path / "a.warc.gz"
    write_warc(path, PAGES[0], Record("https://kabar.id/read/7", "x", kind=kind))
    assert read(path)[1] == []


SPOILT = {
    "no date": (b"WARC-Date: 2026", b"WARC-Date: kemarin 2026", "have no date that could be read"),
    "no HTTP response": (b"HTTP/1.1 200", b"GARBLED XX X", "do not hold an HTTP response"),
    "a segment": (b"WARC-Date:", b"WARC-Segment-Number: 1\r\nWARC-Date:", "hold the first segment of a response"),
    "no address": (b"WARC-Target-URI:", b"X-Target:", "are responses without an address"),
    "a broken address": (b"URI: https://kabar.id", b"URI: https://[bar.id", "have an address that names no host"),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_a_response_that_cannot_be_used_is_counted(tmp_path, plain, fault):
    old, new, words = SPOILT[fault]
    plain[2] = plain[2].replace(old, new, 1)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(map(gzip.compress, plain)))
    found, warnings = read(path)
    assert set(found) == {page.url for page in PAGES} - {PAGES[1].url}
    assert warnings == [f"a.warc.gz: 1 records are left out that {words}"]


@pytest.mark.parametrize("date", ["20261120030000", "2026-11-20T03:00:00.123456789Z", "2026-11-20T10:00:00+07:00"])
def test_dates_are_read_in_the_forms_that_writers_use(tmp_path, date):
    path = tmp_path / "a.warc.gz"
    write_warc(path, Record("https://kabar.id/read/7", "x", date=date))
    (captured,) = Captures.from_files([path], pytest.fail).responses
    assert captured.captured_at.replace(microsecond=0) == datetime(2026, 11, 20, 3, tzinfo=UTC)


@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
@pytest.mark.parametrize("wrong", [-300, -1, 1, 5000])
def test_a_record_of_a_wrong_length_is_read_whole_or_refused_aloud(tmp_path, plain, packed, wrong):
    def lengthened(found):
        return b"\nContent-Length: %d" % (int(found[1]) + wrong)

    plain[2] = re.sub(rb"\nContent-Length: (\d+)", lengthened, plain[2], count=1)
    path = tmp_path / "a.warc"
    path.write_bytes(b"".join(map(gzip.compress, plain) if packed else plain))
    found, warnings = read(path)
    assert found.pop(PAGES[1].url, b"").startswith(str(PAGES[1].body).encode()) or warnings
    assert {page.url for page in PAGES} - {PAGES[1].url} <= set(found) | {PAGES[2].url}


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
