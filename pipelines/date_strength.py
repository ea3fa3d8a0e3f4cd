"""Which of two dates of publication stands: a weaker one never takes the place of a stronger one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipelines.article import DAY, FETCHED, GUESS_SOURCE, MINUTE, MONTH, UPDATE_SOURCE

WEAKEST_FIRST = (FETCHED, MONTH, DAY, MINUTE)

MIDNIGHTS = tuple(timedelta(hours=hours) for hours in (0, 7, 8, 9))
"""Offsets from UTC at whose midnight a date counts as that of a day: UTC and the three Indonesian zones."""


@dataclass(frozen=True, slots=True)
class Dating:
    """A date of publication, aware, how exact it is and where it came from, as `Article` has both; None where that is
    not known.
    """

    at: datetime
    stated_precision: str | None
    source: str | None = None

    @property
    def precision(self) -> str:
        """How exact it is; where version 1.0 did not say, as it looks."""
        if self.stated_precision is not None:
            return self.stated_precision
        at = self.at.astimezone(UTC)
        is_midnight = any(((at + offset).hour, (at + offset).minute, at.second) == (0, 0, 0) for offset in MIDNIGHTS)
        return DAY if is_midnight else MINUTE

    @property
    def latest(self) -> datetime:
        """The last moment at which that was. What is dated by its first fetch was published before."""
        if self.precision == DAY:
            return self.at + timedelta(days=1)
        if self.precision == MONTH:
            return self.at + timedelta(days=31)
        return self.at

    def is_before(self, other: "Dating") -> bool:
        """Whether this one is exact, and the other may not be as early: a day or a fetch shows nothing to be first."""
        return self.precision == MINUTE and self.at < other.latest


def stands(known: Dating, new: Dating) -> bool:
    """Whether the date that is known of an article stands against one that a look found.

    Of two equally exact ones the publisher's last word goes, but for what is not its word: the first fetch stays the
    first, a guess replaces no stated day, weeks counted again tell nothing new, and an article is not younger
    for having been changed again.
    """
    difference = WEAKEST_FIRST.index(new.precision) - WEAKEST_FIRST.index(known.precision)
    if difference < 0 or (new.source == UPDATE_SOURCE and known.at <= new.at):
        return True
    return difference == 0 and (new.precision in (FETCHED, MONTH) or new.source == GUESS_SOURCE)
