"""Shares, lengths and delays that are no longer what they were."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from pipelines.article import Reason
from pipelines.visit import Outcome
from pipelines.watch.drift import article_findings, look_findings
from pipelines.watch.figures import ArticleFigures, LookFigures
from pipelines.watch.findings import Kind
from settings.clock import WIB

NOW = datetime(2026, 7, 8, 15, 0, tzinfo=WIB)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0)


def days(articles: int = 20, author: float = 0.95, words: float = 300, lag: float = 20) -> list[ArticleFigures]:
    """Four weeks of days, and an hour of yesterday."""
    random = Random(3)

    def filled() -> Mapping[str, float]:
        return {"author": sum(random.random() < author for _ in range(articles)), "image": articles}

    return [
        ArticleFigures(
            MIDNIGHT - ago * DAY,
            articles,
            filled(),
            median_words=words * random.uniform(0.9, 1.1),
            lag=timedelta(minutes=lag * random.uniform(0.8, 1.2)),
            removed=random.uniform(0.11, 0.13),
        )
        for ago in range(30, 1, -1)
    ]


def now_(articles: int = 10, **figures: object) -> ArticleFigures:
    usual: dict[str, object] = {
        "filled": {"author": articles, "image": articles},
        "median_words": 300,
        "lag": timedelta(minutes=20),
        "removed": 0.12,
    }
    return ArticleFigures(NOW - 2 * HOUR, articles, **(usual | figures))  # type: ignore[arg-type]


def kinds(*figures: ArticleFigures) -> list[Kind]:
    return [found.kind for found in article_findings("warta", figures, NOW)]


def test_what_is_as_it_was_is_no_alarm() -> None:
    assert kinds(*days(), now_()) == []
    assert kinds(*days()) == [], "neither is a quiet morning"


def test_a_field_that_is_gone_is_told_of_the_first_ten_articles() -> None:
    [found] = article_findings("warta", [*days(), now_(filled={"author": 0, "image": 10})], NOW)

    assert (found.kind, found.aspect) == (Kind.UNFILLED, "author")
    assert found.evidence == "0% (0 of 10) of the articles have an author in 6 hours, 96% are usual"


@pytest.mark.parametrize("authors", [8, 9])
def test_a_field_that_a_few_articles_lack_is_no_alarm(authors: int) -> None:
    assert kinds(*days(), now_(filled={"author": authors, "image": 10})) == []


def test_a_field_that_was_seldom_there_is_missed_by_nobody() -> None:
    assert kinds(*days(author=0.1), now_(filled={"author": 0, "image": 10})) == []


def test_a_small_site_is_judged_over_two_weeks() -> None:
    known = days(articles=1, author=1.0)
    lost = [
        ArticleFigures(each.begins, 1, {**each.filled, "author": 0} if each.begins >= NOW - 13 * DAY else each.filled)
        for each in known
    ]
    older = [ArticleFigures(MIDNIGHT - ago * DAY, 1, {"author": 1, "image": 1}) for ago in range(60, 30, -1)]

    assert kinds(*older, *known) == []
    assert kinds(*older, *lost) == [Kind.UNFILLED]


@pytest.mark.parametrize("words", [80, 900])
def test_texts_that_are_cut_off_or_hold_boilerplate_are_told_by_their_length(words: int) -> None:
    assert kinds(*days(), now_(median_words=words)) == [Kind.LENGTH]


def test_texts_that_are_a_little_shorter_are_no_alarm() -> None:
    assert kinds(*days(), now_(median_words=240)) == []


@pytest.mark.parametrize(("removed", "is_told"), [(0.15, False), (0.4, True), (0.0, True)])
def test_more_or_less_residue_than_usual_is_told(removed: float, is_told: bool) -> None:
    assert kinds(*days(), now_(removed=removed)) == ([Kind.RESIDUE] if is_told else [])


def test_texts_of_which_it_is_not_known_what_was_residue_are_not_judged_by_it() -> None:
    assert kinds(*(replace(each, removed=None) for each in days()), now_(removed=0.5)) == []


def test_doubtful_articles_are_told_where_there_were_none() -> None:
    assert kinds(*days(), now_(doubtful=8)) == [Kind.DOUBTFUL]


def test_dates_ahead_of_the_clock_are_told() -> None:
    [found] = article_findings("warta", [*days(), now_(lag=-timedelta(hours=7))], NOW)

    assert (found.kind, found.evidence) == (Kind.CLOCK, "its articles are dated 7 hours ahead of this machine's clock")


def test_articles_that_come_hours_later_than_usual_are_told() -> None:
    assert kinds(*days(), now_(lag=timedelta(hours=9))) == [Kind.LAG]
    assert kinds(*days(), now_(lag=timedelta(hours=2))) == []


class TestLooks:
    USUAL: Mapping[str, int] = {Outcome.ARCHIVED: 20, Outcome.UNCHANGED: 20, Outcome.HTTP_ERROR: 1}

    def kinds(self, outcomes: Mapping[str, int], rejections: Mapping[str, int] | None = None) -> list[Kind]:
        before = [LookFigures(MIDNIGHT - ago * DAY, 41, self.USUAL) for ago in range(30, 1, -1)]
        last = LookFigures(NOW - HOUR, sum(outcomes.values()), outcomes, rejections or {})
        return [found.kind for found in look_findings("warta", [*before, last], NOW)]

    def test_as_usual_are_no_alarm(self) -> None:
        assert self.kinds(self.USUAL) == []

    def test_that_robots_bars_are_told_at_the_next_run(self) -> None:
        assert self.kinds({Outcome.ROBOTS: 10}) == [Kind.ROBOTS]

    def test_that_could_not_be_fetched_are_told(self) -> None:
        assert self.kinds({Outcome.HTTP_ERROR: 8, Outcome.TIMEOUT: 2}) == [Kind.UNREAD]

    def test_whose_pages_give_no_text_are_told_apart_from_pages_that_are_none(self) -> None:
        assert self.kinds({Outcome.REJECTED: 10}, {Reason.TOO_SHORT: 10}) == [Kind.REJECTED]
        assert self.kinds({Outcome.REJECTED: 10}, {Reason.NOT_ARTICLE: 10}) == [Kind.REJECTED]
