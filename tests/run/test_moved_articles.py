"""An article that moves stays the same article: its id and history go on, its URL and headline follow."""

from datetime import timedelta

import pytest

from pipelines.archive.rebuild_index import rebuild
from pipelines.index.database import Index, Status
from pipelines.index.fingerprints import article_id
from pipelines.visit import Outcome
from settings.storage import Storage
from tests.archive.invented import NOON, finish, look_at, open_run, reject, rows, text

SITE = "http://kabarteknik.example"
OLD, NEW, NEWEST, OTHER = (f"{SITE}/{slug}" for slug in ("kapal-surya", "kapal-surya-berlayar", "kapal", "mesin-teh"))
LATER = NOON + timedelta(days=1)


def crawled(storage: Storage, *looks: tuple[str, str, dict[str, object]]) -> list[Outcome | None]:
    """The outcomes of a run that takes these looks (URL, body, the rest)."""
    run = open_run(storage)
    visits = [look_at(run, url, body, **rest) for url, body, rest in looks]  # type: ignore[arg-type]
    finish(run)
    return [visit.outcome for visit in visits]


def test_it_keeps_its_id_and_history_and_takes_the_new_url_and_headline(storage: Storage) -> None:
    crawled(storage, (OLD, text(1), {"headline": "Kapal surya dirakit"}))
    moved = {"announced_as": OLD, "at": LATER, "headline": "Kapal surya berlayar"}
    assert crawled(storage, (NEW, text(1), moved)) == [Outcome.REVISED]

    [row] = rows(storage, "articles")
    assert (row["article_id"], row["url"], row["headline"]) == (article_id(OLD), NEW, "Kapal surya berlayar")
    assert (row["revision"], row["first_fetched_at"]) == (2, NOON)
    [before] = rows(storage, "revisions")
    assert (before["article_id"], before["url"], before["headline"]) == (article_id(OLD), OLD, "Kapal surya dirakit")
    assert rows(storage, "duplicates") == []


def test_a_move_alone_is_a_revision(storage: Storage) -> None:
    crawled(storage, (OLD, text(1), {}))
    assert crawled(storage, (NEW, text(1), {"announced_as": OLD, "at": LATER})) == [Outcome.REVISED]
    [row] = rows(storage, "articles")
    assert (row["article_id"], row["url"], row["revision"]) == (article_id(OLD), NEW, 2)


def test_it_is_known_by_both_addresses_and_looked_at_by_the_new_one(storage: Storage) -> None:
    crawled(storage, (OLD, text(1), {}))
    crawled(storage, (NEW, text(1), {"announced_as": OLD, "at": LATER}))
    with Index.open(storage.index) as index:
        known = index.seen([OLD, NEW])
    assert known[OLD] == known[NEW]
    assert (known[NEW].url, known[NEW].article_id, known[NEW].status) == (NEW, article_id(OLD), Status.ARCHIVED)
    for url, announced_as in ((NEW, NEW), (NEW, OLD)):
        at = LATER + timedelta(days=1)
        assert crawled(storage, (url, text(1), {"announced_as": announced_as, "at": at})) == [Outcome.UNCHANGED]
    assert crawled(storage, (NEW, text(2), {"at": LATER + timedelta(days=2)})) == [Outcome.REVISED]
    [row] = rows(storage, "articles")
    assert (row["article_id"], row["url"], row["revision"], row["body"]) == (article_id(OLD), NEW, 3, text(2))


def test_it_may_move_on_and_back(storage: Storage) -> None:
    crawled(storage, (OLD, text(1), {}))
    for number, (url, announced_as) in enumerate(((NEW, OLD), (NEWEST, NEW), (OLD, OLD)), 2):
        at = NOON + timedelta(days=number)
        assert crawled(storage, (url, text(1), {"announced_as": announced_as, "at": at})) == [Outcome.REVISED]
        [row] = rows(storage, "articles")
        assert (row["article_id"], row["url"], row["revision"]) == (article_id(OLD), url, number)
    with Index.open(storage.index) as index:
        assert {record.url for record in index.seen([OLD, NEW, NEWEST]).values()} == {OLD}


def test_an_index_made_anew_knows_it_as_well(storage: Storage) -> None:
    crawled(storage, (OLD, text(1), {}))
    crawled(storage, (NEW, text(1), {"announced_as": OLD, "at": LATER}))
    rebuild(storage, [], timedelta(days=30))
    with Index.open(storage.index) as index:
        assert index.seen([NEW])[NEW].article_id == article_id(OLD)
        assert index.seen([OLD])[OLD].url == NEW
    assert crawled(storage, (NEW, text(1), {"at": LATER + timedelta(days=1)})) == [Outcome.UNCHANGED]
    [row] = rows(storage, "articles")
    assert row["url"] == NEW


@pytest.mark.parametrize(
    ("old", "new", "body", "headline"),
    [
        (OLD, NEW, text(2), "Judul satu"),
        (OLD, NEW, text(1) + " Ditambah satu kalimat penutup yang baru.", "Judul lain"),
        (f"{SITE}/read/8312001/kapal", f"{SITE}/read/8312001/perahu", text(2), "Judul lain"),
    ],
    ids=["the same headline", "nearly the same text", "the same number in the address"],
)
def test_it_is_told_by_headline_text_or_number(storage: Storage, old: str, new: str, body: str, headline: str) -> None:
    crawled(storage, (old, text(1), {"headline": "Judul satu"}))
    moved = {"announced_as": old, "at": LATER, "headline": headline}
    assert crawled(storage, (new, body, moved)) == [Outcome.REVISED]
    [row] = rows(storage, "articles")
    assert (row["article_id"], row["url"]) == (article_id(old), new)


@pytest.mark.parametrize("day", ["20261124", "2026/11/24"])
def test_an_address_that_leads_to_another_story_has_not_moved_there(storage: Storage, day: str) -> None:
    old, new = f"{SITE}/read/{day}/kapal", f"{SITE}/read/{day}/mesin"
    crawled(storage, (old, text(1), {"headline": "Kapal surya"}))
    other = {"announced_as": old, "at": LATER, "headline": "Mesin teh"}
    assert crawled(storage, (new, text(2), other)) == [Outcome.ARCHIVED]
    assert {(row["article_id"], row["url"], row["revision"]) for row in rows(storage, "articles")} == {
        (article_id(old), old, 1),
        (article_id(new), new, 1),
    }


def test_an_address_that_leads_to_a_known_article_has_not_moved_there(storage: Storage) -> None:
    crawled(storage, (OLD, text(1), {}), (OTHER, text(2), {}))
    assert crawled(storage, (OTHER, text(2), {"announced_as": OLD, "at": LATER})) == [Outcome.UNCHANGED]
    assert {row["url"] for row in rows(storage, "articles")} == {OLD, OTHER}


def test_a_copy_that_moves_stays_one_copy(storage: Storage) -> None:
    crawled(storage, (OTHER, text(1), {}), (OLD, text(1), {"headline": "Salinan"}))
    moved = {"announced_as": OLD, "at": LATER, "headline": "Salinan"}
    assert crawled(storage, (NEW, text(1), moved)) == [Outcome.DUPLICATE]
    [copy] = rows(storage, "duplicates")
    assert (copy["article_id"], copy["url"], copy["duplicate_of"]) == (article_id(OLD), NEW, article_id(OTHER))


def test_it_is_the_same_under_a_new_name_with_its_number_though_no_address_led_there(storage: Storage) -> None:
    old, new = f"{SITE}/read/8312001/kapal", f"{SITE}/read/8312001/kapal-berlayar"
    crawled(storage, (old, text(1), {"headline": "Kapal surya"}))
    renamed = {"at": LATER, "headline": "Kapal surya berlayar"}
    assert crawled(storage, (new, text(1), renamed)) == [Outcome.REVISED]
    [row] = rows(storage, "articles")
    assert (row["article_id"], row["url"], row["headline"]) == (article_id(old), new, "Kapal surya berlayar")
    assert rows(storage, "duplicates") == []


def test_another_site_s_article_of_the_same_number_is_a_copy(storage: Storage) -> None:
    crawled(storage, (f"{SITE}/read/8312001/kapal", text(1), {}))
    run = open_run(storage, "kabarlain")
    copy = look_at(run, "http://kabarlain.example/read/8312001/kapal", text(1), at=LATER)
    finish(run)
    assert copy.outcome is Outcome.DUPLICATE


def test_it_is_no_copy_of_itself_any_more_once_its_old_address_leads_to_the_new_one(storage: Storage) -> None:
    crawled(storage, (OLD, text(1), {}))
    assert crawled(storage, (NEW, text(1), {"at": LATER})) == [Outcome.DUPLICATE]
    later = LATER + timedelta(days=1)
    assert crawled(storage, (NEW, text(1), {"announced_as": OLD, "at": later})) == [Outcome.REVISED]
    [row] = rows(storage, "articles")
    assert (row["article_id"], row["url"], row["revision"]) == (article_id(OLD), NEW, 2)
    assert rows(storage, "duplicates") == []
    with Index.open(storage.index) as index:
        assert {record.url for record in index.seen([OLD, NEW]).values()} == {NEW}


def test_an_address_that_failed_or_was_no_article_before_is_taken_over(storage: Storage) -> None:
    run = open_run(storage)
    look_at(run, OLD, text(1))
    reject(run, NEW)
    finish(run)
    assert crawled(storage, (NEW, text(1), {"announced_as": OLD, "at": LATER})) == [Outcome.REVISED]
    with Index.open(storage.index) as index:
        assert index.seen([NEW])[NEW].status is Status.ARCHIVED


def test_it_moves_within_one_run_too(storage: Storage) -> None:
    run = open_run(storage)
    look_at(run, OLD, text(1))
    finish(run)
    run = open_run(storage)
    look_at(run, NEW, text(1), announced_as=OLD, at=LATER)
    second = look_at(run, NEW, text(2), announced_as=OLD, at=LATER + timedelta(hours=1))
    finish(run)
    assert second.outcome is Outcome.REVISED
    [row] = rows(storage, "articles")
    assert (row["article_id"], row["url"], row["revision"], row["body"]) == (article_id(OLD), NEW, 3, text(2))
