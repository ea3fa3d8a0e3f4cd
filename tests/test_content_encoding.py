"""Bodies as servers and archives have them: encoded, encoded otherwise than they say, cut, and made to burst."""

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
from backports import zstd

from pipelines.content_encoding import (
    BodyTooLarge,
    UndecodableBody,
    charset_of,
    codings,
    decode,
    gunzip,
    is_encoded,
)

PAGE = b"<!doctype html><html lang='id'><p>" + b"Prosesor hemat daya untuk petani. " * 40
JSON = b'{"posts": [{"title": "Prosesor hemat daya"}]}' * 20
LIMIT = 1_000_000


def raw_deflate(body: bytes) -> bytes:
    return zlib.compress(body, wbits=-zlib.MAX_WBITS)


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}
every_coding = pytest.mark.parametrize("coding", ENCODERS)


@every_coding
def test_a_body_is_decoded(coding: str) -> None:
    assert decode(ENCODERS[coding](PAGE), coding, LIMIT) == PAGE
    assert decode(ENCODERS[coding](PAGE), f" {coding.upper()} ", LIMIT) == PAGE


def test_deflate_comes_without_its_zlib_frame_as_well() -> None:
    assert decode(raw_deflate(PAGE), "deflate", LIMIT) == PAGE


def test_several_codings_are_undone_from_the_last() -> None:
    assert decode(brotli.compress(gzip.compress(PAGE)), "gzip, br", LIMIT) == PAGE
    assert codings("identity, GZIP;q=1, br") == ["gzip", "br"]


@pytest.mark.parametrize(
    "stated", [None, "", "none", "identity", "utf-8", "UTF-8, none", "text/html", "*", "aes128gcm"]
)
def test_codings_that_are_none_are_passed_by(stated: str | None) -> None:
    assert decode(PAGE, stated, LIMIT) == PAGE
    assert decode(b"\x89PNG\r\n\x1a\n", stated, LIMIT) == b"\x89PNG\r\n\x1a\n"


def test_a_coding_beside_an_unknown_one_is_undone() -> None:
    assert decode(gzip.compress(PAGE), "utf-8, gzip", LIMIT) == PAGE
    assert decode(gzip.compress(PAGE), "gzip, none", LIMIT) == PAGE


@every_coding
@pytest.mark.parametrize(
    "text", [PAGE, JSON, b"User-agent: *\nDisallow:\n", b"caf\xe9 \x1b$B", b"x", PAGE.decode().encode("utf-16")]
)
def test_text_that_is_not_encoded_at_all_is_taken_as_it_is(coding: str, text: bytes) -> None:
    assert decode(text, coding, LIMIT) == text
    assert not is_encoded(text, coding)


@every_coding
def test_an_encoded_body_looks_like_one(coding: str) -> None:
    assert is_encoded(ENCODERS[coding](PAGE), coding)
    assert not is_encoded(ENCODERS[coding](PAGE), "none")


@every_coding
def test_an_empty_body_stays_empty(coding: str) -> None:
    assert decode(b"", coding, LIMIT) == b""


@every_coding
def test_a_body_that_was_cut_is_read_as_far_as_it_goes(coding: str) -> None:
    long = b"".join(b"<p>Berita nomor %d tentang prosesor</p>" % number for number in range(20_000))
    encoded = ENCODERS[coding](long)
    decoded = decode(encoded[: len(encoded) // 2], coding, LIMIT)
    assert 0 < len(decoded) < len(long)
    assert long.startswith(decoded)


@pytest.mark.parametrize("coding", ["deflate", "br", "zstd"])
def test_other_bytes_are_refused_in_half_a_sentence(coding: str) -> None:
    with pytest.raises(UndecodableBody, match=f"^it is not valid {coding}") as told:
        decode(bytes(range(200, 256)) + b"\x00\x01\x02" * 50, coding, LIMIT)
    assert "\n" not in str(told.value)


def test_what_does_not_begin_as_gzip_is_not_gzip() -> None:
    image = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    assert decode(image, "gzip", LIMIT) == gunzip(image, LIMIT) == image
    with pytest.raises(UndecodableBody, match=r"^it is not valid gzip"):
        decode(b"\x1f\x8b" + bytes(range(100)), "gzip", LIMIT)


@every_coding
def test_a_bomb_is_stopped_at_the_limit(coding: str) -> None:
    bomb = ENCODERS[coding](bytes(50_000_000))
    with pytest.raises(BodyTooLarge, match="exceeds 1,000,000 bytes when decompressed"):
        decode(bomb, coding, LIMIT)
    assert decode(ENCODERS[coding](b"a" * LIMIT), coding, LIMIT) == b"a" * LIMIT


def test_a_bomb_in_a_bomb_is_stopped_in_between() -> None:
    with pytest.raises(BodyTooLarge):
        decode(gzip.compress(gzip.compress(bytes(50_000_000))[:100] + bytes(LIMIT)), "br, gzip", LIMIT)
    with pytest.raises(UndecodableBody, match="6 content codings"):
        decode(PAGE, "gzip," * 6, LIMIT)


def test_a_body_without_a_coding_has_the_same_limit() -> None:
    with pytest.raises(BodyTooLarge, match="larger than 1,000,000 bytes"):
        decode(b"a" * (LIMIT + 1), None, LIMIT)


def test_all_members_of_a_gzip_file_count_and_what_follows_them_does_not() -> None:
    assert gunzip(gzip.compress(b"satu ") + gzip.compress(b"dua") + bytes(512), LIMIT) == b"satu dua"
    with pytest.raises(BodyTooLarge):
        gunzip(gzip.compress(bytes(LIMIT)) * 2, LIMIT)


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        (None, None),
        ("text/html", None),
        ("text/html; charset=utf-8", "utf-8"),
        ("text/html;Charset = 'ISO-8859-1'", "ISO-8859-1"),
        ('text/html; charset="windows-1252"', "windows-1252"),
    ],
)
def test_the_charset_is_read_out_of_the_content_type(content_type: str | None, charset: str | None) -> None:
    assert charset_of(content_type) == charset
