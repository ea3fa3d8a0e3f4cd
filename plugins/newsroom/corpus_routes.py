"""The addresses of what is said of all sites together: the corpus, and the metrics."""

from collections.abc import Sequence
from functools import cache
from typing import Annotated

from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, HTTPException, Response
from fastapi.responses import HTMLResponse

from pipelines.watch.findings import THIS_MACHINE
from pipelines.watch.incident_table import history, open_incidents
from pipelines.watch.incidents import Incident
from plugins.newsroom import network, pages
from plugins.newsroom.access import dag_of, may_read, readable_dags
from plugins.newsroom.corpus_figures import CorpusPage, CorpusReading, corpus_page
from plugins.newsroom.corpus_reading import KEPT_SECONDS, read_corpus
from plugins.newsroom.deployment import overview_of, shared_archive
from plugins.newsroom.kept_reading import KeptReading
from plugins.newsroom.metrics import CONTENT_TYPE, as_text, metrics
from plugins.newsroom.open_archive import ArchiveAway
from plugins.newsroom.upkeep import MAINTAIN, VERIFY, upkeep_runs
from settings.clock import utc_now
from spiders.site_index import deployed_sites

router = APIRouter()


@cache
def corpus_reading() -> KeptReading[CorpusReading]:
    """What the archive says of the corpus, read when somebody asks."""
    return KeptReading(lambda: read_corpus(shared_archive(), utc_now()), seconds=KEPT_SECONDS)


@cache
def incident_reading() -> KeptReading[Sequence[Incident]]:
    """The open incidents. What it raises is ArchiveAway."""
    return KeptReading(_open_incidents)


def _open_incidents() -> Sequence[Incident]:
    with shared_archive().corpus() as corpus:
        return open_incidents(history(corpus))


def seen_corpus(user: GetUserDep) -> CorpusPage:
    """The corpus, of the sites whose DAGs a user may read.

    Raises HTTPException (403) for who may not read the DAG that keeps it up: its tables are of all sites.
    """
    if not may_read(user, MAINTAIN):
        raise HTTPException(403, f"This takes the right to read the DAG {MAINTAIN}.")
    readable = readable_dags(user)
    sites = {site.name for site in deployed_sites() if dag_of(site.name) in readable}
    return corpus_page(corpus_reading().get(), sites)


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
    try:
        incidents = incident_reading().get()
    except ArchiveAway:  # kliping_archive_readable says so
        incidents = []
    subjects = {site.name for site in seen.sites} | ({THIS_MACHINE} if MAINTAIN in readable else set())
    return Response(as_text(metrics(now, seen, incidents, subjects)), media_type=CONTENT_TYPE)
