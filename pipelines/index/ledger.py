"""Whose the index is, which bucket it speaks of, and how far it has heard of what that holds."""

import uuid
from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from pipelines.index.records import Delivered, TableVersion
from pipelines.index.tables import BUCKET, DELIVERIES, DEPLOYMENT, TABLE_VERSIONS, WHOLE_VERSIONS


def deployment_id(connection: Connection) -> str | None:
    """The id of those who share the index, None where they have none yet."""
    return connection.scalar(sa.select(DEPLOYMENT.c.id))


def name_deployment(connection: Connection) -> str:
    """The id of those who share the index; a random one where they have none yet."""
    if known := deployment_id(connection):
        return known
    given = uuid.uuid4().hex
    connection.execute(DEPLOYMENT.insert().values(id=given))
    return given


def join_deployment(connection: Connection, deployment_id: str) -> None:
    """Replace the id of those who share the index."""
    connection.execute(DEPLOYMENT.delete())
    connection.execute(DEPLOYMENT.insert().values(id=deployment_id))


def bucket_id(connection: Connection) -> str | None:
    """The id of the bucket, None where it has not been told yet."""
    return connection.scalar(sa.select(BUCKET.c.id))


def bucket_prepared_for(connection: Connection) -> str | None:
    """For what the bucket was found to be fit, None where nothing is noted."""
    return connection.scalar(sa.select(BUCKET.c.prepared_for))


def note_prepared_for(connection: Connection, purpose: str) -> None:
    """Remember for what the bucket is fit, where the index has one."""
    connection.execute(BUCKET.update().values(prepared_for=purpose))


def adopt_bucket(connection: Connection, bucket_id: str) -> None:
    """Remember the id of the bucket."""
    connection.execute(BUCKET.delete())
    connection.execute(BUCKET.insert().values(id=bucket_id))


def table_versions(connection: Connection) -> list[TableVersion]:
    """The newest versions of the tables that deliveries have told of, by name."""
    rows = connection.execute(sa.select(TABLE_VERSIONS).order_by(TABLE_VERSIONS.c.table_name))
    return [TableVersion(*row) for row in rows]


def remember_versions(connection: Connection, tables: Iterable[TableVersion]) -> None:
    """Remember versions of tables, each unless a later one is known."""
    known = {row.table_name: row.version for row in connection.execute(sa.select(TABLE_VERSIONS))}
    for table in tables:
        if table.version >= known.get(table.table, -1):
            connection.execute(TABLE_VERSIONS.delete().where(TABLE_VERSIONS.c.table_name == table.table))
            connection.execute(
                TABLE_VERSIONS.insert().values(
                    table_name=table.table, version=table.version, entry_sha256=table.entry_sha256
                )
            )


def replace_versions(connection: Connection, tables: Iterable[TableVersion]) -> None:
    """Take the versions of tables as they are now, though later ones are known."""
    connection.execute(TABLE_VERSIONS.delete())
    remember_versions(connection, tables)


def whole_versions(connection: Connection) -> dict[str, int]:
    """By table that is not in doubt, the version up to which the index has heard of all that it holds."""
    return {row.table_name: row.version for row in connection.execute(sa.select(WHOLE_VERSIONS))}


def note_whole(connection: Connection, versions: Mapping[str, int]) -> None:
    """Remember of tables up to which version the index has heard of all that they hold."""
    connection.execute(WHOLE_VERSIONS.delete().where(WHOLE_VERSIONS.c.table_name.in_(versions)))
    for name, version in versions.items():
        connection.execute(WHOLE_VERSIONS.insert().values(table_name=name, version=version))


def doubt(connection: Connection) -> None:
    """Remember that the index may not have heard of all that the tables hold."""
    connection.execute(WHOLE_VERSIONS.delete())


def delivered(connection: Connection) -> dict[str, int]:
    """By sequence of batches, the number of the last one of which the index has heard."""
    return {row.sequence: row.number for row in connection.execute(sa.select(DELIVERIES))}


def remember_delivery(connection: Connection, batch: Delivered) -> None:
    """Remember that a batch was delivered, and what the index has heard of with it."""
    own = DELIVERIES.c.sequence == batch.sequence
    known = connection.scalar(sa.select(DELIVERIES.c.number).where(own))
    if known is None:
        connection.execute(DELIVERIES.insert().values(sequence=batch.sequence, number=batch.number))
    elif known < batch.number:
        connection.execute(DELIVERIES.update().where(own).values(number=batch.number))
    for name, version in batch.whole_versions.items():
        # Where it has come to be in doubt meanwhile, it stays so.
        later = sa.and_(WHOLE_VERSIONS.c.table_name == name, WHOLE_VERSIONS.c.version < version)
        connection.execute(WHOLE_VERSIONS.update().where(later).values(version=version))
