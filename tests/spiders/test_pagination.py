"""An article that is split over pages is fetched whole."""

import pytest

from tests.spiders.web import Answer, article

PARTS = [f"Bagian ke-{n} dari laporan panjang tentang jaringan seluler di kota nomor {n}." for n in range(1, 6)]


def pages(web, count: int, form: str, first: str = "/read/1/a") -> None:
    """The pages of an article, each with numbered links to all of them; `form` makes the address of page n."""
    links = "".join(f"<a href='{form.format(n)}'>{n}</a>" for n in range(2, count + 1))
    for n in range(1, count + 1):
        path = first if n == 1 else form.format(n)
        web.pages[path] = article("Laporan", PARTS[n - 1], links=f"<a href='{first}'>1</a>{links}")


def texts(visit) -> list[str]:
    return [page.html.decode().partition("<p>")[2].partition("</p>")[0] for page in visit.pages]


@pytest.mark.parametrize("form", ["/read/1/a/{}", "/read/1/a?page={}"], ids=["path", "query"])
def test_pages_are_stitched_by_their_addresses(web, site, crawl, form):
    pages(web, 3, form)
    (visit,) = crawl(site(), url=web.url("/read/1/a")).visits
    assert texts(visit) == PARTS[:3]
    assert visit.pages_missing == 0
    assert [page.capture.url for page in visit.pages] == [page.url for page in visit.pages]


def test_a_site_may_name_the_link_to_the_next_page(web, site, crawl):
    web.pages["/read/1/a"] = article("A", PARTS[0], links="<a class=lanjut href='/read/1/a?page=dua'>lanjut</a>")
    web.pages["/read/1/a?page=dua"] = article("A", PARTS[1], links="<a class=lanjut href='/read/1/a'>awal</a>")
    (visit,) = crawl(site(next_page="a.lanjut"), url=web.url("/read/1/a")).visits
    assert texts(visit) == PARTS[:2]


def test_the_one_page_form_is_fetched_in_place_of_the_pages(web, site, crawl):
    pages(web, 3, "/read/1/a/{}")
    web.pages["/read/1/a?single=1"] = article("A", *PARTS[:3])
    (visit,) = crawl(site(one_page={"single": "1"}), url=web.url("/read/1/a")).visits
    assert [page.url for page in visit.pages] == [web.url("/read/1/a?single=1")]
    assert visit.url == web.url("/read/1/a")
    assert web.paths() == ["/read/1/a?single=1"]


def test_the_one_page_form_may_be_a_path(web, site, crawl):
    web.pages["/read/1/a/all"] = article("A", *PARTS[:3])
    (visit,) = crawl(site(one_page="/all"), url=web.url("/read/1/a")).visits
    assert (visit.url, len(visit.pages)) == (web.url("/read/1/a"), 1)


def test_a_one_page_form_that_keeps_its_page_links_is_checked_once_a_run(web, site, crawl):
    for article_id in "12":
        pages(web, 3, f"/read/{article_id}/a/{{}}", first=f"/read/{article_id}/a")
        links = f"<a href='/read/{article_id}/a/2'>2</a>"
        web.pages[f"/read/{article_id}/a?single=1"] = article("A", *PARTS[:3], links=links)
    web.pages["/tekno"] = "<a href=/read/1/a>1</a><a href=/read/2/a>2</a>"
    result = crawl(site(one_page={"single": "1"}, sections=[web.url("/tekno")]))
    assert [[page.url[-8:] for page in visit.pages] for visit in result.visits] == [["single=1"], ["single=1"]]
    assert web.paths() == ["/tekno", "/read/1/a?single=1", "/read/1/a/2", "/read/2/a?single=1"]


def test_a_one_page_form_that_shows_only_a_part_is_not_believed(web, site, crawl):
    pages(web, 3, "/read/1/a/{}")
    web.pages["/read/1/a?single=1"] = web.pages["/read/1/a"]
    (visit,) = crawl(site(one_page={"single": "1"}), url=web.url("/read/1/a")).visits
    assert texts(visit) == PARTS[:3]


@pytest.mark.parametrize(
    "one_page", [Answer(status=404), Answer(status=302, headers={"Location": "/read/1/a"})], ids=["404", "redirect"]
)
def test_where_the_one_page_form_fails_the_pages_are_stitched(web, site, crawl, one_page):
    pages(web, 2, "/read/1/a/{}")
    web.pages["/read/1/a?single=1"] = one_page
    (visit,) = crawl(site(one_page={"single": "1"}), url=web.url("/read/1/a")).visits
    assert texts(visit) == PARTS[:2]


def test_where_robots_txt_bars_the_one_page_form_the_pages_are_stitched(web, site, crawl):
    web.pages["/robots.txt"] = "User-agent: *\nDisallow: /*?"
    pages(web, 2, "/read/1/a/{}")
    (visit,) = crawl(site(one_page={"single": "1"}), url=web.url("/read/1/a")).visits
    assert texts(visit) == PARTS[:2]


def test_a_page_that_cannot_be_had_is_counted_and_the_rest_is_kept(web, site, crawl):
    pages(web, 3, "/read/1/a/{}")
    web.pages["/read/1/a/3"] = Answer(status=500)
    result = crawl(site(), url=web.url("/read/1/a"), settings={"RETRY_TIMES": 0})
    (visit,) = result.visits
    assert (texts(visit), visit.pages_missing, str(visit.outcome)) == (PARTS[:2], 1, "archived")
    assert "a page of" in result.spider.counters.warnings[0]


def test_a_circle_of_pages_is_walked_once(web, site, crawl):
    web.pages["/read/1/a"] = article("A", PARTS[0], links="<a class=n href='/read/1/a?page=2'>n</a>")
    web.pages["/read/1/a?page=2"] = article("A", PARTS[1], links="<a class=n href='/read/1/a?page=3'>n</a>")
    web.pages["/read/1/a?page=3"] = article("A", PARTS[2], links="<a class=n href='/read/1/a?page=2'>n</a>")
    (visit,) = crawl(site(next_page="a.n"), url=web.url("/read/1/a")).visits
    assert texts(visit) == PARTS[:3]


def test_endless_pages_are_cut_with_a_warning(web, site, crawl):
    for n in range(1, 40):
        web.pages[f"/read/1/a/{n}" if n > 1 else "/read/1/a"] = article("A", links=f"<a href=/read/1/a/{n + 1}>n</a>")
    result = crawl(site(), url=web.url("/read/1/a"), settings={"AUTOTHROTTLE_ENABLED": False})
    (visit,) = result.visits
    assert (len(visit.pages), visit.pages_missing) == (20, 1)


def test_links_to_other_articles_are_no_pages_of_this_one(web, site, crawl):
    web.pages["/read/1/a"] = article(
        "A", links="<a href='/read/2/b/2'>b</a><a href='/read/1/a/3'>3</a><a href='/x/2'>x</a>"
    )
    (visit,) = crawl(site(), url=web.url("/read/1/a")).visits
    assert len(visit.pages) == 1
