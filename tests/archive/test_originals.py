"""Originals among copies: whichever text a crawl meets first, that which was published first is the article."""

from datetime import datetime, timedelta

import pytest

from pipelines.archive.delivery import Delivery
from pipelines.archive.verification.verify import verify
from pipelines.index.database import Index, Status
from pipelines.visit import Outcome
from settings.storage import Storage
from tests.archive.invented import NOON, WIB, deliver_orphans, finish, look_at, open_run, rows, text

EARLY, LATER, LATEST = (datetime(2026, 11, day, 9, 15, tzinfo=WIB) for day in (20, 22, 24))
OWN = [f"http://kabarteknik.example/{slug}" for slug in ("satu", "dua", "tiga")]
OTHER = "http://wartagawai.example/siaran"


def crawl(storage: Storage, url: str, published: datetime, body: str = text(1), **fields: object) -> Outcome | None:
    run = open_run(storage, url.split("/")[2].split(".")[0])
    outcome = look_at(run, url, body, date_published=published, **fields).outcome  # type: ignore[arg-type]
    finish(run)
    return outcome


def articles(storage: Storage) -> dict[str, str]:
    return {row["url"]: row["body"] for row in rows(storage, "articles")}


def copies(storage: Storage) -> dict[str, str]:
    """The URL of the original, by that of the copy."""
    return {row["url"]: row["duplicate_of_url"] for row in rows(storage, "duplicates") if not row["is_article"]}


def statuses(storage: Storage, *urls: str) -> list[Status]:
    with Index.open(storage.index) as index:
        seen = index.seen(urls)
    return [seen[url].status for url in urls]


def test_a_copy_keeps_all_that_it_would_have_as_an_article(storage: Storage) -> None:
    crawl(storage, OWN[0], EARLY)
    assert crawl(storage, OTHER, LATER, author=("Rina Sari",)) is Outcome.DUPLICATE
    [copy], [article] = rows(storage, "duplicates"), rows(storage, "articles")
    assert {name for name, value in article.items() if value and not copy[name]} == set()
    assert (copy["body"], copy["author"], copy["revision"]) == (text(1), ["Rina Sari"], 1)
    assert (copy["site"], copy["duplicate_of_site"]) == ("wartagawai", "kabarteknik")


def test_the_earlier_of_two_copies_is_the_article_though_it_was_met_later(storage: Storage) -> None:
    crawl(storage, OWN[0], LATER, author=("Rina Sari",))
    [before] = rows(storage, "articles")
    assert crawl(storage, OTHER, EARLY) is Outcome.DUPLICATE

    assert articles(storage) == {OTHER: text(1)}
    assert copies(storage) == {OWN[0]: OTHER}
    [copy], [article] = rows(storage, "duplicates"), rows(storage, "articles")
    assert {name: copy[name] for name in before} == before
    assert (copy["duplicate_of"], copy["duplicate_of_site"]) == (article["article_id"], "wartagawai")
    assert statuses(storage, OWN[0], OTHER) == [Status.DUPLICATE, Status.ARCHIVED]
    assert not verify(storage).found


def test_links_of_further_copies_lead_to_the_new_original(storage: Storage) -> None:
    crawl(storage, OWN[0], LATER)
    crawl(storage, OTHER, LATEST)
    crawl(storage, OWN[1], EARLY)
    assert articles(storage) == {OWN[1]: text(1)}
    assert copies(storage) == {OWN[0]: OWN[1], OTHER: OWN[1]}


def test_a_backfill_that_goes_newest_first_ends_with_the_oldest_as_original(storage: Storage) -> None:
    run = open_run(storage)
    for url, published in zip(OWN, (LATEST, LATER, EARLY), strict=True):
        look_at(run, url, text(1), date_published=published)
    finish(run)
    assert articles(storage) == {OWN[2]: text(1)}
    assert copies(storage) == {OWN[0]: OWN[2], OWN[1]: OWN[2]}


@pytest.mark.parametrize("precision", ["day", "month", "fetched"])
def test_what_is_not_dated_to_the_minute_takes_no_place(storage: Storage, precision: str) -> None:
    crawl(storage, OWN[0], LATER)
    crawl(storage, OTHER, EARLY, date_precision=precision)
    assert copies(storage) == {OTHER: OWN[0]}


def test_an_exact_date_goes_before_a_day_that_it_may_be_on(storage: Storage) -> None:
    crawl(storage, OWN[0], LATER.replace(hour=0, minute=0), date_precision="day")
    crawl(storage, OTHER, LATER)
    assert copies(storage) == {OWN[0]: OTHER}


def test_a_short_earlier_text_takes_not_the_place_of_a_long_one(storage: Storage) -> None:
    crawl(storage, OWN[0], LATER, f"{text(1)}\n{text(2, 80)}")
    crawl(storage, OTHER, EARLY, text(1))
    assert copies(storage) == {OTHER: OWN[0]}


def test_a_short_version_that_was_met_first_is_linked_to_the_original_of_the_long_one(storage: Storage) -> None:
    long = f"{text(1)}\n{text(2, 80)}"
    crawl(storage, OWN[0], LATEST, text(1))
    assert crawl(storage, OWN[1], LATER, long) is Outcome.ARCHIVED
    assert crawl(storage, OTHER, EARLY, long) is Outcome.DUPLICATE

    assert articles(storage) == {OTHER: long, OWN[0]: text(1)}
    links = {row["url"]: row for row in rows(storage, "duplicates")}
    assert {url: (row["duplicate_of_url"], row["kind"], row["is_article"]) for url, row in links.items()} == {
        OWN[1]: (OTHER, "exact", False),
        OWN[0]: (OTHER, "contains", True),
    }
    assert not verify(storage).found


def test_the_former_original_is_looked_at_as_a_copy_and_keeps_its_versions(storage: Storage) -> None:
    crawl(storage, OWN[0], LATER, text(1), at=NOON)
    crawl(storage, OWN[0], LATER, text(2), at=NOON + timedelta(hours=1))
    crawl(storage, OTHER, EARLY, text(2), at=NOON + timedelta(hours=2))
    assert crawl(storage, OWN[0], LATER, text(2), at=NOON + timedelta(hours=3)) is Outcome.UNCHANGED
    assert crawl(storage, OWN[0], LATER, text(3), at=NOON + timedelta(hours=4)) is Outcome.ARCHIVED

    assert articles(storage) == {OTHER: text(2), OWN[0]: text(3)}
    assert copies(storage) == {}
    versions = [*rows(storage, "revisions"), *(row for row in rows(storage, "articles") if row["url"] == OWN[0])]
    assert [(row["revision"], row["body"]) for row in sorted(versions, key=lambda row: row["revision"])] == [
        (1, text(1)),
        (2, text(2)),
        (3, text(3)),
    ]


def test_a_look_that_was_judged_before_its_article_became_a_copy(storage: Storage) -> None:
    crawl(storage, OWN[0], LATER)
    run = open_run(storage)
    look_at(run, OWN[1], text(1), date_published=EARLY)
    run.seal()
    look_at(run, OWN[0], text(1), date_published=LATER, at=NOON + timedelta(hours=1))
    look_at(run, OWN[2], text(1), date_published=LATEST)
    finish(run)
    assert articles(storage) == {OWN[1]: text(1)}
    assert copies(storage) == {OWN[0]: OWN[1], OWN[2]: OWN[1]}
    assert sorted(row["url"] for row in rows(storage, "visits")) == sorted([OWN[0], OWN[0], OWN[1], OWN[2]])
    assert not verify(storage).found


def test_an_edit_that_was_judged_before_its_article_became_a_copy_is_an_article_again(storage: Storage) -> None:
    crawl(storage, OWN[0], LATER)
    run = open_run(storage)
    look_at(run, OWN[1], text(1), date_published=EARLY)
    run.seal()
    look_at(run, OWN[0], text(2), date_published=LATER, at=NOON + timedelta(hours=1))
    finish(run)
    assert articles(storage) == {OWN[1]: text(1), OWN[0]: text(2)}
    assert copies(storage) == {}
    assert [(row["url"], row["body"]) for row in rows(storage, "revisions")] == [(OWN[0], text(1))]
    assert not verify(storage).found


def test_a_site_that_is_being_crawled_is_left_for_the_upkeep(storage: Storage) -> None:
    crawl(storage, OWN[0], LATER)
    busy = open_run(storage)
    crawl(storage, OTHER, EARLY)
    assert copies(storage) == {OTHER: OWN[0]}
    finish(busy)

    with Index.open(storage.index) as index:
        delivery = Delivery(storage, index)
        assert [delivery.settle_originals(NOON), delivery.settle_originals(NOON)] == [1, 0]
    assert copies(storage) == {OWN[0]: OTHER}
    assert articles(storage) == {OTHER: text(1)}


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("number", range(1, 11))
def test_killed_anywhere_it_is_done_by_the_next_delivery(storage: Storage, number: int) -> None:
    crawl(storage, OTHER, LATEST)
    crawl(storage, OWN[0], LATEST - timedelta(hours=1))
    run = open_run(storage)
    look_at(run, OWN[1], text(1), date_published=EARLY)
    run.seal()
    run.abandon()
    steps: list[str] = []

    def die(step: str) -> None:
        steps.append(step)
        if len(steps) == number:
            raise Killed

    with Index.open(storage.index) as index:
        delivery = Delivery(storage, index, die)
        delivery.prepare()
        try:
            delivery.deliver_orphans(storage.spool)
        except Killed:
            assert len(steps) == number
    assert {OTHER, OWN[0], OWN[1]} >= articles(storage).keys() | copies(storage).keys() >= {OTHER, OWN[0]}

    deliver_orphans(storage)
    assert articles(storage) == {OWN[1]: text(1)}
    assert copies(storage) == {OTHER: OWN[1], OWN[0]: OWN[1]}
    assert statuses(storage, OTHER, OWN[0], OWN[1]) == [Status.DUPLICATE, Status.DUPLICATE, Status.ARCHIVED]
    assert rows(storage, "revisions") == []
    assert not verify(storage).found


def test_the_original_is_the_one_that_the_other_names_whatever_the_clock_says(storage: Storage) -> None:
    crawl(storage, OWN[0], EARLY, is_based_on="Warta Gawai")
    crawl(storage, OTHER, LATER)
    assert copies(storage) == {OWN[0]: OTHER}

    crawl(storage, "http://kilasnusa.example/siaran", EARLY - timedelta(days=1), is_based_on=OTHER)
    assert copies(storage) == {OWN[0]: OTHER, "http://kilasnusa.example/siaran": OTHER}


def test_two_that_name_each_other_go_by_their_dates(storage: Storage) -> None:
    crawl(storage, OWN[0], LATER, is_based_on="Warta Gawai")
    crawl(storage, OTHER, EARLY, is_based_on="Kabar Teknik")
    assert copies(storage) == {OWN[0]: OTHER}
    with Index.open(storage.index) as index:
        assert Delivery(storage, index).settle_originals(NOON) == 0
