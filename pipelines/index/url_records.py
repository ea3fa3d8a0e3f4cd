"""What the index knows of URLs: read, written, and counted.

What is kept for life stands in one table, what is needed while a URL is looked at again in another, and the addresses
of articles that have moved in a third.
"""

from collections.abc import Collection, Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from pipelines.index.fingerprints import article_id, headline_key
from pipelines.index.keys import IDS, IS_ONE, IS_THE_ONE, MAX_KEYS_PER_QUERY, in_chunks, of_id, of_ids
from pipelines.index.records import Status, UrlRecord
from pipelines.index.tables import ADDRESSES, RECENT, SEEN, SITES, first_bytes, microseconds

NEVER_IN_CORPUS = (Status.FAILED, Status.ALIAS, Status.REJECTED)
"""What is known of a URL that never was an article nor a copy of one: a look that yields less takes nothing away."""

_KEPT_FOR_LIFE = [c.name for c in SEEN.c if c.name in UrlRecord.__slots__ and c.name != "site"]
_KEPT_WHILE_RECENT = ("headline", "etag", "last_modified", "payload_digest", "payload_warc_date")
_COLUMN_BY_FIELD = {
    **{name: SEEN.c[name] for name in _KEPT_FOR_LIFE},
    **{name: RECENT.c[name] for name in _KEPT_WHILE_RECENT},
    "site": SITES.c.name.label("site"),
}
RECORD_COLUMNS = [_COLUMN_BY_FIELD[field.name] for field in fields(UrlRecord)]
RECORDS = SEEN.join(SITES, SITES.c.number == SEEN.c.site).outerjoin(RECENT, RECENT.c.article_id == SEEN.c.article_id)
RECORDS_OF_RECENT = RECENT.join(
    SEEN,
    sa.and_(
        first_bytes(SEEN.c.article_id) == first_bytes(RECENT.c.article_id), SEEN.c.article_id == RECENT.c.article_id
    ),
).join(SITES, SITES.c.number == SEEN.c.site)
_SEEN = sa.select(*RECORD_COLUMNS).select_from(RECORDS).where(IS_ONE)
_SEEN_AT = sa.union_all(
    sa.select(SEEN.c.article_id.label("address_id"), sa.literal(0).label("is_moved"), *RECORD_COLUMNS)
    .select_from(RECORDS)
    .where(IS_ONE),
    sa.select(ADDRESSES.c.address_id, sa.literal(1), *RECORD_COLUMNS)
    .select_from(
        ADDRESSES.join(
            RECORDS,
            sa.and_(
                first_bytes(SEEN.c.article_id) == first_bytes(ADDRESSES.c.article_id),
                SEEN.c.article_id == ADDRESSES.c.article_id,
            ),
        )
    )
    .where(ADDRESSES.c.address_id.in_(IDS)),
)
_PRESENT = sa.select(SEEN.c.article_id).where(IS_ONE)
_FORGET_SEEN = SEEN.delete().where(IS_ONE)
FORGET_RECENT = RECENT.delete().where(RECENT.c.article_id.in_(IDS))
_UPDATE_SEEN = (
    SEEN.update()
    .where(IS_THE_ONE)
    .values({name: sa.bindparam(f"new_{name}") for name in (*_KEPT_FOR_LIFE, "site") if name != "article_id"})
)


def records_at(connection: Connection, urls: Iterable[str]) -> dict[str, UrlRecord]:
    """What is known of each of the canonical `urls` that is known at all; see `Index.seen`."""
    ids = {url: article_id(url) for url in urls}
    found: dict[str, UrlRecord] = {}
    for chunk in in_chunks(dict.fromkeys(ids.values())):
        # An address that an article has moved to tells of that article, whatever was there before.
        for row in sorted(connection.execute(_SEEN_AT, of_ids(chunk)), key=lambda row: row.is_moved):
            found[row.address_id] = UrlRecord(*row[2:])
    return {url: found[address_id] for url, address_id in ids.items() if address_id in found}


def records_of(connection: Connection, article_ids: Iterable[str]) -> dict[str, UrlRecord]:
    """The record of each article that has one, by its id."""
    rows = (row for chunk in in_chunks(article_ids) for row in connection.execute(_SEEN, of_ids(chunk)))
    return {seen.article_id: seen for seen in (UrlRecord(*row) for row in rows)}


def unheard_of(connection: Connection, article_ids: Iterable[str]) -> set[str]:
    """Those of the ids that were in the corpus by nothing that is known; see `Index.unheard_of`."""
    ids = list(dict.fromkeys(article_ids))
    records = records_of(connection, ids)
    moved = {
        row.address_id
        for chunk in in_chunks(ids)
        for row in connection.execute(sa.select(ADDRESSES).where(ADDRESSES.c.address_id.in_(chunk)))
    }
    return {
        identity
        for identity in ids
        if identity not in moved
        and ((seen := records.get(identity)) is None or (seen.status in NEVER_IN_CORPUS and seen.verdict is None))
    }


def count(connection: Connection, status: Status) -> int:
    """How many URLs have that status."""
    return connection.scalar(sa.select(sa.func.count()).where(SEEN.c.status == status)) or 0


def entries(statuses: Collection[Status], sites: Collection[str], month: str | None) -> sa.Select[Any]:
    """The query for the records with these statuses: of all, or of some sites, or of a month of publication."""
    query = sa.select(*RECORD_COLUMNS).select_from(RECORDS).where(SEEN.c.status.in_(list(statuses)))
    if sites:
        query = query.where(SITES.c.name.in_(list(sites)))
    return query.where(SEEN.c.published_month == month) if month else query


def entries_after(connection: Connection, query: sa.Select[Any], number: int) -> tuple[list[UrlRecord], int]:
    """The next chunk of what such a query finds after the record of that number, and the number of its own last."""
    found = query.add_columns(SEEN.c.number).where(SEEN.c.number > number).order_by(SEEN.c.number)
    rows = connection.execute(found.limit(MAX_KEYS_PER_QUERY)).all()
    return [UrlRecord(*row[:-1]) for row in rows], rows[-1].number if rows else number


def write(connection: Connection, records: Iterable[UrlRecord], recent_since: datetime | None = None) -> None:
    """Have the index know just this of URLs, but for the texts that they have in the corpus."""
    for chunk in in_chunks(records):
        sites = _site_numbers(connection, {record.site for record in chunk})
        by_id = {record.article_id: record for record in chunk}
        present = set(connection.scalars(_PRESENT, of_ids(by_id)))
        rows = {
            identity: {
                **{name: getattr(record, name) for name in _KEPT_FOR_LIFE},
                "headline_key": record.headline_key if record.headline is None else headline_key(record.headline),
                "site": sites[record.site],
            }
            for identity, record in by_id.items()
        }
        if known := [
            {**{f"new_{name}": value for name, value in row.items()}, **of_id(identity)}
            for identity, row in rows.items()
            if identity in present
        ]:
            connection.execute(_UPDATE_SEEN, known)
        if new := [row for identity, row in rows.items() if identity not in present]:
            connection.execute(SEEN.insert(), new)
        connection.execute(FORGET_RECENT, {"ids": list(by_id)})
        recent = [r for r in by_id.values() if recent_since is None or r.last_fetched_at >= recent_since]
        if recent:
            connection.execute(RECENT.insert(), [_recent(record) for record in recent])
        _move(connection, by_id.values())


def _recent(seen: UrlRecord) -> dict[str, object]:
    age = seen.last_fetched_at - (seen.gone_at or seen.first_fetched_at)
    return {
        **{name: getattr(seen, name) for name in ("article_id", "site", "status", *_KEPT_WHILE_RECENT)},
        "age_at_last_fetch": microseconds(age),
    }


def _site_numbers(connection: Connection, names: set[str]) -> dict[str, int]:
    """The number of each site; one that has none gets one."""
    known = sa.select(SITES.c.name, SITES.c.number).where(SITES.c.name.in_(names))
    found = {row.name: row.number for row in connection.execute(known)}
    if new := names - found.keys():
        connection.execute(SITES.insert(), [{"name": name} for name in sorted(new)])
        found = {row.name: row.number for row in connection.execute(known)}
    return found


def _move(connection: Connection, records: Iterable[UrlRecord]) -> None:
    """Remember the addresses of articles that have moved, in the place of what was known of the address by itself."""
    moved = [
        {"address_id": address_id, "article_id": record.article_id}
        for record in records
        if (address_id := article_id(record.url)) != record.article_id
    ]
    if moved:
        ids = [row["address_id"] for row in moved]
        connection.execute(ADDRESSES.delete().where(ADDRESSES.c.address_id.in_(ids)))
        connection.execute(ADDRESSES.insert(), moved)
        connection.execute(_FORGET_SEEN, of_ids(ids))
        connection.execute(FORGET_RECENT, {"ids": ids})
