"""Verification by doing again: pages are cleaned once more, and what the ledger says was archived is looked for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from deltalake import DeltaTable

from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.table_location import storage_options, table_uri
from pipelines.archive.takedown.order import Order, Target
from pipelines.archive.takedown.takedown import Takedown
from pipelines.archive.takedown_scope import Scope
from pipelines.archive.verification.cleaned_again import MAX_CLEANED_AGAIN, DrawnArticles
from pipelines.archive.verification.findings import Kind, Verification
from pipelines.archive.verification.verify import verify
from pipelines.cleaning.learned_residue import Position
from pipelines.cleaning.site_rules import SiteRules
from pipelines.cleaning.text_normalization import letters_only
from pipelines.index.database import Index, Status
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import CRAWL, finish, look_at, open_run, run_program, text
from tests.archive.pressed import NEWSLETTER, SITE, html, press, url


@pytest.fixture
def pressed(storage: Storage) -> Storage:
    """Articles as cleaning made them of their pages, one of two pages."""
    run = open_run(storage)
    for seed in range(4):
        press(run, url(seed), html(seed))
    press(run, url(11), html(11), html(12))
    finish(run)
    return storage


def verified(storage: Storage, rules: SiteRules | None = SITE) -> Verification:
    return verify(storage, rules_of=lambda _: rules)


def change(storage: Storage, **values: str) -> None:
    """Change the row of an article past Kliping."""
    table = DeltaTable(table_uri(storage, "articles"), storage_options=storage_options(storage))
    table.update({name: f"'{value}'" for name, value in values.items()}, predicate=f"url = '{url(2)}'")


class TestCleaningAgain:
    def test_comes_to_the_rows_that_there_are(self, pressed: Storage) -> None:
        found = verified(pressed)
        assert (found.findings, found.notes) == ([], [])
        assert found.checked["articles cleaned again"] == 5

    def test_tells_a_row_that_its_pages_do_not_come_to(self, pressed: Storage) -> None:
        change(pressed, image="http://lain.example/1.jpg", article_section="Lain")
        [finding] = verified(pressed).findings
        assert (finding.kind, finding.where) == (Kind.CLEANED_OTHERWISE, url(2))
        assert finding.detail == (
            "its pages come to another article_section, image by the rules that it says it was made by: `scrapy "
            "reextract kabarteknik --month 2026-11` makes it anew"
        )

    def test_only_counts_what_earlier_rules_made(self, pressed: Storage) -> None:
        change(pressed, article_section="Lain", ruleset="2020.01")
        found = verified(pressed)
        assert found.findings == []
        assert found.notes[-1:] == [
            "kabarteknik: 1 of 5 articles that were cleaned again come out otherwise by the rules of today: `scrapy "
            "reextract kabarteknik` makes them anew"
        ]

    def test_only_counts_what_lines_change_that_were_learned_since(self, storage: Storage) -> None:
        run = open_run(storage)
        press(run, url(1), html(1, NEWSLETTER))
        finish(run)
        learned = replace(SITE, learned={letters_only(NEWSLETTER): Position.CLOSING})
        found = verified(storage, learned)
        assert found.findings == []
        assert ["1 of 1 articles" in note for note in found.notes] == [True]

    def test_says_of_which_sites_the_rules_cannot_be_read(self, pressed: Storage) -> None:
        found = verified(pressed, None)
        assert found.notes == ["kabarteknik: its articles were not cleaned again, as its file cannot be read"]
        assert "articles cleaned again" not in found.checked

    def test_is_done_by_the_commands(self, pressed: Storage) -> None:
        for program in (("scrapy", "verify"), ("local", "verify")):
            ran = run_program(pressed, *program, "--sample", "3")
            assert ran.returncode == 0, ran.stderr
            assert "3 articles cleaned again" in ran.stdout

    def test_is_of_articles_each_of_which_has_the_same_chance(self) -> None:
        drawn = DrawnArticles()
        rows = [{"site": "a", "published_month": "2026-11", "article_id": f"{n:032x}"} for n in range(10_000)]
        for start in range(0, len(rows), 500):
            drawn.add(rows[start : start + 500])
        assert len({place[2] for place in drawn.drawn}) == MAX_CLEANED_AGAIN
        assert 30 < sum(int(place[2], 16) < 5_000 for place in drawn.drawn) < 70


class TestTheLedger:
    @pytest.fixture
    def archive(self, storage: Storage) -> Storage:
        """Two articles, and an index that knows what the tables say."""
        run = open_run(storage)
        look_at(run, url(1), text(1))
        look_at(run, url(2), text(2))
        finish(run)
        return storage

    def test_has_looks_that_have_led_to_rows(self, archive: Storage) -> None:
        found = verify(archive)
        assert found.findings == []
        assert found.checked["looks"] == 2

    def test_tells_of_an_article_that_neither_tables_nor_index_have(self, archive: Storage) -> None:
        table = DeltaTable(table_uri(archive, "articles"), storage_options=storage_options(archive))
        table.delete(f"url = '{url(2)}'")
        rebuild(archive, CRAWL.revisit_intervals, timedelta(days=30))
        [finding] = verify(archive).findings
        assert (finding.kind, finding.where) == (Kind.LOOK_WITHOUT_ROW, url(2))
        assert "of kabarteknik has it as archived, and no table has it" in finding.detail
        assert verify(archive, repair=True).is_good
        assert verify(archive).findings == []
        with Index.open(archive.index) as index:
            assert index.seen([url(2)])[url(2)].status is Status.FAILED

    def test_knows_what_was_taken_down(self, archive: Storage) -> None:
        order = Order(Target(Scope.ARTICLE, (url(2),)), "permintaan penulis", "surat 12/2026", "redaksi")
        with Index.open(archive.index) as index:
            Takedown(archive, index, order).carry_out(utc_now())
        assert Kind.LOOK_WITHOUT_ROW not in verify(archive).found
