"""Near copies among the texts of Parquet files, whenever they were published, by MinHash joins in Spark.

    python -m benchmarks.spark.near_copies CLUSTERS.json FILE.parquet ...

It needs nothing of Kliping itself: what it reads are the files of releases, `articles.parquet` and `copies.parquet`.
Texts that share a band of MinHashes (Broder 1997) are compared by all their shingles. A text is of a cluster with each
that it is a near copy of. Shingles and MinHashes are computed by NumPy, text by text: Spark's own functions take fifty
times as long for them, as it interprets what is done to the elements of an array.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from pyspark.accumulators import Accumulator
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - its usual name

from benchmarks.spark.clusters import clusters
from benchmarks.spark.shingles import Hashes, bands_of, shingles_of

MIN_NEAR_CONTAINMENT = 0.4
MIN_PART_CONTAINMENT = 0.6
"""Of the shingles of both texts, or of the shorter one, in the other. `pipelines.index` asks for 0.6 and 0.8 of the
words that stand in shared shingles: where single words are changed, so that a share q of them is left, q ** 3 of the
shingles are, and 3 * q ** 3 - 2 * q ** 4 of the words stand in one."""

MAX_TEXTS_OF_A_BAND = 200
"""That share its hashes, from which on it is a template's, and says nothing."""


def signing(spent: Accumulator[float]) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What makes of texts (`article_id`, `body`) those that are long enough, with their `shingles` and `bands`; the
    seconds of CPU go to `spent`.
    """

    def signed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        begun = time.process_time()
        for batch in batches:
            ids, shingles, bands = list[str](), list[Hashes](), list[Hashes]()
            for article_id, body in zip(batch["article_id"].to_pylist(), batch["body"].to_pylist(), strict=True):
                if len(found := shingles_of(body)):
                    ids.append(article_id)
                    shingles.append(found.view("int64"))
                    bands.append(bands_of(found).view("int64"))
            columns = [pa.array(ids, pa.string()), *(pa.array(hashes, LONGS) for hashes in (shingles, bands))]
            yield pa.record_batch(columns, ["article_id", "shingles", "bands"])
        spent.add(time.process_time() - begun)

    return signed


LONGS = pa.list_(pa.int64())
SIGNED = "article_id string, shingles array<bigint>, bands array<bigint>"


def near_copies(texts: DataFrame) -> DataFrame:
    """The pairs of signed texts (`one`, `other`: their ids) that are near copies."""
    banded = texts.select("article_id", F.explode("bands").alias("band")).groupBy("band")
    sharing = banded.agg(F.sort_array(F.collect_list("article_id")).alias("texts"))
    usual = sharing.where(F.size("texts").between(2, MAX_TEXTS_OF_A_BAND)).select(
        "texts", F.explode("texts").alias("one")
    )
    alike = usual.select("one", F.explode("texts").alias("other")).where("one < other").distinct()
    of_one = texts.select(F.col("article_id").alias("one"), F.col("shingles").alias("of_one"))
    of_other = texts.select(F.col("article_id").alias("other"), F.col("shingles").alias("of_other"))
    shared = F.size(F.array_intersect("of_one", "of_other"))
    is_near = shared >= MIN_NEAR_CONTAINMENT * F.greatest(F.size("of_one"), F.size("of_other"))
    is_part = shared >= MIN_PART_CONTAINMENT * F.least(F.size("of_one"), F.size("of_other"))
    return alike.join(of_one, "one").join(of_other, "other").where(is_near | is_part).select("one", "other")


def _cpu_seconds_of_spark() -> float:
    """What Spark's own process has used, which is the one child of this one."""
    [child] = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    times = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("clusters", type=Path)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--partitions", type=int, default=16, help="of joins; a few for each core")
    parser.add_argument("--memory", default="2g", help="of the one Java process that does the work here")
    options = parser.parse_args(arguments)
    settings = {
        "spark.sql.shuffle.partitions": options.partitions,
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": options.memory,
    }
    spark = SparkSession.builder.appName("near copies").config(map=settings).getOrCreate()
    spent = spark.sparkContext.accumulator(0.0)
    rows = [spark.read.parquet(file).select("article_id", "body") for file in options.files]
    every = rows[0]
    for more in rows[1:]:
        every = every.union(more)
    texts = every.dropna().dropDuplicates(["article_id"]).mapInArrow(signing(spent), SIGNED).cache()
    found = clusters((row.one, row.other) for row in near_copies(texts).toLocalIterator())
    options.clusters.write_text(json.dumps(found), encoding="utf-8")
    print(f"{texts.count():,} texts, {len(found):,} clusters of {sum(map(len, found)):,} texts")
    print(f"{_cpu_seconds_of_spark() + spent.value:.0f} s of CPU, {spent.value:.0f} of them to shingle and sign")
    spark.stop()


if __name__ == "__main__":
    main()
