"""The page of a site: what is shown of it, put together from what Airflow, the archive and the site itself say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pipelines.archive.jakarta_days import JAKARTA
from pipelines.watch.states import sentence
from plugins.newsroom.airflow_runs import AirflowRun, run_at
from plugins.newsroom.expectations import Expectation, expectations
from plugins.newsroom.overview import SiteOverview
from plugins.newsroom.site_figures import CrawlRun, Day, SiteReading, mean_rate
from spiders.site import Site
from spiders.site_index import BrokenSite

SPANS = (30, 90)
"""Days that the page can show."""

JUDGED_DAYS = 7
"""Last whole days that expectations are held against: a week has all weekdays."""


@dataclass(frozen=True, slots=True)
class FieldRates:
    """How well a field is filled, as shares from 0 to 1: over the last week, over the days shown before it, and day by
    day; None without an article. `expected` is what the site's Expect says.
    """

    name: str
    week: float | None
    before: float | None
    days: Sequence[float | None]
    expected: float | None


@dataclass(frozen=True, slots=True)
class SitePage:
    """All that is shown of a site. `logs` has, by the id of a run of ours, the run of Airflow in which it was;
    `verdicts` says, by URL, which were given lately and how far they are. `verified` is the day (YYYY-MM-DD) on which a
    run online last confirmed what is stated of the site, None before one did.
    """

    site: SiteOverview
    home: str | None
    description: str
    schedule: str | None
    verified: str | None
    figures: SiteReading
    days: Sequence[Day]
    fields: Sequence[FieldRates]
    expectations: Sequence[Expectation]
    logs: Mapping[str, AirflowRun]
    verdicts: Mapping[str, str]
    problems: Sequence[str]

    def runs_of(self, day: date) -> list[CrawlRun]:
        """The runs that began on a day of Jakarta, as far as runs are shown; the latest first."""
        return [run for run in self.figures.runs if run.started_at.astimezone(JAKARTA).date() == day]

    @property
    def days_with_runs(self) -> set[date]:
        """The days whose runs can be shown."""
        return {run.started_at.astimezone(JAKARTA).date() for run in self.figures.runs}

    @property
    def highest(self) -> int:
        """The most articles of a day."""
        return max((day.published for day in self.days), default=0)

    @property
    def has_days(self) -> bool:
        """Whether upkeep has summed up any of the days shown."""
        return any(day.published or day.runs or day.announced for day in self.days)


def site_page(
    now: datetime,
    site: Site | BrokenSite,
    shown: SiteOverview,
    figures: SiteReading,
    crawls: Sequence[AirflowRun],
    verdicts: Mapping[str, str],
    span: int,
    problems: Sequence[str] = (),
) -> SitePage:
    """The page of a site over the last `span` days."""
    days = figures.days[-span:]
    today = now.astimezone(JAKARTA).date()
    whole = [day for day in figures.days if today - timedelta(days=JUDGED_DAYS) <= day.day < today]
    newest = shown.last_published_at
    expect = site.expect if isinstance(site, Site) else None
    runs = {look.run: look.ended_at for problem in figures.problems for look in problem.latest}
    runs |= {run.run: run.started_at for run in figures.runs}
    told = [f"The archive could not be read: {sentence(figures.problem)}"] if figures.problem else []
    return SitePage(
        site=shown,
        home=site.home if isinstance(site, Site) else None,
        description=site.description if isinstance(site, Site) else "",
        schedule=site.how_often if isinstance(site, Site) else None,
        verified=site.verified if isinstance(site, Site) else None,
        figures=figures,
        days=days,
        fields=_fields(days, today, shown.expected_fill_rates),
        expectations=expectations(expect, whole, (now - newest) / timedelta(days=1) if newest else None)
        if expect and figures.problem is None
        else [],
        logs={run: log for run, at in runs.items() if (log := run_at(crawls, at))},
        verdicts=verdicts,
        problems=(*told, *problems),
    )


def _fields(days: Sequence[Day], today: date, expected: Mapping[str, float]) -> list[FieldRates]:
    """The watched fields of which anything is known, those first that the last week has less often than before."""
    names = list(dict.fromkeys(name for day in days for name, rate in day.fill_rates.items() if rate is not None))
    week = [day for day in days if day.day > today - timedelta(days=JUDGED_DAYS)]
    before = days[: len(days) - len(week)]
    found = [
        FieldRates(
            name,
            mean_rate(week, name),
            mean_rate(before, name),
            [day.fill_rates.get(name) for day in days],
            expected.get(name),
        )
        for name in names
    ]
    return sorted(found, key=lambda rates: (rates.week or 0.0) - (rates.before or 0.0))
