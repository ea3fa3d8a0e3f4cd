"""The index's records, and its two rules that need no database: when a URL is due, and what several looks add up to."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pipelines.index.comparison import Kind
from pipelines.index.fingerprints import article_id, text_sha256, wording
from pipelines.visit import MissingImage


class Status(StrEnum):
    """What is known of a URL, from least to most. An alias is another address of an article: the one by which a source
    announces it, or its one-page form.
    """

    FAILED = "failed"
    ALIAS = "alias"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    ARCHIVED = "archived"


LOOKED_AT_AGAIN = (Status.REJECTED, Status.DUPLICATE, Status.ARCHIVED)
"""What is looked at again by the ages of re-visits; failed URLs have ages of their own, and an alias has none."""

_RANK_BY_STATUS = {status: rank for rank, status in enumerate(Status)}


@dataclass(frozen=True, slots=True)
class UrlRecord:
    """What the index knows of one URL.

    `url` is canonical. `article_id` is its id, or that of the address under which the article was first archived, where
    it has moved since. `first_fetched_at` is the first fetch that gave a page, or for a failed
    URL the first failure; `last_fetched_at` the latest look, whatever it gave. `etag`, `last_modified`,
    `payload_digest` ('sha1:' and base32) and `payload_warc_date` belong to the last response kept in full: conditional
    requests and revisit records are made of them. `published_month` is 'yyyy-mm', `text_sha256` hex: of what the index
    has kept, the beginning (see `is_text`). `headline_key` stands for the headline, which itself is None, as what
    belongs to the last response is, once the URL is past its ages (see `Index.expire`). `gone_at` is when the page of
    an archived article was first found to be gone, None where it is there. `date_precision` is the article's, `quality`
    as `in_words` has it; both None where version 1.0 archived it and no later look did. `verdict` is an operator's on
    the text of `text_sha256`, None where there is none. `missing_image` is to be asked for at the next look.
    """

    url: str
    article_id: str
    site: str
    status: Status
    first_fetched_at: datetime
    last_fetched_at: datetime
    published_month: str | None = None
    text_sha256: str | None = None
    headline: str | None = None
    revision: int = 0
    etag: str | None = None
    last_modified: str | None = None
    payload_digest: str | None = None
    payload_warc_date: datetime | None = None
    gone_at: datetime | None = None
    date_precision: str | None = None
    quality: str | None = None
    verdict: str | None = None
    headline_key: str | None = None
    missing_image: MissingImage | None = None


def in_words(quality: str, reasons: Sequence[str]) -> str:
    """An article's quality with its reasons: 'sure', 'doubtful: short, no_date'."""
    return f"{quality}: {', '.join(reasons)}" if reasons else quality


@dataclass(frozen=True, slots=True)
class SourceState:
    """What a feed, sitemap or section page was like when it was last read, for the next conditional request.

    `fetched_at` is the last request, `full_fetch_at` the last one that returned a body.
    """

    url: str
    etag: str | None
    last_modified: str | None
    fetched_at: datetime
    full_fetch_at: datetime


@dataclass(frozen=True, slots=True)
class DocumentCapture:
    """The capture in the bucket that has the last form of what is no article, such as a feed or robots.txt.

    `payload_digest` is the WARC's ('sha1:' and base32), `payload_warc_date` the capture's WARC-Date, UTC.
    """

    url: str
    payload_digest: str
    payload_warc_date: datetime


ANNOUNCED_KEY_BYTES = 8
"""Of a URL's key: two of a source's 5,000 are alike once in 10^12 sources."""

MAX_ANNOUNCED_URLS = 5_000
"""URLs that are remembered of one source, 8 bytes each: some weeks of a large portal's. One that announces more at once
has all of these remembered."""


def announced_key(url: str) -> bytes:
    """What a URL that a source announces is remembered by."""
    return hashlib.blake2b(url.encode(), digest_size=ANNOUNCED_KEY_BYTES).digest()


@dataclass(frozen=True, slots=True)
class TableVersion:
    """The newest version of a table in the bucket that the index has heard of: its number, and the SHA-256 (hex) of
    that version's entry in the table's log.
    """

    table: str
    version: int
    entry_sha256: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """A batch that was delivered: the `number` that it has in its `sequence` of batches. `whole_versions` are those of
    tables up to which the index, with this batch, has heard of all that they hold.
    """

    sequence: str
    number: int
    whole_versions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextFingerprint:
    """A text that may or may not be new to the corpus; `published_at` is aware, `wording` None for a short text."""

    article_id: str
    url: str
    site: str
    run: str
    text_sha256: str
    wording: bytes | None
    published_at: datetime

    @classmethod
    def from_body(
        cls, url: str, *, site: str, run: str, body: str, published_at: datetime, identity: str | None = None
    ) -> Self:
        """The fingerprint of the text that the article at the canonical `url` has with `body`; `identity` is the id of
        an article that has moved there.
        """
        return cls(identity or article_id(url), url, site, run, text_sha256(body), wording(body), published_at)


@dataclass(frozen=True, slots=True)
class Match:
    """The article whose text a candidate repeats, and how (see `Likeness`); `similarity` and `containment` are 1.0 for
    an exact copy.

    `adds` says that the candidate has something which that article has not: it is an article of the corpus too, and
    the match a link between the two.
    """

    article_id: str
    url: str
    kind: Kind
    similarity: float
    containment: float
    adds: bool
    site: str | None = None
    """Of that article; None in what earlier versions left."""


@dataclass(frozen=True, slots=True)
class IndexUpdate:
    """What a delivered batch says of one URL; `original` is the text that it added to the corpus, if it added one."""

    seen: UrlRecord
    original: TextFingerprint | None = None


@dataclass(frozen=True, slots=True)
class Expired:
    """How much the index has forgotten: the wordings of that many `texts`, and what was needed to look again at that
    many `urls`.
    """

    texts: int
    urls: int


@dataclass(frozen=True, slots=True)
class RevisitSchedule:
    """When a URL is looked at again without being asked for: ages, counted from `first_fetched_at`.

    `retry` is for failed URLs, `revisit` for all others but aliases, whose articles are looked at. Those of an article
    that is gone are counted anew from when it was found to be: it may have been an error of the server. After the last
    age a URL is left alone.
    """

    revisit: tuple[timedelta, ...]
    retry: tuple[timedelta, ...]

    def ages_for(self, status: Status) -> tuple[timedelta, ...]:
        """The ages at which a URL of that status is looked at again."""
        if status in LOOKED_AT_AGAIN:
            return self.revisit
        return self.retry if status is Status.FAILED else ()


MODIFICATION_PRECISION = timedelta(minutes=1)
"""Sources state modifications to the minute, rounded down: one of the minute of the last look may come after it."""


def is_due(
    seen: UrlRecord, now: datetime, schedule: RevisitSchedule, announced_modified: datetime | None = None
) -> bool:
    """Whether a URL is to be looked at again: an age of its schedule lies between the last look and `now`, or the
    modification that a source announces may do so. A modification in the future is a wrong clock: the URL would be due
    for ever.
    """
    starts = [seen.first_fetched_at, *([seen.gone_at] if seen.gone_at else [])]
    ages = schedule.ages_for(seen.status)
    if any(seen.last_fetched_at < start + age <= now for start in starts for age in ages):
        return True
    return (
        announced_modified is not None
        and announced_modified <= now
        and seen.last_fetched_at < announced_modified + MODIFICATION_PRECISION
    )


def merge(old: UrlRecord | None, new: UrlRecord) -> UrlRecord:
    """What is known of a URL after one more look, whatever the order in which looks are told, and however often.

    A look that yields less takes nothing away: an article of the corpus whose page now fails or is refused stays
    archived. The first fetch is the earliest that gave a page; a URL that only failed counts from its first failure.
    """
    if old is None or old == new:
        return new
    kept = new if stands(new, old) else old
    gave_a_page = [s.first_fetched_at for s in (old, new) if s.status is not Status.FAILED]
    first = min(gave_a_page or [old.first_fetched_at, new.first_fetched_at])
    return replace(kept, first_fetched_at=first, last_fetched_at=max(old.last_fetched_at, new.last_fetched_at))


def stands(new: UrlRecord, old: UrlRecord) -> bool:
    """Whether what a look says of a URL stands beside what is known of it: it is the later one and yields no less, or
    it yields more than one that was later.
    """
    more = _RANK_BY_STATUS[new.status] - _RANK_BY_STATUS[old.status]
    return more >= 0 if old.last_fetched_at <= new.last_fetched_at else more > 0


@dataclass(frozen=True, slots=True)
class RunMetrics:
    """What a run brought, for judging a site by its last runs: a single run is too small a sample.

    `archived` counts new articles, `texts` all texts (new, revised, copies), `filled` in how many of them each watched
    field has a value, `rejections` the pages rejected, by reason, each when it first was, `agreements` how far a second
    extractor agreed with each text that it was asked about (0 to 1), `looks_again` the looks at known articles, `gone`
    how many of these were found to be gone, `doubtful` the texts that are, and `doubts` how many of them for each
    reason. `finished_at` is UTC.
    """

    site: str
    run: str
    finished_at: datetime
    archived: int
    texts: int
    filled: Mapping[str, int]
    rejections: Mapping[str, int]
    agreements: Sequence[float] = ()
    looks_again: int = 0
    gone: int = 0
    doubtful: int = 0
    doubts: Mapping[str, int] = field(default_factory=dict)
