"""A batch's rows, committed to the tables: each table takes a batch once, by its transaction's id."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from deltalake import CommitProperties, Transaction

from pipelines.archive.batch_rows import BatchRows
from pipelines.archive.changes import CHANGE_COLUMNS, changes
from pipelines.archive.conditions import IS_COPY_WITH_TEXT, in_partitions, sql_list
from pipelines.archive.rows import article_part, with_strongest_date
from pipelines.archive.schema import (
    ANNOUNCED,
    ARTICLES,
    DUPLICATES,
    REJECTED,
    REVISIONS,
    RUNS,
    VISITS,
    Row,
    Table,
    moment,
)
from pipelines.archive.tables import Corpus, row_values

VERSION_COLUMNS = ("text_sha256", "headline", "url")
"""Columns that make a version: an article fetched again with all equal is the same version."""

NewAmong = Callable[[Table, int, Sequence[Row]], frozenset[str]]
"""Names those of the rows' articles, by id, that a table cannot have in a version, its newest."""


def none_is_new(_table: Table, _version: int, _rows: Sequence[Row]) -> frozenset[str]:
    """Any article may be in the table already."""
    return frozenset()


def commit_batch(corpus: Corpus, rows: BatchRows, transaction: Transaction, new_among: NewAmong = none_is_new) -> None:
    """Add a batch. May be repeated after a crash at any point: each table takes a transaction once.

    The articles and links that `new_among` names are appended, and nothing of the table is read for them; the
    others are merged into it.

    Versions that new texts replace, of articles and of copies, are appended to `revisions` before the texts are
    merged into the other tables, so that a crash between the two loses nothing.
    """
    has_articles, has_links = rows.articles or rows.presences, rows.duplicates or rows.former_duplicates
    current = _CurrentArticles(corpus, rows, new_among)
    replaced: list[Row] = []
    if has_articles and not corpus.has(ARTICLES, transaction):
        replaced += _replaced(rows, current.read())
    if has_links and not corpus.has(DUPLICATES, transaction):
        replaced += _replaced_copies(corpus, rows)
    if replaced:
        corpus.append(REVISIONS, [row | {"replaced_by": "revision"} for row in replaced], transaction)
    if has_articles:
        corpus.once(ARTICLES, transaction, lambda properties: _add_articles(corpus, rows, current.read(), properties))
    if has_links:
        corpus.once(DUPLICATES, transaction, lambda properties: merge_links(corpus, rows, properties, new_among))
    if rows.rejected:
        corpus.append(REJECTED, rows.rejected, transaction)
    if rows.visits:
        corpus.append(VISITS, rows.visits, transaction)
    if rows.announced:
        corpus.append(ANNOUNCED, rows.announced, transaction)
    if rows.runs:
        corpus.append(RUNS, rows.runs, transaction)


def add_runs(corpus: Corpus, rows: Sequence[Row], transactions: Sequence[Transaction]) -> None:
    """Add rows of runs of several sites, which wait in batches with these ids, in one commit."""
    first, *others = transactions
    corpus.once(RUNS, first, lambda properties: corpus.write(RUNS, rows, properties), others)


def without_known(corpus: Corpus, rows: BatchRows) -> BatchRows:
    """The rows of a batch that the tables do not have yet, for one of which a delivery may have begun under another
    transaction. A version that is not younger than the one in the table is known.
    """
    articles, duplicates = _fetched(corpus, ARTICLES, rows.articles), _fetched(corpus, DUPLICATES, rows.duplicates)
    rejected = corpus.known(REJECTED, rows.rejected, "url", "fetched_at", "run")
    runs = corpus.known(RUNS, rows.runs, "site", "run")
    visits = corpus.known(VISITS, rows.visits, "run", "url", "ended_at")
    announced = corpus.known(ANNOUNCED, rows.announced, "run", "url", "source")
    return replace(
        rows,
        articles=[row for row in rows.articles if _is_younger(row, articles)],
        duplicates=[row for row in rows.duplicates if _is_younger(row, duplicates)],
        rejected=[row for row in rows.rejected if row_values(row, "url", "fetched_at", "run") not in rejected],
        runs=[row for row in rows.runs if row_values(row, "site", "run") not in runs],
        visits=[row for row in rows.visits if row_values(row, "run", "url", "ended_at") not in visits],
        announced=[row for row in rows.announced if row_values(row, "run", "url", "source") not in announced],
    )


def _fetched(corpus: Corpus, table: Table, rows: Sequence[Row]) -> dict[str, datetime]:
    """When the versions that the table has of the rows' articles were fetched, by article_id."""
    known = corpus.rows_alike(table, rows, "article_id", ("article_id", "fetched_at"))
    return {row["article_id"]: row["fetched_at"] for row in known}


def _new(corpus: Corpus, table: Table, rows: Sequence[Row], new_among: NewAmong) -> frozenset[str]:
    """The ids of those of the rows' articles that a table that is open does not have in this version."""
    return new_among(table, corpus.version(table), rows)


class _CurrentArticles:
    """The rows that `articles` has of those of a batch's articles that may be in it, and of those it looked for.

    What one step of a commit sees in them the next sees too: they are read once for each version of the table.
    """

    def __init__(self, corpus: Corpus, rows: BatchRows, new_among: NewAmong) -> None:
        self._corpus, self._rows, self._new_among = corpus, rows, new_among
        self._version: int | None = None
        self._found: dict[str, Row] = {}

    def read(self) -> dict[str, Row]:
        """The rows in the version in which the table is open, by article_id."""
        if (version := self._corpus.version(ARTICLES)) != self._version:
            self._found = self._find()
            self._version = version
        return self._found

    def _find(self) -> dict[str, Row]:
        new = _new(self._corpus, ARTICLES, self._rows.articles, self._new_among)
        wanted = [row for row in self._rows.articles if row["article_id"] not in new]
        ids = {row["article_id"] for row in wanted} | {seen.article_id for seen in self._rows.presences}
        if not ids:
            return {}
        partitions = in_partitions(wanted, self._rows.presences, self._rows.months)
        found = self._corpus.select_twice(ARTICLES, f"{partitions} AND t.article_id IN ({sql_list(ids)})")
        return {row["article_id"]: row for row in found}


def _replaced(rows: BatchRows, current: Mapping[str, Row]) -> list[Row]:
    """The current versions that the batch replaces by another text."""
    later = {row["article_id"]: row for row in rows.articles}
    return [row for key, row in current.items() if key in later and not _same_text(row, later[key])]


def _replaced_copies(corpus: Corpus, rows: BatchRows) -> list[Row]:
    """The versions of copies that the batch replaces by another text, in the columns of `articles`."""
    new = {row["article_id"]: row for row in (*rows.articles, *rows.duplicates)}
    copies_again = {row["article_id"] for row in rows.duplicates if (row.get("revision") or 0) > 1}
    if not (changed := (copies_again | rows.former_duplicates) & new.keys()):
        return []
    sites = sql_list({row["site"] for row in new.values()})
    found = corpus.select_twice(
        DUPLICATES, f"t.site IN ({sites}) AND t.article_id IN ({sql_list(changed)}) AND {IS_COPY_WITH_TEXT}"
    )
    return [article_part(row) for row in found if not _same_text(row, new[row["article_id"]])]


def _add_articles(corpus: Corpus, rows: BatchRows, current: Mapping[str, Row], properties: CommitProperties) -> None:
    added = [_following(row, current.get(row["article_id"]), rows.revisits) for row in rows.articles]
    added += [
        current[seen.article_id] | {"gone_at": seen.gone_at, "gone_status": seen.gone_status}
        for seen in rows.presences
        if seen.article_id in current
    ]
    if not current:
        if added:
            corpus.write(ARTICLES, added, properties)
        return
    (
        corpus.merge(
            ARTICLES,
            added,
            f"{in_partitions(current.values())} AND t.article_id IN ({sql_list(current)}) "
            "AND t.article_id = s.article_id",
            properties,
        )
        .when_matched_update_all()
        .when_not_matched_insert_all()
        .execute()
    )


def merge_links(corpus: Corpus, rows: BatchRows, properties: CommitProperties, new_among: NewAmong) -> None:
    """Bring the links of a batch into `duplicates`, and take out its former ones, in one commit."""
    known = {row["article_id"] for row in rows.duplicates} - _new(corpus, DUPLICATES, rows.duplicates, new_among)
    if not known and not rows.former_duplicates:
        corpus.write(DUPLICATES, rows.duplicates, properties)
        return
    sites = sql_list({row["site"] for row in (*rows.duplicates, *rows.articles)} | rows.former_sites)
    merge = (
        corpus.merge(DUPLICATES, rows.duplicates, f"t.site IN ({sites}) AND t.article_id = s.article_id", properties)
        .when_matched_update_all()
        .when_not_matched_insert_all()
    )
    if rows.former_duplicates:
        merge = merge.when_not_matched_by_source_delete(
            f"t.site IN ({sites}) AND t.article_id IN ({sql_list(rows.former_duplicates)})"
        )
    merge.execute()


def _is_younger(row: Row, known: Mapping[str, datetime]) -> bool:
    fetched_at, before = moment(row["fetched_at"]), known.get(row["article_id"])
    return before is None or fetched_at is None or fetched_at > before


def _same_text(old: Row, new: Row) -> bool:
    return all(old[name] == new[name] for name in VERSION_COLUMNS)


def _following(new: Row, old: Row | None, revisits: Mapping[str, Sequence[str]]) -> Row:
    """The new version as it follows the old: counted on, first fetch and the stronger date kept, revisited pages
    pointing to their bytes.
    """
    if old is None:
        return new
    new = with_strongest_date(new, old)
    revisited = revisits.get(new["article_id"], ())
    whole = {page["url"]: page for page in old["pages"] if page["url"] in revisited}
    pages = [whole.get(page["url"], page) for page in new["pages"]]
    first = {**pages[0], "http_status": old["http_status"]} if pages[0]["url"] in whole else {}
    is_same = _same_text(old, new)
    return new | {
        "revision": old["revision"] + (not is_same),
        **({name: old[name] for name in CHANGE_COLUMNS} if is_same else changes(new, old)),
        "first_fetched_at": old["first_fetched_at"],
        "pages": pages,
        **{name: value for name, value in first.items() if name != "url"},
    }
