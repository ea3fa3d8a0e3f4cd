"""A page that reserves itself leaves in the archive that it came, and not a byte of its body."""

import gzip
from io import BytesIO

import pytest
from warcio import ArchiveIterator

from pipelines.archive.bucket import Bucket
from pipelines.archive.cdxj import cdxj_of_file
from pipelines.archive.warc import payload_digest
from settings.crawl import crawl as crawl_settings
from settings.scrapy import ITEM_PIPELINES
from settings.storage import storage as storage_settings
from spiders.ingest import IngestSpider
from tests.archive.invented import rows
from tests.spiders.warcs import Record, write_warc
from tests.spiders.web import Answer, article, feed

TODAY = "Tue, 24 Nov 2026 09:00:00 +0700"
NOARCHIVE = '<meta name="robots" content="max-image-preview:large, noarchive">'
DATED = '<meta property="article:published_time" content="2026-11-24T09:00:00+07:00">'
TEXT = [
    f"Bengkel nomor {n} di pinggir sungai itu merakit pengukur hujan dari botol bekas, lalu mengirim catatannya lewat "
    f"radio ke kantor desa setiap {n + 2} jam, kata perakit yang sudah bekerja selama {n * 7} hari."
    for n in range(1, 6)
]


@pytest.fixture
def run(crawl, storage, monkeypatch):
    """Run a spider with its real stages against the test's own bucket."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", storage.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", storage.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", storage.secret_access_key.get_secret_value())
    monkeypatch.setenv("KLIPING_BUCKET", storage.bucket)

    def run(spider, **arguments):
        storage_settings.cache_clear()
        crawl_settings.cache_clear()
        return crawl(spider, settings={"ITEM_PIPELINES": ITEM_PIPELINES}, dry_run=False, **arguments)

    return run


def records(storage, url):
    """Kind and content of the records in the bucket's WARC files of what came from `url`."""
    bucket = Bucket(storage)
    return [
        (record.rec_type, record.raw_stream.read())
        for key in bucket.list("warc/")
        if key.endswith(".warc.gz")
        for record in ArchiveIterator(BytesIO(bucket.get(key)))
        if record.rec_headers.get_header("WARC-Target-URI") == url
        and not record.rec_headers.get_header("WARC-Concurrent-To")  # what was asked for, and how it was found
    ]


def captures(storage):
    """What the CDXJ files of the bucket name."""
    bucket = Bucket(storage)
    return "".join(bucket.get(key).decode() for key in bucket.list("warc/") if key.endswith(".cdxj"))


PLAIN = article("Pengukur Hujan", *TEXT, head=DATED)
MARKED = article("Pengukur Hujan", *TEXT, head=DATED + NOARCHIVE)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(PLAIN, headers={"X-Robots-Tag": "noarchive"}),
        Answer(PLAIN, headers={"X-Robots-Tag": "otherbot: noindex, kliping: noarchive"}),
        Answer(MARKED),
        Answer(gzip.compress(MARKED.encode()), headers={"Content-Encoding": "gzip"}),
        Answer(MARKED.encode("utf-16"), content_type="text/html; charset=utf-16"),
        Answer(gzip.compress((MARKED + " " * (11 << 20)).encode()), headers={"Content-Encoding": "gzip"}),
        Answer(MARKED, status=404),
    ],
    ids=["header", "header to us", "meta", "gzip", "utf-16", "bomb", "not found"],
)
def test_of_a_page_that_states_noarchive_nothing_is_kept_but_that_it_came(web, site, run, storage, answer):
    url = web.url("/read/1/a")
    web.pages |= {"/feed": feed((url, TODAY)), "/read/1/a": answer}
    run(site(feeds=[web.url("/feed")]))
    ((kind, content),) = records(storage, url)
    told = content.decode()
    assert kind == "metadata"
    assert "body: not kept: the response states noarchive\r\n" in told
    assert f"http-status: HTTP/1.1 {answer.status} " in told
    assert f"http-header: Content-Type: {answer.content_type}\r\n" in told
    assert f"payload-digest: {payload_digest(answer.bytes)}\r\n" in told
    assert "Bengkel" not in told
    assert "/read/1/a" not in captures(storage)
    assert rows(storage, "articles") == []


def test_its_visit_ends_with_the_outcome_rights_and_is_not_repeated(web, site, run, storage):
    url = web.url("/read/1/a")
    web.pages |= {"/feed": feed((url, TODAY)), "/read/1/a": MARKED}
    (first,) = run(site(feeds=[web.url("/feed")])).spider.counters.problems
    assert (str(first.outcome), first.detail) == ("rights", "the page states noarchive")
    assert [(row["outcome"], row["reason"]) for row in rows(storage, "visits")] == [("rights", "noarchive")]
    assert [row["rights"] for row in rows(storage, "runs")] == [[{"right": "noarchive", "pages": 1}]]
    assert run(site(feeds=[web.url("/feed")])).spider.counters.begun == 0


def test_a_site_that_may_be_archived_all_the_same_is(web, site, run, storage):
    url = web.url("/read/1/a")
    web.pages |= {"/feed": feed((url, TODAY)), "/read/1/a": MARKED}
    run(site(feeds=[web.url("/feed")], refuse_rights=()))
    assert [kind for kind, _ in records(storage, url)] == ["response"]
    assert [row["rights"] for row in rows(storage, "articles")] == [["noarchive"]]


def test_what_is_reserved_from_mining_is_kept_out_as_well_unless_the_site_says_otherwise(web, site, run, storage):
    url = web.url("/read/1/a")
    web.pages |= {"/feed": feed((url, TODAY)), "/read/1/a": Answer(PLAIN, headers={"TDM-Reservation": "1"})}
    run(site(feeds=[web.url("/feed")]))
    ((kind, content),) = records(storage, url)
    assert (kind, b"states tdm-reservation" in content) == ("metadata", True)
    assert rows(storage, "articles") == []


def test_who_may_keep_such_pages_keeps_them_and_publishes_none(web, site, run, storage, monkeypatch):
    monkeypatch.setenv("KLIPING_KEEP_RESERVED", "1")
    url = web.url("/read/1/a")
    web.pages |= {"/feed": feed((url, TODAY)), "/read/1/a": MARKED}
    result = run(site(feeds=[web.url("/feed")]))
    assert [kind for kind, _ in records(storage, url)] == ["response"]
    assert dict(result.spider.counters.outcomes) == {"rights": 1}
    assert rows(storage, "articles") == []


def test_a_further_page_that_reserves_itself_keeps_the_article_out(web, site, run, storage):
    url = web.url("/read/1/a")
    web.pages |= {
        "/feed": feed((url, TODAY)),
        "/read/1/a": article("Pengukur Hujan", *TEXT[:3], head=DATED, links="<a href='/read/1/a/2'>2</a>"),
        "/read/1/a/2": article("Pengukur Hujan", *TEXT[3:], head=DATED + NOARCHIVE),
    }
    result = run(site(feeds=[web.url("/feed")]))
    assert dict(result.spider.counters.outcomes) == {"rights": 1}
    assert [kind for kind, _ in records(storage, url + "/2")] == ["metadata"]


def test_foreign_warc_files_are_held_to_it_as_well(run, storage, tmp_path):
    urls = [f"https://www.kabar-uji.co.id/2026/11/pengukur-hujan-dari-botol-{n}.html" for n in "ab"]
    write_warc(
        tmp_path / "lain.warc.gz",
        Record(urls[0], MARKED),
        Record(urls[1], PLAIN, headers={"X-Robots-Tag": "noarchive"}),
    )
    result = run(IngestSpider, path=str(tmp_path / "lain.warc.gz"))
    assert dict(result.spider.counters.outcomes) == {"rights": 2}
    assert [kind for url in urls for kind, _ in records(storage, url)] == ["metadata"] * 2


def test_a_file_whose_index_is_made_again_names_no_such_page(web, site, run, storage, tmp_path):
    web.pages |= {"/feed": feed((web.url("/read/1/a"), TODAY)), "/read/1/a": MARKED}
    run(site(feeds=[web.url("/feed")]))
    bucket = Bucket(storage)
    (key,) = (key for key in bucket.list("warc/") if key.endswith(".warc.gz"))
    (tmp_path / "part.warc.gz").write_bytes(bucket.get(key))
    assert cdxj_of_file(tmp_path / "part.warc.gz", key) == captures(storage)
