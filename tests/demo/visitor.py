"""A visitor of the demo web."""

import gzip
import http.client
import json
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from lxml import html

from demo.server import DemoWeb

SITES = ("majalahsirkuit", "kilasperanti", "nusakata")
CONTENT = {"majalahsirkuit": "td-post-content", "kilasperanti": "itp_bodycontent", "nusakata": "read__content"}
WHOLE = {"majalahsirkuit": "", "kilasperanti": "?single=1", "nusakata": "?page=all"}
"""What asks each site for an article of several pages in one."""


@dataclass(frozen=True)
class Answer:
    """What came back: `text` is the decoded body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        unpacked = gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body
        return unpacked.decode()


@dataclass(frozen=True)
class Visitor:
    """Asks a demo web without depending on how this machine resolves names, and follows no redirect."""

    web: DemoWeb
    headers: dict[str, str] = field(default_factory=lambda: {"User-Agent": "tester/1"})

    def get(self, url: str, *, method: str = "GET", **headers: str) -> Answer:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection("127.0.0.1", self.web.port, timeout=120)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, path, headers={**self.headers, "Host": parts.netloc, **named})
            response = connection.getresponse()
            answer_headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, answer_headers, response.read())
        finally:
            connection.close()

    def page(self, site: str, path: str) -> Answer:
        return self.get(self.web.url_of(site, path))

    def truth(self) -> dict[str, Any]:
        return json.loads(self.get(f"{self.web.control}/truth.json").text)["sites"]

    def articles(self, site: str) -> dict[str, dict[str, Any]]:
        """The articles that the site's truth names, by slug."""
        return {article["slug"]: article for article in self.truth()[site]["articles"]}

    def log(self) -> dict[str, Any]:
        return json.loads(self.get(f"{self.web.control}/log.json").text)

    def move(self, edition: int) -> Answer:
        return self.get(f"{self.web.control}/edition/{edition}", method="POST")

    def all_at_once(self, urls: list[str]) -> None:
        threads = [threading.Thread(target=self.get, args=(url,)) for url in urls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def found(document: Any, xpath: str) -> list[Any]:
    """The elements or strings that an XPath expression finds."""
    elements: list[Any] = document.xpath(xpath)
    return elements


def lines_of(answer: Answer, site: str) -> list[str]:
    """The text of each block in the page's content box."""
    box = found(html.fromstring(answer.text), f"//*[contains(concat(' ', @class, ' '), ' {CONTENT[site]} ')]")[-1]
    return [" ".join(block.text_content().split()) for block in box.iter("p", "h2", "li", "blockquote")]


def shown(visitor: Visitor, article: dict[str, Any], site: str) -> Answer:
    """The page that holds the whole article."""
    return visitor.get(article["url"] + WHOLE[site])
