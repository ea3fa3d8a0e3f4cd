"""Which URLs are due by their ages, and which have been looked at for the last time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from pipelines.index.records import LOOKED_AT_AGAIN, RevisitSchedule, Status, UrlRecord
from pipelines.index.tables import RECENT, SEEN, Utc, microseconds
from pipelines.index.url_records import FORGET_RECENT, RECORD_COLUMNS, RECORDS_OF_RECENT


def due(connection: Connection, site: str, now: datetime, schedule: RevisitSchedule) -> list[UrlRecord]:
    """The site's URLs that are due at `now` by their ages alone (see `is_due`), oldest first."""
    ladders = (((Status.FAILED,), schedule.retry), (LOOKED_AT_AGAIN, schedule.revisit))
    found = [
        UrlRecord(*row)
        for statuses, ages in ladders
        if ages
        for row in connection.execute(_due(statuses, ages), {"site": site, "now": now})
    ]
    return sorted(found, key=lambda seen: (seen.first_fetched_at, seen.article_id))


@cache
def _due(statuses: tuple[Status, ...], ages: tuple[timedelta, ...]) -> sa.Select[Any]:
    """`is_due` in SQL: some step lies after the last fetch and not after `now`, counted from the first fetch or from
    when the article was found to be gone. What is past its last step is not read.
    """
    now = sa.bindparam("now", type_=Utc())
    steps = [
        sa.and_(
            SEEN.c.last_fetched_at - start < microseconds(age),
            start + sa.literal(microseconds(age), sa.BigInteger()) <= now,
        )
        for start in (SEEN.c.first_fetched_at, SEEN.c.gone_at)
        for age in ages
    ]
    return (
        sa.select(*RECORD_COLUMNS)
        .select_from(RECORDS_OF_RECENT)
        .where(
            RECENT.c.site == sa.bindparam("site"),
            RECENT.c.status.in_(statuses),
            RECENT.c.age_at_last_fetch < microseconds(max(ages)),
            sa.or_(*steps),
        )
    )


def looked_at_for_the_last_time(before: datetime, schedule: RevisitSchedule) -> sa.Select[Any]:
    """The query for the ids of recent URLs that were looked at for the last time, and that before then."""
    is_done = [
        sa.and_(RECENT.c.status == status, RECENT.c.age_at_last_fetch >= microseconds(max(ages)))
        if (ages := schedule.ages_for(status))
        else RECENT.c.status == status
        for status in Status
    ]
    return (
        sa.select(RECENT.c.article_id)
        .select_from(RECORDS_OF_RECENT)
        .where(SEEN.c.last_fetched_at < before, sa.or_(*is_done))
    )


def forget_recent(connection: Connection, rows: Sequence[sa.Row[Any]]) -> None:
    """Forget what is needed to look again at what such a query found."""
    connection.execute(FORGET_RECENT, {"ids": [row.article_id for row in rows]})
