"""The addresses of what is said of all sites together: the corpus, and the metrics."""

from functools import cache
from typing import Annotated

from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, HTTPException, Response
from fastapi.responses import HTMLResponse

from plugins.newsroom import network, pages
from plugins.newsroom.access import dag_of, may_read, readable_dags
from plugins.newsroom.corpus_figures import CorpusPage, CorpusReading, corpus_page
from plugins.newsroom.corpus_reading import KEPT_SECONDS, read_corpus
from plugins.newsroom.deployment import incidents_of, overview_of, shared_archive
from plugins.newsroom.kept_reading import KeptReading
from plugins.newsroom.metrics import CONTENT_TYPE, as_text, metrics
from plugins.newsroom.upkeep import MAINTAIN, VERIFY, upkeep_runs
from settings.clock import utc_now
from settings.storage import storage
from spiders.site_index import deployed_sites

router = APIRouter()


@cache
def corpus_reading() -> KeptReading[CorpusReading]:
    """What the archive says of the corpus, read when somebody asks."""
    return KeptReading(lambda: read_corpus(shared_archive(), utc_now()), seconds=KEPT_SECONDS)


def seen_corpus(user: GetUserDep) -> CorpusPage:
    """The corpus, of the sites whose DAGs a user may read.

    Raises HTTPException (403) for who may not read the DAG that keeps it up: its tables are of all sites.
    """
    if not may_read(user, MAINTAIN):
        raise HTTPException(403, f"This takes the right to read the DAG {MAINTAIN}.")
    readable = readable_dags(user)
    sites = {site.name for site in deployed_sites() if dag_of(site.name) in readable}
    return corpus_page(corpus_reading().get(), sites, storage().price_per_gb)


@router.get("/corpus", response_class=HTMLResponse)
def corpus(seen: Annotated[CorpusPage, Depends(seen_corpus)], user: GetUserDep, session: SessionDep) -> HTMLResponse:
    """The page of the corpus."""
    shown = {dag_id: upkeep_runs(session, dag_id) for dag_id in (VERIFY, MAINTAIN) if may_read(user, dag_id)}
    return pages.page("corpus.html", 0, seen=seen, upkeep=shown, picture=network.network(seen.links), size=network.SIZE)


@router.get("/api/corpus")
def corpus_as_json(seen: Annotated[CorpusPage, Depends(seen_corpus)]) -> CorpusPage:
    """The same as JSON."""
    return seen


@router.get("/metrics")
def for_prometheus(user: GetUserDep, session: SessionDep) -> Response:
    """The metrics of the sites whose DAGs a user may read."""
    now, readable = utc_now(), readable_dags(user)
    seen = overview_of(session, deployed_sites(), readable, now)
    incidents = incidents_of((site.name for site in seen.sites), with_machine=MAINTAIN in readable)
    return Response(as_text(metrics(now, seen, incidents)), media_type=CONTENT_TYPE)
