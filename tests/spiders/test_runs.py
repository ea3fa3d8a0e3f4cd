"""Runs with all their stages, into a real bucket: what the first archived, the second leaves alone."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from warcio import ArchiveIterator

from pipelines.archive.bucket import Bucket
from pipelines.index.database import Index, Status
from settings import storage as storage_settings
from settings.crawl import crawl as crawl_settings
from settings.scrapy import ITEM_PIPELINES
from settings.storage import Storage
from spiders.ingest import IngestSpider
from tests.archive.invented import rows
from tests.spiders.conftest import seen
from tests.spiders.warcs import Record, write_warc
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

    def run(spider, **arguments):
        return crawl(spider, settings={"ITEM_PIPELINES": ITEM_PIPELINES}, dry_run=False, **arguments)

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


UNWRITABLE = json.dumps({"@type": "NewsArticle", "description": "Pemancar desa \ud83d"})
"""JSON-LD of a page that was cut in the middle of an emoji: half a surrogate pair, which no journal can hold."""


def test_an_article_that_could_not_be_recorded_has_failed_and_is_fetched_again(web, site, run, index, storage):
    url = web.url("/read/1/a")
    web.pages["/feed"] = feed((url, TODAY))
    broken = f'{DATED}<script type="application/ld+json">{UNWRITABLE}</script>'
    web.pages["/read/1/a"] = article("Pemancar Desa Dipasang", *TEXT[:4], head=broken)
    first = run(site(feeds=[web.url("/feed")]))
    assert dict(first.spider.counters.outcomes) == {"failed": 1}
    assert first.spider.counters.begun == 1
    assert index.seen([url])[url].status is Status.FAILED
    assert rows(storage, "articles") == []

    web.pages["/read/1/a"] = article("Pemancar Desa Dipasang", *TEXT[:4], head=DATED)
    assert dict(run(site(), url=url).spider.counters.outcomes) == {"archived": 1}
    assert [row["url"] for row in rows(storage, "articles")] == [url]


def warcinfo(storage: Storage) -> list[dict[str, str]]:
    """The fields of all warcinfo records in the bucket."""
    bucket = Bucket(storage)
    records = []
    for key in bucket.list("warc/"):
        if key.endswith(".warc.gz"):
            for record in ArchiveIterator(BytesIO(bucket.get(key))):
                if record.rec_type == "warcinfo":
                    lines = record.content_stream().read().decode().splitlines()
                    records.append(dict(line.split(": ", 1) for line in lines if line))
    return records


class TestWarcinfo:
    """What a WARC file says of how its records came to be."""

    def crawled(self, web: Any, site: Any, run: Any, storage: Storage, **stated: object) -> dict[str, str]:
        web.pages["/read/1/a"] = article("Pemancar Desa Dipasang", *TEXT[:4], head=DATED)
        run(site(**stated), url=web.url("/read/1/a"))
        (fields,) = warcinfo(storage)
        return fields

    def test_a_crawl_obeyed_robots_txt_and_said_who_it_was(self, web, site, run, storage):
        fields = self.crawled(web, site, run, storage)
        assert fields["robots"] == "obey"
        assert fields["http-header-user-agent"].startswith("Kliping/")

    def test_a_recorded_permission_that_waives_robots_txt_is_named(self, web, site, run, storage, monkeypatch):
        permission = {"by": "Sari Wulandari, redaksi", "on": "2026-11-20", "waives_robots": True}
        monkeypatch.setenv("KLIPING_PERMISSIONS", json.dumps({"site": permission}))
        crawl_settings.cache_clear()
        fields = self.crawled(web, site, run, storage, permission_needed="its robots.txt names Scrapy")
        assert fields["robots"].startswith("waived by the site's owner: permission given by Sari Wulandari, redaksi on")

    def test_ingestion_did_not_ask_and_names_the_files_it_read_in_our_name_asked_for_by_others(
        self, run, storage, tmp_path
    ):
        paths = [tmp_path / "satu.warc.gz", tmp_path / "dua.warc.gz"]
        for number, path in enumerate(paths):
            page = article("Pemancar Desa Dipasang", *TEXT[number : number + 4], head=DATED)
            write_warc(path, Record(f"https://www.kabar-{number}.example/pemancar-desa-dipasang", page))
        run(IngestSpider, path=str(tmp_path))
        told = [fields for fields in warcinfo(storage) if "Responses from" in fields["description"]]
        assert [path.name in fields["description"] for path, fields in zip(sorted(paths), told, strict=True)] == [
            True
        ] * 2
        assert {fields["robots"] for fields in told} == {"not asked: the pages are from WARC files"}
        assert not any("http-header-user-agent" in fields for fields in warcinfo(storage))
