"""Which rows of a batch are new for certain, so that they are appended: what may be in a table already is merged into
it, which reads what the table has of a site and month.

The index knows every article. What it says of one it has not heard of counts only where it has heard of all that the
table holds: it may have been lost and begun anew, restored from a copy, or not have been told yet by whoever delivers
beside us. So it notes up to which version it has heard of all that a table holds, and each entry that the table's log
has beyond that is looked at. A commit is made on exactly the version that was looked at, or not at all.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from pipelines.archive.log_entry import LogEntry
from pipelines.archive.schema import Row, Table
from pipelines.index.database import Index

logger = logging.getLogger(__name__)

MAX_UNHEARD_ENTRIES = 100
"""Entries of a log that are looked at, one request each: those of crawls that deliver at the same moment, of a night's
compaction. Beyond them it is cheaper to count what index and table hold."""

UNTOLD_SEQUENCES = ("original:", "packing:", "reextract:", "verdict:")
"""What the transactions' ids of those begin with who change articles that there are, and bring none."""


class Newcomers:
    """Finds the rows of one delivery's batch that its tables cannot have.

    `log_entry` gives the entry for a version in the log of a table, None where there is none.
    """

    def __init__(self, index: Index, log_entry: Callable[[str, int], bytes | None]) -> None:
        self._index = index
        self._log_entry = log_entry
        self._followed: dict[str, int] = {}

    def among(self, table: Table, version: int, rows: Sequence[Row]) -> frozenset[str]:
        """The ids of those of the rows' articles that the table cannot have in its `version`, its newest."""
        self._followed.pop(table.name, None)
        strangers = self._strangers(table.name, version)
        if strangers is None:
            return frozenset()
        if not strangers:
            self._followed[table.name] = version
        # Asked after the deliveries: an article that came with one of these has been heard of.
        times = Counter(row["article_id"] for row in rows)
        alone = [row["article_id"] for row in rows if row["site"] not in strangers and times[row["article_id"]] == 1]
        return frozenset(self._index.unheard_of(alone))

    def whole_versions(self, committed: Mapping[str, int]) -> dict[str, int]:
        """The versions of tables up to which the index has heard of all that they hold, once it has heard of the batch;
        `committed` are the versions in which the tables have it.
        """
        return {name: version + 1 for name, version in self._followed.items() if committed.get(name) == version + 1}

    def _strangers(self, table: str, version: int) -> set[str] | None:
        """The sites of which the table may hold what the index has not heard of, None where it may be any."""
        whole = self._index.whole_versions().get(table)
        if whole is None:
            return None
        entries: list[LogEntry] = []
        try:
            if version - whole > MAX_UNHEARD_ENTRIES:
                raise ValueError(f"{version - whole} commits have come since")
            entries += (LogEntry.read(self._log_entry(table, v) or b"") for v in range(whole + 1, version + 1))
        except ValueError as reason:
            logger.warning("the index may not have heard of all that table %s holds: %s", table, reason)
            self._index.doubt()
            return None
        delivered = self._index.delivered()
        strange = (entry for entry in entries if not _is_heard_of(entry, delivered))
        return {site for entry in strange for site in entry.sites}


def _is_heard_of(entry: LogEntry, delivered: Mapping[str, int]) -> bool:
    return any(
        sequence.startswith(UNTOLD_SEQUENCES) or number <= delivered.get(sequence, 0)
        for sequence, number in entry.transactions.items()
    )
