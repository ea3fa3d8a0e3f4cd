"""The upkeep of the index: it forgets what is of no use any more, so that its size follows the news of some weeks."""

from datetime import datetime, timedelta

from pipelines.archive.maintenance.report import Step
from pipelines.index.database import Index, IndexUnavailable, RevisitSchedule
from settings.crawl import Crawl
from settings.storage import Storage

STEP = "index"


def expire_index(storage: Storage, crawl: Crawl, now: datetime) -> Step:
    """Have the index of `storage` forget what has expired at `now` by the settings of crawls (see `Index.expire`)."""
    window = timedelta(days=crawl.near_duplicate_days)
    schedule = RevisitSchedule(crawl.revisit_intervals, crawl.retry_intervals)
    try:
        with Index.open(storage.index) as index:
            expired = index.expire(now, window, schedule)
    except IndexUnavailable as trouble:
        return Step(STEP, failed=(str(trouble),))
    if not expired.texts and not expired.urls:
        return Step(STEP)
    return Step(
        STEP,
        f"{expired.texts} texts are too old for near copies, {expired.urls} URLs past their last look",
        {"expired_texts": expired.texts, "expired_urls": expired.urls},
    )
