"""Incidents as the bucket keeps them: the table `incidents`, a row for each thing that happens to one.

In the bucket and not in the index: the newsroom and whoever reads tables may see it, and an index that is made anew
forgets nothing that was told. Rows are only added, and only when something changes, so that a quiet day writes none.
"""

from collections.abc import Iterable, Sequence

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.schema import INCIDENTS, Row
from pipelines.archive.tables import Corpus
from pipelines.watch.findings import Finding, Kind
from pipelines.watch.incidents import Book, Change, Event, Incident

WRITER = "incidents"
"""What numbers the commits; one watch runs at a time."""


def history(corpus: Corpus) -> list[Change]:
    """All that ever happened, the oldest first. Raises StorageUnavailable."""
    try:
        rows = corpus.select(INCIDENTS, "TRUE")
    except TableNotFoundError:  # of a version before
        return []
    order = list(Event)
    return [_change(row) for row in sorted(rows, key=lambda row: (row["at"], order.index(Event(row["event"]))))]


def book(corpus: Corpus) -> Book:
    """The incidents that are open. Raises StorageUnavailable."""
    return Book().after(history(corpus))


def note(corpus: Corpus, changes: Iterable[Change]) -> None:
    """Keep what happened, in one commit; none where nothing did. Raises StorageUnavailable, StorageRefused."""
    if rows := [_row(change) for change in changes]:
        corpus.append(INCIDENTS, rows, corpus.next_transaction(WRITER, INCIDENTS))


def open_incidents(changes: Sequence[Change]) -> list[Incident]:
    """Those that are open after all that happened, the most urgent first."""
    urgency = list(Kind)
    found = Book().after(changes).open.values()
    return sorted(found, key=lambda incident: (urgency.index(incident.finding.kind), incident.opened_at))


def _row(change: Change) -> Row:
    finding = change.incident.finding
    return {
        "site": finding.subject,
        "kind": str(finding.kind),
        "aspect": finding.aspect,
        "opened_at": change.incident.opened_at,
        "event": str(change.event),
        "at": change.at,
        "evidence": finding.evidence,
        "next_step": finding.next_step,
    }


def _change(row: Row) -> Change:
    finding = Finding(Kind(row["kind"]), row["site"], row["evidence"], row["aspect"])
    event, at = Event(row["event"]), row["at"]
    return Change(event, Incident(finding, row["opened_at"], at if event is Event.ABSENT else None), at)
