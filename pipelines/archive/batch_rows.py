"""What one batch adds to the corpus, as rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipelines.archive.schema import Row


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether the page of an archived article is there, as a look found: `gone_at` is when it was first found gone, and
    `gone_status` the HTTP status that said so; both None where it is there again. `month` is the article's partition.
    """

    article_id: str
    site: str
    month: str
    gone_at: datetime | None
    gone_status: int | None


@dataclass(frozen=True, slots=True)
class BatchRows:
    """What one batch adds to the corpus.

    `months` are months in which earlier versions of the articles may stand, beside the articles' own.
    `revisits` are the URLs of an article's pages, by article_id, that were captured as `revisit` records: their bytes
    lie where the current version points. `former_duplicates` are article_ids of articles that stood in `duplicates`
    until their text changed, `former_sites` the sites of those of which the batch has no row. `presences` are of
    articles of which `articles` has no new version.
    """

    articles: Sequence[Row] = ()
    duplicates: Sequence[Row] = ()
    rejected: Sequence[Row] = ()
    runs: Sequence[Row] = ()
    visits: Sequence[Row] = ()
    announced: Sequence[Row] = ()
    months: frozenset[str] = frozenset()
    revisits: Mapping[str, Sequence[str]] = field(default_factory=dict)
    former_duplicates: frozenset[str] = frozenset()
    former_sites: frozenset[str] = frozenset()
    presences: Sequence[Presence] = ()
