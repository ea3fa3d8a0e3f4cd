"""How rows are found by what identifies them: in chunks, and by the part of an id that an index has."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa

from pipelines.index.tables import Hex

MAX_KEYS_PER_QUERY = 500
"""Keys in one query: looking up so many takes 1-4 ms in SQLite, and no database's limit of parameters is near."""

T = TypeVar("T")

# Statements are made once: for SQLAlchemy to make one anew takes longer than for SQLite to carry it out.
IDS: sa.BindParameter[Any] = sa.bindparam("ids", type_=Hex(), expanding=True)
NUMBERS: sa.BindParameter[Any] = sa.bindparam("numbers", type_=sa.BigInteger(), expanding=True)


def in_chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """The items, as many at a time as one query asks for."""
    rest = iter(items)
    while chunk := list(islice(rest, MAX_KEYS_PER_QUERY)):
        yield chunk
