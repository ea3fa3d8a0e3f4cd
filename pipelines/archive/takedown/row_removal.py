"""Rows of the tables are taken out, or lose what they say of a text, where a tombstone tells of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from deltalake import CommitProperties
from deltalake.exceptions import TableNotFoundError

from pipelines.archive.conditions import sql, sql_list
from pipelines.archive.schema import (
    ANNOUNCED,
    ARTICLES,
    DUPLICATES,
    INCIDENTS,
    REJECTED,
    RESIDUE,
    REVISIONS,
    RUNS,
    VERDICTS,
    VISITS,
    Table,
)
from pipelines.archive.tables import Corpus
from pipelines.archive.takedown_scope import Scope
from pipelines.archive.text_windows import WindowSearch
from pipelines.archive.tombstones import Tombstone

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

OF_SITES = (*TOUCHED, RUNS, INCIDENTS)
"""Tables of which all rows of a site go with it. Sums of its days stay in `daily`: they are numbers."""

MAX_VALUES = 500
"""In one condition."""


def remove_rows(corpus: Corpus, tombstone: Tombstone) -> dict[str, int]:
    """Take out what the tables say of what was taken down; how many rows of each that concerned.

    May be repeated after a crash at any point: what is left is found out from the tables. Raises StorageUnavailable.
    """
    counts: Counter[str] = Counter()
    if tombstone.scope is Scope.SITE:
        for table in OF_SITES:
            counts[table.name] += _change(corpus, table, f"site = {sql(tombstone.place)}")
    for table in TOUCHED:
        try:
            corpus.open(table)
        except TableNotFoundError:
            continue
        for condition in _conditions(corpus, table, tombstone):
            counts[table.name] += _change(corpus, table, condition, EMPTIED.get(table, ()))
    return {name: count for name, count in counts.items() if count}


def forget_bytes(corpus: Corpus, table: Table, site: str, key: str, offset: int) -> None:
    """Have no row of a table that has pages of a site point to the record at an offset of a WARC file."""
    condition = f"site = {sql(site)} AND warc_filename = {sql(key)} AND warc_record_offset = {offset}"
    _change(corpus, table, condition, BYTES)


def _change(corpus: Corpus, table: Table, condition: str, columns: Sequence[str] = ()) -> int:
    """Delete the rows of a table for which a condition holds, or empty some columns of theirs; how many there are."""
    try:
        if not (count := len(corpus.select(table, condition, ("site",)))):
            return 0
    except TableNotFoundError:
        return 0
    write: Callable[[CommitProperties], object] = (
        partial(corpus.update, table, condition, dict.fromkeys(columns, "NULL"))
        if columns
        else partial(corpus.delete, table, condition)
    )
    corpus.once(table, corpus.next_transaction(APP_ID, table), write)
    return count


def _conditions(corpus: Corpus, table: Table, tombstone: Tombstone) -> Iterator[str]:
    """The conditions, for some rows each, of the rows of a table that are concerned."""
    if table in EMPTIED:
        left = " OR ".join(f"{name} IS NOT NULL" for name in EMPTIED[table])
        unfinished = f"({left}) AND "
    else:
        unfinished = ""
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
