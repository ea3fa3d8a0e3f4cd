"""`visits` has a row for each look of each run, and `announced` one for each source's first word of a URL."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

from pipelines.archive.bucket import Bucket
from pipelines.archive.table_location import storage_options, table_uri
from pipelines.visit import Announcement, Outcome
from settings.storage import Storage
from tests.archive.gate import Gate
from tests.archive.invented import (
    NOON,
    announced,
    deliver_orphans,
    fail,
    finish,
    look_at,
    open_run,
    reject,
    rows,
    text,
)

SITE = "kabarteknik"
FEED, SITEMAP = f"http://{SITE}.example/feed", f"http://{SITE}.example/sitemap-news.xml"
URLS = [f"http://{SITE}.example/{n}" for n in range(3)]


def says(source: str, *urls: str) -> list[Announcement]:
    return [Announcement(url, "feed", source, headline="Dari umpan", date_published=NOON) for url in urls]


def ledger(storage: Storage) -> list[tuple[str, str, str]]:
    """Each row of the ledger: its run, source and URL."""
    return sorted((row["run"], row["source"], row["url"]) for row in rows(storage, "announced"))


def test_every_look_has_a_row_whatever_came_of_it(storage: Storage) -> None:
    run = open_run(storage)
    began = datetime.now(UTC)
    look_at(run, URLS[0], text(0))
    look_at(run, URLS[1], text(0))
    reject(run, URLS[2])
    fail(run, f"{URLS[2]}/rusak")
    run.record_cut_off(announced(SITE, f"{URLS[2]}/terputus"))
    report = finish(run)

    by_url = {row["url"]: row for row in rows(storage, "visits")}
    assert {url: row["outcome"] for url, row in by_url.items()} == {
        URLS[0]: "archived",
        URLS[1]: "duplicate",
        URLS[2]: "rejected",
        f"{URLS[2]}/rusak": "http_error",
        f"{URLS[2]}/terputus": "failed",
    }
    assert Counter(Outcome(row["outcome"]) for row in by_url.values()) == report.outcomes
    assert {(row["site"], row["run"], row["month"]) for row in by_url.values()} == {
        (SITE, report.run, f"{report.run[:4]}-{report.run[4:6]}")
    }
    assert [by_url[url]["reason"] for url in URLS] == [None, None, "too_short"]
    assert by_url[f"{URLS[2]}/rusak"]["detail"] == "The server answered 500."
    archived = by_url[URLS[0]]
    assert began <= archived["began_at"] <= archived["ended_at"]
    assert archived["seconds"] == pytest.approx((archived["ended_at"] - archived["began_at"]).total_seconds())
    assert (archived["http_status"], archived["fetched_at"], archived["discovered_from"]) == (200, NOON, FEED)


def test_a_look_leads_to_its_bytes_also_where_no_text_came_of_it(storage: Storage) -> None:
    run = open_run(storage)
    reject(run, URLS[0])
    finish(run)

    [row] = rows(storage, "visits")
    place = row["warc_filename"], row["warc_record_offset"], row["warc_record_length"]
    [refused] = rows(storage, "rejected")
    assert place == (refused["warc_filename"], refused["warc_record_offset"], refused["warc_record_length"])
    assert len(Bucket(storage).get(*place)) == row["warc_record_length"]


def test_each_look_of_a_killed_run_has_one_row_however_often_its_delivery_begins(storage: Storage) -> None:
    with Gate(storage) as gate:
        run = open_run(gate.storage)
        gate.shut()
        for number, url in enumerate(URLS):
            look_at(run, url, text(number))
        run.abandon()
    deliver_orphans(storage)
    deliver_orphans(storage)

    assert sorted(row["url"] for row in rows(storage, "visits")) == URLS


def test_the_ledger_says_when_each_source_first_announced_a_url(storage: Storage) -> None:
    first = open_run(storage, run_id="20261124T010000Z")
    first.enter_in_ledger([*says(FEED, *URLS[:2]), *says(SITEMAP, URLS[0])])
    finish(first)
    second = open_run(storage, run_id="20261124T020000Z")
    second.enter_in_ledger([*says(FEED, *URLS), *says(SITEMAP, URLS[0], URLS[1])])
    finish(second)

    assert ledger(storage) == [
        ("20261124T010000Z", FEED, URLS[0]),
        ("20261124T010000Z", FEED, URLS[1]),
        ("20261124T010000Z", SITEMAP, URLS[0]),
        ("20261124T020000Z", FEED, URLS[2]),
        ("20261124T020000Z", SITEMAP, URLS[1]),
    ]
    stated = rows(storage, "announced")[0]
    assert (stated["via"], stated["headline"], stated["date_published"]) == ("feed", "Dari umpan", NOON)
    assert stated["announced_at"] > NOON


def test_what_a_killed_run_was_told_is_told_again_to_the_next(storage: Storage) -> None:
    killed = open_run(storage, run_id="20261124T010000Z")
    killed.enter_in_ledger(says(FEED, URLS[0]))
    killed.abandon()
    following = open_run(storage, run_id="20261124T020000Z")
    following.enter_in_ledger(says(FEED, URLS[0]))
    finish(following)

    assert ledger(storage) == [("20261124T020000Z", FEED, URLS[0])]


def test_a_dry_run_leaves_no_trace_in_the_ledger(storage: Storage) -> None:
    dry = open_run(storage, dry_run=True)
    dry.enter_in_ledger(says(FEED, URLS[0]))
    finish(dry)
    run = open_run(storage)
    run.enter_in_ledger(says(FEED, URLS[0]))
    finish(run)

    assert len(ledger(storage)) == 1


def test_of_what_a_source_announces_the_last_thousands_are_remembered(storage: Storage) -> None:
    run = open_run(storage)
    old = [f"http://{SITE}.example/lama-{n}" for n in range(5_000)]
    run.index.save_announced({FEED: old})
    run.index.save_announced({FEED: URLS})

    assert run.index.first_announced(FEED, [*URLS, old[-1], old[0]]) == [old[0]]
    assert run.index.first_announced(SITEMAP, URLS) == URLS
    run.abandon()


def test_the_documented_queries_tell_how_whole_the_corpus_is(storage: Storage) -> None:
    run = open_run(storage, run_id="20261124T010000Z")
    run.enter_in_ledger(says(FEED, URLS[0], URLS[2]))
    run.enter_in_ledger(Announcement(url, "news_sitemap", SITEMAP) for url in URLS[:2])
    look_at(run, URLS[0], text(0), date_published=NOON - timedelta(hours=2), date_precision="minute")
    reject(run, URLS[1])
    finish(run)

    page = Path("docs/reading-the-corpus.md").read_text(encoding="utf-8")
    [block] = [found for found in re.findall(r"```sql\n(.*?)```", page, re.DOTALL) if "FROM announced" in found]
    con = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    for name in ("articles", "visits", "announced"):
        table = DeltaTable(table_uri(storage, name), storage_options=storage_options(storage))
        con.register(name, table.to_pyarrow_dataset())
    never_looked_at, only_in_sitemap, lag = [
        con.execute(query).fetchall() for query in block.split(";") if query.strip()
    ]
    con.close()
    assert never_looked_at == [(SITE, 1)]
    assert only_in_sitemap == [(SITE, 1)]
    assert lag == [(SITE, [2.0, 2.0])]
