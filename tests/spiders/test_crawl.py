"""A crawl of a site: what is announced is looked at once, and ends in one outcome."""

import gzip
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import pytest

from settings.version import VERSION
from spiders.article_fetch import ArticleFetch
from spiders.loader import spider_of
from tests.spiders.conftest import seen, source_state
from tests.spiders.web import Answer, article, feed

TODAY = "Tue, 24 Nov 2026 09:00:00 +0700"
NOW = datetime.now(UTC)


def test_an_announced_article_is_fetched_with_what_the_source_said(web, site, crawl):
    url = web.url("/read/1/satu")
    web.pages["/feed"] = feed((url, TODAY))
    web.pages["/read/1/satu"] = article("Satu")
    result = crawl(site(feeds=[web.url("/feed")]))
    assert result.reason == "finished"
    assert result.outcomes == {url: "archived"}
    (visit,) = result.visits
    assert b"Isi berita Satu" in visit.pages[0].html
    assert visit.pages[0].charset == "utf-8"
    assert visit.pages[0].capture.status == 200
    assert (visit.announcement.via, visit.announcement.source) == ("feed", web.url("/feed"))
    assert visit.announcement.headline == f"Judul {url}"
    assert (result.spider.counters.announced, result.spider.counters.not_due, result.spider.counters.begun) == (1, 0, 1)


def test_articles_are_found_in_sitemap_indexes_feeds_and_sections(web, site, crawl):
    web.pages["/index.xml"] = f"<sitemapindex><sitemap><loc>{web.url('/news.xml.gz')}</loc></sitemap></sitemapindex>"
    news = f"<urlset><url><loc>{web.url('/read/1/a')}</loc></url></urlset>".encode()
    web.pages["/news.xml.gz"] = Answer(gzip.compress(news), content_type="application/gzip")
    web.pages["/feed"] = feed((web.url("/read/2/b"), TODAY))
    web.pages["/tekno"] = f"<a href=/read/3/c>c</a><a href=/tag/x>x</a><a rel=next href='{web.url('/tekno?page=2')}'>"
    web.pages["/tekno?page=2"] = "<a href=/read/4/d>d</a><a href=/read/1/a>a</a>"
    web.pages |= {f"/read/{n}/{slug}": article(slug) for n, slug in enumerate("abcd", start=1)}
    spider = site(
        news_sitemaps=[web.url("/index.xml")],
        feeds=[web.url("/feed")],
        sections=[web.url("/tekno")],
        section_pages=2,
    )
    result = crawl(spider)
    vias = {visit.url[-1]: str(visit.announcement.via) for visit in result.visits}
    assert vias == {"a": "news_sitemap", "b": "feed", "c": "section", "d": "section"}
    assert len(web.paths()) == 9


def test_a_plain_sitemap_gives_only_what_changed_lately(web, site, crawl):
    old, new = NOW - timedelta(days=90), NOW - timedelta(hours=1)
    entries = "".join(
        f"<url><loc>{web.url(path)}</loc><lastmod>{at.isoformat()}</lastmod></url>"
        for path, at in (("/read/1/lama", old), ("/read/2/baru", new))
    )
    web.pages["/sitemap.xml"] = f"<urlset>{entries}<url><loc>{web.url('/read/3/tanpa')}</loc></url></urlset>"
    web.pages["/read/2/baru"] = article("Baru")
    result = crawl(site(sitemaps=[web.url("/sitemap.xml")]))
    assert list(result.outcomes) == [web.url("/read/2/baru")]
    assert "without a date" in result.spider.counters.warnings[0]


def test_a_plain_sitemap_that_states_the_moment_of_the_request_for_all_is_told_and_not_believed(web, site, crawl):
    pages = [web.url(f"/read/{number}/arsip") for number in range(10)]
    moment = datetime.now(UTC).isoformat()
    entries = "".join(f"<url><loc>{page}</loc><lastmod>{moment}</lastmod></url>" for page in pages)
    web.pages["/sitemap.xml"] = f"<urlset>{entries}</urlset>"
    result = crawl(site(sitemaps=[web.url("/sitemap.xml")]))
    assert list(result.outcomes) == []
    one_moment, passed_over = result.spider.counters.warnings[:2]
    assert "not believed" in one_moment
    assert "10 pages without a date, passed over" in passed_over


def test_a_run_with_a_window_takes_the_articles_of_those_days_and_asks_unconditionally(web, site, crawl, index):
    index.save_sources([source_state(web.url("/feed"), NOW, '"same"')])
    web.pages["/feed"] = feed((web.url("/read/1/a"), "Sun, 22 Nov 2026 23:00:00 +0700"), (web.url("/read/2/b"), TODAY))
    web.pages["/read/1/a"] = article("A")
    result = crawl(site(feeds=[web.url("/feed")]), since="2026-11-21", until="2026-11-22")
    assert list(result.outcomes) == [web.url("/read/1/a")]
    assert "if-none-match" not in web.asked[1].headers


def test_a_dated_index_is_asked_for_each_day_of_the_window(web, site, crawl):
    web.pages["/indeks?d=2026-11-02"] = "<a href=/read/2/b>"
    web.pages["/indeks?d=2026-11-01"] = "<a href=/read/1/a>"
    web.pages |= {"/read/1/a": article("A"), "/read/2/b": article("B")}
    result = crawl(site(sections=[web.url("/indeks?d={date:%Y-%m-%d}")]), since="2026-11-01", until="2026-11-02")
    assert sorted(result.outcomes) == [web.url("/read/1/a"), web.url("/read/2/b")]


def test_one_address_is_looked_at_on_request_known_or_not(web, site, crawl, index):
    url = web.url("/read/1/a")
    index.commit([seen(url, NOW)])
    web.pages["/read/1/a"] = article("A")
    result = crawl(site(feeds=[web.url("/feed")]), url=url + "?utm_source=x")
    assert result.outcomes == {url: "archived"}
    assert web.paths() == ["/read/1/a"]


def test_what_is_archived_and_not_due_is_not_fetched(web, site, crawl, index):
    url = web.url("/read/1/a")
    index.commit([seen(url, NOW)])
    web.pages["/feed"] = feed((url, TODAY))
    result = crawl(site(feeds=[web.url("/feed")]))
    assert (result.visits, result.spider.counters.not_due) == ([], 1)
    assert web.paths() == ["/feed"]


def test_an_article_is_looked_at_again_when_its_age_says_so_though_nobody_announces_it(web, site, crawl, index):
    url = web.url("/read/1/a")
    index.commit([seen(url, NOW - timedelta(hours=7), etag='"v1"', last_modified=TODAY)])
    web.pages["/read/1/a"] = Answer(status=304)
    web.pages["/feed"] = feed()
    result = crawl(site(feeds=[web.url("/feed")]))
    (visit,) = result.visits
    assert (str(visit.outcome), str(visit.announcement.via)) == ("unchanged", "revisit")
    assert web.asked[-1].headers["if-none-match"] == '"v1"'
    assert web.asked[-1].headers["if-modified-since"] == TODAY


def test_an_article_whose_source_says_that_it_changed_is_looked_at_again(web, site, crawl, index):
    url = web.url("/read/1/a")
    index.commit([seen(url, NOW - timedelta(hours=1))])
    changed = f"<lastmod>{(NOW - timedelta(minutes=5)).isoformat()}</lastmod>"
    web.pages["/news.xml"] = f"<urlset><url><loc>{url}</loc>{changed}</url></urlset>"
    web.pages["/read/1/a"] = article("A")
    assert crawl(site(news_sitemaps=[web.url("/news.xml")])).outcomes == {url: "archived"}


def test_a_source_that_has_not_changed_announces_nothing_and_is_read_in_full_once_a_day(web, site, crawl, index):
    source = web.url("/feed")
    web.pages["/feed"] = lambda asked: (
        Answer(status=304) if asked.headers.get("if-none-match") == '"v1"' else feed((web.url("/read/1/a"), TODAY))
    )
    web.pages["/read/1/a"] = article("A")
    index.save_sources([source_state(source, NOW - timedelta(hours=2), '"v1"')])
    assert crawl(site(feeds=[source])).visits == []
    index.save_sources([source_state(source, NOW - timedelta(hours=25), '"v1"')])
    assert len(crawl(site(feeds=[source])).visits) == 1


def test_one_unreadable_source_is_a_warning_and_none_readable_a_failure(web, site, crawl):
    web.pages["/feed"] = feed((web.url("/read/1/a"), TODAY))
    web.pages["/read/1/a"] = article("A")
    some = crawl(site(feeds=[web.url("/feed"), web.url("/gone")]))
    assert len(some.visits) == 1
    assert "HTTP 404" in some.spider.counters.warnings[0]
    assert some.spider.counters.failures == []
    assert not some.spider.counters.is_unreachable
    none = crawl(site(feeds=[web.url("/gone")]))
    assert "none of the site's sources could be read" in none.spider.counters.failures[0]
    assert none.spider.counters.is_unreachable


def test_more_articles_than_a_run_takes_are_left_to_the_next_the_newest_first(web, site, crawl):
    web.pages["/feed"] = feed(*((web.url(f"/read/{n}/a"), f"Tue, 24 Nov 2026 0{n}:00:00 +0700") for n in range(1, 4)))
    web.pages["/read/3/a"] = article("A")
    result = crawl(site(feeds=[web.url("/feed")]), settings={"VISITS_PER_RUN": 1})
    assert list(result.outcomes) == [web.url("/read/3/a")]
    assert "left to the next" in result.spider.counters.warnings[0]
    assert result.spider.counters.left == 2


OUTCOMES = {
    "/read/1/hilang": (Answer("404", status=404), "http_error", "HTTP 404"),
    "/read/2/rusak": (Answer("500", status=500), "http_error", "HTTP 500"),
    "/read/3/lambat": (Answer(article("Lambat"), seconds=3), "timeout", "longer than"),
    "/read/4/besar": (Answer("x" * 300_000), "too_large", "size limit"),
    "/read/5/bom": (
        Answer(gzip.compress(b"x" * 10_000_000), headers={"Content-Encoding": "gzip"}),
        "too_large",
        "exceeds",
    ),
    "/read/6/pindah": (Answer(status=302, headers={"Location": "http://elsewhere.example/x"}), "off_site", "elsewhere"),
    "/read/7/dalam": (Answer(status=302, headers={"Location": "http://127.0.0.1:1/"}), "off_site", "private address"),
    "/read/8/awan": (Answer(status=302, headers={"Location": "http://169.254.169.254/"}), "off_site", "private"),
    "/read/9/berkas": (
        Answer(status=302, headers={"Location": "file:///etc/passwd"}),
        "off_site",
        "it redirects to 'file:///etc/passwd', which is not a web address",
    ),
    "/read/10/putar": (Answer(status=302, headers={"Location": "/read/10/putar"}), "http_error", "redirections"),
    "/read/11/terkunci": (article("X", head='<meta name=robots content="index, noarchive">'), "rights", "noarchive"),
    "/read/12/terlarang": (article("Y"), "robots", "robots.txt bars"),
}


def test_whatever_happens_a_url_ends_in_exactly_one_outcome(web, site, crawl):
    web.pages["/robots.txt"] = "User-agent: *\nDisallow: /read/12/"
    web.pages["/feed"] = feed(*((web.url(path), TODAY) for path in OUTCOMES), (web.url("/read/99/baik"), TODAY))
    web.pages |= {path: page for path, (page, _, _) in OUTCOMES.items()} | {"/read/99/baik": article("Baik")}
    result = crawl(
        site(feeds=[web.url("/feed")]),
        settings={"DOWNLOAD_TIMEOUT": 0.5, "DOWNLOAD_MAXSIZE": 200_000, "RETRY_TIMES": 1},
    )
    expected = {web.url(path): outcome for path, (_, outcome, _) in OUTCOMES.items()}
    assert result.outcomes == expected | {web.url("/read/99/baik"): "archived"}
    for path, (_, _, words) in OUTCOMES.items():
        assert words in result.visit(web.url(path)).detail
    assert len(result.visits) == result.spider.counters.begun == len(OUTCOMES) + 1
    assert result.spider.counters.outcomes.total() == len(OUTCOMES) + 1


def test_a_fault_of_our_own_ends_the_visit_as_failed_and_no_other(web, site, crawl):
    web.pages["/feed"] = feed((web.url("/read/1/a"), TODAY), (web.url("/read/2/b"), TODAY))
    web.pages |= {"/read/1/a": article("A"), "/read/2/b": article("B")}

    class FaultyFetch(ArticleFetch):
        async def take(self, site, url, first, former=None):
            if url.endswith("a"):
                raise RuntimeError("salah hitung")
            return await super().take(site, url, first, former)

    spider: Any = spider_of(site(feeds=[web.url("/feed")]))

    class Faulty(spider):
        @cached_property
        def articles(self):
            return FaultyFetch(self.fetch, self.read_page, self.counters.warn, 1_000_000, self.tdm_files)

    result = crawl(Faulty)
    assert result.outcomes == {web.url("/read/1/a"): "failed", web.url("/read/2/b"): "archived"}
    assert "salah hitung" in result.visit(web.url("/read/1/a")).detail


def test_a_redirect_within_the_site_leads_to_the_article_under_its_own_url(web, site, crawl):
    web.pages["/feed"] = feed((web.url("/read/1/lama"), TODAY))
    web.pages["/read/1/lama"] = Answer(status=301, headers={"Location": web.url("/read/1/baru/?utm_source=r")})
    web.pages["/read/1/baru/?utm_source=r"] = article("Baru")
    (visit,) = crawl(site(feeds=[web.url("/feed")])).visits
    assert (visit.url, visit.announcement.url) == (web.url("/read/1/baru"), web.url("/read/1/lama"))


def test_a_page_that_names_another_article_as_its_canonical_url_is_about_that_one(web, site, crawl):
    canonical = f'<link rel=canonical href="{web.url("/read/7/asli")}">'
    web.pages["/feed"] = feed((web.url("/read/1/a"), TODAY), (web.url("/read/2/b"), TODAY))
    web.pages |= {"/read/1/a": article("A", head=canonical), "/read/2/b": article("B", head=canonical)}
    result = crawl(site(feeds=[web.url("/feed")]))
    assert {visit.url for visit in result.visits} == {web.url("/read/7/asli")}
    assert sorted(result.outcomes.values()) == ["archived", "unchanged"]


def test_a_canonical_url_off_the_site_is_not_believed(web, site, crawl):
    web.pages["/feed"] = feed((web.url("/read/1/a"), TODAY))
    web.pages["/read/1/a"] = article("A", head='<link rel=canonical href="https://mitra.example/read/1/a">')
    (visit,) = crawl(site(feeds=[web.url("/feed")])).visits
    assert (visit.url, str(visit.outcome)) == (web.url("/read/1/a"), "archived")


@pytest.mark.parametrize(
    ("headers", "head", "rights"),
    [
        ({"X-Robots-Tag": "noarchive"}, "", ("noarchive",)),
        ({"X-Robots-Tag": "googlebot: noarchive"}, "", ()),
        ({"X-Robots-Tag": "kliping: none"}, "", ("noarchive",)),
        ({"X-Robots-Tag": "max-image-preview:large, noarchive"}, "", ("noarchive",)),
        ({"X-Robots-Tag": "kliping: max-snippet:50, noai"}, "", ("noai",)),
        ({"X-Robots-Tag": "googlebot: max-video-preview:-1, noarchive"}, "", ()),
        ({}, '<meta name="robots" content="max-image-preview:large, noarchive">', ("noarchive",)),
        ({}, '<meta name="robots" content="max-snippet:-1, max-video-preview:-1, noai">', ("noai",)),
        ({"TDM-Reservation": "1"}, "", ("tdm-reservation",)),
        ({"TDM-Reservation": "1"}, '<meta name="tdm-reservation" content="0">', ()),
        ({}, '<meta name="tdm-reservation" content="1">', ("tdm-reservation",)),
        ({}, '<meta name="ROBOTS" content="NOAI, NoArchive">', ("noarchive", "noai")),
        ({"X-Robots-Tag": "unavailable_after: 25 Jun 2026 15:00:00 GMT"}, "", ()),
        ({"X-Robots-Tag": "otherbot: noindex, kliping: noarchive"}, "", ("noarchive",)),
        ({"TDM-Reservation": "0"}, '<meta name="tdm-reservation" content="1">', ("tdm-reservation",)),
    ],
)
def test_reservations_are_recorded_and_left_to_the_sites_policy(web, site, crawl, headers, head, rights):
    web.pages["/feed"] = feed((web.url("/read/1/a"), TODAY))
    web.pages["/read/1/a"] = Answer(article("A", head=head), headers=headers)
    (visit,) = crawl(site(feeds=[web.url("/feed")], refuse_rights=())).visits
    assert (visit.rights, str(visit.outcome)) == (rights, "archived")


def test_no_cookies_and_an_honest_user_agent_are_sent(web, site, crawl):
    web.pages["/feed"] = Answer(feed((web.url("/read/1/a"), TODAY)).body, headers={"Set-Cookie": "a=b"})
    web.pages["/read/1/a"] = article("A")
    crawl(site(feeds=[web.url("/feed")]))
    assert all("cookie" not in asked.headers and "referer" not in asked.headers for asked in web.asked)
    assert {asked.headers["user-agent"] for asked in web.asked} == {f"Kliping/{VERSION} (+no contact stated)"}
