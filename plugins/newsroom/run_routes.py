"""The addresses of runs: the page of one, its looks as CSV and JSON, and the way to it from Airflow's own pages."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, HTTPException, Path, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from pipelines.report import start_of_run
from pipelines.visit import Outcome
from plugins.newsroom import pages
from plugins.newsroom.access import SeenSite, dag_of, may_read, readable_dags
from plugins.newsroom.airflow_runs import MAX_START_DELAY, crawls_of, find_run, run_at
from plugins.newsroom.crawl_activity import PREFIX
from plugins.newsroom.deployment import shared_archive
from plugins.newsroom.open_archive import ArchiveAway
from plugins.newsroom.run_figures import as_csv
from plugins.newsroom.run_page import MAX_SHOWN_LOOKS, RunPage, RunState, run_page
from plugins.newsroom.run_reading import MAX_ID_DELAY, is_run_id, read_run, runs_between
from settings.clock import utc_now
from settings.storage import home
from spiders.site import Site

router = APIRouter()

REFRESH_SECONDS = 15
"""Between two readings of a run that goes: it looks at a page every few seconds."""

MAX_TEXT_CHARS = 200
"""Of a search."""


def seen_run(
    site: SeenSite,
    run: Annotated[str, Path(max_length=20)],
    user: GetUserDep,
    session: SessionDep,
    outcome: Annotated[str, Query(max_length=20)] = "",
    text: Annotated[str, Query(max_length=MAX_TEXT_CHARS)] = "",
) -> RunPage:
    """A run of a site, with the looks that match. Raises HTTPException (404) where nothing is known of it."""
    if not is_run_id(run):
        raise HTTPException(404, "This is not the id of a run, such as 20261124T080038Z.")
    reading = read_run(shared_archive(), home().spool, site.name, run)
    known = reading.report or reading.noted
    started_at = known.started_at if known else start_of_run(run)
    since = started_at - timedelta(hours=3)
    log = run_at(crawls_of(session, site.name, since, readable_dags(user)), started_at)
    if not (known or reading.looks or log or reading.problem):
        raise HTTPException(404, "Neither the archive nor this machine's spool knows of this run.")
    title = site.title if isinstance(site, Site) else site.name
    return run_page(utc_now(), title, started_at, reading, log, outcome, text)


SeenRun = Annotated[RunPage, Depends(seen_run)]


@router.get("/run/{site}/{run}", response_class=HTMLResponse)
def run(seen: SeenRun, still: bool = False) -> HTMLResponse:
    """The page of a run. While the run goes it is read anew every few seconds, unless `still`."""
    is_going = seen.state is RunState.UNDER_WAY
    answer = pages.page(
        "run.html",
        2,
        seen=seen,
        still=still,
        is_going=is_going,
        outcomes=list(Outcome),
        max_shown=MAX_SHOWN_LOOKS,
        seconds=REFRESH_SECONDS,
    )
    if is_going and not still:
        answer.headers["Refresh"] = str(REFRESH_SECONDS)
    return answer


@router.get("/run/{site}/{run}/looks.csv")
def looks_as_csv(seen: SeenRun) -> Response:
    """The looks that match, as CSV."""
    name = f"{seen.site}-{seen.run}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(as_csv(seen.looks), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/api/runs/{site}/{run}")
def run_as_json(seen: SeenRun) -> RunPage:
    """The same as JSON."""
    return seen


@router.get("/dag")
def of_dag(dag_id: str) -> RedirectResponse:
    """The page that a DAG's tab shows: its site's, or all sites."""
    site = quote(dag_id.removeprefix(PREFIX), safe="")
    return RedirectResponse(f"site/{site}" if dag_id.startswith(PREFIX) else "./", status_code=303)


@router.get("/dag-run")
def of_dag_run(dag_id: str, run_id: str, user: GetUserDep, session: SessionDep) -> Response:
    """The page that the tab of a DAG's run shows: the run of ours that was in it, or a list of them."""
    found = find_run(session, dag_id, run_id)
    if found is None:
        raise HTTPException(404, "This run has not begun.")
    airflow_run, sites = found
    first = airflow_run.began_at - MAX_START_DELAY
    last = airflow_run.ended_at or utc_now() + MAX_ID_DELAY
    readable = [site for site in sites if may_read(user, dag_of(site))]
    try:
        runs = [
            (site, run) for site in readable for run in runs_between(shared_archive(), home().spool, site, first, last)
        ]
    except ArchiveAway as error:
        raise HTTPException(503, f"The archive could not be read: {error}") from error
    if len(runs) == 1:
        [(site, run)] = runs
        return RedirectResponse(f"run/{site}/{run}", status_code=303)
    return pages.page("dag_run.html", 0, airflow_run=airflow_run, sites=readable, runs=runs)
