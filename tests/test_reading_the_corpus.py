"""docs/reading-the-corpus.md, carried out: each section's snippets as they stand, with a reader's keys, where only what
the section says is installed.
"""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.seaweedfs import SeaweedFS
from pipelines.archive.maintenance.daily_upkeep import renew_days
from pipelines.archive.releases.publish import publish
from pipelines.archive.search.build import build
from pipelines.archive.tables import Corpus
from pipelines.cleaning.site_rules import SiteRules
from settings.version import VERSION
from tests.analysts import keys, running_store
from tests.archive.invented import NOON, finish, look_at, open_run
from tests.archive.pressed import html, press

pytestmark = [pytest.mark.present_time, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reading-the-corpus.md").read_text(encoding="utf-8")
PINS = ("requirements.txt", "requirements-test.txt")

NUSAKATA = SiteRules("nusakata", title="Nusakata")


@dataclass(frozen=True)
class Section:
    """A section of the page that has something to run: `packages` are those that it says to install, `program` is all
    its snippets, in order.
    """

    title: str
    packages: tuple[str, ...]
    program: str


def sections() -> list[Section]:
    found = []
    for part in PAGE.split("\n## ")[1:]:
        if installing := re.search(r"^```sh\npip install (.+)\n```$", part, re.MULTILINE):
            snippets = re.findall(r"^```(python|sql)\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)
            program = "\n".join(code if language == "python" else in_duckdb(code) for language, code in snippets)
            found.append(Section(part.splitlines()[0], tuple(installing[1].split()), program))
    return found


def in_duckdb(queries: str) -> str:
    """What runs SQL after the section's Python, query by query."""
    return "\n".join(f"con.sql({query!r}).show()" for query in queries.split(";\n") if query.strip())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """A store of a corpus as a few runs leave it: articles of two sites, one with two pages, one revised, a copy."""
    with running_store(tmp_path_factory.mktemp("reading")) as (server, storage):
        run = open_run(storage, "nusakata")
        for seed in range(4):
            press(run, f"http://nusakata.example/{seed}", html(seed), rules=NUSAKATA)
        press(run, "http://nusakata.example/panjang", html(11), html(12), rules=NUSAKATA)
        look_at(run, "http://nusakata.example/baterai", "Baterai baru.\nTahan dua hari.", headline="Baterai baru")
        finish(run)
        run = open_run(storage, "kabarteknik")
        press(run, "http://kabarteknik.example/salinan", html(1, day=9))
        finish(run)
        again = open_run(storage, "nusakata")
        correction, later = "Ralat: tiga hari, bukan dua.", NOON + timedelta(days=1)
        look_at(
            again,
            "http://nusakata.example/baterai",
            "Baterai baru.\nTahan tiga hari.",
            at=later,
            headline="Baterai baru",
            correction=correction,
        )
        finish(again)
        build(Corpus(storage), later)
        renew_days(Corpus(storage), later, everything=True, progress=lambda _: None)
        assert not publish(storage, "2026-11", datetime(2026, 12, 8, tzinfo=UTC), progress=lambda _: None).faults
        yield server


def python_with(packages: tuple[str, ...], place: Path) -> Path:
    """A new environment of these packages, in the versions that all tests have."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, place], check=True)
    python = place / "bin" / "python"
    pins = [word for name in PINS for word in ("--constraint", str(ROOT / name))]
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *pins, *packages], cwd=ROOT, check=True)
    return python


SEEN = {
    "Polars": ("nusakata", "Baterai baru", "published_day - Day of date_published by the calendar of Jakarta"),
    "In one line": ("Baterai baru", "-Tahan dua hari.", "+Tahan tiga hari."),
    "Searching the texts": ("1 2026-11-24 Baterai baru http://nusakata.example/baterai", "**Baterai** baru."),
    "pandas": ("nusakata", "Sari Wulandari"),
    "DuckDB": ("nusakata", "Tahan tiga hari", "only_in_sitemap", "with_authors", "follow_ups", "original"),
    "How articles change": ("Ralat: tiga hari, bukan dua.", "-Tahan dua hari.", "+Tahan tiga hari."),
    "Releases": ("kabarteknik", "nusakata", "announced"),
    "From a row to its bytes": (
        "page 2 of 2 http://nusakata.example/panjang?page=2",
        "<!doctype html><html lang='id'>",
    ),
}
"""What each section's program prints, among other things."""


BENCHMARKED = {"Spark"}
"""Sections that take a Java and half a gigabyte: `make bench-spark` runs them."""


def test_each_section_that_runs_something_is_known_here() -> None:
    assert {section.title for section in sections()} == SEEN.keys() | BENCHMARKED
    assert len(re.findall(r"^```(?:python|sql)$", PAGE, re.MULTILINE)) == len(
        re.findall(
            r"^```(?:python|sql)\n", "".join(part for part in PAGE.split("\n## ") if "pip install" in part), re.M
        )
    )


@pytest.mark.parametrize(
    "section",
    [section for section in sections() if section.title not in BENCHMARKED],
    ids=lambda section: section.title,
)
def test_a_section_runs_as_it_stands_where_only_that_is_installed_which_it_says(
    section: Section, store: SeaweedFS, tmp_path: Path
) -> None:
    python = python_with(section.packages, tmp_path / "environment")
    needs_warc = section.title == "From a row to its bytes"
    ran = subprocess.run(
        [python, "-c", section.program],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **keys(store, of_a_reader=not needs_warc)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    for words in SEEN[section.title]:
        assert words in ran.stdout


def test_a_readers_keys_open_no_page(store: SeaweedFS, tmp_path: Path) -> None:
    [section] = (section for section in sections() if section.title == "From a row to its bytes")
    ran = subprocess.run(
        [sys.executable, "-c", section.program],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **keys(store, of_a_reader=True)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "AccessDenied" in ran.stderr


READER_PROGRAM = """
from kliping_reader import article, articles, diff, html

assert articles("nusakata", "2026-10").height == 0
[row] = [row for row in articles("nusakata", "2026-11").to_dicts() if row["page_count"] == 2]
pages = html(row)
assert [page.startswith("<!doctype html><html lang='id'>") for page in pages] == [True, True]
assert article(row["article_id"]) == row
for call, kind in (
    (lambda: diff("0" * 32), LookupError),
    (lambda: article("0" * 32), LookupError),
    (lambda: article("x'"), LookupError),
    (lambda: articles(month="November"), ValueError),
):
    try:
        call()
    except kind as error:
        print(error)
"""


def test_the_reader_gives_every_page_of_a_row_and_says_what_is_not_there(store: SeaweedFS, tmp_path: Path) -> None:
    python = python_with(("./reader",), tmp_path / "environment")

    def ran(*, of_a_reader: bool) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, "-c", READER_PROGRAM],
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **keys(store, of_a_reader=of_a_reader)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    told = ran(of_a_reader=False)
    assert told.stdout.splitlines() == [
        f"no article has the id {'0' * 32}",
        f"no article has the id {'0' * 32}",
        '"x\'" is not the id of an article',
        "'November' is not a month such as 2026-11",
    ]
    assert "PermissionError: warc/nusakata/" in ran(of_a_reader=True).stderr
    assert {path.name for path in (ROOT / "reader").iterdir()} <= {"kliping_reader", "pyproject.toml", "__pycache__"}


SEARCHING = """
import warnings
from kliping_reader import NoSearchIndex, SearchError, search

warnings.simplefilter("error")
[hit] = search('"tahan tiga hari"', until="2026-11-30").to_dicts()
assert (hit["rank"], hit["site"], hit["snippet"]) == (1, "nusakata", "Baterai baru. **Tahan** **tiga** **hari**.")
assert search("gajah").columns == list(hit)
for query, asked in (("baterai", {"site": "nusakta"}), ('"baterai', {}), ("baterai", {"since": "kemarin"})):
    try:
        search(query, **asked)
    except (SearchError, ValueError) as error:
        print(error)
import os
os.environ["KLIPING_BUCKET"] = "lain"
try:
    search("baterai")
except Exception as error:
    print(type(error).__name__)
"""


def test_the_reader_searches_and_says_what_cannot_be_searched_for(store: SeaweedFS, tmp_path: Path) -> None:
    python = python_with(("./reader",), tmp_path / "environment")
    ran = subprocess.run(
        [python, "-c", SEARCHING],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **keys(store, of_a_reader=True)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        "the search index has no articles of a site 'nusakta': did you mean nusakata?",
        "a quotation mark is not closed in '\"baterai'",
        "Invalid isoformat string: 'kemarin'",
        "AccessDenied",
    ]


def test_the_reader_has_the_version_of_the_corpus_that_it_reads() -> None:
    assert tomllib.loads((ROOT / "reader" / "pyproject.toml").read_text())["project"]["version"] == VERSION
