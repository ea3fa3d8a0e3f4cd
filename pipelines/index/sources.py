"""What is remembered of sources: their states, what they have announced, and where the bucket has their last form."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from pipelines.index.keys import in_chunks
from pipelines.index.records import (
    ANNOUNCED_KEY_BYTES,
    MAX_ANNOUNCED_URLS,
    DocumentCapture,
    SourceState,
    announced_key,
)
from pipelines.index.tables import ANNOUNCED, DOCUMENTS, SOURCES


def source(connection: Connection, url: str) -> SourceState | None:
    """The state of the source at `url` as last saved."""
    row = connection.execute(sa.select(SOURCES).where(SOURCES.c.url == url)).one_or_none()
    return SourceState(*row) if row else None


def save_sources(connection: Connection, states: Iterable[SourceState]) -> None:
    """Remember sources, each in the place of what was known of it."""
    _replace(connection, SOURCES, states)


def document(connection: Connection, url: str) -> DocumentCapture | None:
    """Where the bucket has the last form of the document at `url`."""
    row = connection.execute(sa.select(DOCUMENTS).where(DOCUMENTS.c.url == url)).one_or_none()
    return DocumentCapture(*row) if row else None


def save_documents(connection: Connection, captures: Iterable[DocumentCapture]) -> None:
    """Remember captures of documents, each in the place of an earlier one."""
    _replace(connection, DOCUMENTS, captures)


def first_announced(connection: Connection, source: str, urls: Iterable[str]) -> list[str]:
    """Those of `urls` that the source at the URL `source` has not announced before, as far as is remembered."""
    known = _announced_keys(connection, source)
    return [url for url in dict.fromkeys(urls) if announced_key(url) not in known]


def save_announced(connection: Connection, urls_by_source: Mapping[str, Sequence[str]]) -> None:
    """Remember what sources have announced, besides what was known of them."""
    for source, urls in urls_by_source.items():
        keys = dict.fromkeys(map(announced_key, urls))
        known = [key for key in _announced_keys(connection, source) if key not in keys]
        kept = known[max(0, len(known) + len(keys) - MAX_ANNOUNCED_URLS) :]
        connection.execute(ANNOUNCED.delete().where(ANNOUNCED.c.source == source))
        connection.execute(ANNOUNCED.insert().values(source=source, keys=b"".join([*kept, *keys])))


def _replace(
    connection: Connection, table: sa.Table, records: Iterable[SourceState] | Iterable[DocumentCapture]
) -> None:
    """Write records by their URLs, the last one of each."""
    for chunk in in_chunks(asdict(record) for record in {record.url: record for record in records}.values()):
        connection.execute(table.delete().where(table.c.url.in_([row["url"] for row in chunk])))
        connection.execute(table.insert(), chunk)


def _announced_keys(connection: Connection, source: str) -> dict[bytes, None]:
    """The keys of what a source has announced, the last ones last."""
    found = connection.scalar(sa.select(ANNOUNCED.c["keys"]).where(ANNOUNCED.c.source == source)) or b""
    return dict.fromkeys(
        bytes(found[at : at + ANNOUNCED_KEY_BYTES]) for at in range(0, len(found), ANNOUNCED_KEY_BYTES)
    )
