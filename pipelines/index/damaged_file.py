"""An index in SQLite whose file is damaged is set aside, so that a new one can be made in its place."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

DAMAGE_CODES = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))
"""Of SQLite's primary result codes, those that tell of the file and not of who else uses it."""

PRIMARY_CODE_MASK = 0xFF
"""An extended result code has the primary one in its lowest byte (SQLite, "Result and Error Codes")."""

SUFFIXES = ("-wal", "-shm", "")
"""Of the files of a database, the one with its name last: without it the others mean nothing."""


def set_aside_if_damaged(url: str, now: datetime) -> Path | None:
    """Rename the file of the index at a SQLAlchemy URL where it is damaged, with what belongs to it.

    Returns its new path, None where there was nothing to set aside: it is sound or empty, is not there, or is not
    SQLite. All of it is read. Raises OSError where it cannot be renamed.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    path = Path(parsed.database)
    if not path.exists() or not _is_damaged(path):
        return None
    aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}")
    for suffix in SUFFIXES:
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def files_set_aside(url: str) -> list[tuple[Path, datetime]]:
    """The files of indexes that were set aside from a SQLAlchemy URL, and when that was (UTC)."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return []
    path = Path(parsed.database)
    named = re.compile(re.escape(path.name) + r"\.damaged-(\d{8}T\d{6}Z)(?:-wal|-shm)?")
    found = ((file, named.fullmatch(file.name)) for file in sorted(path.parent.glob(f"{path.name}.damaged-*")))
    return [(file, datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)) for file, match in found if match]


def is_damage(error: BaseException | None) -> bool:
    """Whether an error of SQLite's says that the file is damaged."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & PRIMARY_CODE_MASK in DAMAGE_CODES


def _is_damaged(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return is_damage(error)
    return bool(found != ("ok",))
