"""What the index knows of URLs: read, written, and counted.

What is kept for life stands in one table, what is needed while a URL is looked at again in another, under the same
number, and the addresses of articles that have moved in a third.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from pipelines.index.compressed_addresses import split
from pipelines.index.fingerprints import article_id, headline_key
from pipelines.index.keys import IDS, MAX_KEYS_PER_QUERY, NUMBERS, in_chunks
from pipelines.index.records import Status, UrlRecord
from pipelines.index.tables import ADDRESSES, ORIGINS, RECENT, SEEN, key_of

NEVER_IN_CORPUS = (Status.FAILED, Status.ALIAS, Status.REJECTED)
"""What is known of a URL that never was an article nor a copy of one: a look that yields less takes nothing away."""

_KEPT_AS_TOLD = [c.name for c in SEEN.c if c.name in UrlRecord.__slots__ and c.name != "article_id"]
_KEPT_WHILE_RECENT = ("headline", "etag", "last_modified", "payload_digest", "payload_warc_date", "missing_image")
_TOLD_FIRST = ("url", "article_id", "site", "status", "first_fetched_at", "last_fetched_at")

ID_COLUMNS = (SEEN.c.article_id, ORIGINS.c.host, SEEN.c.address)
"""By which `address_and_id` tells a URL and its id."""

RECORD_COLUMNS = (
    *ID_COLUMNS,
    *(ORIGINS.c.site, SEEN.c.status, SEEN.c.first_fetched_at, SEEN.c.looked_at_for),
    *((RECENT if f.name in _KEPT_WHILE_RECENT else SEEN).c[f.name] for f in fields(UrlRecord)[len(_TOLD_FIRST) :]),
)
"""Of which `to_record` makes a record."""

URLS = SEEN.join(ORIGINS, ORIGINS.c.number == SEEN.c.origin)
RECORDS = URLS.outerjoin(RECENT, RECENT.c.number == SEEN.c.number)
HAS_KEY = SEEN.c.key.in_(sa.bindparam("keys", type_=sa.BigInteger(), expanding=True))

_RECORDS_OF = sa.select(*RECORD_COLUMNS).select_from(RECORDS).where(HAS_KEY)
_ALL_RECORDS = sa.select(*RECORD_COLUMNS).select_from(RECORDS)
_NUMBERS_OF = sa.select(SEEN.c.number, *ID_COLUMNS).select_from(URLS).where(HAS_KEY)
_MOVED = sa.select(ADDRESSES).where(ADDRESSES.c.address_id.in_(IDS))
_LAST_NUMBER = sa.select(sa.func.max(SEEN.c.number))
_FORGET_SEEN = SEEN.delete().where(SEEN.c.number.in_(NUMBERS))
_FORGET_RECENT = RECENT.delete().where(RECENT.c.number.in_(NUMBERS))
_UPDATE_SEEN = (
    SEEN.update()
    .where(SEEN.c.number == sa.bindparam("of_number"))
    .values(
        {
            name: sa.bindparam(f"new_{name}")
            for name in (*_KEPT_AS_TOLD, "article_id", "origin", "address", "looked_at_for")
        }
    )
)


def keys_of(ids: Iterable[str]) -> dict[str, list[int]]:
    """The parameters of a statement about what HAS_KEY of one of these ids. Others may have the key, too."""
    return {"keys": [key_of(identity) for identity in ids]}


def address_and_id(identity: str | None, host: str, rest: str) -> tuple[str, str]:
    """A URL and its article's id, by the ID_COLUMNS of a row."""
    url = host + rest
    return url, identity or article_id(url)


def to_record(row: Sequence[Any]) -> UrlRecord:
    """The record that the RECORD_COLUMNS of a row make."""
    identity, host, rest, site, status, first_fetched_at, looked_at_for, *others = row
    url, identity = address_and_id(identity, host, rest)
    return UrlRecord(url, identity, site, status, first_fetched_at, first_fetched_at + looked_at_for, *others)


def records_at(connection: Connection, urls: Iterable[str]) -> dict[str, UrlRecord]:
    """What is known of each of the canonical `urls` that is known at all; see `Index.seen`."""
    ids = {url: article_id(url) for url in urls}
    moved = _moved(connection, dict.fromkeys(ids.values()))
    records = records_of(connection, dict.fromkeys([*ids.values(), *moved.values()]))
    # An address that an article has moved to tells of that article, whatever was there before.
    found = {url: records.get(moved.get(identity, ""), records.get(identity)) for url, identity in ids.items()}
    return {url: record for url, record in found.items() if record}


def records_of(connection: Connection, article_ids: Iterable[str]) -> dict[str, UrlRecord]:
    """The record of each article that has one, by its id."""
    found = {}
    for chunk in in_chunks(article_ids):
        wanted = set(chunk)
        records = map(to_record, connection.execute(_RECORDS_OF, keys_of(chunk)))
        found.update({record.article_id: record for record in records if record.article_id in wanted})
    return found


def numbers_of(connection: Connection, article_ids: Iterable[str]) -> dict[str, int]:
    """The number of each article that has a record, by its id."""
    found = {}
    for chunk in in_chunks(article_ids):
        wanted = set(chunk)
        for number, *of_id in connection.execute(_NUMBERS_OF, keys_of(chunk)):
            _, identity = address_and_id(*of_id)
            if identity in wanted:
                found[identity] = number
    return found


def unheard_of(connection: Connection, article_ids: Iterable[str]) -> set[str]:
    """Those of the ids that were in the corpus by nothing that is known; see `Index.unheard_of`."""
    ids = list(dict.fromkeys(article_ids))
    records, moved = records_of(connection, ids), _moved(connection, ids)
    return {
        identity
        for identity in ids
        if identity not in moved
        and ((seen := records.get(identity)) is None or (seen.status in NEVER_IN_CORPUS and seen.verdict is None))
    }


def count(connection: Connection, status: Status) -> int:
    """How many URLs have that status."""
    return connection.scalar(sa.select(sa.func.count()).where(SEEN.c.status == status)) or 0


def sites(connection: Connection) -> list[str]:
    """The sites of whose URLs anything is known, by name."""
    return list(connection.scalars(sa.select(ORIGINS.c.site).distinct().order_by(ORIGINS.c.site)))


def entries(statuses: Collection[Status], sites: Collection[str], month: str | None) -> sa.Select[Any]:
    """The query for the records with these statuses: of all, or of some sites, or of a month of publication."""
    query = sa.select(*RECORD_COLUMNS).select_from(RECORDS).where(SEEN.c.status.in_(list(statuses)))
    if sites:
        query = query.where(ORIGINS.c.site.in_(list(sites)))
    return query.where(SEEN.c.published_month == month) if month else query


def entries_after(connection: Connection, query: sa.Select[Any], number: int) -> tuple[list[UrlRecord], int]:
    """The next chunk of what such a query finds after the record of that number, and the number of its own last."""
    found = query.add_columns(SEEN.c.number).where(SEEN.c.number > number).order_by(SEEN.c.number)
    rows = connection.execute(found.limit(MAX_KEYS_PER_QUERY)).all()
    return [to_record(row[:-1]) for row in rows], rows[-1].number if rows else number


def records_after(connection: Connection, number: int) -> tuple[list[UrlRecord], int]:
    """The next chunk of all records after the one of that number, and the number of its own last."""
    return entries_after(connection, _ALL_RECORDS, number)


def drawn_entries(connection: Connection, query: sa.Select[Any], count: int) -> list[UrlRecord]:
    """As many of the records that such a query finds, drawn at random."""
    return [to_record(row) for row in connection.execute(query.order_by(sa.func.random()).limit(count))]


def write(connection: Connection, records: Iterable[UrlRecord], recent_since: datetime | None = None) -> dict[str, int]:
    """Have the index know just this of URLs, but for the texts that they have in the corpus; their numbers, by id."""
    written: dict[str, int] = {}
    for chunk in in_chunks(records):
        by_id = {record.article_id: record for record in chunk}
        origins = _origin_numbers(connection, {(record.site, split(record.url)[0]) for record in chunk})
        known = numbers_of(connection, by_id)
        last = connection.scalar(_LAST_NUMBER) or 0
        new = [identity for identity in by_id if identity not in known]
        numbers = known | {identity: number for number, identity in enumerate(new, last + 1)}
        rows = {identity: _row(record, origins) for identity, record in by_id.items()}
        if known:
            updated = [
                {"of_number": number, **{f"new_{name}": value for name, value in rows[identity].items()}}
                for identity, number in known.items()
            ]
            connection.execute(_UPDATE_SEEN, updated)
        # Those of new URLs as well: where rows were lost, their numbers are given anew.
        connection.execute(_FORGET_RECENT, {"numbers": list(numbers.values())})
        if new:
            added = [{"number": numbers[i], "key": key_of(i), **rows[i]} for i in new]
            connection.execute(SEEN.insert(), added)
        recent = [r for r in by_id.values() if recent_since is None or r.last_fetched_at >= recent_since]
        if recent:
            of_recent = [_recent_row(r, numbers[r.article_id], rows[r.article_id]["origin"]) for r in recent]
            connection.execute(RECENT.insert(), of_recent)
        _move(connection, by_id.values())
        written |= numbers
    return written


def forget_recent(connection: Connection, rows: Iterable[sa.Row[Any]]) -> None:
    """Forget what is needed to look again at URLs, told by rows with their numbers."""
    connection.execute(_FORGET_RECENT, {"numbers": [row.number for row in rows]})


def forget(connection: Connection, article_ids: Iterable[str]) -> None:
    """Forget all that is known of articles or addresses, told by their ids."""
    numbers = list(numbers_of(connection, article_ids).values())
    connection.execute(_FORGET_SEEN, {"numbers": numbers})
    connection.execute(_FORGET_RECENT, {"numbers": numbers})


def addresses(connection: Connection) -> list[dict[str, Any]]:
    """All addresses of articles that have moved, as rows."""
    return [dict(row) for row in connection.execute(sa.select(ADDRESSES)).mappings()]


def know_any(connection: Connection, ids: Iterable[str]) -> bool:
    """Whether anything is known of one of these ids, of an article or of an address alike."""
    return any(_moved(connection, chunk) or numbers_of(connection, chunk) for chunk in in_chunks(ids))


def move(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Remember addresses of articles that have moved, in the place of what was known of the address by itself."""
    for chunk in in_chunks(rows):
        ids = [row["address_id"] for row in chunk]
        connection.execute(ADDRESSES.delete().where(ADDRESSES.c.address_id.in_(ids)))
        connection.execute(ADDRESSES.insert(), chunk)
        forget(connection, ids)


def _row(record: UrlRecord, origins: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    host, rest = split(record.url)
    return {
        **{name: getattr(record, name) for name in _KEPT_AS_TOLD},
        "headline_key": record.headline_key if record.headline is None else headline_key(record.headline),
        "article_id": None if record.article_id == article_id(record.url) else record.article_id,
        "origin": origins[record.site, host],
        "address": rest,
        "looked_at_for": record.last_fetched_at - record.first_fetched_at,
    }


def _recent_row(seen: UrlRecord, number: int, origin: int) -> dict[str, object]:
    return {
        **{name: getattr(seen, name) for name in ("status", "first_fetched_at", "gone_at", *_KEPT_WHILE_RECENT)},
        "number": number,
        "origin": origin,
        "age_at_last_fetch": seen.last_fetched_at - (seen.gone_at or seen.first_fetched_at),
    }


def _origin_numbers(connection: Connection, origins: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The number of each site and host; one that has none gets one."""
    known = sa.select(ORIGINS).where(ORIGINS.c.site.in_({site for site, _ in origins}))
    found = {(row.site, row.host): row.number for row in connection.execute(known)}
    if new := origins - found.keys():
        connection.execute(ORIGINS.insert(), [{"site": site, "host": host} for site, host in sorted(new)])
        found = {(row.site, row.host): row.number for row in connection.execute(known)}
    return found


def _moved(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """By the ids that addresses have by themselves, those of the articles that have moved there."""
    rows = (row for chunk in in_chunks(ids) for row in connection.execute(_MOVED, {"ids": chunk}))
    return {row.address_id: row.article_id for row in rows}


def _move(connection: Connection, records: Iterable[UrlRecord]) -> None:
    """Remember the addresses of articles that have moved, in the place of what was known of the address by itself."""
    moved = [
        {"address_id": address_id, "article_id": record.article_id}
        for record in records
        if (address_id := article_id(record.url)) != record.article_id
    ]
    move(connection, moved)
