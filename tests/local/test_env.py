"""What the environment sets for a deployment, and what the deployment sets for its processes."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa

from local.credentials import Credentials
from local.env import store_settings, variables
from local.services import services
from local.settings import ROOT, clear_state, differences, load_state, machine, save_state
from settings.storage import SettingsError


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment that says nothing but where the home is."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "KLIPING_UI_PORT", "KLIPING_DEMO_PORT", "KLIPING_S3_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KLIPING_HOME", str(tmp_path))


def environment() -> dict[str, str]:
    return variables(machine(), Credentials.from_home(machine().home))


def test_ports_are_as_documented() -> None:
    assert (machine().ui_port, machine().demo_port, machine().s3_port) == (8080, 8730, 8333)


def test_ports_can_be_set_and_reach_those_who_need_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLIPING_UI_PORT", "22001")
    monkeypatch.setenv("KLIPING_DEMO_PORT", "22002")
    monkeypatch.setenv("KLIPING_S3_PORT", "22003")

    assert environment()["AIRFLOW__API__PORT"] == "22001"
    assert environment()["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:22001/execution/"
    assert environment()["KLIPING_DEMO_PORT"] == "22002"
    assert environment()["AWS_ENDPOINT_URL"] == "http://127.0.0.1:22003"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("KLIPING_UI_PORT", "80", "KLIPING_UI_PORT"),
        ("KLIPING_S3_PORT", "many", "KLIPING_S3_PORT"),
        ("KLIPING_UI_PORT", "8730", "overlap"),
        ("KLIPING_DEMO_PORT", "8336", "overlap"),
    ],
)
def test_a_wrong_port_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=reason):
        machine()


def test_a_new_site_has_a_dag_within_the_time_that_its_developer_is_told() -> None:
    """Airflow looks for DAGs in files of the folder dags/, and does not see that one of spiders/sites/ is new."""
    name = "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL"

    assert environment()[name] == "300"
    assert f'{name}: "300"' in (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert "The DAG is there within five minutes" in (ROOT / "docs/adding-a-site.md").read_text(encoding="utf-8")


def test_airflow_and_the_store_are_on_loopback() -> None:
    assert environment()["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert environment()["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")


def test_state_is_under_the_home_and_code_in_the_project(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]

    assert environment()["AIRFLOW_HOME"] == str(tmp_path / "airflow")
    assert environment()["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith(f"sqlite:///{tmp_path}/airflow/airflow.db?")
    assert environment()["AIRFLOW__CORE__DAGS_FOLDER"] == str(root / "dags")
    assert environment()["PYTHONPATH"] == str(root)


def test_the_callers_s3_account_and_airflow_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "somebody")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "somebody's")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody's")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")

    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & environment().keys()
    assert environment()["AWS_ACCESS_KEY_ID"].startswith("kliping")
    assert environment()["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"


@pytest.mark.parametrize(
    "name",
    ["AIRFLOW__SMTP__SMTP_HOST", "AIRFLOW__EMAIL__EMAIL_BACKEND", "AIRFLOW_CONN_SMTP_DEFAULT", "AIRFLOW_VAR_RECIPIENT"],
)
def test_mail_settings_connections_and_variables_reach_airflow(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "redaksi")

    assert environment()[name] == "redaksi"


def test_airflow_waits_for_its_database_as_long_as_a_busy_disk_may_take() -> None:
    """Python's own five seconds were not enough while everything started, and `make up` failed."""
    engine = sa.create_engine(environment()["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])
    (machine().home / "airflow").mkdir()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 60_000
    engine.dispose()


def test_a_server_is_had_without_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment()["KLIPING_DEMO"] == "1"
    monkeypatch.setenv("KLIPING_DEMO", "0")

    assert environment()["KLIPING_DEMO"] == "0"
    assert "demo" not in services_of()
    assert "api-server" in services_of()


def test_who_may_sign_in_beside_the_administrator_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    users = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"
    assert environment()[users] == "admin:admin"
    monkeypatch.setenv("KLIPING_USERS", "rina:viewer,budi.santoso:op")

    assert environment()[users] == "admin:admin,rina:viewer,budi.santoso:op"


@pytest.mark.parametrize("users", ["rina", "rina:boss", "rina:viewer,", "rina:viewer budi:op", "rina: viewer"])
def test_users_without_a_role_that_airflow_knows_are_refused(monkeypatch: pytest.MonkeyPatch, users: str) -> None:
    monkeypatch.setenv("KLIPING_USERS", users)

    with pytest.raises(SettingsError, match=r"KLIPING_USERS.*viewer, user, op and admin"):
        machine()


def test_behind_a_proxy_airflow_knows_its_address_and_is_asked_below_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLIPING_UI_ADDRESS", "https://example.org/kliping")

    assert environment()["AIRFLOW__API__BASE_URL"] == "https://example.org/kliping"
    assert environment()["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8080/kliping/execution/"
    assert (machine().shown_at, machine().ui_url) == ("https://example.org/kliping", "http://127.0.0.1:8080/kliping")


@pytest.mark.parametrize("address", ["example.org", "https://example.org/", "ftp://example.org", "https://a.org/?b"])
def test_an_address_that_no_proxy_can_have_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("KLIPING_UI_ADDRESS", address)

    with pytest.raises(SettingsError, match=r"KLIPING_UI_ADDRESS.*https://example.org/kliping"):
        machine()


def services_of(**further: str) -> dict[str, Mapping[str, str]]:
    """The environment of each service, by its name."""
    all_of_them = services(machine(), {**environment(), **further}, Credentials.from_home(machine().home))
    return {service.name: service.environment for service in all_of_them}


def test_the_demo_web_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__SMTP__SMTP_PASSWORD", "canary")
    monkeypatch.setenv("KLIPING_INDEX_URL", "postgresql://kliping:canary@db/kliping")
    monkeypatch.setenv("SOMEBODYS_TOKEN", "canary")
    keys = Credentials.from_home(machine().home)
    known = " ".join(services_of()["demo"].values())

    assert "canary" not in known
    assert not any(secret in known for secret in (keys.fernet_key, keys.jwt_secret, keys.aws_secret_access_key))


def test_the_keys_of_the_archive_are_where_tasks_run_and_the_stores_where_the_newsroom_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KLIPING_INDEX_URL", "postgresql://kliping:rahasia@db/kliping")

    def having(variable: str) -> set[str]:
        return {name for name, known in services_of().items() if variable in known} - {"seaweedfs"}

    assert having("AWS_SECRET_ACCESS_KEY") == {"scheduler", "api-server"}
    assert having("KLIPING_INDEX_URL") == {"scheduler"}


def test_plugins_are_loaded_by_the_components_that_need_them_alone() -> None:
    folder = "AIRFLOW__CORE__PLUGINS_FOLDER"
    having = {name: known[folder] for name, known in services_of().items() if folder in known}

    assert having == {"api-server": str(ROOT / "plugins"), "scheduler": str(ROOT / "plugins" / "scheduler")}


def test_a_store_named_by_the_environment_is_used_with_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://s3.example.org")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "theirs")

    assert machine().brings_own_store
    assert environment()["AWS_ENDPOINT_URL"] == "https://s3.example.org"
    assert environment()["AWS_ACCESS_KEY_ID"] == "theirs"
    assert store_settings(machine(), environment()).endpoint_url == "https://s3.example.org"


def test_the_store_of_this_machine_is_not_a_foreign_one_to_a_shell_that_took_over_its_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", environment()["AWS_ENDPOINT_URL"])

    assert not machine().brings_own_store


def test_another_shell_finds_how_a_deployment_was_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    monkeypatch.setenv("KLIPING_UI_PORT", "22001")
    save_state(machine())
    monkeypatch.delenv("KLIPING_UI_PORT")
    known = load_state(machine())

    assert known is not None
    assert known.ui_port == 22001
    assert differences(known, machine()) == "ui_port 22001, not 8080"
    clear_state(machine())
    assert load_state(machine()) is None
