"""How rows are found by what identifies them: in chunks, and by the part of an id that an index has first."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa

from pipelines.index.tables import INDEXED_BYTES, SEEN, Hex, first_bytes

MAX_KEYS_PER_QUERY = 500
"""Keys in one query: looking up so many takes 1-4 ms in SQLite, and no database's limit of parameters is near."""

T = TypeVar("T")

# Statements are made once: for SQLAlchemy to make one anew takes longer than for SQLite to carry it out.
IDS: sa.BindParameter[Any] = sa.bindparam("ids", type_=Hex(), expanding=True)
_STARTS: sa.BindParameter[Any] = sa.bindparam("starts", type_=sa.LargeBinary(), expanding=True)
NUMBERS: sa.BindParameter[Any] = sa.bindparam("numbers", type_=sa.BigInteger(), expanding=True)

IS_ONE = sa.and_(first_bytes(SEEN.c.article_id).in_(_STARTS), SEEN.c.article_id.in_(IDS))
IS_THE_ONE = sa.and_(
    first_bytes(SEEN.c.article_id) == sa.bindparam("start", type_=sa.LargeBinary()),
    SEEN.c.article_id == sa.bindparam("id", type_=Hex()),
)


def in_chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """The items, as many at a time as one query asks for."""
    rest = iter(items)
    while chunk := list(islice(rest, MAX_KEYS_PER_QUERY)):
        yield chunk


def of_ids(ids: Iterable[str]) -> dict[str, Any]:
    """The parameters of a statement about the URLs with these ids."""
    found = list(ids)
    return {"ids": found, "starts": [bytes.fromhex(identity)[:INDEXED_BYTES] for identity in found]}


def of_id(identity: str) -> dict[str, Any]:
    """The parameters of a statement about the URL with this id."""
    return {"id": identity, "start": bytes.fromhex(identity)[:INDEXED_BYTES]}
