"""Reads what the archive says of one site: the sums of its days, and the rows of the last days' partitions alone."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from pipelines.archive.conditions import sql, sql_list
from pipelines.archive.jakarta_days import JAKARTA, months_between, utc_months_of
from pipelines.archive.packs import WARC_SUFFIX
from pipelines.archive.schema import ANNOUNCED, ARTICLES, DAILY, DUPLICATES, RESIDUE, RUNS, VISITS, Row
from pipelines.archive.tables import Corpus
from pipelines.article import DOUBTFUL
from pipelines.visit import GOOD_OUTCOMES
from pipelines.watch.incident_table import history, open_incidents
from plugins.newsroom.open_archive import ArchiveAway, OpenArchive, rows_of, rows_where
from plugins.newsroom.open_incidents import OpenIncident
from plugins.newsroom.site_figures import (
    CaptureFiles,
    Copies,
    CrawlRun,
    Day,
    DoubtfulPage,
    FailedLook,
    Layout,
    LearnedLine,
    RevisedArticle,
    SiteReading,
    Source,
    StatedUse,
    grouped_problems,
    without_gaps,
)
from spiders.site import Site
from spiders.site_index import BrokenSite
from spiders.source_kinds import SOURCE_KINDS

MAX_DAYS = 90
"""Days of `daily` that the page can show."""

LOOKS = timedelta(days=7)
"""Whose looks and runs are read one by one: some thousands of a busy site."""

RECENT = timedelta(days=30)
"""Whose doubtful pages, revisions, copies and announcements are counted."""

MAX_LATEST = 20
"""Of each list: the page shows what is new, the tables have the rest."""

MAX_FAILED_LOOKS = 500
"""Rows of looks without an article that are read: how many there are is counted apart."""

MAX_LEARNED_LINES = 100

DAY_COLUMNS = (
    *("day", "published", "doubtful", "runs", "failed_runs", "looked_at", "bytes_received", "median_lag_seconds"),
    *("announced", "announced_missing", "outcomes", "rejections", "fill_rates"),
)
RUN_COLUMNS = ("run", "started_at", "finished_at", "finish_reason", "looked_at", "outcomes", "failures")
FETCHED_COLUMNS = ("rights", "license", "sources", "fetched_at")
REVISED_COLUMNS = ("url", "headline", "revision", "changes", "words_added", "words_removed", "fetched_at")


def read_site(archive: OpenArchive, site: Site | BrokenSite, now: datetime) -> SiteReading:
    """All that a site's page shows of the archive at `now`, UTC."""
    name = site.name
    try:
        with archive.corpus() as corpus:
            looks = _since("t.began_at", now - LOOKS)
            since = _since("t.fetched_at", now - RECENT)
            fetched = rows_where(corpus, ARTICLES, f"{_recent_articles(name, now)} AND {since}", FETCHED_COLUMNS)
            return SiteReading(
                read_at=now,
                incidents=_incidents(corpus, name),
                days=_days(corpus, name, now.astimezone(JAKARTA).date()),
                runs=_runs(corpus, name, now - LOOKS),
                problems=grouped_problems(*_failed_looks(corpus, name, now, looks)),
                doubtful=_doubtful(corpus, name, now),
                revised=_revised(corpus, name, now),
                copies_taken=_copies(corpus, "site", "duplicate_of_site", name, now),
                copies_given=_copies(corpus, "duplicate_of_site", "site", name, now),
                stated_uses=_stated_uses(fetched),
                learned=_learned(corpus, name),
                sources=_sources(corpus, site, now),
                layouts=_layouts(fetched),
                captures=capture_files(corpus.bucket.objects(f"warc/{name}/")),
            )
    except ArchiveAway as error:
        return SiteReading(now, problem=str(error))


def _incidents(corpus: Corpus, site: str) -> list[OpenIncident]:
    return [
        OpenIncident.of(incident) for incident in open_incidents(history(corpus)) if incident.finding.subject == site
    ]


def _days(corpus: Corpus, site: str, today: date) -> list[Day]:
    first = today - timedelta(days=MAX_DAYS - 1)
    months = months_between(_midnight(first), _midnight(today))
    where = f"t.site = {sql(site)} AND t.month IN ({sql_list(months)}) AND t.day >= DATE '{first}'"
    rows = rows_where(corpus, DAILY, where, DAY_COLUMNS)
    found = {row["day"]: Day(**{**row, "outcomes": _numbers(row["outcomes"])}) for row in rows}
    return without_gaps(found, first, today)


def _numbers(counts: dict[str, int | None]) -> dict[str, int]:
    """Without the nulls of outcomes that a table of an earlier version did not know."""
    return {name: count or 0 for name, count in counts.items()}


def _runs(corpus: Corpus, site: str, since: datetime) -> list[CrawlRun]:
    rows = rows_where(corpus, RUNS, f"t.site = {sql(site)} AND {_since('t.started_at', since)}", RUN_COLUMNS)
    found = [CrawlRun(**{**row, "outcomes": _numbers(row["outcomes"])}) for row in rows]
    return sorted(found, key=lambda run: run.started_at, reverse=True)


def _failed_looks(
    corpus: Corpus, site: str, now: datetime, looks: str
) -> tuple[list[FailedLook], dict[tuple[str, str | None], int]]:
    """The latest of each outcome and reason, and how many there are of each."""
    among = (
        f"t.site = {sql(site)} AND t.month IN ({sql_list(_utc_months(now - LOOKS, now))}) AND {looks} "
        f"AND t.outcome NOT IN ({sql_list(GOOD_OUTCOMES)})"
    )
    counts = rows_of(
        corpus,
        [VISITS],
        f"SELECT outcome, reason, count(*) AS count FROM visits AS t WHERE {among} GROUP BY 1, 2",  # noqa: S608
    )
    latest = rows_of(
        corpus,
        [VISITS],
        "SELECT url, outcome, reason, detail, http_status, run, ended_at, warc_filename IS NOT NULL AS has_bytes FROM "  # noqa: S608
        "(SELECT *, row_number() OVER (PARTITION BY outcome, reason ORDER BY ended_at DESC) AS number "
        f"FROM visits AS t WHERE {among}) WHERE number <= {MAX_LATEST} ORDER BY ended_at DESC LIMIT {MAX_FAILED_LOOKS}",
    )
    return [FailedLook(**row) for row in latest], {(row["outcome"], row["reason"]): row["count"] for row in counts}


def _doubtful(corpus: Corpus, site: str, now: datetime) -> list[DoubtfulPage]:
    rows = rows_where(
        corpus,
        ARTICLES,
        f"{_recent_articles(site, now)} AND t.quality = {sql(DOUBTFUL)}",
        ("url", "headline", "quality_reasons", "fetched_at"),
    )
    found = [DoubtfulPage(r["url"], r["headline"], r["quality_reasons"] or (), r["fetched_at"]) for r in rows]
    return sorted(found, key=lambda page: page.fetched_at, reverse=True)[:MAX_LATEST]


def _revised(corpus: Corpus, site: str, now: datetime) -> list[RevisedArticle]:
    rows = rows_where(corpus, ARTICLES, f"{_recent_articles(site, now)} AND t.revision > 1", REVISED_COLUMNS)
    found = [RevisedArticle(**{**row, "changes": row["changes"] or ()}) for row in rows]
    return sorted(found, key=lambda article: article.fetched_at, reverse=True)[:MAX_LATEST]


def _copies(corpus: Corpus, whose: str, other: str, site: str, now: datetime) -> list[Copies]:
    """Copies of the last days in whose column `whose` the site stands, by the site in the column `other`."""
    where = (
        f"t.{whose} = {sql(site)} AND t.site != t.duplicate_of_site AND t.is_article IS NOT TRUE "
        f"AND {_since('t.fetched_at', now - RECENT)}"
    )
    counts: dict[str, int] = {}
    for row in rows_where(corpus, DUPLICATES, where, ("site", "duplicate_of_site")):
        counts[row[other]] = counts.get(row[other], 0) + 1
    return sorted((Copies(name, count) for name, count in counts.items()), key=lambda each: (-each.count, each.site))


def _stated_uses(rows: Sequence[Row]) -> list[StatedUse]:
    """What articles state of their use, the most frequent first."""
    reserved = Counter(right for row in rows for right in row["rights"] or ())
    licensed = Counter(row["license"] for row in rows if row["license"])
    found = [StatedUse(words, is_license=False, articles=count) for words, count in reserved.most_common()]
    return found + [
        StatedUse(words, is_license=True, articles=count) for words, count in licensed.most_common(MAX_LATEST)
    ]


def _learned(corpus: Corpus, site: str) -> list[LearnedLine]:
    columns = ("line", "place", "articles", "share", "last_seen")
    rows = rows_where(corpus, RESIDUE, f"t.site = {sql(site)}", columns)
    return sorted((LearnedLine(**row) for row in rows), key=lambda line: -line.articles)[:MAX_LEARNED_LINES]


def _sources(corpus: Corpus, site: Site | BrokenSite, now: datetime) -> list[Source]:
    """What announced anything in the last days, and what the site states though it did not."""
    rows = rows_of(
        corpus,
        [ANNOUNCED],
        f"SELECT via, source, count(*) AS in_month, max(announced_at) AS last_at, "  # noqa: S608
        f"count(*) FILTER (WHERE {_since('announced_at', now - LOOKS)}) AS in_week FROM announced "
        f"WHERE site = {sql(site.name)} AND month IN ({sql_list(_utc_months(now - RECENT, now))}) "
        f"AND {_since('announced_at', now - RECENT)} GROUP BY 1, 2",
    )
    stated = _stated_sources(site)
    found = [
        Source(r["via"], r["source"], r["in_month"], r["in_week"], r["last_at"], (r["via"], r["source"]) in stated)
        for r in rows
    ]
    named = {(source.via, source.address) for source in found}
    found += [Source(via, address, 0, 0, None, True) for via, address in stated if (via, address) not in named]
    return sorted(found, key=lambda source: (-source.in_month, source.via, source.address))[: 2 * MAX_LATEST]


def _layouts(rows: Sequence[Row]) -> list[Layout]:
    """By which source the texts of articles were read, the most frequent first."""
    fetched: dict[str, list[datetime]] = {}
    for row in rows:
        if read_by := (row["sources"] or {}).get("body"):
            fetched.setdefault(read_by, []).append(row["fetched_at"])
    found = [Layout(read_by, len(times), max(times)) for read_by, times in fetched.items()]
    return sorted(found, key=lambda layout: -layout.articles)


def capture_files(objects: Iterable[tuple[str, int]]) -> CaptureFiles | None:
    """The WARC files among a site's objects (keys, and sizes in bytes), whose keys name their months; None without
    any.
    """
    found = {key: size for key, size in objects if key.endswith(WARC_SUFFIX)}
    if not found:
        return None
    months = ["-".join(key.split("/")[2:4]) for key in found]
    return CaptureFiles(len(found), sum(found.values()), min(months), max(months))


def _stated_sources(site: Site | BrokenSite) -> list[tuple[str, str]]:
    """Kind and address of what a run without a window asks; without those whose address stands for a day."""
    if isinstance(site, BrokenSite):
        return []
    return [
        (kind.name, address)
        for kind in SOURCE_KINDS
        if not kind.only_in_window
        for address in site.addresses(kind)
        if "{date" not in address
    ]


def _recent_articles(site: str, now: datetime) -> str:
    months = sorted({utc for month in months_between(now - RECENT, now) for utc in utc_months_of(month)})
    return f"t.site = {sql(site)} AND t.published_month IN ({sql_list(months)})"


def _utc_months(first: datetime, last: datetime) -> Sequence[str]:
    """The months by UTC from the one time to the other."""
    days = range((last - first).days + 1)
    return sorted({f"{last:%Y-%m}", *(f"{first + timedelta(days=count):%Y-%m}" for count in days)})


def _since(column: str, moment: datetime) -> str:
    return f"{column} >= TIMESTAMP '{moment.isoformat()}'"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), JAKARTA)
