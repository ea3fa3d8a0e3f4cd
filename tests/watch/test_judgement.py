"""All sites together: what concerns most of them is one finding, and what passes by itself waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from pipelines.watch.figures import Activity, Count, LastRun, SiteFigures, SourceFigures
from pipelines.watch.findings import NEXT_STEPS, THIS_MACHINE, Finding, Kind
from pipelines.watch.judgement import MAX_OUTAGE, SiteFacts, judge_all
from settings.clock import WIB

NOW = datetime(2026, 7, 8, 15, 0, tzinfo=WIB)
HOUR = timedelta(hours=1)


def site(name: str, finish_reason: str = "finished", failed: int = 0, since: timedelta = HOUR) -> SiteFacts:
    why = ("none of the site's sources could be read; the first: DNS",) if failed else ()
    activity = Activity(
        last_began_at=NOW - HOUR / 2,
        last_ended_at=NOW - HOUR / 2,
        failed_in_a_row=failed,
        failing_since=NOW - since if failed else None,
    )
    return SiteFacts(name, activity, SiteFigures(last_run=LastRun(NOW - HOUR / 2, finish_reason, why)))


def told(*sites: SiteFacts) -> list[tuple[str, Kind]]:
    return [(found.subject, found.kind) for found in judge_all(sites, NOW) if not found.waits]


def test_an_outage_of_the_whole_machine_is_one_finding() -> None:
    sites = [site(f"situs{number}", "unreachable", failed=1) for number in range(50)]
    [found] = judge_all(sites, NOW)

    assert (found.subject, found.kind) == (THIS_MACHINE, Kind.OUTAGE)
    assert found.sentence == (
        "this machine: 50 of 50 sites could not be reached by their last crawls (situs0: none of the site's sources "
        "could be read; the first: DNS); check this machine's network and DNS; crawls go on by themselves."
    )


def test_other_troubles_are_told_beside_an_outage() -> None:
    sites = [site(f"situs{number}", "unreachable", failed=1) for number in range(4)]

    assert told(*sites, site("ditolak", "site_refuses", failed=1)) == [
        (THIS_MACHINE, Kind.OUTAGE),
        ("ditolak", Kind.BLOCKED),
    ]


def failing_for(why: str, name: str) -> SiteFacts:
    """A site whose task said why, and that this needs somebody."""
    crawl = Activity(
        last_began_at=NOW - HOUR, last_ended_at=NOW, failed_in_a_row=1, failure=f"{name}: {why}.", needs_somebody=True
    )
    return SiteFacts(name, crawl)


def test_what_needs_somebody_is_told_at_once_though_no_report_says_it() -> None:
    [found] = judge_all([failing_for("set KLIPING_CONTACT", "situs")], NOW)

    assert (found.subject, found.kind, found.waits) == ("situs", Kind.FAILING, False)
    assert found.evidence == "the last crawl failed: set KLIPING_CONTACT"


def test_many_sites_that_fail_for_the_same_reason_are_one_finding() -> None:
    alike = [failing_for("set KLIPING_CONTACT", f"situs{number}") for number in range(50)]
    [other, machine] = judge_all([*alike, failing_for("the layout has changed", "lain")], NOW)

    assert (machine.subject, other.subject) == (THIS_MACHINE, "lain")
    assert machine.evidence == "the last crawls of 50 sites failed, each alike: set KLIPING_CONTACT"


def test_a_site_that_is_down_for_an_hour_is_shown_and_not_told() -> None:
    down = site("padam", "unreachable", failed=2)
    others = [site(f"situs{number}") for number in range(5)]

    assert told(down, *others) == []
    assert [(each.kind, each.waits) for each in judge_all([down, *others], NOW)] == [(Kind.FAILING, True)]


def test_a_site_that_stays_down_is_told() -> None:
    assert told(site("padam", "unreachable", failed=9, since=MAX_OUTAGE)) == [("padam", Kind.FAILING)]


def test_what_only_a_person_can_mend_is_told_at_the_first_run() -> None:
    assert told(site("berubah", "finished", failed=1)) == [("berubah", Kind.FAILING)]


def test_a_site_that_is_switched_off_is_not_judged() -> None:
    off = SiteFacts("libur", Activity(is_paused=True, failed_in_a_row=3))

    assert told(off) == []


def test_a_broken_file_is_told_whether_the_site_is_switched_on_or_not() -> None:
    broken = SiteFacts("rusak", Activity(is_paused=True), error="spiders/sites/rusak.py, line 3: invalid syntax")

    assert told(broken) == [("rusak", Kind.BROKEN)]


class TestSources:
    def kinds(self, *sources: SourceFigures) -> Sequence[Finding]:
        good = site("warta")
        figures = SiteFigures(last_run=good.figures.last_run, sources=sources)
        return judge_all([SiteFacts("warta", good.activity, figures)], NOW)

    @staticmethod
    def days(share: float) -> list[Count]:
        """Four weeks in which a source announced that share of a hundred articles a day, and on the first all."""
        usual = [Count(NOW - ago * timedelta(days=1), 100 * share, 100) for ago in range(27, 0, -1)]
        return [Count(NOW - timedelta(days=28), 100, 100), *usual]

    FEED = SourceFigures("https://warta.example/feed", NOW - HOUR, longest_pause=9 * HOUR)

    def test_that_cannot_be_read_are_told_while_others_can(self) -> None:
        dead = SourceFigures("https://warta.example/sitemap.xml", NOW - 30 * HOUR, unread_runs=3)

        [found] = self.kinds(self.FEED, dead)
        assert (found.kind, found.aspect) == (Kind.SOURCE, "https://warta.example/sitemap.xml")

    def test_that_name_nothing_new_are_told_by_what_others_name(self) -> None:
        stale = SourceFigures("https://warta.example/tekno", NOW - 50 * HOUR, 0, self.days(0.4), 40 * HOUR, missed=110)

        [found] = self.kinds(self.FEED, stale)
        assert found.evidence == (
            "https://warta.example/tekno has announced nothing new for 2 days, and others of the site have announced "
            "110 articles"
        )

    @pytest.mark.parametrize(
        ("hours", "usual_share", "longest_pause", "missed"),
        [(38, 0.4, 40, 110), (72, 0.4, 40, 4), (190, 0.0, 40, 400), (72, 0.4, None, 110)],
        ids=["as it was before", "while others name little", "as on most days", "hardly known"],
    )
    def test_that_may_name_nothing_are_not_missed(
        self, hours: int, usual_share: float, longest_pause: int | None, missed: int
    ) -> None:
        pause = None if longest_pause is None else longest_pause * HOUR
        rare = SourceFigures(
            "https://warta.example/opini", NOW - hours * HOUR, 0, self.days(usual_share), pause, missed
        )

        assert self.kinds(self.FEED, rare) == []


def test_every_kind_has_a_next_step() -> None:
    assert set(NEXT_STEPS) == set(Kind)
