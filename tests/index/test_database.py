"""The index as its users see it, on SQLite and on PostgreSQL, with real processes racing for one text."""

import multiprocessing
import signal
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta, timezone
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from queue import Queue

import pytest
import sqlalchemy as sa
import time_machine

from local.postgresql import PostgreSQL
from pipelines.index.comparison import Kind
from pipelines.index.compressed_addresses import WORDS
from pipelines.index.database import (
    Index,
    IndexUnavailable,
    IndexUpdate,
    Match,
    RevisitSchedule,
    RunMetrics,
    SourceState,
    Status,
    TextFingerprint,
    UrlRecord,
    is_due,
)
from pipelines.index.fingerprints import TEXT_HASH_DIGITS, article_id, headline_key, text_sha256
from pipelines.index.migrations import LOSSY_MIGRATIONS, MIGRATIONS
from pipelines.index.new_index import NewIndex
from pipelines.index.tables import SCHEMA_VERSION, SOURCES, Hex, Utc, schema_version
from pipelines.visit import MissingImage
from tests.index.notices import quake

TEXTS = {path.stem: path.read_text() for path in (Path(__file__).parent / "texts").glob("*.txt")}
ORIGINAL, NEAR_COPY = TEXTS["event-desk-one"], TEXTS["event-near-copy"]
SHORT = "Gempa magnitudo 5,1 terasa di Cianjur, belum ada laporan kerusakan."
NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONTH = timedelta(days=30)
LADDERS = RevisitSchedule(revisit=(6 * HOUR, 24 * HOUR, 72 * HOUR), retry=(HOUR, 6 * HOUR))
SPAWN = multiprocessing.get_context("spawn")


def candidate(
    slug: str, body: str, *, site: str = "siartekno", run: str = "run1", at: datetime = NOON
) -> TextFingerprint:
    return TextFingerprint.from_body(f"https://{site}.example/{slug}", site=site, run=run, body=body, published_at=at)


def seen(
    slug: str, status: Status = Status.ARCHIVED, *, first: datetime = NOON, last: datetime | None = None
) -> UrlRecord:
    url = f"https://siartekno.example/{slug}"
    return UrlRecord(url, article_id(url), "siartekno", status, first, last or first)


def kept(record: UrlRecord) -> UrlRecord:
    """The record as the index gives it back."""
    key = headline_key(record.headline) if record.headline else None
    return replace(record, text_sha256=record.text_sha256 and record.text_sha256[:TEXT_HASH_DIGITS], headline_key=key)


def archived(text: TextFingerprint, at: datetime = NOON) -> IndexUpdate:
    return IndexUpdate(
        UrlRecord(text.url, text.article_id, text.site, Status.ARCHIVED, at, at, text_sha256=text.text_sha256), text
    )


@contextmanager
def counted(listener: Callable[[sqlite3.Connection, object], None]) -> Iterator[None]:
    """Have the listener told of each connection of SQLAlchemy's."""
    sa.event.listen(sa.Engine, "connect", listener)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "connect", listener)


class TestWhatWasSeen:
    def test_every_field_comes_back_as_it_went_in(self, index: Index) -> None:
        full = replace(
            seen("a"),
            published_month="2026-11",
            text_sha256=text_sha256(ORIGINAL),
            headline="Data pelanggan Kirimaja “terbuka” 😮",
            revision=2,
            etag='W/"abc"',
            last_modified="Tue, 24 Nov 2026 05:00:00 GMT",
            payload_digest="sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
            payload_warc_date=NOON + timedelta(microseconds=1),
        )
        index.commit([IndexUpdate(full)])
        assert index.seen([full.url]) == {full.url: kept(full)}

    def test_hundreds_of_urls_are_asked_for_at_once_and_the_unknown_are_left_out(self, index: Index) -> None:
        known = [seen(f"a{n}") for n in range(700)]
        index.commit(map(IndexUpdate, known))
        asked = [s.url for s in known] + [f"https://siartekno.example/baru-{n}" for n in range(700)]
        assert index.seen(asked) == {s.url: s for s in known}

    def test_times_of_any_zone_come_back_in_utc_and_times_without_one_are_refused(self, index: Index) -> None:
        jakarta = NOON.astimezone(timezone(7 * HOUR))
        index.commit([IndexUpdate(seen("a", first=jakarta))])
        (found,) = index.seen([seen("a").url]).values()
        assert (found.first_fetched_at, found.first_fetched_at.tzinfo) == (NOON, UTC)
        with pytest.raises(ValueError, match="no time zone"):
            index.commit([IndexUpdate(seen("b", first=NOON.replace(tzinfo=None)))])
        assert index.seen([seen("b").url]) == {}

    def test_a_later_look_replaces_what_was_known_but_not_the_first_fetch(self, index: Index) -> None:
        later = replace(seen("a", first=NOON + DAY), headline="Judul baru", revision=2)
        index.commit([IndexUpdate(seen("a")), IndexUpdate(later)])
        assert index.seen([later.url])[later.url] == kept(replace(later, first_fetched_at=NOON))

    def test_marks_may_be_repeated_and_told_out_of_order(self, index: Index) -> None:
        later = replace(seen("a", last=NOON + DAY), headline="Judul baru", revision=2)
        for _ in range(2):
            index.commit([IndexUpdate(later)])
            index.commit([IndexUpdate(seen("a"))])
        assert index.seen([later.url])[later.url] == kept(later)

    def test_a_text_is_known_also_where_a_later_look_that_failed_is_told_first(self, index: Index) -> None:
        index.commit([IndexUpdate(seen("a", Status.FAILED, first=NOON + DAY))])
        index.commit([archived(candidate("a", SHORT))])
        match = index.match(candidate("b", SHORT), MONTH)
        assert match
        assert match.url == seen("a").url

    def test_an_archived_article_that_fails_later_stays_archived(self, index: Index) -> None:
        index.commit([IndexUpdate(replace(seen("a"), etag='"1"'))])
        index.commit([IndexUpdate(seen("a", Status.FAILED, first=NOON + DAY))])
        assert index.seen([seen("a").url])[seen("a").url] == replace(seen("a"), etag='"1"', last_fetched_at=NOON + DAY)

    def test_a_url_that_failed_first_counts_from_the_fetch_that_gave_a_page(self, index: Index) -> None:
        index.commit([IndexUpdate(seen("a", Status.FAILED)), IndexUpdate(seen("a", Status.FAILED, first=NOON + HOUR))])
        assert index.seen([seen("a").url])[seen("a").url].first_fetched_at == NOON
        index.commit([IndexUpdate(seen("a", first=NOON + DAY))])
        assert index.seen([seen("a").url])[seen("a").url].first_fetched_at == NOON + DAY

    def test_ids_that_begin_alike_are_told_apart(self, index: Index) -> None:
        own = seen("a")
        alike = replace(seen("b"), article_id=own.article_id[:16] + "0" * 16)
        index.commit([archived(candidate("a", SHORT)), IndexUpdate(alike)])
        assert index.seen([own.url, alike.url])[alike.url] == alike
        assert index.published_at(own.article_id) == NOON
        assert index.published_at(alike.article_id) is None
        index.put([IndexUpdate(replace(alike, revision=7))])
        assert index.seen([own.url])[own.url].revision == 0
        assert index.text_hashes([alike.article_id, own.article_id]).keys() == {own.article_id}

    @pytest.mark.parametrize("fraction", [timedelta(), timedelta(microseconds=123)])
    @pytest.mark.parametrize("published", [NOON, datetime(1951, 3, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)])
    def test_when_a_text_was_published_comes_back_to_the_microsecond(
        self, index: Index, published: datetime, fraction: timedelta
    ) -> None:
        text = candidate("a", SHORT, at=published + fraction)
        index.commit([archived(text)])
        assert index.published_at(text.article_id) == published + fraction


class TestWhenAUrlIsDue:
    @pytest.mark.parametrize(
        ("status", "last", "now", "due"),
        [
            (Status.ARCHIVED, 0 * HOUR, 5 * HOUR, False),
            (Status.ARCHIVED, 0 * HOUR, 6 * HOUR, True),
            (Status.ARCHIVED, 7 * HOUR, 23 * HOUR, False),
            (Status.ARCHIVED, 7 * HOUR, 25 * HOUR, True),
            (Status.ARCHIVED, 7 * HOUR, 400 * DAY, True),
            (Status.ARCHIVED, 72 * HOUR, 400 * DAY, False),
            (Status.DUPLICATE, 0 * HOUR, 6 * HOUR, True),
            (Status.REJECTED, 0 * HOUR, 6 * HOUR, True),
            (Status.FAILED, 0 * HOUR, 1 * HOUR, True),
            (Status.FAILED, 2 * HOUR, 5 * HOUR, False),
            (Status.FAILED, 6 * HOUR, 400 * DAY, False),
        ],
    )
    def test_it_is_due_once_for_each_step_of_its_ladder(
        self, index: Index, status: Status, last: timedelta, now: timedelta, due: bool
    ) -> None:
        looked_at = seen("a", status, last=NOON + last)
        index.commit([IndexUpdate(looked_at)])
        assert is_due(looked_at, NOON + now, LADDERS) is due
        assert index.due("siartekno", NOON + now, LADDERS) == ([looked_at] if due else [])

    def test_steps_that_were_missed_make_one_look(self) -> None:
        late = NOON + 100 * DAY
        assert is_due(seen("a"), late, LADDERS)
        assert not is_due(seen("a", last=late), late + DAY, LADDERS)

    def test_an_announced_modification_makes_it_due_after_the_ladders_end(self) -> None:
        done = seen("a", last=NOON + 4 * DAY)
        now = NOON + 9 * DAY
        assert is_due(done, now, LADDERS, announced_modified=NOON + 8 * DAY)
        assert not is_due(done, now, LADDERS, announced_modified=NOON + 3 * DAY)

    def test_a_modification_in_the_minute_of_the_last_look_may_have_come_after_it(self) -> None:
        looked = seen("a", last=NOON + 8 * DAY + timedelta(seconds=40))
        assert is_due(looked, NOON + 9 * DAY, LADDERS, announced_modified=NOON + 8 * DAY)

    def test_a_modification_announced_for_the_future_does_not(self) -> None:
        assert not is_due(seen("a", last=NOON + 4 * DAY), NOON + 9 * DAY, LADDERS, announced_modified=NOON + 10 * DAY)

    def test_sites_are_kept_apart_and_the_oldest_comes_first(self, index: Index) -> None:
        older, newer = seen("z"), seen("a", first=NOON + HOUR)
        index.commit([IndexUpdate(newer), IndexUpdate(older), IndexUpdate(replace(seen("b"), site="kilasdigital"))])
        assert index.due("siartekno", NOON + DAY, LADDERS) == [older, newer]

    def test_an_article_that_is_gone_is_looked_at_by_its_age_since_then(self, index: Index) -> None:
        gone = replace(seen("a", last=NOON + 40 * DAY), gone_at=NOON + 40 * DAY)
        index.commit([IndexUpdate(gone)])
        assert index.due("siartekno", NOON + 40 * DAY + 5 * HOUR, LADDERS) == []
        assert index.due("siartekno", NOON + 40 * DAY + 6 * HOUR, LADDERS) == [gone]
        index.commit([IndexUpdate(replace(gone, last_fetched_at=NOON + 43 * DAY))])
        assert index.due("siartekno", NOON + 400 * DAY, LADDERS) == []

    def test_what_is_past_its_ladder_or_has_none_is_not_read(self, tmp_path: Path) -> None:
        steps: list[int] = []

        def count_steps(connection: sqlite3.Connection, _: object) -> None:
            connection.set_progress_handler(lambda: steps.append(1) or 0, 10)  # type: ignore[func-returns-value]

        with counted(count_steps), Index.open(f"sqlite:///{tmp_path / 'index.db'}") as index:
            index.commit([IndexUpdate(seen("due"))])
            steps.clear()
            assert [found.url for found in index.due("siartekno", NOON + DAY, LADDERS)] == [seen("due").url]
            before = len(steps)
            statuses = (Status.ARCHIVED, Status.DUPLICATE, Status.REJECTED, Status.FAILED)
            past = [seen(f"{status}-{n}", status, last=NOON + 3 * DAY) for status in statuses for n in range(200)]
            gone = [replace(seen(f"gone-{n}", last=NOON + 40 * DAY), gone_at=NOON + 37 * DAY) for n in range(200)]
            aliases = [seen(f"alias-{n}", Status.ALIAS) for n in range(200)]
            index.commit(map(IndexUpdate, past + gone + aliases))
            steps.clear()
            assert [found.url for found in index.due("siartekno", NOON + DAY, LADDERS)] == [seen("due").url]
            assert len(steps) < 2 * before

    def test_failed_urls_may_have_the_ages_of_all_others(self, index: Index) -> None:
        both = [seen("archived"), seen("failed", Status.FAILED)]
        index.commit(map(IndexUpdate, both))
        due = index.due("siartekno", NOON + DAY, RevisitSchedule(LADDERS.revisit, LADDERS.revisit))
        assert {found.url for found in due} == {record.url for record in both}

    def test_without_a_ladder_nothing_is_due(self, index: Index) -> None:
        index.commit([IndexUpdate(seen("a"))])
        assert index.due("siartekno", NOON + DAY, RevisitSchedule((), ())) == []


class TestSources:
    def test_a_source_is_known_as_it_was_last_saved(self, index: Index) -> None:
        feed = SourceState("https://siartekno.example/feed", '"1"', None, NOON, NOON)
        assert index.source(feed.url) is None
        index.save_sources([feed])
        later = replace(feed, etag=None, fetched_at=NOON + HOUR)
        index.save_sources([later])
        assert index.source(feed.url) == later


class TestCopies:
    def test_a_text_nobody_has_is_claimed_and_the_next_one_with_it_is_an_exact_copy(self, index: Index) -> None:
        first, second = candidate("a", ORIGINAL), candidate("b", ORIGINAL.upper(), site="kilasdigital")
        assert index.match_or_claim(first, MONTH) is None
        assert index.match_or_claim(second, MONTH) == Match(
            first.article_id, first.url, Kind.EXACT, 1.0, 1.0, adds=False, site=first.site
        )

    def test_a_lightly_edited_text_is_a_near_copy(self, index: Index) -> None:
        first = candidate("a", ORIGINAL)
        index.commit([archived(first)])
        match = index.match_or_claim(candidate("b", NEAR_COPY, site="kilasdigital"), MONTH)
        assert match is not None
        assert (match.article_id, match.url, match.kind, match.adds) == (first.article_id, first.url, "near", False)
        assert 0.6 < match.similarity < match.containment < 1

    def test_notices_of_one_template_are_articles_of_their_own_from_the_second_on(self, index: Index) -> None:
        notices = [quake(n) for n in range(24)]
        matches = [index.match_or_claim(candidate(f"gempa-{n}", body), MONTH) for n, body in enumerate(notices)]
        assert matches[0] is None
        assert {(match.kind, match.adds) for match in matches[1:] if match} == {("similar", True)}
        index.commit(archived(candidate(f"gempa-{n}", body)) for n, body in enumerate(notices))
        again = index.match(candidate("gempa-3", notices[3] + " (ant)", site="kilasdigital"), MONTH)
        assert again is not None
        assert (again.kind, again.url) == ("near", candidate("gempa-3", "").url)

    def test_a_short_version_is_contained_in_a_long_one_and_only_the_long_one_adds_something(
        self, index: Index, index_url: str
    ) -> None:
        short = ORIGINAL[: round(len(ORIGINAL) * 0.4)]
        index.commit([archived(candidate("a", ORIGINAL))])
        match = index.match(candidate("b", short), MONTH)
        assert match is not None
        assert (match.kind, match.adds) == ("contains", False)
        assert match.containment > 0.9
        make_anew(index_url, [archived(candidate("b", short))])
        match = index.match_or_claim(candidate("a", ORIGINAL), MONTH)
        assert match is not None
        assert (match.kind, match.adds) == ("contains", True)
        assert index.match(candidate("c", ORIGINAL), MONTH) is not None, "the long one is claimed"

    def test_another_article_of_the_same_event_is_no_copy(self, index: Index) -> None:
        for slug in ("event-desk-one", "event-desk-two", "phone-launch", "phone-launch-sibling"):
            assert index.match_or_claim(candidate(slug, TEXTS[slug]), MONTH) is None

    def test_an_article_never_matches_itself(self, index: Index) -> None:
        article = candidate("a", ORIGINAL)
        index.commit([archived(article)])
        assert index.match_or_claim(candidate("a", ORIGINAL, run="run2"), MONTH) is None
        assert index.match_or_claim(candidate("a", NEAR_COPY, run="run2"), MONTH) is None

    @pytest.mark.parametrize(("apart", "found"), [(29 * DAY, True), (-29 * DAY, True), (31 * DAY, False)])
    def test_near_copies_lie_within_the_window(self, index: Index, apart: timedelta, found: bool) -> None:
        index.commit([archived(candidate("a", ORIGINAL))])
        assert (index.match(candidate("b", NEAR_COPY, at=NOON + apart), MONTH) is not None) is found

    def test_exact_copies_are_such_at_any_distance(self, index: Index) -> None:
        index.commit([archived(candidate("a", ORIGINAL))])
        match = index.match(candidate("b", ORIGINAL, at=NOON + 3000 * DAY), MONTH)
        assert match is not None
        assert match.kind == "exact"

    def test_short_texts_match_exactly_or_not_at_all(self, index: Index) -> None:
        index.commit([archived(candidate("a", SHORT))])
        assert index.match(candidate("b", SHORT.replace("5,1", "5,2")), MONTH) is None
        assert index.match(candidate("c", SHORT), MONTH) is not None

    def test_an_exact_copy_goes_before_a_near_one(self, index: Index) -> None:
        index.commit([archived(candidate("near", ORIGINAL)), archived(candidate("exact", NEAR_COPY))])
        match = index.match(candidate("c", NEAR_COPY), MONTH)
        assert match is not None
        assert (match.kind, match.url) == ("exact", candidate("exact", "").url)

    def test_a_revised_text_takes_the_place_of_the_earlier_one(self, index: Index) -> None:
        index.commit([archived(candidate("a", ORIGINAL))])
        index.commit([archived(candidate("a", TEXTS["phone-launch"], run="run2"), at=NOON + DAY)])
        assert index.match(candidate("b", ORIGINAL), MONTH) is None
        assert index.match(candidate("c", TEXTS["phone-launch"]), MONTH) is not None

    def test_a_text_that_is_told_late_does_not_replace_a_newer_one(self, index: Index) -> None:
        index.commit([archived(candidate("a", TEXTS["phone-launch"], run="run2"), at=NOON + DAY)])
        index.commit([archived(candidate("a", ORIGINAL))])
        assert index.match(candidate("c", TEXTS["phone-launch"]), MONTH) is not None

    def test_asking_alone_claims_nothing(self, index: Index) -> None:
        assert index.match(candidate("a", ORIGINAL), MONTH) is None
        assert index.match_or_claim(candidate("b", ORIGINAL), MONTH) is None


class TestExpiry:
    """What is needed for some weeks only is forgotten; what is known for life stays."""

    def test_near_copies_of_an_old_text_are_not_found_any_more_and_exact_ones_are(self, index: Index) -> None:
        with time_machine.travel(NOON, tick=False):
            index.commit([archived(candidate("a", ORIGINAL))])
        assert index.expire(NOON + MONTH, MONTH, LADDERS).texts == 0
        assert index.match(candidate("b", NEAR_COPY, at=NOON), MONTH) is not None
        assert index.expire(NOON + 31 * DAY, MONTH, LADDERS).texts == 1
        assert index.match(candidate("b", NEAR_COPY, at=NOON), MONTH) is None
        exact = index.match(candidate("b", ORIGINAL, at=NOON + 40 * DAY), MONTH)
        assert exact is not None
        assert (exact.kind, exact.url) == (Kind.EXACT, candidate("a", "").url)
        assert index.published_at(candidate("a", "").article_id) == NOON
        assert index.expire(NOON + 99 * DAY, MONTH, LADDERS).texts == 0

    def test_an_old_text_that_came_in_lately_is_kept_for_those_that_come_in_with_it(self, index: Index) -> None:
        with time_machine.travel(NOON, tick=False):
            index.commit([archived(candidate("a", ORIGINAL, at=NOON - 900 * DAY), at=NOON)])
        assert index.expire(NOON + DAY, MONTH, LADDERS).texts == 0
        assert index.match(candidate("b", NEAR_COPY, at=NOON - 899 * DAY), MONTH) is not None

    def test_a_claim_stays_until_it_is_settled_or_released(self, index: Index) -> None:
        index.match_or_claim(candidate("a", ORIGINAL), MONTH)
        assert index.expire(NOON + 999 * DAY, MONTH, LADDERS).texts == 0
        assert index.match(candidate("b", NEAR_COPY), MONTH) is not None

    def test_what_conditional_requests_need_goes_once_a_url_was_looked_at_for_the_last_time(self, index: Index) -> None:
        asked_with = replace(
            seen("done", last=NOON + 3 * DAY),
            etag='"1"',
            last_modified="Tue, 24 Nov 2026 05:00:00 GMT",
            payload_digest="sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
            payload_warc_date=NOON,
            headline="Data terbuka",
            missing_image=MissingImage("https://cdn.example/foto besar.jpg", 2),
        )
        missed = replace(seen("missed"), etag='"2"')
        failed = seen("failed", Status.FAILED, last=NOON + 6 * HOUR)
        alias = seen("alias", Status.ALIAS)
        index.commit(map(IndexUpdate, (asked_with, missed, failed, alias)))
        assert index.seen([asked_with.url])[asked_with.url].missing_image == asked_with.missing_image
        assert index.expire(NOON + 33 * DAY, MONTH, LADDERS).urls == 2
        assert index.expire(NOON + 34 * DAY, MONTH, LADDERS).urls == 1
        left = index.seen([asked_with.url, missed.url, failed.url, alias.url])
        assert left[asked_with.url] == replace(
            kept(seen("done", last=NOON + 3 * DAY)), headline_key=headline_key("Data terbuka")
        )
        assert (left[failed.url], left[alias.url]) == (failed, alias)
        assert index.due("siartekno", NOON + 40 * DAY, LADDERS) == [missed]

    def test_an_expired_url_that_is_looked_at_again_is_known_as_any_other(self, index: Index) -> None:
        first = replace(seen("a", last=NOON + 3 * DAY), headline="Data terbuka", revision=1)
        index.commit([IndexUpdate(first)])
        index.expire(NOON + 99 * DAY, MONTH, LADDERS)
        index.commit([IndexUpdate(seen("a", Status.FAILED, first=NOON + 100 * DAY))])
        (found,) = index.seen([first.url]).values()
        assert (found.status, found.headline_key, found.revision) == (Status.ARCHIVED, kept(first).headline_key, 1)
        again = replace(found, etag='"3"', last_fetched_at=NOON + 101 * DAY, gone_at=NOON + 101 * DAY)
        index.commit([IndexUpdate(again)])
        assert index.due("siartekno", NOON + 101 * DAY + 6 * HOUR, LADDERS) == [again]

    def test_thousands_expire_in_turns_with_the_writers(self, index: Index) -> None:
        index.commit(IndexUpdate(seen(f"a{n}", last=NOON + 3 * DAY)) for n in range(1200))
        assert index.expire(NOON + 99 * DAY, MONTH, LADDERS).urls == 1200
        assert len(index.seen([seen(f"a{n}").url for n in range(1200)])) == 1200


class TestClaims:
    def test_claims_of_dead_runs_are_released_and_those_of_kept_runs_and_other_sites_stay(self, index: Index) -> None:
        dead, kept = candidate("a", ORIGINAL, run="dead"), candidate("b", TEXTS["phone-launch"], run="kept")
        other = candidate("c", TEXTS["event-desk-two"], run="dead", site="kilasdigital")
        for claim in (dead, kept, other):
            index.match_or_claim(claim, MONTH)
        assert index.release("siartekno", keep_runs=["kept"]) == 1
        assert index.match(candidate("d", ORIGINAL), MONTH) is None
        assert index.match(candidate("d", NEAR_COPY), MONTH) is None
        assert index.match(candidate("d", TEXTS["phone-launch"]), MONTH) is not None
        assert index.match(candidate("d", TEXTS["event-desk-two"]), MONTH) is not None

    def test_a_committed_text_is_no_claim_any_more(self, index: Index) -> None:
        claim = candidate("a", ORIGINAL)
        index.match_or_claim(claim, MONTH)
        index.commit([archived(claim)])
        index.commit([archived(claim)])
        assert index.release("siartekno") == 0
        assert index.match(candidate("b", NEAR_COPY), MONTH) is not None

    def test_a_text_may_be_committed_without_a_claim(self, index: Index) -> None:
        index.commit([archived(candidate("a", ORIGINAL))])
        assert index.match(candidate("b", ORIGINAL), MONTH) is not None

    @pytest.mark.slow
    def test_of_processes_that_bring_one_text_at_once_exactly_one_gets_it(self, index_url: str) -> None:
        processes = 4
        barrier, answers = SPAWN.Barrier(processes), SPAWN.Queue()
        racers = [SPAWN.Process(target=_race, args=(index_url, n, barrier, answers)) for n in range(processes)]
        for racer in racers:
            racer.start()
        results = dict(answers.get(timeout=60) for _ in racers)
        for racer in racers:
            racer.join(60)
        for n in range(TEXTS_RACED_FOR):
            answers_to_n = {process: matches[n] for process, matches in results.items()}
            (winner,) = [process for process, url in answers_to_n.items() if url is None]
            assert {url for process, url in answers_to_n.items() if process != winner} == {_racer_url(winner, n)}

    @pytest.mark.slow
    def test_the_claim_of_a_killed_process_stands_until_it_is_released(self, index_url: str) -> None:
        claimed = SPAWN.Event()
        process = SPAWN.Process(target=_claim_and_hang, args=(index_url, claimed))
        process.start()
        assert claimed.wait(60)
        process.kill()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        with Index.open(index_url) as index:
            assert index.match(candidate("b", ORIGINAL), MONTH) is not None
            assert index.release("siartekno", keep_runs=["run2"]) == 1
            assert index.match_or_claim(candidate("b", ORIGINAL, run="run2"), MONTH) is None


TEXTS_RACED_FOR = 10


def _racer_url(racer: int, text: int) -> str:
    return candidate(f"{racer}/{text}", "", site=f"situs{racer}").url


def _race(index_url: str, racer: int, barrier: Barrier, answers: "Queue[tuple[int, list[str | None]]]") -> None:
    barrier.wait(60)
    # They race for making the database, too.
    with Index.open(index_url) as index:
        got: list[str | None] = []
        for n in range(TEXTS_RACED_FOR):
            # Each brings its own edition, so that all but the winner have to find a near copy.
            letter = "abcdefghij"[n]
            body = f"Meja {'abcd'[racer]} melaporkan. " + " ".join(
                f"{letter}{word.lower()}" for word in ORIGINAL.split()
            )
            barrier.wait(60)
            match = index.match_or_claim(candidate(f"{racer}/{n}", body, site=f"situs{racer}"), MONTH)
            got.append(match.url if match else None)
    answers.put((racer, got))


def _claim_and_hang(index_url: str, claimed: Event) -> None:
    with Index.open(index_url) as index:
        index.match_or_claim(candidate("a", ORIGINAL), MONTH)
        claimed.set()
        signal.pause()


BACK_FROM_ACCOUNT = (
    "DROP TABLE deliveries",
    "ALTER TABLE bucket DROP COLUMN prepared_for",
    "DROP TABLE whole_versions",
)
BACK_FROM_ORIGINS = (
    "DROP TABLE recent",
    "DROP TABLE origins",
    "DROP TABLE seen",
    "DROP INDEX claims_by_text",
    "DROP INDEX claims_by_site",
    "CREATE INDEX fingerprints_by_text ON fingerprints (text_sha256)",
    "CREATE INDEX fingerprints_by_run ON fingerprints (run, site) WHERE run <> ''",
)
FOR_LIFE = (
    *BACK_FROM_ORIGINS,
    "CREATE TABLE sites (number INTEGER NOT NULL PRIMARY KEY, name VARCHAR NOT NULL UNIQUE)",
    "CREATE TABLE seen (number INTEGER NOT NULL PRIMARY KEY, article_id {blob} NOT NULL, url {blob} NOT NULL, "
    "site INTEGER NOT NULL, status SMALLINT NOT NULL, first_fetched_at BIGINT NOT NULL, "
    "last_fetched_at BIGINT NOT NULL, published_month SMALLINT, text_sha256 {blob}, headline_key {blob}, "
    "revision INTEGER NOT NULL, gone_at BIGINT, date_precision VARCHAR, quality VARCHAR, verdict VARCHAR, "
    "published_at BIGINT)",
    "CREATE INDEX seen_by_id ON seen (substr(article_id, 1, 8))",
    "CREATE INDEX seen_by_text ON seen (substr(text_sha256, 1, 8)) WHERE published_at IS NOT NULL",
    "CREATE TABLE recent (article_id {blob} NOT NULL PRIMARY KEY, site VARCHAR NOT NULL, status SMALLINT NOT NULL, "
    "age_at_last_fetch BIGINT NOT NULL, headline VARCHAR, etag VARCHAR, last_modified VARCHAR, "
    "payload_digest VARCHAR, payload_warc_date BIGINT)",
    "CREATE INDEX recent_by_age ON recent (site, status, age_at_last_fetch)",
)
EARLIER_SEEN = (
    *BACK_FROM_ORIGINS,
    "ALTER TABLE fingerprints DROP COLUMN added_at",
    "CREATE TABLE seen (article_id {blob} NOT NULL PRIMARY KEY, url VARCHAR NOT NULL, site VARCHAR NOT NULL, "
    "status VARCHAR NOT NULL, first_fetched_at BIGINT NOT NULL, last_fetched_at BIGINT NOT NULL, "
    "published_month VARCHAR, text_sha256 {blob}, headline VARCHAR, revision INTEGER NOT NULL, etag VARCHAR, "
    "last_modified VARCHAR, payload_digest VARCHAR, payload_warc_date BIGINT, age_at_last_fetch BIGINT NOT NULL)",
    "CREATE INDEX seen_by_age ON seen (site, age_at_last_fetch)",
)
SINCE_1_1 = (
    "ALTER TABLE seen ADD COLUMN gone_at BIGINT",
    "ALTER TABLE seen ADD COLUMN date_precision VARCHAR",
    "ALTER TABLE seen ADD COLUMN quality VARCHAR",
    "ALTER TABLE seen ADD COLUMN verdict VARCHAR",
)
BACK_FROM_WORDING = (
    *BACK_FROM_ACCOUNT,
    *EARLIER_SEEN,
    "DROP TABLE lookup_keys",
    "ALTER TABLE fingerprints DROP COLUMN wording",
    "ALTER TABLE fingerprints ADD COLUMN signature {blob}",
    "CREATE TABLE band_keys (key BIGINT NOT NULL, fingerprint BIGINT NOT NULL, PRIMARY KEY (key, fingerprint))",
)
BACK_FROM_QUALITY = (
    *BACK_FROM_WORDING,
    "ALTER TABLE run_metrics DROP COLUMN doubtful",
    "ALTER TABLE run_metrics DROP COLUMN doubts",
)
BACK_TO_1_0 = (
    *BACK_FROM_QUALITY,
    "DROP TABLE bucket",
    "DROP TABLE table_versions",
    "ALTER TABLE run_metrics DROP COLUMN looks_again",
    "ALTER TABLE run_metrics DROP COLUMN gone",
)
LAST = "tables d751ad048f89"
"""The first version that keeps apart what it keeps for life."""

NO_IMAGES = "ALTER TABLE recent DROP COLUMN missing_image"

BACKWARDS = {
    "tables 2": (
        "ALTER TABLE sources ADD COLUMN body_sha256 {blob}",
        *BACK_TO_1_0,
        "ALTER TABLE run_metrics RENAME TO yields",
    ),
    "tables 9d1f35f7ca4c": BACK_TO_1_0,
    "tables a86b8276997e": (*BACK_FROM_QUALITY, "ALTER TABLE seen ADD COLUMN gone_at BIGINT"),
    "tables a135f91f43b0": (*BACK_FROM_WORDING, *SINCE_1_1),
    "tables 1e518be09b0c": (*BACK_FROM_ACCOUNT, *EARLIER_SEEN, *SINCE_1_1),
    "tables 3155b96e940e": (*BACK_FROM_ACCOUNT, *EARLIER_SEEN, *SINCE_1_1),
    "tables 2da083146380": (*EARLIER_SEEN, *SINCE_1_1),
    LAST: FOR_LIFE,
    "tables a0e7fe078d22": (NO_IMAGES, "DROP TABLE documents", "DROP TABLE takedowns", "DROP TABLE deployment"),
    "tables e51be3be65cb": (NO_IMAGES, "DROP TABLE takedowns", "DROP TABLE deployment"),
    "tables 345f62e40979": (NO_IMAGES, "DROP TABLE deployment"),
    "tables c2a2f073ae0a": (NO_IMAGES,),
}
"""What undoes each migration."""


EARLIER = sa.table(
    "seen",
    *(sa.column(name, Hex()) for name in ("article_id", "text_sha256")),
    *(sa.column(name, Utc()) for name in ("first_fetched_at", "last_fetched_at")),
    *(sa.column(name) for name in ("url", "site", "status", "headline", "published_month", "revision", "etag")),
    sa.column("age_at_last_fetch"),
)
"""What each version before 1.2 knew of a URL."""


def know_for_life(connection: sa.Connection, known: UrlRecord, *, published_at: datetime | None) -> None:
    """Have an index that keeps apart what it keeps for life know a URL, which is recent if it has a headline."""
    deflate = zlib.compressobj(zlib.Z_BEST_COMPRESSION, zlib.DEFLATED, -12, 3, zlib.Z_FIXED, WORDS)
    binds = {
        "month": 2026 * 12 + 10,
        "id": bytes.fromhex(known.article_id),
        "url": deflate.compress(known.url.encode()) + deflate.flush(),
        "first": (known.first_fetched_at - EPOCH) // timedelta(microseconds=1),
        "last": (known.last_fetched_at - EPOCH) // timedelta(microseconds=1),
        "text": bytes.fromhex(known.text_sha256 or "")[:16] or None,
        "key": bytes.fromhex(headline_key("Data terbuka")),
        "published": published_at and (published_at - EPOCH) // timedelta(microseconds=1),
        "headline": known.headline,
        "etag": known.etag,
    }
    connection.execute(
        sa.text(
            "INSERT INTO seen SELECT count(*), :id, :url, 1, 4, :first, :last, :month, :text, :key, 0, NULL, '', NULL, "
            "NULL, :published FROM seen"
        ),
        binds,
    )
    if known.headline:
        connection.execute(
            sa.text("INSERT INTO recent VALUES (:id, 'siartekno', 4, 0, :headline, :etag, NULL, NULL, NULL)"), binds
        )


@contextmanager
def changed(index_url: str) -> Iterator[sa.Connection]:
    """A transaction past the index."""
    engine = sa.create_engine(index_url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def make_anew(index_url: str, updates: Iterable[IndexUpdate]) -> None:
    """Make the index anew from these updates, in one part."""
    new = NewIndex(index_url)
    new.begin("all that there is")
    new.write_part("1", updates, EPOCH, lambda: "")
    new.put_in_place(["1"], EPOCH)
    new.give_up()


def columns(index_url: str) -> dict[str, set[str]]:
    """The columns of each table of an index database."""
    with changed(index_url) as connection:
        inspector = sa.inspect(connection)
        return {name: {str(c["name"]) for c in inspector.get_columns(name)} for name in inspector.get_table_names()}


class TestTheDatabase:
    def test_what_was_committed_is_there_after_reopening(self, index_url: str) -> None:
        with Index.open(index_url) as index:
            index.commit([archived(candidate("a", ORIGINAL))])
        with Index.open(index_url) as index:
            assert index.match(candidate("b", ORIGINAL), MONTH) is not None

    def test_replacing_forgets_what_is_not_told_again(self, index_url: str) -> None:
        with Index.open(index_url) as index:
            index.commit([archived(candidate("a", ORIGINAL)), IndexUpdate(seen("failed", Status.FAILED))])
        make_anew(index_url, [archived(candidate("b", TEXTS["phone-launch"]))])
        with Index.open(index_url) as index:
            assert index.seen([seen("a").url, seen("failed").url]) == {}
            assert index.match(candidate("c", ORIGINAL), MONTH) is None
            assert index.match(candidate("c", TEXTS["phone-launch"]), MONTH) is not None

    def test_where_replacing_breaks_off_the_old_index_stays(self, index_url: str) -> None:
        def marks_that_end_in_an_error() -> Iterator[IndexUpdate]:
            yield from (IndexUpdate(seen(f"a{n}")) for n in range(600))
            raise ConnectionError("the bucket is gone")

        with Index.open(index_url) as index:
            index.commit([archived(candidate("old", ORIGINAL))])
        with pytest.raises(ConnectionError):
            make_anew(index_url, marks_that_end_in_an_error())
        NewIndex(index_url).give_up()
        with Index.open(index_url) as index:
            assert index.match(candidate("b", ORIGINAL), MONTH) is not None
            assert index.seen([seen("a1").url]) == {}

    def test_an_index_of_an_unknown_version_is_refused_with_the_way_out(self, index_url: str) -> None:
        Index.open(index_url).close()
        with changed(index_url) as connection:
            connection.execute(sa.text("UPDATE fingerprint_scheme SET scheme = 'simhash'"))
        with pytest.raises(IndexUnavailable, match=r"'simhash'.*run `kliping rebuild-index`"):
            Index.open(index_url)
        make_anew(index_url, [])
        Index.open(index_url).close()

    @pytest.mark.parametrize("version", MIGRATIONS)
    def test_an_index_that_can_be_migrated_keeps_all_that_it_knows(
        self, index_url: str, version: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        feed = SourceState("https://siartekno.example/feed", '"1"', None, NOON, NOON)
        metrics = RunMetrics("siartekno", "run1", NOON, 1, 1, {"headline": 1}, {}, [0.9])
        first = archived(candidate("a", ORIGINAL))
        known = replace(first.seen, headline="Data terbuka", published_month="2026-11", etag='"1"')
        with Index.open(index_url) as index:
            index.commit([replace(first, seen=known)])
            index.save_sources([feed])
            index.save_metrics(metrics)
        expired = replace(seen("expired"), text_sha256=text_sha256(SHORT), published_month="2026-11")
        today = columns(index_url)
        with changed(index_url) as connection:
            blob = "BLOB" if connection.dialect.name == "sqlite" else "BYTEA"
            for statement in BACKWARDS[version.rpartition(", ")[2]]:
                connection.exec_driver_sql(statement.format(blob=blob))
            if "sites" in sa.inspect(connection).get_table_names():
                known = replace(known, date_precision="minute")
                connection.execute(sa.text("INSERT INTO sites VALUES (1, 'siartekno')"))
                know_for_life(connection, expired, published_at=NOON)
                know_for_life(connection, known, published_at=NOON)
            elif "site" in {column["name"] for column in sa.inspect(connection).get_columns("seen")}:
                row = {name: value for name, value in asdict(known).items() if name in EARLIER.c}
                connection.execute(EARLIER.insert().values(row | {"age_at_last_fetch": 0}))
            connection.execute(sa.text("UPDATE fingerprint_scheme SET scheme = :version"), {"version": version})
        with Index.open(index_url) as index:
            assert index.seen([known.url])[known.url] == kept(known)
            assert index.published_at(known.article_id) == NOON
            if LAST in version:
                own_key = headline_key("Data terbuka")
                of_expired = replace(kept(expired), headline_key=own_key, date_precision="minute")
                assert index.seen([expired.url])[expired.url] == of_expired
                assert index.match(candidate("e", SHORT), MONTH) is not None
            assert [due.url for due in index.due(known.site, NOON + DAY, LADDERS)] == [known.url]
            assert index.match(candidate("b", ORIGINAL), MONTH) is not None
            assert index.source(feed.url) == feed
            assert index.recent_metrics("siartekno") == [metrics]
            index.commit([archived(candidate("c", TEXTS["event-desk-two"]))])
            assert index.match(candidate("d", TEXTS["event-desk-two"] + " Selesai."), MONTH) is not None
        assert columns(index_url) == today
        assert ("`kliping rebuild-index`" in caplog.text) is (version in LOSSY_MIGRATIONS)
        Index.open(index_url).close()

    def test_the_schema_version_follows_from_the_tables(self) -> None:
        before = schema_version()
        assert before == SCHEMA_VERSION
        column: sa.Column[str] = sa.Column("note", sa.String)
        SOURCES.append_column(column)
        try:
            assert schema_version() != before
        finally:
            SOURCES._columns.remove(column)
        assert schema_version() == before

    def test_a_site_is_held_by_one_machine_at_a_time(self, postgresql: PostgreSQL) -> None:
        postgresql.ensure_databases(["holding"])
        url = postgresql.url("holding")
        with Index.open(url) as here, Index.open(url) as there:
            assert here.hold_site("siartekno", "run 1 on here") is None
            assert there.hold_site("siartekno", "run 2 on there") == "run 1 on here"
            assert there.hold_site("kabargawai", "run 2 on there") is None
            here.close()
            assert there.hold_site("siartekno", "run 3 on there") is None

    def test_what_has_lost_its_site_writes_nothing_any_more(self, postgresql: PostgreSQL) -> None:
        postgresql.ensure_databases(["losing"])
        url = postgresql.url("losing")
        with Index.open(url) as here, Index.open(url) as there:
            here.hold_site("siartekno", "run 1 on here")
            here.put([IndexUpdate(seen("satu"))])
            engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(
                    sa.text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
                )
            engine.dispose()
            assert there.hold_site("siartekno", "run 2 on there") is None
            for reason in ("losing.* cannot be used: ", "has lost what it held"):
                with pytest.raises(IndexUnavailable, match=reason):
                    here.put([IndexUpdate(seen("dua"))])
            assert set(there.seen([seen("satu").url, seen("dua").url])) == {seen("satu").url}

    def test_a_database_that_is_not_in_utf_8_is_refused(self, postgresql: PostgreSQL) -> None:
        engine = sa.create_engine(postgresql.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(
                sa.text("CREATE DATABASE ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
            )
        engine.dispose()
        for use in (Index.open, lambda url: NewIndex(url).begin("")):
            with pytest.raises(IndexUnavailable, match=r"ascii.* has the encoding SQL_ASCII: make one with") as told:
                use(postgresql.url("ascii"))
            assert "\n" not in str(told.value)

    def test_a_database_that_does_not_answer_is_named_without_its_password(self, free_port: int) -> None:
        url = f"postgresql+psycopg2://kliping:hush@127.0.0.1:{free_port}/kliping"
        with pytest.raises(IndexUnavailable, match=rf"127\.0\.0\.1:{free_port}/kliping cannot be used") as caught:
            Index.open(url)
        assert "hush" not in str(caught.value)

    def test_a_damaged_file_is_named_and_what_to_do(self, tmp_path: Path) -> None:
        damaged = tmp_path / "index.db"
        damaged.write_bytes(b"this is no database" * 100)
        with pytest.raises(IndexUnavailable, match=r"index\.db is damaged \(file is not a database\): run `kliping"):
            Index.open(f"sqlite:///{damaged}")

    @pytest.mark.parametrize("url", ["nonsense", "mysql://localhost/kliping", "sqlite://"])
    def test_a_url_that_names_no_usable_database_is_refused(self, url: str) -> None:
        with pytest.raises(IndexUnavailable, match="index database"):
            Index.open(url)


def test_a_new_index_that_another_process_is_just_making_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE made_by_another (a)")
    other.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.5, other.execute, ("COMMIT",))
    done.start()
    with Index.open(f"sqlite:///{path}") as index:
        assert index.seen(["https://siartekno.example/a"]) == {}
    done.join()
    other.close()
