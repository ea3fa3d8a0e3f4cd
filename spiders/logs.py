"""What Scrapy says of a visit in the log: little, since the spider itself says how each one ended."""

import logging
from typing import Any

from scrapy import Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure

NOISY_LOGGERS = ("scrapy.addons", "scrapy.crawler", "scrapy.middleware")
"""Loggers that open each run with pages of settings, or say again what the outcome says."""


def silence_noisy_loggers() -> None:
    """Let only errors of the noisy loggers through."""
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)


class VisitLogFormatter(LogFormatter):
    """Scrapy's messages, without the items: a visit holds whole pages."""

    def scraped(self, *_: Any) -> LogFormatterResult:
        return None  # type: ignore[return-value]  # Scrapy's way to say nothing; its annotation forgets it

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        result = super().item_error(item, exception, response, spider)
        return {**result, "args": {"item": item.url}}
