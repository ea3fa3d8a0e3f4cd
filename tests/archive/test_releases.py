"""A release is a closed month as plain files: checked by other means than those that made it, the same when it is built
again, whole or not there, and never changed. What does not pass is a draft that says why.
"""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
import yaml
from pydantic import SecretStr

from local.seaweedfs import REGION, SeaweedFS
from pipelines.archive.bucket import Bucket
from pipelines.archive.maintenance.daily_upkeep import renew_days
from pipelines.archive.releases.contents import Contents, SiteContents
from pipelines.archive.releases.months_before import EarlierMonth, months_before
from pipelines.archive.releases.publish import MonthNotClosed, Publication, last_closed_month, publish
from pipelines.archive.releases.validation import compared
from pipelines.archive.schema import ARTICLES
from pipelines.archive.tables import Corpus
from pipelines.run.crawl_run import CrawlRun
from settings.storage import Storage
from tests.analysts import make_environment
from tests.archive.invented import NOON, WIB, finish, look_at, open_run, rows, run_program, text

DECEMBER_8 = datetime(2026, 12, 8, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[2]

FILES = {
    "CITATION.cff",
    "README.md",
    "SHA256SUMS",
    "articles.parquet",
    "copies.parquet",
    "coverage.csv",
    "croissant.json",
    "fields.csv",
    "release.json",
    "revisions.parquet",
}


def on(day: int, hour: int = 10, month: int = 11) -> datetime:
    """A time in Jakarta, of 2026."""
    return datetime(2026, month, day, hour, tzinfo=WIB)


def crawl(storage: Storage, site: str, *looks: Callable[[CrawlRun], object]) -> None:
    """A run of a site that makes these looks."""
    run = open_run(storage, site)
    for look in looks:
        look(run)
    finish(run)


def brings(slug: str, body: str, published: datetime, at: datetime = NOON) -> Callable[[CrawlRun], object]:
    """A look at an article of the run's site."""
    return lambda run: look_at(run, f"http://{run.site}.example/{slug}", body, at=at, date_published=published)


@pytest.fixture(scope="module")
def template(seaweedfs: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> Storage:
    """Two sites with articles in and around November, as Jakarta has it; a copy and a revision; the days summed up."""
    storage = Storage(
        home=tmp_path_factory.mktemp("template"),
        bucket=f"test-{uuid.uuid4().hex}",
        endpoint_url=seaweedfs.url,
        access_key_id=seaweedfs.access_key,
        secret_access_key=SecretStr(seaweedfs.secret_key),
        region=REGION,
    )
    crawl(
        storage,
        "kabarteknik",
        brings("oktober", text(1), on(31, 23, month=10)),
        brings("awal", text(2), on(1, 0)),
        brings("tengah", text(3), on(15)),
        brings("akhir", text(4), on(30, 23)),
        brings("desember", text(5), on(1, 0, month=12)),
    )
    crawl(storage, "nusakata", brings("salinan", text(3), on(16)), brings("lain", text(6), on(2)))
    crawl(storage, "kabarteknik", brings("tengah", text(7), on(15), at=NOON + timedelta(days=2)))
    renew_days(Corpus(storage), DECEMBER_8, everything=True, progress=lambda _: None)
    return storage


@pytest.fixture
def filled(storage: Storage, template: Storage) -> Storage:
    """The test's own copy of the template: its bucket and its index."""
    Bucket(storage).ensure()
    source = Bucket(template)
    for key in source.list(""):
        source._client.copy_object(Bucket=storage.bucket, Key=key, CopySource=f"{template.bucket}/{key}")
    storage.home.mkdir(parents=True)
    for path in template.home.glob("index.db*"):
        shutil.copy(path, storage.home)
    return storage


def published(storage: Storage, month: str = "2026-11", now: datetime = DECEMBER_8, **options: Any) -> Publication:
    return publish(storage, month, now, progress=lambda _: None, **options)


def files(storage: Storage, place: str) -> dict[str, bytes]:
    """What lies under a prefix of the bucket, by name."""
    bucket = Bucket(storage)
    return {key.removeprefix(place): bucket.get(key) for key in bucket.list(place)}


def slugs(parquet: bytes) -> list[str]:
    return [url.rsplit("/", 1)[-1] for url in pl.read_parquet(io.BytesIO(parquet))["url"]]


def test_a_release_is_the_month_of_jakarta_sorted_by_site_and_time(filled: Storage) -> None:
    done = published(filled)
    assert done == Publication(
        "2026-11", "releases/2026-11/v1/", "releases/2026-11/v1/: 4 articles, 1 copies, 1 revisions"
    )
    held = files(filled, done.place)
    assert held.keys() == FILES
    assert slugs(held["articles.parquet"]) == ["awal", "tengah", "akhir", "lain"]
    assert slugs(held["copies.parquet"]) == ["salinan"]
    assert slugs(held["revisions.parquet"]) == ["tengah"]
    table = pq.read_table(io.BytesIO(held["articles.parquet"]))
    assert [(field.name, field.type, field.metadata[b"comment"].decode()) for field in table.schema] == [
        (column.name, column.type, column.doc) for column in ARTICLES.columns
    ]
    in_the_table = {row["article_id"]: row for row in rows(filled, "articles")}
    assert all(row == in_the_table[row["article_id"]] for row in table.to_pylist())
    assert table["published_day"].to_pylist()[0] == date(2026, 11, 1)


def test_its_sums_are_those_of_its_files(filled: Storage, tmp_path: Path) -> None:
    for name, content in files(filled, published(filled).place).items():
        (tmp_path / name).write_bytes(content)
    told = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert {line.partition(":")[0] for line in told.stdout.splitlines()} == FILES - {"SHA256SUMS"}


def test_built_twice_it_is_the_same_byte_for_byte(filled: Storage) -> None:
    first = files(filled, published(filled).place)
    bucket = Bucket(filled)
    for key in list(bucket.list("releases/")):
        bucket.remove(key)
    assert files(filled, published(filled, now=DECEMBER_8 + timedelta(days=40)).place) == first


def test_what_is_published_stays_and_what_became_known_later_is_another_version(filled: Storage) -> None:
    first = files(filled, published(filled).place)
    again = published(filled)
    assert again.summary == "releases/2026-11/v1/ holds all that is known of 2026-11"

    crawl(filled, "nusakata", brings("susulan", text(8), on(20), at=NOON + timedelta(days=9)))
    later = published(filled)
    assert later.place == "releases/2026-11/v2/"
    assert "susulan" in slugs(files(filled, later.place)["articles.parquet"])
    assert files(filled, "releases/2026-11/v1/") == first


def test_a_version_that_was_begun_and_is_not_whole_is_made_anew(filled: Storage) -> None:
    bucket = Bucket(filled)
    bucket.create("releases/2026-11/v1/articles.parquet", b"setengah")
    assert published(filled).place == "releases/2026-11/v1/"
    assert files(filled, "releases/2026-11/v1/").keys() == FILES


def test_a_month_is_released_a_week_after_its_end(filled: Storage) -> None:
    with pytest.raises(MonthNotClosed, match="2026-11 still changes: it can be released from 2026-12-07 17:00 UTC on"):
        published(filled, now=datetime(2026, 12, 7, 16, tzinfo=UTC))
    assert last_closed_month(datetime(2026, 12, 7, 16, tzinfo=UTC)) == "2026-10"
    assert last_closed_month(datetime(2026, 12, 7, 17, tzinfo=UTC)) == "2026-11"


def test_coverage_says_what_became_of_what_was_announced(filled: Storage) -> None:
    held = files(filled, published(filled).place)
    covered = {row["site"]: row for row in csv.DictReader(io.StringIO(held["coverage.csv"].decode()))}
    daily = pl.DataFrame(rows(filled, "daily")).filter(pl.col("month") == "2026-11")
    assert covered.keys() == {"kabarteknik", "nusakata"}
    for site, row in covered.items():
        assert int(row["looked_at"]) == daily.filter(pl.col("site") == site)["looked_at"].sum()
    card = held["README.md"].decode()
    assert re.search(r"\| kabarteknik \| 3 \| 0 \|", card)
    assert re.search(r"\| nusakata \| 1 \| 1 \|", card)


def test_the_dictionary_of_fields_names_every_column_of_every_file(filled: Storage) -> None:
    held = files(filled, published(filled).place)
    told = [
        (row["file"], row["column"], row["meaning"]) for row in csv.DictReader(io.StringIO(held["fields.csv"].decode()))
    ]
    assert told == [
        (name, field.name, field.metadata[b"comment"].decode())
        for name in ("articles.parquet", "copies.parquet", "revisions.parquet")
        for field in pq.read_schema(io.BytesIO(held[name]))
    ]


def test_card_and_citation_are_read_by_those_for_whom_they_are(filled: Storage) -> None:
    held = files(filled, published(filled).place)
    _, front, body = held["README.md"].decode().split("---\n", 2)
    card = yaml.safe_load(front)
    assert (card["language"], card["size_categories"]) == (["id"], ["n<1K"])
    assert [(each["config_name"], each["data_files"]) for each in card["configs"]] == [
        ("articles", "articles.parquet"),
        ("copies", "copies.parquet"),
        ("revisions", "revisions.parquet"),
    ]
    assert "$" not in body
    citation = yaml.safe_load(held["CITATION.cff"])
    assert (citation["type"], citation["version"]) == ("dataset", "2026-11.1")


@pytest.fixture(scope="module")
def analysts_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("analysts") / "environment")


def copied_to(folder: Path, held: dict[str, bytes]) -> None:
    for name, content in held.items():
        (folder / name).write_bytes(content)


def run_in(folder: Path, python: Path, program: str) -> Any:
    """What a program prints last, as JSON; it has nothing but a copy of a release, and no network to ask."""
    told = subprocess.run(
        [python, "-c", program],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert "Warning" not in told.stderr + told.stdout
    return json.loads(told.stdout.splitlines()[-1])


@pytest.mark.timeout(600)
def test_croissant_passes_the_validator_of_its_makers_and_its_records_are_the_rows(
    filled: Storage, tmp_path: Path, analysts_python: Path
) -> None:
    held = files(filled, published(filled).place)
    copied_to(tmp_path, held)
    told = run_in(tmp_path, analysts_python, READ_CROISSANT)
    written = pq.read_table(io.BytesIO(held["articles.parquet"])).to_pylist()
    assert [record["articles/body"] for record in told] == [text(2), text(7), text(4), text(6)]
    assert [set(record) for record in told] == [{f"articles/{name}" for name in row} for row in written]
    for record, row in zip(told, written, strict=True):
        assert short(record["articles/sources"]) == row["sources"]
        assert list(map(short, record["articles/pages"])) == row["pages"]


def short(record: dict[str, object]) -> dict[str, object]:
    """The sub-fields of a record, by what their names end in."""
    return {name.rsplit("/", 1)[-1]: value for name, value in record.items()}


READ_CROISSANT = """
import json, mlcroissant
data = mlcroissant.Dataset("croissant.json")
print(data.metadata.issues.report())

def plain(value):
    return value.decode() if isinstance(value, bytes) else str(value)

print(json.dumps([record for record in data.records("articles")], default=plain))
"""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["articles", "copies", "revisions"])
def test_hugging_face_loads_it_from_a_copy_by_the_names_of_its_card(
    filled: Storage, tmp_path: Path, analysts_python: Path, name: str
) -> None:
    held = files(filled, published(filled).place)
    copied_to(tmp_path, held)
    told = run_in(tmp_path, analysts_python, LOAD_DATASET.format(name=name))
    written = pq.read_table(io.BytesIO(held[f"{name}.parquet"]))
    assert told["columns"] == written.column_names
    assert told["bodies"] == written["body"].to_pylist()
    assert told["published"] == [moment.isoformat() for moment in written["date_published"].to_pylist()]


LOAD_DATASET = """
import json
import os
from datasets import load_dataset

data = load_dataset(os.getcwd(), "{name}", split="train")
published = [moment.isoformat() for moment in data["date_published"]]
print(json.dumps({{"columns": data.column_names, "bodies": list(data["body"]), "published": published}}))
"""


def test_residue_makes_a_draft_that_says_so(filled: Storage) -> None:
    residue = {
        "Baca juga: Ponsel lain yang murah": "link to another article in 1 of 3 articles, such as 'Baca juga'",
        "SCROLL TO CONTINUE WITH CONTENT": (
            "word of the page around it in 1 of 3 articles, such as 'SCROLL TO CONTINUE'"
        ),
        "<p>Ponsel itu murah</p>": "markup in 1 of 3 articles, such as '<p>'",
        "googletag.cmd.push(function() {})": "script in 1 of 3 articles, such as 'googletag'",
        "Copyright © 2026 Kabar Teknik": "notice of rights in 1 of 3 articles, such as 'Copyright ©'",
    }
    body = "\n".join([text(9), *residue])
    crawl(filled, "kabarteknik", brings("tengah", body, on(15), at=NOON + timedelta(days=5)))
    done = published(filled)
    assert done.place == "releases/2026-11/draft/"
    assert done.faults == tuple(
        f"kabarteknik: {words} in http://kabarteknik.example/tengah" for words in residue.values()
    )
    held = files(filled, done.place)
    assert held["WHY"].decode().splitlines() == list(done.faults)
    assert "SHA256SUMS" not in held
    assert files(filled, "releases/2026-11/v1/") == {}


def test_a_line_that_many_articles_of_a_site_have_in_common_makes_a_draft(filled: Storage) -> None:
    line = "Kabar baik datang setiap pagi di halaman ini"
    crawl(filled, "nusakata", *(brings(f"a{n}", f"{text(20 + n)}\n{line}", on(5, n)) for n in range(10)))
    [fault] = published(filled).faults
    assert fault == f"nusakata: a line stands in 10 of 11 articles: {line!r}"


def test_rows_that_contradict_themselves_make_a_draft(filled: Storage) -> None:
    corpus = Corpus(filled)
    corpus.open(ARTICLES).update({"word_count": "7"}, predicate="url LIKE '%/akhir'")
    assert published(filled).faults == ("articles: http://kabarteknik.example/akhir is said to have 7 words",)


def test_a_draft_goes_once_the_month_is_published(filled: Storage) -> None:
    crawl(filled, "kabarteknik", brings("tengah", f"{text(9)}\nBaca juga: itu", on(15), at=NOON + timedelta(days=5)))
    assert published(filled).faults
    crawl(filled, "kabarteknik", brings("tengah", text(9), on(15), at=NOON + timedelta(days=6)))
    assert published(filled).place == "releases/2026-11/v1/"
    assert files(filled, "releases/2026-11/draft/") == {}


def test_what_a_person_accepts_is_published_with_the_reason(filled: Storage) -> None:
    crawl(filled, "kabarteknik", brings("tengah", f"{text(9)}\nBaca juga: itu", on(15), at=NOON + timedelta(days=5)))
    done = published(filled, accept="Redaksi menulisnya begitu.")
    held = files(filled, done.place)
    assert (done.place, done.faults) == ("releases/2026-11/v1/", ())
    assert "Redaksi menulisnya begitu." in held["README.md"].decode()
    assert json.loads(held["release.json"])["accepted"] == "Redaksi menulisnya begitu."


def test_a_month_without_sums_of_its_days_is_a_draft(storage: Storage) -> None:
    run = open_run(storage)
    look_at(run, "http://kabarteknik.example/satu", text(1), date_published=on(3))
    finish(run)
    assert published(storage).faults == (
        "nothing is known of the coverage of kabarteknik: kliping maintain sums up the days",
    )


def contents(articles: int, authors: int) -> Contents:
    return Contents({"nusakata": SiteContents({"articles": articles}, {"author": authors})})


EARLIER = [EarlierMonth(f"2026-{month:02}", {"nusakata": 300}, {"nusakata": {"author": 0.9}}) for month in (9, 10)]


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (contents(310, 280), []),
        (contents(90, 80), ["nusakata: 90 articles, where 300 are usual"]),
        (contents(1000, 900), ["nusakata: 1000 articles, where 300 are usual"]),
        (Contents(), ["nusakata: 0 articles, where 300 are usual"]),
        (contents(300, 150), ["nusakata: 50% of the articles have author, where 90% had it in 2026-10"]),
    ],
)
def test_a_month_is_held_against_those_before(now: Contents, told: list[str]) -> None:
    assert list(compared(now, EARLIER)) == told
    assert list(compared(now, [])) == []


def test_the_months_before_are_known_by_the_table_whether_or_not_they_were_released(filled: Storage) -> None:
    october, november = months_before(Corpus(filled), "2026-12")
    assert (october.month, october.articles) == ("2026-10", {"kabarteknik": 1})
    assert (november.month, november.articles) == ("2026-11", {"kabarteknik": 3, "nusakata": 1})
    assert november.fill_rates["kabarteknik"]["author"] == 1.0
    assert months_before(Corpus(filled), "2026-10") == []


def test_months_are_released_in_any_order_and_come_out_the_same(filled: Storage) -> None:
    october, november = (published(filled, month) for month in ("2026-10", "2026-11"))
    assert (october.faults, november.faults) == ((), ())
    in_order = {each.place: files(filled, each.place) for each in (october, november)}
    bucket = Bucket(filled)
    for key in list(bucket.list("releases/")):
        bucket.remove(key)
    november, october = (published(filled, month) for month in ("2026-11", "2026-10"))
    assert {each.place: files(filled, each.place) for each in (october, november)} == in_order


def test_the_command_ends_with_1_for_a_draft_and_says_why(filled: Storage, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = ("scrapy", "publish", "--month", "2020-01", "-s", f"REPORT_FILE={report}")
    ended = run_program(filled, *command)
    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (1, "Kliping: it holds no article of 2020-01")
    assert json.loads(report.read_text())["failures"] == ["it holds no article of 2020-01"]
    assert run_program(filled, "local", "publish", "--month", "2020-13").returncode == 2
