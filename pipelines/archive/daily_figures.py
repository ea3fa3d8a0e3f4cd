"""The rows of `daily` for a month, computed from the other tables.

By three queries, whose answers have a row for each site and day, however much they go through.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from pipelines.archive.conditions import sql, sql_list
from pipelines.archive.jakarta_days import JAKARTA, month_after, span_of, utc_months_of
from pipelines.archive.schema import ANNOUNCED, ARTICLES, RUNS, TEXTS, VISITS, WATCHED_FIELDS, Row
from pipelines.archive.tables import Corpus
from pipelines.article import DOUBTFUL, FETCHED, MINUTE, PRECISIONS, Reason
from pipelines.visit import GOOD_OUTCOMES, VIA_REQUEST, VIA_REVISIT, VIA_WARC, Outcome

MONTHS_BEFORE, MONTHS_AFTER = 3, 1
"""Around the month of an announcement, in which a look at its URL is looked for: what a source drops and takes up again
was looked at before, and what failed is tried again for three days. All looks there ever were would be more every year.
"""

INPUTS = (RUNS, ARTICLES, ANNOUNCED, VISITS)
"""The tables that the figures are computed from."""

SiteDay = tuple[str, date]

NO_RUNS: Mapping[str, Any] = MappingProxyType(
    {
        "runs": 0,
        "failed_runs": 0,
        "last_run_at": None,
        "looked_at": 0,
        "bytes_received": 0,
        "outcomes": dict.fromkeys(Outcome, 0),
        "rejections": dict.fromkeys(Reason, 0),
    }
)
NO_ARTICLES: Mapping[str, Any] = MappingProxyType(
    {
        "published": 0,
        "doubtful": 0,
        "median_words": None,
        "median_lag_seconds": None,
        "median_removed_share": None,
        "last_published_at": None,
        "fill_rates": dict.fromkeys(WATCHED_FIELDS),
        "date_precisions": dict.fromkeys(PRECISIONS, 0),
    }
)
LEDGER = ("announced", "announced_looked_at", "announced_archived", "announced_missing")
"""The figures of a day's runs, of its articles and of its announcements, the former two as they are without any."""


def figures(corpus: Corpus, month: str, also: Collection[SiteDay] = ()) -> dict[SiteDay, Row]:
    """The figures of each site and day of a month of Jakarta on which there is anything to be counted, and of those in
    `also`: rows of `daily`, but for `computed_at`. The tables are there and have this version's columns.

    Raises StorageUnavailable.
    """
    runs = _grouped(corpus.query([RUNS], _runs_query(month)))
    articles = _grouped(corpus.query([ARTICLES], _articles_query(month)))
    ledger = _grouped(corpus.query([ANNOUNCED, VISITS, ARTICLES], _ledger_query(month)))
    begun = _ledger_begins(corpus)
    return {
        (site, day): {
            "site": site,
            "day": day,
            "month": month,
            **NO_RUNS,
            **NO_ARTICLES,
            **dict.fromkeys(LEDGER, 0 if site in begun and day >= begun[site] else None),
            **runs.get((site, day), {}),
            **articles.get((site, day), {}),
            **ledger.get((site, day), {}),
        }
        for site, day in sorted({*runs, *articles, *ledger, *also})
    }


def _ledger_begins(corpus: Corpus) -> dict[str, date]:
    """The day of each site's first row in `announced`."""
    firsts: dict[str, datetime] = {}
    for file in corpus.data_files(ANNOUNCED, ["partition.site", "min.announced_at"]):
        site, first = file["partition.site"], file["min.announced_at"]
        firsts[site] = min(first, firsts.get(site, first))
    return {site: first.astimezone(JAKARTA).date() for site, first in firsts.items()}


def _runs_query(month: str) -> str:
    outcomes = [f"coalesce(sum(outcomes['{name}']), 0) AS \"outcomes.{name}\"" for name in Outcome]
    rejections = [f"coalesce(sum(rejections['{name}']), 0) AS \"rejections.{name}\"" for name in Reason]
    figures = ", ".join(
        [
            "count(*) AS runs",
            "count(*) FILTER (WHERE cardinality(failures) > 0) AS failed_runs",
            "max(finished_at) AS last_run_at",
            "sum(looked_at) AS looked_at",
            "sum(bytes_received) AS bytes_received",
            *outcomes,
            *rejections,
        ]
    )
    return (
        f"SELECT site, {_day('started_at')}, {figures} FROM runs "  # noqa: S608
        f"WHERE {_in_span('started_at', month)} GROUP BY 1, 2"
    )


def _articles_query(month: str) -> str:
    return (
        f"SELECT site, {_day('date_published')}, {article_figures()} FROM articles "  # noqa: S608
        f"WHERE published_month IN ({sql_list(utc_months_of(month))}) AND {_in_span('date_published', month)} "
        "GROUP BY 1, 2"
    )


def article_figures() -> str:
    """What is selected of `articles` to sum up a group of them, as columns of `daily`; 'a.b' are fields of a struct."""
    columns = {column.name: column for column in ARTICLES.columns}
    has = {
        name: f"coalesce(cardinality({name}), 0) > 0"
        if columns[name].type == TEXTS
        else "true"
        if columns[name].required
        else f"{name} IS NOT NULL"
        for name in WATCHED_FIELDS
    } | {"date_published": f"date_precision IS DISTINCT FROM {sql(FETCHED)}"}
    is_exact = (
        f"date_precision = {sql(MINUTE)} AND discovered_via NOT IN ({sql_list((VIA_REQUEST, VIA_REVISIT, VIA_WARC))})"
    )
    return ", ".join(
        [
            "count(*) AS published",
            f"count(*) FILTER (WHERE quality = {sql(DOUBTFUL)}) AS doubtful",
            "median(CAST(word_count AS DOUBLE)) AS median_words",
            "median(date_part('epoch', first_fetched_at) - date_part('epoch', date_published)) "
            f"FILTER (WHERE {is_exact}) AS median_lag_seconds",
            "median(removed_share) AS median_removed_share",
            "max(date_published) AS last_published_at",
            *(f'avg(CASE WHEN {test} THEN 1.0 ELSE 0.0 END) AS "fill_rates.{name}"' for name, test in has.items()),
            *(
                f'count(*) FILTER (WHERE date_precision = {sql(name)}) AS "date_precisions.{name}"'
                for name in PRECISIONS
            ),
        ]
    )


def _ledger_query(month: str) -> str:
    around = sql_list(month_after(month, count) for count in range(-MONTHS_BEFORE, MONTHS_AFTER + 1))
    return f"""
        WITH announcement AS (
            SELECT site, url, min(announced_at) AS announced_at FROM announced
            WHERE month IN ({sql_list(utc_months_of(month))}) AND {_in_span("announced_at", month)}
            GROUP BY 1, 2
        ), look AS (
            SELECT site, url, max(is_good) AS is_good FROM (
                SELECT site, url, CASE WHEN outcome IN ({sql_list(GOOD_OUTCOMES)}) THEN 1 ELSE 0 END AS is_good
                FROM visits WHERE month IN ({around})
                UNION ALL
                SELECT site, url, 1 AS is_good FROM articles
                WHERE published_month IN ({sql_list(utc_months_of(month))})
            ) GROUP BY 1, 2
        )
        SELECT announcement.site, {_day("announcement.announced_at")}, count(*) AS announced,
            count(look.url) AS announced_looked_at, coalesce(sum(look.is_good), 0) AS announced_archived,
            count(*) - count(look.url) AS announced_missing
        FROM announcement LEFT JOIN look ON look.site = announcement.site AND look.url = announcement.url
        GROUP BY 1, 2
    """  # noqa: S608


def _day(column: str) -> str:
    return f"CAST({column} + INTERVAL '7 hours' AS DATE) AS day"


def _in_span(column: str, month: str) -> str:
    begin, end = span_of(month)
    return f"{column} >= TIMESTAMP '{begin.isoformat()}' AND {column} < TIMESTAMP '{end.isoformat()}'"


def _grouped(rows: Sequence[Row]) -> dict[SiteDay, Row]:
    """Rows by site and day; columns 'a.b' are the fields of a struct."""
    found: dict[SiteDay, Row] = {}
    for row in rows:
        figures: Row = {}
        for name, value in row.items():
            whole, _, part = name.partition(".")
            if part:
                figures.setdefault(whole, {})[part] = value
            else:
                figures[name] = value
        found[figures.pop("site"), figures.pop("day")] = figures
    return found
