"""Whether a run did what it should, judged by its report alone: for exit codes, and for the tasks of Airflow."""

from collections.abc import Mapping
from typing import Any


def failure_of(report: Mapping[str, Any]) -> str | None:
    """Why a run failed, in one sentence; None where it succeeded. `report` is RunReport as JSON has it."""
    causes = list(report["failures"])
    if report["waiting"]:
        causes.append(f"{report['waiting']} batches wait in the spool; the next run of any site delivers them")
    if not causes and report["finish_reason"] != "finished":
        causes.append(f"the crawl ended early: {report['finish_reason']}")
    return f"{report['site']}: {'; '.join(cause.rstrip('.') for cause in causes)}." if causes else None
