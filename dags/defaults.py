"""What the DAGs have in common, said once: who owns them, who is told what, what bounds their tasks, which parameters
they share.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, AssetAlias, ExceptionRetryPolicy, Param, RetryAction, RetryRule
from airflow.utils.types import DagRunType

from dags.operators.failures import NeedsSomebody, PassesByItself, keep_failure
from dags.operators.watch import WatchedDag
from pipelines.watch.findings import THIS_MACHINE, Finding, Kind
from settings.crawl import POOL

RETRIES = ExceptionRetryPolicy(
    [
        RetryRule(NeedsSomebody, action=RetryAction.FAIL, reason="somebody has to see to it"),
        RetryRule(PassesByItself, action=RetryAction.RETRY, reason="it may pass by itself"),
    ]
)
"""Which failures are worth a retry. What nobody foresaw is tried again as often as the task says."""

DAG_DEFAULTS: dict[str, Any] = {
    "catchup": False,  # a site announces what is new, whenever it is asked: there is no past run to make up for
    "max_active_runs": 1,
    # Airflow's own backfill of a month would be 1,440 equal runs of a site; the DAG `backfill` walks its archive.
    "allowed_run_types": (DagRunType.SCHEDULED, DagRunType.MANUAL),
    "default_args": {
        "owner": "newsroom",
        "pool": POOL,  # cleaning takes a core as a crawl does, and the pool is sized for the machine
        "retries": 2,
        "retry_delay": timedelta(minutes=5),
        "retry_policy": RETRIES,
        "on_failure_callback": keep_failure,
    },
}
"""Arguments of every DAG. A task states what it needs otherwise, and always how long it may take."""

AFTER_CRAWLS: dict[str, Any] = {"priority_weight": 0}
"""Arguments of a task that is mapped to many. Of all that wait for the pool a crawl, which weighs more, goes first."""

NAMED_BY_COMMAND = "{{ task.command[1:] | join(' ') }}"
"""What a mapped task that runs a command is called: what it runs it for."""

BESIDE_CRAWLS: dict[str, Any] = {"pool": "default_pool", "retries": 0}
"""Arguments of the watch's task. Crawls may fill their pool for hours, which is one of the things to be told; and the
next round comes before a retry would."""

ALARMS = "kliping_alarms"
"""The connection, of type Apprise, that holds the services by which alarms go: mail, Slack, Telegram, webhooks."""

HEARTBEAT = "kliping_heartbeat"
"""The connection, of type HTTP, to the address that is called after each round of the watch."""

WATCHED_DAGS = (
    WatchedDag("verify", Kind.AUDIT, timedelta(days=1)),
    WatchedDag("maintain", Kind.UPKEEP, timedelta(days=1)),
    WatchedDag("learn_residue", Kind.UPKEEP, timedelta(days=1)),
    WatchedDag("search_index", Kind.UPKEEP, timedelta(days=1)),  # hourly; that it is a day behind searches say
    WatchedDag("doctor", Kind.DOCTOR, timedelta(days=1)),
)
"""DAGs beside the crawls whose failures are told."""


def addressed(finding: Finding) -> Collection[str]:
    """Who is told a finding: the tags of the services in ALARMS that get it. One without tags gets all; one with some
    gets what concerns the machine, or all sites, or a site by its name, or what is of a kind.
    """
    return {"machine" if finding.subject == THIS_MACHINE else "sites", finding.subject, str(finding.kind)}


ARTICLES = AssetAlias("articles")
"""Has an event whenever a run changed the articles table, of whichever site."""


def articles_of(site: str) -> Asset:
    """The articles of one site: what a run's event is about."""
    return Asset(f"articles_{site}", uri=f"x-kliping://articles/{site}")


def since(*, optional: bool) -> Param:
    """The first day of a span of articles; an optional one may be left empty."""
    return _day("Since", "Articles of this day or later.", optional)


def until(*, optional: bool) -> Param:
    """The last day of a span of articles; an optional one may be left empty."""
    return _day("Until", "Articles of this day or earlier.", optional)


def dry_run() -> Param:
    """Whether to archive nothing."""
    return Param(False, type="boolean", title="Dry run", description="Do everything, but archive nothing.")


def _day(title: str, description: str, optional: bool) -> Param:
    kind = ["null", "string"] if optional else "string"
    return Param(None, type=kind, format="date", title=title, description=description)


MONTH: dict[str, Any] = {"type": ["null", "string"], "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"}
"""What a parameter takes that is a month, and may be left empty."""

CRAWL_PARAMS = {
    "since": since(optional=True),
    "until": until(optional=True),
    "url": Param(None, type=["null", "string"], title="One URL", description="Look at this article alone, due or not."),
    "dry_run": dry_run(),
}
"""Parameters of a crawl, by the names of the spider's arguments."""

MAX_CRAWL_TIME = timedelta(hours=2)
"""A run fetches a page every few seconds; one that takes longer than this hangs. The next run takes up what is left."""
