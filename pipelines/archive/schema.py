"""What the corpus holds: every table and column in words and types, and the rows that visits become.

This is the one place where columns are declared. The Arrow schemas, the Delta tables and docs/data-format.md follow it.
Names are those of schema.org NewsArticle (through `Article`) and, where a row points to bytes, of Common Crawl's index.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, get_args, get_type_hints

import pyarrow as pa

from pipelines.article import Article, Reason, Rejection
from pipelines.index.records import Match
from pipelines.report import RunReport
from pipelines.visit import FetchedPage, Outcome, Visit, WarcRecord

Row = dict[str, Any]

TEXT = pa.string()
TEXTS = pa.list_(pa.string())
WHOLE = pa.int64()
TIME = pa.timestamp("us", tz="UTC")

SOURCED_FIELDS = (
    "headline",
    "date_published",
    "date_modified",
    "author",
    "description",
    "article_section",
    "keywords",
    "in_language",
    "image",
    "is_accessible_for_free",
    "body",
    "dateline",
)
"""Fields of Article whose source is kept. A fixed set: a struct of fixed keys is what every Parquet reader can read."""

WATCHED_FIELDS = (
    "headline",
    "body",
    "date_published",
    "date_modified",
    "author",
    "description",
    "article_section",
    "keywords",
    "image",
    "dateline",
)
"""Fields of Article whose fill rate a run reports: those that fall when a site changes its layout."""

PAGE = pa.struct([("url", TEXT), ("warc_filename", TEXT), ("warc_record_offset", WHOLE), ("warc_record_length", WHOLE)])
PROBLEM = pa.struct([("url", TEXT), ("outcome", TEXT), ("detail", TEXT)])


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its Arrow type and its meaning. `required` columns are never null."""

    name: str
    type: pa.DataType
    doc: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A Delta table of the corpus."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    partition_by: tuple[str, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([pa.field(c.name, c.type, nullable=not c.required) for c in self.columns])

    def arrow(self, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
        """The rows as Arrow. Times may be given as datetimes or in ISO 8601, as a journal holds them. A list that is
        null, as in rows that are older than its column, is empty.

        Raises KeyError for a row that lacks a column, ValueError for one that has a column too many.
        """
        times = [c.name for c in self.columns if c.type == TIME]
        names = {c.name for c in self.columns}
        for row in rows:
            if unknown := row.keys() - names:
                raise ValueError(f"table {self.name} has no column {', '.join(sorted(unknown))}")
        lists = [c.name for c in self.columns if pa.types.is_list(c.type)]
        typed = [
            {name: row[name] for name in names}
            | {name: _time(row[name]) for name in times}
            | {name: row[name] or [] for name in lists}
            for row in rows
        ]
        return pa.Table.from_pylist(typed, schema=self.schema)


def _time(value: datetime | str | None) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


ARROW_TYPES: Mapping[Any, pa.DataType] = {
    str: TEXT,
    str | None: TEXT,
    datetime: TIME,
    datetime | None: TIME,
    tuple[str, ...]: TEXTS,
    bool | None: pa.bool_(),
    float | None: pa.float64(),
    int: WHOLE,
    Mapping[str, str]: pa.struct([(name, TEXT) for name in SOURCED_FIELDS]),
}
"""The Arrow type of each type that a field of Article has."""


def _article_fields() -> tuple[Column, ...]:
    hints = get_type_hints(Article)
    columns = []
    for field in fields(Article):
        arrow_type = ARROW_TYPES[hints[field.name]]
        is_required = type(None) not in get_args(hints[field.name])
        doc = field.metadata["doc"] + (" UTC." if arrow_type == TIME else "")
        columns.append(Column(field.name, arrow_type, doc, is_required))
        if arrow_type == TIME:
            columns.append(
                Column(
                    f"{field.name}_offset",
                    TEXT,
                    f"Offset from UTC in which the page stated {field.name}, e.g. '+07:00'.",
                    is_required,
                )
            )
    return tuple(columns)


ARTICLE_ID = Column("article_id", TEXT, "First 32 hexadecimal digits of the SHA-256 of the canonical URL.", True)
SITE = Column("site", TEXT, "Name of the site, as its spider, DAG and prefix in the bucket are named.", True)
MONTH = Column("published_month", TEXT, "Month of date_published in UTC, 'YYYY-MM'.", True)
TEXT_SHA256 = Column(
    "text_sha256",
    TEXT,
    "SHA-256 (hex) of the body's letters and digits, case-folded: equal for texts that differ in cosmetics only.",
    True,
)
FETCHED_AT = Column("fetched_at", TIME, "When the page was fetched. UTC.", True)
HTTP_STATUS = Column("http_status", pa.int32(), "HTTP status of the page.")
CONTENT_DIGEST = Column(
    "content_digest", TEXT, "WARC payload digest of the page: 'sha1:' and base32 of the body as received."
)
WARC = (
    Column("warc_filename", TEXT, "Key in the bucket of the WARC file that holds the page as received."),
    Column("warc_record_offset", WHOLE, "Offset of the page's record in that file, bytes."),
    Column("warc_record_length", WHOLE, "Length of the record, compressed, bytes: read this range and gunzip it."),
)
RUN = Column("run", TEXT, "The crawl run that wrote the row: its start in UTC, e.g. '20261124T080038Z'.", True)

ARTICLE_COLUMNS = (
    ARTICLE_ID,
    SITE,
    MONTH,
    *_article_fields(),
    Column("word_count", WHOLE, "White-space separated words of the body.", True),
    TEXT_SHA256,
    Column("revision", WHOLE, "1 for the text as first archived, one more for each later text.", True),
    Column("first_fetched_at", TIME, "When the article was first fetched. UTC.", True),
    FETCHED_AT,
    Column(
        "discovered_via",
        TEXT,
        "Kind of source that announced the article: news_sitemap, sitemap, feed, posts_api, section, revisit, "
        "request, warc.",
        True,
    ),
    Column("discovered_from", TEXT, "URL of that source."),
    Column("feed_headline", TEXT, "Headline as that source states it."),
    Column("feed_date_published", TIME, "Time of publication as that source states it. UTC."),
    HTTP_STATUS,
    CONTENT_DIGEST,
    *WARC,
    Column(
        "pages",
        pa.list_(PAGE),
        "Every page of the article in order: url, and where its bytes are. The first is the one above.",
        True,
    ),
    Column("pages_missing", WHOLE, "Pages that the article has but that could not be fetched.", True),
    Column(
        "rights",
        TEXTS,
        "What the page states of its rights, as found: robots meta, X-Robots-Tag, TDM reservation.",
        True,
    ),
    RUN,
    Column(
        "reextracted_at",
        TIME,
        "When the row was last made anew from its pages, by later rules; null where it is as the crawl made it. UTC.",
    ),
)

ARTICLES = Table(
    "articles", "The current version of each article.", ARTICLE_COLUMNS, partition_by=("site", "published_month")
)
REVISIONS = Table(
    "revisions",
    "Earlier versions of articles, as they stood in `articles` until a later one replaced them.",
    (
        *ARTICLE_COLUMNS,
        Column(
            "replaced_by",
            TEXT,
            "What came after it: 'revision' (the publisher changed the text: the later version's `revision` is higher) "
            "or 'reextraction' (we read the same pages by other rules: its `revision` is the same).",
            True,
        ),
    ),
    partition_by=("site", "published_month"),
)
DUPLICATES = Table(
    "duplicates",
    "Articles whose text repeats another article's, each with a link to that one. They are not in `articles`.",
    (
        ARTICLE_ID,
        Column("url", TEXT, "Canonical URL of the copy.", True),
        SITE,
        Column("headline", TEXT, "Headline of the copy.", True),
        Column("date_published", TIME, "When the copy was published. UTC.", True),
        Column("duplicate_of", TEXT, "article_id of the article that it repeats.", True),
        Column("duplicate_of_url", TEXT, "URL of the article that it repeats.", True),
        Column("kind", TEXT, "'exact' (equal letters and digits) or 'near' (most word shingles shared).", True),
        Column("similarity", pa.float64(), "Estimated share of word shingles that both have, 0 to 1.", True),
        TEXT_SHA256,
        FETCHED_AT,
        HTTP_STATUS,
        CONTENT_DIGEST,
        *WARC,
        RUN,
    ),
    partition_by=("site",),
)
REJECTED = Table(
    "rejected",
    "Pages that were fetched but are no article, why, and where their bytes are.",
    (
        Column("url", TEXT, "Canonical URL of the page.", True),
        SITE,
        Column("reason", TEXT, "Why it is no article: " + ", ".join(Reason) + ".", True),
        Column("detail", TEXT, "The same in one sentence.", True),
        HTTP_STATUS,
        Column("fetched_at", TIME, "When the page was fetched. UTC."),
        CONTENT_DIGEST,
        *WARC,
        RUN,
    ),
    partition_by=("site",),
)
RUNS = Table(
    "runs",
    "One row per crawl run that came to its end. A killed run leaves none; what it archived is in the other tables.",
    (
        SITE,
        RUN,
        Column("started_at", TIME, "When the run began. UTC.", True),
        Column("finished_at", TIME, "When the run had looked at its last URL. UTC.", True),
        Column("seconds", pa.float64(), "From the one to the other.", True),
        Column("finish_reason", TEXT, "Why the crawl ended; 'finished' where it came to its own end.", True),
        Column("announced", WHOLE, "Distinct URLs that the site's sources named.", True),
        Column("known", WHOLE, "Announced URLs that were archived already and not due for another look.", True),
        Column("looked_at", WHOLE, "URLs that the run looked at: the sum of the outcomes.", True),
        Column(
            "outcomes", pa.struct([(str(o), WHOLE) for o in Outcome]), "How many looks ended in each outcome.", True
        ),
        Column(
            "rejections",
            pa.struct([(str(r), WHOLE) for r in Reason]),
            "How many pages were rejected for each reason.",
            True,
        ),
        Column(
            "fill_rates",
            pa.struct([(name, pa.float64()) for name in WATCHED_FIELDS]),
            "Share (0 to 1) of the run's archived, revised and duplicate texts that have the field; null without any.",
            True,
        ),
        Column("bytes_received", WHOLE, "Bodies of every response as they came over the wire, bytes.", True),
        Column("failures", TEXTS, "Why the run counts as failed, one sentence each; empty where it is good.", True),
        Column("warnings", TEXTS, "What an operator should know of a run that is good.", True),
        Column("problems", pa.list_(PROBLEM), "Up to 100 looks that brought no text: url, outcome, detail.", True),
    ),
)

RESIDUE = Table(
    "residue",
    "Lines learned as a site's boilerplate, with the evidence: cleaning drops them. Learned anew every day.",
    (
        SITE,
        Column("line", TEXT, "The line, as most articles spell it.", True),
        Column("place", TEXT, "Where in a text it is residue: opening, closing, anywhere.", True),
        Column("articles", WHOLE, "Distinct articles of the window that hold it, or held it before cleaning.", True),
        Column("share", pa.float64(), "Their share of the window's articles, 0 to 1.", True),
        Column("days", WHOLE, "Days (UTC) on which they were published.", True),
        Column("window", TEXT, "The quarter of a year in which the share is greatest, e.g. '2026-Q4'.", True),
        Column("first_seen", TIME, "Publication of the oldest article that holds it. UTC.", True),
        Column("last_seen", TIME, "Publication of the youngest article that holds it. UTC.", True),
        Column("examples", TEXTS, "Up to five article_ids of the window's youngest articles that hold it.", True),
        Column("learned_at", TIME, "When it was learned. UTC.", True),
    ),
    partition_by=("site",),
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {table.name: table for table in (ARTICLES, REVISIONS, DUPLICATES, REJECTED, RUNS, RESIDUE)}
)


def published_month(date_published: datetime) -> str:
    """Month of an aware time in UTC, 'YYYY-MM': the partition of an article."""
    return f"{date_published.astimezone(UTC):%Y-%m}"


def offset(moment: datetime | None) -> str | None:
    """Offset of an aware time, '+07:00'; None for None."""
    return None if moment is None else f"{moment:%z}"[:3] + ":" + f"{moment:%z}"[3:5]


def article_values(article: Article, text_sha256: str) -> Row:
    """What a row of `articles` holds of the article itself, whoever fetched its pages and when."""
    row: Row = {field.name: getattr(article, field.name) for field in fields(Article)}
    row |= {
        f"{name}_offset": offset(value) for name, value in row.items() if name in ("date_published", "date_modified")
    }
    return row | {
        "sources": {name: article.sources.get(name) for name in SOURCED_FIELDS},
        "published_month": published_month(article.date_published),
        "word_count": article.word_count,
        "text_sha256": text_sha256,
    }


def article_row(visit: Visit, article: Article, article_id: str, text_sha256: str, run: str) -> Row:
    """The row of `articles` for a visit that brought a text, as revision 1.

    The visit's URL is the article's: what a page says of itself may name another site's page.
    """
    first = visit.pages[0].capture
    announcement = visit.announcement
    return article_values(article, text_sha256) | {
        "url": visit.url,
        "article_id": article_id,
        "site": visit.site,
        "revision": 1,
        "first_fetched_at": first.fetched_at,
        "discovered_via": str(announcement.via),
        "discovered_from": announcement.source,
        "feed_headline": announcement.headline,
        "feed_date_published": announcement.date_published,
        "pages": [{"url": page.url, **_warc(page.capture.record)} for page in visit.pages],
        "pages_missing": visit.pages_missing,
        "rights": visit.rights,
        **_evidence(visit.pages),
        "fetched_at": first.fetched_at,
        "run": run,
        "reextracted_at": None,
    }


def duplicate_row(visit: Visit, article: Article, article_id: str, text_sha256: str, original: Match, run: str) -> Row:
    """The row of `duplicates` for a visit whose text repeats `original`."""
    return {
        "article_id": article_id,
        "url": visit.url,
        "site": visit.site,
        "headline": article.headline,
        "date_published": article.date_published,
        "duplicate_of": original.article_id,
        "duplicate_of_url": original.url,
        "kind": original.kind,
        "similarity": original.similarity,
        "text_sha256": text_sha256,
        **_evidence(visit.pages),
        "run": run,
    }


def rejected_row(visit: Visit, rejection: Rejection, run: str) -> Row:
    """The row of `rejected`."""
    return {
        "url": visit.url,
        "site": visit.site,
        "reason": str(rejection.reason),
        "detail": rejection.detail,
        **_evidence(visit.pages),
        "run": run,
    }


def run_row(report: RunReport) -> Row:
    """The row of `runs`."""
    return {
        "site": report.site,
        "run": report.run,
        "started_at": report.started_at,
        "finished_at": report.finished_at,
        "seconds": (report.finished_at - report.started_at).total_seconds(),
        "finish_reason": report.finish_reason,
        "announced": report.announced,
        "known": report.known,
        "looked_at": report.looked_at,
        "outcomes": {str(outcome): report.outcomes.get(outcome, 0) for outcome in Outcome},
        "rejections": {str(reason): report.rejections.get(reason, 0) for reason in Reason},
        "fill_rates": {name: report.fill_rates.get(name) for name in WATCHED_FIELDS},
        "bytes_received": report.bytes_received,
        "failures": report.failures,
        "warnings": report.warnings,
        "problems": [asdict(problem) for problem in report.problems],
    }


def _evidence(pages: Sequence[FetchedPage]) -> Row:
    capture = pages[0].capture if pages else None
    return {
        "fetched_at": capture and capture.fetched_at,
        "http_status": capture and capture.status,
        "content_digest": capture and capture.payload_digest,
        **_warc(capture.record if capture else None),
    }


def _warc(record: WarcRecord | None) -> Row:
    return {
        "warc_filename": record and record.filename,
        "warc_record_offset": record and record.offset,
        "warc_record_length": record and record.length,
    }


def reference() -> str:
    """Every table and column in Markdown, as docs/data-format.md has it (`kliping data-format`)."""
    return "\n\n".join(_table_reference(table) for table in TABLES.values())


def _table_reference(table: Table) -> str:
    partitions = f" Partitioned by `{'` and `'.join(table.partition_by)}`." if table.partition_by else ""
    head = f"### {table.name}\n\n{table.doc}{partitions}\n\n"
    columns = table.columns
    if table is REVISIONS:
        head += f"The columns are those of `{ARTICLES.name}`, and one more.\n\n"
        columns = tuple(column for column in columns if column not in ARTICLE_COLUMNS)
    rows = [f"| `{c.name}` | {_type_words(c.type)} | {'' if c.required else 'yes'} | {c.doc} |" for c in columns]
    return head + "\n".join(("| column | type | null | meaning |", "|---|---|---|---|", *rows))


def _type_words(arrow_type: pa.DataType) -> str:
    if arrow_type == TIME:
        return "timestamp (µs, UTC)"
    if pa.types.is_list(arrow_type):
        return f"list of {_type_words(arrow_type.value_type)}"
    if pa.types.is_struct(arrow_type):
        parts = [arrow_type.field(n) for n in range(arrow_type.num_fields)]
        return "struct: " + ", ".join(f"`{part.name}` {_type_words(part.type)}" for part in parts)
    return str(arrow_type)
