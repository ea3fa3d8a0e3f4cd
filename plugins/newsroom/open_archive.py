"""The archive of this deployment as the newsroom reads it: opened once, asked by one reader at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.bucket import StorageRefused, StorageUnavailable
from pipelines.archive.schema import Row, Table
from pipelines.archive.tables import Corpus
from settings.storage import SettingsError, Storage


class ArchiveAway(Exception):  # noqa: N818 - it names a state
    """The archive cannot be read; the message says why in one sentence."""


class OpenArchive:
    """An archive, opened when it is first asked. `storage` gives its settings and may raise SettingsError."""

    def __init__(self, storage: Callable[[], Storage]) -> None:
        self._storage = storage
        self._corpus: Corpus | None = None
        self._lock = Lock()

    @contextmanager
    def corpus(self) -> Iterator[Corpus]:
        """The tables, for whoever holds them alone. Raises ArchiveAway where they cannot be read."""
        with self._lock:
            try:
                if self._corpus is None:
                    self._corpus = Corpus(self._storage())
                yield self._corpus
            except (SettingsError, StorageUnavailable, StorageRefused) as error:
                raise ArchiveAway(str(error)) from error


def rows_of(corpus: Corpus, tables: list[Table], query: str) -> list[Row]:
    """What a query in SQL finds; nothing where a table has not been made yet."""
    try:
        return corpus.query(tables, query)
    except TableNotFoundError:
        return []


def rows_where(corpus: Corpus, table: Table, where: str, columns: tuple[str, ...]) -> list[Row]:
    """Columns of a table's rows for which a condition in SQL holds; nothing where it has not been made yet."""
    try:
        return corpus.select(table, where, columns)
    except TableNotFoundError:
        return []
