"""What is taken down is gone from all of the archive, and does not come back by any way that leads into it."""

import gzip
import io
import json
import re
import signal
import subprocess
import uuid
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from warcio.archiveiterator import ArchiveIterator

from pipelines.archive.bucket import Bucket
from pipelines.archive.maintenance.warc_packing import WarcPacking
from pipelines.archive.mirror import mirror
from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.releases.publish import publish
from pipelines.archive.search.ask import search
from pipelines.archive.search.build import build
from pipelines.archive.site_lock import SiteBusy
from pipelines.archive.tables import Corpus
from pipelines.archive.takedown.order import Order, Target
from pipelines.archive.takedown.takedown import NothingMatches, Takedown, TakenDown, TooMuch
from pipelines.archive.takedown_scope import Scope
from pipelines.archive.verification.verify import verify
from pipelines.article import Reason, Rejection
from pipelines.index.database import Index
from pipelines.run.crawl_run import CrawlRun
from pipelines.visit import Outcome
from reader.kliping_reader.fulltext.index import Wanted
from settings.storage import Storage
from tests.archive.invented import (
    CRAWL,
    LATER,
    NOON,
    PROJECT,
    announced,
    deliver_orphans,
    exchange,
    finish,
    look_at,
    open_run,
    page,
    reject,
    rows,
    run_program,
    text,
)

URL = "http://kabarteknik.example/satu"
OTHER = "http://kabarteknik.example/dua"
COPY = "http://siartekno.example/salinan"
BODY = text(1)


def crawl(storage: Storage, site: str, *looks: Callable[[CrawlRun], object]) -> None:
    run = open_run(storage, site)
    for look in looks:
        look(run)
    finish(run)


@pytest.fixture
def archive(storage: Storage) -> Storage:
    """Two articles of one site, the first one revised and copied by another site, and a page that is no article."""
    crawl(
        storage,
        "kabarteknik",
        lambda run: look_at(run, URL, BODY),
        lambda run: look_at(run, OTHER, text(2)),
        lambda run: reject(run, "http://kabarteknik.example/indeks"),
    )
    crawl(storage, "siartekno", lambda run: look_at(run, COPY, BODY, at=NOON + timedelta(hours=1)))
    crawl(storage, "kabarteknik", lambda run: look_at(run, URL, f"{BODY} Ralat.", at=NOON + timedelta(hours=7)))
    return storage


def take_down(storage: Storage, *names: str, scope: Scope = Scope.ARTICLE) -> TakenDown:
    order = Order(Target(scope, names), "permintaan penulis", "surat 12/2026", "redaksi")
    with Index.open(storage.index) as index:
        return Takedown(storage, index, order).carry_out(LATER)


def everything(storage: Storage) -> Iterator[tuple[str, bytes]]:
    """All bytes of the bucket, as they lie there and unpacked, by readers that are not ours."""
    bucket = Bucket(storage)
    for key in bucket.list(""):
        content = bucket.get(key)
        yield key, content
        if key.endswith(".parquet"):
            yield key, json.dumps(pl.read_parquet(io.BytesIO(content)).to_dicts(), default=str).encode()
        if key.endswith(".gz"):
            for record in ArchiveIterator(io.BytesIO(content), no_record_parse=True):
                block = record.raw_stream.read()
                yield key, block
                _, _, body = block.partition(b"\r\n\r\n")
                for unpack in (gzip.decompress, zlib.decompress):
                    with suppress(OSError, EOFError, zlib.error):
                        yield key, unpack(body)


def places_of(storage: Storage, words: str) -> set[str]:
    """The objects that have any run of five words of a text."""
    every = words.split()
    runs = [" ".join(every[at : at + 5]).encode() for at in range(len(every) - 4)]
    return {key for key, content in everything(storage) if any(run in content for run in runs)}


def urls(storage: Storage, table: str) -> list[str]:
    return sorted(row["url"] for row in rows(storage, table))


def test_an_article_goes_with_its_versions_its_copies_and_what_the_index_knows(archive: Storage) -> None:
    done = take_down(archive, URL)
    assert sorted(done.holdings.articles[i].url for i in done.holdings.articles) == sorted([URL, COPY])
    assert urls(archive, "articles") == [OTHER]
    assert urls(archive, "revisions") == []
    assert urls(archive, "duplicates") == []
    assert urls(archive, "rejected") == ["http://kabarteknik.example/indeks"]
    looks = {row["url"]: row["warc_filename"] for row in rows(archive, "visits")}
    assert looks[URL] is None
    assert looks[COPY] is None
    assert looks[OTHER] is not None
    with Index.open(archive.index) as index:
        assert index.seen([URL, COPY]) == {}
        assert set(index.seen([OTHER])) == {OTHER}


def test_no_byte_of_it_is_left_and_all_else_is_as_it_was(archive: Storage) -> None:
    assert places_of(archive, BODY)
    others = places_of(archive, text(2))
    done = take_down(archive, URL)
    assert places_of(archive, BODY) == set()
    assert {key for key in others if key.startswith("warc/")} <= places_of(archive, text(2))
    assert done.is_proven
    assert done.findings.proof.objects >= len(list(Bucket(archive).list(""))) - 1
    assert verify(archive).findings == []


def test_a_look_at_its_address_brings_nothing_back(archive: Storage) -> None:
    take_down(archive, URL)
    run = open_run(archive)
    visit = look_at(run, URL, text(9), at=NOON + timedelta(days=1))
    finish(run)
    assert visit.outcome is Outcome.RIGHTS
    assert "surat 12/2026" in visit.detail
    assert urls(archive, "articles") == [OTHER]


def test_its_text_does_not_come_back_at_another_address(archive: Storage) -> None:
    take_down(archive, URL)
    run = open_run(archive, "siartekno")
    visit = look_at(run, "http://siartekno.example/lain", f"Baru. {BODY}", at=NOON + timedelta(days=1))
    finish(run)
    assert visit.outcome is Outcome.RIGHTS
    assert visit.pages[0].capture.record is None


def test_a_page_that_quotes_a_line_of_it_comes_in(archive: Storage) -> None:
    take_down(archive, URL)
    quoting = f"{text(5)} {BODY[:60]} {text(6)}"
    run = open_run(archive)
    assert (
        look_at(run, "http://kabarteknik.example/kutipan", quoting, at=NOON + timedelta(days=1)).outcome == "archived"
    )
    finish(run)


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_feed_that_still_has_a_line_of_it_is_not_kept(archive: Storage, encoding: str) -> None:
    take_down(archive, URL)
    feed = f"<rss><description>{BODY[:90]}</description></rss>".encode()
    headers = [(b"Content-Type", b"application/rss+xml"), (b"Content-Encoding", encoding.encode())]
    run = open_run(archive)
    body = gzip.compress(feed) if encoding else feed
    captured = run.capture(exchange("http://kabarteknik.example/feed", body, headers=headers), is_article=False)
    finish(run)
    assert captured.record is None


def test_an_index_that_is_made_anew_knows_of_it(archive: Storage) -> None:
    take_down(archive, URL)
    rebuild(archive, CRAWL.revisit_intervals, timedelta(days=30))
    run = open_run(archive)
    assert look_at(run, URL, BODY, at=NOON + timedelta(days=1)).outcome is Outcome.RIGHTS
    finish(run)


def test_all_below_an_address_goes_and_what_comes_there_later_stays_out(storage: Storage) -> None:
    below = [f"http://kabarteknik.example/opini/{number}" for number in range(2)]
    crawl(
        storage,
        "kabarteknik",
        lambda run: look_at(run, below[0], text(3)),
        lambda run: look_at(run, OTHER, text(2)),
        lambda run: reject(run, below[1]),
    )
    take_down(storage, "kabarteknik.example/opini", scope=Scope.PREFIX)
    assert urls(storage, "articles") == [OTHER]
    assert urls(storage, "rejected") == []
    run = open_run(storage)
    assert look_at(run, "http://kabarteknik.example/opini/baru", text(4)).outcome is Outcome.RIGHTS
    assert look_at(run, "http://kabarteknik.example/opini-lain", text(5)).outcome == "archived"
    finish(run)


def test_an_author_s_articles_go_whatever_the_case_of_the_name(storage: Storage) -> None:
    crawl(
        storage,
        "kabarteknik",
        lambda run: look_at(run, URL, BODY, author=("Rina Melati", "Sari Wulandari")),
        lambda run: look_at(run, OTHER, text(2), author=("Rina Melati Putri",)),
    )
    take_down(storage, "rina melati", scope=Scope.AUTHOR)
    assert urls(storage, "articles") == [OTHER]


def test_a_site_goes_whole(archive: Storage) -> None:
    take_down(archive, "kabarteknik", scope=Scope.SITE)
    for table in ("articles", "revisions", "duplicates", "rejected"):
        assert urls(archive, table) == []
    with Index.open(archive.index) as index:
        assert index.seen([URL, OTHER]) == {}
    run = open_run(archive)
    assert look_at(run, "http://kabarteknik.example/baru", text(7)).outcome is Outcome.RIGHTS
    finish(run)


STEPS = (
    *("tombstone", "index", "warc", "cdxj", "articles", "revisions", "duplicates", "visits", "noted", "days"),
    *("entry", "file", "search", "release", "release file", "proof"),
)


def test_killed_after_each_of_its_steps_it_is_finished_by_the_same_command(archive: Storage) -> None:
    release(archive)
    ended = run_program(archive, "tests.archive.crawler", "take", URL, ",".join(STEPS))
    assert ended.stdout.split() == [str(signal.SIGKILL.value)] * len(STEPS), ended.stderr
    done = take_down(archive, URL)
    assert done.is_proven
    assert places_of(archive, BODY) == set()
    assert urls(archive, "articles") == [OTHER]
    assert verify(archive).findings == []


@pytest.mark.parametrize("step", ["tombstone", "warc", "articles", "visits"])
def test_begun_and_left_alone_it_keeps_out_what_it_is_of(archive: Storage, step: str) -> None:
    run_program(archive, "tests.archive.crawler", "take", URL, step)
    rebuild(archive, CRAWL.revisit_intervals, timedelta(days=30))
    run = open_run(archive)
    assert look_at(run, URL, BODY, at=NOON + timedelta(days=1)).outcome is Outcome.RIGHTS
    finish(run)
    assert take_down(archive, URL).is_proven
    assert places_of(archive, BODY) == set()


def release(storage: Storage) -> str:
    """Release the month of the articles; where it lies."""
    return publish(storage, "2026-11", LATER, accept="uji", progress=lambda _: None).place


def test_a_release_that_held_it_is_replaced(archive: Storage) -> None:
    first = release(archive)
    done = take_down(archive, URL)
    assert done.releases == [first]
    bucket = Bucket(archive)
    assert list(bucket.list(first)) == [f"{first}TAKEN-DOWN"]
    assert b"surat 12/2026" in bucket.get(f"{first}TAKEN-DOWN")
    assert b"releases/2026-11/v2/" in bucket.get(f"{first}TAKEN-DOWN")
    articles = pl.read_parquet(io.BytesIO(bucket.get("releases/2026-11/v2/articles.parquet")))
    assert articles["url"].to_list() == [OTHER]
    assert "surat 12/2026" in bucket.get("releases/2026-11/v2/README.md").decode()
    assert places_of(archive, BODY) == set()


def test_the_search_index_is_without_it(archive: Storage, tmp_path: Path) -> None:
    build(Corpus(archive), LATER)
    word = BODY.split()[0]
    before = set(Bucket(archive).list("search/"))
    assert search(Corpus(archive), tmp_path, Wanted(word)).hits
    take_down(archive, URL)
    assert before.isdisjoint(Bucket(archive).list("search/"))
    assert not search(Corpus(archive), tmp_path, Wanted(word)).hits


def test_a_release_that_did_not_hold_it_stays(archive: Storage) -> None:
    take_down(archive, URL)
    place = release(archive)
    crawl(archive, "kabarteknik", lambda run: look_at(run, "http://kabarteknik.example/tiga", text(3)))
    assert take_down(archive, "http://kabarteknik.example/tiga").releases == []
    assert f"{place}SHA256SUMS" in list(Bucket(archive).list(place))


def test_feeds_and_lists_that_had_a_line_of_it_lose_their_records(archive: Storage) -> None:
    line = " ".join(BODY.split()[:12])
    feed = exchange("http://kabarteknik.example/feed", gzip.compress(f"<rss>{line}</rss>".encode()))
    other = exchange("http://kabarteknik.example/robots.txt", b"User-agent: *")
    run = open_run(archive)
    run.capture(feed, is_article=False)
    run.capture(other, is_article=False)
    visit = announced("kabarteknik", "http://kabarteknik.example/kanal")
    visit.pages = [page(run.capture(exchange(visit.url, f"<li>{line}</li>".encode())))]
    visit.cleaned = Rejection(Reason.TOO_SHORT, "Halaman ini tidak memuat berita.")
    run.record(visit, run.judge(visit))
    finish(run)
    with Index.open(archive.index) as index:
        assert index.document(feed.url)
    assert take_down(archive, URL).is_proven
    assert places_of(archive, BODY) == set()
    assert any(b"User-agent: *" in content for _, content in everything(archive))
    assert verify(archive).findings == []
    with Index.open(archive.index) as index:
        assert index.document(feed.url) is None


def test_an_article_that_quotes_it_stays_and_is_named(archive: Storage) -> None:
    quoting = "http://siartekno.example/kutipan"
    line = " ".join(BODY.split()[:7])
    crawl(archive, "siartekno", lambda run: look_at(run, quoting, f"{text(5)} {line} {text(6)}"))
    done = take_down(archive, URL)
    assert done.is_proven
    assert quoting in urls(archive, "articles")
    assert f"stays, and quotes a line of it: {quoting}" in list(done.lines)
    assert verify(archive).findings == []


def test_an_article_that_has_half_of_it_is_named_and_nothing_is_proven(archive: Storage) -> None:
    longer = "http://siartekno.example/panjang"
    body = f"{text(5, 200)} {BODY} {text(6, 200)}"
    crawl(archive, "siartekno", lambda run: look_at(run, longer, body, date_published=NOON - timedelta(days=50)))
    done = take_down(archive, URL)
    assert not done.is_proven
    assert done.findings.failures == [f"not proven: {longer} has half of the text or more; take it down as well"]
    assert take_down(archive, URL, longer).is_proven


def test_a_copy_goes_alone_and_its_original_is_looked_at_as_before(archive: Storage) -> None:
    done = take_down(archive, COPY)
    assert done.is_proven
    assert urls(archive, "duplicates") == []
    assert urls(archive, "articles") == [OTHER, URL]
    assert verify(archive).findings == []
    run = open_run(archive)
    assert look_at(run, URL, f"{BODY} Ralat.", at=NOON + timedelta(days=1)).outcome is Outcome.UNCHANGED
    finish(run)
    run = open_run(archive, "siartekno")
    assert look_at(run, COPY, BODY, at=NOON + timedelta(days=1)).outcome is Outcome.RIGHTS
    finish(run)


def test_who_asks_for_it_is_told(archive: Storage) -> None:
    take_down(archive, URL)
    shown = run_program(archive, "local", "show", URL)
    assert f"{URL}: it was taken down on 2026-12-09 (surat 12/2026)" in shown.stderr


def test_packed_files_and_what_was_packed_lose_it_both(archive: Storage, tmp_path: Path) -> None:
    for number in range(8):
        url = f"http://kabarteknik.example/lama/{number}"
        at = datetime(2026, 10, 1 + number, tzinfo=UTC)
        run = open_run(archive, run_id=f"{at:%Y%m%dT%H%M%SZ}")
        look_at(run, url, text(20 + number), at=at, date_published=at)
        finish(run)
    keep = timedelta(days=7)
    packing = WarcPacking(Bucket(archive), Corpus(archive), tmp_path, keep_versions=keep)
    packing.run(datetime(2026, 11, 20, tzinfo=UTC))
    assert len(places_of(archive, text(23))) >= 3
    assert take_down(archive, "http://kabarteknik.example/lama/3").is_proven
    assert places_of(archive, text(23)) == set()
    assert verify(archive).findings == []
    WarcPacking(Bucket(archive), Corpus(archive), tmp_path, keep_versions=keep).run(datetime(2026, 12, 9, tzinfo=UTC))
    assert verify(archive).findings == []
    rows_there = [row["url"] for row in rows(archive, "articles") if "/lama/" in row["url"]]
    assert len(rows_there) == 7


def test_what_waits_on_another_machine_is_delivered_without_it(archive: Storage) -> None:
    elsewhere = archive.model_copy(update={"home": archive.home.with_name("elsewhere"), "index_url": archive.index})
    run = open_run(elsewhere, "siartekno")
    look_at(run, "http://siartekno.example/lain", f"Baru. {BODY}", at=NOON + timedelta(days=1))
    look_at(run, "http://siartekno.example/berita", text(8), at=NOON + timedelta(days=1))
    run.seal()
    run.abandon()
    take_down(archive, URL)
    deliver_orphans(elsewhere)
    assert urls(archive, "articles") == [OTHER, "http://siartekno.example/berita"]
    assert places_of(archive, BODY) == set()
    assert verify(archive).findings == []


def test_a_site_that_is_being_crawled_is_not_touched(archive: Storage) -> None:
    run = open_run(archive, "siartekno")
    with pytest.raises(SiteBusy, match="siartekno is being worked on by run"):
        take_down(archive, URL)
    finish(run)
    assert URL in urls(archive, "articles")


def test_crawls_of_other_sites_go_on(archive: Storage) -> None:
    run = open_run(archive, "sirkuit")
    look_at(run, "http://sirkuit.example/satu", text(11))
    run.seal()
    run.deliver()
    take_down(archive, URL)
    look_at(run, "http://sirkuit.example/dua", text(12))
    assert finish(run).failures == ()
    assert urls(archive, "articles") == [OTHER, "http://sirkuit.example/dua", "http://sirkuit.example/satu"]
    assert verify(archive).findings == []


def test_a_mirror_is_rid_of_it_without_being_asked(archive: Storage) -> None:
    copy = archive.model_copy(update={"bucket": f"test-{uuid.uuid4().hex}"})
    mirror(Bucket(archive), Bucket(copy), progress=lambda _: None)
    assert places_of(copy, BODY)
    take_down(archive, URL)
    mirror(Bucket(archive), Bucket(copy), progress=lambda _: None)
    assert places_of(copy, BODY) == set()


def test_what_is_not_there_is_said(archive: Storage) -> None:
    with pytest.raises(NothingMatches, match=r"the archive has no article http://kabarteknik.example/tiga: say"):
        take_down(archive, "http://kabarteknik.example/tiga")
    with pytest.raises(NothingMatches, match="as `author` in the tables has it"):
        take_down(archive, "Nama Lain", scope=Scope.AUTHOR)


def test_more_than_was_said_does_not_go(archive: Storage) -> None:
    order = Order(Target(Scope.SITE, ["kabarteknik"]), "permintaan penerbit", "surat 13/2026", "redaksi")
    with Index.open(archive.index) as index, pytest.raises(TooMuch, match="is 3 articles: say --at-most 3"):
        Takedown(archive, index, order).carry_out(LATER, at_most=2)
    assert urls(archive, "articles") == [OTHER, URL]
    assert list(Bucket(archive).list("takedowns/")) == []


def command(storage: Storage, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return run_program(storage, "local", "takedown", *arguments)


WHY = ("--reason", "permintaan penulis", "--reference", "surat 12/2026")


def test_the_command_lists_asks_and_proves_as_the_docs_show_it(archive: Storage) -> None:
    dry = command(archive, URL, *WHY, "--dry-run")
    assert (dry.returncode, urls(archive, "articles")) == (0, [OTHER, URL])
    unasked = command(archive, URL, *WHY)
    assert (unasked.returncode, urls(archive, "articles")) == (1, [OTHER, URL])
    assert "nothing was removed: nobody said yes" in unasked.stderr
    done = command(archive, URL, *WHY, "--yes")
    assert (done.returncode, urls(archive, "articles")) == (0, [OTHER])
    page = (PROJECT / "docs" / "rights.md").read_text(encoding="utf-8")
    for output in (dry.stdout, done.stdout):
        for line in output.splitlines():
            assert re.search(_but_for_numbers(line), page), line


def _but_for_numbers(line: str) -> str:
    """A pattern for a line of output, whatever its numbers and the name of the tombstone are."""
    plain = re.escape(" ".join(line.split())).replace(r"\ ", r"\s+")
    numbers = re.sub(r"\d[\d,]*(?:\\\.\d+)?", r"[\\d.,]+", re.sub(r"takedowns/[0-9a-f]{16}", "takedowns/NAME", plain))
    return numbers.replace("takedowns/NAME", "takedowns/[0-9a-f]{16}")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((URL,), "say --reason and --reference"),
        (WHY, "say articles by URL or article_id, or one of --prefix, --author, --site"),
        ((URL, "--site", "kabarteknik", *WHY), "say articles by URL or article_id, or one of"),
        (("--prefix", "https://kabarteknik.example/", *WHY), "is a whole host: --site takes down all of a site"),
        (("--author", " ", *WHY), "is too short to be meant"),
    ],
)
def test_what_is_asked_for_wrongly_is_refused(storage: Storage, arguments: tuple[str, ...], sentence: str) -> None:
    refused = command(storage, *arguments)
    assert refused.returncode == 2
    assert sentence in refused.stderr


def test_a_store_that_is_away_is_said_in_one_sentence(storage: Storage, free_port: int) -> None:
    away = storage.model_copy(update={"endpoint_url": f"http://127.0.0.1:{free_port}"})
    ended = command(away, URL, *WHY, "--yes")
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1


def test_it_may_be_asked_for_again(archive: Storage) -> None:
    first = take_down(archive, URL)
    again = take_down(archive, URL)
    assert again.tombstone.addresses == first.tombstone.addresses
    assert again.rows == {}
    assert urls(archive, "articles") == [OTHER]
