"""`scrapy doctor`: what an operator is told of a site, without anything being kept."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings

from demo.server import DemoWeb
from pipelines.cleaning.worker import CleaningWorker
from settings import scrapy as scrapy_settings
from settings.clock import utc_now
from spiders.doctor import ARTICLE, EXPECTED_FIELDS, Diagnosis, Doctor, SampleFinding, SourceFinding, judge, round_robin
from spiders.expect import Expect
from spiders.site import Site
from spiders.sources.entries import Window
from spiders.sources.posts_apis import posts_page
from tests.spiders.web import Answer, Web, article

PROJECT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
EXPECT = Expect(articles_per_day=(1, 50), body=0.95, published_at=0.95)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoWeb]:
    with DemoWeb(tmp_path_factory.mktemp("state"), faults=False) as web:
        yield web


def doctor(home: Path, port: int, *arguments: str, command: str = "doctor") -> subprocess.CompletedProcess[str]:
    """Run `scrapy doctor`, or another command, as an operator would, with the demo web on `port`."""
    environment = {**os.environ, "KLIPING_HOME": str(home), "KLIPING_DEMO_PORT": str(port), "COLUMNS": "160"}
    environment.pop("KLIPING_CONTACT", None)
    program = [sys.executable, "-m", "scrapy", command, *arguments]
    return subprocess.run(program, cwd=PROJECT, env=environment, capture_output=True, encoding="utf-8", timeout=120)


def test_sites_that_are_well(demo: DemoWeb, tmp_path: Path) -> None:
    report_file = tmp_path / "report.json"
    arguments = ("kilasperanti", "nusakata", "--json", "-s", f"REPORT_FILE={report_file}")
    process = doctor(tmp_path / "home", demo.port, *arguments)
    assert process.returncode == 0, process.stderr
    stated = json.loads(process.stdout)
    assert stated == json.loads(report_file.read_text(encoding="utf-8"))
    portal, newspaper = stated["sites"]
    assert (portal["site"], newspaper["site"]) == ("kilasperanti", "nusakata")
    assert stated["healthy"]
    assert [site["healthy"] for site in stated["sites"]] == [True, True]
    assert [(source["via"], source["status"], source["share"]) for source in portal["sources"]] == [
        ("news_sitemap", 200, 1.0),
        ("feed", 200, 1.0),
    ]
    assert all(source["newest"] for source in portal["sources"] + newspaper["sources"])
    assert portal["robots"][0]["origin"] == demo.url_of("kilasperanti").rstrip("/")
    assert portal["robots"][0]["denied"] == []
    assert {sample["verdict"] for sample in newspaper["samples"]} == {ARTICLE}
    assert len({sample["url"] for sample in newspaper["samples"]}) == 3
    assert not (tmp_path / "home").exists(), "an examination keeps nothing"


def test_a_site_is_accepted_with_a_report_of_all_that_was_seen(demo: DemoWeb, tmp_path: Path) -> None:
    process = doctor(tmp_path, demo.port, "nusakata", "--json", command="accept")
    assert process.returncode == 0, process.stderr
    verdicts = {check["name"].split()[0]: check["verdict"] for check in json.loads(process.stdout)}
    assert (verdicts["robots.txt"], verdicts["feed"], verdicts["articles"]) == ("good", "good", "good")
    assert "paging" in verdicts or "one-page" in verdicts


def test_a_site_that_is_away_is_not_accepted(tmp_path: Path, free_port: int) -> None:
    process = doctor(tmp_path, free_port, "nusakata", command="accept")
    assert process.returncode == 1
    assert "not good" in process.stdout


def test_the_table_names_source_sample_and_verdict(demo: DemoWeb, tmp_path: Path) -> None:
    process = doctor(tmp_path, demo.port, "nusakata", "--samples", "1")
    assert process.returncode == 0, process.stderr
    assert demo.url_of("nusakata", "/feed.xml") in process.stdout
    assert process.stdout.count("sample  ") == 1
    assert "healthy" in process.stdout


def test_a_site_that_does_not_answer_fails(tmp_path: Path) -> None:
    process = doctor(tmp_path, 9, "nusakata", "--json")
    assert process.returncode == 1
    (site,) = json.loads(process.stdout)["sites"]
    assert not site["healthy"]
    assert "none of 2 sources could be read" in site["failures"][0]
    assert "robots.txt could not be fetched" in site["robots"][0]["trouble"]


def test_a_real_site_is_not_visited_without_a_contact(tmp_path: Path) -> None:
    process = doctor(tmp_path, 9, "telset", "--json")
    assert process.returncode == 1
    (site,) = json.loads(process.stdout)["sites"]
    assert "KLIPING_CONTACT" in site["failures"][0]
    assert site["robots"] == site["sources"] == site["samples"] == []


def test_a_name_that_is_no_site_is_told(tmp_path: Path) -> None:
    process = doctor(tmp_path, 9, "tidakada")
    assert process.returncode == 2
    assert "there is no site tidakada" in process.stderr + process.stdout


TEXT = (
    "Bengkel Angkasa di Tegal merakit drone penyiram sawah dari bambu, sebab serat karbon terlalu mahal bagi petani.",
    "Satu drone menyiram seperempat hektare dalam sepuluh menit, lalu turun sendiri untuk mengisi air dari parit.",
)


def page(path: str, head: str = "") -> str:
    """An article of an hour ago: an examination, which happens now, asks how old the newest is."""
    when = (utc_now() - timedelta(hours=1)).isoformat(timespec="seconds")
    published = f'<meta property="article:published_time" content="{when}">'
    return article(f"Drone Bambu dari Tegal {path}", *TEXT, head=published + head)


@pytest.fixture(scope="module")
def worker() -> Iterator[CleaningWorker]:
    worker = CleaningWorker()
    yield worker
    worker.close()


@pytest.fixture
def examine(reactor: Any, home: Path, worker: CleaningWorker) -> Callable[[Site], Diagnosis]:  # noqa: ARG001
    """Examine a site of the test web in this process."""

    def run(site: Site) -> Diagnosis:
        done = threading.Event()
        found: list[Diagnosis] = []
        settings = Settings()
        settings.setmodule(scrapy_settings)
        settings.set("RETRY_ENABLED", False, priority="cmdline")

        def begin() -> None:
            crawl = AsyncCrawlerRunner(settings).crawl(
                Doctor, name=site.name, site=site, on_result=found.append, worker=worker
            )
            asyncio.ensure_future(crawl).add_done_callback(lambda _: done.set())

        reactor.callFromThread(begin)
        assert done.wait(120), "the examination does not end"
        return found[0]

    return run


def test_sources_that_robots_txt_bars_are_named(web: Web, site: Any, examine: Any) -> None:
    web.pages["/robots.txt"] = Answer(
        "User-agent: kliping\nDisallow: /feed\nCrawl-delay: 0.1", content_type="text/plain"
    )
    web.pages["/tekno"] = f"<a href={web.url('/read/1/satu')}>Satu</a><a href=/tag/drone>Drone</a>"
    web.pages["/read/1/satu"] = page("satu")
    diagnosis = examine(site(feeds=[web.url("/feed")], sections=[web.url("/tekno")]))
    (robots,) = diagnosis.robots
    assert (robots.denied, robots.crawl_delay) == ((web.url("/feed"),), 0.1)
    feed_source, section = diagnosis.sources
    assert "robots.txt bars" in (feed_source.trouble or "")
    assert (section.items, section.articles, section.share) == (2, 1, 0.5)
    assert diagnosis.healthy
    assert diagnosis.warnings == (f"{web.url('/feed')}: {feed_source.trouble}",)
    assert "/feed" not in web.paths()


def test_a_sitemap_index_is_followed_to_its_newest_sitemap(web: Web, site: Any, examine: Any) -> None:
    months = "".join(
        f"<sitemap><loc>{web.url(f'/{month}.xml')}</loc><lastmod>{month}-28</lastmod></sitemap>"
        for month in ("2026-09", "2026-10")
    )
    web.pages["/sitemap.xml"] = f"<sitemapindex>{months}</sitemapindex>"
    entry = f"<url><loc>{web.url('/read/1/satu')}</loc><lastmod>2026-10-28T10:00:00+07:00</lastmod></url>"
    web.pages["/2026-10.xml"] = f"<urlset>{entry}</urlset>"
    web.pages["/read/1/satu"] = page("satu")
    diagnosis = examine(site(sitemaps=[web.url("/sitemap.xml")]))
    (found,) = diagnosis.sources
    assert (found.articles, found.newest) == (1, datetime(2026, 10, 28, 3, tzinfo=UTC))
    assert web.paths() == ["/sitemap.xml", "/2026-10.xml", "/read/1/satu"]


def test_the_posts_api_of_wordpress_is_a_source(web: Web, site: Any, examine: Any) -> None:
    address = posts_page(web.url("/wp-json/wp/v2/posts"), Window(), 1)
    path = address.removeprefix(web.url(""))
    post = {"link": web.url("/read/1/satu"), "date_gmt": "2026-11-20T02:00:00", "title": {"rendered": "Satu"}}
    web.pages[path] = Answer(json.dumps([post]), content_type="application/json")
    web.pages["/read/1/satu"] = page("satu")
    diagnosis = examine(site(posts_apis=[web.url("/wp-json/wp/v2/posts")]))
    (found,) = diagnosis.sources
    assert (found.via, found.url, found.articles) == ("posts_api", address, 1)
    assert found.newest == datetime(2026, 11, 20, 2, tzinfo=UTC)


def test_samples_say_what_kept_them_from_being_articles(web: Web, site: Any, examine: Any) -> None:
    web.pages["/tekno"] = "<a href=/read/1/a>a</a><a href=/read/2/b>b</a><a href=/read/3/c>c</a>"
    web.pages["/read/1/a?page=all"] = page("a")
    web.pages["/read/2/b"] = page("b", head='<meta name="robots" content="noarchive">')
    diagnosis = examine(site(sections=[web.url("/tekno")], one_page={"page": "all"}))
    assert [(found.verdict, found.one_page) for found in diagnosis.samples] == [
        (ARTICLE, True),
        ("rights", False),
        ("http_error", False),
    ]
    assert "the one-page form of articles does not answer, their plain address does" in diagnosis.warnings


def source(**stated: object) -> SourceFinding:
    fields = {"via": "feed", "url": "https://situs.example/feed", "status": 200, "items": 10, "articles": 10}
    return SourceFinding(**{**fields, "newest": NOW - timedelta(hours=1), **stated})  # type: ignore[arg-type]


def sample(**stated: object) -> SampleFinding:
    fields = {
        "url": "https://situs.example/read/1",
        "verdict": ARTICLE,
        "date_published": NOW,
        "filled": EXPECTED_FIELDS,
    }
    return SampleFinding(**{**fields, **stated})  # type: ignore[arg-type]


def test_a_site_as_expected_is_well() -> None:
    assert judge(EXPECT, [source()], [sample()] * 3, NOW) == ((), ())


def test_one_broken_source_of_two_is_a_warning() -> None:
    broken = source(url="https://situs.example/sitemap.xml", status=404, items=0, trouble="it answers with HTTP 404")
    failures, warnings = judge(EXPECT, [broken, source()], [sample()] * 3, NOW)
    assert failures == ()
    assert warnings == ("https://situs.example/sitemap.xml: it answers with HTTP 404",)


def test_an_article_url_that_matches_nothing_is_a_failure() -> None:
    failures, _ = judge(EXPECT, [source(articles=0, newest=None)], [], NOW)
    assert failures == ("the sources name 10 pages, none of them an article by the site's article_url",)


@pytest.mark.parametrize(("days", "fails"), [(2, False), (4, True)])
def test_a_daily_site_whose_newest_article_is_old_fails(days: int, fails: bool) -> None:
    at = NOW - timedelta(days=days)
    failures, _ = judge(EXPECT, [source(newest=at)], [sample(date_published=at)] * 3, NOW)
    assert bool(failures) is fails


def test_how_old_the_newest_article_may_be_is_the_sites_word() -> None:
    at = NOW - timedelta(days=40)
    assert judge(Expect(freshness=30), [source(newest=at)], [sample(date_published=at)], NOW)[0]
    assert judge(Expect(freshness=None), [source(newest=at)], [sample(date_published=at)], NOW) == ((), ())


def test_one_odd_page_is_a_warning_and_two_are_a_failure() -> None:
    odd = sample(verdict="too_short", detail="the text has 3 words", date_published=None, filled=())
    failures, warnings = judge(EXPECT, [source()], [sample(), sample(), odd], NOW)
    assert failures == ()
    assert warnings == ("only 2 of 3 samples gave a text (https://situs.example/read/1: the text has 3 words)",)
    failures, _ = judge(EXPECT, [source()], [sample(), odd, odd], NOW)
    assert failures == ("only 1 of 3 samples gave a text (https://situs.example/read/1: the text has 3 words)",)


def test_a_field_that_nobody_expects_may_be_empty() -> None:
    bare = sample(filled=("body", "date_published"))
    assert judge(EXPECT, [source()], [bare] * 3, NOW) == ((), ())
    failures, _ = judge(Expect(author=0.9), [source()], [bare] * 3, NOW)
    assert failures == ("only 0 of 3 samples have an author",)


def test_a_one_page_form_that_is_gone_is_a_warning() -> None:
    _, warnings = judge(EXPECT, [source()], [sample(one_page=False)], NOW)
    assert warnings == ("the one-page form of articles does not answer, their plain address does",)


def test_samples_are_taken_from_each_source_in_turn() -> None:
    assert round_robin([["a", "b", "c"], ["b"], ["d", "e"]], 3) == ["a", "b", "d"]


def test_of_a_sitemap_index_it_reads_what_a_crawl_would_read(web: Web, site: Any, examine: Any) -> None:
    children = (
        ("/author-sitemap.xml", "2026-11-23T12:00:00+07:00"),
        ("/post-sitemap.xml", "2026-11-23T10:00:00+07:00"),
    )
    listed = "".join(f"<sitemap><loc>{web.url(p)}</loc><lastmod>{at}</lastmod></sitemap>" for p, at in children)
    web.pages["/index.xml"] = f"<sitemapindex>{listed}</sitemapindex>"
    web.pages["/author-sitemap.xml"] = f"<urlset><url><loc>{web.url('/author/sari')}</loc></url></urlset>"
    entry = f"<url><loc>{web.url('/read/1/satu')}</loc><lastmod>2026-11-23T10:00:00+07:00</lastmod></url>"
    web.pages["/post-sitemap.xml"] = f"<urlset>{entry}</urlset>"
    web.pages["/read/1/satu"] = page("satu")
    diagnosis = examine(site(sitemaps=[web.url("/index.xml")], sitemap_children=r"/post-sitemap"))
    assert web.paths() == ["/index.xml", "/post-sitemap.xml", "/read/1/satu"]
    assert [found.articles for found in diagnosis.sources] == [1]
