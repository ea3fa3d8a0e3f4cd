"""What the corpus is as a whole: its size and growth, what is written of, and who has whose copies."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TableSize:
    """A table: its rows, data files, and their bytes; files that only earlier versions need are not counted."""

    name: str
    rows: int
    files: int
    size: int


@dataclass(frozen=True, slots=True)
class MonthOfSite:
    """Articles that a site published in a month ('YYYY-MM', UTC)."""

    site: str
    month: str
    articles: int


@dataclass(frozen=True, slots=True)
class Section:
    """A section as sites name it, and how many of the last days' articles each site has in it."""

    name: str
    by_site: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Link:
    """How many copies one site has of another's articles, of the last days."""

    taker: str
    giver: str
    copies: int


@dataclass(frozen=True, slots=True)
class Captures:
    """The WARC files of a site: how many, and their bytes."""

    site: str
    files: int
    size: int


@dataclass(frozen=True, slots=True)
class CorpusReading:
    """What was read of the corpus, and when; `problem` is a sentence where that was not possible."""

    read_at: datetime
    problem: str | None = None
    tables: Sequence[TableSize] = ()
    months: Sequence[MonthOfSite] = ()
    sections: Sequence[Section] = ()
    links: Sequence[Link] = ()
    captures: Sequence[Captures] = ()


@dataclass(frozen=True, slots=True)
class CorpusPage:
    """What is shown of the corpus: the figures of the sites that a user may read. `months` are the last ones, with
    their articles; `sections` and `links` the most frequent. `price_per_gb` is as in Storage.
    """

    read_at: datetime
    problem: str | None
    tables: Sequence[TableSize]
    articles: int
    by_site: Mapping[str, int]
    months: Mapping[str, int]
    sections: Mapping[str, int]
    links: Sequence[Link]
    captures: Sequence[Captures]
    price_per_gb: float | None = None

    @property
    def table_bytes(self) -> int:
        return sum(table.size for table in self.tables)

    @property
    def capture_bytes(self) -> int:
        return sum(each.size for each in self.captures)

    @property
    def monthly_cost(self) -> float | None:
        """What tables and WARC files cost a month, without what earlier versions of the tables take; None where nobody
        has said what a gigabyte does.
        """
        if self.price_per_gb is None:
            return None
        return self.price_per_gb * (self.table_bytes + self.capture_bytes) / BYTES_PER_GB


BYTES_PER_GB = 1e9
"""As stores charge."""

MAX_MONTHS = 36
"""Of growth that are shown."""

MAX_SECTIONS = 30
MAX_LINKS = 100


def corpus_page(reading: CorpusReading, sites: Collection[str], price_per_gb: float | None = None) -> CorpusPage:
    """The figures of these sites; those of the tables are of all."""
    months = [each for each in reading.months if each.site in sites]
    by_month = _summed((each.month, each.articles) for each in months)
    sections = _summed(
        (section.name, sum(count for site, count in section.by_site.items() if site in sites))
        for section in reading.sections
    )
    links = [link for link in reading.links if link.taker in sites and link.giver in sites]
    return CorpusPage(
        read_at=reading.read_at,
        problem=reading.problem,
        tables=reading.tables,
        articles=sum(each.articles for each in months),
        by_site=_greatest(_summed((each.site, each.articles) for each in months)),
        months=dict(sorted(by_month.items())[-MAX_MONTHS:]),
        sections=dict(list(_greatest(sections).items())[:MAX_SECTIONS]),
        links=sorted(links, key=lambda link: -link.copies)[:MAX_LINKS],
        captures=sorted((each for each in reading.captures if each.site in sites), key=lambda each: -each.size),
        price_per_gb=price_per_gb,
    )


def _summed(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name, count in counts:
        sums[name] = sums.get(name, 0) + count
    return sums


def _greatest(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts, key=lambda name: (-counts[name], name)) if counts[name]}
