"""Whether the store keeps entries of tables' logs as they were written; those that it does not are put out of force."""

import logging
from collections.abc import Sequence

from deltalake import Transaction

from pipelines.archive.bucket import Bucket
from pipelines.archive.log_entry import ENTRY_NAME, LogEntry, entry_key, log_prefix
from settings.clock import utc_now

logger = logging.getLogger(__name__)

MAX_FILES_ONE_BY_ONE = 8
"""Files that an entry of a log may name and be looked for by a request each; more are looked up in a list."""


class KeptEntries:
    """Looks at the entries of tables' logs in a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._read_back: dict[str, tuple[int, bytes]] = {}

    def find(self, table: str, version: int) -> bytes | None:
        """The entry for a version in a table's log, None where the store has none; what a commit has read back is not
        read again.
        """
        read_back, content = self._read_back.get(table, (None, None))
        return content if read_back == version else self._bucket.find(entry_key(table, version))

    def is_kept(self, table: str, version: int, transaction: Transaction | None = None) -> bool:
        """Whether the store has an entry of the log that was just written as it was written; if not, it is put out of
        force, and what it committed has to be committed again. Whose files are looked for: the entry's that has the
        `transaction`, None for any.
        """
        key = entry_key(table, version)
        try:
            content = self._bucket.get(key)
            entry = LogEntry.read(content)
        except KeyError:
            return True  # a store whose reads lag behind
        except ValueError as error:
            self._put_out_of_force(key, str(error))
            return False
        is_ours = transaction is None or entry.has(transaction)
        if is_ours and not self._has_files(table, entry.files):
            self._put_out_of_force(key, "it names files that are not there")
            return False
        self._read_back[table] = version, content
        return True

    def heal(self, table: str) -> bool:
        """Put the newest entry of a table that cannot be read out of force, if it is that which is damaged; whether it
        was. Whoever wrote it keeps its batch until it has read the entry back, and commits it again. The entry that
        makes a table is removed: a table without a second one holds nothing.
        """
        log = log_prefix(table)
        keys = [key for key in self._bucket.list(log) if ENTRY_NAME.fullmatch(key.removeprefix(log))]
        if not keys:
            return False  # the store's lists lag behind
        newest = max(keys)
        try:
            LogEntry.read(self._bucket.get(newest))
        except KeyError:
            return False
        except ValueError as error:
            if newest != entry_key(table, 0):
                self._put_out_of_force(newest, str(error))
                return True
            if self._bucket.head(entry_key(table, 1)):
                return False  # the store's lists lag behind, and the table is in use
            logger.error("the store has kept %s damaged (%s): the table is made anew", newest, error)
            self._bucket.remove(newest)
            return True
        return False

    def _put_out_of_force(self, key: str, damage: str) -> None:
        """Have an entry that says nothing take the place of a damaged one, so that no number is missing."""
        logger.error(
            "the store has kept %s damaged (%s): it is put out of force, its rows are committed again", key, damage
        )
        self._bucket.replace(key, LogEntry.out_of_force(utc_now()), "application/json")

    def _has_files(self, table: str, files: Sequence[tuple[str, int]]) -> bool:
        """Whether the store has these files of a table, by path and size."""
        prefix = f"tables/{table}/"
        listed: dict[str, int] = {}
        if len(files) > MAX_FILES_ONE_BY_ONE:
            for folder in {path[: path.rfind("/") + 1] for path, _ in files}:
                listed |= self._bucket.objects(f"{prefix}{folder}")
        # Some stores' lists lag behind.
        missed = [(path, size) for path, size in files if listed.get(f"{prefix}{path}") != size]
        found = ((self._bucket.head(f"{prefix}{path}"), size) for path, size in missed)
        return all(head is not None and head.length == size for head, size in found)
