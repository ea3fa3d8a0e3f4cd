"""A second copy of the bucket: whole at any time, checked, and good for going on from."""

import uuid
from datetime import timedelta

import pytest

from pipelines.archive.bucket import Bucket
from pipelines.archive.mirror import Mirrored, mirror
from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.verification.verify import verify
from pipelines.index.database import Index, Status
from settings.storage import SettingsError, Storage
from tests.archive.invented import CRAWL, NOON, finish, look_at, open_run, rows, text

URLS = [f"http://kabarteknik.example/{number}" for number in range(3)]


class Cut(Exception):  # noqa: N818 - it is no error of ours
    """The copy is broken off."""


def crawled(storage: Storage, url: str, seed: int, body: str | None = None) -> None:
    run = open_run(storage, run_id=f"{NOON + timedelta(hours=seed):%Y%m%dT%H%M%SZ}")
    look_at(run, url, body or text(seed), at=NOON + timedelta(hours=seed))
    finish(run)


@pytest.fixture
def archive(storage: Storage) -> Storage:
    for seed, url in enumerate(URLS[:2]):
        crawled(storage, url, seed)
    return storage


@pytest.fixture
def copy(archive: Storage) -> Storage:
    """The mirror as an archive of its own, with another home."""
    other = {"bucket": f"test-{uuid.uuid4().hex}", "home": archive.home.with_name("elsewhere")}
    return archive.model_copy(update=other)


def mirrored(archive: Storage, copy: Storage, *, prune: bool = False, cut_at: int | None = None) -> Mirrored:
    told: list[str] = []

    def progress(words: str) -> None:
        told.append(words)
        if len(told) == cut_at:
            raise Cut

    return mirror(Bucket(archive), Bucket(copy), prune=prune, progress=progress)


def urls(storage: Storage) -> list[str]:
    return sorted(row["url"] for row in rows(storage, "articles"))


def test_everything_is_copied_once(archive: Storage, copy: Storage) -> None:
    first = mirrored(archive, copy)
    objects = dict(Bucket(archive).objects(""))
    assert (first.copied, first.copied_bytes) == (len(objects), sum(objects.values()))
    assert dict(Bucket(copy).objects("")) == objects
    assert mirrored(archive, copy) == Mirrored(there_already=len(objects))


def test_what_came_to_the_bucket_is_added(archive: Storage, copy: Storage) -> None:
    mirrored(archive, copy)
    crawled(archive, URLS[2], 2)
    assert mirrored(archive, copy).copied
    assert urls(copy) == URLS


def test_the_copy_is_an_archive_wherever_copying_is_broken_off(archive: Storage, copy: Storage) -> None:
    mirrored(archive, copy)
    crawled(archive, URLS[2], 2)
    count = len(list(Bucket(archive).list("")))
    for cut_at in range(1, count + 1):
        with pytest.raises(Cut):
            mirrored(archive, copy, cut_at=cut_at)
        assert urls(copy) in (URLS[:2], URLS)
    mirrored(archive, copy)
    assert urls(copy) == URLS


def test_an_object_whose_bytes_have_turned_is_told_and_does_not_replace_a_good_copy(
    archive: Storage, copy: Storage
) -> None:
    mirrored(archive, copy)
    bucket = Bucket(archive)
    key = next(key for key in bucket.list("warc/") if key.endswith(".warc.gz"))
    good = bucket.get(key)
    noted = bucket.head(key)
    assert noted is not None
    bucket._client.put_object(Bucket=bucket.name, Key=key, Body=b"x" + good[1:], Metadata={"sha256": str(noted.sha256)})
    done = mirrored(archive, copy)
    assert done.damaged == [f"{key}: its bytes are not those that its writer noted; it was not copied"]
    assert Bucket(copy).get(key) == good


def test_what_the_bucket_has_no_more_is_removed_only_where_that_is_asked_for(archive: Storage, copy: Storage) -> None:
    mirrored(archive, copy)
    key = next(key for key in Bucket(archive).list("warc/") if key.endswith(".cdxj"))
    Bucket(archive).remove(key)
    kept = mirrored(archive, copy)
    assert (kept.left_over, kept.removed) == ([key], False)
    assert Bucket(copy).find(key)
    pruned = mirrored(archive, copy, prune=True)
    assert (pruned.left_over, pruned.removed) == ([key], True)
    assert Bucket(copy).find(key) is None


def test_from_a_copy_everything_goes_on(archive: Storage, copy: Storage) -> None:
    mirrored(archive, copy)
    copy.home.mkdir()
    rebuild(copy, CRAWL.revisit_intervals, timedelta(days=30))
    assert verify(copy).findings == []
    with Index.open(copy.index) as index:
        assert {seen.status for seen in index.seen(URLS[:2]).values()} == {Status.ARCHIVED}
    crawled(copy, URLS[0], 5, text(0) + " Ralat: sepuluh, bukan sembilan.")
    crawled(copy, URLS[2], 6)
    assert urls(copy) == URLS
    assert [row["url"] for row in rows(copy, "revisions")] == URLS[:1]


def test_the_archives_own_bucket_is_no_mirror(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    from settings.mirror import mirror as settings

    monkeypatch.setenv("KLIPING_MIRROR_BUCKET", storage.bucket)
    monkeypatch.setenv("KLIPING_MIRROR_ENDPOINT_URL", str(storage.endpoint_url))
    with pytest.raises(SettingsError, match="is the archive's own bucket"):
        settings().storage(storage)
    monkeypatch.delenv("KLIPING_MIRROR_BUCKET")
    with pytest.raises(SettingsError, match="KLIPING_MIRROR_BUCKET"):
        settings()
