"""Has a DAG run on behalf of a site, as Airflow's own form would: the parameters of each, and how far such runs are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from airflow.api.common.trigger_dag import trigger_dag
from airflow.models.dagrun import DagRun
from airflow.sdk.exceptions import AirflowException
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunTriggeredByType
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugins.newsroom.airflow_runs import BACKFILL, CHOSEN_SITES

DOCTOR, REEXTRACT, VERDICT = "doctor", "reextract", "verdict"

STARTABLE = (CHOSEN_SITES, BACKFILL, DOCTOR, REEXTRACT, VERDICT)
"""DAGs that a site's page can have run. The site's own is not among them: a run of it would need it switched on."""

MAX_VERDICTS = 200
"""Runs of the DAG `verdict` that are looked through for what was given lately."""


class NotStarted(Exception):  # noqa: N818 - it names a state
    """Airflow does not take the run; the message says why in one sentence."""


def parameters(dag_id: str, site: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a DAG's run on behalf of a site, from the fields of its form; those left empty are null.

    Raises KeyError for a DAG that is not among STARTABLE.
    """

    def stated(*names: str) -> dict[str, str | None]:
        return {name: form.get(name, "").strip() or None for name in names}

    dry_run = {"dry_run": bool(form.get("dry_run"))}
    made: dict[str, dict[str, Any]] = {
        CHOSEN_SITES: {"sites": [site], **stated("since", "until", "url"), **dry_run},
        BACKFILL: {"site": site, **stated("since", "until"), **dry_run},
        DOCTOR: {"sites": [site]},
        REEXTRACT: {"site": site, **stated("from_month", "to_month"), **dry_run},
        VERDICT: stated("url", "verdict", "note"),
    }
    return made[dag_id]


def start(session: Session, dag_id: str, conf: Mapping[str, Any], user: str) -> str:
    """Have a DAG run now, in the name of a user; the run's id. Its parameters are validated as Airflow's form does.

    Raises NotStarted.
    """
    try:
        run = trigger_dag(
            dag_id,
            triggered_by=DagRunTriggeredByType.UI,
            triggering_user_name=user,
            conf=dict(conf),
            session=session,
        )
    except (AirflowException, ValueError) as error:
        raise NotStarted(str(error).partition("\n")[0]) from error
    if run is None:
        raise NotStarted(f"Airflow has not made a run of {dag_id}.")
    return str(run.run_id)


def verdicts_given(session: Session, since: datetime) -> dict[str, str]:
    """The last verdict that was asked for on each URL since then, and how far it is: 'article: queued'."""
    runs = session.execute(
        select(DagRun.conf, DagRun.state)
        .where(DagRun.dag_id == VERDICT, DagRun.run_after >= since)
        .order_by(DagRun.run_after.desc())
        .limit(MAX_VERDICTS)
    )
    words = {DagRunState.SUCCESS: "done", DagRunState.FAILED: "failed"}
    found: dict[str, str] = {}
    for conf, state in runs:
        if isinstance(conf, dict) and conf.get("url"):
            found.setdefault(conf["url"], f"{conf.get('verdict')}: {words.get(state, state)}")
    return found


def state_of(session: Session, dag_id: str, run_id: str) -> str | None:
    """How far a run is, in Airflow's word; None where there is none."""
    state = session.scalar(select(DagRun.state).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id))
    return None if state is None else str(state)
