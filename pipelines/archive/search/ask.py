"""Searches the corpus: the copy of the index on this machine finds articles, the tables say what is shown of them."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pipelines.archive.schema import ARTICLES, Row
from pipelines.archive.tables import Corpus, pass_by
from reader.kliping_reader.fulltext.index import SHOWN_COLUMNS, Place, Results, SearchIndex, Wanted, rows_at
from reader.kliping_reader.fulltext.local_copy import Progress


def search(corpus: Corpus, folder: Path, wanted: Wanted, progress: Progress = pass_by) -> Results:
    """Search, after bringing the copy of the index in `folder` up to date.

    Raises SearchError, which says what is wrong, TableNotFoundError where nothing was ever archived,
    StorageUnavailable, OSError.
    """
    return ask(corpus, SearchIndex.open(corpus.bucket, folder, progress), wanted)


def ask(corpus: Corpus, index: SearchIndex, wanted: Wanted) -> Results:
    """Search an index that is open. Raises as `search`."""
    corpus.open(ARTICLES)
    return index.search(wanted, partial(_rows, corpus), articles_version=corpus.version(ARTICLES))


def _rows(corpus: Corpus, places: Sequence[Place]) -> list[Row]:
    return corpus.select(ARTICLES, rows_at(places), SHOWN_COLUMNS)
