"""The overview of an archive of invented rows: what is read, what it costs, and the order in which sites are shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from deltalake import write_deltalake

from pipelines.archive.daily_figures import NO_ARTICLES, NO_RUNS
from pipelines.archive.schema import ANNOUNCED, DAILY, RUNS, Table
from pipelines.archive.spool import batch_folders, leave_run_row, recover, set_aside, to_log
from pipelines.archive.table_location import storage_options, table_uri
from pipelines.archive.tables import Corpus
from pipelines.visit import Outcome
from pipelines.watch.figures import Activity
from pipelines.watch.reading import HISTORY, ArchiveFigures, ArchiveReading, Waiting, waiting
from pipelines.watch.states import State
from plugins.newsroom import drawing
from plugins.newsroom.kept_reading import KEPT_SECONDS, KeptReading
from plugins.newsroom.overview import TREND_DAYS, Overview, obstacle, overview
from settings.clock import WIB
from settings.crawl import Crawl
from settings.storage import SettingsError, Storage
from spiders.expect import Expect
from spiders.site import Site
from spiders.site_index import BrokenSite
from tests.archive.invented import look_at, open_run, text

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=WIB)
WELL = Activity(due_at=NOW, last_began_at=NOW - timedelta(hours=1), last_ended_at=NOW)


def site(name: str, **attributes: Any) -> Site:
    return Site(name=name, title=name.title(), home=f"https://{name}.example/", article_url="/", **attributes)


def day(name: str, at: date, published: int, **figures: Any) -> dict[str, Any]:
    """A row of `daily`."""
    last = datetime(at.year, at.month, at.day, 14, tzinfo=WIB) if published else None
    return {
        "site": name,
        "day": at,
        "month": f"{at:%Y-%m}",
        **NO_RUNS,
        **NO_ARTICLES,
        **dict.fromkeys(("announced", "announced_looked_at", "announced_archived", "announced_missing")),
        "published": published,
        "last_published_at": last,
        "computed_at": NOW,
        **figures,
    }


def run(name: str, at: datetime, **figures: Any) -> dict[str, Any]:
    """A row of `runs`."""
    return {
        "site": name,
        "run": f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        "started_at": at,
        "finished_at": at + timedelta(minutes=3),
        "seconds": 180.0,
        "finish_reason": "finished",
        "announced": 20,
        "known": 18,
        "looked_at": 2,
        "outcomes": dict.fromkeys(Outcome, 0),
        "rejections": NO_RUNS["rejections"],
        "fill_rates": NO_ARTICLES["fill_rates"],
        "bytes_received": 40_000,
        "failures": [],
        "warnings": [],
        "problems": [],
        **figures,
    }


def write(storage: Storage, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    corpus = Corpus(storage)
    corpus.ensure()
    arrow = table.arrow(list(rows), corpus.stored_schema(table))
    write_deltalake(table_uri(storage, table.name), arrow, mode="append", storage_options=storage_options(storage))


@pytest.fixture
def archive(storage: Storage) -> Storage:
    """A bucket that is there, without any table."""
    Corpus(storage).bucket.ensure()
    return storage


def read(storage: Storage, now: datetime = NOW) -> ArchiveReading:
    reading = ArchiveFigures(lambda: storage).read(now)
    assert reading.problem is None
    return reading


def seen(sites: Sequence[Site | BrokenSite], reading: ArchiveReading, **activities: Activity) -> Overview:
    known = {each.name: activities.get(each.name, WELL) for each in sites}
    return overview(NOW, sites, known, reading, {})


class TestReading:
    def test_sums_up_what_daily_and_the_last_days_say(self, archive: Storage) -> None:
        rates = {**NO_ARTICLES["fill_rates"], "author": 0.5, "image": 1.0}
        ago = [TODAY - timedelta(days=count) for count in range(60)]
        days = [
            day("kabarteknik", at, 4, fill_rates=rates, outcomes={**NO_RUNS["outcomes"], "archived": 4, "timeout": 1})
            for at in ago[2:]
        ]
        write(archive, DAILY, days)
        crawl = open_run(archive, run_id="20261124T050000Z")
        for number, at in enumerate((NOW - timedelta(days=1), NOW - timedelta(hours=2), NOW - timedelta(hours=1))):
            look_at(crawl, f"http://kabarteknik.example/{number}", text(number), at=NOW, date_published=at)
        report = crawl.report("finished")
        crawl.finish(replace(report, started_at=NOW, finished_at=NOW, failures=("only 1 of 20 pages gave a text",)))

        [figures] = [each for name, each in read(archive).sites.items() if name == "kabarteknik"]
        known = figures.history
        assert known is not None
        assert [known.count(at) for at in ago[:4]] == [2, 1, 4, 4]
        assert known.count(ago[59] - timedelta(days=1)) is None
        assert (known.usual(TODAY), known.last_published_at(NOW)) == (4, NOW - timedelta(hours=1))
        assert figures.outcomes == {"archived": 5 * 4, "timeout": 5}
        assert (figures.fill_rates["author"], figures.fill_rates["image"]) == (0.5, 1.0)
        assert figures.last_run is not None
        assert figures.last_run.failures == ("only 1 of 20 pages gave a text",)

    def test_holds_each_source_against_what_the_others_announced(self, archive: Storage) -> None:
        def announced(source: str, count: int, at: datetime) -> list[Mapping[str, Any]]:
            """So many, in the hour before a time."""
            return [
                {
                    **{"site": "kabarteknik", "run": "20261124T050000Z", "month": f"{at:%Y-%m}", "via": "feed"},
                    **{"url": f"http://kabarteknik.example/{at:%d%H}/{number}", "source": source},
                    "announced_at": at - timedelta(minutes=number),
                }
                for number in range(count)
            ]

        feed, section = (f"http://kabarteknik.example/{name}" for name in ("feed", "tekno"))
        noons = [NOW - timedelta(days=ago) for ago in range(1, 20)]
        write(
            archive,
            ANNOUNCED,
            [
                *(row for at in [NOW, *noons] for row in announced(feed, 6, at)),
                *(row for at in noons[2:] for row in announced(section, 2, at)),
                *announced(section, 50, noons[-1]),  # the first run, to which all that stands there is new
            ],
        )
        write(archive, RUNS, [run("kabarteknik", NOW)])
        sources = {each.url: each for each in read(archive).sites["kabarteknik"].sources}

        assert [(day.hits, day.of) for day in sources[feed].days] == [(6, 58), *[(6, 8)] * 16, *[(6, 6)] * 3]
        assert [day.hits for day in sources[section].days] == [52, *[2] * 16, *[0] * 3]
        assert (sources[feed].missed, sources[section].missed) == (0, 18)
        assert sources[section].last_announced_at == noons[2]
        assert sources[section].longest_pause == timedelta(days=1, minutes=-1)

    def test_of_an_archive_in_which_nothing_is_yet(self, archive: Storage) -> None:
        assert read(archive).sites == {}

    def test_says_why_an_archive_cannot_be_read(self, storage: Storage, free_port: int) -> None:
        away = storage.model_copy(update={"endpoint_url": f"http://127.0.0.1:{free_port}"})
        reading = ArchiveFigures(lambda: away).read(NOW)

        assert reading.problem
        [told] = seen([site("kabarteknik")], reading).problems
        assert told.startswith("The archive could not be read: cannot read table")

    def test_says_which_setting_is_wrong(self) -> None:
        def wrong() -> Storage:
            raise SettingsError("wrong settings: KLIPING_BUCKET")

        assert ArchiveFigures(wrong).read(NOW).problem == "wrong settings: KLIPING_BUCKET"

    def test_of_a_year_of_sixty_sites_takes_thirteen_weeks_and_counts_them_up(self, archive: Storage) -> None:
        names = [f"situs{number}" for number in range(60)]
        year = [TODAY - timedelta(days=count) for count in range(2, 365)]
        write(archive, DAILY, [day(name, at, 20) for at in year for name in names])
        write(archive, RUNS, [run(name, NOW - timedelta(hours=n)) for name in names for n in range(0, 24 * 365, 12)])
        reading = read(archive)
        shown = seen([site(name) for name in names], reading)

        assert len(shown.sites) == 60
        assert {each.usual_today for each in shown.sites} == {20}
        for name in names:
            history = reading.sites[name].history
            assert history is not None
            assert min(history.published) == TODAY - HISTORY

    def test_is_done_once_a_minute(self) -> None:
        clock, answers = [0.0], iter("ab")
        kept = KeptReading(lambda: next(answers), clock=lambda: clock[0])
        found = []
        for clock[0] in (0.0, KEPT_SECONDS, KEPT_SECONDS + 1):
            found.append(kept.get())

        assert found == ["a", "a", "b"]


class TestOrder:
    def test_those_come_first_that_need_somebody(self, archive: Storage) -> None:
        sites: list[Site | BrokenSite] = [
            site("adem"),
            BrokenSite("rusak", "spiders/sites/rusak.py, line 3: SyntaxError: invalid syntax"),
            site("gagal"),
            site("libur"),
            site("izin", permission_needed="Its robots.txt bars crawlers"),
            site("telat"),
        ]
        shown = seen(
            sites,
            read(archive),
            gagal=Activity(last_ended_at=NOW, failed_in_a_row=1),
            libur=Activity(is_paused=True),
            telat=Activity(due_at=NOW - timedelta(days=1)),
        )

        assert [(each.name, each.state) for each in shown.sites] == [
            ("rusak", State.BROKEN),
            ("gagal", State.FAILING),
            ("telat", State.LATE),
            ("adem", State.FRESH),
            ("libur", State.PAUSED),
            ("izin", State.PERMISSION),
        ]
        assert shown.counts()[State.FAILING] == 1
        assert all(each.reason.endswith(".") for each in shown.sites)

    def test_sites_without_a_dag_that_one_may_read_are_not_shown(self, archive: Storage) -> None:
        assert overview(NOW, [site("adem")], {}, read(archive), {}).sites == []

    def test_a_search_looks_at_names_and_reasons(self, archive: Storage) -> None:
        shown = seen([site("adem"), site("gagal")], read(archive), gagal=Activity(last_ended_at=NOW, failed_in_a_row=1))

        assert [each.name for each in shown.matching(" ADEM", "")] == ["adem"]
        assert [each.name for each in shown.matching("its log", "")] == ["gagal"]
        assert [each.name for each in shown.matching("", "fresh")] == ["adem"]
        assert shown.matching("adem", "failing") == []


def test_a_site_shows_its_days_and_what_it_is_expected_to_fill(archive: Storage) -> None:
    write(archive, DAILY, [day("kabarteknik", TODAY - timedelta(days=2), 3)])
    [shown] = seen([site("kabarteknik", expect=Expect(author=0.9))], read(archive)).sites

    assert len(shown.trend) == TREND_DAYS
    assert shown.trend[-4:] == [None, 3, 0, 0]
    assert shown.expected_fill_rates == {"author": 0.9}


def test_an_owners_wish_and_a_permission_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    exclusion = '[{"address": "adem.example", "on": "2026-11-01", "reason": "surat dari redaksi"}]'
    monkeypatch.setenv("KLIPING_EXCLUSIONS", exclusion)
    monkeypatch.setattr("plugins.newsroom.overview.crawl", Crawl)

    excluded, waits = obstacle(site("adem")), obstacle(site("izin", permission_needed="Its robots.txt bars crawlers"))
    assert excluded is not None
    assert (excluded.state, "surat dari redaksi" in excluded.reason) == (State.EXCLUDED, True)
    assert waits is not None
    assert waits.state is State.PERMISSION


def test_the_spool_shows_what_waits_and_what_was_set_aside(archive: Storage, tmp_path: Path) -> None:
    assert waiting(tmp_path) == {}
    crawl = open_run(archive, run_id="20261124T050000Z")
    look_at(crawl, "http://kabarteknik.example/1", text(1))
    assert waiting(archive.spool) == {"kabarteknik": Waiting()}, "what is being written does not wait"
    crawl.finish(crawl.report("finished"))
    quiet = open_run(archive, run_id="20261124T060000Z")
    quiet.finish(quiet.report("finished"))
    assert waiting(archive.spool) == {"kabarteknik": Waiting()}, "the row of a quiet run goes along with a later one"
    leave_run_row(archive.spool, replace(quiet.report("killed"), started_at=NOW))
    recover(archive.spool / "kabarteknik")
    assert waiting(archive.spool) == {"kabarteknik": Waiting(batches=1)}

    set_aside(batch_folders(archive.spool / "kabarteknik")[-1], "its journal is damaged", to_log)
    assert waiting(archive.spool) == {"kabarteknik": Waiting(set_aside=1)}


class TestDrawing:
    def test_each_outcome_is_in_one_group(self) -> None:
        grouped = [outcome for group in drawing.GROUPS.values() for outcome in group]

        assert sorted(grouped) == sorted(Outcome)

    def test_a_stack_fills_its_width(self) -> None:
        bars = drawing.stack({"archived": 1, "timeout": 2, "unchanged": 1})

        assert [bar.kind for bar in bars] == ["new", "known", "failed"]
        assert bars[-1].x + bars[-1].width == drawing.STACK_WIDTH
        assert drawing.stack({}) == []

    def test_a_sparkline_has_no_bar_for_a_day_without_articles(self) -> None:
        bars = drawing.sparkline([None, 0, 1, 100, 50])

        assert [(bar.height, bar.kind) for bar in bars] == [(1, "day"), (28, "day"), (14, "today")]
        assert drawing.sparkline([None, 0]) == []
