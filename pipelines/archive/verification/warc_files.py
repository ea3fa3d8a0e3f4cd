"""Whether the bytes that rows point to are there and are theirs, and whether WARC files and their CDXJ agree."""

import json
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from pipelines.archive.bucket import Bucket, StorageDamaged
from pipelines.archive.cdxj import cdxj_of_file
from pipelines.archive.packs import (
    CDXJ_SUFFIX,
    MEMBERS_SUFFIX,
    REPOINTED_SUFFIX,
    WARC_SUFFIX,
    cdxj_key,
    packs_in,
)
from pipelines.archive.payload import MAX_BODY_BYTES
from pipelines.archive.verification.findings import Kind, Verification
from pipelines.archive.verification.ledger import Location
from pipelines.archive.warc import payload_digest
from pipelines.archive.warc_reader import Damaged, read_head, records, response_in, unpacked_record

UPLOAD_SECONDS = 1.0
"""A crawl stores the CDXJ this much later, at most, than the WARC file that it belongs to."""

GONE = "restore the file; the text stays in the table, and the next capture of the page is kept in full"


class WarcFiles:
    """The WARC files of the bucket, verified. `scratch` is a folder for one file at a time."""

    def __init__(self, bucket: Bucket, verification: Verification, scratch: Path, *, repair: bool) -> None:
        self._bucket = bucket
        self._verification = verification
        self._scratch = scratch / "part.warc.gz"
        self._repair = repair
        self.missing: set[str] = set()
        """WARC files that only their CDXJ speaks of."""

        self.packed: set[str] = set()
        """WARC files that were put together to larger ones."""

        self.bytes_lost: list[str] = []
        """URLs of which the archive does not have the bytes that a row points to."""

    def verify_file(self, key: str, locations: Collection[Location]) -> None:
        """Verify a WARC file as a whole, the bytes of rows in it, and its CDXJ."""
        self._verification.checked["WARC files"] += 1
        stored = self._bucket.download(key, self._scratch)
        if stored is None:
            self._verification.add(Kind.WARC_MISSING, key, f"{len(locations)} rows point to it: {GONE}")
            self.bytes_lost += [at.row_url for at in locations]
            return
        damages: list[str] = []
        sha256, noted = stored
        if noted not in (None, sha256):
            damages.append(f"its SHA-256 is {sha256}, and {noted} was stored")
        for _ in records(self._scratch, damages.append):
            self._verification.checked["WARC records"] += 1
        if damages:
            self._verification.add(Kind.WARC_DAMAGED, key, f"{damages[0]}: restore it")
        else:
            self._verify_cdxj(key)  # what a damaged file holds says nothing against its CDXJ
        with self._scratch.open("rb") as file:
            for at in locations:
                file.seek(at.offset)
                self._verify_record(at, file.read(at.length))

    def verify_record(self, at: Location) -> None:
        """Verify the bytes of one row by a ranged request."""
        try:
            record = self._bucket.get(at.key, at.offset, at.length)
        except KeyError:
            self._verification.add(Kind.WARC_MISSING, at.key, f"{at.row_url} points to it: {GONE}")
            self.bytes_lost.append(at.row_url)
        else:
            self._verify_record(at, record)

    def verify_listing(self, keys: Iterator[str], expected: Collection[str]) -> list[str]:
        """The WARC files among `keys`, which are in order; tells of those that only their CDXJ speaks of. Files that
        were packed are taken note of in `packed` and left out: they are on their way out.

        `expected` are files that rows point to, and are told of elsewhere.
        """
        found: list[str] = []
        orphans: list[str] = []
        lists: list[str] = []
        for key in keys:
            if key.endswith(WARC_SUFFIX):
                found.append(key)
            elif key.endswith(CDXJ_SUFFIX):
                orphans.append(f"{key.removesuffix(CDXJ_SUFFIX)}{WARC_SUFFIX}")
            elif key.endswith(MEMBERS_SUFFIX):
                lists.append(key)
            elif not key.endswith(REPOINTED_SUFFIX):
                self._verification.notes.append(f"{key} is nothing that Kliping puts there")
        self._read_members(lists)
        there = self.packed.union(found, expected)
        for key in orphans:
            if key not in there and self._bucket.head(key) is None:
                self.missing.add(key)
                self._verification.add(Kind.WARC_MISSING, key, "its CDXJ is there, and it is not: restore it")
        return [key for key in found if key not in self.packed]

    def _read_members(self, lists: Collection[str]) -> None:
        for key in lists:
            try:
                self.packed.update(member.key for pack in packs_in(self._bucket, [key]) for member in pack.members)
            except StorageDamaged as damage:
                self._verification.add(Kind.WARC_DAMAGED, key, str(damage))

    def _verify_record(self, at: Location, record: bytes) -> None:
        self._verification.checked["pages"] += 1
        if len(record) < at.length:
            kind, trouble = Kind.RECORD_MISSING, "the file ends before the record does"
        else:
            kind, trouble = Kind.RECORD_DAMAGED, difference(at, record)
        if trouble:
            where = f"{at.row_url} ({at.key} at byte {at.offset:,})"
            self._verification.add(kind, where, f"{trouble}: {GONE}")
            self.bytes_lost.append(at.row_url)

    def _verify_cdxj(self, key: str) -> None:
        place = cdxj_key(key)
        expected = cdxj_of_file(self._scratch, key)
        found = self._bucket.find(place)
        if found is None:
            time.sleep(UPLOAD_SECONDS)
            found = self._bucket.find(place)
        if found is not None and _captures(found) == _captures(expected.encode()):
            return
        if self._repair:
            self._bucket.replace(place, expected.encode(), "text/x-cdxj")
        why = "it is not in the bucket" if found is None else "it does not name the captures of its WARC file"
        self._verification.add(Kind.CDXJ_WRONG, place, why, is_repaired=self._repair)


def difference(at: Location, record: bytes) -> str:
    """What is wrong with the bytes at a location, in words; empty where they are the page's."""
    try:
        head = read_head(unpacked_record(record, MAX_BODY_BYTES))
        if at.url is not None and head.url != at.url:
            return f"it is the record of {head.url or 'nothing'} and not of {at.url}"
        stated = head.fields.get("warc-payload-digest")
        if head.kind == "revisit":
            found = stated
        else:
            found = payload_digest(response_in(record, MAX_BODY_BYTES).body)
            if stated and stated != found:
                return f"its payload has the digest {found}, and the record says {stated}"
    except (Damaged, OverflowError) as error:
        return f"the record could not be read ({error})"
    if at.digest and found != at.digest:
        return f"its payload has the digest {found}, and the row says {at.digest}"
    return ""


def _captures(cdxj: bytes) -> set[tuple[str, ...]] | None:
    """What CDXJ says of where captures lie; None where it cannot be read."""
    try:
        fields = [json.loads(line.split(b" ", 2)[2]) for line in cdxj.splitlines()]
        return {
            (
                *(str(capture[name]) for name in ("url", "offset", "length")),
                # Kliping wrote it without its prefix in 1.0, and '-' for none.
                str(capture.get("digest", "-")).removeprefix("sha1:"),
            )
            for capture in fields
        }
    except (ValueError, KeyError, IndexError, TypeError):
        return None
