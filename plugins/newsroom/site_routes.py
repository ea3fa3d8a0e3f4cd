"""The addresses of a site: its page, its addresses' pages with their bytes, and what can be started for it."""

from datetime import date
from functools import cache
from typing import Annotated
from urllib.parse import urlencode

from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import GetUserDep
from airflow.api_fastapi.logging.decorators import action_logging
from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse

from pipelines.archive.conditions import sql
from pipelines.archive.history import history
from pipelines.archive.schema import ARTICLES, REJECTED
from pipelines.article import Verdict
from plugins.newsroom import pages
from plugins.newsroom.access import SeenSite, dag_of, may_read, may_steer, readable_dags, require_own_form
from plugins.newsroom.address_page import AddressPage, address_page
from plugins.newsroom.airflow_runs import BACKFILL, CHOSEN_SITES, crawls_of, run_at
from plugins.newsroom.deployment import overview_of, shared_archive
from plugins.newsroom.kept_reading import KeptReading
from plugins.newsroom.open_archive import ArchiveAway, rows_where
from plugins.newsroom.site_figures import SiteReading
from plugins.newsroom.site_page import SPANS, SitePage, site_page
from plugins.newsroom.site_reading import LOOKS, MAX_LATEST, read_site
from plugins.newsroom.starting import (
    DOCTOR,
    REEXTRACT,
    STARTABLE,
    VERDICT,
    NotStarted,
    parameters,
    start,
    state_of,
    verdicts_given,
)
from settings.clock import utc_now
from spiders.site import Site
from spiders.site_index import BrokenSite, deployed_sites

router = APIRouter()

MAX_URL_CHARS = 4000
"""Of an address that is asked for: the longest that an article has had is a tenth of it."""

Address = Annotated[str, Query(max_length=MAX_URL_CHARS)]


@cache
def reading_of(site: Site | BrokenSite) -> KeptReading[SiteReading]:
    """What the archive says of a site, read when somebody asks."""
    return KeptReading(lambda: read_site(shared_archive(), site, utc_now()))


def seen_page(
    site: SeenSite, user: GetUserDep, session: SessionDep, days: Annotated[int, Query()] = SPANS[0]
) -> SitePage:
    """A site's page over the last `days`, as a user may see it."""
    if days not in SPANS:
        raise HTTPException(422, f"days is one of {', '.join(map(str, SPANS))}.")
    now = utc_now()
    shown = overview_of(session, [site], {dag_of(site.name)}, now)
    if not shown.sites:
        raise HTTPException(404, "Airflow has not made the DAG of this site yet.")
    return site_page(
        now,
        site,
        shown.sites[0],
        reading_of(site).get(),
        crawls_of(session, site.name, now - LOOKS, readable_dags(user)),
        verdicts_given(session, now - LOOKS) if may_read(user, VERDICT) else {},
        days,
        shown.problems,
    )


@router.get("/site/{site}", response_class=HTMLResponse)
def site(
    seen: Annotated[SitePage, Depends(seen_page)],
    user: GetUserDep,
    session: SessionDep,
    days: int = SPANS[0],
    day: date | None = None,
    started: Annotated[str, Query(max_length=50)] = "",
    run: Annotated[str, Query(max_length=250)] = "",
) -> HTMLResponse:
    """The page of a site, with its latest runs or those of a `day`; `started` and `run` name a DAG's run that it was
    sent back from.
    """
    name = seen.site.name
    state = state_of(session, started, run) if started in STARTABLE and may_read(user, started) else None
    return pages.page(
        "site.html",
        1,
        seen=seen,
        span=days,
        spans=SPANS,
        may={dag_id: may_steer(user, name, dag_id) for dag_id in STARTABLE},
        dags={"crawl": CHOSEN_SITES, "backfill": BACKFILL, "doctor": DOCTOR, "reextract": REEXTRACT},
        readable={dag_id for dag_id in STARTABLE if may_read(user, dag_id)},
        started={"dag_id": started, "run_id": run, "state": state} if state else None,
        verdicts=list(Verdict),
        day=day,
        runs=seen.runs_of(day) if day else seen.figures.runs[:MAX_LATEST],
        max_latest=MAX_LATEST,
    )


@router.get("/api/sites/{site}")
def site_as_json(seen: Annotated[SitePage, Depends(seen_page)]) -> SitePage:
    """The same as JSON."""
    return seen


def seen_address(site: SeenSite, user: GetUserDep, url: Address, run: str | None = None) -> AddressPage:
    """What is known of an address of a site; its bytes as a run found them, or the last one that kept them."""
    readable = readable_dags(user)
    sites = {each.name for each in deployed_sites() if dag_of(each.name) in readable}
    try:
        with shared_archive().corpus() as corpus:
            found = history(corpus, url, site.name)
            if not found:
                raise HTTPException(404, "No table knows of this address.")
            return address_page(corpus, url, found, run, sites)
    except ArchiveAway as error:
        raise HTTPException(503, f"The archive could not be read: {error}") from error


@router.get("/site/{site}/address", response_class=HTMLResponse)
def address(
    site: SeenSite,
    seen: Annotated[AddressPage, Depends(seen_address)],
    user: GetUserDep,
    session: SessionDep,
    run: str | None = None,
) -> HTMLResponse:
    """The page of an address: what happened to it, its text, its source."""
    now = utc_now()
    crawls = crawls_of(session, site.name, now - LOOKS, readable_dags(user))
    return pages.page(
        "address.html",
        2,
        seen=seen,
        site=site,
        run=run,
        logs=[run_at(crawls, event.at) for event in seen.events],
        may_judge=may_steer(user, site.name, VERDICT),
        verdict=verdicts_given(session, now - LOOKS).get(seen.url) if may_read(user, VERDICT) else None,
        verdicts=list(Verdict),
    )


@router.get("/site/{site}/source")
def source(seen: Annotated[AddressPage, Depends(seen_address)]) -> Response:
    """The source of an address's page, as plain text that no browser takes for anything else."""
    if seen.source is None:
        raise HTTPException(404, seen.problem or "No bytes of this address were kept.")
    return PlainTextResponse(seen.source, headers={"Content-Disposition": 'inline; filename="page.txt"'})


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of a form that was sent."""
    return {name: str(value) for name, value in (await request.form()).items()}


@router.post(
    "/site/{site}/start/{dag_id}",
    dependencies=[Depends(require_own_form), Depends(action_logging("trigger_dag_run"))],
)
def have_run(
    site: SeenSite,
    dag_id: str,
    form: Annotated[dict[str, str], Depends(fields_of)],
    user: GetUserDep,
    session: SessionDep,
) -> RedirectResponse:
    """Have a DAG run on behalf of a site, by the fields of its form, and go back to where the form was."""
    if dag_id not in STARTABLE or not may_steer(user, site.name, dag_id):
        raise HTTPException(403, "This takes the right to edit the site's DAG, and to trigger this one.")
    conf = parameters(dag_id, site.name, form)
    if dag_id == VERDICT:
        _require_page_of(site.name, conf["url"] or "")
    try:
        run_id = start(session, dag_id, conf, user.get_name())
    except NotStarted as error:
        raise HTTPException(400, str(error)) from error
    return RedirectResponse(f"../../{site.name}?{urlencode({'started': dag_id, 'run': run_id})}", status_code=303)


def _require_page_of(site: str, url: str) -> None:
    """Raises HTTPException (404) where the site has nothing there to judge: one site's rights are no other's."""
    where = f"t.site = {sql(site)} AND t.url = {sql(url)}"
    try:
        with shared_archive().corpus() as corpus:
            found = any(rows_where(corpus, table, where, ("url",)) for table in (ARTICLES, REJECTED))
    except ArchiveAway as error:
        raise HTTPException(503, f"The archive could not be read: {error}") from error
    if not found:
        raise HTTPException(404, "The site has neither an article nor a rejected page at this address.")
