"""What is written to local disk is there whole or not at all, whatever the disk does."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines.archive.disk import AppendedFile, DiskFailed, DiskFull, replace_durably, require_room
from tests.archive.full_disk import full_disk

LIMIT_BYTES = 4 << 20


def test_a_piece_that_does_not_fit_is_cut_off_and_the_next_stands_behind_the_last_whole_one(tmp_path: Path) -> None:
    file = AppendedFile(tmp_path / "file")
    assert file.append(b"satu") == 0
    with full_disk(LIMIT_BYTES), pytest.raises(DiskFull, match=r"could not be written: .*; make room"):
        file.append(bytes(2 * LIMIT_BYTES))
    assert (tmp_path / "file").read_bytes() == b"satu"
    assert file.append(b"dua") == 4
    file.append_durably(b"tiga")
    file.close()
    assert (tmp_path / "file").read_bytes() == b"satuduatiga"


def test_writers_of_the_same_file_are_not_in_each_other_s_way(tmp_path: Path) -> None:
    path = tmp_path / "berkas.json"
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: replace_durably(path, bytes([number]) * 1000), range(60)))
    [writer] = set(path.read_bytes())
    assert writer in range(60)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_replaced_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "berkas.json"
    replace_durably(path, b"lama")
    with full_disk(LIMIT_BYTES), pytest.raises(DiskFull):
        replace_durably(path, bytes(2 * LIMIT_BYTES))
    assert path.read_bytes() == b"lama"
    assert [found.name for found in tmp_path.iterdir()] == ["berkas.json"]


def test_a_folder_that_is_gone_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DiskFailed, match="no such file or directory; look after its disk"):
        AppendedFile(tmp_path / "hilang" / "berkas")


def test_room_is_asked_for_in_megabytes(tmp_path: Path) -> None:
    require_room(tmp_path, 0)
    with pytest.raises(DiskFull, match="KLIPING_MIN_FREE_MB"):
        require_room(tmp_path, 900_000_000)
