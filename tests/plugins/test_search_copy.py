"""The newsroom's copy of the search index: no request waits for long, and none waits for a newer one."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

import pytest

from pipelines.archive.bucket import Bucket
from pipelines.archive.search.build import build
from pipelines.archive.tables import Corpus
from plugins.newsroom.search_copy import KEPT_SECONDS, SearchCopy
from reader.kliping_reader.fulltext.index import SearchIndex
from reader.kliping_reader.fulltext.published import NoSearchIndex, SearchError
from settings.storage import Storage
from tests.archive.invented import finish, look_at, open_run, text

NOW = datetime(2026, 11, 25, tzinfo=UTC)


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def add(storage: Storage, number: int) -> int:
    """Archive and index an article; the number of the index that has it."""
    run = open_run(storage)
    look_at(run, f"http://kabarteknik.example/{number}", text(number))
    finish(run)
    return build(Corpus(storage), NOW).index.number


def test_the_last_one_is_asked_while_a_newer_one_is_fetched(storage: Storage) -> None:
    clock, may_open, opened = Clock(), Event(), []

    def open_index() -> SearchIndex:
        assert may_open.wait(120)
        opened.append(index := SearchIndex.open(Bucket(storage), storage.search_copy))
        return index

    first = add(storage, 1)
    copy = SearchCopy(open_index, clock, patience=0.01)
    with pytest.raises(SearchError, match="is being fetched from the bucket: try again in a minute"):
        copy.get()
    may_open.set()
    patient = SearchCopy(open_index, clock, patience=120)
    assert patient.get().published.number == first
    second = add(storage, 2)
    assert patient.get().published.number == first
    clock.seconds += KEPT_SECONDS + 1
    may_open.clear()
    assert patient.get().published.number == first
    may_open.set()
    while patient.get().published.number == first:
        time.sleep(0.01)
    assert patient.get().published.number == second


def test_many_who_ask_have_it_fetched_once(storage: Storage) -> None:
    add(storage, 1)
    calls: list[int] = []

    def open_index() -> SearchIndex:
        calls.append(1)
        return SearchIndex.open(Bucket(storage), storage.search_copy)

    copy = SearchCopy(open_index, patience=120)
    with ThreadPoolExecutor(8) as pool:
        assert len({id(index) for index in pool.map(lambda _: copy.get(), range(20))}) == 1
    assert len(calls) == 1


def test_what_keeps_it_from_being_fetched_is_told_and_tried_again_later(storage: Storage) -> None:
    clock = Clock()
    Bucket(storage).ensure()
    copy = SearchCopy(lambda: SearchIndex.open(Bucket(storage), storage.search_copy), clock, patience=120)
    with pytest.raises(NoSearchIndex):
        copy.get()
    add(storage, 1)
    clock.seconds += KEPT_SECONDS + 1
    assert copy.get().published.number == 1
