"""The bucket holds one index of each month of a site, which says what the WARC files' own indexes say."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.archive.bucket import Bucket
from pipelines.archive.maintenance.maintain import maintain
from pipelines.archive.maintenance.month_index_upkeep import renew_month_indexes
from pipelines.archive.maintenance.report import Step
from pipelines.archive.merged_index import write_index
from pipelines.archive.tables import pass_by
from pipelines.archive.takedown.order import Order, Target
from pipelines.archive.takedown.takedown import Takedown
from pipelines.archive.takedown_scope import Scope
from pipelines.archive.verification.findings import Kind
from pipelines.archive.verification.verify import verify
from pipelines.index.database import Index
from settings.storage import Storage
from tests.archive.invented import LATER, NOON, finish, look_at, open_run, text

SITES = ("kabarteknik", "siartekno")


def url(site: str, number: int) -> str:
    return f"http://{site}.example/{number}"


def crawl(storage: Storage, site: str, number: int, hours: int = 0) -> None:
    at = NOON + timedelta(hours=hours)
    run = open_run(storage, site, run_id=f"{at:%Y%m%dT%H%M%SZ}")
    look_at(run, url(site, number), text(number), at=at)
    finish(run)


@pytest.fixture
def archive(storage: Storage) -> Storage:
    """Two sites with two runs in a month, the first with one in the next as well."""
    for number, site in enumerate(SITES):
        crawl(storage, site, 10 * number)
        crawl(storage, site, 10 * number + 1, hours=1)
    crawl(storage, SITES[0], 2, hours=30 * 24)
    return storage


@pytest.fixture
def renewed(archive: Storage, tmp_path: Path) -> Storage:
    """The same, with its indexes."""
    renew(archive, tmp_path)
    return archive


def renew(storage: Storage, scratch: Path) -> Step:
    step = renew_month_indexes(Bucket(storage), scratch)
    assert (step.left, step.failed) == ([], [])
    return step


def indexes(storage: Storage) -> dict[str, list[bytes]]:
    """The lines of each index of a month, by what its key says before its digest."""
    bucket = Bucket(storage)
    keys = [key for key in bucket.list("cdxj/") if key.endswith(".cdxj")]
    return {key.rpartition("-")[0]: bucket.get(key).splitlines() for key in keys}


def own_lines(storage: Storage) -> list[bytes]:
    """The lines of the WARC files' own indexes."""
    bucket = Bucket(storage)
    keys = [key for key in bucket.list("warc/") if key.endswith(".cdxj")]
    return sorted(line for key in keys for line in bucket.get(key).splitlines())


def test_each_month_of_a_site_has_one_that_is_sorted_and_together_they_name_every_capture(renewed: Storage) -> None:
    found = indexes(renewed)
    assert sorted(found) == ["cdxj/kabarteknik-202611", "cdxj/kabarteknik-202612", "cdxj/siartekno-202611"]
    assert all(lines == sorted(lines) for lines in found.values())
    assert sorted(line for lines in found.values() for line in lines) == own_lines(renewed)


def test_a_night_costs_what_has_changed(renewed: Storage, tmp_path: Path) -> None:
    before = set(Bucket(renewed).list("cdxj/"))
    assert renew(renewed, tmp_path).figures == {"indexes_made": 0, "indexes_read": 0, "indexes_removed": 0}
    assert set(Bucket(renewed).list("cdxj/")) == before

    crawl(renewed, SITES[1], 12, hours=2)
    step = renew(renewed, tmp_path)
    # The index that was there, and that of the new file.
    assert step.figures == {"indexes_made": 1, "indexes_read": 2, "indexes_removed": 1}
    changed = before ^ set(Bucket(renewed).list("cdxj/"))
    assert {key.rpartition("-")[0] for key in changed} == {"cdxj/siartekno-202611"}
    assert sorted(line for lines in indexes(renewed).values() for line in lines) == own_lines(renewed)


def test_the_upkeep_makes_them_after_it_has_packed_the_files(storage: Storage) -> None:
    for number in range(8):
        crawl(storage, SITES[0], number, hours=number - 400 * 24)
    assert maintain(storage).failures == []
    [lines] = indexes(storage).values()
    captures = [json.loads(line.split(b" ", 2)[2]) for line in lines]
    assert {capture["url"] for capture in captures} == {url(SITES[0], number) for number in range(8)}
    [pack] = {capture["filename"] for capture in captures}
    assert f"{pack.removesuffix('.warc.gz')}.pack.json" in Bucket(storage).list("warc/")


def test_one_index_over_all_is_made_of_them_and_of_what_came_later(renewed: Storage, tmp_path: Path) -> None:
    crawl(renewed, SITES[1], 12, hours=2)
    read: list[str] = []
    done = write_index(Bucket(renewed), [], tmp_path / "index.cdxj", progress=read.append)
    assert (done.files, done.captures) == (6, 6)
    assert (tmp_path / "index.cdxj").read_bytes().splitlines() == own_lines(renewed)
    assert sorted(key.split("/")[0] for key in read) == ["cdxj"] * 2 + ["warc"] * 3


def test_one_whose_list_is_missing_does_not_count_and_is_made_again(renewed: Storage, tmp_path: Path) -> None:
    bucket = Bucket(renewed)
    content = {key: bucket.get(key) for key in bucket.list("cdxj/")}
    [cut_off] = [key for key in content if key.startswith("cdxj/siartekno") and key.endswith(".json")]
    bucket.remove(cut_off)
    read: list[str] = []
    write_index(bucket, [SITES[1]], tmp_path / "index.cdxj", progress=read.append)
    assert all(key.startswith("warc/siartekno/") for key in read)
    assert renew(renewed, tmp_path).figures["indexes_made"] == 1
    assert {key: bucket.get(key) for key in bucket.list("cdxj/")} == content


def test_several_machines_may_make_them_at_once(archive: Storage, tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(4)]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(len(folders)) as pool:
        list(pool.map(lambda folder: renew(archive, folder), folders))
    assert sorted(line for lines in indexes(archive).values() for line in lines) == own_lines(archive)
    assert renew(archive, tmp_path).figures["indexes_made"] == 0


@pytest.mark.parametrize("scope", [Scope.ARTICLE, Scope.SITE])
def test_a_takedown_is_taken_out_of_them(renewed: Storage, scope: Scope) -> None:
    gone = url(SITES[0], 0)
    take_down(renewed, scope, SITES[0] if scope is Scope.SITE else gone)
    bucket = Bucket(renewed)
    assert all(gone.encode() not in bucket.get(key) for key in bucket.list("cdxj/"))
    assert sorted(line for lines in indexes(renewed).values() for line in lines) == own_lines(renewed)
    assert own_lines(renewed)
    assert verify(renewed).is_good


def test_one_that_was_broken_off_before_is_finished_by_the_same_command(renewed: Storage) -> None:
    gone = url(SITES[0], 0)

    def die_after(step: str) -> None:
        if step == "cdxj":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_down(renewed, Scope.ARTICLE, gone, die_after)
    bucket = Bucket(renewed)
    assert any(gone.encode() in bucket.get(key) for key in bucket.list("cdxj/"))
    take_down(renewed, Scope.ARTICLE, gone)
    assert all(gone.encode() not in bucket.get(key) for key in bucket.list("cdxj/"))


def take_down(storage: Storage, scope: Scope, name: str, checkpoint: Callable[[str], None] = pass_by) -> None:
    order = Order(Target(scope, (name,)), "permintaan penulis", "surat 12/2026", "redaksi")
    with Index.open(storage.index) as index:
        assert Takedown(storage, index, order, checkpoint=checkpoint).carry_out(LATER).is_proven


def test_a_verification_holds_them_to_the_files_own(renewed: Storage, tmp_path: Path) -> None:
    found = verify(renewed)
    assert (found.findings, found.notes) == ([], [])
    assert found.checked["indexes of months"] == 3

    bucket = Bucket(renewed)
    key = next(key for key in bucket.list("cdxj/kabarteknik-202612") if key.endswith(".cdxj"))
    bucket.replace(key, bucket.get(key).replace(b"/2", b"/9"), "text/x-cdxj")
    for sample in (None, 10):
        [finding] = verify(renewed, sample=sample).findings
        assert (finding.kind, finding.where) == (Kind.CDXJ_WRONG, key)
    assert verify(renewed, repair=True).is_good
    assert renew(renewed, tmp_path).figures["indexes_made"] == 1
    assert verify(renewed).findings == []
    assert sorted(line for lines in indexes(renewed).values() for line in lines) == own_lines(renewed)


def test_it_names_what_is_none_of_them_and_says_nothing_of_those_that_are_out_of_date(renewed: Storage) -> None:
    crawl(renewed, SITES[1], 12, hours=2)
    Bucket(renewed).put_marker("cdxj/catatan.txt")
    found = verify(renewed)
    assert found.findings == []
    assert found.notes == ["cdxj/catatan.txt is nothing that Kliping puts there"]
    assert found.checked["indexes of months"] == 2
