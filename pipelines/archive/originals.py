"""Originals among copies: of one text the one that was published first stands in `articles`, whenever it was found.

Crawls meet texts in any order, a backfill the newest first. So a text that repeats another is a copy at first, and when
it has been delivered, it changes places with its original where it is the earlier of the two: it comes to `articles`,
the other goes to `duplicates` with all that it has, and the links of further copies lead to the new original. No
article_id changes.

Each step (`articles`, `duplicates`, `articles`, index) is found out from what the tables and the index hold, and none
takes away what another has not kept yet: what was cut short is simply done again.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime

from pipelines.archive.article_changes import add_article, change_links, remove_article
from pipelines.archive.bucket_identity import committed_versions
from pipelines.archive.conditions import IS_COPY_WITH_TEXT, sql, sql_list
from pipelines.archive.journal import JournalEntry
from pipelines.archive.rows import article_part, dating_of, link_row, quality_of, text_of
from pipelines.archive.schema import ARTICLES, DUPLICATES, Row
from pipelines.archive.site_lock import SiteBusy
from pipelines.archive.tables import Corpus
from pipelines.attribution import is_credited, registered_name
from pipelines.index.comparison import Kind, Likeness, Wording, likeness
from pipelines.index.database import Index, IndexUpdate, Match, Status, UrlRecord
from pipelines.index.fingerprints import headline_key, is_text, wording

logger = logging.getLogger(__name__)

TELLING_COLUMNS = (
    *("article_id", "url", "site", "date_published", "date_precision", "sources", "text_sha256", "revision"),
    *("is_based_on", "body"),
)
"""Of articles, what tells whether a copy is to change places with one."""

MAX_COPIES_AT_ONCE = 200
"""Copies that are looked at together, with their texts: a megabyte of them."""

Hold = Callable[[Collection[str]], AbstractContextManager[None]]
"""Keeps others from the batches of some sites, of which none waits then.

Raises SiteBusy where a process works on those of one of them.
"""


class Originals:
    """Sees to it that the originals among copies are those that came first."""

    def __init__(self, corpus: Corpus, index: Index, hold: Hold, checkpoint: Callable[[str], None]) -> None:
        self._corpus = corpus
        self._index = index
        self._hold = hold
        self._checkpoint = checkpoint

    def settle(self, where: str) -> int:
        """Go over the copies for which an SQL condition holds on their rows `t` of `duplicates`; how many changed
        places with their originals, or had been about to.

        Copies of a site at which a process works are left for another time.
        """
        columns = (*TELLING_COLUMNS, "published_month", "kind", "duplicate_of", "duplicate_of_url", "duplicate_of_site")
        copies = self._corpus.select(DUPLICATES, f"({where}) AND {IS_COPY_WITH_TEXT}", columns)
        copies.sort(key=lambda row: row["date_published"])
        count = 0
        for copy in self._to_be_settled(copies):
            try:
                with self._hold({copy["site"], copy["duplicate_of_site"] or copy["site"]}):
                    count += self._settle(copy)
            except SiteBusy as busy:
                logger.info("%s stays a copy of %s for now: %s", copy["url"], copy["duplicate_of_url"], busy)
        return count

    def settle_since(self, since: datetime) -> int:
        """As `settle`, of all copies fetched since then."""
        found = self._corpus.select(DUPLICATES, IS_COPY_WITH_TEXT, ("article_id", "site", "fetched_at"))
        recent = [row for row in found if row["fetched_at"] >= since]
        return sum(
            self.settle(_among(recent[at : at + MAX_COPIES_AT_ONCE]))
            for at in range(0, len(recent), MAX_COPIES_AT_ONCE)
        )

    def settle_with(self, rows: Sequence[Row]) -> int:
        """As `settle`, of the copies among rows of `duplicates` that a batch has brought and of those that they repeat:
        what was cut short may have exchanged them already.
        """
        if not (copies := [row for row in rows if not row.get("is_article") and row.get("body")]):
            return 0
        originals = [
            {"article_id": row["duplicate_of"], "site": row["duplicate_of_site"] or row["site"]} for row in copies
        ]
        return self.settle(_among([*copies, *originals]))

    def _to_be_settled(self, copies: Sequence[Row]) -> Iterator[Row]:
        seen = self._index.seen({url for row in copies for url in (row["url"], row["duplicate_of_url"])})
        articles = self._articles(copies, seen, TELLING_COLUMNS)
        for copy in copies:
            original, own = articles.get(copy["duplicate_of"]), seen.get(copy["url"])
            if original is None and copy["duplicate_of_url"] not in seen:
                continue  # it waits in a spool, or never came
            is_half_done = copy["article_id"] in articles or (own is not None and own.status is Status.ARCHIVED)
            if original is None or is_half_done or comes_first(copy, original):
                yield copy

    def _articles(self, copies: Sequence[Row], seen: Mapping[str, UrlRecord], columns: Sequence[str]) -> dict[str, Row]:
        """The rows of `articles` of copies and of what they repeat, by article_id."""
        records = [record for record in seen.values() if record.published_month]
        sites = {record.site for record in records} | {copy["site"] for copy in copies}
        months = {record.published_month or "" for record in records} | {copy["published_month"] for copy in copies}
        ids = {copy[name] for copy in copies for name in ("article_id", "duplicate_of")}
        if not ids:
            return {}
        found = self._corpus.select(
            ARTICLES,
            f"t.site IN ({sql_list(sites)}) AND t.published_month IN ({sql_list(months)}) "
            f"AND t.article_id IN ({sql_list(ids)})",
            columns,
        )
        return {row["article_id"]: row for row in found}

    def _settle(self, told: Row) -> bool:
        """Have a copy and what it repeats change places, or finish it; whether there was something to do."""
        copy = self._copy(told["article_id"])
        if copy is None:
            return False
        seen = self._index.seen([copy["url"], copy["duplicate_of_url"]])
        articles = self._articles([copy], seen, ())
        own, original = articles.get(copy["article_id"]), articles.get(copy["duplicate_of"])
        if original is None:
            return self._follow(copy)
        if comes_first(copy, original) and adds_nothing(original, copy):
            if own is None:
                add_article(self._corpus, article_part(copy))
                self._checkpoint(ARTICLES.name)
            own, copy = article_part(copy), original | _link(copy, copy)
            links = [copy, *self._links_to(copy["article_id"], own), *self._turned_link(copy["article_id"], own)]
            change_links(self._corpus, links, former_copy=own)
            self._checkpoint(DUPLICATES.name)
            own, original = original, own
        if own is not None and _is_version(own, copy):
            remove_article(self._corpus, own)
            self._checkpoint(ARTICLES.name)
            logger.info("%s is the original of %s, which is its copy now", original["url"], copy["url"])
        return self._align(original, copy)

    def _copy(self, article_id: str) -> Row | None:
        found = self._corpus.select(DUPLICATES, f"t.article_id = {sql(article_id)} AND {IS_COPY_WITH_TEXT}")
        return found[0] if found else None

    def _links_to(self, article_id: str, original: Row) -> list[Row]:
        """The links to an article, leading to another one."""
        found = self._corpus.select(DUPLICATES, f"t.duplicate_of = {sql(article_id)}")
        return [row | _target(original) for row in found if row["article_id"] != original["article_id"]]

    def _turned_link(self, article_id: str, original: Row) -> list[Row]:
        """The link from the article that an article is linked to, if any, to the original of what is a copy from now
        on: else a short version, which was met first, would be linked to nothing any more.
        """
        found = self._corpus.select(DUPLICATES, f"t.article_id = {sql(article_id)} AND t.is_article")
        if not found or not (seen := self._index.seen([found[0]["duplicate_of_url"]])):
            return []
        [known] = seen.values()
        linked = self._corpus.select(
            ARTICLES,
            f"t.site = {sql(known.site)} AND t.published_month = {sql(known.published_month or '')} "
            f"AND t.article_id = {sql(known.article_id)} AND t.article_id <> {sql(original['article_id'])}",
        )
        if not linked or dating_of(linked[0]).is_before(dating_of(original)):
            return []
        if self._corpus.select(DUPLICATES, f"t.article_id = {sql(known.article_id)}", ("article_id",)):
            return []  # it leads elsewhere
        like = likeness_of(linked[0]["body"], original["body"])
        if like is None:
            return []
        told = (like.kind, like.similarity, like.containment, like.adds)
        return [link_row(linked[0], Match(original["article_id"], original["url"], *told, site=original["site"]))]

    def _follow(self, copy: Row) -> bool:
        """Have a copy of a copy lead to the original."""
        further = self._copy(copy["duplicate_of"])
        if further is None or further["duplicate_of"] == copy["article_id"]:
            return False
        target = {name: further[name] for name in ("duplicate_of", "duplicate_of_url", "duplicate_of_site")}
        change_links(self._corpus, [copy | target])
        self._checkpoint(DUPLICATES.name)
        return True

    def _align(self, original: Row, copy: Row) -> bool:
        """Have the index know the one as an article and the other as a copy; whether it did not."""
        seen = self._index.seen([original["url"], copy["url"]])
        first, second = seen.get(original["url"]), seen.get(copy["url"])
        updates = []
        if first and first.status is not Status.ARCHIVED:
            updates.append(IndexUpdate(_as_article(first, original), text_of(original)))
        if second and second.status is not Status.DUPLICATE:
            updates.append(IndexUpdate(replace(second, status=Status.DUPLICATE)))
        if updates:
            self._index.put(updates)
            self._index.commit([], committed_versions(self._corpus))
            self._checkpoint("index")
        return bool(updates)


def comes_first(copy: Row, original: Row) -> bool:
    """Whether a copy is the original of the article that it repeats: by what one of them says of the other's site, or
    else by their dates.
    """
    if registered_name(copy["url"]) != registered_name(original["url"]):
        is_named = is_credited(copy["url"], original["is_based_on"], original["body"])
        if is_named != is_credited(original["url"], copy["is_based_on"], copy["body"]):
            return is_named
    return dating_of(copy).is_before(dating_of(original))


def adds_nothing(one: Row, other: Row) -> bool:
    """Whether a text has nothing that would be lost if the other stood in its place."""
    if one["text_sha256"] == other["text_sha256"]:
        return True
    like = likeness_of(one["body"], other["body"])
    return like is not None and like.kind is not Kind.SIMILAR and not like.adds


def likeness_of(one: str, other: str) -> Likeness | None:
    """How one body repeats another, see `likeness`; None also where one is too short for that."""
    mine, theirs = wording(one), wording(other)
    return None if mine is None or theirs is None else likeness(Wording.read(mine), Wording.read(theirs))


def as_it_stands(entry: JournalEntry, index: Mapping[str, UrlRecord]) -> JournalEntry:
    """The entry of a look, by what has become of its article since the look was judged: `index` is what the index has
    of its URL when the entry is delivered.
    """
    if entry.mark is None:
        return entry
    look, row = entry.mark.seen, entry.row
    known = index.get(look.url)
    if known is None or known.article_id != look.article_id:
        return entry
    if look.status is Status.DUPLICATE and known.status is Status.ARCHIVED and row and row.get("body"):
        mark = IndexUpdate(replace(look, status=Status.ARCHIVED), text_of(row))
        return replace(entry, table=ARTICLES.name, row=article_part(row), mark=mark, month=known.published_month)
    if look.status is not Status.ARCHIVED or known.status is not Status.DUPLICATE or entry.was_duplicate:
        return entry
    key = look.headline_key if look.headline is None else headline_key(look.headline)
    is_same_text = is_text(known.text_sha256, look.text_sha256 or "")
    is_as_it_was = is_same_text and (key, look.url) == (known.headline_key, known.url)
    if row is None or is_as_it_was:
        mark = IndexUpdate(replace(look, status=Status.DUPLICATE, gone_at=known.gone_at))
        return JournalEntry(mark=mark, aliases=entry.aliases, look=entry.look, visit=entry.visit)
    return replace(entry, was_duplicate=True)


def _among(rows: Sequence[Row]) -> str:
    """The SQL condition for the rows of `duplicates` of the same articles."""
    sites, ids = {row["site"] for row in rows}, {row["article_id"] for row in rows}
    return f"t.site IN ({sql_list(sites)}) AND t.article_id IN ({sql_list(ids)})"


def _link(link: Row, original: Row) -> Row:
    """How another text repeats `original`, as `link` says it the other way round: it is the same."""
    kept = {name: link[name] for name in ("kind", "similarity", "containment")}
    return kept | _target(original) | {"is_article": False}


def _target(original: Row) -> Row:
    return {
        "duplicate_of": original["article_id"],
        "duplicate_of_url": original["url"],
        "duplicate_of_site": original["site"],
    }


def _is_version(article: Row, copy: Row) -> bool:
    return (article["revision"], article["text_sha256"]) == (copy["revision"], copy["text_sha256"])


def _as_article(seen: UrlRecord, row: Row) -> UrlRecord:
    return replace(
        seen,
        status=Status.ARCHIVED,
        published_month=row["published_month"],
        text_sha256=row["text_sha256"],
        headline=row["headline"],
        revision=row["revision"],
        date_precision=row["date_precision"],
        quality=quality_of(row),
    )
