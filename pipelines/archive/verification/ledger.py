"""What a verification has to compare, on disk: rows of the tables and where each says that its bytes lie.

An archive of years has millions of rows; a temporary SQLite file keeps memory bounded.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from pipelines.index.fingerprints import article_id

T = TypeVar("T")

CHUNK_ROWS = 500
"""Rows that are compared at once: as many keys as one query of the index takes."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row of `table`: what the index should know of it."""

    table: str
    article_id: str
    url: str
    site: str
    month: str | None
    text_sha256: str | None
    headline: str | None
    revision: int

    @classmethod
    def of(cls, table: str, row: Mapping[str, Any]) -> Self:
        """What a row of a table says, as far as the table has it."""
        url = row["url"]
        month, text, headline = (row.get(name) for name in ("published_month", "text_sha256", "headline"))
        identity = row.get("article_id") or article_id(url)
        return cls(table, identity, url, row["site"], month, text, headline, row.get("revision", 0))


@dataclass(frozen=True, slots=True)
class Location:
    """Where a row says that the bytes of a page lie: key, offset and length in bytes.

    `url` is the page's, None where the row does not say; `digest` is its WARC payload digest, likewise. `row_url` is
    the article's, for words.
    """

    key: str
    offset: int
    length: int
    url: str | None
    digest: str | None
    row_url: str


class Ledger:
    """Rows and locations, written once and then asked for."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(
            """
            PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;
            CREATE TABLE rows (
                name TEXT, article_id TEXT, url TEXT, site TEXT, month TEXT, text_sha256 TEXT, headline TEXT,
                revision INT
            );
            CREATE TABLE keys (name TEXT, key TEXT, site TEXT);
            CREATE TABLE runs (site TEXT, run TEXT);
            CREATE TABLE locations (key TEXT, offset INT, length INT, url TEXT, digest TEXT, row_url TEXT);
            """
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def add(
        self,
        rows: Sequence[LedgerRow],
        keys: Sequence[tuple[str, str, str | None]],
        locations: Sequence[Location],
    ) -> None:
        """Add rows: what the index should know, each row's (table, key, site), and where its bytes lie."""
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT INTO rows VALUES (?,?,?,?,?,?,?,?)",
            [(r.table, r.article_id, r.url, r.site, r.month, r.text_sha256, r.headline, r.revision) for r in rows],
        )
        self._db.executemany("INSERT INTO keys VALUES (?,?,?)", keys)
        self._db.executemany(
            "INSERT INTO locations VALUES (?,?,?,?,?,?)",
            [(at.key, at.offset, at.length, at.url, at.digest, at.row_url) for at in locations],
        )
        self._db.execute("COMMIT")

    def add_runs(self, runs: Iterable[tuple[str, str]]) -> None:
        """Add runs that received something, by site and id."""
        self._db.executemany("INSERT INTO runs VALUES (?,?)", runs)

    def runs(self) -> list[tuple[str, str]]:
        """The runs that received something."""
        return self._db.execute("SELECT DISTINCT site, run FROM runs ORDER BY site, run").fetchall()

    def drawn_locations(self, count: int) -> list[Location]:
        """Locations drawn at random."""
        found = self._db.execute("SELECT DISTINCT * FROM locations ORDER BY random() LIMIT ?", [count])
        return [Location(*row) for row in found]

    def close_books(self) -> None:
        """Make ready to be asked, once everything has been added."""
        self._db.executescript(
            "CREATE INDEX rows_by_id ON rows (article_id); CREATE INDEX locations_by_key ON locations (key, offset)"
        )

    def rows(self) -> Iterator[list[LedgerRow]]:
        """All rows, in chunks."""
        cursor = self._db.execute("SELECT * FROM rows ORDER BY article_id")
        while chunk := cursor.fetchmany(CHUNK_ROWS):
            yield [LedgerRow(*row) for row in chunk]

    def known(self, table: str, article_ids: Sequence[str]) -> set[str]:
        """Those of the articles that have a row in the table."""
        marks = ",".join("?" * len(article_ids))
        query = f"SELECT article_id FROM rows WHERE name = ? AND article_id IN ({marks})"  # noqa: S608 - only marks
        return {row[0] for row in self._db.execute(query, [table, *article_ids])}

    def keys_that_stand_twice(self) -> Iterator[tuple[str, str, int, int]]:
        """Table, key, number of rows and of their sites, of each key that has more than one row."""
        yield from self._db.execute(
            "SELECT name, key, count(*), count(DISTINCT site) FROM keys GROUP BY name, key HAVING count(*) > 1"
        )

    def warc_keys(self) -> Iterator[str]:
        """The WARC files that rows point to, in order."""
        for row in self._db.execute("SELECT DISTINCT key FROM locations ORDER BY key").fetchall():
            yield row[0]

    def locations(self, key: str) -> list[Location]:
        """What rows say of a WARC file, in order."""
        found = self._db.execute("SELECT DISTINCT * FROM locations WHERE key = ? ORDER BY offset", [key])
        return [Location(*row) for row in found]


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """The items, as many at a time as are compared at once."""
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK_ROWS)):
        yield chunk
