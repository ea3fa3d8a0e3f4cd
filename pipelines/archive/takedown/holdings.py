"""What the tables hold of what is to be taken down: articles, their copies, and every address of theirs."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.conditions import sql, sql_list
from pipelines.archive.schema import ANNOUNCED, ARTICLES, DUPLICATES, REJECTED, REVISIONS, VISITS, Row, Table
from pipelines.archive.tables import Corpus
from pipelines.archive.takedown.order import Target
from pipelines.archive.takedown_scope import Scope
from pipelines.archive.text_windows import windows_of
from pipelines.index.database import Index
from pipelines.index.fingerprints import article_id
from settings.exclusions import is_at_or_below

WITH_TEXTS = (ARTICLES, REVISIONS, DUPLICATES)
"""Tables whose rows have texts."""

WITH_ADDRESSES = (REJECTED, VISITS, ANNOUNCED)
"""Tables whose rows tell of addresses, whatever stands there."""

NAMING_COLUMNS = ("article_id", "site", "url", "captured_url", "headline", "pages", "image")
TEXT_COLUMNS = (*NAMING_COLUMNS, "published_month", "body")
LINK_COLUMNS = (*NAMING_COLUMNS, "duplicate_of_url", "is_article", "kind")

MAX_IDS = 500
"""In one condition."""

MAX_WINDOWS_OF_MANY = 3
MANY_TEXTS = 1_000
"""From which on fewer windows of each are remembered: every crawl reads them."""

MAX_COMPARED_TEXTS = 50
"""Texts for which is looked whether their windows stand in other articles of the same site and month. Of more than that
what they have in common among themselves tells as well."""


@dataclass(frozen=True, slots=True)
class HeldArticle:
    """An article, or a copy of one, as the tables have it; `repeats` is the URL of what it is a copy of."""

    article_id: str
    site: str
    url: str
    headline: str
    repeats: str | None = None


@dataclass(slots=True)
class Holdings:
    """What the tables hold of a target. `urls` are all addresses of it, those of its `images` too that no other article
    states, `texts` the windows of each of its texts. `relatives` are articles of their own that have much of a text;
    they are not among `articles`.
    """

    articles: dict[str, HeldArticle] = field(default_factory=dict)
    urls: set[str] = field(default_factory=set)
    images: set[str] = field(default_factory=set)
    sites: set[str] = field(default_factory=set)
    texts: list[list[bytes]] = field(default_factory=list)
    relatives: list[Row] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return bool(self.articles or self.urls)

    @property
    def lines(self) -> Iterator[str]:
        """What would go, for people to read: each article, and the number of rows in each table."""
        for held in self.articles.values():
            yield f"{held.url}\t{held.headline}" + (f"\ta copy of {held.repeats}" if held.repeats else "")
        counts = ", ".join(f"{count:,} of {name}" for name, count in sorted(self.rows.items()) if count)
        sites = ", ".join(sorted(self.sites)) or "no site"
        yield f"{len(self.articles):,} articles of {sites}; rows: {counts or 'none'}"
        for row in self.relatives:
            yield f"stays, and shares wording ({row['kind']}): {row['url']}"


def holdings_of(corpus: Corpus, index: Index, target: Target) -> Holdings:
    """What the tables hold of a target, with the copies of its articles. The index tells of which sites articles are:
    those that it does not know are looked for in all of the tables.

    Raises StorageUnavailable, IndexUnavailable.
    """
    found = Holdings()
    _add(found, _named(corpus, index, target))
    linked = _rows(corpus, (DUPLICATES,), LINK_COLUMNS, "duplicate_of", found.articles)
    for row in list(linked):
        if row["is_article"]:
            found.relatives.append(row)
        else:
            _add(found, [row])
    bodies: dict[str, Row] = {}
    for table in WITH_TEXTS:
        rows = list(_rows(corpus, (table,), TEXT_COLUMNS, "article_id", found.articles, found.sites))
        _add(found, rows)
        found.rows[table.name] = len(rows)
        bodies.update((row["body"], row) for row in rows if row["body"])
    _add_addresses(corpus, found, target)
    found.urls |= found.images - _images_of_others(corpus, found)
    found.texts = list(_texts(corpus, found, bodies))
    return found


def _add(found: Holdings, rows: Iterable[Row]) -> None:
    for row in rows:
        repeats = row.get("duplicate_of_url")
        held = HeldArticle(row["article_id"], row["site"], row["url"], row["headline"] or "", repeats)
        found.articles.setdefault(held.article_id, held)
        found.sites.add(held.site)
        found.images.update(filter(None, [row["image"]]))
        found.urls.update(
            filter(None, [row["url"], row["captured_url"], *(page["url"] for page in row["pages"] or ())])
        )


def _images_of_others(corpus: Corpus, found: Holdings) -> set[str]:
    """Those of the lead images that articles state which stay, such as a site's own picture."""
    rows = _rows(corpus, (ARTICLES, DUPLICATES), ("article_id", "image"), "image", found.images)
    return {row["image"] for row in rows if row["article_id"] not in found.articles}


def _named(corpus: Corpus, index: Index, target: Target) -> Iterator[Row]:
    """The rows that a target names."""
    if target.scope is Scope.ARTICLE:
        urls = {name for name in target.names if "://" in name}
        ids = {*target.names} - urls
        known = [*index.seen(urls).values(), *index.of_articles(ids).values()]
        sites = {record.site for record in known} if len(known) == len(ids) + len(urls) else ()
        yield from _rows(corpus, WITH_TEXTS, NAMING_COLUMNS, "article_id", ids | set(map(article_id, urls)), sites)
        for column in ("url", "captured_url"):
            yield from _rows(corpus, WITH_TEXTS, NAMING_COLUMNS, column, urls, sites)
        return
    [name] = target.names
    chosen: dict[Scope, tuple[str, Sequence[str], Callable[[Row], bool]]] = {
        Scope.SITE: (f"t.site = {sql(name)}", (), lambda _: True),
        Scope.PREFIX: ("TRUE", (), lambda row: is_at_or_below(name, row["url"])),
        Scope.AUTHOR: (
            f"array_to_string(t.author, '') ILIKE {sql('%' + name + '%')}",
            ("author",),
            lambda row: name.casefold() in map(str.casefold, row["author"] or ()),
        ),
    }
    where, columns, is_named = chosen[target.scope]
    for table in WITH_TEXTS:
        if all(_has(corpus, table, column) for column in columns):
            yield from filter(is_named, _select(corpus, table, where, (*NAMING_COLUMNS, *columns)))


def _add_addresses(corpus: Corpus, found: Holdings, target: Target) -> None:
    """Add what was looked at and announced of a place without becoming an article, and count rows."""
    for table in WITH_ADDRESSES:
        if target.place:
            where = f"t.site = {sql(target.place)}" if target.scope is Scope.SITE else "TRUE"
            for row in _select(corpus, table, where, ("site", "url")):
                if target.scope is Scope.SITE or is_at_or_below(target.place, row["url"]):
                    found.urls.add(row["url"])
                    found.sites.add(row["site"])
        found.rows[table.name] = sum(1 for _ in _rows(corpus, (table,), ("url",), "url", found.urls, found.sites))


def _texts(corpus: Corpus, found: Holdings, bodies: Mapping[str, Row]) -> Iterator[list[bytes]]:
    """The windows of each of the texts, told with their rows, but those that stand in other texts as well: they are the
    site's, or a phrase.
    """
    staying = _originals_that_stay(corpus, found)
    windows = {body: windows_of(body, staying) for body in bodies}
    if len(windows) >= MANY_TEXTS:
        windows = {body: each[:: -(-len(each) // MAX_WINDOWS_OF_MANY) or 1] for body, each in windows.items()}
    if len(bodies) <= MAX_COMPARED_TEXTS:
        for body, row in bodies.items():
            shared = _shared(corpus, found, row, windows[body])
            yield [window for window in windows[body] if window not in shared] or windows[body]
        return
    counts = Counter(window for of_one in windows.values() for window in of_one)
    for of_one in windows.values():
        yield [window for window in of_one if counts[window] == 1] or of_one


def _originals_that_stay(corpus: Corpus, found: Holdings) -> list[str]:
    """The texts of articles of which copies go and which do not go themselves: what they have is not looked for."""
    columns = ("article_id", "duplicate_of", "is_article")
    links = _rows(corpus, (DUPLICATES,), columns, "article_id", found.articles, found.sites)
    ids = {row["duplicate_of"] for row in links if not row["is_article"]} - found.articles.keys()
    return [row["body"] for row in _rows(corpus, (ARTICLES,), ("body",), "article_id", ids)]


def _shared(corpus: Corpus, found: Holdings, row: Row, windows: Sequence[bytes]) -> set[bytes]:
    """The windows that stand in other articles of the same site and month."""
    if not windows:
        return set()
    words = {f"w{number}": window for number, window in enumerate(windows)}
    sums = ", ".join(
        f"max(CASE WHEN strpos(body, {sql(window.decode())}) > 0 THEN 1 ELSE 0 END) AS {name}"
        for name, window in words.items()
    )
    query = (
        f"SELECT {sums} FROM articles WHERE site = {sql(row['site'])} "  # noqa: S608
        f"AND published_month = {sql(row['published_month'])} AND article_id NOT IN ({sql_list(found.articles)})"
    )
    [told] = corpus.query([ARTICLES], query)
    return {window for name, window in words.items() if told[name]}


def _rows(
    corpus: Corpus,
    tables: Iterable[Table],
    columns: Sequence[str],
    column: str,
    values: Iterable[str],
    sites: Collection[str] = (),
) -> Iterator[Row]:
    """The rows of tables, of these sites or of all, that have one of these values in a column."""
    wanted = sorted(values)
    of_sites = f"t.site IN ({sql_list(sites)}) AND " if sites else ""
    for table in tables:
        if not _has(corpus, table, column):
            continue
        for start in range(0, len(wanted), MAX_IDS):
            among = sql_list(wanted[start : start + MAX_IDS])
            yield from _select(corpus, table, f"{of_sites}t.{column} IN ({among})", columns)


def _has(corpus: Corpus, table: Table, column: str) -> bool:
    """Whether a table is there and has a column: one of an earlier version may not."""
    try:
        return column in {field.name for field in corpus.open(table).schema().fields}
    except TableNotFoundError:
        return False


def _select(corpus: Corpus, table: Table, where: str, columns: Sequence[str]) -> list[Row]:
    try:
        return corpus.select(table, where, columns)
    except TableNotFoundError:
        return []
