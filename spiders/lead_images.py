"""Lead images of articles, of sites that are to be kept with them: fetched once, by the crawl that takes the article.

What fetches them is the crawl itself, so that guard, robots.txt and pauses count for them as for pages. The address is
what the page states; its host may be another one, as of a CDN.
"""

from collections.abc import Awaitable, Callable

from scrapy import Request
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from pipelines.run.extension import CAPTURED_AT_KEY, DISCOVERED_FROM_KEY, LEAD_IMAGE_KEY, is_image
from pipelines.visit import Visit
from spiders.download_errors import EXPECTED, reason

MAX_LEAD_IMAGE_BYTES = 5 << 20
"""Those of news pages have under 1 MB; a photographer's original is not what readers see."""


class LeadImages:
    """Has lead images archived beside the pages of their articles, and counts those that were not kept.

    `is_replay` tells that captures answer in place of the web: of those of an image the one nearest to its page counts.
    """

    def __init__(self, download: Callable[[Request], Awaitable[Response]], *, is_replay: bool) -> None:
        self._download = download
        self._is_replay = is_replay
        self._wanted = 0
        self._missing: list[str] = []

    async def keep(self, visit: Visit, address: str) -> None:
        """Fetch the image at `address`, which the page of a visit states. Its absence costs nothing else."""
        self._wanted += 1
        meta = {
            LEAD_IMAGE_KEY: True,
            DISCOVERED_FROM_KEY: visit.url,
            "any_host": True,
            "download_maxsize": MAX_LEAD_IMAGE_BYTES,
            "dont_retry": True,
        }
        if self._is_replay:
            meta[CAPTURED_AT_KEY] = visit.pages[0].capture.fetched_at
        try:
            request = Request(address, callback=NO_CALLBACK, headers={"Accept": "image/*"}, meta=meta, dont_filter=True)
            response = await self._download(request)
        except (*EXPECTED, ValueError) as error:
            self._missing.append(f"{address}: {reason(error)}")
            return
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        if response.status != 200:
            self._missing.append(f"{address}: HTTP {response.status}")
        elif not is_image(kind):
            self._missing.append(f"{address} is not an image ({kind or 'without a type'})")

    @property
    def trouble(self) -> str | None:
        """How many were not kept, in a sentence; None where all were."""
        if not self._missing:
            return None
        return f"{len(self._missing)} of {self._wanted} lead images were not kept, such as {self._missing[0]}"
