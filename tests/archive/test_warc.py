"""WARC files as the field's tools read them: warcio's checker, FastWARC, and a reader with offset and length."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastwarc import ArchiveIterator, WarcRecordType

from pipelines.archive.batches import OpenBatch
from pipelines.archive.cdxj import cdxj_of_file
from pipelines.archive.warc import (
    RecordLocation,
    RevisitTarget,
    WarcFileWriter,
    payload_digest,
)
from pipelines.archive.warc_reader import whole_records
from tests.archive.invented import NOON, exchange

URL = "http://kabarteknik.example/berita/satu?id=7&urut=b"
PAGE = gzip.compress(b"<html>Baterai baru</html>", mtime=0)

Write = Callable[..., RecordLocation]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "part.warc.gz"


def written(path: Path, *exchanges: tuple[Any, ...]) -> list[RecordLocation]:
    """A part with these exchanges: each with what it is a revisit of, and what its body is withheld for."""
    part = WarcFileWriter(
        path, "kabarteknik-001.warc.gz", {"software": "Kliping/1.0", "operator": "o", "robots": "obey"}
    )
    records = [part.write(*arguments) for arguments in exchanges]
    part.close()
    return records


def records(path: Path) -> list[tuple[WarcRecordType, dict[str, str], bytes]]:
    """Type, headers and block of every record, as FastWARC reads them."""
    with path.open("rb") as file:
        return [
            (record.record_type, dict(record.headers), record.reader.read())
            for record in ArchiveIterator(file, parse_http=False)
        ]


def test_warcio_finds_nothing_wrong(path: Path) -> None:
    first = exchange(URL, PAGE)
    written(
        path,
        (first, None),
        (exchange(URL, b"", status=304, reason="Not Modified"), RevisitTarget(payload_digest(PAGE), NOON)),
        (first, RevisitTarget(payload_digest(PAGE), NOON)),
        (exchange("http://kabarteknik.example/tertutup", PAGE), None, ["noarchive"]),
        (exchange("http://kabarteknik.example/robots.txt", b"", status=404, reason="Not Found"), None),
    )
    warcio = Path(sys.executable).with_name("warcio")
    check = subprocess.run([warcio, "check", "-v", path], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout + check.stderr
    assert "digest failed" not in check.stdout + check.stderr
    assert (check.stdout + check.stderr).count("digest pass") >= 5


def test_a_file_opens_with_who_wrote_it_how_and_for_whom(path: Path) -> None:
    written(path)
    [(kind, headers, block)] = records(path)
    assert kind is WarcRecordType.warcinfo
    assert headers["WARC-Filename"] == "kabarteknik-001.warc.gz"
    fields = dict(line.split(": ", 1) for line in block.decode().splitlines())
    assert fields["format"] == "WARC File Format 1.1"
    assert fields["software"] == "Kliping/1.0"
    assert fields["robots"] == "obey"


def test_request_and_response_are_whole_and_linked(path: Path) -> None:
    written(path, (exchange(URL, PAGE, headers=[(b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2")]), None))
    _, (_, response, response_block), (kind, request, request_block) = records(path)
    assert kind is WarcRecordType.request
    assert request["WARC-Concurrent-To"] == response["WARC-Record-ID"]
    assert response["WARC-Target-URI"] == request["WARC-Target-URI"] == URL
    assert response["WARC-Date"] == request["WARC-Date"] == "2026-11-24T05:00:00.123456Z"
    assert response["WARC-IP-Address"] == "127.0.0.1"
    assert response["WARC-Payload-Digest"] == payload_digest(PAGE)
    assert response_block == b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n" + PAGE
    assert request_block.startswith(b"GET /berita/satu?id=7&urut=b HTTP/1.1\r\nUser-Agent: ")


def test_header_bytes_stay_as_they_came(path: Path) -> None:
    written(path, (exchange(URL, headers=[(b"X-Judul", "Café – kabar".encode()), (b"X-Latin", b"caf\xe9")]), None))
    block = records(path)[1][2]
    assert "X-Judul: Café – kabar\r\n".encode() in block
    assert b"X-Latin: caf\xe9\r\n" in block


def test_a_transfer_encoding_that_was_undone_is_not_claimed(path: Path) -> None:
    written(path, (exchange(URL, b"utuh", headers=[(b"Transfer-Encoding", b"chunked"), (b"Server", b"x")]), None))
    assert records(path)[1][2] == b"HTTP/1.1 200 OK\r\nX-Crawl-Transfer-Encoding: chunked\r\nServer: x\r\n\r\nutuh"
    with path.open("rb") as file:
        response = next(ArchiveIterator(file, record_types=WarcRecordType.response))
        assert response.reader.read() == b"utuh"


def test_a_body_that_was_cut_says_so(path: Path) -> None:
    [record] = written(path, (exchange(URL, PAGE, truncated="length"), RevisitTarget(payload_digest(PAGE), NOON)))
    assert records(path)[1][1]["WARC-Truncated"] == "length"
    assert not record.revisit


def test_the_same_payload_again_is_a_revisit(path: Path) -> None:
    earlier = RevisitTarget(payload_digest(PAGE), NOON - timedelta(hours=6))
    [record] = written(path, (exchange(URL, PAGE), earlier))
    kind, headers, block = records(path)[1]
    assert record.revisit
    assert kind is WarcRecordType.revisit
    assert headers["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert headers["WARC-Refers-To-Target-URI"] == URL
    assert headers["WARC-Refers-To-Date"] == "2026-11-23T23:00:00.123456Z"
    assert headers["WARC-Payload-Digest"] == payload_digest(PAGE)
    assert block == b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"


def test_another_payload_is_no_revisit(path: Path) -> None:
    [record] = written(path, (exchange(URL, b"baru"), RevisitTarget(payload_digest(PAGE), NOON)))
    assert not record.revisit
    assert records(path)[1][0] is WarcRecordType.response


def test_a_304_is_a_revisit_of_what_the_server_speaks_of(path: Path) -> None:
    answer = exchange(URL, b"", status=304, reason="Not Modified")
    known, unknown = written(path, (answer, RevisitTarget(payload_digest(PAGE), NOON)), (answer, None))
    (_, first, _), (_, second, _) = (record for record in records(path) if record[0] is WarcRecordType.revisit)
    assert first["WARC-Profile"] == second["WARC-Profile"]
    assert first["WARC-Profile"].endswith("/revisit/server-not-modified")
    assert first["WARC-Payload-Digest"] == known.payload_digest == payload_digest(PAGE)
    assert "WARC-Refers-To-Date" not in second
    assert unknown.payload_digest is None


def test_a_record_is_read_by_offset_and_length_alone(path: Path) -> None:
    first, second = written(
        path, (exchange(URL, PAGE), None), (exchange("http://kabarteknik.example/dua", b"dua"), None)
    )
    for record, body in ((first, PAGE), (second, b"dua")):
        member = path.read_bytes()[record.offset : record.offset + record.length]
        found = next(ArchiveIterator(BytesIO(member)))
        assert found.reader.read() == body
        assert gzip.decompress(member).startswith(b"WARC/1.1\r\n")


def test_the_cdxj_of_a_batch_is_that_of_its_file(tmp_path: Path) -> None:
    batch = OpenBatch(tmp_path / "kabarteknik", "20261124T050000Z", 1, {"software": "Kliping/1.0"})
    batch.capture(exchange(URL, PAGE), None)
    batch.capture(exchange("http://a.example/", b"", status=404, headers=[]), None)
    batch.capture(
        exchange(URL, PAGE, headers=[(b"content-type", b"Text/HTML")]), RevisitTarget(payload_digest(PAGE), NOON)
    )
    batch.capture(exchange(URL, b"", status=304, reason="Not Modified"), None)
    batch.close()
    lines = (batch.folder / "part.cdxj").read_text()
    assert lines.count("\n") == 4
    assert lines == cdxj_of_file(batch.folder / "part.warc.gz", batch.key)


def test_the_cdxj_finds_every_capture(path: Path) -> None:
    wrote = written(
        path,
        (exchange(URL, PAGE), None),
        (exchange("http://a.example/", b"x", status=404, reason="Not Found"), None),
        (exchange(URL, PAGE), RevisitTarget(payload_digest(PAGE), NOON)),
    )
    lines = cdxj_of_file(path, "warc/k/k-001.warc.gz").splitlines()
    assert lines == sorted(lines)
    keys = [line.split(" ", 2)[:2] for line in lines]
    assert keys[0] == ["example,a)/", "20261124050000"]
    assert keys[1] == keys[2] == ["example,kabarteknik)/berita/satu?id=7&urut=b", "20261124050000"]
    fields = [json.loads(line.split(" ", 2)[2]) for line in lines]
    assert {(int(f["offset"]), int(f["length"])) for f in fields} == {(w.offset, w.length) for w in wrote}
    assert fields[0] | {"length": "", "offset": ""} == {
        "url": "http://a.example/",
        "mime": "text/html",
        "status": "404",
        "digest": payload_digest(b"x"),
        "length": "",
        "offset": "",
        "filename": "warc/k/k-001.warc.gz",
    }
    assert sorted(f["mime"] for f in fields) == ["text/html", "text/html", "warc/revisit"]


def whole_bytes(path: Path) -> int:
    """Bytes of a file in whole records that follow each other from its start."""
    return max((record.offset + record.length for record in whole_records(path)), default=0)


def test_every_cut_of_a_file_leaves_its_whole_records(path: Path) -> None:
    written(path, (exchange(URL, PAGE), None), (exchange("http://kabarteknik.example/dua", b"dua"), None))
    with path.open("rb") as file:
        starts = [record.stream_pos for record in ArchiveIterator(file, parse_http=False)]
    whole = path.read_bytes()
    ends = [*starts[1:], len(whole)]
    for cut in (0, 1, ends[0] - 1, ends[0], ends[0] + 5, ends[2] + 20, len(whole) - 1, len(whole)):
        path.write_bytes(whole[:cut])
        assert whole_bytes(path) == max((end for end in ends if end <= cut), default=0)
    path.write_bytes(whole + b"\0" * 50)
    assert whole_bytes(path) == len(whole)
