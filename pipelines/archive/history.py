"""All that the tables know of an address or an article: who announced it, what each look came to, its versions and its
copies, and where the bytes are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter, itemgetter

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.bucket import Bucket
from pipelines.archive.conditions import sql, sql_list
from pipelines.archive.payload import IsRevisit, Payload, payload
from pipelines.archive.schema import (
    ANNOUNCED,
    ARTICLES,
    DUPLICATES,
    REJECTED,
    REVISIONS,
    VERDICTS,
    VISITS,
    Row,
    Table,
)
from pipelines.archive.tables import Corpus
from pipelines.index.fingerprints import article_id

OF_ARTICLES = (ARTICLES, REVISIONS, DUPLICATES, VERDICTS)
"""Tables whose rows bear an article's id, which stays where its URL changes."""

OF_ADDRESSES = (ANNOUNCED, VISITS, REJECTED)


@dataclass(frozen=True, slots=True)
class History:
    """What the tables have of one address or article: rows by the table's name, oldest first, and its `copies`."""

    rows: Mapping[str, Sequence[Row]]
    copies: Sequence[Row]

    def __bool__(self) -> bool:
        return any(self.rows.values())

    @property
    def captures(self) -> Sequence[Row]:
        """A row of each record that holds the page, or says that it came as before: the latest first."""
        captured = {
            (row["warc_filename"], row["warc_record_offset"]): row
            for rows in self.rows.values()
            for row in rows
            if row.get("warc_filename")
        }
        return sorted(captured.values(), key=itemgetter("fetched_at"), reverse=True)


def history(corpus: Corpus, named: str, site: str | None = None) -> History:
    """What the tables have of `named`, which is an article_id or a URL, as it was announced or as it is now. Where its
    `site` is known no other site's partitions are read, but for its copies.

    Raises StorageUnavailable.
    """
    among = f"t.site = {sql(site)} AND " if site else ""
    identities, urls = {named}, {named}
    if "://" in named:
        identities = {article_id(named), *_found(corpus, "article_id", f"{among}t.url = {sql(named)}")}
    urls |= _found(corpus, "url", f"{among}t.article_id IN ({sql_list(identities)})")
    of_article = f"{among}t.article_id IN ({sql_list(identities)})"
    of_address = f"{among}t.url IN ({sql_list(urls)})"
    found = {table.name: _select(corpus, table, of_article) for table in OF_ARTICLES}
    found |= {table.name: _select(corpus, table, of_address) for table in OF_ADDRESSES}
    return History(found, _select(corpus, DUPLICATES, f"t.duplicate_of IN ({sql_list(identities)})"))


def _found(corpus: Corpus, column: str, where: str) -> set[str]:
    tables = (ARTICLES, REVISIONS, DUPLICATES)
    return {row[column] for table in tables for row in _select(corpus, table, where, column)}


def _select(corpus: Corpus, table: Table, where: str, *columns: str) -> list[Row]:
    try:
        rows = corpus.select(table, where, columns)
    except TableNotFoundError:
        return []
    return rows if columns else sorted(rows, key=_at)


def _at(row: Row) -> datetime:
    """When what a row tells of happened."""
    at: datetime = next(row[name] for name in ("announced_at", "given_at", "ended_at", "fetched_at") if row.get(name))
    return at


def page_of(bucket: Bucket, captures: Sequence[Row]) -> Payload | None:
    """The page as the first of these captures, the latest first, found it: where it came as it had before, that is the
    page of an earlier one. None without captures.

    Raises StorageUnavailable, KeyError where the file is gone, Unreadable where no record holds the page whole.
    """
    found: IsRevisit | None = None
    for row in captures:
        try:
            return payload(bucket.get(row["warc_filename"], row["warc_record_offset"], row["warc_record_length"]))
        except IsRevisit as error:
            found = error
    if found:
        raise found
    return None


def described(found: History) -> Iterator[str]:
    """The history in words, line by line: what the article is, then what happened, oldest first. Times are UTC."""
    rows = found.rows
    for row in (*rows[ARTICLES.name], *(row for row in rows[DUPLICATES.name] if not row["is_article"])):
        yield row["headline"]
        yield f"  {row['url']}"
        yield f"  article_id {row['article_id']}, site {row['site']}"
        if row.get("body"):
            precision = row["date_precision"] or "not stated"
            quality = ", ".join((row["quality"] or "not judged", *(row["quality_reasons"] or ())))
            yield (
                f"  revision {row['revision']}, {row['word_count']} words, published "
                f"{row['date_published']:%Y-%m-%d %H:%M} (precision: {precision}), quality: {quality}"
            )
        if row.get("gone_at"):
            yield f"  gone since {row['gone_at']:%Y-%m-%d %H:%M}, HTTP {row['gone_status']}"
    for row in rows[DUPLICATES.name]:
        yield f"  {row['kind']} copy of {row['duplicate_of_url']}, similarity {row['similarity']:.2f}"
    for row in found.copies:
        yield f"  {row['kind']} copy at {row['url']}, similarity {row['similarity']:.2f}"
    for event in events(found):
        yield f"{event.at:%Y-%m-%d %H:%M:%S}  {event.what}"
        if event.row.get("warc_filename"):
            place = f"{event.row['warc_record_length']:,} bytes from {event.row['warc_record_offset']:,}"
            yield f"{'':21}{event.row['warc_filename']}, {place}"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an address or its article: when (UTC), what, in words, and the row that says so."""

    at: datetime
    what: str
    row: Row


def events(found: History) -> list[Event]:
    """What happened, oldest first."""
    rows = found.rows
    looked_at = {(row["run"], row["url"]) for row in rows[VISITS.name]}
    happened = [
        *(Event(_at(row), f"announced by {row['via']} {row['source']}", row) for row in rows[ANNOUNCED.name]),
        *(Event(_at(row), _look(row), row) for row in rows[VISITS.name]),
        *(
            Event(_at(row), f"rejected: {row['reason']}: {row['detail']}", row)
            for row in rows[REJECTED.name]
            if (row["run"], row["url"]) not in looked_at
        ),
        *(
            Event(_at(row), f"revision {row['revision']}, {row['word_count']} words: {row['headline']}", row)
            for name in (REVISIONS.name, ARTICLES.name)
            for row in rows[name]
        ),
        *(Event(_at(row), f"verdict {row['verdict']} by {row['given_by']}", row) for row in rows[VERDICTS.name]),
    ]
    return sorted(happened, key=attrgetter("at"))


def _look(row: Row) -> str:
    status = f", HTTP {row['http_status']}" if row["http_status"] else ""
    detail = f": {row['detail']}" if row["detail"] else ""
    return f"{row['outcome']} by run {row['run']}{status}{detail}"
