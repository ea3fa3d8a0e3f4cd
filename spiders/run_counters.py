"""What a run's spider keeps count of, for the run's report."""

import logging
from collections import Counter
from dataclasses import dataclass, field

from pipelines.visit import Outcome

MAX_SENTENCES = 100
"""Warnings kept for the report: a site that warns of every article is understood after a hundred."""


@dataclass(slots=True)
class Ledger:
    """Counts and sentences of one run.

    `announced` are the distinct articles that sources named, `known` those of them that are archived and not due,
    `left` the due ones that the run leaves to the next, `looked_at` the visits begun; `first_looks` are the outcomes of
    those whose URL the index did not know. `failures` make the run count as failed; `warnings` do not.
    """

    logger: logging.Logger
    announced: int = 0
    known: int = 0
    left: int = 0
    looked_at: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    first_looks: Counter[Outcome] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def warn(self, sentence: str) -> None:
        self.logger.warning("%s", sentence)
        if len(self.warnings) < MAX_SENTENCES:
            self.warnings.append(sentence)

    def fail(self, sentence: str) -> None:
        self.logger.error("%s", sentence)
        self.failures.append(sentence)

    def summary(self) -> str:
        """The run in one line, for the end of the log."""
        ends = ", ".join(f"{count} {outcome}" for outcome, count in self.outcomes.most_common()) or "nothing to do"
        return f"{self.announced} announced, {self.known} known, {self.looked_at} looked at: {ends}"
