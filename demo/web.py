"""The demo web as one ASGI application: sites by Host header, and the endpoints that steer it on any host."""

from collections.abc import Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Host, Mount, Route, Router
from starlette.types import ASGIApp

from demo.access_log import AccessLog
from demo.clock import Clock
from demo.content import load_stories
from demo.errors import ContentError, StateError
from demo.newsroom import Newsroom
from demo.portals.kilasperanti import KilasPeranti
from demo.portals.majalahsirkuit import MajalahSirkuit
from demo.portals.nusakata import Nusakata
from demo.portals.portal import Portal
from demo.trouble import Trouble, TroubledSite
from demo.truth import truth

PORTALS: tuple[type[Portal], ...] = (MajalahSirkuit, KilasPeranti, Nusakata)
ARTICLES = Path(__file__).parent / "articles"
SLOW_SECONDS = 60.0
"""Longer than a crawler waits for a page."""


def demo_web(
    articles: Path,
    state: Path,
    port: int,
    *,
    faults: bool = True,
    slow_seconds: float = SLOW_SECONDS,
) -> ASGIApp:
    """The application for a server that listens on `port`, which stands in every address it names.

    Raises ContentError for a faulty article file and StateError for a state folder that cannot be used.
    """
    stories = load_stories(articles)
    if unknown := {site for site, _ in stories} - {portal.name for portal in PORTALS}:
        raise ContentError(f"{articles} holds articles of unknown sites: {', '.join(sorted(unknown))}")
    newsroom = Newsroom(stories, Clock(state), faults=faults)
    portals = [portal(newsroom, port, slow_seconds) for portal in PORTALS]
    log = AccessLog()
    sites = {portal.name: TroubledSite(_site(portal)) for portal in portals}
    routes = [
        Mount("/_demo", routes=_control(newsroom, portals, sites, log)),
        *(Host(f"{name}.localhost", site, name=name) for name, site in sites.items()),
        # Portals keep a mobile edition under a host of its own, with the same pages.
        *(Host(f"m.{portal.name}.localhost", sites[portal.name], name=f"m.{portal.name}") for portal in portals[2:]),
        Host("elsewhere.localhost", Router([Route("/{path:path}", _elsewhere)])),
    ]
    return log.around(Starlette(routes=routes, exception_handlers={404: _unknown_host}))


def _site(portal: Portal) -> Starlette:
    site = Starlette(routes=portal.routes(), exception_handlers={HTTPException: portal.not_found})
    site.router.redirect_slashes = False
    return site


def _control(
    newsroom: Newsroom, portals: list[Portal], sites: Mapping[str, TroubledSite], log: AccessLog
) -> list[Route]:
    async def edition(request: Request) -> Response:
        try:
            newsroom.clock.move(request.path_params["number"])
        except StateError as error:
            return JSONResponse({"error": str(error), "edition": newsroom.clock.edition}, 409)
        return JSONResponse({"edition": newsroom.clock.edition})

    async def trouble(request: Request) -> Response:
        name, wanted = request.path_params["site"], request.path_params["trouble"]
        if name not in sites or wanted not in list(Trouble):
            known = f"sites are {', '.join(sites)}, troubles {', '.join(Trouble)}"
            return JSONResponse({"error": known}, 404)
        sites[name].trouble = Trouble(wanted)
        return JSONResponse({"site": name, "trouble": wanted})

    async def show_truth(_: Request) -> Response:
        return JSONResponse(truth(newsroom, portals))

    async def show_log(_: Request) -> Response:
        return JSONResponse(log.record())

    async def reset_log(_: Request) -> Response:
        log.reset()
        return JSONResponse({})

    return [
        Route("/edition/{number:int}", edition, methods=["POST"]),
        Route("/trouble/{site}/{trouble}", trouble, methods=["POST"]),
        Route("/truth.json", show_truth),
        Route("/log.json", show_log),
        Route("/log/reset", reset_log, methods=["POST"]),
    ]


async def _elsewhere(_: Request) -> Response:
    return PlainTextResponse("Situs lain.")


async def _unknown_host(request: Request, _: Exception) -> Response:
    names = ", ".join(portal.name + ".localhost" for portal in PORTALS)
    return PlainTextResponse(f"The demo web serves {names}, not {request.url.hostname}.\n", 404)
