"""The addresses of the search: words in the texts of the articles, of the sites whose DAGs a user may read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Annotated

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from pipelines.archive.bucket import Bucket, StorageRefused, StorageUnavailable
from pipelines.archive.search.ask import ask
from plugins.newsroom import pages
from plugins.newsroom.access import dag_of, readable_dags
from plugins.newsroom.deployment import shared_archive
from plugins.newsroom.open_archive import ArchiveAway
from plugins.newsroom.search_copy import SearchCopy
from reader.kliping_reader.fulltext.index import Hit, SearchIndex, Wanted
from reader.kliping_reader.fulltext.published import SearchError
from reader.kliping_reader.fulltext.query import MAX_QUERY_CHARS
from settings.storage import SettingsError, storage
from spiders.site_index import deployed_sites

router = APIRouter()

SHOWN, MOST = 20, 100
"""Articles on a page, and on one that shows more."""

MAX_DAY_CHARS = 10


@dataclass(frozen=True, slots=True)
class Found:
    """What a user searched for, and what was found. `problem` says, in a sentence, why nothing could be looked for, and
    `notice` what the index does not know yet.
    """

    query: str
    site: str
    first_day: str
    last_day: str
    newest_first: bool
    sites: Sequence[str]
    hits: Sequence[Hit] = ()
    count: int = 0
    notice: str | None = None
    problem: str | None = None


@cache
def search_copy() -> SearchCopy:
    """The index, fetched when somebody first searches."""
    return SearchCopy(lambda: SearchIndex.open(Bucket(storage()), storage().search_copy))


def found_by(
    user: GetUserDep,
    query: Annotated[str, Query(max_length=MAX_QUERY_CHARS)] = "",
    site: Annotated[str, Query(max_length=MAX_QUERY_CHARS)] = "",
    first_day: Annotated[str, Query(max_length=MAX_DAY_CHARS)] = "",
    last_day: Annotated[str, Query(max_length=MAX_DAY_CHARS)] = "",
    newest_first: bool = False,
    limit: Annotated[int, Query(ge=1, le=MOST)] = SHOWN,
) -> Found:
    """What a user's query finds among the sites whose DAGs he may read."""
    readable = readable_dags(user)
    sites = sorted(each.name for each in deployed_sites() if dag_of(each.name) in readable)
    asked = Found(query, site, first_day, last_day, newest_first, sites)
    if not query.strip():
        return asked
    try:
        first, last = (date.fromisoformat(day) if day else None for day in (first_day, last_day))
    except ValueError:
        return replace(asked, problem="A day is written as 2026-11-01.")
    try:
        index = search_copy().get()
        among = sorted(index.sites & {*sites} & ({site} if site else {*sites}))
        if not among:
            return replace(asked, problem="No article of such a site can be found, or you may not read its DAG.")
        with shared_archive().corpus() as corpus:
            found = ask(corpus, index, Wanted(query, among, first, last, limit, newest_first))
    except (SearchError, ArchiveAway, StorageUnavailable, StorageRefused, SettingsError, OSError) as error:
        return replace(asked, problem=f"{error}.")
    return replace(asked, hits=found.hits, count=found.count, notice=found.notice)


@router.get("/search", response_class=HTMLResponse)
def search(found: Annotated[Found, Depends(found_by)]) -> HTMLResponse:
    """The page of a search."""
    return pages.page("search.html", 0, seen=found, max_query_chars=MAX_QUERY_CHARS, most=MOST)


@router.get("/api/search")
def search_as_json(found: Annotated[Found, Depends(found_by)]) -> Found:
    """The same as JSON."""
    return found
