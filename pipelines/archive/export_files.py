"""The files that rows are exported to: Parquet, JSON Lines, CSV and Excel, each written while the rows arrive."""

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

LIST_SEPARATOR = "; "
"""Between the texts of a list, where a cell holds it."""

MAX_EXCEL_ROWS = 1_048_575
"""Of a sheet, below the line of names. Excel's own limit."""

MAX_EXCEL_CELL_CHARS = 32_767
"""Excel's own limit."""


class ExportError(Exception):
    """A file cannot hold what is to be exported; the message says why, in one sentence."""


class RowFile(ABC):
    """A file that takes rows of one schema; complete once it is closed."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.schema = schema

    @abstractmethod
    def write(self, rows: pa.Table) -> None:
        """Add rows.

        Raises ExportError where the file cannot hold them, OSError.
        """

    @abstractmethod
    def close(self) -> None:
        """Complete the file."""

    @property
    def notice(self) -> str | None:
        """What the file does not hold of the rows, in one sentence; None where it holds all."""
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ParquetFile(RowFile):
    """Parquet, with what each column means in its field."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        super().__init__(path, schema)
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")

    def write(self, rows: pa.Table) -> None:
        self._writer.write_table(rows)

    def close(self) -> None:
        self._writer.close()


class JsonLinesFile(RowFile):
    """A JSON object for each row, in UTF-8; times are ISO 8601 in UTC."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        super().__init__(path, schema)
        self._file = path.open("w", encoding="utf-8", newline="\n")

    def write(self, rows: pa.Table) -> None:
        for row in rows.to_pylist():
            self._file.write(json.dumps(row, ensure_ascii=False, default=_iso) + "\n")

    def close(self) -> None:
        self._file.close()


class CsvFile(RowFile):
    """CSV as RFC 4180 has it, in UTF-8, with a line of names. A list of texts is one cell, LIST_SEPARATOR between them;
    what is nested further is JSON.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        super().__init__(path, schema)
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(schema.names)

    def write(self, rows: pa.Table) -> None:
        for row in rows.to_pylist():
            self._writer.writerow([_plain(value) for value in row.values()])

    def close(self) -> None:
        self._file.close()


class ExcelFile(RowFile):
    """A sheet, with a line of names. Cells are as in CSV, but that times are Excel's own, in UTC; no text is ever a
    formula or a link.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        super().__init__(path, schema)
        self._book = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}
        )
        self._sheet = self._book.add_worksheet()
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._count = 0
        self._cut = 0
        self._sheet.freeze_panes(1, 0)
        for column, name in enumerate(schema.names):
            self._sheet.write_string(0, column, name)

    def write(self, rows: pa.Table) -> None:
        if self._count + rows.num_rows > MAX_EXCEL_ROWS:
            raise ExportError(
                f"a sheet of Excel holds {MAX_EXCEL_ROWS:,} rows and there are more: select fewer, or export CSV"
            )
        for row in rows.to_pylist():
            self._count += 1
            for column, value in enumerate(row.values()):
                self._write_cell(self._count, column, value)

    def _write_cell(self, row: int, column: int, value: object) -> None:
        if value is None:
            return
        if isinstance(value, datetime):
            self._sheet.write_datetime(row, column, value.astimezone(UTC).replace(tzinfo=None))
        elif isinstance(value, date):
            self._sheet.write_datetime(row, column, value, self._day)
        elif isinstance(value, bool):
            self._sheet.write_boolean(row, column, value)
        elif isinstance(value, int | float):
            self._sheet.write_number(row, column, value)
        else:
            text = str(_plain(value))
            self._cut += len(text) > MAX_EXCEL_CELL_CHARS
            self._sheet.write_string(row, column, text[:MAX_EXCEL_CELL_CHARS])

    def close(self) -> None:
        self._book.close()

    @property
    def notice(self) -> str | None:
        if not self._cut:
            return None
        return f"{self._cut} texts were cut at {MAX_EXCEL_CELL_CHARS:,} characters, which is what a cell of Excel holds"


FORMATS: Mapping[str, Callable[[Path, pa.Schema], RowFile]] = MappingProxyType(
    {".parquet": ParquetFile, ".jsonl": JsonLinesFile, ".csv": CsvFile, ".xlsx": ExcelFile}
)
"""What writes a file, by how its name ends."""


def _plain(value: Any) -> object:
    """A value as a cell of text holds it."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return LIST_SEPARATOR.join(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=_iso)
    return _iso(value) if isinstance(value, date) else value


def _iso(value: date) -> str:
    """A time as UTC, '2026-11-24T05:00:00Z', or a day."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return value.isoformat()
