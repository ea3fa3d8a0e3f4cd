"""What was taken down: remembered by its tombstones, and forgotten in all else."""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from pipelines.index import copies, url_records
from pipelines.index.keys import IDS, in_chunks
from pipelines.index.tables import ADDRESSES, DOCUMENTS, FINGERPRINTS, TAKEDOWNS

_TEXTS_OF = sa.select(FINGERPRINTS).where(FINGERPRINTS.c.article_id.in_(IDS))
_FORGET_ADDRESSES = ADDRESSES.delete().where(sa.or_(ADDRESSES.c.article_id.in_(IDS), ADDRESSES.c.address_id.in_(IDS)))


def tombstones(connection: Connection) -> list[str]:
    """The tombstones, by their names."""
    return list(connection.scalars(sa.select(TAKEDOWNS.c.tombstone).order_by(TAKEDOWNS.c.name)))


def put_tombstones(connection: Connection, by_name: Mapping[str, str]) -> None:
    """Remember tombstones, each in the place of the one that has its name."""
    for name, tombstone in by_name.items():
        connection.execute(TAKEDOWNS.delete().where(TAKEDOWNS.c.name == name))
        connection.execute(TAKEDOWNS.insert().values(name=name, tombstone=tombstone))


def forget(connection: Connection, ids: Iterable[str]) -> None:
    """Forget articles and addresses, by their ids: that they were seen, their texts, also claimed ones, and where they
    have moved to.
    """
    for chunk in in_chunks(ids):
        copies.remove(connection, connection.execute(_TEXTS_OF, {"ids": chunk}).all())
        connection.execute(_FORGET_ADDRESSES, {"ids": chunk})
        url_records.forget(connection, chunk)


def forget_documents(connection: Connection, urls: Iterable[str]) -> None:
    """Forget where the bucket has the last form of documents: their next captures are kept whole."""
    for chunk in in_chunks(urls):
        connection.execute(DOCUMENTS.delete().where(DOCUMENTS.c.url.in_(chunk)))
