"""Whether a release may be published: its files are read back, and held against what they should be by other means than
those that made them.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.archive.jakarta_days import span_of
from pipelines.archive.releases.contents import FILES, Contents, Coverage, release_schema
from pipelines.archive.releases.months_before import EarlierMonth
from pipelines.archive.residue_signs import RESIDUE_SIGNS
from pipelines.archive.schema import Row
from pipelines.archive.selection import SELECTABLE
from pipelines.archive.tables import Corpus

BATCH_ROWS = 2_000
"""Read at once: some 10 MB of texts. The library's own 65,536 took 500 MB."""

MAX_RESIDUE_SHARE = 0.005
"""Of a site's articles in which a sign of residue stands. Not none: a text may tell of advertisements."""

MIN_REPEATED_LINE_ARTICLES = 10
MAX_REPEATED_LINE_SHARE = 0.05
"""Of a site's articles that have a line in common, from MIN_REPEATED_LINE_ARTICLES on: it is its template's."""

MIN_LINE_WORDS = 4
"""Of a line that is counted: 'Spesifikasi' heads many texts."""

MAX_FILL_RATE_FALL = 0.25
"""Of a field's share in a site's articles, since the month before: a layout has changed, and not the news."""

MIN_COMPARED_ARTICLES = 30
"""Of a site in a month, below which shares say nothing."""

MAX_COUNT_FACTOR = 3.0
"""Between a site's articles of the month and the median of the months before, either way."""


def faults(
    corpus: Corpus,
    month: str,
    folder: Path,
    contents: Contents,
    coverage: Sequence[Coverage],
    earlier: Sequence[EarlierMonth],
) -> Iterator[str]:
    """What speaks against publishing the files in `folder`, a sentence each, the gravest first. `earlier` are the
    months before, the latest last.
    """
    for name, file in FILES.items():
        yield from _faults_of_file(corpus, month, name, pq.ParquetFile(folder / file), contents.count(name))
    if not contents.count("articles"):
        yield f"it holds no article of {month}"
    if uncovered := sorted(contents.sites.keys() - {each.site for each in coverage}):
        yield f"nothing is known of the coverage of {', '.join(uncovered)}: kliping maintain sums up the days"
    yield from _residue(pq.ParquetFile(folder / FILES["articles"]))
    yield from compared(contents, earlier)


def _faults_of_file(corpus: Corpus, month: str, name: str, file: pq.ParquetFile, written: int) -> Iterator[str]:
    table = SELECTABLE[name]
    if _columns(file.schema_arrow) != _columns(release_schema(table)):
        yield f"{name}: the file's columns are not those that are declared"
        return
    begin, end = span_of(month)
    own_rows = " AND is_article IS NOT TRUE AND body IS NOT NULL" if name == "copies" else ""
    [counted] = corpus.query(
        [table],
        f"SELECT count(*) AS rows, count(DISTINCT article_id) AS articles FROM {table.name} "  # noqa: S608
        f"WHERE date_published >= TIMESTAMP '{begin.isoformat()}' AND date_published < TIMESTAMP '{end.isoformat()}'"
        + own_rows,
    )
    if not file.metadata.num_rows == written == counted["rows"]:
        yield f"{name}: the file holds {file.metadata.num_rows} rows, and the table has {counted['rows']} of the month"
    if name == "articles" and counted["articles"] != counted["rows"]:
        yield f"{name}: an article stands there twice"
    before: tuple[Any, ...] = ()
    for batch in file.iter_batches(BATCH_ROWS, columns=_checked_columns(name)):
        for row in batch.to_pylist():
            place = (row["site"], row["date_published"], row["article_id"])
            if fault := _fault_of_row(row, place, before, begin, end):
                yield f"{name}: {row['url']} {fault}"
                return
            before = place
    required = [column.name for column in table.columns if column.required]
    for batch in file.iter_batches(BATCH_ROWS, columns=required):
        if lacking := [column for column in required if batch[column].null_count]:
            yield f"{name}: {', '.join(lacking)} is missing in some rows"
            return


def _columns(schema: pa.Schema) -> list[tuple[str, pa.DataType, bool, bytes]]:
    return [(field.name, field.type, field.nullable, field.metadata[b"comment"]) for field in schema]


def _checked_columns(name: str) -> list[str]:
    return [
        *("article_id", "site", "url", "headline", "body", "date_published", "published_day", "word_count", "revision"),
        *(["similarity"] if name == "copies" else []),
    ]


def _fault_of_row(row: Row, place: tuple[Any, ...], before: tuple[Any, ...], begin: Any, end: Any) -> str | None:
    if not begin <= row["date_published"] < end:
        return f"was published on {row['date_published']:%Y-%m-%d}"
    if place < before:
        return "does not stand in order"
    if not row["headline"].strip() or not row["body"].strip():
        return "has no headline or no text"
    if row["word_count"] != len(row["body"].split()):
        return f"is said to have {row['word_count']} words"
    if row["revision"] < 1 or not re.fullmatch("[0-9a-f]{32}", row["article_id"]):
        return "has a number or an id that there cannot be"
    if not 0 <= row.get("similarity", 1) <= 1:
        return f"has a similarity of {row['similarity']}"
    return None


def _residue(file: pq.ParquetFile) -> Iterator[str]:
    """Signs of residue, and lines that many articles of a site have in common; rows come site by site."""
    for site, bodies in _bodies_by_site(file):
        for sign, pattern in RESIDUE_SIGNS.items():
            found = [(url, match[0]) for url, body in bodies if (match := pattern.search(body))]
            if len(found) > MAX_RESIDUE_SHARE * len(bodies):
                url, words = found[0]
                yield f"{site}: {sign} in {len(found)} of {len(bodies)} articles, such as {words!r} in {url}"
        lines = Counter(
            line for _, body in bodies for line in set(body.split("\n")) if len(line.split()) >= MIN_LINE_WORDS
        )
        for line, count in lines.most_common(1):
            if count >= MIN_REPEATED_LINE_ARTICLES and count > MAX_REPEATED_LINE_SHARE * len(bodies):
                yield f"{site}: a line stands in {count} of {len(bodies)} articles: {line!r}"


def _bodies_by_site(file: pq.ParquetFile) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The texts of each site, with their addresses; one site's are in memory at a time."""
    current: str | None = None
    bodies: list[tuple[str, str]] = []
    for batch in file.iter_batches(BATCH_ROWS, columns=["site", "url", "body"]):
        for row in batch.to_pylist():
            if row["site"] != current:
                if current is not None:
                    yield current, bodies
                current, bodies = row["site"], []
            bodies.append((row["url"], row["body"]))
    if current is not None:
        yield current, bodies


def compared(contents: Contents, earlier: Sequence[EarlierMonth]) -> Iterator[str]:
    """Where a site's articles or their fields are far from what they were in the months before."""
    if not earlier:
        return
    last = earlier[-1]
    for site in sorted({*contents.sites, *last.articles}):
        now = contents.sites.get(site)
        count = now.rows.get("articles", 0) if now else 0
        usual = median(month.articles.get(site, 0) for month in earlier)
        if usual >= MIN_COMPARED_ARTICLES and not usual / MAX_COUNT_FACTOR <= count <= usual * MAX_COUNT_FACTOR:
            yield f"{site}: {count} articles, where {usual:.0f} are usual"
        if now is None or min(count, last.articles.get(site, 0)) < MIN_COMPARED_ARTICLES:
            continue
        for name, share in now.fill_rates().items():
            then = last.fill_rates.get(site, {}).get(name)
            if then is not None and share < then - MAX_FILL_RATE_FALL:
                yield f"{site}: {share:.0%} of the articles have {name}, where {then:.0%} had it in {last.month}"
