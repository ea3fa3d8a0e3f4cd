"""Tombstones: what says of a takedown what must not come back, without a word of it.

    takedowns/<name>.json      in the bucket, and the same in the index: what was taken down, when, why and by whom

A tombstone has digests of addresses and of windows of texts, so that what was taken down is known again wherever it
turns up. What names it in clear is the site or the part of one that was taken down as a whole.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Self

from pipelines.archive.bucket import Bucket, StorageDamaged
from pipelines.archive.takedown_scope import Scope
from pipelines.archive.text_windows import WindowSearch
from pipelines.index.fingerprints import article_id
from settings.exclusions import is_at_or_below

PREFIX = "takedowns/"
SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was read to prove that nothing is left: objects and bytes as they lie in the bucket, bytes as they are
    unpacked, windows that were looked for. `at` is when it was through, UTC, in ISO 8601.
    """

    at: str
    objects: int
    stored_bytes: int
    unpacked_bytes: int
    windows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A takedown as it is remembered.

    `place` is the site, or the beginning of addresses, that is kept out as a whole; empty for articles and authors.
    `sites` are those that had any of it; `addresses` are ids of articles, and those that addresses have by themselves
    (see `article_id`); `texts` are the digests of each text's windows. `at` is UTC, in ISO 8601. `proof` is there once
    everything is gone.
    """

    name: str
    scope: Scope
    place: str
    reason: str
    reference: str
    by: str
    at: str
    sites: Collection[str] = ()
    addresses: Collection[str] = ()
    texts: Sequence[Sequence[str]] = ()
    proof: Proof | None = None

    @classmethod
    def name_of(cls, scope: Scope, targets: Iterable[str], reference: str) -> str:
        """What a takedown is called: the same where it is asked for again."""
        return hashlib.sha256("\n".join([scope, *sorted(targets), reference]).encode()).hexdigest()[:16]

    @classmethod
    def read(cls, content: str | bytes) -> Self:
        """Raises StorageDamaged where it is not a tombstone."""
        try:
            values = json.loads(content)
            proof = values.pop("proof")
            return cls(**values | {"scope": Scope(values["scope"]), "proof": Proof(**proof) if proof else None})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StorageDamaged("a tombstone is damaged: restore what lies in takedowns/") from error

    def to_json(self) -> str:
        """As `read` takes it; the same for the same takedown."""
        ordered = replace(self, sites=sorted(self.sites), addresses=sorted(self.addresses))
        return json.dumps(asdict(ordered), ensure_ascii=False, indent=1)

    def joined(self, earlier: "Tombstone | None") -> "Tombstone":
        """This one with what an earlier one of its name remembers: rows that told of it may be gone by now."""
        if earlier is None:
            return self
        texts = dict.fromkeys(tuple(text) for text in (*earlier.texts, *self.texts))
        return replace(
            self,
            at=earlier.at,
            sites={*earlier.sites, *self.sites},
            addresses={*earlier.addresses, *self.addresses},
            texts=list(texts),
        )

    @property
    def key(self) -> str:
        """Its key in the bucket."""
        return f"{PREFIX}{self.name}{SUFFIX}"

    @property
    def sentence(self) -> str:
        """For those who ask why something is not there."""
        return f"it was taken down on {self.at[:10]} ({self.reference})"

    def covers(self, url: str, site: str | None = None) -> bool:
        """Whether it keeps out an address, of a site if that is known."""
        if self.scope is Scope.SITE and site == self.place:
            return True
        if self.scope is Scope.PREFIX and is_at_or_below(self.place, url):
            return True
        return article_id(url) in self.addresses


class Tombstones:
    """Those of an archive: what they keep out. An empty collection costs nothing to ask."""

    def __init__(self, each: Sequence[Tombstone] = ()) -> None:
        self.each = each

    @classmethod
    def read(cls, contents: Iterable[str | bytes]) -> Self:
        """Raises StorageDamaged where one is not a tombstone."""
        return cls([Tombstone.read(content) for content in contents])

    def __bool__(self) -> bool:
        return bool(self.each)

    @cached_property
    def _by_id(self) -> Mapping[str, Tombstone]:
        return {identity: tombstone for tombstone in self.each for identity in tombstone.addresses}

    @cached_property
    def _of_places(self) -> Sequence[Tombstone]:
        return [tombstone for tombstone in self.each if tombstone.place]

    @cached_property
    def _texts(self) -> Sequence[tuple[Tombstone, Sequence[str]]]:
        return [(tombstone, text) for tombstone in self.each for text in tombstone.texts]

    @cached_property
    def _texts_by_window(self) -> Mapping[str, Sequence[int]]:
        found: dict[str, list[int]] = {}
        for number, (_, text) in enumerate(self._texts):
            for digest in text:
                found.setdefault(digest, []).append(number)
        return found

    @cached_property
    def search(self) -> WindowSearch:
        """For the windows of all texts."""
        return WindowSearch(self._texts_by_window)

    def covering(self, url: str, site: str | None = None) -> Tombstone | None:
        """The one that keeps out an address, of a site if that is known; None where it may come in."""
        if not self.each:
            return None
        known = self._by_id.get(article_id(url))
        return known or next((each for each in self._of_places if each.covers(url, site)), None)

    def quoted_in(self, content: bytes) -> Tombstone | None:
        """One of whose texts any window stands in `content`."""
        if not self.each or not (found := self.search.found_in(content)):
            return None
        return self._texts[self._texts_by_window[min(found)][0]][0]

    def repeated_in(self, content: bytes) -> Tombstone | None:
        """One of whose texts half of the windows stand in `content`: what has fewer quotes the text."""
        if not self.each:
            return None
        found = self.search.found_in(content)
        hits = Counter(number for digest in found for number in self._texts_by_window[digest])
        for number, count in hits.most_common():
            tombstone, text = self._texts[number]
            if 2 * count >= len(text):
                return tombstone
        return None


def tombstones_in(bucket: Bucket) -> dict[str, str]:
    """What the bucket has of tombstones, by their names. Raises StorageUnavailable."""
    found = ((key, bucket.find(key)) for key in bucket.list(PREFIX) if key.endswith(SUFFIX))
    return {
        key.removeprefix(PREFIX).removesuffix(SUFFIX): content.decode() for key, content in found if content is not None
    }
