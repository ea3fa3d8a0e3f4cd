"""Rows of the tables are taken out, or lose what they say of a text, where a tombstone tells of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from deltalake import CommitProperties
from deltalake.exceptions import TableNotFoundError

from pipelines.archive.conditions import sql, sql_list
from pipelines.archive.schema import (
    ANNOUNCED,
    ARTICLES,
    DUPLICATES,
    REJECTED,
    RESIDUE,
    REVISIONS,
    VERDICTS,
    VISITS,
    Table,
)
from pipelines.archive.tables import Corpus
from pipelines.archive.text_windows import WindowSearch
from pipelines.archive.tombstones import Scope, Tombstone

APP_ID = "takedown"

DELETED_BY: dict[Table, Sequence[str]] = {
    ARTICLES: ("article_id",),
    REVISIONS: ("article_id",),
    DUPLICATES: ("article_id", "duplicate_of"),
    VERDICTS: ("article_id",),
}
"""Tables whose rows go, by columns with ids of articles."""

BYTES = ("content_digest", "warc_filename", "warc_record_offset", "warc_record_length")

EMPTIED: dict[Table, Sequence[str]] = {VISITS: ("detail", *BYTES), ANNOUNCED: ("headline",)}
"""Tables whose rows stay, since counts are made of them, and the columns that say something of a page, or where its
bytes lie."""

TOUCHED = (*DELETED_BY, REJECTED, RESIDUE, *EMPTIED)
"""Tables that may hold something of a text."""

MAX_VALUES = 500
"""In one condition."""


def remove_rows(corpus: Corpus, tombstone: Tombstone) -> dict[str, int]:
    """Take out what the tables say of what was taken down; how many rows of each that concerned.

    May be repeated after a crash at any point: what is left is found out from the tables. Raises StorageUnavailable.
    """
    counts: dict[str, int] = {}
    for table in TOUCHED:
        try:
            corpus.open(table)
        except TableNotFoundError:
            continue
        counts[table.name] = sum(
            _change(corpus, table, condition) for condition in _conditions(corpus, table, tombstone)
        )
    return {name: count for name, count in counts.items() if count}


def _change(corpus: Corpus, table: Table, condition: str) -> int:
    """Delete or empty the rows of a table for which a condition holds; how many there are."""
    if not (count := len(corpus.select(table, condition, ("site",)))):
        return 0
    write: Callable[[CommitProperties], object] = partial(corpus.delete, table, condition)
    if names := EMPTIED.get(table):
        write = partial(corpus.update, table, condition, dict.fromkeys(names, "NULL"))
    corpus.once(table, corpus.next_transaction(APP_ID, table), write)
    return count


def _conditions(corpus: Corpus, table: Table, tombstone: Tombstone) -> Iterator[str]:
    """The conditions, for some rows each, of the rows of a table that are concerned."""
    if table in EMPTIED:
        left = " OR ".join(f"{name} IS NOT NULL" for name in EMPTIED[table])
        unfinished = f"({left}) AND "
    else:
        unfinished = ""
    if tombstone.scope is Scope.SITE:
        yield f"{unfinished}site = {sql(tombstone.place)}"
    sites = f"site IN ({sql_list(tombstone.sites)})"
    if table is RESIDUE:
        lines = corpus.select(table, sites, ("line",))
        search = WindowSearch({digest for text in tombstone.texts for digest in text})
        quoting = {row["line"] for row in lines if search.found_in(row["line"].encode())}
        yield from (f"{sites} AND line IN ({values})" for values in _in_parts(quoting))
        return
    for column in DELETED_BY.get(table, ()):
        # What is linked to an article may be another site's.
        among = "" if column == "duplicate_of" else f"{sites} AND "
        yield from (f"{among}{column} IN ({values})" for values in _in_parts(tombstone.addresses))
    if table not in DELETED_BY:
        urls = _urls(corpus, table, f"{unfinished}{sites}", tombstone)
        yield from (f"{unfinished}{sites} AND url IN ({values})" for values in _in_parts(urls))


def _urls(corpus: Corpus, table: Table, where: str, tombstone: Tombstone) -> set[str]:
    """The URLs in rows of a table that a tombstone covers: of them it has digests only."""
    hashed = "substr(encode(sha256(t.url), 'hex'), 1, 32)"
    return {
        row["url"]
        for values in _in_parts(tombstone.addresses)
        for row in corpus.select(table, f"{where} AND {hashed} IN ({values})", ("url",))
    }


def _in_parts(values: Iterable[str]) -> Iterator[str]:
    """Lists of literals of SQL, of MAX_VALUES at most."""
    ordered = sorted(values)
    for start in range(0, len(ordered), MAX_VALUES):
        yield sql_list(ordered[start : start + MAX_VALUES])
