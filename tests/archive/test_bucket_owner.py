"""A bucket is one deployment's: another one is refused, and takes it over only by `kliping rebuild-index`."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from pipelines.archive.bucket import Bucket, StorageRefused
from pipelines.archive.bucket_owner import ID_FILE, OWNER_KEY, ForeignBucket
from pipelines.archive.maintenance.maintain import maintain
from pipelines.archive.mirror import mirror
from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.releases.publish import publish
from pipelines.archive.takedown.order import Order, Target
from pipelines.archive.takedown.takedown import Takedown
from pipelines.archive.takedown_scope import Scope
from pipelines.archive.verification.findings import Kind
from pipelines.archive.verification.verify import verify
from pipelines.index.database import Index
from pipelines.run.refusal import refusal_of
from settings.storage import Storage
from tests.archive.invented import (
    CRAWL,
    LATER,
    finish,
    index_restored_afterwards,
    look_at,
    open_run,
    rows,
    run_program,
    text,
)

WINDOW = timedelta(days=30)


def url(number: int) -> str:
    return f"http://kabarteknik.example/{number}"


ORDER = Order(Target(Scope.ARTICLE, (url(1),)), "permintaan penulis", "surat 12/2026", "redaksi")


def crawl(storage: Storage, *numbers: int) -> None:
    run = open_run(storage)
    for number in numbers:
        look_at(run, url(number), text(number))
    finish(run)


def urls(storage: Storage) -> list[str]:
    return sorted(row["url"] for row in rows(storage, "articles"))


def of_another_machine(storage: Storage) -> Storage:
    """The same bucket, as a deployment with a home and an index of its own has it."""
    return storage.model_copy(update={"home": storage.home / "lain"})


def content(storage: Storage) -> dict[str, bytes]:
    bucket = Bucket(storage)
    return {key: bucket.get(key) for key in bucket.list("")}


def crawls(storage: Storage) -> None:
    crawl(storage, 2)


def takes_down(storage: Storage) -> None:
    with Index.open(storage.index) as index:
        Takedown(storage, index, ORDER).carry_out(LATER)


def publishes(storage: Storage) -> None:
    publish(storage, "2026-11", LATER, accept="a test", progress=lambda _: None)


@pytest.mark.parametrize("act", [crawls, takes_down, publishes])
def test_another_deployment_is_refused_with_the_next_step_and_changes_nothing(
    storage: Storage, act: Callable[[Storage], object]
) -> None:
    crawl(storage, 1)
    before = content(storage)
    with pytest.raises(ForeignBucket, match=r"belongs to another deployment \(.*`kliping rebuild-index`") as told:
        act(of_another_machine(storage))
    assert content(storage) == before
    assert "\n" not in str(told.value)
    refusal = refusal_of(told.value)
    assert refusal is not None
    assert refusal.finish_reason == "foreign_bucket"


@pytest.mark.parametrize(
    "command",
    [
        ("local", "search-index"),
        ("scrapy", "search_index"),
        ("local", "publish", "--month", "2020-01"),
        ("scrapy", "publish", "--month", "2020-01"),
    ],
    ids=" ".join,
)
def test_it_can_neither_index_nor_publish_it_by_a_command(storage: Storage, command: tuple[str, ...]) -> None:
    crawl(storage, 1)
    before = content(storage)
    refused = run_program(of_another_machine(storage), *command)
    assert refused.returncode == 1
    assert "belongs to another deployment" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert content(storage) == before


def test_it_neither_keeps_it_up_nor_verifies_or_repairs_it(storage: Storage) -> None:
    crawl(storage, 1)
    before = content(storage)
    [step] = maintain(of_another_machine(storage)).steps
    assert "belongs to another deployment" in step.failed[0]
    found = verify(of_another_machine(storage), repair=True)
    assert [finding.kind for finding in found.findings] == [Kind.WRONG_BUCKET]
    assert content(storage) == before


def test_of_two_that_begin_with_an_empty_bucket_one_gets_it(storage: Storage) -> None:
    crawl(storage)
    other = of_another_machine(storage)
    with pytest.raises(ForeignBucket):
        crawl(other, 1)
    crawl(storage, 2)
    assert urls(storage) == [url(2)]


def test_the_one_that_was_refused_can_have_a_bucket_of_its_own(storage: Storage) -> None:
    crawl(storage, 1)
    other = of_another_machine(storage)
    with pytest.raises(ForeignBucket):
        crawl(other, 1)
    own = other.model_copy(update={"bucket": f"{storage.bucket}-lain"})
    crawl(own, 1)
    assert urls(own) == urls(storage) == [url(1)]


def test_a_machine_that_was_set_up_anew_takes_the_bucket_over_by_rebuilding_the_index(storage: Storage) -> None:
    crawl(storage, 1)
    anew = of_another_machine(storage)
    told = run_program(anew, "local", "rebuild-index")
    assert told.returncode == 0, told.stderr
    assert "the bucket was taken over from deployment " in told.stdout
    crawl(anew, 1, 2)
    assert urls(anew) == [url(1), url(2)]


def test_the_deployment_that_it_was_taken_from_is_refused_in_the_middle_of_a_run_and_keeps_its_batches(
    storage: Storage,
) -> None:
    crawl(storage, 1)
    run = open_run(storage)
    rebuild(of_another_machine(storage), CRAWL.revisit_intervals, WINDOW)
    look_at(run, url(2), text(2))
    finish(run)
    assert urls(storage) == [url(1)]
    assert [path.parent.name for path in storage.spool.glob("kabarteknik/*/batch.json")] == [f"{run.run_id}-001"]
    with pytest.raises(ForeignBucket):
        open_run(storage)

    rebuild(storage, CRAWL.revisit_intervals, WINDOW)
    crawl(storage)
    assert urls(storage) == [url(1), url(2)]


def test_rebuilding_its_own_index_takes_nothing_over(storage: Storage) -> None:
    crawl(storage, 1)
    marker = Bucket(storage).get(OWNER_KEY)
    assert rebuild(storage, CRAWL.revisit_intervals, WINDOW).former_owner is None
    assert Bucket(storage).get(OWNER_KEY) == marker
    crawl(storage, 2)


def test_an_index_restored_from_a_backup_is_the_same_deployment(storage: Storage) -> None:
    crawl(storage, 1)
    with index_restored_afterwards(storage):
        crawl(storage, 2)
    crawl(storage, 2, 3)
    assert urls(storage) == [url(1), url(2), url(3)]


def lose_index(storage: Storage) -> None:
    for path in storage.home.glob("index.db*"):
        path.unlink()


def test_an_index_that_was_lost_and_begun_anew_in_the_same_home_is_the_same_deployment(storage: Storage) -> None:
    crawl(storage, 1)
    lose_index(storage)
    crawl(storage, 2)
    assert urls(storage) == [url(1), url(2)]
    assert rebuild(storage, CRAWL.revisit_intervals, WINDOW).former_owner is None


def test_a_home_whose_bucket_was_taken_over_is_refused_also_without_its_index(storage: Storage) -> None:
    crawl(storage, 1)
    rebuild(of_another_machine(storage), CRAWL.revisit_intervals, WINDOW)
    lose_index(storage)
    with pytest.raises(ForeignBucket):
        crawl(storage, 2)


def test_an_index_of_another_bucket_is_refused_in_the_home_that_the_bucket_belongs_to(storage: Storage) -> None:
    crawl(storage, 1)
    other = of_another_machine(storage).model_copy(update={"bucket": f"{storage.bucket}-lain"})
    crawl(other, 1)
    with pytest.raises(StorageRefused):
        crawl(storage.model_copy(update={"index_url": other.index}), 2)
    assert urls(storage) == [url(1)]


def test_a_bucket_restored_from_its_copy_is_the_same_deployment_s(storage: Storage) -> None:
    crawl(storage, 1)
    copy = storage.model_copy(update={"bucket": f"{storage.bucket}-salinan"})
    mirror(Bucket(storage), Bucket(copy), progress=lambda _: None)
    crawl(copy, 2)
    assert urls(copy) == [url(1), url(2)]


def test_machines_that_share_an_index_are_one_deployment(storage: Storage) -> None:
    here, there = (
        storage.model_copy(update={"index_url": storage.index, "home": storage.home / name})
        for name in ("worker-1", "worker-2")
    )
    crawl(here, 1)
    crawl(there, 2)
    crawl(here, 3)
    assert urls(storage) == [url(1), url(2), url(3)]


@pytest.mark.parametrize("damaged", [b"", b"{", b"{}", b'["kliping"]'])
def test_a_damaged_marker_is_nobody_s_until_the_bucket_is_taken_over(storage: Storage, damaged: bytes) -> None:
    crawl(storage, 1)
    Bucket(storage).replace(OWNER_KEY, damaged, "application/json")
    with pytest.raises(ForeignBucket, match="`kliping rebuild-index`"):
        open_run(storage)
    rebuild(storage, CRAWL.revisit_intervals, WINDOW)
    crawl(storage, 2)


def test_an_archive_of_an_earlier_version_is_its_index_s_from_the_next_run_on(storage: Storage) -> None:
    crawl(storage, 1)
    Bucket(storage).remove(OWNER_KEY)
    crawl(storage, 2)
    assert set(json.loads(Bucket(storage).get(OWNER_KEY))) == {"id", "host", "since"}
    with pytest.raises(ForeignBucket):
        open_run(of_another_machine(storage))


def test_runs_of_several_sites_that_begin_in_a_new_home_at_once_all_remember_it(storage: Storage) -> None:
    crawl(storage, 1)
    for _ in range(5):
        (storage.home / ID_FILE).unlink()
        with ThreadPoolExecutor(6) as pool:
            runs = list(pool.map(lambda number: open_run(storage, f"situs{number}"), range(6)))
        for run in runs:
            run.abandon()
        assert [path.name for path in storage.home.glob(f"{ID_FILE}*")] == [ID_FILE]
