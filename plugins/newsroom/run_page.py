"""The page of a run: what is shown of it, put together from what Airflow, the archive and the disk say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plugins.newsroom.airflow_runs import AirflowRun
from plugins.newsroom.run_figures import MAX_SILENCE, Look, Progress, Report, RunReading, matching, progress, sums

MAX_SHOWN_LOOKS = 500
"""Of a run on its page: CSV and JSON have all."""


class RunState(StrEnum):
    """Where a run stands."""

    UNDER_WAY = "under way"
    ENDED = "ended"
    KILLED = "killed"
    UNKNOWN = "without a report yet"


@dataclass(frozen=True, slots=True)
class RunPage:
    """All that is shown of a run. `counts` are the outcomes of `all_looks`; `looks` those of them that match `outcome`
    and `text`. `log` is the run of Airflow in which it was.
    """

    site: str
    title: str
    run: str
    started_at: datetime
    state: RunState
    report: Report | None
    progress: Progress | None
    counts: Mapping[str, int]
    all_looks: Sequence[Look]
    looks: Sequence[Look]
    outcome: str
    text: str
    log: AirflowRun | None
    problem: str | None

    @property
    def sum_told(self) -> str:
        """The sum of the looks in a sentence, and whether it is what the run's report says."""
        count = len(self.all_looks)
        told = f"{count:,} {'URL' if count == 1 else 'URLs'} looked at, each with one outcome"
        if self.state is not RunState.ENDED or self.report is None:
            return f"{told} so far."
        if self.report.looked_at == count:
            return f"{told}: as many as its report says."
        return (
            f"{told}; its report says {self.report.looked_at:,}. Runs of versions before the table visits have no "
            "looks there, and those of old runs expire."
        )


def run_page(
    now: datetime,
    title: str,
    started_at: datetime,
    reading: RunReading,
    log: AirflowRun | None,
    outcome: str = "",
    text: str = "",
) -> RunPage:
    """The page of a run, with the looks that match."""
    state = _state(now, reading, log)
    noted = reading.noted if state is RunState.UNDER_WAY else None
    return RunPage(
        site=reading.site,
        title=title,
        run=reading.run,
        started_at=started_at,
        state=state,
        report=reading.report,
        progress=progress(now, noted, reading.looks) if noted else None,
        counts=sums(reading.looks),
        all_looks=reading.looks,
        looks=matching(reading.looks, outcome, text),
        outcome=outcome,
        text=text,
        log=log,
        problem=reading.problem,
    )


def _state(now: datetime, reading: RunReading, log: AirflowRun | None) -> RunState:
    if reading.report is not None:
        return RunState.ENDED
    if reading.noted is None:
        return RunState.UNDER_WAY if log and log.ended_at is None else RunState.UNKNOWN
    if log is not None:
        return RunState.UNDER_WAY if log.ended_at is None else RunState.KILLED
    last = max((look.ended_at for look in reading.looks), default=reading.noted.started_at)
    return RunState.UNDER_WAY if now - last <= MAX_SILENCE else RunState.KILLED
