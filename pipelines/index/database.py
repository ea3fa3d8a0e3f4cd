"""The index: which URLs were seen and when to look again, and which texts the corpus holds.

It holds nothing that cannot be rebuilt from the bucket (`kliping rebuild-index`), so its SQLite form trades the last
transactions before a power cut for speed; the crash of a process costs nothing. There is one writer at a time. Times
are aware, and come back in UTC.

What is left of a URL for life takes tens of bytes beside its address, so that an exact copy is one at any age; what is
needed for some weeks only expires (see `Index.expire`).
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from pipelines.index import copies, ledger, revisits, run_metrics, sources, takedowns, url_records
from pipelines.index.keys import MAX_KEYS_PER_QUERY, in_chunks
from pipelines.index.migrations import LOSSY_MIGRATIONS, MIGRATIONS, migrate
from pipelines.index.records import (
    Delivered,
    DocumentCapture,
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
    is_due,
)
from pipelines.index.rooms import is_being_made_anew
from pipelines.index.tables import SCHEMA_VERSION, VERSION
from pipelines.index.transactions import IndexUnavailable, Transactions
from pipelines.index.updates import make_tables, take_in

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


class Index:
    """The index database. One object may be used from several threads, one database by several processes.

    The crawls of one machine share a SQLite file, those of several machines a PostgreSQL. Every method raises
    IndexUnavailable where the database does not answer, and ValueError for a time without a zone.
    """

    def __init__(self, url: str) -> None:
        """For the database at a SQLAlchemy URL as it is; `open` sees to its tables."""
        self._transactions = Transactions(url)

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the index at a SQLAlchemy URL ('sqlite:////path/index.db', 'postgresql+psycopg2://...'); make it where
        there is none.

        Raises IndexUnavailable: the URL is wrong, the database does not answer or is not encoded in UTF-8, or it has
        other tables or fingerprints than this version's and has to be rebuilt, or is being made anew.
        """
        index = cls(url)
        try:
            with index._transactions.writing() as connection:
                index._transactions.require_utf8(connection)
                index._require_made(connection)
                VERSION.create(connection, checkfirst=True)
                version = connection.scalar(sa.select(VERSION.c.scheme))
                if version is None:
                    make_tables(connection)
                elif version in MIGRATIONS:
                    migrate(connection, version)
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

    def hold_site(self, site: str, holder: str) -> str | None:
        """Hold a site against the crawls of other machines, for as long as this object is open; None, or who has it.

        The one process of a machine that works on a site is told by `pipelines.archive.site_lock`.

        Raises IndexUnavailable also where the index is being made anew.
        """
        other = self._transactions.hold(f"site {site}", holder)
        with self._transactions.reading() as connection:  # that may have begun since it was opened
            self._require_made(connection)
        return other

    def holders(self) -> list[str]:
        """Who holds a site, of all machines (see `hold_site`)."""
        return self._transactions.holders()

    def _require_made(self, connection: Connection) -> None:
        if is_being_made_anew(connection):
            raise IndexUnavailable(
                f"the index {self} is being made anew, and used by nothing else until that is done: try again then; "
                "where it was broken off, run `kliping rebuild-index`"
            )

    def close(self) -> None:
        """Close all connections."""
        self._transactions.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __str__(self) -> str:
        return str(self._transactions)

    def seen(self, urls: Iterable[str]) -> dict[str, UrlRecord]:
        """What is known of each of the canonical `urls` that is known at all. An article that has moved is known by all
        its addresses; its record has the latest.
        """
        with self._transactions.reading() as connection:
            return url_records.records_at(connection, urls)

    def of_articles(self, article_ids: Iterable[str]) -> dict[str, UrlRecord]:
        """What is known of articles by their ids, of those that are known at all."""
        with self._transactions.reading() as connection:
            return url_records.records_of(connection, article_ids)

    def text(self, identity: str) -> TextFingerprint | None:
        """The text that the article of that id has in the corpus; None where it has none there that near copies are
        looked for of.
        """
        with self._transactions.reading() as connection:
            return copies.text_of(connection, identity)

    def due(self, site: str, now: datetime, schedule: RevisitSchedule) -> list[UrlRecord]:
        """The site's URLs that are due at `now` by their ages alone (see `is_due`), oldest first."""
        with self._transactions.reading() as connection:
            return revisits.due(connection, site, now, schedule)

    def deployment_id(self) -> str:
        """The id of those who share this index, a random one that it is given once, and keeps when it is made anew."""
        with self._transactions.reading() as connection:
            if known := ledger.deployment_id(connection):
                return known
        with self._transactions.writing() as connection:
            return ledger.name_deployment(connection)

    def join_deployment(self, deployment_id: str) -> None:
        """Have the index be of that deployment, and of no other."""
        with self._transactions.writing() as connection:
            ledger.join_deployment(connection, deployment_id)

    def bucket_id(self) -> str | None:
        """The id of the bucket that the index speaks of; None where it has not been told yet."""
        with self._transactions.reading() as connection:
            return ledger.bucket_id(connection)

    def bucket_prepared_for(self) -> str | None:
        """For what the bucket was found to be fit, None where nothing is noted."""
        with self._transactions.reading() as connection:
            return ledger.bucket_prepared_for(connection)

    def note_prepared_for(self, purpose: str) -> None:
        """Remember for what the bucket is fit, where the index has one."""
        with self._transactions.writing() as connection:
            ledger.note_prepared_for(connection, purpose)

    def adopt_bucket(self, bucket_id: str) -> None:
        """Remember the id of the bucket that the index speaks of."""
        with self._transactions.writing() as connection:
            ledger.adopt_bucket(connection, bucket_id)

    def table_versions(self) -> list[TableVersion]:
        """The newest versions of the tables in the bucket that deliveries have told of, by name."""
        with self._transactions.reading() as connection:
            return ledger.table_versions(connection)

    def whole_versions(self) -> dict[str, int]:
        """By table, the version up to which the index has heard of all that the table holds; tables of which that is in
        doubt are left out.
        """
        with self._transactions.reading() as connection:
            return ledger.whole_versions(connection)

    def note_whole(self, versions: Mapping[str, int]) -> None:
        """Remember of tables up to which version the index has heard of all that they hold."""
        with self._transactions.writing() as connection:
            ledger.note_whole(connection, versions)

    def doubt(self) -> None:
        """Remember that the index may not have heard of all that the tables hold."""
        with self._transactions.writing() as connection:
            ledger.doubt(connection)

    def delivered(self) -> dict[str, int]:
        """By sequence of batches, the number of the last one of which the index has heard."""
        with self._transactions.reading() as connection:
            return ledger.delivered(connection)

    def unheard_of(self, article_ids: Iterable[str]) -> set[str]:
        """Those of the ids by which nothing is known that ever was an article, a copy of one, or taken out by an
        operator's verdict.
        """
        with self._transactions.reading() as connection:
            return url_records.unheard_of(connection, article_ids)

    def count_archived(self) -> int:
        """How many articles of the corpus the index knows."""
        with self._transactions.reading() as connection:
            return url_records.count(connection, Status.ARCHIVED)

    def count_copies(self) -> int:
        """How many copies of articles the index knows that are no articles of their own."""
        with self._transactions.reading() as connection:
            return url_records.count(connection, Status.DUPLICATE)

    def published_at(self, article_id: str) -> datetime | None:
        """When the article was published whose text the index holds as the corpus's own, UTC."""
        with self._transactions.reading() as connection:
            return copies.published_at(connection, article_id)

    def source(self, url: str) -> SourceState | None:
        """The state of the source at `url` as last saved."""
        with self._transactions.reading() as connection:
            return sources.source(connection, url)

    def save_sources(self, states: Iterable[SourceState]) -> None:
        """Remember sources, each in the place of what was known of it."""
        with self._transactions.writing() as connection:
            sources.save_sources(connection, states)

    def document(self, url: str) -> DocumentCapture | None:
        """Where the bucket has the last form of the document at `url`, such as a feed or robots.txt."""
        with self._transactions.reading() as connection:
            return sources.document(connection, url)

    def save_documents(self, captures: Iterable[DocumentCapture]) -> None:
        """Remember captures of documents that are in the bucket, each in the place of an earlier one."""
        with self._transactions.writing() as connection:
            sources.save_documents(connection, captures)

    def first_announced(self, source: str, urls: Iterable[str]) -> list[str]:
        """Those of `urls` that the source at the URL `source` has not announced before, as far as is remembered."""
        with self._transactions.reading() as connection:
            return sources.first_announced(connection, source, urls)

    def save_announced(self, urls_by_source: Mapping[str, Sequence[str]]) -> None:
        """Remember what sources have announced, besides what was known of them."""
        with self._transactions.writing() as connection:
            sources.save_announced(connection, urls_by_source)

    def save_metrics(self, run: RunMetrics) -> None:
        """Remember what a run brought, for some days; those of the site that are older are forgotten."""
        with self._transactions.writing() as connection:
            run_metrics.save_metrics(connection, run)

    def recent_metrics(self, site: str) -> list[RunMetrics]:
        """What the site's runs of the last days brought, oldest first."""
        with self._transactions.reading() as connection:
            return run_metrics.recent_metrics(connection, site)

    def tombstones(self) -> list[str]:
        """The tombstones of all takedowns, as `take_down` was given them, by name."""
        with self._transactions.reading() as connection:
            return takedowns.tombstones(connection)

    def take_down(self, name: str, tombstone: str, ids: Iterable[str], documents: Iterable[str] = ()) -> None:
        """Remember a tombstone, in the place of one of that `name`, and forget all else of articles and addresses with
        these ids, and that the bucket has the last forms of these `documents`, in one transaction.
        """
        with self._transactions.writing() as connection:
            takedowns.put_tombstones(connection, {name: tombstone})
            takedowns.forget(connection, ids)
            takedowns.forget_documents(connection, documents)

    def match(self, candidate: TextFingerprint, window: timedelta) -> Match | None:
        """The article that the candidate's text repeats, of those the corpus holds and those that runs have claimed.

        An exact copy is one at any length and any distance in time. Any other match was published within `window` of
        the candidate, before or after. Of several the kind decides (see `Kind`), then the containment, then the
        similarity; then a text of the corpus goes before a claimed one, and the one published earlier before a later.
        An article never matches itself.
        """
        with self._transactions.reading() as connection:
            return copies.match(connection, candidate, window)

    def match_or_claim(self, candidate: TextFingerprint, window: timedelta) -> Match | None:
        """As `match`; where there is none, or one to which the candidate adds something, the text is claimed for the
        candidate's run, in the same transaction.

        Of processes that bring the same text at once exactly one gets no such match and has the original; all others
        match it. A claim is settled by `commit`, or ended by `release`.
        """
        with self._transactions.writing() as connection:
            match = copies.match(connection, candidate, window)
            if match is None or match.adds:
                copies.claim(connection, candidate)
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
        with self._transactions.writing() as connection:
            for chunk in in_chunks(updates):
                take_in(connection, chunk)
            ledger.remember_versions(connection, tables)
            if delivered:
                ledger.remember_delivery(connection, delivered)

    def entries(
        self, statuses: Collection[Status], sites: Collection[str] = (), month: str | None = None
    ) -> Iterator[list[UrlRecord]]:
        """What is known of URLs with these statuses, in chunks: of all, or of some sites, or of a month of publication
        ('YYYY-MM').
        """
        query, last = url_records.entries(statuses, sites, month), 0
        while True:
            with self._transactions.reading() as connection:
                found, last = url_records.entries_after(connection, query, last)
            if not found:
                return
            yield found

    def drawn_entries(
        self, count: int, statuses: Collection[Status], sites: Collection[str] = (), month: str | None = None
    ) -> list[UrlRecord]:
        """As many of these entries, drawn at random."""
        query = url_records.entries(statuses, sites, month)
        with self._transactions.reading() as connection:
            return url_records.drawn_entries(connection, query, count)

    def sites(self) -> list[str]:
        """The sites of whose URLs anything is known, by name."""
        with self._transactions.reading() as connection:
            return url_records.sites(connection)

    def texts(self) -> Iterator[list[str]]:
        """The ids of the articles whose texts the index holds as the corpus's own, in chunks."""
        last = 0
        while True:
            with self._transactions.reading() as connection:
                found, last = copies.ids_after(connection, last)
            if not found:
                return
            yield found

    def text_hashes(self, article_ids: Sequence[str]) -> dict[str, str]:
        """What the index keeps of the text_sha256 (see `is_text`) of each of the articles whose text it holds as the
        corpus's own.
        """
        with self._transactions.reading() as connection:
            return copies.hashes_of(connection, article_ids)

    def put(self, updates: Iterable[IndexUpdate]) -> None:
        """Set what is known of URLs to just this, whatever was known before: for repair.

        A text is kept where the URL stays archived and no other is told.
        """
        with self._transactions.writing() as connection:
            for chunk in in_chunks(updates):
                by_id = {update.seen.article_id: update for update in chunk}
                numbers = url_records.write(connection, [update.seen for update in by_id.values()])
                former = [i for i, u in by_id.items() if u.original or u.seen.status is not Status.ARCHIVED]
                copies.unpublish(connection, former)
                copies.publish(connection, {i: u.original for i, u in by_id.items() if u.original}, numbers)

    def forget_texts(self, article_ids: Sequence[str]) -> None:
        """Forget the texts that these articles have as the corpus's own."""
        with self._transactions.writing() as connection:
            copies.unpublish(connection, article_ids)

    def expire(self, now: datetime, window: timedelta, schedule: RevisitSchedule) -> Expired:
        """Forget what is of no use any more at `now`: the wording of a text of the corpus that was published longer ago
        than `window`, in which near copies are looked for, and came in longer ago, too; and what is needed only while a
        URL is looked at again, where that was for the last time and longer ago.

        May be done while crawls are under way, and broken off. What is left for life tells which URLs were seen, when,
        and what is an exact copy. Upkeep calls it every night: without it the index grows by seven times as much.
        """
        before = now - window
        return Expired(
            texts=self._in_steps(copies.older_than(before), copies.remove),
            urls=self._in_steps(revisits.looked_at_for_the_last_time(before, schedule), url_records.forget_recent),
        )

    def _in_steps(self, query: sa.Select[Any], forget: Callable[[Connection, Sequence[sa.Row[Any]]], None]) -> int:
        """Forget what a query finds, some of it in each transaction, so that crawls get their turns; how much."""
        count = 0
        while True:
            with self._transactions.writing() as connection:
                rows = connection.execute(query.limit(MAX_KEYS_PER_QUERY)).all()
                forget(connection, rows)
            count += len(rows)
            if len(rows) < MAX_KEYS_PER_QUERY:
                return count

    def note_versions(self, tables: Iterable[TableVersion]) -> None:
        """Take the versions of tables as they are now, though later ones are known."""
        with self._transactions.writing() as connection:
            ledger.replace_versions(connection, tables)

    def release(self, site: str, keep_runs: Iterable[str] = ()) -> int:
        """Drop the claims of the site's runs but `keep_runs` (the live one, and those with batches still to deliver).

        Returns how many. A copy that was recorded meanwhile keeps pointing at the article whose claim is dropped: the
        article's URL was not marked as seen, so it is fetched again.
        """
        with self._transactions.writing() as connection:
            return copies.release(connection, site, keep_runs)
