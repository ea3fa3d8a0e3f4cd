"""What the operator has excluded is not fetched by any command, however it is come upon."""

import json
import subprocess
import sys
from datetime import timedelta
from typing import ClassVar

import pytest

from local.settings import ROOT
from pipelines.cleaning.worker import CleaningWorker
from settings.clock import utc_now
from settings.crawl import crawl as crawl_settings
from spiders.doctor import Diagnosis, Doctor
from spiders.ingest import IngestSpider
from tests.spiders.conftest import seen
from tests.spiders.warcs import Record, write_warc
from tests.spiders.web import Answer, article, feed

TODAY = "Tue, 24 Nov 2026 09:00:00 +0700"


@pytest.fixture
def exclude(monkeypatch):
    """Exclude these addresses."""

    def exclude(*addresses: str) -> None:
        entries = [{"address": address, "on": "2026-11-20", "reason": "diminta pemiliknya"} for address in addresses]
        monkeypatch.setenv("KLIPING_EXCLUSIONS", json.dumps(entries))
        crawl_settings.cache_clear()

    yield exclude
    crawl_settings.cache_clear()


def test_announced_articles_that_are_excluded_are_not_looked_at_and_counted(web, site, crawl, exclude):
    web.pages["/feed"] = feed(*((web.url(f"/read/{n}/a"), TODAY) for n in (1, 2, 3)))
    web.pages["/read/3/a"] = article("A")
    exclude(web.url("/read/1"), "site.localhost/read/2/*")
    result = crawl(site(feeds=[web.url("/feed")]))
    assert result.outcomes == {web.url("/read/3/a"): "archived"}
    assert web.paths() == ["/feed", "/read/3/a"]
    assert "2 announced articles are excluded (KLIPING_EXCLUSIONS)" in result.spider.counters.warnings
    assert result.spider.counters.failures == []


def test_an_archived_article_is_not_looked_at_again(web, site, crawl, exclude, index):
    url = web.url("/read/1/a")
    index.commit([seen(url, at=utc_now() - timedelta(hours=7))])
    web.pages["/feed"] = feed()
    exclude(url)
    assert crawl(site(feeds=[web.url("/feed")])).visits == []


def test_a_site_whose_home_is_excluded_is_not_asked_for_anything(web, site, crawl, exclude):
    exclude("site.localhost")
    result = crawl(site(feeds=[web.url("/feed")]))
    assert (result.reason, web.asked) == ("excluded", [])
    assert result.spider.counters.failures == [
        "Situs is not crawled: site.localhost is excluded since 2026-11-20 (diminta pemiliknya); KLIPING_EXCLUSIONS"
        " says so"
    ]


def test_an_excluded_article_is_not_looked_at_on_request_either(web, site, crawl, exclude):
    url = web.url("/read/1/a")
    exclude(url)
    result = crawl(site(), url=url)
    assert (result.reason, web.asked) == ("excluded", [])


@pytest.mark.parametrize("answer", ["redirect", "canonical"])
def test_an_article_that_turns_out_to_be_excluded_ends_with_the_outcome_rights(web, site, crawl, exclude, answer):
    url, target = web.url("/read/1/a"), web.url("/read/2/b")
    web.pages |= {
        "/read/1/a": Answer(status=302, headers={"Location": target})
        if answer == "redirect"
        else article("A", head=f'<link rel="canonical" href="{target}">'),
        "/read/2/b": article("B"),
    }
    exclude(target)
    (visit,) = crawl(site(), url=url).visits
    assert str(visit.outcome) == "rights"
    assert f"{target} is excluded since 2026-11-20 (diminta pemiliknya)" in visit.detail
    assert "/read/2/b" not in web.paths()


def test_a_source_that_is_excluded_is_not_read(web, site, crawl, exclude):
    exclude(web.url("/feed"))
    result = crawl(site(feeds=[web.url("/feed")]))
    assert web.paths() == []
    assert "is excluded since 2026-11-20" in result.spider.counters.failures[0]


def test_captures_of_excluded_pages_are_passed_over(crawl, exclude, tmp_path):
    urls = [f"https://www.kabar-uji.co.id/2026/11/berita-yang-panjang-judulnya-{n}.html" for n in "ab"]
    write_warc(tmp_path / "a.warc.gz", *(Record(url, article("A")) for url in urls))
    exclude(urls[0])
    result = crawl(IngestSpider, path=str(tmp_path / "a.warc.gz"))
    assert list(result.outcomes) == [urls[1]]
    assert any("1 pages of" in warning and "are excluded" in warning for warning in result.spider.counters.warnings)


def test_a_single_page_is_not_fetched(web, exclude):
    exclude("site.localhost")
    command = [sys.executable, "-m", "scrapy", "clean", web.url("/read/1/a")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "site.localhost is excluded since 2026-11-20 (diminta pemiliknya)" in ended.stderr
    assert web.asked == []


def test_the_draft_of_a_site_asks_nothing_of_one_that_is_excluded(web, exclude, tmp_path):
    exclude("site.localhost")
    command = [sys.executable, "-m", "scrapy", "newsite", "situsuji", web.url("/"), "--into", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert "site.localhost is excluded since 2026-11-20 (diminta pemiliknya)" in ended.stderr.splitlines()[-1]
    assert web.asked == []


def test_an_examination_asks_nothing_of_a_site_that_is_excluded(web, site, crawl, exclude, reactor):
    assert reactor
    exclude("site.localhost")

    class Examined(Doctor):
        found: ClassVar[list[Diagnosis]] = []

        def __init__(self, dry_run):
            assert dry_run
            super().__init__("site", site=site(), worker=CleaningWorker(), on_result=self.found.append)

        loopback = True

    Examined.site = site()
    crawl(Examined)
    ((failure,),) = (diagnosis.failures for diagnosis in Examined.found)
    assert "site.localhost is excluded since 2026-11-20" in failure
    assert web.asked == []
