"""The pages of the newsroom, for Airflow's api-server: who is not signed in, or may not read DAGs, gets nothing."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from pipelines.watch.findings import THIS_MACHINE
from pipelines.watch.states import State
from plugins.newsroom import corpus_routes, pages, run_routes, search_routes, site_routes
from plugins.newsroom.access import dag_of, readable_dags
from plugins.newsroom.deployment import incidents_of, overview_of
from plugins.newsroom.open_incidents import OpenIncident
from plugins.newsroom.overview import Overview
from plugins.newsroom.upkeep import MAINTAIN
from settings.clock import utc_now
from spiders.site_index import deployed_sites

MAX_TEXT_CHARS = 100
"""Of a search."""

SHOWN_FIELDS = ("date_published", "author", "image")
"""Whose fill rates the page shows: those that Expect knows. The JSON has all."""

SHEET = Path(__file__).with_name("newsroom.css")

app = FastAPI(
    title="Kliping newsroom",
    docs_url=None,
    redoc_url=None,
    openapi_url=None,
    dependencies=[Depends(requires_access_dag("GET"))],
)


@app.middleware("http")
async def add_headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    """The pages' headers on each answer, of errors too."""
    response = await answer(request)
    response.headers.update(pages.HEADERS)
    return response


@app.exception_handler(StarletteHTTPException)
async def tell(request: Request, error: StarletteHTTPException) -> Response:
    """An error as a page where a browser asked for one, and as JSON as Airflow's own API has it everywhere else."""
    if "text/html" not in request.headers.get("accept", ""):
        return await http_exception_handler(request, error)
    depth = request.url.path.removeprefix(request.scope.get("root_path", "")).count("/") - 1
    answer = pages.page("error.html", depth, status=error.status_code, detail=error.detail)
    answer.status_code = error.status_code
    return answer


def seen_by(user: GetUserDep, session: SessionDep) -> Overview:
    """The overview of the sites whose DAGs a user may read."""
    return overview_of(session, deployed_sites(), readable_dags(user), utc_now())


def incidents_for(user: GetUserDep) -> list[OpenIncident]:
    """The open incidents of the sites whose DAGs a user may read, and for who may read the upkeep's, of the machine."""
    readable = readable_dags(user)
    sites = [site.name for site in deployed_sites() if dag_of(site.name) in readable]
    return [OpenIncident.of(incident) for incident in incidents_of(sites, with_machine=MAINTAIN in readable)]


@app.get("/", response_class=HTMLResponse)
def page(
    seen: Annotated[Overview, Depends(seen_by)],
    incidents: Annotated[list[OpenIncident], Depends(incidents_for)],
    text: Annotated[str, Query(max_length=MAX_TEXT_CHARS)] = "",
    state: Annotated[str, Query(max_length=MAX_TEXT_CHARS)] = "",
) -> HTMLResponse:
    """The overview as a page, with the sites that match."""
    return pages.page(
        "overview.html",
        0,
        seen=seen,
        incidents=incidents,
        this_machine=THIS_MACHINE,
        sites=seen.matching(text, state),
        text=text,
        state=state,
        states=list(State),
        fields=SHOWN_FIELDS,
    )


@app.get("/api/sites")
def sites(seen: Annotated[Overview, Depends(seen_by)]) -> Overview:
    """The overview as JSON."""
    return seen


@app.get("/api/incidents")
def incidents_as_json(incidents: Annotated[list[OpenIncident], Depends(incidents_for)]) -> list[OpenIncident]:
    """The open incidents as JSON, the most urgent first."""
    return incidents


@app.get("/newsroom.css")
def sheet() -> Response:
    """The style sheet."""
    return Response(SHEET.read_text(encoding="utf-8"), media_type="text/css")


app.include_router(site_routes.router)
app.include_router(run_routes.router)
app.include_router(corpus_routes.router)
app.include_router(search_routes.router)


@app.get("/{path:path}", include_in_schema=False)
def nothing(path: str) -> Response:  # noqa: ARG001
    """Whatever else is asked for is not there, and that too is said to those alone who may ask."""
    raise HTTPException(404)
