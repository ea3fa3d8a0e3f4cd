"""Packs: WARC files that were put together of many small ones, and what tells where each of those lies in its pack.

    warc/<site>/<yyyy>/<mm>/<site>-<yyyymm>-<digest>.warc.gz          the members, one after the other, bytes unchanged
    warc/<site>/<yyyy>/<mm>/<site>-<yyyymm>-<digest>.cdxj             its index
    warc/<site>/<yyyy>/<mm>/<site>-<yyyymm>-<digest>.pack.json        its members; there once the two others are
    warc/<site>/<yyyy>/<mm>/<site>-<yyyymm>-<digest>.repointed.json   when a row was last made to point into it

A record lies in the pack at its offset in the member, from the member's on. The list of members stays for good: what
still points to a member that was removed, as a batch in a spool may, is led to its bytes.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Self

from pipelines.archive.bucket import Bucket, StorageDamaged
from pipelines.archive.schema import Row

WARC_SUFFIX = ".warc.gz"
CDXJ_SUFFIX = ".cdxj"
MEMBERS_SUFFIX = ".pack.json"
REPOINTED_SUFFIX = ".repointed.json"

BATCH_KEY = re.compile(r"(?P<month>warc/(?P<site>[^/]+)/\d{4}/\d\d/)\d\d/[^/]+\.warc\.gz")
"""Key of the WARC file of a batch."""

PACK_KEY = re.compile(r"(?P<month>warc/(?P<site>[^/]+)/\d{4}/\d\d/)(?P=site)-\d{6}-[0-9a-f]{16}\.warc\.gz")


@dataclass(frozen=True, slots=True)
class Member:
    """A WARC file in a pack: its key before, where it begins in the pack and how long it is, in bytes."""

    key: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack: its key and its members in order."""

    key: str
    members: tuple[Member, ...]

    @classmethod
    def of(cls, month: str, files: Sequence[tuple[str, int]]) -> Self:
        """The pack of files of a month (what their keys begin with) by key and length: the same for the same files."""
        members: list[Member] = []
        for key, length in files:
            members.append(Member(key, members[-1].offset + members[-1].length if members else 0, length))
        named = hashlib.sha256("\n".join(f"{key} {length}" for key, length in files).encode()).hexdigest()[:16]
        _, site, year, number, _ = month.split("/")
        return cls(f"{month}{site}-{year}{number}-{named}{WARC_SUFFIX}", tuple(members))

    @classmethod
    def read(cls, key: str, content: bytes) -> Self:
        """The pack whose members stand in the object `key`. Raises StorageDamaged where that is damaged."""
        try:
            members = tuple(Member(str(m["key"]), int(m["offset"]), int(m["length"])) for m in json.loads(content))
        except (ValueError, KeyError, TypeError) as error:
            raise StorageDamaged(f"{key} is not the list of members of a pack: restore it") from error
        return cls(f"{key.removesuffix(MEMBERS_SUFFIX)}{WARC_SUFFIX}", members)

    @property
    def length(self) -> int:
        return self.members[-1].offset + self.members[-1].length

    @property
    def cdxj_key(self) -> str:
        return cdxj_key(self.key)

    @property
    def members_key(self) -> str:
        return f"{self.key.removesuffix(WARC_SUFFIX)}{MEMBERS_SUFFIX}"

    @property
    def repointed_key(self) -> str:
        return f"{self.key.removesuffix(WARC_SUFFIX)}{REPOINTED_SUFFIX}"

    def to_json(self) -> bytes:
        """The members, as the object `members_key` holds them."""
        return json.dumps([asdict(member) for member in self.members]).encode()


class Relocation:
    """Where what points into members of packs finds its bytes."""

    def __init__(self, packs: Iterable[Pack]) -> None:
        self._members: Mapping[str, tuple[str, Member]] = {
            member.key: (pack.key, member) for pack in packs for member in pack.members
        }
        self.used: set[str] = set()
        """The members that something pointed to."""

    def pointer(self, pointer: Row) -> Row:
        """A row, or a page of one, as it points into a pack; the same where it does not point into a member."""
        found = self._members.get(pointer["warc_filename"] or "")
        if not found or pointer["warc_record_offset"] + pointer["warc_record_length"] > found[1].length:
            return pointer
        self.used.add(pointer["warc_filename"])
        key, member = found
        return pointer | {"warc_filename": key, "warc_record_offset": member.offset + pointer["warc_record_offset"]}

    def row(self, row: Row) -> Row:
        """A row with what points into members, itself and its pages, pointing into their packs."""
        moved = self.pointer(row) if "warc_filename" in row else row
        return moved | {"pages": [self.pointer(page) for page in row["pages"]]} if row.get("pages") else moved


def cdxj_key(key: str) -> str:
    """Key of the CDXJ of a WARC file."""
    return f"{key.removesuffix(WARC_SUFFIX)}{CDXJ_SUFFIX}"


def packs_in(bucket: Bucket, keys: Iterable[str]) -> list[Pack]:
    """The packs of which the lists of members are among `keys`. Raises StorageDamaged where one is damaged."""
    found = ((key, bucket.find(key)) for key in keys if key.endswith(MEMBERS_SUFFIX))
    return [Pack.read(key, content) for key, content in found if content is not None]


def packs_of_month(bucket: Bucket, key: str) -> list[Pack]:
    """The packs of the site and month of a batch's WARC file. Raises StorageDamaged where one's members are damaged."""
    if not (match := BATCH_KEY.fullmatch(key)):
        return []
    return packs_in(bucket, bucket.list(f"{match['month']}{match['site']}-"))


def repointed_at(content: bytes | None) -> datetime | None:
    """When a row was last made to point into a pack, by its mark; None where there is none that can be read."""
    try:
        return datetime.fromisoformat(json.loads(content or b"")["at"])
    except (ValueError, KeyError, TypeError):
        return None
