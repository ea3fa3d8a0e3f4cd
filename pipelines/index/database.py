"""The index: which URLs were seen and when to look again, and which texts the corpus holds.

It holds nothing that cannot be rebuilt from the bucket (`kliping rebuild-index`), so its SQLite form trades the last
transactions before a power cut for speed; the crash of a process costs nothing. There is one writer at a time: SQLite
sees to it by BEGIN IMMEDIATE, PostgreSQL by an advisory lock. Times are aware, and come back in UTC.

Old texts stay, since an exact copy is one at any age.
"""

import logging
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from itertools import islice, repeat
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, ProgrammingError, StatementError

from pipelines.index.comparison import Kind, Wording, best_likeness
from pipelines.index.damaged_file import is_damage
from pipelines.index.fingerprints import LOOKUP_KEYS, article_id, lookup_keys
from pipelines.index.records import (
    ANNOUNCED_KEY_BYTES,
    LOOKED_AT_AGAIN,
    MAX_ANNOUNCED_URLS,
    Delivered,
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
    LOOKUP,
    LOSSY_MIGRATIONS,
    METADATA,
    MIGRATIONS,
    RUN_METRICS,
    SCHEMA_VERSION,
    SEEN,
    SOURCES,
    TABLE_VERSIONS,
    VERSION,
    WHOLE_VERSIONS,
    Hex,
    microseconds,
)

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
_SEEN_FIELDS = [field.name for field in fields(UrlRecord)]
_SEEN_COLUMNS = [SEEN.c[name] for name in _SEEN_FIELDS]
_IDS: sa.BindParameter[Any] = sa.bindparam("ids", type_=Hex(), expanding=True)
_NUMBERS: sa.BindParameter[Any] = sa.bindparam("numbers", type_=sa.BigInteger(), expanding=True)
_SEEN = sa.select(*_SEEN_COLUMNS).where(SEEN.c.article_id.in_(_IDS))
_SEEN_AT = sa.union_all(
    sa.select(SEEN.c.article_id.label("address_id"), sa.literal(0).label("is_moved"), *_SEEN_COLUMNS).where(
        SEEN.c.article_id.in_(_IDS)
    ),
    sa.select(ADDRESSES.c.address_id, sa.literal(1), *_SEEN_COLUMNS)
    .join(SEEN, SEEN.c.article_id == ADDRESSES.c.article_id)
    .where(ADDRESSES.c.address_id.in_(_IDS)),
)
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
    sa.select(FINGERPRINTS.c.article_id, FINGERPRINTS.c.url, FINGERPRINTS.c.site)
    .where(FINGERPRINTS.c.text_sha256 == sa.bindparam("text"), FINGERPRINTS.c.article_id != sa.bindparam("candidate"))
    .order_by(FINGERPRINTS.c.run != COMMITTED, FINGERPRINTS.c.published_at, FINGERPRINTS.c.article_id)
    .limit(1)
)
_OWN_TEXT = sa.select(FINGERPRINTS).where(
    FINGERPRINTS.c.article_id == sa.bindparam("id"), FINGERPRINTS.c.run == COMMITTED
)
_PUBLISHED_AT = _OWN_TEXT.with_only_columns(FINGERPRINTS.c.published_at)


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
                    for statement in MIGRATIONS[version]:
                        connection.exec_driver_sql(statement)
                    METADATA.create_all(connection)
                    connection.execute(VERSION.update().values(scheme=SCHEMA_VERSION))
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
                for row in sorted(connection.execute(_SEEN_AT, {"ids": chunk}), key=lambda row: row.is_moved):
                    found[row.address_id] = UrlRecord(*row[2:])
        return {url: found[address_id] for url, address_id in ids.items() if address_id in found}

    def text(self, identity: str) -> TextFingerprint | None:
        """The text that the article of that id has in the corpus, None where it has none there."""
        with self._reading() as connection:
            row = connection.execute(_OWN_TEXT, {"id": identity}).one_or_none()
        if row is None:
            return None
        return TextFingerprint(
            row.article_id, row.url, row.site, row.run, row.text_sha256, row.wording, row.published_at
        )

    def due(self, site: str, now: datetime, schedule: RevisitSchedule) -> list[UrlRecord]:
        """The site's URLs that are due at `now` by their ages alone (see `is_due`), oldest first."""
        statuses_by_ages = {schedule.retry: [Status.FAILED], schedule.revisit: LOOKED_AT_AGAIN}
        with self._reading() as connection:
            found = [
                UrlRecord(*row)
                for ages, statuses in statuses_by_ages.items()
                if ages
                for row in connection.execute(_due(site, statuses, ages, now))
            ]
        return sorted(found, key=lambda seen: (seen.first_fetched_at, seen.article_id))

    def bucket_id(self) -> str | None:
        """The id of the bucket that the index speaks of; None where it has not been told yet."""
        with self._reading() as connection:
            return connection.scalar(sa.select(BUCKET.c.id))

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
            return connection.scalar(_PUBLISHED_AT, {"id": article_id})

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
        last = ""
        while True:
            query = _entries(statuses, sites, month).order_by(SEEN.c.article_id).limit(MAX_KEYS_PER_QUERY)
            with self._reading() as connection:
                rows = connection.execute(query.where(SEEN.c.article_id > last) if last else query).all()
            if not rows:
                return
            chunk = [UrlRecord(*row) for row in rows]
            yield chunk
            last = chunk[-1].article_id

    def drawn_entries(
        self, count: int, statuses: Collection[Status], sites: Collection[str] = (), month: str | None = None
    ) -> list[UrlRecord]:
        """As many of these entries, drawn at random."""
        query = _entries(statuses, sites, month).order_by(sa.func.random()).limit(count)
        with self._reading() as connection:
            return [UrlRecord(*row) for row in connection.execute(query)]

    def texts(self) -> Iterator[list[str]]:
        """The ids of the articles whose texts the index holds as the corpus's own, in chunks."""
        last = 0
        query = sa.select(FINGERPRINTS.c.id, FINGERPRINTS.c.article_id).where(FINGERPRINTS.c.run == COMMITTED)
        while True:
            chunk = query.where(FINGERPRINTS.c.id > last).order_by(FINGERPRINTS.c.id).limit(MAX_KEYS_PER_QUERY)
            with self._reading() as connection:
                rows = connection.execute(chunk).all()
            if not rows:
                return
            yield [row.article_id for row in rows]
            last = rows[-1].id

    def text_hashes(self, article_ids: Sequence[str]) -> dict[str, str]:
        """The text_sha256 of each of the articles whose text the index holds as the corpus's own."""
        query = sa.select(FINGERPRINTS.c.article_id, FINGERPRINTS.c.text_sha256).where(FINGERPRINTS.c.run == COMMITTED)
        with self._reading() as connection:
            return {
                row.article_id: row.text_sha256
                for chunk in _chunks(article_ids)
                for row in connection.execute(query.where(FINGERPRINTS.c.article_id.in_(chunk)))
            }

    def put(self, updates: Iterable[IndexUpdate]) -> None:
        """Set what is known of URLs to just this, whatever was known before: for repair.

        A text is kept where the URL stays archived and no other is told.
        """
        with self._writing() as connection:
            for chunk in _chunks(updates):
                by_id = {update.seen.article_id: update for update in chunk}
                connection.execute(SEEN.delete().where(SEEN.c.article_id.in_(by_id)))
                connection.execute(SEEN.insert(), [_row(update.seen) for update in by_id.values()])
                _move(connection, [update.seen for update in by_id.values()])
                former = [i for i, u in by_id.items() if u.original or u.seen.status is not Status.ARCHIVED]
                _forget_texts(connection, former, COMMITTED)
                _add_texts(connection, [u.original for u in by_id.values() if u.original], COMMITTED)

    def forget_texts(self, article_ids: Sequence[str]) -> None:
        """Forget the texts that these articles have as the corpus's own."""
        with self._writing() as connection:
            _forget_texts(connection, article_ids, COMMITTED)

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
    ) -> int:
        """Make the index at `url` anew from `updates`, which are what the bucket of that id holds in these versions of
        its tables, in one transaction: on any error the old index stays. `whole_versions` are those of tables of which
        the updates tell all.

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
                _apply(connection, chunk)
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


def _due(site: str, statuses: Sequence[Status], ages: Sequence[timedelta], now: datetime) -> sa.Select[Any]:
    """`is_due` in SQL: some step lies after the last fetch and not after `now`, counted from the first fetch or from
    when the article was found to be gone. What is past its last step is not read.
    """
    steps = [
        sa.and_(SEEN.c.last_fetched_at - start < microseconds(age), start <= now - age)
        for start in (SEEN.c.first_fetched_at, SEEN.c.gone_at)
        for age in ages
    ]
    return sa.select(*_SEEN_COLUMNS).where(
        SEEN.c.site == site,
        SEEN.c.status.in_(statuses),
        SEEN.c.age_at_last_fetch < microseconds(max(ages)),
        sa.or_(*steps),
    )


def _url_records(connection: Connection, article_ids: Iterable[str]) -> dict[str, UrlRecord]:
    """The record of each article that has one, by its id."""
    rows = (row for chunk in _chunks(article_ids) for row in connection.execute(_SEEN, {"ids": chunk}))
    return {seen.article_id: seen for seen in (UrlRecord(*row) for row in rows)}


def _match(connection: Connection, candidate: TextFingerprint, window: timedelta) -> Match | None:
    exact = connection.execute(_EXACT, {"text": candidate.text_sha256, "candidate": candidate.article_id}).first()
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


def _apply(connection: Connection, updates: Sequence[IndexUpdate]) -> None:
    records = _url_records(connection, dict.fromkeys(update.seen.article_id for update in updates))
    updated: dict[str, UrlRecord] = {}
    originals: dict[str, TextFingerprint] = {}
    for update in updates:
        key = update.seen.article_id
        old = updated.get(key, records.get(key))
        updated[key] = merge(old, update.seen)
        if update.original and (old is None or old.last_fetched_at <= update.seen.last_fetched_at):
            originals[key] = update.original
    connection.execute(SEEN.delete().where(SEEN.c.article_id.in_(updated)))
    connection.execute(SEEN.insert(), [_row(seen) for seen in updated.values()])
    _move(connection, updated.values())
    _settle_texts(connection, originals)


def _settle_texts(connection: Connection, originals: Mapping[str, TextFingerprint]) -> None:
    """Have these texts, by their articles' ids, be those that the articles have in the corpus; a claim to one of them
    is settled by that.
    """
    settled: dict[str, int] = {}
    superseded = []
    for chunk in _chunks(originals):
        for row in connection.execute(_TEXTS_OF, {"ids": chunk}):
            original = originals[row.article_id]
            is_it = (row.text_sha256, row.wording) == (original.text_sha256, original.wording)
            if is_it and row.article_id not in settled:
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
    _add_texts(connection, (text for identity, text in originals.items() if identity not in settled), COMMITTED)


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
        connection.execute(SEEN.delete().where(SEEN.c.article_id.in_(ids)))


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
    query = sa.select(*_SEEN_COLUMNS).where(SEEN.c.status.in_([str(status) for status in statuses]))
    if sites:
        query = query.where(SEEN.c.site.in_(list(sites)))
    return query.where(SEEN.c.published_month == month) if month else query


def _row(seen: UrlRecord) -> dict[str, object]:
    age = seen.last_fetched_at - (seen.gone_at or seen.first_fetched_at)
    return {**{field: getattr(seen, field) for field in _SEEN_FIELDS}, "age_at_last_fetch": microseconds(age)}


def _forget_texts(connection: Connection, article_ids: Sequence[str], run: str) -> None:
    """Remove the texts that the articles have in the corpus, or that a run has claimed for them."""
    for chunk in _chunks(article_ids):
        _remove(connection, connection.execute(_TEXTS_OF_RUN, {"ids": chunk, "run": run}).all())


def _add_texts(connection: Connection, candidates: Iterable[TextFingerprint], run: str) -> None:
    for candidate in candidates:
        fingerprint = connection.execute(_ADD_TEXT, {**asdict(candidate), "run": run}).scalar_one()
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
