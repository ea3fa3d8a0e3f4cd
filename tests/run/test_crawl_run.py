"""A crawl run from opening to the corpus: outcomes, revisions, copies, and what happens when the storage is away."""

import gc
import json
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from pipelines.archive.bucket import Bucket
from pipelines.article import FETCH_SOURCE, Reason, Rejection
from pipelines.index.database import Index, RevisitSchedule, SourceState, Status
from pipelines.index.fingerprints import text_sha256
from pipelines.report import RunReport
from pipelines.run.crawl_run import MAX_BATCH_VISITS, SiteBusy
from pipelines.run.judgement import KnownText
from pipelines.visit import Announcement, Outcome, Visit
from settings.storage import Storage
from tests.archive.gate import Gate
from tests.archive.invented import (
    NOON,
    WIB,
    announced,
    article,
    deliver_orphans,
    exchange,
    fail,
    finish,
    look_at,
    open_run,
    page,
    reject,
    rows,
    text,
)

LADDERS = RevisitSchedule(revisit=(timedelta(hours=72),), retry=())

A, B, C = (f"http://kabarteknik.example/{slug}" for slug in ("satu", "dua", "tiga"))


def test_a_new_article_is_in_the_corpus_when_the_run_is_finished(storage: Storage) -> None:
    run = open_run(storage, run_id="20261124T050000Z")
    visit = look_at(run, A, text(1))
    report = finish(run)

    assert visit.outcome is Outcome.ARCHIVED
    [row] = rows(storage, "articles")
    assert (row["url"], row["body"], row["revision"]) == (A, text(1), 1)
    assert row["published_month"] == "2026-11"
    assert row["date_published"].isoformat() == "2026-11-24T03:30:00+00:00"
    assert row["date_published_offset"] == "+07:00"
    assert row["sources"]["headline"] == "json-ld"
    assert row["discovered_via"] == "feed"
    assert row["warc_filename"] == "warc/kabarteknik/2026/11/24/kabarteknik-20261124T050000Z-001.warc.gz"
    assert report.waiting == 0
    assert report.outcomes == {Outcome.ARCHIVED: 1}


def test_outcomes_add_up_to_the_urls_looked_at_and_stand_in_the_run_s_row(storage: Storage) -> None:
    run = open_run(storage)
    look_at(run, A, text(1))
    look_at(run, B, text(1))
    reject(run, C)
    fail(run, "http://kabarteknik.example/empat")
    report = finish(run)

    assert report.looked_at == sum(report.outcomes.values()) == 4
    assert report.fill_rates["author"] == 1.0
    assert report.fill_rates["description"] == 0.0
    assert [p.url for p in report.problems] == [C, "http://kabarteknik.example/empat"]
    [row] = rows(storage, "runs")
    assert row["looked_at"] == 4
    assert {k: v for k, v in row["outcomes"].items() if v} == {
        "archived": 1,
        "duplicate": 1,
        "rejected": 1,
        "http_error": 1,
    }
    assert row["rejections"]["too_short"] == 1
    assert RunReport.from_json(report.to_json()) == report


def test_doubtful_texts_are_counted_by_reason_in_report_row_and_metrics(storage: Storage) -> None:
    run = open_run(storage)
    look_at(
        run,
        A,
        text(1),
        quality="doubtful",
        quality_reasons=("cut_off", "no_date"),
        sources={"date_published": FETCH_SOURCE},
    )
    look_at(run, B, text(2), quality="doubtful", quality_reasons=("cut_off",))
    look_at(run, C, text(3))
    metrics = run.metrics
    report = finish(run)
    assert (report.doubtful, report.doubts) == (2, {"cut_off": 2, "no_date": 1})
    assert (metrics.doubtful, metrics.doubts) == (2, {"cut_off": 2, "no_date": 1})
    assert metrics.filled["date_published"] == 2
    [row] = rows(storage, "runs")
    assert row["doubtful"] == 2
    assert row["doubts"] == [{"reason": "cut_off", "texts": 2}, {"reason": "no_date", "texts": 1}]
    with Index.open(storage.index) as index:
        [remembered] = index.recent_metrics(run.site)
    assert (remembered.doubtful, remembered.doubts) == (metrics.doubtful, metrics.doubts)


def test_doubtful_texts_of_a_killed_run_are_counted_in_the_row_that_the_next_one_writes(storage: Storage) -> None:
    run = open_run(storage)
    look_at(run, A, text(1), quality="doubtful", quality_reasons=("cut_off",))
    run.seal()
    look_at(run, B, text(2), quality="doubtful", quality_reasons=("no_date",))
    run.abandon()
    deliver_orphans(storage)
    [row] = rows(storage, "runs")
    assert (row["doubtful"], [doubt["reason"] for doubt in row["doubts"]]) == (2, ["cut_off", "no_date"])


def test_a_text_that_did_not_change_adds_nothing(storage: Storage) -> None:
    first = open_run(storage)
    look_at(first, A, text(1))
    finish(first)
    again = open_run(storage)
    visit = look_at(again, A, text(1).upper(), at=NOON + timedelta(hours=6))
    finish(again)

    assert visit.outcome is Outcome.UNCHANGED
    assert len(rows(storage, "articles")) == 1
    assert rows(storage, "revisions") == []
    with Index.open(storage.index) as index:
        assert index.seen([A])[A].last_fetched_at == NOON + timedelta(hours=6)


def test_an_address_that_leads_to_an_article_elsewhere_counts_as_looked_at_too(storage: Storage) -> None:
    run = open_run(storage)
    look_at(run, A, text(1), announced_as=B)
    finish(run)

    assert [row["url"] for row in rows(storage, "articles")] == [A]
    with Index.open(storage.index) as index:
        assert {url: seen.last_fetched_at for url, seen in index.seen([A, B]).items()} == {A: NOON, B: NOON}


def test_an_unchanged_one_page_form_is_kept_once(storage: Storage) -> None:
    for hours in (0, 6, 24):
        run = open_run(storage)
        visit = look_at(run, A, text(1), fetched_as=f"{A}?page=all", at=NOON + timedelta(hours=hours))
        finish(run)
        assert visit.pages[0].capture.unchanged is (hours > 0)

    with Index.open(storage.index) as index:
        assert index.due(run.site, NOON + timedelta(days=9), LADDERS) == list(index.seen([A]).values())


def test_a_changed_text_is_a_revision_and_the_earlier_one_is_kept(storage: Storage) -> None:
    first = open_run(storage)
    look_at(first, A, text(1))
    finish(first)
    again = open_run(storage)
    visit = look_at(again, A, text(2), at=NOON + timedelta(hours=6))
    finish(again)

    assert visit.outcome is Outcome.REVISED
    [current] = rows(storage, "articles")
    [earlier] = rows(storage, "revisions")
    assert (current["body"], current["revision"]) == (text(2), 2)
    assert (earlier["body"], earlier["revision"]) == (text(1), 1)
    assert current["first_fetched_at"] == earlier["first_fetched_at"] == NOON
    assert current["fetched_at"] == NOON + timedelta(hours=6)


def test_a_changed_headline_alone_is_a_revision(storage: Storage) -> None:
    first = open_run(storage)
    look_at(first, A, text(1), headline="Judul lama")
    finish(first)
    again = open_run(storage)
    assert look_at(again, A, text(1), headline="Judul baru").outcome is Outcome.REVISED
    finish(again)

    assert [row["headline"] for row in rows(storage, "articles")] == ["Judul baru"]


def test_an_article_moved_to_another_month_leaves_none_behind(storage: Storage) -> None:
    first = open_run(storage)
    look_at(first, A, text(1), date_published=NOON - timedelta(days=40))
    finish(first)
    again = open_run(storage)
    look_at(again, A, text(2), date_published=NOON)
    finish(again)

    assert [row["published_month"] for row in rows(storage, "articles")] == ["2026-11"]
    assert [row["published_month"] for row in rows(storage, "revisions")] == ["2026-10"]


def test_two_versions_met_in_one_run_are_both_kept(storage: Storage) -> None:
    run = open_run(storage)
    outcomes = [
        look_at(run, A, text(1), at=NOON - timedelta(days=40), date_published=NOON - timedelta(days=40)).outcome,
        look_at(run, A, text(2), at=NOON, date_published=NOON).outcome,
        look_at(run, A, text(2), at=NOON + timedelta(hours=1), date_published=NOON).outcome,
    ]
    finish(run)

    assert outcomes == [Outcome.ARCHIVED, Outcome.REVISED, Outcome.UNCHANGED]
    assert [(row["body"], row["revision"]) for row in rows(storage, "articles")] == [(text(2), 2)]
    assert [(row["body"], row["revision"]) for row in rows(storage, "revisions")] == [(text(1), 1)]
    with Index.open(storage.index) as index:
        assert index.seen([A])[A].revision == 2


def test_a_copy_is_a_link_to_its_original_written_once(storage: Storage) -> None:
    original = open_run(storage)
    look_at(original, A, text(1))
    finish(original)
    other = "http://wartagawai.example/salinan"
    for _ in range(2):
        run = open_run(storage, "wartagawai")
        copy = look_at(run, other, text(1))
        finish(run)

    assert copy.outcome is Outcome.UNCHANGED
    [row] = rows(storage, "duplicates")
    assert (row["url"], row["duplicate_of_url"], row["kind"], row["similarity"]) == (other, A, "exact", 1.0)
    assert row["duplicate_of"] == rows(storage, "articles")[0]["article_id"]
    assert len(rows(storage, "articles")) == 1


def test_a_lightly_edited_copy_is_found_too(storage: Storage) -> None:
    run = open_run(storage)
    look_at(run, A, text(1, words=200))
    copy = look_at(run, B, text(1, words=200) + " Satu kalimat tambahan dari redaksi.")
    finish(run)

    assert copy.outcome is Outcome.DUPLICATE
    assert copy.duplicate_of == A
    assert [row["kind"] for row in rows(storage, "duplicates")] == ["near"]


def test_a_copy_that_becomes_a_text_of_its_own_moves_to_the_articles(storage: Storage) -> None:
    first = open_run(storage)
    look_at(first, A, text(1))
    look_at(first, B, text(1))
    finish(first)
    again = open_run(storage)
    assert look_at(again, B, text(9)).outcome is Outcome.ARCHIVED
    finish(again)

    assert sorted(row["url"] for row in rows(storage, "articles")) == [B, A]
    assert rows(storage, "duplicates") == []


def test_a_run_may_bring_pages_of_several_sites(storage: Storage) -> None:
    other = "http://wartagawai.example/tiga"
    for seed in (1, 2):
        run = open_run(storage, "arsip")
        look_at(run, A, text(seed), site="kabarteknik")
        look_at(run, other, text(5 + seed), site="wartagawai")
        look_at(run, B, text(5 + seed), site="kabarteknik")
        finish(run)
    direct = open_run(storage, "wartagawai")
    assert look_at(direct, other, text(7)).outcome is Outcome.UNCHANGED
    finish(direct)

    assert sorted((row["site"], row["url"], row["revision"]) for row in rows(storage, "articles")) == [
        ("kabarteknik", A, 2),
        ("wartagawai", other, 2),
    ]
    assert {(row["url"], row["body"]) for row in rows(storage, "revisions")} == {
        (A, text(1)),
        (other, text(6)),
        (B, text(6)),
    }
    assert [(row["site"], row["url"], row["text_sha256"]) for row in rows(storage, "duplicates")] == [
        ("kabarteknik", B, text_sha256(text(7)))
    ]


def test_a_rejected_page_is_named_with_reason_and_bytes(storage: Storage) -> None:
    run = open_run(storage)
    reject(run, C)
    finish(run)

    [row] = rows(storage, "rejected")
    assert (row["url"], row["reason"], row["http_status"]) == (C, "too_short", 200)
    assert row["warc_record_length"] > 0


def test_a_page_that_did_not_change_is_captured_as_a_revisit_only_once_its_original_is_delivered(
    storage: Storage,
) -> None:
    run = open_run(storage)
    look_at(run, A, text(1))
    assert not run.capture(exchange(B, b"sama")).unchanged
    assert not run.capture(exchange(B, b"sama")).unchanged
    finish(run)
    again = open_run(storage)
    visit = look_at(again, A, text(1))
    not_modified = again.capture(exchange(A, b"", status=304, reason="Not Modified"))
    finish(again)

    assert visit.pages[0].capture.unchanged
    assert not_modified.unchanged
    assert not_modified.payload_digest == visit.pages[0].capture.payload_digest


def test_a_visit_answered_304_ends_unchanged_without_a_text(storage: Storage) -> None:
    run = open_run(storage)
    look_at(run, A, text(1))
    finish(run)
    again = open_run(storage)
    visit = announced(again.site, A)
    visit.pages = [
        page(again.capture(exchange(A, b"", status=304, reason="Not Modified", at=NOON + timedelta(days=1))))
    ]
    again.record(visit, again.judge(visit))
    finish(again)

    assert visit.outcome is Outcome.UNCHANGED
    with Index.open(storage.index) as index:
        seen = index.seen([A])[A]
    assert (seen.status, seen.last_fetched_at, seen.payload_warc_date) == (
        Status.ARCHIVED,
        NOON + timedelta(days=1),
        NOON,
    )


def test_a_revision_seen_through_a_revisit_record_still_points_to_whole_bytes(storage: Storage) -> None:
    run = open_run(storage)
    look_at(run, A, text(1))
    finish(run)
    [before] = rows(storage, "articles")
    again = open_run(storage)
    visit = announced(again.site, A)
    visit.pages = [page(again.capture(exchange(A, b"", status=304, reason="Not Modified")))]
    visit.cleaned = article(A, text(2))
    again.record(visit, again.judge(visit))
    finish(again)

    [after] = rows(storage, "articles")
    assert after["revision"] == 2
    for name in ("warc_filename", "warc_record_offset", "warc_record_length", "pages", "http_status"):
        assert after[name] == before[name]


def test_every_row_names_the_address_of_its_record(storage: Storage) -> None:
    run = open_run(storage)
    look_at(run, A, text(1), fetched_as=f"{A}?page=all")
    look_at(run, B, text(1), fetched_as=f"{B}?page=all")
    refused = announced(run.site, C)
    refused.pages = [page(run.capture(exchange(f"{C}?page=all", b"pendek")))]
    refused.cleaned = Rejection(Reason.TOO_SHORT, "Halaman ini tidak memuat berita.")
    run.record(refused, run.judge(refused))
    finish(run)
    again = open_run(storage)
    look_at(again, A, text(2), fetched_as=f"{A}?single=1", at=NOON + timedelta(hours=6))
    finish(again)

    bucket = Bucket(storage)
    lines = b"".join(bucket.get(key) for key in bucket.list("warc/") if key.endswith(".cdxj")).splitlines()
    captures = [json.loads(line.split(b" ", 2)[2]) for line in lines]
    addresses = {(told["filename"], int(told["offset"]), int(told["length"])): told["url"] for told in captures}
    found = [row for table in ("articles", "revisions", "duplicates", "rejected") for row in rows(storage, table)]
    assert [row["captured_url"] for row in found] == [
        addresses[row["warc_filename"], row["warc_record_offset"], row["warc_record_length"]] for row in found
    ]
    assert {row["captured_url"] for row in found} == {f"{A}?single=1", *(f"{url}?page=all" for url in (A, B, C))}


def test_the_day_of_publication_is_that_of_jakarta(storage: Storage) -> None:
    run = open_run(storage)
    look_at(run, A, text(1), date_published=datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    look_at(run, B, text(1), date_published=datetime(2026, 11, 30, 23, 30, tzinfo=WIB))
    finish(run)
    [first], [copy] = rows(storage, "articles"), rows(storage, "duplicates")
    assert {row["url"]: row["published_day"] for row in (first, copy)} == {A: date(2026, 11, 25), B: date(2026, 11, 30)}


def test_a_failed_look_takes_nothing_from_an_archived_article(storage: Storage) -> None:
    run = open_run(storage)
    look_at(run, A, text(1))
    finish(run)
    again = open_run(storage)
    fail(again, A)
    finish(again)

    assert len(rows(storage, "articles")) == 1
    with Index.open(storage.index) as index:
        assert index.seen([A])[A].status is Status.ARCHIVED


def test_a_look_that_the_run_s_end_cuts_off_says_nothing_of_the_page(storage: Storage) -> None:
    first = open_run(storage)
    look_at(first, A, text(1))
    finish(first)
    run = open_run(storage)
    for url in (A, B):
        run.record_cut_off(announced(run.site, url))
    report = finish(run)

    assert {outcome: count for outcome, count in report.outcomes.items() if count} == {Outcome.FAILED: 2}
    with Index.open(storage.index) as index:
        assert {url: seen.last_fetched_at for url, seen in index.seen([A, B]).items()} == {A: NOON}


def test_two_runs_of_one_site_do_not_meet(storage: Storage) -> None:
    run = open_run(storage, run_id="20261124T050000Z")
    with pytest.raises(SiteBusy, match="kabarteknik is being worked on by run 20261124T050000Z"):
        open_run(storage)
    finish(run)
    finish(open_run(storage))


def test_a_dry_run_leaves_nothing(storage: Storage) -> None:
    run = open_run(storage, "latihankering", dry_run=True)
    visit = look_at(run, A, text(1))
    report = finish(run)

    assert visit.outcome is Outcome.ARCHIVED
    assert visit.pages[0].capture.record is not None
    assert report.outcomes == {Outcome.ARCHIVED: 1}
    assert list(Path(tempfile.gettempdir()).glob("kliping-latihankering-*")) == []
    assert not storage.spool.exists()
    with Index.open(storage.index) as index:
        assert index.seen([A]) == {}


def test_while_the_storage_is_away_what_a_run_brings_waits_in_the_spool(storage: Storage, free_port: int) -> None:
    away = storage.model_copy(update={"endpoint_url": f"http://127.0.0.1:{free_port}"})
    run = open_run(away)
    look_at(run, A, text(1))
    report = finish(run)
    assert report.waiting == 1
    assert f"127.0.0.1:{free_port}" in report.warnings[0]

    again = open_run(away)
    assert again.waiting_urls() == {A}
    finish(again)

    finish(open_run(storage, "wartagawai"))
    assert [row["url"] for row in rows(storage, "articles")] == [A]
    deliver_orphans(storage)
    assert len(rows(storage, "runs")) == 3


def test_runs_that_begin_in_the_same_second_have_ids_of_their_own_though_the_storage_is_away(
    storage: Storage, free_port: int
) -> None:
    away = storage.model_copy(update={"endpoint_url": f"http://127.0.0.1:{free_port}"})
    with time_machine.travel(NOON, tick=False):
        reports = [finish(open_run(away)), finish(open_run(away))]
    reports.append(finish(open_run(storage)))
    assert len({report.run for report in reports}) == 3
    deliver_orphans(storage)
    assert len(rows(storage, "runs")) == 3


def test_a_store_that_goes_away_in_mid_run_leaves_batches_that_the_next_run_of_any_site_delivers(
    storage: Storage,
) -> None:
    with Gate(storage) as gate:
        run = open_run(gate.storage)
        look_at(run, A, text(1))
        run.seal()
        run.deliver()
        assert run.waiting == 0
        gate.shut()
        look_at(run, B, text(2))
        run.seal()
        run.deliver()
        run.remember_source(SourceState("http://kabarteknik.example/feed", '"x"', None, NOON, NOON))
        report = finish(run)
    assert report.waiting == 2
    assert "wait in the spool" in report.warnings[-1]
    with Index.open(storage.index) as index:
        assert index.source("http://kabarteknik.example/feed") is None

    finish(open_run(storage, "wartagawai"))
    assert sorted(row["url"] for row in rows(storage, "articles")) == [B, A]
    deliver_orphans(storage)
    assert {row["site"] for row in rows(storage, "runs")} == {"kabarteknik", "wartagawai"}


def test_sources_are_remembered_after_a_whole_crawl_only(storage: Storage) -> None:
    state = SourceState("http://kabarteknik.example/feed", '"x"', None, NOON, NOON)
    for reason, kept in (("shutdown", None), ("finished", state)):
        run = open_run(storage)
        run.remember_source(state)
        finish(run, reason)
        with Index.open(storage.index) as index:
            assert index.source(state.url) == kept


def test_a_batch_is_full_after_so_many_visits(storage: Storage) -> None:
    run = open_run(storage)
    assert not run.batch_is_full
    for number in range(MAX_BATCH_VISITS):
        assert not run.batch_is_full
        fail(run, f"http://kabarteknik.example/{number}")
    assert run.batch_is_full
    run.seal()
    assert not run.batch_is_full
    assert finish(run).looked_at == MAX_BATCH_VISITS


def test_batches_follow_each_other_within_a_run(storage: Storage) -> None:
    run = open_run(storage, run_id="20261124T050000Z")
    look_at(run, A, text(1))
    run.seal()
    run.deliver()
    look_at(run, B, text(2))
    finish(run)

    names = sorted(Path(row["warc_filename"]).name for row in rows(storage, "articles"))
    assert names == [f"kabarteknik-20261124T050000Z-00{n}.warc.gz" for n in (1, 2)]
    assert list(Bucket(storage).list("warc/")) == [
        f"warc/kabarteknik/2026/11/24/kabarteknik-20261124T050000Z-00{n}{end}"
        for n in (1, 2)
        for end in (".cdxj", ".warc.gz")
    ]


@pytest.mark.parametrize("delivers", [True, False], ids=["delivered", "waiting"])
def test_a_text_that_an_earlier_batch_of_the_run_has_is_known(storage: Storage, *, delivers: bool) -> None:
    run = open_run(storage)
    for url, body in ((A, text(1)), (B, text(2)), (C, text(3))):
        look_at(run, url, body)
        run.seal()
        if delivers:
            run.deliver()
    same = look_at(run, A, text(1), at=NOON + timedelta(hours=1))
    other = look_at(run, B, text(4), at=NOON + timedelta(hours=1))
    finish(run)

    assert (same.outcome, other.outcome) == (Outcome.UNCHANGED, Outcome.REVISED)
    assert {row["url"]: row["revision"] for row in rows(storage, "articles")} == {A: 1, B: 2, C: 1}


def test_a_long_run_holds_no_more_texts_than_a_short_one(storage: Storage) -> None:
    run = open_run(storage)
    urls = [f"http://kabarteknik.example/panjang/{number}" for number in range(6)]
    for number, url in enumerate(urls):
        look_at(run, url, text(number))
        run.seal()
        run.deliver()
    held = {each.url for each in gc.get_objects() if type(each) is KnownText}
    assert held & set(urls) <= {urls[-1]}
    finish(run)


class TestHints:
    """What a source says of an article fills what its page leaves open, and makes no revision."""

    @staticmethod
    def first_look(storage: Storage, source: str) -> None:
        run = open_run(storage)
        look_at(run, A, text(1), headline="Pasar Gawai Ramai", sources={"headline": source, "body": "trafilatura"})
        finish(run)

    def test_a_headline_that_only_the_source_states_makes_no_revision_when_it_changes(self, storage: Storage) -> None:
        self.first_look(storage, "feed")
        run = open_run(storage)
        later = NOON + timedelta(hours=6)
        again = look_at(run, A, text(1), at=later, headline="Pasar gawai kian ramai", sources={"headline": "feed"})
        finish(run)
        assert again.outcome is Outcome.UNCHANGED
        assert [row["headline"] for row in rows(storage, "articles")] == ["Pasar Gawai Ramai"]

    def test_a_headline_that_the_page_itself_changes_does(self, storage: Storage) -> None:
        self.first_look(storage, "h1")
        run = open_run(storage)
        later = NOON + timedelta(hours=6)
        again = look_at(run, A, text(1), at=later, headline="Pasar Gawai Kian Ramai", sources={"headline": "h1"})
        finish(run)
        assert again.outcome is Outcome.REVISED

    def test_where_no_source_names_an_article_any_more_what_was_known_of_it_fills_in(self, storage: Storage) -> None:
        self.first_look(storage, "feed")
        run = open_run(storage)
        silent = Visit(run.site, A, Announcement(A, "revisit"))
        silent.pages = [page(run.capture(exchange(A, at=NOON + timedelta(hours=6))))]
        hints = run.hints(silent)
        other = Visit(run.site, B, Announcement(B, "revisit"), pages=silent.pages)
        assert (hints.headline, hints.date_published) == (
            "Pasar Gawai Ramai",
            datetime(2026, 11, 24, 3, 30, tzinfo=UTC),
        )
        assert run.hints(other).headline is None
        finish(run)

    def test_a_page_that_is_refused_again_does_not_count_again(self, storage: Storage) -> None:
        counted: list[dict[str, int]] = []
        for _ in range(2):
            run = open_run(storage)
            visit = announced(run.site, C)
            body = f"pendek {len(counted)}".encode()  # other bytes: an advertisement has changed
            visit.pages = [page(run.capture(exchange(C, body, at=NOON + timedelta(hours=len(counted)))))]
            visit.cleaned = Rejection(Reason.TOO_SHORT, "Halaman ini tidak memuat berita.")
            run.record(visit, run.judge(visit))
            counted.append(dict(run.metrics.rejections))
            assert finish(run).rejections == {Reason.TOO_SHORT: 1}
        assert counted == [{"too_short": 1}, {}]


def test_an_article_s_first_page_is_whole_where_an_earlier_look_that_failed_has_captured_the_same_bytes(
    storage: Storage,
) -> None:
    one_page = f"{A}?single=1"
    run = open_run(storage)
    visit = announced(run.site, A)
    visit.pages = [page(run.capture(exchange(one_page, text(1).encode())))]
    visit.end(Outcome.FAILED, "its page could not be cleaned")
    run.record(visit, run.judge(visit))
    finish(run)

    run = open_run(storage)
    visit = announced(run.site, A)
    visit.pages = [page(run.capture(exchange(one_page, text(1).encode(), at=NOON + timedelta(hours=2))))]
    visit.cleaned = article(A, text(1))
    run.record(visit, run.judge(visit))
    finish(run)

    assert visit.outcome is Outcome.ARCHIVED
    assert not visit.pages[0].capture.unchanged
