"""Fifty invented newsrooms: how much they publish when, and what their articles have. No two seeds share one."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from pipelines.watch.newsroom_days import DayKind

SIZES: Mapping[str, tuple[int, float, float]] = {
    "large": (12, 60, 180),
    "medium": (18, 12, 60),
    "small": (12, 2, 12),
    "tiny": (8, 0.15, 2),
}
"""How many of the fifty sites are of a size, and between which numbers of articles a weekday then brings. As the
expectations of the fifty real sites have it: a dozen portals' desks, and more magazines than one thinks."""

FEED, SECTION = "https://news.example/feed", "https://news.example/section"
"""The sources of each site: of all articles, and of those of a section."""

FIELDS = ("date_published", "author", "image", "description", "article_section", "keywords")

OFFICE = [0.2] * 6 + [1, 2, 4, 6, 7, 7, 6, 6, 7, 7, 6, 5, 4, 3, 2.5, 2, 1, 0.5]
"""Articles by hour of Jakarta, of a desk that works by day; one that works around the clock has half of it evenly."""


@dataclass(frozen=True)
class Profile:
    """A newsroom. `weekday` is how many articles a working day brings on average; `restless` how much days differ
    (standard deviation of a factor); `growth` its change in a month; `moods` how much the shares of a day differ;
    `removed` the share of a text that cleaning takes away; `announced` of how many articles each source tells.
    """

    name: str
    size: str
    weekday: float
    weekend: float
    restless: float
    growth: float
    around_the_clock: float
    is_weekly: bool
    day_off: Mapping[DayKind, float]
    filled: Mapping[str, float]
    moods: float
    words: float
    words_spread: float
    removed: float
    doubtful: float
    rejected: float
    misread: float
    unread: float
    lag_minutes: float
    crawl_minutes: int
    announced: Mapping[str, float]


def profiles(seed: int) -> list[Profile]:
    """The fifty newsrooms of a seed."""
    random = Random(f"profiles {seed}")
    return [
        _profile(random, size, least, most, f"{size}{seed}x{number}")
        for size, (count, least, most) in SIZES.items()
        for number in range(count)
    ]


def _profile(random: Random, size: str, least: float, most: float, name: str) -> Profile:
    return Profile(
        name=name,
        size=size,
        weekday=least * (most / least) ** random.random(),
        weekend=random.choice((1.0, 0.7, 0.5, 0.3, 0.05)),
        restless=random.uniform(0.05, 0.2),
        growth=random.uniform(-0.05, 0.05),
        around_the_clock=random.random(),
        is_weekly=size == "tiny" and random.random() < 0.25,
        day_off={
            DayKind.ORDINARY: 1.0,
            DayKind.RAMADAN: random.uniform(0.8, 1.1),
            DayKind.HOLIDAY: random.uniform(0.45, 1.0),
            DayKind.LEBARAN: random.uniform(0.2, 0.8),
        },
        filled={field: random.choice((1.0, 0.995, 0.97, 0.9, 0.6, 0.0)) for field in FIELDS},
        moods=random.uniform(0.0, 0.1),
        words=random.choice((180, 280, 380, 600)),
        words_spread=random.uniform(0.3, 0.7),
        removed=random.uniform(0.0, 0.15),
        doubtful=random.choice((0.0, 0.005, 0.03)),
        rejected=random.choice((0.0, 0.02, 0.15)),
        misread=random.choice((0.0, 0.003, 0.02)),
        unread=random.choice((0.0, 0.003, 0.02)),
        lag_minutes=random.uniform(15, 50),
        crawl_minutes=30 if size in ("large", "medium") else 60,
        announced={FEED: 1.0, SECTION: random.uniform(0.2, 0.9)},
    )
