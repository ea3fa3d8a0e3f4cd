"""What a round of upkeep did, what it left and why: for a person, for Airflow, and as JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the upkeep.

    `name` is what was kept up, `done` what was done in words, empty where there was nothing to do. `figures` are the
    numbers behind the words, `left` what waits for the next round, `failed` what a person has to see to: a sentence
    each.
    """

    name: str
    done: str = ""
    figures: Mapping[str, int] = field(default_factory=dict)
    left: Sequence[str] = ()
    failed: Sequence[str] = ()

    def to_text(self) -> str:
        """The step in a line, and a line for each thing that was left or failed."""
        lines = [f"{self.name}: {self.done or 'nothing to do'}"]
        lines += [f"  left: {sentence}" for sentence in self.left]
        lines += [f"  failed: {sentence}" for sentence in self.failed]
        return "\n".join(lines)


@dataclass(slots=True)
class Maintenance:
    """All steps of one round, in order."""

    steps: list[Step] = field(default_factory=list)

    @classmethod
    def summed(cls, reports: Iterable[Mapping[str, Any]]) -> Self:
        """What parts of a round come to together, by their reports (see `to_json`)."""
        return cls([Step(**step) for report in reports for step in report["steps"]])

    @property
    def bytes_freed(self) -> int:
        return sum(step.figures.get("bytes_freed", 0) for step in self.steps)

    @property
    def summary(self) -> str:
        """The round in one sentence."""
        busy = sum(bool(step.done) for step in self.steps)
        left = sum(len(step.left) for step in self.steps)
        failed = sum(len(step.failed) for step in self.steps)
        rest = [f"{left} left for the next round"] * bool(left) + [f"{failed} failed"] * bool(failed)
        return ", ".join(
            [f"upkeep: {busy} of {len(self.steps)} steps had work", f"{megabytes(self.bytes_freed)} freed", *rest]
        )

    @property
    def failures(self) -> list[str]:
        """What a person has to see to, a sentence each."""
        return [f"{step.name}: {sentence}" for step in self.steps for sentence in step.failed]

    def to_text(self) -> str:
        """The steps, and the sum."""
        return "\n".join([*(step.to_text() for step in self.steps), self.summary])

    def to_json(self) -> str:
        """One JSON object, as REPORT_FILE and `--json` have it."""
        return json.dumps(
            {
                "summary": self.summary,
                "failures": self.failures,
                "bytes_freed": self.bytes_freed,
                "steps": [asdict(step) for step in self.steps],
            },
            ensure_ascii=False,
        )


def megabytes(count: int) -> str:
    """A number of bytes in words."""
    return f"{count / 1e6:,.1f} MB"
