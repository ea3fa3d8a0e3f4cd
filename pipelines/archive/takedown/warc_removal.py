"""WARC records that hold what was taken down are blanked, wherever their files lie; see `warc_blanking`.

By address all are found through the CDXJ of the sites concerned. By text they are looked for in every file that is
named: what another article's row points to stays, as a quotation.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.bucket import Bucket
from pipelines.archive.cdxj import cdxj_of_file, urls_in
from pipelines.archive.conditions import sql
from pipelines.archive.packs import CDXJ_SUFFIX, WARC_SUFFIX, cdxj_key
from pipelines.archive.schema import ARTICLES, DUPLICATES, REJECTED, REVISIONS, VISITS, Row
from pipelines.archive.tables import Corpus
from pipelines.archive.takedown.row_removal import forget_bytes
from pipelines.archive.takedown_scope import Scope
from pipelines.archive.tombstones import Tombstone, Tombstones
from pipelines.archive.warc_blanking import FoundRecord, blank, found_records

THREADS = 8
"""That read CDXJ: each waits for the store."""


@dataclass(slots=True)
class WarcRemoved:
    """What was done: records blanked, in how many files, of which `sites`; `documents` are URLs of feeds and other
    pages that had a line of a text, `quoting` those of pages that have one and stay.
    """

    records: int = 0
    files: int = 0
    sites: set[str] = field(default_factory=set)
    documents: set[str] = field(default_factory=set)
    quoting: set[str] = field(default_factory=set)


class WarcRemoval:
    """The blanking of a takedown's records. `scratch` is a folder for one file at a time; `checkpoint` is told of each
    file that was exchanged (warc) and of its CDXJ (cdxj).

    Every method may be repeated, and raises StorageUnavailable, and DiskFailed where the disk does not take a file.
    """

    def __init__(
        self, bucket: Bucket, corpus: Corpus, tombstone: Tombstone, scratch: Path, checkpoint: Callable[[str], None]
    ) -> None:
        self._bucket = bucket
        self._corpus = corpus
        self._tombstone = tombstone
        self._tombstones = Tombstones([tombstone])
        self._scratch = scratch / "part.warc.gz"
        self._checkpoint = checkpoint
        self.done = WarcRemoved()

    def by_address(self) -> None:
        """Blank all records under addresses that were taken down; of a site remove its files."""
        if self._tombstone.scope is Scope.SITE:
            self.done.sites.add(self._tombstone.place)
            for key in list(self._bucket.list(f"warc/{self._tombstone.place}/")):
                self._bucket.remove(key)
                self.done.files += key.endswith(WARC_SUFFIX)
                self._checkpoint("warc")
        for site in sorted(self._tombstone.sites):
            self.in_files(self._naming_files(site))

    def _naming_files(self, site: str) -> list[str]:
        """The WARC files of a site whose CDXJ names such an address."""
        places = [key for key in self._bucket.list(f"warc/{site}/") if key.endswith(CDXJ_SUFFIX)]
        with ThreadPoolExecutor(THREADS) as threads:
            contents = threads.map(self._bucket.find, places)
            return [
                f"{place.removesuffix(CDXJ_SUFFIX)}{WARC_SUFFIX}"
                for place, content in zip(places, contents, strict=True)
                if content and any(self._tombstone.covers(url, site) for url in urls_in(content))
            ]

    def in_files(self, keys: Iterable[str]) -> None:
        """Blank the records in these WARC files that tell of what was taken down, by address or by text."""
        for key in keys:
            self._in_file(key)

    def _in_file(self, key: str) -> None:
        site = key.split("/")[1]
        if self._bucket.download(key, self._scratch) is None:
            return
        found = list(found_records(self._scratch, site, self._tombstones))
        kept = self._pages_of_others(key) if any(record.is_by_text for record in found) else set()
        going = [record for record in found if not (record.is_by_text and record.offset in kept)]
        self.done.quoting |= {record.url for record in found} - {record.url for record in going}
        if going:
            places = [(record.offset, record.length) for record in going]
            blank(self._scratch, places, key, self._tombstone.at, self._tombstone.reference)
            self._forget(site, key, [record for record in going if record.is_by_text])
            self._bucket.put_file(key, self._scratch, "application/warc")
            self.done.records += len(going)
            self.done.files += 1
            self.done.sites.add(site)
            self._checkpoint("warc")
        cdxj = cdxj_of_file(self._scratch, key).encode()
        if self._bucket.find(cdxj_key(key)) != cdxj:
            self._bucket.replace(cdxj_key(key), cdxj, "text/x-cdxj")
            self._checkpoint("cdxj")

    def _forget(self, site: str, key: str, records: Sequence[FoundRecord]) -> None:
        """Have no row point to records that are known by their text: of those known by address the rows go anyway."""
        for record in records:
            self.done.documents.add(record.url)
            for table in (VISITS, REJECTED):
                forget_bytes(self._corpus, table, site, key, record.offset)

    def _pages_of_others(self, key: str) -> set[int]:
        """Where in a file records lie that rows of articles point to, which are not taken down."""
        site = key.split("/")[1]
        # Further pages of an article may lie in the next file of its run.
        run = key.rpartition("-")[0]
        where = f"t.site = {sql(site)} AND starts_with(t.warc_filename, {sql(run)})"
        columns = ("article_id", "warc_filename", "warc_record_offset", "pages")
        select = partial(_select, self._corpus, where, columns)
        return {
            place["warc_record_offset"]
            for row in select()
            if row["article_id"] not in self._tombstone.addresses
            for place in (row, *(row["pages"] or ()))
            if place["warc_filename"] == key
        }


def _select(corpus: Corpus, where: str, columns: Sequence[str]) -> list[Row]:
    found: list[Row] = []
    for table in (ARTICLES, REVISIONS, DUPLICATES):
        try:
            found += corpus.select(table, where, columns)
        except TableNotFoundError:
            continue
    return found
