"""A download handler that answers from WARC files: spiders run over captures as they do over the web."""

from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.settings import BaseSettings

from pipelines.archive.warc_reader import Captured, Damaged, read_response
from pipelines.run.extension import CAPTURED_AT_KEY
from spiders.guard import TooLarge

CAPTURED_KEY = "captured"
"""Key of a request's meta: the very capture that answers it, where the spider has chosen one."""


class NotCaptured(IgnoreRequest):
    """The captures hold no response for a request."""


class ReplayHandler(BaseDownloadHandler):
    """Answers a request with its capture: the one in `meta["captured"]`, else the one that `spider.captures` finds.

    `meta["captured_at"]` becomes the time of the capture, so that everything that follows dates the page by it; where
    it is set before, as for an article's further pages, the capture nearest to it is taken.
    """

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.max_bytes = crawler.settings.getint("DOWNLOAD_MAXSIZE")

    async def download_request(self, request: Request) -> Response:
        spider: Any = self.crawler.spider
        captured: Captured | None = request.meta.pop(CAPTURED_KEY, None)
        captured = captured or spider.captures.find(request.url, request.meta.get(CAPTURED_AT_KEY))
        if captured is None:
            raise NotCaptured(f"the captures do not have {request.url}")
        try:
            found = read_response(captured, self.max_bytes)
        except OverflowError as error:
            raise TooLarge(str(error)) from error
        except Damaged as error:
            raise NotCaptured(f"the capture of {request.url} is damaged: {error}") from error
        request.meta[CAPTURED_AT_KEY] = captured.captured_at
        headers = Headers()
        for name, value in found.headers:
            headers.appendlist(name, value.encode("latin-1", errors="replace"))
        kind = responsetypes.from_args(headers=headers, url=request.url, body=found.body)
        return kind(
            request.url,
            status=found.status,
            headers=headers,
            body=found.body,
            flags=["partial"] if found.truncated else [],
            protocol="HTTP/1.1",
        )


def answer_from_captures(settings: BaseSettings) -> None:
    """Set a crawl up to ask the captures in place of the web: no pauses, for nobody waits at the other end."""
    handlers = {**settings.getdict("DOWNLOAD_HANDLERS"), "http": ReplayHandler, "https": ReplayHandler}
    for name, value in {
        "DOWNLOAD_HANDLERS": handlers,
        "DOWNLOAD_DELAY": 0,
        "AUTOTHROTTLE_ENABLED": False,
        "RETRY_ENABLED": False,
    }.items():
        settings.set(name, value, priority="cmdline")
