"""Incidents in the bucket: what was told is remembered, by whoever judges next and for whoever looks."""

import json
from datetime import datetime, timedelta

from pipelines.archive.schema import INCIDENTS
from pipelines.archive.tables import Corpus
from pipelines.watch.findings import Finding, Kind
from pipelines.watch.incident_table import book, history, note
from pipelines.watch.incidents import RECOVERED_AFTER, Event
from settings.clock import WIB
from settings.storage import Storage
from tests.archive.invented import rows, run_program

NOW = datetime(2026, 7, 8, 15, 0, tzinfo=WIB)
SILENT = Finding(Kind.SILENT, "warta", "no article for 2 days")
UNFILLED = Finding(Kind.UNFILLED, "warta", "0% (0 of 10) of the articles have an author", "author")


def judge(storage: Storage, at: datetime, *findings: Finding) -> list[Event]:
    """A round of the watch in a process of its own: what happened."""
    corpus = Corpus(storage)
    changes = book(corpus).changes(findings, at)
    note(corpus, changes)
    return [change.event for change in changes]


def test_a_later_round_knows_what_was_told(storage: Storage) -> None:
    Corpus(storage).bucket.ensure()
    assert judge(storage, NOW, SILENT, UNFILLED) == [Event.OPENED, Event.OPENED]
    assert judge(storage, NOW + timedelta(hours=1), SILENT, UNFILLED) == []
    assert judge(storage, NOW + timedelta(hours=2), SILENT) == [Event.ABSENT]
    assert judge(storage, NOW + timedelta(hours=2) + RECOVERED_AFTER, SILENT) == [Event.RECOVERED]
    assert judge(storage, NOW + timedelta(days=1), SILENT, UNFILLED) == [Event.OPENED]


def test_a_round_that_changes_nothing_writes_nothing(storage: Storage) -> None:
    Corpus(storage).bucket.ensure()
    judge(storage, NOW, SILENT)
    before = version(storage)
    judge(storage, NOW + timedelta(minutes=15), SILENT)

    assert version(storage) == before
    assert len(rows(storage, "incidents")) == 1


def version(storage: Storage) -> int:
    corpus = Corpus(storage)
    corpus.open(INCIDENTS)
    return corpus.version(INCIDENTS)


def test_kliping_prints_what_is_wrong_and_what_to_do(storage: Storage) -> None:
    Corpus(storage).bucket.ensure()
    well = run_program(storage, "local", "incidents")
    judge(storage, NOW, UNFILLED, SILENT)
    wrong = run_program(storage, "local", "incidents")
    as_json = run_program(storage, "local", "incidents", "--json")

    assert (well.returncode, well.stdout) == (0, "")
    assert well.stderr == "Kliping: nothing is wrong, as far as the DAG watch has seen\n"
    assert wrong.returncode == 1
    first, second = wrong.stdout.splitlines()
    assert first == (
        "2026-07-08 15:00 opened\tsilent\twarta: no article for 2 days; look at its home page in a browser; if there "
        "is news, trigger doctor for it."
    )
    assert "\tunfilled\twarta: 0% (0 of 10)" in second
    assert [json.loads(line)["aspect"] for line in as_json.stdout.splitlines()] == ["", "author"]


def test_what_happened_is_kept(storage: Storage) -> None:
    Corpus(storage).bucket.ensure()
    judge(storage, NOW, SILENT)
    judge(storage, NOW + timedelta(hours=1))
    judge(storage, NOW + timedelta(hours=1) + RECOVERED_AFTER)

    kept = history(Corpus(storage))
    assert [change.event for change in kept] == [Event.OPENED, Event.ABSENT, Event.RECOVERED]
    assert {change.incident.opened_at for change in kept} == {NOW}
