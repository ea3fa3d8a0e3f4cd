"""The index: which URLs were seen and when to look again, and which texts the corpus holds.

It holds nothing that cannot be rebuilt from the bucket (`kliping rebuild-index`), so its SQLite form trades the last
transactions before a power cut for speed; the crash of a process costs nothing. There is one writer at a time: SQLite
sees to it by BEGIN IMMEDIATE, PostgreSQL by an advisory lock. Times are aware, and come back in UTC.

What is left of a URL for life takes tens of bytes beside its address, so that an exact copy is one at any age; what is
needed for some weeks only expires (see `Index.expire`).
"""

import logging
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from functools import cache
from itertools import islice, repeat
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, ProgrammingError, StatementError

from pipelines.index.comparison import Kind, Wording, best_likeness
from pipelines.index.damaged_file import is_damage
from pipelines.index.fingerprints import LOOKUP_KEYS, article_id, headline_key, lookup_keys
from pipelines.index.migrations import LOSSY_MIGRATIONS, MIGRATIONS, migrate
from pipelines.index.records import (
    ANNOUNCED_KEY_BYTES,
    LOOKED_AT_AGAIN,
    MAX_ANNOUNCED_URLS,
    Delivered,
    Expired,
    IndexUpdate,
    Match,
    RevisitSchedule,
    RunMetrics,
    SourceState,
    Status,
    TableVersion,
    TextFingerprint,
    UrlRecord,
    announced_key,
    is_due,
    merge,
)
from pipelines.index.tables import (
    ADDRESSES,
    ANNOUNCED,
    BUCKET,
    COMMITTED,
    DELIVERIES,
    FINGERPRINTS,
    INDEXED_BYTES,
    LOOKUP,
    METADATA,
    RECENT,
    RUN_METRICS,
    SCHEMA_VERSION,
    SEEN,
    SITES,
    SOURCES,
    TABLE_VERSIONS,
    VERSION,
    WHOLE_VERSIONS,
    Hex,
    Utc,
    first_bytes,
    microseconds,
)
from settings.clock import utc_now

__all__ = [
    "Index",
    "IndexUnavailable",
    "IndexUpdate",
    "Match",
    "RevisitSchedule",
    "RunMetrics",
    "SourceState",
    "Status",
    "TableVersion",
    "TextFingerprint",
    "UrlRecord",
    "is_due",
]

logger = logging.getLogger(__name__)

METRICS_RETENTION = timedelta(days=8)
"""How long the metrics of a run are remembered: a week, to tell a quiet Sunday from a broken site, and a day more."""

MAX_WAIT_SECONDS = 30.0
"""Seconds that a process waits for the others that write to the index; a transaction takes milliseconds."""

POLL_SECONDS = 0.05

MAX_KEYS_PER_QUERY = 500
"""Keys in one query: looking up so many takes 1-4 ms in SQLite, and no database's limit of parameters is near."""

MAX_TEXTS_PER_KEY = 16
"""Texts that a lookup key remembers, the last ones: a phrase of a template would else bring all that was made of it."""

MAX_COMPARED_TEXTS = 16
"""Texts that a candidate is compared with, those that share the rarest keys with it. They are enough to learn from what
several have in common, and bound the time of a verdict where hundreds are of one template."""

MIN_SHARED_KEYS = 2
"""Keys that a text shares with a candidate to be compared with it: each common phrase brings texts that share one."""

NEVER_IN_CORPUS = (Status.FAILED, Status.ALIAS, Status.REJECTED)
"""What is known of a URL that never was an article nor a copy of one: a look that yields less takes nothing away."""

T = TypeVar("T")

WRITER_LOCK = 0x6B6C6970696E67
"""PostgreSQL's advisory lock of the index's one writer; 'kliping' in ASCII."""


class IndexUnavailable(Exception):  # noqa: N818 - it names a state, as its callers read it
    """The index database cannot be used; the message names it and says why, in one sentence."""


# Statements are made once: for SQLAlchemy to make one anew takes longer than for SQLite to carry it out.
_IDS: sa.BindParameter[Any] = sa.bindparam("ids", type_=Hex(), expanding=True)
_STARTS: sa.BindParameter[Any] = sa.bindparam("starts", type_=sa.LargeBinary(), expanding=True)
_NUMBERS: sa.BindParameter[Any] = sa.bindparam("numbers", type_=sa.BigInteger(), expanding=True)


def _of_ids(ids: Iterable[str]) -> dict[str, Any]:
    """The parameters of a statement about the URLs with these ids."""
    found = list(ids)
    return {"ids": found, "starts": [bytes.fromhex(identity)[:INDEXED_BYTES] for identity in found]}


_IS_ONE = sa.and_(first_bytes(SEEN.c.article_id).in_(_STARTS), SEEN.c.article_id.in_(_IDS))
_IS_THE_ONE = sa.and_(
    first_bytes(SEEN.c.article_id) == sa.bindparam("start", type_=sa.LargeBinary()),
    SEEN.c.article_id == sa.bindparam("id", type_=Hex()),
)
_KEPT_FOR_LIFE = [c.name for c in SEEN.c if c.name in UrlRecord.__slots__ and c.name != "site"]
_KEPT_WHILE_RECENT = ("headline", "etag", "last_modified", "payload_digest", "payload_warc_date")
_COLUMN_BY_FIELD = {
    **{name: SEEN.c[name] for name in _KEPT_FOR_LIFE},
    **{name: RECENT.c[name] for name in _KEPT_WHILE_RECENT},
    "site": SITES.c.name.label("site"),
}
_SEEN_COLUMNS = [_COLUMN_BY_FIELD[field.name] for field in fields(UrlRecord)]
_RECORDS = SEEN.join(SITES, SITES.c.number == SEEN.c.site).outerjoin(RECENT, RECENT.c.article_id == SEEN.c.article_id)
_RECORDS_OF_RECENT = RECENT.join(
    SEEN,
    sa.and_(
        first_bytes(SEEN.c.article_id) == first_bytes(RECENT.c.article_id), SEEN.c.article_id == RECENT.c.article_id
    ),
).join(SITES, SITES.c.number == SEEN.c.site)
_SEEN = sa.select(*_SEEN_COLUMNS).select_from(_RECORDS).where(_IS_ONE)
_SEEN_AT = sa.union_all(
    sa.select(SEEN.c.article_id.label("address_id"), sa.literal(0).label("is_moved"), *_SEEN_COLUMNS)
    .select_from(_RECORDS)
    .where(_IS_ONE),
    sa.select(ADDRESSES.c.address_id, sa.literal(1), *_SEEN_COLUMNS)
    .select_from(
        ADDRESSES.join(
            _RECORDS,
            sa.and_(
                first_bytes(SEEN.c.article_id) == first_bytes(ADDRESSES.c.article_id),
                SEEN.c.article_id == ADDRESSES.c.article_id,
            ),
        )
    )
    .where(ADDRESSES.c.address_id.in_(_IDS)),
)
_PRESENT = sa.select(SEEN.c.article_id).where(_IS_ONE)
_FORGET_SEEN = SEEN.delete().where(_IS_ONE)
_FORGET_RECENT = RECENT.delete().where(RECENT.c.article_id.in_(_IDS))
_UPDATE_SEEN = (
    SEEN.update()
    .where(_IS_THE_ONE)
    .values({name: sa.bindparam(f"new_{name}") for name in (*_KEPT_FOR_LIFE, "site") if name != "article_id"})
)
_PUBLISH = (
    SEEN.update()
    .where(_IS_THE_ONE)
    .values(published_at=sa.bindparam("new_published_at"), text_sha256=sa.bindparam("new_text_sha256"))
)
_UNPUBLISH = SEEN.update().where(_IS_ONE).values(published_at=None)
_KEYS = [f"key_{number}" for number in range(LOOKUP_KEYS)]
_LOOKED_UP = sa.select(LOOKUP).where(LOOKUP.c.key.in_([sa.bindparam(key, type_=LOOKUP.c.key.type) for key in _KEYS]))
_CROWDED = (
    sa.select(LOOKUP.c.key, sa.func.min(LOOKUP.c.fingerprint).label("fingerprint"))
    .where(LOOKUP.c.key.in_([sa.bindparam(key, type_=LOOKUP.c.key.type) for key in _KEYS]))
    .group_by(LOOKUP.c.key)
    .having(sa.func.count() > MAX_TEXTS_PER_KEY)
)
_FORGET_KEY = LOOKUP.delete().where(
    LOOKUP.c.key == sa.bindparam("of_key"), LOOKUP.c.fingerprint == sa.bindparam("of_fingerprint")
)
_TEXTS = sa.select(FINGERPRINTS).where(FINGERPRINTS.c.id.in_(_NUMBERS))
_TEXTS_OF = sa.select(FINGERPRINTS).where(FINGERPRINTS.c.article_id.in_(_IDS))
_TEXTS_OF_RUN = _TEXTS_OF.where(FINGERPRINTS.c.run == sa.bindparam("run"))
_FORGET_TEXTS = FINGERPRINTS.delete().where(FINGERPRINTS.c.id.in_(_NUMBERS))
_ADD_TEXT = FINGERPRINTS.insert().returning(FINGERPRINTS.c.id)
_SETTLE_TEXT = (
    FINGERPRINTS.update()
    .where(FINGERPRINTS.c.id == sa.bindparam("claim"))
    .values({name: sa.bindparam(f"settled_{name}") for name in ("url", "site", "run", "published_at")})
)
_EXACT = (
    sa.select(SEEN.c.article_id, SEEN.c.url, SITES.c.name.label("site"))
    .join(SITES, SITES.c.number == SEEN.c.site)
    .where(
        first_bytes(SEEN.c.text_sha256) == sa.bindparam("start", type_=sa.LargeBinary()),
        SEEN.c.published_at.is_not(None),
        SEEN.c.text_sha256 == sa.bindparam("text"),
        SEEN.c.article_id != sa.bindparam("candidate"),
    )
    .order_by(SEEN.c.published_at, SEEN.c.article_id)
    .limit(1)
)
_EXACT_CLAIM = (
    sa.select(FINGERPRINTS.c.article_id, FINGERPRINTS.c.url, FINGERPRINTS.c.site)
    .where(
        FINGERPRINTS.c.text_sha256 == sa.bindparam("text"),
        FINGERPRINTS.c.run != COMMITTED,
        FINGERPRINTS.c.article_id != sa.bindparam("candidate"),
    )
    .order_by(FINGERPRINTS.c.published_at, FINGERPRINTS.c.article_id)
    .limit(1)
)
_OWN_TEXT = sa.select(FINGERPRINTS).where(
    FINGERPRINTS.c.article_id == sa.bindparam("id"), FINGERPRINTS.c.run == COMMITTED
)
_PUBLISHED_AT = sa.select(SEEN.c.published_at).where(_IS_THE_ONE)
_OWN_HASHES = sa.select(SEEN.c.article_id, SEEN.c.text_sha256).where(_IS_ONE, SEEN.c.published_at.is_not(None))


class Index:
    """The index database. One object may be used from several threads, one database by several processes.

    The crawls of one machine share a SQLite file, those of several machines a PostgreSQL. Every method raises
    IndexUnavailable where the database does not answer, and ValueError for a time without a zone.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the index at a SQLAlchemy URL ('sqlite:////path/index.db', 'postgresql+psycopg2://...'); make it where
        there is none.

        Raises IndexUnavailable: the URL is wrong, the database does not answer or is not encoded in UTF-8, or it has
        other tables or fingerprints than this version's and has to be rebuilt.
        """
        index = cls(_engine(url))
        try:
            with index._writing() as connection:
                index._require_utf8(connection)
                VERSION.create(connection, checkfirst=True)
                version = connection.scalar(sa.select(VERSION.c.scheme))
                if version is None:
                    _make_tables(connection)
                elif version in MIGRATIONS:
                    migrate(connection, version, _write)
                    if version in LOSSY_MIGRATIONS:
                        logger.warning(
                            "the index %s is of this version now; of texts that are in it already, only exact copies "
                            "are found until `kliping rebuild-index` has been run",
                            index,
                        )
                elif version != SCHEMA_VERSION:
                    raise IndexUnavailable(
                        f"the index {index} has the schema {version!r} and this version of Kliping needs "
                        f"{SCHEMA_VERSION!r}: run `kliping rebuild-index`"
                    )
        except BaseException:
            index.close()
            raise
        return index

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __str__(self) -> str:
        return self._engine.url.render_as_string(hide_password=True)

    def seen(self, urls: Iterable[str]) -> dict[str, UrlRecord]:
        """What is known of each of the canonical `urls` that is known at all. An article that has moved is known by all
        its addresses; its record has the latest.
        """
        ids = {url: article_id(url) for url in urls}
        found: dict[str, UrlRecord] = {}
        with self._reading() as connection:
            for chunk in _chunks(dict.fromkeys(ids.values())):
                # An address that an article has moved to tells of that article, whatever was there before.
                for row in sorted(connection.execute(_SEEN_AT, _of_ids(chunk)), key=lambda row: row.is_moved):
                    found[row.address_id] = UrlRecord(*row[2:])
        return {url: found[address_id] for url, address_id in ids.items() if address_id in found}

    def text(self, identity: str) -> TextFingerprint | None:
        """The text that the article of that id has in the corpus; None where it has none there that near copies are
        looked for of.
        """
        with self._reading() as connection:
            row = connection.execute(_OWN_TEXT, {"id": identity}).one_or_none()
        if row is None:
            return None
        return TextFingerprint(
            row.article_id, row.url, row.site, row.run, row.text_sha256, row.wording, row.published_at
        )

    def due(self, site: str, now: datetime, schedule: RevisitSchedule) -> list[UrlRecord]:
        """The site's URLs that are due at `now` by their ages alone (see `is_due`), oldest first."""
        ladders = (((Status.FAILED,), schedule.retry), (LOOKED_AT_AGAIN, schedule.revisit))
        with self._reading() as connection:
            found = [
                UrlRecord(*row)
                for statuses, ages in ladders
                if ages
                for row in connection.execute(_due(statuses, ages), {"site": site, "now": now})
            ]
        return sorted(found, key=lambda seen: (seen.first_fetched_at, seen.article_id))

    def bucket_id(self) -> str | None:
        """The id of the bucket that the index speaks of; None where it has not been told yet."""
        with self._reading() as connection:
            return connection.scalar(sa.select(BUCKET.c.id))

    def bucket_prepared_for(self) -> str | None:
        """For what the bucket was found to be fit, None where nothing is noted."""
        with self._reading() as connection:
            return connection.scalar(sa.select(BUCKET.c.prepared_for))

    def note_prepared_for(self, purpose: str) -> None:
        """Remember for what the bucket is fit, where the index has one."""
        with self._writing() as connection:
            connection.execute(BUCKET.update().values(prepared_for=purpose))

    def adopt_bucket(self, bucket_id: str) -> None:
        """Remember the id of the bucket that the index speaks of."""
        with self._writing() as connection:
            _adopt_bucket(connection, bucket_id)

    def table_versions(self) -> list[TableVersion]:
        """The newest versions of the tables in the bucket that deliveries have told of, by name."""
        with self._reading() as connection:
            rows = connection.execute(sa.select(TABLE_VERSIONS).order_by(TABLE_VERSIONS.c.table_name))
            return [TableVersion(*row) for row in rows]

    def whole_versions(self) -> dict[str, int]:
        """By table, the version up to which the index has heard of all that the table holds; tables of which that is in
        doubt are left out.
        """
        with self._reading() as connection:
            return {row.table_name: row.version for row in connection.execute(sa.select(WHOLE_VERSIONS))}

    def note_whole(self, versions: Mapping[str, int]) -> None:
        """Remember of tables up to which version the index has heard of all that they hold."""
        with self._writing() as connection:
            _note_whole(connection, versions)

    def doubt(self) -> None:
        """Remember that the index may not have heard of all that the tables hold."""
        with self._writing() as connection:
            connection.execute(WHOLE_VERSIONS.delete())

    def delivered(self) -> dict[str, int]:
        """By sequence of batches, the number of the last one of which the index has heard."""
        with self._reading() as connection:
            return {row.sequence: row.number for row in connection.execute(sa.select(DELIVERIES))}

    def unheard_of(self, article_ids: Iterable[str]) -> set[str]:
        """Those of the ids by which nothing is known that ever was an article, a copy of one, or taken out by an
        operator's verdict.
        """
        ids = list(dict.fromkeys(article_ids))
        with self._reading() as connection:
            records = _url_records(connection, ids)
            moved = {
                row.address_id
                for chunk in _chunks(ids)
                for row in connection.execute(sa.select(ADDRESSES).where(ADDRESSES.c.address_id.in_(chunk)))
            }
        return {
            identity
            for identity in ids
            if identity not in moved
            and ((seen := records.get(identity)) is None or (seen.status in NEVER_IN_CORPUS and seen.verdict is None))
        }

    def count_archived(self) -> int:
        """How many articles of the corpus the index knows."""
        return self._count(Status.ARCHIVED)

    def count_copies(self) -> int:
        """How many copies of articles the index knows that are no articles of their own."""
        return self._count(Status.DUPLICATE)

    def _count(self, status: Status) -> int:
        with self._reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).where(SEEN.c.status == status)) or 0

    def published_at(self, article_id: str) -> datetime | None:
        """When the article was published whose text the index holds as the corpus's own, UTC."""
        with self._reading() as connection:
            return connection.scalar(_PUBLISHED_AT, _of_id(article_id))

    def source(self, url: str) -> SourceState | None:
        """The state of the source at `url` as last saved."""
        with self._reading() as connection:
            row = connection.execute(sa.select(SOURCES).where(SOURCES.c.url == url)).one_or_none()
        return SourceState(*row) if row else None

    def save_sources(self, states: Iterable[SourceState]) -> None:
        """Remember sources, each in the place of what was known of it."""
        rows = [asdict(state) for state in {state.url: state for state in states}.values()]
        with self._writing() as connection:
            for chunk in _chunks(rows):
                connection.execute(SOURCES.delete().where(SOURCES.c.url.in_([row["url"] for row in chunk])))
                connection.execute(SOURCES.insert(), chunk)

    def first_announced(self, source: str, urls: Iterable[str]) -> list[str]:
        """Those of `urls` that the source at the URL `source` has not announced before, as far as is remembered."""
        with self._reading() as connection:
            known = _announced_keys(connection, source)
        return [url for url in dict.fromkeys(urls) if announced_key(url) not in known]

    def save_announced(self, urls_by_source: Mapping[str, Sequence[str]]) -> None:
        """Remember what sources have announced, besides what was known of them."""
        with self._writing() as connection:
            for source, urls in urls_by_source.items():
                keys = dict.fromkeys(map(announced_key, urls))
                known = [key for key in _announced_keys(connection, source) if key not in keys]
                kept = known[max(0, len(known) + len(keys) - MAX_ANNOUNCED_URLS) :]
                connection.execute(ANNOUNCED.delete().where(ANNOUNCED.c.source == source))
                connection.execute(ANNOUNCED.insert().values(source=source, keys=b"".join([*kept, *keys])))

    def save_metrics(self, run: RunMetrics) -> None:
        """Remember what a run brought, for some days; those of the site that are older are forgotten."""
        with self._writing() as connection:
            connection.execute(
                RUN_METRICS.delete().where(
                    RUN_METRICS.c.site == run.site,
                    sa.or_(
                        RUN_METRICS.c.run == run.run, RUN_METRICS.c.finished_at < run.finished_at - METRICS_RETENTION
                    ),
                )
            )
            connection.execute(RUN_METRICS.insert().values(asdict(run)))

    def recent_metrics(self, site: str) -> list[RunMetrics]:
        """What the site's runs of the last days brought, oldest first."""
        query = sa.select(RUN_METRICS).where(RUN_METRICS.c.site == site).order_by(RUN_METRICS.c.finished_at)
        with self._reading() as connection:
            return [RunMetrics(*row) for row in connection.execute(query)]

    def match(self, candidate: TextFingerprint, window: timedelta) -> Match | None:
        """The article that the candidate's text repeats, of those the corpus holds and those that runs have claimed.

        An exact copy is one at any length and any distance in time. Any other match was published within `window` of
        the candidate, before or after. Of several the kind decides (see `Kind`), then the containment, then the
        similarity; then a text of the corpus goes before a claimed one, and the one published earlier before a later.
        An article never matches itself.
        """
        with self._reading() as connection:
            return _match(connection, candidate, window)

    def match_or_claim(self, candidate: TextFingerprint, window: timedelta) -> Match | None:
        """As `match`; where there is none, or one to which the candidate adds something, the text is claimed for the
        candidate's run, in the same transaction.

        Of processes that bring the same text at once exactly one gets no such match and has the original; all others
        match it. A claim is settled by `commit`, or ended by `release`.
        """
        with self._writing() as connection:
            match = _match(connection, candidate, window)
            if match is None or match.adds:
                _forget_texts(connection, [candidate.article_id], candidate.run)
                _add_texts(connection, [candidate], candidate.run)
        return match

    def commit(
        self,
        updates: Iterable[IndexUpdate],
        tables: Iterable[TableVersion] = (),
        delivered: Delivered | None = None,
    ) -> None:
        """Mark what a delivered batch holds: URLs as seen, claimed texts as the corpus's own; the versions of the
        `tables` that it stands in; and that it was `delivered`. All or nothing.

        May be repeated, and told out of order (see `merge`). A text needs no claim to be committed.
        """
        with self._writing() as connection:
            for chunk in _chunks(updates):
                _apply(connection, chunk)
            _remember_versions(connection, tables)
            if delivered:
                _remember_delivery(connection, delivered)

    def entries(
        self, statuses: Collection[Status], sites: Collection[str] = (), month: str | None = None
    ) -> Iterator[list[UrlRecord]]:
        """What is known of URLs with these statuses, in chunks: of all, or of some sites, or of a month of publication
        ('YYYY-MM').
        """
        query = _entries(statuses, sites, month).add_columns(SEEN.c.number).order_by(SEEN.c.number)
        last = 0
        while True:
            with self._reading() as connection:
                rows = connection.execute(query.where(SEEN.c.number > last).limit(MAX_KEYS_PER_QUERY)).all()
            if not rows:
                return
            yield [UrlRecord(*row[:-1]) for row in rows]
            last = rows[-1].number

    def drawn_entries(
        self, count: int, statuses: Collection[Status], sites: Collection[str] = (), month: str | None = None
    ) -> list[UrlRecord]:
        """As many of these entries, drawn at random."""
        query = _entries(statuses, sites, month).order_by(sa.func.random()).limit(count)
        with self._reading() as connection:
            return [UrlRecord(*row) for row in connection.execute(query)]

    def texts(self) -> Iterator[list[str]]:
        """The ids of the articles whose texts the index holds as the corpus's own, in chunks."""
        query = sa.select(SEEN.c.number, SEEN.c.article_id).where(SEEN.c.published_at.is_not(None))
        last = 0
        while True:
            chunk = query.where(SEEN.c.number > last).order_by(SEEN.c.number).limit(MAX_KEYS_PER_QUERY)
            with self._reading() as connection:
                rows = connection.execute(chunk).all()
            if not rows:
                return
            yield [row.article_id for row in rows]
            last = rows[-1].number

    def text_hashes(self, article_ids: Sequence[str]) -> dict[str, str]:
        """What the index keeps of the text_sha256 (see `is_text`) of each of the articles whose text it holds as the
        corpus's own.
        """
        with self._reading() as connection:
            return {
                row.article_id: row.text_sha256
                for chunk in _chunks(article_ids)
                for row in connection.execute(_OWN_HASHES, _of_ids(chunk))
            }

    def put(self, updates: Iterable[IndexUpdate]) -> None:
        """Set what is known of URLs to just this, whatever was known before: for repair.

        A text is kept where the URL stays archived and no other is told.
        """
        with self._writing() as connection:
            for chunk in _chunks(updates):
                by_id = {update.seen.article_id: update for update in chunk}
                _write(connection, [update.seen for update in by_id.values()])
                former = [i for i, u in by_id.items() if u.original or u.seen.status is not Status.ARCHIVED]
                _unpublish(connection, former)
                _publish(connection, {i: u.original for i, u in by_id.items() if u.original})

    def forget_texts(self, article_ids: Sequence[str]) -> None:
        """Forget the texts that these articles have as the corpus's own."""
        with self._writing() as connection:
            _unpublish(connection, article_ids)

    def expire(self, now: datetime, window: timedelta, schedule: RevisitSchedule) -> Expired:
        """Forget what is of no use any more at `now`: the wording of a text of the corpus that was published longer ago
        than `window`, in which near copies are looked for, and came in longer ago, too; and what is needed only while a
        URL is looked at again, where that was for the last time and longer ago.

        May be done while crawls are under way, and broken off. What is left for life tells which URLs were seen, when,
        and what is an exact copy. Upkeep calls it every night: without it the index grows by seven times as much.
        """
        texts = sa.select(FINGERPRINTS).where(
            FINGERPRINTS.c.run == COMMITTED,
            FINGERPRINTS.c.published_at < now - window,
            FINGERPRINTS.c.added_at < now - window,
        )
        is_done = [
            sa.and_(RECENT.c.status == status, RECENT.c.age_at_last_fetch >= microseconds(max(ages)))
            if (ages := schedule.ages_for(status))
            else RECENT.c.status == status
            for status in Status
        ]
        recent = (
            sa.select(RECENT.c.article_id)
            .select_from(_RECORDS_OF_RECENT)
            .where(SEEN.c.last_fetched_at < now - window, sa.or_(*is_done))
        )
        return Expired(
            texts=self._in_steps(texts.order_by(FINGERPRINTS.c.id), _remove),
            urls=self._in_steps(recent, _forget_recent),
        )

    def _in_steps(self, query: sa.Select[Any], forget: Callable[[Connection, Sequence[sa.Row[Any]]], None]) -> int:
        """Forget what a query finds, some of it in each transaction, so that crawls get their turns; how much."""
        count = 0
        while True:
            with self._writing() as connection:
                rows = connection.execute(query.limit(MAX_KEYS_PER_QUERY)).all()
                forget(connection, rows)
            count += len(rows)
            if len(rows) < MAX_KEYS_PER_QUERY:
                return count

    def note_versions(self, tables: Iterable[TableVersion]) -> None:
        """Take the versions of tables as they are now, though later ones are known."""
        with self._writing() as connection:
            connection.execute(TABLE_VERSIONS.delete())
            _remember_versions(connection, tables)

    def release(self, site: str, keep_runs: Iterable[str] = ()) -> int:
        """Drop the claims of the site's runs but `keep_runs` (the live one, and those with batches still to deliver).

        Returns how many. A copy that was recorded meanwhile keeps pointing at the article whose claim is dropped: the
        article's URL was not marked as seen, so it is fetched again.
        """
        claimed = sa.select(FINGERPRINTS).where(
            FINGERPRINTS.c.site == site, FINGERPRINTS.c.run != COMMITTED, FINGERPRINTS.c.run.not_in(list(keep_runs))
        )
        with self._writing() as connection:
            rows = connection.execute(claimed).all()
            _remove(connection, rows)
        return len(rows)

    @classmethod
    def replace(
        cls,
        url: str,
        updates: Iterable[IndexUpdate],
        bucket_id: str | None = None,
        tables: Iterable[TableVersion] = (),
        whole_versions: Mapping[str, int] | None = None,
        recent_since: datetime | None = None,
    ) -> int:
        """Make the index at `url` anew from `updates`, which are what the bucket of that id holds in these versions of
        its tables, in one transaction: on any error the old index stays. `whole_versions` are those of tables of which
        the updates tell all. Of URLs that were looked at before `recent_since` it keeps only what it keeps for life
        (see `expire`).

        Returns the number of updates. What is not in `updates` is gone: failed URLs, claims, and the states of sources;
        these must go, since a source that answers "unchanged" would hide the URLs that the index no longer knows. Marks
        are taken in chunks, so that memory stays bounded where they come from an iterator.

        Raises IndexUnavailable: the database does not answer, or a crawl holds it.
        """
        count = 0
        with cls(_engine(url)) as index, index._writing() as connection:
            index._require_utf8(connection)
            METADATA.drop_all(connection)
            _make_tables(connection)
            for chunk in _chunks(updates):
                _apply(connection, chunk, recent_since)
                count += len(chunk)
            if bucket_id:
                _adopt_bucket(connection, bucket_id)
            _remember_versions(connection, tables)
            _note_whole(connection, whole_versions or {})
        return count

    def _require_utf8(self, connection: Connection) -> None:
        """Refuse a PostgreSQL database of another encoding: headlines and URLs would not go in, or come out mangled."""
        if connection.dialect.name != "postgresql":
            return
        encoding = connection.scalar(sa.text("SHOW server_encoding"))
        if encoding != "UTF8":
            raise IndexUnavailable(
                f"the index database {self} has the encoding {encoding}: make one with "
                "CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"
            )

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._translate_errors(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that no other writer's transaction overlaps."""
        with self._translate_errors(), self._engine.connect() as connection:
            connection.execution_options(writing=True)
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITER_LOCK)))
                yield connection

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Turn what the driver says of a database that is down, locked or damaged into IndexUnavailable."""
        try:
            yield
        except (IntegrityError, ProgrammingError, DataError):
            raise  # faults of ours, not of the database
        except DBAPIError as error:
            reason = " ".join(str(error.orig).split())
            if is_damage(error.orig):
                raise IndexUnavailable(
                    f"the index database {self} is damaged ({reason}): run `kliping rebuild-index`"
                ) from error
            raise IndexUnavailable(f"the index database {self} cannot be used: {reason}") from error
        except StatementError as error:
            # A column refused a value, such as a time without a zone; SQLAlchemy wraps what the column raised.
            raise error.orig or error from None


def _engine(url: str) -> Engine:
    try:
        parsed = sa.make_url(url)
    except ArgumentError as error:
        raise IndexUnavailable("the index database's URL is not one that SQLAlchemy understands") from error
    if parsed.get_backend_name() == "postgresql":
        return sa.create_engine(parsed, pool_pre_ping=True)
    if parsed.get_backend_name() != "sqlite":
        raise IndexUnavailable(f"the index database is SQLite or PostgreSQL, not {parsed.get_backend_name()}")
    if not parsed.database:
        raise IndexUnavailable(
            "the index database in memory is forgotten at once: name a file, sqlite:////path/index.db"
        )
    try:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise IndexUnavailable(f"the folder of the index database {parsed.database} cannot be made: {error}") from error
    engine = sa.create_engine(parsed)
    sa.event.listen(engine, "connect", _set_up_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_tables(connection: Connection) -> None:
    METADATA.create_all(connection)
    connection.execute(VERSION.insert().values(scheme=SCHEMA_VERSION))


def _set_up_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # Python's driver would begin transactions by itself, and too late
    for pragma in (
        f"busy_timeout={MAX_WAIT_SECONDS * 1000:.0f}",  # ms
        "synchronous=NORMAL",  # sound after a crash; a power cut may take the last transactions, which can be rebuilt
        "cache_size=-65536",  # KB
        "mmap_size=1073741824",  # bytes
    ):
        connection.execute(f"PRAGMA {pragma}")
    _switch_to_wal(connection)


def _switch_to_wal(connection: Any) -> None:
    """Have readers not wait for the writer. For this switch SQLite itself does not wait while others make the file."""
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    # A writer takes the lock before it reads: what it read then still holds when it writes.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, MAX_KEYS_PER_QUERY)):
        yield chunk


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
        sa.select(*_SEEN_COLUMNS)
        .select_from(_RECORDS_OF_RECENT)
        .where(
            RECENT.c.site == sa.bindparam("site"),
            RECENT.c.status.in_(statuses),
            RECENT.c.age_at_last_fetch < microseconds(max(ages)),
            sa.or_(*steps),
        )
    )


def _url_records(connection: Connection, article_ids: Iterable[str]) -> dict[str, UrlRecord]:
    """The record of each article that has one, by its id."""
    rows = (row for chunk in _chunks(article_ids) for row in connection.execute(_SEEN, _of_ids(chunk)))
    return {seen.article_id: seen for seen in (UrlRecord(*row) for row in rows)}


def _match(connection: Connection, candidate: TextFingerprint, window: timedelta) -> Match | None:
    asked = {"text": candidate.text_sha256, "candidate": candidate.article_id}
    start = bytes.fromhex(candidate.text_sha256)[:INDEXED_BYTES]
    exact = (
        connection.execute(_EXACT, {**asked, "start": start}).first() or connection.execute(_EXACT_CLAIM, asked).first()
    )
    if exact:
        return Match(exact.article_id, exact.url, Kind.EXACT, 1.0, 1.0, adds=False, site=exact.site)
    if candidate.wording is None:
        return None
    alike = _alike(connection, candidate.wording)
    if not alike:
        return None
    found = connection.execute(_TEXTS, {"numbers": alike}).all()
    order_by_id = {row.id: row for row in found if row.article_id != candidate.article_id}
    wordings = {row.id: Wording.read(row.wording) for row in found if row.article_id != candidate.article_id}
    near_in_time = {
        row.id: wordings[row.id]
        for row in sorted(
            order_by_id.values(), key=lambda row: (row.run != COMMITTED, row.published_at, row.article_id)
        )
        if abs(row.published_at - candidate.published_at) <= window
    }
    best = best_likeness(Wording.read(candidate.wording), near_in_time, wordings.values())
    if best is None:
        return None
    original, like = order_by_id[best[0]], best[1]
    return Match(
        original.article_id, original.url, like.kind, like.similarity, like.containment, like.adds, original.site
    )


def _alike(connection: Connection, wording: bytes) -> list[int]:
    """The fingerprints of the texts that share the rarest lookup keys with a text, the most alike first."""
    keys = [(key, text) for key, text in connection.execute(_LOOKED_UP, _by_key(lookup_keys(wording)))]
    texts_by_key = Counter(key for key, _ in keys)
    shared = Counter(text for _, text in keys)
    rarity: dict[int, float] = defaultdict(float)
    for key, text in keys:
        rarity[text] += 1 / texts_by_key[key]
    found = [fingerprint for fingerprint, count in shared.items() if count >= MIN_SHARED_KEYS]
    return sorted(found, key=lambda fingerprint: (-rarity[fingerprint], fingerprint))[:MAX_COMPARED_TEXTS]


def _apply(connection: Connection, updates: Sequence[IndexUpdate], recent_since: datetime | None = None) -> None:
    records = _url_records(connection, dict.fromkeys(update.seen.article_id for update in updates))
    updated: dict[str, UrlRecord] = {}
    originals: dict[str, TextFingerprint] = {}
    for update in updates:
        key = update.seen.article_id
        old = updated.get(key, records.get(key))
        updated[key] = merge(old, update.seen)
        if update.original and (old is None or old.last_fetched_at <= update.seen.last_fetched_at):
            originals[key] = update.original
    _write(connection, updated.values(), recent_since)
    _publish(connection, originals)


def _write(connection: Connection, records: Iterable[UrlRecord], recent_since: datetime | None = None) -> None:
    """Have the index know just this of URLs, but for the texts that they have in the corpus."""
    for chunk in _chunks(records):
        sites = _site_numbers(connection, {record.site for record in chunk})
        by_id = {record.article_id: record for record in chunk}
        present = set(connection.scalars(_PRESENT, _of_ids(by_id)))
        rows = {
            identity: {
                **{name: getattr(record, name) for name in _KEPT_FOR_LIFE},
                "headline_key": record.headline_key if record.headline is None else headline_key(record.headline),
                "site": sites[record.site],
            }
            for identity, record in by_id.items()
        }
        if known := [
            {**{f"new_{name}": value for name, value in row.items()}, **_of_id(identity)}
            for identity, row in rows.items()
            if identity in present
        ]:
            connection.execute(_UPDATE_SEEN, known)
        if new := [row for identity, row in rows.items() if identity not in present]:
            connection.execute(SEEN.insert(), new)
        connection.execute(_FORGET_RECENT, {"ids": list(by_id)})
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


def _of_id(identity: str) -> dict[str, Any]:
    """The parameters of a statement about the URL with this id."""
    return {"id": identity, "start": bytes.fromhex(identity)[:INDEXED_BYTES]}


def _publish(connection: Connection, originals: Mapping[str, TextFingerprint]) -> None:
    """Have these texts, by their articles' ids, be those that the articles have in the corpus; a claim to one of them
    is settled by that.
    """
    if not originals:
        return
    connection.execute(
        _PUBLISH,
        [
            {**_of_id(identity), "new_published_at": text.published_at, "new_text_sha256": text.text_sha256}
            for identity, text in originals.items()
        ],
    )
    settled: dict[str, int] = {}
    superseded = []
    for chunk in _chunks(originals):
        for row in connection.execute(_TEXTS_OF, {"ids": chunk}):
            original = originals[row.article_id]
            is_it = (row.text_sha256, row.wording) == (original.text_sha256, original.wording)
            if is_it and row.wording and row.article_id not in settled:
                settled[row.article_id] = row.id
            else:
                superseded.append(row)
    _remove(connection, superseded)
    if settled:
        connection.execute(
            _SETTLE_TEXT,
            [
                {
                    "claim": claim,
                    "settled_url": originals[identity].url,
                    "settled_site": originals[identity].site,
                    "settled_run": COMMITTED,
                    "settled_published_at": originals[identity].published_at,
                }
                for identity, claim in settled.items()
            ],
        )
    new = (text for identity, text in originals.items() if identity not in settled)
    _add_texts(connection, (text for text in new if text.wording), COMMITTED)


def _unpublish(connection: Connection, article_ids: Iterable[str]) -> None:
    """Forget the texts that the articles have in the corpus."""
    for chunk in _chunks(article_ids):
        connection.execute(_UNPUBLISH, _of_ids(chunk))
        _forget_texts(connection, chunk, COMMITTED)


def _forget_recent(connection: Connection, rows: Sequence[sa.Row[Any]]) -> None:
    connection.execute(_FORGET_RECENT, {"ids": [row.article_id for row in rows]})


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
        connection.execute(_FORGET_SEEN, _of_ids(ids))
        connection.execute(_FORGET_RECENT, {"ids": ids})


def _announced_keys(connection: Connection, source: str) -> dict[bytes, None]:
    """The keys of what a source has announced, the last ones last."""
    found = connection.scalar(sa.select(ANNOUNCED.c["keys"]).where(ANNOUNCED.c.source == source)) or b""
    return dict.fromkeys(
        bytes(found[at : at + ANNOUNCED_KEY_BYTES]) for at in range(0, len(found), ANNOUNCED_KEY_BYTES)
    )


def _adopt_bucket(connection: Connection, bucket_id: str) -> None:
    connection.execute(BUCKET.delete())
    connection.execute(BUCKET.insert().values(id=bucket_id))


def _remember_versions(connection: Connection, tables: Iterable[TableVersion]) -> None:
    """Remember versions of tables, each unless a later one is known."""
    known = {row.table_name: row.version for row in connection.execute(sa.select(TABLE_VERSIONS))}
    for table in tables:
        if table.version >= known.get(table.table, -1):
            connection.execute(TABLE_VERSIONS.delete().where(TABLE_VERSIONS.c.table_name == table.table))
            connection.execute(
                TABLE_VERSIONS.insert().values(
                    table_name=table.table, version=table.version, entry_sha256=table.entry_sha256
                )
            )


def _remember_delivery(connection: Connection, delivered: Delivered) -> None:
    own = DELIVERIES.c.sequence == delivered.sequence
    known = connection.scalar(sa.select(DELIVERIES.c.number).where(own))
    if known is None:
        connection.execute(DELIVERIES.insert().values(sequence=delivered.sequence, number=delivered.number))
    elif known < delivered.number:
        connection.execute(DELIVERIES.update().where(own).values(number=delivered.number))
    for name, version in delivered.whole_versions.items():
        # Where it has come to be in doubt meanwhile, it stays so.
        later = sa.and_(WHOLE_VERSIONS.c.table_name == name, WHOLE_VERSIONS.c.version < version)
        connection.execute(WHOLE_VERSIONS.update().where(later).values(version=version))


def _note_whole(connection: Connection, versions: Mapping[str, int]) -> None:
    connection.execute(WHOLE_VERSIONS.delete().where(WHOLE_VERSIONS.c.table_name.in_(versions)))
    for name, version in versions.items():
        connection.execute(WHOLE_VERSIONS.insert().values(table_name=name, version=version))


def _entries(statuses: Collection[Status], sites: Collection[str], month: str | None) -> sa.Select[Any]:
    query = sa.select(*_SEEN_COLUMNS).select_from(_RECORDS).where(SEEN.c.status.in_(list(statuses)))
    if sites:
        query = query.where(SITES.c.name.in_(list(sites)))
    return query.where(SEEN.c.published_month == month) if month else query


def _forget_texts(connection: Connection, article_ids: Sequence[str], run: str) -> None:
    """Remove the texts that the articles have in the corpus, or that a run has claimed for them."""
    for chunk in _chunks(article_ids):
        _remove(connection, connection.execute(_TEXTS_OF_RUN, {"ids": chunk, "run": run}).all())


def _add_texts(connection: Connection, candidates: Iterable[TextFingerprint], run: str) -> None:
    for candidate in candidates:
        row = {**asdict(candidate), "run": run, "added_at": utc_now()}
        fingerprint = connection.execute(_ADD_TEXT, row).scalar_one()
        if candidate.wording is not None:
            keys = lookup_keys(candidate.wording)
            connection.execute(LOOKUP.insert(), [{"key": key, "fingerprint": fingerprint} for key in keys])
            _forget_oldest(connection, keys)


def _by_key(keys: Sequence[int]) -> dict[str, int]:
    """The parameters of a statement about LOOKUP_KEYS keys; where a text has fewer, its last stands for the rest."""
    return dict(zip(_KEYS, [*keys, *repeat(keys[-1], LOOKUP_KEYS - len(keys))], strict=True))


def _forget_oldest(connection: Connection, keys: Sequence[int]) -> None:
    """Have each of the keys, to which one text was added, remember no more texts than it may."""
    crowded = connection.execute(_CROWDED, _by_key(keys))
    _delete_keys(connection, [(row.key, row.fingerprint) for row in crowded])


def _delete_keys(connection: Connection, keys: Sequence[tuple[int, int]]) -> None:
    if keys:
        connection.execute(_FORGET_KEY, [{"of_key": key, "of_fingerprint": text} for key, text in keys])


def _remove(connection: Connection, fingerprints: Sequence[sa.Row[Any]]) -> None:
    # The keys are found by working them out again: an index from fingerprint to keys would double their table.
    _delete_keys(connection, [(key, row.id) for row in fingerprints if row.wording for key in lookup_keys(row.wording)])
    for chunk in _chunks(fingerprints):
        connection.execute(_FORGET_TEXTS, {"numbers": [row.id for row in chunk]})
