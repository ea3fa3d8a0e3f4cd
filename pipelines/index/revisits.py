"""Which URLs are due by their ages, and which have been looked at for the last time."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from pipelines.index.records import LOOKED_AT_AGAIN, RevisitSchedule, Status, UrlRecord
from pipelines.index.tables import ORIGINS, RECENT, SEEN, STATUSES, Utc, microseconds
from pipelines.index.url_records import RECORD_COLUMNS, to_record

# The origin comes first: the rest is in order in the index that is looked up by it.
_RECENT_RECORDS = ORIGINS.join(RECENT, RECENT.c.origin == ORIGINS.c.number).join(SEEN, SEEN.c.number == RECENT.c.number)
_LAST_FETCHED_AT = sa.func.coalesce(RECENT.c.gone_at, RECENT.c.first_fetched_at) + RECENT.c.age_at_last_fetch


def due(connection: Connection, site: str, now: datetime, schedule: RevisitSchedule) -> list[UrlRecord]:
    """The site's URLs that are due at `now` by their ages alone (see `is_due`), oldest first."""
    ladders = tuple(
        (statuses, ages)
        for statuses, ages in (((Status.FAILED,), schedule.retry), (LOOKED_AT_AGAIN, schedule.revisit))
        if ages
    )
    if not ladders:
        return []
    found = map(to_record, connection.execute(_due(ladders), {"site": site, "now": now}))
    return sorted(found, key=lambda seen: (seen.first_fetched_at, seen.article_id))


@cache
def _due(ladders: tuple[tuple[tuple[Status, ...], tuple[timedelta, ...]], ...]) -> sa.CompoundSelect[Any]:
    """`is_due` in SQL, of statuses by their ages: some step lies after the last fetch and not after `now`, counted from
    the first fetch or from when the article was found to be gone. What is past its last step is not read.
    """
    now = sa.bindparam("now", type_=Utc())
    found = []
    for statuses, ages in ladders:
        since_first, since_gone = (
            sa.or_(*(sa.and_(step > _LAST_FETCHED_AT, step <= now) for step in steps))
            for steps in (
                [start + _literal(microseconds(age)) for age in ages]
                for start in (RECENT.c.first_fetched_at, RECENT.c.gone_at)
            )
        )
        found.append(
            sa.select(*RECORD_COLUMNS)
            .select_from(_RECENT_RECORDS)
            .where(
                ORIGINS.c.site == sa.bindparam("site"),
                RECENT.c.status.in_([_literal(STATUSES.index(status)) for status in statuses]),
                RECENT.c.age_at_last_fetch < _literal(microseconds(max(ages))),
                sa.or_(since_first, sa.and_(RECENT.c.gone_at.is_not(None), since_gone)),
            )
        )
    return sa.union_all(*found)


def _literal(number: int) -> sa.ColumnElement[Any]:
    """A number of the statement itself: for SQLAlchemy to bind two dozen takes longer than for SQLite to look."""
    return sa.literal_column(str(number), sa.BigInteger())


def looked_at_for_the_last_time(before: datetime, schedule: RevisitSchedule) -> sa.Select[Any]:
    """The query for the numbers of recent URLs that were looked at for the last time, and that before then."""
    is_done = [
        sa.and_(RECENT.c.status == status, RECENT.c.age_at_last_fetch >= max(ages))
        if (ages := schedule.ages_for(status))
        else RECENT.c.status == status
        for status in Status
    ]
    return sa.select(RECENT.c.number).where(
        sa.bindparam("before", before, type_=Utc()) > _LAST_FETCHED_AT, sa.or_(*is_done)
    )
