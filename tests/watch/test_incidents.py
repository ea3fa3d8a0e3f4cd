"""An incident is told once when it opens and once when it is over, whatever lies in between."""

from datetime import datetime, timedelta

from pipelines.watch.findings import Finding, Kind
from pipelines.watch.incidents import RECOVERED_AFTER, Book, Change, Event
from settings.clock import WIB

NOW = datetime(2026, 7, 8, 15, 0, tzinfo=WIB)
HOUR = timedelta(hours=1)
SILENT = Finding(Kind.SILENT, "warta", "no article for 2 days")
LATE = Finding(Kind.LATE, "kabar", "a crawl has been due for 4 hours")
PASSING = Finding(Kind.FAILING, "padam", "the last crawl failed: DNS", waits=True)


def rounds(*found: list[Finding], every: timedelta = HOUR) -> list[Change]:
    """What happens when rounds find this one after the other."""
    book, happened = Book(), []
    for number, findings in enumerate(found):
        changes = book.changes(findings, NOW + number * every)
        happened += changes
        book = book.after(changes)
    return happened


def events(*found: list[Finding]) -> list[Event]:
    return [change.event for change in rounds(*found)]


def test_one_that_lasts_is_told_once() -> None:
    assert events([SILENT], [SILENT], [SILENT, LATE], [LATE, SILENT]) == [Event.OPENED, Event.OPENED]


def test_one_whose_evidence_changes_is_the_same() -> None:
    longer = Finding(Kind.SILENT, "warta", "no article for 3 days")

    assert events([SILENT], [longer]) == [Event.OPENED]


def test_one_that_comes_and_goes_is_told_once() -> None:
    changes = rounds([SILENT], [], [SILENT], [], [SILENT])

    assert [change.event for change in changes if change.is_told] == [Event.OPENED]
    assert len(changes) == 5, "what happened is kept all the same"


def test_one_that_is_over_is_told_and_may_come_again() -> None:
    hours = RECOVERED_AFTER // HOUR
    changes = rounds([SILENT], *([] for _ in range(hours + 1)), [SILENT])

    assert [change.event for change in changes] == [Event.OPENED, Event.ABSENT, Event.RECOVERED, Event.OPENED]
    assert changes[2].sentence == "warta: recovered after 60 minutes: no article for 2 days."


def test_what_may_pass_by_itself_opens_none_and_keeps_open_what_is() -> None:
    lasting = Finding(Kind.FAILING, "padam", "each of the last 9 crawls failed: DNS")

    assert events([PASSING], [PASSING], [lasting], [PASSING]) == [Event.OPENED]


def test_it_is_told_with_cause_and_next_step_in_one_sentence() -> None:
    [change] = rounds([SILENT])

    assert change.sentence == (
        "warta: no article for 2 days; look at its home page in a browser; if there is news, trigger doctor for it."
    )
