"""Near copies among the texts of Parquet files, whenever they were published, by MinHash joins in Spark.

    python -m benchmarks.spark.near_copies CLUSTERS.json FILE.parquet ...

It needs nothing of Kliping itself: what it reads are the files of releases, `articles.parquet` and `copies.parquet`.
Texts that share a band of MinHashes (Broder 1997) are compared by all their shingles. A text is of a cluster with each
that it is a near copy of.
"""

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - its usual name

from benchmarks.spark.clusters import clusters

SHINGLE_WORDS = 3
MIN_WORDS = 30
"""As `pipelines.index` has them."""

MIN_NEAR_CONTAINMENT = 0.4
MIN_PART_CONTAINMENT = 0.6
"""Of the shingles of both texts, or of the shorter one, in the other. `pipelines.index` asks for 0.6 and 0.8 of the
words that stand in shared shingles: where single words are changed, so that a share q of them is left, q ** 3 of the
shingles are, and 3 * q ** 3 - 2 * q ** 4 of the words stand in one."""

BANDS = 20
ROWS = 2
"""MinHashes of a band. Of texts of which the one is a third of the other, with a similarity of a third, nine in ten
pairs share one of the bands; of those with half of their shingles in common 997 in 1,000."""

MAX_TEXTS_OF_A_BAND = 200
"""That share its hashes, from which on it is a template's, and says nothing."""


def shingled(texts: DataFrame) -> DataFrame:
    """The texts (`article_id`, `body`) as hashes of their different shingles (`shingles`)."""
    plain = F.trim(F.regexp_replace(F.lower("body"), r"[^\p{L}\p{N}]+", " "))
    words = texts.select("article_id", F.split(plain, " ").alias("words")).where(F.size("words") >= MIN_WORDS)
    starts = F.sequence(F.lit(1), F.size("words") - (SHINGLE_WORDS - 1))
    hashes = F.transform(starts, lambda at: F.xxhash64(F.slice("words", at, F.lit(SHINGLE_WORDS))))
    return words.select("article_id", F.array_distinct(hashes).alias("shingles"))


def banded(texts: DataFrame) -> DataFrame:
    """Of each text the bands of its MinHashes (`band`)."""
    bands = [F.xxhash64(F.lit(band), *(_min_hash(band * ROWS + row) for row in range(ROWS))) for band in range(BANDS)]
    return texts.select("article_id", F.explode(F.array(*bands)).alias("band"))


def _min_hash(seed: int) -> Column:
    return F.array_min(F.transform("shingles", lambda shingle: F.xxhash64(shingle, F.lit(seed))))


def near_copies(texts: DataFrame) -> DataFrame:
    """The pairs of texts (`one`, `other`: their ids) that are near copies."""
    bands = banded(texts)
    usual = bands.groupBy("band").count().where(F.col("count").between(2, MAX_TEXTS_OF_A_BAND)).select("band")
    bands = bands.join(usual, "band")
    ones, others = bands.withColumnRenamed("article_id", "one"), bands.withColumnRenamed("article_id", "other")
    alike = ones.join(others, "band").where("one < other").select("one", "other").distinct()
    of_one = texts.select(F.col("article_id").alias("one"), F.col("shingles").alias("of_one"))
    of_other = texts.select(F.col("article_id").alias("other"), F.col("shingles").alias("of_other"))
    shared = F.size(F.array_intersect("of_one", "of_other"))
    is_near = shared >= MIN_NEAR_CONTAINMENT * F.greatest(F.size("of_one"), F.size("of_other"))
    is_part = shared >= MIN_PART_CONTAINMENT * F.least(F.size("of_one"), F.size("of_other"))
    return alike.join(of_one, "one").join(of_other, "other").where(is_near | is_part).select("one", "other")


def _cpu_seconds() -> float:
    """What Spark's own processes have used, which are this one's children; Python's part is next to nothing."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    times = [Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11:13] for child in children]
    return sum(map(int, [ticks for both in times for ticks in both])) / os.sysconf("SC_CLK_TCK")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("clusters", type=Path)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--partitions", type=int, default=16, help="of joins; a few for each core")
    options = parser.parse_args(arguments)
    settings = {"spark.sql.shuffle.partitions": options.partitions, "spark.ui.showConsoleProgress": "false"}
    spark = SparkSession.builder.appName("near copies").config(map=settings).getOrCreate()
    rows = [spark.read.parquet(file).select("article_id", "body") for file in options.files]
    every = rows[0]
    for more in rows[1:]:
        every = every.union(more)
    texts = shingled(every.dropna().dropDuplicates(["article_id"])).cache()
    found = clusters((row.one, row.other) for row in near_copies(texts).toLocalIterator())
    options.clusters.write_text(json.dumps(found), encoding="utf-8")
    print(f"{texts.count():,} texts, {len(found):,} clusters of {sum(map(len, found)):,} texts")
    print(f"{_cpu_seconds():.0f} s of CPU")
    spark.stop()


if __name__ == "__main__":
    main()
