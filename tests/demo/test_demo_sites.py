"""The three sites over HTTP: sources, pages, conditional requests, dates, residue."""

import json
import re
from datetime import UTC, datetime

import pytest
from lxml import etree, html

from tests.demo.visitor import SITES, WHOLE, Answer, found, lines_of, shown

SITEMAPS = {
    "majalahsirkuit": "/post-sitemap.xml",
    "kilasperanti": "/sitemap_news.xml",
    "nusakata": "/sitemap-read.xml",
}
FEEDS = {"majalahsirkuit": "/feed/", "kilasperanti": "/rss", "nusakata": "/feed.xml"}


def locations(answer: Answer) -> list[str]:
    return found(etree.fromstring(answer.text.encode()), "//*[local-name()='url']/*[local-name()='loc']/text()")


@pytest.mark.parametrize("site", SITES)
def test_robots_names_the_sitemap_which_leads_to_every_post(visitor, site):
    robots = visitor.page(site, "/robots.txt").text
    index, *_ = re.findall(r"^Sitemap: (\S+)$", robots, re.MULTILINE)
    maps = found(etree.fromstring(visitor.get(index).text.encode()), "//*[local-name()='loc']/text()")
    assert visitor.web.url_of(site, SITEMAPS[site]) in maps
    truth = visitor.truth()[site]
    announced = locations(visitor.page(site, SITEMAPS[site]))
    assert len(announced) == len(set(announced))
    assert set(announced) == {post["url"] for post in truth["articles"] + truth["non_articles"]}


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("source", [SITEMAPS, FEEDS])
def test_sources_answer_304_until_something_changes(lone_visitor, site, source):
    first = lone_visitor.page(site, source[site])
    url = lone_visitor.web.url_of(site, source[site])
    assert lone_visitor.get(url, If_None_Match=first.headers["etag"]).status == 304
    assert lone_visitor.get(url, If_Modified_Since=first.headers["last-modified"]).status == 304
    lone_visitor.move(2)
    assert lone_visitor.get(url, If_None_Match=first.headers["etag"]).status == 200


@pytest.mark.parametrize("site", SITES)
def test_articles_answer_304_in_each_of_their_forms(visitor, site):
    article = visitor.articles(site)["panjang"]
    for url in {article["url"], article["url"] + WHOLE[site]}:
        first = visitor.get(url)
        again = visitor.get(url, If_None_Match=first.headers["etag"])
        assert (first.status, again.status, again.body) == (200, 304, b"")


@pytest.mark.parametrize("site", SITES)
def test_feeds_list_the_newest_first_with_title_and_date(visitor, site):
    truth = visitor.truth()[site]
    feed = etree.fromstring(visitor.page(site, FEEDS[site]).text.encode())
    titles = found(feed, "//*[local-name()='item' or local-name()='entry']/*[local-name()='title']/text()")
    newest = sorted(truth["articles"], key=lambda article: article["date_published"], reverse=True)
    galleries = {post["headline"] for post in truth["non_articles"] if not post["fault"]}
    assert [title for title in titles if title not in galleries] == [article["headline"] for article in newest]


@pytest.mark.parametrize("site", SITES)
def test_the_whole_article_stands_in_its_content_box_in_order(visitor, site):
    for article in visitor.articles(site).values():
        lines = lines_of(shown(visitor, article, site), site)
        places = [
            next(n for n, line in enumerate(lines) if line.endswith(wanted)) for wanted in article["body"].split("\n")
        ]
        assert places == sorted(places)


@pytest.mark.parametrize("site", ["kilasperanti", "nusakata"])
def test_pages_parted_hold_what_the_one_page_form_holds(visitor, site):
    article = visitor.articles(site)["panjang"]
    assert article["pages"] == 3
    page_url = "{}/{}" if site == "kilasperanti" else "{}?page={}"
    pages = [visitor.get(article["url"] if n == 1 else page_url.format(article["url"], n)).text for n in (1, 2, 3)]
    assert "bercerita tentang kamera" not in pages[0]
    assert "bercerita tentang kamera" in pages[1]
    assert "ketiga menutup" in pages[2]
    assert all(page_url.format(article["url"], 2) in page for page in (pages[0], pages[2]))
    assert WHOLE[site] in pages[0]
    assert visitor.get(page_url.format(article["url"], 4)).status == 404


@pytest.mark.parametrize("site", SITES)
def test_metadata_agrees_with_the_truth(visitor, site):
    for article in visitor.articles(site).values():
        page = html.fromstring(visitor.get(article["url"]).text)
        assert found(page, "//link[@rel='canonical']/@href") == [article["url"]]
        assert found(page, "//meta[@property='og:url']/@content") == [article["url"]]
        assert found(page, "//meta[@property='og:title']/@content") == [article["headline"]]
        assert [title.text_content() for title in found(page, "//h1")] == [article["headline"]]
        records = [json.loads(text) for text in found(page, "//script[@type='application/ld+json']/text()")]
        record = next(r for record in records for r in record.get("@graph", [record]) if "headline" in r)
        for name in ("published", "modified"):
            stated = datetime.fromisoformat(record[f"date{name.title()}"])
            assert stated == datetime.fromisoformat(article[f"date_{name}"])


def test_wordpress_states_its_dates_in_utc_and_shows_them_in_wib(visitor):
    article = visitor.articles("majalahsirkuit")["pendek"]
    page = html.fromstring(visitor.get(article["url"]).text)
    published = datetime.fromisoformat(article["date_published"])
    assert found(page, "//meta[@property='article:published_time']/@content") == [
        published.astimezone(UTC).isoformat(timespec="seconds")
    ]
    assert found(page, "//article//time/@datetime")[0].endswith("+07:00")


def test_portals_print_their_dates_to_the_minute(visitor):
    kilas, nusa = visitor.articles("kilasperanti")["pendek"], visitor.articles("nusakata")["pendek"]
    clock = kilas["date_published"][11:16]
    assert re.search(
        rf"(Senin|Selasa|Rabu|Kamis|Jumat|Sabtu|Minggu), \d\d \w{{3}} \d{{4}} {clock} WIB",
        visitor.get(kilas["url"]).text,
    )
    assert re.search(rf"Nusakata\.com, \d{{1,2}} \w+ \d{{4}}, {clock} WIB", visitor.get(nusa["url"]).text)
    assert f"/read/{nusa['date_published'][:10].replace('-', '/')}/{clock.replace(':', '')}" in nusa["url"]


@pytest.mark.parametrize("site", SITES)
def test_tracking_parameters_change_nothing(visitor, site):
    url = visitor.articles(site)["pendek"]["url"]
    assert visitor.get(f"{url}?utm_source=uji&fbclid=x").headers["etag"] == visitor.get(url).headers["etag"]


@pytest.mark.parametrize("site", SITES)
def test_gzip_is_sent_to_those_who_take_it(visitor, site):
    url = visitor.articles(site)["pendek"]["url"]
    packed = visitor.get(url, Accept_Encoding="gzip, deflate")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == visitor.get(url).text


def test_amp_and_mobile_forms_point_to_the_one_canonical_url(visitor):
    sirkuit, nusa = visitor.articles("majalahsirkuit")["pendek"], visitor.articles("nusakata")["pendek"]
    forms = {
        f"{sirkuit['url']}amp/": sirkuit,
        nusa["url"].replace("/read/", "/amp/read/"): nusa,
        nusa["url"].replace("//nusakata", "//m.nusakata"): nusa,
    }
    for form, article in forms.items():
        page = html.fromstring(visitor.get(form).text)
        assert found(page, "//link[@rel='canonical']/@href") == [article["url"]]


def test_moved_addresses_lead_to_the_canonical_one(visitor):
    sirkuit, kilas = visitor.articles("majalahsirkuit")["pendek"], visitor.articles("kilasperanti")["pendek"]
    for asked, wanted in {sirkuit["url"].rstrip("/"): sirkuit, kilas["url"].replace("pendek", "lama"): kilas}.items():
        answer = visitor.get(asked)
        assert (answer.status, answer.headers["location"]) == (301, wanted["url"])


@pytest.mark.parametrize(
    ("site", "paths"),
    {
        "majalahsirkuit": ["/", "/gawai/", "/tag/ponsel/", "/author/budi-santoso/", "/media/x.png"],
        "kilasperanti": ["/", "/gawai", "/indeks", "/tag/uji-coba", "/media/x.png"],
        "nusakata": ["/", "/gawai", "/indeks?page=1", "/tag/ponsel", "/media/x.png"],
    }.items(),
)
def test_lists_and_images_are_there_and_what_is_not_is_404(visitor, site, paths):
    assert {path: visitor.page(site, path).status for path in paths} == dict.fromkeys(paths, 200)
    assert visitor.page(site, "/tidak-ada/").status == 404
    assert visitor.page(site, "/page/99/" if site == "majalahsirkuit" else "/indeks?page=99").status == 404
    assert visitor.page(site, "/tidak/ada.xml").status == 404


def test_lists_run_over_pages(visitor):
    first, second = (visitor.page("kilasperanti", f"/gawai?page={n}").text for n in (1, 2))
    link = r'media__title"><a class="media__link" href="([^"]+)"'
    links = [set(re.findall(link, page)) for page in (first, second)]
    assert (len(links[0]), len(links[1])) == (10, 7)
    assert links[0].isdisjoint(links[1])


def test_copies_name_their_source(visitor):
    exact, near = visitor.articles("majalahsirkuit")["salinan"], visitor.articles("kilasperanti")["salinan"]
    original = visitor.articles("nusakata")["panjang"]
    assert (exact["copy"], exact["copy_of"], exact["body"]) == ("exact", original["url"], original["body"])
    assert near["copy"] == "near"
    assert near["body"] != visitor.articles("nusakata")["pendek"]["body"]
    assert "Artikel ini telah tayang di" in visitor.get(exact["url"]).text


def test_an_unknown_host_is_told_what_there_is(visitor):
    answer = visitor.get(f"http://contoh.localhost:{visitor.web.port}/")
    assert answer.status == 404
    assert "nusakata.localhost" in answer.text
