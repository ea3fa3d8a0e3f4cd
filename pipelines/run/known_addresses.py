"""What the index knows of the addresses of one page: its capture, its cleaning and its judgement ask for the same."""

from collections.abc import Collection, Iterable

from pipelines.index.database import Index
from pipelines.index.records import UrlRecord


class KnownAddresses:
    """The index's records by URL, each read once until `forget` is called, at the end of a page."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._read: dict[str, UrlRecord | None] = {}
        self._latest = ""

    def seen(self, urls: Iterable[str]) -> dict[str, UrlRecord]:
        """As `Index.seen`.

        Raises IndexUnavailable.
        """
        asked = list(dict.fromkeys(urls))
        if unread := [url for url in asked if url not in self._read]:
            found = self._index.seen(unread)
            self._read.update((url, found.get(url)) for url in unread)
        return {url: record for url in asked if (record := self._read[url])}

    def one(self, url: str) -> UrlRecord | None:
        """What is known of one URL; raises as `seen` does."""
        return self.seen([url]).get(url)

    def captured(self, url: str) -> UrlRecord | None:
        """What is known of the URL of a response as it arrives; raises as `seen` does."""
        self._latest = url
        return self.one(url)

    def forget(self, ended: Collection[str]) -> None:
        """Have everything be read anew once the page with the addresses `ended` is through, but for the latest response
        of another one: the next page arrives before the last one ends.
        """
        latest = {self._latest} & self._read.keys() - set(ended)
        self._read = {url: self._read[url] for url in latest}
