"""docs/data-format.md says what is in the bucket: held against the code, and against a bucket that a run has filled."""

import gzip
import re
import subprocess
import sys
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.archive.bucket import Bucket
from pipelines.archive.maintenance.maintain import maintain
from pipelines.archive.maintenance.warc_packing import MIN_FILES
from pipelines.archive.reextract import PROVENANCE_COLUMNS
from pipelines.archive.releases.publish import publish
from pipelines.archive.schema import SOURCED_FIELDS, TABLES
from pipelines.archive.schema_doc import reference
from pipelines.archive.search.build import build
from pipelines.archive.tables import Corpus
from pipelines.archive.takedown.order import Order, Target
from pipelines.archive.takedown.takedown import Takedown
from pipelines.archive.takedown_scope import Scope
from pipelines.article import Article
from pipelines.index.database import Index
from settings.storage import Storage
from tests.archive.invented import LATER, WIB, finish, look_at, open_run, reject, rows, text

DOC = Path("docs/data-format.md").read_text(encoding="utf-8")
PLACES = {
    "SITE": r"[a-z0-9]+",
    "STATE": r"\d{8}",
    r"YYYY\-MM\-DD\-DIGEST": r"\d{4}-\d{2}-\d{2}-[0-9a-f]{8}",
    r"YYYY\-MM\-DIGEST": r"\d{4}-\d{2}-[0-9a-f]{8}",
    r"YYYY\-MM": r"\d{4}-\d{2}",
    "vN": r"v\d+",
    "YYYY/MM/DD": r"\d{4}/\d{2}/\d{2}",
    "YYYY/MM": r"\d{4}/\d{2}",
    "YYYYMM": r"\d{6}",
    "DIGEST": r"[0-9a-f]{16}",
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


def test_the_page_names_the_columns_in_which_a_reextraction_sees_no_change() -> None:
    sentence = re.search(r"where anything but (.*?) comes out\s+differently", DOC, re.DOTALL)
    assert sentence
    assert set(re.findall(r"`(\w+)`", sentence[1])) == set(PROVENANCE_COLUMNS)


def test_every_field_of_an_article_comes_back_out_of_the_corpus(storage: Storage) -> None:
    url = "http://kabarteknik.example/satu"
    published = datetime(2026, 11, 24, 10, 30, tzinfo=WIB)
    whole = Article(
        url=url,
        headline="Baterai baru",
        body=text(1),
        date_published=published,
        date_modified=published + timedelta(hours=2),
        body_markdown="## Baterai\n\nbaru",
        description="Ringkasan",
        author=("Sari Wulandari", "Budi Santoso"),
        editor=("Rina Sari",),
        article_section="Gawai",
        keywords=("baterai", "ponsel"),
        in_language="ms",
        image=f"{url}.jpg",
        image_caption="Baterai di atas meja",
        dateline="JAKARTA, KABARTEKNIK",
        desk_code="sw/rs",
        is_accessible_for_free=False,
        schema_type="TechArticle",
        sources={name: f"source of {name}" for name in SOURCED_FIELDS},
        extractor="uji 1.0",
        ruleset="2026-11",
        rules_fired=("newsletter",),
        repeated_lines=("Ikuti kami",),
        removed_share=0.125,
        agreement=0.75,
        page_count=2,
        date_precision="day",
        quality="doubtful",
        quality_reasons=("short", "no_date"),
        is_based_on="http://wartagawai.example/satu",
        license="https://creativecommons.org/licenses/by/4.0/",
        correction="Ralat: harganya semula tertulis salah.",
    )
    defaults = {f.name: f.default for f in fields(Article)}
    assert [name for name, default in defaults.items() if getattr(whole, name) == default] == []
    run = open_run(storage)
    look_at(
        run,
        url,
        whole.body,
        **{f.name: getattr(whole, f.name) for f in fields(Article) if f.name not in ("url", "body")},
    )
    finish(run)
    [row] = rows(storage, "articles")
    assert {f.name: row[f.name] for f in fields(Article)} == {
        f.name: list(value) if isinstance(value := getattr(whole, f.name), tuple) else value for f in fields(Article)
    }


def test_reading_the_schema_loads_neither_database_nor_fingerprints() -> None:
    code = "import sys, pipelines.archive.schema; print({'sqlalchemy', 'scrapy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_every_column_has_its_words() -> None:
    assert [c.name for table in TABLES.values() for c in table.columns if not c.doc.endswith(".")] == []


def test_every_key_of_a_filled_bucket_is_documented_and_every_documented_key_is_found(storage: Storage) -> None:
    for seed in (1, 2):
        run = open_run(storage)
        look_at(run, "http://kabarteknik.example/satu", text(seed))
        look_at(run, "http://kabarteknik.example/dua", text(seed))
        reject(run, "http://kabarteknik.example/tiga")
        finish(run)
    for number in range(MIN_FILES):
        run = open_run(storage, run_id=f"20250310T{number:06}Z")
        reject(run, "http://kabarteknik.example/tiga")
        finish(run)
    run = open_run(storage)
    look_at(run, "http://kabarteknik.example/lama", text(3), date_published=datetime(2026, 10, 3, tzinfo=UTC))
    finish(run)
    maintain(storage)
    for month in ("2026-11", "2020-01"):
        publish(storage, month, LATER, progress=lambda _: None)
    order = Order(Target(Scope.ARTICLE, ["http://kabarteknik.example/satu"]), "permintaan", "surat 12/2026", "redaksi")
    with Index.open(storage.index) as index:
        Takedown(storage, index, order).carry_out(LATER)
    look_at(run := open_run(storage), "http://kabarteknik.example/baru", text(4))
    finish(run)
    build(Corpus(storage), datetime(2026, 11, 25, tzinfo=UTC))

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
