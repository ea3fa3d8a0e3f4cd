"""What a site is expected to yield, held against what the last days brought: which limit is near."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipelines.article import MISREAD_REASONS
from pipelines.visit import LOOKS_AGAIN, TEXT_OUTCOMES, Outcome
from plugins.newsroom.site_figures import Day, mean_rate, summed
from spiders.expect import MIN_JUDGED_PAGES, Expect

NEAR = 0.05
"""Share of pages or texts: within five of a hundred of its limit a rate is near it."""

NEAR_FACTOR = 1.25
"""By which a number of articles may lie above the least expected, or below the most, and still be near."""


class Standing(StrEnum):
    """How a figure stands to its limit."""

    MISSED = "missed"
    NEAR = "near"
    MET = "met"
    UNKNOWN = "too few to tell"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One of the site's expectations: in words, its limit and what was measured, each as it is shown."""

    words: str
    limit: str
    measured: str
    standing: Standing


def expectations(expect: Expect, days: Sequence[Day], age_days: float | None) -> list[Expectation]:
    """The expectations that a site states, held against the whole days given, those first that are missed or near.

    `age_days` is the age of its newest article. A run is judged by the last 24 hours, and by figures that are kept for
    it alone; what is shown here is of several days, and steadier.
    """
    outcomes, rejections = summed([day.outcomes for day in days]), summed([day.rejections for day in days])
    texts = sum(outcomes.get(outcome, 0) for outcome in TEXT_OUTCOMES)
    misread = sum(rejections.get(reason, 0) for reason in MISREAD_REASONS)
    articles = sum(day.published for day in days)
    again = sum(outcomes.get(outcome, 0) for outcome in LOOKS_AGAIN)
    found = [
        *_numbers(expect, days),
        _least("pages that gave a text", expect.body, _share(texts, texts + misread), texts + misread),
        *(
            _least(words, limit, mean_rate(days, name), articles)
            for words, limit, name in (
                ("articles that state their date", expect.published_at, "date_published"),
                ("articles with an author", expect.author, "author"),
                ("articles with an image", expect.image, "image"),
            )
        ),
        _most("articles found gone", expect.gone, _share(outcomes.get(Outcome.GONE, 0), again), again),
        _most("doubtful articles", expect.doubtful, _share(sum(day.doubtful for day in days), articles), articles),
        _freshness(expect.freshness, age_days),
    ]
    order = list(Standing)
    return sorted((each for each in found if each), key=lambda each: order.index(each.standing))


def _numbers(expect: Expect, days: Sequence[Day]) -> list[Expectation]:
    if expect.articles_per_day is None:
        return []
    least, most = expect.articles_per_day
    counts = [day.outcomes.get(Outcome.ARCHIVED, 0) for day in days if day.runs]
    if not counts:
        return [Expectation("new articles a day", f"{least} to {most}", "no run", Standing.UNKNOWN)]
    low, high = min(counts), max(counts)
    if low < least or high > most:
        standing = Standing.MISSED
    elif low < least * NEAR_FACTOR or high * NEAR_FACTOR > most:
        standing = Standing.NEAR
    else:
        standing = Standing.MET
    return [Expectation("new articles a day", f"{least} to {most}", f"{low} to {high}", standing)]


def _least(words: str, limit: float | None, share: float | None, of: int) -> Expectation | None:
    return None if limit is None else _rate(words, f"at least {limit:.0%}", share, of, _room(share, limit))


def _most(words: str, limit: float | None, share: float | None, of: int) -> Expectation | None:
    return None if limit is None else _rate(words, f"at most {limit:.0%}", share, of, _room(limit, share))


def _room(upper: float | None, lower: float | None) -> float:
    return 0.0 if upper is None or lower is None else upper - lower


def _rate(words: str, limit: str, share: float | None, of: int, room: float) -> Expectation:
    if share is None or of < MIN_JUDGED_PAGES:
        return Expectation(words, limit, f"of {of}", Standing.UNKNOWN)
    standing = Standing.MISSED if room < 0 else Standing.NEAR if room <= NEAR else Standing.MET
    return Expectation(words, limit, f"{share:.0%} of {of}", standing)


def _freshness(limit: int | None, age_days: float | None) -> Expectation | None:
    if limit is None:
        return None
    words, stated = "age of the newest article", f"at most {limit} days"
    if age_days is None:
        return Expectation(words, stated, "no article", Standing.UNKNOWN)
    standing = Standing.MISSED if age_days > limit else Standing.NEAR if age_days * 2 > limit else Standing.MET
    return Expectation(words, stated, f"{age_days:.1f} days", standing)


def _share(count: int, of: int) -> float | None:
    return count / of if of else None
