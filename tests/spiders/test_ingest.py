"""Captures go through the same spiders: a site's own run over a file, and files of many sites."""

import gzip
import time
from datetime import UTC, datetime

import pytest

from pipelines.archive.bucket import Bucket
from pipelines.index.database import Status
from pipelines.visit import Outcome
from settings import storage as storage_settings
from spiders.ingest import IngestSpider
from tests.archive.invented import rows, run_program, start_program
from tests.archive.pressed import html
from tests.spiders.conftest import seen
from tests.spiders.warcs import Record, write_warc
from tests.spiders.web import Answer, Asked, article, feed

CAPTURED = datetime(2026, 11, 20, 3, tzinfo=UTC)


@pytest.fixture
def ingest(tmp_path, crawl):
    """Run `scrapy ingest` over a WARC file of the given records."""

    def run(*records: Record, **arguments):
        write_warc(tmp_path / "berkas.warc.gz", *records)
        return crawl(IngestSpider, path=str(tmp_path / "berkas.warc.gz"), **arguments)

    return run


def test_a_site_runs_over_captures_as_over_the_web(tmp_path, web, site, crawl):
    url = web.url("/read/1/a")
    write_warc(
        tmp_path / "a.warc.gz",
        Record(
            web.url("/feed"), feed((url, "Fri, 20 Nov 2026 09:00:00 +0700")).body, headers={"Content-Type": "text/xml"}
        ),
        Record(url, article("A", links="<a href='/read/1/a/2'>2</a>")),
        Record(url + "/2", article("A2")),
        Record(web.url("/robots.txt"), "User-agent: *\nDisallow: /"),
    )
    result = crawl(site(feeds=[web.url("/feed")]), settings={"REPLAY": str(tmp_path)})
    (visit,) = result.visits
    assert (visit.url, len(visit.pages), str(visit.outcome)) == (url, 2, "archived")
    assert web.asked == []


def test_a_one_page_form_that_the_captures_do_not_have_leaves_the_plain_address(tmp_path, web, site, crawl):
    url = web.url("/read/1/a")
    write_warc(tmp_path / "a.warc.gz", Record(url, article("A")))
    result = crawl(site(one_page={"page": "all"}), url=url, settings={"REPLAY": str(tmp_path)})
    assert result.outcomes == {url: "archived"}
    assert [page.url for page in result.visits[0].pages] == [url]


def test_a_page_that_the_captures_do_not_have_fails(tmp_path, web, site, crawl):
    write_warc(tmp_path / "a.warc.gz", Record(web.url("/read/2/b"), article("B")))
    result = crawl(site(), url=web.url("/read/1/a"), settings={"REPLAY": str(tmp_path)})
    assert result.outcomes == {web.url("/read/1/a"): "failed"}
    assert "the captures do not have" in result.visits[0].detail


def test_pages_go_to_the_site_of_their_host_or_one_named_after_their_domain(ingest):
    result = ingest(
        Record("https://inet.detik.com/gadget/d-7/judul?single=1", article("Satu")),
        Record("https://inet.detik.com/gadget/d-7/judul", article("Satu")),
        Record("https://www.kabar-uji.co.id/2026/11/berita-yang-belum-dikenal.html", article("Dua")),
        Record("https://blog.kabar-uji.co.id/berita-lain-yang-baru/", article("Tiga")),
        Record("https://inet.detik.com/logo.png", b"\x89PNG", headers={"Content-Type": "image/png"}),
        Record("https://inet.detik.com/gadget/d-8/hilang", "404", status="404 Not Found"),
        Record("https://inet.detik.com/gadget/d-9/sama", kind="revisit"),
    )
    assert {visit.url: visit.site for visit in result.visits} == {
        "https://inet.detik.com/gadget/d-7/judul": "detikinet",
        "https://www.kabar-uji.co.id/2026/11/berita-yang-belum-dikenal.html": "kabar-uji_co_id",
        "https://blog.kabar-uji.co.id/berita-lain-yang-baru": "kabar-uji_co_id",
    }
    assert result.visit("https://inet.detik.com/gadget/d-7/judul").pages[0].url.endswith("?single=1")
    assert result.spider.site_rules("detikinet").title == "detikInet"
    assert result.spider.site_rules("kabar-uji_co_id").name == "kabar-uji_co_id"
    assert {str(visit.announcement.via) for visit in result.visits} == {"warc"}


def test_pages_of_an_article_are_stitched_from_the_file(ingest):
    first = "https://www.kabar-uji.id/read/berita-dengan-tiga-halaman"
    result = ingest(
        *(
            Record(
                first + tail, article("Panjang", f"Halaman {n}.", links=f"<a href='{first}?page={n + 1}'>lanjut</a>")
            )
            for n, tail in enumerate(("", "?page=2"), start=1)
        )
    )
    (visit,) = result.visits
    assert [page.url for page in visit.pages] == [first, first + "?page=2"]
    assert visit.pages_missing == 1


def test_each_capture_of_an_article_is_a_look_in_the_order_of_time(ingest):
    url = "https://inet.detik.com/gadget/d-7/judul"
    result = ingest(
        Record(url, article("Sesudah disunting"), "2026-11-21T03:00:00Z"),
        Record(url, article("Sebelum disunting"), "2026-11-20T03:00:00Z"),
    )
    assert [visit.pages[0].capture.fetched_at.day for visit in result.visits] == [20, 21]
    assert (result.spider.counters.announced, result.spider.counters.begun) == (1, 2)


def test_captures_that_are_no_younger_than_the_archive_are_passed_over(ingest, index):
    url = "https://inet.detik.com/gadget/d-7/judul"
    index.commit([seen(url, CAPTURED)])
    result = ingest(Record(url, article("Lama")), Record(url, article("Baru"), "2026-11-22T03:00:00Z"))
    assert [visit.pages[0].capture.fetched_at.day for visit in result.visits] == [22]
    assert result.spider.counters.not_due == 1


def test_what_was_no_article_can_be_looked_at_by_the_rules_of_today(ingest, index):
    kept, refused = (f"https://inet.detik.com/gadget/d-{n}/judul" for n in (7, 8))
    index.commit([seen(kept, CAPTURED), seen(refused, CAPTURED, status=Status.REJECTED)])
    pages = (Record(kept, article("Arsip")), Record(refused, article("Tolak")))
    assert ingest(*pages).visits == []
    assert [visit.url for visit in ingest(*pages, rejected="true").visits] == [refused]


def test_reservations_hold_for_captures_as_well(ingest):
    page = Record("https://inet.detik.com/gadget/d-7/judul", article("A"), headers={"X-Robots-Tag": "noarchive"})
    assert [str(visit.outcome) for visit in ingest(page).visits] == ["rights"]


def test_files_of_a_bucket_are_fetched_one_after_the_other(crawl, storage, tmp_path, monkeypatch):
    bucket = Bucket(storage)
    bucket.ensure()
    for number in (1, 2):
        path = tmp_path / f"{number}.warc.gz"
        write_warc(path, Record(f"https://inet.detik.com/gadget/d-{number}/judul", article(f"Berita {number}")))
        bucket.put_once(f"berkas/{number}.warc.gz", path, "application/warc")
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(storage.endpoint_url))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", str(storage.access_key_id))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", storage.secret_access_key.get_secret_value())
    storage_settings.storage.cache_clear()
    result = crawl(IngestSpider, path=f"s3://{storage.bucket}/berkas/")
    sources = [visit.announcement.source for visit in result.visits]
    assert sources == [f"s3://{storage.bucket}/berkas/{number}.warc.gz" for number in (1, 2)]
    assert {str(visit.outcome) for visit in result.visits} == {"archived"}


def test_a_list_of_files_is_taken_in_file_by_file_for_our_sites_and_only_once(run, web, tmp_path):
    """As of a month of CC-NEWS: the connection breaks off within the first file; the second is not there at first."""
    files = {}
    for number, name in enumerate(("0.warc.gz", "1.warc.gz")):
        write_warc(
            tmp_path / name,
            Record("https://www.world.example/2026/news", article("World")),
            Record(f"https://inet.detik.com/gadget/d-{number}/judul", html(number)),
        )
        files[f"/crawl-data/CC-NEWS/2026/11/{name}"] = (tmp_path / name).read_bytes()
    first, second = files
    paths = "".join(f"{path[1:]}\n" for path in files)
    web.pages["/warc.paths.gz"] = Answer(gzip.compress(paths.encode()), content_type="application/gzip")

    def half_at_a_time(asked: Asked) -> Answer:
        if have := int(asked.headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-")):
            return Answer(files[first][have:], status=206)
        whole = {"Content-Length": str(len(files[first])), "Connection": "close"}
        return Answer(files[first][: len(files[first]) // 2], headers=whole)

    web.pages[first] = half_at_a_time
    arguments = {"path": web.url("/warc.paths.gz", "127.0.0.1"), "base": web.url("", "127.0.0.1")}
    counters = run(IngestSpider, **arguments).spider.counters
    assert counters.outcomes == {Outcome.ARCHIVED: 1}
    assert counters.failures == [f"{web.url(second, '127.0.0.1')} could not be fetched: HTTP 404"]

    web.pages[second] = Answer(files[second])
    web.asked.clear()
    counters = run(IngestSpider, **arguments).spider.counters
    assert (counters.outcomes, counters.failures) == ({Outcome.ARCHIVED: 1}, [])
    assert web.paths() == ["/warc.paths.gz", second]

    counters = run(IngestSpider, **arguments, again=True).spider.counters
    assert (counters.begun, counters.not_due, counters.failures) == (0, 2, [])


def test_a_list_whose_ingestion_is_killed_in_the_middle_of_a_file_is_finished_by_the_next(web, storage, tmp_path):
    """The list is in Common Crawl's form; one of its files is never there, and costs the others nothing."""
    ours = [f"https://inet.detik.com/gadget/d-{number}/judul" for number in range(40)]
    write_warc(
        tmp_path / "0.warc.gz",
        *(Record(url, html(number)) for number, url in enumerate(ours)),
        Record("https://www.world.example/2026/news", html(99)),
    )
    first, missing = (f"crawl-data/CC-NEWS/2026/11/{name}.warc.gz" for name in ("0", "1"))
    web.pages["/warc.paths.gz"] = Answer(gzip.compress(f"{missing}\n{first}\n".encode()))
    web.pages[f"/{first}"] = Answer((tmp_path / "0.warc.gz").read_bytes())
    command = ("scrapy", "ingest", web.url("/warc.paths.gz", "127.0.0.1"), "-a", f"base={web.url('', '127.0.0.1')}")

    with start_program(storage, *command) as killed:
        while not any(journal.stat().st_size for journal in storage.spool.rglob("journal.jsonl")):
            assert killed.poll() is None, killed.communicate()
            time.sleep(0.01)
        killed.kill()
    [journal] = storage.spool.rglob("journal.jsonl")
    assert len(journal.read_bytes().splitlines()) < len(ours), "it is in the middle of the file"

    finished = run_program(storage, *command)
    assert finished.returncode == 1
    assert f"{web.url(f'/{missing}', '127.0.0.1')} could not be fetched: HTTP 404" in finished.stderr
    assert sorted(row["url"] for row in rows(storage, "articles")) == sorted(ours)

    web.asked.clear()
    assert run_program(storage, *command).returncode == 1
    assert web.paths() == ["/warc.paths.gz", f"/{missing}"]
    assert len(rows(storage, "articles")) == len(ours)


def test_a_file_that_cannot_be_fetched_is_told_as_that_and_as_nothing_else(crawl, web):
    address = web.url("/tidak-ada.warc.gz", "127.0.0.1")
    assert crawl(IngestSpider, path=address).spider.counters.failures == [f"{address} could not be fetched: HTTP 404"]


@pytest.fixture
def in_bucket(storage, tmp_path):
    """The keys of two WARC files in the bucket, with an article each."""
    bucket = Bucket(storage)
    bucket.ensure()
    for number in (1, 2):
        path = tmp_path / f"{number}.warc.gz"
        write_warc(path, Record(f"https://inet.detik.com/gadget/d-{number}/judul", html(number)))
        bucket.put_once(f"berkas/{number}.warc.gz", path, "application/warc")
    return [f"s3://{storage.bucket}/berkas/{number}.warc.gz" for number in (1, 2)]


def test_a_disk_that_takes_no_file_ends_the_run_in_a_sentence(run, in_bucket, tmp_path, monkeypatch):
    monkeypatch.setenv("KLIPING_HOME", str(tmp_path / "rumah"))
    (tmp_path / "rumah").mkdir()
    (tmp_path / "rumah" / "ingest").touch()
    result = run(IngestSpider, path=in_bucket[0].rpartition("/")[0])
    [told] = result.spider.counters.failures
    assert told.startswith(f"{in_bucket[0]} and what follows it were not taken in: {tmp_path / 'rumah' / 'ingest'}")
    assert result.reason == "finished"


def test_a_file_that_cannot_be_noted_as_taken_in_is_read_again(run, in_bucket, tmp_path, monkeypatch):
    monkeypatch.setenv("KLIPING_HOME", str(tmp_path / "rumah"))
    (tmp_path / "berkas.txt").write_text(f"{in_bucket[0]}\n")
    run(IngestSpider, path=str(tmp_path / "berkas.txt"))
    [noted] = (tmp_path / "rumah" / "ingest").glob("*.done")
    noted.unlink()
    noted.mkdir()
    counters = run(IngestSpider, path=str(tmp_path / "berkas.txt"), again=True).spider.counters
    assert f"{in_bucket[0]} is read again by the next run: {noted} could not be written" in counters.warnings[-1]


def test_a_path_without_warc_files_is_refused(crawl, tmp_path):
    result = crawl(IngestSpider, path=str(tmp_path))
    assert result.reason == "wrong_argument"
    assert "is not a WARC file" in result.spider.counters.failures[0]
