"""A takedown, from what it is of to the proof that nothing is left.

In this order, so that whatever breaks it off, the same command finishes it, and nothing comes back meanwhile:

1. The tombstone is stored, first in the bucket, then in the index: from then on the addresses are kept out.
2. Rows are taken out of the tables.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from pipelines.archive.bucket_identity import committed_versions
from pipelines.archive.delivery import Delivery
from pipelines.archive.site_lock import SiteLock
from pipelines.archive.spool import recover
from pipelines.archive.tables import Corpus, pass_by
from pipelines.archive.takedown.holdings import Holdings, NothingMatches, holdings_of
from pipelines.archive.takedown.order import Order
from pipelines.archive.takedown.row_removal import remove_rows
from pipelines.archive.text_windows import digest_of
from pipelines.archive.tombstones import Scope, Tombstone
from pipelines.index.database import Index, Status
from pipelines.index.fingerprints import article_id
from settings.storage import Storage

LOCK_FOLDER = "maintenance"
"""In the home: the upkeep's own lock, as both rearrange tables."""

HOLDER = "kliping takedown"


@dataclass(slots=True)
class TakenDown:
    """What a takedown came to: the articles that went, and how many rows of each table."""

    tombstone: Tombstone
    holdings: Holdings
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def lines(self) -> Iterator[str]:
        """What was done, for people to read."""
        counts = ", ".join(f"{count:,} of {name}" for name, count in sorted(self.rows.items()))
        yield f"rows taken out or emptied: {counts or 'none'}"
        yield f"the tombstone {self.tombstone.key} keeps it out"


class Takedown:
    """A takedown in the archive of `storage`. `progress` is told how far it has come, `checkpoint` each step that is
    done: tombstone, index, the names of tables.
    """

    def __init__(
        self,
        storage: Storage,
        index: Index,
        order: Order,
        *,
        progress: Callable[[str], None] = lambda _: None,
        checkpoint: Callable[[str], None] = pass_by,
    ) -> None:
        self._storage = storage
        self._index = index
        self._order = order
        self._progress = progress
        self._checkpoint = checkpoint
        self._corpus = Corpus(storage, checkpoint)
        self._bucket = self._corpus.bucket

    def plan(self) -> Holdings:
        """What would go. Raises NothingMatches where that is nothing, StorageUnavailable."""
        self._progress("looking for it in the tables")
        found = holdings_of(self._corpus, self._order.target)
        if not found and self._earlier() is None:
            names = ", ".join(self._order.target.names)
            raise NothingMatches(
                f"the archive has no {self._order.target.scope} {names}: {HINTS[self._order.target.scope]}"
            )
        return found

    def carry_out(self, now: datetime) -> TakenDown:
        """Take it down; `now` is UTC. May be repeated from any point.

        Raises NothingMatches, SiteBusy where a crawl of one of the sites or an upkeep is under way, StorageUnavailable,
        StorageRefused, IndexUnavailable, DiskFailed.
        """
        with self._undisturbed() as holdings:
            tombstone = self._tombstone(holdings, now).joined(self._earlier())
            self._bucket.replace(tombstone.key, tombstone.to_json().encode(), "application/json")
            self._checkpoint("tombstone")
            self._forget(tombstone)
            self._checkpoint("index")
            self._progress("taking rows out of the tables")
            rows = remove_rows(self._corpus, tombstone)
            self._index.commit([], committed_versions(self._corpus))
            return TakenDown(tombstone, holdings, rows)

    @contextmanager
    def _undisturbed(self) -> Iterator[Holdings]:
        """What is to go, while no process works on the batches of its sites, of which none waits, nor on the tables."""
        with ExitStack() as stack:
            stack.callback(SiteLock(self._storage.home / LOCK_FOLDER, HOLDER, max_wait_seconds=0).release)
            earlier = self._earlier()
            held: set[str] = set()
            holdings = self.plan()
            # What waited in a spool may be a copy of another site's.
            while missing := {*holdings.sites, *(earlier.sites if earlier else ())} - held:
                for site in sorted(missing):
                    folder = self._storage.spool / site
                    stack.callback(SiteLock(folder, HOLDER).release)
                    Delivery(self._storage, self._index).deliver_all(recover(folder))
                held |= missing
                holdings = self.plan()
            yield holdings

    def _earlier(self) -> Tombstone | None:
        """The tombstone of the same takedown, which was broken off or has been carried out."""
        target = self._order.target
        content = self._bucket.find(
            f"takedowns/{Tombstone.name_of(target.scope, target.names, self._order.reference)}.json"
        )
        return None if content is None else Tombstone.read(content)

    def _tombstone(self, holdings: Holdings, now: datetime) -> Tombstone:
        target = self._order.target
        return Tombstone(
            Tombstone.name_of(target.scope, target.names, self._order.reference),
            target.scope,
            target.place,
            self._order.reason,
            self._order.reference,
            self._order.by,
            now.isoformat(timespec="seconds"),
            holdings.sites,
            {*holdings.articles, *map(article_id, holdings.urls)},
            [[digest_of(window) for window in text] for text in holdings.texts],
        )

    def _forget(self, tombstone: Tombstone) -> None:
        ids = set(tombstone.addresses)
        if tombstone.scope is Scope.SITE:
            for chunk in self._index.entries(list(Status), [tombstone.place]):
                ids |= {seen.article_id for seen in chunk} | {article_id(seen.url) for seen in chunk}
        self._index.take_down(tombstone.name, tombstone.to_json(), ids)


HINTS = {
    Scope.ARTICLE: "say an article_id, or a URL as the tables have it (kliping show URL says what is known)",
    Scope.PREFIX: "say what its URLs begin with, with their host",
    Scope.AUTHOR: "say the name as `author` in the tables has it",
    Scope.SITE: "say the name that its DAG has",
}
