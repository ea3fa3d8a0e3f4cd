"""What lies in the bucket under `search/`: pieces, each a part of a tantivy index, and a list that names them.

    search/00000017.json            the list of the 17th state: pieces, with their digests
    search/00000015/2026-10.tar     the piece of a month, as it has been since the 15th state
    search/00000017/2026-11-05.tar  the piece of a day of a month that still changes

A state is published by its list, which is put last and under a number that is free: whoever is slower has published
nothing. The list with the highest number is in force. A piece is a tar file of the files of one or more of tantivy's
segments; all pieces of a list together, under one `meta.json`, are an index.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import tantivy

from .terms import ANALYSIS

PREFIX = "search/"
LIST_SUFFIX = ".json"

FORMAT = 1
"""Of lists and pieces. One with another number is of another version of Kliping."""

ENGINE = f"tantivy {tantivy.__version__.rpartition(' ')[2]}"  # type: ignore[attr-defined]  # its stubs do not say it
"""The format of the files, which versions of tantivy share as long as they can."""


class SearchError(Exception):
    """What was asked for cannot be searched; the message says why, in one sentence."""


class NoSearchIndex(SearchError):  # noqa: N818 - it names a state
    """There is no search index yet."""


class Store(Protocol):
    """Where it is published: a bucket."""

    def list(self, prefix: str) -> Iterator[str]:
        """The keys that begin with `prefix`, in order."""

    def find(self, key: str) -> bytes | None:
        """The bytes of `key`, None where there is no such object."""

    def download(self, key: str, path: Path) -> tuple[str, str | None] | None:
        """Write the object to a file: the SHA-256 (hex) of what came, and the one that its writer noted, if any. None
        where there is no such object.
        """


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the index. `name` is the month ('2026-11') or the day ('2026-11-05'), by UTC, whose articles it has;
    `rows` a digest of them as the table had them; `segments` what tantivy's meta.json says of the files in it.
    """

    name: str
    key: str
    sha256: str
    size: int
    articles: int
    rows: str
    segments: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class PublishedIndex:
    """A list: the index of the state `number`, made at `built_at` (UTC) from version `articles_version` of the table
    `articles`.
    """

    number: int
    built_at: datetime
    articles_version: int
    meta: Mapping[str, Any]
    pieces: Sequence[Piece]
    analysis: str = ANALYSIS
    engine: str = ENGINE

    @property
    def key(self) -> str:
        """Where it is published."""
        return list_key(self.number)

    @property
    def articles(self) -> int:
        """How many articles can be found."""
        return sum(piece.articles for piece in self.pieces)

    @property
    def size(self) -> int:
        """Bytes of all pieces."""
        return sum(piece.size for piece in self.pieces)

    @property
    def is_current(self) -> bool:
        """Whether this version of the code can ask it, and add to it."""
        return (self.analysis, self.engine) == (ANALYSIS, ENGINE)

    def tantivy_meta(self) -> bytes:
        """The meta.json that makes one index of all pieces."""
        segments = [segment for piece in self.pieces for segment in piece.segments]
        return json.dumps({**self.meta, "segments": segments}).encode()

    def to_json(self) -> bytes:
        """As it is published."""
        told = {"format": FORMAT, **asdict(self), "built_at": self.built_at.isoformat()}
        return json.dumps(told, ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "PublishedIndex":
        """Read one. Raises SearchError where it is of another format."""
        told = json.loads(content)
        if told.pop("format", None) != FORMAT:
            raise SearchError("the search index is of another version of Kliping: let it be built anew by this one")
        pieces = [Piece(**piece) for piece in told.pop("pieces")]
        return cls(pieces=pieces, built_at=datetime.fromisoformat(told.pop("built_at")), **told)


def list_key(number: int) -> str:
    """The key of the list of a state."""
    return f"{PREFIX}{number:08}{LIST_SUFFIX}"


def state_of(key: str) -> int:
    """The number of the state that a key belongs to: the one that it lists, or the first one that has the piece. 0 for
    what is neither.
    """
    number = key.removeprefix(PREFIX)[:8]
    return int(number) if number.isdecimal() else 0


def list_keys(store: Store) -> list[str]:
    """The keys of all lists that there are, in order: the last one is in force."""
    return [key for key in store.list(PREFIX) if key.count("/") == 1 and key.endswith(LIST_SUFFIX)]
