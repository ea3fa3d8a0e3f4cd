"""Query parameters that a site does not name: they make no second article, and where they tell articles apart, none is
lost."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipelines.index.fingerprints import article_id, text_sha256
from pipelines.index.records import Status
from settings.clock import utc_now
from spiders.ingest import IngestSpider
from tests.spiders.conftest import seen
from tests.spiders.warcs import Record, write_warc
from tests.spiders.web import Answer, article

NOW = utc_now() - timedelta(minutes=30)


def listed(web, *paths: str) -> None:
    web.pages["/tekno"] = "".join(f"<a href='{path}'>x</a>" for path in paths)


def archived(url: str, headline: str, **known):
    return seen(url, NOW, headline=headline, text_sha256=text_sha256(headline), published_month="2026-11", **known)


@pytest.fixture
def portal(web, site):
    return site(sections=[web.url("/tekno")])


def looked_at(result) -> list[str]:
    """The articles that were taken, and those alone that are not found to be another's address."""
    return sorted(visit.url.partition("localhost")[2].partition("/")[2] for visit in result.visits if visit.pages)


def test_an_article_is_taken_once_whatever_its_parameters(web, portal, crawl):
    listed(web, "/read/1/a?warna=1", "/read/1/a?warna=2", "/read/1/a", "/read/1/a?ke=9&warna=3")
    for path in ("/read/1/a", "/read/1/a?warna=1", "/read/1/a?warna=2", "/read/1/a?ke=9&warna=3"):
        web.pages[path] = article("Kapal surya")
    result = crawl(portal)
    assert looked_at(result) == ["read/1/a"]
    assert result.spider.counters.warnings == []


def test_a_site_is_asked_once_what_a_parameter_says(web, portal, crawl):
    listed(web, *(f"/read/{n}/a?warna={n}" for n in range(5)))
    for n in range(5):
        web.pages[f"/read/{n}/a"] = web.pages[f"/read/{n}/a?warna={n}"] = article(f"Kabar {n}")
    result = crawl(portal)
    assert looked_at(result) == [f"read/{n}/a" for n in range(5)]
    assert len(web.paths()) == 1 + 5 + 1


@pytest.mark.parametrize(
    "plain",
    [None, article("Indeks berita"), Answer(status=410), Answer(status=302, headers={"Location": "/tekno"})],
    ids=["nothing", "a list", "gone", "led elsewhere"],
)
def test_parameters_that_tell_articles_apart_count_and_the_operator_is_told(web, site, crawl, plain):
    listed(web, "/baca?no=1", "/baca?no=2", "/baca?no=3")
    for n in (1, 2, 3):
        web.pages[f"/baca?no={n}"] = article(f"Kabar {n}")
    if plain is not None:
        web.pages["/baca"] = plain
    result = crawl(site(sections=[web.url("/tekno")], article_url=r"/baca"))
    assert looked_at(result) == ["baca?no=1", "baca?no=2", "baca?no=3"]
    (warning,) = result.spider.counters.warnings
    assert "parameter no tells articles of Situs apart" in warning
    assert "identifying_keys of site" in warning


def test_the_pages_of_such_an_article_are_followed_and_no_other_article_is_taken_for_one(web, site, crawl):
    listed(web, "/baca?no=1")
    links = (
        "<a href='/baca?no=2'>2</a><a href='/baca?no=2'>Selanjutnya</a><a href='/baca?no=1&lembar=2'>Selanjutnya</a>"
    )
    web.pages["/baca?no=1"] = article("Kabar 1", "Bagian satu.", links=links)
    web.pages["/baca?no=1&lembar=2"] = article("Kabar 1", "Bagian dua.")
    web.pages["/baca?no=2"] = article("Kabar 2")
    (visit,) = crawl(site(sections=[web.url("/tekno")], article_url=r"/baca")).visits
    assert [page.url for page in visit.pages] == [web.url("/baca?no=1"), web.url("/baca?no=1&lembar=2")]


def test_parameters_that_the_site_names_are_not_asked_about(web, site, crawl):
    listed(web, "/baca?no=1&warna=2", "/baca?no=2")
    for path in ("/baca?no=1&warna=2", "/baca?no=1", "/baca?no=2"):
        web.pages[path] = article(f"Kabar {path[9]}")
    result = crawl(site(sections=[web.url("/tekno")], article_url=r"/baca", identifying_keys=["no"]))
    assert looked_at(result) == ["baca?no=1", "baca?no=2"]
    assert result.spider.counters.warnings == []


def test_a_page_of_another_headline_is_no_revision_of_a_known_article(web, site, crawl, index):
    index.commit([archived(web.url("/baca"), "Kabar lama")])
    listed(web, "/baca?no=2")
    web.pages |= {"/baca": article("Kabar lama"), "/baca?no=2": article("Kabar 2")}
    result = crawl(site(sections=[web.url("/tekno")], article_url=r"/baca"))
    assert looked_at(result) == ["baca?no=2"]
    assert len(result.spider.counters.warnings) == 1


def test_a_known_article_by_a_new_address_is_looked_at_once_and_known_by_it_then(web, portal, crawl, index):
    index.commit([archived(web.url("/read/1/a"), "Kapal surya")])
    listed(web, "/read/1/a?warna=1")
    web.pages["/read/1/a?warna=1"] = article("Kapal surya")
    (visit,) = crawl(portal).visits
    assert visit.url == web.url("/read/1/a")
    assert web.paths() == ["/tekno", "/read/1/a?warna=1"]
    index.commit([seen(web.url("/read/1/a?warna=1"), NOW, status=Status.ALIAS)])
    assert crawl(portal).visits == []


def test_what_a_page_that_does_not_answer_would_have_told_the_archive_tells(web, site, crawl, index):
    index.commit([archived(web.url("/baca"), "Kabar lama")])
    listed(web, "/baca?no=2")
    web.pages |= {"/baca": Answer(status=500), "/baca?no=2": article("Kabar 2")}
    result = crawl(site(sections=[web.url("/tekno")], article_url=r"/baca"), settings={"RETRY_TIMES": 0})
    assert looked_at(result) == ["baca?no=2"]


@pytest.mark.parametrize(
    "former", ["?mtype=1", "?srsltid=1", "?apa=1", "/All", ";jsessionid=1A", "&utm_source=x", "%20", "/foto/2"]
)
def test_an_article_of_an_earlier_version_goes_on_under_the_address_that_it_has_there(
    web, portal, crawl, index, former
):
    of_portal = portal.urls
    url = web.url(f"/read/90017/a{former}")
    known = of_portal.former(url)
    assert known
    assert known != of_portal.canonical(url)
    index.commit([archived(known, "Kapal surya")])
    listed(web, f"/read/90017/a{former}")
    assert crawl(portal).visits == []


def test_an_article_is_known_by_the_address_that_it_has_left(web, portal, crawl, index):
    moved = archived(web.url("/read/1/baru"), "Kapal surya")
    index.commit([replace(moved, seen=replace(moved.seen, article_id=article_id(web.url("/read/1/lama"))))])
    listed(web, "/read/1/lama", "/read/1/baru")
    assert crawl(portal).visits == []


def test_a_form_that_has_an_address_of_its_own_is_taken_there(web, site, crawl):
    listed(web, "/read/khusus/1/a")
    web.pages["/read/khusus/1/a"] = article("Kapal surya")
    of_site = site(sections=[web.url("/tekno")], form_segments=["khusus"])
    (visit,) = crawl(of_site).visits
    assert (visit.url, len(visit.pages)) == (web.url("/read/khusus/1/a"), 1)
    web.pages["/read/1/a"] = article("Kapal surya")
    (visit,) = crawl(of_site).visits
    assert visit.url == web.url("/read/1/a")


def test_an_operator_may_ask_for_an_address_with_parameters(web, site, crawl):
    web.pages |= {"/baca?no=2": article("Kabar 2"), "/read/1/a?mtype=x": article("A"), "/read/1/a": article("A")}
    (visit,) = crawl(site(article_url=r"/baca"), url=web.url("/baca?no=2")).visits
    assert visit.url == web.url("/baca?no=2")
    (visit,) = crawl(site(), url=web.url("/read/1/a?mtype=x")).visits
    assert visit.url == web.url("/read/1/a")


def test_captures_of_two_articles_under_one_folded_address_are_two(tmp_path, crawl):
    url = "https://inet.detik.com/gadget/d-7/judul"
    write_warc(
        tmp_path / "a.warc.gz",
        Record(f"{url}?warna=1", article("Kapal surya"), date="2026-11-20T03:00:00Z"),
        Record(f"{url}?warna=2", article("Kapal surya"), date="2026-11-20T04:00:00Z"),
        Record(f"{url}?no=2", article("Mesin teh"), date="2026-11-20T05:00:00Z"),
    )
    result = crawl(IngestSpider, path=str(tmp_path))
    assert [(visit.url, str(visit.outcome)) for visit in result.visits] == [
        (url, "archived"),
        (url, "unchanged"),
        (f"{url}?no=2", "archived"),
    ]
