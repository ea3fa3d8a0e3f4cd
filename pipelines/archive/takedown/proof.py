"""The proof that nothing is left: every object of the bucket is read, and what has a line of a text is dealt with.

WARC records of feeds, lists and other pages with such a line are blanked, and leftovers removed. What an article of its
own has is a quotation: it stays and is named. Anything else is left, and the takedown has not been proven.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.archive.bucket import Bucket
from pipelines.archive.packs import WARC_SUFFIX
from pipelines.archive.schema import TABLES, Table
from pipelines.archive.spool import remove_set_aside, set_aside_folders, site_folders
from pipelines.archive.tables import Corpus
from pipelines.archive.takedown.scan import Scanned, Scanner, scan
from pipelines.archive.takedown.table_files import TableFiles
from pipelines.archive.takedown.warc_removal import WarcRemoval
from pipelines.archive.text_windows import WindowSearch
from pipelines.archive.tombstones import Proof, Tombstone, Tombstones
from pipelines.archive.verification.table_files import SET_ASIDE_PREFIX
from settings.clock import utc_now
from settings.storage import Storage

MAX_ROUNDS = 5
"""Over what was dealt with in the one before: the second finds nothing, unless crawls go on."""


@dataclass(slots=True)
class Findings:
    """What came of reading everything. `left` are keys of objects that hold a line and should not, `quoting` URLs of
    articles that quote a text, `repeating` of those that have half of it or more. `set_aside` are batches of this
    machine's spool that were removed.
    """

    proof: Proof
    left: list[str] = field(default_factory=list)
    quoting: set[str] = field(default_factory=set)
    repeating: set[str] = field(default_factory=set)
    set_aside: list[str] = field(default_factory=list)

    @property
    def is_proven(self) -> bool:
        return not self.left and not self.repeating

    @property
    def failures(self) -> list[str]:
        """What speaks against it, in sentences."""
        reasons = [
            *(f"{url} has half of the text or more; take it down as well" for url in sorted(self.repeating)),
            *(f"{key} still has a line of it" for key in self.left),
        ]
        return [f"not proven: {reason}" for reason in reasons]

    @property
    def lines(self) -> Iterator[str]:
        """What was found, for people to read."""
        proof, gigabytes = self.proof, self.proof.stored_bytes / 1e9
        pace = f", {proof.seconds / gigabytes:,.0f} s for each GB" if gigabytes >= MIN_GIGABYTES_FOR_PACE else ""
        yield (
            f"read: {proof.objects:,} objects, {proof.stored_bytes:,} bytes as they lie there and "
            f"{proof.unpacked_bytes:,} unpacked, in {proof.seconds:,.1f} s{pace}"
        )
        for url in sorted(self.quoting):
            yield f"stays, and quotes a line of it: {url}"
        if not proof.windows:
            yield "no line was looked for, only addresses: the text is too short, or that of an article that stays"
        elif self.is_proven:
            kept = " but in what quotes it" if self.quoting else ""
            yield f"proven: none of {proof.windows:,} windows of the text is left, plain or compressed{kept}"
        for name in self.set_aside:
            yield f"a damaged batch that had it was removed from the spool: {name}"


MIN_GIGABYTES_FOR_PACE = 0.01
"""Below that the time is that of asking for objects."""


def prove(
    storage: Storage,
    corpus: Corpus,
    tombstone: Tombstone,
    removal: WarcRemoval,
    files: TableFiles,
    *,
    progress: Callable[[str], None],
) -> Findings:
    """Read the whole bucket, and deal with what still has a line of a text.

    Raises StorageUnavailable, DiskFailed.
    """
    bucket = corpus.bucket
    digests = sorted({digest for text in tombstone.texts for digest in text})
    begun, objects, stored, unpacked = time.monotonic(), 0, 0, 0
    found = Findings(Proof("", 0, 0, 0, 0, 0.0))
    waiting = list(bucket.objects(""))
    total = len(waiting)
    seen: set[str] = set()
    progress(f"reading {total:,} objects")
    for _ in range(MAX_ROUNDS):
        hits: list[Scanned] = []
        for done in scan(storage, waiting, digests):
            objects, stored, unpacked = objects + 1, stored + done.stored_bytes, unpacked + done.unpacked_bytes
            if done.found:
                hits.append(done)
            progress(f"read {objects:,} of {total:,} objects")
        dealt_with = _deal_with(bucket, corpus, tombstone, removal, files, hits, found)
        if not dealt_with:
            break
        seen |= {key for key, _ in waiting}
        waiting = [(key, size) for key, size in bucket.objects("") if key in dealt_with or key not in seen]
    else:
        found.left += sorted(dealt_with)
    found.quoting -= found.repeating
    found.set_aside = _clear_spool(storage, digests)
    seconds = round(time.monotonic() - begun, 1)
    found.proof = Proof(utc_now().isoformat(timespec="seconds"), objects, stored, unpacked, len(digests), seconds)
    return found


def _deal_with(
    bucket: Bucket,
    corpus: Corpus,
    tombstone: Tombstone,
    removal: WarcRemoval,
    files: TableFiles,
    hits: Iterable[Scanned],
    found: Findings,
) -> set[str]:
    """Deal with objects that have a line of a text; those that are others now."""
    changed: set[str] = set()
    erased: set[Table] = set()
    found.left = []
    reader = _Rows(bucket, corpus, tombstone)
    for hit in hits:
        key = hit.key
        if key.startswith("warc/") and key.endswith(WARC_SUFFIX):
            before = removal.done.records
            removal.in_files([key])
            if removal.done.records > before:
                changed.add(key)
            found.quoting |= removal.done.quoting
        elif key.startswith(SET_ASIDE_PREFIX) or (key.endswith(".parquet") and reader.is_left_over(key)):
            bucket.remove(key)
            changed.add(key)
        elif key.endswith(".parquet") and (urls := reader.quoting(key)):
            found.quoting |= urls.quoting
            found.repeating |= urls.repeating
        elif (table := table_of_log(key)) and not reader.is_of_current_files(key):
            if table not in erased:
                files.erase_from(table)
                erased.add(table)
            changed.add(key)
        elif not table:
            found.left.append(key)
    return changed


@dataclass(frozen=True, slots=True)
class _Urls:
    quoting: set[str]
    repeating: set[str]


class _Rows:
    """Looks into tables' objects for whose rows they have."""

    def __init__(self, bucket: Bucket, corpus: Corpus, tombstone: Tombstone) -> None:
        self._bucket = bucket
        self._corpus = corpus
        self._tombstone = tombstone
        self._tombstones = Tombstones([tombstone])
        self._search = WindowSearch({digest for text in tombstone.texts for digest in text})
        self._current: dict[str, set[str]] = {}

    def is_left_over(self, key: str) -> bool:
        """Whether an object is a data file that the newest version of its table does not have."""
        parts = key.split("/")
        if parts[0] != "tables" or parts[1] not in TABLES or "/_delta_log/" in key:
            return False
        return key not in self._current_files(parts[1])

    def _current_files(self, table: str) -> set[str]:
        if table not in self._current:
            files = self._corpus.data_files(TABLES[table], ["path"])
            self._current[table] = {f"tables/{table}/{unquote(file['path'])}" for file in files}
        return self._current[table]

    def is_of_current_files(self, key: str) -> bool:
        """Whether an object is an entry of a log or a checkpoint that has a line of a text in statistics of files of
        the newest version alone: these quote what rows of others begin with.
        """
        parts = key.split("/")
        content = self._bucket.find(key) or b""
        if key.endswith(".parquet"):
            added = [row["add"] for row in pq.ParquetFile(BytesIO(content)).read(["add"]).to_pylist()]
        else:
            added = [json.loads(line).get("add") for line in content.splitlines()]
        quoting = [action for action in added if action and self._search.found_in("\n".join(_strings(action)).encode())]
        current = self._current_files(parts[1])
        return bool(quoting) and all(f"tables/{parts[1]}/{unquote(action['path'])}" in current for action in quoting)

    def quoting(self, key: str) -> _Urls | None:
        """The rows of a data file that have a line of a text, by their URLs; None where they are not articles' own."""
        content = self._bucket.find(key)
        try:
            file = pq.ParquetFile(BytesIO(content or b""))
        except pa.ArrowException:
            return None
        urls = _Urls(set(), set())
        for number in range(file.num_row_groups):
            for row in file.read_row_group(number).to_pylist():
                words = "\n".join(_strings(row)).encode()
                if not self._search.found_in(words):
                    continue
                url = row.get("url")
                if url is None or row.get("article_id") in self._tombstone.addresses:
                    return None
                (urls.repeating if self._tombstones.repeated_in(words) else urls.quoting).add(url)
        return urls


def table_of_log(key: str) -> Table | None:
    """The table whose log has an object, None where it is of none."""
    parts = key.split("/")
    return TABLES.get(parts[1]) if "/_delta_log/" in key else None


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def _clear_spool(storage: Storage, digests: list[str]) -> list[str]:
    """Remove the batches that this machine has set aside, damaged, and that have a line of a text; their names."""
    scanner = Scanner(storage, digests)
    gone: list[str] = []
    for site_folder in site_folders(storage.spool):
        for folder in set_aside_folders(site_folder):
            files = [path for path in Path(folder).rglob("*") if path.is_file()]
            if any(scanner.look_into(path, path.name).found for path in files):
                remove_set_aside(folder)
                gone.append(f"{site_folder.name}/{folder.name}")
    return gone
