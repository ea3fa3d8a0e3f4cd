"""The table `daily`: a row for each site and day of Jakarta, which follows what the other tables say."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import time_machine
from deltalake import DeltaTable, write_deltalake

from pipelines.archive.article_changes import remove_article
from pipelines.archive.bucket import Bucket
from pipelines.archive.daily_table import MIN_LOST_ARTICLES, DailyTable, make_daily
from pipelines.archive.jakarta_days import month_after, months_between, span_of, utc_months_of
from pipelines.archive.log_entry import LAST_CHECKPOINT, log_prefix
from pipelines.archive.maintenance.maintain import maintain
from pipelines.archive.schema import DAILY
from pipelines.archive.table_location import storage_options, table_uri
from pipelines.archive.tables import Corpus
from pipelines.archive.verification.findings import Kind
from pipelines.archive.verification.verify import verify
from pipelines.run.crawl_run import CrawlRun
from pipelines.visit import Announcement
from settings.storage import Storage
from tests.archive.invented import NOON, WIB, deliver_orphans, fail, look_at, open_run, reject, rows, text

SITE = "kabarteknik"
FEED = f"http://{SITE}.example/feed"
URLS = [f"http://{SITE}.example/{n}" for n in range(MIN_LOST_ARTICLES + 5)]
DAY = date(2026, 11, 24)
NIGHT = datetime(2026, 11, 24, 23, 30, tzinfo=WIB)  # still the day before in UTC: 16:30
MORNING = datetime(2026, 11, 25, 0, 30, tzinfo=WIB)  # 17:30 of the day before in UTC


def renew(storage: Storage, *, everything: bool = False) -> Any:
    corpus = Corpus(storage)
    make_daily(corpus)
    return DailyTable(corpus).renew(NOON + timedelta(days=1), everything=everything)


def days(storage: Storage, site: str = SITE) -> dict[date, dict[str, Any]]:
    found = {row["day"]: row for row in rows(storage, "daily") if row["site"] == site}
    assert len(found) == len([row for row in rows(storage, "daily") if row["site"] == site])
    return found


@contextmanager
def run_at(storage: Storage, at: datetime) -> Iterator[CrawlRun]:
    """A run that began at that time."""
    run = open_run(storage, run_id=f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    yield run
    run.finish(replace(run.report("finished"), started_at=at, finished_at=at + timedelta(minutes=2)))
    deliver_orphans(storage)


def archive(storage: Storage, at: datetime, *numbers: int, **fields: Any) -> None:
    """Have a run of that time archive articles with these numbers."""
    with run_at(storage, at) as run:
        for number in numbers:
            look_at(run, URLS[number], text(number), at=at, **fields)


def announce(run: CrawlRun, at: datetime, *urls: str) -> None:
    """Have the run's feed announce URLs at that time."""
    with time_machine.travel(at, tick=False):
        run.enter_in_ledger(Announcement(url, "feed", FEED) for url in urls)


def delta(storage: Storage, name: str) -> DeltaTable:
    return DeltaTable(table_uri(storage, name), storage_options=storage_options(storage))


class TestMonths:
    def test_begin_seven_hours_before_those_of_utc(self) -> None:
        assert span_of("2026-12") == (
            datetime(2026, 11, 30, 17, tzinfo=UTC),
            datetime(2026, 12, 31, 17, tzinfo=UTC),
        )
        assert utc_months_of("2026-01") == ("2025-12", "2026-01")

    def test_are_counted_over_years(self) -> None:
        assert [month_after("2026-11", count) for count in (-11, -1, 0, 1, 2, 14)] == [
            *("2025-12", "2026-10", "2026-11", "2026-12", "2027-01", "2028-01")
        ]
        assert months_between(datetime(2026, 10, 31, 16, 59, tzinfo=UTC), datetime(2026, 11, 30, 17, tzinfo=UTC)) == [
            *("2026-10", "2026-11", "2026-12")
        ]


class TestARow:
    def test_says_what_became_of_a_day(self, storage: Storage) -> None:
        with run_at(storage, NOON) as run:
            announce(run, NOON, *URLS[:4])
            early, late = NOON - timedelta(hours=4), NOON - timedelta(hours=2)
            image = "http://kabarteknik.example/a.jpg"
            look_at(run, URLS[0], text(0), date_published=late, image=image, removed_share=0.1)
            look_at(run, URLS[1], text(1, 120), date_published=early, author=(), removed_share=0.3)
            reject(run, URLS[2])
            fail(run, URLS[4])

        assert renew(storage).days == 1
        [(day, row)] = days(storage).items()
        assert (day, row["month"], row["runs"], row["failed_runs"]) == (DAY, "2026-11", 1, 0)
        told = {name: count for name, count in row["outcomes"].items() if count}
        assert (row["looked_at"], told) == (4, {"archived": 2, "rejected": 1, "http_error": 1})
        assert {name: count for name, count in row["rejections"].items() if count} == {"too_short": 1}
        assert (row["published"], row["doubtful"], row["median_words"]) == (2, 0, 90.0)
        assert row["median_lag_seconds"] == pytest.approx(3 * 3600)
        assert row["median_removed_share"] == pytest.approx(0.2)
        assert row["last_published_at"] == NOON - timedelta(hours=2)
        assert row["date_precisions"] == {"minute": 2, "day": 0, "month": 0, "fetched": 0}
        rates = row["fill_rates"]
        assert (rates["headline"], rates["date_published"], rates["author"], rates["image"]) == (1.0, 1.0, 0.5, 0.5)
        assert (rates["keywords"], rates["dateline"]) == (0.0, 0.0)
        ledger = [row[f"announced{name}"] for name in ("", "_looked_at", "_archived", "_missing")]
        assert ledger == [4, 3, 2, 1]
        assert row["bytes_received"] == rows(storage, "runs")[0]["bytes_received"]

    def test_is_of_the_day_that_it_is_in_jakarta(self, storage: Storage) -> None:
        archive(storage, NIGHT, 0, date_published=NIGHT)
        archive(storage, MORNING, 1, date_published=MORNING)
        renew(storage)
        assert {day: (row["runs"], row["published"]) for day, row in days(storage).items()} == {
            DAY: (1, 1),
            DAY + timedelta(days=1): (1, 1),
        }

    def test_of_a_day_before_the_ledger_says_nothing_of_it(self, storage: Storage) -> None:
        archive(storage, NOON - timedelta(days=3), 0)
        with run_at(storage, NOON) as run:
            announce(run, NOON, URLS[0])
        renew(storage)
        told = {day: (row["announced"], row["announced_missing"]) for day, row in days(storage).items()}
        assert (told[DAY - timedelta(days=3)], told[DAY]) == ((None, None), (1, 0))

    def test_of_a_site_that_does_nothing_is_not_there(self, storage: Storage) -> None:
        archive(storage, NOON, 0)
        renew(storage)
        assert days(storage, "wartagawai") == {}


class TestItFollows:
    def test_late_runs_backfills_and_what_is_looked_at_late(self, storage: Storage) -> None:
        october = datetime(2026, 10, 3, 12, tzinfo=WIB)
        with run_at(storage, october) as run:
            announce(run, october, URLS[3])
        archive(storage, october - timedelta(days=2), 0)
        archive(storage, NOON, 1)
        renew(storage)
        before = days(storage)
        archive(storage, NOON + timedelta(hours=1), 2, date_published=datetime(2024, 2, 29, 12, tzinfo=WIB))
        with run_at(storage, october + timedelta(days=2)) as late:
            reject(late, URLS[3])

        assert renew(storage).days == 4
        told = days(storage)
        assert (told[date(2024, 2, 29)]["published"], told[date(2024, 2, 29)]["runs"]) == (1, 0)
        assert (told[DAY]["runs"], told[date(2026, 10, 5)]["outcomes"]["rejected"]) == (2, 1)
        assert (before[date(2026, 10, 3)]["announced_missing"], told[date(2026, 10, 3)]["announced_missing"]) == (1, 0)
        quiet = date(2026, 10, 1)
        assert told[quiet] == before[quiet]  # not even computed_at is another

    def test_an_article_that_is_taken_out(self, storage: Storage) -> None:
        archive(storage, NOON, 0, 1)
        renew(storage)
        [row] = [row for row in rows(storage, "articles") if row["url"] == URLS[0]]
        remove_article(Corpus(storage), row)
        renew(storage)
        assert days(storage)[DAY]["published"] == 1

    def test_nothing_where_nothing_has_changed(self, storage: Storage) -> None:
        archive(storage, NOON, 0)
        renew(storage)
        version = delta(storage, "daily").version()
        assert renew(storage).days == 0
        assert renew(storage, everything=True).days == 0
        assert delta(storage, "daily").version() == version

    def test_from_where_a_round_was_cut_short(self, storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pipelines.archive.daily_table.MAX_ROWS_AT_ONCE", 1)
        for number in range(3):
            archive(storage, NOON - timedelta(days=40 * number), number, date_published=NOON)
        corpus = Corpus(storage)
        make_daily(corpus)

        def end_at(month: str) -> None:
            if month == "2026-11":
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            DailyTable(corpus).renew(NOON, progress=end_at)
        assert {row["month"] for row in rows(storage, "daily")} == {"2026-09", "2026-10"}
        assert renew(storage).days == 1
        assert DailyTable(Corpus(storage)).stale_months() == set()
        assert {day: row["runs"] for day, row in days(storage).items()} == {
            DAY - timedelta(days=40 * number): 1 for number in range(3)
        }

    def test_nothing_that_another_process_has_overtaken(self, storage: Storage) -> None:
        archive(storage, NOON, 0)
        corpus = Corpus(storage)
        make_daily(corpus)
        overtaken = DailyTable(corpus)
        archive(storage, NOON + timedelta(hours=1), 1)
        renew(storage)
        whole = rows(storage, "daily")
        # Another process that has read before, and writes after: it must not put older figures under newer notes.
        with pytest.raises(Exception, match="another process has written"):
            overtaken._replace({"2026-11": []})
        assert rows(storage, "daily") == whole
        assert renew(storage).days == 0


class TestWhatIsLost:
    def test_of_runs_and_looks_stays(self, storage: Storage) -> None:
        with run_at(storage, NOON) as run:
            announce(run, NOON, *URLS[:2])
            look_at(run, URLS[0], text(0))
        renew(storage)
        before = rows(storage, "daily")
        for name in ("runs", "visits", "announced"):
            delta(storage, name).delete()
            renew(storage)
        assert renew(storage, everything=True).days == 0
        assert rows(storage, "daily") == before

    def test_of_articles_stays_where_a_month_of_them_is_gone(self, storage: Storage) -> None:
        archive(storage, NOON, *range(MIN_LOST_ARTICLES))
        renew(storage)
        before = rows(storage, "daily")
        delta(storage, "articles").delete(f"site = '{SITE}' AND published_month = '2026-11'")
        assert renew(storage).days == 0
        assert rows(storage, "daily") == before

    def test_of_the_versions_that_it_was_computed_from_is_made_up_for(self, storage: Storage) -> None:
        archive(storage, NOON - timedelta(days=60), 0)
        renew(storage)
        archive(storage, NOON, 1)
        delta(storage, "runs").create_checkpoint()
        bucket, newest = Bucket(storage), delta(storage, "runs").version()
        for key in list(bucket.list(log_prefix("runs"))):
            if f"{newest:020}" not in key and not key.endswith(LAST_CHECKPOINT):
                bucket.remove(key)
        renew(storage)
        assert days(storage)[DAY]["runs"] == 1


class TestTheUpkeep:
    def test_keeps_it_up_and_is_done_then(self, storage: Storage) -> None:
        archive(storage, NOON, 0)
        assert "days: 1 days of sites were summed up anew" in maintain(storage).to_text()
        assert {step.done for step in maintain(storage).steps} == {""}
        assert verify(storage).findings == []

    def test_finds_nothing_in_a_bucket_that_nothing_was_delivered_to(self, storage: Storage) -> None:
        report = maintain(storage)
        assert report.failures == []
        assert "days: there is nothing to be summed up yet" in report.to_text()


class TestTheVerification:
    def test_computes_it_again(self, storage: Storage) -> None:
        archive(storage, NOON, 0)
        renew(storage)
        assert verify(storage).is_good
        assert verify(storage, sample=10).is_good
        [row] = rows(storage, "daily")
        write_deltalake(
            delta(storage, "daily"),
            DAILY.arrow([row | {"published": 7}], delta(storage, "daily").to_pyarrow_table().schema),
            mode="overwrite",
        )
        found = verify(storage)
        assert [(finding.kind, finding.where) for finding in found.findings] == [
            (Kind.DAY_WRONG, f"daily: {SITE} on 2026-11-24")
        ]
        assert verify(storage, shared=True).findings == found.findings
        assert verify(storage, sites=[SITE]).findings == []
        maintain(storage, all_days=True)
        assert verify(storage).is_good


def test_the_documented_queries_over_days_run(storage: Storage) -> None:
    archive(storage, NOON, 0)
    renew(storage)
    page = Path("docs/reading-the-corpus.md").read_text(encoding="utf-8")
    [block] = [found for found in re.findall(r"```sql\n(.*?)```", page, re.DOTALL) if "FROM daily" in found]
    con = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    con.register("daily", delta(storage, "daily").to_pyarrow_dataset())
    of_ours = block.replace("nusakata", SITE)
    found = [con.execute(query).fetchall() for query in of_ours.split(";") if query.strip()]
    con.close()
    assert [len(each) for each in found] == [1, 1]
