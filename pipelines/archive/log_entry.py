"""An entry of a Delta table's log, read back as the store has it (Delta protocol, "Actions")."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from urllib.parse import unquote

from deltalake import Transaction

ENTRY_NAME = re.compile(r"(\d{20})\.json")
"""Name of an entry in its log's folder, by its version."""

CHECKPOINT = re.compile(r"(\d{20})\.checkpoint(?:\.[0-9a-f.-]+)?\.parquet")
"""Name of a checkpoint in its log's folder, by its version."""

LAST_CHECKPOINT = "_last_checkpoint"
"""Name of the object in a log's folder that names its last checkpoint."""

ACTIONS = frozenset(("add", "cdc", "commitInfo", "domainMetadata", "metaData", "protocol", "remove", "txn"))


REARRANGING = frozenset(("DELETE", "OPTIMIZE", "UPDATE"))
"""Operations that bring no row of a new article, though they add files."""


def log_prefix(table: str) -> str:
    """What the keys of a table's log begin with."""
    return f"tables/{table}/_delta_log/"


def entry_key(table: str, version: int) -> str:
    """Key of the entry for a version in the log of a table (Delta protocol, "Delta Log Entries")."""
    return f"{log_prefix(table)}{version:020}.json"


def last_checkpoint(find: Callable[[str], bytes | None], table: str) -> int:
    """The version of a table's last checkpoint as its log says it, -1 where it says none; `find` gives an object's
    bytes by its key.
    """
    try:
        return int(json.loads(find(f"{log_prefix(table)}{LAST_CHECKPOINT}") or b"")["version"])
    except (ValueError, KeyError, TypeError):
        return -1


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What an entry says: `files` are path and size (bytes) of the data files that it adds and removes, `transactions`
    the ids that it commits, `sites` those to which it may bring rows that no earlier version had.
    """

    files: Sequence[tuple[str, int]]
    transactions: Mapping[str, int]
    sites: frozenset[str] = frozenset()

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Raises ValueError where it is damaged, as far as that can be told."""
        files: list[tuple[str, int]] = []
        transactions: dict[str, int] = {}
        sites: set[str] = set()
        is_rearranging = False
        lines = content.split(b"\n")
        try:
            for line in filter(None, lines):
                [(name, action)] = json.loads(line).items()
                if name not in ACTIONS:
                    raise ValueError(f"there is no action {name}")
                if name in ("add", "remove"):
                    files.append(_file(action))
                    if name == "add" and action.get("dataChange", True):
                        sites.add((action.get("partitionValues") or {}).get("site", ""))
                elif name == "txn":
                    transactions[action["appId"]] = action["version"]
                elif name == "commitInfo":
                    is_rearranging = action.get("operation") in REARRANGING
        except (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise ValueError(f"it is not an entry of a Delta log: {type(error).__name__}") from error
        if not any(lines):
            raise ValueError("it is empty")
        return cls(tuple(files), transactions, frozenset() if is_rearranging else frozenset(sites))

    @staticmethod
    def out_of_force(now: datetime) -> bytes:
        """An entry that changes nothing."""
        info = {"timestamp": round(now.timestamp() * 1000), "operation": "RESTORE", "operationParameters": {}}
        return json.dumps({"commitInfo": info}).encode() + b"\n"

    def has(self, transaction: Transaction) -> bool:
        return self.transactions.get(transaction.app_id) == transaction.version


def _file(action: Mapping[str, Any]) -> tuple[str, int]:
    """Raises ValueError where the partition is not the one that the path names."""
    path = unquote(action["path"])
    named = dict(part.split("=", 1) for part in path.split("/")[:-1])
    if {name: unquote(value) for name, value in named.items()} != (action.get("partitionValues") or {}):
        raise ValueError("a file is in another partition than its path says")
    json.loads(action.get("stats") or "{}")
    return path, int(action["size"])
