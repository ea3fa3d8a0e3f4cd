"""A takedown, from what it is of to the proof that nothing is left.

In this order, so that whatever breaks it off, the same command finishes it, and nothing comes back meanwhile:

1. The tombstone is stored, first in the bucket, then in the index: from then on the addresses are kept out.
2. WARC records under these addresses are blanked, and the indexes of months are made without them.
3. Rows are taken out of the tables.
4. The sums of days are brought up to date; data files of earlier versions with such rows are removed, with what logs
   say of them.
5. The search index is made without it, and releases that held it are replaced.
6. Everything is read, and what still has a line of a text is dealt with; the tombstone bears the proof.

What a step needs it finds in the tombstone and in what the bucket holds, and each, done twice, does the same.
"""

import socket
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from pipelines.archive.bucket_identity import committed_versions
from pipelines.archive.bucket_owner import require_own
from pipelines.archive.delivery import Delivery
from pipelines.archive.maintenance.daily_upkeep import renew_days
from pipelines.archive.maintenance.month_index_upkeep import renew_month_indexes
from pipelines.archive.maintenance.report import Step
from pipelines.archive.search.build import withdraw
from pipelines.archive.site_lock import SiteBusy, SiteLock
from pipelines.archive.spool import recover
from pipelines.archive.tables import Corpus, pass_by
from pipelines.archive.takedown.holdings import Holdings, holdings_of
from pipelines.archive.takedown.options import MAX_UNSAID_ARTICLES
from pipelines.archive.takedown.order import Order
from pipelines.archive.takedown.proof import Findings, prove
from pipelines.archive.takedown.releases import replace_releases
from pipelines.archive.takedown.row_removal import TOUCHED, remove_rows
from pipelines.archive.takedown.table_files import TableFiles
from pipelines.archive.takedown.warc_removal import WarcRemoval, WarcRemoved
from pipelines.archive.takedown_scope import Scope
from pipelines.archive.text_windows import digest_of
from pipelines.archive.tombstones import PREFIX, SUFFIX, Tombstone
from pipelines.index.database import Index, Status
from pipelines.index.fingerprints import article_id
from settings.storage import Storage

LOCK_FOLDER = "maintenance"
"""In the home: the upkeep's own lock, as both rearrange tables."""

HOLDER = "kliping takedown"

HINTS = {
    Scope.ARTICLE: "say an article_id, or a URL as the tables have it (kliping show URL says what is known)",
    Scope.PREFIX: "say what its URLs begin with, with their host",
    Scope.AUTHOR: "say the name as `author` in the tables has it",
    Scope.SITE: "say the name that its DAG has",
}


class Refused(Exception):  # noqa: N818 - it names a decision
    """Nothing is taken down; the message says why, in one sentence."""


class NothingMatches(Refused):
    """Nothing in the archive is what was named."""


class TooMuch(Refused):
    """More articles would go than were said."""


@dataclass(slots=True)
class TakenDown:
    """What a takedown came to: the articles that went, rows by table, records of WARC files, objects of earlier
    versions, releases, and what reading everything has found.
    """

    tombstone: Tombstone
    holdings: Holdings
    warc: WarcRemoved
    findings: Findings
    rows: dict[str, int] = field(default_factory=dict)
    objects: int = 0
    releases: list[str] = field(default_factory=list)
    days: Step | None = None
    months: Sequence[Step] = ()

    @property
    def is_proven(self) -> bool:
        """Whether nothing is left."""
        return self.tombstone.proof is not None

    @property
    def lines(self) -> Iterator[str]:
        """What was done, for people to read."""
        counts = ", ".join(f"{count:,} of {name}" for name, count in sorted(self.rows.items()))
        yield f"rows taken out or emptied: {counts or 'none'}"
        yield f"WARC: {self.warc.records:,} records blanked, in {self.warc.files:,} files"
        yield f"objects of earlier versions of the tables removed: {self.objects:,}"
        if self.releases:
            yield f"releases replaced: {', '.join(self.releases)}"
        for trouble in (*self.days.left, *self.days.failed) if self.days else ():
            yield f"sums of days are left to the next upkeep: {trouble}"
        for trouble in (each for step in self.months for each in (*step.left, *step.failed)):
            yield f"an index of a month is left to the next upkeep: {trouble}"
        yield from self.findings.lines
        yield f"{self.tombstone.key} keeps it out"


class Takedown:
    """A takedown in the archive of `storage`. `progress` is told how far it has come, `checkpoint` each step that is
    done: tombstone, index, warc, cdxj, months, the names of tables, noted, days, entry, file, search, release, release
    file, proof.
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
        """What would go. Raises NothingMatches where that is nothing, StorageUnavailable, IndexUnavailable."""
        self._progress("looking for it in the tables")
        target = self._order.target
        found = holdings_of(self._corpus, self._index, target)
        if not found and self._earlier() is None:
            names = ", ".join(target.names)
            raise NothingMatches(f"the archive has no {target.scope} {names}: {HINTS[target.scope]}")
        return found

    def carry_out(self, now: datetime, *, at_most: int = MAX_UNSAID_ARTICLES) -> TakenDown:
        """Take it down, if it is not more than so many articles; `now` is UTC. May be repeated from any point.

        Raises NothingMatches, TooMuch, SiteBusy where a crawl of one of the sites or an upkeep is under way,
        StorageUnavailable, StorageRefused, IndexUnavailable, DiskFailed.
        """
        require_own(self._bucket, self._index, self._storage.home)
        with self._undisturbed() as holdings, self._scratch() as scratch:
            if (count := len(holdings.articles)) > at_most:
                raise TooMuch(f"{self._order.target} is {count:,} articles: say --at-most {count} if all are meant")
            earlier = self._earlier()
            tombstone = replace(self._tombstone(holdings, now).joined(earlier), proof=None)
            self._store(tombstone)
            self._checkpoint("tombstone")
            self._index.take_down(tombstone.name, tombstone.to_json(), self._ids(tombstone))
            self._checkpoint("index")
            removal = WarcRemoval(self._bucket, self._corpus, tombstone, scratch, self._checkpoint)
            self._progress("WARC files")
            removal.by_address()
            months = [self._renew_months(scratch, {*tombstone.sites, *removal.done.sites})]
            self._progress("rows of the tables")
            rows = remove_rows(self._corpus, tombstone)
            files = TableFiles(self._bucket, self._corpus, self._index, tombstone, self._checkpoint)
            # One that was broken off may have taken rows out of any of them.
            is_broken_off = earlier is not None and earlier.proof is None
            files.settle([table.name for table in TOUCHED] if is_broken_off else list(rows), self._progress)
            # By what differs between two versions: while the earlier one can be read.
            days = renew_days(self._corpus, now, everything=False, progress=self._progress)
            self._checkpoint("days")
            files.erase(self._progress)
            self._progress("search index")
            withdraw(self._corpus, tombstone.addresses, now, progress=self._progress)
            self._checkpoint("search")
            releases = replace_releases(
                self._storage, self._bucket, tombstone, now, progress=self._progress, checkpoint=self._checkpoint
            )
            removal.done.sites.clear()
            findings = prove(self._storage, self._corpus, tombstone, removal, files, progress=self._progress)
            if removal.done.sites:
                months.append(self._renew_months(scratch, removal.done.sites))
            if findings.is_proven:
                tombstone = replace(tombstone, proof=findings.proof)
            self._store(tombstone)
            self._index.take_down(tombstone.name, tombstone.to_json(), (), removal.done.documents)
            self._index.commit([], committed_versions(self._corpus))
            self._checkpoint("proof")
            return TakenDown(tombstone, holdings, removal.done, findings, rows, files.removed, releases, days, months)

    def _renew_months(self, scratch: Path, sites: Collection[str]) -> Step:
        self._progress("indexes of months")
        done = renew_month_indexes(self._bucket, scratch, sorted(sites))
        self._checkpoint("months")
        return done

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=self._storage.home / LOCK_FOLDER, prefix="takedown-") as folder:
            yield Path(folder)

    @contextmanager
    def _undisturbed(self) -> Iterator[Holdings]:
        """What is to go, while no process works on the batches of its sites, of which none waits, nor on the tables."""
        with ExitStack() as stack:
            stack.callback(SiteLock(self._storage.home / LOCK_FOLDER, HOLDER, max_wait_seconds=0).release)
            earlier = self._earlier()
            held: set[str] = set()
            holdings = self.plan()
            # What waited in a spool may be a copy, at another site.
            while missing := {*holdings.sites, *(earlier.sites if earlier else ())} - held:
                delivered = 0
                for site in sorted(missing):
                    folder = self._storage.spool / site
                    stack.callback(SiteLock(folder, HOLDER).release)
                    if elsewhere := self._index.hold_site(site, f"{HOLDER} on {socket.gethostname()}"):
                        raise SiteBusy(f"{site} is being worked on by {elsewhere}")
                    delivered += Delivery(self._storage, self._index).deliver_all(recover(folder))
                held |= missing
                holdings = self.plan() if delivered else holdings
            yield holdings

    def _store(self, tombstone: Tombstone) -> None:
        self._bucket.replace(tombstone.key, tombstone.to_json().encode(), "application/json")

    @property
    def _name(self) -> str:
        return Tombstone.name_of(self._order.target.scope, self._order.target.names, self._order.reference)

    def _earlier(self) -> Tombstone | None:
        """The tombstone of the same takedown, which was broken off or has been carried out."""
        content = self._bucket.find(f"{PREFIX}{self._name}{SUFFIX}")
        return None if content is None else Tombstone.read(content)

    def _tombstone(self, holdings: Holdings, now: datetime) -> Tombstone:
        return Tombstone(
            self._name,
            self._order.target.scope,
            self._order.target.place,
            self._order.reason,
            self._order.reference,
            self._order.by,
            now.isoformat(timespec="seconds"),
            holdings.sites,
            {*holdings.articles, *map(article_id, holdings.urls)},
            [[digest_of(window) for window in text] for text in holdings.texts],
        )

    def _ids(self, tombstone: Tombstone) -> set[str]:
        """All ids by which the index may know of it."""
        ids = set(tombstone.addresses)
        if tombstone.scope is Scope.SITE:
            for chunk in self._index.entries(list(Status), [tombstone.place]):
                ids |= {seen.article_id for seen in chunk} | {article_id(seen.url) for seen in chunk}
        return ids
