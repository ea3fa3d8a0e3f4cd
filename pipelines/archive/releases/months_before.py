"""What the months before a release held, site by site: what it is compared with.

By the table `daily`, and not by what was released of them: so a month can be released at any time, beside others.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.conditions import sql_list
from pipelines.archive.jakarta_days import month_after
from pipelines.archive.schema import DAILY, WATCHED_FIELDS
from pipelines.archive.tables import Corpus

MAX_COMPARED_MONTHS = 6
"""Before the month of a release."""


@dataclass(frozen=True, slots=True)
class EarlierMonth:
    """What was published in a month ('YYYY-MM', of Jakarta): articles, and the shares (0 to 1) of them that have each
    field, by site.
    """

    month: str
    articles: Mapping[str, int] = field(default_factory=dict)
    fill_rates: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def months_before(corpus: Corpus, month: str) -> list[EarlierMonth]:
    """Those of the months before that have articles, the latest last; none where no upkeep has summed up days yet.

    Raises StorageUnavailable.
    """
    rates = ", ".join(f"sum(fill_rates['{name}'] * published) / sum(published) AS {name}" for name in WATCHED_FIELDS)
    months = [month_after(month, -count) for count in range(MAX_COMPARED_MONTHS, 0, -1)]
    query = (
        f"SELECT month, site, sum(published) AS articles, {rates} FROM daily "  # noqa: S608
        f"WHERE month IN ({sql_list(months)}) AND published > 0 GROUP BY month, site ORDER BY month, site"
    )
    try:
        rows = corpus.query([DAILY], query)
    except TableNotFoundError:
        return []
    found: dict[str, tuple[dict[str, int], dict[str, dict[str, float]]]] = {}
    for row in rows:
        articles, fill_rates = found.setdefault(row["month"], ({}, {}))
        articles[row["site"]] = row["articles"]
        fill_rates[row["site"]] = {name: row[name] for name in WATCHED_FIELDS if row[name] is not None}
    return [EarlierMonth(name, *of_sites) for name, of_sites in found.items()]
