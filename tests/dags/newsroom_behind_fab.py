"""`python -m tests.dags.newsroom_behind_fab HOME`: what Airflow's server with the FAB auth manager answers to whom.

A program of its own, since FAB stands beside our environment. It prints JSON: by user and by method and path the
status, and the sites that the answer names.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import tests.dags.conftest  # noqa: F401  # isort: skip - sets the environment before Airflow is imported

from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from local.seaweedfs import SeaweedFS
from plugins.newsroom.app import app
from tests.dags.newsroom_server import SITES, served

AUTH_MANAGER = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
PASSWORD = "kata-sandi-redaksi"

OWN = "majalahsirkuit"
"""The site of those who have rights on one alone."""

NOWHERE = "tiadaberita"
"""A site that there is not."""

GRANTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "reader": {f"DAG:crawl_{OWN}": ("can_read",)},
    "editor": {
        f"DAG:crawl_{OWN}": ("can_read", "can_edit"),
        "DAG:chosen_sites": ("can_read", "can_edit"),
        "DAG Run:chosen_sites": ("can_create", "can_read"),
    },
    "everybody": {"DAGs": ("can_read",)},
    "nobody": {"Website": ("can_read",)},
}
"""By user what FAB lets him or her do with what."""

STARTED = ("chosen_sites", "doctor")

PAGES = (
    "/",
    "/api/sites",
    "/api/incidents",
    "/metrics",
    "/search?query=baterai",
    "/api/search?query=baterai",
    "/corpus",
    "/api/corpus",
)


def main(home: Path) -> None:
    with (
        SeaweedFS(home / "s3", dies_with_parent=True) as store,
        served(store, home, "test-rights", AUTH_MANAGER) as client,
    ):
        _make_users()
        asked = {user: _answers(client, _sign_in(client, user)) for user in GRANTS}
        asked["stranger"] = _answers(client, {})
    json.dump(asked, sys.stdout)


def _make_users() -> None:
    """Users with a role each that has the rights of GRANTS."""
    flask: Any = import_module("airflow.providers.fab.www.app").create_app(enable_plugins=False)
    with flask.app_context():
        manager = flask.appbuilder.sm
        for user, grants in GRANTS.items():
            role = manager.add_role(f"role-{user}")
            for resource, actions in grants.items():
                for action in actions:
                    manager.add_permission_to_role(role, manager.create_permission(action, resource))
            assert manager.add_user(user, user, user, f"{user}@example.org", role, PASSWORD)


def _sign_in(client: TestClient, user: str) -> Mapping[str, str]:
    answer = client.post("/auth/token", json={"username": user, "password": PASSWORD})
    answer.raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def _answers(client: TestClient, headers: Mapping[str, str]) -> dict[str, Any]:
    answers = {}
    for method, path, body in _requests():
        client.cookies.clear()
        answer = client.request(method, f"/newsroom{path}", headers=dict(headers), data=body)
        answers[f"{method} {path}"] = {
            "status": answer.status_code,
            "sites": [site for site in SITES if site in answer.text],
        }
    return answers


def _requests() -> Iterator[tuple[str, str, dict[str, str] | None]]:
    """All pages; for each site all that there is of a site; and a crawl of each, and another DAG on its behalf."""
    for path in PAGES:
        yield "GET", path, None
    of_a_site = {
        route.path: route.methods for route in app.routes if isinstance(route, APIRoute) and "{site}" in route.path
    }
    for site in (*SITES, NOWHERE):
        for path, methods in of_a_site.items():
            if "GET" in methods:
                yield "GET", path.format(site=site, run="1"), None
            else:
                for dag_id in STARTED:
                    yield "POST", path.format(site=site, dag_id=dag_id), {}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
