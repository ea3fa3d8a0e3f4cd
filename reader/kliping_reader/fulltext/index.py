"""The index on this machine, asked."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import tantivy

from .local_copy import Progress, copy
from .published import PublishedIndex, SearchError, Store
from .query import read_query, to_tantivy
from .snippet import Marked, marked, snippet

JAKARTA = timezone(timedelta(hours=7))
"""Whose days are those of a filter."""

MAX_HITS = 1_000
"""That are asked for at once: each takes a row of the table."""

SHOWN_COLUMNS = ("article_id", "site", "headline", "date_published", "url", "body")
"""Of `articles`, that a hit is shown by."""


@dataclass(frozen=True, slots=True)
class Place:
    """An article that was found, by what finds its row in `articles`: its partition is its site and `month` (UTC)."""

    article_id: str
    site: str
    published_at: datetime
    score: float

    @property
    def month(self) -> str:
        """The row's `published_month`."""
        return f"{self.published_at:%Y-%m}"


def rows_at(places: Sequence[Place]) -> str:
    """Which rows of `articles` they are, in SQL; the table is `t`. Each names its partition: no other is read."""
    named = ((place.site.replace("'", "''"), place.month, place.article_id) for place in places)
    return " OR ".join(
        f"(t.site = '{site}' AND t.published_month = '{month}' AND t.article_id = '{article_id}')"
        for site, month, article_id in named
    )


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found, as the table has it now. `day` is Jakarta's."""

    rank: int
    score: float
    article_id: str
    site: str
    day: date
    url: str
    headline: Marked
    snippet: Marked


@dataclass(frozen=True, slots=True)
class Results:
    """What was found: the first `hits`, the best first, of `count`. `notice` says what the index does not know yet."""

    hits: Sequence[Hit]
    count: int
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for. `first_day` and `last_day` are days of Jakarta, both included."""

    query: str
    sites: Sequence[str] = ()
    first_day: date | None = None
    last_day: date | None = None
    limit: int = 10
    newest_first: bool = False


Rows = Callable[[Sequence[Place]], Sequence[Mapping[str, Any]]]
"""Gives the rows of `articles`, in SHOWN_COLUMNS, of those places that still have one; in any order."""


class SearchIndex:
    """The published index, of which there is a copy in `folder`."""

    def __init__(self, published: PublishedIndex, view: Path) -> None:
        self.published = published
        self._index = tantivy.Index.open(str(view))
        self._index.config_reader("manual")
        self._searcher = self._index.searcher()

    @classmethod
    def open(cls, store: Store, folder: Path, progress: Progress = lambda _: None) -> "SearchIndex":
        """Open what is published, after fetching what the copy in `folder` lacks.

        Raises NoSearchIndex, SearchError, OSError.
        """
        return cls(*copy(store, folder, progress))

    @property
    def sites(self) -> set[str]:
        """The sites that it has articles of."""
        return {name for name, _ in self._searcher.terms_with_prefix("site", "")}

    def search(self, wanted: Wanted, rows: Rows, *, articles_version: int | None = None) -> Results:
        """Search. `articles_version` is the version that the table `articles` has now, None where that is not known.

        Raises SearchError, which says what is wrong with what is wanted; what `rows` raises goes on.
        """
        asked = read_query(wanted.query)
        places, count = self._find(wanted)
        by_id = {row["article_id"]: row for row in rows(places)} if places else {}
        found = [(place, by_id[place.article_id]) for place in places if place.article_id in by_id]
        hits = [
            Hit(
                rank=rank,
                score=place.score,
                article_id=place.article_id,
                site=place.site,
                day=row["date_published"].astimezone(JAKARTA).date(),
                url=row["url"],
                headline=marked(row["headline"], asked.stems),
                snippet=snippet(row["body"], asked.stems),
            )
            for rank, (place, row) in enumerate(found, 1)
        ]
        return Results(hits, count, self._notice(articles_version))

    def _find(self, wanted: Wanted) -> tuple[list[Place], int]:
        if not 1 <= wanted.limit <= MAX_HITS:
            raise SearchError(f"between 1 and {MAX_HITS:,} articles can be asked for, not {wanted.limit}")
        first, last = wanted.first_day, wanted.last_day
        if first and last and last < first:
            raise SearchError(f"the last day, {last}, is before the first, {first}")
        for site in wanted.sites:
            if not self._searcher.doc_freq("site", site):
                raise SearchError(self._no_such_site(site))
        begin = _begin(first) if first else None
        end = _begin(last + timedelta(days=1)) if last else None
        query = to_tantivy(self._index.schema, read_query(wanted.query), wanted.sites, begin, end)
        by_time = "published_at" if wanted.newest_first else None
        found = self._searcher.search(query, wanted.limit, order_by_field=by_time)
        return self._places(found.hits), found.count  # type: ignore[attr-defined]  # its stubs do not say it

    def _places(self, hits: Sequence[tuple[Any, tantivy.DocAddress]]) -> list[Place]:
        addresses = [address for _, address in hits]
        times = self._searcher.fast_field_values("published_at", addresses)
        places = []
        for (score, address), at in zip(hits, times, strict=True):
            entry = self._searcher.doc(address)
            moment = datetime.fromtimestamp(int(at or 0), UTC)
            places.append(Place(bytes(entry["article_id"][0]).hex(), entry["site"][0], moment, float(score)))
        return places

    def places_of(self, article_ids: Sequence[str]) -> list[Place]:
        """Where the index has these articles."""
        ids = [bytes.fromhex(article_id) for article_id in article_ids]
        if not ids:
            return []
        query = tantivy.Query.term_set_query(self._index.schema, "article_id", ids)
        return self._places(self._searcher.search(query, len(ids)).hits)

    def _no_such_site(self, site: str) -> str:
        known = sorted(self.sites)
        close = difflib.get_close_matches(site, known, n=1)
        hint = f": did you mean {close[0]}?" if close else f"; it has {', '.join(known) or 'none at all'}"
        return f"the search index has no articles of a site {site!r}{hint}"

    def _notice(self, articles_version: int | None) -> str | None:
        if articles_version is None or articles_version <= self.published.articles_version:
            return None
        return (
            f"the index is of {self.published.built_at:%Y-%m-%d %H:%M} UTC, and older than the table: what came or "
            "changed since is found once it has been brought up to date"
        )


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), JAKARTA)
