"""What docs/operating.md says of roles is what Airflow's simple auth manager lets them do."""

import re

import pytest
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager, SimpleAuthManagerRole
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

from tests.dags.conftest import PROJECT

SECTION = (
    (PROJECT / "docs" / "operating.md").read_text(encoding="utf-8").partition("\n## Roles\n")[2].partition("\n## ")[0]
)
ROLES = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", SECTION, re.MULTILINE))


def test_each_role_has_its_line_from_the_least_to_the_most() -> None:
    roles = sorted(SimpleAuthManagerRole, key=lambda role: role.order)

    assert list(ROLES) == [role.value.name.lower() for role in roles]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_its_line_says(role: str) -> None:
    manager, user = SimpleAuthManager(), SimpleAuthManagerUser(username="rina", role=role)

    assert manager.is_authorized_dag(method="GET", user=user), "all sees all sites"
    assert manager.is_authorized_dag(method="PUT", user=user) == (role != "viewer")
    assert manager.is_authorized_dag(method="POST", user=user) == (role != "viewer")
    assert manager.is_authorized_connection(method="PUT", user=user) == (role in ("op", "admin"))
    assert manager.is_authorized_variable(method="PUT", user=user) == (role in ("op", "admin"))
    assert manager.is_authorized_pool(method="PUT", user=user) == (role in ("op", "admin"))
