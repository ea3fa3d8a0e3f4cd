"""A page read back from the archive is the page that the crawl saw."""

import gzip
from pathlib import Path

import pytest

from pipelines.archive.payload import Unreadable, payload
from pipelines.archive.warc import RevisitTarget, WarcFileWriter, payload_digest
from tests.archive.invented import NOON, exchange

URL = "http://kabarteknik.example/berita/satu"
PAGE = b"<!doctype html><html lang='id'><p>Baterai baru</p>"


def record(path: Path, body: bytes, *headers: tuple[bytes, bytes], target: RevisitTarget | None = None) -> bytes:
    """The bytes of the record of a response, as a crawl writes it."""
    file = WarcFileWriter(path / "part.warc.gz", "part.warc.gz", {})
    location = file.write(exchange(URL, body, headers=headers), target)
    file.close()
    return (path / "part.warc.gz").read_bytes()[location.offset : location.offset + location.length]


def test_body_and_charset_come_back(tmp_path: Path) -> None:
    headers = ((b"Content-Type", b"text/html; charset=windows-1252"), (b"Content-Encoding", b"gzip"))
    page = payload(record(tmp_path, gzip.compress(PAGE), *headers))
    assert (page.body, page.charset) == (PAGE, "windows-1252")


@pytest.mark.parametrize("stated", [b"none", b"UTF-8", b"identity", b""])
def test_a_content_encoding_that_is_none_is_passed_by(tmp_path: Path, stated: bytes) -> None:
    page = payload(record(tmp_path, PAGE, (b"Content-Type", b"text/html"), (b"Content-Encoding", stated)))
    assert (page.body, page.charset) == (PAGE, None)


def test_the_record_of_a_chunked_response_holds_its_plain_body(tmp_path: Path) -> None:
    assert payload(record(tmp_path, PAGE, (b"Transfer-Encoding", b"chunked"))).body == PAGE


def test_bytes_that_do_not_give_a_page_are_refused_with_the_reason(tmp_path: Path) -> None:
    whole = record(tmp_path, bytes(range(256)), (b"Content-Encoding", b"br"))
    with pytest.raises(Unreadable, match="its body could not be decoded: it is not valid br"):
        payload(whole)
    with pytest.raises(Unreadable, match="it ends too early"):
        payload(whole[:-20])
    with pytest.raises(Unreadable, match="it is not a WARC record"):
        payload(b"<html>")


def test_a_revisit_holds_no_page(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="it is a revisit record"):
        payload(record(tmp_path, PAGE, target=RevisitTarget(payload_digest(PAGE), NOON)))
