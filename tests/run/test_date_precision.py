"""A weaker date of publication never takes the place of a stronger one, and a stronger one takes that of a weaker."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from pipelines.archive.delivery import Delivery
from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.verification.verify import verify
from pipelines.article import GUESS_SOURCE, UPDATE_SOURCE
from pipelines.index.database import Index
from pipelines.visit import Outcome, Visit
from settings.storage import Storage
from tests.archive.gate import Gate
from tests.archive.invented import (
    NOON,
    WIB,
    announced,
    deliver_orphans,
    exchange,
    finish,
    look_at,
    open_run,
    page,
    rows,
    text,
)

A, B = (f"http://kabarteknik.example/{slug}" for slug in ("satu", "dua"))
MINUTE = datetime(2026, 10, 31, 9, 15, tzinfo=WIB)
DAY, MONTH = datetime(2026, 10, 30, tzinfo=WIB), datetime(2026, 10, 1, tzinfo=WIB)
STATED = {"minute": MINUTE, "day": DAY, "month": MONTH}
"""A date of each precision that a page may state; where it states none, the look itself stands for it."""

WEAKER_FIRST = ("fetched", "month", "day", "minute")


class Killed(BaseException):
    """The process ends here: what is on disk and in the bucket then is what a killed one leaves there."""


def deliver_until(storage: Storage, last_step: str) -> None:
    def die_after(step: str) -> None:
        if step == last_step:
            raise Killed

    with Index.open(storage.index) as index:
        Delivery(storage, index, checkpoint=die_after).deliver_orphans(storage.spool)


def look(storage: Storage, precision: str, *, hours: int = 0, seed: int = 1, url: str = A, **fields: Any) -> Visit:
    """A run that looks at an article whose date is so precise, so many hours after the first."""
    at = NOON + timedelta(hours=hours)
    run = open_run(storage)
    fields = {"date_published": STATED.get(precision, at), "date_precision": precision, **fields}
    source = "fetch" if precision == "fetched" else "json-ld"
    fields = {"sources": {"headline": "h1", "body": "trafilatura", "date_published": source}, **fields}
    visit = look_at(run, url, text(seed), at=at, **fields)
    assert finish(run).waiting == 0
    return visit


def row_of(storage: Storage) -> dict[str, Any]:
    [row] = rows(storage, "articles")
    return row


def date_of(row: dict[str, Any]) -> tuple[datetime, str, str, str | None]:
    return row["date_published"], row["date_precision"], row["published_month"], row["sources"]["date_published"]


def index_is_right(storage: Storage) -> bool:
    """Whether the index says of each article what `articles` does, and what one made anew from the bucket would."""
    assert verify(storage).failure == ""
    with Index.open(storage.index) as index:
        before = index.seen([A])[A]
    rebuild(storage, (), timedelta(days=30))
    with Index.open(storage.index) as index:
        after = index.seen([A])[A]
    return all(
        getattr(before, name) == getattr(after, name)
        for name in ("published_month", "revision", "date_precision", "quality", "text_sha256", "headline")
    )


@pytest.mark.parametrize("known", WEAKER_FIRST[1:])
def test_a_weaker_date_never_takes_the_place_of_a_stronger_one(storage: Storage, known: str) -> None:
    look(storage, known)
    before = row_of(storage)
    weaker = WEAKER_FIRST[: WEAKER_FIRST.index(known)]
    for number, precision in enumerate(weaker, 1):
        assert look(storage, precision, hours=24 * number).outcome is Outcome.UNCHANGED
    assert row_of(storage) == before
    assert look(storage, weaker[-1], hours=24 * 9, seed=2).outcome is Outcome.REVISED
    assert date_of(row_of(storage)) == date_of(before)
    assert (row_of(storage)["date_published_offset"], row_of(storage)["revision"]) == ("+07:00", 2)
    assert index_is_right(storage)


@pytest.mark.parametrize("known", WEAKER_FIRST[:-1])
def test_a_stronger_date_takes_the_place_of_a_weaker_one_without_a_revision(storage: Storage, known: str) -> None:
    look(storage, known)
    assert look(storage, "minute", hours=24).outcome is Outcome.UNCHANGED
    row = row_of(storage)
    assert date_of(row) == (MINUTE, "minute", "2026-10", "json-ld")
    assert (row["revision"], row["first_fetched_at"]) == (1, NOON)
    assert rows(storage, "revisions") == []
    assert index_is_right(storage)


def test_the_first_fetch_stands_for_a_date_on_every_later_look(storage: Storage) -> None:
    look(storage, "fetched")
    before = row_of(storage)
    for hours in (24, 24 * 40):
        assert look(storage, "fetched", hours=hours).outcome is Outcome.UNCHANGED
    assert row_of(storage) == before
    look(storage, "fetched", hours=24 * 41, seed=2)
    after = row_of(storage)
    assert (after["revision"], after["date_published"], after["published_month"]) == (2, NOON, "2026-11")
    assert index_is_right(storage)


def test_cleaning_is_told_of_the_first_fetch_and_of_no_date_that_is_weaker_than_the_minute(storage: Storage) -> None:
    look(storage, "fetched")
    look(storage, "minute", url=B, seed=2)
    run = open_run(storage)
    told = []
    for url in (A, B):
        visit = announced(run.site, url)
        visit.pages = [page(run.capture(exchange(url, at=NOON + timedelta(days=1))))]
        told.append(run.hints(visit).date_published)
    assert told == [None, MINUTE]
    finish(run)


def test_an_article_is_not_younger_for_having_been_changed_again(storage: Storage) -> None:
    for number in (1, 2):
        at = MINUTE + timedelta(days=number)
        sources = {"date_published": UPDATE_SOURCE}
        look(storage, "minute", hours=24 * number, seed=number, date_published=at, sources=sources)
    row = row_of(storage)
    assert (row["date_published"], row["revision"]) == (MINUTE + timedelta(days=1), 2)
    assert index_is_right(storage)


def test_weeks_that_are_counted_again_move_no_article(storage: Storage) -> None:
    for number in (1, 2):
        look(storage, "month", hours=24 * number, seed=number, date_published=DAY + timedelta(days=number))
    row = row_of(storage)
    assert (row["date_published"], row["revision"]) == (DAY + timedelta(days=1), 2)


def test_a_guess_takes_the_place_of_the_first_fetch_and_of_no_day_that_is_stated(storage: Storage) -> None:
    guess = {"date_published": DAY + timedelta(days=1), "sources": {"date_published": GUESS_SOURCE}}
    for url, known in ((A, "fetched"), (B, "day")):
        look(storage, known, url=url, seed=len(url))
        look(storage, "day", url=url, hours=24, seed=len(url) + 1, **guess)
    assert {row["url"]: row["date_published"] for row in rows(storage, "articles")} == {
        A: DAY + timedelta(days=1),
        B: DAY,
    }


def test_an_article_whose_date_comes_to_light_has_one_row_whenever_its_delivery_is_killed(storage: Storage) -> None:
    look(storage, "fetched")
    with Gate(storage) as gate:
        run = open_run(gate.storage)
        gate.shut()
        look_at(run, A, text(1), at=NOON + timedelta(days=1), date_published=MINUTE)
        assert finish(run).waiting == 1
    for step in ("warc", "cdxj", "articles", "index"):
        with pytest.raises(Killed):
            deliver_until(storage, step)
        assert len(rows(storage, "articles")) == 1
    assert deliver_orphans(storage) == 1  # all that was left is to remove it
    assert [(row["published_month"], row["revision"]) for row in rows(storage, "articles")] == [("2026-10", 1)]
    assert rows(storage, "revisions") == []
    assert index_is_right(storage)


def test_an_article_that_is_doubtful_no_more_is_brought_up_to_date_without_a_revision(storage: Storage) -> None:
    look(storage, "minute", quality="doubtful", quality_reasons=("short", "no_headline"))
    assert row_of(storage)["quality_reasons"] == ["short", "no_headline"]
    assert look(storage, "minute", hours=6).outcome is Outcome.UNCHANGED
    row = row_of(storage)
    assert (row["quality"], row["quality_reasons"], row["revision"]) == ("sure", [], 1)
    assert rows(storage, "revisions") == []
    assert index_is_right(storage)


def test_another_spelling_of_the_headline_is_no_revision_of_what_is_brought_up_to_date(storage: Storage) -> None:
    look(storage, "day", headline="Pasar Gawai Ramai")
    assert look(storage, "minute", hours=6, headline="Pasar gawai: ramai!").outcome is Outcome.UNCHANGED
    assert (row_of(storage)["headline"], row_of(storage)["revision"]) == ("Pasar Gawai Ramai", 1)
    assert index_is_right(storage)
