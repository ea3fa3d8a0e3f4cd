"""The runbook and the code say the same."""

import re
from pathlib import Path

from pipelines.watch.findings import Kind

RUNBOOK = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")


def test_each_kind_of_alarm_has_its_line_in_the_order_of_urgency() -> None:
    section = RUNBOOK.partition("\n## Alarms\n")[2].partition("\n## ")[0]
    lines = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)

    assert lines == [str(kind) for kind in Kind]
