"""What a table can take is known before a row is journalled: Arrow and Delta would refuse it with all of its batch."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from deltalake.exceptions import DeltaError

from pipelines.archive.journal import JournalEntry
from pipelines.archive.schema import REJECTED, RUNS, TABLES, Table

NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)


def some(kind: pa.DataType) -> Any:
    """A value that a column of this type has."""
    if pa.types.is_list(kind):
        return [some(kind.value_type), None]
    if pa.types.is_struct(kind):
        return {field.name: some(field.type) for field in kind}
    by_type = {pa.string(): "kata", pa.int64(): 3, pa.int32(): 3, pa.float64(): 0.5, pa.bool_(): True}
    by_type[pa.date32()] = NOON.date()
    return by_type.get(kind, NOON)


def wrong(kind: pa.DataType) -> list[Any]:
    """Values that no column of this type takes."""
    if pa.types.is_list(kind):
        return ["kata", 3, *([value] for value in wrong(kind.value_type))]
    if pa.types.is_struct(kind):
        return ["kata", *({kind[0].name: value} for value in wrong(kind[0].type))]
    if pa.types.is_string(kind):
        return [3, True, NOON, ["kata"]]
    if pa.types.is_timestamp(kind):
        return ["kemarin", ["kata"], {}]
    if pa.types.is_integer(kind):
        return ["3", 2 ** (kind.bit_width - 1), NOON]
    return ["kata", NOON, ["kata"]]


def row(table: Table) -> dict[str, Any]:
    return {column.name: some(column.type) for column in table.columns}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_what_fits_is_taken_by_arrow(table: Table) -> None:
    bare = {
        column.name: None if not column.required or pa.types.is_list(column.type) else some(column.type)
        for column in table.columns
    }
    least = {column.name: some(column.type) for column in table.columns if column.required}
    as_text = {name: value.isoformat() if isinstance(value, date) else value for name, value in row(table).items()}
    for fitting in (row(table), bare, least, as_text):
        table.require(fitting)
        assert table.arrow([fitting]).num_rows == 1


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_what_does_not_fit_is_refused_by_its_column_s_name(table: Table) -> None:
    for column in table.columns:
        for value in wrong(column.type):
            with pytest.raises(ValueError, match=f"table {table.name} could not take the row: {column.name} is "):
                table.require(row(table) | {column.name: value})


@pytest.mark.parametrize("table", [REJECTED, RUNS], ids=lambda table: table.name)
def test_a_required_value_that_is_missing_is_refused_as_the_table_would(table: Table, tmp_path: Path) -> None:
    missing = row(table) | {"site": None}
    with pytest.raises(DeltaError):
        write_deltalake(tmp_path / table.name, table.arrow([missing]))
    with pytest.raises(ValueError, match="site is None"):
        JournalEntry(table.name, missing).check()
    del missing["site"]
    with pytest.raises(ValueError, match="site is None"):
        table.require(missing)


def test_a_column_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match="table runs has no column harga"):
        RUNS.require(row(RUNS) | {"harga": 3})
