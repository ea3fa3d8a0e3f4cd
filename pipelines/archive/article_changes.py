"""Changes of what the tables have of articles, by others than a crawl: each may be repeated after a crash."""

from collections.abc import Sequence

from deltalake import CommitProperties, Transaction

from pipelines.archive.batch_commit import merge_links, none_is_new
from pipelines.archive.batch_rows import BatchRows
from pipelines.archive.conditions import in_partitions, sql
from pipelines.archive.schema import ARTICLES, DUPLICATES, REJECTED, REVISIONS, Row
from pipelines.archive.tables import Corpus


def replace_by_reextraction(corpus: Corpus, earlier: Sequence[Row], later: Sequence[Row]) -> None:
    """Replace versions of one site's articles by others that were made of the same pages.

    May be repeated after a crash at any point: `earlier` rows are added to `revisions` unless they are there, then
    `later` ones take their places in `articles`, except where a crawl has put a newer text there since they were
    read. A row that has none of its own among `earlier` is brought up to date in its place and month.

    The rows were read of one month. Each month has a sequence of transactions of its own, so that one does not take
    another's commit, made on another machine at the same time, for its own.
    """
    month = min(row["published_month"] for row in earlier or later)
    transaction = corpus.next_transaction(f"reextract:{later[0]['site']}:{month}", ARTICLES, REVISIONS)
    if earlier:
        corpus.once(REVISIONS, transaction, lambda properties: _merge_revisions(corpus, earlier, properties))
    corpus.once(ARTICLES, transaction, lambda properties: _merge_reextracted(corpus, earlier, later, properties))


def _merge_revisions(corpus: Corpus, earlier: Sequence[Row], properties: CommitProperties) -> None:
    rows = [row | {"replaced_by": "reextraction"} for row in earlier]
    (
        corpus.merge(
            REVISIONS,
            rows,
            f"{in_partitions(rows)} AND t.article_id = s.article_id AND t.revision = s.revision "
            "AND t.reextracted_at IS NOT DISTINCT FROM s.reextracted_at",
            properties,
        )
        .when_not_matched_insert_all()
        .execute()
    )


def _merge_reextracted(
    corpus: Corpus, earlier: Sequence[Row], later: Sequence[Row], properties: CommitProperties
) -> None:
    (
        corpus.merge(
            ARTICLES,
            later,
            f"{in_partitions((*earlier, *later))} AND t.article_id = s.article_id "
            "AND t.revision = s.revision AND t.fetched_at = s.fetched_at",
            properties,
        )
        .when_matched_update_all()
        .execute()
    )


def take_out(corpus: Corpus, row: Row, rejected: Row) -> None:
    """Take a version of an article out of `articles`, with its link to another; `rejected` is what that table is to
    say of it.

    May be repeated after a crash at any point. A newer version that a crawl has brought since stays.
    """
    transaction = corpus.next_transaction(f"verdict:{row['site']}", ARTICLES, REJECTED, DUPLICATES)
    if not corpus.known(REJECTED, [rejected], "url", "fetched_at", "run"):
        corpus.append(REJECTED, [rejected], transaction)
    _remove_version(corpus, row, transaction)
    link = f"site = {sql(row['site'])} AND article_id = {sql(row['article_id'])} AND is_article"
    if corpus.select(DUPLICATES, link, ("article_id",)):
        corpus.once(
            DUPLICATES,
            transaction,
            lambda properties: corpus.delete(DUPLICATES, link, properties),
        )


def add_article(corpus: Corpus, row: Row) -> None:
    """Add an article, unless `articles` has it."""
    corpus.once(
        ARTICLES,
        corpus.next_transaction(f"original:{row['site']}", ARTICLES),
        lambda properties: (
            corpus.merge(ARTICLES, [row], f"{in_partitions([row])} AND t.article_id = s.article_id", properties)
            .when_not_matched_insert_all()
            .execute()
        ),
    )


def remove_article(corpus: Corpus, row: Row) -> None:
    """Take a version of an article out of `articles`. A newer one stays."""
    _remove_version(corpus, row, corpus.next_transaction(f"original:{row['site']}", ARTICLES))


def _remove_version(corpus: Corpus, row: Row, transaction: Transaction) -> None:
    where = (
        f"site = {sql(row['site'])} AND published_month = {sql(row['published_month'])} "
        f"AND article_id = {sql(row['article_id'])} AND revision = {row['revision']}"
    )
    corpus.once(
        ARTICLES,
        transaction,
        lambda properties: corpus.delete(ARTICLES, where, properties),
    )


def change_links(corpus: Corpus, links: Sequence[Row], former_copy: Row | None = None) -> None:
    """Put links in the places of those that the same articles have, and take out that of a copy which is an article
    now; all in one commit.
    """
    rows = BatchRows(
        duplicates=links,
        former_duplicates=frozenset([former_copy["article_id"]] if former_copy else []),
        former_sites=frozenset([former_copy["site"]] if former_copy else []),
    )
    transaction = corpus.next_transaction(f"original:{links[0]['site']}", DUPLICATES)
    corpus.once(DUPLICATES, transaction, lambda properties: merge_links(corpus, rows, properties, none_is_new))


def remove_revision(corpus: Corpus, site: str, article_id: str, revision: int) -> None:
    """Remove from `revisions` what a crawl put there of a version that is the current one again."""
    where = f"site = {sql(site)} AND article_id = {sql(article_id)} AND revision = {revision}"
    corpus.once(
        REVISIONS,
        corpus.next_transaction(f"repair:{site}", REVISIONS),
        lambda properties: corpus.delete(REVISIONS, f"{where} AND replaced_by = 'revision'", properties),
    )
