"""What is wrong with each site, and with all of them at once: the one judgement, for alarms and for the newsroom.

Each site is held to what is usual for itself. A judgement that lacks what it rests on is not made.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from pipelines.report import UNREACHABLE
from pipelines.watch.counts import FEW, ORDINARY, UNSEEN, Common, WindowKey, few, many, windows
from pipelines.watch.drift import article_findings, look_findings, variation_of_share
from pipelines.watch.figures import Activity, LastRun, SiteFigures
from pipelines.watch.findings import THIS_MACHINE, Finding, Kind, age, articles
from pipelines.watch.history import DAY, History
from pipelines.watch.probability import improbable, share_at_most

REFUSALS = ("site_refuses", "asked_to_wait", "crawl_delay")
"""Finish reasons of runs that the site itself had end."""

FINISHED = "finished"
"""Finish reason of a run that came to its own end."""

PASSING = (UNREACHABLE, "killed", "shutdown", "storage_unavailable", "index_unavailable", "disk_full", "disk_failed")
"""Finish reasons of runs that what passes by itself had end: the next run may be well. What lasts of it is the
machine's, and found as such, or the site's, and told after MAX_OUTAGE."""

MAX_OUTAGE = timedelta(hours=8)
"""For which a site may be down before it is told: a server that is mended overnight needs nobody here."""

MAX_DELAY = timedelta(hours=3)
"""Between the time when a run is due, or begins, and its end. A crawl may take two hours, and one that waits for a slot
of the pool begins late: more than that is neither."""

MIN_SITES_DOWN, SITES_DOWN = 3, 0.5
"""Sites, and share of those that are crawled, whose last runs could reach nothing before it is this machine that is cut
off."""

MIN_BUSY_SITES = 5
MIN_BUSY_ARTICLES = 8
"""Sites with so many usual articles in a window that together say whether it is an ordinary one."""

MIN_UNREAD_RUNS = 3
"""Runs in a row that could not read a source while others of the site could."""


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What is known of a site. `error` says why its file cannot be imported, where it cannot; `freshness` is the age in
    days that its newest article may have by its Expect, which counts until its own pauses are known.
    """

    name: str
    activity: Activity
    figures: SiteFigures = field(default_factory=SiteFigures)
    freshness: int | None = None
    error: str | None = None

    @property
    def is_watched(self) -> bool:
        """Whether it is crawled, and judged by what comes of it."""
        return self.error is None and not self.activity.is_paused


def judge_all(sites: Sequence[SiteFacts], now: datetime) -> list[Finding]:
    """What is wrong with the sites, at `now` (UTC): what concerns most of them once, as this machine's."""
    watched = [site for site in sites if site.is_watched]
    common = in_common(watched, now)
    findings = [finding for site in sites for finding in judge_site(site, now, common)]
    down = {site.name for site in watched if _is_unreachable(site)}
    if len(down) >= max(MIN_SITES_DOWN, SITES_DOWN * len(watched)):
        findings = [each for each in findings if each.subject not in down or each.kind not in _FOLLOW_FROM_AN_OUTAGE]
        evidence = f"{len(down)} of {len(watched)} sites could not be reached by their last crawls"
        first = next(site for site in watched if site.name in down)
        why = "; ".join(first.figures.last_run.failures) if first.figures.last_run else ""
        findings.append(Finding(Kind.OUTAGE, THIS_MACHINE, f"{evidence}{f' ({first.name}: {why})' if why else ''}"))
    findings = _told_together(watched, findings)
    return sorted(findings, key=lambda finding: (list(Kind).index(finding.kind), finding.subject))


def _told_together(watched: Sequence[SiteFacts], findings: Sequence[Finding]) -> list[Finding]:
    """The findings, those once that say the same of several sites: that they fail, and why, word for word."""
    causes = {site.name: _cause(site) for site in watched}
    failing: dict[str, list[str]] = {}
    for each in findings:
        if each.kind is Kind.FAILING and not each.waits and causes[each.subject]:
            failing.setdefault(causes[each.subject], []).append(each.subject)
    common = {cause: names for cause, names in failing.items() if len(names) >= MIN_SITES_DOWN}
    told = {(name, Kind.FAILING) for names in common.values() for name in names}
    return [
        *(each for each in findings if (each.subject, each.kind) not in told),
        *(
            Finding(
                Kind.FAILING, THIS_MACHINE, f"the last crawls of {len(names)} sites failed, each alike: {cause}", cause
            )
            for cause, names in common.items()
        ),
    ]


_FOLLOW_FROM_AN_OUTAGE = (Kind.FAILING, Kind.SILENT, Kind.FEW, Kind.UNREAD, Kind.SOURCE, Kind.LAG)


def judge_site(site: SiteFacts, now: datetime, common: Common = ORDINARY) -> Iterator[Finding]:
    """What is wrong with one site; nothing where it is not crawled."""
    if site.error is not None:
        yield Finding(Kind.BROKEN, site.name, f"its file cannot be imported: {site.error}")
    if not site.is_watched:
        return
    figures, history = site.figures, site.figures.history
    hindered = [*_failing(site, now), *_late(site, now)]
    yield from hindered
    if history is not None and not hindered:  # else few articles, or none, are what follows from it
        silent = _silent(site, history, now)
        until = seen_until(site.activity, now)
        found = silent or few(site.name, history, until, common) or many(site.name, history, until, common)
        if found:
            yield found
    yield from article_findings(site.name, figures.articles, now)
    yield from look_findings(site.name, figures.looks, now)
    yield from _sources(site, now)


def seen_until(activity: Activity, now: datetime) -> datetime:
    """Up to when what a site published should be archived by now."""
    return (min(activity.last_began_at, now) if activity.last_began_at else now) - UNSEEN


def in_common(sites: Iterable[SiteFacts], now: datetime) -> Common:
    """How many times what is usual the busy sites have in each window, the one in the middle; only windows of which
    enough are known.
    """
    shares: dict[WindowKey, list[float]] = {}
    for site in sites:
        if (history := site.figures.history) is None or site.activity.failed_in_a_row:
            continue
        for window in windows(history, seen_until(site.activity, now)):
            if window.least >= MIN_BUSY_ARTICLES:
                shares.setdefault(window.key, []).append(window.count / window.least)
    return {key: median(of_sites) for key, of_sites in shares.items() if len(of_sites) >= MIN_BUSY_SITES}


def _is_unreachable(site: SiteFacts) -> bool:
    run = site.figures.last_run
    return bool(
        site.activity.failed_in_a_row and run and _tells(run, site.activity) and run.finish_reason == UNREACHABLE
    )


def _tells(run: LastRun, activity: Activity) -> bool:
    """Whether the last row of `runs` is that of the last crawl: a run that did not come to report has its row written
    by the next one.
    """
    return activity.last_began_at is not None and run.started_at >= activity.last_began_at


def _cause(site: SiteFacts) -> str:
    """Why its last crawl failed, without a full stop; empty where neither a report nor the task says so."""
    activity, run = site.activity, site.figures.last_run
    if run and _tells(run, activity):
        return "; ".join(run.failures)
    return (activity.failure or "").removeprefix(f"{site.name}: ").rstrip(".")


def _did_better(run: LastRun, activity: Activity) -> bool:
    """Whether a later run went well of which the site's own DAG knows nothing: of chosen sites, or of a backfill."""
    ended = activity.last_ended_at
    return ended is not None and run.started_at > ended and run.finish_reason == FINISHED and not run.failures


def _failing(site: SiteFacts, now: datetime) -> Iterator[Finding]:
    activity, run = site.activity, site.figures.last_run
    count = activity.failed_in_a_row
    if not count or (run and _did_better(run, activity)):
        return
    told = run if run and _tells(run, activity) else None
    why = _cause(site)
    whose = "the last crawl" if count == 1 else f"each of the last {count} crawls"
    evidence = f"{whose} failed: {why or 'its log in Airflow says why'}"
    if told and told.finish_reason in REFUSALS:
        yield Finding(Kind.BLOCKED, site.name, evidence)
        return
    since = activity.failing_since or activity.last_began_at
    passes = told.finish_reason in PASSING if told else not activity.needs_somebody
    waits = passes and (count == 1 or since is None or now - since < MAX_OUTAGE)
    yield Finding(Kind.FAILING, site.name, evidence, waits=waits)


def _late(site: SiteFacts, now: datetime) -> Iterator[Finding]:
    since, due = site.activity.under_way_since, site.activity.due_at
    if since is not None:
        if now - since > MAX_DELAY:
            yield Finding(Kind.LATE, site.name, f"a crawl has been waiting or under way for {age(now - since)}")
    elif due is not None and now - due > MAX_DELAY:
        yield Finding(Kind.LATE, site.name, f"a crawl has been due for {age(now - due)}, and none has begun")


def _silent(site: SiteFacts, history: History, now: datetime) -> Finding | None:
    silence, most = history.silence(now), history.may_be_silent_for()
    last = history.last_published_at(now)
    if silence is None or last is None:
        return None
    if most is not None:
        if silence > most:
            longest = history.longest_pause()
            usual = f"its longest pause is {age(longest)}" if longest else f"it may be silent for {age(most)}"
            return Finding(Kind.SILENT, site.name, f"no article for {age(now - last)}; {usual}")
    elif site.freshness is not None and silence > timedelta(days=site.freshness):
        return Finding(
            Kind.SILENT, site.name, f"no article for {age(now - last)}; {site.freshness} days are expected at most"
        )
    return None


def _sources(site: SiteFacts, now: datetime) -> Iterator[Finding]:
    sources = site.figures.sources
    newest = max((each.last_announced_at for each in sources if each.last_announced_at), default=None)
    for source in sources:
        if source.unread_runs >= MIN_UNREAD_RUNS and any(not other.unread_runs for other in sources):
            evidence = f"{source.url} could not be read by the last {source.unread_runs} crawls"
            yield Finding(Kind.SOURCE, site.name, evidence, source.url)
        elif source.last_announced_at is not None and newest is not None:
            pause = newest - source.last_announced_at
            if source.longest_pause is None or pause <= source.longest_pause:
                continue
            share = median(day.hits / day.of for day in source.days)  # a first run is announced all that stands there
            variation = variation_of_share(source.days, share) / max(1.0, pause / DAY)
            if share and share_at_most(0, source.missed, share, variation) < improbable(pause):
                evidence = f"{source.url} has announced nothing new for {age(now - source.last_announced_at)}"
                others = f"others of the site have announced {articles(source.missed)}"
                yield Finding(Kind.SOURCE, site.name, f"{evidence}, and {others}", source.url)


def usual_band(history: History, begins: datetime, ends: datetime) -> tuple[float, float] | None:
    """Between which numbers of articles a span of time is as usual; None where too little is known."""
    if (found := history.usual_between(begins, ends)) is None:
        return None
    usual, least = found
    room = 2 * (usual + history.variation(begins, ends) * usual**2) ** 0.5
    return max(0.0, FEW * least, least - room), usual + room
