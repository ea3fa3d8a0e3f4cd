"""What the corpus holds: every table and column, in words and types.

This is the one place where columns are declared. The Arrow schemas, the Delta tables and docs/data-format.md follow it.
Names are those of schema.org NewsArticle (through `Article`) and, where a row points to bytes, of Common Crawl's index.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, get_args, get_type_hints

import pyarrow as pa

from pipelines.archive.column_types import fitting
from pipelines.article import PRECISIONS, Article, Reason
from pipelines.visit import Outcome

pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own keeps 15 MB of a batch's rows for itself

Row = dict[str, Any]

TEXT = pa.string()
TEXTS = pa.list_(pa.string())
WHOLE = pa.int64()
TIME = pa.timestamp("us", tz="UTC")
DAY = pa.date32()

COMMENT = "comment"
"""The key under which a table's schema says what a column means; Delta's and Spark's name for it."""

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

LATER_FIELDS = ("date_precision", "quality", "quality_reasons", "is_based_on", "correction", "license")
"""Fields of Article that rows of version 1.0 do not have: null in those that nothing has brought up to date since."""

PAGE = pa.struct([("url", TEXT), ("warc_filename", TEXT), ("warc_record_offset", WHOLE), ("warc_record_length", WHOLE)])
DOUBT = pa.struct([("reason", TEXT), ("texts", WHOLE)])
RIGHT = pa.struct([("right", TEXT), ("pages", WHOLE)])
PROBLEM = pa.struct([("url", TEXT), ("outcome", TEXT), ("detail", TEXT)])


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its Arrow type and its meaning. `required` columns are never null."""

    name: str
    type: pa.DataType
    doc: str
    required: bool = False

    def field(self, *, nullable: bool) -> pa.Field:
        """The column in Arrow, with its meaning as `comment`: where Delta and Spark keep it, and readers find it."""
        return pa.field(self.name, self.type, nullable=nullable, metadata={COMMENT: self.doc})


@dataclass(frozen=True, slots=True)
class Table:
    """A Delta table of the corpus."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    partition_by: tuple[str, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """The columns as they are written: a data file need not say again what the table says of each."""
        return pa.schema([pa.field(c.name, c.type, nullable=not c.required) for c in self.columns])

    @property
    def documented_schema(self) -> pa.Schema:
        """The columns with their meaning, as the table itself has them."""
        return pa.schema([c.field(nullable=not c.required) for c in self.columns])

    def arrow(self, rows: Sequence[Mapping[str, Any]], stored: pa.Schema | None = None) -> pa.Table:
        """The rows as Arrow. Times and days may be given in ISO 8601 as well, as a journal holds them. A list that is
        null, as in rows that are older than its column, is empty; a column that may be null is where a row, as in the
        journal of an earlier version, lacks it.

        `stored` is the schema that the table has in the bucket, by default the one declared here. It may hold columns
        and struct fields of a later version: they are null in rows that do not state them.

        Raises KeyError for a row that lacks a column that is never null, ValueError for one that has a column too many.
        """
        schema = self.schema if stored is None else stored
        times = [c.name for c in self.columns if c.type == TIME]
        days = [c.name for c in self.columns if c.type == DAY]
        names = {c.name for c in self.columns}
        later = set(schema.names) - names
        for row in rows:
            if unknown := row.keys() - names - later:
                raise ValueError(f"table {self.name} has no column {', '.join(sorted(unknown))}")
        lists = [c.name for c in self.columns if pa.types.is_list(c.type)]
        typed = [
            {name: row.get(name) for name in later}
            | {c.name: row[c.name] if c.required else row.get(c.name) for c in self.columns}
            | {name: moment(row.get(name)) for name in times}
            | {name: _day(row.get(name)) for name in days}
            | {name: row.get(name) or [] for name in lists}
            for row in rows
        ]
        return pa.Table.from_pylist(typed, schema=schema)

    def require(self, row: Mapping[str, Any]) -> None:
        """Make sure that the table could take a row, as `arrow` would make it.

        Raises ValueError, which names the column, where it could not.
        """
        if unknown := row.keys() - {column.name for column in self.columns}:
            raise ValueError(f"table {self.name} has no column {', '.join(sorted(unknown))}")
        for column in self.columns:
            value = row.get(column.name)
            is_missing = column.required and (
                column.name not in row or (value is None and not pa.types.is_list(column.type))
            )
            if is_missing or not fitting(column.type)(value):
                raise ValueError(f"table {self.name} could not take the row: {column.name} is {value!r}")

    def growth(self, stored: pa.Schema) -> list[pa.Field]:
        """What a table with the schema `stored` lacks of the declared columns, as fields to merge into that schema.

        A missing column comes as nullable, since older rows have no value for it; a column that does not say what it
        means, or whose structs lack fields, comes whole, as nullable as it is. Columns and fields that only `stored`
        has are left alone.

        Raises TypeError where a column has another type than the declared one.
        """
        fields: list[pa.Field] = []
        for column in self.columns:
            index = stored.get_field_index(column.name)
            if index < 0:
                fields.append(column.field(nullable=True))
                continue
            field = stored.field(index)
            lacks_fields = _lacks_fields(field.type, column.type, column.name)
            if _comment(field) is None:
                fields.append(column.field(nullable=field.nullable))
            elif lacks_fields:
                fields.append(pa.field(column.name, column.type, nullable=field.nullable))
        return fields

    def reworded(self, stored: pa.Schema) -> list[Column]:
        """The columns of which a table with the schema `stored` says something else than is declared."""
        return [
            column
            for column in self.columns
            if (index := stored.get_field_index(column.name)) >= 0
            and _comment(stored.field(index)) not in (None, column.doc)
        ]


def _comment(field: pa.Field) -> str | None:
    """What a table says that a column means."""
    words: bytes | None = (field.metadata or {}).get(COMMENT.encode())
    return None if words is None else words.decode()


def _lacks_fields(stored: pa.DataType, declared: pa.DataType, name: str) -> bool:
    """Whether a struct of `declared`, at any depth, has fields that `stored` lacks."""
    if pa.types.is_struct(stored) and pa.types.is_struct(declared):
        return any(
            (at := stored.get_field_index(field.name)) < 0
            or _lacks_fields(stored.field(at).type, field.type, f"{name}.{field.name}")
            for field in declared
        )
    if pa.types.is_list(stored) and pa.types.is_list(declared):
        return _lacks_fields(stored.value_type, declared.value_type, name)
    if stored != declared:
        raise TypeError(f"the column {name} is {stored}, not {declared}")
    return False


def moment(value: datetime | str | None) -> datetime | None:
    """A time of a row, which a journal has as text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


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
        is_required = type(None) not in get_args(hints[field.name]) and field.name not in LATER_FIELDS
        doc = field.metadata["doc"] + (" UTC." if arrow_type == TIME else "")
        doc += " Null in rows of version 1.0." if field.name in LATER_FIELDS else ""
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


ARTICLE_ID = Column(
    "article_id",
    TEXT,
    "First 32 hexadecimal digits of the SHA-256 of the canonical URL. An article that moves to another URL keeps it.",
    True,
)
SITE = Column("site", TEXT, "Name of the site, as its spider, DAG and prefix in the bucket are named.", True)
MONTH = Column("published_month", TEXT, "Month of date_published in UTC, 'YYYY-MM'.", True)
PUBLISHED_DAY = Column(
    "published_day",
    DAY,
    "Day of date_published by the calendar of Jakarta (UTC+7), as in `daily`. Null in rows of version 1.0.",
)
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
    Column(
        "captured_url",
        TEXT,
        "Address under which that record stands in the file and its CDXJ: another than `url` where the page was "
        "fetched in its one-page form, by an address with parameters, or names another one as its own. Null in rows of "
        "version 1.0.",
    ),
)
RUN = Column("run", TEXT, "The crawl run that wrote the row: its start in UTC, e.g. '20261124T080038Z'.", True)

ARTICLE_COLUMNS = (
    ARTICLE_ID,
    SITE,
    MONTH,
    PUBLISHED_DAY,
    *_article_fields(),
    Column("word_count", WHOLE, "White-space separated words of the body.", True),
    TEXT_SHA256,
    Column("revision", WHOLE, "1 for the text as first archived, one more for each later text, headline or URL.", True),
    Column(
        "changes",
        TEXTS,
        "What this revision changed in the one before: headline, body, correction (a notice that was not there), url. "
        "Empty for the first one, for copies, and in rows of version 1.0.",
    ),
    Column(
        "words_added",
        WHOLE,
        "Words of the body that the revision before did not have, or not as often. Null for the first one.",
    ),
    Column("words_removed", WHOLE, "Words of the body before that this one does not have, or not as often; likewise."),
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
    Column(
        "gone_at",
        TIME,
        "When a look at the archived article first found its page gone (HTTP 404 or 410); null where the last look did "
        "not. The text stays. UTC.",
    ),
    Column("gone_status", pa.int32(), "The HTTP status that said so; null with gone_at."),
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
LINK_COLUMNS = (
    ARTICLE_ID,
    Column("url", TEXT, "Canonical URL of the article that repeats another.", True),
    SITE,
    Column("headline", TEXT, "Its headline.", True),
    Column("date_published", TIME, "When it was published. UTC.", True),
    Column("date_precision", TEXT, "How exact that is, as in `articles`. Null in rows of version 1.0."),
    Column("duplicate_of", TEXT, "article_id of the article that it repeats.", True),
    Column("duplicate_of_url", TEXT, "URL of the article that it repeats.", True),
    Column(
        "duplicate_of_site",
        TEXT,
        "Site of the article that it repeats: another site's for a copy, its own for a follow-up. Null in rows of "
        "version 1.0.",
    ),
    Column(
        "kind",
        TEXT,
        "'exact' (equal letters and digits), 'near' (the same text, edited), 'contains' (the longer of the two has "
        "the shorter in it) or 'similar' (much wording in common, and two texts: other numbers or names, or more "
        "of their own).",
        True,
    ),
    Column("similarity", pa.float64(), "Share of the word shingles of either that both have, 0 to 1.", True),
    Column(
        "containment",
        pa.float64(),
        "Share of the shorter text's words that stand in the longer one, what several further texts have as well "
        "not counted, 0 to 1. Null in rows of version 1.0.",
    ),
    Column(
        "is_article",
        pa.bool_(),
        "Whether it is in `articles` too, as it has what the other has not; false for a copy. Null, for a copy, in "
        "rows of version 1.0.",
    ),
    TEXT_SHA256,
    FETCHED_AT,
    HTTP_STATUS,
    CONTENT_DIGEST,
    *WARC,
    RUN,
)
"""What `duplicates` says of every link."""

DUPLICATES = Table(
    "duplicates",
    "Links from articles to the one whose text they repeat or are like. Those with `is_article` are in `articles` too; "
    "the others are copies, which stand here alone, each with its own text.",
    (
        *LINK_COLUMNS,
        *(
            replace(column, required=False)
            for column in ARTICLE_COLUMNS
            if column.name not in {linked.name for linked in LINK_COLUMNS}
        ),
    ),
    partition_by=("site",),
)
REJECTED = Table(
    "rejected",
    "Pages that were fetched but are not articles, why, and where their bytes are.",
    (
        Column("url", TEXT, "Canonical URL of the page.", True),
        SITE,
        Column("reason", TEXT, "Why it is not an article: " + ", ".join(Reason) + ".", True),
        Column("detail", TEXT, "The same in one sentence.", True),
        HTTP_STATUS,
        Column("fetched_at", TIME, "When the page was fetched. UTC."),
        CONTENT_DIGEST,
        *WARC,
        RUN,
    ),
    partition_by=("site",),
)
OUTCOMES = Column(
    "outcomes", pa.struct([(str(o), WHOLE) for o in Outcome]), "How many looks ended in each outcome.", True
)
REJECTIONS = Column(
    "rejections", pa.struct([(str(r), WHOLE) for r in Reason]), "How many pages were rejected for each reason.", True
)

RUNS = Table(
    "runs",
    "One row per crawl run, also one that was refused or killed: the row of a killed one is written by the next run, "
    "with what is known of its looks.",
    (
        SITE,
        RUN,
        Column("started_at", TIME, "When the run began. UTC.", True),
        Column("finished_at", TIME, "When the run had looked at its last URL. UTC.", True),
        Column("seconds", pa.float64(), "From the one to the other.", True),
        Column(
            "finish_reason",
            TEXT,
            "Why the crawl ended; 'finished' where it came to its own end, 'killed' where it wrote no row of its own.",
            True,
        ),
        Column("announced", WHOLE, "Distinct URLs that the site's sources named.", True),
        Column(
            "known",
            WHOLE,
            "Announced URLs that were looked at before, however that ended, and not due for another look.",
            True,
        ),
        Column("looked_at", WHOLE, "URLs that the run looked at: the sum of the outcomes.", True),
        OUTCOMES,
        REJECTIONS,
        Column(
            "fill_rates",
            pa.struct([(name, pa.float64()) for name in WATCHED_FIELDS]),
            "Share (0 to 1) of the run's archived, revised and duplicate texts that have the field; null without any. "
            "A date that neither page nor feed states counts as none.",
            True,
        ),
        Column(
            "doubtful",
            WHOLE,
            "How many of the run's archived, revised and duplicate texts are doubtful. Null in rows of version 1.0.",
        ),
        Column(
            "doubts",
            pa.list_(DOUBT),
            "How many of them for each reason; one may have several. Null in rows of version 1.0.",
        ),
        Column(
            "rights",
            pa.list_(RIGHT),
            "How many of the pages that the run looked at state each reservation, whether it kept them out or not. "
            "Null in rows of version 1.0.",
        ),
        Column("bytes_received", WHOLE, "Bodies of every response as they came over the wire, bytes.", True),
        Column("failures", TEXTS, "Why the run counts as failed, one sentence each; empty where it is good.", True),
        Column("warnings", TEXTS, "What an operator should know of a run that is good.", True),
        Column(
            "problems",
            pa.list_(PROBLEM),
            "Up to 100 looks that brought no text: url, outcome, detail. All looks are in `visits`.",
            True,
        ),
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

VERDICTS = Table(
    "verdicts",
    "What operators say of pages that cleaning doubts. The last verdict on an article counts.",
    (
        ARTICLE_ID,
        Column("url", TEXT, "Canonical URL of the page.", True),
        SITE,
        Column("verdict", TEXT, "article, or not-article.", True),
        Column("given_at", TIME, "When it was given. UTC.", True),
        Column("given_by", TEXT, "Who gave it.", True),
        Column("note", TEXT, "Why, in that person's words."),
        Column("headline", TEXT, "Headline of the article as it was then; null for a rejected page."),
        Column(
            "quality_reasons",
            TEXTS,
            "What made it doubtful then; of a rejected page, why it was rejected.",
            True,
        ),
        Column("ruleset", TEXT, "Version of the rules that had read it; null for a rejected page."),
        Column("revision", WHOLE, "The article's revision that it is on; null for a rejected page."),
        Column("text_sha256", TEXT, "As in `articles`, of the text that it is on; null for a rejected page."),
        Column("pages", pa.list_(PAGE), "Every page of it in order: url, and where its bytes are.", True),
    ),
    partition_by=("site",),
)

LOOK_MONTH = Column("month", TEXT, "Month of that run's start in UTC, 'YYYY-MM'.", True)

VISITS = Table(
    "visits",
    "One row for each URL that a run looked at, whatever came of it: the outcomes of a run add up to its rows here. "
    "Runs of versions before this table have none.",
    (
        SITE,
        RUN,
        LOOK_MONTH,
        Column("url", TEXT, "Canonical URL of what was looked at.", True),
        Column("outcome", TEXT, "How the look ended: " + ", ".join(Outcome) + ".", True),
        Column(
            "reason",
            TEXT,
            "Of a rejected page why it is not an article, as in `rejected`; of one that ended as `rights` which of its "
            "reservations kept it out; else null.",
        ),
        Column("detail", TEXT, "The outcome in one sentence, where there is more to say than its name."),
        Column("is_first", pa.bool_(), "Whether nothing was known of the URL before.", True),
        Column("discovered_via", TEXT, "Kind of source that announced it, as in `articles`.", True),
        Column("discovered_from", TEXT, "URL of that source."),
        Column("began_at", TIME, "When the look began. UTC.", True),
        Column("ended_at", TIME, "When its outcome was recorded. UTC.", True),
        Column("seconds", pa.float64(), "From the one to the other.", True),
        Column("page_count", WHOLE, "Pages that were fetched and kept for it.", True),
        Column("pages_missing", WHOLE, "Pages that it has but that could not be fetched.", True),
        HTTP_STATUS,
        Column("fetched_at", TIME, "When its first page was fetched; null where no page came. UTC."),
        CONTENT_DIGEST,
        *WARC,
    ),
    partition_by=("site", "month"),
)

ANNOUNCED = Table(
    "announced",
    "The ledger: one row for each source that announced a URL, when it first did. What a source goes on announcing is "
    "not written again; what it drops and takes up later is.",
    (
        SITE,
        RUN,
        LOOK_MONTH,
        Column("url", TEXT, "Canonical URL of what is announced.", True),
        Column("via", TEXT, "Kind of the source, as `discovered_via` in `articles`.", True),
        Column("source", TEXT, "URL of the source.", True),
        Column("announced_at", TIME, "When the source was read. UTC.", True),
        Column("headline", TEXT, "Headline as the source states it."),
        Column("date_published", TIME, "Time of publication as the source states it. UTC."),
        Column("date_modified", TIME, "Time of the last change as the source states it. UTC."),
    ),
    partition_by=("site", "month"),
)

DAILY = Table(
    "daily",
    "A row for each site and day, summed up from the other tables by every upkeep, for overviews and alarms: of each "
    "site's runs, of the articles that were published that day, and of what its sources announced. A day is one of "
    "Jakarta (UTC+7), also for sites elsewhere; today's is as far as the last upkeep saw it. A day on which a site had "
    "none of these has no row. What runs and ledger said of a day stays here when their rows are gone.",
    (
        SITE,
        Column("day", DAY, "The day, by the calendar of Jakarta (UTC+7).", True),
        Column("month", TEXT, "Its month, 'YYYY-MM'.", True),
        Column("runs", WHOLE, "Runs that began that day.", True),
        Column("failed_runs", WHOLE, "Those of them that count as failed.", True),
        Column("last_run_at", TIME, "When the last of them had looked at its last URL; null without any. UTC."),
        Column("looked_at", WHOLE, "URLs that they looked at.", True),
        OUTCOMES,
        REJECTIONS,
        Column("bytes_received", WHOLE, "Bodies of every response as they came over the wire, bytes.", True),
        Column("published", WHOLE, "Articles in `articles` that were published that day.", True),
        Column("doubtful", WHOLE, "Those of them that are doubtful.", True),
        Column(
            "fill_rates",
            pa.struct([(name, pa.float64()) for name in WATCHED_FIELDS]),
            "Share (0 to 1) of them that have the field; null without any. A date that neither page nor feed states "
            "counts as none.",
            True,
        ),
        Column(
            "date_precisions",
            pa.struct([(name, WHOLE) for name in PRECISIONS]),
            "How many of them have a date of each precision, as in `articles`; rows of version 1.0 count nowhere.",
            True,
        ),
        Column("median_words", pa.float64(), "Median of their word_count; null without any."),
        Column(
            "median_lag_seconds",
            pa.float64(),
            "Median of the time from publication to the first fetch, seconds, of those that a source announced and "
            "whose date is exact to the minute; null without any.",
        ),
        Column(
            "median_removed_share",
            pa.float64(),
            "Median of their removed_share, the share (0 to 1) of a text that cleaning took away; null without any.",
        ),
        Column("last_published_at", TIME, "When the last of them was published; null without any. UTC."),
        Column(
            "announced",
            WHOLE,
            "Distinct URLs that sources announced that day, by `announced`; one that was announced again in the same "
            "month counts on its first day. Null before a site's first row there, as are the next three.",
        ),
        Column(
            "announced_looked_at",
            WHOLE,
            "Those of them that a run has looked at, in the three months before, in the same month or in the next, or "
            "that are in `articles` of these months.",
        ),
        Column(
            "announced_archived",
            WHOLE,
            "Those of them of which such a look found an article: archived, revised, unchanged or a duplicate.",
        ),
        Column("announced_missing", WHOLE, "Those of them that no run has looked at."),
        Column("computed_at", TIME, "When an upkeep last found the row's figures to be others than before. UTC.", True),
    ),
    partition_by=("month",),
)

INCIDENTS = Table(
    "incidents",
    "What the watch found wrong: a row for each thing that happened to an incident. One is told when it opens, is open "
    "until it has recovered, and that is told too.",
    (
        Column("site", TEXT, "The site that it concerns, or `this machine`.", True),
        Column("kind", TEXT, "What is wrong, in one word, as the runbook in docs/operating.md has it.", True),
        Column("aspect", TEXT, "What of the site it concerns: a field, a source, a DAG; empty for all of it.", True),
        Column("opened_at", TIME, "When it was found first: what parts it from others of the three before. UTC.", True),
        Column(
            "event",
            TEXT,
            "opened; absent, when it is found no more; returned, when it is again; recovered, after six hours without.",
            True,
        ),
        Column("at", TIME, "When that happened. UTC.", True),
        Column("evidence", TEXT, "What was seen when it opened, in words.", True),
        Column("next_step", TEXT, "What to do about it, in words.", True),
    ),
    partition_by=("site",),
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            *(ARTICLES, REVISIONS, DUPLICATES, REJECTED, RUNS, VISITS, ANNOUNCED, RESIDUE, VERDICTS, DAILY),
            INCIDENTS,
        )
    }
)


SCHEMA_VERSION = hashlib.sha256(
    "\n".join(f"{t.name} {t.partition_by} {t.columns}" for t in TABLES.values()).encode()
).hexdigest()[:16]
"""Changes with every table, column, type, struct field and description."""
