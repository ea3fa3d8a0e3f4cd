"""What of an archive is verified: all of it, a site, a month, a sample, or what belongs to no single site.

Each site by itself, and what is shared, are together the whole: they can be verified at the same time, by several
machines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from pipelines.archive.bucket import Bucket
from pipelines.archive.schema import ARTICLES, REVISIONS, TABLES, Table
from pipelines.archive.verification.table_files import DataFile
from pipelines.index.database import Index

MONTHLY = (ARTICLES, REVISIONS)
"""Tables that are verified where a month of publication is asked for: those with a partition for each."""

OF_SITES = tuple(table for table in TABLES.values() if "site" in table.partition_by)
"""Tables that have partitions of each site. The other ones are shared, but for the rows of `runs`."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Some `sites`, or a `month` of publication ('YYYY-MM', UTC), or both; or what `is_shared`; all of it where nothing
    is said. `sample` is the number of rows and of index entries that are drawn, None for every one.

    Of what belongs to no single site, which is what is shared, these take nothing but what they cannot do without:
    the logs of the tables, the data files of those without partitions of sites, the sums of days, URLs that stand in
    the rows of several sites, texts by which copies are told, and keys that are nobody's.
    """

    sites: tuple[str, ...] = ()
    month: str | None = None
    sample: int | None = None
    is_shared: bool = False

    @property
    def tables(self) -> Sequence[Table]:
        """The tables whose data files are looked at."""
        if self.month:
            return MONTHLY
        return OF_SITES if self.sites else tuple(TABLES.values())

    @property
    def is_narrow(self) -> bool:
        """Whether it is of some sites or of a month, so that what belongs to all is left to another verification."""
        return bool(self.sites or self.month)

    @property
    def is_part(self) -> bool:
        """Whether the rows of other sites are verified, and their damage is told, by another verification."""
        return bool(self.sites) or self.is_shared

    def takes(self, file: DataFile) -> bool:
        """Whether the rows of a data file are verified."""
        site, month = file.partition.get("site"), file.partition.get("published_month")
        if self.is_shared:
            return site is None
        return (not self.sites or site in self.sites) and (not self.month or month == self.month)


def sites_in(bucket: Bucket, index: Index) -> list[str]:
    """The sites that anything belongs to, by name: a key of a table or of a WARC file, or an entry of the index.

    Raises StorageUnavailable, IndexUnavailable.
    """
    found = {folder.split("/")[1] for folder in _folders(bucket, "warc/")}
    for table in OF_SITES:
        partitions = [folder.split("/")[2] for folder in _folders(bucket, f"tables/{table.name}/")]
        found.update(unquote(name.removeprefix("site=")) for name in partitions if name.startswith("site="))
    return sorted(found | set(index.sites()))


def _folders(bucket: Bucket, prefix: str) -> list[str]:
    return [name for name in bucket.folders(prefix) if name.endswith("/")]
