"""A run with a window asks feeds for their older pages and WordPress for its posts; other runs ask for neither."""

import json

import pytest

from tests.spiders.web import Answer, article, feed

NEWEST = "Tue, 24 Nov 2026 09:00:00 +0700"
INSIDE = "Sun, 22 Nov 2026 09:00:00 +0700"
OLDEST = "Fri, 20 Nov 2026 09:00:00 +0700"
BEFORE = "Tue, 10 Nov 2026 09:00:00 +0700"
WINDOW = {"since": "2026-11-20", "until": "2026-11-23"}
API = "/wp-json/wp/v2/posts"


@pytest.fixture
def leafed(web, site):
    """A site whose feed is leafed through; its first page ends within the window."""
    web.pages["/feed"] = feed((web.url("/read/1/a"), NEWEST), (web.url("/read/2/b"), INSIDE))
    web.pages |= {f"/read/{n}/{slug}": article(slug) for n, slug in enumerate("abcd", start=1)}
    return site(feeds=[web.url("/feed")], feed_pages="paged={page}")


def sources(web) -> list[str]:
    return [path for path in web.paths() if not path.startswith("/read/")]


def test_a_feed_is_leafed_through_until_a_page_is_older_than_the_window(web, leafed, crawl):
    web.pages["/feed?paged=2"] = feed((web.url("/read/2/b"), INSIDE), (web.url("/read/3/c"), OLDEST))
    web.pages["/feed?paged=3"] = feed((web.url("/read/4/d"), BEFORE))
    result = crawl(leafed, **WINDOW)
    assert list(result.outcomes) == [web.url("/read/2/b"), web.url("/read/3/c")]
    assert sources(web) == ["/feed", "/feed?paged=2", "/feed?paged=3"]


@pytest.mark.parametrize("end", ["missing", "empty", "repeated"])
def test_a_feed_ends_quietly(web, leafed, crawl, end):
    ends = {"missing": Answer(status=404), "empty": feed(), "repeated": web.pages["/feed"]}
    web.pages["/feed?paged=2"] = ends[end]
    result = crawl(leafed, **WINDOW)
    assert list(result.outcomes) == [web.url("/read/2/b")]
    assert sources(web) == ["/feed", "/feed?paged=2"]
    assert (result.spider.counters.failures, result.spider.counters.warnings) == ([], [])


def test_an_older_page_that_breaks_costs_none_of_the_others(web, leafed, crawl):
    web.pages["/feed?paged=2"] = feed((web.url("/read/3/c"), OLDEST))
    web.pages["/feed?paged=3"] = "<!doctype html>Sedang dirawat"
    result = crawl(leafed, **WINDOW)
    assert list(result.outcomes) == [web.url("/read/2/b"), web.url("/read/3/c")]
    assert result.spider.counters.warnings == [f"{web.url('/feed?paged=3')} could not be read: it is not a feed"]


def test_a_feed_without_end_is_left_after_fifty_pages(web, leafed, crawl):
    for page in range(2, 60):
        web.pages[f"/feed?paged={page}"] = feed((web.url(f"/tag/{page}"), INSIDE))
    result = crawl(leafed, **WINDOW)
    assert sources(web)[-1] == "/feed?paged=50"
    assert "may go on after 50 pages" in result.spider.counters.warnings[0]


def test_a_feed_that_reaches_back_to_the_window_is_not_leafed_through(web, leafed, crawl):
    crawl(leafed, since="2026-11-23")
    assert sources(web) == ["/feed"]


def posts(web, *listed: tuple[str, str], pages: int = 1) -> Answer:
    """A page of the REST API with the given (path, UTC date) pairs."""
    body = [
        {"link": web.url(path), "date_gmt": date, "modified_gmt": date, "title": {"rendered": "Uji &amp; Coba"}}
        for path, date in listed
    ]
    return Answer(json.dumps(body), headers={"X-WP-TotalPages": str(pages)}, content_type="application/json")


def posts_path(page: int) -> str:
    days = "after=2026-11-18T17:00:00Z&before=2026-11-24T17:00:00Z"
    return f"{API}?per_page=100&page={page}&{days}&_fields=link,date_gmt,modified_gmt,title"


def test_posts_of_the_window_are_announced_page_by_page(web, leafed, crawl):
    web.pages["/feed?paged=2"] = Answer(status=404)
    web.pages[posts_path(1)] = posts(
        web, ("/read/1/a", "2026-11-24T02:00:00"), ("/read/3/c", "2026-11-21T02:00:00"), pages=2
    )
    web.pages[posts_path(2)] = posts(web, ("/read/4/d", "2026-11-19T17:00:00"), pages=2)
    leafed.posts_apis = [web.url(API)]
    result = crawl(leafed, **WINDOW)
    assert list(result.outcomes) == [web.url(path) for path in ("/read/2/b", "/read/3/c", "/read/4/d")]
    told = result.visit(web.url("/read/3/c")).announcement
    assert (told.via, told.source, told.headline) == ("posts_api", web.url(API), "Uji & Coba")
    assert sources(web)[-2:] == [posts_path(1), posts_path(2)]
    assert result.spider.counters.warnings == []


@pytest.mark.parametrize(
    ("robots", "answer", "words"),
    [
        ("User-agent: *\nDisallow: /wp-json/\n", Answer("[]"), "robots.txt bars"),
        ("", Answer(status=404), "it answers with HTTP 404"),
        ("", Answer('{"code": "rest_forbidden"}', status=401), "it answers with HTTP 401"),
        ("", Answer("<!doctype html>"), "it is not a list of WordPress's posts"),
    ],
)
def test_a_closed_rest_api_is_a_warning(web, leafed, crawl, robots, answer, words):
    web.pages["/robots.txt"] = Answer(robots, content_type="text/plain")
    web.pages[posts_path(1)] = answer
    leafed.posts_apis = [web.url(API)]
    result = crawl(leafed, **WINDOW)
    assert list(result.outcomes) == [web.url("/read/2/b")]
    assert result.spider.counters.failures == []
    (warning,) = result.spider.counters.warnings
    assert words in warning
    assert (posts_path(1) in web.paths()) == ("bars" not in words)


def test_a_later_page_of_posts_that_breaks_costs_none_of_the_others(web, leafed, crawl):
    web.pages[posts_path(1)] = posts(web, ("/read/3/c", "2026-11-21T02:00:00"), pages=2)
    leafed.posts_apis = [web.url(API)]
    result = crawl(leafed, **WINDOW)
    assert list(result.outcomes) == [web.url("/read/2/b"), web.url("/read/3/c")]
    assert result.spider.counters.warnings == [f"{web.url(posts_path(2))} could not be read: it answers with HTTP 404"]


def test_a_run_without_a_window_asks_for_neither(web, leafed, crawl):
    leafed.posts_apis = [web.url(API)]
    crawl(leafed)
    assert sources(web) == ["/feed"]
