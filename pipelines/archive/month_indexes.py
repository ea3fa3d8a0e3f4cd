"""CDXJ of a site's month as one object of the bucket, from which replay starts without reading thousands of small ones.

    cdxj/<site>-<yyyymm>-<digest>.cdxj    the captures in the site's WARC files of that month, sorted
    cdxj/<site>-<yyyymm>-<digest>.json    the indexes of these files, of which it was made: their keys, and the tags by
                                          which the store names their bytes

The digest is of that list: a month in which something has changed gets other objects, and whoever writes an object
writes the same. The list comes last; without it an index does not count.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from pipelines.archive.bucket import Bucket
from pipelines.archive.indexed_captures import indexed_months
from pipelines.archive.packs import CDXJ_SUFFIX, cdxj_key

PREFIX = "cdxj/"
LIST_SUFFIX = ".json"
KEY = re.compile(rf"{PREFIX}(?P<site>[^/]+)-(?P<month>\d{{6}})-[0-9a-f]{{16}}\.(?:cdxj|json)")


@dataclass(frozen=True, slots=True)
class MonthIndex:
    """The index of a site's month ('YYYYMM', UTC), made of `sources`: CDXJ by their keys, with the store's tags."""

    site: str
    month: str
    sources: Mapping[str, str]

    @classmethod
    def read(cls, bucket: Bucket, list_key: str) -> Self | None:
        """The index whose list lies under a key that KEY fits; None where it does not, or is not what the key says."""
        match = KEY.fullmatch(list_key)
        content = bucket.find(list_key)
        if match is None or content is None:
            return None
        try:
            found = cls(match["site"], match["month"], dict(json.loads(content)))
        except (ValueError, TypeError):
            return None
        return found if found.list_key == list_key else None

    @property
    def key(self) -> str:
        return f"{self._stem}{CDXJ_SUFFIX}"

    @property
    def list_key(self) -> str:
        return f"{self._stem}{LIST_SUFFIX}"

    @property
    def _stem(self) -> str:
        return f"{PREFIX}{self.site}-{self.month}-{hashlib.sha256(self.to_json()).hexdigest()[:16]}"

    def is_in(self, keys: Collection[str]) -> bool:
        """Whether it is among these keys, with its list."""
        return self.key in keys and self.list_key in keys

    def is_same_month(self, key: str) -> bool:
        """Whether a key is that of an index, or of a list, of the same site and month."""
        match = KEY.fullmatch(key)
        return match is not None and (match["site"], match["month"]) == (self.site, self.month)

    def to_json(self) -> bytes:
        """The list."""
        return json.dumps(dict(sorted(self.sources.items()))).encode()


def month_indexes(bucket: Bucket, sites: Sequence[str] = ()) -> Iterator[MonthIndex]:
    """The indexes that the bucket should have by its WARC files as they are now, of some sites or of all.

    Raises StorageUnavailable, and StorageDamaged where the list of a pack's members cannot be read.
    """
    for prefix in [f"warc/{site}/" for site in dict.fromkeys(sites)] or ["warc/"]:
        for month, files in indexed_months(bucket, prefix):
            _, site, year, number, _ = month.split("/")
            yield MonthIndex(site, f"{year}{number}", {cdxj_key(warc): tag for warc, tag in files.items()})


def keys_of_months(bucket: Bucket, sites: Collection[str] = ()) -> set[str]:
    """The keys of the indexes, and of their lists, that the bucket has of some sites or of all."""
    matches = (match for key in bucket.list(PREFIX) if (match := KEY.fullmatch(key)))
    return {match.string for match in matches if not sites or match["site"] in sites}
