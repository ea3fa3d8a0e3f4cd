"""Crawls of the demo sites: triggered through Airflow's API, and followed until they end."""

import json
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from local.airflow import ACTIVE_STATES, TIMEOUT_SECONDS, AirflowApi, Run
from local.seaweedfs import HOST
from local.settings import ROOT, Machine
from spiders.site import Site
from spiders.site_index import DEMO, site_files, site_named

DAG_TIMEOUT_SECONDS = 120.0
"""Seconds for the DAG processor to read the DAG files. Measured: 5 to 20 after it is well."""

CRAWL_TIMEOUT_SECONDS = 900.0
"""Seconds after which the crawls are left to themselves: a first crawl of a demo site takes one or two minutes."""

POLL_SECONDS = 1.0
"""Between two looks at a crawl: often enough to watch, seldom enough for the api-server."""

NEWS_EDITION = 2
"""The edition of the demo web in which its newsrooms have published more, and edited some of what they had."""

TASK = "crawl"
"""The task of a crawl's DAG that returns its report."""


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the demo web is on loopback: no proxy


class CrawlError(Exception):
    """The demo's crawls could not be started; the message says why, in one sentence."""


@dataclass(frozen=True, slots=True)
class SiteCrawl:
    """A site's crawl as it stands: its run, and its report once it has ended.

    `answered` is how many requests the site has answered since the demo web was started.
    """

    site: Site
    run: Run
    answered: int = 0
    report: Mapping[str, Any] | None = None

    @property
    def words(self) -> str:
        """State and counts, for one line."""
        if self.run.is_active:
            return f"{self.run.state}, {self.answered} requests answered"
        if self.report is None:
            return f"{self.run.state}, without a report"
        outcomes = ", ".join(f"{n} {outcome}" for outcome, n in self.report["outcomes"].items() if n)
        return f"{self.run.state}: {outcomes or 'nothing new'}"


def demo_sites() -> Sequence[Site]:
    """The sites of the demo news web."""
    return tuple(site_named(name, [DEMO]) for name in site_files([DEMO]))


def ensure_crawled(api: AirflowApi, sites: Sequence[Site]) -> Sequence[tuple[SiteCrawl, bool]]:
    """A crawl of each site, and whether it was triggered now: where one has succeeded or runs, it is returned instead.

    Raises CrawlError where the DAGs do not appear, ApiError where Airflow does not answer.
    """
    _wait_for_dags(api, [_dag_id(site) for site in sites])
    crawls = []
    for site in sites:
        runs = api.runs(_dag_id(site))
        existing = next(iter([*_in_state(runs, "success"), *_in_state(runs, *ACTIVE_STATES)]), None)
        crawls.append((SiteCrawl(site, existing or api.trigger(_dag_id(site))), existing is None))
    return crawls


def publish(machine: Machine) -> None:
    """Have the demo's newsrooms publish and edit; where they have done so already nothing changes.

    Raises CrawlError where the demo web does not answer.
    """
    url = f"http://{HOST}:{machine.demo_port}/_demo/edition/{NEWS_EDITION}"
    try:
        _OPENER.open(urllib.request.Request(url, method="POST"), timeout=TIMEOUT_SECONDS).close()
    except OSError as error:
        raise CrawlError(f"the demo web does not answer at {url}: {error}; make up starts it") from error


def crawl_again(api: AirflowApi, sites: Sequence[Site]) -> Sequence[SiteCrawl]:
    """A new crawl of each site. Raises ApiError where Airflow does not answer."""
    return [SiteCrawl(site, api.trigger(_dag_id(site))) for site in sites]


def _in_state(runs: Sequence[Run], *states: str) -> Sequence[Run]:
    return [run for run in runs if run.state in states]


def follow(api: AirflowApi, machine: Machine, crawls: Sequence[SiteCrawl]) -> Iterator[Sequence[SiteCrawl]]:
    """The crawls as they stand, again and again, until all have ended or CRAWL_TIMEOUT_SECONDS is over.

    Raises ApiError where Airflow does not answer, CrawlError where the demo web does not.
    """
    deadline = time.monotonic() + CRAWL_TIMEOUT_SECONDS
    while True:
        answered = _answered(machine)
        crawls = [_updated(api, crawl, answered) for crawl in crawls]
        yield crawls
        if not any(crawl.run.is_active for crawl in crawls) or time.monotonic() > deadline:
            return
        time.sleep(POLL_SECONDS)


def _updated(api: AirflowApi, crawl: SiteCrawl, answered: Mapping[str, int]) -> SiteCrawl:
    if crawl.report is not None:
        return crawl
    run = api.run(crawl.run.dag_id, crawl.run.run_id)
    report = None if run.is_active else api.result(run, TASK)
    return replace(crawl, run=run, answered=answered.get(f"{crawl.site.name}.localhost", 0), report=report)


def _answered(machine: Machine) -> Mapping[str, int]:
    """Requests that the demo web has answered, by host."""
    try:
        with _OPENER.open(f"http://{HOST}:{machine.demo_port}/_demo/log.json", timeout=TIMEOUT_SECONDS) as log:
            return Counter(request["host"] for request in json.load(log)["requests"])
    except (OSError, ValueError) as error:
        raise CrawlError(f"the demo web does not answer: {error}") from error


def _wait_for_dags(api: AirflowApi, dag_ids: Sequence[str]) -> None:
    deadline = time.monotonic() + DAG_TIMEOUT_SECONDS
    while missing := [dag_id for dag_id in dag_ids if not api.has_dag(dag_id)]:
        if errors := api.import_errors():
            raise CrawlError(f"Airflow could not read {errors[0]}")
        if time.monotonic() > deadline:
            raise CrawlError(
                f"Airflow has not found {', '.join(missing)} in {ROOT / 'dags'} after {DAG_TIMEOUT_SECONDS:.0f} s"
            )
        time.sleep(POLL_SECONDS)


def _dag_id(site: Site) -> str:
    return f"crawl_{site.name}"
