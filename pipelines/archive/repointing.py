"""Rows are led to where their pages' bytes lie now."""

from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
from deltalake import CommitProperties, WriterProperties

from pipelines.archive.conditions import sql
from pipelines.archive.schema import ARTICLES, DUPLICATES, REJECTED, REVISIONS, VERDICTS, VISITS, Row, Table
from pipelines.archive.tables import Corpus, row_values

POINTER_COLUMNS = ("warc_filename", "warc_record_offset", "warc_record_length", "pages")
"""Columns that say where bytes lie, as far as a table has them."""


ROW_KEYS: Mapping[Table, tuple[str, ...]] = {
    ARTICLES: ("article_id", "revision", "fetched_at", "reextracted_at"),
    REVISIONS: ("article_id", "revision", "fetched_at", "reextracted_at"),
    DUPLICATES: ("article_id",),
    REJECTED: (),
    VISITS: ("run", "url", "ended_at"),
    VERDICTS: ("article_id", "given_at"),
}
"""Columns by which a row with its own pages is known, of tables whose rows point to bytes."""


NULLABLE_KEYS = {"reextracted_at": "IS NOT DISTINCT FROM"}
"""How such a column is compared where it may be null."""


def repoint(
    corpus: Corpus,
    table: Table,
    partition: Mapping[str, str],
    relocate: Callable[[Row], Row],
    *,
    writer_properties: WriterProperties | None = None,
) -> int:
    """Have the rows of a partition point to bytes where `relocate` says that these lie; how many rows that changes.

    May be repeated. Read and written on the same version of the table: what a crawl brings meanwhile stays.
    """
    columns = [c.name for c in table.columns if c.name in (*POINTER_COLUMNS, *ROW_KEYS[table])]
    where = " AND ".join(f"t.{name} = {sql(value)}" for name, value in partition.items())

    keys = [name for name in columns if name != "pages"]

    def changes() -> list[tuple[Row, Row]]:
        both = ((row, relocate(row)) for row in corpus.select(table, where, columns))
        # One row stands for all that its keys tell from no other.
        return list({row_values(row, *keys): (row, moved) for row, moved in both if moved != row}.values())

    def write(properties: CommitProperties) -> None:
        if changed := changes():
            _merge_pointers(corpus, table, where, keys, changed, properties, writer_properties)

    count = len(changes())
    if count:
        corpus.once(table, corpus.next_transaction(f"packing:{partition['site']}", table), write)
    return count


def _merge_pointers(
    corpus: Corpus,
    table: Table,
    where: str,
    keys: Sequence[str],
    changed: Sequence[tuple[Row, Row]],
    properties: CommitProperties,
    writer_properties: WriterProperties | None,
) -> None:
    stored = corpus.stored_schema(table)
    moving = [name for name in POINTER_COLUMNS if name in stored.names]
    source = pa.table(
        {name: pa.array([row[name] for row, _ in changed], stored.field(name).type) for name in keys}
        | {f"new_{name}": pa.array([new[name] for _, new in changed], stored.field(name).type) for name in moving}
    )
    (
        corpus.merge(
            table,
            source,
            " AND ".join([where, *(f"t.{name} {NULLABLE_KEYS.get(name, '=')} s.{name}" for name in keys)]),
            properties,
            writer_properties=writer_properties,
        )
        .when_matched_update({name: f"s.new_{name}" for name in moving})
        .execute()
    )
