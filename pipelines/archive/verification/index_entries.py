"""Whether the index and the tables say the same, both ways. In repair the tables are right: the bucket is the truth.

An article that only the index knows is lost, and would never be fetched again. In repair it is marked as one that
failed just now: the next crawls look at it again, whether or not a source still names it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property

from pipelines.archive.article_changes import remove_revision
from pipelines.archive.bucket import StorageDamaged
from pipelines.archive.conditions import sql
from pipelines.archive.index_rows import COLUMNS_READ, index_update, verdicts_by_id
from pipelines.archive.schema import ARTICLES, DUPLICATES, REJECTED, Row, Table
from pipelines.archive.tables import Corpus
from pipelines.archive.verification.findings import Kind, Verification
from pipelines.archive.verification.ledger import LedgerRow
from pipelines.index.database import Index, IndexUpdate, Status, UrlRecord
from pipelines.index.fingerprints import headline_key, is_text

HELD_BY = {Status.ARCHIVED: ARTICLES, Status.DUPLICATE: DUPLICATES}
"""The table that has a row for each URL of the index with that status."""


class IndexEntries:
    """The index, compared with tables.

    `can_ask` says whether a table can be asked for rows, as one with damaged files cannot. `now` is UTC.
    """

    def __init__(
        self,
        index: Index,
        corpus: Corpus,
        verification: Verification,
        *,
        can_ask: Callable[[Table], bool],
        now: datetime,
        repair: bool,
    ) -> None:
        self._index = index
        self._corpus = corpus
        self._verification = verification
        self._can_ask = can_ask
        self._now = now
        self._repair = repair

    @cached_property
    def _verdicts(self) -> Mapping[str, Row]:
        """Read once, and only where there is something to repair."""
        return verdicts_by_id(self._corpus)

    def verify_rows(self, rows: Sequence[LedgerRow]) -> None:
        """Verify that the index knows rows of one table or of several."""
        self._verification.checked["rows"] += len(rows)
        suspects = list(self._troubles(rows))
        for table in (ARTICLES, DUPLICATES, REJECTED):
            again = [row for row, _, _ in suspects if row.table == table.name]
            # A crawl may have delivered between the two looks: what is wrong then is looked at once more.
            fresh = self._fresh(table, again)
            troubles = list(
                self._troubles([LedgerRow.of(table.name, row) for row in fresh] if fresh is not None else again)
            )
            whole = {row["url"]: row for row in fresh or ()}
            if self._repair and whole:
                self._index.put(
                    _mended(table, whole[row.url], kind, self._now, self._verdicts) for row, kind, _ in troubles
                )
                for row in (row for row, kind, _ in troubles if kind is Kind.LOST_REVISION):
                    # The version that is current again comes to stand there once more with the next one.
                    remove_revision(self._corpus, row.site, row.article_id, row.revision)
            for row, kind, detail in troubles:
                self._verification.add(kind, row.url, detail, is_repaired=self._repair and row.url in whole)

    def verify_entries(self, entries: Sequence[UrlRecord], known: Callable[[Table, Sequence[str]], set[str]]) -> None:
        """Verify that tables have what the index takes for archived; `known` are those of the ids that a table has."""
        self._verification.checked["index entries"] += len(entries)
        for status, table in HELD_BY.items():
            held = [entry for entry in entries if entry.status is status]
            there = known(table, [entry.article_id for entry in held]) if held else set()
            lost = [entry for entry in held if entry.article_id not in there]
            for entry in self._still_lost(table, lost):
                if self._repair:
                    self._index.put([to_fetch_again(entry.url, entry.article_id, entry.site, self._now)])
                self._verification.add(
                    Kind.LOST_ROW,
                    entry.url,
                    f"the index has it as {status}, and the table {table.name} lacks it: in repair it is fetched again",
                    is_repaired=self._repair,
                )

    def verify_texts(self, article_ids: Sequence[str], known: Callable[[Table, Sequence[str]], set[str]]) -> None:
        """Verify that the texts by which copies are told are those of articles. Of an article that the index takes for
        archived and no table has, it is the entry that is told of.
        """
        self._verification.checked["texts in the index"] += len(article_ids)
        unknown = set(article_ids) - known(ARTICLES, article_ids)
        entries = self._index.of_articles(unknown)
        lost = sorted(unknown - {i for i, entry in entries.items() if entry.status is Status.ARCHIVED})
        if lost and self._can_ask(ARTICLES):
            among = ", ".join(map(sql, lost))
            found = self._corpus.select(ARTICLES, f"t.article_id IN ({among})", ("article_id",))
            lost = sorted(set(lost) - {row["article_id"] for row in found})
        if self._repair and lost:
            self._index.forget_texts(lost)
        for lost_id in lost:
            self._verification.add(
                Kind.TEXT_WITHOUT_ARTICLE,
                lost_id,
                "copies of this text are taken for copies of an article that no table has",
                is_repaired=self._repair,
            )

    def _troubles(self, rows: Sequence[LedgerRow]) -> Iterator[tuple[LedgerRow, Kind, str]]:
        seen = self._index.seen(row.url for row in rows)
        texts = self._index.text_hashes([row.article_id for row in rows if row.table == ARTICLES.name])
        for row in rows:
            entry = seen.get(row.url)
            if entry is None or (row.table == ARTICLES.name and entry.status is not Status.ARCHIVED):
                yield row, Kind.NOT_IN_INDEX, f"it stands in {row.table}, and the index does not know it as such"
            elif row.table == DUPLICATES.name and entry.status not in HELD_BY:
                yield row, Kind.NOT_IN_INDEX, f"it stands in {row.table}, and the index has it as {entry.status}"
            elif row.table == ARTICLES.name and entry.revision > row.revision:
                yield (
                    row,
                    Kind.LOST_REVISION,
                    f"the index knows revision {entry.revision}, and articles has {row.revision}: in repair the "
                    "page is looked at again",
                )
            elif row.table == ARTICLES.name and (
                (entry.revision, entry.published_month) != (row.revision, row.month)
                or entry.headline not in (None, row.headline)
                or entry.headline_key != headline_key(row.headline or "")
                or not is_text(entry.text_sha256, row.text_sha256 or "")
                or not is_text(texts.get(row.article_id), row.text_sha256 or "")
            ):
                yield row, Kind.INDEX_DIFFERS, "the index holds another text, headline, month or revision"

    def _fresh(self, table: Table, rows: Sequence[LedgerRow]) -> list[Row] | None:
        """The rows as the table has them now; None where it cannot be asked."""
        if not rows:
            return []
        if not self._can_ask(table):
            return None
        among = ", ".join(sql(row.url) for row in rows)
        sites = ", ".join(sql(site) for site in sorted({row.site for row in rows}))
        return self._corpus.select(table, f"t.site IN ({sites}) AND t.url IN ({among})", COLUMNS_READ[table])

    def _still_lost(self, table: Table, entries: Sequence[UrlRecord]) -> list[UrlRecord]:
        if not entries or not self._can_ask(table):
            return list(entries)
        among = ", ".join(sql(entry.article_id) for entry in entries)
        try:
            found = self._corpus.select(table, f"t.article_id IN ({among})", ("article_id",))
        except StorageDamaged:  # in rows of another site, whose own verification tells of it
            return list(entries)
        there = {row["article_id"] for row in found}
        status = self._index.seen(entry.url for entry in entries)
        return [e for e in entries if e.article_id not in there and status.get(e.url, e).status is e.status]


def _mended(table: Table, row: Row, kind: Kind, now: datetime, verdicts: Mapping[str, Row]) -> IndexUpdate:
    update = index_update(table, row, timedelta(), now, verdicts)
    if kind is not Kind.LOST_REVISION:
        return update
    # As if it had not been looked at since its first fetch: it is due, and fetched unconditionally.
    return replace(update, seen=replace(update.seen, last_fetched_at=update.seen.first_fetched_at))


def without_validators(entry: UrlRecord) -> UrlRecord:
    """The entry of a page whose bytes are lost: its next capture is unconditional, and no `revisit` of what is gone."""
    return replace(entry, etag=None, last_modified=None, payload_digest=None, payload_warc_date=None)


def to_fetch_again(url: str, identity: str, site: str, now: datetime) -> IndexUpdate:
    """A site's URL as one that failed at `now`, UTC: it is tried again by its age, and asked for without validators."""
    return IndexUpdate(UrlRecord(url, identity, site, Status.FAILED, first_fetched_at=now, last_fetched_at=now))
