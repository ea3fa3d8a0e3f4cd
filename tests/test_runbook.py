"""The runbook and the code say the same: each alarm, outcome, end of a run, and what a site may miss."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.index.records import RunMetrics
from pipelines.report import UNREACHABLE
from pipelines.run.refusal import REFUSAL_REASONS
from pipelines.visit import Outcome
from pipelines.watch.findings import Kind
from pipelines.watch.judgement import PASSING, REFUSALS
from spiders.expect import Expect

RUNBOOK = (Path(__file__).parents[1] / "docs" / "operating.md").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def section(heading: str) -> str:
    return RUNBOOK.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def first_cells(heading: str) -> list[str]:
    """What the lines of a section's tables are about."""
    return re.findall(r"^\| (.+?) \|", section(heading), re.MULTILINE)


def words(cells: list[str]) -> list[str]:
    """The words in backquotes."""
    return [word for cell in cells for word in re.findall(r"`(\w+)`", cell)]


def test_each_kind_of_alarm_has_its_line_in_the_order_of_urgency() -> None:
    assert words(first_cells("Alarms")) == [str(kind) for kind in Kind]


def test_each_outcome_has_its_line() -> None:
    assert set(words(first_cells("What you see"))) == {str(outcome) for outcome in Outcome}


def test_each_way_in_which_a_run_ends_has_its_line() -> None:
    ends = {*REFUSAL_REASONS.values(), *REFUSALS, *PASSING, UNREACHABLE, "finished"}

    assert ends <= set(words(first_cells("How runs end")))


def missed() -> Iterator[str]:
    """Every sentence that says what a site misses of its expectations."""
    at = NOW - timedelta(hours=1)
    strict = Expect((90, 100), body=0.9, published_at=0.9, author=0.9, image=0.9)
    before = RunMetrics("warta", "0", NOW - timedelta(days=2), 30, 30, {}, {}, (0.9,) * 30)
    today = RunMetrics("warta", "1", at, 30, 30, {}, {"too_short": 30}, (0.1,) * 30, 40, 40, 30, {"other_kind": 30})
    yield from strict.violations([before, today], NOW)


def test_each_expectation_that_is_missed_has_its_line() -> None:
    patterns = [re.escape(cell).replace(r"\.\.\.", ".+") for cell in first_cells("When it is red")]
    sentences = list(missed())

    assert len(sentences) == 8
    for sentence in sentences:
        assert any(re.match(pattern, sentence) for pattern in patterns), sentence
