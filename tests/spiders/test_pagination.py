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


# Further pages, whatever their addresses

LEAD, REST = PARTS[0], PARTS[1]


def split(
    web, first: str, second: str, *, head: str = "", links: str = "", of_second: str = "", headline: str = "A"
) -> None:
    """An article of two pages, the first with these links."""
    web.pages[first] = article("A", LEAD, head=head, links=links)
    web.pages[second] = article(headline, REST, head=of_second)


@pytest.mark.parametrize(
    "second",
    [
        *("?halaman=2", "?hal=2", "?p=2", "?laman=2", "?pg=2", "?PAGE=2", "?page=2&s=lanjut"),
        *("/2", "/2/", "/page/2", "/page/2/", "/halaman/2", "/halaman-2", "-halaman-2", "-page-2"),
    ],
)
@pytest.mark.parametrize("label", ["2", "foto"], ids=["numbered", "unlabelled"])
def test_an_address_with_the_next_number_is_that_of_the_next_page(web, site, crawl, second, label):
    split(web, "/read/1/a-b", f"/read/1/a-b{second}", links=f"<a href='/read/1/a-b{second}'>{label}</a>")
    (visit,) = crawl(site(), url=web.url("/read/1/a-b")).visits
    assert texts(visit) == [LEAD, REST]
    assert (visit.url, visit.pages_missing) == (web.url("/read/1/a-b"), 0)


@pytest.mark.parametrize("ending", ["-2.html", "_2.html", "/2.html", "-halaman-2.html", "-bagian-2.html"])
@pytest.mark.parametrize("label", ["2", "Halaman 2", "Selanjutnya", "Baca halaman selanjutnya »", "Next", "›"])
def test_a_number_in_a_files_name_counts_where_the_link_says_so(web, site, crawl, ending, label):
    second = f"/berita/kapal-surya{ending}"
    split(web, "/berita/kapal-surya.html", second, links=f"<a href='{second}'>{label}</a>")
    (visit,) = crawl(site(article_url=r"/berita/[\w-]+\.html$"), url=web.url("/berita/kapal-surya.html")).visits
    assert texts(visit) == [LEAD, REST]
    assert visit.url == web.url("/berita/kapal-surya.html")


@pytest.mark.parametrize(
    "announced",
    ["<link rel=next href='{}'>", "<link rel='NEXT' href='{}'>", "<a rel='nofollow next' href='{}'>Lanjut membaca</a>"],
)
@pytest.mark.parametrize(
    "second",
    [
        *("/read/1/a-b?halaman=2", "/read/1/a-b?lembar=2", "/read/1/a-b?mulai=10", "/read/1/a-b?bagian=akhir"),
        *("/read/1/a-b-2", "/read/1/a-b/lanjutan", "/lanjut.php?no=1&ke=2", "/read/1/a-b/10"),
    ],
)
@pytest.mark.parametrize("place", ["head", "links"])
def test_rel_next_is_followed_in_head_and_body_whatever_the_address(web, site, crawl, announced, second, place):
    split(web, "/read/1/a-b", second, **{place: announced.format(second)})
    (visit,) = crawl(site(), url=web.url("/read/1/a-b")).visits
    assert texts(visit) == [LEAD, REST]
    assert (visit.url, visit.pages_missing) == (web.url("/read/1/a-b"), 0)


def test_rel_next_is_followed_to_the_last_page(web, site, crawl):
    for n in range(1, 5):
        following = f"<link rel=next href='/lanjut.php?no=1&ke={n + 1}'>" if n < 4 else ""
        web.pages["/read/1/a" if n == 1 else f"/lanjut.php?no=1&ke={n}"] = article("A", PARTS[n - 1], head=following)
    (visit,) = crawl(site(), url=web.url("/read/1/a")).visits
    assert texts(visit) == PARTS[:4]


def test_a_relative_address_counts_from_the_pages_base(web, site, crawl):
    split(web, "/read/1/a-b", "/read/1/a-b/2", head="<base href='/read/1/a-b/'><link rel=next href='2'>")
    (visit,) = crawl(site(), url=web.url("/read/1/a-b")).visits
    assert texts(visit) == [LEAD, REST]


@pytest.mark.parametrize(
    "second",
    [
        *("/read/1/a?page=dua", "/lanjut.php?no=1&ke=2", "/galeri/77-akhir", "/read/1/a/akhir", "/read/9/bagian-akhir"),
    ],
)
def test_the_link_that_a_site_names_is_followed_whatever_its_address(web, site, crawl, second):
    split(web, "/read/1/a", second, links=f"<a class=lanjut href='{second}'>teruskan</a>")
    (visit,) = crawl(site(next_page="a.lanjut"), url=web.url("/read/1/a")).visits
    assert texts(visit) == [LEAD, REST]


def test_a_page_of_another_headline_is_one_where_the_site_names_the_link(web, site, crawl):
    links = "<a class=lanjut href='/galeri/77-2'>teruskan</a>"
    split(web, "/read/1/a", "/galeri/77-2", links=links, headline="Gambar kedua")
    (visit,) = crawl(site(next_page="a.lanjut"), url=web.url("/read/1/a")).visits
    assert texts(visit) == [LEAD, REST]


def test_a_page_of_its_own_headline_is_one_if_it_names_the_articles_address(web, site, crawl):
    named = f"<link rel=canonical href='{web.url('/read/1/a-b')}'>"
    rel_next = "<link rel=next href='/read/1/a-b-2'>"
    split(web, "/read/1/a-b", "/read/1/a-b-2", head=rel_next, of_second=named, headline="Sambungan")
    (visit,) = crawl(site(), url=web.url("/read/1/a-b")).visits
    assert texts(visit) == [LEAD, REST]


@pytest.mark.parametrize("headline", ["A - Halaman 2", "A (2)", "A (2/3)", "A | Page 2 of 3"])
def test_a_headline_may_say_which_page_it_is(web, site, crawl, headline):
    split(web, "/read/1/a-b", "/read/1/a-b-2", head="<link rel=next href='/read/1/a-b-2'>", headline=headline)
    (visit,) = crawl(site(), url=web.url("/read/1/a-b")).visits
    assert texts(visit) == [LEAD, REST]


@pytest.mark.parametrize(
    "target",
    [
        *("/read/2/kabar-lain", "/read/2/a-b", "/", "/tekno", "/tekno?page=2", "/read/page/2", "/indeks?halaman=2"),
        *("/tag/gawai/page/2", "/read/1/a-b?page=all", "/read/1/a-b#page2", "/read/1/a-b?utm_source=next"),
    ],
)
def test_rel_next_to_another_story_or_a_list_is_no_page_and_nothing_is_missing(web, site, crawl, target):
    split(web, "/read/1/a-b", target, head=f"<link rel=next href='{target}'>", headline="Kabar lain")
    result = crawl(site(sections=[web.url("/tekno")]), url=web.url("/read/1/a-b"))
    (visit,) = result.visits
    assert (len(visit.pages), visit.pages_missing, result.spider.counters.warnings) == (1, 0, [])


@pytest.mark.parametrize("target", ["/read/1/a-b-2", "/read/1/a-b-lagi", "/lanjut.php?no=8"])
def test_what_rel_next_leads_to_has_to_be_called_as_the_article_is(web, site, crawl, target):
    split(web, "/read/1/a-b", target, head=f"<link rel=next href='{target}'>", headline="Kabar lain")
    (visit,) = crawl(site(), url=web.url("/read/1/a-b")).visits
    assert (len(visit.pages), visit.pages_missing) == (1, 0)


def test_a_site_whose_rel_next_leads_elsewhere_is_soon_not_asked_any_more(web, site, crawl):
    links = ""
    for n in range(1, 7):
        web.pages[f"/read/{n}/a-b"] = article(f"Kabar {n}", head=f"<link rel=next href='/cerita?no={n}'>")
        web.pages[f"/cerita?no={n}"] = article(f"Cerita {n}")
        links += f"<a href=/read/{n}/a-b>x</a>"
    web.pages["/tekno"] = links
    result = crawl(site(sections=[web.url("/tekno")]))
    assert {len(visit.pages) for visit in result.visits} == {1}
    assert sum(path.startswith("/cerita") for path in web.paths()) == 2


@pytest.mark.parametrize("target", ["/read/1/a-b?lembar=2", "/read/1/a-b/2", "/lanjut.php?no=1&ke=2", "/read/1/a-b-2"])
@pytest.mark.parametrize("stated", [{}, {"next_page": "link[rel=next]"}], ids=["found", "stated"])
@pytest.mark.parametrize("answer", [Answer(status=404), Answer(status=500)], ids=["404", "500"])
def test_a_further_page_that_was_announced_and_could_not_be_fetched_is_missing(
    web, site, crawl, target, stated, answer
):
    split(web, "/read/1/a-b", target, head=f"<link rel=next href='{target}'>")
    web.pages[target] = answer
    result = crawl(site(**stated), url=web.url("/read/1/a-b"), settings={"RETRY_TIMES": 0})
    (visit,) = result.visits
    assert (len(visit.pages), visit.pages_missing) == (1, 1)
    assert target in result.spider.counters.warnings[0]


def test_a_further_page_on_a_strangers_host_is_missing_where_the_site_names_the_link(web, site, crawl):
    link = f"<a class=lanjut href='{web.url('/lanjut', host='asing.localhost')}'>teruskan</a>"
    web.pages["/read/1/a"] = article("A", LEAD, links=link)
    (visit,) = crawl(site(next_page="a.lanjut"), url=web.url("/read/1/a")).visits
    assert (len(visit.pages), visit.pages_missing) == (1, 1)
    assert "asing.localhost" not in {asked.host for asked in web.asked}


def test_a_number_that_is_ignored_brings_the_same_page_and_adds_nothing(web, site, crawl):
    page = article("A", LEAD, links="<a href='/read/1/a-b?page=2'>2</a>")
    web.pages |= {"/read/1/a-b": page, "/read/1/a-b?page=2": page}
    (visit,) = crawl(site(), url=web.url("/read/1/a-b")).visits
    assert (texts(visit), visit.pages_missing) == ([LEAD], 0)


def test_pages_of_comments_are_none_of_the_article(web, site, crawl):
    links = "<a href='/read/1/a-b?cpage=2'>2</a><a href='/read/1/a-b?komentar_hal=2'>Selanjutnya</a>"
    web.pages["/read/1/a-b"] = article("A", LEAD, links=links)
    (visit,) = crawl(site(), url=web.url("/read/1/a-b")).visits
    assert (web.paths(), visit.pages_missing) == (["/read/1/a-b"], 0)


def test_an_article_is_taken_from_its_first_page_whichever_page_was_announced(web, site, crawl):
    named = f"<link rel=canonical href='{web.url('/berita/kapal-surya.html')}'>"
    link = "<a href='/berita/kapal-surya-2.html'>2</a>"
    split(web, "/berita/kapal-surya.html", "/berita/kapal-surya-2.html", links=link, of_second=named)
    of_site = site(article_url=r"/berita/[\w-]+\.html$")
    (visit,) = crawl(of_site, url=web.url("/berita/kapal-surya-2.html")).visits
    assert (visit.url, texts(visit)) == (web.url("/berita/kapal-surya.html"), [LEAD, REST])
