"""Trouble that a whole demo site can be put into and taken out of again, to see what a crawler makes of it."""

import asyncio
from enum import StrEnum

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SLOW_ANSWER_SECONDS = 1.0
"""Before each answer of a slow site: a crawl of it can be watched."""


class Trouble(StrEnum):
    """What is wrong with a site. One that refuses answers 403 in place of its pages, and still announces them."""

    NONE = "none"
    SLOW = "slow"
    REFUSING = "refusing"


class TroubledSite:
    """ASGI middleware around a site, whose trouble can be set at any time."""

    def __init__(self, site: ASGIApp) -> None:
        self.trouble = Trouble.NONE
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.trouble is Trouble.SLOW:
            await asyncio.sleep(SLOW_ANSWER_SECONDS)
        await self._site(scope, receive, _refusing(scope, receive, send) if self.trouble is Trouble.REFUSING else send)


def _refusing(scope: Scope, receive: Receive, send: Send) -> Send:
    """Sends all that a site answers but its pages."""
    refused = False

    async def sending(message: Message) -> None:
        nonlocal refused
        if message["type"] == "http.response.start":
            media_type = Headers(raw=message["headers"]).get("content-type", "")
            if media_type.startswith("text/html"):
                refused = True
                await PlainTextResponse("Akses ditolak.\n", 403)(scope, receive, send)
        if not refused:
            await send(message)

    return sending
