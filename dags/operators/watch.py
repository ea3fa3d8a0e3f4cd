"""Judge all sites and the machine, remember what is wrong, and tell it: the watch's one task."""

import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from airflow.sdk import BaseHook, BaseOperator, Variable
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException, AirflowRuntimeError
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import GetPreviousDagRun, PreviousDagRunResult
from airflow.sdk.execution_time.xcom import XCom

from dags.operators.alarms import Delivery, Message, deliver
from dags.operators.failures import NeedsSomebody, PassesByItself
from pipelines.watch.findings import THIS_MACHINE, Finding, Kind, age
from settings.clock import utc_now
from settings.crawl import FAILURE, TASK

MAX_CRAWLS = 10
"""Last crawls of a site that are asked for: how many in a row have failed is told up to that many."""

AWAY_SINCE = "kliping_archive_away_since"
"""The variable of Airflow's that holds since when the archive cannot be read."""

HEARTBEAT_SECONDS = 10.0
"""For the heartbeat's answer."""


@dataclass(frozen=True, slots=True)
class WatchedDag:
    """A DAG whose failures are told: how often it is to run, and as what."""

    dag_id: str
    kind: Kind
    every: timedelta


class WatchOperator(BaseOperator):
    """One round: what is wrong now is held against what was, changes are told and then kept, each once.

    `addressed` says who is told a finding, as tags of the services in the connection `alarms`; `heartbeat` is the
    connection of the address that is called after each round. Returns how many sites were judged, and what happened.

    A change is kept once any service has taken it, or where there is none to tell; what nobody took is told in the next
    round. A service that does not take a message is an incident itself.
    """

    def __init__(
        self,
        *,
        alarms: str,
        heartbeat: str,
        addressed: Callable[[Finding], Collection[str]],
        dags: Sequence[WatchedDag],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alarms = alarms
        self.heartbeat = heartbeat
        self.addressed = addressed
        self.dags = dags

    def execute(self, context: Any) -> dict[str, Any]:
        # What only the task needs: DAG files are parsed over and over.
        from pipelines.archive.bucket import StorageRefused, StorageUnavailable
        from pipelines.archive.disk import DiskFailed
        from pipelines.index.database import IndexUnavailable
        from settings.storage import SettingsError

        now = utc_now()
        try:
            report = self._round(context["ti"], now)
        except (StorageUnavailable, StorageRefused, IndexUnavailable, DiskFailed, SettingsError) as error:
            finding = Finding(Kind.STORAGE, THIS_MACHINE, " ".join(str(error).split()))
            # The table of incidents cannot be read either: Airflow has to remember that this was told.
            if Variable.get(AWAY_SINCE, default=None) is None and not self._tell(finding.sentence, finding).is_lost:
                Variable.set(AWAY_SINCE, now.isoformat(), description="Since when the watch cannot read the archive.")
            raise PassesByItself(finding.sentence) from None
        if (since := Variable.get(AWAY_SINCE, default=None)) is not None:
            lasted = age(now - datetime.fromisoformat(since))
            over = Finding(Kind.STORAGE, THIS_MACHINE, f"the archive can be read again, after {lasted}")
            if not self._tell(f"{THIS_MACHINE}: {over.evidence}.", over, is_good=True).is_lost:
                Variable.delete(AWAY_SINCE)
        self._beat()
        return report

    def _round(self, ti: Any, now: datetime) -> dict[str, Any]:
        from pipelines.archive.bucket_owner import require_own_bucket
        from pipelines.archive.tables import Corpus
        from pipelines.watch import incident_table
        from settings.storage import storage

        where = storage()
        corpus = Corpus(where)
        corpus.bucket.ensure()
        require_own_bucket(where)
        findings, sites = self._findings(ti, corpus, where, now)
        book = incident_table.book(corpus)
        kept, refused = [], set()
        for change in book.changes(findings, now):
            finding = change.incident.finding
            if change.is_told:
                delivery = self._tell(change.sentence, finding, is_good=change.event == "recovered")
                refused |= set(delivery.failed)
                if delivery.is_lost:
                    continue
            kept.append(change)
        incident_table.note(corpus, kept)
        if refused:
            raise NeedsSomebody(f"{', '.join(sorted(refused))} did not take a message; what nobody took is told again.")
        self.log.info("%d sites judged, %d findings, %d changes.", sites, len(findings), len(kept))
        return {"sites": sites, "findings": len(findings), "changes": [change.sentence for change in kept]}

    def _findings(self, ti: Any, corpus: Any, where: Any, now: datetime) -> tuple[list[Finding], int]:
        from pipelines.watch.judgement import judge_all
        from pipelines.watch.machine import free_mb, judge_machine
        from pipelines.watch.reading import figures, waiting
        from spiders.watched import facts

        known = figures(corpus, now)
        sites = list(facts(lambda site: _activity(ti, f"crawl_{site}", now), known))
        machine = judge_machine(
            now,
            waiting(where.spool),
            free_mb=free_mb(where.spool),
            min_free_mb=where.min_free_mb,
            dags=[state for dag in self.dags if (state := _dag_state(ti, dag, now))],
        )
        return [*machine, *judge_all(sites, now)], len(sites)

    def _tell(self, sentence: str, finding: Finding, *, is_good: bool = False) -> Delivery:
        """Tell it the log, and those who want to know. Raises NeedsSomebody where their connection is wrong."""
        (self.log.info if is_good else self.log.warning)("%s", sentence)
        try:
            return deliver(self.alarms, Message(sentence, self.addressed(finding), is_good))
        except AirflowException as error:
            raise NeedsSomebody(str(error)) from None

    def _beat(self) -> None:
        """Call the address that expects it: whoever listens there knows that scheduler, worker and archive are well."""
        try:
            connection = BaseHook.get_connection(self.heartbeat)
        except AirflowNotFoundException:
            return
        url = heartbeat_url(connection)
        try:
            with urllib.request.urlopen(url, timeout=HEARTBEAT_SECONDS):  # noqa: S310 - the operator's own address
                pass
        except (OSError, ValueError) as error:
            self.log.warning("The heartbeat could not be sent: %s", error)


def heartbeat_url(connection: Any) -> str:
    """The address of a connection of type HTTP: as its host has it, or put together from its parts."""
    if "://" in (connection.host or ""):
        return str(connection.host)
    port = f":{connection.port}" if connection.port else ""
    return f"{connection.conn_type}://{connection.host}{port}/{connection.schema or ''}"


def _activity(ti: Any, dag_id: str, now: datetime) -> Any:
    """What Airflow's API says of a site's crawls. A task has no access to Airflow's database."""
    from pipelines.watch.crawls import Crawl, activity_of

    if (dag := _dag(ti, dag_id)) is None or dag.is_paused:
        return activity_of(True, None, ())
    crawls = [
        Crawl(run.state, run.run_after, run.start_date, run.end_date, *_failure(dag_id, run))
        for run in _last_runs(dag_id, now)
    ]
    return activity_of(False, dag.next_dagrun, crawls)


def _failure(dag_id: str, run: Any) -> tuple[str | None, bool]:
    """Why a crawl failed, in the words that its task has kept, and whether that needs somebody."""
    if run.state != "failed":
        return None, False
    kept = XCom.get_one(key=FAILURE, dag_id=dag_id, task_id=TASK, run_id=run.run_id)
    return (None, False) if kept is None else (kept["sentence"], kept["needs_somebody"])


def _dag(ti: Any, dag_id: str) -> Any:
    """What Airflow's API says of a DAG; None where it has not been read yet."""
    try:
        return ti.get_dag(dag_id)
    except AirflowRuntimeError as error:
        if (error.error.detail or {}).get("status_code") == HTTPStatus.NOT_FOUND:
            return None
        raise


def _last_runs(dag_id: str, now: datetime) -> Iterator[Any]:
    """The last scheduled runs, the newest first, up to the first that ended well."""
    for _ in range(MAX_CRAWLS):
        answer = task_runner.SUPERVISOR_COMMS.send(GetPreviousDagRun(dag_id=dag_id, logical_date=now))
        run = answer.dag_run if isinstance(answer, PreviousDagRunResult) else None
        if run is None:
            return
        yield run
        if run.state == "success" or run.logical_date is None:
            return
        now = run.logical_date


def _dag_state(ti: Any, dag: WatchedDag, now: datetime) -> Any:
    """How the last run of a DAG ended; None for one that is switched off, or has not run."""
    from pipelines.watch.machine import DagState

    if (found := _dag(ti, dag.dag_id)) is None or found.is_paused:
        return None
    runs = list(_last_runs(dag.dag_id, now))
    ended = [run for run in runs if run.state in ("success", "failed")]
    if not ended:
        return None
    failed_at = ended[0].end_date if ended[0].state == "failed" else None
    good = next((run.end_date for run in ended if run.state == "success"), None)
    return DagState(dag.dag_id, dag.kind, failed_at, good, dag.every)
