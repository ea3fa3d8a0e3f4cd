"""`kliping show`: from a URL in a log or a report to all that is known of it, and to its page."""

import json
from datetime import timedelta

import pytest

from settings.storage import Storage
from tests.archive.invented import NOON, fail, finish, look_at, open_run, reject, rows, run_program, text

SITE = "http://kabarteknik.example"
ARTICLE, COPY, GALLERY, BROKEN = (f"{SITE}/{slug}" for slug in ("satu", "salinan", "galeri", "rusak"))


@pytest.fixture
def archive(storage: Storage) -> Storage:
    """An article with a revision and a copy, a page that is none, and one that could not be had."""
    run = open_run(storage, run_id="20261124T050000Z")
    look = look_at(run, ARTICLE, text(1))
    run.enter_in_ledger([look.announcement])
    finish(run)
    run = open_run(storage, run_id="20261124T080000Z")
    look_at(run, ARTICLE, text(2), at=NOON + timedelta(hours=3))
    look_at(run, COPY, text(2), at=NOON + timedelta(hours=3))
    reject(run, GALLERY)
    fail(run, BROKEN)
    finish(run)
    return storage


@pytest.mark.parametrize("known_as", ["article_id", "url"])
def test_an_article_is_shown_with_its_looks_its_versions_its_copies_and_its_bytes(
    archive: Storage, known_as: str
) -> None:
    [article] = rows(archive, "articles")
    printed = run_program(archive, "local", "show", article[known_as])
    assert printed.returncode == 0, printed.stderr
    lines = printed.stdout.splitlines()
    assert lines[:2] == ["Kabar satu", f"  {ARTICLE}"]
    assert f"  exact copy at {COPY}, similarity 1.00" in lines
    for told in (
        f"announced by feed {SITE}/feed",
        "archived by run 20261124T050000Z, HTTP 200",
        "revised by run 20261124T080000Z, HTTP 200",
        "2026-11-24 05:00:00  revision 1, 60 words: Kabar satu",
        "2026-11-24 08:00:00  revision 2, 60 words: Kabar satu",
    ):
        assert sum(told in line for line in lines) == 1, told
    place = f"{article['warc_filename']}, {article['warc_record_length']:,} bytes from "
    assert any(place in line for line in lines)


def test_a_copy_names_what_it_is_a_copy_of(archive: Storage) -> None:
    printed = run_program(archive, "local", "show", COPY)
    assert f"  exact copy of {ARTICLE}, similarity 1.00" in printed.stdout.splitlines()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (GALLERY, "rejected by run 20261124T080000Z, HTTP 200: Halaman ini tidak memuat berita."),
        (BROKEN, "http_error by run 20261124T080000Z: The server answered 500."),
    ],
)
def test_what_is_no_article_is_shown_with_its_reason(archive: Storage, url: str, told: str) -> None:
    printed = run_program(archive, "local", "show", url)
    assert any(line.endswith(told) for line in printed.stdout.splitlines()), printed.stdout


def test_the_page_is_printed_as_it_came_last(archive: Storage) -> None:
    assert run_program(archive, "local", "show", GALLERY, "--page").stdout == "pendek"
    without = run_program(archive, "local", "show", BROKEN, "--page")
    assert (without.returncode, without.stdout) == (1, "")
    assert without.stderr == f"Kliping: no page of {BROKEN} was kept\n"


def test_the_page_is_the_one_before_where_a_look_found_it_as_it_was(archive: Storage) -> None:
    run = open_run(archive, run_id="20261124T090000Z")
    look = reject(run, GALLERY)
    finish(run)
    assert look.pages[0].capture.unchanged
    assert run_program(archive, "local", "show", GALLERY, "--page").stdout == "pendek"


def test_the_rows_are_printed_as_json(archive: Storage) -> None:
    found = json.loads(run_program(archive, "local", "show", ARTICLE, "--json").stdout)
    assert {name: len(of_it) for name, of_it in found.items()} == {
        "articles": 1,
        "revisions": 1,
        "duplicates": 0,
        "verdicts": 0,
        "announced": 1,
        "visits": 2,
        "rejected": 0,
        "copies": 1,
    }
    assert found["visits"][1]["outcome"] == "revised"


def test_what_no_table_knows_is_said_in_one_sentence(archive: Storage) -> None:
    printed = run_program(archive, "local", "show", f"{SITE}/tidak-ada")
    assert (printed.returncode, printed.stdout) == (1, "")
    assert printed.stderr.startswith("Kliping: no table knows of ")
