"""Airflow's own server with the newsroom in it, for tests: on a database in which the demo's sites have DAGs."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from airflow import plugins_manager, settings
from airflow.api_fastapi.app import create_app, get_auth_manager, purge_cached_app
from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.models.dag import DagModel
from airflow.models.dagbundle import DagBundleModel
from airflow.models.dagrun import DagRun
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from fastapi.testclient import TestClient

from local.seaweedfs import SeaweedFS
from pipelines.archive.tables import Corpus
from plugins.newsroom import corpus_routes, deployment, search_routes, site_routes
from settings import storage
from settings.clock import utc_now
from settings.storage import Storage
from tests.dags.conftest import PROJECT

SITES = ("kilasperanti", "majalahsirkuit", "nusakata")
BUNDLE = "tests-of-the-newsroom"

USER, PASSWORD = "redaksi", "kata-sandi-redaksi"
"""Of an administrator who signs in by Airflow's own form."""

DESK = "meja"
"""Somebody who may do everything with one DAG, and may read no other."""

DESK_DAGS = ("crawl_majalahsirkuit", "verdict")


class DeskAuthManager(SimpleAuthManager):
    """Airflow's simple auth manager, and DESK, whose rights are per DAG as those of other auth managers may be."""

    def is_authorized_dag(
        self,
        *,
        method: ResourceMethod,
        user: SimpleAuthManagerUser,
        access_entity: DagAccessEntity | None = None,
        details: DagDetails | None = None,
    ) -> bool:
        if user.get_name() == DESK:
            return details is None or details.id is None or details.id in DESK_DAGS
        return super().is_authorized_dag(method=method, user=user, access_entity=access_entity, details=details)


@contextmanager
def served(
    seaweedfs: SeaweedFS,
    home: Path,
    bucket: str,
    auth_manager: str = f"{DeskAuthManager.__module__}.{DeskAuthManager.__name__}",
) -> Iterator[TestClient]:
    """A client of Airflow's server, beside an archive that is empty. One of the sites has failed, one is paused."""
    initdb()
    _forget()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "PLUGINS_FOLDER", str(PROJECT / "plugins"))
        patch.setenv("AIRFLOW__CORE__AUTH_MANAGER", auth_manager)
        patch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", "kunci-yang-panjang-sekali-untuk-uji-coba-redaksi-dan-arsip-" * 2)
        passwords = home / "passwords.json"
        passwords.write_text(json.dumps({USER: PASSWORD}), encoding="utf-8")
        patch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS", f"{USER}:admin")
        patch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE", str(passwords))
        for name, value in seaweedfs.environment.items():
            patch.setenv(name, value)
        patch.setenv("KLIPING_HOME", str(home))
        patch.setenv("KLIPING_BUCKET", bucket)
        Corpus(Storage()).bucket.ensure()
        _write_dags()
        yield TestClient(create_app("core"), base_url="http://testserver", follow_redirects=False)
        _remove_dags()
    purge_cached_app()
    _forget()


def _forget() -> None:
    """What the process keeps of the plugins, these of the archive that they opened, and that of its settings."""
    for find in (plugins_manager._get_plugins, plugins_manager._get_ui_plugins, plugins_manager.get_fastapi_plugins):
        find.cache_clear()
    for opened in (
        storage.storage,
        deployment.archive,
        deployment.shared_archive,
        site_routes.reading_of,
        corpus_routes.corpus_reading,
        search_routes.search_copy,
        deployment.incident_reading,
    ):
        opened.cache_clear()


def _write_dags() -> None:
    with create_session() as session:
        # What the tests of other modules have left in the process's database.
        session.query(DagModel).update({DagModel.is_stale: True})
        mine = [f"crawl_{site}" for site in SITES]
        for model in (DagRun, DagModel):
            session.query(model).filter(model.dag_id.in_(mine)).delete()
        session.add(DagBundleModel(name=BUNDLE))
        session.flush()
        for site in SITES:
            session.add(
                DagModel(dag_id=f"crawl_{site}", bundle_name=BUNDLE, is_stale=False, is_paused=site == "nusakata")
            )
        session.flush()
        for site, state in (("kilasperanti", DagRunState.FAILED), ("majalahsirkuit", DagRunState.SUCCESS)):
            session.add(run_of(f"crawl_{site}", state, utc_now() - timedelta(minutes=10)))


def run_of(dag_id: str, state: DagRunState, at: datetime) -> DagRun:
    """A run of three minutes that began at that time."""
    run = DagRun(
        dag_id=dag_id,
        run_id=f"scheduled__{at.isoformat()}",
        run_after=at,
        start_date=at,
        state=state,
        run_type=DagRunType.SCHEDULED,
        triggered_by=DagRunTriggeredByType.TIMETABLE,
    )
    run.end_date = at + timedelta(minutes=3)
    return run


def _remove_dags() -> None:
    with create_session() as session:
        bundled = [dag_id for (dag_id,) in session.query(DagModel.dag_id).filter(DagModel.bundle_name == BUNDLE)]
        for model in (DagRun, DagModel):
            session.query(model).filter(model.dag_id.in_(bundled)).delete()
        session.query(DagBundleModel).filter(DagBundleModel.name == BUNDLE).delete()


def headers(role: str | None, name: str = "rina") -> Mapping[str, str]:
    """Those of somebody who has signed in: a viewer may look at everything and change nothing."""
    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=name, role=role))
    return {"Authorization": f"Bearer {token}"}
