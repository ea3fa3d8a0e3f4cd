"""Whether what the ledger says was archived is there: each look that brought an article has led to a row.

The index knows of nearly all of them, and is itself held to the tables. Only what it does not know at all is looked
for in the tables, and among what was taken down. In repair it is marked as one that failed just now, so that the next
crawls fetch it again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from pipelines.archive.conditions import sql_list
from pipelines.archive.schema import ARTICLES, DUPLICATES, REJECTED, REVISIONS, Row, Table
from pipelines.archive.tables import Corpus
from pipelines.archive.tombstones import Tombstones
from pipelines.archive.verification.findings import Kind, Verification
from pipelines.archive.verification.index_entries import to_fetch_again
from pipelines.index.database import Index
from pipelines.index.fingerprints import article_id
from pipelines.visit import GOOD_OUTCOMES

HOLDERS = (ARTICLES, REVISIONS, DUPLICATES, REJECTED)
"""Tables in which what a look brought may stand by now: copies change places, articles move, and a verdict may have
found that it is none."""


def verify_looks(
    index: Index,
    corpus: Corpus,
    verification: Verification,
    rows: Sequence[Row],
    *,
    can_ask: Callable[[Table], bool],
    now: datetime,
    repair: bool,
) -> None:
    """Verify looks, which are rows of `visits`: a few hundred at a time. `can_ask` says whether a table can be asked
    for rows, as one with damaged files cannot; `now` is UTC.

    Raises StorageUnavailable, IndexUnavailable.
    """
    looks = {row["url"]: row for row in rows if row["outcome"] in GOOD_OUTCOMES}
    verification.checked["looks"] += len(looks)
    suspects = sorted(looks.keys() - index.seen(looks).keys())
    if not suspects or not all(map(can_ask, HOLDERS)):
        return
    sites = sql_list({looks[url]["site"] for url in suspects})
    where = f"t.site IN ({sites}) AND t.url IN ({sql_list(suspects)})"
    there = {row["url"] for table in HOLDERS for row in corpus.select(table, where, ("url",))}
    tombstones = Tombstones.read(index.tombstones())
    for url in suspects:
        look = looks[url]
        if url in there or tombstones.covering(url, look["site"]):
            continue
        if repair:
            index.put([to_fetch_again(url, article_id(url), look["site"], now)])
        verification.add(
            Kind.LOOK_WITHOUT_ROW,
            url,
            f"the run {look['run']} of {look['site']} has it as {look['outcome']}, and no table has it: in repair it "
            "is fetched again",
            is_repaired=repair,
        )
