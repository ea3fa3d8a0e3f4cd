"""An answer of the web as a crawl's own process sees it: bytes and headers, before anything is made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipelines.article import Page
from pipelines.content_encoding import charset_of
from pipelines.rights import stated_rights
from pipelines.visit import Capture


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server, or a WARC file in its place, answered to a GET.

    `url` is the address that answered, `asked` the one that was asked for, before redirects. Names in `headers` are
    lower case, each with its values in the order in which they came. `body` is content-decoded. `is_text` says whether
    it can be read as text, by its type, address and first bytes. `capture` is what the archive keeps of it, None where
    nothing is kept; `captured_at` is when it was captured, where a WARC file answered. `is_mining_reserved` says
    whether the site's tdmrep.json reserves its address.
    """

    url: str
    asked: str
    status: int
    headers: Mapping[str, Sequence[str]]
    body: bytes
    is_text: bool
    capture: Capture | None = None
    captured_at: datetime | None = None
    is_mining_reserved: bool = False

    def header(self, name: str) -> str | None:
        """The header `name` (lower case), its last value where it was sent several times; None where it was not."""
        values = self.headers.get(name)
        return values[-1] if values else None

    @property
    def content_type(self) -> str:
        """The Content-Type header, empty where there is none."""
        return self.header("content-type") or ""

    @property
    def charset(self) -> str | None:
        """The charset that the Content-Type header states."""
        return charset_of(self.content_type)

    @property
    def text(self) -> str:
        """The body as a browser would decode it, empty where it is not text. Decoded anew at each call."""
        from pipelines.cleaning.decoding import as_utf8  # loads a detector, for whoever reads pages

        return as_utf8(self.body, self.charset).decode() if self.is_text else ""

    @property
    def to_be_read(self) -> "Answer":
        """The answer as it goes to whoever reads it: without what the archive keeps of it."""
        return replace(self, capture=None)

    @property
    def rights(self) -> tuple[str, ...]:
        """The reservations that the answer states; see `pipelines.rights`."""
        return stated_rights(self.headers, self.body, is_mining_reserved=self.is_mining_reserved)

    def page(self) -> Page:
        """The answer as cleaning takes it."""
        return Page(self.url, self.body, self.charset)
