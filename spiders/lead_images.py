"""Lead images of articles, of sites that are to be kept with them: fetched by the crawl that takes the article, and
where nothing came by those that look at it again.

What fetches them is the crawl itself, so that guard, robots.txt and pauses count for them as for pages. The address is
what the page states; its host may be another one, as of a CDN.
"""

from collections.abc import Awaitable, Callable

from scrapy import Request
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from pipelines.run.extension import CAPTURED_AT_KEY, DISCOVERED_FROM_KEY, LEAD_IMAGE_KEY, is_image
from pipelines.visit import Outcome, Visit
from spiders.download_errors import EXPECTED, outcome_of, reason

MAX_LEAD_IMAGE_BYTES = 5 << 20
"""Those of news pages have under 1 MB; a photographer's original is not what readers see."""

MAX_LEAD_IMAGE_TRIES = 3
"""Of one image, each at another look at its article: what a CDN does not have after some days it will not get."""

LASTING_OUTCOMES = (Outcome.OFF_SITE, Outcome.TOO_LARGE)
"""Of a fetch that failed: another one would end as this did."""

LASTING_STATUSES = (401, 403, 410, 451)
"""HTTP statuses by which an image is refused for good."""


class LeadImages:
    """Has lead images archived beside the pages of their articles, and counts those that were not kept.

    `is_replay` tells that captures answer in place of the web: of those of an image the one nearest to its page counts.
    """

    def __init__(self, download: Callable[[Request], Awaitable[Response]], *, is_replay: bool) -> None:
        self._download = download
        self._is_replay = is_replay
        self._wanted = 0
        self._missing: list[str] = []

    async def keep(self, visit: Visit, address: str) -> bool:
        """Fetch the image at `address`, which the page of a visit states. Its absence costs nothing else.

        Returns whether it may yet come: nothing did, for a reason that may pass.
        """
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
            return not self._is_replay and outcome_of(error) not in LASTING_OUTCOMES
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        if response.status != 200:
            self._missing.append(f"{address}: HTTP {response.status}")
            return not self._is_replay and response.status not in LASTING_STATUSES
        if not is_image(kind):
            self._missing.append(f"{address} is not an image ({kind or 'without a type'})")
        return False

    @property
    def trouble(self) -> str | None:
        """How many were not kept, in a sentence; None where all were."""
        if not self._missing:
            return None
        return f"{len(self._missing)} of {self._wanted} lead images were not kept, such as {self._missing[0]}"
