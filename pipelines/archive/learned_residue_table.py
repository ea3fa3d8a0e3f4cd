"""Learned residue in the bucket: what the corpus teaches of each site's boilerplate, in the table `residue`.

A table, so that readers of the corpus see what is taken out of its texts, with the tools they have, and join it by
`article_id`. A site's rows are replaced in one commit; the table's history keeps what was learned before.
"""

import logging
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from itertools import groupby

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.bucket import StorageUnavailable
from pipelines.archive.conditions import sql
from pipelines.archive.schema import ARTICLES, RESIDUE, Row
from pipelines.archive.tables import Corpus
from pipelines.cleaning.learned_residue import LearnedLine, Position, Text, combined, learn, positions
from pipelines.cleaning.text_normalization import letters_only
from settings.storage import Storage

logger = logging.getLogger(__name__)

TEXT_COLUMNS = ("article_id", "headline", "body", "date_published", "repeated_lines")


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a site's `articles` (their number) taught: lines that are new, that stay, and that are residue no more.

    `vetoed` would have been learned, had the site not stated that they are text.
    """

    site: str
    articles: int
    learned: tuple[LearnedLine, ...]
    kept: tuple[LearnedLine, ...]
    forgotten: tuple[LearnedLine, ...]
    vetoed: tuple[LearnedLine, ...]


def learned_lines(corpus: Corpus) -> dict[str, tuple[LearnedLine, ...]]:
    """The learned lines of all sites, by site: a table of some thousand rows, read at once.

    Raises StorageUnavailable where the store does not answer.
    """
    lines: dict[str, tuple[LearnedLine, ...]] = {}
    for site, rows in groupby(_rows(corpus, "TRUE"), key=lambda row: row["site"]):
        lines[str(site)] = tuple(_line(row) for row in rows)
    return lines


def residue_for_a_crawl(storage: Storage) -> dict[str, dict[str, Position]]:
    """The learned lines of all sites, as cleaning needs them.

    Empty where the store does not answer: a crawl goes on without, and the log says so.
    """
    try:
        return {site: positions(lines) for site, lines in learned_lines(Corpus(storage)).items()}
    except StorageUnavailable as error:
        logger.warning("cleaning goes without learned residue: %s", error)
        return {}


def learn_site(corpus: Corpus, site: str, keep_lines: Collection[str], now: datetime) -> Lesson:
    """Learn a site's boilerplate from all its articles, quarter by quarter, and keep it in the table.

    Near-duplicates, copies and earlier versions are not among the articles. `keep_lines` are lines that the site states
    to be text. Nothing is written where nothing changed.

    Raises StorageUnavailable; CommitFailedError where another process learns of the same site.
    """
    rows = _rows(corpus, f"t.site = {sql(site)}")
    known = [_line(row) for row in rows]
    learned_at = {line.key: row["learned_at"] for line, row in zip(known, rows, strict=True)}
    total, windows = 0, []
    for quarter, months in groupby(corpus.months(site), key=_quarter):
        texts = _texts(corpus, site, months)
        total += len(texts)
        windows.append(learn(quarter, texts, known))
    found = combined(windows)
    kept_as_text = {letters_only(line) for line in keep_lines}
    lines = [line for line in found if line.key not in kept_as_text]
    keys = {line.key for line in lines}
    if lines != known:
        corpus.replace_site(RESIDUE, site, [_row(site, line, learned_at.get(line.key, now)) for line in lines])
    return Lesson(
        site,
        total,
        learned=tuple(line for line in lines if line.key not in learned_at),
        kept=tuple(line for line in lines if line.key in learned_at),
        forgotten=tuple(line for line in known if line.key not in keys),
        vetoed=tuple(line for line in found if line.key in kept_as_text),
    )


def _quarter(month: str) -> str:
    """'2026-Q4' for '2026-11'. Long enough for a site of two articles a week, short enough to be held in memory."""
    year, _, number = month.partition("-")
    return f"{year}-Q{(int(number) + 2) // 3}"


def _texts(corpus: Corpus, site: str, months: Iterable[str]) -> list[Text]:
    among = ", ".join(map(sql, months))
    rows = corpus.select(ARTICLES, f"t.site = {sql(site)} AND t.published_month IN ({among})", TEXT_COLUMNS)
    return [
        Text(
            article_id=row["article_id"],
            headline=row["headline"],
            lines=tuple(row["body"].split("\n")),
            published_at=row["date_published"],
            removed=tuple(row["repeated_lines"] or ()),
        )
        for row in rows
    ]


def _rows(corpus: Corpus, where: str) -> list[Row]:
    """Rows of the table, by site, a site's as they were learned; empty where the table does not exist yet."""
    try:
        rows = corpus.select(RESIDUE, where)
    except TableNotFoundError:
        return []
    return sorted(rows, key=lambda row: (row["site"], -row["share"], letters_only(row["line"])))


def _line(row: Row) -> LearnedLine:
    values = {field.name: row[field.name] for field in fields(LearnedLine)}
    return LearnedLine(**values | {"place": Position(row["place"]), "examples": tuple(row["examples"])})


def _row(site: str, line: LearnedLine, learned_at: datetime) -> Row:
    return asdict(line) | {"site": site, "learned_at": learned_at}
