"""What is known of a site, as the judgements take it: its crawls by Airflow, its runs and articles by the archive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipelines.watch.history import History


@dataclass(frozen=True, slots=True)
class Activity:
    """What Airflow knows of a site's crawls. `due_at` is when the next one should begin, or should have begun;
    `failed_in_a_row` counts the failed ones since the last that did not fail, and `failing_since` is when the first of
    them began, `failure` why the last one failed, as far as its task could say, and `needs_somebody`
    whether it said that this does not pass by itself.
    """

    is_paused: bool = False
    due_at: datetime | None = None
    under_way_since: datetime | None = None
    last_began_at: datetime | None = None
    last_ended_at: datetime | None = None
    failed_in_a_row: int = 0
    failing_since: datetime | None = None
    failure: str | None = None
    needs_somebody: bool = False


@dataclass(frozen=True, slots=True)
class LastRun:
    """The site's last run that has a row in the table `runs`."""

    started_at: datetime
    finish_reason: str
    failures: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ArticleFigures:
    """What the articles have that were published in a span of time: a day, or an hour of the last days. `filled` counts
    those that have a field, `lag` is the median from publication to archive, `removed` the median share (0 to 1) of a
    text that cleaning took away.
    """

    begins: datetime
    articles: int
    filled: Mapping[str, float] = field(default_factory=dict)
    doubtful: int = 0
    median_words: float | None = None
    lag: timedelta | None = None
    removed: float | None = None


@dataclass(frozen=True, slots=True)
class LookFigures:
    """How the looks of a day, or of a run of the last days, ended: `outcomes`, and of rejected pages the reasons."""

    begins: datetime
    looked_at: int
    outcomes: Mapping[str, int] = field(default_factory=dict)
    rejections: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Count:
    """So many of so many have something, in a span of time that begins then."""

    begins: datetime
    hits: float
    of: float


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """What one source announced: when last, and on each day how many of all that the site's sources did.
    `longest_pause` passed between two of its announcements, but for one that was longer and may have been an outage:
    None where too few are known. `missed` counts what others of the site's sources have announced since its last.
    `unread_runs` counts the last runs in a row that could not read it.
    """

    url: str
    last_announced_at: datetime | None
    unread_runs: int = 0
    days: Sequence[Count] = ()
    longest_pause: timedelta | None = None
    missed: int = 0


@dataclass(frozen=True, slots=True)
class SiteFigures:
    """What the archive knows of a site, each sequence the oldest first. Of the last FIGURES_DAYS days that upkeep has
    summed up: `outcomes`, how many looks ended in each, and `fill_rates`, the share (0 to 1) of articles that have each
    watched field.
    """

    history: History | None = None
    last_run: LastRun | None = None
    outcomes: Mapping[str, int] = field(default_factory=dict)
    fill_rates: Mapping[str, float] = field(default_factory=dict)
    articles: Sequence[ArticleFigures] = ()
    looks: Sequence[LookFigures] = ()
    sources: Sequence[SourceFigures] = ()
