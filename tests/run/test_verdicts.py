"""An operator's word on a doubtful page: it is kept, carried out in one recoverable step, and outlasts later looks."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.archive.bucket import Bucket
from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.site_lock import SiteBusy
from pipelines.archive.tables import Corpus
from pipelines.archive.verdicts import NoVerdictPossible, doubtful_articles, give_verdict, labels
from pipelines.archive.verification.verify import verify
from pipelines.article import Reason, Verdict
from pipelines.index.database import Index, UrlRecord
from pipelines.visit import Outcome, Visit
from settings.storage import Storage
from tests.archive.gate import Gate
from tests.archive.invented import NOON, environment_of, exchange, finish, look_at, open_run, page, reject, rows, text
from tests.archive.invented import announced as announced_visit
from tests.archive.invented import article as article_of

A, B, C = (f"http://kabarteknik.example/{slug}" for slug in ("satu", "dua", "tiga"))
DOUBTS: dict[str, Any] = {"quality": "doubtful", "quality_reasons": ("short", "no_date"), "ruleset": "2026-11-29"}


class Killed(BaseException):
    """The process ends here: what is on disk and in the bucket then is what a killed one leaves there."""


@pytest.fixture
def archive(storage: Storage) -> Iterator[Storage]:
    """A doubtful article, and one that is sure."""
    run = open_run(storage)
    look_at(run, A, text(1), headline="Layanan Kami", **DOUBTS)
    look_at(run, B, text(2))
    finish(run)
    yield storage
    assert verify(storage).failure == ""


def give(storage: Storage, verdict: Verdict, url: str = A, **options: Any) -> str:
    return give_verdict(storage, url, verdict, by="rina", **options)


def look(storage: Storage, seed: int = 1, *, hours: int = 6, padding: str = "", **fields: Any) -> Visit:
    """A run that looks at the doubtful page again; its bytes are others where there is `padding`."""
    run = open_run(storage)
    visit = announced_visit(run.site, A)
    body = gzip.compress((text(seed) + padding).encode(), mtime=0)
    visit.pages = [page(run.capture(exchange(A, body, at=NOON + timedelta(hours=hours))))]
    visit.cleaned = article_of(A, text(seed), **{"headline": "Layanan Kami", **DOUBTS, **fields})
    run.record(visit, run.judge(visit))
    finish(run)
    return visit


def of_table(storage: Storage, table: str = "articles") -> list[dict[str, Any]]:
    return [row for row in rows(storage, table) if row["url"] == A]


def known(storage: Storage) -> UrlRecord:
    with Index.open(storage.index) as index:
        return index.seen([A])[A]


def rebuilt(storage: Storage) -> UrlRecord:
    rebuild(storage, (), timedelta(days=30))
    return known(storage)


def test_what_is_no_article_goes_to_rejected_and_the_verdict_is_kept(archive: Storage) -> None:
    [article] = of_table(archive)
    assert give(archive, Verdict.NOT_ARTICLE, note="halaman layanan") == (
        f"{A}: it is no article any more; its row is in rejected now"
    )
    assert [row["url"] for row in rows(archive, "articles")] == [B]
    [rejected] = of_table(archive, "rejected")
    assert rejected["reason"] == Reason.NOT_ARTICLE
    assert rejected["detail"].startswith("no article by the verdict of rina, 20")
    assert rejected["detail"].endswith(": halaman layanan")
    where = ("run", "fetched_at", "content_digest", "warc_filename", "warc_record_offset", "warc_record_length")
    assert [rejected[name] for name in where] == [article[name] for name in where]
    [verdict] = of_table(archive, "verdicts")
    assert (verdict["verdict"], verdict["given_by"], verdict["note"]) == ("not-article", "rina", "halaman layanan")
    assert (verdict["quality_reasons"], verdict["ruleset"], verdict["text_sha256"]) == (
        ["short", "no_date"],
        "2026-11-29",
        article["text_sha256"],
    )


def test_later_looks_leave_it_out_until_its_text_changes(archive: Storage) -> None:
    give(archive, Verdict.NOT_ARTICLE)
    assert look(archive, hours=6).outcome is Outcome.UNCHANGED
    again = look(archive, hours=24, padding="<!-- iklan -->")
    assert (again.outcome, again.detail) == (Outcome.REJECTED, "no article by an operator's verdict on this text")
    assert of_table(archive) == []
    assert rebuilt(archive).verdict == "not-article"
    assert look(archive, hours=48, padding="<!-- iklan lain -->").outcome is Outcome.REJECTED
    assert look(archive, 3, hours=72).outcome is Outcome.ARCHIVED
    [row] = of_table(archive)
    assert (row["revision"], row["quality"]) == (2, "doubtful")
    assert known(archive).verdict is None


def test_other_rules_of_the_same_page_do_not_bring_it_back(archive: Storage) -> None:
    give(archive, Verdict.NOT_ARTICLE)
    run = open_run(archive)
    visit = announced_visit(run.site, A)
    visit.pages = [
        page(run.capture(exchange(A, gzip.compress(text(1).encode(), mtime=0), at=NOON + timedelta(days=1))))
    ]
    visit.cleaned = article_of(A, text(7), **DOUBTS)
    run.record(visit, run.judge(visit))
    finish(run)
    assert visit.outcome is Outcome.UNCHANGED
    assert of_table(archive) == []


def test_an_article_is_sure_and_stays_so_while_its_text_is_as_it_is(archive: Storage) -> None:
    assert give(archive, Verdict.ARTICLE) == f"{A}: its article is sure now"
    assert [(row["quality"], row["quality_reasons"], row["revision"]) for row in of_table(archive)] == [("sure", [], 1)]
    assert rows(archive, "revisions") == []
    assert look(archive).outcome is Outcome.UNCHANGED
    assert look(archive, hours=24, headline="Layanan Kami Kini").outcome is Outcome.REVISED
    assert [(row["quality"], row["revision"]) for row in of_table(archive)] == [("sure", 2)]
    assert look(archive, 3, hours=48).outcome is Outcome.REVISED
    assert [(row["quality"], row["revision"]) for row in of_table(archive)] == [("doubtful", 3)]


def test_an_index_made_anew_knows_of_the_verdict(archive: Storage) -> None:
    give(archive, Verdict.ARTICLE)
    before = known(archive)
    after = rebuilt(archive)
    assert (after.verdict, after.quality) == (before.verdict, before.quality) == ("article", "sure")
    assert look(archive).outcome is Outcome.UNCHANGED
    assert of_table(archive)[0]["quality"] == "sure"


@pytest.mark.parametrize("step", ["verdicts", "rejected", "articles", "index"])
def test_a_verdict_that_is_killed_after_a_step_is_given_again(archive: Storage, step: str) -> None:
    def die_after(now: str) -> None:
        if now == step:
            raise Killed

    with pytest.raises(Killed):
        give(archive, Verdict.NOT_ARTICLE, checkpoint=die_after)
    give(archive, Verdict.NOT_ARTICLE)
    assert [row["url"] for row in rows(archive, "articles")] == [B]
    assert len(of_table(archive, "rejected")) == len(of_table(archive, "verdicts")) == 1
    assert look(archive, padding=" ").outcome is Outcome.REJECTED


def test_the_last_verdict_counts(archive: Storage) -> None:
    give(archive, Verdict.NOT_ARTICLE)
    assert "looks at the page again" in give(archive, Verdict.ARTICLE, note="keliru")
    assert look(archive, hours=24 * 30).outcome is Outcome.ARCHIVED
    assert [(row["quality"], row["revision"]) for row in of_table(archive)] == [("sure", 1)]
    assert [label["label"] for label in labels(Corpus(archive))] == ["article"]
    give(archive, Verdict.NOT_ARTICLE)
    assert of_table(archive) == []
    assert [row["verdict"] for row in of_table(archive, "verdicts")].count("not-article") == 2


def test_what_waits_in_the_spool_does_not_bring_it_back(archive: Storage) -> None:
    with Gate(archive) as gate:
        run = open_run(gate.storage)
        gate.shut()
        look_at(run, A, text(1), at=NOON + timedelta(hours=6), headline="Layanan Kami Lagi", **DOUBTS)
        assert finish(run).waiting == 1
    give(archive, Verdict.NOT_ARTICLE)
    assert of_table(archive) == []
    [verdict] = of_table(archive, "verdicts")
    assert (verdict["headline"], verdict["revision"]) == ("Layanan Kami Lagi", 2)


def test_while_a_crawl_of_the_site_is_under_way_it_says_so(archive: Storage) -> None:
    run = open_run(archive)
    with pytest.raises(SiteBusy, match="kabarteknik is being worked on by"):
        give(archive, Verdict.NOT_ARTICLE)
    finish(run)


def test_a_page_that_the_rules_refused_gets_a_label_alone(archive: Storage) -> None:
    run = open_run(archive)
    reject(run, C)
    finish(run)
    assert "kept as a label" in give(archive, Verdict.ARTICLE, C)
    [label] = labels(Corpus(archive))
    assert (label["url"], label["label"], label["quality_reasons"]) == (C, "article", ["too_short"])
    assert [row["url"] for row in rows(archive, "articles")].count(C) == 0


def test_where_there_is_nothing_to_be_judged_it_says_so(archive: Storage) -> None:
    with pytest.raises(NoVerdictPossible, match=f"nothing is known at {C}"):
        give(archive, Verdict.ARTICLE, C)


def test_labels_say_where_the_bytes_of_the_page_are(archive: Storage) -> None:
    give(archive, Verdict.NOT_ARTICLE)
    [label] = map(json.loads, map(json.dumps, labels(Corpus(archive))))
    [at] = label["pages"]
    member = Bucket(archive).get(at["warc_filename"], at["warc_record_offset"], at["warc_record_length"])
    assert f"WARC-Target-URI: {A}\r\n".encode() in gzip.decompress(member)


def kliping(storage: Storage, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        env={"PATH": os.environ["PATH"], **environment_of(storage)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_shell_lists_what_is_doubtful_judges_it_and_exports_the_labels(archive: Storage, tmp_path: Path) -> None:
    ten_years = ("--days", "3650")
    assert kliping(archive, "doubtful", *ten_years).stdout == f"{A}\tshort, no_date\tLayanan Kami\n"
    done = kliping(archive, "verdict", A, "not-article", "--by", "rina", "--note", "halaman layanan")
    assert (done.returncode, done.stdout) == (0, f"{A}: it is no article any more; its row is in rejected now\n")
    assert kliping(archive, "doubtful", *ten_years).stdout == ""
    file = tmp_path / "labels.jsonl"
    assert kliping(archive, "verdict", "--export", str(file)).stdout == f"1 verdicts written to {file}\n"
    [label] = map(json.loads, file.read_text().splitlines())
    assert (label["url"], label["label"], label["note"]) == (A, "not-article", "halaman layanan")
    assert kliping(archive, "verdict", C, "article").returncode == 1
    assert kliping(archive, "verdict", C).returncode == 2


def test_doubtful_articles_are_listed_with_their_reasons(archive: Storage) -> None:
    corpus = Corpus(archive)
    long_ago = NOON - timedelta(days=1)
    assert [(row["url"], row["quality_reasons"]) for row in doubtful_articles(corpus, (), long_ago)] == [
        (A, ["short", "no_date"])
    ]
    assert doubtful_articles(corpus, ["wartagawai"], long_ago) == []
    assert doubtful_articles(corpus, ["kabarteknik"], NOON + timedelta(days=1)) == []
