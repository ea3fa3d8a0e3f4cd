"""Whether `daily` says what the other tables come to, of months in which nothing has changed since it was last written.

In repair nothing is done here: `kliping maintain --all-days` makes all its rows anew.
"""

import random

from pipelines.archive.daily_table import DailyTable
from pipelines.archive.tables import Corpus
from pipelines.archive.verification.findings import Kind, Verification

MAX_SAMPLED_MONTHS = 2
"""That a sample computes again: every month has its turn within some weeks or years, and each costs as much as in the
upkeep."""


def verify_days(corpus: Corpus, verification: Verification, *, is_sample: bool) -> None:
    """Verify the figures of all months, or of a few drawn at random if `is_sample`.

    Every table that they are made of is there and can be read. Raises StorageUnavailable.
    """
    daily = DailyTable(corpus)
    settled = sorted(daily.months() - daily.stale_months())
    drawn = random.sample(settled, min(MAX_SAMPLED_MONTHS, len(settled))) if is_sample else settled
    for month in drawn:
        verification.checked["months of days"] += 1
        for site, day in daily.differing(month):
            verification.add(
                Kind.DAY_WRONG,
                f"daily: {site} on {day}",
                "it is not what the tables come to: `kliping maintain --all-days` computes it anew",
            )
