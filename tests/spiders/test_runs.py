"""Runs with all their stages, into a real bucket: what the first archived, the second leaves alone."""

import asyncio
import gzip
import json
import random
import resource
import shutil
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from warcio import ArchiveIterator

from pipelines.archive.bucket import Bucket
from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.site_lock import SiteLock
from pipelines.archive.verification.verify import verify
from pipelines.index.database import Index, Status
from settings import storage as storage_settings
from settings.crawl import crawl as crawl_settings
from settings.storage import Storage
from spiders.ingest import IngestSpider
from spiders.loader import spider_of
from spiders.sources.entries import Window
from spiders.sources.posts_apis import posts_page
from tests.archive.invented import deliver_orphans, rows
from tests.index.notices import quake
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


def test_a_run_says_that_the_texts_have_left_the_sites_body_selector(web, site, run, storage):
    urls = [web.url("/read/1/a"), web.url("/read/2/b")]
    web.pages["/feed"] = feed(*((url, TODAY) for url in urls))
    for path, texts in (("/read/1/a", TEXT[:4]), ("/read/2/b", TEXT[4:])):
        page = article(f"Pemancar Desa {path[-1].upper()} Dipasang", *texts, head=DATED)
        pieces = page.replace("</h1>", "</h1><div class=awal>").replace(texts[2], f"</div><div>{texts[2]}")
        web.pages[path] = pieces.replace("</article>", "</div></article>")
    result = run(site(feeds=[web.url("/feed")], body_selector=".awal"))
    assert {row["url"]: row["body"] for row in rows(storage, "articles")} == {
        urls[0]: "\n".join(TEXT[:4]),
        urls[1]: "\n".join(TEXT[4:]),
    }
    [warning] = result.spider.counters.warnings
    assert "body_selector matches much less" in warning
    assert "passed by for 2 texts" in result.spider.counters.summary()
    [row] = rows(storage, "runs")
    assert list(row["warnings"]) == [warning]


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


def test_two_notices_of_one_template_are_both_articles_and_a_copy_of_one_is_a_link(web, site, run, storage, index):
    pages = {f"/read/{n}/gempa": quake(n) for n in (1, 2, 3)}
    pages["/read/4/salinan"] = quake(2).replace("Warga diimbau tetap", "Masyarakat diminta untuk selalu")
    web.pages |= {path: article(f"Gempa {path}", *body.split("\n\n"), head=DATED) for path, body in pages.items()}
    web.pages["/feed"] = feed(*((web.url(path), TODAY) for path in pages))
    first = run(site(feeds=[web.url("/feed")]))
    assert dict(first.spider.counters.outcomes) == {"archived": 3, "duplicate": 1}
    articles = {row["url"]: row for row in rows(storage, "articles")}
    assert len(articles) == 3
    links = {row["url"]: row for row in rows(storage, "duplicates")}
    copies = [row for row in links.values() if not row["is_article"]]
    assert [(row["kind"], row["containment"] > 0.8) for row in copies] == [("near", True)]
    assert {copies[0]["url"], copies[0]["duplicate_of_url"]} == {web.url("/read/2/gempa"), web.url("/read/4/salinan")}
    alike = [row for row in links.values() if row["is_article"]]
    assert {(row["kind"], row["url"] in articles) for row in alike} == {("similar", True)}
    assert len(alike) == 2
    for row in alike:
        assert row["text_sha256"] == articles[row["url"]]["text_sha256"]
        assert row["warc_record_offset"] == articles[row["url"]]["warc_record_offset"]

    assert verify(storage_settings.storage()).findings == []
    assert rebuild(storage_settings.storage(), [timedelta()], timedelta(days=30)).rows["duplicates"] == 1
    assert index.seen(articles).keys() == articles.keys()
    assert {seen.status for seen in index.seen(articles).values()} == {Status.ARCHIVED}


def test_an_archived_article_that_answers_410_when_it_is_looked_at_again_is_gone(web, site, run, storage):
    url = web.url("/read/1/a")
    web.pages["/read/1/a"] = article("Pemancar Desa Dipasang", *TEXT[:4], head=DATED)
    run(site(), url=url)
    web.pages["/read/1/a"] = Answer("tidak ada", status=410)
    again = run(site(), url=url)
    assert dict(again.spider.counters.outcomes) == {"gone": 1}
    assert again.spider.counters.failures == []
    [row] = rows(storage, "articles")
    assert (row["gone_status"], row["headline"]) == (410, "Pemancar Desa Dipasang")


def test_a_page_that_is_looked_at_again_and_refused_again_counts_once_towards_an_alarm(web, site, run):
    url = web.url("/read/1/a")
    counted = []
    for words in ("Belum ada isi.", "Belum ada isinya."):
        web.pages["/read/1/a"] = article("Segera", words)
        counters = run(site(), url=url).spider.counters
        counted.append((dict(counters.outcomes), dict(counters.first_rejections)))
    assert counted == [({"rejected": 1}, {"too_short": 1}), ({"rejected": 1}, {})]


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


HALF_A_PAIR = json.dumps({"@type": "NewsArticle", "description": "Pemancar desa \ud83d", "keywords": "sawah\ud83d"})
"""JSON-LD of a page that was cut in the middle of an emoji: half a surrogate pair, which UTF-8 has no form of."""


def test_half_a_surrogate_pair_costs_no_article_wherever_it_stands(web, site, run, storage):
    url = web.url("/read/1/a")
    title = {"rendered": "Pemancar \ud83d Desa"}
    posts = [{"link": url, "date_gmt": "2026-11-24T02:00:00", "title": title}, {"link": web.url("/read/2/\ud83d")}]
    api = posts_page(web.url("/posts"), Window.from_days("2026-11-20", "2026-11-25"), 1)
    web.pages[api.removeprefix(web.url(""))] = Answer(json.dumps(posts), content_type="application/json")
    head = f'{DATED}<script type="application/ld+json">{HALF_A_PAIR}</script>'
    web.pages["/read/1/a"] = article("Pemancar Desa Dipasang", *TEXT[:4], head=head)
    crawled = run(site(posts_apis=[web.url("/posts")]), since="2026-11-20", until="2026-11-25")
    assert crawled.spider.counters.outcomes["archived"] == 1
    [row] = rows(storage, "articles")
    assert row["description"] == "Pemancar desa"
    assert row["feed_headline"] == "Pemancar \N{REPLACEMENT CHARACTER} Desa"


@pytest.mark.parametrize(
    "stated",
    ['"\x85\xa0\xff"', '"a\x85b"', '"\xe2\x80\xa8"', '"\x0b"', '"\x0c\x1c\x1d\x1e"', '"\x01\x7f"', "kosong\x85"],
)
def test_whatever_bytes_a_validator_has_its_article_is_archived_and_found_known(web, site, run, storage, stated):
    url = web.url("/read/1/a")
    web.pages["/feed"] = feed((url, TODAY))
    page = article("Pemancar Desa Dipasang", *TEXT[:4], head=DATED)
    web.pages["/read/1/a"] = Answer(page, headers={"ETag": stated, "Last-Modified": stated, "X-Lain": stated})
    first = run(site(feeds=[web.url("/feed")]))
    assert (first.reason, dict(first.spider.counters.outcomes)) == ("finished", {"archived": 1})
    second = run(site(feeds=[web.url("/feed")]), url=url)
    assert (second.reason, dict(second.spider.counters.outcomes)) == ("finished", {"unchanged": 1})
    assert [row["url"] for row in rows(storage, "articles")] == [url]


def test_while_the_storage_is_away_a_run_crawls_into_the_spool_and_the_next_leaves_that_alone(
    web, site, run, storage, monkeypatch, free_port
):
    url = web.url("/read/1/a")
    web.pages["/feed"] = feed((url, TODAY))
    web.pages["/read/1/a"] = article("Pemancar Desa Dipasang", *TEXT[:4], head=DATED)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port}")
    storage_settings.storage.cache_clear()
    first = run(site(feeds=[web.url("/feed")]))
    assert (first.reason, dict(first.spider.counters.outcomes)) == ("finished", {"archived": 1})
    assert f"127.0.0.1:{free_port}" in first.spider.counters.warnings[0]
    second = run(site(feeds=[web.url("/feed")]))
    assert second.spider.counters.begun == 0

    monkeypatch.setenv("AWS_ENDPOINT_URL", storage.endpoint_url)
    storage_settings.storage.cache_clear()
    run(site(feeds=[web.url("/feed")]))
    assert [row["url"] for row in rows(storage, "articles")] == [url]
    deliver_orphans(storage_settings.storage())
    assert [row["looked_at"] for row in sorted(rows(storage, "runs"), key=lambda row: row["started_at"])] == [1, 0, 0]


def test_a_run_that_was_refused_has_a_row_once_another_delivers(web, site, run, storage, home):
    web.pages["/feed"] = feed()
    for stated in ({"permission_needed": "its robots.txt names us"}, {"loopback": False}):
        run(site(**stated))
    lock = SiteLock(home / "spool" / "site", "another run")
    run(site(feeds=[web.url("/feed")]))
    lock.release()
    run(site(feeds=[web.url("/feed")], name="lain"))
    deliver_orphans(storage_settings.storage())
    reasons = {row["finish_reason"]: row for row in rows(storage, "runs")}
    assert set(reasons) == {"permission_needed", "no_contact", "site_busy", "finished"}
    assert "KLIPING_CONTACT" in reasons["no_contact"]["failures"][0]
    assert len({row["run"] for row in rows(storage, "runs") if row["site"] == "site"}) == 3


def test_a_run_that_wrong_settings_refused_has_a_row_as_well(web, site, run, storage, monkeypatch):
    monkeypatch.setenv("KLIPING_BUCKET", "Salah Nama")
    storage_settings.storage.cache_clear()
    assert run(site()).reason == "wrong_settings"
    monkeypatch.setenv("KLIPING_BUCKET", storage.bucket)
    storage_settings.storage.cache_clear()
    web.pages["/feed"] = feed()
    run(site(feeds=[web.url("/feed")]))
    deliver_orphans(storage_settings.storage())
    assert sorted(row["finish_reason"] for row in rows(storage, "runs")) == ["finished", "wrong_settings"]


def test_a_disk_that_fills_up_for_seconds_ends_the_run_and_costs_nothing(web, site, run, storage):
    """A limit of file size stands for the disk: it refuses a page of random bytes, and takes what comes after it."""
    allowed = resource.getrlimit(resource.RLIMIT_FSIZE)
    urls = [web.url(f"/read/{number}/a") for number in range(4)]
    web.pages["/feed"] = feed(*((url, TODAY) for url in urls))

    def large(_asked: Any) -> Answer:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, allowed[1]))
        page = article("Pemancar Desa Ketiga", *TEXT[4:6], head=DATED)
        noise = random.Random(1).randbytes(2_500_000).hex()
        return Answer(page.replace("</body>", f"<!-- {noise} --></body>"))

    for number in (0, 1, 3):
        web.pages[f"/read/{number}/a"] = article(
            f"Pemancar Desa {number}", *TEXT[2 * number : 2 * number + 2], head=DATED
        )
    web.pages["/read/2/a"] = large
    try:
        first = run(site(feeds=[web.url("/feed")]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, allowed)
    counters = first.spider.counters
    assert first.reason == "disk_full"
    assert sum("could not be written" in failure for failure in counters.failures) == 1
    assert counters.outcomes.total() == counters.begun
    assert counters.outcomes["failed"] == 1

    web.pages["/read/2/a"] = article("Pemancar Desa Ketiga", *TEXT[4:6], head=DATED)
    for url in urls:
        run(site(), url=url)
    assert sorted(row["url"] for row in rows(storage, "articles")) == urls
    bucket = Bucket(storage)
    for key in bucket.list("warc/"):
        if key.endswith(".warc.gz"):
            assert gzip.decompress(bucket.get(key))


def test_what_the_end_of_a_run_cuts_off_is_as_due_to_the_next_one(web, site, run, storage, reactor):
    """A redirect that comes in when the run is told to stop: nothing more is asked for."""
    of_site = site(feeds=[web.url("/feed")])
    spider: Any = spider_of(of_site)
    told = []

    class Told(spider):
        async def start(self):
            told.append(self.crawler)
            async for begun in super().start():
                yield begun

    def stopping(_asked: Any) -> Answer:
        reactor.callFromThread(lambda: asyncio.ensure_future(told[0].stop_async()))
        return Answer(status=302, headers={"Location": "/read/2/b"}, seconds=0.5)

    urls = [web.url("/read/1/a"), web.url("/read/2/b")]
    web.pages["/feed"] = feed(*((url, TODAY) for url in urls))
    web.pages["/read/1/a"] = article("Pemancar Desa Dipasang", *TEXT[:2], head=DATED)
    web.pages["/read/2/b"] = stopping
    cut_off = run(Told)
    assert cut_off.reason == "shutdown"
    [problem] = cut_off.spider.counters.problems
    assert problem.detail == "the run ended before its page was read; the next one looks at it"

    web.pages["/read/2/b"] = article("Pemancar Desa Kedua", *TEXT[2:4], head=DATED)
    run(of_site)
    assert sorted(row["url"] for row in rows(storage, "articles")) == urls


def test_a_spool_that_is_taken_away_in_mid_run_ends_the_run_in_sentences(web, site, run, storage, home):
    web.pages["/feed"] = feed((web.url("/read/1/a"), TODAY))

    def taken_away(_asked: Any) -> Answer:
        shutil.rmtree(home / "spool")
        return Answer(article("Pemancar Desa Dipasang", *TEXT[:4], head=DATED))

    web.pages["/read/1/a"] = taken_away
    ended = run(site(feeds=[web.url("/feed")]))
    assert any("could not be written" in failure for failure in ended.spider.counters.failures)
    web.pages["/read/1/a"] = article("Pemancar Desa Dipasang", *TEXT[:4], head=DATED)
    run(site(feeds=[web.url("/feed")]))
    assert [row["url"] for row in rows(storage, "articles")] == [web.url("/read/1/a")]


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
