"""Of a site that says so the lead image of each article is kept: fetched as politely as its pages, and once it came."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from warcio import ArchiveIterator

from pipelines.archive.bucket import Bucket
from pipelines.archive.cdxj import urls_in
from pipelines.archive.takedown.order import Order, Target
from pipelines.archive.takedown.takedown import Takedown
from pipelines.archive.takedown_scope import Scope
from pipelines.index.database import Index
from pipelines.index.records import LOOKED_AT_AGAIN, IndexUpdate
from settings.clock import utc_now
from settings.crawl import crawl
from tests.archive.invented import rows
from tests.archive.pressed import paragraphs
from tests.spiders.web import Answer, article, feed

TODAY = "Tue, 24 Nov 2026 09:00:00 +0700"
DATED = '<meta property="article:published_time" content="2026-11-24T09:00:00+07:00">'
PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8


@pytest.fixture
def published(web):
    """Articles whose images are there, barred, no image, in a private network, too large, and reserved."""
    images = {
        "ada": web.url("/foto.jpg"),
        "dilarang": web.url("/tertutup/foto.jpg"),
        "halaman": web.url("/bukan-foto"),
        "dalam": "http://10.0.0.1/foto.jpg",
        "besar": web.url("/besar.jpg"),
        "milik": web.url("/milik.jpg"),
    }
    for number, (slug, image) in enumerate(images.items(), 1):
        head = f'{DATED}<meta property="og:image" content="{image}">'
        head += '<meta name="robots" content="noimageai">' if slug == "milik" else ""
        web.pages[f"/read/{number}/{slug}"] = article(f"Berita {slug}", *paragraphs(number), head=head)
    web.pages |= {
        "/robots.txt": "User-agent: *\nDisallow: /tertutup/",
        "/foto.jpg": Answer(PICTURE, content_type="image/jpeg"),
        "/bukan-foto": "<html>masuk dahulu</html>",
        "/besar.jpg": Answer(b"\xff" * (6 << 20), content_type="image/jpeg"),
        "/milik.jpg": Answer(PICTURE, content_type="image/jpeg"),
        "/feed": feed(*((web.url(path), TODAY) for path in web.pages if path.startswith("/read/"))),
    }
    return images


def records(storage, url):
    """Kind, content and what it was found by, of the records in the bucket of what came from `url`."""
    bucket = Bucket(storage)
    return [
        (record.rec_type, record.content_stream().read())
        for key in bucket.list("warc/")
        if key.endswith(".warc.gz")
        for record in ArchiveIterator(BytesIO(bucket.get(key)))
        if record.rec_headers.get_header("WARC-Target-URI") == url and record.rec_type != "request"
    ]


def indexed(storage):
    bucket = Bucket(storage)
    return set().union(*(urls_in(bucket.get(key)) for key in bucket.list("warc/") if key.endswith(".cdxj")))


def test_a_lead_image_is_kept_beside_its_article_and_goes_with_it(web, site, run, home, storage, published):
    kept = site(feeds=[web.url("/feed")], keep_lead_image=True)
    counters = run(kept).spider.counters
    assert counters.outcomes.total() == 6
    assert counters.failures == []
    [warning] = [words for words in counters.warnings if "lead images" in words]
    assert warning.startswith("4 of 5 lead images were not kept, such as ")

    assert {row["url"]: row["image"] for row in rows(storage, "articles")}[web.url("/read/1/ada")] == published["ada"]
    (kind, content), (described, found_by) = records(storage, published["ada"])
    assert (kind, content) == ("response", PICTURE)
    assert (described, f"via: {web.url('/read/1/ada')}\r\n".encode() in found_by) == ("metadata", True)
    assert published["ada"] in indexed(storage)
    assert records(storage, published["halaman"]) == []
    assert "/tertutup/foto.jpg" not in web.paths()
    assert "/milik.jpg" not in web.paths()
    assert web.most_in_flight == 1

    web.asked.clear()
    run(kept, url=web.url("/read/1/ada"))
    assert web.paths() == ["/read/1/ada"]

    order = Order(Target(Scope.ARTICLE, (web.url("/read/1/ada"),)), "permintaan penulis", "surat 12/2026", "redaksi")
    own = storage.model_copy(update={"home": home})
    with Index.open(own.index) as index:
        assert Takedown(own, index, order).carry_out(utc_now()).is_proven
    assert all(PICTURE not in content for _, content in records(storage, published["ada"]))
    assert published["ada"] not in indexed(storage)


def test_other_sites_keep_none(web, site, run):
    web.pages |= {
        "/feed": feed((web.url("/read/1/ada"), TODAY)),
        "/read/1/ada": article("Berita", *paragraphs(1), head=f'{DATED}<meta property="og:image" content="/foto.jpg">'),
    }
    run(site(feeds=[web.url("/feed")]))
    assert web.paths() == ["/feed", "/read/1/ada"]


@pytest.fixture
def looked_at_anew(web, site, run, index):
    """Crawl when all that the index knows is due once more, by its first age; the paths that this asks for."""
    kept = site(feeds=[web.url("/feed")], keep_lead_image=True)

    def look():
        at = utc_now() - crawl().revisit_intervals[0] - timedelta(minutes=1)
        for known in list(index.entries(LOOKED_AT_AGAIN)):
            index.put(IndexUpdate(replace(seen, first_fetched_at=at, last_fetched_at=at)) for seen in known)
        web.asked.clear()
        run(kept)
        return [path for path in web.paths() if path != "/feed"]

    return look


def page_with_image(web, number, image, **answer):
    head = f'{DATED}<meta property="og:image" content="{image}">'
    web.pages[f"/read/{number}/ada"] = Answer(article("Berita", *paragraphs(number), head=head), **answer)


@pytest.mark.parametrize("has_validators", [False, True])
def test_an_image_that_did_not_come_is_asked_for_when_its_article_is_looked_at_again(
    web, storage, looked_at_anew, has_validators
):
    page_with_image(web, 1, web.url("/foto.jpg"), headers={"ETag": '"1"'} if has_validators else {})
    web.pages |= {"/feed": feed((web.url("/read/1/ada"), TODAY)), "/foto.jpg": Answer("sibuk", status=503)}
    assert looked_at_anew() == ["/read/1/ada", "/foto.jpg"]
    if has_validators:
        web.pages["/read/1/ada"] = lambda asked: Answer(status=304 if asked.headers["if-none-match"] == '"1"' else 500)
    web.pages["/foto.jpg"] = Answer(PICTURE, content_type="image/jpeg")
    assert looked_at_anew() == ["/read/1/ada", "/foto.jpg"]
    (kind, content), (described, found_by) = records(storage, web.url("/foto.jpg"))
    assert (kind, content) == ("response", PICTURE)
    assert (described, f"via: {web.url('/read/1/ada')}\r\n".encode() in found_by) == ("metadata", True)
    assert web.most_in_flight == 1
    assert looked_at_anew() == ["/read/1/ada"]


def test_it_is_asked_for_three_times_in_all(web, looked_at_anew):
    page_with_image(web, 1, web.url("/foto.jpg"))
    web.pages |= {"/feed": feed((web.url("/read/1/ada"), TODAY)), "/foto.jpg": Answer("sibuk", status=503)}
    asked = [looked_at_anew().count("/foto.jpg") for _ in range(5)]
    assert asked == [1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    "answer",
    [
        Answer("tidak boleh", status=403),
        Answer("sudah dihapus", status=410),
        Answer("<html>masuk dahulu</html>"),
        Answer(b"\xff" * (6 << 20), content_type="image/jpeg"),
    ],
    ids=["refused", "gone", "not an image", "too large"],
)
def test_what_was_answered_for_good_is_not_asked_again(web, looked_at_anew, answer):
    page_with_image(web, 1, web.url("/foto.jpg"))
    web.pages |= {"/feed": feed((web.url("/read/1/ada"), TODAY)), "/foto.jpg": answer}
    assert looked_at_anew() == ["/read/1/ada", "/foto.jpg"]
    assert looked_at_anew() == ["/read/1/ada"]


def test_robots_txt_is_heeded_each_time(web, looked_at_anew):
    page_with_image(web, 1, web.url("/foto.jpg"))
    web.pages |= {"/feed": feed((web.url("/read/1/ada"), TODAY)), "/foto.jpg": Answer("sibuk", status=503)}
    assert "/foto.jpg" in looked_at_anew()
    web.pages["/robots.txt"] = "User-agent: *\nDisallow: /foto.jpg"
    assert "/foto.jpg" not in looked_at_anew()
    web.pages["/robots.txt"] = Answer(status=404)
    assert "/foto.jpg" in looked_at_anew()


def test_that_of_a_copy_is_fetched_once_too(web, looked_at_anew):
    page_with_image(web, 1, web.url("/satu.jpg"))
    web.pages["/read/2/ada"] = article(
        "Lain", *paragraphs(1), head=f'{DATED}<meta property="og:image" content="{web.url("/dua.jpg")}">'
    )
    web.pages |= {
        "/feed": feed(*((web.url(f"/read/{number}/ada"), TODAY) for number in (1, 2))),
        "/satu.jpg": Answer(PICTURE, content_type="image/jpeg"),
        "/dua.jpg": Answer(PICTURE, content_type="image/jpeg"),
    }
    assert sorted(looked_at_anew()) == ["/dua.jpg", "/read/1/ada", "/read/2/ada", "/satu.jpg"]
    assert sorted(looked_at_anew()) == ["/read/1/ada", "/read/2/ada"]
