"""The overview: what is shown of each site, put together from what Airflow, the archive and the site itself say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.archive.jakarta_days import JAKARTA
from pipelines.watch.figures import Activity, SiteFigures
from pipelines.watch.reading import ArchiveReading, Waiting
from pipelines.watch.states import URGENCY, Obstacle, State, judge, sentence
from settings.crawl import crawl
from settings.storage import SettingsError
from spiders.site import Site
from spiders.site_index import BrokenSite

TREND_DAYS = 30
"""Days of a sparkline; the last one is today."""


@dataclass(frozen=True, slots=True)
class SiteOverview:
    """One site. `today` and `usual_today` are articles published today, by the day of Jakarta, and as a rule on this
    weekday; `trend` has those of the last TREND_DAYS days, None before anything is known. `outcomes` and `fill_rates`
    are those of the last days that upkeep has summed up; `expected_fill_rates` is what the site's Expect says of the
    latter. Times are UTC.
    """

    name: str
    title: str
    state: State
    reason: str
    last_published_at: datetime | None
    today: int | None
    usual_today: float | None
    trend: Sequence[int | None]
    outcomes: Mapping[str, int]
    fill_rates: Mapping[str, float]
    expected_fill_rates: Mapping[str, float]
    waiting: int
    set_aside: int


@dataclass(frozen=True, slots=True)
class Overview:
    """All sites that a user may see, those first that need somebody. `read_at` is when the archive was read; `problems`
    says, in sentences, what could not be read: what rests on it is missing.
    """

    read_at: datetime
    problems: Sequence[str]
    sites: Sequence[SiteOverview]

    def counts(self) -> dict[State, int]:
        """How many sites are in each state that occurs, the most urgent first."""
        states = [site.state for site in self.sites]
        return {state: states.count(state) for state in State if state in states}

    def matching(self, text: str, state: str) -> list[SiteOverview]:
        """The sites that have a text in their name, title or reason, and are in a state; either may be empty."""
        wanted = text.strip().casefold()
        return [
            site
            for site in self.sites
            if state in ("", site.state)
            and any(wanted in part.casefold() for part in (site.name, site.title, site.reason))
        ]


def overview(
    now: datetime,
    sites: Iterable[Site | BrokenSite],
    activities: Mapping[str, Activity],
    archive: ArchiveReading,
    spool: Mapping[str, Waiting],
    problems: Sequence[str] = (),
) -> Overview:
    """The sites that have an activity, judged and in order."""
    found = [
        _site(now, site, activities[site.name], archive.sites.get(site.name, SiteFigures()), spool.get(site.name))
        for site in sites
        if site.name in activities
    ]
    told = [f"The archive could not be read: {sentence(archive.problem)}"] if archive.problem else []
    found.sort(key=lambda site: (URGENCY[site.state], -(site.usual_today or 0), site.name))
    return Overview(archive.read_at, (*told, *problems), found)


def _site(
    now: datetime, site: Site | BrokenSite, activity: Activity, figures: SiteFigures, spool: Waiting | None
) -> SiteOverview:
    expect = site.expect if isinstance(site, Site) else None
    history = figures.history
    judgement = judge(
        site.name,
        now,
        activity=activity,
        obstacle=obstacle(site),
        figures=figures,
        freshness=expect.freshness if expect else None,
    )
    today = now.astimezone(JAKARTA).date()
    days = [today - timedelta(days=count) for count in range(TREND_DAYS - 1, -1, -1)]
    shares = (("date_published", "published_at"), ("author", "author"), ("image", "image"))
    expected = {name: getattr(expect, attribute) for name, attribute in shares} if expect else {}
    waiting = spool or Waiting()
    return SiteOverview(
        name=site.name,
        title=site.title if isinstance(site, Site) else site.name,
        state=judgement.state,
        reason=judgement.reason,
        last_published_at=history.last_published_at(now) if history else None,
        today=history.count(today) if history else None,
        usual_today=history.usual(today) if history else None,
        trend=[history.count(day) if history else None for day in days],
        outcomes=figures.outcomes,
        fill_rates=figures.fill_rates,
        expected_fill_rates={name: share for name, share in expected.items() if share is not None},
        waiting=waiting.batches,
        set_aside=waiting.set_aside,
    )


def obstacle(site: Site | BrokenSite) -> Obstacle | None:
    """What keeps the site from being crawled at all; wrong settings permit nothing and exclude nothing."""
    if isinstance(site, BrokenSite):
        return Obstacle(State.BROKEN, f"Its file cannot be imported: {sentence(site.error)}")
    try:
        exclusion, permissions = crawl().exclusion(site.home), crawl().permissions
    except SettingsError:
        exclusion, permissions = None, {}
    if exclusion:
        return Obstacle(State.EXCLUDED, sentence(str(exclusion)))
    if site.permission_needed and site.name not in permissions:
        return Obstacle(State.PERMISSION, sentence(site.permission_needed))
    return None
