"""What was taken down is not fetched again, however a crawl comes upon it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.reextract import reextract
from pipelines.archive.takedown.order import Order, Target
from pipelines.archive.takedown.takedown import Takedown
from pipelines.archive.takedown_scope import Scope
from pipelines.index.database import Index
from settings.clock import utc_now
from settings.storage import Storage
from settings.storage import storage as storage_in_use
from tests.archive.invented import CRAWL, rows
from tests.spiders.web import Answer, article, feed

TODAY = "Tue, 24 Nov 2026 09:00:00 +0700"


TEXTS = {
    "Satu": "Perusahaan rintisan asal Bandung meluncurkan gawai lipat dengan layar besar pada hari Selasa di Jakarta. "
    "Menurut direktur utamanya gawai itu dirakit seluruhnya di dalam negeri oleh dua ratus orang pekerja.",
    "Dua": "Operator seluler menutup jaringan generasi ketiga di seluruh Sumatera mulai bulan depan secara bertahap. "
    "Pelanggan yang masih memakai kartu lama diminta menukarnya di gerai terdekat tanpa dipungut biaya.",
}


@pytest.fixture
def archive(run) -> Storage:  # noqa: ARG001 - the settings that the crawls of this test read
    """The archive that the crawls bring to, with their home."""
    return storage_in_use()


@pytest.fixture
def take_down(archive: Storage) -> Callable[..., None]:
    """Take articles down, or what a scope says."""

    def take_down(*names: str, scope: Scope = Scope.ARTICLE) -> None:
        order = Order(Target(scope, names), "permintaan penulis", "surat 12/2026", "redaksi")
        with Index.open(archive.index) as index:
            Takedown(archive, index, order).carry_out(utc_now())

    return take_down


@pytest.fixture
def crawled(web, site, run):
    """A site whose feed announces two articles, both of which are in the archive."""
    for number, name in ((1, "Satu"), (2, "Dua")):
        web.pages[f"/read/{number}/a"] = article(name, TEXTS[name])
    web.pages["/feed"] = feed(*((web.url(f"/read/{n}/a"), TODAY) for n in (1, 2)))
    declared = site(feeds=[web.url("/feed")])
    run(declared)
    web.asked.clear()
    return declared


def archived(archive: Storage) -> list[str]:
    return sorted(row["url"] for row in rows(archive, "articles"))


def test_what_a_feed_still_announces_is_not_looked_at(web, run, crawled, archive, take_down):
    take_down(web.url("/read/1/a"))
    run(crawled)
    assert web.paths() == ["/feed"]
    assert archived(archive) == [web.url("/read/2/a")]
    assert [row["headline"] for row in rows(archive, "announced") if row["url"] == web.url("/read/1/a")] == [None]


def test_an_index_that_was_made_anew_does_not_have_it_fetched(web, run, crawled, archive, take_down):
    take_down(web.url("/read/1/a"))
    rebuild(archive, CRAWL.revisit_intervals, timedelta(days=30))
    run(crawled)
    assert archived(archive) == [web.url("/read/2/a")]
    assert "/read/1/a" not in web.paths()


def test_nor_is_it_looked_at_on_request(web, run, crawled, take_down):
    take_down(web.url("/read/1/a"))
    result = run(crawled, url=web.url("/read/1/a"))
    assert result.reason == "taken_down"
    assert "(surat 12/2026)" in result.spider.counters.failures[0]
    assert web.paths() == []


@pytest.mark.parametrize("answer", ["redirect", "canonical"])
def test_an_address_that_leads_to_it_ends_with_the_outcome_rights(web, run, crawled, archive, take_down, answer):
    url, target = web.url("/read/3/c"), web.url("/read/1/a")
    take_down(target)
    moved = Answer(status=302, headers={"Location": target})
    named = article("Satu", TEXTS["Satu"], head=f'<link rel="canonical" href="{target}">')
    web.pages["/read/3/c"] = moved if answer == "redirect" else named
    run(crawled, url=url)
    (visit,) = [row for row in rows(archive, "visits") if row["discovered_via"] == "request"]
    assert visit["outcome"] == "rights"
    assert "it was taken down on" in visit["detail"]
    assert "/read/1/a" not in web.paths()
    assert archived(archive) == [web.url("/read/2/a")]


def test_a_site_that_was_taken_down_is_not_asked_for_anything(web, run, crawled, take_down):
    take_down(crawled.name, scope=Scope.SITE)
    result = run(crawled)
    assert (result.reason, web.asked) == ("taken_down", [])


def test_re_extraction_leaves_it_out(web, crawled, archive, take_down, shared_worker):
    take_down(web.url("/read/1/a"))
    [month] = {row["published_month"] for row in rows(archive, "articles")}
    reextract(crawled.name, month, storage=archive, rules=crawled.cleaning_rules(), worker=shared_worker)
    assert archived(archive) == [web.url("/read/2/a")]
    assert {row["url"] for row in rows(archive, "revisions")} <= {web.url("/read/2/a")}
