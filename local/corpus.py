"""The corpus of the deployment on this machine, read as an analyst reads it: tables as Polars data frames.

from local.corpus import table
articles = table("articles")
"""

from collections import Counter
from collections.abc import Mapping

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from local.credentials import Credentials
from local.env import corpus_variables, store_settings
from local.settings import Machine, load_state, machine
from pipelines.archive.table_location import storage_options, table_uri
from settings.storage import Storage, storage

COUNTED_TABLES = ("articles", "duplicates", "rejected")
"""The tables that have a row for each URL."""

OVERVIEW_COLUMNS = ("date_published", "site", "headline", "word_count")


def table(name: str) -> pl.DataFrame:
    """A table of the corpus: by the names of docs/data-format.md, as it is now.

    Raises SettingsError where the environment is wrong, TableNotFoundError before anything was archived, and OSError
    where the store does not run.
    """
    settings = store(machine())
    return pl.read_delta(table_uri(settings, name), storage_options=storage_options(settings))


def overview() -> pl.DataFrame:
    """The articles, newest first, as far as they fit on a line."""
    return table("articles").sort("date_published", descending=True).select(OVERVIEW_COLUMNS)


def store(config: Machine) -> Storage:
    """The storage of the deployment as it was started; where none runs, as it is configured."""
    running = load_state(config) or config
    return store_settings(running, corpus_variables(running, Credentials.from_home(running.home)))


def store_in_use() -> Storage:
    """The storage of the deployment that runs on this machine; where none does, the one that the environment names.

    Raises SettingsError.
    """
    config = machine()
    return storage() if load_state(config) is None else store(config)


def counts(settings: Storage) -> Mapping[str, Mapping[str, int]]:
    """Rows per site, by table. Only the tables' metadata is read: a partition is a site's."""
    return {name: _rows_per_site(settings, name) for name in COUNTED_TABLES}


def _rows_per_site(settings: Storage, name: str) -> Mapping[str, int]:
    try:
        delta = DeltaTable(table_uri(settings, name), storage_options=storage_options(settings))
    except TableNotFoundError:
        return {}
    files = delta.get_add_actions(flatten=True)
    rows: Counter[str] = Counter()
    for site, count in zip(files["partition.site"].to_pylist(), files["num_records"].to_pylist(), strict=True):
        rows[site] += count
    return rows
