"""A visit: one URL that a run looks at, from its announcement to its outcome. The item that Scrapy carries."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pipelines.article import Article, Hints, Rejection
from pipelines.printable import fit_to_show
from settings.clock import utc_now


class Outcome(StrEnum):
    """How a visit ended; each visit has exactly one."""

    ARCHIVED = "archived"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    ROBOTS = "robots"
    RIGHTS = "rights"
    GONE = "gone"
    HTTP_ERROR = "http_error"
    TOO_LARGE = "too_large"
    TIMEOUT = "timeout"
    OFF_SITE = "off_site"
    FAILED = "failed"


TEXT_OUTCOMES = (Outcome.ARCHIVED, Outcome.REVISED, Outcome.DUPLICATE)
"""Outcomes of visits that brought a text."""

GOOD_OUTCOMES = (*TEXT_OUTCOMES, Outcome.UNCHANGED)
"""Outcomes of visits to pages that are articles. Every other one is a problem that a report names."""

LOOKS_AGAIN = (Outcome.REVISED, Outcome.UNCHANGED, Outcome.GONE)
"""Outcomes of visits to what was known before, that say whether it is still there."""

GONE_STATUSES = (404, 410)
"""HTTP statuses by which a site says that there is nothing at an address."""

VIA_REVISIT = "revisit"
VIA_REQUEST = "request"
VIA_WARC = "warc"
"""What `Announcement.via` says where no source announced a URL: it was due for another look, an operator asked for it,
or a WARC file holds it."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A source's word that an article exists.

    `url` is canonical; `via` is the kind of source, such as 'feed', or a VIA_ constant; `source` is the URL of the
    feed, sitemap or page that named it. Times are aware; None where the source is silent.
    """

    url: str
    via: str
    source: str | None = None
    headline: str | None = None
    date_published: datetime | None = None
    date_modified: datetime | None = None
    keywords: tuple[str, ...] = ()
    stated: str | None = None
    """The address that the source states, where it is more than `url`: with parameters that may or may not count."""

    former: str | None = None
    """The URL that version 1.0 would have had for it, where it is another: articles are archived under such."""

    @property
    def key(self) -> str:
        """What tells announced articles apart."""
        return self.stated or self.url

    def hints(self, fetched_at: datetime | None = None) -> Hints:
        return Hints(self.headline, self.date_published, self.date_modified, self.keywords, fetched_at)


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """Where the bytes of a response lie: bucket key of the WARC file, offset and length of the gzip member in bytes."""

    filename: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Capture:
    """A response as the archive keeps it.

    `payload_digest` is the WARC payload digest ('sha1:' and base32 of the body as received). `unchanged` is true where
    the payload equals the last capture of this URL, or the server answered 304: the record is then a `revisit`.
    """

    url: str
    status: int
    fetched_at: datetime
    record: WarcRecord | None
    payload_digest: str | None
    unchanged: bool = False
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """One fetched page of an article: its capture, its decoded body and the charset that its HTTP header states."""

    url: str
    html: bytes
    charset: str | None
    capture: Capture


@dataclass(frozen=True, slots=True)
class MissingImage:
    """The lead image of an article that did not come when it was asked for, `tries` times so far, and still may."""

    address: str
    tries: int


@dataclass(slots=True)
class Visit:
    """One URL under way: the spider fills the first part, the pipeline's stages the second, each its own field."""

    site: str
    url: str
    announcement: Announcement
    is_first: bool = False
    """Whether the index did not know the URL before this run."""

    began_at: datetime = field(default_factory=utc_now)
    """UTC."""

    was_refused: bool = False
    """Whether an earlier look at the URL ended with a page that is not an article."""

    pages: list[FetchedPage] = field(default_factory=list)
    cut_off: Capture | None = None
    """What had come of the first page where a limit of ours cut it off: it is no page, and is not read."""

    pages_missing: int = 0
    rights: tuple[str, ...] = ()
    refused_rights: tuple[str, ...] = ()

    missing_image: MissingImage | None = None
    cleaned: Article | Rejection | None = None
    outcome: Outcome | None = None
    detail: str = ""
    duplicate_of: str | None = None
    similarity: float | None = None

    def end(self, outcome: Outcome, detail: str = "") -> "Visit":
        """Set the outcome, once.

        Raises ValueError when the visit has ended already.
        """
        if self.outcome is not None:
            raise ValueError(f"{self.url} ended as {self.outcome} already, not {outcome}")
        self.outcome, self.detail = outcome, fit_to_show(detail)
        return self

    @property
    def first_capture(self) -> Capture | None:
        """The capture that the visit's outcome follows from, None where nothing came."""
        return self.pages[0].capture if self.pages else self.cut_off

    @property
    def is_page_gone(self) -> bool:
        """Whether the server said of the page that it is not there (RFC 9110: 404), or no more (410)."""
        return bool(self.pages) and self.pages[0].capture.status in GONE_STATUSES

    def end_as_gone(self, *, is_news: bool) -> None:
        """End the visit to an archived article whose page is gone: as gone where that `is_news`, else as unchanged."""
        words = "" if is_news else "still "
        self.outcome = Outcome.GONE if is_news else Outcome.UNCHANGED
        self.detail = f"{words}gone: HTTP {self.pages[0].capture.status}; its text stays in the corpus"

    def fail(self, detail: str) -> None:
        """End the visit as failed whatever it has come to: something broke before it was recorded."""
        self.outcome, self.detail = Outcome.FAILED, fit_to_show(detail)
