"""docs/data-format.md says what is in the bucket: held against the code, and against a bucket that a run has filled."""

import gzip
import re
from pathlib import Path

from pipelines.archive.bucket import Bucket
from pipelines.archive.schema import ARTICLES, TABLES
from pipelines.archive.schema_doc import reference
from pipelines.article import Article
from settings.storage import Storage
from tests.archive.invented import finish, look_at, open_run, reject, text

DOC = Path("docs/data-format.md").read_text(encoding="utf-8")
PLACES = {
    "SITE": r"[a-z0-9]+",
    "YYYY/MM/DD": r"\d{4}/\d{2}/\d{2}",
    "RUN": r"\d{8}T\d{6}Z",
    "NNN": r"\d{3}",
    "TABLE": "(?:" + "|".join(TABLES) + ")",
    "VERSION": r"[0-9a-f]{16}",
    "PARTITION": r"[a-z_]+=[^/]+(?:/[a-z_]+=[^/]+)?",
    "NAME": r"[^/]+",
}


def documented_keys() -> list[str]:
    """The patterns of keys in the page's first block, as regular expressions."""
    block = DOC.split("## Keys", 1)[1].split("\n\n", 2)[1]
    patterns = []
    for line in block.splitlines():
        pattern = re.escape(line.split()[0])
        for place, expression in PLACES.items():
            pattern = pattern.replace(place, expression)
        patterns.append(pattern)
    return patterns


def test_every_table_and_column_is_in_the_page_as_the_code_has_it() -> None:
    assert DOC.endswith(reference() + "\n")


def test_every_field_of_an_article_is_a_column() -> None:
    columns = {column.name for column in ARTICLES.columns}
    assert {name for name in Article.__dataclass_fields__ if name not in columns} == set()


def test_every_column_has_its_words() -> None:
    assert [c.name for table in TABLES.values() for c in table.columns if not c.doc.endswith(".")] == []


def test_every_key_of_a_filled_bucket_is_documented_and_every_documented_key_is_found(storage: Storage) -> None:
    for seed in (1, 2):
        run = open_run(storage)
        look_at(run, "http://kabarteknik.example/satu", text(seed))
        look_at(run, "http://kabarteknik.example/dua", text(seed))
        reject(run, "http://kabarteknik.example/tiga")
        finish(run)

    keys = list(Bucket(storage).list(""))
    patterns = documented_keys()
    assert [key for key in keys if not any(re.fullmatch(pattern, key) for pattern in patterns)] == []
    assert [pattern for pattern in patterns if not any(re.fullmatch(pattern, key) for key in keys)] == []


def test_the_warcinfo_has_the_fields_that_the_page_names(storage: Storage) -> None:
    run = open_run(storage)
    visit = look_at(run, "http://kabarteknik.example/satu", text(1))
    finish(run)
    record = visit.pages[0].capture.record
    assert record
    block = gzip.decompress(Bucket(storage).get(record.filename, 0, record.offset)).decode().split("\r\n\r\n")[1]
    named = re.search(r"\| `warcinfo` \| (.*) \|", DOC)
    assert named
    fields = {name.split(":")[0] for name in re.findall(r"`([^`]+)`", named[1])}
    assert {line.split(": ")[0] for line in block.splitlines()} == fields
