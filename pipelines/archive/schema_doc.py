"""The reference part of docs/data-format.md, printed by `kliping data-format`."""

import pyarrow as pa

from pipelines.archive.schema import ARTICLE_COLUMNS, ARTICLES, DUPLICATES, LINK_COLUMNS, REVISIONS, TABLES, TIME, Table


def reference() -> str:
    """Every table and column in Markdown."""
    return "\n\n".join(_table_reference(table) for table in TABLES.values())


def _table_reference(table: Table) -> str:
    partitions = f" Partitioned by `{'` and `'.join(table.partition_by)}`." if table.partition_by else ""
    head = f"### {table.name}\n\n{table.doc}{partitions}\n\n"
    columns = table.columns
    if table is REVISIONS:
        head += f"The columns are those of `{ARTICLES.name}`, and one more.\n\n"
        columns = tuple(column for column in columns if column not in ARTICLE_COLUMNS)
    if table is DUPLICATES:
        head += (
            f"Besides these there are all other columns of `{ARTICLES.name}`: of a copy they hold what they would hold "
            "there; they are null where `is_article`, and in rows of version 1.0.\n\n"
        )
        columns = LINK_COLUMNS
    rows = [f"| `{c.name}` | {_type_words(c.type)} | {'' if c.required else 'yes'} | {c.doc} |" for c in columns]
    return head + "\n".join(("| column | type | null | meaning |", "|---|---|---|---|", *rows))


def _type_words(arrow_type: pa.DataType) -> str:
    if arrow_type == TIME:
        return "timestamp (µs, UTC)"
    if pa.types.is_list(arrow_type):
        return f"list of {_type_words(arrow_type.value_type)}"
    if pa.types.is_struct(arrow_type):
        parts = [arrow_type.field(n) for n in range(arrow_type.num_fields)]
        return "struct: " + ", ".join(f"`{part.name}` {_type_words(part.type)}" for part in parts)
    return str(arrow_type)
