"""Archived articles made anew from their pages: what changes, what stays, and what a crash or a crawl does to it."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pipelines.archive.article_changes import replace_by_reextraction
from pipelines.archive.bucket import Bucket
from pipelines.archive.reextract import reextract
from pipelines.archive.reextraction_report import Reextraction
from pipelines.archive.schema import ARTICLES
from pipelines.archive.tables import Corpus
from pipelines.archive.verdicts import give_verdict
from pipelines.article import Verdict
from pipelines.cleaning.site_rules import SiteRules
from pipelines.cleaning.worker import CleaningWorker
from pipelines.index.database import Index
from pipelines.index.fingerprints import is_text, text_sha256
from pipelines.visit import Outcome
from settings.crawl import crawl
from settings.storage import Storage
from spiders.commands.reextract import to_json
from tests.archive.invented import environment_of, finish, open_run, rows
from tests.archive.pressed import NEWSLETTER, PUBLISHED, SITE, TODAY, html, paragraphs, press, url


def archive(storage: Storage) -> None:
    """Three articles of which the second closes with a line that the rules of today know for residue."""
    run = open_run(storage)
    press(run, url(1), html(1))
    press(run, url(2), html(2, NEWSLETTER))
    press(run, url(3), html(3))
    finish(run)


Again = Callable[..., Reextraction]


@pytest.fixture(scope="module")
def worker() -> Iterator[CleaningWorker]:
    started = CleaningWorker()
    yield started
    started.close()


@pytest.fixture
def again(storage: Storage, worker: CleaningWorker) -> Again:
    """Re-extracts a month by some rules."""

    def reextract_month(rules: SiteRules = TODAY, month: str = "2026-11", **how: Any) -> Reextraction:
        return reextract(SITE.name, month, storage=storage, rules=rules, worker=worker, **how)

    return reextract_month


def by_url(storage: Storage, table: str = "articles") -> dict[str, dict[str, Any]]:
    return {row["url"]: row for row in rows(storage, table)}


def test_a_text_that_comes_out_differently_takes_the_place_of_the_old_one(storage: Storage, again: Again) -> None:
    archive(storage)
    before = by_url(storage)
    report = again()

    assert (report.articles, report.pages, report.changed, report.unchanged, report.failed) == (3, 3, 1, 2, 0)
    after = by_url(storage)
    now = after[url(2)]
    assert now["body"].split("\n") == paragraphs(2)
    assert now["repeated_lines"] == [NEWSLETTER]
    assert now["text_sha256"] == text_sha256("\n".join(paragraphs(2)))
    assert now["reextracted_at"] is not None
    kept = ("revision", "run", "first_fetched_at", "fetched_at", "pages", "discovered_via", "date_published")
    assert {name: now[name] for name in kept} == {name: before[url(2)][name] for name in kept}
    assert {address: after[address] for address in (url(1), url(3))} == {
        address: before[address] for address in (url(1), url(3))
    }


def test_the_row_as_it_was_is_kept_and_says_that_the_publisher_changed_nothing(storage: Storage, again: Again) -> None:
    archive(storage)
    before = by_url(storage)[url(2)]
    again()
    assert rows(storage, "revisions") == [before | {"replaced_by": "reextraction"}]


def test_where_nothing_changes_nothing_is_written(storage: Storage, again: Again) -> None:
    archive(storage)
    version = Corpus(storage).open(ARTICLES).version()
    report = again(SITE)
    assert (report.changed, report.unchanged) == (0, 3)
    assert Corpus(storage).open(ARTICLES).version() == version


def test_a_dry_run_says_what_would_change_and_changes_nothing(storage: Storage, again: Again) -> None:
    archive(storage)
    corpus = Corpus(storage)
    [second] = corpus.select(ARTICLES, f"t.url = '{url(2)}'")
    left_over = "\nBaca juga: Kabar lain dari redaksi"
    replace_by_reextraction(corpus, [second], [second | {"body": second["body"] + left_over}])
    before = by_url(storage)
    report = again(dry_run=True)

    assert (report.changed, report.published) == (1, False)
    assert report.changes.new_versions == 1
    assert report.changes.columns.keys() >= {"body", "repeated_lines", "text_sha256"}
    gone = len(NEWSLETTER.split())
    assert report.changes.words_before - report.changes.words_after == gone
    assert (report.changes.residue_before, report.changes.residue_after) == (1, 0)
    [example] = report.changes.examples
    assert (example.url, example.words_before - example.words_after) == (url(2), gone)
    assert example.lines[1:] == (f"- {NEWSLETTER}", f"- {left_over.strip()}")
    assert "1 of 3 articles (34 %) come out differently" in report.sentence
    assert by_url(storage) == before
    assert again().published


def test_a_month_of_which_more_would_change_than_may_stays_as_it_is(storage: Storage, again: Again) -> None:
    archive(storage)
    before = by_url(storage)
    held = again(max_percent=33)
    assert (held.changed, held.percent, held.published) == (1, 34, False)
    assert by_url(storage) == before
    assert to_json(SITE.name, [held], dry_run=False, max_percent=33)["failures"] == [
        "34 % of the articles of kabarteknik of 2026-11 would get other content, more than 33 %, and stay as they are: "
        "look at what would change, and if it is right allow at most 34 %"
    ]
    assert to_json(SITE.name, [held], dry_run=True, max_percent=33)["failures"] == []
    assert again(max_percent=34).published
    assert by_url(storage) != before


def test_two_months_of_a_site_may_be_re_extracted_at_the_same_time(
    storage: Storage, again: Again, worker: CleaningWorker
) -> None:
    run = open_run(storage)
    press(run, url(1), html(1, NEWSLETTER))
    press(run, url(2), html(2, NEWSLETTER, day=-20))
    finish(run)

    def another_machine(step: str) -> None:
        if step == "revisions":
            again(month="2026-10")

    reextract(SITE.name, "2026-11", storage=storage, rules=TODAY, worker=worker, checkpoint=another_machine)
    assert [row["repeated_lines"] for row in rows(storage, "articles")] == [[NEWSLETTER]] * 2
    assert len(rows(storage, "revisions")) == 2


def test_months_of_several_sites_may_be_re_extracted_at_the_same_time(storage: Storage) -> None:
    """As many workers as months: each commits to the tables while the others do."""
    sites = (SITE.name, "siartekno")
    for of_site, site in enumerate(sites):
        run = open_run(storage, site)
        for ago in (0, 20):
            press(run, f"http://{site}.example/{ago}", html(of_site + ago, NEWSLETTER, day=-ago))
        finish(run)

    def reextracted(site: str, month: str) -> Reextraction:
        with closing(CleaningWorker()) as worker:
            return reextract(site, month, storage=storage, rules=TODAY, worker=worker)

    months = [(site, month) for site in sites for month in ("2026-10", "2026-11")]
    with ThreadPoolExecutor(len(months)) as machines:
        done = list(machines.map(reextracted, *zip(*months, strict=True)))
    assert [month.changed for month in done] == [1] * 4
    assert [row["repeated_lines"] for row in rows(storage, "articles")] == [[NEWSLETTER]] * 4
    assert len(rows(storage, "revisions")) == 4


def test_a_crawl_afterwards_finds_nothing_to_revise(storage: Storage, again: Again) -> None:
    archive(storage)
    again()
    run = open_run(storage)
    visit = press(run, url(2), html(2, NEWSLETTER), rules=TODAY, at=PUBLISHED + timedelta(days=23))
    assert visit.outcome is Outcome.UNCHANGED
    copy = press(run, url(40), html(2), rules=TODAY)
    assert (copy.outcome, copy.duplicate_of) == (Outcome.DUPLICATE, url(2))
    finish(run)


def test_what_a_crawl_revises_later_is_a_revision_of_the_text_made_anew(storage: Storage, again: Again) -> None:
    archive(storage)
    again()
    run = open_run(storage)
    press(run, url(2), html(2, lines=paragraphs(60)), rules=TODAY, at=PUBLISHED + timedelta(days=23))
    finish(run)
    assert by_url(storage)[url(2)]["revision"] == 2
    assert by_url(storage)[url(2)]["reextracted_at"] is None
    earlier = {row["replaced_by"]: row for row in rows(storage, "revisions")}
    assert {reason: row["revision"] for reason, row in earlier.items()} == {"reextraction": 1, "revision": 1}
    assert NEWSLETTER in earlier["reextraction"]["body"]
    assert NEWSLETTER not in earlier["revision"]["body"]


def test_all_pages_of_an_article_are_read(storage: Storage, again: Again) -> None:
    run = open_run(storage)
    press(run, url(5), html(5), html(5, NEWSLETTER, lines=paragraphs(70)))
    finish(run)
    report = again()
    assert (report.articles, report.pages, report.changed) == (1, 2, 1)
    assert by_url(storage)[url(5)]["body"].split("\n") == [*paragraphs(5), *paragraphs(70)]


def test_an_article_that_moves_to_another_month_stands_there_alone(storage: Storage, again: Again) -> None:
    run = open_run(storage)
    visit = press(run, url(6), html(6))
    finish(run)
    assert visit.pages[0].capture.record
    corpus = Corpus(storage)
    [row] = corpus.select(ARTICLES, "TRUE")
    wrong = row | {"date_published": row["date_published"] - timedelta(days=60), "published_month": "2026-09"}
    replace_by_reextraction(corpus, [row], [wrong])

    report = again(SITE, "2026-09")
    assert report.changed == 1
    assert corpus.months(SITE.name) == ["2026-11"]
    assert by_url(storage)[url(6)]["date_published"] == row["date_published"]
    with Index.open(storage.index) as index:
        assert index.seen([url(6)])[url(6)].published_month == "2026-11"


def test_a_row_of_an_earlier_version_is_told_its_precision_and_quality_and_is_not_kept_as_it_was(
    storage: Storage, again: Again
) -> None:
    archive(storage)
    before = by_url(storage)
    unsaid = {"date_precision": None, "quality": None, "quality_reasons": None}
    replace_by_reextraction(Corpus(storage), [], [row | unsaid for row in before.values()])
    report = again(SITE)
    assert (report.changed, report.unchanged) == (3, 0)
    after = by_url(storage)
    assert {(row["date_precision"], row["quality"], *row["quality_reasons"]) for row in after.values()} == {
        ("minute", "sure")
    }
    assert all(row["date_published"] == before[address]["date_published"] for address, row in after.items())
    assert rows(storage, "revisions") == []
    with Index.open(storage.index) as index:
        assert {seen.quality for seen in index.seen(after).values()} == {"sure"}
    assert again(SITE).changed == 0


def test_a_date_that_is_known_to_the_minute_outlasts_pages_that_state_none(storage: Storage, again: Again) -> None:
    run = open_run(storage)
    press(run, url(7), re.sub(rb"<meta property='article:published_time'[^>]*>", b"", html(7)))
    finish(run)
    [row] = rows(storage, "articles")
    assert (row["date_precision"], row["date_published"]) == ("fetched", row["first_fetched_at"])
    known = row | {
        "date_published": PUBLISHED,
        "published_day": PUBLISHED.date(),
        "date_precision": "minute",
        "sources": row["sources"] | {"date_published": "json-ld"},
    }
    replace_by_reextraction(Corpus(storage), [row], [known])
    assert again(SITE).changed == 0
    assert by_url(storage)[url(7)]["date_published"] == PUBLISHED


def test_an_operator_s_verdict_outlasts_it(storage: Storage, again: Again) -> None:
    archive(storage)
    replace_by_reextraction(Corpus(storage), [], [row | {"quality": "doubtful"} for row in by_url(storage).values()])
    give_verdict(storage, url(2), Verdict.ARTICLE, by="rina")
    give_verdict(storage, url(3), Verdict.NOT_ARTICLE, by="rina")
    again()
    assert set(by_url(storage)) == {url(1), url(2)}
    assert by_url(storage)[url(2)]["quality"] == "sure"
    run = open_run(storage)
    visit = press(run, url(2), html(2, NEWSLETTER), rules=TODAY, at=PUBLISHED + timedelta(days=23))
    finish(run)
    assert visit.outcome is Outcome.UNCHANGED
    with Index.open(storage.index) as index:
        assert index.seen([url(2)])[url(2)].verdict == Verdict.ARTICLE


def test_an_article_that_the_rules_of_today_refuse_stays_and_is_named(storage: Storage, again: Again) -> None:
    archive(storage)
    report = again(replace(SITE, min_words=500))
    assert (report.changed, report.refused, report.failed) == (0, 3, 0)
    assert {problem.url for problem in report.problems} == {url(1), url(2), url(3)}
    assert len(by_url(storage)) == 3


def test_an_article_that_the_operator_has_excluded_stays_as_it_is_and_is_named(
    storage: Storage, again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive(storage)
    entry = {"address": url(2), "on": "2026-11-20", "reason": "diminta pemiliknya"}
    monkeypatch.setenv("KLIPING_EXCLUSIONS", json.dumps([entry]))
    crawl.cache_clear()
    report = again()
    crawl.cache_clear()
    assert (report.articles, report.changed, report.refused, report.failed) == (3, 0, 1, 0)
    (problem,) = report.problems
    assert problem.url == url(2)
    assert "is excluded since 2026-11-20 (diminta pemiliknya): its row stays as it is" in problem.detail


def test_pages_that_are_not_in_the_bucket_cost_their_article_only(storage: Storage, again: Again) -> None:
    archive(storage)
    run = open_run(storage)
    press(run, url(8), html(8, NEWSLETTER))
    finish(run)
    key = str(by_url(storage)[url(8)]["warc_filename"])
    bucket = Bucket(storage)
    bucket._client.delete_object(Bucket=bucket.name, Key=key)
    report = again()
    assert (report.changed, report.failed) == (1, 1)
    [problem] = report.problems
    assert problem.url == url(8)
    assert key in problem.detail


@pytest.mark.parametrize("step", ["revisions", "articles"])
def test_a_process_that_is_killed_half_way_loses_and_doubles_nothing(storage: Storage, again: Again, step: str) -> None:
    archive(storage)
    before = by_url(storage)[url(2)]
    assert killed_after(step, storage) == -signal.SIGKILL
    report = again()
    assert report.changed == (step == "revisions")
    assert rows(storage, "revisions") == [before | {"replaced_by": "reextraction"}]
    now = by_url(storage)[url(2)]
    assert now["repeated_lines"] == [NEWSLETTER]
    with Index.open(storage.index) as index:
        assert is_text(index.seen([url(2)])[url(2)].text_sha256, now["text_sha256"])


def killed_after(step: str, storage: Storage) -> int:
    """The exit code of a re-extraction that kills itself right after a step."""
    environment = {"PATH": os.environ["PATH"], **environment_of(storage)}
    return subprocess.run([sys.executable, "-m", "tests.archive.reextractor", step], env=environment).returncode


def test_a_text_that_a_crawl_brings_meanwhile_goes_before_ours(storage: Storage) -> None:
    archive(storage)
    corpus = Corpus(storage)
    [stale] = corpus.select(ARTICLES, f"t.url = '{url(2)}'")
    run = open_run(storage)
    press(run, url(2), html(2, lines=paragraphs(80)), at=PUBLISHED + timedelta(days=23))
    finish(run)
    replace_by_reextraction(
        corpus, [stale], [stale | {"body": "Teks dari pembacaan lama.", "reextracted_at": PUBLISHED}]
    )
    assert by_url(storage)[url(2)]["body"].split("\n") == paragraphs(80)
    assert len(rows(storage, "revisions")) == 1
