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
from local.env import storage, storage_variables
from local.settings import Machine, machine, remembered
from pipelines.archive.tables import storage_options, table_uri
from settings.storage import Storage

COUNTED = ("articles", "duplicates", "rejected")
"""The tables that have a row for each URL."""

OVERVIEW = ("date_published", "site", "headline", "word_count")


def table(name: str) -> pl.DataFrame:
    """A table of the corpus: articles, revisions, duplicates, rejected or runs, as it is now.

    Raises SettingsError where the environment is wrong, TableNotFoundError before anything was archived, and OSError
    where the store does not run.
    """
    settings = store(machine())
    return pl.read_delta(table_uri(settings, name), storage_options=storage_options(settings))


def overview() -> pl.DataFrame:
    """The articles, newest first, as far as they fit on a line."""
    return table("articles").sort("date_published", descending=True).select(OVERVIEW)


def store(told: Machine) -> Storage:
    """The storage of the deployment as it runs, or as it was told where it does not."""
    known = remembered(told) or told
    return storage(known, storage_variables(known, Credentials.of(known.home)))


def counts(settings: Storage) -> Mapping[str, Mapping[str, int]]:
    """Rows per site, by table. Only the tables' metadata is read: a partition is a site's."""
    return {name: _rows_per_site(settings, name) for name in COUNTED}


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
