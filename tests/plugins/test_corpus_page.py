"""The corpus as a whole: its size from logs and lists, what is written of, and the picture of who has whose copies."""

import math
from datetime import timedelta

import pytest

from pipelines.archive.maintenance.daily_upkeep import renew_days
from pipelines.archive.tables import Corpus
from plugins.newsroom.corpus_figures import (
    Captures,
    CorpusReading,
    Link,
    MonthOfSite,
    Section,
    TableSize,
    corpus_page,
)
from plugins.newsroom.corpus_reading import captures_of, read_corpus
from plugins.newsroom.network import MAX_SITES, MAX_STROKE, SIZE, network
from plugins.newsroom.open_archive import OpenArchive
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import finish, look_at, open_run, text

NOW = utc_now()


@pytest.fixture
def archive(storage: Storage) -> OpenArchive:
    """Two articles of one site, and a copy of one of them on another."""
    begun = NOW - timedelta(hours=1)
    first = open_run(storage, "kabarteknik")
    for number in (1, 2):
        at = begun + timedelta(minutes=number)
        look_at(
            first,
            f"http://kabarteknik.example/{number}",
            text(number),
            at=at,
            date_published=begun,
            article_section="Gawai",
        )
    finish(first)
    second = open_run(storage, "salinan")
    look_at(second, "http://salinan.example/1", text(1), at=NOW, date_published=NOW)
    finish(second)
    renew_days(Corpus(storage), NOW, everything=True, progress=lambda _: None)
    return OpenArchive(lambda: storage)


def test_it_is_read_from_logs_lists_and_the_last_days(archive: OpenArchive) -> None:
    reading = read_corpus(archive, utc_now())
    sizes = {table.name: table for table in reading.tables}

    assert reading.problem is None
    assert (sizes["articles"].rows, sizes["duplicates"].rows, sizes["visits"].rows) == (2, 1, 3)
    assert sizes["articles"].size > 0
    assert reading.links == [Link("salinan", "kabarteknik", 1)]
    assert [(section.name, section.by_site) for section in reading.sections] == [("Gawai", {"kabarteknik": 2})]
    assert {each.site: each.files for each in reading.captures} == {"kabarteknik": 1, "salinan": 1}
    [month] = reading.months
    assert (month.site, month.articles) == ("kabarteknik", 2)


def test_warc_files_alone_are_captures() -> None:
    objects = [("warc/a/2026/1.warc.gz", 10), ("warc/a/2026/2.warc.gz", 5), ("warc/a/2026/1.cdxj", 1)]
    assert captures_of(objects) == [Captures("a", 2, 15)]


def test_it_shows_the_sites_that_one_may_read() -> None:
    reading = CorpusReading(
        NOW,
        months=[MonthOfSite("a", "2026-10", 3), MonthOfSite("a", "2026-11", 4), MonthOfSite("rahasia", "2026-11", 50)],
        sections=[Section("Gawai", {"a": 2, "rahasia": 9}), Section("Rahasia", {"rahasia": 1})],
        links=[Link("a", "rahasia", 1), Link("rahasia", "a", 1), Link("a", "b", 2)],
        captures=[Captures("a", 1, 10), Captures("rahasia", 1, 10)],
    )
    seen = corpus_page(reading, {"a", "b"})

    assert (seen.articles, seen.by_site, seen.months) == (7, {"a": 7}, {"2026-10": 3, "2026-11": 4})
    assert seen.sections == {"Gawai": 2}
    assert seen.links == [Link("a", "b", 2)]
    assert seen.capture_bytes == 10


def test_what_its_storage_costs_is_said_where_a_price_is_known() -> None:
    reading = CorpusReading(
        NOW, tables=[TableSize("articles", 1, 1, 1_500_000_000)], captures=[Captures("a", 1, 500_000_000)]
    )
    assert corpus_page(reading, {"a"}).monthly_cost is None
    assert corpus_page(reading, {"a"}, price_per_gb=0.25).monthly_cost == 0.5


class TestPicture:
    def test_each_site_has_its_place_on_the_circle(self) -> None:
        picture = network([Link("a", "b", 9), Link("c", "a", 1)])
        places = {(node.x, node.y) for node in picture.nodes}

        assert len(places) == 3
        radii = {round(math.dist(place, (SIZE / 2, SIZE / 2))) for place in places}
        assert len(radii) == 1
        assert [curve.width for curve in picture.curves] == [MAX_STROKE, 3.3]
        assert picture.curves[1].words == "c has 1 copy of a"

    def test_many_sites_leave_out_those_with_the_fewest_copies(self) -> None:
        picture = network([Link("pusat", f"situs{number:02}", number + 1) for number in range(MAX_SITES + 5)])

        assert (len(picture.nodes), picture.left_out) == (MAX_SITES, 6)
        assert "situs00" not in {node.site for node in picture.nodes}
        assert len(picture.curves) == MAX_SITES - 1

    def test_no_name_is_cut_off(self) -> None:
        names = [f"situsbernamapanjang{number}"[-18:] for number in range(30)]
        picture = network([Link(names[0], name, 1) for name in names[1:]])

        assert len(picture.nodes) == 30
        for node in picture.nodes:
            reach = 12 + 8 * len(node.site)
            x = node.x + reach * (node.x - SIZE / 2) / math.dist((node.x, node.y), (SIZE / 2, SIZE / 2))
            assert 0 <= x <= SIZE
            assert picture.top < node.y < picture.top + picture.height

    def test_what_is_empty_is_cut_off(self) -> None:
        assert network([Link("a", "b", 1)]).height < SIZE / 4

    def test_without_copies_there_is_none(self) -> None:
        assert network([]).nodes == []
