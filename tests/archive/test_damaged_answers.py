"""What the line damages of the store's answers: a file's data has no checksum that a reader of tables looks at."""

import multiprocessing

from settings.storage import Storage
from tests.archive.gate import Gate
from tests.archive.invented import finish, look_at, open_run, rows, text

URL = "http://kabarteknik.example/satu"
OTHER = "http://kabarteknik.example/dua"


SPAWN = multiprocessing.get_context("spawn")
"""Some calls of the table library hold Python's lock while they wait for an answer: the line is another process's."""


def revise_both(storage: Storage) -> None:
    run = open_run(storage)
    look_at(run, URL, text(3))
    look_at(run, OTHER, text(4))
    finish(run)


def test_an_article_that_a_damaged_answer_hides_loses_no_version(storage: Storage) -> None:
    first = open_run(storage)
    look_at(first, URL, text(1))
    look_at(first, OTHER, text(2))
    finish(first)
    hidden = next(row["article_id"] for row in rows(storage, "articles") if row["url"] == URL).encode()
    in_data = len(hidden).to_bytes(4, "little") + hidden  # in statistics and logs it stands otherwise
    struck: list[bytes] = []

    def once(data: bytes) -> bytes:
        if struck or in_data not in data:
            return data
        struck.append(data)
        return data.replace(hidden, b"f" * len(hidden))

    with Gate(storage, alter_answer=once) as gate:
        process = SPAWN.Process(target=revise_both, args=(gate.storage,))
        process.start()
        process.join()
    finish(open_run(storage))
    assert struck
    assert sorted(row["body"] for row in rows(storage, "revisions")) == sorted([text(1), text(2)])
    assert {row["url"]: row["revision"] for row in rows(storage, "articles")} == {URL: 2, OTHER: 2}
