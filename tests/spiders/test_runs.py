"""Runs with all their stages, into a real bucket: what the first archived, the second leaves alone."""

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.index.database import Index, Status
from settings import storage as storage_settings
from settings.scrapy import ITEM_PIPELINES
from tests.spiders.conftest import seen
from tests.spiders.web import Answer, article, feed

TODAY = "Tue, 24 Nov 2026 09:00:00 +0700"
TEXT = [
    f"Pada hari ke-{n} pengembang dari kota itu memasang pemancar baru di atap balai desa agar warga dapat mengirim "
    f"data panen tanpa berjalan jauh ke kantor kecamatan, kata ketua kelompok tani nomor {n * 37}."
    for n in range(1, 9)
]
DATED = '<meta property="article:published_time" content="2026-11-24T09:00:00+07:00">'


@pytest.fixture
def run(crawl, storage, monkeypatch):
    """Run a spider with its real stages against the test's own bucket."""
    keys = {"AWS_ACCESS_KEY_ID": storage.access_key_id, "AWS_SECRET_ACCESS_KEY": storage.secret_access_key}
    monkeypatch.setenv("AWS_ENDPOINT_URL", storage.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys["AWS_ACCESS_KEY_ID"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys["AWS_SECRET_ACCESS_KEY"].get_secret_value())
    monkeypatch.setenv("KLIPING_BUCKET", storage.bucket)
    storage_settings.storage.cache_clear()

    def run(spider):
        return crawl(spider, settings={"ITEM_PIPELINES": ITEM_PIPELINES}, dry_run=False)

    return run


def test_a_second_run_without_news_asks_its_sources_and_nothing_else(web, site, run):
    rss = feed((web.url("/read/1/a"), TODAY), (web.url("/read/2/b"), TODAY))
    web.pages["/feed"] = lambda asked: (
        Answer(status=304)
        if asked.headers.get("if-none-match") == '"v1"'
        else Answer(rss.body, headers={"ETag": '"v1"'}, content_type="application/rss+xml")
    )
    web.pages["/read/1/a"] = article("Pemancar Desa Dipasang", *TEXT[:4], head=DATED)
    web.pages["/read/2/b"] = Answer("gone", status=404)
    first = run(site(feeds=[web.url("/feed")]))
    assert first.reason == "finished"
    assert dict(first.spider.counters.outcomes) == {"archived": 1, "http_error": 1}

    before = len(web.asked)
    second = run(site(feeds=[web.url("/feed")]))
    assert second.spider.counters.begun == 0
    assert [asked.path for asked in web.asked[before:]] == ["/robots.txt", "/feed"]


def test_an_edit_that_the_source_announces_is_a_revision(web, site, run, home):
    def announce(changed: str) -> None:
        entry = f"<url><loc>{web.url('/read/1/a')}</loc><lastmod>{changed}</lastmod></url>"
        web.pages["/news.xml"] = Answer(f"<urlset>{entry}</urlset>", content_type="application/xml")

    announce("2026-11-24T09:00:00+07:00")
    web.pages["/read/1/a"] = article("Pemancar Desa Dipasang", *TEXT[:4], head=DATED)
    spider = site(news_sitemaps=[web.url("/news.xml")])
    run(spider)
    with Index.open(f"sqlite:///{home / 'index.db'}") as index:
        fetched = index.seen([web.url("/read/1/a")])[web.url("/read/1/a")].last_fetched_at

    announce(fetched.replace(second=0, microsecond=0).isoformat())  # edited in the very minute of the fetch
    web.pages["/read/1/a"] = article("Pemancar Desa Dipasang", *TEXT[:6], head=DATED)
    assert dict(run(spider).spider.counters.outcomes) == {"revised": 1}


def test_new_pages_none_of_which_is_an_article_fail_the_run_and_known_troubles_do_not(web, site, run, index):
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    web.pages["/tekno"] = "".join(f"<a href=/read/{n}/a>{n}</a>" for n in range(6))
    changed = run(site(sections=[web.url("/tekno")]))
    assert "none of the 6 new pages is an article: 6 http_error" in changed.spider.counters.failures

    index.commit([seen(web.url(f"/read/{n}/a"), long_ago, status=Status.FAILED) for n in range(6, 12)])
    web.pages["/tekno"] = "".join(f"<a href=/read/{n}/a>{n}</a>" for n in range(6, 12))
    known = run(site(sections=[web.url("/tekno")]))
    assert known.spider.counters.begun == 6
    assert known.spider.counters.failures == []
