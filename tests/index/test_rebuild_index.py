"""The index made anew from the tables in the bucket, and from them alone."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import write_deltalake
from deltalake.exceptions import TableNotFoundError

from local.postgresql import PostgreSQL
from pipelines.archive.bucket import Bucket
from pipelines.archive.rebuild_index import (
    MAX_PARTS,
    MIN_ROWS_FOR_PROCESSES,
    begin,
    finish,
    give_up,
    plan_of,
    rebuild,
    write_part,
)
from pipelines.archive.schema import ARTICLES, DUPLICATES, REJECTED, Table
from pipelines.archive.site_lock import SiteBusy, SiteLock
from pipelines.archive.tables import Corpus
from pipelines.index.comparison import Kind
from pipelines.index.database import (
    Index,
    IndexUnavailable,
    IndexUpdate,
    Match,
    RevisitSchedule,
    SourceState,
    Status,
    TextFingerprint,
    UrlRecord,
)
from pipelines.index.fingerprints import article_id, headline_key, is_text, text_sha256
from pipelines.index.new_index import NewIndex
from settings.storage import Storage
from tests.archive.invented import blank_row, environment_of
from tests.index.contents import contents

ROOT = Path(__file__).parents[2]
TEXTS = {path.stem: path.read_text() for path in (Path(__file__).parent / "texts").glob("*.txt")}
NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=100)
REVISIT = (timedelta(hours=6), timedelta(hours=72))
LADDERS = RevisitSchedule(REVISIT, ())
MONTH = timedelta(days=30)
WINDOW = timedelta(days=120)


@pytest.fixture
def corpus(storage: Storage) -> Corpus:
    Bucket(storage).ensure()
    corpus = Corpus(storage)
    corpus.ensure()
    return corpus


def url(slug: str) -> str:
    return f"https://siartekno.example/{slug}"


def add(corpus: Corpus, table: Table, slug: str, **known: object) -> None:
    """Append a row; the columns that are not `known` are blank."""
    row = {**blank_row(table, LONG_AGO), "url": url(slug), "site": "siartekno", "fetched_at": LONG_AGO, **known}
    write_deltalake(corpus.open(table), table.arrow([row]), mode="append")


def add_article(corpus: Corpus, slug: str, body: str, first: datetime = LONG_AGO, **known: object) -> None:
    add(
        corpus,
        ARTICLES,
        slug,
        article_id=article_id(url(slug)),
        body=body,
        text_sha256=text_sha256(body),
        headline=f"Judul {slug}",
        date_published=first,
        published_month=f"{first:%Y-%m}",
        first_fetched_at=first,
        revision=2,
        page_count=1,
        content_digest="sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
        run="20260816T080038Z",
        **{"fetched_at": first, **known},
    )


def probe(slug: str, body: str, at: datetime = LONG_AGO) -> TextFingerprint:
    return TextFingerprint.from_body(url(slug), site="siartekno", run="now", body=body, published_at=at)


def test_urls_and_texts_of_every_table_are_known_again(storage: Storage, corpus: Corpus) -> None:
    add_article(corpus, "asli", TEXTS["event-desk-one"])
    add_article(corpus, "ponsel", TEXTS["phone-launch"], first=LONG_AGO - timedelta(days=60))
    add(corpus, DUPLICATES, "salinan", text_sha256=text_sha256(TEXTS["event-desk-one"]), headline="Salinan")
    add(corpus, REJECTED, "galeri", reason="not_article")

    assert rebuild(storage, REVISIT, WINDOW).rows == {"rejected": 1, "duplicates": 1, "articles": 2}

    with Index.open(storage.index) as index:
        seen = index.seen(map(url, ("asli", "ponsel", "salinan", "galeri", "lain")))
        assert {u.rsplit("/", 1)[-1]: s.status for u, s in seen.items()} == {
            "asli": Status.ARCHIVED,
            "ponsel": Status.ARCHIVED,
            "salinan": Status.DUPLICATE,
            "galeri": Status.REJECTED,
        }
        article = seen[url("asli")]
        assert (article.headline, article.revision, article.first_fetched_at) == ("Judul asli", 2, LONG_AGO)
        assert is_text(article.text_sha256, text_sha256(TEXTS["event-desk-one"]))
        assert article.payload_digest == "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
        assert article.payload_warc_date == LONG_AGO
        original = article_id(url("asli"))
        exact = Match(original, url("asli"), Kind.EXACT, 1.0, 1.0, adds=False, site="siartekno")
        assert index.match(probe("baru", TEXTS["event-desk-one"]), MONTH) == exact
        near = index.match(probe("baru", TEXTS["event-near-copy"]), MONTH)
        assert near is not None
        assert (near.article_id, near.kind) == (original, "near")


def test_of_many_rows_the_parts_are_read_by_further_processes_and_all_is_known_again(
    storage: Storage, corpus: Corpus
) -> None:
    add_article(corpus, "asli", TEXTS["event-desk-one"])
    add_article(corpus, "ponsel", TEXTS["phone-launch"], first=LONG_AGO - timedelta(days=60))
    blank = {**blank_row(REJECTED, LONG_AGO), "fetched_at": LONG_AGO}
    pages = [{**blank, "url": url(f"galeri-{n}"), "site": f"situs{n % 3}"} for n in range(MIN_ROWS_FOR_PROCESSES)]
    write_deltalake(corpus.open(REJECTED), REJECTED.arrow(pages), mode="append")

    told = rebuild(storage, REVISIT, WINDOW)

    assert told.rows == {"rejected": MIN_ROWS_FOR_PROCESSES, "duplicates": 0, "articles": 2}
    with Index.open(storage.index) as index:
        rejected = [record.url for chunk in index.entries([Status.REJECTED]) for record in chunk]
        assert sorted(rejected) == sorted(str(page["url"]) for page in pages)
        near = index.match(probe("baru", TEXTS["event-near-copy"]), MONTH)
        assert near is not None
        assert (near.url, near.kind) == (url("asli"), "near")


def test_of_a_text_from_before_the_window_only_exact_copies_are_found_and_nothing_is_kept_for_looking_again(
    storage: Storage, corpus: Corpus
) -> None:
    add_article(corpus, "lama", TEXTS["event-desk-one"])
    add_article(corpus, "baru", TEXTS["phone-launch"], first=NOW - timedelta(hours=7))
    rebuild(storage, REVISIT, MONTH)
    with Index.open(storage.index) as index:
        exact = index.match(probe("salinan", TEXTS["event-desk-one"]), MONTH)
        assert exact is not None
        assert (exact.kind, exact.url) == (Kind.EXACT, url("lama"))
        assert index.match(probe("salinan", TEXTS["event-near-copy"]), MONTH) is None
        known = index.seen([url("lama"), url("baru")])
        assert (known[url("lama")].headline, known[url("lama")].payload_digest) == (None, None)
        assert known[url("lama")].headline_key == headline_key("Judul lama")
        assert (known[url("baru")].headline, known[url("baru")].payload_digest is None) == ("Judul baru", False)
        near = TEXTS["phone-launch"] + " Selesai."
        assert index.match(probe("salinan", near, NOW), MONTH) is not None


def test_articles_past_their_ladder_are_not_due_at_once_and_those_on_it_are_looked_at_once_more(
    storage: Storage, corpus: Corpus
) -> None:
    add_article(corpus, "lama", TEXTS["phone-launch"])
    add_article(corpus, "baru", TEXTS["event-desk-one"], first=NOW - timedelta(hours=7))
    add(corpus, REJECTED, "galeri")
    rebuild(storage, REVISIT, WINDOW)
    with Index.open(storage.index) as index:
        assert [seen.url for seen in index.due("siartekno", NOW, LADDERS)] == [url("baru")]


def test_a_url_that_was_rejected_before_it_was_archived_is_archived(storage: Storage, corpus: Corpus) -> None:
    for hours in (1, 2):
        add(corpus, REJECTED, "a", fetched_at=LONG_AGO - timedelta(hours=hours))
    add_article(corpus, "a", TEXTS["phone-launch"])
    rebuild(storage, REVISIT, WINDOW)
    with Index.open(storage.index) as index:
        (seen,) = index.seen([url("a")]).values()
    assert (seen.status, seen.headline) == (Status.ARCHIVED, "Judul a")
    assert seen.first_fetched_at == LONG_AGO - timedelta(hours=2)


def test_what_the_bucket_does_not_hold_is_forgotten(storage: Storage, corpus: Corpus) -> None:  # noqa: ARG001
    with Index.open(storage.index) as index:
        index.commit([IndexUpdate(UrlRecord(url("x"), article_id(url("x")), "siartekno", Status.FAILED, NOW, NOW))])
        index.save_sources([SourceState(url("feed"), '"1"', None, NOW, NOW)])
        index.match_or_claim(probe("x", TEXTS["phone-launch"]), MONTH)
    rebuild(storage, REVISIT, WINDOW)
    with Index.open(storage.index) as index:
        assert index.seen([url("x")]) == {}
        assert index.source(url("feed")) is None
        assert index.match(probe("y", TEXTS["phone-launch"]), MONTH) is None


def test_without_a_corpus_the_old_index_stays(storage: Storage) -> None:
    Bucket(storage).ensure()
    with Index.open(storage.index) as index:
        index.match_or_claim(probe("a", TEXTS["phone-launch"]), MONTH)
    with pytest.raises(TableNotFoundError):
        rebuild(storage, REVISIT, WINDOW)
    with Index.open(storage.index) as index:
        assert index.match(probe("b", TEXTS["phone-launch"]), MONTH) is not None


def command(storage: Storage) -> "subprocess.CompletedProcess[str]":
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "KLIPING_"))},
        **environment_of(storage),
    }
    return subprocess.run(
        [sys.executable, "-m", "local", "rebuild-index"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_says_what_it_did(storage: Storage, corpus: Corpus) -> None:
    add_article(corpus, "a", TEXTS["phone-launch"])
    result = command(storage)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == (
        f"index rebuilt from bucket {storage.bucket}: 0 rows of rejected, 0 rows of duplicates, 1 rows of articles\n"
    )
    assert (storage.home / "index.db").exists()


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def scratched(content: bytes) -> bytes:
    return content[:8192] + b"\x55" * 8192 + content[16384:]


def another_file(_: bytes) -> bytes:
    return b"bukan basis data\n" * 40


@pytest.mark.parametrize("damage", [cut, scratched, another_file])
def test_a_damaged_index_is_set_aside_and_a_new_one_made_in_its_place(
    storage: Storage, corpus: Corpus, damage: Callable[[bytes], bytes]
) -> None:
    add_article(corpus, "a", TEXTS["phone-launch"])
    rebuild(storage, REVISIT, WINDOW)
    path = storage.home / "index.db"
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)

    result = command(storage)

    assert (result.returncode, result.stderr) == (0, "")
    (aside,) = storage.home.glob("index.db.damaged-*")
    assert aside.read_bytes() == damaged
    assert result.stdout.startswith(f"the old index was damaged: it is set aside as {aside}, and may be deleted\n")
    with Index.open(storage.index) as index:
        assert list(index.seen([url("a")])) == [url("a")]


def test_the_command_says_in_one_sentence_why_it_could_not(storage: Storage) -> None:
    Bucket(storage).ensure()
    result = command(storage)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"Kliping: bucket {storage.bucket} holds no corpus: nothing to rebuild the index from "
        "(--accept-empty begins anew)\n"
    )


def of_two_sites(corpus: Corpus) -> None:
    add_article(corpus, "asli", TEXTS["event-desk-one"])
    add_article(corpus, "ponsel", TEXTS["phone-launch"], first=NOW - timedelta(days=1))
    add_article(corpus, "warta", TEXTS["event-near-copy"], site="kabargawai", first=NOW - timedelta(days=2))
    add(corpus, REJECTED, "galeri", reason="not_article", site="kabargawai")
    add(corpus, DUPLICATES, "salinan", text_sha256=text_sha256(TEXTS["event-desk-one"]), headline="Salinan")


@pytest.fixture
def on_postgresql(storage: Storage, postgresql: PostgreSQL) -> Storage:
    """The same bucket with an index in PostgreSQL."""
    database = f"rebuild_{uuid.uuid4().hex}"
    postgresql.ensure_databases([database])
    return storage.model_copy(update={"index_url": postgresql.url(database), "home": storage.home.with_name("other")})


def test_parts_that_are_written_in_any_order_and_twice_make_the_index_that_one_command_makes(
    storage: Storage, corpus: Corpus, on_postgresql: Storage
) -> None:
    of_two_sites(corpus)
    told = rebuild(storage, REVISIT, WINDOW)
    plan = begin(on_postgresql, REVISIT, WINDOW)
    assert plan_of(on_postgresql) == plan
    assert plan.parts == [["siartekno"], ["kabargawai"]]
    for number in (1, 0, 1):
        write_part(on_postgresql, plan, number)
    shared = finish(on_postgresql)
    assert shared is not None
    assert shared.rows == told.rows == {"rejected": 1, "duplicates": 1, "articles": 3}
    assert shared.former_owner is not None
    assert finish(on_postgresql) is None, "a task that is repeated after its end"

    here, there = (contents(of.index) for of in (storage, on_postgresql))
    times = slice(5, 7)  # what counts as looked at when the plan was made
    assert [row[:5] + row[times.stop :] for row in map(tuple, here["seen"])] == [
        row[:5] + row[times.stop :] for row in map(tuple, there["seen"])
    ]
    assert (here["fingerprints"], here["lookup"], here["addresses"]) == tuple(
        there[name] for name in ("fingerprints", "lookup", "addresses")
    )


def test_until_all_parts_are_there_the_index_cannot_be_finished_and_nothing_uses_it(
    storage: Storage, corpus: Corpus, on_postgresql: Storage
) -> None:
    of_two_sites(corpus)
    for of in (storage, on_postgresql):
        rebuild(of, REVISIT, WINDOW)
        plan = begin(of, REVISIT, WINDOW)
        write_part(of, plan, 0)
        with pytest.raises(IndexUnavailable, match="lacks the part of kabargawai: write it first"):
            finish(of)
        with pytest.raises(IndexUnavailable, match="is being made anew"):
            Index.open(of.index)
        give_up(of)
        with Index.open(of.index) as index:
            assert index.count_archived() == 3


def test_while_a_crawl_is_under_way_no_index_is_made(storage: Storage, corpus: Corpus, on_postgresql: Storage) -> None:
    of_two_sites(corpus)
    lock = SiteLock(storage.spool / "siartekno", "run 1")
    with pytest.raises(SiteBusy, match=r"siartekno is being worked on by run 1"):
        begin(storage, REVISIT, WINDOW)
    lock.release()
    with Index.open(on_postgresql.index) as index:
        index.hold_site("kabargawai", "run 2 on another machine")
        with pytest.raises(SiteBusy, match="is being used by run 2 on another machine"):
            begin(on_postgresql, REVISIT, WINDOW)
    for of in (storage, on_postgresql):
        Index.open(of.index).close()
        rebuild(of, REVISIT, WINDOW)


def test_a_plan_of_another_version_is_not_carried_out(storage: Storage, corpus: Corpus) -> None:
    of_two_sites(corpus)
    plan = begin(storage, REVISIT, WINDOW)
    NewIndex(storage.index).begin(
        json.dumps({**json.loads(NewIndex(storage.index).plan() or ""), "scheme": f"{plan.scheme}, and one more"})
    )
    with pytest.raises(IndexUnavailable, match="is being made anew by another version of Kliping"):
        finish(storage)


def test_sites_are_dealt_into_a_bounded_number_of_parts(storage: Storage, corpus: Corpus) -> None:
    blank = {**blank_row(REJECTED, LONG_AGO), "fetched_at": LONG_AGO}
    sites = [f"situs{n}" for n in range(MAX_PARTS + 3)]
    pages = [
        {**blank, "url": url(f"{site}-{n}"), "site": site} for site in sites for n in range(1 + (site == "situs5"))
    ]
    write_deltalake(corpus.open(REJECTED), REJECTED.arrow(pages), mode="append")
    plan = begin(storage, REVISIT, WINDOW)
    assert len(plan.parts) == MAX_PARTS
    assert plan.parts[0] == ["situs5"]
    assert sorted(site for part in plan.parts for site in part) == sorted(sites)
    give_up(storage)
