"""The upkeep of the table `daily`: its figures follow what the other tables say."""

from collections.abc import Callable
from datetime import datetime

from deltalake.exceptions import CommitFailedError, TableNotFoundError

from pipelines.archive.bucket import StorageDamaged, StorageRefused
from pipelines.archive.daily_table import DailyTable, make_daily
from pipelines.archive.delta_errors import DamagedOnTheWay
from pipelines.archive.maintenance.report import Step
from pipelines.archive.tables import Corpus

STEP = "days"


def renew_days(corpus: Corpus, now: datetime, *, everything: bool, progress: Callable[[str], None]) -> Step:
    """Bring `daily` up to date, or compute `everything` in it anew; `now` is UTC.

    Raises StorageUnavailable.
    """
    try:
        make_daily(corpus)
        done = DailyTable(corpus).renew(now, everything=everything, progress=lambda month: progress(f"days of {month}"))
    except TableNotFoundError:
        return Step(STEP, "there is nothing to be summed up yet")
    except (CommitFailedError, DamagedOnTheWay) as obstacle:
        return Step(STEP, left=(str(obstacle),))
    except (StorageDamaged, StorageRefused) as damage:
        return Step(STEP, failed=(f"{damage}; see `kliping verify`",))
    words = f"{done.days:,} days of sites were summed up anew, in {done.months:,} months" if done.days else ""
    return Step(STEP, words, {"months_computed": done.months, "days_renewed": done.days})
