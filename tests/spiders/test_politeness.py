"""robots.txt is obeyed and fails closed; a site is asked one thing at a time, at the pace it asks for."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from scrapy.http import Headers

from spiders.politeness import retry_after
from spiders.robots_txt import MAX_ROBOTS_BYTES, read_robots
from tests.spiders.web import Answer, article, feed

TODAY = "Tue, 24 Nov 2026 09:00:00 +0700"
URL = "https://kabar.id/read/1"


def allowed(text: str, url: str = URL) -> bool:
    return read_robots(200, text.encode()).denial(url) is None


@pytest.mark.parametrize(
    ("status", "may"),
    [(200, True), (204, True), (404, True), (410, True), (400, True)]
    + [(status, False) for status in (301, 401, 403, 429, 500, 502, 503, 504)],
)
def test_the_status_decides_where_there_are_no_rules(status, may):
    assert (read_robots(status, b"").denial(URL) is None) is may


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /read/", False),
        ("User-agent: *\nDisallow: /read/2", True),
        ("User-agent: *\nDisallow: /read\nAllow: /read/1", True),
        ("User-agent: *\nDisallow: /*/1$", False),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: Kliping\nDisallow: /", False),
        ("User-agent: kliping\nAllow: /\n\nUser-agent: *\nDisallow: /", True),
        ("User-agent: Kliping/1.0\nDisallow: /\n\nUser-agent: *\nDisallow:", False),
        ("User-agent: Kliping (+https://example.org)\nDisallow: /", False),
        ("User-agent: Kliping-News\nDisallow: /", True),
        ("User-agent: Scrapy\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: GPTBot\nUser-agent: Scrapy/2.19 (+https://scrapy.org)\nDisallow: /", False),
        ("User-agent: kl\nAllow: /\n\nUser-agent: *\nDisallow: /", False),
        ("User-agent: klipingbot\nAllow: /\n\nUser-agent: *\nDisallow: /", False),
        ("User-agent: ping\nDisallow: /", True),
        ("user agent KLIPING/2.1.3\nDisallow: /", False),
        ("Useragent:Kliping\rDisallow: /\r", False),
        ("User-agent: Kliping*\nDisallow: /", False),
        ("User-agent: *  # semua\nDisallow: /", False),
        ("User-agent: # siapa pun\nDisallow: /", True),
        ("User-agent: kliping\nAllow: /\n\nUser-agent: scrapy\nDisallow: /", False),
        ("User-agent: scrapy\nAllow: /\n\nUser-agent: kliping\nDisallow: /", False),
        ("User-agent: scrapy\nAllow: /\n\nUser-agent: *\nDisallow: /", False),
        ("User-agent: kliping\nAllow: /\n\nUser-agent: *\nDisallow: /\n\nUser-agent: scrapy\nDisallow: /arsip", True),
        ("User-agent: Mozilla/5.0 (compatible; Scrapy/2.11)\nDisallow: /", False),
        ("User-agent: GPTBot, Kliping\nDisallow: /", False),
        ("User-agent: myscrapy\nDisallow: /", True),
        ("User-agent: Kliping\nUser-agent: GPTBot\nDisallow: /read\n\nUser-agent: *\nAllow: /", False),
        ("user-agent: *\ndisallow: /komentar\n\nUser-agent: *\nDisallow: /read", False),
        ("User-agent: GPTBot\nDisallow: /", True),
        ("Disallow: /", True),
        ("\ufeffUser-agent: *\nDisallow: /", False),
        ("User-agent: *\r\nDisallow: /\r\n", False),
        ("", True),
        ("<!doctype html><html>Halaman tidak ditemukan", False),
        ("\x00\x01\x02", False),
    ],
)
def test_rules_are_read_as_meant_for_us(text, may):
    assert allowed(text) is may


def test_half_a_megabyte_of_rules_is_read_and_what_lies_beyond_is_not():
    padding = "# " + "x" * 97 + "\n"
    within = padding * (MAX_ROBOTS_BYTES // 100 - 1) + "User-agent: *\nDisallow: /"
    assert not allowed(within)
    assert allowed(padding * (MAX_ROBOTS_BYTES // 100 + 1) + "User-agent: *\nDisallow: /")


def test_a_crawl_delay_for_us_goes_before_that_for_all():
    both = b"User-agent: *\nCrawl-delay: 3\n\nUser-agent: kliping\nCrawl-delay: 7.5"
    assert read_robots(200, both).crawl_delay == 7.5
    assert read_robots(200, b"").crawl_delay == 0
    tool = b"\n\nUser-agent: Scrapy/2.19\nCrawl-delay: 20"
    assert read_robots(200, both + tool).crawl_delay == 20


@pytest.mark.parametrize("stated", ["301", "3600", "86400", "1000000", "1e9", "9" * 300])
def test_a_crawl_delay_that_leaves_no_room_for_a_run_bars_everything(stated):
    robots = read_robots(200, f"User-agent: *\nCrawl-delay: {stated}\nAllow: /".encode())
    assert f"asks for {float(stated):.0f} s between requests" in (robots.denial(URL) or "")


@pytest.mark.parametrize("stated", ["300", "0", "-5", "nan", "inf", "5 s", "lama", "9" * 400])
def test_a_crawl_delay_that_can_be_kept_or_not_be_read_bars_nothing(stated):
    assert allowed(f"User-agent: *\nCrawl-delay: {stated}")


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("90.5", 90.5),
        ("0", 0),
        ("9" * 400, 2**31),
        ("Tue, 24 Nov 2026 09:01:00 GMT", 60),
        ("Tuesday, 24-Nov-26 09:01:00 GMT", 60),
        ("Tue Nov 24 09:01:00 2026", 60),
        ("Tue, 24 Nov 2026 16:01:00 +0700", 60),
        ("Tue, 24 Nov 2026 08:00:00 GMT", 0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0),
        (["30", "600"], 600),
        *((nonsense, None) for nonsense in ("-5", "1e5", "inf", "nan", "0x10", "soon", "", "120, 300")),
        *((nonsense, None) for nonsense in ("Tue, 31 Feb 2026 09:01:00 GMT", "Tue, 24 Nov 99999 09:01:00 GMT")),
    ],
)
def test_retry_after_is_a_number_or_a_date(stated, seconds):
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert retry_after(Headers({"Retry-After": stated}), now) == seconds


def announce(web, count: int) -> None:
    web.pages["/feed"] = feed(*((web.url(f"/read/{n}/a"), TODAY) for n in range(count)))
    web.pages |= {f"/read/{n}/a": article(f"Berita {n}") for n in range(count)}


@pytest.mark.parametrize(
    "robots",
    [
        Answer(status=503),
        Answer(status=403),
        Answer(status=429),
        Answer(seconds=2),
        Answer("<html>"),
        Answer(status=302),
    ],
    ids=["503", "403", "429", "timeout", "web page", "redirect to nowhere"],
)
def test_a_robots_txt_that_cannot_be_had_bars_everything(web, site, crawl, robots):
    announce(web, 1)
    web.pages["/robots.txt"] = robots
    result = crawl(site(), url=web.url("/read/0/a"), settings={"DOWNLOAD_TIMEOUT": 0.3, "RETRY_TIMES": 0})
    assert list(result.outcomes.values()) == ["robots"]
    assert web.paths() == []


def test_an_unreachable_site_is_not_taken_for_an_open_one(web, site, crawl):
    web.close()
    result = crawl(site(), url=web.url("/read/0/a"), settings={"RETRY_TIMES": 0})
    assert list(result.outcomes.values()) == ["robots"]


def test_robots_txt_is_followed_through_redirects(web, site, crawl):
    announce(web, 1)
    web.pages["/robots.txt"] = Answer(status=301, headers={"Location": "/robots2.txt"})
    web.pages["/robots2.txt"] = "User-agent: *\nDisallow: /read/"
    result = crawl(site(feeds=[web.url("/feed")]))
    assert list(result.outcomes.values()) == ["robots"]


def test_robots_txt_is_asked_for_once_and_by_each_host_of_the_site(web, site, crawl):
    announce(web, 3)
    other = web.url("/feed2", host="feeds.site.localhost")
    web.pages["/feed2"] = feed((web.url("/read/0/a"), TODAY))
    crawl(site(feeds=[web.url("/feed"), other]))
    robots = [asked.host for asked in web.asked if asked.path == "/robots.txt"]
    assert robots == ["site.localhost", "feeds.site.localhost"]


def test_a_sources_robots_txt_is_obeyed_as_well(web, site, crawl):
    announce(web, 1)
    web.pages["/robots.txt"] = "User-agent: *\nDisallow: /feed"
    result = crawl(site(feeds=[web.url("/feed")]))
    assert result.visits == []
    assert "robots.txt bars" in result.spider.counters.failures[0]


def test_there_is_one_request_in_flight_over_all_hosts_of_a_site(web, site, crawl):
    web.pages["/feed"] = feed(
        *((web.url(f"/read/{n}/a", host), TODAY) for n in range(6) for host in ("site.localhost", "m2.localhost"))
    )
    for n in range(6):
        links = f"<a href='/read/{n}/a/2'>2</a>"
        web.pages[f"/read/{n}/a"] = Answer(article("A", links=links), seconds=0.05)
        web.pages[f"/read/{n}/a/2"] = Answer(article("A2"), seconds=0.05)
    spider = site(feeds=[web.url("/feed")], hosts=[f"m2.localhost:{web.port}"])
    result = crawl(spider, settings={"AUTOTHROTTLE_ENABLED": False})
    assert [len(visit.pages) for visit in result.visits] == [2] * 12
    assert web.most_in_flight == 1


def test_a_delay_of_zero_is_not_taken(web, site, crawl):
    announce(web, 10)
    web.pages |= {f"/read/{n}/a": Answer(article("A"), seconds=0.05) for n in range(10)}
    crawl(
        site(feeds=[web.url("/feed")]),
        settings={"DOWNLOAD_DELAY": 0, "AUTOTHROTTLE_ENABLED": False, "CONCURRENT_REQUESTS": 16},
    )
    assert web.most_in_flight == 1


def test_a_crawl_delay_is_kept(web, site, crawl):
    announce(web, 3)
    web.pages["/robots.txt"] = "User-agent: *\nCrawl-delay: 0.5"
    crawl(site(feeds=[web.url("/feed")]))
    times = [asked.at for asked in web.asked]
    # Measured where requests arrive: a busy machine may hold one back, and so bring it nearer to the next.
    assert all(later - earlier > 0.3 for earlier, later in pairwise(times))
    assert times[-1] - times[0] > 0.45 * (len(times) - 1)


def test_a_site_that_asks_for_a_pause_gets_it(web, site, crawl):
    announce(web, 2)
    answers = iter([Answer(status=429, headers={"Retry-After": "1"}), Answer(article("Akhirnya"))])
    web.pages["/read/0/a"] = lambda _: next(answers)
    result = crawl(site(feeds=[web.url("/feed")]))
    assert set(result.outcomes.values()) == {"archived"}
    asked = [asked for asked in web.asked if asked.path.startswith("/read")]
    refused = next(n for n, each in enumerate(asked) if each.path == "/read/0/a")
    assert asked[refused + 1].at - asked[refused].at >= 0.9


def test_a_site_that_asks_for_a_long_pause_ends_the_run(web, site, crawl):
    announce(web, 3)
    web.pages["/read/0/a"] = Answer(status=503, headers={"Retry-After": "3600"})
    result = crawl(site(feeds=[web.url("/feed")]))
    assert result.reason == "asked_to_wait"
    assert result.visit(web.url("/read/0/a")).detail == "HTTP 503"


@pytest.mark.parametrize("retry_after", ["9" * 400, "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_a_pause_beyond_all_reason_ends_the_run_with_one_sentence(web, site, crawl, retry_after):
    announce(web, 3)
    web.pages["/read/0/a"] = Answer(status=429, headers={"Retry-After": retry_after})
    result = crawl(site(feeds=[web.url("/feed")]))
    assert result.reason == "asked_to_wait"
    assert "asks us to come back in" in result.spider.counters.failures[0]


@pytest.mark.parametrize("retry_after", ["-5", "9 days", "Tue, 24 Nov 2020 09:00:00 GMT"])
def test_after_a_refusal_that_names_no_time_to_come_all_requests_pause(web, site, crawl, retry_after):
    announce(web, 2)
    web.pages["/read/0/a"] = Answer(status=403, headers={"Retry-After": retry_after})
    crawl(site(feeds=[web.url("/feed")]), settings={"BACK_OFF_SECONDS": 1})
    asked = [asked for asked in web.asked if asked.path.startswith("/read")]
    assert [each.path for each in asked] == ["/read/0/a", "/read/1/a"]
    assert asked[1].at - asked[0].at >= 0.9


@pytest.mark.parametrize("status", [401, 403, 429, 451, 503])
def test_a_site_that_refuses_three_requests_for_articles_in_a_row_is_left_alone(web, site, crawl, status):
    announce(web, 12)
    headers = {"Retry-After": "0"} if status == 503 else {}
    web.pages |= {f"/read/{n}/a": Answer("Ditolak", status, headers) for n in range(12)}
    result = crawl(site(feeds=[web.url("/feed")]))
    assert result.reason == "site_refuses"
    assert len([path for path in web.paths() if path.startswith("/read")]) == 3
    assert "the site refused 3 requests for articles in a row" in result.spider.counters.failures[0]
    assert f"(HTTP {status})" in result.spider.counters.failures[0]


def test_refusals_of_single_pages_do_not_cost_the_others(web, site, crawl):
    announce(web, 12)
    web.pages |= {f"/read/{n}/a": Answer("Khusus pelanggan", 403) for n in range(12) if n % 3}
    result = crawl(site(feeds=[web.url("/feed")]))
    assert result.reason == "finished"
    assert sorted(result.outcomes.values()) == ["archived"] * 4 + ["http_error"] * 8


def test_sources_that_refuse_us_do_not_cost_those_that_do_not(web, site, crawl):
    announce(web, 1)
    dead = [web.url(f"/umpan-{n}") for n in range(4)]
    web.pages |= {f"/umpan-{n}": Answer(status=403) for n in range(4)}
    result = crawl(site(feeds=[*dead, web.url("/feed")]))
    assert (result.reason, list(result.outcomes.values())) == ("finished", ["archived"])


def test_a_server_that_is_broken_is_not_one_that_refuses(web, site, crawl):
    announce(web, 6)
    web.pages |= {f"/read/{n}/a": Answer(status=503) for n in range(6)}
    result = crawl(site(feeds=[web.url("/feed")]), settings={"RETRY_TIMES": 0})
    assert (result.reason, set(result.outcomes.values())) == ("finished", {"http_error"})


@pytest.mark.parametrize("delay", ["86400", "1000000", "1e9"])
def test_a_crawl_delay_that_leaves_no_room_for_a_run_ends_it_at_once(web, site, crawl, delay):
    announce(web, 1)
    web.pages["/robots.txt"] = f"User-agent: *\nCrawl-delay: {delay}"
    result = crawl(site(feeds=[web.url("/feed")]))
    assert result.reason == "crawl_delay"
    assert web.paths() == []
    assert f"asks for {float(delay):.0f} s between requests" in result.spider.counters.failures[0]
