"""Who may see and steer what. Plugins are open to all by themselves: each endpoint asks Airflow's auth manager here."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import Depends, HTTPException, Path, Request

from plugins.newsroom.crawl_activity import PREFIX
from spiders.site import Site
from spiders.site_index import BrokenSite, deployed_sites


def dag_of(site: str) -> str:
    """The id of a site's DAG."""
    return PREFIX + site


def readable_dags(user: BaseUser) -> set[str]:
    """The ids of the DAGs that a user may read."""
    return get_auth_manager().get_authorized_dag_ids(user=user, method="GET")


def may_read(user: BaseUser, dag_id: str) -> bool:
    """Whether a user may read a DAG."""
    return _may(user, dag_id, "GET")


def may_steer(user: BaseUser, site: str, dag_id: str) -> bool:
    """Whether a user may have a DAG run on behalf of a site: edit the site's own DAG, and trigger that one."""
    return _may(user, dag_of(site), "PUT") and _may(user, dag_id, "POST", DagAccessEntity.RUN)


def _may(user: BaseUser, dag_id: str, method: ResourceMethod, entity: DagAccessEntity | None = None) -> bool:
    return get_auth_manager().is_authorized_dag(
        method=method, access_entity=entity, details=DagDetails(id=dag_id), user=user
    )


def seen_site(user: GetUserDep, site: Annotated[str, Path(max_length=100)]) -> Site | BrokenSite:
    """The site that an address names.

    Raises HTTPException (404) where there is none, or the user may not read its DAG: that it exists is not told then.
    """
    found = next((each for each in deployed_sites() if each.name == site), None)
    if found is None or not may_read(user, dag_of(site)):
        raise HTTPException(404, "There is no such site, or you may not read its DAG.")
    return found


SeenSite = Annotated[Site | BrokenSite, Depends(seen_site)]


def require_own_form(request: Request) -> None:
    """Make sure that what changes something was sent by a page of ours, or with a token that no browser adds by itself.

    Airflow's cookie is SameSite=Lax, and so not sent along with forms of other sites; this also refuses those of other
    origins of the same site, by what browsers say of each request (Fetch Metadata; RFC 6454, 7.3).

    Raises HTTPException (403).
    """
    if not is_own(request.headers):
        raise HTTPException(403, "This was not sent by a page of the newsroom.")


def is_own(headers: Mapping[str, str]) -> bool:
    """Whether a request with these headers, by lower-case names, is a page's of the same origin, or no browser's."""
    if headers.get("authorization"):
        return True
    if fetch_site := headers.get("sec-fetch-site"):
        return fetch_site == "same-origin"
    return urlsplit(headers.get("origin", "")).netloc == headers.get("host")
