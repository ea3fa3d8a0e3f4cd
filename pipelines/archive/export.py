"""Parts of the corpus as files that any tool reads."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.archive.export_files import FORMATS, ExportError
from pipelines.archive.selection import Part, Selection
from pipelines.archive.tables import Corpus
from pipelines.archive.whole_file import obstacle, written_whole


@dataclass(frozen=True, slots=True)
class Exported:
    """How many rows a file got, and what it does not hold of them, in one sentence, or None."""

    rows: int
    notice: str | None


def export(
    corpus: Corpus,
    selection: Selection,
    path: Path,
    *,
    overwrite: bool = False,
    progress: Callable[[Part, int, int, int], None],
) -> Exported:
    """Write the rows of a selection to a file, whose format the ending of its name tells; it is there whole or not at
    all. `progress` is told the part that is read, its number, how many there are, and how many rows are written so far.

    Raises ExportError and SelectionError where that is not possible, OSError, StorageUnavailable.
    """
    if path.suffix.lower() not in FORMATS:
        raise ExportError(f"{path.name} does not say what it is to be: let it end in {', '.join(FORMATS)}")
    if reason := obstacle(path, overwrite=overwrite, named="the export"):
        raise ExportError(reason)
    selection.check(corpus)
    parts = selection.parts(corpus)
    count = 0
    with written_whole(path) as beside:
        with FORMATS[path.suffix.lower()](beside, selection.schema) as file:
            for number, part in enumerate(parts, 1):
                progress(part, number, len(parts), count)
                for rows in selection.rows(corpus, part):
                    file.write(rows)
                    count += rows.num_rows
        if not count:
            raise ExportError(f"no {selection.name} are as you ask: {path.name} was not written")
    return Exported(count, file.notice)
