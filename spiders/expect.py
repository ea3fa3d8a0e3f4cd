"""What a site is expected to yield: the difference between a quiet day and a changed layout."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING

from pipelines.article import MISREAD_REASONS

if TYPE_CHECKING:
    from pipelines.index.records import RunMetrics

DAY = timedelta(days=1)

MIN_JUDGED_PAGES = 20
"""Pages below which shares say nothing: one odd page in a run of three would be a third of it."""


@dataclass(frozen=True, slots=True)
class Expect:
    """A site's expectations, each optional, judged over the runs of the last 24 hours.

    `articles_per_day` is the (least, most) number of new articles that a day brings. The others are the least share,
    0 to 1: `body` of the fetched pages that gave a text, `published_at` of the texts that state their date, `author`
    and `image` of the archived texts that have one. A share is never 1: one odd page in fifty is life, not a failure.

    `freshness` is the age in days that the newest article may have when the site is examined: Friday's, seen on Monday,
    is not stale where a site publishes daily. `agreement_fall` is how far the median agreement of a second extractor
    with the texts may fall below that of the days before: what the two make of a layout differs from site to site, a
    changed one shows as a jump. `gone` is the greatest share of the articles looked at again that may be found gone:
    newsrooms take back one in some hundreds, a site that has moved answers 404 to all. `doubtful` is the greatest share
    of the texts that may be doubtful: cleaning doubts next to none of a newsroom's articles, and most of what its
    sources name besides.
    """

    articles_per_day: tuple[int, int] | None = None
    body: float | None = None
    published_at: float | None = None
    author: float | None = None
    image: float | None = None
    freshness: int | None = 3
    agreement_fall: float | None = 0.3
    gone: float | None = 0.2
    doubtful: float | None = 0.2

    def violations(self, runs: "Sequence[RunMetrics]", now: datetime) -> Iterator[str]:
        """What the site's runs of the last 24 hours missed, one sentence each; nothing where all is well.

        Shares are judged from MIN_JUDGED_PAGES on; the number of articles once the site has been watched for a whole
        day.
        """
        recent = [run for run in runs if run.finished_at > now - DAY]
        texts = sum(run.texts for run in recent)
        rejections: Counter[str] = Counter()
        filled: Counter[str] = Counter()
        for run in recent:
            rejections.update(run.rejections)
            filled.update(run.filled)
        misread = sum(rejections[reason] for reason in MISREAD_REASONS)
        for count, of, words, least in (
            (texts, texts + misread, "pages gave a text", self.body),
            (filled["date_published"], texts, "texts state their date of publication", self.published_at),
            (filled["author"], texts, "articles have an author", self.author),
            (filled["image"], texts, "articles have an image", self.image),
        ):
            if least is not None and of >= MIN_JUDGED_PAGES and count < least * of:
                yield f"in 24 hours only {count} of {of} {words}, {least:.0%} are expected"
        yield from self._doubted(recent, texts)
        yield from self._fallen_agreement(runs, now)
        gone, again = sum(run.gone for run in recent), sum(run.looks_again for run in recent)
        if self.gone is not None and again >= MIN_JUDGED_PAGES and gone > self.gone * again:
            yield (
                f"in 24 hours {gone} of {again} articles that were looked at again are gone (404 or 410), at most"
                f" {self.gone:.0%} are expected: the site may have moved"
            )
        arrived = sum(run.archived for run in recent)
        watched = any(run.finished_at <= now - DAY for run in runs)
        if self.articles_per_day and watched and arrived < self.articles_per_day[0]:
            yield f"only {arrived} new articles in 24 hours, at least {self.articles_per_day[0]} are expected"

    def _doubted(self, recent: "Sequence[RunMetrics]", texts: int) -> Iterator[str]:
        doubtful = sum(run.doubtful for run in recent)
        if self.doubtful is None or texts < MIN_JUDGED_PAGES or doubtful <= self.doubtful * texts:
            return
        doubts: Counter[str] = Counter()
        for run in recent:
            doubts.update(run.doubts)
        reasons = ", ".join(f"{count} {reason}" for reason, count in doubts.most_common())
        yield (
            f"in 24 hours {doubtful} of {texts} texts are doubtful ({reasons}), at most {self.doubtful:.0%} are"
            " expected"
        )

    def _fallen_agreement(self, runs: "Sequence[RunMetrics]", now: datetime) -> Iterator[str]:
        before = [value for run in runs if run.finished_at <= now - DAY for value in run.agreements]
        today = [value for run in runs if run.finished_at > now - DAY for value in run.agreements]
        if self.agreement_fall is None or min(len(before), len(today)) < MIN_JUDGED_PAGES:
            return
        if median(before) - median(today) > self.agreement_fall:
            yield (
                f"a second extractor agrees with only {median(today):.0%} of the median text of 24 hours, with"
                f" {median(before):.0%} in the days before: the layout may have changed"
            )

    def above_maximum(self, runs: "Sequence[RunMetrics]", now: datetime) -> Iterator[str]:
        """Why an operator may want to look though nothing failed: more articles than the site ever brings in a day."""
        arrived = sum(run.archived for run in runs if run.finished_at > now - DAY)
        if self.articles_per_day and arrived > self.articles_per_day[1]:
            yield f"{arrived} new articles in 24 hours, at most {self.articles_per_day[1]} are expected"
