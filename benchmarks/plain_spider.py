"""Scrapy as it comes, with our manners and nothing else: what a crawl costs before anything is done with its pages."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import scrapy
from scrapy.http import Response

from spiders.fetch import LOOPBACK_DELAY_SECONDS


class PlainSpider(scrapy.Spider):
    """Fetches the URLs that the JSON file `urls` lists, one after the other, and yields each page's length."""

    name = "plain"
    custom_settings = {  # noqa: RUF012 - Scrapy's way to state settings
        "CONCURRENT_REQUESTS": 1,
        "DOWNLOAD_DELAY": LOOPBACK_DELAY_SECONDS,
        "RANDOMIZE_DOWNLOAD_DELAY": False,
        "LOG_LEVEL": "WARNING",
    }

    def __init__(self, urls: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.urls: list[str] = json.loads(Path(urls).read_text(encoding="utf-8"))

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for url in self.urls:
            parts = urlsplit(url)
            there = urlunsplit(("http", f"127.0.0.1:{parts.port}", parts.path, parts.query, ""))
            yield scrapy.Request(there, headers={"Host": parts.netloc}, dont_filter=True)

    def parse(self, response: Response) -> Any:
        yield {"length": len(response.body)}
