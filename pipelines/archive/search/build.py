"""Keeps the published index in step with the table `articles`.

What has changed since the last time, two versions of the table tell: the months whose data files differ. Of these the
digests of their rows name the pieces that are to be made anew, and no text of the others is read. Articles that came,
changed or went are the same to it.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.bucket import StorageDamaged
from pipelines.archive.conditions import sql, sql_list
from pipelines.archive.schema import ARTICLES
from pipelines.archive.search.publication import Publication, published_index, tidy
from pipelines.archive.search.spans import KEY_COLUMNS, RowsDigest, is_quiet, month_of_span, span_of
from pipelines.archive.tables import Corpus, pass_by
from reader.kliping_reader.fulltext.published import Piece, PublishedIndex, list_keys

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did: `made` pieces anew, with `made_articles` in them; and the `index` that is published now."""

    index: PublishedIndex
    made: int
    made_articles: int

    @property
    def summary(self) -> str:
        """In one sentence."""
        has = f"{self.index.articles:,} articles in {len(self.index.pieces):,} pieces, {self.index.size / 1e6:,.1f} MB"
        if not self.made:
            return f"the search index is up to date: {has}"
        return f"the search index has {has}; {self.made:,} pieces of {self.made_articles:,} articles were made"


def build(corpus: Corpus, now: datetime, *, progress: Progress = pass_by, checkpoint: Progress = pass_by) -> Built:
    """Bring the index up to date at an aware time, or make it where there is none that this version can add to. May be
    broken off anywhere: what is published stays whole. `checkpoint` is told each step that changes the bucket.

    Raises TableNotFoundError where nothing was ever archived, OvertakenBuild, StorageUnavailable, OSError.
    """
    return _Build(corpus, now, progress, checkpoint).run()


def withdraw(
    corpus: Corpus, article_ids: Collection[str], now: datetime, *, progress: Progress = pass_by
) -> Built | None:
    """Take articles out of the published index, whether the table still has them or not; None where there is no index.

    The pieces that had them are made anew from the table, without them, and those that had them are removed: no byte
    that was made of their texts is left below `search/`. The next build takes in what the table has then, so that they
    have to be out of it for good.

    Raises as `build`.
    """
    if not list_keys(corpus.bucket):
        return None
    return _Build(corpus, now, progress, pass_by, without=frozenset(article_ids)).run()


class _Build:
    """One build at one moment, of all articles but those `without`."""

    def __init__(
        self,
        corpus: Corpus,
        now: datetime,
        progress: Progress,
        checkpoint: Progress,
        without: frozenset[str] = frozenset(),
    ) -> None:
        self._corpus = corpus
        self._now = now
        self._progress = progress
        self._checkpoint = checkpoint
        self._without = without
        corpus.open(ARTICLES)
        self._version = corpus.version(ARTICLES)
        before = published_index(corpus.bucket)
        self._before = before if before and before.is_current else None
        self._pieces = {piece.name: piece for piece in self._before.pieces} if self._before else {}

    def run(self) -> Built:
        stale = self._stale_months()
        wanted = {span: digest for month in sorted(stale) for span, digest in self._spans(month).items()}
        kept = {
            name: piece
            for name, piece in self._pieces.items()
            if month_of_span(name) not in stale or wanted.get(name) == piece.rows
        }
        missing = [span for span in wanted if span not in kept]
        is_same = not missing and kept.keys() == self._pieces.keys()
        if self._before and is_same and self._before.articles_version == self._version:
            tidy(self._corpus.bucket, self._before)  # what a build that was killed has left
            return Built(self._before, 0, 0)
        made: dict[str, Piece] = {}
        with Publication(self._corpus, self._rows_left_out(), self._checkpoint) as publication:
            for number, span in enumerate(missing, 1):
                self._progress(f"indexing the articles of {span}, piece {number:,} of {len(missing):,}")
                if piece := publication.make(span):
                    made[span] = piece
            pieces = [piece for _, piece in sorted((kept | made).items())]
            index = publication.publish(pieces, self._now, self._version)
        return Built(index, len(made), sum(piece.articles for piece in made.values()))

    def _rows_left_out(self) -> str | None:
        return f"t.article_id NOT IN ({sql_list(self._without)})" if self._without else None

    def _stale_months(self) -> set[str]:
        """The months whose pieces may have to be made anew."""
        stored = {file["partition.published_month"] for file in self._files().values()}
        everything = stored | set(map(month_of_span, self._pieces))
        if self._before is None or self._without or self._before.articles_version > self._version:
            return everything
        parted_otherwise = {
            month for name in self._pieces if ((month := month_of_span(name)) == name) != is_quiet(month, self._now)
        }
        if self._before.articles_version == self._version:
            return parted_otherwise
        try:
            before = self._files(self._before.articles_version)
        except (StorageDamaged, TableNotFoundError):  # the version has expired
            return everything
        after = self._files()
        changed = [before.get(path) or after[path] for path in before.keys() ^ after.keys()]
        return parted_otherwise | {file["partition.published_month"] for file in changed}

    def _files(self, version: int | None = None) -> Mapping[str, Mapping[str, str]]:
        """The data files of the table by path."""
        files = self._corpus.data_files(ARTICLES, ["path", "partition.published_month"], version)
        return {file["path"]: file for file in files}

    def _spans(self, month: str) -> dict[str, str]:
        """The spans that a month's articles come to, and the digest of each one's."""
        digests: dict[str, RowsDigest] = defaultdict(RowsDigest)
        with self._corpus.reading(ARTICLES, f"t.published_month = {sql(month)}", KEY_COLUMNS) as found:
            for batch in found:
                for row in batch.to_pylist():
                    if row["article_id"] not in self._without:
                        digests[span_of(row, self._now)].add(row)
        return {span: digest.hexdigest() for span, digest in sorted(digests.items())}
