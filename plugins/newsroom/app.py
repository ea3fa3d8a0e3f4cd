"""The pages of the newsroom, for Airflow's api-server: who is not signed in, or may not read DAGs, gets nothing."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, Template

from pipelines.archive.jakarta_days import JAKARTA
from pipelines.watch.states import State, age
from plugins.newsroom import drawing
from plugins.newsroom.archive_figures import ArchiveFigures, ArchiveReading, Waiting, waiting
from plugins.newsroom.crawl_activity import activities
from plugins.newsroom.kept_reading import KeptReading
from plugins.newsroom.overview import Overview, overview
from settings.clock import utc_now
from settings.storage import home, storage
from spiders.site_index import deployed_sites

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Of every answer. A page has no script at all, and no style but that of the sheet: what a site writes into its texts
can do nothing in it."""

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
    """HEADERS on each answer, of errors too."""
    response = await answer(request)
    response.headers.update(HEADERS)
    return response


@cache
def archive() -> KeptReading[ArchiveReading]:
    """The archive of this deployment, opened when somebody first asks."""
    figures = ArchiveFigures(storage)
    return KeptReading(lambda: figures.read(utc_now()))


def seen_by(user: GetUserDep, session: SessionDep) -> Overview:
    """The overview of the sites whose DAGs a user may read."""
    now = utc_now()
    dag_ids = get_auth_manager().get_authorized_dag_ids(user=user, method="GET")
    spool, problems = _waiting()
    return overview(now, deployed_sites(), activities(session, dag_ids, now), archive().get(), spool, problems)


def _waiting() -> tuple[dict[str, Waiting], list[str]]:
    try:
        return waiting(home().spool), []
    except OSError as error:
        return {}, [f"The spool could not be read: {error.strerror}."]


@app.get("/", response_class=HTMLResponse)
def page(
    seen: Annotated[Overview, Depends(seen_by)],
    text: Annotated[str, Query(max_length=MAX_TEXT_CHARS)] = "",
    state: Annotated[str, Query(max_length=MAX_TEXT_CHARS)] = "",
) -> str:
    """The overview as a page, with the sites that match."""
    return _template("overview.html").render(
        seen=seen,
        sites=seen.matching(text, state),
        text=text,
        state=state,
        states=list(State),
        now=utc_now(),
        drawing=drawing,
        fields=SHOWN_FIELDS,
    )


@app.get("/api/sites")
def sites(seen: Annotated[Overview, Depends(seen_by)]) -> Overview:
    """The overview as JSON."""
    return seen


@app.get("/newsroom.css")
def sheet() -> Response:
    """The style sheet."""
    return Response(SHEET.read_text(encoding="utf-8"), media_type="text/css")


@app.get("/{path:path}", include_in_schema=False)
def nothing(path: str) -> Response:  # noqa: ARG001
    """Whatever else is asked for is not there, and that too is said to those alone who may ask."""
    raise HTTPException(404)


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("plugins.newsroom"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(jakarta=_jakarta, age=age)
    return environment.get_template(name)


def _jakarta(moment: datetime) -> str:
    return f"{moment.astimezone(JAKARTA):%d %b %H:%M}"
