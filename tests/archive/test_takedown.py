"""What is taken down is gone from all of the archive, and does not come back by any way that leads into it."""

import gzip
from collections.abc import Callable
from datetime import timedelta

import pytest

from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.takedown.holdings import NothingMatches
from pipelines.archive.takedown.order import Order, Target
from pipelines.archive.takedown.takedown import Takedown, TakenDown
from pipelines.archive.tombstones import Scope
from pipelines.index.database import Index
from pipelines.run.crawl_run import CrawlRun
from pipelines.visit import Outcome
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import CRAWL, NOON, exchange, finish, look_at, open_run, reject, rows, text

URL = "http://kabarteknik.example/satu"
OTHER = "http://kabarteknik.example/dua"
COPY = "http://siartekno.example/salinan"
BODY = text(1)


def crawl(storage: Storage, site: str, *looks: Callable[[CrawlRun], object]) -> None:
    run = open_run(storage, site)
    for look in looks:
        look(run)
    finish(run)


@pytest.fixture
def archive(storage: Storage) -> Storage:
    """Two articles of one site, the first one revised and copied by another site, and a page that is no article."""
    crawl(
        storage,
        "kabarteknik",
        lambda run: look_at(run, URL, BODY),
        lambda run: look_at(run, OTHER, text(2)),
        lambda run: reject(run, "http://kabarteknik.example/indeks"),
    )
    crawl(storage, "siartekno", lambda run: look_at(run, COPY, BODY, at=NOON + timedelta(hours=1)))
    crawl(storage, "kabarteknik", lambda run: look_at(run, URL, f"{BODY} Ralat.", at=NOON + timedelta(hours=7)))
    return storage


def take_down(storage: Storage, *names: str, scope: Scope = Scope.ARTICLE) -> TakenDown:
    order = Order(Target(scope, names), "permintaan penulis", "surat 12/2026", "redaksi")
    with Index.open(storage.index) as index:
        return Takedown(storage, index, order).carry_out(utc_now())


def urls(storage: Storage, table: str) -> list[str]:
    return sorted(row["url"] for row in rows(storage, table))


def test_an_article_goes_with_its_versions_its_copies_and_what_the_index_knows(archive: Storage) -> None:
    done = take_down(archive, URL)
    assert sorted(done.holdings.articles[i].url for i in done.holdings.articles) == sorted([URL, COPY])
    assert urls(archive, "articles") == [OTHER]
    assert urls(archive, "revisions") == []
    assert urls(archive, "duplicates") == []
    assert urls(archive, "rejected") == ["http://kabarteknik.example/indeks"]
    looks = {row["url"]: row["warc_filename"] for row in rows(archive, "visits")}
    assert looks[URL] is None
    assert looks[COPY] is None
    assert looks[OTHER] is not None
    with Index.open(archive.index) as index:
        assert index.seen([URL, COPY]) == {}
        assert set(index.seen([OTHER])) == {OTHER}


def test_a_look_at_its_address_brings_nothing_back(archive: Storage) -> None:
    take_down(archive, URL)
    run = open_run(archive)
    visit = look_at(run, URL, text(9), at=NOON + timedelta(days=1))
    finish(run)
    assert visit.outcome is Outcome.RIGHTS
    assert "surat 12/2026" in visit.detail
    assert urls(archive, "articles") == [OTHER]


def test_its_text_does_not_come_back_at_another_address(archive: Storage) -> None:
    take_down(archive, URL)
    run = open_run(archive, "siartekno")
    visit = look_at(run, "http://siartekno.example/lain", f"Baru. {BODY}", at=NOON + timedelta(days=1))
    finish(run)
    assert visit.outcome is Outcome.RIGHTS
    assert visit.pages[0].capture.record is None


def test_a_page_that_quotes_a_line_of_it_comes_in(archive: Storage) -> None:
    take_down(archive, URL)
    quoting = f"{text(5)} {BODY[:60]} {text(6)}"
    run = open_run(archive)
    assert (
        look_at(run, "http://kabarteknik.example/kutipan", quoting, at=NOON + timedelta(days=1)).outcome == "archived"
    )
    finish(run)


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_feed_that_still_has_a_line_of_it_is_not_kept(archive: Storage, encoding: str) -> None:
    take_down(archive, URL)
    feed = f"<rss><description>{BODY[:90]}</description></rss>".encode()
    headers = [(b"Content-Type", b"application/rss+xml"), (b"Content-Encoding", encoding.encode())]
    run = open_run(archive)
    body = gzip.compress(feed) if encoding else feed
    captured = run.capture(exchange("http://kabarteknik.example/feed", body, headers=headers), is_article=False)
    finish(run)
    assert captured.record is None


def test_an_index_that_is_made_anew_knows_of_it(archive: Storage) -> None:
    take_down(archive, URL)
    rebuild(archive, CRAWL.revisit_intervals, timedelta(days=30))
    run = open_run(archive)
    assert look_at(run, URL, BODY, at=NOON + timedelta(days=1)).outcome is Outcome.RIGHTS
    finish(run)


def test_all_below_an_address_goes_and_what_comes_there_later_stays_out(storage: Storage) -> None:
    below = [f"http://kabarteknik.example/opini/{number}" for number in range(2)]
    crawl(
        storage,
        "kabarteknik",
        lambda run: look_at(run, below[0], text(3)),
        lambda run: look_at(run, OTHER, text(2)),
        lambda run: reject(run, below[1]),
    )
    take_down(storage, "kabarteknik.example/opini", scope=Scope.PREFIX)
    assert urls(storage, "articles") == [OTHER]
    assert urls(storage, "rejected") == []
    run = open_run(storage)
    assert look_at(run, "http://kabarteknik.example/opini/baru", text(4)).outcome is Outcome.RIGHTS
    assert look_at(run, "http://kabarteknik.example/opini-lain", text(5)).outcome == "archived"
    finish(run)


def test_an_author_s_articles_go_whatever_the_case_of_the_name(storage: Storage) -> None:
    crawl(
        storage,
        "kabarteknik",
        lambda run: look_at(run, URL, BODY, author=("Rina Melati", "Sari Wulandari")),
        lambda run: look_at(run, OTHER, text(2), author=("Rina Melati Putri",)),
    )
    take_down(storage, "rina melati", scope=Scope.AUTHOR)
    assert urls(storage, "articles") == [OTHER]


def test_a_site_goes_whole(archive: Storage) -> None:
    take_down(archive, "kabarteknik", scope=Scope.SITE)
    for table in ("articles", "revisions", "duplicates", "rejected"):
        assert urls(archive, table) == []
    with Index.open(archive.index) as index:
        assert index.seen([URL, OTHER]) == {}
    run = open_run(archive)
    assert look_at(run, "http://kabarteknik.example/baru", text(7)).outcome is Outcome.RIGHTS
    finish(run)


def test_what_is_not_there_is_said(archive: Storage) -> None:
    with pytest.raises(NothingMatches, match=r"the archive has no article http://kabarteknik.example/tiga: say"):
        take_down(archive, "http://kabarteknik.example/tiga")
    with pytest.raises(NothingMatches, match="as `author` in the tables has it"):
        take_down(archive, "Nama Lain", scope=Scope.AUTHOR)


def test_it_may_be_asked_for_again(archive: Storage) -> None:
    first = take_down(archive, URL)
    again = take_down(archive, URL)
    assert again.tombstone.addresses == first.tombstone.addresses
    assert again.rows == {}
    assert urls(archive, "articles") == [OTHER]
