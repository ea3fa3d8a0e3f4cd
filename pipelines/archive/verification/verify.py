"""The verification of an archive: tables, rows, bytes, CDXJ and index, held against each other.

As a whole: every object is read once. By a sample: every log since its last checkpoint and the presence of every data
file, and of rows and index entries as many as are asked for, drawn anew each time.
"""

import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from pipelines.archive.batches import warc_prefix
from pipelines.archive.bucket import Bucket
from pipelines.archive.bucket_identity import (
    IDENTITY_KEY,
    WrongBucket,
    committed_versions,
    is_identified,
    make_identity,
    require_known_bucket,
)
from pipelines.archive.bucket_owner import OWNER_KEY, ForeignBucket, require_own
from pipelines.archive.daily_figures import INPUTS
from pipelines.archive.month_indexes import PREFIX as MONTH_INDEXES
from pipelines.archive.rows import published_month
from pipelines.archive.schema import (
    ANNOUNCED,
    ARTICLES,
    DAILY,
    DUPLICATES,
    INCIDENTS,
    REJECTED,
    RESIDUE,
    REVISIONS,
    RUNS,
    TABLES,
    VERDICTS,
    VISITS,
    Row,
    Table,
)
from pipelines.archive.site_lock import SiteLock
from pipelines.archive.tables import Corpus
from pipelines.archive.tombstones import PREFIX as TOMBSTONES
from pipelines.archive.verification.cleaned_again import DrawnArticles, RulesOf, verify_cleaning
from pipelines.archive.verification.daily_rows import verify_days
from pipelines.archive.verification.findings import Kind, Verification
from pipelines.archive.verification.index_entries import HELD_BY, IndexEntries, without_validators
from pipelines.archive.verification.ledger import Ledger, LedgerRow, Location, chunks
from pipelines.archive.verification.looks import verify_looks
from pipelines.archive.verification.month_indexes import verify_month_indexes
from pipelines.archive.verification.table_files import SET_ASIDE_PREFIX, DataFile, TableFiles
from pipelines.archive.verification.warc_files import WarcFiles
from pipelines.index.database import Index, IndexUpdate, UrlRecord
from pipelines.index.fingerprints import text_sha256
from settings.clock import utc_now
from settings.storage import Storage

COLUMNS: dict[Table, tuple[str, ...]] = {
    ARTICLES: (
        *("article_id", "site", "published_month", "url", "headline", "body", "date_published", "text_sha256"),
        *("revision", "content_digest", "pages", "reextracted_at", "warc_filename"),
        *("warc_record_offset", "warc_record_length", "captured_url"),
    ),
    DUPLICATES: (
        *("article_id", "site", "url", "headline", "text_sha256", "content_digest", "is_article", "warc_filename"),
        *("warc_record_offset", "warc_record_length", "captured_url"),
    ),
    REJECTED: (
        *("site", "url", "fetched_at", "content_digest", "warc_filename", "warc_record_offset", "warc_record_length"),
        "captured_url",
    ),
    RUNS: ("site", "run", "started_at", "bytes_received"),
    VISITS: (
        *("site", "run", "url", "outcome", "ended_at", "content_digest", "warc_filename", "warc_record_offset"),
        *("warc_record_length", "captured_url"),
    ),
    ANNOUNCED: ("site", "run", "url", "source"),
    RESIDUE: ("site", "line"),
    VERDICTS: ("site", "url", "article_id", "given_at", "pages"),
    DAILY: ("site", "day"),
    INCIDENTS: ("site", "kind", "aspect", "opened_at", "event", "at"),
}
COLUMNS[REVISIONS] = COLUMNS[ARTICLES]
"""What is read of each table."""

MONTHLY = (ARTICLES, REVISIONS)
"""Tables that have a partition for each month: those that are verified where a month is asked for."""

OWN_KEYS = ("warc/", MONTH_INDEXES, "tables/", "releases/", "search/", TOMBSTONES, "probe/", SET_ASIDE_PREFIX)
"""What the keys of a bucket begin with, but for those that say which bucket and whose it is."""

PROGRESS_SECONDS = 5.0


def verify(
    storage: Storage,
    *,
    sites: Sequence[str] = (),
    month: str | None = None,
    sample: int | None = None,
    repair: bool = False,
    rules_of: RulesOf | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Verification:
    """Verify the archive of `storage`: of some `sites`, or of a `month` of publication ('YYYY-MM', UTC), or all of it;
    `sample` is the number of rows and of index entries that are drawn, None for every one.

    With `repair` tables can be read afterwards, the index says what they say, CDXJ is made anew, and what was lost is
    fetched again by the next crawls; damaged objects go to `set-aside/`. What only a copy can bring back is told.
    With `rules_of` some articles are cleaned again, and held to their rows.

    Raises StorageUnavailable, IndexUnavailable; in repair SiteBusy where a crawl of a site is under way.
    """
    with ExitStack() as stack:
        index = stack.enter_context(Index.open(storage.index))
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kliping-verify-")))
        ledger = stack.enter_context(Ledger(scratch / "ledger.db"))
        if repair:
            for folder in sorted(path for path in storage.spool.glob("*") if path.is_dir()):
                if not sites or folder.name in sites:
                    stack.callback(SiteLock(folder, "kliping verify --repair").release)
        examination = _Examination(storage, index, ledger, scratch, tuple(sites), month, sample, repair)
        examination.verification.progress = progress
        examination.run()
        if rules_of:
            examination.clean_again(rules_of)
        return examination.verification


class _Examination:
    """One verification under way."""

    def __init__(
        self,
        storage: Storage,
        index: Index,
        ledger: Ledger,
        scratch: Path,
        sites: tuple[str, ...],
        month: str | None,
        sample: int | None,
        repair: bool,
    ) -> None:
        self.verification = Verification()
        self._home = storage.home
        self._bucket = Bucket(storage)
        self._corpus = Corpus(storage)
        self._index = index
        self._ledger = ledger
        self._sites = sites
        self._month = month
        self._sample = sample
        self._repair = repair
        self._tables: dict[str, TableFiles] = {}
        self._scratch = scratch
        self._warcs = WarcFiles(self._bucket, self.verification, scratch, repair=repair)
        self._articles = DrawnArticles()
        self._told_at = time.monotonic()

    def run(self) -> None:
        if not self._is_the_index_s_bucket():
            return
        chosen = MONTHLY if self._month else tuple(TABLES.values())
        files = {table: self._files(table) for table in chosen}
        for table, found in files.items():
            for file in self._drawn(found):
                self._read(table, file)
        self._ledger.close_books()
        self._verify_keys()
        self._verify_bytes()
        self._verify_month_indexes()
        self._verify_index()
        self._verify_days()
        if self._repair:
            self._mend_index()

    def _is_the_index_s_bucket(self) -> bool:
        """Whether there is anything to compare; tells where not, and of tables that were rolled back."""
        try:
            require_known_bucket(self._bucket, self._corpus, self._index, TABLES)
        except WrongBucket as wrong:
            if not is_identified(self._bucket, self._index):
                self.verification.add(Kind.WRONG_BUCKET, self._bucket.name, str(wrong))
                return False
            self.verification.add(Kind.ROLLED_BACK, self._bucket.name, str(wrong), is_repaired=self._repair)
        try:
            require_own(self._bucket, self._index, self._home)
        except ForeignBucket as foreign:
            self.verification.add(Kind.WRONG_BUCKET, self._bucket.name, str(foreign))
            return False
        return True

    # Tables

    def _files(self, table: Table) -> list[DataFile]:
        files = TableFiles(
            self._bucket,
            self._corpus,
            table,
            self.verification,
            whole=self._sample is None,
            repair=self._repair,
            is_expected=any(noted.table == table.name for noted in self._index.table_versions()),
        )
        self._tables[table.name] = files
        return [
            file
            for file in files.verify()
            if (not self._sites or file.partition.get("site") in (*self._sites, None))
            and (not self._month or file.partition.get("published_month") == self._month)
        ]

    def _drawn(self, files: Sequence[DataFile]) -> list[DataFile]:
        """The files to read: all, or as many as a sample of rows needs, large ones more likely."""
        if self._sample is None or len(files) <= 1:
            return list(files)
        weights = [file.rows for file in files]
        drawn = random.choices(files, weights, k=max(1, self._sample // 10))  # noqa: S311
        return list({file.key: file for file in drawn}.values())

    def _read(self, table: Table, file: DataFile) -> None:
        rows = self._tables[table.name].read(file, COLUMNS[table])
        if rows is None:
            return
        rows = [row for row in rows if not self._sites or row["site"] in self._sites]
        if self._sample is not None and len(rows) > self._sample:
            rows = random.sample(rows, self._sample)
        for row in rows:
            for trouble in contradictions(table, row):
                self.verification.add(Kind.ROW_DAMAGED, f"{table.name}: {row['url']}", trouble)
        if table is ARTICLES:
            self._articles.add(rows)
        if table is VISITS:
            for chunk in chunks(rows):
                verify_looks(
                    self._index,
                    self._corpus,
                    self.verification,
                    chunk,
                    can_ask=self._can_ask,
                    now=utc_now(),
                    repair=self._repair,
                )
        if table is RUNS:
            self._ledger.add_runs((row["site"], row["run"]) for row in rows if row["bytes_received"])
        # What links an article to another is no entry of the index: the article's own row is.
        held = [row for row in rows if not row.get("is_article")]
        self._ledger.add(
            [LedgerRow.of(table.name, row) for row in held if table in (ARTICLES, DUPLICATES) or row.get("fetched_at")],
            [key for row in held for key in _keys(table, row)],
            [location for row in rows for location in _locations(table, row)],
        )
        self._tell(f"table {table.name}: {self.verification.checked['data files']} data files")

    def _verify_keys(self) -> None:
        for name, key, count in self._ledger.keys_that_stand_twice():
            self.verification.add(
                Kind.KEY_TWICE, f"{name}: {key}", f"{count} rows have this key: remove all but one by hand"
            )

    # Bytes

    def _verify_bytes(self) -> None:
        if self._sample is not None:
            for at in self._ledger.drawn_locations(self._sample):
                self._warcs.verify_record(at)
                self._tell(f"{self.verification.checked['pages']} pages")
            return
        expected = set(self._ledger.warc_keys())
        keys = expected if self._month else expected | set(self._listed(expected))
        for key in sorted(keys):
            self._warcs.verify_file(key, self._ledger.locations(key))
            self._tell(f"{self.verification.checked['WARC files']} of {len(keys)} WARC files")

    def _listed(self, expected: set[str]) -> list[str]:
        prefixes = [f"warc/{site}/" for site in self._sites] or ["warc/"]
        found = [key for prefix in prefixes for key in self._warcs.verify_listing(self._bucket.list(prefix), expected)]
        runs = {key.rpartition("-")[0] + "-" for key in {*found, *expected, *self._warcs.missing, *self._warcs.packed}}
        for site, run in self._ledger.runs():
            if (prefix := warc_prefix(site, run)) not in runs:
                self.verification.add(Kind.WARC_MISSING, f"{prefix}*", "the run received pages and none are there")
        if not self._sites:
            strangers = [name for name in self._bucket.folders() if name not in (*OWN_KEYS, IDENTITY_KEY, OWNER_KEY)]
            self.verification.notes += [
                f"{name} in the bucket is nothing that Kliping puts there" for name in strangers
            ]
        return found

    def _verify_month_indexes(self) -> None:
        if not self._month:
            verify_month_indexes(
                self._bucket,
                self.verification,
                self._scratch,
                sites=self._sites,
                is_sample=self._sample is not None,
                repair=self._repair,
            )

    # The days

    def _verify_days(self) -> None:
        """Verify the sums of days, where every table that they are made of can be asked."""
        tables = [self._tables[table.name] for table in (*INPUTS, DAILY) if table.name in self._tables]
        if not self._month and all(files.can_be_asked for files in tables):
            verify_days(self._corpus, self.verification, sites=self._sites, is_sample=self._sample is not None)

    # The index

    def _can_ask(self, table: Table) -> bool:
        return self._tables[table.name].can_be_asked if table.name in self._tables else True

    def clean_again(self, rules_of: RulesOf) -> None:
        """Clean articles again, of those whose rows were read, and hold their rows to it."""
        if self._articles.drawn and all(map(self._can_ask, (ARTICLES, RESIDUE, VERDICTS))):
            verify_cleaning(self._corpus, self.verification, self._articles, rules_of)

    def _verify_index(self) -> None:
        entries = IndexEntries(
            self._index, self._corpus, self.verification, can_ask=self._can_ask, now=utc_now(), repair=self._repair
        )
        for rows in self._ledger.rows():
            entries.verify_rows(rows)
            self._tell(f"{self.verification.checked['rows']} rows in the index")
        known = self._known
        for chunk in self._entries():
            entries.verify_entries(chunk, known)
            self._tell(f"{self.verification.checked['index entries']} index entries")
        if self._sample is None and not self._sites and not self._month and self._is_readable(ARTICLES):
            for article_ids in self._index.texts():
                entries.verify_texts(article_ids, known)

    def _entries(self) -> Iterator[list[UrlRecord]]:
        readable = [status for status, table in HELD_BY.items() if self._is_readable(table)]
        if self._sample is not None:
            askable = [status for status in readable if self._tables[HELD_BY[status].name].can_be_asked]
            yield self._index.drawn_entries(self._sample, askable, self._sites, self._month)
        else:
            yield from self._index.entries(readable, self._sites, self._month)

    def _is_readable(self, table: Table) -> bool:
        """Whether what the table lacks is lost; where it cannot be read at all nothing is known."""
        return table.name in self._tables and self._tables[table.name].is_readable

    def _known(self, table: Table, article_ids: Sequence[str]) -> set[str]:
        # Of a sample the ledger has some rows only: the table itself is asked.
        return set() if self._sample is not None else self._ledger.known(table.name, article_ids)

    def _mend_index(self) -> None:
        """Have the next captures of pages whose bytes are lost kept in full, and note the tables as they are now."""
        for chunk in chunks(sorted(set(self._warcs.bytes_lost))):
            self._index.put(IndexUpdate(without_validators(entry)) for entry in self._index.seen(chunk).values())
        if not self._month and not self.verification.found[Kind.TABLE_UNREADABLE]:
            for name, files in self._tables.items():
                if files.is_readable:
                    self._corpus.open(TABLES[name])
            self._index.note_versions(committed_versions(self._corpus))
            if self._index.bucket_id() is None and self._sample is None and not self._sites:
                self._index.adopt_bucket(make_identity(self._bucket))

    def _tell(self, how_far: str) -> None:
        if time.monotonic() - self._told_at >= PROGRESS_SECONDS:
            self._told_at = time.monotonic()
            self.verification.progress(how_far)


def contradictions(table: Table, row: Row) -> Iterator[str]:
    """What a row says against itself, in words."""
    # An article that has moved keeps the id of its first URL, which only its revisions tell.
    if table in (ARTICLES, REVISIONS, DUPLICATES) and not re.fullmatch(r"[0-9a-f]{32}", row["article_id"]):
        yield "its article_id is not one"
    if table not in (ARTICLES, REVISIONS):
        return
    if row["text_sha256"] != text_sha256(row["body"]):
        yield f"its body is not the text of its text_sha256: {AGAIN}"
    if row["published_month"] != published_month(row["date_published"]):
        yield f"it stands in the month {row['published_month']} and was published on {row['date_published']:%Y-%m-%d}"
    first = next(iter(row["pages"] or ()), None)
    at = (row["warc_filename"], row["warc_record_offset"], row["warc_record_length"])
    if first is None or (first["warc_filename"], first["warc_record_offset"], first["warc_record_length"]) != at:
        yield "its first page is not where the row says"
    elif row["captured_url"] not in (None, first["url"]):
        yield "its first page has another address than the row says"


AGAIN = "`scrapy reextract` makes it anew from its pages"


def _keys(table: Table, row: Row) -> list[tuple[str, str]]:
    """The keys of a row that no other row may have, each with the table or tables that it is one of."""
    if table is ARTICLES or table is DUPLICATES:
        return [("articles and duplicates", row["url"])]
    if table is REVISIONS:
        return [(table.name, f"{row['url']} revision {row['revision']} of {row['reextracted_at']}")]
    if table is RUNS:
        return [(table.name, f"{row['site']} {row['run']} of {row['started_at']}")]
    if table is VISITS:
        return [(table.name, f"{row['url']} of run {row['run']} at {row['ended_at']}")]
    if table is ANNOUNCED:
        return [(table.name, f"{row['url']} of {row['source']} in run {row['run']}")]
    if table is RESIDUE:
        return [(table.name, f"{row['site']} {row['line']}")]
    if table is VERDICTS:
        return [(table.name, f"{row['url']} at {row['given_at']}")]
    if table is DAILY:
        return [(table.name, f"{row['site']} on {row['day']}")]
    if table is INCIDENTS:
        return [(table.name, f"{row['site']} {row['kind']} {row['aspect']} {row['event']} at {row['at']}")]
    return []


def _locations(table: Table, row: Row) -> Iterator[Location]:
    pages = (
        row.get("pages")
        if table in (ARTICLES, REVISIONS)
        else [row | {"url": row["captured_url"]}]
        if "warc_filename" in row
        else []
    )
    for number, page in enumerate(pages or ()):
        if page["warc_filename"] is not None:
            yield Location(
                page["warc_filename"],
                page["warc_record_offset"],
                page["warc_record_length"],
                page["url"],
                row["content_digest"] if number == 0 else None,
                row["url"],
            )
