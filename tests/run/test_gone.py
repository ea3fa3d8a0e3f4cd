"""An archived article whose page is gone is recorded as gone; its text stays, and it may come back."""

from datetime import datetime, timedelta

import pytest

from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.verification.verify import verify
from pipelines.index.database import Index, RevisitSchedule
from pipelines.run.crawl_run import CrawlRun
from pipelines.visit import Outcome, Visit
from settings.storage import Storage
from spiders.expect import Expect
from tests.archive.invented import CRAWL, NOON, announced, exchange, finish, look_at, open_run, page, reject, rows, text

A, B, C = (f"http://kabarteknik.example/{slug}" for slug in ("satu", "dua", "tiga"))
HOUR = timedelta(hours=1)


def refused(run: CrawlRun, url: str, status: int, at: datetime) -> Visit:
    """A look that the server answers with that status and no article."""
    visit = announced(run.site, url)
    visit.pages = [page(run.capture(exchange(url, b"tidak ada", status=status, at=at)))]
    visit.end(Outcome.UNCHANGED if status == 304 else Outcome.HTTP_ERROR, f"HTTP {status}")
    run.record(visit, run.judge(visit))
    return visit


@pytest.fixture
def archive(storage: Storage) -> Storage:
    """Two articles, first and last looked at at noon."""
    run = open_run(storage)
    look_at(run, A, text(1))
    look_at(run, B, text(2))
    finish(run)
    return storage


def look(storage: Storage, url: str, status: int, hours: float) -> Visit:
    run = open_run(storage)
    visit = refused(run, url, status, NOON + hours * HOUR)
    finish(run)
    return visit


def article_row(storage: Storage, url: str) -> dict[str, object]:
    [row] = [row for row in rows(storage, "articles") if row["url"] == url]
    return row


@pytest.mark.parametrize("status", [404, 410])
def test_a_gone_article_keeps_its_text_and_says_since_when_and_by_which_status(archive: Storage, status: int) -> None:
    before = article_row(archive, A)
    visit = look(archive, A, status, hours=6)

    assert visit.outcome is Outcome.GONE
    after = article_row(archive, A)
    assert after == before | {"gone_at": NOON + 6 * HOUR, "gone_status": status}
    assert article_row(archive, B)["gone_at"] is None
    assert rows(archive, "revisions") == []
    last = max(rows(archive, "runs"), key=lambda row: row["started_at"])
    assert last["outcomes"]["gone"] == 1
    assert [problem["outcome"] for problem in last["problems"]] == ["gone"]


def test_what_is_still_gone_is_not_told_again(archive: Storage) -> None:
    look(archive, A, 404, hours=6)
    again = look(archive, A, 410, hours=24)
    assert (again.outcome, again.detail[:10]) == (Outcome.UNCHANGED, "still gone")
    assert (article_row(archive, A)["gone_at"], article_row(archive, A)["gone_status"]) == (NOON + 6 * HOUR, 404)


def test_an_article_that_is_back_as_it_was_is_gone_no_more(archive: Storage) -> None:
    look(archive, A, 404, hours=6)
    run = open_run(archive)
    back = look_at(run, A, text(1), at=NOON + 24 * HOUR)
    finish(run)
    assert back.outcome is Outcome.UNCHANGED
    assert (article_row(archive, A)["gone_at"], article_row(archive, A)["gone_status"]) == (None, None)
    assert look(archive, A, 404, hours=30).outcome is Outcome.GONE


def test_a_304_says_that_it_is_back(archive: Storage) -> None:
    look(archive, A, 404, hours=6)
    assert look(archive, A, 304, hours=24).outcome is Outcome.UNCHANGED
    assert article_row(archive, A)["gone_at"] is None


def test_an_article_that_is_back_with_another_text_is_a_revision_and_gone_no_more(archive: Storage) -> None:
    look(archive, A, 404, hours=6)
    run = open_run(archive)
    back = look_at(run, A, text(3), at=NOON + 24 * HOUR)
    finish(run)
    assert back.outcome is Outcome.REVISED
    now = article_row(archive, A)
    assert (now["revision"], now["gone_at"]) == (2, None)
    [earlier] = rows(archive, "revisions")
    assert earlier["gone_at"] == NOON + 6 * HOUR


@pytest.mark.parametrize("status", [401, 403, 429, 451, 500, 503])
def test_another_error_takes_nothing_away(archive: Storage, status: int) -> None:
    assert look(archive, A, status, hours=6).outcome is Outcome.HTTP_ERROR
    assert article_row(archive, A)["gone_at"] is None


def test_what_never_was_an_article_is_an_http_error(archive: Storage) -> None:
    assert look(archive, C, 404, hours=6).outcome is Outcome.HTTP_ERROR
    run = open_run(archive)
    reject(run, C)
    finish(run)
    assert look(archive, C, 410, hours=30).outcome is Outcome.HTTP_ERROR
    assert len(rows(archive, "articles")) == 2


def test_an_old_capture_says_nothing_of_what_was_seen_since(archive: Storage) -> None:
    assert look(archive, A, 404, hours=-24).outcome is Outcome.HTTP_ERROR
    assert article_row(archive, A)["gone_at"] is None


def test_a_gone_article_is_looked_at_again_by_its_ages_and_then_left_alone(archive: Storage) -> None:
    schedule = RevisitSchedule(revisit=(6 * HOUR, 24 * HOUR), retry=())
    look(archive, A, 404, hours=30)  # past the last of its ages
    with Index.open(archive.index) as index:
        for hours, is_due in ((31, False), (37, True), (55, True)):
            due = [seen.url for seen in index.due("kabarteknik", NOON + hours * HOUR, schedule)]
            assert (A in due) is is_due, hours
    look(archive, A, 404, hours=30 + 25)
    with Index.open(archive.index) as index:
        assert A not in [seen.url for seen in index.due("kabarteknik", NOON + 9999 * HOUR, schedule)]


def test_rebuilding_and_verifying_the_index_know_of_it(archive: Storage) -> None:
    look(archive, A, 404, hours=6)
    assert verify(archive).findings == []
    rebuild(archive, CRAWL.revisit_intervals, timedelta(days=30))
    with Index.open(archive.index) as index:
        assert index.seen([A])[A].gone_at == NOON + 6 * HOUR
    assert look(archive, A, 404, hours=2400).outcome is Outcome.UNCHANGED


def test_gone_and_new_articles_go_into_the_bucket_in_one_batch(archive: Storage) -> None:
    run = open_run(archive)
    refused(run, A, 404, NOON + 6 * HOUR)
    look_at(run, B, text(4), at=NOON + 6 * HOUR)
    look_at(run, C, text(5), at=NOON + 6 * HOUR)
    finish(run)
    found = {row["url"]: (row["body"], row["revision"], row["gone_status"]) for row in rows(archive, "articles")}
    assert found == {A: (text(1), 1, 404), B: (text(4), 2, None), C: (text(5), 1, None)}


def test_a_wave_of_gone_articles_fails_the_site_and_a_few_do_not(storage: Storage) -> None:
    run = open_run(storage)
    for number in range(24):
        look_at(run, f"{A}-{number}", text(number))
    finish(run)

    def metrics(gone: int, hours: float) -> list[str]:
        run = open_run(storage)
        for number in range(24):
            if number < gone:
                refused(run, f"{A}-{number}", 404, NOON + hours * HOUR)
            else:
                look_at(run, f"{A}-{number}", text(number), at=NOON + hours * HOUR)
        found = run.metrics
        finish(run)
        return list(Expect().violations([found], found.finished_at))

    assert metrics(2, hours=6) == []
    assert metrics(12, hours=7) == [  # ten more than before
        "in 24 hours 10 of 24 articles that were looked at again are gone (404 or 410), at most 20% are expected: the "
        "site may have moved"
    ]
    assert metrics(12, hours=8) == []  # told once
