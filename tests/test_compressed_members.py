"""Files and bodies of many compressed members, one after the other."""

import gzip
import zlib
from collections.abc import Callable

import pytest
from backports import zstd

from pipelines.compressed_members import MAX_FED_BYTES, MIN_FED_BYTES, Stream, decompressed

PAGE = b"Prosesor hemat daya untuk petani. " * 4_000


class Counted:
    """A library's stream that counts the bytes that it is given."""

    fed = 0

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: memoryview, max_length: int, /) -> bytes:
        Counted.fed += len(data)
        return self._stream.decompress(data, max_length)


FORMATS: dict[str, tuple[Callable[[bytes], bytes], Callable[[], Stream]]] = {
    "gzip": (gzip.compress, lambda: Counted(zlib.decompressobj(zlib.MAX_WBITS | 16))),
    "zstd": (zstd.compress, lambda: Counted(zstd.ZstdDecompressor())),
}


@pytest.mark.parametrize("name", FORMATS)
def test_each_member_is_read_once_however_many_follow(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compress, new_stream = FORMATS[name]
    packed = compress(b"") * 2_000 + compress(PAGE)
    monkeypatch.setattr(Counted, "fed", 0)

    at, found = 0, list[bytes]()
    while at < len(packed):
        member = decompressed(new_stream, packed, at, 1 << 20)
        assert member.is_whole
        found.append(member.plain)
        at = member.end

    assert found == [b""] * 2_000 + [PAGE]
    assert Counted.fed <= 2_000 * MIN_FED_BYTES + len(packed) + MAX_FED_BYTES


@pytest.mark.parametrize("name", FORMATS)
def test_a_member_that_was_cut_gives_what_is_there(name: str) -> None:
    compress, new_stream = FORMATS[name]
    packed = compress(PAGE)

    member = decompressed(new_stream, packed[:-4], 0, 1 << 20)

    assert not member.is_whole
    assert PAGE.startswith(member.plain)
    assert member.end == len(packed) - 4


@pytest.mark.parametrize("name", FORMATS)
def test_no_more_is_decompressed_than_asked_for(name: str) -> None:
    compress, new_stream = FORMATS[name]

    assert decompressed(new_stream, compress(PAGE), 0, 100).plain == PAGE[:100]
