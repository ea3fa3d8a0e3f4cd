"""What so many sites take after so many years: arithmetic over unit costs, each of which was measured."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PRICES = Path(__file__).with_name("prices.toml")

DAY_SECONDS = 86_400.0
YEAR_DAYS = 365
RUNS_A_DAY = 48

SIZES = {"large": (0.2, 120.0), "medium": (0.4, 40.0), "small": (0.25, 6.0), "tiny": (0.15, 0.7)}
"""Share of the sites, and articles a day of one: the four sizes of newsrooms of `make bench-alarms`."""

LOOKS = 4.0
"""At an article in its life: the first, and one at each age of KLIPING_REVISIT_HOURS."""

WINDOW_DAYS = 30
"""KLIPING_NEAR_DUPLICATE_DAYS."""

BUSY_SHARE = 0.4
"""Of the cores that are paid for, how much is used over a day: news comes in waves."""


@dataclass(frozen=True, slots=True)
class Units:
    """Unit costs. All were measured on this project's machine of two cores, and stand in docs/performance.md under the
    heading that is named.
    """

    page_cpu: float = 0.038
    """Seconds of CPU from announcement to archive ("A page")."""

    run_cpu: float = 2.1
    """Of a run that finds nothing new ("A run that finds nothing new")."""

    task_cpu: float = 1.9
    """Of Airflow for each run ("Airflow at rest")."""

    rest_cpu_a_site: float = 63.0
    """Of Airflow for each site in a day, though nothing runs ("Airflow at rest")."""

    idle_reads: int = 4
    """Requests of a run that finds nothing new ("A run that finds nothing new")."""

    commit_reads: int = 81
    commit_writes: int = 31
    """Requests of a run with news, which all go to one commit ("A commit")."""

    upkeep_reads_a_site: int = 270
    """Requests of a night's upkeep ("Upkeep")."""

    page_bytes: int = 24_500
    """In the WARC files: a page, and what stands around it ("WARC files")."""

    look_bytes: int = 940
    """In the WARC files, of a look that finds the page as it was: heads, discovery and request ("WARC files")."""

    row_bytes: int = 1_250
    """In the table `articles`, put together by upkeep ("A takedown")."""

    search_bytes: int = 1_060
    """In the search index ("A large archive")."""

    index_bytes: int = 148
    index_window_bytes: int = 1_650
    """In the index for life, and while copies are looked for ("The index")."""

    crawl_megabytes: int = 371
    """Memory of a crawl with its child, at most ("Memory")."""


@dataclass(frozen=True, slots=True)
class Prices:
    """In US dollars, by the million requests, by the month and GB, or core."""

    storage_gb_month: float
    write_million: float
    read_million: float
    core_month: float
    database_gb_month: float

    @classmethod
    def read(cls, path: Path = PRICES) -> "Prices":
        return cls(**tomllib.loads(path.read_text(encoding="utf-8"))["usd"])


@dataclass(frozen=True, slots=True)
class Need:
    """What an archive takes: in a day, what it has come to, and what that costs in a month."""

    articles_a_day: float
    articles: float
    cpu_seconds: Mapping[str, float]
    reads_a_day: float
    writes_a_day: float
    bucket_bytes: float
    index_bytes: float
    usd: Mapping[str, float]


def needs(sites: int, years: float, units: Units, prices: Prices) -> Need:
    """What so many sites take after so many years of the same news every day."""
    a_day = sum(share * sites * rate for share, rate in SIZES.values())
    runs = sites * RUNS_A_DAY
    with_news = sum(share * sites * min(RUNS_A_DAY, rate * LOOKS) for share, rate in SIZES.values())
    articles = a_day * YEAR_DAYS * years
    cpu = {
        "runs": runs * units.run_cpu,
        "pages": a_day * LOOKS * units.page_cpu,
        "Airflow": runs * units.task_cpu + sites * units.rest_cpu_a_site,
    }
    reads = with_news * units.commit_reads + (runs - with_news) * units.idle_reads + sites * units.upkeep_reads_a_site
    writes = with_news * units.commit_writes
    an_article = units.page_bytes + (LOOKS - 1) * units.look_bytes + units.row_bytes + units.search_bytes
    bucket = articles * an_article
    index = articles * units.index_bytes + a_day * WINDOW_DAYS * units.index_window_bytes
    usd = {
        "storage": bucket / 1e9 * prices.storage_gb_month,
        "requests": 30 * (reads * prices.read_million + writes * prices.write_million) / 1e6,
        "cores": sum(cpu.values()) / DAY_SECONDS / BUSY_SHARE * prices.core_month,
        "index": index / 1e9 * prices.database_gb_month,
    }
    return Need(a_day, articles, cpu, reads, writes, bucket, index, usd)


def years_until(articles: float, sites: int) -> float:
    """After how many years so many sites have brought so many articles."""
    return articles / (YEAR_DAYS * sum(share * sites * rate for share, rate in SIZES.values()))
