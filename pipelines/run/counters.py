"""The figures of a run, counted in one place, and the report that they make."""

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from pipelines.archive.schema import WATCHED_FIELDS
from pipelines.article import Article, Reason, Rejection
from pipelines.cleaning.site_rules import PASSED_SELECTOR_RULE
from pipelines.index.records import RunMetrics
from pipelines.printable import fit_to_show
from pipelines.report import Look, RunReport, Tally
from pipelines.visit import LOOKS_AGAIN, TEXT_OUTCOMES, Outcome, Visit

MAX_WARNINGS = 100
"""Warnings kept for the report: a site that warns of every article is understood after a hundred."""


@dataclass(slots=True)
class RunCounters(Tally):
    """Counts and sentences of one run.

    `announced` are the distinct articles that sources named, `not_due` those of them that the index knows and that are
    not due for another look, `left` the due ones that the run leaves to the next, `begun` the visits begun. `outcomes`
    are those of the visits recorded, `first_looks` of those among them whose URL the index did not know.
    `passed_selectors` are the texts for which the site's `body_selector` matched too little. `failures` make the run
    count as failed; `warnings` do not.
    """

    logger: logging.Logger = field(default_factory=lambda: logging.getLogger(__name__))
    announced: int = 0
    not_due: int = 0
    left: int = 0
    begun: int = 0
    bytes_received: int = 0
    first_looks: Counter[Outcome] = field(default_factory=Counter)
    first_rejections: Counter[Reason] = field(default_factory=Counter)
    agreements: list[float] = field(default_factory=list)
    passed_selectors: int = 0
    is_unreachable: bool = False
    """Whether none of the site's sources could be read."""

    failures: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def warn(self, sentence: str) -> None:
        sentence = fit_to_show(sentence)
        self.logger.warning("%s", sentence)
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(sentence)

    def fail(self, sentence: str) -> None:
        sentence = fit_to_show(sentence)
        self.logger.error("%s", sentence)
        self.failures.append(sentence)

    def count(self, visit: Visit, outcome: Outcome) -> None:
        """Count a visit that has been recorded with `outcome`."""
        self.count_look(look_of(visit, outcome))
        if visit.is_first:
            self.first_looks[outcome] += 1
        if outcome is Outcome.REJECTED and isinstance(visit.cleaned, Rejection) and not visit.was_refused:
            self.first_rejections[visit.cleaned.reason] += 1
        if outcome in TEXT_OUTCOMES and isinstance(visit.cleaned, Article):
            if visit.cleaned.agreement is not None:
                self.agreements.append(visit.cleaned.agreement)
            self._count_passed_selector(visit.url, visit.cleaned)

    def _count_passed_selector(self, url: str, article: Article) -> None:
        """Count an article for which the site's selector was passed by, and warn of the first."""
        if PASSED_SELECTOR_RULE not in article.rules_fired:
            return
        self.passed_selectors += 1
        if self.passed_selectors == 1:
            self.warn(
                f"{url}: the site's body_selector matches much less than the page's text, which was read without it"
            )

    @property
    def looks_again(self) -> int:
        """Visits to known articles that say whether these are still there."""
        return sum(self.outcomes[outcome] for outcome in LOOKS_AGAIN)

    def metrics(self, site: str, run: str, now: datetime) -> RunMetrics:
        """What the site's expectations are judged by."""
        return RunMetrics(
            site,
            run,
            now,
            archived=self.outcomes[Outcome.ARCHIVED],
            texts=self.texts,
            filled=dict(self.filled),
            rejections={str(reason): count for reason, count in self.first_rejections.items()},
            agreements=tuple(self.agreements),
            looks_again=self.looks_again,
            gone=self.outcomes[Outcome.GONE],
            doubtful=self.doubtful,
            doubts=dict(self.doubts),
        )

    def report(
        self, site: str, run: str, finish_reason: str, *, started_at: datetime, finished_at: datetime
    ) -> RunReport:
        """The run's report, as far as it has come."""
        return RunReport(
            site=site,
            run=run,
            started_at=started_at,
            finished_at=finished_at,
            finish_reason=finish_reason,
            announced=self.announced,
            known=self.not_due,
            left=self.left,
            looked_at=self.outcomes.total(),
            outcomes=dict(self.outcomes),
            rejections=dict(self.rejections),
            fill_rates=self.fill_rates(WATCHED_FIELDS),
            doubtful=self.doubtful,
            doubts=dict(self.doubts),
            rights=dict(self.rights),
            bytes_received=self.bytes_received,
            failures=tuple(self.failures),
            warnings=tuple(self.warnings),
            problems=tuple(self.problems),
        )

    def summary(self) -> str:
        """The run in one line, for the end of the log."""
        ends = ", ".join(f"{count} {outcome}" for outcome, count in self.outcomes.most_common()) or "nothing to do"
        doubtful = f"; {self.doubtful} texts are doubtful" if self.doubtful else ""
        passed = f"; body_selector was passed by for {self.passed_selectors} texts" if self.passed_selectors else ""
        return f"{self.announced} announced, {self.not_due} known, {self.begun} looked at: {ends}{doubtful}{passed}"


def look_of(visit: Visit, outcome: Outcome) -> Look:
    """What a report counts of a visit that ended with `outcome`."""
    cleaned = visit.cleaned
    reason = cleaned.reason if outcome is Outcome.REJECTED and isinstance(cleaned, Rejection) else None
    if outcome not in TEXT_OUTCOMES or not isinstance(cleaned, Article):
        return Look(visit.url, outcome, visit.detail, reason, rights=visit.rights)
    filled = cleaned.filled(WATCHED_FIELDS)
    return Look(visit.url, outcome, visit.detail, reason, filled, cleaned.quality_reasons, visit.rights)
