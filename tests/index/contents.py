"""All that an index database says of URLs and texts, whatever the numbers by which its tables refer to each other."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from pipelines.index.tables import ADDRESSES, FINGERPRINTS, LOOKUP, ORIGINS, RECENT, SEEN


def contents(index_url: str) -> Mapping[str, list[tuple[Any, ...]]]:
    """The rows of an index by what they are of, in order, without the numbers that they were given."""
    engine = sa.create_engine(index_url)
    own = ORIGINS.c.number == SEEN.c.origin
    known = {"number", "origin", "fingerprint", "id", "added_at"}
    urls = [ORIGINS.c.site, ORIGINS.c.host, SEEN.c.address]
    queries = {
        "seen": sa.select(*urls, *(c for c in SEEN.c if c.name not in known)).join(ORIGINS, own),
        "recent": sa.select(*urls, *(c for c in RECENT.c if c.name not in known))
        .join(SEEN, SEEN.c.number == RECENT.c.number)
        .join(ORIGINS, own),
        "addresses": sa.select(ADDRESSES),
        "fingerprints": sa.select(*(c for c in FINGERPRINTS.c if c.name not in known)),
        "lookup": sa.select(FINGERPRINTS.c.article_id, LOOKUP.c.key).join(
            FINGERPRINTS, FINGERPRINTS.c.id == LOOKUP.c.fingerprint
        ),
    }
    with engine.connect() as connection:
        found = {name: sorted(map(tuple, connection.execute(query)), key=repr) for name, query in queries.items()}
        assert all(count_of(connection, table) for table in (SEEN, ORIGINS))
        assert len(found["recent"]) == count_of(connection, RECENT)
        assert len(found["lookup"]) == count_of(connection, LOOKUP)
    engine.dispose()
    return found


def count_of(connection: sa.Connection, table: sa.Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
