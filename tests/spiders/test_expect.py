"""When a site's last runs are a reason to fail, and when they are not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipelines.index.database import RunMetrics
from spiders.expect import Expect

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
EXPECT = Expect(articles_per_day=(5, 50), body=0.95, published_at=0.95, author=0.5)


def run(
    hours_ago: float,
    *,
    archived: int = 30,
    authors: int = 30,
    undated: int = 0,
    agreement: float = 0.98,
    **rejections: int,
) -> RunMetrics:
    at = NOW - hours_ago * HOUR
    filled = {"author": authors, "image": archived, "date_published": archived - undated}
    return RunMetrics("contoh", f"run-{hours_ago}", at, archived, archived, filled, rejections, [agreement] * archived)


def doubted(hours_ago: float, **doubts: int) -> RunMetrics:
    """A run of thirty texts of which some are doubtful, each for one reason."""
    return replace(run(hours_ago), doubtful=sum(doubts.values()), doubts=doubts)


def test_a_day_as_expected_fails_nothing() -> None:
    assert list(EXPECT.violations([run(30), run(1)], NOW)) == []


def test_pages_without_a_text_fail_the_site() -> None:
    assert list(EXPECT.violations([run(1, too_short=10)], NOW)) == [
        "in 24 hours only 30 of 40 pages gave a text, 95% are expected"
    ]


def test_galleries_and_index_pages_do_not_count_as_misread() -> None:
    assert list(EXPECT.violations([run(1, not_article=40)], NOW)) == []


def test_texts_that_state_no_date_fail_the_site() -> None:
    assert list(EXPECT.violations([run(1, undated=3)], NOW)) == [
        "in 24 hours only 27 of 30 texts state their date of publication, 95% are expected"
    ]


def test_many_doubtful_texts_fail_the_site_and_are_named_by_their_reasons() -> None:
    assert list(EXPECT.violations([doubted(8, cut_off=4), doubted(1, cut_off=2, no_date=8)], NOW)) == [
        "in 24 hours 14 of 60 texts are doubtful (8 no_date, 6 cut_off), at most 20% are expected"
    ]


def test_a_few_doubtful_texts_fail_nothing() -> None:
    assert list(EXPECT.violations([doubted(1, cut_off=6)], NOW)) == []
    few = replace(run(1, archived=19), doubtful=19, doubts={"cut_off": 19})
    assert list(Expect().violations([few], NOW)) == []


def test_doubts_of_the_days_before_say_nothing_of_today() -> None:
    assert list(EXPECT.violations([doubted(30, cut_off=30), run(1)], NOW)) == []


def test_a_site_may_leave_doubts_unwatched() -> None:
    assert list(replace(EXPECT, doubtful=None).violations([doubted(1, cut_off=30)], NOW)) == []


def test_small_runs_are_judged_together_and_a_single_small_one_not_at_all() -> None:
    small = {"archived": 2, "authors": 0}
    assert list(EXPECT.violations([run(1, **small)], NOW)) == []
    many = [run(hours, **small) for hours in range(1, 13)]
    assert list(EXPECT.violations(many, NOW)) == ["in 24 hours only 0 of 24 articles have an author, 50% are expected"]


def test_too_few_articles_fail_only_after_a_whole_day_of_watching() -> None:
    few = run(1, archived=1, authors=1)
    assert list(EXPECT.violations([few], NOW)) == []
    assert list(EXPECT.violations([run(30), few], NOW)) == ["only 1 new articles in 24 hours, at least 5 are expected"]


def test_too_many_articles_are_worth_a_look_and_no_failure() -> None:
    assert list(EXPECT.above_maximum([run(2), run(1)], NOW)) == ["60 new articles in 24 hours, at most 50 are expected"]
    assert list(EXPECT.violations([run(2), run(1)], NOW)) == []


def test_a_fall_of_the_second_extractors_agreement_tells_a_changed_layout() -> None:
    days = [run(72), run(48), run(30)]
    assert list(EXPECT.violations([*days, run(1, agreement=0.4)], NOW)) == [
        "a second extractor agrees with only 40% of the median text of 24 hours, with 98% in the days before: "
        "the layout may have changed"
    ]


def test_a_site_on_which_the_extractors_never_agreed_fails_nothing() -> None:
    assert list(EXPECT.violations([run(30, agreement=0.1), run(1, agreement=0.1)], NOW)) == []


def test_a_few_odd_texts_are_no_changed_layout() -> None:
    few = run(1, archived=19, authors=19, agreement=0.1)
    assert list(EXPECT.violations([run(30), few], NOW)) == []


def test_a_site_may_leave_agreement_unwatched() -> None:
    unwatched = Expect(agreement_fall=None)
    assert list(unwatched.violations([run(30), run(1, agreement=0.1)], NOW)) == []
