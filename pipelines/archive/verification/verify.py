"""The verification of an archive: tables, rows, bytes, CDXJ and index, held against each other.

As a whole: every object is read once. By a sample: every log since its last checkpoint and the presence of every data
file, and of rows and index entries as many as are asked for, drawn anew each time. In parts: see `scope`.
"""

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.batches import warc_prefix
from pipelines.archive.bucket import Bucket, StorageDamaged
from pipelines.archive.bucket_identity import (
    IDENTITY_KEY,
    WrongBucket,
    committed_versions,
    is_identified,
    make_identity,
    require_known_bucket,
)
from pipelines.archive.bucket_owner import OWNER_KEY, ForeignBucket, require_own
from pipelines.archive.conditions import sql_list
from pipelines.archive.daily_figures import INPUTS
from pipelines.archive.month_indexes import PREFIX as MONTH_INDEXES
from pipelines.archive.schema import ARTICLES, DAILY, DUPLICATES, RESIDUE, RUNS, TABLES, VERDICTS, VISITS, Row, Table
from pipelines.archive.site_lock import SiteLock
from pipelines.archive.tables import Corpus
from pipelines.archive.tombstones import PREFIX as TOMBSTONES
from pipelines.archive.verification.cleaned_again import DrawnArticles, RulesOf, verify_cleaning
from pipelines.archive.verification.daily_rows import verify_days
from pipelines.archive.verification.findings import Kind, Verification
from pipelines.archive.verification.index_entries import HELD_BY, IndexEntries, without_validators
from pipelines.archive.verification.ledger import Ledger, LedgerRow, chunks
from pipelines.archive.verification.looks import verify_looks
from pipelines.archive.verification.month_indexes import note_strangers, verify_month_indexes
from pipelines.archive.verification.row_facts import BY_URL, COLUMNS, contradictions, keys, locations
from pipelines.archive.verification.scope import Scope
from pipelines.archive.verification.table_files import SET_ASIDE_PREFIX, DataFile, TableFiles
from pipelines.archive.verification.warc_files import WarcFiles
from pipelines.index.database import Index, IndexUpdate, UrlRecord
from settings.clock import utc_now
from settings.storage import Storage

OWN_KEYS = ("warc/", MONTH_INDEXES, "tables/", "releases/", "search/", TOMBSTONES, "probe/", SET_ASIDE_PREFIX)
"""What the keys of a bucket begin with, but for those that say which bucket and whose it is."""

PROGRESS_SECONDS = 5.0


def verify(
    storage: Storage,
    *,
    sites: Sequence[str] = (),
    month: str | None = None,
    shared: bool = False,
    sample: int | None = None,
    repair: bool = False,
    rules_of: RulesOf | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Verification:
    """Verify the archive of `storage`: of some `sites`, or of a `month` of publication ('YYYY-MM', UTC), or only what
    all sites have together, with `shared`, or all of it (see `Scope`); `sample` is the number of rows and of index
    entries that are drawn, None for every one.

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
        scope = Scope(tuple(sites), month, sample, shared)
        examination = _Examination(storage, index, ledger, scratch, scope, repair)
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
        scope: Scope,
        repair: bool,
    ) -> None:
        self.verification = Verification()
        self._home = storage.home
        self._bucket = Bucket(storage)
        self._corpus = Corpus(storage)
        self._index = index
        self._ledger = ledger
        self._scope = scope
        self._repair = repair
        self._tables: dict[str, TableFiles] = {}
        self._scratch = scratch
        self._warcs = WarcFiles(self._bucket, self.verification, scratch, repair=repair)
        self._articles = DrawnArticles()
        self._told_at = time.monotonic()

    def run(self) -> None:
        if not self._is_the_index_s_bucket():
            return
        files = {table: self._files(table) for table in self._scope.tables}
        for table, found in files.items():
            for file in self._drawn(found):
                self._read(table, file)
        has_all_articles = self._read_all_urls() if self._scope.is_shared else self._is_readable(ARTICLES)
        self._ledger.close_books()
        self._verify_keys()
        self._verify_bytes()
        self._verify_month_indexes()
        self._verify_index()
        if has_all_articles and self._scope.sample is None and not self._scope.is_narrow:
            self._verify_texts()
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
            is_repaired = self._repair and not self._scope.is_narrow
            self.verification.add(Kind.ROLLED_BACK, self._bucket.name, str(wrong), is_repaired=is_repaired)
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
            takes=self._scope.takes,
            has_log=not self._scope.sites,
            whole=self._scope.sample is None,
            repair=self._repair,
            is_expected=any(noted.table == table.name for noted in self._index.table_versions()),
        )
        self._tables[table.name] = files
        return files.verify()

    def _drawn(self, files: Sequence[DataFile]) -> list[DataFile]:
        """The files to read: all, or as many as a sample of rows needs, large ones more likely."""
        if self._scope.sample is None or len(files) <= 1:
            return list(files)
        weights = [file.rows for file in files]
        drawn = random.choices(files, weights, k=max(1, self._scope.sample // 10))  # noqa: S311
        return list({file.key: file for file in drawn}.values())

    def _read(self, table: Table, file: DataFile) -> None:
        rows = self._tables[table.name].read(file, COLUMNS[table])
        if rows is None:
            return
        if self._scope.sample is not None and len(rows) > self._scope.sample:
            rows = random.sample(rows, self._scope.sample)
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
        if table is RUNS and not self._scope.is_shared:
            self._add_runs(rows)
        # What links an article to another is no entry of the index: the article's own row is.
        held = [row for row in rows if not row.get("is_article")]
        self._ledger.add(
            [LedgerRow.of(table.name, row) for row in held if table in (ARTICLES, DUPLICATES) or row.get("fetched_at")],
            [(*key, row["site"]) for row in held for key in keys(table, row)],
            [location for row in rows for location in locations(table, row)],
        )
        self._tell(f"table {table.name}: {self.verification.checked['data files']} data files")

    def _add_runs(self, rows: Sequence[Row]) -> None:
        self._ledger.add_runs((row["site"], row["run"]) for row in rows if row["bytes_received"])

    def _read_all_urls(self) -> bool:
        """Read the URLs of all sites, each of which only one may have, and the ids of their articles; whether all could
        be read.
        """
        consequence = "the URLs and texts of all sites were not compared"
        tables = [self._tables[table.name] for table in (ARTICLES, DUPLICATES)]
        if not all(files.can_be_asked for files in tables):
            if any(files.has_losses for files in tables):
                self.verification.notes.append(f"{consequence}: rows are lost")
            return False
        with self._unless_damaged_elsewhere(consequence):
            for table, where in ((ARTICLES, "TRUE"), (DUPLICATES, "t.is_article IS NOT TRUE")):
                with self._corpus.reading(table, where, ("article_id", "url", "site")) as batches:
                    for batch in batches:
                        rows = batch.to_pylist()
                        self._ledger.add(
                            [LedgerRow.of(table.name, row) for row in rows],
                            [(*key, row["site"]) for row in rows for key in keys(table, row)],
                            [],
                        )
            return True
        return False

    @contextmanager
    def _unless_damaged_elsewhere(self, consequence: str) -> Iterator[None]:
        """For what needs the rows of other sites, too: where these are damaged it is left out, and that is noted. The
        damage is told where they are verified.
        """
        try:
            yield
        except StorageDamaged as damage:
            if not self._scope.is_part:
                raise
            self.verification.notes.append(f"{consequence}: {damage}")

    def _verify_keys(self) -> None:
        for name, key, count, sites in self._ledger.keys_that_stand_twice():
            if self._scope.is_shared and name == BY_URL and sites == 1:
                continue  # that site's own verification tells of it
            self.verification.add(
                Kind.KEY_TWICE, f"{name}: {key}", f"{count} rows have this key: remove all but one by hand"
            )

    # Bytes

    def _verify_bytes(self) -> None:
        if self._scope.sample is not None:
            for at in self._ledger.drawn_locations(self._scope.sample):
                self._warcs.verify_record(at)
                self._tell(f"{self.verification.checked['pages']} pages")
            return
        expected = set(self._ledger.warc_keys())
        files = expected if self._scope.month else expected | set(self._listed(expected))
        for key in sorted(files):
            self._warcs.verify_file(key, self._ledger.locations(key))
            self._tell(f"{self.verification.checked['WARC files']} of {len(files)} WARC files")

    def _listed(self, expected: set[str]) -> list[str]:
        listings: list[Iterator[str]]
        if self._scope.is_shared:
            listings = [(key for key in self._bucket.folders("warc/") if not key.endswith("/"))]
        else:
            prefixes = [f"warc/{site}/" for site in self._scope.sites] or ["warc/"]
            listings = [self._bucket.list(prefix) for prefix in prefixes]
        found = [key for listing in listings for key in self._warcs.verify_listing(listing, expected)]
        if self._scope.sites:
            self._read_runs()
        runs = {key.rpartition("-")[0] + "-" for key in {*found, *expected, *self._warcs.missing, *self._warcs.packed}}
        for site, run in self._ledger.runs():
            if (prefix := warc_prefix(site, run)) not in runs:
                self.verification.add(Kind.WARC_MISSING, f"{prefix}*", "the run received pages and none are there")
        if not self._scope.sites:
            strangers = [name for name in self._bucket.folders() if name not in (*OWN_KEYS, IDENTITY_KEY, OWNER_KEY)]
            self.verification.notes += [
                f"{name} in the bucket is nothing that Kliping puts there" for name in strangers
            ]
        return found

    def _verify_month_indexes(self) -> None:
        if self._scope.month:
            return
        if not self._scope.sites:
            note_strangers(self._bucket, self.verification)
        if not self._scope.is_shared:
            verify_month_indexes(
                self._bucket,
                self.verification,
                self._scratch,
                sites=self._scope.sites,
                is_sample=self._scope.sample is not None,
                repair=self._repair,
            )

    def _read_runs(self) -> None:
        """Read which runs of the sites received something, of a table that has no partitions of sites."""
        with self._unless_damaged_elsewhere("it was not looked at whether runs have left WARC files"):
            try:
                of_sites = f"t.site IN ({sql_list(self._scope.sites)})"
                self._add_runs(self._corpus.select(RUNS, of_sites, ("site", "run", "bytes_received")))
            except TableNotFoundError:
                return  # if it should be there, what is shared tells

    # The days

    def _verify_days(self) -> None:
        """Verify the sums of days, which are computed for all sites at once, where the tables that they are made of can
        all be asked.
        """
        if self._scope.is_narrow:
            return
        tables = [self._tables[table.name] for table in (*INPUTS, DAILY)]
        if all(files.can_be_asked for files in tables):
            with self._unless_damaged_elsewhere("the sums of days were not verified"):
                verify_days(self._corpus, self.verification, is_sample=self._scope.sample is not None)
        elif any(files.has_losses for files in tables):
            self.verification.notes.append("the sums of days were not verified: rows that they are made of are lost")

    # The index

    def _can_ask(self, table: Table) -> bool:
        return self._tables[table.name].can_be_asked if table.name in self._tables else True

    def clean_again(self, rules_of: RulesOf) -> None:
        """Clean articles again, of those whose rows were read, and hold their rows to it."""
        if self._articles.drawn and all(map(self._can_ask, (ARTICLES, RESIDUE, VERDICTS))):
            with self._unless_damaged_elsewhere("articles were not cleaned again"):
                verify_cleaning(self._corpus, self.verification, self._articles, rules_of)

    @cached_property
    def _index_entries(self) -> IndexEntries:
        return IndexEntries(
            self._index, self._corpus, self.verification, can_ask=self._can_ask, now=utc_now(), repair=self._repair
        )

    def _verify_index(self) -> None:
        if self._scope.is_shared:
            return
        entries = self._index_entries
        for rows in self._ledger.rows():
            entries.verify_rows(rows)
            self._tell(f"{self.verification.checked['rows']} rows in the index")
        for chunk in self._entries():
            entries.verify_entries(chunk, self._known)
            self._tell(f"{self.verification.checked['index entries']} index entries")

    def _verify_texts(self) -> None:
        for article_ids in self._index.texts():
            self._index_entries.verify_texts(article_ids, self._known)
            self._tell(f"{self.verification.checked['texts in the index']} texts in the index")

    def _entries(self) -> Iterator[list[UrlRecord]]:
        readable = [status for status, table in HELD_BY.items() if self._is_readable(table)]
        scope = self._scope
        if scope.sample is not None:
            askable = [status for status in readable if self._tables[HELD_BY[status].name].can_be_asked]
            yield self._index.drawn_entries(scope.sample, askable, scope.sites, scope.month)
        else:
            yield from self._index.entries(readable, scope.sites, scope.month)

    def _is_readable(self, table: Table) -> bool:
        """Whether what the table lacks is lost; where it cannot be read at all nothing is known."""
        return table.name in self._tables and self._tables[table.name].is_readable

    def _known(self, table: Table, article_ids: Sequence[str]) -> set[str]:
        # Of a sample the ledger has some rows only: the table itself is asked.
        return set() if self._scope.sample is not None else self._ledger.known(table.name, article_ids)

    def _mend_index(self) -> None:
        """Have the next captures of pages whose bytes are lost kept in full, and note the tables as they are now."""
        for chunk in chunks(sorted(set(self._warcs.bytes_lost))):
            self._index.put(IndexUpdate(without_validators(entry)) for entry in self._index.seen(chunk).values())
        if not self._scope.is_narrow and not self.verification.found[Kind.TABLE_UNREADABLE]:
            for name, files in self._tables.items():
                if files.is_readable:
                    self._corpus.open(TABLES[name])
            self._index.note_versions(committed_versions(self._corpus))
            if self._index.bucket_id() is None and self._scope.sample is None:
                self._index.adopt_bucket(make_identity(self._bucket))

    def _tell(self, how_far: str) -> None:
        if time.monotonic() - self._told_at >= PROGRESS_SECONDS:
            self._told_at = time.monotonic()
            self.verification.progress(how_far)
